//! Proposals to move unopened cases between the experts of a network: a coordinator asks for one, looks at it, and has all of it
//! done or none.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};

use super::change::Change;
use super::documents::Named;
use super::error::ServiceError;
use super::idempotency::{self, Idempotency, Made};
use super::{Core, Exchange, routing, waiting};
use crate::domain::commands::Reason;
use crate::domain::ids::{CaseId, NetworkId, PersonId, ProposalId};
use crate::domain::people::Actor;
use crate::domain::permissions::Relation;
use crate::domain::routing::Rule;
use crate::domain::routing::plan::PlanPolicy;
use crate::domain::routing::rebalance::{
    Move, MoveWhy, Outlook, ProposalState, Rebalance, rebalance,
};
use crate::domain::text_enum::TextEnum;
use crate::domain::turnaround::Urgency;
use crate::store::proposals::{self, ProposalRow};
use crate::store::traces::{self, AuditRow};
use crate::store::{
    self, Conn, id, instant, json, micros, name, optional_id, optional_instant, organisations,
    people, to_json,
};

/// Unopened cases looked at, the most pressing ones: what lies behind them waits for those anyway.
const LOOKED_AT: i64 = 2_000;
/// How long a proposal can be applied. It is a picture of a moment; what changes meanwhile is found out case by case.
const OPEN_FOR: Duration = Duration::hours(2);
/// Proposals listed at most, the latest ones.
const LISTED: i64 = 20;

/// A proposal as it is kept: what it says, and of which version of each case.
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    #[serde(flatten)]
    proposed: Rebalance,
    cases: Vec<KeptCase>,
}

/// A case of a proposal as it was when the proposal was made.
#[derive(Debug, Serialize, Deserialize)]
struct KeptCase {
    version: i64,
    reference: String,
    urgency: Urgency,
}

/// A case that would move.
#[derive(Debug, Clone, Serialize)]
pub struct MoveDocument {
    /// The case.
    pub case: CaseId,
    /// Its human reference.
    pub reference: String,
    /// The version that the proposal is about.
    pub version: i64,
    /// Its urgency.
    pub urgency: Urgency,
    /// Who holds it; none while it is unrouted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Named<PersonId>>,
    /// Who would.
    pub to: Named<PersonId>,
    /// Why.
    pub why: MoveWhy,
    /// When its answer is due.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_at: Option<DateTime<Utc>>,
    /// When it is expected as things are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected_before: Option<DateTime<Utc>>,
    /// When it would be expected.
    pub expected_after: DateTime<Utc>,
    /// Minutes the new reader would need.
    pub reading_minutes: u32,
}

/// What an expert has before them, as things are and after the moves.
#[derive(Debug, Clone, Serialize)]
pub struct WorkDocument {
    /// The expert.
    pub expert: Named<PersonId>,
    /// Open cases now.
    pub cases_before: u32,
    /// Open cases then.
    pub cases_after: u32,
    /// Reading minutes now.
    pub minutes_before: u32,
    /// Reading minutes then.
    pub minutes_after: u32,
}

/// A proposal.
#[derive(Debug, Clone, Serialize)]
pub struct ProposalDocument {
    /// Identifier.
    pub id: ProposalId,
    /// Of which network.
    pub network: NetworkId,
    /// What became of it.
    pub state: ProposalState,
    /// The policy it was made by.
    pub policy: String,
    /// Who asked for it.
    pub made_by: Named<PersonId>,
    /// When.
    pub made_at: DateTime<Utc>,
    /// Until when it can be applied.
    pub expires_at: DateTime<Utc>,
    /// Who decided about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<Named<PersonId>>,
    /// When it was decided, or a newer one took its place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided_at: Option<DateTime<Utc>>,
    /// Why it was discarded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// How many unopened cases were looked at.
    pub looked_at: usize,
    /// What the cases that somebody holds come to as things are.
    pub before: Outlook,
    /// What they come to after the moves.
    pub after: Outlook,
    /// The cases that would move, the most pressing first.
    pub moves: Vec<MoveDocument>,
    /// Of whose work it would be more or less.
    pub work: Vec<WorkDocument>,
}

