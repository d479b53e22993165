//! Working calendars: when a pool or an expert works, in instants.

use std::collections::HashSet;

use chrono::{DateTime, Datelike, Days, Duration, NaiveDate, NaiveTime, TimeZone, Utc, Weekday};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::problems::{FieldProblem, FieldRule};

/// Opening intervals of each weekday, in local time: `[["08:00", "12:00"], ["13:30", "18:00"]]`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[expect(missing_docs, reason = "the weekdays need no explanation")]
pub struct WeeklyHours {
    pub mon: Vec<(LocalTime, LocalTime)>,
    pub tue: Vec<(LocalTime, LocalTime)>,
    pub wed: Vec<(LocalTime, LocalTime)>,
    pub thu: Vec<(LocalTime, LocalTime)>,
    pub fri: Vec<(LocalTime, LocalTime)>,
    pub sat: Vec<(LocalTime, LocalTime)>,
    pub sun: Vec<(LocalTime, LocalTime)>,
}

impl WeeklyHours {
    /// Monday to Friday, 08:00 to 18:00.
    pub fn office() -> Self {
        let day = || {
            vec![(
                LocalTime::from_minutes(8 * 60),
                LocalTime::from_minutes(18 * 60),
            )]
        };
        Self {
            mon: day(),
            tue: day(),
            wed: day(),
            thu: day(),
            fri: day(),
            ..Self::default()
        }
    }

    fn of(&self, day: Weekday) -> &[(LocalTime, LocalTime)] {
        match day {
            Weekday::Mon => &self.mon,
            Weekday::Tue => &self.tue,
            Weekday::Wed => &self.wed,
            Weekday::Thu => &self.thu,
            Weekday::Fri => &self.fri,
            Weekday::Sat => &self.sat,
            Weekday::Sun => &self.sun,
        }
    }

    /// The first thing wrong with the hours, if anything is: an interval that ends before it begins, two that overlap, or none at
    /// all.
    pub fn problem(&self) -> Option<CalendarError> {
        self.disorder()
            .or_else(|| self.is_empty().then_some(CalendarError::NeverOpen))
    }

    /// The first day whose intervals end before they begin or overlap, for hours that may be none.
    pub fn disorder(&self) -> Option<CalendarError> {
        for day in WEEK {
            let mut last = 0;
            for (from, to) in self.of(day) {
                if from.0 >= to.0 {
                    return Some(CalendarError::Reversed { day });
                }
                if from.0 < last {
                    return Some(CalendarError::Overlap { day });
                }
                last = to.0;
            }
        }
        None
    }

    /// Whether no weekday has an opening.
    pub fn is_empty(&self) -> bool {
        WEEK.iter().all(|day| self.of(*day).is_empty())
    }
}

const WEEK: [Weekday; 7] = [
    Weekday::Mon,
    Weekday::Tue,
    Weekday::Wed,
    Weekday::Thu,
    Weekday::Fri,
    Weekday::Sat,
    Weekday::Sun,
];

/// A time of day to the minute, `00:00` to `24:00`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LocalTime(u16);

impl LocalTime {
    /// So many minutes after midnight; 24:00 when there are more than a day has.
    pub fn from_minutes(minutes: u16) -> Self {
        Self(minutes.min(24 * 60))
    }
}

impl TryFrom<String> for LocalTime {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let refused = || format!("{text:?} is not a time between 00:00 and 24:00");
        let (hours, minutes) = text.split_once(':').ok_or_else(refused)?;
        if hours.len() != 2 || minutes.len() != 2 {
            return Err(refused());
        }
        let (hours, minutes): (u16, u16) = (
            hours.parse().map_err(|_| refused())?,
            minutes.parse().map_err(|_| refused())?,
        );
        let total = hours * 60 + minutes;
        if minutes > 59 || total > 24 * 60 {
            Err(refused())
        } else {
            Ok(Self(total))
        }
    }
}

impl From<LocalTime> for String {
    fn from(time: LocalTime) -> Self {
        format!("{:02}:{:02}", time.0 / 60, time.0 % 60)
    }
}

/// Days on which an organisation is closed, both included.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Closure {
    /// First day.
    pub from: NaiveDate,
    /// Last day.
    pub to: NaiveDate,
}

impl Closure {
    /// Its days within years, the first and the last included.
    pub fn days(&self, (first, last): (i32, i32)) -> impl Iterator<Item = NaiveDate> {
        let begins =
            NaiveDate::from_ymd_opt(first, 1, 1).map_or(self.from, |day| day.max(self.from));
        begins
            .iter_days()
            .take_while(move |day| *day <= self.to && day.year() <= last)
    }
}

