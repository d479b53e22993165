//! Proposals to move unopened cases between the experts of a network: a coordinator asks for one, looks at it, and has all of it
//! done or none.

mod document;

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};

use super::change::Change;
use super::error::ServiceError;
use super::idempotency::{self, Idempotency, Made};
use super::{Core, Exchange, audit, routing, waiting};
use crate::domain::commands::Reason;
use crate::domain::ids::{CaseId, NetworkId, PersonId, ProposalId};
use crate::domain::people::Actor;
use crate::domain::permissions::Relation;
use crate::domain::routing::plan::PlanPolicy;
use crate::domain::routing::rebalance::{Move, ProposalState, Rebalance, rebalance};
use crate::domain::text_enum::TextEnum;
use crate::domain::turnaround::Urgency;
use crate::store::proposals::{self, ProposalRow};
use crate::store::traces;
use crate::store::{self, Conn, instant, json, micros, name, organisations, to_json};

use document::document;
pub use document::{MoveDocument, Outdated, ProposalDocument, WorkDocument};

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
                    put_on_record(conn, &core, person, "make_proposal", &request_id)?;
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
    let unopened = waiting::seen(conn, core, &homes, &rows, &tried)?;
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
                put_on_record(conn, &core, actor.person, "apply_proposal", &request_id)?;
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
                put_on_record(conn, &core, actor.person, "discard_proposal", &request_id)?;
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

fn put_on_record(
    conn: &mut Conn,
    core: &Core,
    person: PersonId,
    action: &str,
    request_id: &str,
) -> Result<(), ServiceError> {
    let entry = audit::entry(
        core,
        person,
        Relation::Coordinator,
        action,
        None,
        request_id,
    );
    Ok(traces::insert_audit(conn, &entry)?)
}
