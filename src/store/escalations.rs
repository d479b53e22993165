//! The steps of the escalation ladder that were taken.

use diesel::prelude::*;

use super::connection::Conn;
use super::schema::case_escalations;
use super::{StoreResult, name};
use crate::domain::escalation::{StepAct, StepOutcome};
use crate::domain::ids::CaseId;
use crate::domain::text_enum::TextEnum;

/// The steps that were taken for a case in a clock cycle.
///
/// # Errors
/// Storage failures.
pub fn taken(conn: &mut Conn, case: CaseId, cycle: i32) -> StoreResult<Vec<StepAct>> {
    case_escalations::table
        .filter(case_escalations::case_id.eq(case.to_string()))
        .filter(case_escalations::cycle.eq(cycle))
        .select(case_escalations::act)
        .load::<String>(conn)?
        .iter()
        .map(|act| name(act))
        .collect()
}

/// Keeps that a step was taken, and what came of it.
///
/// # Errors
/// [`super::StoreError::Duplicate`] when it was taken in this cycle already.
pub fn keep(
    conn: &mut Conn,
    case: CaseId,
    cycle: i32,
    act: StepAct,
    outcome: StepOutcome,
    at: i64,
) -> StoreResult<()> {
    diesel::insert_into(case_escalations::table)
        .values((
            case_escalations::case_id.eq(case.to_string()),
            case_escalations::cycle.eq(cycle),
            case_escalations::act.eq(act.as_str()),
            case_escalations::outcome.eq(outcome.as_str()),
            case_escalations::at.eq(at),
        ))
        .execute(conn)?;
    Ok(())
}
