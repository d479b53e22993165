//! What the other readers of a panel say of the consensus: each signs it too, or signs that they dissent, and why. The opinion does
//! not wait for them; what is still to come is shown as such.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::json;

use super::change::Change;
use super::commands::Given;
use super::documents::TimestampDocument;
use super::error::ServiceError;
use super::signatures::{self, Version};
use super::{Core, Exchange, presence, timestamps};
use crate::domain::commands::Reason;
use crate::domain::ids::{CaseId, OpinionId, PersonId};
use crate::domain::notifications::NotificationKind;
use crate::domain::opinions::{OpinionContent, OpinionKind};
use crate::domain::panels::{SeatState, Stance};
use crate::domain::people::Actor;
use crate::domain::text_enum::TextEnum;
use crate::domain::transitions::{Command, Guard, Refusal};
use crate::store::cases::CaseRow;
use crate::store::opinions::{self, OpinionRow};
use crate::store::panels::{self, SeatRow};
use crate::store::positions::{self, PositionRow};
use crate::store::{Conn, StoreError, id, instant, micros};

/// Signs the consensus that stands, beside who signed it.
pub(super) fn cosign(change: &mut Change<'_>, given: &Given<'_>) -> Result<(), ServiceError> {
    state(change, given, Stance::Cosigned, None)
}

/// Signs that the reader dissents from the consensus that stands, and why.
pub(super) fn dissent(
    change: &mut Change<'_>,
    given: &Given<'_>,
    body: &Reason,
) -> Result<(), ServiceError> {
    state(change, given, Stance::Dissented, Some(&body.reason))?;
    // Whoever treats on the opinion, answers for it or coordinates learns that it is not everybody's.
    change.notify_submitter(NotificationKind::Dissent)?;
    change.notify_expert(NotificationKind::Dissent)?;
    change.notify_coordinators(NotificationKind::Dissent, None)
}

fn state(
    change: &mut Change<'_>,
    given: &Given<'_>,
    stance: Stance,
    reason: Option<&str>,
) -> Result<(), ServiceError> {
    let (command, kind) = match stance {
        Stance::Cosigned => (Command::Cosign, OpinionKind::Cosignature),
        Stance::Dissented => (Command::Dissent, OpinionKind::Dissent),
    };
    let person = given.actor.person;
    let owed = owed(change.conn, &change.row, person)?;
    let (seat, standing) = owed.ok_or(Refusal::Guarded {
        command,
        guard: Guard::PositionOwed,
    })?;
    // What cannot be signed is told before anybody gives their password for it.
    presence::spend(change, given)?;
    let version = Version {
        id: OpinionId::new(change.core.ids.as_ref()),
        number: seat.number,
        kind,
        cycle: change.row.cycle,
        follows: Some(id(&standing.id)?),
        reason,
    };
    signatures::sign(change, person, &version, &OpinionContent::default())?;
    let facts = json!({ "seat": seat.number, "opinion": standing.id });
    positions::insert(
        change.conn,
        &PositionRow {
            id: version.id.to_string(),
            panel_id: seat.panel_id,
            seat: seat.number,
            opinion_id: standing.id,
            stance: stance.as_str().to_owned(),
            reason: reason.map(ToOwned::to_owned),
            signed_at: micros(change.now),
        },
    )?;
    change.record(command, given.relation, &facts)
}

/// Asks the other readers of this cycle's panel what they say of the version that was just signed.
pub(super) fn ask(change: &mut Change<'_>) -> Result<(), ServiceError> {
    let Some(panel) = of_this_cycle(change.conn, &change.row)? else {
        return Ok(());
    };
    let standing = standing(change.conn, change.id, change.row.cycle)?;
    for seat in panels::seats(change.conn, &[&panel])? {
        if is_awaited(&seat, standing.as_ref(), &[])? {
            let reader = id(&seat.expert_id)?;
            change.notify(NotificationKind::PositionAsked, reader, None)?;
        }
    }
    Ok(())
}

/// The seat of a person whose word on the version that stands is awaited, and that version.
pub(super) fn owed(
    conn: &mut Conn,
    row: &CaseRow,
    person: PersonId,
) -> Result<Option<(SeatRow, OpinionRow)>, ServiceError> {
    let Some(panel) = of_this_cycle(conn, row)? else {
        return Ok(None);
    };
    let Some(standing) = standing(conn, id(&row.id)?, row.cycle)? else {
        return Ok(None);
    };
    let said = positions::of_panels(conn, &[&panel])?;
    let said: Vec<PositionRow> = said.into_iter().map(|(position, _)| position).collect();
    let own = person.to_string();
    for seat in panels::seats(conn, &[&panel])? {
        if seat.expert_id == own && is_awaited(&seat, Some(&standing), &said)? {
            return Ok(Some((seat, standing)));
        }
    }
    Ok(None)
}

fn of_this_cycle(conn: &mut Conn, row: &CaseRow) -> Result<Option<String>, ServiceError> {
    if row.panel.is_none() {
        return Ok(None);
    }
    let panel = panels::of_cycle(conn, id(&row.id)?, row.cycle)?;
    Ok(panel.map(|panel| panel.id))
}

