//! Routing a case inside the transaction that makes it necessary: the snapshot, the decision, the offer with its explanation.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::change::Change;
use super::continuity::Told;
use super::directory::Edition;
use super::error::ServiceError;
use super::jobs::{self, Job};
use super::{Core, choice, handing, targets};
use crate::domain::cases::{MoveReason, WaitingFor};
use crate::domain::ids::{AssignmentId, NetworkId, PersonId, ProposalId};
use crate::domain::notifications::NotificationKind;
use crate::domain::permissions::Relation;
use crate::domain::routing::choice::Basis;
use crate::domain::routing::{
    Candidate, Choice, Considered, Decision, Instructions, RoutingCase, Rule, goes_on,
    offered_until, route as decide, route_to, sooner as soonest,
};
use crate::domain::text_enum::TextEnum;
use crate::domain::transitions::{Command, Refusal};
use crate::domain::turnaround::{Target, Urgency};
use crate::domain::work::COMPARED;
use crate::store::assignments::{self, AssignmentRow, AssignmentState};
use crate::store::cases::CaseRow;
use crate::store::instructions;
use crate::store::organisations::{Agreement, Network};
use crate::store::{self, Conn, micros, name, optional_instant, to_json};

/// Offers the case to the best expert, or records that nobody is eligible and tells the coordinators why.
pub(super) fn route(change: &mut Change<'_>) -> Result<(), ServiceError> {
    let decision = decision(change)?;
    match decision.choice.clone() {
        Some(choice) => offer(
            change,
            Relation::System,
            &choice,
            &decision,
            decision.basis.as_str(),
        ),
        None => mark_unrouted(change, &decision),
    }
}

/// Takes an unopened case from the expert it is offered to, who is told, and offers it anew.
pub(super) fn move_on(change: &mut Change<'_>, why: MoveReason) -> Result<(), ServiceError> {
    let facts = json!({ "expert": change.row.expert_id, "why": why });
    take_back(change, why, &facts)?;
    route(change)
}

fn take_back(change: &mut Change<'_>, why: MoveReason, facts: &Value) -> Result<(), ServiceError> {
    change.notify_expert(NotificationKind::CaseLeft)?;
    handing::leave_expert(change, AssignmentState::Moved, why.as_str())?;
    change.wait_for(WaitingFor::Routing);
    change.record(Command::Move, Relation::System, facts)
}

/// Hands an unopened case to an expert as a proposal has it that a coordinator agreed to, and tells who held it; the rules that
/// speak against it when any does.
pub(super) fn hand_over(
    change: &mut Change<'_>,
    expert: PersonId,
    proposal: ProposalId,
) -> Result<Option<Vec<Rule>>, ServiceError> {
    let (case, target) = (routing_case(change)?, target(change)?);
    let candidates = candidates(change)?;
    let Some(candidate) = candidates.iter().find(|one| one.expert == expert) else {
        return Ok(Some(vec![Rule::ReadsSubspecialty]));
    };
    let (choice, considered) = route_to(&case, candidate, &target, change.now);
    let Some(choice) = choice else {
        return Ok(Some(considered.standing()));
    };
    let policy = choice::of(change)?;
    let decision = decide(&case, &candidates, &target, &policy, change.now);
    let why = MoveReason::Rebalanced;
    if change.expert()?.is_some() {
        let facts = json!({ "expert": change.row.expert_id, "why": why, "proposal": proposal });
        take_back(change, why, &facts)?;
    }
    offer(change, Relation::System, &choice, &decision, why.as_str())?;
    Ok(None)
}

/// Who is to have an unopened case instead of who holds it, because they would answer clearly sooner; of a case that nobody holds,
/// whoever is eligible.
pub(super) fn sooner(
    change: &mut Change<'_>,
    elsewhere: bool,
) -> Result<Option<Decision>, ServiceError> {
    let Some(holder) = change.expert()? else {
        let decision = decision(change)?;
        return Ok(Some(decision).filter(|decision| decision.choice.is_some()));
    };
    let (case, target) = (routing_case(change)?, target(change)?);
    let candidates = candidates(change)?;
    let policy = choice::of(change)?;
    let found = soonest(
        &case,
        holder,
        &candidates,
        elsewhere,
        &target,
        &policy,
        change.now,
    );
    Ok(found)
}

