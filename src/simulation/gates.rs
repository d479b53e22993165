//! What was asked of routing beforehand, and whether a simulation meets it.

use serde::Serialize;

use super::figures::{Figures, mean};
use super::policies::Policy;
use super::report::Row;
use super::scenario::Scenario;
use crate::domain::text_enum::{TextEnum, text_enum};

text_enum! {
    /// A figure of which a least or a most was set.
    pub enum Measure {
        /// How far the mean turnaround lies below that of the shortest queue, as a share of it.
        MeanBelowShortestQueue = "mean_below_shortest_queue",
        /// Share answered in the time promised.
        OnTime = "on_time",
        /// The same for urgent cases.
        UrgentOnTime = "urgent_on_time",
        /// Gini coefficient of the experts' work.
        Gini = "gini",
        /// How often a case changes hands, on average.
        Reassignments = "reassignments",
        /// How far the ninetieth percentile of what is sent from overseas lies below that of the shortest queue, as a share of it.
        OverseasP90BelowShortestQueue = "overseas_p90_below_shortest_queue",
    }
}

/// What was set: the figure, what it is held to, at which load.
struct Gate {
    measure: Measure,
    bound: Bound,
    load: f64,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Bound {
    AtLeast(f64),
    AtMost(f64),
}

/// The nominal load, and the one at which urgent work was to be looked at.
const NOMINAL: f64 = 0.8;
const BUSIER: f64 = 0.85;
/// Subspecialties of each expert for which the gates were set.
const SUBSPECIALTIES: usize = 2;
/// The policies that are held to them: what the exchange does, and what it proposes to coordinators.
const HELD: [Policy; 2] = [Policy::IdleSteal, Policy::Planned];

const fn gate(measure: Measure, bound: Bound, load: f64) -> Gate {
    Gate {
        measure,
        bound,
        load,
    }
}

const GATES: [Gate; 6] = [
    gate(
        Measure::MeanBelowShortestQueue,
        Bound::AtLeast(0.45),
        NOMINAL,
    ),
    gate(Measure::OnTime, Bound::AtLeast(0.84), NOMINAL),
    gate(Measure::UrgentOnTime, Bound::AtLeast(0.65), BUSIER),
    gate(Measure::Gini, Bound::AtMost(0.11), NOMINAL),
    gate(Measure::Reassignments, Bound::AtMost(0.5), NOMINAL),
    gate(
        Measure::OverseasP90BelowShortestQueue,
        Bound::AtLeast(0.2),
        NOMINAL,
    ),
];

/// Whether a policy passed a gate.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Passed {
    /// The policy.
    pub policy: Policy,
    /// The figure.
    pub measure: Measure,
    /// Its least, if one was set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_least: Option<f64>,
    /// Its most, if one was set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_most: Option<f64>,
    /// What it came to, as the mean over the seeds.
    pub value: f64,
    /// Whether that is enough.
    pub met: bool,
}

/// The gates that were set for such a scenario, policy by policy; none for a load, skills or a catastrophe for which none were set, nor, of those
/// that compare, without the shortest queue beside.
pub fn gates(scenario: &Scenario, rows: &[Row]) -> Vec<Passed> {
    let asked = |gate: &&Gate| {
        (gate.load - scenario.load).abs() < 1e-9
            && scenario.events.is_empty()
            && scenario.experts.subspecialties_each == SUBSPECIALTIES
    };
    let of = |policy: Policy| rows.iter().find(|(known, _)| *known == policy);
    let shortest = of(Policy::ShortestQueue).map(|(_, figures)| figures.as_slice());
    HELD.into_iter()
        .filter_map(of)
        .flat_map(|(policy, figures)| {
            GATES.iter().filter(asked).filter_map(move |gate| {
                let value = value(gate.measure, figures, shortest)?;
                Some(passed(*policy, gate, value))
            })
        })
        .collect()
}

