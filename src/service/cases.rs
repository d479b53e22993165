//! Writing a new draft and reading a case.

use chrono::Datelike;

use super::access::relations_to;
use super::case_document::document;
use super::change::Change;
use super::commands::{Written, written};
use super::documents::*;
use super::drafting;
use super::error::ServiceError;
use super::idempotency::{self, Idempotency};
use super::{Core, Exchange, audit};
use crate::domain::cases::{CaseContent, CaseState};
use crate::domain::identifiers::CaseReference;
use crate::domain::ids::{CaseId, LaboratoryId, PersonId};
use crate::domain::people::Actor;
use crate::domain::permissions::{Relation, View, view};
use crate::domain::problems::{FieldProblem, FieldRule};
use crate::domain::text_enum::TextEnum;
use crate::domain::transitions::Command;
use crate::domain::turnaround::Urgency;
use crate::store::cases::{CaseRow, NEVER_DUE};
use crate::store::organisations::{self};
use crate::store::{self, Conn, micros};

/// Writes a new draft for a laboratory the person submits for.
///
/// # Errors
/// [`ServiceError::Invalid`] with every bad field.
pub async fn create(
    ex: &Exchange,
    actor: &Actor,
    laboratory: LaboratoryId,
    content: CaseContent,
    key: Idempotency,
    request_id: &str,
) -> Result<Written, ServiceError> {
    let (core, person, request) = (ex.core.clone(), actor.clone(), request_id.to_owned());
    let done = ex
        .store
        .write(move |conn| {
            let case = CaseId::new(core.ids.as_ref());
            let kept = idempotency::keep(conn, &core, person.person, Some(&key), 201, &case)?;
            if let Some((status, case)) = kept {
                return Ok((status, case, true));
            }
            if !person.submits_for(laboratory) {
                return Err(ServiceError::field("/laboratory", FieldRule::UnknownCode));
            }
            insert_draft(conn, &core, case, person.person, laboratory)?;
            let (mut change, relation) =
                Change::by_person(conn, &core, &person, case, 0, Command::SaveDraft, &request)?;
            drafting::write_content(&mut change, &content).map_err(below_content)?;
            change.record(Command::SaveDraft, relation, &super::commands::no_facts())?;
            change.save()?;
            Ok((201, case, false))
        })
        .await?;
    written(ex, actor, (done.0, done.1), done.2, request_id).await
}

/// The case that the person began under this key.
///
/// # Errors
/// [`ServiceError::NotFound`] when they began none.
pub async fn begun(ex: &Exchange, actor: &Actor, key: &str) -> Result<CaseId, ServiceError> {
    let (person, key) = (actor.person, key.to_owned());
    ex.store
        .read(move |conn| {
            let kept = store::idempotency::find(conn, person, &key)?;
            let kept = kept.ok_or(ServiceError::NotFound)?;
            Ok(store::id(&kept.subject_id)?)
        })
        .await
}

/// The draft's fields stand under `/content` in the body of a create.
fn below_content(error: ServiceError) -> ServiceError {
    match error {
        ServiceError::Invalid(problems) => ServiceError::Invalid(
            problems
                .into_iter()
                .map(|problem| {
                    FieldProblem::new(format!("/content{}", problem.pointer), problem.rule)
                })
                .collect(),
        ),
        other => other,
    }
}

/// An empty draft with its number, at version 0: the first save makes it version 1.
fn insert_draft(
    conn: &mut Conn,
    core: &Core,
    case: CaseId,
    submitter: PersonId,
    laboratory: LaboratoryId,
) -> Result<(), ServiceError> {
    let home = organisations::find_laboratory(conn, laboratory)?.ok_or(ServiceError::NotFound)?;
    let now = core.clock.now();
    let zone = core.reference.territory(&home.territory)?.zone;
    let year = now.with_timezone(&zone).year();
    let number = store::cases::next_number(conn, year)?;
    Ok(store::cases::insert(
        conn,
        &CaseRow {
            id: case.to_string(),
            reference: CaseReference::new(u16::try_from(year).unwrap_or(u16::MAX), number)
                .to_string(),
            version: 0,
            state: CaseState::Draft.as_str().to_owned(),
            waiting_for: None,
            laboratory_id: home.id.to_string(),
            network_id: home.network.to_string(),
            territory: home.territory,
            submitter_id: submitter.to_string(),
            expert_id: None,
            subspecialty: None,
            urgency: Urgency::Routine.as_str().to_owned(),
            question: String::new(),
            content: store::to_json(&CaseContent::default())?,
            initial_status: None,
            slide_count: 0,
            cycle: 0,
            submitted_at: None,
            due_at: None,
            warning_at: None,
            sort_at: NEVER_DUE,
            pauses: "[]".to_owned(),
            offer_expires_at: None,
            withdrawal_requested: false,
            acknowledgement: None,
            contested_reason: None,
            outcome: None,
            unrouted: None,
            signed_at: None,
            updated_at: micros(now),
            created_at: micros(now),
            panel: None,
            follows: None,
        },
    )?)
}