/// Gives an unopened case to whom a decision chose, and tells who held it.
pub(super) fn give(change: &mut Change<'_>, decision: &Decision) -> Result<(), ServiceError> {
    let Some(choice) = decision.choice.clone() else {
        return Ok(());
    };
    let why = MoveReason::Escalated;
    if change.expert()?.is_some() {
        let facts = json!({ "expert": change.row.expert_id, "why": why });
        take_back(change, why, &facts)?;
    }
    offer(change, Relation::System, &choice, decision, why.as_str())
}

/// Offers an unrouted case if somebody has become eligible; tells whether.
pub(super) fn offer_if_anybody(change: &mut Change<'_>) -> Result<bool, ServiceError> {
    let decision = decision(change)?;
    match decision.choice.clone() {
        Some(choice) => offer(
            change,
            Relation::System,
            &choice,
            &decision,
            decision.basis.as_str(),
        )
        .map(|()| true),
        None => Ok(false),
    }
}

/// Offers the case to a chosen expert, if the rules that allow no judgement allow it.
///
/// # Errors
/// [`Refusal::Ineligible`] with the rules that do not.
pub(super) fn offer_to(
    change: &mut Change<'_>,
    relation: Relation,
    expert: PersonId,
    reason: &str,
) -> Result<(), ServiceError> {
    let case = routing_case(change)?;
    let target = target(change)?;
    let candidates = candidates(change)?;
    let Some(candidate) = candidates
        .iter()
        .find(|candidate| candidate.expert == expert)
    else {
        return Err(ineligible(Command::Offer, vec![Rule::ReadsSubspecialty]));
    };
    let (choice, considered) = route_to(&case, candidate, &target, change.now);
    let Some(choice) = choice else {
        return Err(ineligible(Command::Offer, considered.standing()));
    };
    let decision = Decision {
        choice: Some(choice.clone()),
        basis: Basis::EarliestAnswer,
        considered: vec![considered],
    };
    offer(change, relation, &choice, &decision, reason)
}

/// That rules speak against the expert whom a coordinator chose.
pub(super) fn ineligible(command: Command, rules: Vec<Rule>) -> ServiceError {
    Refusal::Ineligible { command, rules }.into()
}

/// The rules that speak against keeping the case for an expert, whoever it is kept for now; none at all when no pool that may
/// answer knows them.
pub(super) fn against(
    change: &mut Change<'_>,
    expert: PersonId,
) -> Result<Option<Vec<Rule>>, ServiceError> {
    let mut case = routing_case(change)?;
    case.instructions = Instructions::default();
    asked_of(change, &case, expert)
}

/// The same for an expert who is to read the case beside the one who has it: whom a coordinator excluded stays excluded.
pub(super) fn against_beside(
    change: &mut Change<'_>,
    expert: PersonId,
) -> Result<Option<Vec<Rule>>, ServiceError> {
    let mut case = routing_case(change)?;
    case.instructions.pinned = None;
    asked_of(change, &case, expert)
}

/// Whether a case that is offered would go to somebody who knows it, or must not stay with who holds it for a conflict of interest.
pub(super) fn belongs_elsewhere(change: &mut Change<'_>) -> Result<bool, ServiceError> {
    let Some(holder) = change.expert()? else {
        return Ok(false);
    };
    if routing_case(change)?.conflicted.contains(&holder) {
        return Ok(true);
    }
    let decision = decision(change)?;
    let known = decision
        .choice
        .filter(|_| decision.basis == Basis::SameExpert);
    Ok(known.is_some_and(|choice| choice.expert != holder))
}

/// Whom no rule keeps from reading the case beside the one who has it, whoever would answer first in front.
pub(super) fn readers_beside(change: &mut Change<'_>) -> Result<Vec<PersonId>, ServiceError> {
    let mut case = routing_case(change)?;
    case.instructions.pinned = None;
    let (target, policy) = (target(change)?, choice::of(change)?);
    let candidates = candidates(change)?;
    let decision = decide(&case, &candidates, &target, &policy, change.now);
    let allowed = decision.considered.into_iter();
    let allowed = allowed.filter(Considered::eligible);
    Ok(allowed.map(|one| one.expert).collect())
}

