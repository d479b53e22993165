//! Writing a new draft and reading a case.

use chrono::{DateTime, Datelike, Utc};

use super::change::Change;
use super::commands::{Written, written};
use super::documents::*;
use super::drafting;
use super::error::ServiceError;
use super::idempotency::{self, Idempotency};
use super::{Core, Exchange, calendars, links};
use crate::domain::cases::{CaseContent, CaseState};
use crate::domain::identifiers::CaseReference;
use crate::domain::ids::{CaseId, LaboratoryId, PersonId};
use crate::domain::people::Actor;
use crate::domain::permissions::{Relation, View, relations, view};
use crate::domain::problems::{FieldProblem, FieldRule};
use crate::domain::text_enum::TextEnum;
use crate::domain::transitions::{Command, available};
use crate::domain::turnaround::{ClockEvent, Turnaround, Urgency};
use crate::store::assignments::AssignmentRow;
use crate::store::cases::{CaseRow, NEVER_DUE};
use crate::store::instructions::InstructionRow;
use crate::store::opinions::OpinionRow;
use crate::store::organisations::{self, Network};
use crate::store::slides::{LinkedSlide, SpecimenTree};
use crate::store::traces::AuditRow;
use crate::store::{self, Conn, id, instant, json, micros, name, optional_instant};

/// Writes a new draft for a laboratory the person submits for.
///
/// # Errors
/// [`ServiceError::Invalid`] with every bad field.
pub async fn create(
    ex: &Exchange,
    actor: &Actor,
    laboratory: LaboratoryId,
    content: CaseContent,
    key: Idempotency,
    request_id: &str,
) -> Result<Written, ServiceError> {
    let (core, person, request_id) = (ex.core.clone(), actor.clone(), request_id.to_owned());
    let done = ex
        .store
        .write(move |conn| {
            let case = CaseId::new(core.ids.as_ref());
            let kept = idempotency::keep(conn, &core, person.person, Some(&key), 201, &case)?;
            if let Some((status, case)) = kept {
                return Ok((status, case, true));
            }
            if !person.submits_for(laboratory) {
                return Err(ServiceError::field("/laboratory", FieldRule::UnknownCode));
            }
            insert_draft(conn, &core, case, person.person, laboratory)?;
            let (mut change, relation) = Change::by_person(
                conn,
                &core,
                &person,
                case,
                0,
                Command::SaveDraft,
                &request_id,
            )?;
            drafting::write_content(&mut change, &content).map_err(below_content)?;
            change.record(Command::SaveDraft, relation, &super::commands::no_facts())?;
            change.save()?;
            Ok((201, case, false))
        })
        .await?;
    written(ex, actor, (done.0, done.1), done.2).await
}

/// The draft's fields stand under `/content` in the body of a create.
fn below_content(error: ServiceError) -> ServiceError {
    match error {
        ServiceError::Invalid(problems) => ServiceError::Invalid(
            problems
                .into_iter()
                .map(|problem| {
                    FieldProblem::new(format!("/content{}", problem.pointer), problem.rule)
                })
                .collect(),
        ),
        other => other,
    }
}