/// The newest signed version of a cycle: what a reader agrees with or not.
fn standing(conn: &mut Conn, case: CaseId, cycle: i32) -> Result<Option<OpinionRow>, ServiceError> {
    let mut versions = opinions::of_case(conn, case)?.into_iter();
    let preliminary = OpinionKind::Preliminary.as_str();
    let signed = |one: &OpinionRow| one.cycle == cycle && one.kind != preliminary;
    Ok(versions.rfind(signed))
}

/// Whether the word of who has that seat is awaited: of everybody who signed a reading, but for who signed the version itself.
fn is_awaited(
    seat: &SeatRow,
    standing: Option<&OpinionRow>,
    said: &[PositionRow],
) -> Result<bool, StoreError> {
    let Some(standing) = standing.filter(|one| one.signer_id != seat.expert_id) else {
        return Ok(false);
    };
    let has_said = said.iter().any(|one| {
        (&one.panel_id, one.seat, &one.opinion_id) == (&seat.panel_id, seat.number, &standing.id)
    });
    Ok(seat.state()? == SeatState::Signed && !has_said)
}

/// What a reader said of a version.
#[derive(Debug, Clone, Serialize)]
pub struct PositionDocument {
    /// Identifier.
    pub id: String,
    /// Whether they sign it too, or dissent.
    pub stance: Stance,
    /// The version.
    pub opinion: String,
    /// Its number.
    pub version: i32,
    /// Why they dissent; for who may read the opinion.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// SHA-256 of the signed form.
    pub signature_sha256: String,
    /// The time stamp of the signature; left out where the exchange has no authority for them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<TimestampDocument>,
    /// When it was signed.
    pub signed_at: DateTime<Utc>,
}

/// What was said of the opinions of a case's panels, and of whom it is awaited.
pub(super) struct Said {
    documents: Vec<(String, i32, PositionDocument)>,
    rows: Vec<PositionRow>,
    versions: Vec<OpinionRow>,
}

impl Said {
    /// Of these panels.
    pub(super) fn of(
        conn: &mut Conn,
        core: &Core,
        case: CaseId,
        panels: &[&str],
    ) -> Result<Self, ServiceError> {
        let found = positions::of_panels(conn, panels)?;
        let versions = opinions::of_case(conn, case)?;
        let keys: Vec<&str> = found.iter().map(|(row, _)| row.id.as_str()).collect();
        let mut stamps = timestamps::documents(conn, core, &keys)?;
        let each = found.iter().map(|(row, signature_sha256)| {
            let version = versions.iter().find(|one| one.id == row.opinion_id);
            let document = PositionDocument {
                id: row.id.clone(),
                stance: row.stance()?,
                opinion: row.opinion_id.clone(),
                version: version.ok_or(StoreError::Corrupt("position"))?.version,
                reason: row.reason.clone(),
                signature_sha256: signature_sha256.clone(),
                timestamp: stamps.remove(&row.id),
                signed_at: instant(row.signed_at)?,
            };
            Ok((row.panel_id.clone(), row.seat, document))
        });
        Ok(Self {
            documents: each.collect::<Result<_, StoreError>>()?,
            rows: found.into_iter().map(|(row, _)| row).collect(),
            versions,
        })
    }

    /// By who has that seat; why they dissent, for who `reads` the opinion.
    pub(super) fn by(&self, seat: &SeatRow, reads: bool) -> Vec<PositionDocument> {
        let own = self
            .documents
            .iter()
            .filter(|(panel, number, _)| (panel, *number) == (&seat.panel_id, seat.number));
        own.map(|(.., document)| PositionDocument {
            reason: document.reason.clone().filter(|_| reads),
            ..document.clone()
        })
        .collect()
    }

    /// Whether the word of who has that seat, on the panel of that cycle, is awaited.
    pub(super) fn is_awaited(&self, seat: &SeatRow, cycle: i32) -> Result<bool, StoreError> {
        let preliminary = OpinionKind::Preliminary.as_str();
        let mut signed = self.versions.iter();
        let standing = signed.rfind(|one| one.cycle == cycle && one.kind != preliminary);
        is_awaited(seat, standing, &self.rows)
    }
}

/// What the readers have said of a version, as it is handed out: identifier, seat and signed form, by seat.
pub(super) fn on(
    conn: &mut Conn,
    opinion: OpinionId,
) -> Result<Vec<(OpinionId, u32, String)>, ServiceError> {
    let mut forms = Vec::new();
    for (position, seat) in positions::of_opinion(conn, opinion)? {
        let form = signatures::form(conn, position)?.ok_or(StoreError::Corrupt("position"))?;
        let seat = u32::try_from(seat).map_err(|_| StoreError::Corrupt("number"))?;
        forms.push((position, seat, form));
    }
    Ok(forms)
}

/// The signed form of a position, byte for byte as it was signed, with its time stamp beside where it has one. That it was read is on
/// record.
///
/// # Errors
/// [`ServiceError::NotFound`] for who may not read the opinion.
pub async fn signed_form(
    ex: &Exchange,
    actor: &Actor,
    case: CaseId,
    position: OpinionId,
    request_id: &str,
) -> Result<String, ServiceError> {
    signatures::hand_out(ex, actor, case, position, request_id, move |conn, asked| {
        Ok(positions::is_of_case(conn, case, asked.signed)?)
    })
    .await
}