/// Until when an expert answers whom something is offered to now by that target; none for who is in no pool that may answer.
pub(super) fn answers_by(
    change: &mut Change<'_>,
    expert: PersonId,
    target: &Target,
) -> Result<Option<DateTime<Utc>>, ServiceError> {
    let candidates = candidates(change)?;
    let found = candidates.iter().find(|one| one.expert == expert);
    let urgency = target.urgency;
    Ok(found.and_then(|one| offered_until(one, urgency, target, change.now)))
}

/// Until when they do after the clock stood still since `stood`, where they would have had until `ends`.
pub(super) fn answer_goes_on(
    change: &mut Change<'_>,
    expert: PersonId,
    target: &Target,
    (stood, ends): (DateTime<Utc>, DateTime<Utc>),
) -> Result<Option<DateTime<Utc>>, ServiceError> {
    let candidates = candidates(change)?;
    let found = candidates.iter().find(|one| one.expert == expert);
    Ok(found.and_then(|one| goes_on(one, target, (stood, ends), change.now)))
}

fn asked_of(
    change: &mut Change<'_>,
    case: &RoutingCase,
    expert: PersonId,
) -> Result<Option<Vec<Rule>>, ServiceError> {
    let target = target(change)?;
    let candidates = candidates(change)?;
    Ok(candidates
        .iter()
        .find(|candidate| candidate.expert == expert)
        .map(|candidate| route_to(case, candidate, &target, change.now).1.standing()))
}

fn decision(change: &mut Change<'_>) -> Result<Decision, ServiceError> {
    let case = routing_case(change)?;
    let target = target(change)?;
    let candidates = candidates(change)?;
    let policy = choice::of(change)?;
    Ok(decide(&case, &candidates, &target, &policy, change.now))
}

fn target(change: &mut Change<'_>) -> Result<Target, ServiceError> {
    Ok(targets::promised(change)?.target)
}

/// Why an expert was offered the case, as it is kept with the assignment.
#[derive(Serialize)]
struct Explanation<'a> {
    chosen_by: Relation,
    reason: &'a str,
    policy: &'a str,
    considered: &'a [Considered],
}

fn offer(
    change: &mut Change<'_>,
    relation: Relation,
    choice: &Choice,
    decision: &Decision,
    reason: &str,
) -> Result<(), ServiceError> {
    let key = AssignmentId::new(change.core.ids.as_ref());
    let policy = choice::of(change)?;
    assignments::insert(
        change.conn,
        &AssignmentRow {
            id: key.to_string(),
            case_id: change.row.id.clone(),
            expert_id: choice.expert.to_string(),
            network_id: choice.network.to_string(),
            agreement_id: choice.agreement.map(|agreement| agreement.to_string()),
            state: AssignmentState::Offered.as_str().to_owned(),
            cycle: change.row.cycle,
            offered_at: micros(change.now),
            expires_at: micros(choice.expires_at),
            answered_at: None,
            ended_at: None,
            reason: None,
            expected_answer_at: Some(micros(choice.expected_answer_at)),
            reading_minutes: i32::try_from(choice.reading_minutes).unwrap_or(i32::MAX),
            explanation: to_json(&Explanation {
                chosen_by: relation,
                reason,
                policy: &policy.version,
                considered: &decision.considered,
            })?,
        },
    )?;
    change.row.expert_id = Some(choice.expert.to_string());
    change.row.offer_expires_at = Some(micros(choice.expires_at));
    change.row.unrouted = None;
    let facts = json!({ "assignment": key, "expert": choice.expert, "agreement": choice.agreement, "expected_answer_at": choice.expected_answer_at });
    change.record(Command::Offer, relation, &facts)?;
    await_answer(change, key, choice.expires_at)?;
    change.notify(
        NotificationKind::Offer,
        choice.expert,
        Some(choice.expires_at),
    )
}

/// Has the live offer, which would have ended at `ends`, go on after the clock stood still.
pub(super) fn prolong_offer(
    change: &mut Change<'_>,
    target: &Target,
    (stood, ends): (DateTime<Utc>, DateTime<Utc>),
) -> Result<(), ServiceError> {
    let offer = assignments::live_of(change.conn, change.id)?;
    let (Some(offer), Some(expert)) = (offer, change.expert()?) else {
        return Ok(());
    };
    let until = answer_goes_on(change, expert, target, (stood, ends))?;
    // Who is in no pool any more keeps the end they were told.
    let Some(until) = until else { return Ok(()) };
    assignments::prolong(change.conn, offer, micros(until))?;
    change.row.offer_expires_at = Some(micros(until));
    await_answer(change, offer, until)
}

