//! The answer clock of a case: what a transition does to it, and when the answer is due now.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::change::Change;
use super::error::ServiceError;
use super::jobs::Job;
use super::{Core, calendars, escalation, panel_time, routing, targets};
use crate::domain::calendar::WorkingCalendar;
use crate::domain::transitions::ClockRule;
use crate::domain::turnaround::{ClockEffect, ClockEvent, PauseKind, Target, Turnaround};
use crate::store::cases::{CaseRow, NEVER_DUE};
use crate::store::organisations::Network;
use crate::store::traces::EventRow;
use crate::store::{self, Conn, instant, json, micros, optional_instant, to_json};

/// Applies a row's rule to the case and tells what it came to: a second pause of a kind changes nothing, nor does the end of
/// one of two.
pub(super) fn apply(change: &mut Change<'_>, rule: ClockRule) -> Result<ClockEffect, ServiceError> {
    let mut pauses: Vec<PauseKind> = json(&change.row.pauses)?;
    let effect = match rule {
        ClockRule::Unchanged => ClockEffect::None,
        ClockRule::Start => {
            change.row.cycle += 1;
            pauses.clear();
            ClockEffect::Start
        }
        ClockRule::Stop => {
            pauses.clear();
            // A draft that is withdrawn has no clock to stop.
            if change.row.cycle == 0 {
                ClockEffect::None
            } else {
                ClockEffect::Stop
            }
        }
        ClockRule::Pause(kind) if pauses.contains(&kind) => ClockEffect::None,
        ClockRule::Pause(kind) => {
            pauses.push(kind);
            ClockEffect::Pause(kind)
        }
        ClockRule::Resume(kind) => {
            let still_open = store::requests::open_count(change.conn, change.id, kind)? > 0;
            if still_open || !pauses.contains(&kind) {
                ClockEffect::None
            } else {
                pauses.retain(|known| *known != kind);
                ClockEffect::Resume(kind)
            }
        }
    };
    change.row.pauses = to_json(&pauses)?;
    Ok(effect)
}

/// Sets the due, warning and sorting instants after an event with that effect.
pub(super) fn set_deadlines(
    change: &mut Change<'_>,
    effect: ClockEffect,
) -> Result<(), ServiceError> {
    match effect {
        ClockEffect::None => Ok(()),
        // The due time that was kept or missed stays with the answered case.
        ClockEffect::Stop => Ok(()),
        ClockEffect::Start | ClockEffect::Pause(_) => recompute(change),
        ClockEffect::Resume(_) => {
            recompute(change)?;
            prolong(change)
        }
    }
}

/// Who is offered a case and asks before taking it keeps the time they had left to take it, as the answer does; and so does who is
/// asked to read on a panel.
fn prolong(change: &mut Change<'_>) -> Result<(), ServiceError> {
    let expires = optional_instant(change.row.offer_expires_at)?;
    if expires.is_none() && change.row.panel.is_none() {
        return Ok(());
    }
    let Some(running) = running(change)? else {
        return Ok(());
    };
    let Some(stood) = running.cycle.stood_since() else {
        return Ok(());
    };
    if let Some(expires) = expires {
        routing::prolong_offer(change, &running.target, (stood, expires))?;
    }
    panel_time::go_on(change, stood)
}

/// The clock cycle of a case with what it is measured by.
pub(super) struct Running {
    cycle: Turnaround,
    target: Target,
    calendar: Arc<WorkingCalendar>,
}

impl Running {
    /// The cycle's figures.
    pub(super) fn cycle(&self) -> &Turnaround {
        &self.cycle
    }

    /// What is left of the time promised; less than nothing for an answer that is late, whether or not the clock runs.
    pub(super) fn remaining_seconds(&self) -> i64 {
        self.cycle
            .deadlines(&self.target, &self.calendar)
            .remaining_seconds
    }

    /// The instant at which that share of the target's time is used up; none while the clock stands still.
    pub(super) fn reached(&self, share: f64) -> Option<DateTime<Utc>> {
        self.cycle.reached(&self.target, &self.calendar, share)
    }
}

/// The clock cycle that the case is in, from its events; none before it is sent.
pub(super) fn running(change: &mut Change<'_>) -> Result<Option<Running>, ServiceError> {
    let network = change.network()?;
    let around = change.now;
    cycle_at(change.conn, change.core, (&change.row, &network), around)
}

/// The clock cycle that a case was in at an instant, from its events up to then, by what was promised then.
pub(super) fn cycle_at(
    conn: &mut Conn,
    core: &Core,
    (row, network): (&CaseRow, &Network),
    at: DateTime<Utc>,
) -> Result<Option<Running>, ServiceError> {
    let mut rows = store::traces::events_of(conn, store::id(&row.id)?)?;
    rows.retain(|event| event.at <= micros(at));
    let target = targets::kept(core, row, &rows)?.target;
    let calendar = calendars::for_urgency(core, network, target.urgency, at)?;
    let cycle = Turnaround::cycles(&events_of(&rows)?, &calendar, at).pop();
    Ok(cycle.map(|cycle| Running {
        cycle,
        target,
        calendar,
    }))
}

/// Computes the due and warning instants from the events and schedules what happens then.
pub(super) fn recompute(change: &mut Change<'_>) -> Result<(), ServiceError> {
    let Some(running) = running(change)? else {
        return Ok(());
    };
    let deadlines = running.cycle.deadlines(&running.target, &running.calendar);
    let before = (change.row.due_at, change.row.warning_at);
    change.row.due_at = deadlines.due.map(micros);
    change.row.warning_at = deadlines.warning.map(micros);
    change.row.sort_at = change.row.due_at.unwrap_or(NEVER_DUE);
    let case = change.id;
    if let (Some(at), true) = (change.row.warning_at, change.row.warning_at != before.1) {
        change.schedule(&Job::Warn { case, at }, instant(at)?)?;
    }
    if let (Some(at), true) = (change.row.due_at, change.row.due_at != before.0) {
        change.schedule(&Job::Breach { case, at }, instant(at)?)?;
    }
    escalation::schedule_next(change, &running)
}

/// A case's events as its clock sees them.
pub(super) fn events_of(rows: &[EventRow]) -> Result<Vec<ClockEvent>, ServiceError> {
    rows.iter()
        .map(|event| {
            Ok(ClockEvent {
                at: instant(event.at)?,
                effect: json(&event.clock)?,
            })
        })
        .collect()
}
