//! Who read or did what.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::access::relations_to;
use super::cases::record_read;
use super::error::ServiceError;
use super::{Core, Exchange};
use crate::domain::ids::{CaseId, PersonId};
use crate::domain::people::Actor;
use crate::domain::permissions::Relation;
use crate::domain::text_enum::TextEnum;
use crate::store::traces::AuditRow;
use crate::store::{self, instant, micros, optional_id};

/// Entries shown at most, the latest ones.
const SHOWN: i64 = 1000;

/// The entry of something a person did, as it is put on record.
pub(super) fn entry(
    core: &Core,
    person: PersonId,
    relation: Relation,
    action: &str,
    case: Option<CaseId>,
    request_id: &str,
) -> AuditRow {
    AuditRow {
        id: core.ids.next().to_string(),
        at: micros(core.clock.now()),
        person_id: Some(person.to_string()),
        relation: relation.as_str().to_owned(),
        action: action.to_owned(),
        case_id: case.map(|case| case.to_string()),
        outcome: "done".to_owned(),
        request_id: Some(request_id.to_owned()),
    }
}

/// One trace.
#[derive(Debug, Clone, Serialize)]
pub struct Entry {
    /// When.
    pub at: DateTime<Utc>,
    /// Who; none for the exchange itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonId>,
    /// As what.
    pub relation: String,
    /// What.
    pub action: String,
    /// How it ended.
    pub outcome: String,
    /// The request it came with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

/// The traces of a case, the latest first; for auditors, whose own reading leaves one too.
///
/// # Errors
/// [`ServiceError::NotFound`] for anybody else.
pub async fn of_case(
    ex: &Exchange,
    actor: &Actor,
    case: CaseId,
    request_id: &str,
) -> Result<Vec<Entry>, ServiceError> {
    let person = actor.clone();
    let entries = ex
        .store
        .read(move |conn| {
            let row = store::cases::find(conn, case)?.ok_or(ServiceError::NotFound)?;
            if !relations_to(conn, &person, &row)?.contains(&Relation::Auditor) {
                return Err(ServiceError::NotFound);
            }
            store::traces::audit_of(conn, case, SHOWN)?
                .into_iter()
                .map(|row| {
                    Ok(Entry {
                        at: instant(row.at)?,
                        person: optional_id(row.person_id.as_deref())?,
                        relation: row.relation,
                        action: row.action,
                        outcome: row.outcome,
                        request_id: row.request_id,
                    })
                })
                .collect::<Result<Vec<_>, ServiceError>>()
        })
        .await?;
    record_read(ex, actor, case, Relation::Auditor, "read_audit", request_id).await?;
    Ok(entries)
}