/// Schedules the reminder of an offer and its end.
fn await_answer(
    change: &mut Change<'_>,
    assignment: AssignmentId,
    expires_at: DateTime<Utc>,
) -> Result<(), ServiceError> {
    let case = change.id;
    change.schedule(&Job::ExpireOffer { case, assignment }, expires_at)?;
    let halfway = change.now + (expires_at - change.now) / 2;
    let until = Some(micros(expires_at));
    change.schedule(
        &Job::RemindOffer {
            case,
            assignment,
            until,
        },
        halfway,
    )
}

fn mark_unrouted(change: &mut Change<'_>, decision: &Decision) -> Result<(), ServiceError> {
    let reasons: Vec<_> = decision
        .reasons()
        .into_iter()
        .map(|(rule, experts)| json!({ "rule": rule, "experts": experts }))
        .collect();
    let unrouted = json!({ "considered": decision.considered.len(), "reasons": reasons });
    change.row.unrouted = Some(unrouted.to_string());
    change.wait_for(WaitingFor::Candidate);
    change.record(Command::MarkUnrouted, Relation::System, &unrouted)?;
    jobs::schedule_reroute(change)?;
    change.notify_coordinators(NotificationKind::Unrouted, None)
}

fn routing_case(change: &mut Change<'_>) -> Result<RoutingCase, ServiceError> {
    let gave_back = AssignmentState::TRIED.map(TextEnum::as_str);
    let cycle = change.row.cycle;
    let had = assignments::of_case(change.conn, change.id)?;
    let tried = had
        .iter()
        .filter(|assignment| {
            assignment.cycle == cycle && gave_back.contains(&assignment.state.as_str())
        })
        .map(|assignment| store::id(&assignment.expert_id))
        .collect::<Result<_, _>>()?;
    let conflicted = had
        .iter()
        .filter(|one| assignments::for_conflict(&one.state, one.reason.as_deref()))
        .map(|one| store::id(&one.expert_id))
        .collect::<Result<_, _>>()?;
    let directory = change.directory()?;
    let home = directory
        .laboratory(change.conn, store::id(&change.row.laboratory_id)?)?
        .network;
    let rows = instructions::of_cases(change.conn, &[change.id])?;
    let instructed = instructions::for_routing(&rows, &change.row.id)?;
    let Seen { mut case, follows } = seen(&change.row, home, tried, instructed)?;
    case.conflicted = conflicted;
    if let Some(earlier) = &follows {
        let told = Told::of(change.conn, &[earlier])?;
        case.known_by = told.known(earlier, case.laboratory).to_vec();
        let conflicted = told.conflicted(earlier, case.laboratory);
        case.conflicted.extend(conflicted);
    }
    let policy = choice::of(change)?;
    case.units = Arc::new(policy.units);
    if policy.same_expert {
        let known = store::earlier::known_by(change.conn, &[change.id])?;
        let known = known.into_iter().map(|(_, expert)| expert);
        case.known_by.extend(known);
    }
    Ok(case)
}

/// A case as routing sees it, and the reference of the earlier one that a coordinator or its submitter names.
pub(super) struct Seen {
    pub(super) case: RoutingCase,
    pub(super) follows: Option<String>,
}

/// A case as routing sees it. `home` is the network of its laboratory, `tried` who had it in this cycle.
pub(super) fn seen(
    row: &CaseRow,
    home: NetworkId,
    tried: Vec<PersonId>,
    instructions: Instructions,
) -> Result<Seen, ServiceError> {
    /// The parts of the content that routing reads.
    #[derive(Deserialize)]
    struct Written {
        #[serde(default)]
        languages: Vec<String>,
        #[serde(default)]
        follows: Option<String>,
    }
    let network = store::id(&row.network_id)?;
    let Written {
        mut languages,
        follows,
    } = store::json(&row.content)?;
    if languages.is_empty() {
        languages.push("fr".to_owned());
    }
    let case = RoutingCase {
        id: store::id(&row.id)?,
        network,
        redirected: network != home,
        subspecialty: row.subspecialty.clone().unwrap_or_default(),
        territory: row.territory.clone(),
        laboratory: store::id(&row.laboratory_id)?,
        submitter: store::id(&row.submitter_id)?,
        languages,
        urgency: name(&row.urgency)?,
        slides: u32::try_from(row.slide_count).unwrap_or(0),
        units: Arc::default(),
        tried,
        conflicted: Vec::new(),
        instructions,
        known_by: Vec::new(),
        due: optional_instant(row.due_at)?,
    };
    // A coordinator says it later, and knows what the submitter said.
    let follows = row.follows.clone().or(follows);
    Ok(Seen { case, follows })
}

