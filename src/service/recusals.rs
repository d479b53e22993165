//! Declared conflicts of interest: an expert reads no case of a laboratory. They declare it themselves, or a coordinator does; routing,
//! the next case, plans, pins and panels ask it as they ask every rule.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::change::Change;
use super::documents::Named;
use super::error::ServiceError;
use super::idempotency::{self, Idempotency, Made};
use super::{Core, Exchange, audit, panel_time, routing};
use crate::domain::cases::{CaseState, MoveReason};
use crate::domain::ids::{LaboratoryId, NetworkId, PersonId, RecusalId};
use crate::domain::panels::time::SeatLost;
use crate::domain::people::Actor;
use crate::domain::permissions::{RecusalSight, recusal_sight, withdraws_recusal};
use crate::domain::problems::{FieldProblem, FieldRule};
use crate::domain::recusals::{Recusal, RecusalReason, Recused};
use crate::domain::time::database_precision;
use crate::domain::traces::Standing;
use crate::store::{self, Conn, organisations, people, recusals, traces};

/// A conflict of interest to declare.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewRecusal {
    /// Who does not read.
    pub expert: PersonId,
    /// Whose cases.
    pub laboratory: LaboratoryId,
    /// Why.
    pub reason: RecusalReason,
    /// From then; from now without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starts_at: Option<DateTime<Utc>>,
    /// Until then; until it is taken back without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<DateTime<Utc>>,
}

/// A declared conflict of interest.
#[derive(Debug, Clone, Serialize)]
pub struct RecusalDocument {
    /// Identifier.
    pub id: RecusalId,
    /// Who does not read.
    pub expert: Named<PersonId>,
    /// Whose cases.
    pub laboratory: Named<LaboratoryId>,
    /// Why.
    pub reason: RecusalReason,
    /// From then.
    pub starts_at: DateTime<Utc>,
    /// Until then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<DateTime<Utc>>,
    /// Who declared it.
    pub declared_by: Named<PersonId>,
    /// When.
    pub declared_at: DateTime<Utc>,
    /// Whether who asks may take it back.
    pub withdrawable: bool,
}

/// The declared conflicts of interest of a pool.
#[derive(Debug, Clone, Serialize)]
pub struct RecusalList {
    /// Those that are not over, by expert and beginning.
    pub items: Vec<RecusalDocument>,
}

/// The declared conflicts of interest that are not over: a coordinator's whole pool's, an expert's own.
///
/// # Errors
/// [`ServiceError::NotFound`] for anybody else.
pub async fn of_network(
    ex: &Exchange,
    actor: &Actor,
    network: NetworkId,
) -> Result<RecusalList, ServiceError> {
    let sight = recusal_sight(actor, network).ok_or(ServiceError::NotFound)?;
    let (core, actor) = (ex.core.clone(), actor.clone());
    ex.store
        .read(move |conn| {
            let mut items = recusals::of_network(conn, network, core.clock.now())?;
            items.retain(|one| sight == RecusalSight::Pool || one.expert == actor.person);
            let items = documents(conn, (&actor, network), &items)?;
            Ok(RecusalList { items })
        })
        .await
}

fn documents(
    conn: &mut Conn,
    (actor, network): (&Actor, NetworkId),
    items: &[Recusal],
) -> Result<Vec<RecusalDocument>, ServiceError> {
    let who: Vec<PersonId> = items
        .iter()
        .flat_map(|one| [one.expert, one.declared_by])
        .collect();
    let names = people::display_names(conn, &who)?;
    let person = |id: PersonId| Named {
        id,
        name: names.get(&id).cloned().unwrap_or_default(),
    };
    let laboratories = if items.is_empty() {
        Vec::new()
    } else {
        organisations::laboratories(conn)?
    };
    let document = |one: &Recusal| {
        let known = laboratories
            .iter()
            .find(|known| known.id == one.recused.laboratory);
        RecusalDocument {
            id: one.id,
            expert: person(one.expert),
            laboratory: Named {
                id: one.recused.laboratory,
                name: known.map(|known| known.name.clone()).unwrap_or_default(),
            },
            reason: one.reason,
            starts_at: one.recused.starts_at,
            ends_at: one.recused.ends_at,
            declared_by: person(one.declared_by),
            declared_at: one.declared_at,
            withdrawable: withdraws_recusal(actor, network, one),
        }
    };
    Ok(items.iter().map(document).collect())
}

