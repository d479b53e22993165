//! Open cases beside who has them.

use diesel::prelude::*;

use super::StoreResult;
use super::connection::Conn;
use super::literal::LIVE_ASSIGNMENT;
use super::schema::{assignments, cases};
use crate::domain::ids::{CaseId, PersonId};

/// A case that somebody was offered or has accepted; instants are microseconds UTC.
#[derive(Debug, Clone, PartialEq, Queryable)]
#[expect(
    missing_docs,
    reason = "the columns carry the names of the domain's terms"
)]
pub struct HeldRow {
    pub case_id: String,
    pub reference: String,
    pub network_id: String,
    pub due_at: Option<i64>,
    pub warning_at: Option<i64>,
    pub expert_id: String,
    pub assignment_state: String,
    pub expected_answer_at: Option<i64>,
}

/// Which of them.
#[derive(Debug, Clone, Copy)]
pub enum Of<'a> {
    /// Those that these experts have.
    Experts(&'a [PersonId]),
    /// Those among these cases.
    Cases(&'a [CaseId]),
}

/// Held cases by due time; those whose clock stands still come last.
///
/// # Errors
/// Storage failures.
pub fn held(conn: &mut Conn, of: Of<'_>) -> StoreResult<Vec<HeldRow>> {
    let all = assignments::table
        .inner_join(cases::table.on(cases::id.eq(assignments::case_id)))
        .filter(LIVE_ASSIGNMENT)
        .into_boxed();
    let some = match of {
        Of::Experts(experts) => {
            let experts = experts.iter().map(ToString::to_string);
            all.filter(assignments::expert_id.eq_any(experts.collect::<Vec<_>>()))
        }
        Of::Cases(several) => {
            let several = several.iter().map(ToString::to_string);
            all.filter(assignments::case_id.eq_any(several.collect::<Vec<_>>()))
        }
    };
    Ok(some
        .order((cases::sort_at, cases::id))
        .select((
            cases::id,
            cases::reference,
            cases::network_id,
            cases::due_at,
            cases::warning_at,
            assignments::expert_id,
            assignments::state,
            assignments::expected_answer_at,
        ))
        .load(conn)?)
}
