//! What somebody may read of a case's panels. Everything that shows a reading, or what its reader drew, asks here, and here the one
//! rule of blindness is asked: [`crate::domain::permissions::seat_sight`].

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::documents::{Named, TimestampDocument};
use super::error::ServiceError;
use super::positions::{PositionDocument, Said};
use super::signatures::{self, Asked};
use super::{Core, Exchange, panel_time, timestamps};
use crate::domain::cases::CaseState;
use crate::domain::ids::{CaseId, LaboratoryId, OpinionId, PersonId};
use crate::domain::opinions::OpinionContent;
use crate::domain::panels::time::SeatStep;
use crate::domain::panels::{PanelAgreement, PanelPhase, SeatState, agreement};
use crate::domain::people::Actor;
use crate::domain::permissions::{Relation, SeatSight, View, seat_sight, sees_agreement, view};
use crate::domain::statement::ReadingNamed;
use crate::domain::targets::Promise;
use crate::store::cases::CaseRow;
use crate::store::panels::{self, PanelRow, SeatRow};
use crate::store::seats::Step;
use crate::store::{self, Conn, StoreError, id, instant, json, name, optional_instant};

/// A panel as a person reads it.
#[derive(Debug, Clone, Serialize)]
pub struct PanelDocument {
    /// The clock cycle in which it was convened.
    pub cycle: i32,
    /// Where it stands.
    pub phase: PanelPhase,
    /// How many readings it waits for.
    pub readers: i32,
    /// Who convened it.
    pub convened_by: Named<PersonId>,
    /// When.
    pub convened_at: DateTime<Utc>,
    /// Why; for coordinators.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When the readings were revealed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revealed_at: Option<DateTime<Utc>>,
    /// Who did not wait for all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed_by: Option<Named<PersonId>>,
    /// And why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed_reason: Option<String>,
    /// What its readers are given; left out of a panel whose seats have no end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub promise: Option<Promise>,
    /// Its seats, the chair's first.
    pub seats: Vec<SeatDocument>,
    /// How far the readings agree, once that is revealed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agreement: Option<PanelAgreement>,
}

