//! What the turnaround figures are made from.

use diesel::dsl::{exists, not};
use diesel::prelude::*;

use super::connection::Conn;
use super::literal::{DECLINED_ASSIGNMENT, OPEN_CASE};
use super::schema::{answered_cycles, assignments, cases, opinions};
use super::{StoreResult, id};
use crate::domain::ids::{NetworkId, OpinionId, PersonId};
use crate::domain::opinions::OpinionKind;
use crate::domain::text_enum::TextEnum;

/// An answered clock cycle of a case as its row.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = answered_cycles)]
#[expect(
    missing_docs,
    reason = "the columns carry the names of the domain's terms; instants are microseconds UTC"
)]
pub struct AnsweredRow {
    pub case_id: String,
    pub cycle: i32,
    pub network_id: String,
    pub expert_id: String,
    pub urgency: String,
    pub subspecialty: Option<String>,
    pub territory: String,
    pub initial_status: Option<String>,
    pub concordance: Option<String>,
    pub started_at: i64,
    pub signed_at: i64,
    pub working_seconds: i64,
    pub within_target: bool,
}

/// Keeps an answered cycle, for good.
///
/// # Errors
/// [`super::StoreError::Duplicate`] when the cycle was answered before.
pub fn insert_answered(conn: &mut Conn, row: &AnsweredRow) -> StoreResult<()> {
    diesel::insert_into(answered_cycles::table)
        .values(row)
        .execute(conn)?;
    Ok(())
}

/// Whose answers are counted.
#[derive(Debug, Clone, Copy)]
pub enum Whose {
    /// A network's.
    Network(NetworkId),
    /// An expert's.
    Expert(PersonId),
}

/// Signed first opinions whose cycle is not kept: cases answered before cycles were.
///
/// # Errors
/// Storage failures.
pub fn unkept(conn: &mut Conn) -> StoreResult<Vec<OpinionId>> {
    let kept = answered_cycles::table
        .filter(answered_cycles::case_id.eq(opinions::case_id))
        .filter(answered_cycles::cycle.eq(opinions::cycle));
    opinions::table
        .filter(opinions::kind.eq(OpinionKind::Opinion.as_str()))
        .filter(not(exists(kept)))
        .order((opinions::case_id, opinions::version))
        .select(opinions::id)
        .load::<String>(conn)?
        .iter()
        .map(|opinion| id(opinion))
        .collect()
}

/// The cycles that a network or an expert answered in a period, the earliest first, at most `limit`.
///
/// # Errors
/// Storage failures.
pub fn answered(
    conn: &mut Conn,
    whose: Whose,
    from: i64,
    to: i64,
    limit: i64,
) -> StoreResult<Vec<AnsweredRow>> {
    let all = answered_cycles::table
        .select(AnsweredRow::as_select())
        .into_boxed();
    let theirs = match whose {
        Whose::Network(network) => all.filter(answered_cycles::network_id.eq(network.to_string())),
        Whose::Expert(expert) => all.filter(answered_cycles::expert_id.eq(expert.to_string())),
    };
    Ok(theirs
        .filter(answered_cycles::signed_at.ge(from))
        .filter(answered_cycles::signed_at.lt(to))
        .order((answered_cycles::signed_at, answered_cycles::case_id))
        .limit(limit)
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
