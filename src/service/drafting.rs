//! The submitter's own commands: keep a draft, send it, take it back.

use std::collections::BTreeSet;

use serde_json::json;

use super::change::Change;
use super::commands::{Given, no_facts};
use super::continuity::{is_there, written};
use super::error::ServiceError;
use super::{Core, links, panels, routing, search, targets};
use crate::domain::cases::{CaseContent, CaseState, WaitingFor};
use crate::domain::commands::Reason;
use crate::domain::notifications::NotificationKind;
use crate::domain::permissions::Relation;
use crate::domain::problems::{FieldProblem, FieldRule};
use crate::domain::reasons::Why;
use crate::domain::submission::{Surroundings, draft_problems, missing_for_submission};
use crate::domain::text_enum::TextEnum;
use crate::domain::transitions::Command;
use crate::store::assignments::{self, AssignmentState};
use crate::store::organisations::{self, Network};
use crate::store::slides::SpecimenTree;
use crate::store::{self, micros, to_json};

/// Keeps a draft as typed.
pub(super) fn save(
    change: &mut Change<'_>,
    given: &Given<'_>,
    content: &CaseContent,
) -> Result<(), ServiceError> {
    write_content(change, content)?;
    change.record(Command::SaveDraft, given.relation, &no_facts())
}

/// Checks a draft's content and puts it into the row, the sealed patient, the specimens and the search words.
pub(super) fn write_content(
    change: &mut Change<'_>,
    content: &CaseContent,
) -> Result<(), ServiceError> {
    let network = change.network()?;
    let problems = with_surroundings(
        change.core,
        &network,
        &change.row.territory,
        change.now,
        |around| draft_problems(content, around),
    )?;
    let mut problems = problems;
    problems.extend(foreign_sources(change, content)?);
    if problems.iter().all(|one| one.pointer != "/follows") {
        problems.extend(unknown_earlier(change, content)?);
    }
    if !problems.is_empty() {
        return Err(ServiceError::Invalid(problems));
    }
    let row = &mut change.row;
    row.subspecialty.clone_from(&content.subspecialty);
    row.urgency = content.urgency_or_routine().as_str().to_owned();
    row.question.clone_from(&content.question);
    row.initial_status = content
        .initial_diagnosis
        .as_ref()
        .map(|diagnosis| diagnosis.status.as_str().to_owned());
    row.slide_count = i32::try_from(content.slides().count()).unwrap_or(i32::MAX);
    let kept = CaseContent {
        patient: None,
        specimens: Vec::new(),
        follows: content.follows.as_deref().map(written),
        ..content.clone()
    };
    row.content = to_json(&kept)?;
    change.content = kept;
    let sealed = content
        .patient
        .as_ref()
        .map(|patient| change.core.sealing.seal_patient(change.id, patient))
        .transpose()?;
    store::cases::set_patient(change.conn, change.id, sealed.as_deref())?;
    store::slides::replace(
        change.conn,
        change.id,
        &content.specimens,
        change.core.ids.as_ref(),
    )?;
    let mut words: BTreeSet<String> =
        search::words(&format!("{} {}", change.row.reference, content.question));
    if let Some(patient) = &content.patient {
        words.insert(search::accession_word(
            &change.core.sealing,
            &patient.accession_number,
        ));
    }
    Ok(store::cases::set_words(change.conn, change.id, &words)?)
}

/// The earlier case that is named is a sent one of the same laboratory, not this one.
fn unknown_earlier(
    change: &mut Change<'_>,
    content: &CaseContent,
) -> Result<Option<FieldProblem>, ServiceError> {
    let Some(reference) = &content.follows else {
        return Ok(None);
    };
    let there = is_there(change, &written(reference))?;
    Ok((!there).then(|| FieldProblem::new("/follows", FieldRule::UnknownCode)))
}

/// A slide may only be linked to a source of the case's own laboratory.
fn foreign_sources(
    change: &mut Change<'_>,
    content: &CaseContent,
) -> Result<Vec<FieldProblem>, ServiceError> {
    let laboratory = store::id(&change.row.laboratory_id)?;
    let own = organisations::slide_sources(change.conn, laboratory)?;
    let kind_of = |source| {
        own.iter()
            .find(|known| known.id == source)
            .map(|known| known.kind)
    };
    Ok(content
        .slides()
        .filter_map(|(at, slide)| match kind_of(slide.source) {
            None => Some(FieldProblem::new(
                format!("{at}/source"),
                FieldRule::UnknownCode,
            )),
            Some(kind) if kind != slide.location.kind() => Some(FieldProblem::new(
                format!("{at}/location/kind"),
                FieldRule::Malformed {
                    expected: format!("{kind}, as its source speaks"),
                },
            )),
            Some(_) => None,
        })
        .collect())
}

