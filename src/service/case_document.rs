//! A case as one document: what the asker may see of it.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};

use super::access::relations_to;
use super::documents::*;
use super::error::ServiceError;
use super::{
    Core, Exchange, calendars, clock, links, panel_documents, positions, snapshots, targets,
    timestamps,
};
use crate::domain::cases::{CaseContent, CaseFacts, CaseState};
use crate::domain::ids::{CaseId, PersonId};
use crate::domain::opinions::OpinionKind;
use crate::domain::people::Actor;
use crate::domain::permissions::{Relation, View, view};
use crate::domain::statement::SlideRead;
use crate::domain::text_enum::TextEnum;
use crate::domain::transitions::{Command, available};
use crate::domain::turnaround::Turnaround;
use crate::signing::jades::Jades;
use crate::store::assignments::AssignmentRow;
use crate::store::cases::CaseRow;
use crate::store::instructions::InstructionRow;
use crate::store::opinions::OpinionRow;
use crate::store::organisations::Network;
use crate::store::slides::{LinkedSlide, SpecimenTree};
use crate::store::{self, Conn, StoreError, id, instant, json, name, optional_instant};

/// The case, what the person is to it, and the version it is at.
pub(super) async fn document(
    ex: &Exchange,
    actor: &Actor,
    case: CaseId,
) -> Result<(i64, CaseDocument, Relation), ServiceError> {
    let (core, actor) = (ex.core.clone(), actor.clone());
    ex.store
        .read(move |conn| make(conn, &core, &actor, case))
        .await
}

fn make(
    conn: &mut Conn,
    core: &Core,
    actor: &Actor,
    case: CaseId,
) -> Result<(i64, CaseDocument, Relation), ServiceError> {
    let row = store::cases::find(conn, case)?.ok_or(ServiceError::NotFound)?;
    let content: CaseContent = json(&row.content)?;
    let facts = row.facts(content.pre_authorisations.clone())?;
    let relations = relations_to(conn, actor, &row)?;
    let view = view(&relations)
        .filter(|view| *view != View::Trace)
        .ok_or(ServiceError::NotFound)?;
    let relation = relations.first().copied().ok_or(ServiceError::NotFound)?;
    let now = core.clock.now();
    let full = view == View::Full;
    let coordinates = relations.contains(&Relation::Coordinator);
    let assigned = store::assignments::of_case(conn, case)?;
    let signed = store::opinions::of_case(conn, case)?;
    let instructed = if coordinates {
        store::instructions::of_cases(conn, &[case])?
    } else {
        Vec::new()
    };
    let names = names(conn, &row, &assigned, &signed, &instructed)?;
    let directory = core.directory.now(conn)?;
    let laboratory = directory.laboratory(conn, facts.laboratory)?;
    let network = directory.network(conn, facts.network)?;
    let tree = store::slides::tree_of_case(conn, case)?;
    let patient = store::cases::find_patient(conn, case)?.filter(|_| full);
    let patient = patient
        .map(|sealed| core.sealing.open_patient(case, &sealed))
        .transpose()?;
    let draft = store::opinions::find_draft(conn, case, actor.person)?
        .filter(|_| relations.contains(&Relation::Holder));
    let warnings = if content.diaginter_number.is_none()
        && core.reference.territory(&row.territory)?.has_ins()
    {
        vec!["diaginter_number_missing"]
    } else {
        vec![]
    };
    let named = |person: PersonId| Named {
        id: person,
        name: names.get(&person).cloned().unwrap_or_default(),
    };
    let mut document = CaseDocument {
        id: case,
        version: row.version,
        view,
        commands: commands(conn, &row, &facts, &relations, actor, now)?,
        warnings,
        laboratory: Named {
            id: laboratory.id,
            name: laboratory.name.clone(),
        },
        submitter: named(id(&row.submitter_id)?),
        expert: facts.expert.map(named),
        offer_expires_at: facts.offer_expires_at,
        clinical_context: full.then_some(content.clinical_context),
        macroscopy: full.then_some(content.macroscopy),
        initial_diagnosis: content.initial_diagnosis,
        work_done: content.work_done,
        pre_authorisations: content.pre_authorisations,
        languages: content.languages,
        urgency_reason: content.urgency_reason,
        patient,
        patient_information: content.patient_information.filter(|_| full),
        diaginter_number: content.diaginter_number.filter(|_| full),
        follows_named_by: match (&row.follows, &content.follows) {
            (Some(_), _) => Some(Relation::Coordinator),
            (None, Some(_)) => Some(Relation::Submitter),
            (None, None) => None,
        },
        follows: row.follows.clone().or(content.follows),
        specimens: specimens(tree, full)?,
        panels: panel_documents::of_case(conn, core, &row, &relations, actor)?,
        assignments: assignments(assigned, coordinates, &named)?,
        instructions: instructions(instructed, &named)?,
        requests: requests(conn, case, full)?,
        pauses: facts.pauses,
        opinions: if full {
            opinions(conn, core, case, signed, &named)?
        } else {
            Vec::new()
        },
        snapshots: Vec::new(),
        opinion_draft: draft.as_deref().map(json).transpose()?,
        turnaround: turnaround(conn, core, &row, &network, now)?,
        outcome: row
            .outcome
            .as_deref()
            .filter(|_| full)
            .map(json)
            .transpose()?,
        contested_reason: row.contested_reason.filter(|_| full),
        unrouted: row.unrouted.as_deref().map(json).transpose()?,
        network: Named {
            id: network.id,
            name: network.name.clone(),
        },
        created_at: instant(row.created_at)?,
        updated_at: instant(row.updated_at)?,
        reference: row.reference,
        state: row.state,
        waiting_for: row.waiting_for,
        territory: row.territory,
        urgency: row.urgency,
        subspecialty: row.subspecialty,
        question: row.question,
        withdrawal_requested: row.withdrawal_requested,
        acknowledgement: row.acknowledgement,
    };
    document.snapshots = snapshots::shown_in(conn, &document)?;
    Ok((document.version, document, relation))
}

