//! Panels: their seats, and what their readers signed. All of it changes under the lock of the case's row
//! ([`super::cases::find_for_change`]), so that of two last readers one comes last.

use diesel::prelude::*;

use super::connection::Conn;
use super::schema::{opinion_signatures, panel_readings, panel_seats, panels};
use super::{StoreResult, id, name};
use crate::domain::ids::{CaseId, OpinionId, PersonId};
use crate::domain::panels::SeatState;
use crate::domain::text_enum::TextEnum;

/// A panel as its row.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = panels)]
#[expect(
    missing_docs,
    reason = "the columns carry the names of the domain's terms; instants are microseconds UTC"
)]
pub struct PanelRow {
    pub id: String,
    pub case_id: String,
    pub cycle: i32,
    pub readers: i32,
    pub reason: String,
    pub convened_by: String,
    pub convened_at: i64,
    pub revealed_at: Option<i64>,
    pub closed_by: Option<String>,
    pub closed_reason: Option<String>,
    pub promise: Option<String>,
}

/// A seat as its row.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = panel_seats)]
#[expect(
    missing_docs,
    reason = "the columns carry the names of the domain's terms; instants are microseconds UTC"
)]
pub struct SeatRow {
    pub panel_id: String,
    pub number: i32,
    pub case_id: String,
    pub expert_id: String,
    pub laboratory_id: Option<String>,
    pub state: String,
    pub invited_at: i64,
    pub answered_at: Option<i64>,
    pub reason: Option<String>,
    pub comment: Option<String>,
    pub answer_by: Option<i64>,
    pub due_at: Option<i64>,
}

impl SeatRow {
    /// What became of it.
    ///
    /// # Errors
    /// A row that this version cannot read.
    pub fn state(&self) -> StoreResult<SeatState> {
        name(&self.state)
    }
}

/// A reading as its row; its signed form is kept as that of a version is, under its identifier.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = panel_readings)]
#[expect(
    missing_docs,
    reason = "the columns carry the names of the domain's terms; instants are microseconds UTC, documents JSON"
)]
pub struct ReadingRow {
    pub id: String,
    pub panel_id: String,
    pub seat: i32,
    pub content: String,
    pub sha256: String,
    pub signed_at: i64,
}

/// The panels of a case, one for each cycle that had one, the first one first.
///
/// # Errors
/// Storage failures.
pub fn of_case(conn: &mut Conn, case: CaseId) -> StoreResult<Vec<PanelRow>> {
    Ok(panels::table
        .filter(panels::case_id.eq(case.to_string()))
        .order(panels::cycle)
        .select(PanelRow::as_select())
        .load(conn)?)
}

/// The panel of a cycle.
///
/// # Errors
/// Storage failures.
pub fn of_cycle(conn: &mut Conn, case: CaseId, cycle: i32) -> StoreResult<Option<PanelRow>> {
    Ok(panels::table
        .filter(panels::case_id.eq(case.to_string()))
        .filter(panels::cycle.eq(cycle))
        .select(PanelRow::as_select())
        .first(conn)
        .optional()?)
}

/// The seats of these panels, by number.
///
/// # Errors
/// Storage failures.
pub fn seats(conn: &mut Conn, of: &[&str]) -> StoreResult<Vec<SeatRow>> {
    Ok(panel_seats::table
        .filter(panel_seats::panel_id.eq_any(of))
        .order((panel_seats::panel_id, panel_seats::number))
        .select(SeatRow::as_select())
        .load(conn)?)
}

/// The readings of these panels, each with the SHA-256 of its signed form.
///
/// # Errors
/// Storage failures.
pub fn readings(conn: &mut Conn, of: &[&str]) -> StoreResult<Vec<(ReadingRow, String)>> {
    Ok(panel_readings::table
        .inner_join(
            opinion_signatures::table.on(opinion_signatures::opinion_id.eq(panel_readings::id)),
        )
        .filter(panel_readings::panel_id.eq_any(of))
        .order((panel_readings::panel_id, panel_readings::seat))
        .select((ReadingRow::as_select(), opinion_signatures::sha256))
        .load(conn)?)
}

/// The panel and the seat of a reading of a case.
///
/// # Errors
/// Storage failures.
pub fn seat_of_reading(
    conn: &mut Conn,
    case: CaseId,
    reading: OpinionId,
) -> StoreResult<Option<(PanelRow, SeatRow)>> {
    let found: Option<(String, i32)> = panel_readings::table
        .find(reading.to_string())
        .select((panel_readings::panel_id, panel_readings::seat))
        .first(conn)
        .optional()?;
    let Some((panel_id, number)) = found else {
        return Ok(None);
    };
    let panel = of_case(conn, case)?
        .into_iter()
        .find(|panel| panel.id == panel_id);
    let seat = seats(conn, &[&panel_id])?
        .into_iter()
        .find(|seat| seat.number == number);
    Ok(panel.zip(seat))
}

