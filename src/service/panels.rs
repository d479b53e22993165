//! Panels: several experts read a case, each alone, until all have signed or a coordinator closes the panel. The expert who holds
//! the case has the first seat, and signs the consensus opinion afterwards. Who may read what of it: [`super::panel_documents`].

use serde_json::json;
use sha2::{Digest, Sha256};

use super::change::Change;
use super::commands::{Given, no_facts};
use super::error::ServiceError;
use super::panel_time::{self, Times};
use super::signatures::Version;
use super::{clock, opining, presence, routing, signatures, snapshots, targets};
use crate::domain::commands::{Convene, Decline, Reason, ReplaceReader};
use crate::domain::hexadecimal::hex;
use crate::domain::ids::{LaboratoryId, PanelId, PersonId};
use crate::domain::notifications::NotificationKind;
use crate::domain::opinions::{OpinionContent, OpinionKind};
use crate::domain::panels::{PanelPhase, SeatState};
use crate::domain::problems::{FieldProblem, FieldRule};
use crate::domain::reasons::Why;
use crate::domain::text_enum::TextEnum;
use crate::domain::transitions::{Command, Guard, Refusal};
use crate::store::panels::{self, PanelRow, ReadingRow, SeatRow};
use crate::store::{self, id, micros, reading_drafts, to_json};

/// Has other experts read the case beside the one who holds it.
pub(super) fn convene(
    change: &mut Change<'_>,
    given: &Given<'_>,
    body: &Convene,
) -> Result<(), ServiceError> {
    nothing_released(change)?;
    let chair = change
        .expert()?
        .ok_or_else(|| ServiceError::Internal("an accepted case without its expert".into()))?;
    let mut chosen = vec![chair];
    let mut problems = Vec::new();
    for (n, reader) in body.readers.iter().enumerate() {
        if chosen.contains(reader) {
            let pointer = format!("/readers/{n}");
            problems.push(FieldProblem::new(pointer, FieldRule::Duplicate));
        }
        chosen.push(*reader);
    }
    if !problems.is_empty() {
        return Err(ServiceError::Invalid(problems));
    }
    for (n, reader) in body.readers.iter().enumerate() {
        eligible(change, Command::Convene, *reader, &format!("/readers/{n}"))?;
    }
    apart(change, Command::Convene, &chosen)?;
    let promise = targets::panel_promise(change)?;
    let panel = PanelRow {
        id: PanelId::new(change.core.ids.as_ref()).to_string(),
        case_id: change.row.id.clone(),
        cycle: change.row.cycle,
        readers: i32::try_from(chosen.len()).unwrap_or(i32::MAX),
        reason: body.reason.clone(),
        convened_by: given.actor.person.to_string(),
        convened_at: micros(change.now),
        revealed_at: None,
        closed_by: None,
        closed_reason: None,
        promise: Some(to_json(&promise)?),
    };
    panels::insert(change.conn, &panel)?;
    let times = Times::of_chair(change, &promise)?;
    let due = times.due;
    seat(change, &panel, (1, chair), SeatState::Accepted, times)?;
    for (number, reader) in (2..).zip(&body.readers) {
        let times = Times::of_invited(change, &promise, *reader)?;
        seat(change, &panel, (number, *reader), SeatState::Invited, times)?;
    }
    change.row.panel = Some(PanelPhase::Blind.as_str().to_owned());
    let lengthened = panel_time::lengthened(change, due)?;
    let facts = json!({ "readers": chosen, "promise": lengthened });
    change.record(Command::Convene, given.relation, &facts)?;
    clock::recompute(change)
}

/// Invites somebody to a further seat.
pub(super) fn invite(
    change: &mut Change<'_>,
    panel: &PanelRow,
    expert: PersonId,
) -> Result<(), ServiceError> {
    let times = match panel_time::promise_of(panel)? {
        Some(promise) => Times::of_invited(change, &promise, expert)?,
        None => Times {
            answer_by: None,
            due: None,
        },
    };
    let seats = panels::seats(change.conn, &[&panel.id])?;
    let last = seats.last().map_or(0, |seat| seat.number);
    seat(change, panel, (last + 1, expert), SeatState::Invited, times)
}

