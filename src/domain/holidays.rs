//! Public holidays, computed from dated rules.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate};
use serde::Deserialize;

/// The rules of every set, as `data/holidays.json` holds them.
#[derive(Debug, Clone, Deserialize)]
pub struct Holidays {
    sets: BTreeMap<String, Set>,
}

/// The rules that hold somewhere, and by which law.
#[derive(Debug, Clone, Deserialize)]
struct Set {
    source: String,
    days: Vec<Rule>,
}

/// One holiday of a set.
#[derive(Debug, Clone, Deserialize)]
struct Rule {
    fr: String,
    en: String,
    #[serde(flatten)]
    when: When,
    #[serde(default)]
    customary: bool,
    #[serde(default)]
    from: Option<i32>,
    #[serde(default)]
    until: Option<i32>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(untagged)]
enum When {
    Fixed { month: u32, day: u32 },
    Easter { easter: i64 },
}

/// A holiday of a year.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Holiday {
    /// The day.
    pub date: NaiveDate,
    /// Its French name.
    pub fr: String,
    /// Its English name.
    pub en: String,
    /// Observed by many but not by all.
    pub customary: bool,
}

impl Holidays {
    /// The rules that ship with the program.
    ///
    /// # Errors
    /// serde's, naming the entry that is not a rule.
    pub fn embedded() -> Result<Self, serde_json::Error> {
        serde_json::from_str(include_str!("../../data/holidays.json"))
    }

    /// Whether a set of that name exists.
    pub fn has_set(&self, name: &str) -> bool {
        self.sets.contains_key(name)
    }

    /// The law or custom that each of these sets rests on.
    pub fn sources<'a>(&'a self, sets: &'a [String]) -> impl Iterator<Item = &'a str> {
        sets.iter()
            .filter_map(|set| self.sets.get(set))
            .map(|set| set.source.as_str())
    }

    /// The holidays of these sets in a year, by day.
    pub fn of_year(&self, sets: &[String], year: i32) -> BTreeSet<Holiday> {
        let rules = sets
            .iter()
            .filter_map(|set| self.sets.get(set))
            .flat_map(|set| &set.days);
        rules
            .filter(|rule| {
                rule.from.is_none_or(|from| from <= year)
                    && rule.until.is_none_or(|until| year <= until)
            })
            .filter_map(|rule| {
                let date = match rule.when {
                    When::Fixed { month, day } => NaiveDate::from_ymd_opt(year, month, day),
                    When::Easter { easter: days } => shift(easter(year)?, days),
                }?;
                Some(Holiday {
                    date,
                    fr: rule.fr.clone(),
                    en: rule.en.clone(),
                    customary: rule.customary,
                })
            })
            .collect()
    }
}

fn shift(day: NaiveDate, days: i64) -> Option<NaiveDate> {
    let distance = Days::new(days.unsigned_abs());
    if days < 0 {
        day.checked_sub_days(distance)
    } else {
        day.checked_add_days(distance)
    }
}

/// Easter Sunday of the Gregorian calendar (the computus as given by Oudin, 1940).
pub fn easter(year: i32) -> Option<NaiveDate> {
    let century = year / 100;
    let golden = year % 19;
    let k = (century - 17) / 25;
    let mut moon = (century - century / 4 - (century - k) / 3 + 19 * golden + 15) % 30;
    moon -= (moon / 28) * (1 - (moon / 28) * (29 / (moon + 1)) * ((21 - golden) / 11));
    let weekday = (year + year / 4 + moon + 2 - century + century / 4) % 7;
    let offset = moon - weekday;
    let month = 3 + (offset + 40) / 44;
    let day = offset + 28 - 31 * (month / 4);
    NaiveDate::from_ymd_opt(year, u32::try_from(month).ok()?, u32::try_from(day).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn easter_falls_where_the_church_says() {
        for (year, month, day) in [
            (2000, 4, 23),
            (2008, 3, 23),
            (2011, 4, 24),
            (2026, 4, 5),
            (2027, 3, 28),
            (2028, 4, 16),
            (2038, 4, 25),
        ] {
            assert_eq!(
                easter(year),
                NaiveDate::from_ymd_opt(year, month, day),
                "{year}"
            );
        }
    }

    /// The official table of Etalab (2006 to 2031) against the rules. It is of 2021 and leaves out the local days of the Pacific
    /// and the customary ones. It also gives Saint-Barthélemy 9 October before the decree of 2012 that introduced it.
    #[test]
    fn the_rules_agree_with_the_official_table() {
        let holidays = Holidays::embedded().unwrap();
        let zones: [(&str, &[&str]); 13] = [
            ("metropole", &["national"]),
            ("alsace-moselle", &["national", "alsace-moselle"]),
            ("guadeloupe", &["national", "guadeloupe"]),
            ("martinique", &["national", "martinique"]),
            ("guyane", &["national", "guyane"]),
            ("la-reunion", &["national", "la-reunion"]),
            ("mayotte", &["national", "mayotte"]),
            ("saint-barthelemy", &["national", "saint-barthelemy"]),
            ("saint-martin", &["national", "saint-martin"]),
            ("saint-pierre-et-miquelon", &["national"]),
            ("nouvelle-caledonie", &["national"]),
            ("polynesie-francaise", &["national"]),
            ("wallis-et-futuna", &["national"]),
        ];
        for (zone, sets) in zones {
            let path = format!(
                "{}/tests/data/holidays/jours_feries_{zone}.csv",
                env!("CARGO_MANIFEST_DIR")
            );
            let table = std::fs::read_to_string(&path).unwrap();
            let mut official: BTreeSet<NaiveDate> = BTreeSet::new();
            for line in table.lines().skip(1) {
                official.insert(line.split(',').next().unwrap().parse().unwrap());
            }
            let mut years: BTreeSet<i32> = official.iter().map(chrono::Datelike::year).collect();
            if zone == "saint-barthelemy" {
                years.retain(|year| *year >= 2012);
                official.retain(|day| chrono::Datelike::year(day) >= 2012);
            }
            let sets: Vec<String> = sets.iter().map(|set| (*set).to_owned()).collect();
            let ours: BTreeSet<NaiveDate> = years
                .iter()
                .flat_map(|year| holidays.of_year(&sets, *year))
                .filter(|day| !day.customary)
                .map(|day| day.date)
                .collect();
            let differing: Vec<_> = ours.symmetric_difference(&official).collect();
            assert!(differing.is_empty(), "{zone}: {differing:?}");
        }
    }

    #[test]
    fn polynesia_moved_its_autumn_holiday() {
        let holidays = Holidays::embedded().unwrap();
        let sets = ["national".to_owned(), "polynesie-francaise".to_owned()];
        let has = |year, month, day| {
            holidays
                .of_year(&sets, year)
                .iter()
                .any(|h| Some(h.date) == NaiveDate::from_ymd_opt(year, month, day))
        };
        assert!(has(2024, 6, 29) && !has(2024, 11, 20));
        assert!(!has(2026, 6, 29) && has(2026, 11, 20));
    }
}
