//! Offers of a case to experts.

use diesel::dsl::count_star;
use diesel::prelude::*;

use super::connection::Conn;
use super::literal::{COMPLETED_ASSIGNMENT, LIVE_ASSIGNMENT};
use super::schema::assignments;
use super::{StoreResult, id};
use crate::domain::cases::DeclineReason;
use crate::domain::ids::{AssignmentId, CaseId, NetworkId, PersonId};
use crate::domain::text_enum::{TextEnum, text_enum};

text_enum! {
    /// What became of an offer.
    pub enum AssignmentState {
        /// Waiting for the expert.
        Offered = "offered",
        /// The expert reads.
        Accepted = "accepted",
        /// The expert gave it back.
        Declined = "declined",
        /// Nobody answered in time.
        Expired = "expired",
        /// Taken back.
        Withdrawn = "withdrawn",
        /// Given to somebody else before it was opened, through no doing of the expert's.
        Moved = "moved",
        /// Ended with a signed opinion.
        Completed = "completed",
    }
}

impl AssignmentState {
    /// The ends after which the router does not offer the case to the same expert again.
    pub const TRIED: [Self; 3] = [Self::Declined, Self::Expired, Self::Withdrawn];
}

/// Whether an offer ended because the expert declared a conflict of interest: what their reason begins with is its code.
pub fn for_conflict(state: &str, reason: Option<&str>) -> bool {
    let code = reason.map(|reason| reason.split(':').next().unwrap_or_default());
    state == AssignmentState::Declined.as_str()
        && code == Some(DeclineReason::ConflictOfInterest.as_str())
}

/// An assignment as its row.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = assignments, treat_none_as_default_value = false)]
#[expect(
    missing_docs,
    reason = "the columns carry the names of the domain's terms; instants are microseconds UTC, documents JSON"
)]
pub struct AssignmentRow {
    pub id: String,
    pub case_id: String,
    pub expert_id: String,
    pub network_id: String,
    pub agreement_id: Option<String>,
    pub state: String,
    pub cycle: i32,
    pub offered_at: i64,
    pub expires_at: i64,
    pub answered_at: Option<i64>,
    pub ended_at: Option<i64>,
    pub reason: Option<String>,
    pub expected_answer_at: Option<i64>,
    pub reading_minutes: i32,
    pub explanation: String,
}

/// Every assignment of a case, the oldest first.
///
/// # Errors
/// Storage failures.
pub fn of_case(conn: &mut Conn, case: CaseId) -> StoreResult<Vec<AssignmentRow>> {
    Ok(assignments::table
        .filter(assignments::case_id.eq(case.to_string()))
        .order(assignments::id)
        .select(AssignmentRow::as_select())
        .load(conn)?)
}

/// Adds an offer.
///
/// # Errors
/// [`super::StoreError::Duplicate`] when the case has a live one already.
pub fn insert(conn: &mut Conn, row: &AssignmentRow) -> StoreResult<()> {
    diesel::insert_into(assignments::table)
        .values(row)
        .execute(conn)?;
    Ok(())
}

/// Notes that the live offer of a case was accepted.
///
/// # Errors
/// Storage failures.
pub fn accept_live(conn: &mut Conn, case: CaseId, at: i64) -> StoreResult<bool> {
    let changed = diesel::update(
        assignments::table
            .filter(assignments::case_id.eq(case.to_string()))
            .filter(assignments::state.eq(AssignmentState::Offered.as_str())),
    )
    .set((
        assignments::state.eq(AssignmentState::Accepted.as_str()),
        assignments::answered_at.eq(at),
    ))
    .execute(conn)?;
    Ok(changed == 1)
}

/// Has an offer end at another instant.
///
/// # Errors
/// Storage failures.
pub fn prolong(conn: &mut Conn, offer: AssignmentId, expires_at: i64) -> StoreResult<()> {
    diesel::update(assignments::table.find(offer.to_string()))
        .set(assignments::expires_at.eq(expires_at))
        .execute(conn)?;
    Ok(())
}

/// Ends the live assignment of a case, if it has one.
///
/// # Errors
/// Storage failures.
pub fn end_live(
    conn: &mut Conn,
    case: CaseId,
    state: AssignmentState,
    reason: Option<&str>,
    at: i64,
) -> StoreResult<bool> {
    let live = [
        AssignmentState::Offered.as_str(),
        AssignmentState::Accepted.as_str(),
    ];
    let changed = diesel::update(
        assignments::table
            .filter(assignments::case_id.eq(case.to_string()))
            .filter(assignments::state.eq_any(live)),
    )
    .set((
        assignments::state.eq(state.as_str()),
        assignments::reason.eq(reason),
        assignments::ended_at.eq(at),
    ))
    .execute(conn)?;
    Ok(changed == 1)
}

/// The live assignment of a case.
///
/// # Errors
/// Storage failures.
pub fn live_of(conn: &mut Conn, case: CaseId) -> StoreResult<Option<AssignmentId>> {
    let live = [
        AssignmentState::Offered.as_str(),
        AssignmentState::Accepted.as_str(),
    ];
    assignments::table
        .filter(assignments::case_id.eq(case.to_string()))
        .filter(assignments::state.eq_any(live))
        .select(assignments::id)
        .first::<String>(conn)
        .optional()?
        .map(|key| id(&key))
        .transpose()
}

/// The cases that are offered to an expert, who has not answered yet.
///
/// # Errors
/// Storage failures.
pub fn offered_to(conn: &mut Conn, expert: PersonId) -> StoreResult<Vec<CaseId>> {
    assignments::table
        .filter(LIVE_ASSIGNMENT)
        .filter(assignments::expert_id.eq(expert.to_string()))
        .filter(assignments::state.eq(AssignmentState::Offered.as_str()))
        .order(assignments::case_id)
        .select(assignments::case_id)
        .load::<String>(conn)?
        .iter()
        .map(|case| id(case))
        .collect()
}

/// What an expert has open: each case with its expected reading minutes.
///
/// # Errors
/// Storage failures.
pub fn minutes_by_case(conn: &mut Conn, expert: PersonId) -> StoreResult<Vec<(String, i32)>> {
    Ok(assignments::table
        .filter(LIVE_ASSIGNMENT)
        .filter(assignments::expert_id.eq(expert.to_string()))
        .select((assignments::case_id, assignments::reading_minutes))
        .load(conn)?)
}

/// When the last `limit` answers of a pool were expected, and when they came.
///
/// # Errors
/// Storage failures.
pub fn answered(conn: &mut Conn, network: NetworkId, limit: i64) -> StoreResult<Vec<(i64, i64)>> {
    Ok(assignments::table
        .filter(assignments::network_id.eq(network.to_string()))
        .filter(COMPLETED_ASSIGNMENT)
        .order(assignments::id.desc())
        .limit(limit)
        .select((assignments::expected_answer_at, assignments::ended_at))
        .load::<(Option<i64>, Option<i64>)>(conn)?
        .into_iter()
        .filter_map(|(expected, ended)| Some((expected?, ended?)))
        .collect())
}

/// Who has the most cases open, if anybody has one.
///
/// # Errors
/// Storage failures.
pub fn busiest(conn: &mut Conn) -> StoreResult<Option<PersonId>> {
    assignments::table
        .filter(LIVE_ASSIGNMENT)
        .group_by(assignments::expert_id)
        .order((count_star().desc(), assignments::expert_id))
        .select(assignments::expert_id)
        .first::<String>(conn)
        .optional()?
        .map(|expert| id(&expert))
        .transpose()
}
