//! The metadata of documents attached to a case: the laboratory's report, a macroscopic photograph.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::access::relations_to;
use super::cases::record_read;
use super::error::ServiceError;
use super::idempotency::{self, Idempotency, Made};
use super::{Exchange, audit};
use crate::domain::ids::{AttachmentId, CaseId, PersonId};
use crate::domain::people::Actor;
use crate::domain::permissions::{Relation, View, view};
use crate::domain::problems::{FieldProblem, FieldRule};
use crate::domain::text_enum::{TextEnum, text_enum};
use crate::store::slides::AttachmentRow;
use crate::store::{self, Conn, id, instant, micros};

/// Most attachments of a case.
const MOST: usize = 50;
/// Largest document that may be announced, bytes.
pub const BYTES_MAX: i64 = 100 * 1024 * 1024;

text_enum! {
    /// What a document is.
    pub enum AttachmentKind {
        /// The laboratory's own report.
        Report = "report",
        /// A macroscopic photograph.
        Macroscopy = "macroscopy",
        /// A static microscopic photograph.
        Micrograph = "micrograph",
        /// Imaging.
        Imaging = "imaging",
        /// Anything else.
        Other = "other",
    }
}

/// A document that is announced.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewAttachment {
    /// What it is.
    pub kind: AttachmentKind,
    /// A title without identity.
    pub title: String,
    /// Media type.
    pub media_type: String,
    /// Length in bytes.
    pub byte_length: i64,
    /// SHA-256 of its bytes, lower-case hexadecimal.
    pub sha256: String,
}

/// An attachment.
#[derive(Debug, Clone, Serialize)]
pub struct AttachmentDocument {
    /// Identifier.
    pub id: AttachmentId,
    /// What it is.
    pub kind: String,
    /// Title.
    pub title: String,
    /// Media type.
    pub media_type: String,
    /// Length in bytes.
    pub byte_length: i64,
    /// SHA-256 of its bytes.
    pub sha256: String,
    /// Who added it.
    pub added_by: PersonId,
    /// When: what came after a signature is told apart from what the expert had.
    pub added_at: DateTime<Utc>,
}

fn document(row: AttachmentRow) -> Result<AttachmentDocument, ServiceError> {
    Ok(AttachmentDocument {
        id: id(&row.id)?,
        kind: row.kind,
        title: row.title,
        media_type: row.media_type,
        byte_length: row.byte_length,
        sha256: row.sha256,
        added_by: id(&row.added_by)?,
        added_at: instant(row.added_at)?,
    })
}

fn problems(new: &NewAttachment) -> Vec<FieldProblem> {
    let mut problems = Vec::new();
    let length = new.title.chars().count();
    if new.title.trim().is_empty() {
        problems.push(FieldProblem::new("/title", FieldRule::Required));
    } else if length > 200 {
        problems.push(FieldProblem::new("/title", FieldRule::TooLong { max: 200 }));
    } else if new.title.chars().any(char::is_control) {
        problems.push(FieldProblem::new("/title", FieldRule::ControlCharacters));
    }
    let known = [
        "application/pdf",
        "image/jpeg",
        "image/png",
        "image/tiff",
        "image/webp",
        "text/plain",
    ];
    if !known.contains(&new.media_type.as_str()) {
        problems.push(FieldProblem::new("/media_type", FieldRule::UnknownCode));
    }
    if !(1..=BYTES_MAX).contains(&new.byte_length) {
        problems.push(FieldProblem::new(
            "/byte_length",
            FieldRule::OutOfRange {
                min: 1,
                max: BYTES_MAX,
            },
        ));
    }
    if new.sha256.len() != 64
        || !new
            .sha256
            .bytes()
            .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    {
        let expected = "64 lower-case hexadecimal digits".to_owned();
        problems.push(FieldProblem::new(
            "/sha256",
            FieldRule::Malformed { expected },
        ));
    }
    problems
}

/// The relation by which a person reads a case's content.
fn content_relation(
    conn: &mut Conn,
    actor: &Actor,
    case: CaseId,
) -> Result<Relation, ServiceError> {
    let row = store::cases::find(conn, case)?.ok_or(ServiceError::NotFound)?;
    let relations = relations_to(conn, actor, &row)?;
    match (view(&relations), relations.first()) {
        (Some(View::Full), Some(relation)) => Ok(*relation),
        _ => Err(ServiceError::NotFound),
    }
}

/// Announces a document of a case.
///
/// # Errors
/// [`ServiceError::NotFound`] for who may not read the case, [`ServiceError::Forbidden`] for who only reads it.
pub async fn add(
    ex: &Exchange,
    actor: &Actor,
    case: CaseId,
    new: NewAttachment,
    asked: Option<Idempotency>,
    request_id: &str,
) -> Result<Made<AttachmentDocument>, ServiceError> {
    let problems = problems(&new);
    let request_id = request_id.to_owned();
    let (core, actor, now, key) = (
        ex.core.clone(),
        actor.clone(),
        ex.core.clock.now(),
        AttachmentId::new(ex.core.ids.as_ref()),
    );
    ex.store
        .write(move |conn| {
            let relation = content_relation(conn, &actor, case)?;
            if let Some((_, kept)) =
                idempotency::keep(conn, &core, actor.person, asked.as_ref(), 201, &key)?
            {
                let kept = store::slides::find_attachment(conn, case, kept)?;
                let document = document(kept.ok_or(ServiceError::NotFound)?)?;
                return Ok(Made {
                    document,
                    replayed: true,
                });
            }
            if relation != Relation::Submitter {
                return Err(ServiceError::Forbidden(
                    "only the submitting laboratory adds documents",
                ));
            }
            if !problems.is_empty() {
                return Err(ServiceError::Invalid(problems.clone()));
            }
            if store::slides::attachments_of(conn, case)?.len() >= MOST {
                return Err(ServiceError::Conflict(
                    "the case has as many documents as it may",
                ));
            }
            let row = AttachmentRow {
                id: key.to_string(),
                case_id: case.to_string(),
                kind: new.kind.as_str().to_owned(),
                title: new.title.clone(),
                media_type: new.media_type.clone(),
                byte_length: new.byte_length,
                sha256: new.sha256.clone(),
                added_by: actor.person.to_string(),
                added_at: micros(now),
            };
            store::slides::insert_attachment(conn, &row)?;
            let entry = audit::entry(
                &core,
                actor.person,
                relation,
                "add_attachment",
                Some(case),
                &request_id,
            );
            store::traces::insert_audit(conn, &entry)?;
            Ok(Made {
                document: document(row)?,
                replayed: false,
            })
        })
        .await
}

/// The documents of a case.
///
/// # Errors
/// [`ServiceError::NotFound`] for who may not read the case.
pub async fn list(
    ex: &Exchange,
    actor: &Actor,
    case: CaseId,
    request_id: &str,
) -> Result<Vec<AttachmentDocument>, ServiceError> {
    let person = actor.clone();
    let (found, relation) = ex
        .store
        .read(move |conn| {
            let relation = content_relation(conn, &person, case)?;
            let found = store::slides::attachments_of(conn, case)?
                .into_iter()
                .map(document)
                .collect::<Result<Vec<_>, _>>()?;
            Ok::<_, ServiceError>((found, relation))
        })
        .await?;
    record_read(ex, actor, case, relation, "read_attachments", request_id).await?;
    Ok(found)
}