/// A seat.
#[derive(Debug, Clone, Serialize)]
pub struct SeatDocument {
    /// Its number, from 1.
    pub number: i32,
    /// Who has it, or had it.
    pub reader: Named<PersonId>,
    /// Where they work.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub laboratory: Option<Named<LaboratoryId>>,
    /// What became of it.
    pub state: SeatState,
    /// When it was offered.
    pub invited_at: DateTime<Utc>,
    /// When it came to that state, if it was answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answered_at: Option<DateTime<Utc>>,
    /// Until when its reader answers, while they have not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer_by: Option<DateTime<Utc>>,
    /// Until when its reader reads, while they have not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_at: Option<DateTime<Utc>>,
    /// When its reader was reminded last; for coordinators and the reader.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reminded_at: Option<DateTime<Utc>>,
    /// Why it was given or taken back, coded; for coordinators.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// And in words; for coordinators.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// What its reader signed; only for who may read it yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reading: Option<ReadingDocument>,
    /// What its reader said of the consensus and of later versions, the first one first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub positions: Vec<PositionDocument>,
    /// Whether their word on the version that stands is still to come.
    #[serde(skip_serializing_if = "is_false")]
    pub position_awaited: bool,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
fn is_false(one: &bool) -> bool {
    !one
}

/// A signed reading.
#[derive(Debug, Clone, Serialize)]
pub struct ReadingDocument {
    /// Identifier.
    pub id: String,
    /// The sections.
    pub content: OpinionContent,
    /// SHA-256 of the stored bytes of the content.
    pub sha256: String,
    /// SHA-256 of the signed form.
    pub signature_sha256: String,
    /// The time stamp of the signature; left out where nobody is asked for one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<TimestampDocument>,
    /// When it was signed.
    pub signed_at: DateTime<Utc>,
}

/// Where a panel of the case stands.
fn phase(panel: &PanelRow, row: &CaseRow) -> Result<PanelPhase, ServiceError> {
    let state: CaseState = name(&row.state)?;
    let signed = matches!(
        state,
        CaseState::Signed | CaseState::Acknowledged | CaseState::Closed
    );
    Ok(match panel.revealed_at {
        None => PanelPhase::Blind,
        // A case is reopened only from an answer.
        Some(_) if signed || panel.cycle < row.cycle => PanelPhase::Answered,
        Some(_) => PanelPhase::Revealed,
    })
}

/// The panels of a case as `actor` may read them, the first one first.
pub(super) fn of_case(
    conn: &mut Conn,
    core: &Core,
    row: &CaseRow,
    relations: &[Relation],
    actor: &Actor,
) -> Result<Vec<PanelDocument>, ServiceError> {
    // Most cases are read by one expert, once.
    if row.panel.is_none() && row.cycle <= 1 {
        return Ok(Vec::new());
    }
    let rows = panels::of_case(conn, id(&row.id)?)?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let keys: Vec<&str> = rows.iter().map(|panel| panel.id.as_str()).collect();
    let seats = panels::seats(conn, &keys)?;
    let readings = read(conn, core, &keys)?;
    let said = Said::of(conn, core, id(&row.id)?, &keys)?;
    let steps = store::seats::steps(conn, &keys)?;
    let names = Names::of(conn, &rows, &seats)?;
    let sight = Sight {
        relations,
        person: actor.person.to_string(),
        names,
        said,
        steps,
        cycle: row.cycle,
    };
    rows.iter()
        .map(|panel| sight.panel(panel, phase(panel, row)?, &seats, &readings))
        .collect()
}

/// A reading with the panel and the seat that it is of, before it is known who asks.
struct Read {
    panel: String,
    seat: i32,
    document: ReadingDocument,
}

/// The readings of these panels.
fn read(conn: &mut Conn, core: &Core, of: &[&str]) -> Result<Vec<Read>, ServiceError> {
    let rows = panels::readings(conn, of)?;
    let keys: Vec<&str> = rows.iter().map(|(row, _)| row.id.as_str()).collect();
    let mut stamps = timestamps::documents(conn, core, &keys)?;
    let each = rows.into_iter().map(|(row, signature_sha256)| {
        let timestamp = stamps.remove(&row.id);
        Ok(Read {
            document: ReadingDocument {
                content: json(&row.content)?,
                sha256: row.sha256,
                signature_sha256,
                timestamp,
                signed_at: instant(row.signed_at)?,
                id: row.id,
            },
            panel: row.panel_id,
            seat: row.seat,
        })
    });
    each.collect()
}

/// Names of those a panel names.
struct Names {
    people: HashMap<PersonId, String>,
    laboratories: HashMap<LaboratoryId, String>,
}

impl Names {
    fn of(conn: &mut Conn, panels: &[PanelRow], seats: &[SeatRow]) -> Result<Self, ServiceError> {
        let mut people: Vec<PersonId> = Vec::new();
        for panel in panels {
            people.push(id(&panel.convened_by)?);
            let closed: Option<PersonId> = panel.closed_by.as_deref().map(id).transpose()?;
            people.extend(closed);
        }
        let mut laboratories = HashMap::new();
        for seat in seats {
            people.push(id(&seat.expert_id)?);
            let Some(laboratory) = seat.laboratory_id.as_deref() else {
                continue;
            };
            let key: LaboratoryId = id(laboratory)?;
            if !laboratories.contains_key(&key)
                && let Some(found) = store::organisations::find_laboratory(conn, key)?
            {
                laboratories.insert(key, found.name);
            }
        }
        people.sort_unstable();
        people.dedup();
        Ok(Self {
            people: store::people::display_names(conn, &people)?,
            laboratories,
        })
    }

