//! Time stamps of what was signed: versions and readings.

use diesel::prelude::*;

use super::StoreResult;
use super::connection::Conn;
use super::schema::opinion_timestamps;
use super::signatures;
use crate::domain::ids::OpinionId;

/// The time stamp of a signature as its row.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = opinion_timestamps)]
#[expect(
    missing_docs,
    reason = "the token is base64 DER, the instant microseconds UTC"
)]
pub struct TimestampRow {
    pub opinion_id: String,
    pub token: String,
    pub attested_at: i64,
    pub authority: String,
}

/// Keeps the time stamp of a signature.
///
/// # Errors
/// [`super::StoreError::Duplicate`] when it has one.
pub fn insert(conn: &mut Conn, row: &TimestampRow) -> StoreResult<()> {
    diesel::insert_into(opinion_timestamps::table)
        .values(row)
        .execute(conn)?;
    Ok(())
}

/// The time stamp of a signature, where it has one.
///
/// # Errors
/// Storage failures.
pub fn find(conn: &mut Conn, opinion: OpinionId) -> StoreResult<Option<TimestampRow>> {
    Ok(opinion_timestamps::table
        .find(opinion.to_string())
        .select(TimestampRow::as_select())
        .first(conn)
        .optional()?)
}

/// The time stamps of these signatures, in no order.
///
/// # Errors
/// Storage failures.
pub fn of(conn: &mut Conn, signed: &[&str]) -> StoreResult<Vec<TimestampRow>> {
    Ok(opinion_timestamps::table
        .filter(opinion_timestamps::opinion_id.eq_any(signed))
        .select(TimestampRow::as_select())
        .load(conn)?)
}

/// A signed form that still waits for its time stamp.
///
/// # Errors
/// Storage failures.
pub fn waiting(conn: &mut Conn, opinion: OpinionId) -> StoreResult<Option<String>> {
    if find(conn, opinion)?.is_some() {
        return Ok(None);
    }
    signatures::form(conn, opinion)
}