/// A case that stands in the way of a proposal.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Outdated {
    /// The case.
    pub case: CaseId,
    /// Its human reference.
    pub reference: String,
    /// The rules that now speak against its new reader; none when the case itself has changed.
    pub rules: Vec<Rule>,
}

fn coordinated(actor: &Actor, network: NetworkId) -> Result<(), ServiceError> {
    if actor.coordinates(network) {
        Ok(())
    } else {
        Err(ServiceError::NotFound)
    }
}

/// Makes a proposal over the unopened cases of a network and its own experts, in the place of the one that is open. Nothing moves.
///
/// # Errors
/// [`ServiceError::NotFound`] for who does not coordinate the network.
pub async fn make(
    ex: &Exchange,
    actor: &Actor,
    network: NetworkId,
    key: Option<Idempotency>,
    request_id: &str,
) -> Result<Made<ProposalDocument>, ServiceError> {
    coordinated(actor, network)?;
    // Planning takes its time: not while everybody else waits to write.
    let core = ex.core.clone();
    let kept = ex
        .store
        .read(move |conn| propose(conn, &core, network))
        .await?;
    let proposal = ProposalId::new(ex.core.ids.as_ref());
    let now = ex.core.clock.now();
    let row = ProposalRow {
        id: proposal.to_string(),
        network_id: network.to_string(),
        state: ProposalState::Open.as_str().to_owned(),
        content: to_json(&kept)?,
        made_by: actor.person.to_string(),
        made_at: micros(now),
        expires_at: micros(now + OPEN_FOR),
        decided_by: None,
        decided_at: None,
        reason: None,
    };
    let (core, person, request_id) = (ex.core.clone(), actor.person, request_id.to_owned());
    ex.store
        .write(move |conn| {
            let before = idempotency::keep(conn, &core, person, key.as_ref(), 201, &proposal)?;
            let replayed = before.is_some();
            let made = match before {
                Some((_, known)) => {
                    proposals::find(conn, network, known)?.ok_or(ServiceError::NotFound)?
                }
                None => {
                    store::waiting::queue_up(conn, network)?;
                    proposals::put(conn, &row)?;
                    audit(conn, &core, person, "make_proposal", &request_id)?;
                    row.clone()
                }
            };
            let document = document(conn, made, now)?;
            Ok(Made { document, replayed })
        })
        .await
}

fn propose(conn: &mut Conn, core: &Core, network: NetworkId) -> Result<Kept, ServiceError> {
    let now = core.clock.now();
    let own = organisations::find_network(conn, network)?.ok_or(ServiceError::NotFound)?;
    let reads: Vec<&str> = own.subspecialties.iter().map(String::as_str).collect();
    let rows = store::waiting::unopened(conn, network, &reads, LOOKED_AT)?;
    let cases = waiting::ids(&rows)?;
    let tried = store::waiting::tried(conn, None, &cases)?;
    let homes = waiting::homes(conn)?;
    let unopened = waiting::seen(conn, &homes, &rows, &tried)?;
    let experts = routing::candidates_of(conn, core, now, &(Arc::new(own), None))?;
    let proposed = rebalance(&unopened, &experts, &PlanPolicy::default(), now)
        .map_err(|error| ServiceError::Internal(error.to_string()))?;
    let of: HashMap<CaseId, _> = cases.into_iter().zip(&rows).collect();
    let cases = proposed
        .moves
        .iter()
        .filter_map(|one| of.get(&one.case))
        .map(|row| {
            Ok(KeptCase {
                version: row.version,
                reference: row.reference.clone(),
                urgency: name(&row.urgency)?,
            })
        })
        .collect::<Result<_, ServiceError>>()?;
    Ok(Kept { proposed, cases })
}

/// The latest proposals of a network, the newest first.
///
/// # Errors
/// [`ServiceError::NotFound`] for who does not coordinate the network.
pub async fn list(
    ex: &Exchange,
    actor: &Actor,
    network: NetworkId,
) -> Result<Vec<ProposalDocument>, ServiceError> {
    coordinated(actor, network)?;
    let now = ex.core.clock.now();
    ex.store
        .read(move |conn| {
            proposals::of_network(conn, network, LISTED)?
                .into_iter()
                .map(|row| document(conn, row, now))
                .collect()
        })
        .await
}

