//! The scenario file: a national service in figures. docs/SIMULATION.md describes each entry.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// A service to simulate.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "docs/SIMULATION.md describes each entry")]
pub struct Scenario {
    pub source: String,
    pub licence: String,
    pub name: String,
    pub year: i32,
    pub cases_per_year: u32,
    pub load: f64,
    pub reading: Reading,
    pub urgent_share: f64,
    pub answer_within_working_days: Promise,
    pub subspecialties: Vec<Weighted>,
    pub territories: Vec<Place>,
    pub arrivals_by_weekday: [f64; 7],
    pub arrivals_by_hour: [f64; 24],
    pub experts: Experts,
    pub information_requests: Questions,
    pub mislabelled_share: f64,
    pub events: Vec<Event>,
    #[serde(default)]
    pub measured: Option<(NaiveDate, NaiveDate)>,
    /// Named changes to the entries above; each makes a scenario of its own.
    #[serde(default)]
    pub variants: BTreeMap<String, serde_json::Map<String, serde_json::Value>>,
}

/// How long reading takes.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "docs/SIMULATION.md describes each entry")]
pub struct Reading {
    pub mean_minutes: f64,
    pub deviation: f64,
    pub outside_primary: f64,
}

/// Working days within which an answer is promised.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "docs/SIMULATION.md describes each entry")]
pub struct Promise {
    pub urgent: u32,
    pub routine: u32,
}

/// A subspecialty and its weight among the cases.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "docs/SIMULATION.md describes each entry")]
pub struct Weighted {
    pub code: String,
    pub weight: f64,
}

/// A territory: what it sends, who reads there.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "docs/SIMULATION.md describes each entry")]
pub struct Place {
    pub code: String,
    pub region: String,
    pub arrivals: f64,
    pub experts: u32,
}

/// The experts.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "docs/SIMULATION.md describes each entry")]
pub struct Experts {
    pub subspecialties_each: usize,
    pub sessions_per_week: u32,
    pub capacity: u32,
    pub weeks_of_leave: u32,
    pub leave_weight_by_month: [f64; 12],
    pub unannounced_week_share: f64,
    pub decline_share: f64,
}

/// Questions back to the submitter.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "docs/SIMULATION.md describes each entry")]
pub struct Questions {
    pub share: f64,
    pub mean_days: f64,
    pub minutes_after: u32,
}

/// Something that befalls the service.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, tag = "kind", rename_all = "snake_case")]
#[expect(missing_docs, reason = "docs/SIMULATION.md describes each entry")]
pub enum Event {
    Surge {
        from: NaiveDate,
        to: NaiveDate,
        factor: f64,
    },
    Vanish {
        on: NaiveDate,
        share: f64,
    },
    RegionDown {
        region: String,
        on: NaiveDate,
        hours: u32,
    },
}

/// Why a scenario is refused.
#[derive(Debug, thiserror::Error)]
pub enum ScenarioError {
    /// The file is not what it should be.
    #[error("scenario: {0}")]
    Unreadable(#[from] serde_json::Error),
    /// An entry cannot be meant.
    #[error("scenario {scenario}: {entry} {expected}")]
    Entry {
        /// The scenario.
        scenario: String,
        /// The entry.
        entry: String,
        /// What it has to be.
        expected: &'static str,
    },
}

impl Scenario {
    /// The scenario that ships with the program.
    ///
    /// # Errors
    /// [`ScenarioError`] naming the entry at fault.
    pub fn embedded() -> Result<Self, ScenarioError> {
        Self::read(include_str!("../../data/simulation/national.json"))
    }

    /// Reads a scenario file.
    ///
    /// # Errors
    /// [`ScenarioError`] naming the entry at fault.
    pub fn read(text: &str) -> Result<Self, ScenarioError> {
        let scenario: Self = serde_json::from_str(text)?;
        scenario.check()?;
        for name in scenario.variants.keys() {
            scenario.variant(name)?;
        }
        Ok(scenario)
    }

    /// The scenario with a variant's entries in place of its own.
    ///
    /// # Errors
    /// [`ScenarioError`] naming the entry at fault.
    pub fn variant(&self, name: &str) -> Result<Self, ScenarioError> {
        let Some(changes) = self.variants.get(name) else {
            return Err(self.refuse(format!("variants/{name}"), "does not exist"));
        };
        let mut value = serde_json::to_value(self)?;
        if let Some(entries) = value.as_object_mut() {
            entries.insert("variants".to_owned(), serde_json::json!({}));
            entries.insert("name".to_owned(), name.into());
            entries.extend(changes.clone());
        }
        let scenario: Self = serde_json::from_value(value)?;
        scenario.check()?;
        Ok(scenario)
    }

    fn refuse(&self, entry: String, expected: &'static str) -> ScenarioError {
        ScenarioError::Entry {
            scenario: self.name.clone(),
            entry,
            expected,
        }
    }

    fn check(&self) -> Result<(), ScenarioError> {
        let shares = [
            ("urgent_share", self.urgent_share),
            ("mislabelled_share", self.mislabelled_share),
            (
                "information_requests/share",
                self.information_requests.share,
            ),
            (
                "experts/unannounced_week_share",
                self.experts.unannounced_week_share,
            ),
            ("experts/decline_share", self.experts.decline_share),
        ];
        for (entry, share) in shares {
            if !(0.0..=1.0).contains(&share) {
                return Err(self.refuse(entry.to_owned(), "has to lie between 0 and 1"));
            }
        }
        let positive = [
            ("load", self.load),
            ("reading/mean_minutes", self.reading.mean_minutes),
            ("reading/outside_primary", self.reading.outside_primary),
            ("arrivals_by_weekday", self.arrivals_by_weekday.iter().sum()),
            ("arrivals_by_hour", self.arrivals_by_hour.iter().sum()),
            (
                "subspecialties",
                self.subspecialties.iter().map(|one| one.weight).sum(),
            ),
            (
                "territories/arrivals",
                self.territories.iter().map(|one| one.arrivals).sum(),
            ),
            ("cases_per_year", f64::from(self.cases_per_year)),
            ("experts/capacity", f64::from(self.experts.capacity)),
            (
                "experts/sessions_per_week",
                f64::from(self.experts.sessions_per_week),
            ),
            (
                "answer_within_working_days/urgent",
                f64::from(self.answer_within_working_days.urgent),
            ),
            (
                "answer_within_working_days/routine",
                f64::from(self.answer_within_working_days.routine),
            ),
        ];
        for (entry, value) in positive {
            if value <= 0.0 || !value.is_finite() {
                return Err(self.refuse(entry.to_owned(), "has to be more than 0"));
            }
        }
        self.check_experts()
    }

    fn check_experts(&self) -> Result<(), ScenarioError> {
        let experts: u32 = self.territories.iter().map(|place| place.experts).sum();
        let subspecialties = self.subspecialties.len();
        if (experts as usize) < subspecialties {
            return Err(self.refuse(
                "territories/experts".to_owned(),
                "has to be at least one for each subspecialty in all",
            ));
        }
        if self.experts.subspecialties_each == 0
            || self.experts.subspecialties_each > subspecialties
        {
            return Err(self.refuse(
                "experts/subspecialties_each".to_owned(),
                "has to be at least 1 and at most as many as there are",
            ));
        }
        if self.experts.weeks_of_leave > 40 {
            return Err(self.refuse("experts/weeks_of_leave".to_owned(), "has to be at most 40"));
        }
        if self.experts.sessions_per_week > 5 {
            return Err(self.refuse(
                "experts/sessions_per_week".to_owned(),
                "has to be at most 5",
            ));
        }
        Ok(())
    }
}