/// An empty draft with its number, at version 0: the first save makes it version 1.
fn insert_draft(
    conn: &mut Conn,
    core: &Core,
    case: CaseId,
    submitter: PersonId,
    laboratory: LaboratoryId,
) -> Result<(), ServiceError> {
    let home = organisations::find_laboratory(conn, laboratory)?.ok_or(ServiceError::NotFound)?;
    let now = core.clock.now();
    let zone = core.reference.territory(&home.territory)?.zone;
    let year = now.with_timezone(&zone).year();
    let number = store::cases::next_number(conn, year)?;
    Ok(store::cases::insert(
        conn,
        &CaseRow {
            id: case.to_string(),
            reference: CaseReference::new(u16::try_from(year).unwrap_or(u16::MAX), number)
                .to_string(),
            version: 0,
            state: CaseState::Draft.as_str().to_owned(),
            waiting_for: None,
            laboratory_id: home.id.to_string(),
            network_id: home.network.to_string(),
            territory: home.territory,
            submitter_id: submitter.to_string(),
            expert_id: None,
            subspecialty: None,
            urgency: Urgency::Routine.as_str().to_owned(),
            question: String::new(),
            content: store::to_json(&CaseContent::default())?,
            initial_status: None,
            slide_count: 0,
            cycle: 0,
            submitted_at: None,
            due_at: None,
            warning_at: None,
            sort_at: NEVER_DUE,
            pauses: "[]".to_owned(),
            offer_expires_at: None,
            withdrawal_requested: false,
            acknowledgement: None,
            contested_reason: None,
            outcome: None,
            unrouted: None,
            signed_at: None,
            updated_at: micros(now),
            created_at: micros(now),
        },
    )?)
}

/// A case as the person may read it. A reading of patient data is on record before it is answered.
///
/// # Errors
/// [`ServiceError::NotFound`] for a stranger, for whom the case does not exist.
pub async fn read(
    ex: &Exchange,
    actor: &Actor,
    case: CaseId,
    request_id: &str,
) -> Result<(i64, CaseDocument), ServiceError> {
    let (version, document, relation) = document(ex, actor, case).await?;
    record_read(ex, actor, case, relation, "read_case", request_id).await?;
    Ok((version, document))
}

/// A case as the person may read it, unless it stands as it did at a version the person knows: then nothing is sent, and no
/// reading put on record.
///
/// # Errors
/// As [`read`].
pub async fn read_unless(
    ex: &Exchange,
    actor: &Actor,
    case: CaseId,
    known: Vec<i64>,
    request_id: &str,
) -> Result<Reading, ServiceError> {
    let reader = actor.clone();
    let unchanged = ex
        .store
        .read(move |conn| {
            let row = store::cases::find(conn, case)?.ok_or(ServiceError::NotFound)?;
            let relations = relations(&reader, &row.facts(Default::default())?);
            if !matches!(view(&relations), Some(View::Full | View::Queue)) {
                return Err(ServiceError::NotFound);
            }
            // A check of its links changes what is told about slides, not the version.
            let same = known.contains(&row.version)
                && !store::slides::checked_after(conn, case, row.updated_at)?;
            Ok(same.then_some(row.version))
        })
        .await?;
    if let Some(version) = unchanged {
        return Ok(Reading::Unchanged(version));
    }
    let (version, document) = read(ex, actor, case, request_id).await?;
    Ok(Reading::Changed(version, Box::new(document)))
}

/// What a conditional reading found.
#[derive(Debug)]
pub enum Reading {
    /// The case is at a version that the person knows.
    Unchanged(i64),
    /// Its version and the case.
    Changed(i64, Box<CaseDocument>),
}

/// The released and signed versions of a case's opinion, the first one first.
///
/// # Errors
/// [`ServiceError::NotFound`] for a stranger, [`ServiceError::Forbidden`] for who sees the case without its content.
pub async fn opinions_of(
    ex: &Exchange,
    actor: &Actor,
    case: CaseId,
    request_id: &str,
) -> Result<Vec<OpinionDocument>, ServiceError> {
    let (_, document, relation) = document(ex, actor, case).await?;
    if document.view != View::Full {
        return Err(ServiceError::Forbidden("opinions are content"));
    }
    record_read(ex, actor, case, relation, "read_opinions", request_id).await?;
    Ok(document.opinions)
}

/// The information requests, ancillary orders and shipments of a case, the oldest first.
///
/// # Errors
/// [`ServiceError::NotFound`] for a stranger.
pub async fn requests_of(
    ex: &Exchange,
    actor: &Actor,
    case: CaseId,
    request_id: &str,
) -> Result<Vec<RequestDocument>, ServiceError> {
    let (_, document, relation) = document(ex, actor, case).await?;
    record_read(ex, actor, case, relation, "read_requests", request_id).await?;
    Ok(document.requests)
}

