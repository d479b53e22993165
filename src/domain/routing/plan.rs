//! A plan: which of the waiting cases each expert should read, and in which of their openings, for the least total of waiting
//! and lateness. Proposed, never carried out by itself.

use std::collections::HashMap;

use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};

use super::next_case::Waiting;
use super::optimum::{Batch, BatchError, Options, assign};
use super::parts::assign_in_parts;
use super::{Candidate, Rule, against, own_field_minutes};
use crate::domain::ids::{CaseId, PersonId};
use crate::domain::turnaround::Urgency;

/// What a plan weighs, and how far it looks. The version is kept with each decision.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanPolicy {
    /// Names the policy, for the record.
    pub version: String,
    /// A minute late weighs as many minutes of waiting.
    pub lateness_weight: u32,
    /// Urgent work weighs so many times what routine work does.
    pub urgent_weight: u32,
    /// Minutes of waiting worth accepting to keep a case in its own network.
    pub other_network_minutes: u32,
    /// Minutes of waiting worth accepting to have it read in the reader's own field, and by who answered for the patient before.
    pub outside_primary_minutes: u32,
    /// Minutes of waiting worth accepting to leave a case with who holds it.
    pub move_minutes: u32,
    /// The share of each later opening that is kept free for cases that have not been sent yet, between 0 and 1.
    pub reserve: f64,
    /// How many openings of each expert are looked at.
    pub openings: usize,
    /// Days looked ahead.
    pub horizon_days: u32,
}

impl Default for PlanPolicy {
    fn default() -> Self {
        Self {
            version: "2026-11".to_owned(),
            lateness_weight: 4,
            urgent_weight: 3,
            other_network_minutes: 8 * 60,
            outside_primary_minutes: 24 * 60,
            move_minutes: 24 * 60,
            reserve: 0.3,
            openings: 6,
            horizon_days: 42,
        }
    }
}

/// Why a policy is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// An entry of the policy cannot be meant.
    #[error("policy {version}: {entry} {expected}")]
    Policy {
        /// The policy.
        version: String,
        /// The entry.
        entry: &'static str,
        /// What it has to be.
        expected: &'static str,
    },
    /// The plan cannot be computed.
    #[error(transparent)]
    Batch(#[from] BatchError),
}

impl PlanPolicy {
    /// Whether the policy can be meant.
    ///
    /// # Errors
    /// [`PlanError::Policy`] naming the entry.
    pub fn check(&self) -> Result<(), PlanError> {
        let refused = |entry, expected| {
            Err(PlanError::Policy {
                version: self.version.clone(),
                entry,
                expected,
            })
        };
        if !(0.0..1.0).contains(&self.reserve) {
            return refused("reserve", "has to be at least 0 and below 1");
        }
        if self.openings == 0 {
            return refused("openings", "has to be at least 1");
        }
        if self.horizon_days == 0 || self.horizon_days > 366 {
            return refused("horizon_days", "has to be from 1 to 366");
        }
        if self.urgent_weight == 0 {
            return refused("urgent_weight", "has to be at least 1");
        }
        Ok(())
    }
}

/// Where a plan puts a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Placed {
    /// The expert.
    pub expert: PersonId,
    /// When the opening in which they would read it begins, or now.
    pub reads_from: DateTime<Utc>,
    /// When they would have answered at the latest.
    pub answers_by: DateTime<Utc>,
}

/// The plan for all waiting cases.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// For each case, in the order given, where it goes; none when nobody eligible has room within the horizon.
    pub cases: Vec<(CaseId, Option<Placed>)>,
    /// What was minimised, in weighted minutes.
    pub cost: i64,
    /// Whether no plan costs less; a very large one is made part by part.
    pub exact: bool,
}

/// Above so many choices all together, a plan is made part by part: the exact one would take minutes.
const EXACT_OPTIONS: usize = 400_000;

/// An opening of an expert, with room for cases.
struct Room {
    expert: usize,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    places: usize,
    /// Whether it is on call, where nobody reads but what is urgent.
    on_call: bool,
}