/// Who sits or sat on the panel of a cycle, and how.
///
/// # Errors
/// Storage failures.
pub fn who_sits(
    conn: &mut Conn,
    case: CaseId,
    cycle: i32,
) -> StoreResult<Vec<(PersonId, SeatState)>> {
    let rows: Vec<(String, String)> = panel_seats::table
        .inner_join(panels::table.on(panels::id.eq(panel_seats::panel_id)))
        .filter(panels::case_id.eq(case.to_string()))
        .filter(panels::cycle.eq(cycle))
        .order(panel_seats::number)
        .select((panel_seats::expert_id, panel_seats::state))
        .load(conn)?;
    rows.iter()
        .map(|(expert, state)| Ok((id(expert)?, name(state)?)))
        .collect()
}

/// Who signed a reading on a panel of the case before this cycle.
///
/// # Errors
/// Storage failures.
pub fn former_readers(conn: &mut Conn, case: CaseId, cycle: i32) -> StoreResult<Vec<PersonId>> {
    panel_seats::table
        .inner_join(panels::table.on(panels::id.eq(panel_seats::panel_id)))
        .filter(panels::case_id.eq(case.to_string()))
        .filter(panels::cycle.lt(cycle))
        .filter(panel_seats::state.eq(SeatState::Signed.as_str()))
        .select(panel_seats::expert_id)
        .distinct()
        .load::<String>(conn)?
        .iter()
        .map(|person| id(person))
        .collect()
}

/// The cases on whose panels an expert sits.
///
/// # Errors
/// Storage failures.
pub fn cases_of(conn: &mut Conn, expert: &str) -> StoreResult<Vec<String>> {
    let sits: Vec<&str> = SeatState::ALL
        .iter()
        .filter(|state| state.sits())
        .map(|state| state.as_str())
        .collect();
    Ok(panel_seats::table
        .filter(panel_seats::expert_id.eq(expert))
        .filter(panel_seats::state.eq_any(sits))
        .select(panel_seats::case_id)
        .distinct()
        .load(conn)?)
}

/// Adds a panel.
///
/// # Errors
/// [`super::StoreError::Duplicate`] when the cycle has one.
pub fn insert(conn: &mut Conn, row: &PanelRow) -> StoreResult<()> {
    diesel::insert_into(panels::table)
        .values(row)
        .execute(conn)?;
    Ok(())
}

/// Adds a seat.
///
/// # Errors
/// Storage failures.
pub fn insert_seat(conn: &mut Conn, row: &SeatRow) -> StoreResult<()> {
    diesel::insert_into(panel_seats::table)
        .values(row)
        .execute(conn)?;
    Ok(())
}

/// Adds a reading.
///
/// # Errors
/// [`super::StoreError::Duplicate`] when the seat has one.
pub fn insert_reading(conn: &mut Conn, row: &ReadingRow) -> StoreResult<()> {
    diesel::insert_into(panel_readings::table)
        .values(row)
        .execute(conn)?;
    Ok(())
}

/// Notes what became of a seat, and why.
///
/// # Errors
/// Storage failures.
pub fn answer_seat(
    conn: &mut Conn,
    seat: &SeatRow,
    state: SeatState,
    why: Option<(&str, &str)>,
    at: i64,
) -> StoreResult<()> {
    diesel::update(panel_seats::table.find((&seat.panel_id, seat.number)))
        .set((
            panel_seats::state.eq(state.as_str()),
            panel_seats::answered_at.eq(at),
            panel_seats::reason.eq(why.map(|(reason, _)| reason)),
            panel_seats::comment.eq(why.map(|(_, comment)| comment)),
        ))
        .execute(conn)?;
    Ok(())
}

/// Reveals a panel; false when it was revealed before. `closed` is who did not wait for all readings, and why.
///
/// # Errors
/// Storage failures.
pub fn reveal(
    conn: &mut Conn,
    panel: &str,
    closed: Option<(&str, &str)>,
    at: i64,
) -> StoreResult<bool> {
    let blind = panels::table
        .filter(panels::id.eq(panel))
        .filter(panels::revealed_at.is_null());
    let changed = diesel::update(blind)
        .set((
            panels::revealed_at.eq(at),
            panels::closed_by.eq(closed.map(|(by, _)| by)),
            panels::closed_reason.eq(closed.map(|(_, reason)| reason)),
        ))
        .execute(conn)?;
    Ok(changed == 1)
}
