//! The time of a panel's seats: each is offered until an instant and read until another. Readers are reminded before, and what nobody
//! answers or reads in time is taken back and offered to somebody else, as the operator has it
//! ([`crate::domain::panels::time::SeatRules`]). Who cannot take a seat that they were offered makes room at once.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::change::Change;
use super::error::ServiceError;
use super::jobs::Job;
use super::{Core, calendars, panels, routing};
use crate::domain::calendar::WorkingCalendar;
use crate::domain::ids::{CaseId, PanelId, PersonId};
use crate::domain::notifications::NotificationKind;
use crate::domain::panels::time::{self, SeatAct, SeatLimit, SeatLost, SeatStep};
use crate::domain::panels::{PanelPhase, SeatState};
use crate::domain::people::Actor;
use crate::domain::permissions::Relation;
use crate::domain::targets::Promise;
use crate::domain::text_enum::TextEnum;
use crate::domain::transitions::{Command, permitted};
use crate::store::panels::{PanelRow, SeatRow};
use crate::store::{self, Conn, id, instant, json, micros, name, optional_instant, seats};

/// Which time of which seat a job is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeatTime {
    /// The panel.
    panel: PanelId,
    /// The seat's number.
    seat: i32,
    /// Which of its times.
    limit: SeatLimit,
    /// When that was to end as the job was scheduled, microseconds; another end means another job.
    ends: i64,
}

/// Until when a seat is answered and read that is offered now.
pub(super) struct Times {
    pub(super) answer_by: Option<DateTime<Utc>>,
    pub(super) due: Option<DateTime<Utc>>,
}

impl Times {
    /// Of a seat that somebody is invited to: they answer in their own hours, as they would an offer.
    pub(super) fn of_invited(
        change: &mut Change<'_>,
        promise: &Promise,
        expert: PersonId,
    ) -> Result<Self, ServiceError> {
        let answer_by = routing::answers_by(change, expert, &promise.target)?;
        Ok(Self {
            due: due(change, promise, answer_by)?,
            answer_by,
        })
    }

    /// Of a seat that somebody has without being asked.
    pub(super) fn of_chair(
        change: &mut Change<'_>,
        promise: &Promise,
    ) -> Result<Self, ServiceError> {
        Ok(Self {
            answer_by: None,
            due: due(change, promise, None)?,
        })
    }
}

fn due(
    change: &mut Change<'_>,
    promise: &Promise,
    answer_by: Option<DateTime<Utc>>,
) -> Result<Option<DateTime<Utc>>, ServiceError> {
    let calendar = calendar(change)?;
    Ok(time::due(&promise.target, change.now, answer_by, &calendar))
}

/// The hours in which the time of a reading is counted: those of the network that holds the case.
fn calendar(change: &mut Change<'_>) -> Result<std::sync::Arc<WorkingCalendar>, ServiceError> {
    let network = change.network()?;
    calendars::for_urgency(
        change.core,
        &network,
        name(&change.row.urgency)?,
        change.now,
    )
}

/// What is promised of the case once its panel's readers have their time: it comes on top of the time that was promised.
pub(super) fn lengthened(
    change: &mut Change<'_>,
    due: Option<DateTime<Utc>>,
) -> Result<Promise, ServiceError> {
    let mut promise = super::targets::promised(change)?;
    if let Some(due) = due {
        let calendar = calendar(change)?;
        let added = time::added(&promise.target, (change.now, due), &calendar);
        let target = &mut promise.target;
        target.answer_minutes = target.answer_minutes.saturating_add(added);
    }
    change.promise = Some(promise.clone());
    Ok(promise)
}

/// What a panel's readers are given; none of a panel that was convened before seats had an end.
pub(super) fn promise_of(panel: &PanelRow) -> Result<Option<Promise>, ServiceError> {
    Ok(panel.promise.as_deref().map(json).transpose()?)
}