/// Plans all waiting cases. Nobody gets more than their capacity, nor a case that a rule speaks against.
///
/// # Errors
/// [`PlanError`] when the policy cannot be meant.
pub fn plan(
    waiting: &[Waiting],
    experts: &[Candidate],
    policy: &PlanPolicy,
    now: DateTime<Utc>,
) -> Result<Plan, PlanError> {
    policy.check()?;
    let typical = typical_minutes(waiting);
    let urgent = |one: &&Waiting| one.case.urgency.answered_on_call();
    let urgent = i64::try_from(waiting.iter().filter(urgent).count()).unwrap_or(i64::MAX);
    let rooms: Vec<Room> = experts
        .iter()
        .enumerate()
        .flat_map(|(place, expert)| rooms_of(place, expert, (typical, urgent), policy, now))
        .collect();
    let mut of_expert: HashMap<usize, Vec<usize>> = HashMap::new();
    for (place, room) in rooms.iter().enumerate() {
        of_expert.entry(room.expert).or_default().push(place);
    }
    let readers = Readers::of(experts);
    let cases: Vec<Options> = waiting
        .iter()
        .map(|one| options(one, &readers, &rooms, &of_expert, policy, now))
        .collect();
    let exact = cases.iter().map(|one| one.experts.len()).sum::<usize>() <= EXACT_OPTIONS;
    let places = rooms
        .iter()
        .map(|room| {
            // Later readers of an opening answer later: that is what makes places dearer.
            let span = (room.to - room.from.max(now)).num_minutes();
            let step = span / i64::try_from(room.places.max(1)).unwrap_or(1);
            (0..room.places)
                .map(|place| step.saturating_mul(i64::try_from(place).unwrap_or(0)))
                .collect()
        })
        .collect();
    let batch = Batch { places, cases };
    let optimum = if exact {
        assign(&batch)?
    } else {
        assign_in_parts(&batch, &by_pressure(waiting, policy))?
    };
    let cases = waiting
        .iter()
        .zip(&optimum.experts)
        .map(|(one, room)| {
            let placed = room.and_then(|room| rooms.get(room)).and_then(|room| {
                Some(Placed {
                    expert: experts.get(room.expert)?.expert,
                    reads_from: room.from.max(now),
                    answers_by: room.to,
                })
            });
            (one.case.id, placed)
        })
        .collect();
    Ok(Plan {
        cases,
        cost: optimum.cost,
        exact,
    })
}

/// The places of the cases, the most pressing first: by its weight, then by when it is due.
fn by_pressure(waiting: &[Waiting], policy: &PlanPolicy) -> Vec<usize> {
    let pressure = |one: &Waiting| {
        let due = one.due.unwrap_or(DateTime::<Utc>::MAX_UTC);
        (-weight(one, policy), due, one.since, one.case.id)
    };
    let mut order: Vec<usize> = (0..waiting.len()).collect();
    order.sort_by_cached_key(|place| waiting.get(*place).map(pressure));
    order
}

/// The experts, and who of them reads what.
struct Readers<'e> {
    experts: &'e [Candidate],
    by_field: HashMap<&'e str, Vec<usize>>,
    places: HashMap<PersonId, usize>,
}

impl<'e> Readers<'e> {
    fn of(experts: &'e [Candidate]) -> Self {
        let mut by_field: HashMap<&str, Vec<usize>> = HashMap::new();
        let mut places = HashMap::new();
        for (place, expert) in experts.iter().enumerate() {
            let others = expert.others.iter().filter(|one| **one != expert.primary);
            for field in std::iter::once(&expert.primary).chain(others) {
                by_field.entry(field).or_default().push(place);
            }
            places.insert(expert.expert, place);
        }
        Self {
            experts,
            by_field,
            places,
        }
    }

    /// Who may come in question for a case, in order: those who read its subspecialty, and who holds it.
    fn of_case(&self, one: &Waiting) -> impl Iterator<Item = (usize, &'e Candidate)> {
        let readers = self.by_field.get(one.case.subspecialty.as_str());
        let mut places: Vec<usize> = readers.cloned().unwrap_or_default();
        places.extend(one.holder.and_then(|holder| self.places.get(&holder)));
        places.sort_unstable();
        places.dedup();
        let experts = self.experts;
        places
            .into_iter()
            .filter_map(move |place| Some((place, experts.get(place)?)))
    }
}

/// Reading minutes of the mean case in its reader's own field.
fn typical_minutes(waiting: &[Waiting]) -> i64 {
    let minutes = |one: &Waiting| i64::from(own_field_minutes(&one.case));
    let total: i64 = waiting.iter().map(minutes).sum();
    let count = i64::try_from(waiting.len()).unwrap_or(i64::MAX);
    total.checked_div(count).unwrap_or(0).max(1)
}

