//! The audit trail in its order, and what the transparency log holds of it.

use diesel::prelude::*;
use serde::Serialize;

use super::StoreResult;
use super::connection::Conn;
use super::schema::{audit_entries, transparency_audits};

/// Where an entry stands in the trail: its instant, microseconds, and its identifier.
pub type Place = (i64, String);

/// An entry of the trail as it is hashed: its columns and their names are in every digest, so that they stay as they are whatever else
/// reads the table.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Serialize)]
#[diesel(table_name = audit_entries)]
#[expect(
    missing_docs,
    reason = "the columns carry the names of the domain's terms; instants are microseconds UTC"
)]
pub struct TrailRow {
    pub id: String,
    pub at: i64,
    pub person_id: Option<String>,
    pub relation: String,
    pub action: String,
    pub case_id: Option<String>,
    pub outcome: String,
    pub request_id: Option<String>,
    pub subject_kind: Option<String>,
    pub subject_id: Option<String>,
    pub detail: Option<String>,
}

/// A checkpoint of the trail as its row.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = transparency_audits)]
#[expect(
    missing_docs,
    reason = "the columns carry their names; instants are microseconds UTC"
)]
pub struct CheckpointRow {
    pub number: i64,
    pub id: String,
    pub through_at: i64,
    pub through_id: String,
    pub entries: i64,
    pub digest: Vec<u8>,
    pub made_at: i64,
}

impl CheckpointRow {
    /// The last entry that it is over.
    pub fn through(&self) -> Place {
        (self.through_at, self.through_id.clone())
    }
}

/// Entries after a place up to another, in order.
///
/// # Errors
/// Storage failures.
pub fn entries_after(
    conn: &mut Conn,
    after: &Place,
    until: &Place,
    at_most: i64,
) -> StoreResult<Vec<TrailRow>> {
    let ((from, last), (to, end)) = (after, until);
    let later = audit_entries::at
        .gt(from)
        .or(audit_entries::at.eq(from).and(audit_entries::id.gt(last)));
    let not_too_late = audit_entries::at
        .lt(to)
        .or(audit_entries::at.eq(to).and(audit_entries::id.le(end)));
    Ok(audit_entries::table
        // Said apart as well: of this an index gives the part in order.
        .filter(audit_entries::at.ge(from).and(audit_entries::at.le(to)))
        .filter(later)
        .filter(not_too_late)
        .order((audit_entries::at, audit_entries::id))
        .limit(at_most)
        .select(TrailRow::as_select())
        .load(conn)?)
}

/// The newest checkpoint.
///
/// # Errors
/// Storage failures.
pub fn newest(conn: &mut Conn) -> StoreResult<Option<CheckpointRow>> {
    Ok(transparency_audits::table
        .order(transparency_audits::number.desc())
        .select(CheckpointRow::as_select())
        .first(conn)
        .optional()?)
}

/// The checkpoint of that number, counted from 1.
///
/// # Errors
/// Storage failures.
pub fn numbered(conn: &mut Conn, number: i64) -> StoreResult<Option<CheckpointRow>> {
    Ok(transparency_audits::table
        .find(number)
        .select(CheckpointRow::as_select())
        .first(conn)
        .optional()?)
}

/// Keeps a checkpoint.
///
/// # Errors
/// [`super::StoreError::Duplicate`] when there is one of that number.
pub fn insert(conn: &mut Conn, row: &CheckpointRow) -> StoreResult<()> {
    diesel::insert_into(transparency_audits::table)
        .values(row)
        .execute(conn)?;
    Ok(())
}