/// Why hours make no calendar.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CalendarError {
    /// No weekday has an opening.
    #[error("no weekday has an opening")]
    NeverOpen,
    /// An interval ends before it begins, or when it does.
    #[error("an interval of {day} ends before it begins")]
    Reversed {
        /// The weekday.
        day: Weekday,
    },
    /// Two intervals overlap, or do not come in the order of their beginning.
    #[error("two intervals of {day} overlap, or stand in the wrong order")]
    Overlap {
        /// The weekday.
        day: Weekday,
    },
}

impl CalendarError {
    /// The same as what is wrong with a field: the line of the day, where it is about one.
    pub fn field_problem(&self, pointer: &str) -> FieldProblem {
        let of = |day: &Weekday| format!("{pointer}/{}", day.to_string().to_lowercase());
        match self {
            Self::NeverOpen => {
                let detail = self.to_string();
                FieldProblem::new(pointer, FieldRule::Invalid { detail })
            }
            Self::Reversed { day } => FieldProblem::new(of(day), FieldRule::HoursReversed),
            Self::Overlap { day } => FieldProblem::new(of(day), FieldRule::HoursOverlap),
        }
    }
}

/// One opening, in instants (microseconds UTC), with the working time of all openings before it.
#[derive(Debug, Clone, Copy)]
struct Opening {
    from: i64,
    to: i64,
    before: i64,
}

/// When somebody works, as instants over a window of years. Every question is a binary search.
#[derive(Debug, Clone, Default)]
pub struct WorkingCalendar {
    openings: Vec<Opening>,
}

impl WorkingCalendar {
    /// The openings of these weekly hours in `zone`, from the first day of `years.0` to the last of `years.1`, without the days
    /// in `closed`.
    ///
    /// Across a change of clocks an opening keeps its local times: it is an hour shorter or longer in instants.
    ///
    /// # Errors
    /// [`CalendarError`] when the hours make no calendar.
    pub fn new(
        zone: Tz,
        hours: &WeeklyHours,
        closed: &HashSet<NaiveDate>,
        years: (i32, i32),
    ) -> Result<Self, CalendarError> {
        if let Some(problem) = hours.problem() {
            return Err(problem);
        }
        let open = |date: NaiveDate| {
            let hours = hours.of(date.weekday()).iter();
            hours.filter(move |_| !closed.contains(&date))
        };
        Ok(Self::of_days(zone, years, open))
    }

    /// The openings of each day of some years, in local time.
    fn of_days<'h, O>(zone: Tz, years: (i32, i32), open: impl Fn(NaiveDate) -> O) -> Self
    where
        O: Iterator<Item = &'h (LocalTime, LocalTime)>,
    {
        let mut intervals = Vec::new();
        let mut day = NaiveDate::from_ymd_opt(years.0, 1, 1);
        while let Some(date) = day.filter(|date| date.year() <= years.1) {
            for (from, to) in open(date) {
                let (from, to) = (
                    instant(zone, date, *from, false),
                    instant(zone, date, *to, true),
                );
                if from < to {
                    intervals.push((from, to));
                }
            }
            day = date.checked_add_days(Days::new(1));
        }
        intervals.sort_unstable();
        Self {
            openings: joined(intervals),
        }
    }

    /// The on-call hours, in which urgent work goes on. A holiday, which is a day of `closed` and not of `shut`, has the hours of a
    /// Sunday beside those of its own weekday; a day in `shut` has none.
    ///
    /// # Errors
    /// [`CalendarError`] when the hours make no calendar.
    pub fn on_call(
        zone: Tz,
        on_call: &WeeklyHours,
        (closed, shut): (&HashSet<NaiveDate>, &HashSet<NaiveDate>),
        years: (i32, i32),
    ) -> Result<Self, CalendarError> {
        if let Some(problem) = on_call.problem() {
            return Err(problem);
        }
        let open = |date: NaiveDate| {
            let holiday = closed.contains(&date) && !shut.contains(&date);
            let sunday = on_call.of(Weekday::Sun).iter().filter(move |_| holiday);
            let own = on_call.of(date.weekday()).iter();
            own.chain(sunday).filter(move |_| !shut.contains(&date))
        };
        Ok(Self::of_days(zone, years, open))
    }

    /// When either of two is open.
    pub fn or(&self, other: &Self) -> Self {
        let mut all: Vec<(i64, i64)> = self.intervals().chain(other.intervals()).collect();
        all.sort_unstable();
        Self {
            openings: joined(all),
        }
    }

    /// When this one is open within spans of time, which come in order, and another one is not.
    pub fn within(&self, spans: &[(DateTime<Utc>, DateTime<Utc>)], except: &Self) -> Self {
        let mut left = Vec::new();
        for (from, to) in spans {
            for (mut from, to) in self.openings_between(*from, *to) {
                for (gone, back) in except.openings_between(from, to) {
                    left.push((from.timestamp_micros(), gone.timestamp_micros()));
                    from = back;
                }
                left.push((from.timestamp_micros(), to.timestamp_micros()));
            }
        }
        left.retain(|(from, to)| from < to);
        left.sort_unstable();
        Self {
            openings: joined(left),
        }
    }

