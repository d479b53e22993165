//! The picture of how long answers took: for each group the median and up to where nine of ten lie.
//!
//! Only lengths and positions are made here; the template draws them. What the picture says stands in the table below it.

/// Width of the picture, and of the part with the names.
pub(super) const WIDTH: f64 = 740.0;
const NAMES: f64 = 200.0;
const RANGE: f64 = WIDTH - NAMES - 20.0;
/// Height of a row, and of the axis.
pub(super) const ROW: f64 = 26.0;
pub(super) const AXIS: f64 = 24.0;
/// Lines of the axis at most.
const LINES: f64 = 6.0;

/// A group in the picture.
pub(super) struct Range {
    pub(super) y: f64,
    pub(super) label: String,
    /// Where the median lies, and the width of the bar to where nine of ten lie.
    pub(super) median: String,
    pub(super) start: f64,
    pub(super) width: String,
}

/// A line of the axis.
pub(super) struct Tick {
    pub(super) x: String,
    pub(super) hours: u32,
}

/// The picture.
pub(super) struct RangePlot {
    pub(super) height: f64,
    pub(super) ticks: Vec<Tick>,
    pub(super) ranges: Vec<Range>,
}

impl RangePlot {
    /// Of groups: name, median and ninetieth percentile, hours.
    pub(super) fn of(groups: &[(String, f64, f64)]) -> Self {
        let most = groups.iter().fold(1.0, |most: f64, one| most.max(one.2));
        let step = step(most);
        let end = (most / f64::from(step)).ceil() * f64::from(step);
        let x = |hours: f64| NAMES + hours / end * RANGE;
        let said = |length: f64| format!("{length:.1}");
        let ticks = (0..)
            .map(|line| line * step)
            .take_while(|hours| f64::from(*hours) <= end)
            .map(|hours| Tick {
                x: said(x(f64::from(hours))),
                hours,
            });
        let ranges = groups
            .iter()
            .enumerate()
            .map(|(at, (label, median, slowest))| Range {
                y: AXIS + at as f64 * ROW,
                label: short(label),
                median: said(x(*median)),
                start: NAMES,
                width: said(x(*slowest) - NAMES),
            });
        Self {
            height: AXIS + groups.len() as f64 * ROW,
            ticks: ticks.collect(),
            ranges: ranges.collect(),
        }
    }
}

/// Hours between two lines of an axis that goes up to `most`.
fn step(most: f64) -> u32 {
    const STEPS: [u32; 13] = [1, 2, 4, 8, 12, 24, 48, 96, 240, 480, 960, 2400, 9600];
    STEPS
        .into_iter()
        .find(|step| most / f64::from(*step) <= LINES)
        .unwrap_or(9600)
}

/// A name that fits in front of its row; whole it stands in the table.
fn short(name: &str) -> String {
    const FITS: usize = 28;
    if name.chars().count() <= FITS {
        return name.to_owned();
    }
    let begin: String = name.chars().take(FITS - 1).collect();
    format!("{}…", begin.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_axis_reaches_beyond_the_slowest() {
        let plot = RangePlot::of(&[("a".into(), 10.0, 20.0), ("b".into(), 3.0, 5.0)]);
        let hours: Vec<u32> = plot.ticks.iter().map(|tick| tick.hours).collect();
        assert_eq!(hours, [0, 4, 8, 12, 16, 20]);
        assert_eq!(plot.ranges[0].median, "460.0");
        assert_eq!(plot.ranges[0].width, "520.0");
        assert_eq!(plot.ranges[1].y, AXIS + ROW);
    }

    #[test]
    fn answers_at_once_have_an_axis_too() {
        let plot = RangePlot::of(&[("a".into(), 0.0, 0.0)]);
        let hours: Vec<u32> = plot.ticks.iter().map(|tick| tick.hours).collect();
        assert_eq!(hours, [0, 1]);
        assert_eq!(plot.ranges[0].width, "0.0");
    }
}