/// Asks a rule of [`crate::domain::submission`] with what it needs to know beside the draft.
fn with_surroundings<T>(
    core: &Core,
    network: &Network,
    territory: &str,
    now: chrono::DateTime<chrono::Utc>,
    ask: impl FnOnce(&Surroundings<'_>) -> T,
) -> Result<T, ServiceError> {
    let territory = core.reference.territory(territory)?;
    Ok(ask(&Surroundings {
        today: now.with_timezone(&territory.zone).date_naive(),
        subspecialties: core.reference.subspecialty_codes(),
        requires_ins: network.requires_ins && territory.has_ins(),
        ins_exists: territory.has_ins(),
    }))
}

/// The draft as it stands in the tables, whole; `tree` are its specimens.
fn whole_content(
    change: &mut Change<'_>,
    tree: &SpecimenTree,
) -> Result<CaseContent, ServiceError> {
    let specimens = tree.iter().map(|(specimen, _)| specimen.clone()).collect();
    let patient = store::cases::find_patient(change.conn, change.id)?
        .map(|sealed| change.core.sealing.open_patient(change.id, &sealed))
        .transpose()?;
    Ok(CaseContent {
        patient,
        specimens,
        ..change.content.clone()
    })
}

/// Sends a draft: everything needed must be there, and every slide readable or excused.
pub(super) fn submit(change: &mut Change<'_>, given: &Given<'_>) -> Result<(), ServiceError> {
    let network = change.network()?;
    let tree = store::slides::tree_of_case(change.conn, change.id)?;
    let content = whole_content(change, &tree)?;
    let mut problems = with_surroundings(
        change.core,
        &network,
        &change.row.territory,
        change.now,
        |around| {
            let mut problems = draft_problems(&content, around);
            problems.extend(missing_for_submission(&content, around));
            problems
        },
    )?;
    problems.extend(links::unreadable(&tree));
    if !problems.is_empty() {
        return Err(ServiceError::Invalid(problems));
    }
    change.row.submitted_at = Some(micros(change.now));
    let promise = targets::promise(change, change.now)?;
    let waiting = if network.routes_at_once {
        WaitingFor::Routing
    } else {
        WaitingFor::Triage
    };
    change.wait_for(waiting);
    change.record(
        Command::Submit,
        given.relation,
        &json!({ "network": network.id, "promise": promise }),
    )?;
    change.notify_submitter(NotificationKind::Receipt)?;
    match waiting {
        WaitingFor::Triage => change.notify_coordinators(NotificationKind::TriageNeeded, None),
        _ => routing::route(change),
    }
}

/// Takes a case back before an expert has accepted it.
pub(super) fn withdraw(
    change: &mut Change<'_>,
    given: &Given<'_>,
    body: &Reason,
) -> Result<(), ServiceError> {
    let offered = change.state()? == CaseState::Offered;
    if offered {
        change.notify_expert(NotificationKind::CaseLeft)?;
    }
    end(change, given.relation, Command::Withdraw, &body.reason)
}

/// Asks for an accepted case back; the expert or a coordinator must agree.
pub(super) fn request_withdrawal(
    change: &mut Change<'_>,
    given: &Given<'_>,
    body: &Reason,
) -> Result<(), ServiceError> {
    change.row.withdrawal_requested = true;
    change.record(
        Command::RequestWithdrawal,
        given.relation,
        &json!(Why::in_words(&body.reason)),
    )?;
    change.notify_expert(NotificationKind::WithdrawalRequested)?;
    change.notify_coordinators(NotificationKind::WithdrawalRequested, None)
}

/// Agrees to give an accepted case back.
pub(super) fn agree_withdrawal(
    change: &mut Change<'_>,
    given: &Given<'_>,
) -> Result<(), ServiceError> {
    if given.relation == Relation::Coordinator {
        change.notify_expert(NotificationKind::CaseLeft)?;
    }
    change.notify_submitter(NotificationKind::WithdrawalAgreed)?;
    end(change, given.relation, Command::AgreeWithdrawal, "")
}

/// Ends a case without an opinion.
pub(super) fn end(
    change: &mut Change<'_>,
    relation: Relation,
    command: Command,
    reason: &str,
) -> Result<(), ServiceError> {
    let (now, by) = (
        micros(change.now),
        change.actor.map(|person| person.to_string()),
    );
    panels::end(change)?;
    assignments::end_live(
        change.conn,
        change.id,
        AssignmentState::Withdrawn,
        Some(command.as_str()),
        now,
    )?;
    store::requests::close_all(change.conn, change.id, None, "", by.as_deref(), now)?;
    store::snapshots::end_draft(change.conn, change.id, None)?;
    change.row.expert_id = None;
    change.row.offer_expires_at = None;
    change.row.withdrawal_requested = false;
    change.row.unrouted = None;
    change.record(
        command,
        relation,
        &json!(Why::parted(command, relation, reason)),
    )
}