/// Who is to be invited to a seat that is free: of those whom a coordinator could ask, and who had no seat on this panel, whoever would
/// answer first.
pub(super) fn next_reader(change: &mut Change<'_>) -> Result<Option<PersonId>, ServiceError> {
    let (_, seats) = present(change)?;
    let mut sits = Vec::new();
    for seat in &seats {
        if seat.state()?.sits() {
            sits.push(id(&seat.expert_id)?);
        }
    }
    let holder = change.row.expert_id.clone();
    let taken = places(change, &sits)?;
    for expert in routing::readers_beside(change)? {
        let had_one = seats
            .iter()
            .any(|seat| seat.expert_id == expert.to_string());
        if had_one || holder == Some(expert.to_string()) {
            continue;
        }
        let works_in = laboratories(change, expert)?;
        if !works_in.iter().any(|one| taken.contains(one)) {
            return Ok(Some(expert));
        }
    }
    Ok(None)
}

/// Gives a seat that nobody has signed for to somebody else.
pub(super) fn replace_reader(
    change: &mut Change<'_>,
    given: &Given<'_>,
    body: &ReplaceReader,
) -> Result<(), ServiceError> {
    let (panel, seats) = present(change)?;
    let reader = body.reader.to_string();
    let open = |seat: &&SeatRow| {
        seat.expert_id == reader && seat.state().is_ok_and(SeatState::goes_elsewhere)
    };
    let left = seats.iter().find(open).cloned();
    let left = left.ok_or_else(|| ServiceError::field("/reader", FieldRule::UnknownCode))?;
    let mut others = Vec::new();
    for other in seats.iter().filter(|one| one.number != left.number) {
        if other.state()?.sits() {
            others.push(id(&other.expert_id)?);
        }
    }
    if others.contains(&body.expert) || body.expert == body.reader {
        return Err(ServiceError::field("/expert", FieldRule::Duplicate));
    }
    eligible(change, Command::ReplaceReader, body.expert, "/expert")?;
    others.push(body.expert);
    apart(change, Command::ReplaceReader, &others)?;
    if left.state()?.sits() {
        change.notify(NotificationKind::CaseLeft, body.reader, None)?;
    }
    let why = left.reason.as_deref().zip(left.comment.as_deref());
    let now = micros(change.now);
    panels::answer_seat(change.conn, &left, SeatState::Replaced, why, now)?;
    store::snapshots::end_draft(change.conn, change.id, Some(body.reader))?;
    invite(change, &panel, body.expert)?;
    let facts = json!({ "reader": body.reader, "expert": body.expert });
    change.record(Command::ReplaceReader, given.relation, &facts)
}

/// Takes a seat.
pub(super) fn join(change: &mut Change<'_>, given: &Given<'_>) -> Result<(), ServiceError> {
    let (_, own) = own_seat(change, given)?;
    let now = micros(change.now);
    panels::answer_seat(change.conn, &own, SeatState::Accepted, None, now)?;
    change.record(Command::JoinPanel, given.relation, &no_facts())
}

/// Gives a seat back. What was written with it is for coordinators: it may tell what was read.
pub(super) fn leave(
    change: &mut Change<'_>,
    given: &Given<'_>,
    body: &Decline,
) -> Result<(), ServiceError> {
    let (_, own) = own_seat(change, given)?;
    let why = (body.reason.as_str(), body.comment.as_str());
    let now = micros(change.now);
    panels::answer_seat(change.conn, &own, SeatState::Declined, Some(why), now)?;
    store::snapshots::end_draft(change.conn, change.id, Some(given.actor.person))?;
    let facts = Why::coded(body.reason.as_str(), "").beside(no_facts());
    change.record(Command::LeavePanel, given.relation, &facts)?;
    change.notify_coordinators(NotificationKind::ReaderLeft, None)
}

