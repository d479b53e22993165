//! The picture of a pool's week: who reads when, on the clocks of whoever looks and of the pool, with absences and due times.
//!
//! Only lengths and positions are made here; the template draws them. What the picture says stands in a table beside it.

use chrono::{DateTime, Datelike, Days, NaiveDate, Utc};
use chrono_tz::Tz;

use super::texts::Language;
use super::times;
use crate::domain::outlook::Risk;
use crate::service::planning::{Plan, Planned, Span};

/// Width of the picture, of the part with the names, and of the part with the hours.
pub(super) const WIDTH: f64 = 1000.0;
const NAMES: f64 = 190.0;
const HOURS: f64 = WIDTH - NAMES;
/// Height of an expert's row, and of a line of the axis.
const ROW: f64 = 36.0;
const AXIS: f64 = 20.0;

/// A stretch of time.
pub(super) struct Bar {
    pub(super) x: String,
    pub(super) width: String,
}

/// The beginning of a day on one of the clocks.
pub(super) struct Midnight {
    /// Where its line stands; none for a day that began before the picture does.
    pub(super) line: Option<String>,
    pub(super) label_x: String,
    pub(super) label: String,
}

/// A line of the axis: the days of one zone.
pub(super) struct Clock {
    pub(super) city: &'static str,
    pub(super) class: &'static str,
    pub(super) y: f64,
    pub(super) days: Vec<Midnight>,
}

/// A case at its due time.
pub(super) struct Mark {
    /// The path of its sign: a square for what is late, a triangle for what will be, a dot for the rest.
    pub(super) path: String,
    pub(super) class: &'static str,
    pub(super) said: String,
}

/// An expert.
pub(super) struct Lane {
    pub(super) y: f64,
    pub(super) name: String,
    pub(super) load: String,
    pub(super) hours: Vec<Bar>,
    pub(super) absences: Vec<Bar>,
    /// On call.
    pub(super) duties: Vec<Bar>,
    pub(super) marks: Vec<Mark>,
}

/// The picture.
pub(super) struct WeekPlot {
    pub(super) height: f64,
    pub(super) top: f64,
    pub(super) now: Option<String>,
    pub(super) pool: Vec<Bar>,
    pub(super) clocks: Vec<Clock>,
    pub(super) lanes: Vec<Lane>,
}

/// The days of a picture, and who looks at it.
#[derive(Clone, Copy)]
pub(super) struct Frame {
    pub(super) days: Span,
    pub(super) zone: Tz,
    pub(super) language: Language,
    pub(super) now: DateTime<Utc>,
}

impl Frame {
    /// Where an instant lies, cut to the picture.
    fn x(&self, at: DateTime<Utc>) -> f64 {
        let seconds = |span: chrono::Duration| span.num_seconds() as f64;
        let share = seconds(at - self.days.0) / seconds(self.days.1 - self.days.0).max(1.0);
        NAMES + share.clamp(0.0, 1.0) * HOURS
    }

    fn bars(&self, spans: &[Span]) -> Vec<Bar> {
        spans
            .iter()
            .map(|(from, to)| Bar {
                x: said(self.x(*from)),
                width: said(self.x(*to) - self.x(*from)),
            })
            .collect()
    }

    /// The days on the clock of a zone; the first may have begun before the picture does.
    fn days_in(&self, zone: Tz) -> impl Iterator<Item = (NaiveDate, DateTime<Utc>)> {
        let (from, to) = self.days;
        let first = from.with_timezone(&zone).date_naive();
        first
            .iter_days()
            .map(move |day| (day, times::midnight(day, zone)))
            .take_while(move |(_, at)| *at < to)
    }

    fn clock(&self, zone: Tz, class: &'static str, y: f64) -> Clock {
        let year = self.now.with_timezone(&self.zone).year();
        let (start, end) = self.days;
        let days = self.days_in(zone).map(|(day, at)| {
            let next = day
                .checked_add_days(Days::new(1))
                .map_or(end, |next| times::midnight(next, zone));
            // A day of which less than a third is to be seen has no room for its name.
            let (from, to) = (self.x(at), self.x(next));
            let roomy = to - from > HOURS / 21.0;
            Midnight {
                line: (at >= start).then(|| said(from)),
                label_x: said(f64::midpoint(from, to)),
                label: if roomy {
                    times::day(self.language, day, year)
                } else {
                    String::new()
                },
            }
        });
        Clock {
            city: times::city(zone),
            class,
            y,
            days: days.collect(),
        }
    }
}

