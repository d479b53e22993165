//! What the submitter makes of a signed opinion, and what comes after.

use serde_json::json;

use super::change::Change;
use super::commands::{Given, no_facts};
use super::error::ServiceError;
use super::{routing, targets};
use crate::domain::cases::WaitingFor;
use crate::domain::commands::{Acknowledge, Reason, RecordOutcome};
use crate::domain::notifications::NotificationKind;
use crate::domain::permissions::Relation;
use crate::domain::reasons::Why;
use crate::domain::text_enum::TextEnum;
use crate::domain::transitions::{Command, Refusal};
use crate::store::{micros, to_json};

/// Says that the opinion was read and what becomes of it.
pub(super) fn acknowledge(
    change: &mut Change<'_>,
    given: &Given<'_>,
    body: &Acknowledge,
) -> Result<(), ServiceError> {
    change.row.acknowledgement = Some(body.acknowledgement.as_str().to_owned());
    change.record(
        Command::Acknowledge,
        given.relation,
        &json!({ "acknowledgement": body.acknowledgement, "words": body.comment }),
    )
}

/// Contests the concordance that the expert coded.
pub(super) fn contest(
    change: &mut Change<'_>,
    given: &Given<'_>,
    body: &Reason,
) -> Result<(), ServiceError> {
    change.row.contested_reason = Some(body.reason.clone());
    change.record(
        Command::Contest,
        given.relation,
        &json!({ "words": body.reason }),
    )?;
    change.notify_expert(NotificationKind::Feedback)
}

/// Tells what follow-up showed; the expert sees it.
pub(super) fn record_outcome(
    change: &mut Change<'_>,
    given: &Given<'_>,
    body: &RecordOutcome,
) -> Result<(), ServiceError> {
    change.row.outcome = Some(to_json(body)?);
    change.record(
        Command::RecordOutcome,
        given.relation,
        &json!({ "verdict": body.verdict, "words": body.text }),
    )?;
    change.notify_expert(NotificationKind::Feedback)
}

/// Ends the case.
pub(super) fn close(change: &mut Change<'_>, given: &Given<'_>) -> Result<(), ServiceError> {
    change.record(Command::Close, given.relation, &no_facts())
}

/// Asks again with something new: a new clock cycle, offered first to whoever answered before.
pub(super) fn reopen(
    change: &mut Change<'_>,
    given: &Given<'_>,
    body: &Reason,
) -> Result<(), ServiceError> {
    let before = change.expert()?;
    change.row.submitted_at = Some(micros(change.now));
    change.row.expert_id = None;
    change.row.acknowledgement = None;
    // The panel of the cycle before has answered; this one has none yet.
    change.row.panel = None;
    change.wait_for(WaitingFor::Routing);
    let promise = targets::promise(change, change.now)?;
    change.record(
        Command::Reopen,
        given.relation,
        &Why::in_words(&body.reason).beside(json!({ "promise": promise })),
    )?;
    if given.relation != Relation::Submitter {
        change.notify_submitter(NotificationKind::Reopened)?;
    }
    if let Some(expert) = before {
        match routing::offer_to(change, Relation::System, expert, "continuity") {
            Err(ServiceError::Refused(Refusal::Ineligible { .. })) => {}
            offered => return offered,
        }
    }
    routing::route(change)
}