/// Puts a reading on record.
pub(super) async fn record_read(
    ex: &Exchange,
    actor: &Actor,
    case: CaseId,
    relation: Relation,
    action: &'static str,
    request_id: &str,
) -> Result<(), ServiceError> {
    let entry = AuditRow {
        id: ex.core.ids.next().to_string(),
        at: micros(ex.core.clock.now()),
        person_id: Some(actor.person.to_string()),
        relation: relation.as_str().to_owned(),
        action: action.to_owned(),
        case_id: Some(case.to_string()),
        outcome: "done".to_owned(),
        request_id: Some(request_id.to_owned()),
    };
    ex.store
        .write(move |conn| store::traces::insert_audit(conn, &entry).map_err(ServiceError::from))
        .await
}

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
    let relations = relations(actor, &facts);
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
    let laboratory =
        organisations::find_laboratory(conn, facts.laboratory)?.ok_or(ServiceError::NotFound)?;
    let network =
        organisations::find_network(conn, facts.network)?.ok_or(ServiceError::NotFound)?;
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
    let document = CaseDocument {
        id: case,
        version: row.version,
        view,
        commands: available(&facts, &relations, now),
        warnings,
        laboratory: Named {
            id: laboratory.id,
            name: laboratory.name,
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
        specimens: specimens(tree, full)?,
        assignments: assignments(assigned, coordinates, &named)?,
        instructions: instructions(instructed, &named)?,
        requests: requests(conn, case, full)?,
        pauses: facts.pauses,
        opinions: if full {
            opinions(conn, case, signed, &named)?
        } else {
            Vec::new()
        },
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
            name: network.name,
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

fn opinions(
    conn: &mut Conn,
    case: CaseId,
    signed: Vec<OpinionRow>,
    named: &impl Fn(PersonId) -> Named<PersonId>,
) -> Result<Vec<OpinionDocument>, ServiceError> {
    // Most cases are asked for before anybody has signed.
    if signed.is_empty() {
        return Ok(Vec::new());
    }
    let mut digests: std::collections::HashMap<String, String> =
        store::signatures::digests_of_case(conn, case)?
            .into_iter()
            .collect();
    signed
        .into_iter()
        .map(|row| {
            Ok(OpinionDocument {
                signature_sha256: digests.remove(&row.id),
                signer: named(id(&row.signer_id)?),
                content: json(&row.content)?,
                signed_at: instant(row.signed_at)?,
                id: row.id,
                version: row.version,
                kind: row.kind,
                cycle: row.cycle,
                sha256: row.sha256,
                follows: row.follows_id,
                reason: row.reason,
            })
        })
        .collect()
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
    let calendar = calendars::of_pool(core, network, started)?;
    let events = store::traces::events_of(conn, id(&row.id)?)?
        .into_iter()
        .map(|event| {
            Ok(ClockEvent {
                at: instant(event.at)?,
                effect: json(&event.clock)?,
            })
        })
        .collect::<Result<Vec<_>, ServiceError>>()?;
    let cycles = Turnaround::cycles(&events, &calendar, now);
    let target = core.targets.of(name::<Urgency>(&row.urgency)?);
    let remaining = cycles
        .last()
        .map(|cycle| cycle.deadlines(&target, &calendar).remaining_seconds);
    let answered = optional_instant(row.signed_at)?;
    let due_at = optional_instant(row.due_at)?;
    let state: CaseState = name(&row.state)?;
    let measured = if state.is_open() { Some(now) } else { answered };
    Ok(TurnaroundDocument {
        cycle: row.cycle,
        due_at,
        warning_at: optional_instant(row.warning_at)?,
        late: due_at.zip(measured).is_some_and(|(due, at)| at > due),
        remaining_seconds: remaining,
        cycles,
    })
}
