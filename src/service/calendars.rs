//! Working calendars of pools and experts, made once for each pattern and kept.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Datelike, Utc};
use chrono_tz::Tz;
use serde::Deserialize;

use super::Core;
use super::error::ServiceError;
use crate::domain::calendar::{Closure, WeeklyHours, WorkingCalendar};
use crate::store::organisations::Network;
use crate::store::people::ExpertProfile;

/// Patterns kept at most; a national service has a few hundred.
const KEPT: usize = 2048;

/// What makes a calendar.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Pattern {
    zone: Tz,
    hours: WeeklyHours,
    territory: String,
    customary: bool,
    closures: Vec<Closure>,
    year: i32,
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
        let mut closed = core
            .reference
            .closed_days(territory, pattern.customary, years);
        for closure in &pattern.closures {
            closed.extend(closure.days(years));
        }
        let made = WorkingCalendar::new(pattern.zone, &pattern.hours, &closed, years)
            .map_err(|error| ServiceError::Internal(error.to_string()))?;
        let made = Arc::new(made);
        if kept.len() >= KEPT {
            kept.clear();
        }
        kept.insert(pattern, Arc::clone(&made));
        Ok(made)
    }
}

/// The calendar of a network's pool around an instant.
pub(super) fn of_pool(
    core: &Core,
    network: &Network,
    around: DateTime<Utc>,
) -> Result<Arc<WorkingCalendar>, ServiceError> {
    let zone = core.reference.territory(&network.territory)?.zone;
    core.calendars.of(
        core,
        Pattern {
            zone,
            hours: read(&network.weekly_hours)?,
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
            hours: read(&profile.weekly_hours)?,
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
