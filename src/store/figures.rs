//! What the turnaround figures are made from.

use diesel::prelude::*;

use super::StoreResult;
use super::connection::Conn;
use super::literal::OPEN_CASE;
use super::schema::cases;
use crate::domain::ids::{NetworkId, PersonId};

/// One answered case: identifier, urgency, subspecialty, territory, start of the cycle, due time, signature; microseconds.
pub type Answered = (
    String,
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
            cases::id,
            cases::urgency,
            cases::subspecialty,
            cases::territory,
            cases::submitted_at,
            cases::due_at,
            cases::signed_at,
        ))
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
