//! Commands on a case: the one frame that all of them share. Each command's own effects stand in the files beside.

use serde_json::{Value, json};

use super::change::Change;
use super::documents::CaseDocument;
use super::error::ServiceError;
use super::idempotency::{self, Idempotency};
use super::presence::Presence;
use super::token_signing::{self, Presigned};
use super::{
    Exchange, answering, asking, continuity, drafting, handing, instructing, opining, panels,
    positions,
};
use crate::domain::commands::CommandBody;
use crate::domain::ids::CaseId;
use crate::domain::people::Actor;
use crate::domain::permissions::Relation;
use crate::domain::transitions::Command;

/// What a write answers.
#[derive(Debug)]
pub struct Written {
    /// 201 for a create, 200 otherwise.
    pub status: u16,
    /// The case that was written.
    pub case: CaseId,
    /// Its version now, and the case as the person sees it now; none when the command took it out of their sight.
    pub document: Option<(i64, Box<CaseDocument>)>,
    /// Whether this answers a repeated request from what was kept.
    pub replayed: bool,
}

/// A command with what it carries, and what proves that who gives it is there.
#[derive(Debug, Clone)]
pub struct Order {
    /// The command.
    pub body: CommandBody,
    /// What was shown with it.
    pub presence: Presence,
}

impl From<CommandBody> for Order {
    fn from(body: CommandBody) -> Self {
        Self {
            body,
            presence: Presence::NotShown,
        }
    }
}

/// What a command's effects need to know.
pub(super) struct Given<'a> {
    /// Which it is.
    pub(super) command: Command,
    /// What was shown with it.
    pub(super) presence: &'a Presence,
    /// Who gives it.
    pub(super) actor: &'a Actor,
    /// As what.
    pub(super) relation: Relation,
}

/// Carries out a command that a person gives on a case they have read at version `if_match`.
///
/// # Errors
/// [`ServiceError`]; nothing has changed then.
pub async fn run(
    ex: &Exchange,
    actor: &Actor,
    case: CaseId,
    if_match: i64,
    order: impl Into<Order>,
    idempotency: Option<Idempotency>,
    request_id: &str,
) -> Result<Written, ServiceError> {
    let Order { body, presence } = order.into();
    if matches!(body, CommandBody::Submit) {
        super::links::refresh_before_submission(ex, actor, case, if_match, idempotency.as_ref())
            .await?;
    }
    let ends = matches!(
        body,
        CommandBody::Close
            | CommandBody::Withdraw(_)
            | CommandBody::AgreeWithdrawal
            | CommandBody::Refuse(_)
    );
    let asked = Asked {
        actor: actor.clone(),
        case,
        if_match,
        body,
        presence,
        idempotency,
        request: request_id.to_owned(),
    };
    let replayed = carried_out(ex, asked).await?;
    if ends {
        ex.viewer.ended().notify_one();
    }
    written(
        ex,
        actor,
        replayed.unwrap_or((200, case)),
        replayed.is_some(),
        request_id,
    )
    .await
}

/// A command with everything that came with it.
#[derive(Clone)]
struct Asked {
    actor: Actor,
    case: CaseId,
    if_match: i64,
    body: CommandBody,
    presence: Presence,
    idempotency: Option<Idempotency>,
    request: String,
}

/// Carries a command out; one that a token signs, in two goes with the token between them. Tells what it answered earlier, when it is
/// a repetition.
async fn carried_out(ex: &Exchange, asked: Asked) -> Result<Option<(u16, CaseId)>, ServiceError> {
    let mut presigned = None;
    for _ in 0..token_signing::ROUNDS {
        match once(ex, asked.clone(), presigned).await {
            Err(ServiceError::AwaitsToken(awaited)) => {
                presigned = Some(token_signing::obtain(ex, *awaited).await?);
            }
            done => return done,
        }
    }
    Err(ServiceError::Contended)
}

async fn once(
    ex: &Exchange,
    asked: Asked,
    presigned: Option<Presigned>,
) -> Result<Option<(u16, CaseId)>, ServiceError> {
    let core = ex.core.clone();
    ex.store
        .write(move |conn| {
            let Asked {
                actor,
                case,
                if_match,
                body,
                presence,
                idempotency,
                request,
            } = &asked;
            let key = idempotency.as_ref();
            if let Some(kept) = idempotency::keep(conn, &core, actor.person, key, 200, case)? {
                return Ok(Some(kept));
            }
            let command = body.command();
            let (mut change, relation) =
                Change::by_person(conn, &core, actor, *case, *if_match, command, request)?;
            let problems = body.field_problems();
            if !problems.is_empty() {
                return Err(ServiceError::Invalid(problems));
            }
            change.presigned(presigned.clone());
            let given = Given {
                command,
                presence,
                actor,
                relation,
            };
            apply(&mut change, &given, body)?;
            change.save()?;
            Ok(None)
        })
        .await
}