/// Signs a reading; the last one reveals all.
pub(super) fn sign_reading(
    change: &mut Change<'_>,
    given: &Given<'_>,
    content: &OpinionContent,
) -> Result<(), ServiceError> {
    opining::complete(change, given.actor.person, content)?;
    let (panel, own) = own_seat(change, given)?;
    // What cannot be signed is told before anybody gives their password for it.
    presence::spend(change, given)?;
    let version = Version {
        id: change.next_opinion(),
        number: own.number,
        kind: OpinionKind::Reading,
        cycle: change.row.cycle,
        follows: None,
        reason: None,
    };
    signatures::sign(change, given.actor.person, &version, content)?;
    snapshots::keep(change, content, false)?;
    let kept = to_json(content)?;
    let now = micros(change.now);
    panels::insert_reading(
        change.conn,
        &ReadingRow {
            id: version.id.to_string(),
            panel_id: panel.id.clone(),
            seat: own.number,
            sha256: hex(&Sha256::digest(kept.as_bytes())),
            content: kept,
            signed_at: now,
        },
    )?;
    panels::answer_seat(change.conn, &own, SeatState::Signed, None, now)?;
    reading_drafts::forget(change.conn, &panel.id, given.actor.person)?;
    opining::count_work(change, given.actor.person, version.id, true)?;
    let (panel, seats) = present(change)?;
    let is_signed = |seat: &&SeatRow| seat.state == SeatState::Signed.as_str();
    let signed = i32::try_from(seats.iter().filter(is_signed).count()).unwrap_or(i32::MAX);
    let all = signed >= panel.readers;
    if all {
        reveal(change, &panel, &seats, None)?;
    }
    let facts = json!({ "seat": own.number, "revealed": all });
    change.record(Command::SignReading, given.relation, &facts)
}

/// Whether a person has signed a reading on this cycle's panel.
pub(super) fn has_read(change: &mut Change<'_>, person: PersonId) -> Result<bool, ServiceError> {
    if change.row.panel.is_none() {
        return Ok(false);
    }
    let seats = panels::who_sits(change.conn, change.id, change.row.cycle)?;
    Ok(seats.contains(&(person, SeatState::Signed)))
}

/// Reveals the readings that there are, without waiting for the others.
pub(super) fn close(
    change: &mut Change<'_>,
    given: &Given<'_>,
    body: &Reason,
) -> Result<(), ServiceError> {
    let (panel, seats) = present(change)?;
    let by = given.actor.person.to_string();
    reveal(change, &panel, &seats, Some((&by, &body.reason)))?;
    let facts = Why::in_words(&body.reason).beside(no_facts());
    change.record(Command::ClosePanel, given.relation, &facts)
}

/// Tells who reads a case that it has ended without an answer; its holder is told by who ends it.
pub(super) fn end(change: &mut Change<'_>) -> Result<(), ServiceError> {
    if change.row.panel.is_none() {
        return Ok(());
    }
    let (_, seats) = present(change)?;
    let holder = change.row.expert_id.clone();
    for seat in seats {
        if seat.state()?.sits() && Some(&seat.expert_id) != holder.as_ref() {
            change.notify(NotificationKind::CaseLeft, id(&seat.expert_id)?, None)?;
        }
    }
    Ok(())
}

fn reveal(
    change: &mut Change<'_>,
    panel: &PanelRow,
    seats: &[SeatRow],
    closed: Option<(&str, &str)>,
) -> Result<(), ServiceError> {
    if !panels::reveal(change.conn, &panel.id, closed, micros(change.now))? {
        return Err(ServiceError::Internal("a panel was revealed twice".into()));
    }
    change.row.panel = Some(PanelPhase::Revealed.as_str().to_owned());
    for seat in seats {
        let kind = match seat.state()? {
            SeatState::Accepted | SeatState::Signed => NotificationKind::PanelRevealed,
            // Who has not answered does not see the case any more.
            SeatState::Invited => NotificationKind::CaseLeft,
            SeatState::Declined | SeatState::Freed | SeatState::Replaced => continue,
        };
        change.notify(kind, id(&seat.expert_id)?, None)?;
    }
    change.notify_coordinators(NotificationKind::PanelRevealed, None)
}

/// The panel of this cycle with its seats.
pub(super) fn present(change: &mut Change<'_>) -> Result<(PanelRow, Vec<SeatRow>), ServiceError> {
    let panel = panels::of_cycle(change.conn, change.id, change.row.cycle)?
        .ok_or_else(|| ServiceError::Internal("a case without its panel".into()))?;
    let seats = panels::seats(change.conn, &[&panel.id])?;
    Ok((panel, seats))
}

