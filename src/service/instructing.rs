//! What a coordinator decides about who reads a case, for as long as nobody has opened it: kept for one expert, never given to
//! another. Routing, the next case and proposals ask it as they ask every rule.

use serde_json::json;

use super::change::Change;
use super::commands::Given;
use super::error::ServiceError;
use super::routing;
use crate::domain::cases::{CaseState, InstructionKind, MoveReason, WaitingFor};
use crate::domain::commands::{Instruct, Lift};
use crate::domain::ids::PersonId;
use crate::domain::problems::FieldRule;
use crate::domain::text_enum::TextEnum;
use crate::domain::transitions::Command;
use crate::store::instructions::{self, InstructionRow};
use crate::store::micros;

/// Keeps the case for an expert, and passes it on to them if somebody else was offered it.
pub(super) fn pin(
    change: &mut Change<'_>,
    given: &Given<'_>,
    body: &Instruct,
) -> Result<(), ServiceError> {
    let rules = routing::against(change, body.expert)?.ok_or_else(unknown)?;
    if !rules.is_empty() {
        return Err(routing::ineligible(Command::Pin, rules));
    }
    keep(change, given, InstructionKind::Pin, body)?;
    let elsewhere = change.expert()? != Some(body.expert);
    go_on(change, elsewhere.then_some(MoveReason::Pinned))
}

/// Never gives the case to an expert, and takes it from them if they were offered it.
pub(super) fn exclude(
    change: &mut Change<'_>,
    given: &Given<'_>,
    body: &Instruct,
) -> Result<(), ServiceError> {
    routing::against(change, body.expert)?.ok_or_else(unknown)?;
    keep(change, given, InstructionKind::Exclude, body)?;
    let with_them = change.expert()? == Some(body.expert);
    go_on(change, with_them.then_some(MoveReason::Excluded))
}

/// Takes what was decided about an expert back.
pub(super) fn lift(
    change: &mut Change<'_>,
    given: &Given<'_>,
    body: &Lift,
) -> Result<(), ServiceError> {
    if !instructions::remove(change.conn, change.id, body.expert)? {
        return Err(unknown());
    }
    record(change, given, Command::Lift, body.expert)?;
    go_on(change, None)
}

fn unknown() -> ServiceError {
    ServiceError::field("/expert", FieldRule::UnknownCode)
}

fn keep(
    change: &mut Change<'_>,
    given: &Given<'_>,
    kind: InstructionKind,
    body: &Instruct,
) -> Result<(), ServiceError> {
    let row = InstructionRow {
        case_id: change.row.id.clone(),
        expert_id: body.expert.to_string(),
        kind: kind.as_str().to_owned(),
        reason: body.reason.clone(),
        given_by: given.actor.person.to_string(),
        given_at: micros(change.now),
    };
    instructions::put(change.conn, change.id, &row)?;
    let command = match kind {
        InstructionKind::Pin => Command::Pin,
        InstructionKind::Exclude => Command::Exclude,
    };
    record(change, given, command, body.expert)
}

/// The reason stays with the instruction: the timeline is read by the submitter too.
fn record(
    change: &mut Change<'_>,
    given: &Given<'_>,
    command: Command,
    expert: PersonId,
) -> Result<(), ServiceError> {
    change.record(command, given.relation, &json!({ "expert": expert }))
}

/// What follows at once: an offer that no longer holds moves, and a case without an expert is tried again.
fn go_on(change: &mut Change<'_>, why: Option<MoveReason>) -> Result<(), ServiceError> {
    match (change.state()?, why) {
        (CaseState::Offered, Some(why)) => routing::move_on(change, why),
        (CaseState::Submitted, _) if change.facts()?.waiting_for == Some(WaitingFor::Candidate) => {
            routing::offer_if_anybody(change).map(drop)
        }
        _ => Ok(()),
    }
}
