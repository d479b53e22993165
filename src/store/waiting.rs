//! Cases that were sent and wait to be read: what the next case of an expert is chosen from.

use diesel::prelude::*;

use super::cases::CaseRow;
use super::connection::Conn;
use super::literal::OPEN_CASE;
use super::schema::{assignments, cases, networks};
use super::{StoreResult, id};
use crate::domain::cases::{CaseState, WaitingFor};
use crate::domain::ids::{CaseId, NetworkId, PersonId};
use crate::domain::text_enum::TextEnum;
use crate::store::assignments::{AssignmentState, for_conflict};

/// How the `pauses` of a case are kept whose clock runs.
const NO_PAUSE: &str = "[]";

/// Lets those who ask for a case of a network's pool in one after the other, until the transaction ends: each finds what the one
/// before has left, instead of all wanting the same case. SQLite has one writer anyway.
///
/// # Errors
/// Storage failures.
pub fn queue_up(conn: &mut Conn, network: NetworkId) -> StoreResult<()> {
    if let Conn::Pg(pg) = conn {
        networks::table
            .find(network.to_string())
            .select(networks::id)
            // Not the key: whoever refers to the network goes on meanwhile.
            .for_no_key_update()
            .get_result::<String>(pg)
            .optional()?;
    }
    Ok(())
}

/// The cases that an expert was offered or has accepted, and that wait for nobody else, by due time.
///
/// # Errors
/// Storage failures.
pub fn in_hand(conn: &mut Conn, expert: PersonId) -> StoreResult<Vec<CaseRow>> {
    Ok(cases::table
        .filter(cases::expert_id.eq(expert.to_string()))
        .filter(OPEN_CASE)
        .filter(cases::pauses.eq(NO_PAUSE))
        .order((cases::sort_at, cases::id))
        .select(CaseRow::as_select())
        .load(conn)?)
}

/// The cases of a network in these subspecialties that nobody has opened and whose clock runs, by due time: offered, or without
/// an expert. At most `limit`.
///
/// # Errors
/// Storage failures.
pub fn unopened(
    conn: &mut Conn,
    network: NetworkId,
    subspecialties: &[&str],
    limit: i64,
) -> StoreResult<Vec<CaseRow>> {
    let unopened = [CaseState::Submitted.as_str(), CaseState::Offered.as_str()];
    Ok(cases::table
        .filter(cases::network_id.eq(network.to_string()))
        .filter(OPEN_CASE)
        .filter(cases::state.eq_any(unopened))
        .filter(
            cases::waiting_for
                .is_null()
                .or(cases::waiting_for.eq(WaitingFor::Candidate.as_str())),
        )
        .filter(cases::pauses.eq(NO_PAUSE))
        .filter(cases::subspecialty.eq_any(subspecialties))
        .order((cases::sort_at, cases::id))
        .limit(limit)
        .select(CaseRow::as_select())
        .load(conn)?)
}

/// That an expert has given a case back, let it expire or been relieved of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tried {
    /// The case.
    pub case: CaseId,
    /// The expert.
    pub expert: PersonId,
    /// In which clock cycle.
    pub cycle: i32,
    /// Whether for a conflict of interest, which outlasts the cycle.
    pub conflict: bool,
}

/// Who of all experts, or whether this one, has given back any of these cases.
///
/// # Errors
/// Storage failures.
pub fn tried(
    conn: &mut Conn,
    expert: Option<PersonId>,
    cases: &[CaseId],
) -> StoreResult<Vec<Tried>> {
    let cases: Vec<String> = cases.iter().map(ToString::to_string).collect();
    let mut query = assignments::table
        .filter(assignments::case_id.eq_any(cases))
        .filter(assignments::state.eq_any(AssignmentState::TRIED.map(TextEnum::as_str)))
        .select((
            assignments::case_id,
            assignments::expert_id,
            assignments::cycle,
            assignments::state,
            assignments::reason,
        ))
        .into_boxed();
    if let Some(expert) = expert {
        query = query.filter(assignments::expert_id.eq(expert.to_string()));
    }
    query
        .load::<(String, String, i32, String, Option<String>)>(conn)?
        .into_iter()
        .map(|(case, expert, cycle, state, reason)| {
            Ok(Tried {
                case: id(&case)?,
                expert: id(&expert)?,
                cycle,
                conflict: for_conflict(&state, reason.as_deref()),
            })
        })
        .collect()
}
