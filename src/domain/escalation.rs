//! The escalation ladder: what the exchange does by itself for a case that nobody has opened while its time runs out.

use serde::{Deserialize, Serialize};

use super::ids::NetworkId;
use super::panels::time::SeatRules;
use super::text_enum::text_enum;

text_enum! {
    /// What a step does.
    pub enum StepAct {
        /// Reminds the expert who holds the offer.
        RemindHolder = "remind_holder",
        /// Gives the case to an expert of its own network who would answer clearly sooner.
        Reassign = "reassign",
        /// Tells the coordinators.
        TellCoordinators = "tell_coordinators",
        /// Gives the case to an expert of another network, where an agreement allows it and it would be answered clearly sooner.
        Overflow = "overflow",
        /// Hands the case to the national network, where an agreement allows it.
        NationalList = "national_list",
    }
}

text_enum! {
    /// What came of a step.
    pub enum StepOutcome {
        /// Somebody was told.
        Told = "told",
        /// The case went to somebody else.
        Moved = "moved",
        /// It stays where it is: nobody would be clearly sooner.
        Kept = "kept",
        /// No agreement allows it.
        NoAgreement = "no_agreement",
    }
}

/// A step of the ladder.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// The share of the target's time after which it is taken: 0.5 is halfway to the due time.
    pub at: f64,
    /// What it does.
    pub act: StepAct,
}

/// The steps in their order. The version stands with each step that was taken.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ladder {
    /// Names the ladder, for the record.
    pub version: String,
    /// Who made it, and why it is so.
    #[serde(default)]
    pub source: String,
    /// The network that a case is handed to in the end.
    #[serde(default)]
    pub national_network: Option<NetworkId>,
    /// What happens by itself to seats of panels whose time is over.
    #[serde(default)]
    pub seats: SeatRules,
    /// Its steps; none when nothing happens by itself.
    pub steps: Vec<Step>,
}

/// Why a ladder is refused.
#[derive(Debug, thiserror::Error)]
pub enum LadderError {
    /// The file is not what it should be.
    #[error("escalation: {0}")]
    Unreadable(#[from] serde_json::Error),
    /// An entry cannot be meant.
    #[error("escalation: {entry} {why}")]
    Entry {
        /// The entry.
        entry: String,
        /// What is wrong with it.
        why: String,
    },
}

/// Latest step: twice the target's time.
const LAST: f64 = 2.0;
/// Acts that take the case further from home, the nearest first: none before one that stands in front of it.
const FURTHER: [StepAct; 3] = [StepAct::Reassign, StepAct::Overflow, StepAct::NationalList];

impl Ladder {
    /// The ladder that ships with the program.
    ///
    /// # Errors
    /// [`LadderError`] naming the entry at fault.
    pub fn embedded() -> Result<Self, LadderError> {
        Self::read(include_str!("../../data/escalation.json"))
    }

    /// A ladder from its file.
    ///
    /// # Errors
    /// [`LadderError`] naming the entry at fault.
    pub fn read(text: &str) -> Result<Self, LadderError> {
        let ladder: Self = serde_json::from_str(text)?;
        ladder.check()?;
        Ok(ladder)
    }

    fn check(&self) -> Result<(), LadderError> {
        for (place, step) in self.steps.iter().enumerate() {
            let refused = |field: &str, why: String| {
                let entry = format!("steps[{place}].{field}");
                Err(LadderError::Entry { entry, why })
            };
            if !(step.at > 0.0 && step.at <= LAST) {
                return refused("at", format!("has to be above 0 and at most {LAST}"));
            }
            for earlier in self.steps.iter().take(place) {
                if earlier.act == step.act {
                    return refused("act", format!("{} is there twice", step.act));
                }
                if earlier.at > step.at {
                    return refused(
                        "at",
                        format!("comes before {}, which stands in front", earlier.act),
                    );
                }
                if distance(earlier.act) > distance(step.act) && distance(step.act).is_some() {
                    return refused(
                        "act",
                        format!("{} after {} leads back", step.act, earlier.act),
                    );
                }
            }
            if step.act == StepAct::NationalList && self.national_network.is_none() {
                return refused("act", "needs national_network".to_owned());
            }
        }
        Ok(())
    }

    /// The first step that was not taken, in the ladder's order.
    pub fn next(&self, taken: &[StepAct]) -> Option<Step> {
        self.steps
            .iter()
            .find(|step| !taken.contains(&step.act))
            .copied()
    }
}

/// How far from home an act takes the case; none when it stays.
fn distance(act: StepAct) -> Option<usize> {
    FURTHER.iter().position(|known| *known == act)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ladder_that_ships_can_be_meant_and_is_climbed_step_by_step() {
        let ladder = Ladder::embedded().unwrap();
        let mut taken = Vec::new();
        let mut before = 0.0;
        while let Some(step) = ladder.next(&taken) {
            assert!(step.at >= before);
            before = step.at;
            taken.push(step.act);
        }
        assert_eq!(taken, [StepAct::Reassign, StepAct::Overflow]);
    }

    #[test]
    fn contradictory_ladders_are_refused_by_entry() {
        let table = [
            ("steps[0].at", r#"[{"at":0,"act":"reassign"}]"#),
            ("steps[0].at", r#"[{"at":2.5,"act":"reassign"}]"#),
            (
                "steps[1].at",
                r#"[{"at":0.5,"act":"reassign"},{"at":0.4,"act":"overflow"}]"#,
            ),
            (
                "steps[1].act",
                r#"[{"at":0.5,"act":"reassign"},{"at":0.6,"act":"reassign"}]"#,
            ),
            (
                "steps[1].act",
                r#"[{"at":0.5,"act":"overflow"},{"at":0.6,"act":"reassign"}]"#,
            ),
            ("steps[0].act", r#"[{"at":1,"act":"national_list"}]"#),
            ("unknown variant", r#"[{"at":1,"act":"shout"}]"#),
            (
                "unknown field",
                r#"[{"at":1,"act":"reassign","loudly":true}]"#,
            ),
            ("unknown variant", r#"[],"seats":{"unread":"shout"}"#),
            ("unknown field", r#"[],"seats":{"unheard":"tell"}"#),
        ];
        for (entry, steps) in table {
            let text = format!(r#"{{"version":"x","steps":{steps}}}"#);
            let refused = Ladder::read(&text).unwrap_err().to_string();
            assert!(refused.contains(entry), "{refused}");
        }
        let none = Ladder::read(r#"{"version":"x","steps":[]}"#).unwrap();
        assert_eq!(none.next(&[]), None);
        assert_eq!(none.seats, SeatRules::default());
    }
}
