//! The directory: networks, laboratories, agreements, what they promise and weigh, who is told of their cases, and the experts of
//! each pool as routing weighs them; read once and kept for as long as nobody changes any of it (decision 18).

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Datelike, Duration, Utc};

use super::error::ServiceError;
use super::{Core, calendars, choice};
use crate::domain::ids::{LaboratoryId, NetworkId, PersonId, WebhookId};
use crate::domain::on_call::{Duty, OnCall};
use crate::domain::recusals::Recused;
use crate::domain::routing::Candidate;
use crate::domain::routing::choice::ChoicePolicy;
use crate::domain::targets::TargetPolicy;
use crate::domain::turnaround::Urgency;
use crate::domain::webhooks::EventKind;
use crate::store::organisations::{Agreement, Laboratory, Network};
use crate::store::people::{self, ExpertProfile};
use crate::store::{self, Conn, organisations};

/// Duties and recusals that ended so long ago matter to nobody.
const KEPT_FOR: Duration = Duration::days(90);

/// The newest edition that was asked for. Only a memory of what can be read again: nothing is lost with it.
#[derive(Default)]
pub struct Directory(Mutex<Arc<Edition>>);

/// What was read of the directory under one stamp.
#[derive(Default)]
pub(super) struct Edition {
    stamp: String,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    networks: HashMap<NetworkId, Arc<Network>>,
    laboratories: HashMap<LaboratoryId, Arc<Laboratory>>,
    agreements: HashMap<NetworkId, Arc<[Agreement]>>,
    choices: HashMap<NetworkId, ChoicePolicy>,
    targets: HashMap<(NetworkId, Urgency), Arc<[TargetPolicy]>>,
    pools: HashMap<Year, Arc<[Candidate]>>,
    webhooks: HashMap<NetworkId, Arc<[Listener]>>,
}

/// A webhook that is told something now, and of what.
pub(super) type Listener = (WebhookId, Vec<EventKind>);

/// A pool around a year: its calendars reach over some years only.
type Year = (NetworkId, i32);

impl Directory {
    /// The directory as it stands.
    pub(super) fn now(&self, conn: &mut Conn) -> Result<Arc<Edition>, ServiceError> {
        // Before all that it stands for: a change in between is then kept under a stamp that nobody finds any more.
        let stamp = organisations::pool_stamp(conn)?;
        let mut newest = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if newest.stamp != stamp {
            let kept = Mutex::default();
            *newest = Arc::new(Edition { stamp, kept });
        }
        Ok(Arc::clone(&newest))
    }
}

impl Edition {
    /// A network that something names.
    pub(super) fn network(
        &self,
        conn: &mut Conn,
        id: NetworkId,
    ) -> Result<Arc<Network>, ServiceError> {
        self.once(
            |kept| &mut kept.networks,
            id,
            || {
                let found = organisations::find_network(conn, id)?;
                found.map(Arc::new).ok_or(ServiceError::Internal(
                    "a network is named that is not there".into(),
                ))
            },
        )
    }

    /// A laboratory that something names.
    pub(super) fn laboratory(
        &self,
        conn: &mut Conn,
        id: LaboratoryId,
    ) -> Result<Arc<Laboratory>, ServiceError> {
        self.once(
            |kept| &mut kept.laboratories,
            id,
            || {
                let found = organisations::find_laboratory(conn, id)?;
                found.map(Arc::new).ok_or(ServiceError::Internal(
                    "a laboratory is named that is not there".into(),
                ))
            },
        )
    }

    /// The agreements by which a network may hand cases on, whether or not they are in force.
    pub(super) fn agreements_from(
        &self,
        conn: &mut Conn,
        id: NetworkId,
    ) -> Result<Arc<[Agreement]>, ServiceError> {
        self.once(
            |kept| &mut kept.agreements,
            id,
            || Ok(organisations::agreements(conn, Some(id))?.into()),
        )
    }

    /// What the choice weighs in a network.
    pub(super) fn choice(
        &self,
        conn: &mut Conn,
        core: &Core,
        id: NetworkId,
    ) -> Result<ChoicePolicy, ServiceError> {
        self.once(
            |kept| &mut kept.choices,
            id,
            || choice::in_force(conn, core, id),
        )
    }

