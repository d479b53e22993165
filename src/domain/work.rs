//! Work: the minutes that reading a case counts for, before it is read and in the shares of a pool's experts after.
//!
//! The slides that are looked at tell the time of a case best; those in a further stain answer one question and take less. The
//! figures are a proposal, to be replaced by what the service's own time stamps say.

use chrono::{DateTime, Duration, Utc};

use super::calendar::WorkingCalendar;

/// Minutes of a case without slides.
const BASE: u32 = 10;
/// Minutes of a slide in an overview stain.
const PER_SLIDE: u32 = 3;
/// Minutes of a slide in a further stain: immunohistochemistry, a special stain.
const PER_FURTHER: u32 = 2;
/// Reading takes this many hundredths of the time outside one's primary field (pilot simulation: a fifth longer).
const OUTSIDE_PRIMARY: u32 = 120;

/// Over so long the work of a pool's experts is compared.
pub const COMPARED: Duration = Duration::days(90);

/// How laboratories write the stain that every case has; compared without marks between the letters.
const OVERVIEW: [&str; 3] = ["HE", "HES", "HPS"];

/// Minutes that a case of so many slides is expected to take somebody whose field it is.
pub fn expected_minutes(slides: u32) -> u32 {
    BASE.saturating_add(PER_SLIDE.saturating_mul(slides))
}

/// What reading these slides counts for, by the stain of each.
pub fn minutes<'s>(stains: impl IntoIterator<Item = &'s str>, own_field: bool) -> u32 {
    let slides = stains.into_iter().map(|stain| match is_overview(stain) {
        true => PER_SLIDE,
        false => PER_FURTHER,
    });
    in_field(slides.fold(BASE, u32::saturating_add), own_field)
}

/// The same for who reads the subspecialty beside their own.
pub(super) fn in_field(minutes: u32, own_field: bool) -> u32 {
    if own_field {
        minutes
    } else {
        minutes.saturating_mul(OUTSIDE_PRIMARY) / 100
    }
}

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
        assert_eq!(minutes(stains, true), 10 + 3 * 3 + 2 * 2);
        assert_eq!(minutes(stains, false), 27);
        assert_eq!(minutes([], true), expected_minutes(0));
        assert_eq!(minutes(["HES"; 4], true), expected_minutes(4));
        let forever = std::iter::repeat_n("HES", 3_000_000);
        assert_eq!(minutes(forever, false), 9_000_010 * 120 / 100);
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