/// Schedules the reminders of a seat and its ends.
pub(super) fn schedule(
    change: &mut Change<'_>,
    promise: &Promise,
    seat: &SeatRow,
) -> Result<(), ServiceError> {
    let (case, panel, now) = (change.id, id(&seat.panel_id)?, change.now);
    let of = |limit, ends| SeatTime {
        panel,
        seat: seat.number,
        limit,
        ends,
    };
    if let (Some(ends), SeatState::Invited) = (seat.answer_by, seat.state()?) {
        let (time, ends) = (of(SeatLimit::Answer, ends), instant(ends)?);
        let halfway = now + (ends - now) / 2;
        change.schedule(&Job::RemindSeat { case, time }, halfway)?;
        change.schedule(&Job::EndSeat { case, time }, ends)?;
    }
    let Some(ends) = seat.due_at else {
        return Ok(());
    };
    let (time, ends) = (of(SeatLimit::Reading, ends), instant(ends)?);
    let calendar = calendar(change)?;
    let from = instant(seat.invited_at)?;
    let reminder = time::reminder(&promise.target, (from, ends), &calendar);
    change.schedule(&Job::RemindSeat { case, time }, reminder.unwrap_or(ends))?;
    change.schedule(&Job::EndSeat { case, time }, ends)
}

/// The seat that a job is about, if it is still meant: nobody has signed for it or left it, that time of it ends as it did then, and the
/// clock runs.
fn meant(
    change: &mut Change<'_>,
    time: SeatTime,
) -> Result<Option<(PanelRow, SeatRow)>, ServiceError> {
    let facts = change.facts()?;
    let free = permitted(&facts, &[Relation::System], Command::FreeSeat, change.now);
    if free.is_err() || !facts.pauses.is_empty() {
        return Ok(None);
    }
    let (panel, seats) = panels::present(change)?;
    let is = |seat: &&SeatRow| seat.panel_id == time.panel.to_string() && seat.number == time.seat;
    let Some(seat) = seats.iter().find(is).cloned() else {
        return Ok(None);
    };
    let (waits, ends) = match time.limit {
        SeatLimit::Answer => (seat.state()? == SeatState::Invited, seat.answer_by),
        SeatLimit::Reading => {
            let unread = [SeatState::Invited, SeatState::Accepted];
            (unread.contains(&seat.state()?), seat.due_at)
        }
    };
    Ok((waits && ends == Some(time.ends)).then_some((panel, seat)))
}

/// Reminds the reader of a seat, once of each of its times.
pub(super) fn remind(change: &mut Change<'_>, time: SeatTime) -> Result<(), ServiceError> {
    let Some((_, seat)) = meant(change, time)? else {
        return Ok(());
    };
    let (step, now) = (SeatStep::reminder(time.limit), micros(change.now));
    // A reminder that comes late says nothing that the end does not.
    if time.ends <= now || !seats::keep_step(change.conn, &seat, step, now)? {
        return Ok(());
    }
    let ends = Some(instant(time.ends)?);
    change.notify(NotificationKind::SeatReminder, id(&seat.expert_id)?, ends)
}

/// Does what is to be done when a time of a seat is over.
pub(super) fn end(change: &mut Change<'_>, time: SeatTime) -> Result<(), ServiceError> {
    let Some((panel, seat)) = meant(change, time)? else {
        return Ok(());
    };
    if time.ends > micros(change.now) {
        return Ok(());
    }
    let holds = change.row.expert_id.as_ref() == Some(&seat.expert_id);
    match change.core.ladder.seats.act(time.limit, holds) {
        SeatAct::Leave => Ok(()),
        SeatAct::Tell => {
            let (step, now) = (SeatStep::telling(time.limit), micros(change.now));
            if seats::keep_step(change.conn, &seat, step, now)? {
                let ended = Some(instant(time.ends)?);
                change.notify_coordinators(NotificationKind::SeatLate, ended)?;
            }
            Ok(())
        }
        SeatAct::Free => free(change, &panel, &seat, SeatLost::late(time.limit)),
    }
}

