//! What was sent to a network, for playing it again.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::cases::CaseRow;
use super::connection::Conn;
use super::schema::{case_requests, cases};
use super::{StoreResult, micros};
use crate::domain::ids::NetworkId;

/// The cases of a network that were sent in a time, the earliest first, at most `limit`.
///
/// # Errors
/// Storage failures.
pub fn sent_in(
    conn: &mut Conn,
    network: NetworkId,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
    limit: i64,
) -> StoreResult<Vec<CaseRow>> {
    Ok(cases::table
        .filter(cases::network_id.eq(network.to_string()))
        .filter(cases::submitted_at.ge(micros(from)))
        .filter(cases::submitted_at.lt(micros(to)))
        .order((cases::submitted_at, cases::id))
        .limit(limit)
        .select(CaseRow::as_select())
        .load(conn)?)
}

/// What those cases waited for and got, the earliest first: the case, from when, until when; microseconds.
///
/// # Errors
/// Storage failures.
pub fn paused_in(
    conn: &mut Conn,
    network: NetworkId,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
) -> StoreResult<Vec<(String, i64, i64)>> {
    Ok(cases::table
        .inner_join(case_requests::table.on(case_requests::case_id.eq(cases::id)))
        .filter(cases::network_id.eq(network.to_string()))
        .filter(cases::submitted_at.ge(micros(from)))
        .filter(cases::submitted_at.lt(micros(to)))
        .filter(case_requests::closed_at.is_not_null())
        .order((case_requests::opened_at, case_requests::id))
        .select((
            case_requests::case_id,
            case_requests::opened_at,
            case_requests::closed_at.assume_not_null(),
        ))
        .load(conn)?)
}