/// A case as the person may read it. A reading of patient data is on record before it is answered.
///
/// # Errors
/// [`ServiceError::NotFound`] for a stranger, for whom the case does not exist.
pub async fn read(
    ex: &Exchange,
    actor: &Actor,
    case: CaseId,
    request_id: &str,
) -> Result<(i64, CaseDocument), ServiceError> {
    let (version, document, relation) = document(ex, actor, case).await?;
    record_read(ex, actor, case, relation, "read_case", request_id).await?;
    Ok((version, document))
}

/// A case as the person may read it, unless it stands as it did at a version the person knows: then nothing is sent, and no
/// reading put on record.
///
/// # Errors
/// As [`read`].
pub async fn read_unless(
    ex: &Exchange,
    actor: &Actor,
    case: CaseId,
    known: Vec<i64>,
    request_id: &str,
) -> Result<Reading, ServiceError> {
    let reader = actor.clone();
    let unchanged = ex
        .store
        .read(move |conn| {
            let row = store::cases::find(conn, case)?.ok_or(ServiceError::NotFound)?;
            let relations = relations_to(conn, &reader, &row)?;
            if !matches!(view(&relations), Some(View::Full | View::Queue)) {
                return Err(ServiceError::NotFound);
            }
            // A check of its links changes what is told about slides, not the version.
            let same = known.contains(&row.version)
                && !store::slides::checked_after(conn, case, row.updated_at)?;
            Ok(same.then_some(row.version))
        })
        .await?;
    if let Some(version) = unchanged {
        return Ok(Reading::Unchanged(version));
    }
    let (version, document) = read(ex, actor, case, request_id).await?;
    Ok(Reading::Changed(version, Box::new(document)))
}

/// What a conditional reading found.
#[derive(Debug)]
pub enum Reading {
    /// The case is at a version that the person knows.
    Unchanged(i64),
    /// Its version and the case.
    Changed(i64, Box<CaseDocument>),
}

/// The released and signed versions of a case's opinion, the first one first.
///
/// # Errors
/// [`ServiceError::NotFound`] for a stranger, [`ServiceError::Forbidden`] for who sees the case without its content.
pub async fn opinions_of(
    ex: &Exchange,
    actor: &Actor,
    case: CaseId,
    request_id: &str,
) -> Result<Vec<OpinionDocument>, ServiceError> {
    let (_, document, relation) = document(ex, actor, case).await?;
    if document.view != View::Full {
        return Err(ServiceError::Forbidden("opinions are content"));
    }
    record_read(ex, actor, case, relation, "read_opinions", request_id).await?;
    Ok(document.opinions)
}

/// The information requests, ancillary orders and shipments of a case, the oldest first.
///
/// # Errors
/// [`ServiceError::NotFound`] for a stranger.
pub async fn requests_of(
    ex: &Exchange,
    actor: &Actor,
    case: CaseId,
    request_id: &str,
) -> Result<Vec<RequestDocument>, ServiceError> {
    let (_, document, relation) = document(ex, actor, case).await?;
    record_read(ex, actor, case, relation, "read_requests", request_id).await?;
    Ok(document.requests)
}

/// Puts a reading on record.
pub(super) async fn record_read(
    ex: &Exchange,
    actor: &Actor,
    case: CaseId,
    relation: Relation,
    action: &'static str,
    request_id: &str,
) -> Result<(), ServiceError> {
    let entry = audit::entry(
        &ex.core,
        actor.person,
        relation,
        action,
        Some(case),
        request_id,
    );
    ex.store
        .write(move |conn| store::traces::insert_audit(conn, &entry).map_err(ServiceError::from))
        .await
}