impl WeekPlot {
    /// The picture of a plan.
    pub(super) fn of(plan: &Plan, frame: Frame) -> Self {
        let mut clocks = vec![frame.clock(frame.zone, "grid", AXIS - 6.0)];
        if plan.zone.name() != frame.zone.name() {
            clocks.push(frame.clock(plan.zone, "grid other", 2.0 * AXIS - 6.0));
        }
        let top = AXIS * clocks.len() as f64;
        let lanes: Vec<Lane> = plan
            .experts
            .iter()
            .enumerate()
            .map(|(at, expert)| lane(frame, expert, top + at as f64 * ROW))
            .collect();
        Self {
            height: top + lanes.len() as f64 * ROW,
            top,
            now: (frame.days.0 <= frame.now && frame.now < frame.days.1)
                .then(|| said(frame.x(frame.now))),
            pool: frame.bars(&plan.open),
            clocks,
            lanes,
        }
    }
}

fn lane(frame: Frame, expert: &Planned, y: f64) -> Lane {
    let shown = expert
        .cases
        .iter()
        .filter_map(|case| Some((case, case.due_at.filter(|due| *due < frame.days.1)?)));
    let marks = shown.enumerate().map(|(at, (case, due))| {
        // Signs of the same moment stand below each other, in three tiers.
        let (x, y) = (frame.x(due), y + 9.0 + 9.0 * (at % 3) as f64);
        let (path, class) = match case.risk {
            Some(Risk::Late) => (
                format!("M{} {}h8v8h-8z", said(x - 4.0), said(y - 4.0)),
                "late",
            ),
            Some(_) => (format!("M{} {}l5 9h-10z", said(x), said(y - 5.0)), "soon"),
            None => (
                format!(
                    "M{} {}a3 3 0 1 0 6 0a3 3 0 1 0 -6 0z",
                    said(x - 3.0),
                    said(y)
                ),
                "fine",
            ),
        };
        Mark {
            path,
            class,
            said: format!(
                "{} · {}",
                case.reference,
                times::instant(frame.language, due, frame.zone, frame.now)
            ),
        }
    });
    Lane {
        y,
        name: short(&expert.name),
        load: format!("{}/{}", expert.waiting_cases, expert.capacity),
        hours: frame.bars(&expert.hours),
        absences: frame.bars(&expert.absences),
        duties: frame.bars(&expert.on_call),
        marks: marks.collect(),
    }
}

/// A name that fits in front of its row; whole it stands in the table.
fn short(name: &str) -> String {
    const FITS: usize = 22;
    if name.chars().count() <= FITS {
        return name.to_owned();
    }
    let begin: String = name.chars().take(FITS - 1).collect();
    format!("{}…", begin.trim_end())
}

/// A length to a tenth.
fn said(length: f64) -> String {
    format!("{length:.1}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn instants_lie_on_one_axis_whatever_the_clock_of_who_looks() {
        let frame = Frame {
            days: (at("2026-11-23T03:00:00Z"), at("2026-11-30T03:00:00Z")),
            zone: Tz::America__Cayenne,
            language: Language::French,
            now: at("2026-11-23T13:00:00Z"),
        };
        let here = frame.clock(Tz::America__Cayenne, "grid", 0.0);
        assert_eq!(here.days.len(), 7);
        assert_eq!(here.days[0].line.as_deref(), Some("190.0"));
        assert_eq!(here.days[0].label, "lun. 23 nov.");
        // The day of Nouméa began eleven hours before the picture does.
        let there = frame.clock(Tz::Pacific__Noumea, "grid", 0.0);
        assert_eq!(there.days.len(), 8);
        assert_eq!(there.days[0].line, None);
        assert_eq!(there.days[1].label, "mar. 24 nov.");
        let bars = frame.bars(&[(at("2026-11-26T15:00:00Z"), at("2027-01-01T00:00:00Z"))]);
        assert_eq!(
            (bars[0].x.as_str(), bars[0].width.as_str()),
            ("595.0", "405.0")
        );
    }

    #[test]
    fn a_long_name_is_cut_in_the_picture_only() {
        assert_eq!(short("Dr Hélène Fictive"), "Dr Hélène Fictive");
        assert_eq!(
            short("Dr Marie-Antoinette de la Fictive"),
            "Dr Marie-Antoinette d…"
        );
    }
}
