//! The holidays of every territory, against a source that is not ours.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use chrono::{Datelike, NaiveDate};
use relecture::domain::holidays::easter;
use relecture::domain::territories::Reference;

use crate::support::python::python;

const YEARS: (i32, i32) = (2000, 2100);

/// A day on which the package and we differ, and who is right.
struct Difference {
    territory: &'static str,
    years: (i32, i32),
    day: Day,
    /// Whether it is ours that has the day.
    ours: bool,
    because: &'static str,
}

enum Day {
    Fixed(u32, u32),
    Easter(i64),
}

impl Difference {
    fn explains(&self, territory: &str, date: NaiveDate, ours: bool) -> bool {
        let year = date.year();
        let day = match self.day {
            Day::Fixed(month, day) => NaiveDate::from_ymd_opt(year, month, day),
            Day::Easter(days) => easter(year).map(|sunday| sunday + chrono::Duration::days(days)),
        };
        (self.territory == "*" || self.territory == territory)
            && (self.years.0..=self.years.1).contains(&year)
            && self.ours == ours
            && day == Some(date)
    }
}

const DIFFERENCES: &[Difference] = &[
    Difference {
        territory: "*",
        years: (2005, 2007),
        day: Day::Easter(50),
        ours: true,
        because: "loi n° 2004-626 made Whit Monday the solidarity day by default but left it on the list of holidays (then art. \
                  L222-1 of the Code du travail); the table of Etalab has it in those years",
    },
    Difference {
        territory: "BL",
        years: (2000, 2011),
        day: Day::Fixed(5, 27),
        ours: true,
        because: "a commune of Guadeloupe until 2007 and under its date until décret n° 2012-553; the package begins in 2012",
    },
    Difference {
        territory: "MF",
        years: (2000, 2017),
        day: Day::Fixed(5, 27),
        ours: true,
        because: "décret n° 2012-553 of 23 April 2012, art. 1, sets 27 May for Saint-Martin; 28 May is celebrated since 2018",
    },
    Difference {
        territory: "MF",
        years: (2012, 2017),
        day: Day::Fixed(5, 28),
        ours: false,
        because: "the same decree: the package takes 28 May from 2012 on",
    },
    Difference {
        territory: "MF",
        years: (2000, 2011),
        day: Day::Fixed(7, 21),
        ours: true,
        because: "customary, as in Guadeloupe, of which Saint-Martin was a commune; the package begins in 2012",
    },
    Difference {
        territory: "FR-MQ",
        years: YEARS,
        day: Day::Easter(-2),
        ours: true,
        because: "customary in Martinique: a pool may switch it off; the package knows no customary days there",
    },
];

#[test]
fn holidays_agree_with_an_independent_package_on_every_day_of_a_century() {
    let output = Command::new(python())
        .arg(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/calendar/holidays_table.py"
        ))
        .args([YEARS.0.to_string(), YEARS.1.to_string()])
        .output()
        .expect("Python runs");
    assert!(
        output.status.success(),
        "{}; script/setup test installs the package",
        String::from_utf8_lossy(&output.stderr)
    );
    let theirs: BTreeMap<String, BTreeSet<NaiveDate>> =
        serde_json::from_slice(&output.stdout).unwrap();
    let reference = Reference::embedded().unwrap();
    let (mut wrong, mut used) = (Vec::new(), vec![0; DIFFERENCES.len()]);
    for territory in reference.territories() {
        let ours: BTreeSet<NaiveDate> = (YEARS.0..=YEARS.1)
            .flat_map(|year| reference.holidays(territory, year))
            .map(|holiday| holiday.date)
            .collect();
        let theirs = &theirs[&territory.code];
        assert!(
            theirs.len() > 1000,
            "the package speaks for {}",
            territory.code
        );
        for date in ours.symmetric_difference(theirs) {
            let is_ours = ours.contains(date);
            match DIFFERENCES
                .iter()
                .position(|difference| difference.explains(&territory.code, *date, is_ours))
            {
                Some(known) => used[known] += 1,
                None => wrong.push((territory.code.clone(), *date, is_ours)),
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} days differ: {:?}",
        wrong.len(),
        &wrong[..wrong.len().min(20)]
    );
    for (difference, used) in DIFFERENCES.iter().zip(used) {
        assert!(used > 0, "no longer a difference: {}", difference.because);
    }
}
