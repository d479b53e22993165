//! What was sent to a network, for playing it again.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::assignments::AssignmentState;
use super::cases::CaseRow;
use super::connection::Conn;
use super::schema::{assignments, case_requests, cases};
use super::{StoreResult, id, instant, micros, name, optional_instant};
use crate::domain::ids::{CaseId, NetworkId, PersonId};

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

/// What became of an offer of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// The case.
    pub case: CaseId,
    /// The expert.
    pub expert: PersonId,
    /// How it ended, or stands.
    pub state: AssignmentState,
    /// Whether by an agreement, in another network.
    pub elsewhere: bool,
    /// When it was made.
    pub offered_at: DateTime<Utc>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
}

/// The offers of the first clock cycle of those cases, the earliest first.
///
/// # Errors
/// Storage failures.
pub fn offers_in(
    conn: &mut Conn,
    network: NetworkId,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
) -> StoreResult<Vec<Ended>> {
    cases::table
        .inner_join(assignments::table.on(assignments::case_id.eq(cases::id)))
        .filter(cases::network_id.eq(network.to_string()))
        .filter(cases::submitted_at.ge(micros(from)))
        .filter(cases::submitted_at.lt(micros(to)))
        .filter(assignments::cycle.eq(1))
        .order((assignments::offered_at, assignments::id))
        .select((
            assignments::case_id,
            assignments::expert_id,
            assignments::state,
            assignments::agreement_id,
            assignments::offered_at,
            assignments::ended_at,
        ))
        .load::<(String, String, String, Option<String>, i64, Option<i64>)>(conn)?
        .into_iter()
        .map(|(case, expert, state, agreement, offered_at, ended_at)| {
            Ok(Ended {
                case: id(&case)?,
                expert: id(&expert)?,
                state: name(&state)?,
                elsewhere: agreement.is_some(),
                offered_at: instant(offered_at)?,
                ended_at: optional_instant(ended_at)?,
            })
        })
        .collect()
}
