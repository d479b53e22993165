//! What the turnaround figures are made from.

use diesel::prelude::*;

use super::StoreResult;
use super::connection::Conn;
use super::literal::{DECLINED_ASSIGNMENT, OPEN_CASE};
use super::schema::{assignments, case_events, cases};
use crate::domain::ids::{NetworkId, PersonId};
use crate::domain::text_enum::TextEnum;
use crate::domain::transitions::Command;

/// One answered case: who answered, urgency, subspecialty, territory, start of the cycle, due time, signature; microseconds.
pub type Answered = (
    Option<String>,
    String,
    Option<String>,
    String,
    Option<i64>,
    Option<i64>,
    Option<i64>,
);

/// Whose answers are counted.
#[derive(Debug, Clone, Copy)]
pub enum Whose {
    /// A network's.
    Network(NetworkId),
    /// An expert's.
    Expert(PersonId),
}

/// The cases of a network or an expert whose opinion was signed in a period, the earliest first, at most `limit`.
///
/// # Errors
/// Storage failures.
pub fn answered(
    conn: &mut Conn,
    whose: Whose,
    from: i64,
    to: i64,
    limit: i64,
) -> StoreResult<Vec<Answered>> {
    let all = cases::table.into_boxed();
    let theirs = match whose {
        Whose::Network(network) => all.filter(cases::network_id.eq(network.to_string())),
        Whose::Expert(expert) => all.filter(cases::expert_id.eq(expert.to_string())),
    };
    Ok(theirs
        .filter(cases::signed_at.ge(from))
        .filter(cases::signed_at.lt(to))
        .order((cases::signed_at, cases::id))
        .limit(limit)
        .select((
            cases::expert_id,
            cases::urgency,
            cases::subspecialty,
            cases::territory,
            cases::submitted_at,
            cases::due_at,
            cases::signed_at,
        ))
        .load(conn)?)
}

/// What the experts of a network gave back in a period: the reason of each, at most `limit`.
///
/// # Errors
/// Storage failures.
pub fn declines(
    conn: &mut Conn,
    network: NetworkId,
    (from, to): (i64, i64),
    limit: i64,
) -> StoreResult<Vec<Option<String>>> {
    Ok(assignments::table
        .filter(DECLINED_ASSIGNMENT)
        .filter(assignments::network_id.eq(network.to_string()))
        .filter(assignments::ended_at.ge(from))
        .filter(assignments::ended_at.lt(to))
        .order(assignments::ended_at)
        .limit(limit)
        .select(assignments::reason)
        .load(conn)?)
}

/// The first signatures of the cases that a network answered in a period: what the submitter's own diagnosis was worth, and the
/// facts of the signature as JSON; at most `limit`.
///
/// # Errors
/// Storage failures.
pub fn signatures(
    conn: &mut Conn,
    network: NetworkId,
    (from, to): (i64, i64),
    limit: i64,
) -> StoreResult<Vec<(Option<String>, String)>> {
    Ok(cases::table
        .inner_join(case_events::table.on(case_events::case_id.eq(cases::id)))
        .filter(cases::network_id.eq(network.to_string()))
        .filter(cases::signed_at.ge(from))
        .filter(cases::signed_at.lt(to))
        .filter(case_events::command.eq(Command::Sign.as_str()))
        .order((cases::signed_at, cases::id))
        .limit(limit)
        .select((cases::initial_status, case_events::facts))
        .load(conn)?)
}

/// The open cases of a network for its daily digest: reference, urgency, waiting for, pauses, due and warning times.
pub type Open = (
    String,
    String,
    Option<String>,
    String,
    Option<i64>,
    Option<i64>,
);

/// Every open case of a network, by due time.
///
/// # Errors
/// Storage failures.
pub fn open_cases(conn: &mut Conn, network: &str) -> StoreResult<Vec<Open>> {
    Ok(cases::table
        .filter(cases::network_id.eq(network))
        .filter(OPEN_CASE)
        .order((cases::sort_at, cases::id))
        .select((
            cases::reference,
            cases::urgency,
            cases::waiting_for,
            cases::pauses,
            cases::due_at,
            cases::warning_at,
        ))
        .load(conn)?)
}
