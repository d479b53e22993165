//! What a simulated year came to.

use serde::Serialize;

/// The figures of one policy in one year.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Figures {
    /// Cases answered, of those sent in the time measured.
    pub answered: usize,
    /// Cases still open twelve weeks after the year.
    pub open: usize,
    /// Mean turnaround in hours on the wall, pauses for the submitter apart.
    pub mean_hours: f64,
    /// Nine of ten answers take no longer.
    pub p90_hours: f64,
    /// The same for what is sent from overseas.
    pub overseas_p90_hours: f64,
    /// Share answered in the time promised.
    pub on_time: f64,
    /// The same for urgent cases.
    pub urgent_on_time: f64,
    /// Gini coefficient of the experts' work, each measured by the sessions they hold: 0 is even.
    pub gini: f64,
    /// How often a case changed hands, on average.
    pub reassignments: f64,
    /// Share read by an expert of another region.
    pub elsewhere: f64,
    /// Mean turnaround in hours by territory, in the order of the scenario.
    pub by_territory: Vec<f64>,
    /// Reading minutes per session minute of each expert, ascending.
    pub work: Vec<f64>,
}

/// One answered case.
#[derive(Debug, Clone, Copy)]
pub(super) struct Answered {
    pub(super) place: usize,
    pub(super) overseas: bool,
    pub(super) urgent: bool,
    pub(super) hours: f64,
    pub(super) on_time: bool,
    pub(super) moves: u32,
    pub(super) elsewhere: bool,
}

impl Figures {
    pub(super) fn of(
        answered: &[Answered],
        open: usize,
        places: usize,
        mut work: Vec<f64>,
    ) -> Self {
        let hours = |keep: &dyn Fn(&Answered) -> bool| -> Vec<f64> {
            let mut hours: Vec<f64> = answered
                .iter()
                .filter(|one| keep(one))
                .map(|one| one.hours)
                .collect();
            hours.sort_by(f64::total_cmp);
            hours
        };
        let share = |keep: &dyn Fn(&Answered) -> bool, of: &dyn Fn(&Answered) -> bool| {
            let all = answered.iter().filter(|one| of(one)).count();
            ratio(
                answered.iter().filter(|one| of(one) && keep(one)).count(),
                all,
            )
        };
        work.sort_by(f64::total_cmp);
        let moves: usize = answered.iter().map(|one| one.moves as usize).sum();
        Self {
            answered: answered.len(),
            open,
            mean_hours: mean(&hours(&|_| true)),
            p90_hours: quantile(&hours(&|_| true), 0.9),
            overseas_p90_hours: quantile(&hours(&|one| one.overseas), 0.9),
            on_time: share(&|one| one.on_time, &|_| true),
            urgent_on_time: share(&|one| one.on_time, &|one| one.urgent),
            gini: gini(&work),
            reassignments: ratio(moves, answered.len()),
            elsewhere: share(&|one| one.elsewhere, &|_| true),
            by_territory: (0..places)
                .map(|place| mean(&hours(&|one| one.place == place)))
                .collect(),
            work,
        }
    }
}

fn ratio(part: usize, whole: usize) -> f64 {
    if whole == 0 {
        0.0
    } else {
        part as f64 / whole as f64
    }
}

pub(super) fn mean(values: &[f64]) -> f64 {
    if values.is_empty() {
        0.0
    } else {
        values.iter().sum::<f64>() / values.len() as f64
    }
}

/// The value that a share of ascending values does not exceed.
fn quantile(ascending: &[f64], share: f64) -> f64 {
    let rank = (share * ascending.len() as f64).ceil() as usize;
    ascending
        .get(rank.saturating_sub(1))
        .copied()
        .unwrap_or(0.0)
}

/// Gini coefficient of ascending values.
fn gini(ascending: &[f64]) -> f64 {
    let (n, total) = (ascending.len() as f64, ascending.iter().sum::<f64>());
    if total <= 0.0 {
        return 0.0;
    }
    let weighted: f64 = ascending
        .iter()
        .enumerate()
        .map(|(place, value)| (place as f64 + 1.0) * value)
        .sum();
    (2.0 * weighted / (n * total)) - (n + 1.0) / n
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_figures_come_out() {
        assert_eq!(gini(&[1.0, 1.0, 1.0, 1.0]), 0.0);
        assert_eq!(gini(&[0.0, 0.0, 0.0, 1.0]), 0.75);
        assert_eq!(gini(&[]), 0.0);
        let ten: Vec<f64> = (1..=10).map(f64::from).collect();
        assert_eq!(quantile(&ten, 0.9), 9.0);
        assert_eq!(quantile(&[], 0.9), 0.0);
    }
}