/// A proposal.
///
/// # Errors
/// [`ServiceError::NotFound`] for who does not coordinate the network, and when it has no such proposal.
pub async fn read(
    ex: &Exchange,
    actor: &Actor,
    network: NetworkId,
    proposal: ProposalId,
) -> Result<ProposalDocument, ServiceError> {
    coordinated(actor, network)?;
    let now = ex.core.clock.now();
    ex.store
        .read(move |conn| {
            let row = proposals::find(conn, network, proposal)?.ok_or(ServiceError::NotFound)?;
            document(conn, row, now)
        })
        .await
}

/// Moves every case of a proposal, or none. Applied already, it is answered as it is: a repeated request does no harm.
///
/// # Errors
/// [`ServiceError::NotFound`]; [`ServiceError::Conflict`] when it was decided otherwise or has expired;
/// [`ServiceError::ProposalOutdated`] with every case that stands in the way.
pub async fn apply(
    ex: &Exchange,
    actor: &Actor,
    network: NetworkId,
    proposal: ProposalId,
    request_id: &str,
) -> Result<ProposalDocument, ServiceError> {
    coordinated(actor, network)?;
    let (core, actor, request_id) = (ex.core.clone(), actor.clone(), request_id.to_owned());
    ex.store
        .write(move |conn| {
            let now = core.clock.now();
            store::waiting::queue_up(conn, network)?;
            if decide(
                conn,
                &core,
                network,
                proposal,
                ProposalState::Applied,
                &actor,
                None,
            )? {
                let row =
                    proposals::find(conn, network, proposal)?.ok_or(ServiceError::NotFound)?;
                carry_out(
                    conn,
                    &core,
                    &actor,
                    proposal,
                    json(&row.content)?,
                    &request_id,
                )?;
                audit(conn, &core, actor.person, "apply_proposal", &request_id)?;
            }
            let row = proposals::find(conn, network, proposal)?.ok_or(ServiceError::NotFound)?;
            document(conn, row, now)
        })
        .await
}

/// Decides against a proposal.
///
/// # Errors
/// [`ServiceError::Invalid`] without a reason; as [`apply`] otherwise.
pub async fn discard(
    ex: &Exchange,
    actor: &Actor,
    network: NetworkId,
    proposal: ProposalId,
    why: Reason,
    request_id: &str,
) -> Result<ProposalDocument, ServiceError> {
    coordinated(actor, network)?;
    let problems = why.field_problems();
    if !problems.is_empty() {
        return Err(ServiceError::Invalid(problems));
    }
    let (core, actor, request_id) = (ex.core.clone(), actor.clone(), request_id.to_owned());
    ex.store
        .write(move |conn| {
            let (state, reason) = (ProposalState::Discarded, Some(why.reason.as_str()));
            if decide(conn, &core, network, proposal, state, &actor, reason)? {
                audit(conn, &core, actor.person, "discard_proposal", &request_id)?;
            }
            let row = proposals::find(conn, network, proposal)?.ok_or(ServiceError::NotFound)?;
            document(conn, row, core.clock.now())
        })
        .await
}

/// Notes a decision; false when the same one stands already.
fn decide(
    conn: &mut Conn,
    core: &Core,
    network: NetworkId,
    proposal: ProposalId,
    state: ProposalState,
    actor: &Actor,
    reason: Option<&str>,
) -> Result<bool, ServiceError> {
    let now = core.clock.now();
    let row = proposals::find(conn, network, proposal)?.ok_or(ServiceError::NotFound)?;
    let stands = standing(&row, now)?;
    if stands == state {
        return Ok(false);
    }
    let open = stands == ProposalState::Open
        && proposals::decide(conn, proposal, state, actor.person, micros(now), reason)?;
    match (open, stands) {
        (true, _) => Ok(true),
        (_, ProposalState::Expired) => Err(ServiceError::Conflict("the proposal has expired")),
        _ => Err(ServiceError::Conflict(
            "something else was decided about the proposal",
        )),
    }
}