/// The openings of an expert with the places that their accepted work, their capacity and the reserve leave; on call, no more than
/// there are urgent cases.
fn rooms_of(
    place: usize,
    expert: &Candidate,
    (typical, urgent): (i64, i64),
    policy: &PlanPolicy,
    now: DateTime<Utc>,
) -> Vec<Room> {
    let horizon = now + Duration::days(i64::from(policy.horizon_days));
    let mut taken = i64::from(expert.queued_minutes);
    let mut left = i64::from(expert.capacity.saturating_sub(expert.open_cases));
    let mut carried = 0;
    let mut rooms = Vec::new();
    for (from, to, on_call) in openings(expert, now, horizon) {
        if left == 0 || rooms.len() == policy.openings {
            break;
        }
        let away = expert
            .absences
            .iter()
            .any(|(start, end)| *start < to && from < *end);
        if away {
            continue;
        }
        let minutes = (to - from).num_minutes();
        let places = if on_call {
            (minutes / typical).max(1).min(urgent).min(left)
        } else {
            let reserve = if from > now { policy.reserve } else { 0.0 };
            let minutes = (minutes as f64 * (1.0 - reserve)) as i64;
            let used = taken.min(minutes);
            taken -= used;
            carried += minutes - used;
            // Whoever is reading takes one more case, however late it is.
            let least = i64::from(from == now && carried > 0);
            let places = (carried / typical).max(least).min(left);
            carried -= typical * places;
            places
        };
        left -= places;
        rooms.push(Room {
            expert: place,
            from,
            to,
            places: usize::try_from(places).unwrap_or(0),
            on_call,
        });
    }
    rooms
}

/// An expert's openings until then, in order, and whether each is one on call.
fn openings(
    expert: &Candidate,
    now: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Vec<(DateTime<Utc>, DateTime<Utc>, bool)> {
    let own = expert.calendar.openings_between(now, until);
    let mut all: Vec<_> = own.map(|(from, to)| (from, to, false)).collect();
    if let Some(on_call) = &expert.on_call {
        let on_call = on_call.hours.openings_between(now, until);
        all.extend(on_call.map(|(from, to)| (from, to, true)));
        all.sort_unstable();
    }
    all
}

fn options(
    one: &Waiting,
    readers: &Readers<'_>,
    rooms: &[Room],
    of_expert: &HashMap<usize, Vec<usize>>,
    policy: &PlanPolicy,
    now: DateTime<Utc>,
) -> Options {
    let weight = weight(one, policy);
    let mut found = Vec::new();
    for (place, expert) in readers.of_case(one) {
        let holds = one.holder == Some(expert.expert);
        let Some(own) = of_expert.get(&place) else {
            continue;
        };
        let mut rules = against(&one.case, expert, now);
        // Capacity is counted by the places; a coming absence by the openings.
        rules.retain(|rule| !matches!(rule, Rule::BelowCapacity | Rule::NotAbsent));
        if !rules.is_empty() && !holds {
            continue;
        }
        let extra = extra_minutes(one, expert, holds, policy);
        for place in own {
            let Some(room) = rooms.get(*place) else {
                continue;
            };
            if room.on_call && !one.case.urgency.answered_on_call() {
                continue;
            }
            let answered = room.from.max(now);
            let waits = (answered - now).num_minutes();
            let late = one
                .due
                .map_or(0, |due| (answered - due.max(now)).num_minutes().max(0));
            let cost = weight * (waits + late * i64::from(policy.lateness_weight)) + extra;
            found.push((*place, cost));
        }
    }
    // Leaving a case is dearer than any place within the horizon.
    let horizon = i64::from(policy.horizon_days) * 24 * 60;
    let unassigned = weight * horizon * (2 + i64::from(policy.lateness_weight)) + 10 * horizon;
    Options {
        experts: found,
        unassigned,
    }
}

/// How much a minute of a case's waiting weighs.
pub(super) fn weight(one: &Waiting, policy: &PlanPolicy) -> i64 {
    if one.case.urgency == Urgency::Routine {
        1
    } else {
        i64::from(policy.urgent_weight)
    }
}

/// What speaks for another reader, in minutes of waiting.
pub(super) fn extra_minutes(
    one: &Waiting,
    expert: &Candidate,
    holds: bool,
    policy: &PlanPolicy,
) -> i64 {
    let mut extra = 0;
    if expert.agreement.is_some() {
        extra += i64::from(policy.other_network_minutes);
    }
    if expert.primary != one.case.subspecialty {
        extra += i64::from(policy.outside_primary_minutes);
    }
    if !holds && one.holder.is_some() {
        extra += i64::from(policy.move_minutes);
    }
    let known_by = &one.case.known_by;
    if !known_by.is_empty() && !known_by.contains(&expert.expert) {
        extra += i64::from(policy.outside_primary_minutes);
    }
    extra
}