/// Declares a conflict of interest of an expert of the network's pool. What was offered to them of the laboratory goes on at once, as do
/// the seats of panels that they were invited to; what they have accepted stays with them until a coordinator takes it back.
///
/// # Errors
/// [`ServiceError::NotFound`] for who neither coordinates the network nor reads for it, and for a repeated request whose conflict was
/// taken back since; [`ServiceError::Invalid`], which names another expert than oneself too.
pub async fn declare(
    ex: &Exchange,
    actor: &Actor,
    network: NetworkId,
    new: NewRecusal,
    key: Option<Idempotency>,
    request_id: &str,
) -> Result<Made<RecusalDocument>, ServiceError> {
    let sight = recusal_sight(actor, network).ok_or(ServiceError::NotFound)?;
    let now = database_precision(ex.core.clock.now());
    let recusal = Recusal {
        id: RecusalId::new(ex.core.ids.as_ref()),
        expert: new.expert,
        recused: Recused {
            laboratory: new.laboratory,
            starts_at: new.starts_at.map_or(now, database_precision),
            ends_at: new.ends_at.map(database_precision),
        },
        reason: new.reason,
        declared_by: actor.person,
        declared_at: now,
    };
    let (core, actor, request_id) = (ex.core.clone(), actor.clone(), request_id.to_owned());
    ex.store
        .write(move |conn| {
            let kept =
                idempotency::keep(conn, &core, actor.person, key.as_ref(), 201, &recusal.id)?;
            let replayed = kept.is_some();
            let recusal = match kept {
                Some((_, known)) => recusals::find(conn, known)?.ok_or(ServiceError::NotFound)?,
                None => {
                    // One after the other: nobody is given a case meanwhile, nor declares the same.
                    store::waiting::queue_up(conn, network)?;
                    let problems = problems(conn, (&actor, sight, network), &recusal)?;
                    if !problems.is_empty() {
                        return Err(ServiceError::Invalid(problems));
                    }
                    recusals::insert(conn, &recusal)?;
                    let act = "declare_conflict";
                    put_on_record(conn, &core, (&actor, sight), act, &request_id)?;
                    hand_on(conn, &core, &actor, &recusal, &request_id)?;
                    recusal
                }
            };
            let document = documents(conn, (&actor, network), &[recusal])?.pop();
            let missing = || ServiceError::Internal("a recusal without its document".into());
            Ok(Made {
                document: document.ok_or_else(missing)?,
                replayed,
            })
        })
        .await
}

fn problems(
    conn: &mut Conn,
    (actor, sight, network): (&Actor, RecusalSight, NetworkId),
    recusal: &Recusal,
) -> Result<Vec<FieldProblem>, ServiceError> {
    let mut problems = Vec::new();
    let profile = people::find_profile(conn, recusal.expert)?;
    let of_pool = profile.is_some_and(|profile| profile.network == network);
    let theirs = sight == RecusalSight::Pool || recusal.expert == actor.person;
    if !of_pool || !theirs {
        problems.push(FieldProblem::new("/expert", FieldRule::UnknownCode));
    }
    let known = organisations::find_laboratory(conn, recusal.recused.laboratory)?;
    if known.is_none() {
        problems.push(FieldProblem::new("/laboratory", FieldRule::UnknownCode));
    }
    let now = recusal.declared_at;
    let others = recusals::of_expert(conn, recusal.expert, now)?;
    problems.extend(recusal.problems(&others, now));
    Ok(problems)
}

/// Hands on at once what is offered to the expert of the laboratory, seats of panels among it, if the recusal holds already.
fn hand_on(
    conn: &mut Conn,
    core: &Core,
    actor: &Actor,
    recusal: &Recusal,
    request_id: &str,
) -> Result<(), ServiceError> {
    if !recusal.recused.holds_at(recusal.declared_at) {
        return Ok(());
    }
    let laboratory = recusal.recused.laboratory.to_string();
    for case in store::assignments::offered_to(conn, recusal.expert)? {
        let mut change = Change::asked_for(conn, core, actor, case, request_id)?;
        let theirs =
            change.state()? == CaseState::Offered && change.expert()? == Some(recusal.expert);
        if theirs && change.row.laboratory_id == laboratory {
            routing::move_on(&mut change, MoveReason::Recused)?;
            change.save()?;
        }
    }
    let who = (actor, recusal.expert);
    panel_time::make_room(conn, core, who, request_id, |change, _| {
        let theirs = change.row.laboratory_id == laboratory;
        Ok(theirs.then_some(SeatLost::Recused))
    })
}

/// Takes a declared conflict of interest back.
///
/// # Errors
/// [`ServiceError::NotFound`] for one that the actor does not see; [`ServiceError::Forbidden`] for an expert whose coordinator
/// declared it.
pub async fn withdraw(
    ex: &Exchange,
    actor: &Actor,
    network: NetworkId,
    key: RecusalId,
    request_id: &str,
) -> Result<(), ServiceError> {
    let sight = recusal_sight(actor, network).ok_or(ServiceError::NotFound)?;
    let (core, actor, request_id) = (ex.core.clone(), actor.clone(), request_id.to_owned());
    ex.store
        .write(move |conn| {
            store::waiting::queue_up(conn, network)?;
            let found = recusals::find(conn, key)?.ok_or(ServiceError::NotFound)?;
            let profile = people::find_profile(conn, found.expert)?;
            let of_pool = profile.is_some_and(|profile| profile.network == network);
            if !of_pool || (sight == RecusalSight::Own && found.expert != actor.person) {
                return Err(ServiceError::NotFound);
            }
            if !withdraws_recusal(&actor, network, &found) {
                return Err(ServiceError::Forbidden("a coordinator declared it"));
            }
            recusals::delete(conn, key)?;
            let act = "withdraw_conflict";
            put_on_record(conn, &core, (&actor, sight), act, &request_id)
        })
        .await
}

fn put_on_record(
    conn: &mut Conn,
    core: &Core,
    (actor, sight): (&Actor, RecusalSight),
    act: &str,
    request_id: &str,
) -> Result<(), ServiceError> {
    let standing = match sight {
        RecusalSight::Pool => Standing::Coordinator,
        RecusalSight::Own => Standing::Oneself,
    };
    let entry = audit::entry(core, actor.person, standing, act, None, request_id);
    Ok(traces::insert_audit(conn, &entry)?)
}
