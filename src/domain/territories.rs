//! Territories and subspecialties: reference data with its sources, read from files that ship with the program.

use std::collections::{BTreeSet, HashSet};

use chrono::NaiveDate;
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::holidays::{Holiday, Holidays};
use super::text_enum::text_enum;

text_enum! {
    /// Which identifiers and funds a territory has.
    pub enum Regime {
        /// INS and FINESS exist.
        National = "national",
        /// Own health competence: RIDET or n° Tahiti, own funds, no INS.
        Own = "own",
    }
}

/// A territory.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Territory {
    /// ISO 3166-2 code, refined where a territory has several zones.
    pub code: String,
    /// French name.
    pub fr: String,
    /// English name.
    pub en: String,
    /// IANA time zone.
    pub zone: Tz,
    /// Which identifiers and funds it has.
    pub regime: Regime,
    /// Its sets of holidays.
    pub holidays: Vec<String>,
}

impl Territory {
    /// Whether patients have an INS.
    pub fn has_ins(&self) -> bool {
        self.regime == Regime::National
    }
}

/// A subspecialty that routing knows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subspecialty {
    /// Code.
    pub code: String,
    /// French name.
    pub fr: String,
    /// English name.
    pub en: String,
    /// The national double-reading network whose cases fall under it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<String>,
}

/// Reference data that is the same for everybody.
#[derive(Debug, Clone)]
pub struct Reference {
    territories: Vec<Territory>,
    subspecialties: Vec<Subspecialty>,
    codes: Vec<String>,
    holidays: Holidays,
}

/// Why reference data is refused.
#[derive(Debug, thiserror::Error)]
pub enum ReferenceError {
    /// A file is not what it should be.
    #[error("reference data: {0}")]
    Unreadable(#[from] serde_json::Error),
    /// A territory names a set of holidays that does not exist.
    #[error("territory {territory}: there is no set of holidays {set}")]
    UnknownHolidays {
        /// The territory.
        territory: String,
        /// The set it names.
        set: String,
    },
    /// A code stands for nothing.
    #[error("there is no territory {0}")]
    UnknownTerritory(String),
}

impl Reference {
    /// The data that ships with the program.
    ///
    /// # Errors
    /// [`ReferenceError`] naming the entry at fault; a territory without a zone is one.
    pub fn embedded() -> Result<Self, ReferenceError> {
        Self::read(
            include_str!("../../data/territories.json"),
            include_str!("../../data/subspecialties.json"),
        )
    }

    fn read(territories: &str, subspecialties: &str) -> Result<Self, ReferenceError> {
        #[derive(Deserialize)]
        struct Territories {
            territories: Vec<Territory>,
        }
        #[derive(Deserialize)]
        struct Subspecialties {
            subspecialties: Vec<Subspecialty>,
        }
        let holidays = Holidays::embedded()?;
        let territories = serde_json::from_str::<Territories>(territories)?.territories;
        for territory in &territories {
            if let Some(set) = territory.holidays.iter().find(|set| !holidays.has_set(set)) {
                return Err(ReferenceError::UnknownHolidays {
                    territory: territory.code.clone(),
                    set: set.clone(),
                });
            }
        }
        let subspecialties = serde_json::from_str::<Subspecialties>(subspecialties)?.subspecialties;
        let codes = subspecialties
            .iter()
            .map(|subspecialty| subspecialty.code.clone())
            .collect();
        Ok(Self {
            territories,
            subspecialties,
            codes,
            holidays,
        })
    }

    /// Every territory.
    pub fn territories(&self) -> &[Territory] {
        &self.territories
    }

    /// The territory of that code.
    ///
    /// # Errors
    /// [`ReferenceError::UnknownTerritory`].
    pub fn territory(&self, code: &str) -> Result<&Territory, ReferenceError> {
        self.territories
            .iter()
            .find(|territory| territory.code == code)
            .ok_or_else(|| ReferenceError::UnknownTerritory(code.to_owned()))
    }

    /// Every subspecialty.
    pub fn subspecialties(&self) -> &[Subspecialty] {
        &self.subspecialties
    }

    /// The codes of the subspecialties.
    pub fn subspecialty_codes(&self) -> &[String] {
        &self.codes
    }

    /// The holidays of a territory in a year, by day.
    pub fn holidays(&self, territory: &Territory, year: i32) -> BTreeSet<Holiday> {
        self.holidays.of_year(&territory.holidays, year)
    }

    /// The laws and customs its holidays rest on.
    pub fn holiday_sources<'a>(
        &'a self,
        territory: &'a Territory,
    ) -> impl Iterator<Item = &'a str> {
        self.holidays.sources(&territory.holidays)
    }

    /// The days of these years on which a territory rests.
    pub fn closed_days(
        &self,
        territory: &Territory,
        customary: bool,
        years: (i32, i32),
    ) -> HashSet<NaiveDate> {
        (years.0..=years.1)
            .flat_map(|year| self.holidays.of_year(&territory.holidays, year))
            .filter(|day| customary || !day.customary)
            .map(|day| day.date)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_data_is_whole() {
        let reference = Reference::embedded().unwrap();
        assert_eq!(reference.territories().len(), 15);
        assert_eq!(reference.subspecialty_codes().len(), 18);
        assert_eq!(
            reference.territory("PF-M").unwrap().zone,
            Tz::Pacific__Marquesas
        );
        assert!(!reference.territory("NC").unwrap().has_ins());
    }

    #[test]
    fn a_territory_that_cannot_be_right_is_refused_by_name() {
        let none = r#"{"subspecialties":[]}"#;
        let refused = |zone: &str, set: &str| {
            let entry = format!(
                r#"{{"territories":[{{"code":"XX","fr":"x","en":"x","zone":"{zone}","regime":"own","holidays":["{set}"]}}]}}"#
            );
            Reference::read(&entry, none).unwrap_err().to_string()
        };
        assert!(refused("Atlantis/Capital", "national").contains("Atlantis/Capital"));
        assert!(refused("Europe/Paris", "martian").contains("XX"));
        assert!(
            Reference::read(
                r#"{"territories":[{"code":"XX","fr":"x","en":"x","regime":"own","holidays":[]}]}"#,
                none
            )
            .is_err()
        );
    }
}
