//! Who is on call in a pool: a coordinator keeps the roster, the pool's experts read it, routing and offers follow it at once.

use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};

use super::documents::Named;
use super::error::ServiceError;
use super::idempotency::{self, Idempotency, Made};
use super::{Core, Exchange, audit, calendars, digest};
use crate::domain::calendar::WeeklyHours;
use crate::domain::ids::{DutyId, NetworkId, PersonId};
use crate::domain::notifications::{Notification, NotificationKind};
use crate::domain::on_call::{Duty, gaps};
use crate::domain::people::Actor;
use crate::domain::problems::{FieldProblem, FieldRule};
use crate::domain::time::database_precision;
use crate::domain::traces::Standing;
use crate::store::organisations::{self, Network};
use crate::store::outbox::Topic;
use crate::store::{self, Conn, StoreError, duties, people, traces};

/// How far ahead hours are looked for in which nobody is on call.
const AHEAD: Duration = Duration::days(28);

/// A new duty.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewDuty {
    /// Who.
    pub expert: PersonId,
    /// From then.
    pub starts_at: DateTime<Utc>,
    /// Until then.
    pub ends_at: DateTime<Utc>,
}

/// A duty.
#[derive(Debug, Clone, Serialize)]
pub struct DutyDocument {
    /// Identifier.
    pub id: DutyId,
    /// Who is on call.
    pub expert: Named<PersonId>,
    /// From then.
    pub starts_at: DateTime<Utc>,
    /// Until then.
    pub ends_at: DateTime<Utc>,
}

/// On-call hours with nobody.
#[derive(Debug, Clone, Serialize)]
pub struct Gap {
    /// From then.
    pub from: DateTime<Utc>,
    /// Until then.
    pub to: DateTime<Utc>,
}

/// The roster of a pool.
#[derive(Debug, Clone, Serialize)]
pub struct Roster {
    /// The network.
    pub network: NetworkId,
    /// The pool's on-call hours; those of no day when it has none.
    pub on_call_hours: WeeklyHours,
    /// The duties that are not over, the earliest first.
    pub items: Vec<DutyDocument>,
    /// The on-call hours of the next 28 days with nobody on call who is not away.
    pub gaps: Vec<Gap>,
}

/// The roster of a network's pool, for its coordinators and its experts.
///
/// # Errors
/// [`ServiceError::NotFound`] for anybody else.
pub async fn of_network(
    ex: &Exchange,
    actor: &Actor,
    network: NetworkId,
) -> Result<Roster, ServiceError> {
    if !actor.coordinates(network) && !actor.reads_for(network) {
        return Err(ServiceError::NotFound);
    }
    let core = ex.core.clone();
    ex.store
        .read(move |conn| {
            let now = core.clock.now();
            let pool = find(conn, network)?;
            let items = duties::of_network(conn, network, now)?;
            let gaps = gaps_of(conn, &core, &pool, &items, now)?;
            Ok(Roster {
                network,
                on_call_hours: serde_json::from_value(pool.on_call_hours)
                    .map_err(|_| StoreError::Corrupt("network"))?,
                gaps,
                items: documents(conn, &items)?,
            })
        })
        .await
}

/// The duties of an expert that are not over, for themselves.
///
/// # Errors
/// Storage failures.
pub async fn own(ex: &Exchange, actor: &Actor) -> Result<Vec<Duty>, ServiceError> {
    let (core, person) = (ex.core.clone(), actor.person);
    ex.store
        .read(move |conn| Ok(duties::of_expert(conn, person, core.clock.now())?))
        .await
}

fn find(conn: &mut Conn, network: NetworkId) -> Result<Network, ServiceError> {
    organisations::find_network(conn, network)?.ok_or(ServiceError::NotFound)
}

fn gaps_of(
    conn: &mut Conn,
    core: &Core,
    pool: &Network,
    items: &[Duty],
    now: DateTime<Utc>,
) -> Result<Vec<Gap>, ServiceError> {
    let Some(hours) = calendars::on_call(core, pool, now)? else {
        return Ok(Vec::new());
    };
    let away: Vec<_> = people::absences_in(conn, pool.id, now)?
        .into_iter()
        .map(|one| (one.person, (one.starts_at, one.ends_at)))
        .collect();
    // Who has left the pool, or is kept out, answers nothing.
    let pool: Vec<PersonId> = people::experts_of(conn, pool.id)?
        .into_iter()
        .map(|profile| profile.person)
        .collect();
    let held: Vec<Duty> = items
        .iter()
        .filter(|duty| pool.contains(&duty.expert))
        .copied()
        .collect();
    let found = gaps(&hours, &held, &away, (now, now + AHEAD));
    Ok(found
        .into_iter()
        .map(|(from, to)| Gap { from, to })
        .collect())
}