    fn person(&self, key: &str) -> Result<Named<PersonId>, ServiceError> {
        let key = id(key)?;
        Ok(Named {
            id: key,
            name: self.people.get(&key).cloned().unwrap_or_default(),
        })
    }
}

/// Who looks.
struct Sight<'r> {
    relations: &'r [Relation],
    person: String,
    names: Names,
    said: Said,
    /// What was done about the time of the seats.
    steps: Vec<Step>,
    /// The clock cycle of the case.
    cycle: i32,
}

impl Sight<'_> {
    fn panel(
        &self,
        panel: &PanelRow,
        phase: PanelPhase,
        seats: &[SeatRow],
        readings: &[Read],
    ) -> Result<PanelDocument, ServiceError> {
        let coordinates = self.relations.contains(&Relation::Coordinator);
        let own = readings.iter().filter(|one| one.panel == panel.id);
        let own: Vec<&Read> = own.collect();
        let said = own.iter().map(|one| one.document.content.clone());
        let said: Vec<OpinionContent> = said.collect();
        let closed_by = panel.closed_by.as_deref();
        Ok(PanelDocument {
            cycle: panel.cycle,
            phase,
            readers: panel.readers,
            convened_by: self.names.person(&panel.convened_by)?,
            convened_at: instant(panel.convened_at)?,
            reason: Some(panel.reason.clone()).filter(|_| coordinates),
            revealed_at: optional_instant(panel.revealed_at)?,
            closed_by: closed_by.map(|by| self.names.person(by)).transpose()?,
            closed_reason: panel.closed_reason.clone(),
            promise: panel_time::promise_of(panel)?,
            seats: seats
                .iter()
                .filter(|seat| seat.panel_id == panel.id)
                .map(|seat| self.seat(seat, panel.cycle, phase, &own))
                .collect::<Result<_, _>>()?,
            agreement: sees_agreement(self.relations, phase).then(|| agreement(&said)),
        })
    }

    /// When the reader of a seat was reminded last.
    fn reminded(&self, seat: &SeatRow) -> Option<i64> {
        let reminders = [SeatStep::RemindedToAnswer, SeatStep::RemindedToRead];
        let of_seat = self.steps.iter().filter(|step| {
            step.panel == seat.panel_id
                && step.seat == seat.number
                && reminders.contains(&step.step)
        });
        of_seat.map(|step| step.at).max()
    }

    fn seat(
        &self,
        seat: &SeatRow,
        cycle: i32,
        phase: PanelPhase,
        readings: &[&Read],
    ) -> Result<SeatDocument, ServiceError> {
        let coordinates = self.relations.contains(&Relation::Coordinator);
        let own = seat.expert_id == self.person;
        let reads = seat_sight(self.relations, own, phase) == SeatSight::Reading;
        let reading = readings.iter().find(|one| one.seat == seat.number);
        let (state, blind) = (seat.state()?, phase == PanelPhase::Blind);
        let waits = |states: &[SeatState]| blind && states.contains(&state);
        let laboratory: Option<LaboratoryId> = seat.laboratory_id.as_deref().map(id).transpose()?;
        Ok(SeatDocument {
            number: seat.number,
            reader: self.names.person(&seat.expert_id)?,
            laboratory: laboratory.map(|key| Named {
                id: key,
                name: self
                    .names
                    .laboratories
                    .get(&key)
                    .cloned()
                    .unwrap_or_default(),
            }),
            state,
            answer_by: optional_instant(seat.answer_by)?.filter(|_| waits(&[SeatState::Invited])),
            due_at: optional_instant(seat.due_at)?
                .filter(|_| waits(&[SeatState::Invited, SeatState::Accepted])),
            reminded_at: self
                .reminded(seat)
                .filter(|_| coordinates || own)
                .map(instant)
                .transpose()?,
            invited_at: instant(seat.invited_at)?,
            answered_at: optional_instant(seat.answered_at)?,
            reason: seat.reason.clone().filter(|_| coordinates),
            comment: seat
                .comment
                .clone()
                .filter(|comment| coordinates && !comment.is_empty()),
            reading: reading.filter(|_| reads).map(|one| one.document.clone()),
            // Before the consensus is signed there is nothing to say anything of.
            positions: match phase {
                PanelPhase::Answered => {
                    self.said.by(seat, view(self.relations) == Some(View::Full))
                }
                _ => Vec::new(),
            },
            position_awaited: phase == PanelPhase::Answered
                && cycle == self.cycle
                && self.said.is_awaited(seat, cycle)?,
        })
    }
}

