//! What the readers of a panel said of the consensus: that they sign it too, or that they dissent.

use diesel::prelude::*;

use super::connection::Conn;
use super::schema::{opinion_signatures, panel_positions, panels};
use super::{StoreResult, id, name};
use crate::domain::ids::{CaseId, OpinionId};
use crate::domain::panels::Stance;

/// A position as its row; its signed form is kept as that of a version is, under its identifier.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = panel_positions)]
#[expect(
    missing_docs,
    reason = "the columns carry the names of the domain's terms; instants are microseconds UTC"
)]
pub struct PositionRow {
    pub id: String,
    pub panel_id: String,
    pub seat: i32,
    pub opinion_id: String,
    pub stance: String,
    pub reason: Option<String>,
    pub signed_at: i64,
}

impl PositionRow {
    /// What it says.
    ///
    /// # Errors
    /// A row that this version cannot read.
    pub fn stance(&self) -> StoreResult<Stance> {
        name(&self.stance)
    }
}

/// The positions on these panels' opinions, each with the SHA-256 of its signed form, by seat and time.
///
/// # Errors
/// Storage failures.
pub fn of_panels(conn: &mut Conn, of: &[&str]) -> StoreResult<Vec<(PositionRow, String)>> {
    Ok(panel_positions::table
        .inner_join(
            opinion_signatures::table.on(opinion_signatures::opinion_id.eq(panel_positions::id)),
        )
        .filter(panel_positions::panel_id.eq_any(of))
        .order((
            panel_positions::panel_id,
            panel_positions::seat,
            panel_positions::id,
        ))
        .select((PositionRow::as_select(), opinion_signatures::sha256))
        .load(conn)?)
}

/// The positions on a version, with their seats, by seat.
///
/// # Errors
/// Storage failures.
pub fn of_opinion(conn: &mut Conn, opinion: OpinionId) -> StoreResult<Vec<(OpinionId, i32)>> {
    let rows: Vec<(String, i32)> = panel_positions::table
        .filter(panel_positions::opinion_id.eq(opinion.to_string()))
        .order(panel_positions::seat)
        .select((panel_positions::id, panel_positions::seat))
        .load(conn)?;
    rows.into_iter()
        .map(|(position, seat)| Ok((id(&position)?, seat)))
        .collect()
}

/// Whether a position is of a panel of that case.
///
/// # Errors
/// Storage failures.
pub fn is_of_case(conn: &mut Conn, case: CaseId, position: OpinionId) -> StoreResult<bool> {
    let found = panel_positions::table
        .inner_join(panels::table.on(panels::id.eq(panel_positions::panel_id)))
        .filter(panel_positions::id.eq(position.to_string()))
        .filter(panels::case_id.eq(case.to_string()));
    Ok(diesel::select(diesel::dsl::exists(found)).get_result(conn)?)
}

/// Adds a position.
///
/// # Errors
/// [`super::StoreError::Duplicate`] when the seat has one on that version.
pub fn insert(conn: &mut Conn, row: &PositionRow) -> StoreResult<()> {
    diesel::insert_into(panel_positions::table)
        .values(row)
        .execute(conn)?;
    Ok(())
}
