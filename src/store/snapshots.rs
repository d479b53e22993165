//! Pictures of what experts saw, for their opinions.

use diesel::prelude::*;

use super::StoreResult;
use super::connection::Conn;
use super::schema::snapshots;
use crate::domain::ids::{CaseId, PersonId, SnapshotId};

/// A snapshot without its picture.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable)]
#[diesel(table_name = snapshots)]
#[expect(
    missing_docs,
    reason = "the columns carry the names of the domain's terms; instants are microseconds UTC, the view JSON"
)]
pub struct SnapshotRow {
    pub id: String,
    pub expert_id: String,
    pub taken_at: i64,
    pub view: String,
    pub words: String,
    pub sha256: String,
    /// Whether it lies in the expert's draft.
    pub drafted: bool,
    /// Whether an opinion that somebody may have read shows it.
    pub kept: bool,
}

/// A snapshot that was just taken.
#[derive(Debug, Insertable)]
#[diesel(table_name = snapshots)]
#[expect(
    missing_docs,
    reason = "the columns carry the names of the domain's terms; instants are microseconds UTC, the view JSON, the picture sealed"
)]
pub struct NewSnapshot<'a> {
    pub id: String,
    pub case_id: String,
    pub expert_id: String,
    pub slide_id: String,
    pub taken_at: i64,
    pub view: String,
    pub words: &'a str,
    pub sha256: &'a str,
    pub picture: &'a [u8],
    pub drafted: bool,
    pub kept: bool,
}

/// Adds one.
///
/// # Errors
/// Storage failures.
pub fn insert(conn: &mut Conn, row: &NewSnapshot<'_>) -> StoreResult<()> {
    diesel::insert_into(snapshots::table)
        .values(row)
        .execute(conn)?;
    Ok(())
}

/// All of a case, the oldest first.
///
/// # Errors
/// Storage failures.
pub fn of_case(conn: &mut Conn, case: CaseId) -> StoreResult<Vec<SnapshotRow>> {
    Ok(snapshots::table
        .filter(snapshots::case_id.eq(case.to_string()))
        .order(snapshots::id)
        .select(SnapshotRow::as_select())
        .load(conn)?)
}

/// The sealed picture of one of a case.
///
/// # Errors
/// Storage failures.
pub fn picture(
    conn: &mut Conn,
    case: CaseId,
    snapshot: SnapshotId,
) -> StoreResult<Option<Vec<u8>>> {
    Ok(snapshots::table
        .find(snapshot.to_string())
        .filter(snapshots::case_id.eq(case.to_string()))
        .select(snapshots::picture)
        .first(conn)
        .optional()?)
}

/// Notes that an opinion shows it; `drafted` as long as the draft goes on.
///
/// # Errors
/// Storage failures.
pub fn keep(conn: &mut Conn, snapshot: SnapshotId, drafted: bool) -> StoreResult<()> {
    diesel::update(snapshots::table.find(snapshot.to_string()))
        .set((snapshots::kept.eq(true), snapshots::drafted.eq(drafted)))
        .execute(conn)?;
    Ok(())
}

/// Takes one out of its expert's draft: for good, unless an opinion shows it. Whether it was there.
///
/// # Errors
/// Storage failures.
pub fn take_out(conn: &mut Conn, of: (CaseId, PersonId), one: SnapshotId) -> StoreResult<bool> {
    let removed = diesel::delete(
        snapshots::table
            .find(one.to_string())
            .filter(snapshots::case_id.eq(of.0.to_string()))
            .filter(snapshots::expert_id.eq(of.1.to_string()))
            .filter(snapshots::drafted.eq(true))
            .filter(snapshots::kept.eq(false)),
    )
    .execute(conn)?;
    let left = diesel::update(
        snapshots::table
            .find(one.to_string())
            .filter(snapshots::case_id.eq(of.0.to_string()))
            .filter(snapshots::expert_id.eq(of.1.to_string()))
            .filter(snapshots::drafted.eq(true)),
    )
    .set(snapshots::drafted.eq(false))
    .execute(conn)?;
    Ok(removed + left > 0)
}

/// Forgets a draft's snapshots: those of one expert, or of everybody. What an opinion shows stays.
///
/// # Errors
/// Storage failures.
pub fn end_draft(conn: &mut Conn, case: CaseId, expert: Option<PersonId>) -> StoreResult<()> {
    for row in of_case(conn, case)?.into_iter().filter(|row| row.drafted) {
        let of: PersonId = super::id(&row.expert_id)?;
        if expert.is_none_or(|one| one == of) {
            take_out(conn, (case, of), super::id(&row.id)?)?;
        }
    }
    Ok(())
}
