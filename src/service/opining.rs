//! The opinion: kept as typed, released, signed, and never changed after.

use serde_json::json;
use sha2::{Digest, Sha256};

use super::answered;
use super::change::Change;
use super::choice;
use super::commands::{Given, no_facts};
use super::error::ServiceError;
use super::signatures::{self, Version};
use super::{panels, positions, presence, snapshots};
use crate::domain::cases::CaseState;
use crate::domain::commands::Revised;
use crate::domain::hexadecimal::hex;
use crate::domain::ids::{CaseId, OpinionId, PersonId};
use crate::domain::notifications::NotificationKind;
use crate::domain::opinions::{OpinionContent, OpinionKind};
use crate::domain::problems::FieldProblem;
use crate::domain::text_enum::TextEnum;
use crate::domain::transitions::{Command, Refusal};
use crate::store::assignments::{self, AssignmentState};
use crate::store::opinions::{self, OpinionRow};
use crate::store::{self, Conn, micros, to_json};

/// Keeps an opinion as typed.
pub(super) fn save_draft(
    change: &mut Change<'_>,
    given: &Given<'_>,
    content: &OpinionContent,
) -> Result<(), ServiceError> {
    let mut problems = content.draft_problems();
    problems.extend(foreign_slides(change.conn, change.id, content)?);
    let person = given.actor.person;
    problems.extend(snapshots::problems(change, person, content, false)?);
    if !problems.is_empty() {
        return Err(ServiceError::Invalid(problems));
    }
    opinions::set_draft(
        change.conn,
        change.id,
        given.actor.person,
        Some(&to_json(content)?),
        micros(change.now),
    )?;
    change.record(Command::SaveOpinion, given.relation, &no_facts())
}

/// Lets the submitter read the opinion before it is signed.
pub(super) fn release_preliminary(
    change: &mut Change<'_>,
    given: &Given<'_>,
    content: &OpinionContent,
) -> Result<(), ServiceError> {
    let opinion = add_version(change, given, OpinionKind::Preliminary, content, None)?;
    snapshots::keep(change, content, true)?;
    opinions::set_draft(
        change.conn,
        change.id,
        given.actor.person,
        Some(&to_json(content)?),
        micros(change.now),
    )?;
    change.record(
        Command::ReleasePreliminary,
        given.relation,
        &json!({ "opinion": opinion }),
    )?;
    change.notify_submitter(NotificationKind::PreliminaryReady)
}

/// Signs the opinion; the clock stops.
pub(super) fn sign(
    change: &mut Change<'_>,
    given: &Given<'_>,
    content: &OpinionContent,
) -> Result<(), ServiceError> {
    let opinion = add_version(change, given, OpinionKind::Opinion, content, None)?;
    let read = panels::has_read(change, given.actor.person)?;
    count_work(change, given.actor.person, opinion, !read)?;
    let now = micros(change.now);
    opinions::set_draft(change.conn, change.id, given.actor.person, None, now)?;
    // With the answer the case's readers have nothing to write any more.
    snapshots::keep(change, content, false)?;
    store::snapshots::end_draft(change.conn, change.id, None)?;
    assignments::end_live(
        change.conn,
        change.id,
        AssignmentState::Completed,
        None,
        now,
    )?;
    let by = given.actor.person.to_string();
    store::requests::close_all(change.conn, change.id, None, "", Some(&by), now)?;
    change.row.signed_at = Some(now);
    change.row.withdrawal_requested = false;
    change.row.acknowledgement = None;
    change.row.contested_reason = None;
    let facts = json!({ "opinion": opinion, "concordance": content.concordance });
    change.record(Command::Sign, given.relation, &facts)?;
    answered::keep(change)?;
    positions::ask(change)?;
    change.notify_submitter(NotificationKind::OpinionReady)
}

/// Counts what an opinion or a reading took, in the shares of the pool's experts; with the case's slides, unless they were read for
/// something that is counted already. What is added to a signed opinion later is not counted: it mends or completes what was.
pub(super) fn count_work(
    change: &mut Change<'_>,
    expert: PersonId,
    signed: OpinionId,
    with_slides: bool,
) -> Result<(), ServiceError> {
    let stains = if with_slides {
        store::slides::stains_of(change.conn, change.id)?
    } else {
        Vec::new()
    };
    let profile = store::people::find_profile(change.conn, expert)?;
    let field = profile.map(|profile| profile.primary_subspecialty);
    let own_field = field.is_some() && field == change.row.subspecialty;
    let units = choice::of(change)?.units;
    let field = change.row.subspecialty.as_deref().unwrap_or_default();
    let minutes = units.minutes(stains.iter().map(String::as_str), field, own_field);
    Ok(store::work::insert(
        change.conn,
        signed,
        expert,
        change.now,
        minutes,
    )?)
}

