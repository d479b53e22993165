//! The experts of each pool as routing weighs them, read once and kept for as long as nobody changes them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Datelike, Duration, Utc};

use super::error::ServiceError;
use super::{Core, calendars};
use crate::domain::ids::{LaboratoryId, NetworkId, PersonId};
use crate::domain::on_call::{Duty, OnCall};
use crate::domain::routing::Candidate;
use crate::store::people::{self, ExpertProfile};
use crate::store::{self, Conn, organisations};

/// Duties that ended so long ago matter to nobody.
const DUTIES_KEPT: Duration = Duration::days(90);

/// A pool as it stood under a stamp.
struct Kept {
    stamp: String,
    experts: Arc<[Candidate]>,
}

/// The pools read so far. Only a memory of what can be read again: nothing is lost with it.
#[derive(Default)]
pub struct Pools(Mutex<HashMap<Year, Kept>>);

/// A pool around a year: its calendars reach over some years only.
type Year = (NetworkId, i32);

impl Pools {
    /// The active experts of a pool, without what changes with every case: nobody has a case, and nobody is away.
    pub(super) fn of(
        &self,
        conn: &mut Conn,
        core: &Core,
        network: NetworkId,
        now: DateTime<Utc>,
    ) -> Result<Arc<[Candidate]>, ServiceError> {
        // Before all that it stands for: a change in between is then kept under a stamp that nobody finds any more.
        let stamp = organisations::pool_stamp(conn)?;
        let year = (network, now.year());
        if let Some(known) = self.known(&year, &stamp) {
            return Ok(known);
        }
        let experts: Arc<[Candidate]> = read(conn, core, network, now)?.into();
        let kept = Kept {
            stamp,
            experts: Arc::clone(&experts),
        };
        let mut pools = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        pools.insert(year, kept);
        Ok(experts)
    }

    fn known(&self, year: &Year, stamp: &str) -> Option<Arc<[Candidate]>> {
        let pools = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = pools.get(year)?;
        (kept.stamp == stamp).then(|| Arc::clone(&kept.experts))
    }
}

fn read(
    conn: &mut Conn,
    core: &Core,
    network: NetworkId,
    now: DateTime<Utc>,
) -> Result<Vec<Candidate>, ServiceError> {
    let network = organisations::find_network(conn, network)?.ok_or(ServiceError::NotFound)?;
    let profiles = people::experts_of(conn, network.id)?;
    let mut works_in: HashMap<PersonId, Vec<LaboratoryId>> = HashMap::new();
    for (expert, laboratory) in people::laboratories_in(conn, network.id)? {
        works_in.entry(expert).or_default().push(laboratory);
    }
    let on_call = calendars::on_call(core, &network, now)?;
    let mut duties: HashMap<PersonId, Vec<Duty>> = HashMap::new();
    if on_call.is_some() {
        // Those that are over count in no answer to come, but in what is played again of the last months.
        for duty in store::duties::of_network(conn, network.id, now - DUTIES_KEPT)? {
            duties.entry(duty.expert).or_default().push(duty);
        }
    }
    let territories = Arc::new(network.territories.clone());
    let subspecialties = Arc::new(network.subspecialties.clone());
    let candidate = |profile: ExpertProfile| {
        let calendar = calendars::of_expert(core, &profile, &network, now)?;
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
