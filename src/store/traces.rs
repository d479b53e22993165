//! Case events and audit entries: append-only.

mod search;

use diesel::prelude::*;

pub use search::*;

use super::StoreResult;
use super::connection::Conn;
use super::schema::{audit_entries, case_events};
use super::steady::insert_all;
use crate::domain::ids::CaseId;

/// An event as its row.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = case_events, treat_none_as_default_value = false)]
#[expect(
    missing_docs,
    reason = "the columns carry the names of the domain's terms; instants are microseconds UTC, documents JSON"
)]
pub struct EventRow {
    pub id: String,
    pub case_id: String,
    pub version: i64,
    pub at: i64,
    pub command: String,
    pub actor_id: Option<String>,
    pub relation: String,
    pub state: String,
    pub clock: String,
    pub facts: String,
}

/// Every event of a case, in order.
///
/// # Errors
/// Storage failures.
pub fn events_of(conn: &mut Conn, case: CaseId) -> StoreResult<Vec<EventRow>> {
    Ok(case_events::table
        .filter(case_events::case_id.eq(case.to_string()))
        .order(case_events::version)
        .select(EventRow::as_select())
        .load(conn)?)
}

/// The event that made a version of a case.
///
/// # Errors
/// Storage failures.
pub fn event_at(conn: &mut Conn, case: CaseId, version: i64) -> StoreResult<Option<EventRow>> {
    Ok(case_events::table
        .filter(case_events::case_id.eq(case.to_string()))
        .filter(case_events::version.eq(version))
        .select(EventRow::as_select())
        .first(conn)
        .optional()?)
}

/// Adds an event.
///
/// # Errors
/// [`super::StoreError::Duplicate`] when the case has an event of that version.
pub fn insert_event(conn: &mut Conn, row: &EventRow) -> StoreResult<()> {
    diesel::insert_into(case_events::table)
        .values(row)
        .execute(conn)?;
    Ok(())
}

/// An audit entry as its row.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = audit_entries, treat_none_as_default_value = false)]
#[expect(
    missing_docs,
    reason = "the columns carry the names of the domain's terms; instants are microseconds UTC"
)]
pub struct AuditRow {
    pub id: String,
    pub at: i64,
    pub person_id: Option<String>,
    pub relation: String,
    pub action: String,
    pub case_id: Option<String>,
    pub outcome: String,
    pub request_id: Option<String>,
}

/// Adds an audit entry.
///
/// # Errors
/// Storage failures.
pub fn insert_audit(conn: &mut Conn, row: &AuditRow) -> StoreResult<()> {
    diesel::insert_into(audit_entries::table)
        .values(row)
        .execute(conn)?;
    Ok(())
}

/// Adds audit entries.
///
/// # Errors
/// Storage failures.
pub fn insert_audits(conn: &mut Conn, rows: Vec<AuditRow>) -> StoreResult<()> {
    insert_all!(conn, audit_entries::table, rows);
    Ok(())
}

/// What an administrative act was done to.
#[derive(Debug, Clone, PartialEq)]
pub struct About {
    /// Its kind (`person`, `network`, …) and which one; none for an act on nothing in particular.
    pub subject: Option<(&'static str, String)>,
    /// Names of what was changed; never a value.
    pub detail: Option<String>,
}

impl About {
    /// About a thing, with nothing more to say.
    pub fn of(kind: &'static str, id: &impl ToString) -> Self {
        Self {
            subject: Some((kind, id.to_string())),
            detail: None,
        }
    }
}

/// Adds an audit entry about something that is no case.
///
/// # Errors
/// Storage failures.
pub fn insert_audit_about(conn: &mut Conn, row: &AuditRow, about: &About) -> StoreResult<()> {
    diesel::insert_into(audit_entries::table)
        .values((
            row,
            audit_entries::subject_kind.eq(about.subject.as_ref().map(|(kind, _)| *kind)),
            audit_entries::subject_id.eq(about.subject.as_ref().map(|(_, id)| id)),
            audit_entries::detail.eq(&about.detail),
        ))
        .execute(conn)?;
    Ok(())
}

/// Who read or did what on a case, the latest first, at most `limit`.
///
/// # Errors
/// Storage failures.
pub fn audit_of(conn: &mut Conn, case: CaseId, limit: i64) -> StoreResult<Vec<AuditRow>> {
    Ok(audit_entries::table
        .filter(audit_entries::case_id.eq(case.to_string()))
        .order((audit_entries::at.desc(), audit_entries::id.desc()))
        .limit(limit)
        .select(AuditRow::as_select())
        .load(conn)?)
}
