//! What was said of a case's time: each thing once in a clock cycle.

use diesel::prelude::*;

use super::connection::Conn;
use super::schema::case_notices;
use super::{StoreError, StoreResult};
use crate::domain::ids::CaseId;
use crate::domain::notifications::NotificationKind;
use crate::domain::text_enum::TextEnum;

/// Keeps that something is being said, and tells whether it is for the first time in this clock cycle. The case's row is held
/// by whoever asks, so that nobody asks at the same moment.
///
/// # Errors
/// Storage failures.
pub fn keep_first(
    conn: &mut Conn,
    case: CaseId,
    cycle: i32,
    kind: NotificationKind,
    at: i64,
) -> StoreResult<bool> {
    let said: i64 = case_notices::table
        .filter(case_notices::case_id.eq(case.to_string()))
        .filter(case_notices::cycle.eq(cycle))
        .filter(case_notices::kind.eq(kind.as_str()))
        .count()
        .get_result(conn)?;
    if said > 0 {
        return Ok(false);
    }
    diesel::insert_into(case_notices::table)
        .values((
            case_notices::case_id.eq(case.to_string()),
            case_notices::cycle.eq(cycle),
            case_notices::kind.eq(kind.as_str()),
            case_notices::at.eq(at),
        ))
        .execute(conn)
        .map_err(StoreError::from)?;
    Ok(true)
}
