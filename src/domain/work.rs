//! Work: the minutes that reading a case counts for, before it is read and in the shares of a pool's experts after.
//!
//! The slides that are looked at tell the time of a case best; those in a further stain answer one question and take less. By how
//! much, a network decides: [`units`]. What its own time stamps say about that: [`fitting`].

use chrono::{DateTime, Duration, Utc};

use super::calendar::WorkingCalendar;

pub mod fitting;
pub mod units;

pub use units::WorkUnits;

/// Over so long the work of a pool's experts is compared.
pub const COMPARED: Duration = Duration::days(90);

/// How laboratories write the stain that every case has; compared without marks between the letters.
const OVERVIEW: [&str; 3] = ["HE", "HES", "HPS"];

fn is_overview(stain: &str) -> bool {
    let letters: String = stain.chars().filter(|one| one.is_alphanumeric()).collect();
    let letters = letters.to_uppercase();
    OVERVIEW.contains(&letters.as_str())
}

/// The working time that somebody offered in the time compared, in minutes: their openings without their absences, by the hours
/// they keep now. `absences` come in the order of their beginning.
pub fn offered_minutes(
    calendar: &WorkingCalendar,
    absences: &[(DateTime<Utc>, DateTime<Utc>)],
    now: DateTime<Utc>,
) -> u32 {
    let since = now
        .checked_sub_signed(COMPARED)
        .unwrap_or(DateTime::<Utc>::MIN_UTC);
    let mut offered = calendar.working_time_between(since, now);
    let mut counted = since;
    for (from, to) in absences {
        let (from, to) = ((*from).max(counted), (*to).min(now));
        if from < to {
            offered -= calendar.working_time_between(from, to);
            counted = to;
        }
    }
    u32::try_from(offered.num_minutes()).unwrap_or(0)
}

/// Work in millionths of the time offered, so that a single case tells too; an hour is the least that counts as offered.
pub fn share(work_minutes: u32, offered_minutes: u32) -> u32 {
    let share = u64::from(work_minutes) * 1_000_000 / u64::from(offered_minutes.max(60));
    u32::try_from(share).unwrap_or(u32::MAX)
}

/// The middle value of a pool, the mean of the two middle ones where they are even in number; none of nobody.
pub fn median(mut values: Vec<u32>) -> Option<u32> {
    values.sort_unstable();
    let middle = values.len() / 2;
    let upper = *values.get(middle)?;
    if values.len() % 2 == 1 {
        return Some(upper);
    }
    let lower = *values.get(middle.checked_sub(1)?)?;
    Some(lower.midpoint(upper))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::domain::calendar::WeeklyHours;

    #[test]
    fn slides_count_by_their_stain_and_the_field_of_who_reads() {
        let stains = ["H&E", "h.e.s.", "HES", "RE", "Ki-67"];
        let units = WorkUnits::default();
        let minutes = |stains: &[&str], own| units.minutes(stains.iter().copied(), "breast", own);
        assert_eq!(minutes(&stains, true), 10 + 3 * 3 + 2 * 2);
        assert_eq!(minutes(&stains, false), 27);
        assert_eq!(minutes(&[], true), units.expected(0, "breast"));
        assert_eq!(minutes(&["HES"; 4], true), units.expected(4, "breast"));
        let forever = std::iter::repeat_n("HES", 3_000_000);
        let forever = units.minutes(forever, "breast", false);
        assert_eq!(forever, 9_000_010 * 120 / 100);
        for minutes in 0..500u32 {
            assert_eq!(units.in_field(minutes, false), minutes * 120 / 100);
        }
        let slow = WorkUnits {
            by_subspecialty: [("breast".to_owned(), 1.5)].into(),
            ..WorkUnits::default()
        };
        assert_eq!(slow.expected(4, "breast"), 33);
        assert_eq!(slow.expected(4, "thoracic"), 22);
    }

    #[test]
    fn units_that_cannot_be_meant_are_named() {
        let units = WorkUnits::default();
        assert_eq!(units.check(), Ok(()));
        type Spoil = fn(&mut WorkUnits);
        let table: [(&str, Spoil); 6] = [
            ("/base", |one| one.base = -1.0),
            ("/base", |one| (one.base, one.per_slide) = (0.0, 0.5)),
            ("/per_slide", |one| one.per_slide = f64::NAN),
            ("/per_further", |one| one.per_further = 61.0),
            ("/outside_primary", |one| one.outside_primary = 0.9),
            ("/by_subspecialty/breast", |one| {
                one.by_subspecialty.insert("breast".to_owned(), 0.0);
            }),
        ];
        for (pointer, spoil) in table {
            let mut units = units.clone();
            spoil(&mut units);
            let said = units.check().map_err(|(at, _)| at);
            assert_eq!(said, Err(pointer.to_owned()));
        }
    }

    #[test]
    fn time_away_was_not_offered_however_absences_lie() {
        let hours: WeeklyHours = serde_json::from_str(r#"{"mon":[["09:00","17:00"]]}"#).unwrap();
        let zone = chrono_tz::UTC;
        let calendar = WorkingCalendar::new(zone, &hours, &HashSet::new(), (2026, 2026)).unwrap();
        let at = |text: &str| -> DateTime<Utc> { text.parse().unwrap() };
        // Ninety days before a Monday noon: twelve whole Mondays, and four hours of the last one.
        let now = at("2026-11-23T13:00:00Z");
        let offered =
            |away: &[(DateTime<Utc>, DateTime<Utc>)]| offered_minutes(&calendar, away, now);
        assert_eq!(offered(&[]), 12 * 480 + 240);
        let week = (at("2026-11-09T00:00:00Z"), at("2026-11-16T00:00:00Z"));
        let within = (at("2026-11-09T10:00:00Z"), at("2026-11-09T12:00:00Z"));
        let across = (at("2026-11-15T00:00:00Z"), at("2026-11-17T00:00:00Z"));
        assert_eq!(offered(&[week, within, across]), 10 * 480 + 240);
        let coming = (at("2026-11-23T15:00:00Z"), at("2026-12-30T00:00:00Z"));
        assert_eq!(offered(&[coming]), 12 * 480 + 240);
        let always = (DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC);
        assert_eq!(offered(&[always]), 0);
    }

    #[test]
    fn shares_and_their_middle() {
        assert_eq!(share(30, 600), 50_000);
        assert_eq!(share(30, 0), 500_000);
        assert_eq!(share(u32::MAX, 1), u32::MAX);
        assert_eq!(median(vec![]), None);
        assert_eq!(median(vec![7]), Some(7));
        assert_eq!(median(vec![9, 1, 5]), Some(5));
        assert_eq!(median(vec![1, 2, 9, 4]), Some(3));
    }
}
