//! Working calendars of pools and experts, made once for each pattern and kept.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Datelike, Utc};
use chrono_tz::Tz;
use serde::Deserialize;

use super::Core;
use super::error::ServiceError;
use crate::domain::calendar::{Closure, WeeklyHours, WorkingCalendar};
use crate::domain::turnaround::Urgency;
use crate::store::organisations::Network;
use crate::store::people::ExpertProfile;

/// Patterns kept at most; a national service has a few hundred.
const KEPT: usize = 2048;

/// What makes a calendar.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Pattern {
    zone: Tz,
    hours: Hours,
    territory: String,
    customary: bool,
    closures: Vec<Closure>,
    year: i32,
}

/// Which hours a calendar is of.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Hours {
    /// Those of every working day.
    Ordinary(WeeklyHours),
    /// Those on call, on holidays too.
    OnCall(WeeklyHours),
    /// Both.
    Both(WeeklyHours, WeeklyHours),
}

/// The calendars made so far. Only a memory of what can be made again: nothing is lost with it.
#[derive(Default)]
pub struct Calendars(Mutex<HashMap<Pattern, Arc<WorkingCalendar>>>);

impl Calendars {
    fn of(&self, core: &Core, pattern: Pattern) -> Result<Arc<WorkingCalendar>, ServiceError> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(calendar) = kept.get(&pattern) {
            return Ok(Arc::clone(calendar));
        }
        let years = (pattern.year - 1, pattern.year + 2);
        let territory = core.reference.territory(&pattern.territory)?;
        let closures = pattern.closures.iter();
        let shut: HashSet<_> = closures.flat_map(|closure| closure.days(years)).collect();
        let mut closed = core
            .reference
            .closed_days(territory, pattern.customary, years);
        closed.extend(&shut);
        let ordinary = |hours| WorkingCalendar::new(pattern.zone, hours, &closed, years);
        let on_call =
            |hours| WorkingCalendar::on_call(pattern.zone, hours, (&closed, &shut), years);
        let made = match &pattern.hours {
            Hours::Ordinary(hours) => ordinary(hours),
            Hours::OnCall(hours) => on_call(hours),
            Hours::Both(own, duty) => {
                ordinary(own).and_then(|own| on_call(duty).map(|on_call| own.or(&on_call)))
            }
        }
        .map_err(|error| ServiceError::Internal(error.to_string()))?;
        let made = Arc::new(made);
        if kept.len() >= KEPT {
            kept.clear();
        }
        kept.insert(pattern, Arc::clone(&made));
        Ok(made)
    }
}

/// The ordinary hours of a network's pool around an instant.
pub(super) fn of_pool(
    core: &Core,
    network: &Network,
    around: DateTime<Utc>,
) -> Result<Arc<WorkingCalendar>, ServiceError> {
    let hours = Hours::Ordinary(read(&network.weekly_hours)?);
    of_hours(core, network, hours, around)
}

/// The hours in which a network's pool answers work of an urgency: urgent work in its on-call hours too, whoever is on call. What
/// is promised does not hang on a roster.
pub(super) fn for_urgency(
    core: &Core,
    network: &Network,
    urgency: Urgency,
    around: DateTime<Utc>,
) -> Result<Arc<WorkingCalendar>, ServiceError> {
    let on_call: WeeklyHours = read(&network.on_call_hours)?;
    if on_call.is_empty() || !urgency.answered_on_call() {
        return of_pool(core, network, around);
    }
    let hours = Hours::Both(read(&network.weekly_hours)?, on_call);
    of_hours(core, network, hours, around)
}

/// The on-call hours of a network's pool around an instant; none when it has none.
pub(super) fn on_call(
    core: &Core,
    network: &Network,
    around: DateTime<Utc>,
) -> Result<Option<Arc<WorkingCalendar>>, ServiceError> {
    let hours: WeeklyHours = read(&network.on_call_hours)?;
    if hours.is_empty() {
        return Ok(None);
    }
    of_hours(core, network, Hours::OnCall(hours), around).map(Some)
}

fn of_hours(
    core: &Core,
    network: &Network,
    hours: Hours,
    around: DateTime<Utc>,
) -> Result<Arc<WorkingCalendar>, ServiceError> {
    let zone = core.reference.territory(&network.territory)?.zone;
    core.calendars.of(
        core,
        Pattern {
            zone,
            hours,
            territory: network.territory.clone(),
            customary: network.customary_holidays,
            closures: read(&network.closures)?,
            year: around.year(),
        },
    )
}

/// The calendar of an expert around an instant: their own hours, on the holidays and closures of their pool.
pub(super) fn of_expert(
    core: &Core,
    profile: &ExpertProfile,
    network: &Network,
    around: DateTime<Utc>,
) -> Result<Arc<WorkingCalendar>, ServiceError> {
    let zone = profile
        .zone
        .parse()
        .map_err(|_| ServiceError::Internal(format!("unknown zone {}", profile.zone)))?;
    core.calendars.of(
        core,
        Pattern {
            zone,
            hours: Hours::Ordinary(read(&profile.weekly_hours)?),
            territory: network.territory.clone(),
            customary: network.customary_holidays,
            closures: read(&network.closures)?,
            year: around.year(),
        },
    )
}

fn read<T: for<'a> Deserialize<'a>>(value: &serde_json::Value) -> Result<T, ServiceError> {
    T::deserialize(value).map_err(|error| ServiceError::Internal(format!("stored hours: {error}")))
}
