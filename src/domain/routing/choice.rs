//! The choice among the eligible: the earliest expected answer; among answers that are as good as equally early, whoever did less
//! of the pool's work lately.

use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};

use super::Considered;
use crate::domain::text_enum::text_enum;
use crate::domain::turnaround::Target;
use crate::domain::work::WorkUnits;

/// What the choice weighs. The version is kept with each decision.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChoicePolicy {
    /// Names the policy, for the record.
    pub version: String,
    /// Answers whose expected instants lie no further apart than this share of the promised time count as equally early, from 0
    /// to 0.5. On the wall, whatever time the target counts.
    pub margin: f64,
    /// Experts whose share of work is above the least one by no more than this part of it count as equally loaded, from 0 to 1.
    pub band: f64,
    /// Whether who answered for the same patient before comes first, as long as they are in time.
    #[serde(default)]
    pub same_expert: bool,
    /// What the minutes of a case are reckoned from.
    #[serde(default)]
    pub units: WorkUnits,
}

impl Default for ChoicePolicy {
    /// A tenth of the promised time: two and a half hours for routine work, two minutes within an operation. The band of fifteen
    /// in a hundred is that of the pilot's algorithm.
    fn default() -> Self {
        Self {
            version: "2026-11".to_owned(),
            margin: 0.1,
            band: 0.15,
            same_expert: false,
            units: WorkUnits::default(),
        }
    }
}

/// That an entry of a policy cannot be meant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("policy {version}: {entry} {expected}")]
pub struct ChoiceError {
    /// The policy.
    pub version: String,
    /// The entry.
    pub entry: String,
    /// What it has to be.
    pub expected: &'static str,
}

text_enum! {
    /// What decided between the eligible.
    pub enum Basis {
        /// Nobody was expected to answer earlier.
        EarliestAnswer = "earliest_expected_answer",
        /// They answered for the same patient before, and would be in time.
        SameExpert = "same_expert",
        /// Others were as good as equally early, and had done more of the work.
        FairerShare = "fairer_share",
    }
}

impl ChoicePolicy {
    /// Whether the policy can be meant.
    ///
    /// # Errors
    /// [`ChoiceError`] naming the entry.
    pub fn check(&self) -> Result<(), ChoiceError> {
        let refused = |entry: &str, expected| {
            Err(ChoiceError {
                version: self.version.clone(),
                entry: entry.to_owned(),
                expected,
            })
        };
        if self.version.is_empty() {
            return refused("version", "has to name it");
        }
        if !(0.0..=0.5).contains(&self.margin) {
            return refused("margin", "has to be from 0 to 0.5");
        }
        if !(0.0..=1.0).contains(&self.band) {
            return refused("band", "has to be from 0 to 1");
        }
        if let Err((entry, expected)) = self.units.check() {
            return refused(&format!("units{entry}"), expected);
        }
        Ok(())
    }

    fn margin(&self, target: &Target) -> Duration {
        let promised = f64::from(target.answer_minutes) * 60.0;
        Duration::seconds((promised * self.margin) as i64)
    }

    /// Whether a share of work is as low as the least one.
    fn as_low(&self, share: u32, least: u32) -> bool {
        f64::from(share) <= f64::from(least) * (1.0 + self.band)
    }

    /// The place of who is chosen among `eligible`, which come in the order of the earliest answer, and what decided. Those of
    /// other networks are no rivals of one's own, nor those who read the subspecialty beside their own field of those whose field
    /// it is.
    pub(super) fn choose(
        &self,
        eligible: &[&Considered],
        target: &Target,
    ) -> Option<(usize, Basis)> {
        let first = eligible.first()?;
        let latest: Option<DateTime<Utc>> = first
            .expected_answer_at
            .and_then(|at| at.checked_add_signed(self.margin(target)));
        let as_early = |one: &Considered| {
            one.agreement.is_some() == first.agreement.is_some()
                && one.reading_minutes <= first.reading_minutes
                && one.expected_answer_at <= latest
        };
        let share = |one: &Considered| one.work_share.unwrap_or(0);
        let rivals = || eligible.iter().enumerate().filter(|(_, one)| as_early(one));
        let least = rivals().map(|(_, one)| share(one)).min()?;
        let (place, _) = rivals().find(|(_, one)| self.as_low(share(one), least))?;
        let basis = if place == 0 {
            Basis::EarliestAnswer
        } else {
            Basis::FairerShare
        };
        Some((place, basis))
    }
}