/// The seat that the person has.
fn own_seat(
    change: &mut Change<'_>,
    given: &Given<'_>,
) -> Result<(PanelRow, SeatRow), ServiceError> {
    let (panel, seats) = present(change)?;
    let own = given.actor.person.to_string();
    for seat in seats {
        if seat.expert_id == own && seat.state()?.sits() {
            return Ok((panel, seat));
        }
    }
    Err(Refusal::NotYours.into())
}

fn seat(
    change: &mut Change<'_>,
    panel: &PanelRow,
    (number, expert): (i32, PersonId),
    state: SeatState,
    times: Times,
) -> Result<(), ServiceError> {
    let works_in = laboratories(change, expert)?;
    let now = micros(change.now);
    let row = SeatRow {
        panel_id: panel.id.clone(),
        number,
        case_id: change.row.id.clone(),
        expert_id: expert.to_string(),
        laboratory_id: works_in.first().map(ToString::to_string),
        state: state.as_str().to_owned(),
        invited_at: now,
        answered_at: (state != SeatState::Invited).then_some(now),
        reason: None,
        comment: None,
        answer_by: times.answer_by.map(micros),
        due_at: times.due.map(micros),
    };
    panels::insert_seat(change.conn, &row)?;
    if state == SeatState::Invited {
        let kind = NotificationKind::PanelInvitation;
        change.notify(kind, expert, times.answer_by)?;
    }
    match panel_time::promise_of(panel)? {
        Some(promise) => panel_time::schedule(change, &promise, &row),
        None => Ok(()),
    }
}

/// A panel reads blind only if nobody has told an answer yet.
fn nothing_released(change: &mut Change<'_>) -> Result<(), ServiceError> {
    let cycle = change.row.cycle;
    let versions = store::opinions::of_case(change.conn, change.id)?;
    if versions.iter().any(|version| version.cycle == cycle) {
        return Err(guarded(Command::Convene, Guard::NothingReleased));
    }
    Ok(())
}

fn guarded(command: Command, guard: Guard) -> ServiceError {
    Refusal::Guarded { command, guard }.into()
}

/// Refuses an expert against whom the rules of routing speak, those apart that are the coordinator's to judge.
fn eligible(
    change: &mut Change<'_>,
    command: Command,
    expert: PersonId,
    pointer: &str,
) -> Result<(), ServiceError> {
    let rules = routing::against_beside(change, expert)?
        .ok_or_else(|| ServiceError::field(pointer, FieldRule::UnknownCode))?;
    if rules.is_empty() {
        Ok(())
    } else {
        Err(routing::ineligible(command, rules))
    }
}

/// Refuses readers of whom two work in one laboratory, or one in the submitter's.
fn apart(
    change: &mut Change<'_>,
    command: Command,
    readers: &[PersonId],
) -> Result<(), ServiceError> {
    for (place, reader) in readers.iter().enumerate() {
        let others = readers.get(..place).unwrap_or_default();
        let taken = places(change, others)?;
        let works_in = laboratories(change, *reader)?;
        if works_in.iter().any(|one| taken.contains(one)) {
            return Err(guarded(command, Guard::LaboratoriesApart));
        }
    }
    Ok(())
}

/// Where nobody works who is to read beside these: the submitter's laboratory and theirs.
fn places(
    change: &mut Change<'_>,
    readers: &[PersonId],
) -> Result<Vec<LaboratoryId>, ServiceError> {
    let mut taken: Vec<LaboratoryId> = vec![id(&change.row.laboratory_id)?];
    for reader in readers {
        taken.extend(laboratories(change, *reader)?);
    }
    Ok(taken)
}

/// The laboratories that an expert works in, in whatever role.
fn laboratories(
    change: &mut Change<'_>,
    expert: PersonId,
) -> Result<Vec<LaboratoryId>, ServiceError> {
    let held = store::people::memberships(change.conn, expert)?;
    let mut works_in: Vec<LaboratoryId> = held.iter().filter_map(|one| one.laboratory).collect();
    works_in.sort_unstable();
    works_in.dedup();
    Ok(works_in)
}
