//! The work of a pool's experts over the last ninety days, as routing compares it: each expert's own share beside the pool's middle.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::error::ServiceError;
use super::{Core, Exchange, routing};
use crate::domain::ids::{NetworkId, PersonId};
use crate::domain::people::Actor;
use crate::domain::work::{self, COMPARED};
use crate::store::{Conn, organisations, people};

/// Work over the time compared. A share is in millionths of the working time that was offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Work {
    /// Minutes that the opinions signed in that time count for.
    pub work_minutes: u32,
    /// Minutes of working time offered: hours without holidays, closures and absences.
    pub offered_minutes: u32,
    /// The one in millionths of the other.
    pub work_share: u32,
}

/// What half of a pool's experts do not exceed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Middle {
    /// How many experts the pool has.
    pub experts: usize,
    /// The middle of their minutes.
    pub work_minutes: u32,
    /// The middle of their shares.
    pub work_share: u32,
}

/// An expert's own work beside the pool's.
#[derive(Debug, Clone, Serialize)]
pub struct OwnWorkload {
    /// In whose pool.
    pub network: NetworkId,
    /// From then.
    pub from: DateTime<Utc>,
    /// Until now.
    pub to: DateTime<Utc>,
    /// The expert's own.
    #[serde(flatten)]
    pub own: Work,
    /// The pool's middle; none while the account is not active in it.
    pub median: Option<Middle>,
}

/// An expert of a pool with their work.
#[derive(Debug, Clone, Serialize)]
pub struct ExpertWork {
    /// Who.
    pub id: PersonId,
    /// Name.
    pub name: String,
    /// Their work.
    #[serde(flatten)]
    pub work: Work,
}

/// The work of a pool.
#[derive(Debug, Clone, Serialize)]
pub struct PoolWorkload {
    /// The network.
    pub network: NetworkId,
    /// From then.
    pub from: DateTime<Utc>,
    /// Until now.
    pub to: DateTime<Utc>,
    /// Its middle; none of an empty pool.
    pub median: Option<Middle>,
    /// Its experts, by name.
    pub items: Vec<ExpertWork>,
}

/// The work of the expert who asks, beside the middle of their pool.
///
/// # Errors
/// [`ServiceError::Forbidden`] for who is no expert.
pub async fn own(ex: &Exchange, actor: &Actor) -> Result<OwnWorkload, ServiceError> {
    let (core, person) = (ex.core.clone(), actor.person);
    ex.store
        .read(move |conn| {
            let profile = people::find_profile(conn, person)?.ok_or(ServiceError::Forbidden(
                "only experts have work of their own",
            ))?;
            let to = core.clock.now();
            let all = of_pool(conn, &core, profile.network, to)?;
            let own = all.iter().find(|(expert, _)| *expert == person);
            Ok(OwnWorkload {
                network: profile.network,
                from: to - COMPARED,
                to,
                own: own.map_or(work(0, 0), |(_, work)| *work),
                median: middle(&all),
            })
        })
        .await
}

/// The work of a network's pool.
///
/// # Errors
/// [`ServiceError::NotFound`] for who does not coordinate it.
pub async fn of_network(
    ex: &Exchange,
    actor: &Actor,
    network: NetworkId,
) -> Result<PoolWorkload, ServiceError> {
    if !actor.coordinates(network) {
        return Err(ServiceError::NotFound);
    }
    let core = ex.core.clone();
    ex.store
        .read(move |conn| {
            let to = core.clock.now();
            let all = of_pool(conn, &core, network, to)?;
            let who: Vec<PersonId> = all.iter().map(|(expert, _)| *expert).collect();
            let names = people::display_names(conn, &who)?;
            let mut items: Vec<ExpertWork> = all
                .iter()
                .map(|(id, work)| ExpertWork {
                    id: *id,
                    name: names.get(id).cloned().unwrap_or_default(),
                    work: *work,
                })
                .collect();
            items.sort_by(|one, other| (&one.name, one.id).cmp(&(&other.name, other.id)));
            Ok(PoolWorkload {
                network,
                from: to - COMPARED,
                to,
                median: middle(&all),
                items,
            })
        })
        .await
}

/// The work of each active expert of a pool, as routing sees it.
fn of_pool(
    conn: &mut Conn,
    core: &Core,
    network: NetworkId,
    now: DateTime<Utc>,
) -> Result<Vec<(PersonId, Work)>, ServiceError> {
    let found = organisations::find_network(conn, network)?.ok_or(ServiceError::NotFound)?;
    let pool = (Arc::new(found), None);
    let candidates = routing::candidates_of(conn, core, now, &pool)?;
    let of = |one: &crate::domain::routing::Candidate| {
        let offered = work::offered_minutes(&one.calendar, &one.absences, now);
        (one.expert, work(one.work_minutes, offered))
    };
    Ok(candidates.iter().map(of).collect())
}

fn work(work_minutes: u32, offered_minutes: u32) -> Work {
    Work {
        work_minutes,
        offered_minutes,
        work_share: work::share(work_minutes, offered_minutes),
    }
}

fn middle(all: &[(PersonId, Work)]) -> Option<Middle> {
    let of =
        |value: fn(&Work) -> u32| work::median(all.iter().map(|(_, work)| value(work)).collect());
    Some(Middle {
        experts: all.len(),
        work_minutes: of(|work| work.work_minutes)?,
        work_share: of(|work| work.work_share)?,
    })
}