/// The readings of this cycle's panel as the consensus over them names them. Nobody signs one before they are revealed.
pub(super) fn named(conn: &mut Conn, row: &CaseRow) -> Result<Vec<ReadingNamed>, ServiceError> {
    if row.panel.is_none() {
        return Ok(Vec::new());
    }
    let Some(panel) = panels::of_cycle(conn, id(&row.id)?, row.cycle)? else {
        return Ok(Vec::new());
    };
    let seats = panels::seats(conn, &[&panel.id])?;
    let names = Names::of(conn, std::slice::from_ref(&panel), &seats)?;
    let readings = panels::readings(conn, &[&panel.id])?;
    let named = readings.into_iter().map(|(reading, sha256)| {
        let seat = seats.iter().find(|seat| seat.number == reading.seat);
        let seat = seat.ok_or(StoreError::Corrupt("reading"))?;
        let reader = names.person(&seat.expert_id)?;
        let content: OpinionContent = json(&reading.content)?;
        Ok(ReadingNamed {
            id: id(&reading.id)?,
            seat: u32::try_from(reading.seat).map_err(|_| StoreError::Corrupt("number"))?,
            reader: reader.id,
            name: reader.name,
            sha256,
            conclusion: content.conclusion,
            concordance: content.concordance,
        })
    });
    named.collect()
}

/// Whose drawings on the case's slides `actor` does not see: what somebody draws while they sit on a panel is part of their reading.
pub(super) fn unseen_authors(
    conn: &mut Conn,
    row: &CaseRow,
    relations: &[Relation],
    actor: &Actor,
) -> Result<Vec<String>, ServiceError> {
    if row.panel.is_none() {
        return Ok(Vec::new());
    }
    let Some(panel) = panels::of_cycle(conn, id(&row.id)?, row.cycle)? else {
        return Ok(Vec::new());
    };
    let (phase, person) = (phase(&panel, row)?, actor.person.to_string());
    let seats = panels::seats(conn, &[&panel.id])?;
    let unseen = |seat: &SeatRow| {
        let own = seat.expert_id == person;
        seat_sight(relations, own, phase) == SeatSight::Standing
    };
    Ok(seats
        .into_iter()
        .filter(unseen)
        .map(|seat| seat.expert_id)
        .collect())
}

/// The signed form of a reading, byte for byte as it was signed, with its time stamp beside where it has one. That it was read is on
/// record.
///
/// # Errors
/// [`ServiceError::NotFound`] for who may not read it, or not yet.
pub async fn signed_form(
    ex: &Exchange,
    actor: &Actor,
    case: CaseId,
    reading: OpinionId,
    request_id: &str,
) -> Result<String, ServiceError> {
    signatures::hand_out(ex, actor, case, reading, request_id, may_read).await
}

/// Whether a reading is the case's, and read by who asks.
fn may_read(conn: &mut Conn, asked: &Asked<'_>) -> Result<bool, ServiceError> {
    let found = panels::seat_of_reading(conn, id(&asked.row.id)?, asked.signed)?;
    let Some((panel, seat)) = found else {
        return Ok(false);
    };
    let own = seat.expert_id == asked.person.to_string();
    let sight = seat_sight(asked.relations, own, phase(&panel, asked.row)?);
    Ok(sight == SeatSight::Reading)
}