fn documents(conn: &mut Conn, items: &[Duty]) -> Result<Vec<DutyDocument>, ServiceError> {
    let who: Vec<PersonId> = items.iter().map(|duty| duty.expert).collect();
    let names = people::display_names(conn, &who)?;
    let document = |duty: &Duty| DutyDocument {
        id: duty.id,
        expert: Named {
            id: duty.expert,
            name: names.get(&duty.expert).cloned().unwrap_or_default(),
        },
        starts_at: duty.starts_at,
        ends_at: duty.ends_at,
    };
    Ok(items.iter().map(document).collect())
}

/// Puts an expert of the pool on call.
///
/// # Errors
/// [`ServiceError::NotFound`] for who does not coordinate the network; [`ServiceError::Invalid`] naming what the duty contradicts:
/// on-call hours that do not lie in it, another duty or an absence of the expert.
pub async fn add(
    ex: &Exchange,
    actor: &Actor,
    network: NetworkId,
    new: NewDuty,
    key: Option<Idempotency>,
    request_id: &str,
) -> Result<Made<DutyDocument>, ServiceError> {
    if !actor.coordinates(network) {
        return Err(ServiceError::NotFound);
    }
    let duty = Duty {
        id: DutyId::new(ex.core.ids.as_ref()),
        network,
        expert: new.expert,
        starts_at: database_precision(new.starts_at),
        ends_at: database_precision(new.ends_at),
    };
    let (core, person, request_id) = (ex.core.clone(), actor.person, request_id.to_owned());
    ex.store
        .write(move |conn| {
            let kept = idempotency::keep(conn, &core, person, key.as_ref(), 201, &duty.id)?;
            let replayed = kept.is_some();
            let duty = match kept {
                Some((_, known)) => {
                    duties::find(conn, network, known)?.ok_or(ServiceError::NotFound)?
                }
                None => {
                    // One after the other: two duties of one expert must not meet.
                    store::waiting::queue_up(conn, network)?;
                    let problems = problems(conn, &core, &duty)?;
                    if !problems.is_empty() {
                        return Err(ServiceError::Invalid(problems));
                    }
                    duties::insert(conn, &duty)?;
                    put_on_record(conn, &core, person, "add_duty", &request_id)?;
                    tell(conn, &core, &duty)?;
                    duty
                }
            };
            let document = documents(conn, &[duty])?.pop();
            let missing = || ServiceError::Internal("a duty without its document".into());
            Ok(Made {
                document: document.ok_or_else(missing)?,
                replayed,
            })
        })
        .await
}

fn problems(conn: &mut Conn, core: &Core, duty: &Duty) -> Result<Vec<FieldProblem>, ServiceError> {
    let now = core.clock.now();
    let pool = find(conn, duty.network)?;
    let mut problems: Vec<FieldProblem> = duty.order_problem(now).into_iter().collect();
    let experts = people::experts_of(conn, duty.network)?;
    if !experts.iter().any(|one| one.person == duty.expert) {
        problems.push(FieldProblem::new("/expert", FieldRule::UnknownCode));
    }
    if !problems.is_empty() {
        return Ok(problems);
    }
    let hours = calendars::on_call(core, &pool, duty.starts_at)?;
    let others = duties::of_expert(conn, duty.expert, now)?;
    let away: Vec<_> = people::absences_of(conn, &[duty.expert], now)?
        .into_iter()
        .map(|one| (one.starts_at, one.ends_at))
        .collect();
    Ok(duty.contradictions(hours.as_deref(), &others, &away))
}

/// Takes a duty away.
///
/// # Errors
/// [`ServiceError::NotFound`] for who does not coordinate the network, and when there is none of that identifier.
pub async fn remove(
    ex: &Exchange,
    actor: &Actor,
    network: NetworkId,
    duty: DutyId,
    request_id: &str,
) -> Result<(), ServiceError> {
    if !actor.coordinates(network) {
        return Err(ServiceError::NotFound);
    }
    let (core, person, request_id) = (ex.core.clone(), actor.person, request_id.to_owned());
    ex.store
        .write(move |conn| {
            if !duties::delete(conn, network, duty)? {
                return Err(ServiceError::NotFound);
            }
            put_on_record(conn, &core, person, "remove_duty", &request_id)
        })
        .await
}

/// Tells who was put on call.
fn tell(conn: &mut Conn, core: &Core, duty: &Duty) -> Result<(), ServiceError> {
    let notification = Notification {
        kind: NotificationKind::OnCall,
        to: duty.expert,
        case: None,
        reference: None,
        urgency: None,
        at: Some(duty.starts_at),
        digest: None,
        summary: Vec::new(),
        link: None,
    };
    let payload = store::to_json(&notification)?;
    digest::enqueue(conn, core, Topic::Mail, payload, core.clock.now())
}

fn put_on_record(
    conn: &mut Conn,
    core: &Core,
    person: PersonId,
    act: &str,
    request_id: &str,
) -> Result<(), ServiceError> {
    let entry = audit::entry(core, person, Standing::Coordinator, act, None, request_id);
    Ok(traces::insert_audit(conn, &entry)?)
}