/// Takes a seat back, and offers it to whoever would answer first of those whom a coordinator could ask; the coordinators are told
/// either way.
fn free(
    change: &mut Change<'_>,
    panel: &PanelRow,
    seat: &SeatRow,
    why: SeatLost,
) -> Result<(), ServiceError> {
    let now = micros(change.now);
    let reader: PersonId = id(&seat.expert_id)?;
    // What they had begun to write goes with the seat.
    store::opinions::set_draft(change.conn, change.id, reader, None, now)?;
    store::snapshots::end_draft(change.conn, change.id, Some(reader))?;
    change.notify(NotificationKind::SeatFreed, reader, None)?;
    let facts = json!({ "reader": reader, "seat": seat.number, "why": why });
    let kept = (why.as_str(), "");
    store::panels::answer_seat(change.conn, seat, SeatState::Freed, Some(kept), now)?;
    change.record(Command::FreeSeat, Relation::System, &facts)?;
    let next = if change.core.ladder.seats.replace {
        panels::next_reader(change)?
    } else {
        None
    };
    let Some(next) = next else {
        return change.notify_coordinators(NotificationKind::ReaderLeft, None);
    };
    store::panels::answer_seat(change.conn, seat, SeatState::Replaced, Some(kept), now)?;
    panels::invite(change, panel, next)?;
    let facts = json!({ "reader": reader, "expert": next });
    change.record(Command::ReplaceReader, Relation::System, &facts)?;
    change.notify_coordinators(NotificationKind::ReaderReplaced, None)
}

/// Has every seat go on that waited with the clock since `stood`.
pub(super) fn go_on(change: &mut Change<'_>, stood: DateTime<Utc>) -> Result<(), ServiceError> {
    if change.row.panel.as_deref() != Some(PanelPhase::Blind.as_str()) {
        return Ok(());
    }
    let (panel, seats) = panels::present(change)?;
    let Some(promise) = promise_of(&panel)? else {
        return Ok(());
    };
    let calendar = calendar(change)?;
    for mut seat in seats {
        let state = seat.state()?;
        if !matches!(state, SeatState::Invited | SeatState::Accepted) {
            continue;
        }
        let stood = stood.max(instant(seat.invited_at)?);
        if let (Some(by), SeatState::Invited) = (optional_instant(seat.answer_by)?, state) {
            let (expert, target) = (id(&seat.expert_id)?, &promise.target);
            let until = routing::answer_goes_on(change, expert, target, (stood, by))?;
            // Who is in no pool any more keeps the end they were told.
            seat.answer_by = until.map(micros).or(seat.answer_by);
        }
        if let Some(due) = optional_instant(seat.due_at)? {
            let due = time::goes_on(&promise.target, (stood, due), change.now, &calendar);
            seat.due_at = due.map(micros).max(seat.answer_by);
        }
        seats::set_times(change.conn, &seat, seat.answer_by, seat.due_at)?;
        schedule(change, &promise, &seat)?;
    }
    Ok(())
}

/// Frees at once the seats that somebody was invited to and has not answered, where `cannot` says why they cannot take them.
pub(super) fn make_room(
    conn: &mut Conn,
    core: &Core,
    (actor, expert): (&Actor, PersonId),
    request_id: &str,
    cannot: impl Fn(&Change<'_>, &SeatRow) -> Result<Option<SeatLost>, ServiceError>,
) -> Result<(), ServiceError> {
    let cases: Vec<CaseId> = seats::invited(conn, expert)?;
    for case in cases {
        let mut change = Change::asked_for(conn, core, actor, case, request_id)?;
        let facts = change.facts()?;
        if permitted(&facts, &[Relation::System], Command::FreeSeat, change.now).is_err() {
            continue;
        }
        let (panel, seats) = panels::present(&mut change)?;
        let own = expert.to_string();
        let theirs = seats
            .iter()
            .find(|seat| seat.expert_id == own && seat.state == SeatState::Invited.as_str());
        let Some(seat) = theirs else { continue };
        if let Some(why) = cannot(&change, seat)? {
            free(&mut change, &panel, seat, why)?;
            change.save()?;
        }
    }
    Ok(())
}
