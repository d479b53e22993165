//! Opinions: drafts as typed, and signed versions that nothing changes.

use diesel::prelude::*;

use super::connection::Conn;
use super::schema::{opinion_drafts, opinions};
use super::{StoreResult, id};
use crate::domain::ids::{CaseId, OpinionId, PersonId};
use crate::domain::opinions::OpinionKind;
use crate::domain::text_enum::TextEnum;

/// A released or signed version as its row.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = opinions)]
#[expect(
    missing_docs,
    reason = "the columns carry the names of the domain's terms; instants are microseconds UTC, documents JSON"
)]
pub struct OpinionRow {
    pub id: String,
    pub case_id: String,
    pub version: i32,
    pub kind: String,
    pub cycle: i32,
    pub content: String,
    pub sha256: String,
    pub follows_id: Option<String>,
    pub reason: Option<String>,
    pub signer_id: String,
    pub signed_at: i64,
}

/// Every version of a case's opinion, the first one first.
///
/// # Errors
/// Storage failures.
pub fn of_case(conn: &mut Conn, case: CaseId) -> StoreResult<Vec<OpinionRow>> {
    Ok(opinions::table
        .filter(opinions::case_id.eq(case.to_string()))
        .order(opinions::version)
        .select(OpinionRow::as_select())
        .load(conn)?)
}

/// Who signed a version of the case's opinion before this cycle.
///
/// # Errors
/// Storage failures.
pub fn former_signers(conn: &mut Conn, case: CaseId, cycle: i32) -> StoreResult<Vec<PersonId>> {
    opinions::table
        .filter(opinions::case_id.eq(case.to_string()))
        .filter(opinions::cycle.lt(cycle))
        .filter(opinions::kind.ne(OpinionKind::Preliminary.as_str()))
        .select(opinions::signer_id)
        .distinct()
        .load::<String>(conn)?
        .iter()
        .map(|person| id(person))
        .collect()
}

/// The clock cycle of the version that somebody signed last; none for who signed none.
///
/// # Errors
/// Storage failures.
pub fn last_signed_cycle(
    conn: &mut Conn,
    case: CaseId,
    signer: PersonId,
) -> StoreResult<Option<i32>> {
    Ok(opinions::table
        .filter(opinions::case_id.eq(case.to_string()))
        .filter(opinions::signer_id.eq(signer.to_string()))
        .filter(opinions::kind.ne(OpinionKind::Preliminary.as_str()))
        .order(opinions::version.desc())
        .select(opinions::cycle)
        .first(conn)
        .optional()?)
}

/// Adds a version.
///
/// # Errors
/// [`super::StoreError::Duplicate`] when that version exists.
pub fn insert(conn: &mut Conn, row: &OpinionRow) -> StoreResult<()> {
    diesel::insert_into(opinions::table)
        .values(row)
        .execute(conn)?;
    Ok(())
}

/// One version.
///
/// # Errors
/// Storage failures.
pub fn find(conn: &mut Conn, opinion: OpinionId) -> StoreResult<Option<OpinionRow>> {
    Ok(opinions::table
        .find(opinion.to_string())
        .select(OpinionRow::as_select())
        .first(conn)
        .optional()?)
}

/// An expert's draft, as typed.
///
/// # Errors
/// Storage failures.
pub fn find_draft(conn: &mut Conn, case: CaseId, expert: PersonId) -> StoreResult<Option<String>> {
    Ok(opinion_drafts::table
        .find((case.to_string(), expert.to_string()))
        .select(opinion_drafts::content)
        .first(conn)
        .optional()?)
}

/// Keeps an expert's draft, or forgets it.
///
/// # Errors
/// Storage failures.
pub fn set_draft(
    conn: &mut Conn,
    case: CaseId,
    expert: PersonId,
    content: Option<&str>,
    at: i64,
) -> StoreResult<()> {
    diesel::delete(opinion_drafts::table.find((case.to_string(), expert.to_string())))
        .execute(conn)?;
    if let Some(content) = content {
        diesel::insert_into(opinion_drafts::table)
            .values((
                opinion_drafts::case_id.eq(case.to_string()),
                opinion_drafts::expert_id.eq(expert.to_string()),
                opinion_drafts::content.eq(content),
                opinion_drafts::updated_at.eq(at),
            ))
            .execute(conn)?;
    }
    Ok(())
}
