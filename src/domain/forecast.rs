//! When an answer may be expected: the plan of its reader, widened by how far such plans were off before.

use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};

use super::calendar::WorkingCalendar;
use super::text_enum::text_enum;

text_enum! {
    /// What the width of a forecast rests on.
    pub enum Basis {
        /// How much later than planned the pool's last answers came.
        History = "history",
        /// The calendar alone: there are too few answers to go by.
        Calendar = "calendar",
    }
}

/// Answers before whose number a history says too little about its tenth and its ninetieth percentile.
pub const ENOUGH: usize = 20;
/// Without a history: the answer comes within this many times the planned working time …
const AT_MOST_TIMES: i64 = 2;
/// … and a working day more, minutes.
const AND_MORE: i64 = 8 * 60;

/// When an answer may be expected: before `earliest` in one case of ten, after `latest` in one of ten.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Forecast {
    /// One in ten comes sooner.
    pub earliest: DateTime<Utc>,
    /// As many come sooner as later.
    pub likely: DateTime<Utc>,
    /// One in ten comes later.
    pub latest: DateTime<Utc>,
    /// What the width rests on.
    pub basis: Basis,
    /// How many answers were looked at.
    pub answers: usize,
}

/// Forecasts an answer that its reader's queue and calendar put at `planned`. `late_by` tells of earlier answers how many working
/// minutes of the pool they came after their plan, negative when sooner. None when it lies behind the calendar.
pub fn forecast(
    planned: DateTime<Utc>,
    late_by: &[i64],
    calendar: &WorkingCalendar,
    now: DateTime<Utc>,
) -> Option<Forecast> {
    let planned = planned.max(now);
    let work = calendar.working_time_between(now, planned);
    let by = |minutes: i64| {
        let shift = Duration::minutes(minutes);
        if minutes >= 0 {
            return calendar.add_working_time(planned, shift);
        }
        let sooner = calendar.add_working_time(now, (work + shift).max(Duration::zero()))?;
        Some(sooner.min(planned))
    };
    let mut sorted = late_by.to_vec();
    sorted.sort_unstable();
    let planned_minutes = work.num_minutes();
    let without = [
        -planned_minutes / 2,
        0,
        planned_minutes * (AT_MOST_TIMES - 1) + AND_MORE,
    ];
    let history = (sorted.len() >= ENOUGH).then(|| {
        [10, 50, 90].map(|percent| {
            let rank = (sorted.len() * percent).div_ceil(100).max(1);
            sorted.get(rank - 1).copied().unwrap_or(0)
        })
    });
    let [earliest, likely, latest] = history.unwrap_or(without);
    Some(Forecast {
        earliest: by(earliest)?,
        likely: by(likely)?,
        latest: by(latest)?,
        basis: if history.is_some() {
            Basis::History
        } else {
            Basis::Calendar
        },
        answers: sorted.len(),
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;
    use crate::domain::calendar::WeeklyHours;

    fn calendar() -> WorkingCalendar {
        let day = r#"[["09:00","17:00"]]"#;
        let hours: WeeklyHours = serde_json::from_str(&format!(
            r#"{{"mon":{day},"tue":{day},"wed":{day},"thu":{day},"fri":{day}}}"#
        ))
        .unwrap();
        let zone = chrono_tz::Europe::Paris;
        WorkingCalendar::new(zone, &hours, &HashSet::new(), (2026, 2027)).unwrap()
    }

    /// A Monday, 10:00 in Paris.
    fn now() -> DateTime<Utc> {
        "2026-11-23T09:00:00Z".parse().unwrap()
    }

    #[test]
    fn a_history_widens_a_plan_by_what_came_later_and_sooner() {
        let late_by: Vec<i64> = (-5..=14).map(|n| n * 12).collect();
        let planned = now() + Duration::hours(3);
        let told = forecast(planned, &late_by, &calendar(), now()).unwrap();
        assert_eq!((told.basis, told.answers), (Basis::History, 20));
        assert_eq!(told.earliest, planned - Duration::minutes(48));
        assert_eq!(told.likely, planned + Duration::minutes(48));
        assert_eq!(told.latest, planned + Duration::minutes(144));
    }

    #[test]
    fn without_a_history_the_calendar_alone_says_less() {
        let planned = now() + Duration::hours(2);
        let told = forecast(planned, &[0; 19], &calendar(), now()).unwrap();
        assert_eq!((told.basis, told.likely), (Basis::Calendar, planned));
        assert_eq!(told.earliest, now() + Duration::hours(1));
        // Two hours and a working day after noon on Monday: Tuesday 14:00.
        assert_eq!(
            told.latest,
            "2026-11-24T13:00:00Z".parse::<DateTime<Utc>>().unwrap()
        );
    }

    #[test]
    fn behind_the_calendar_nothing_is_promised() {
        let far = now() + Duration::days(365 * 3);
        assert_eq!(forecast(far, &[], &calendar(), now()), None);
    }

    proptest! {
        /// In order, never in the past, later for a later plan, and wider for wider figures.
        #[test]
        fn forecasts_are_in_order(
            late_by in prop::collection::vec(-2_000i64..2_000, 0..60),
            planned in -1_000i64..20_000,
            later in 0i64..5_000,
            wider in 1i64..4,
        ) {
            let (calendar, at) = (calendar(), |minutes| now() + Duration::minutes(minutes));
            let one = forecast(at(planned), &late_by, &calendar, now()).unwrap();
            prop_assert!(now() <= one.earliest && one.earliest <= one.likely && one.likely <= one.latest);
            let other = forecast(at(planned + later), &late_by, &calendar, now()).unwrap();
            prop_assert!(one.latest <= other.latest);
            prop_assert!(one.likely <= other.likely);
            if late_by.len() >= ENOUGH {
                let stretched: Vec<i64> = late_by.iter().map(|minutes| minutes * wider).collect();
                let wide = forecast(at(planned), &stretched, &calendar, now()).unwrap();
                let low = late_by.iter().filter(|minutes| **minutes < 0).count() * 10 >= late_by.len();
                prop_assert!(!low || wide.earliest <= one.earliest);
            }
        }
    }
}
