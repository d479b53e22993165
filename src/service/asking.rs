//! What pauses the clock: questions to the submitter, ancillary work, material on its way, slides that cannot be opened.

use serde_json::json;

use super::change::Change;
use super::commands::Given;
use super::error::ServiceError;
use super::jobs;
use crate::domain::commands::{OrderAncillary, Reason, Reply, RequestInformation, SendMaterial};
use crate::domain::ids::RequestId;
use crate::domain::notifications::NotificationKind;
use crate::domain::permissions::Relation;
use crate::domain::problems::FieldRule;
use crate::domain::text_enum::TextEnum;
use crate::domain::transitions::{ClockRule, Command, transition};
use crate::domain::turnaround::PauseKind;
use crate::store::requests::{self, RequestRow};
use crate::store::{json, micros};

/// Opens a request and records the command that asks; returns the request.
fn open(
    change: &mut Change<'_>,
    given: &Given<'_>,
    command: Command,
    kind: &str,
    detail: &str,
) -> Result<RequestId, ServiceError> {
    let ClockRule::Pause(pause) = transition(command).clock else {
        return Err(ServiceError::Internal(format!(
            "{command} does not pause the clock"
        )));
    };
    let key = RequestId::new(change.core.ids.as_ref());
    requests::open(
        change.conn,
        &RequestRow {
            id: key.to_string(),
            case_id: change.row.id.clone(),
            pause: pause.as_str().to_owned(),
            kind: kind.to_owned(),
            detail: detail.to_owned(),
            opened_by: given.actor.person.to_string(),
            opened_at: micros(change.now),
            reply: None,
            closed_by: None,
            closed_at: None,
        },
    )?;
    change.record(
        command,
        given.relation,
        &json!({ "request": key, "kind": kind }),
    )?;
    Ok(key)
}

/// Asks the submitter; the answer clock stands still until the answer.
pub(super) fn request_information(
    change: &mut Change<'_>,
    given: &Given<'_>,
    body: &RequestInformation,
) -> Result<(), ServiceError> {
    let request = open(
        change,
        given,
        Command::RequestInformation,
        body.kind.as_str(),
        &body.question,
    )?;
    jobs::schedule_reminder(change, request)?;
    change.notify_submitter(NotificationKind::Question)
}

/// Orders ancillary work that the submitter allowed beforehand.
pub(super) fn order_ancillary(
    change: &mut Change<'_>,
    given: &Given<'_>,
    body: &OrderAncillary,
) -> Result<(), ServiceError> {
    open(
        change,
        given,
        Command::OrderAncillary,
        body.kind.as_str(),
        &body.detail,
    )?;
    change.notify_submitter(NotificationKind::Question)
}

/// Tells that material is on its way.
pub(super) fn send_material(
    change: &mut Change<'_>,
    given: &Given<'_>,
    body: &SendMaterial,
) -> Result<(), ServiceError> {
    let detail = json!({ "items": body.items, "carrier": body.carrier, "tracking": body.tracking })
        .to_string();
    open(change, given, Command::SendMaterial, "shipment", &detail)?;
    match given.relation {
        Relation::Submitter => change.notify_expert(NotificationKind::MaterialSent),
        _ => change.notify_submitter(NotificationKind::MaterialSent),
    }
}

/// Tells that the slides cannot be opened.
pub(super) fn report_slides_unavailable(
    change: &mut Change<'_>,
    given: &Given<'_>,
    body: &Reason,
) -> Result<(), ServiceError> {
    open(
        change,
        given,
        Command::ReportSlidesUnavailable,
        "slides",
        &body.reason,
    )?;
    change.notify_submitter(NotificationKind::Question)
}

/// Answers a question, closes an ancillary order or confirms a shipment; the clock goes on when nothing of the kind is open.
pub(super) fn close_request(
    change: &mut Change<'_>,
    given: &Given<'_>,
    command: Command,
    body: &Reply,
) -> Result<(), ServiceError> {
    let pause = resumed_by(command)?;
    let by = given.actor.person.to_string();
    if !requests::close(
        change.conn,
        change.id,
        body.request,
        pause,
        &body.reply,
        &by,
        micros(change.now),
    )? {
        return Err(ServiceError::field("/request", FieldRule::UnknownCode));
    }
    change.record(command, given.relation, &json!({ "request": body.request }))?;
    match given.relation {
        Relation::Submitter => tell_received(change),
        _ => Ok(()),
    }
}

/// Tells the expert that something has come, and that the clock runs again only when nothing else is waited for.
fn tell_received(change: &mut Change<'_>) -> Result<(), ServiceError> {
    let waits = !json::<Vec<PauseKind>>(&change.row.pauses)?.is_empty();
    change.notify_expert(if waits {
        NotificationKind::PartReceived
    } else {
        NotificationKind::AnswerReceived
    })
}

/// Tells that the slides can be opened again.
pub(super) fn restore_slides(
    change: &mut Change<'_>,
    given: &Given<'_>,
    body: &Reason,
) -> Result<(), ServiceError> {
    let by = given.actor.person.to_string();
    requests::close_all(
        change.conn,
        change.id,
        Some(PauseKind::SlidesUnavailable),
        &body.reason,
        Some(&by),
        micros(change.now),
    )?;
    change.record(
        Command::RestoreSlides,
        given.relation,
        &super::commands::no_facts(),
    )?;
    match given.relation {
        Relation::Holder => Ok(()),
        _ => tell_received(change),
    }
}

fn resumed_by(command: Command) -> Result<PauseKind, ServiceError> {
    match transition(command).clock {
        ClockRule::Resume(pause) => Ok(pause),
        _ => Err(ServiceError::Internal(format!(
            "{command} does not resume the clock"
        ))),
    }
}
