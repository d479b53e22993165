//! What a coordinator decided about who reads a case.

use diesel::prelude::*;

use super::connection::Conn;
use super::schema::case_instructions;
use super::{StoreResult, id, name};
use crate::domain::cases::InstructionKind;
use crate::domain::ids::{CaseId, PersonId};
use crate::domain::routing::Instructions;
use crate::domain::text_enum::TextEnum;

/// An instruction as its row.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = case_instructions)]
#[expect(
    missing_docs,
    reason = "the columns carry the names of the domain's terms; instants are microseconds UTC"
)]
pub struct InstructionRow {
    pub case_id: String,
    pub expert_id: String,
    pub kind: String,
    pub reason: String,
    pub given_by: String,
    pub given_at: i64,
}

/// The instructions on these cases.
///
/// # Errors
/// Storage failures.
pub fn of_cases(conn: &mut Conn, cases: &[CaseId]) -> StoreResult<Vec<InstructionRow>> {
    let cases: Vec<String> = cases.iter().map(ToString::to_string).collect();
    Ok(case_instructions::table
        .filter(case_instructions::case_id.eq_any(cases))
        .order((case_instructions::case_id, case_instructions::given_at))
        .select(InstructionRow::as_select())
        .load(conn)?)
}

/// Those of one case among these, as routing sees them.
///
/// # Errors
/// A row that this version cannot read.
pub fn for_routing(rows: &[InstructionRow], case: &str) -> StoreResult<Instructions> {
    let mut instructions = Instructions::default();
    for row in rows.iter().filter(|row| row.case_id == case) {
        let expert = id(&row.expert_id)?;
        match name(&row.kind)? {
            InstructionKind::Pin => instructions.pinned = Some(expert),
            InstructionKind::Exclude => instructions.excluded.push(expert),
        }
    }
    Ok(instructions)
}

/// Keeps an instruction. It replaces what was said of the same expert, and a pin the one before.
///
/// # Errors
/// Storage failures.
pub fn put(conn: &mut Conn, case: CaseId, row: &InstructionRow) -> StoreResult<()> {
    if row.kind == InstructionKind::Pin.as_str() {
        forget_pin(conn, case)?;
    }
    diesel::delete(case_instructions::table.find((&row.case_id, &row.expert_id))).execute(conn)?;
    diesel::insert_into(case_instructions::table)
        .values(row)
        .execute(conn)?;
    Ok(())
}

/// Forgets what was said of an expert; false when nothing was.
///
/// # Errors
/// Storage failures.
pub fn remove(conn: &mut Conn, case: CaseId, expert: PersonId) -> StoreResult<bool> {
    let key = (case.to_string(), expert.to_string());
    Ok(diesel::delete(case_instructions::table.find(key)).execute(conn)? == 1)
}

/// Lets a case go to anybody again who is not excluded.
///
/// # Errors
/// Storage failures.
pub fn forget_pin(conn: &mut Conn, case: CaseId) -> StoreResult<()> {
    diesel::delete(
        case_instructions::table
            .filter(case_instructions::case_id.eq(case.to_string()))
            .filter(case_instructions::kind.eq(InstructionKind::Pin.as_str())),
    )
    .execute(conn)?;
    Ok(())
}
