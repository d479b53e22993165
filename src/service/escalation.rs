//! Climbing the escalation ladder: the steps that the exchange takes by itself for a case that nobody has opened.

use serde_json::json;

use super::change::Change;
use super::clock::{self, Running};
use super::error::ServiceError;
use super::jobs::Job;
use super::{handing, routing};
use crate::domain::cases::{CaseState, WaitingFor};
use crate::domain::escalation::{Step, StepAct, StepOutcome};
use crate::domain::notifications::NotificationKind;
use crate::domain::permissions::Relation;
use crate::domain::text_enum::TextEnum;
use crate::domain::transitions::Command;
use crate::store::{escalations, micros, optional_instant, organisations};

/// Schedules the next step of the ladder that was not taken in this clock cycle.
pub(super) fn schedule_next(
    change: &mut Change<'_>,
    running: &Running,
) -> Result<(), ServiceError> {
    let taken = escalations::taken(change.conn, change.id, change.row.cycle)?;
    let Some(step) = change.core.ladder.next(&taken) else {
        return Ok(());
    };
    let Some(at) = running.reached(step.at) else {
        return Ok(());
    };
    let job = Job::Escalate {
        case: change.id,
        act: step.act,
        at: micros(at),
    };
    let when = at.max(change.now);
    change.schedule(&job, when)
}

/// Takes a step whose time has come, once in a clock cycle. A case that somebody reads needs none; one whose clock has moved
/// since has its step scheduled anew.
pub(super) fn climb(change: &mut Change<'_>, act: StepAct, at: i64) -> Result<(), ServiceError> {
    let (Some(running), true) = (clock::running(change)?, change.state()?.is_open()) else {
        return Ok(());
    };
    let taken = escalations::taken(change.conn, change.id, change.row.cycle)?;
    let next = change.core.ladder.next(&taken);
    let Some(step) = next.filter(|step| {
        step.act == act
            && at <= micros(change.now)
            && running.reached(step.at).map(micros) == Some(at)
    }) else {
        return Ok(());
    };
    let outcome = if waits(change)? {
        take(change, step)?
    } else {
        StepOutcome::Kept
    };
    escalations::keep(
        change.conn,
        change.id,
        change.row.cycle,
        act,
        outcome,
        micros(change.now),
    )?;
    schedule_next(change, &running)
}

/// Whether nobody has opened the case, and it is not a coordinator who looks at it.
fn waits(change: &Change<'_>) -> Result<bool, ServiceError> {
    let facts = change.facts()?;
    Ok(match facts.state {
        CaseState::Offered => true,
        CaseState::Submitted => facts.waiting_for != Some(WaitingFor::Triage),
        _ => false,
    })
}

fn take(change: &mut Change<'_>, step: Step) -> Result<StepOutcome, ServiceError> {
    match step.act {
        StepAct::RemindHolder => remind(change, step),
        StepAct::TellCoordinators => {
            record(change, step, StepOutcome::Told)?;
            let due = optional_instant(change.row.due_at)?;
            change.notify_coordinators(NotificationKind::Warning, due)?;
            Ok(StepOutcome::Told)
        }
        StepAct::Reassign | StepAct::Overflow => {
            let elsewhere = step.act == StepAct::Overflow;
            let Some(decision) = routing::sooner(change, elsewhere)? else {
                return Ok(StepOutcome::Kept);
            };
            record(change, step, StepOutcome::Moved)?;
            routing::give(change, &decision)?;
            Ok(StepOutcome::Moved)
        }
        StepAct::NationalList => hand_over(change, step),
    }
}

fn remind(change: &mut Change<'_>, step: Step) -> Result<StepOutcome, ServiceError> {
    let Some(expert) = change.expert()? else {
        return Ok(StepOutcome::Kept);
    };
    record(change, step, StepOutcome::Told)?;
    let expires = optional_instant(change.row.offer_expires_at)?;
    change.notify(NotificationKind::OfferReminder, expert, expires)?;
    Ok(StepOutcome::Told)
}

/// Hands the case to the national network; where no agreement allows it, the coordinators are told.
fn hand_over(change: &mut Change<'_>, step: Step) -> Result<StepOutcome, ServiceError> {
    let Some(national) = change.core.ladder.national_network else {
        return Ok(StepOutcome::Kept);
    };
    if change.row.network_id == national.to_string() {
        return Ok(StepOutcome::Kept);
    }
    let agreed = routing::agreements_for(change)?;
    let network = organisations::find_network(change.conn, national)?
        .filter(|network| agreed.iter().any(|one| one.to == network.id));
    let Some(network) = network else {
        record(change, step, StepOutcome::NoAgreement)?;
        let due = optional_instant(change.row.due_at)?;
        change.notify_coordinators(NotificationKind::Warning, due)?;
        return Ok(StepOutcome::NoAgreement);
    };
    record(change, step, StepOutcome::Moved)?;
    handing::hand_to(change, Relation::System, &network, step.act.as_str())?;
    Ok(StepOutcome::Moved)
}

/// Only a step that did something stands in the timeline: who works on the case is not told of a new version for nothing.
fn record(change: &mut Change<'_>, step: Step, outcome: StepOutcome) -> Result<(), ServiceError> {
    let facts = json!({
        "act": step.act,
        "at": step.at,
        "outcome": outcome,
        "ladder": change.core.ladder.version,
    });
    change.record(Command::Escalate, Relation::System, &facts)
}