    /// Whether it has no opening at all.
    pub fn is_never_open(&self) -> bool {
        self.openings.is_empty()
    }

    fn intervals(&self) -> impl Iterator<Item = (i64, i64)> {
        self.openings
            .iter()
            .map(|opening| (opening.from, opening.to))
    }

    /// The openings that begin or go on between two instants, cut to them.
    pub fn openings_between(
        &self,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
    ) -> impl Iterator<Item = (DateTime<Utc>, DateTime<Utc>)> {
        let (from, to) = (from.timestamp_micros(), to.timestamp_micros());
        let first = self.openings.partition_point(|opening| opening.to <= from);
        self.openings
            .get(first..)
            .unwrap_or_default()
            .iter()
            .take_while(move |opening| opening.from < to)
            .filter_map(move |opening| {
                Some((
                    DateTime::from_timestamp_micros(opening.from.max(from))?,
                    DateTime::from_timestamp_micros(opening.to.min(to))?,
                ))
            })
    }

    /// Whether `at` lies in an opening.
    pub fn is_open_at(&self, at: DateTime<Utc>) -> bool {
        let at = at.timestamp_micros();
        self.opening_ending_after(at)
            .is_some_and(|opening| opening.from <= at)
    }

    /// `at` itself when it lies in an opening, else the start of the next one; `None` behind the last.
    pub fn next_opening(&self, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let micros = at.timestamp_micros();
        let opening = self.opening_ending_after(micros)?;
        DateTime::from_timestamp_micros(opening.from.max(micros))
    }

    /// The instant at which `work` of working time has passed since `from`; `None` when it lies behind the window.
    pub fn add_working_time(&self, from: DateTime<Utc>, work: Duration) -> Option<DateTime<Utc>> {
        let wanted = self.worked_until(from.timestamp_micros()) + work.num_microseconds()?.max(0);
        if work <= Duration::zero() {
            return self.next_opening(from);
        }
        let index = self
            .openings
            .partition_point(|opening| opening.before < wanted)
            .checked_sub(1)?;
        let opening = self.openings.get(index)?;
        let end = opening.from + (wanted - opening.before);
        (end <= opening.to)
            .then(|| DateTime::from_timestamp_micros(end))
            .flatten()
    }

    /// Working time from `from` to `to`; zero when `to` is not later.
    pub fn working_time_between(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> Duration {
        let worked =
            self.worked_until(to.timestamp_micros()) - self.worked_until(from.timestamp_micros());
        Duration::microseconds(worked.max(0))
    }

    fn opening_ending_after(&self, at: i64) -> Option<&Opening> {
        self.openings
            .get(self.openings.partition_point(|opening| opening.to <= at))
    }

    /// Working time of the window before `at`.
    fn worked_until(&self, at: i64) -> i64 {
        let started = self.openings.partition_point(|opening| opening.from < at);
        match started
            .checked_sub(1)
            .and_then(|index| self.openings.get(index))
        {
            None => 0,
            Some(last) => last.before + (at.min(last.to) - last.from),
        }
    }
}

/// Openings out of intervals sorted by their start; what overlaps or touches becomes one.
fn joined(intervals: Vec<(i64, i64)>) -> Vec<Opening> {
    let mut openings: Vec<Opening> = Vec::with_capacity(intervals.len());
    for (from, to) in intervals {
        match openings.last_mut() {
            Some(last) if from <= last.to => last.to = last.to.max(to),
            last => {
                let before = last.map_or(0, |last| last.before + last.to - last.from);
                openings.push(Opening { from, to, before });
            }
        }
    }
    openings
}

/// The instant of a local time. An ambiguous time is taken so that the opening is as long as the clocks on the wall say; a time
/// that the clocks skip is the instant of the skip.
fn instant(zone: Tz, date: NaiveDate, time: LocalTime, is_end: bool) -> i64 {
    let (date, minutes) = if time.0 == 24 * 60 {
        (date.checked_add_days(Days::new(1)).unwrap_or(date), 0)
    } else {
        (date, time.0)
    };
    let clock = NaiveTime::from_num_seconds_from_midnight_opt(u32::from(minutes) * 60, 0)
        .unwrap_or_default();
    let mut local = date.and_time(clock);
    for _ in 0..8 {
        let found = zone.from_local_datetime(&local);
        let chosen = if is_end {
            found.latest()
        } else {
            found.earliest()
        };
        if let Some(chosen) = chosen {
            return chosen.timestamp_micros();
        }
        local += Duration::minutes(30);
    }
    // No zone skips more than three hours; a whole skipped day (a move of the date line) has no opening.
    local.and_utc().timestamp_micros()
}

#[cfg(test)]
mod tests;