/// A network, and the agreement that opens its pool to the case, if it is not the case's own.
pub(super) type Pool = (Arc<Network>, Option<Agreement>);

/// The pools that may answer: the case's own network, and those an agreement in force opens to it.
fn pools(change: &mut Change<'_>) -> Result<Vec<Pool>, ServiceError> {
    let own = change.network()?;
    let directory = change.directory()?;
    let mut pools = vec![(own, None)];
    for agreement in agreements_for(change)? {
        let network = directory.network(change.conn, agreement.to)?;
        pools.push((network, Some(agreement)));
    }
    Ok(pools)
}

/// The agreements in force today by which the network that holds the case may hand it on.
pub(super) fn agreements_for(change: &mut Change<'_>) -> Result<Vec<Agreement>, ServiceError> {
    let network = store::id(&change.row.network_id)?;
    let subspecialty = change.row.subspecialty.clone().unwrap_or_default();
    let urgency: Urgency = name(&change.row.urgency)?;
    let directory = change.directory()?;
    let agreements = directory.agreements_from(change.conn, network)?;
    let mut agreements = agreements.to_vec();
    agreements.retain(|agreement| covers(agreement, &subspecialty, urgency, change.now));
    Ok(agreements)
}

/// Whether an agreement is in force and speaks of such a case.
pub(super) fn covers(
    agreement: &Agreement,
    subspecialty: &str,
    urgency: Urgency,
    now: DateTime<Utc>,
) -> bool {
    let today = now.date_naive();
    let named = |codes: &[String]| codes.iter().any(|code| code == subspecialty);
    agreement.valid_from <= today
        && agreement.valid_until.is_none_or(|last| today <= last)
        && (agreement.subspecialties.is_empty() || named(&agreement.subspecialties))
        && (agreement.urgencies.is_empty() || agreement.urgencies.contains(&urgency))
}

fn candidates(change: &mut Change<'_>) -> Result<Vec<Candidate>, ServiceError> {
    let mut all = Vec::new();
    let directory = change.directory()?;
    for pool in pools(change)? {
        let found = candidates_in(change.conn, change.core, &directory, change.now, &pool)?;
        all.extend(found);
    }
    Ok(all)
}

/// The experts of a pool, with their load and absences as they are now.
pub(super) fn candidates_of(
    conn: &mut Conn,
    core: &Core,
    now: DateTime<Utc>,
    pool: &Pool,
) -> Result<Vec<Candidate>, ServiceError> {
    let directory = core.directory.now(conn)?;
    candidates_in(conn, core, &directory, now, pool)
}

fn candidates_in(
    conn: &mut Conn,
    core: &Core,
    directory: &Edition,
    now: DateTime<Utc>,
    (network, agreement): &Pool,
) -> Result<Vec<Candidate>, ServiceError> {
    let mut candidates = directory.pool(conn, core, network.id, now)?.to_vec();
    let on_call = candidates.iter().any(|one| one.on_call.is_some());
    let mut burdens = store::burdens::of_pool(conn, network.id, now - COMPARED, on_call)?;
    for candidate in &mut candidates {
        let burden = burdens.remove(&candidate.expert).unwrap_or_default();
        candidate.agreement = agreement.as_ref().map(|agreement| agreement.id);
        candidate.open_cases = burden.waiting();
        candidate.queued_minutes = burden.minutes;
        candidate.urgent_minutes = burden.urgent_minutes;
        candidate.work_minutes = burden.work_minutes;
        candidate.absences = burden.absences;
    }
    Ok(candidates)
}