type Names = std::collections::HashMap<PersonId, String>;

/// The names of everybody the document names.
fn names(
    conn: &mut Conn,
    row: &CaseRow,
    assigned: &[AssignmentRow],
    signed: &[OpinionRow],
    instructed: &[InstructionRow],
) -> Result<Names, ServiceError> {
    let mut people: Vec<PersonId> = vec![id(&row.submitter_id)?];
    people.extend(row.expert_id.as_deref().map(id::<PersonId>).transpose()?);
    for assignment in assigned {
        people.push(id(&assignment.expert_id)?);
    }
    for opinion in signed {
        people.push(id(&opinion.signer_id)?);
    }
    for instruction in instructed {
        people.push(id(&instruction.expert_id)?);
        people.push(id(&instruction.given_by)?);
    }
    people.sort_unstable();
    people.dedup();
    Ok(store::people::display_names(conn, &people)?)
}

fn specimens(tree: SpecimenTree, full: bool) -> Result<Vec<SpecimenDocument>, ServiceError> {
    let slide = |slide: LinkedSlide| -> Result<SlideDocument, ServiceError> {
        Ok(SlideDocument {
            id: slide.id,
            checked_at: links::checked_at(&slide)?,
            label: slide.content.label,
            stain: slide.content.stain,
            source: full.then_some(slide.content.source),
            location: full.then_some(slide.content.location),
            unreadable_because: slide.content.unreadable_because,
            failure: slide.failure,
            facts: slide.facts,
        })
    };
    tree.into_iter()
        .map(|(specimen, blocks)| {
            let blocks = blocks
                .into_iter()
                .map(|(block, slides)| {
                    Ok(BlockDocument {
                        label: block.label,
                        slides: slides.into_iter().map(slide).collect::<Result<_, _>>()?,
                    })
                })
                .collect::<Result<_, ServiceError>>()?;
            Ok(SpecimenDocument {
                label: specimen.label,
                site: specimen.site,
                procedure: specimen.procedure,
                blocks,
            })
        })
        .collect()
}

fn assignments(
    assigned: Vec<AssignmentRow>,
    coordinates: bool,
    named: &impl Fn(PersonId) -> Named<PersonId>,
) -> Result<Vec<AssignmentDocument>, ServiceError> {
    assigned
        .into_iter()
        .map(|row| {
            Ok(AssignmentDocument {
                expert: named(id(&row.expert_id)?),
                state: row.state,
                offered_at: instant(row.offered_at)?,
                expires_at: instant(row.expires_at)?,
                expected_answer_at: optional_instant(row.expected_answer_at)?,
                reason: row.reason.filter(|_| coordinates),
                explanation: if coordinates {
                    Some(json(&row.explanation)?)
                } else {
                    None
                },
                id: row.id,
            })
        })
        .collect()
}

fn instructions(
    instructed: Vec<InstructionRow>,
    named: &impl Fn(PersonId) -> Named<PersonId>,
) -> Result<Vec<InstructionDocument>, ServiceError> {
    instructed
        .into_iter()
        .map(|row| {
            Ok(InstructionDocument {
                expert: named(id(&row.expert_id)?),
                kind: name(&row.kind)?,
                given_by: named(id(&row.given_by)?),
                given_at: instant(row.given_at)?,
                reason: row.reason,
            })
        })
        .collect()
}

fn requests(
    conn: &mut Conn,
    case: CaseId,
    full: bool,
) -> Result<Vec<RequestDocument>, ServiceError> {
    store::requests::of_case(conn, case)?
        .into_iter()
        .map(|row| {
            Ok(RequestDocument {
                id: row.id,
                pause: row.pause,
                kind: row.kind,
                detail: full.then_some(row.detail),
                opened_at: instant(row.opened_at)?,
                reply: row.reply.filter(|_| full),
                closed_at: optional_instant(row.closed_at)?,
            })
        })
        .collect()
}