fn passed(policy: Policy, gate: &Gate, value: f64) -> Passed {
    let (at_least, at_most, met) = match gate.bound {
        Bound::AtLeast(least) => (Some(least), None, value >= least),
        Bound::AtMost(most) => (None, Some(most), value <= most),
    };
    Passed {
        policy,
        measure: gate.measure,
        at_least,
        at_most,
        value,
        met,
    }
}

fn value(measure: Measure, figures: &[Figures], shortest: Option<&[Figures]>) -> Option<f64> {
    let over = |figures: &[Figures], take: fn(&Figures) -> f64| {
        mean(&figures.iter().map(take).collect::<Vec<_>>())
    };
    let below = |take: fn(&Figures) -> f64| {
        let of_shortest = over(shortest?, take);
        (of_shortest > 0.0).then(|| 1.0 - over(figures, take) / of_shortest)
    };
    match measure {
        Measure::MeanBelowShortestQueue => below(|one| one.mean_hours),
        Measure::OverseasP90BelowShortestQueue => below(|one| one.overseas_p90_hours),
        Measure::OnTime => Some(over(figures, |one| one.on_time)),
        Measure::UrgentOnTime => Some(over(figures, |one| one.urgent_on_time)),
        Measure::Gini => Some(over(figures, |one| one.gini)),
        Measure::Reassignments => Some(over(figures, |one| one.reassignments)),
    }
}

impl Passed {
    /// In a line: whether it is met, of which policy, and the figure beside what it is held to.
    pub fn line(&self) -> String {
        let met = if self.met { "met   " } else { "MISSED" };
        let bound = match (self.at_least, self.at_most) {
            (Some(least), _) => format!("at least {least:.2}"),
            (_, Some(most)) => format!("at most {most:.2}"),
            _ => String::new(),
        };
        let (policy, measure) = (self.policy.as_str(), self.measure.as_str());
        format!(
            "{met}  {policy:<12}{measure:<36}{:>7.3}  {bound}",
            self.value
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(mean_hours: f64, on_time: f64, gini: f64) -> Figures {
        Figures {
            answered: 1,
            open: 0,
            mean_hours,
            p90_hours: mean_hours,
            overseas_p90_hours: mean_hours,
            on_time,
            urgent_on_time: on_time,
            gini,
            reassignments: 0.6,
            elsewhere: 0.0,
            by_territory: Vec::new(),
            work: Vec::new(),
        }
    }

    fn told(scenario: &Scenario, rows: &[Row]) -> Vec<(Measure, bool)> {
        let passed = gates(scenario, rows);
        passed.iter().map(|one| (one.measure, one.met)).collect()
    }

    #[test]
    fn each_gate_is_held_to_its_figure_at_its_load() {
        let mut scenario = Scenario::embedded().unwrap();
        assert!(
            (scenario.load - NOMINAL).abs() < 1e-9,
            "what ships is nominal"
        );
        let shortest = (Policy::ShortestQueue, vec![figures(100.0, 0.5, 0.04)]);
        let planned = (
            Policy::Planned,
            vec![figures(40.0, 0.80, 0.08), figures(60.0, 0.86, 0.12)],
        );
        let rows = [shortest, planned];
        assert_eq!(
            told(&scenario, &rows),
            [
                (Measure::MeanBelowShortestQueue, true),
                (Measure::OnTime, false),
                (Measure::Gini, true),
                (Measure::Reassignments, false),
                (Measure::OverseasP90BelowShortestQueue, true),
            ],
            "means over the seeds: 0.5, 0.83, 0.1, 0.6, 0.5"
        );
        assert_eq!(
            told(&scenario, &rows[1..]).len(),
            3,
            "nothing to compare with"
        );
        assert_eq!(told(&scenario, &rows[..1]), []);
        scenario.load = BUSIER;
        assert_eq!(told(&scenario, &rows), [(Measure::UrgentOnTime, true)]);
        scenario.experts.subspecialties_each = 1;
        assert_eq!(told(&scenario, &rows), []);
        let passed = passed(Policy::Planned, &GATES[3], 0.2);
        assert_eq!(
            passed.line(),
            "MISSED  planned     gini                                  0.200  at most 0.11"
        );
    }
}