/// What became of it by now: an open one that nobody decided about expires by itself.
fn standing(row: &ProposalRow, now: DateTime<Utc>) -> Result<ProposalState, ServiceError> {
    let state = name(&row.state)?;
    if state == ProposalState::Open && instant(row.expires_at)? <= now {
        return Ok(ProposalState::Expired);
    }
    Ok(state)
}

/// Moves the cases. One that cannot move undoes all: the transaction ends with the error.
fn carry_out(
    conn: &mut Conn,
    core: &Core,
    actor: &Actor,
    proposal: ProposalId,
    kept: Kept,
    request_id: &str,
) -> Result<(), ServiceError> {
    let mut outdated = Vec::new();
    let mut moves: Vec<(Move, KeptCase)> =
        kept.proposed.moves.into_iter().zip(kept.cases).collect();
    // Always in the same order, so that no two of these wait for each other.
    moves.sort_by_key(|(one, _)| one.case);
    for (one, case) in moves {
        let mut change = Change::asked_for(conn, core, actor, one.case, request_id)?;
        let against = if change.row.version == case.version {
            routing::hand_over(&mut change, one.to, proposal)?
        } else {
            Some(Vec::new())
        };
        match against {
            None => change.save()?,
            Some(rules) => outdated.push(Outdated {
                case: one.case,
                reference: case.reference,
                rules,
            }),
        }
    }
    if outdated.is_empty() {
        Ok(())
    } else {
        Err(ServiceError::ProposalOutdated(outdated))
    }
}

fn audit(
    conn: &mut Conn,
    core: &Core,
    person: PersonId,
    action: &str,
    request_id: &str,
) -> Result<(), ServiceError> {
    Ok(traces::insert_audit(
        conn,
        &AuditRow {
            id: core.ids.next().to_string(),
            at: micros(core.clock.now()),
            person_id: Some(person.to_string()),
            relation: Relation::Coordinator.as_str().to_owned(),
            action: action.to_owned(),
            case_id: None,
            outcome: "done".to_owned(),
            request_id: Some(request_id.to_owned()),
        },
    )?)
}

fn document(
    conn: &mut Conn,
    row: ProposalRow,
    now: DateTime<Utc>,
) -> Result<ProposalDocument, ServiceError> {
    let Kept { proposed, cases } = json(&row.content)?;
    let (made_by, decided_by) = (id(&row.made_by)?, optional_id(row.decided_by.as_deref())?);
    let people: HashSet<PersonId> = proposed
        .moves
        .iter()
        .flat_map(|one| one.from.into_iter().chain([one.to]))
        .chain(decided_by.into_iter().chain([made_by]))
        .collect();
    let names = people::display_names(conn, &Vec::from_iter(people))?;
    let named = |person: PersonId| Named {
        id: person,
        name: names.get(&person).cloned().unwrap_or_default(),
    };
    Ok(ProposalDocument {
        id: id(&row.id)?,
        network: id(&row.network_id)?,
        state: standing(&row, now)?,
        policy: proposed.policy,
        made_by: named(made_by),
        made_at: instant(row.made_at)?,
        expires_at: instant(row.expires_at)?,
        decided_by: decided_by.map(named),
        decided_at: optional_instant(row.decided_at)?,
        reason: row.reason,
        looked_at: proposed.looked_at,
        before: proposed.before,
        after: proposed.after,
        moves: proposed
            .moves
            .into_iter()
            .zip(cases)
            .map(|(one, case)| move_document(one, case, &named))
            .collect(),
        work: proposed
            .work
            .into_iter()
            .map(|one| WorkDocument {
                expert: named(one.expert),
                cases_before: one.cases_before,
                cases_after: one.cases_after,
                minutes_before: one.minutes_before,
                minutes_after: one.minutes_after,
            })
            .collect(),
    })
}

fn move_document(
    one: Move,
    case: KeptCase,
    named: &impl Fn(PersonId) -> Named<PersonId>,
) -> MoveDocument {
    MoveDocument {
        case: one.case,
        reference: case.reference,
        version: case.version,
        urgency: case.urgency,
        from: one.from.map(named),
        to: named(one.to),
        why: one.why,
        due_at: one.due_at,
        expected_before: one.expected_before,
        expected_after: one.expected_after,
        reading_minutes: one.reading_minutes,
    }
}