/// Adds an addendum, a correction or an amendment to what the person signed last, whoever has the case now: a new signed version
/// that names the newest one before it, and belongs to the clock cycle of the opinion that it adds to or mends.
pub(super) fn revise(
    change: &mut Change<'_>,
    given: &Given<'_>,
    command: Command,
    body: &Revised,
) -> Result<(), ServiceError> {
    let kind = match command {
        Command::Correct => OpinionKind::Correction,
        Command::Amend => OpinionKind::Amendment,
        _ => OpinionKind::Addendum,
    };
    let person = given.actor.person;
    let cycle = opinions::last_signed_cycle(change.conn, change.id, person)?;
    let mended = Mended {
        cycle: cycle.ok_or(Refusal::NotYours)?,
        reason: &body.reason,
    };
    let opinion = add_version(change, given, kind, &body.opinion, Some(&mended))?;
    snapshots::keep(change, &body.opinion, false)?;
    change.row.acknowledgement = None;
    change.record(command, given.relation, &json!({ "opinion": opinion }))?;
    if mended.cycle == change.row.cycle {
        positions::ask(change)?;
    }
    // Only an answered case is acknowledged.
    let told = match change.state()? {
        CaseState::Signed => NotificationKind::OpinionChanged,
        _ => NotificationKind::EarlierOpinionChanged,
    };
    change.notify_submitter(told)?;
    match change.expert()?.filter(|expert| *expert != person) {
        Some(expert) => change.notify(NotificationKind::EarlierOpinionChanged, expert, None),
        None => Ok(()),
    }
}

/// What a further version adds to or mends.
struct Mended<'a> {
    /// The clock cycle that the opinion answered.
    cycle: i32,
    /// Why there is another version.
    reason: &'a str,
}

/// Slides that the opinion names and the case does not have.
pub(super) fn foreign_slides(
    conn: &mut Conn,
    case: CaseId,
    content: &OpinionContent,
) -> Result<Vec<FieldProblem>, ServiceError> {
    if content.slides_consulted.is_empty() {
        return Ok(Vec::new());
    }
    let slides = store::slides::of_case(conn, case)?;
    let slides: Vec<_> = slides.into_iter().map(|slide| slide.id).collect();
    Ok(content.foreign_slides(&slides))
}

/// Refuses what cannot be signed, field by field.
pub(super) fn complete(
    change: &mut Change<'_>,
    person: PersonId,
    content: &OpinionContent,
) -> Result<(), ServiceError> {
    let prefixed = |problem: FieldProblem| {
        FieldProblem::new(format!("/opinion{}", problem.pointer), problem.rule)
    };
    let status = change.facts()?.initial_status;
    let mut problems = content.signing_problems(status);
    problems.extend(foreign_slides(change.conn, change.id, content)?);
    problems.extend(snapshots::problems(change, person, content, true)?);
    problems.extend(change.core.codes.problems(content));
    let templates = &change.core.templates;
    problems.extend(
        content
            .synoptic
            .iter()
            .flat_map(|one| templates.problems(one)),
    );
    problems.extend(content.contradiction(change.content.initial_diagnosis.as_ref()));
    if problems.is_empty() {
        return Ok(());
    }
    Err(ServiceError::Invalid(
        problems.into_iter().map(prefixed).collect(),
    ))
}

fn add_version(
    change: &mut Change<'_>,
    given: &Given<'_>,
    kind: OpinionKind,
    content: &OpinionContent,
    mended: Option<&Mended<'_>>,
) -> Result<OpinionId, ServiceError> {
    complete(change, given.actor.person, content)?;
    // What cannot be signed is told before anybody gives their password for it.
    if kind != OpinionKind::Preliminary {
        presence::spend(change, given)?;
    }
    let earlier = opinions::of_case(change.conn, change.id)?;
    let follows = earlier
        .iter()
        .rev()
        .find(|version| version.kind != OpinionKind::Preliminary.as_str());
    let key = change.next_opinion();
    let follows = follows
        .filter(|_| kind != OpinionKind::Preliminary)
        .map(|version| store::id(&version.id))
        .transpose()?;
    let number = i32::try_from(earlier.len() + 1).unwrap_or(i32::MAX);
    let (cycle, reason) = match mended {
        Some(mended) => (mended.cycle, Some(mended.reason)),
        None => (change.row.cycle, None),
    };
    let kept = to_json(content)?;
    opinions::insert(
        change.conn,
        &OpinionRow {
            id: key.to_string(),
            case_id: change.row.id.clone(),
            version: number,
            kind: kind.as_str().to_owned(),
            cycle,
            sha256: hex(&Sha256::digest(kept.as_bytes())),
            content: kept,
            follows_id: follows.map(|id: OpinionId| id.to_string()),
            reason: reason.map(ToOwned::to_owned),
            signer_id: given.actor.person.to_string(),
            signed_at: micros(change.now),
        },
    )?;
    // A preliminary opinion may still change: nobody signs it.
    if kind != OpinionKind::Preliminary {
        let version = Version {
            id: key,
            number,
            kind,
            cycle,
            follows,
            reason,
        };
        signatures::sign(change, given.actor.person, &version, content)?;
    }
    Ok(key)
}
