//! Who read or did what.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::access::relations_to;
use super::cases::record_read;
use super::error::ServiceError;
use super::{Core, Exchange};
use crate::domain::ids::{CaseId, PersonId};
use crate::domain::people::Actor;
use crate::domain::permissions::{Relation, View, view};
use crate::domain::text_enum::TextEnum;
use crate::domain::traces::{Outcome, Standing};
use crate::store::traces::{About, AuditRow};
use crate::store::{self, Conn, StoreError, id, instant, micros, optional_id};

/// Entries shown at most, the latest ones.
const SHOWN: i64 = 1000;

/// The entry of something a person did, as it is put on record.
pub(super) fn entry(
    core: &Core,
    person: PersonId,
    standing: impl Into<Standing>,
    action: &str,
    case: Option<CaseId>,
    request_id: &str,
) -> AuditRow {
    let standing: Standing = standing.into();
    AuditRow {
        id: core.ids.next().to_string(),
        at: micros(core.clock.now()),
        person_id: Some(person.to_string()),
        relation: standing.as_str().to_owned(),
        action: action.to_owned(),
        case_id: case.map(|case| case.to_string()),
        outcome: Outcome::Done.as_str().to_owned(),
        request_id: Some(request_id.to_owned()),
    }
}

/// The entry of something that a person was kept from.
pub(super) fn denial(
    core: &Core,
    person: PersonId,
    standing: impl Into<Standing>,
    action: &str,
    case: Option<CaseId>,
    request_id: &str,
) -> AuditRow {
    AuditRow {
        outcome: Outcome::Denied.as_str().to_owned(),
        ..entry(core, person, standing, action, case, request_id)
    }
}

/// Puts on record what was done at the command line of the machine, in the transaction that does it: nobody is known there but
/// as who may run the program.
///
/// # Errors
/// Storage failures.
pub fn by_operator(
    conn: &mut Conn,
    core: &Core,
    action: &str,
    about: &About,
) -> Result<(), StoreError> {
    let row = AuditRow {
        id: core.ids.next().to_string(),
        at: micros(core.clock.now()),
        person_id: None,
        relation: Standing::Operator.as_str().to_owned(),
        action: action.to_owned(),
        case_id: None,
        outcome: Outcome::Done.as_str().to_owned(),
        request_id: None,
    };
    store::traces::insert_audit_about(conn, &row, about)
}

/// Something that was asked of a case and not given.
#[derive(Debug, Clone)]
pub struct Refused {
    /// Who asked.
    pub person: PersonId,
    /// Of which case.
    pub case: CaseId,
    /// For what: the method and the pattern of the address.
    pub action: String,
    /// Whether it was said that they may not; otherwise that it is not there, which is also said of what they may not know of.
    pub forbidden: bool,
}

/// Puts on record that somebody was kept from a case or from what hangs on it. Of a case that does not exist nothing is kept, nor
/// that something is missing below a case of which they may read everything.
///
/// # Errors
/// Storage failures.
pub async fn put_refusal(
    ex: &Exchange,
    refused: Refused,
    request_id: &str,
    allowed: impl FnOnce() -> bool,
) -> Result<(), ServiceError> {
    let Refused {
        person,
        case,
        action,
        forbidden,
    } = refused;
    let standing = ex
        .store
        .read(move |conn| {
            let Some(row) = store::cases::find(conn, case)? else {
                return Ok(None);
            };
            let memberships = store::people::memberships(conn, person)?;
            let actor = Actor {
                person,
                memberships,
            };
            let relations = relations_to(conn, &actor, &row)?;
            let missing = !forbidden && view(&relations) == Some(View::Full);
            let standing = relations
                .first()
                .map_or(Standing::Stranger, |one| (*one).into());
            Ok::<_, ServiceError>((!missing).then_some(standing))
        })
        .await?;
    let Some(standing) = standing else {
        return Ok(());
    };
    if !allowed() {
        return Ok(());
    }
    let entry = denial(&ex.core, person, standing, &action, Some(case), request_id);
    ex.store
        .write(move |conn| store::traces::insert_audit(conn, &entry).map_err(ServiceError::from))
        .await
}

/// One trace.
#[derive(Debug, Clone, Serialize)]
pub struct Entry {
    /// When.
    pub at: DateTime<Utc>,
    /// Who; none for the exchange itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonId>,
    /// How they are called now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
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
            let rows = store::traces::audit_of(conn, case, SHOWN)?;
            entries(conn, rows)
        })
        .await?;
    record_read(ex, actor, case, Relation::Auditor, "read_audit", request_id).await?;
    Ok(entries)
}

/// Traces with the names of who left them.
fn entries(conn: &mut Conn, rows: Vec<AuditRow>) -> Result<Vec<Entry>, ServiceError> {
    let mut people: Vec<PersonId> = rows
        .iter()
        .filter_map(|row| row.person_id.as_deref())
        .map(id)
        .collect::<Result<_, _>>()?;
    people.sort_unstable();
    people.dedup();
    let names = store::people::display_names(conn, &people)?;
    rows.into_iter()
        .map(|row| {
            let person: Option<PersonId> = optional_id(row.person_id.as_deref())?;
            Ok(Entry {
                at: instant(row.at)?,
                person,
                name: person.and_then(|person| names.get(&person).cloned()),
                relation: row.relation,
                action: row.action,
                outcome: row.outcome,
                request_id: row.request_id,
            })
        })
        .collect()
}
