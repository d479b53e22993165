//! When readers read: hours, leave, and what keeps them from a session.

use std::collections::HashSet;

use chrono::{DateTime, Datelike, Duration, NaiveDate, TimeZone, Utc, Weekday};
use chrono_tz::Tz;

use super::{Ground, Reader};
use crate::domain::calendar::{LocalTime, WeeklyHours, WorkingCalendar};
use crate::domain::randomness::Randomness;
use crate::simulation::scenario::Event;

impl Ground<'_> {
    pub(super) fn dates(&self) -> impl Iterator<Item = NaiveDate> {
        let year = self.scenario.year;
        NaiveDate::from_ymd_opt(year, 1, 1)
            .into_iter()
            .flat_map(|first| first.iter_days())
            .take_while(move |date| date.year() == year)
    }

    /// The Mondays of an expert's weeks of leave.
    pub(super) fn leave(&self, random: &mut Randomness) -> HashSet<NaiveDate> {
        let mondays: Vec<NaiveDate> = self
            .dates()
            .filter(|date| date.weekday() == Weekday::Mon)
            .collect();
        let mut weights: Vec<f64> = mondays
            .iter()
            .map(|date| {
                self.scenario
                    .experts
                    .leave_weight_by_month
                    .get(date.month0() as usize)
                    .copied()
                    .unwrap_or(0.0)
            })
            .collect();
        let mut leave = HashSet::new();
        for _ in 0..self.scenario.experts.weeks_of_leave {
            let Some(week) = random.weighted(&weights) else {
                break;
            };
            leave.extend(mondays.get(week));
            if let Some(weight) = weights.get_mut(week) {
                *weight = 0.0;
            }
        }
        leave
    }

    /// The sessions that are really held: not in leave, not in a week of unannounced absence, not while the region is down.
    pub(super) fn sessions(
        &self,
        calendar: &WorkingCalendar,
        absences: &[(DateTime<Utc>, DateTime<Utc>)],
        region: &str,
        random: &mut Randomness,
    ) -> Vec<(DateTime<Utc>, DateTime<Utc>)> {
        let mut missed: Option<(NaiveDate, bool)> = None;
        let mut held = Vec::new();
        for (from, to) in
            calendar.openings_between(DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC)
        {
            let week = monday(from.date_naive());
            let misses = match missed {
                Some((known, misses)) if known == week => misses,
                _ => random.chance(self.scenario.experts.unannounced_week_share),
            };
            missed = Some((week, misses));
            let away = absences
                .iter()
                .any(|(start, end)| *start < to && from < *end);
            let down = self.scenario.events.iter().any(|event| match event {
                Event::RegionDown {
                    region: named,
                    on,
                    hours,
                } => {
                    let start = on.and_time(chrono::NaiveTime::MIN).and_utc();
                    named == region
                        && start < to
                        && from < start + Duration::hours(i64::from(*hours))
                }
                _ => false,
            });
            if !misses && !away && !down {
                held.push((from, to));
            }
        }
        held
    }

    pub(super) fn vanish(&self, readers: &mut [Reader], random: &mut Randomness) {
        for event in &self.scenario.events {
            if let Event::Vanish { on, share } = event {
                let at = on.and_time(chrono::NaiveTime::MIN).and_utc();
                for reader in readers.iter_mut() {
                    if random.chance(*share) {
                        reader.sessions.retain(|(from, _)| *from < at);
                        reader.vanishes = Some(at);
                    }
                }
            }
        }
    }
}

pub(super) fn monday(date: NaiveDate) -> NaiveDate {
    date.week(Weekday::Mon).first_day()
}

pub(super) fn absences(
    zone: Tz,
    leave: &HashSet<NaiveDate>,
) -> Vec<(DateTime<Utc>, DateTime<Utc>)> {
    let mut weeks: Vec<_> = leave
        .iter()
        .filter_map(|first| {
            let from = zone
                .from_local_datetime(&first.and_time(chrono::NaiveTime::MIN))
                .earliest()?
                .to_utc();
            Some((from, from + Duration::days(7)))
        })
        .collect();
    weeks.sort();
    weeks
}

pub(super) fn session_hours(days: &[usize], start: u16, length: u16) -> WeeklyHours {
    let session = || {
        let start = start.min(24 * 60 - length);
        vec![(
            LocalTime::from_minutes(start),
            LocalTime::from_minutes(start + length),
        )]
    };
    let mut hours = WeeklyHours::default();
    for day in days {
        match day {
            0 => hours.mon = session(),
            1 => hours.tue = session(),
            2 => hours.wed = session(),
            3 => hours.thu = session(),
            _ => hours.fri = session(),
        }
    }
    hours
}

pub(super) fn office_hours() -> WeeklyHours {
    let day = || {
        vec![(
            LocalTime::from_minutes(9 * 60),
            LocalTime::from_minutes(17 * 60),
        )]
    };
    WeeklyHours {
        mon: day(),
        tue: day(),
        wed: day(),
        thu: day(),
        fri: day(),
        ..WeeklyHours::default()
    }
}