/// The answer to a write: the case as the person sees it now. What was written is on record; who repeats the request reads.
pub(super) async fn written(
    ex: &Exchange,
    actor: &Actor,
    (status, case): (u16, CaseId),
    replayed: bool,
    request_id: &str,
) -> Result<Written, ServiceError> {
    let document = match super::case_document::document(ex, actor, case).await {
        Ok((version, document, relation)) => {
            if replayed {
                let action = "read_case";
                super::cases::record_read(ex, actor, case, relation, action, request_id).await?;
            }
            Some((version, Box::new(document)))
        }
        Err(ServiceError::NotFound) => None,
        Err(error) => return Err(error),
    };
    Ok(Written {
        status,
        case,
        document,
        replayed,
    })
}

fn apply(
    change: &mut Change<'_>,
    given: &Given<'_>,
    body: &CommandBody,
) -> Result<(), ServiceError> {
    match body {
        CommandBody::SaveDraft(content) => drafting::save(change, given, content),
        CommandBody::Submit => drafting::submit(change, given),
        CommandBody::Withdraw(b) => drafting::withdraw(change, given, b),
        CommandBody::RequestWithdrawal(b) => drafting::request_withdrawal(change, given, b),
        CommandBody::AgreeWithdrawal => drafting::agree_withdrawal(change, given),
        CommandBody::Triage(b) => handing::triage(change, given, b),
        CommandBody::Offer(b) => handing::offer(change, given, b),
        CommandBody::Accept => handing::accept(change, given),
        CommandBody::Decline(b) => handing::decline(change, given, b),
        CommandBody::Pin(b) => instructing::pin(change, given, b),
        CommandBody::Exclude(b) => instructing::exclude(change, given, b),
        CommandBody::Lift(b) => instructing::lift(change, given, b),
        CommandBody::NameEarlier(b) => continuity::name_earlier(change, given, b),
        CommandBody::TakeOver(b) => handing::take_over(change, given, b),
        CommandBody::Redirect(b) => handing::redirect(change, given, b),
        CommandBody::Refuse(b) => handing::refuse(change, given, b),
        CommandBody::RequestInformation(b) => asking::request_information(change, given, b),
        CommandBody::OrderAncillary(b) => asking::order_ancillary(change, given, b),
        CommandBody::SendMaterial(b) => asking::send_material(change, given, b),
        CommandBody::ReportSlidesUnavailable(b) => {
            asking::report_slides_unavailable(change, given, b)
        }
        CommandBody::Answer(b)
        | CommandBody::CompleteAncillary(b)
        | CommandBody::ReceiveMaterial(b) => {
            asking::close_request(change, given, body.command(), b)
        }
        CommandBody::RestoreSlides(b) => asking::restore_slides(change, given, b),
        CommandBody::SaveOpinion(content) => opining::save_draft(change, given, content),
        CommandBody::ReleasePreliminary(b) => {
            opining::release_preliminary(change, given, &b.opinion)
        }
        CommandBody::Convene(b) => panels::convene(change, given, b),
        CommandBody::ReplaceReader(b) => panels::replace_reader(change, given, b),
        CommandBody::JoinPanel => panels::join(change, given),
        CommandBody::LeavePanel(b) => panels::leave(change, given, b),
        CommandBody::SignReading(b) => panels::sign_reading(change, given, &b.opinion),
        CommandBody::ClosePanel(b) => panels::close(change, given, b),
        CommandBody::Cosign => positions::cosign(change, given),
        CommandBody::Dissent(b) => positions::dissent(change, given, b),
        CommandBody::Sign(b) => opining::sign(change, given, &b.opinion),
        CommandBody::AddAddendum(b) | CommandBody::Correct(b) | CommandBody::Amend(b) => {
            opining::revise(change, given, body.command(), b)
        }
        CommandBody::Acknowledge(b) => answering::acknowledge(change, given, b),
        CommandBody::Contest(b) => answering::contest(change, given, b),
        CommandBody::RecordOutcome(b) => answering::record_outcome(change, given, b),
        CommandBody::Close => answering::close(change, given),
        CommandBody::Reopen(b) => answering::reopen(change, given, b),
    }
}

/// Facts of an event that has none.
pub(super) fn no_facts() -> Value {
    json!({})
}
