//! The time of a panel's seats: until when each is answered and read, and what was done about it. All of it changes under the lock of
//! the case's row.

use diesel::prelude::*;

use super::connection::Conn;
use super::panels::SeatRow;
use super::schema::{cases, panel_seat_steps, panel_seats, panels};
use super::{StoreResult, id, name};
use crate::domain::cases::CaseState;
use crate::domain::ids::{CaseId, PersonId};
use crate::domain::panels::time::SeatStep;
use crate::domain::panels::{PanelPhase, SeatState};
use crate::domain::text_enum::TextEnum;

/// Keeps another end of a seat's times.
///
/// # Errors
/// Storage failures.
pub fn set_times(
    conn: &mut Conn,
    seat: &SeatRow,
    answer_by: Option<i64>,
    due_at: Option<i64>,
) -> StoreResult<()> {
    diesel::update(panel_seats::table.find((&seat.panel_id, seat.number)))
        .set((
            panel_seats::answer_by.eq(answer_by),
            panel_seats::due_at.eq(due_at),
        ))
        .execute(conn)?;
    Ok(())
}

/// Keeps that a step was taken about a seat; false when it was taken before. The case's row is held by whoever asks, so that nobody asks
/// at the same moment.
///
/// # Errors
/// Storage failures.
pub fn keep_step(conn: &mut Conn, seat: &SeatRow, step: SeatStep, at: i64) -> StoreResult<bool> {
    let taken: i64 = panel_seat_steps::table
        .find((&seat.panel_id, seat.number, step.as_str()))
        .count()
        .get_result(conn)?;
    if taken > 0 {
        return Ok(false);
    }
    diesel::insert_into(panel_seat_steps::table)
        .values((
            panel_seat_steps::panel_id.eq(&seat.panel_id),
            panel_seat_steps::number.eq(seat.number),
            panel_seat_steps::step.eq(step.as_str()),
            panel_seat_steps::at.eq(at),
        ))
        .execute(conn)?;
    Ok(true)
}

/// A step that was taken about a seat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Of which panel.
    pub panel: String,
    /// Of which of its seats.
    pub seat: i32,
    /// What was done.
    pub step: SeatStep,
    /// When, in microseconds.
    pub at: i64,
}

/// The steps that were taken about the seats of these panels, the first one first.
///
/// # Errors
/// Storage failures.
pub fn steps(conn: &mut Conn, of: &[&str]) -> StoreResult<Vec<Step>> {
    let rows: Vec<(String, i32, String, i64)> = panel_seat_steps::table
        .filter(panel_seat_steps::panel_id.eq_any(of))
        .order((panel_seat_steps::at, panel_seat_steps::step))
        .select((
            panel_seat_steps::panel_id,
            panel_seat_steps::number,
            panel_seat_steps::step,
            panel_seat_steps::at,
        ))
        .load(conn)?;
    rows.into_iter()
        .map(|(panel, seat, step, at)| {
            Ok(Step {
                panel,
                seat,
                step: name(&step)?,
                at,
            })
        })
        .collect()
}

/// The cases on whose panels an expert is invited to a seat that they have not answered.
///
/// # Errors
/// Storage failures.
pub fn invited(conn: &mut Conn, expert: PersonId) -> StoreResult<Vec<CaseId>> {
    panel_seats::table
        .inner_join(panels::table.on(panels::id.eq(panel_seats::panel_id)))
        .inner_join(
            cases::table.on(cases::id
                .eq(panel_seats::case_id)
                .and(cases::cycle.eq(panels::cycle))),
        )
        .filter(panel_seats::expert_id.eq(expert.to_string()))
        .filter(panel_seats::state.eq(SeatState::Invited.as_str()))
        .filter(cases::panel.eq(PanelPhase::Blind.as_str()))
        .filter(cases::state.eq(CaseState::Accepted.as_str()))
        .order(cases::id)
        .select(cases::id)
        .load::<String>(conn)?
        .iter()
        .map(|case| id(case))
        .collect()
}