    /// What a network promises of an urgency, whether or not it holds now.
    pub(super) fn targets(
        &self,
        conn: &mut Conn,
        id: NetworkId,
        urgency: Urgency,
    ) -> Result<Arc<[TargetPolicy]>, ServiceError> {
        self.once(
            |kept| &mut kept.targets,
            (id, urgency),
            || Ok(store::targets::of_urgency(conn, id, urgency)?.into()),
        )
    }

    /// Who is told of the cases of a network.
    pub(super) fn webhooks(
        &self,
        conn: &mut Conn,
        id: NetworkId,
    ) -> Result<Arc<[Listener]>, ServiceError> {
        self.once(
            |kept| &mut kept.webhooks,
            id,
            || Ok(store::webhooks::listening(conn, id)?.into()),
        )
    }

    /// The active experts of a pool, without what changes with every case: nobody has a case, and nobody is away.
    pub(super) fn pool(
        &self,
        conn: &mut Conn,
        core: &Core,
        id: NetworkId,
        now: DateTime<Utc>,
    ) -> Result<Arc<[Candidate]>, ServiceError> {
        self.once(
            |kept| &mut kept.pools,
            (id, now.year()),
            || {
                let network = self.network(conn, id)?;
                Ok(read(conn, core, &network, now)?.into())
            },
        )
    }

    /// What is kept under `key`, read if it is asked for the first time.
    fn once<K: Eq + Hash, V: Clone>(
        &self,
        among: fn(&mut Kept) -> &mut HashMap<K, V>,
        key: K,
        read: impl FnOnce() -> Result<V, ServiceError>,
    ) -> Result<V, ServiceError> {
        if let Some(known) = among(&mut self.kept()).get(&key) {
            return Ok(known.clone());
        }
        // Nobody waits meanwhile: two who ask at once may both read.
        let found = read()?;
        among(&mut self.kept()).insert(key, found.clone());
        Ok(found)
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn read(
    conn: &mut Conn,
    core: &Core,
    network: &Network,
    now: DateTime<Utc>,
) -> Result<Vec<Candidate>, ServiceError> {
    let profiles = people::experts_of(conn, network.id)?;
    let mut works_in: HashMap<PersonId, Vec<LaboratoryId>> = HashMap::new();
    for (expert, laboratory) in people::laboratories_in(conn, network.id)? {
        works_in.entry(expert).or_default().push(laboratory);
    }
    let mut recused: HashMap<PersonId, Vec<Recused>> = HashMap::new();
    for one in store::recusals::of_network(conn, network.id, now - KEPT_FOR)? {
        recused.entry(one.expert).or_default().push(one.recused);
    }
    let on_call = calendars::on_call(core, network, now)?;
    let mut duties: HashMap<PersonId, Vec<Duty>> = HashMap::new();
    if on_call.is_some() {
        // Those that are over count in no answer to come, but in what is played again of the last months.
        for duty in store::duties::of_network(conn, network.id, now - KEPT_FOR)? {
            duties.entry(duty.expert).or_default().push(duty);
        }
    }
    let territories = Arc::new(network.territories.clone());
    let subspecialties = Arc::new(network.subspecialties.clone());
    let candidate = |profile: ExpertProfile| {
        let calendar = calendars::of_expert(core, &profile, network, now)?;
        let own = duties.get(&profile.person);
        let on_call = on_call
            .as_ref()
            .zip(own)
            .and_then(|(hours, own)| OnCall::of(&calendar, hours, own));
        Ok(Candidate {
            expert: profile.person,
            network: profile.network,
            agreement: None,
            pool_territories: Arc::clone(&territories),
            pool_subspecialties: Arc::clone(&subspecialties),
            laboratories: works_in.remove(&profile.person).unwrap_or_default(),
            recusals: recused.remove(&profile.person).unwrap_or_default(),
            calendar,
            on_call: on_call.map(Arc::new),
            urgent_minutes: 0,
            primary: profile.primary_subspecialty,
            others: profile.other_subspecialties,
            languages: profile.languages,
            capacity: profile.capacity_per_day,
            open_cases: 0,
            queued_minutes: 0,
            work_minutes: 0,
            absences: Vec::new(),
        })
    };
    profiles.into_iter().map(candidate).collect()
}
