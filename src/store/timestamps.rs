//! Time stamps of what was signed: versions and readings.

use diesel::prelude::*;

use super::StoreResult;
use super::connection::Conn;
use super::schema::{opinion_signatures, opinion_timestamps, signing_keys};
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

/// Signed forms without a time stamp whose keys' certificates hold at `now`: what an authority attests of any other would be that it was
/// there too late. In the order of their identifiers, from the one after `after` on.
///
/// # Errors
/// Storage failures.
pub fn unstamped(conn: &mut Conn, after: &str, now: i64, at_most: i64) -> StoreResult<Vec<String>> {
    Ok(unstamped_at(now)
        .filter(opinion_signatures::opinion_id.gt(after))
        .order(opinion_signatures::opinion_id)
        .limit(at_most)
        .load(conn)?)
}

/// Which of these signed forms are among those.
///
/// # Errors
/// Storage failures.
pub fn unstamped_of(conn: &mut Conn, signed: &[&str], now: i64) -> StoreResult<Vec<String>> {
    Ok(unstamped_at(now)
        .filter(opinion_signatures::opinion_id.eq_any(signed))
        .load(conn)?)
}

/// A signed form that an authority can still stamp, if it has no stamp yet.
///
/// # Errors
/// Storage failures.
pub fn waiting(conn: &mut Conn, opinion: OpinionId, now: i64) -> StoreResult<Option<String>> {
    if unstamped_of(conn, &[&opinion.to_string()], now)?.is_empty() {
        return Ok(None);
    }
    signatures::form(conn, opinion)
}

#[diesel::dsl::auto_type]
fn unstamped_at(now: i64) -> _ {
    opinion_signatures::table
        .inner_join(signing_keys::table.on(signing_keys::id.eq(opinion_signatures::key_id)))
        .left_join(
            opinion_timestamps::table
                .on(opinion_timestamps::opinion_id.eq(opinion_signatures::opinion_id)),
        )
        .filter(opinion_timestamps::opinion_id.is_null())
        .filter(signing_keys::not_after.gt(now))
        .select(opinion_signatures::opinion_id)
}