/// What the person may do now.
fn commands(
    conn: &mut Conn,
    row: &CaseRow,
    facts: &CaseFacts,
    relations: &[Relation],
    actor: &Actor,
    now: DateTime<Utc>,
) -> Result<Vec<Command>, ServiceError> {
    let mut commands = available(facts, relations, now);
    let states_position = |one: &Command| matches!(one, Command::Cosign | Command::Dissent);
    if commands.iter().any(states_position) && positions::owed(conn, row, actor.person)?.is_none() {
        commands.retain(|one| !states_position(one));
    }
    Ok(commands)
}

fn opinions(
    conn: &mut Conn,
    core: &Core,
    case: CaseId,
    signed: Vec<OpinionRow>,
    named: &impl Fn(PersonId) -> Named<PersonId>,
) -> Result<Vec<OpinionDocument>, ServiceError> {
    // Most cases are asked for before anybody has signed.
    if signed.is_empty() {
        return Ok(Vec::new());
    }
    let mut forms: std::collections::HashMap<String, _> = store::signatures::of_case(conn, case)?
        .into_iter()
        .map(|row| (row.opinion_id, (row.sha256, row.jades)))
        .collect();
    let keys: Vec<&str> = signed.iter().map(|one| one.id.as_str()).collect();
    let mut stamps = timestamps::documents(conn, core, &keys)?;
    let revised: Vec<Option<i32>> = signed.iter().map(|one| revised(one, &signed)).collect();
    signed
        .into_iter()
        .zip(revised)
        .map(|(row, revises)| {
            let (signature_sha256, form) = forms.remove(&row.id).unzip();
            let reading = form.as_deref().map(reading).transpose()?.flatten();
            let timestamp = stamps.remove(&row.id);
            Ok(OpinionDocument {
                signature_sha256,
                reading,
                timestamp,
                signer: named(id(&row.signer_id)?),
                content: json(&row.content)?,
                signed_at: instant(row.signed_at)?,
                id: row.id,
                version: row.version,
                kind: row.kind,
                cycle: row.cycle,
                sha256: row.sha256,
                follows: row.follows_id,
                revises,
                reason: row.reason,
            })
        })
        .collect()
}

/// The version that another adds to or mends: the last signed one before it that answers the same cycle.
fn revised(one: &OpinionRow, all: &[OpinionRow]) -> Option<i32> {
    let own = [OpinionKind::Preliminary, OpinionKind::Opinion].map(OpinionKind::as_str);
    if own.contains(&one.kind.as_str()) {
        return None;
    }
    let before = all.iter().filter(|other| {
        other.cycle == one.cycle
            && other.version < one.version
            && other.kind != OpinionKind::Preliminary.as_str()
    });
    before.map(|other| other.version).max()
}

/// Due time and figures, from the events.
pub(super) fn turnaround(
    conn: &mut Conn,
    core: &Core,
    row: &CaseRow,
    network: &Network,
    now: DateTime<Utc>,
) -> Result<TurnaroundDocument, ServiceError> {
    let started = optional_instant(row.submitted_at)?.unwrap_or(now);
    let rows = store::traces::events_of(conn, id(&row.id)?)?;
    let promise = targets::kept(core, row, &rows)?;
    let calendar = calendars::for_urgency(core, network, promise.target.urgency, started)?;
    let cycles = Turnaround::cycles(&clock::events_of(&rows)?, &calendar, now);
    let remaining = cycles.last().map(|cycle| {
        cycle
            .deadlines(&promise.target, &calendar)
            .remaining_seconds
    });
    let state: CaseState = name(&row.state)?;
    let ended_without = matches!(state, CaseState::Withdrawn | CaseState::Refused);
    Ok(TurnaroundDocument {
        cycle: row.cycle,
        due_at: optional_instant(row.due_at)?,
        warning_at: optional_instant(row.warning_at)?,
        // By the time that was used: an answer that is late stays late when its clock is stopped.
        late: !ended_without && remaining.is_some_and(|seconds| seconds < 0),
        remaining_seconds: remaining,
        promise: (row.cycle > 0).then_some(promise),
        cycles,
    })
}

/// What a signed form says of the reading of the slides.
fn reading(form: &str) -> Result<Option<Vec<SlideRead>>, StoreError> {
    #[derive(serde::Deserialize)]
    struct Said {
        #[serde(default)]
        reading: Option<Vec<SlideRead>>,
    }
    let corrupt = || StoreError::Corrupt("signature");
    let form: Jades = serde_json::from_str(form).map_err(|_| corrupt())?;
    let payload = URL_SAFE_NO_PAD
        .decode(form.payload)
        .map_err(|_| corrupt())?;
    let said: Said = serde_json::from_slice(&payload).map_err(|_| corrupt())?;
    Ok(said.reading)
}
