//! What a network promises, and what was promised of a case: fixed when its clock starts, whatever becomes of the entry it came from.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::change::Change;
use super::documents::Named;
use super::error::ServiceError;
use super::idempotency::{self, Idempotency, Made};
use super::{Core, Exchange, audit};
use crate::domain::ids::{NetworkId, PersonId, TargetPolicyId};
use crate::domain::people::Actor;
use crate::domain::problems::{FieldProblem, FieldRule};
use crate::domain::targets::{
    Promise, RequestKind, TargetPolicy, Terms, in_the_way, promised as promised_by,
};
use crate::domain::text_enum::TextEnum;
use crate::domain::time::database_precision;
use crate::domain::traces::Standing as ActedAs;
use crate::domain::turnaround::{ClockEffect, Target, Urgency};
use crate::store::cases::CaseRow;
use crate::store::targets::{self, TargetRow};
use crate::store::traces::{self, EventRow};
use crate::store::{self, Conn, instant, json, micros, name, organisations, people};

/// What is promised of the case by the entries of its network that held at an instant.
pub(super) fn promise(change: &mut Change<'_>, at: DateTime<Utc>) -> Result<Promise, ServiceError> {
    let promise = promise_of(change, RequestKind::Opinion, at)?;
    change.promise = Some(promise.clone());
    Ok(promise)
}

/// What a panel's readers are given that is convened now.
pub(super) fn panel_promise(change: &mut Change<'_>) -> Result<Promise, ServiceError> {
    let now = change.now;
    promise_of(change, RequestKind::Panel, now)
}

fn promise_of(
    change: &mut Change<'_>,
    request: RequestKind,
    at: DateTime<Utc>,
) -> Result<Promise, ServiceError> {
    let urgency: Urgency = name(&change.row.urgency)?;
    let network = store::id(&change.row.network_id)?;
    let directory = change.directory()?;
    let policies = directory.targets(change.conn, network, urgency)?;
    let field = change.row.subspecialty.as_deref();
    let (targets, request) = (&change.core.targets, (request, urgency));
    Ok(promised_by(&policies, targets, request, field, at))
}

/// The same at the instant at which the case's present clock cycle began.
pub(super) fn promise_since_start(change: &mut Change<'_>) -> Result<Promise, ServiceError> {
    let rows = traces::events_of(change.conn, change.id)?;
    let mut start = None;
    for row in &rows {
        if json::<ClockEffect>(&row.clock)? == ClockEffect::Start {
            start = Some(instant(row.at)?);
        }
    }
    promise(change, start.unwrap_or(change.now))
}

/// What was promised of the case in its present clock cycle.
pub(super) fn promised(change: &mut Change<'_>) -> Result<Promise, ServiceError> {
    if let Some(known) = &change.promise {
        return Ok(known.clone());
    }
    let rows = traces::events_of(change.conn, change.id)?;
    let kept = kept(change.core, &change.row, &rows)?;
    change.promise = Some(kept.clone());
    Ok(kept)
}

/// What was promised, as the case's events keep it; of a case that was sent before promises were kept, the program's own target.
pub(super) fn kept(
    core: &Core,
    row: &CaseRow,
    events: &[EventRow],
) -> Result<Promise, ServiceError> {
    #[derive(Deserialize)]
    struct Facts {
        promise: Option<Promise>,
    }
    for event in events.iter().rev() {
        if let Ok(Facts {
            promise: Some(kept),
        }) = serde_json::from_str(&event.facts)
        {
            return Ok(kept);
        }
        if json::<ClockEffect>(&event.clock)? == ClockEffect::Start {
            break;
        }
    }
    Ok(Promise {
        policy: None,
        version: None,
        target: core.targets.of(name(&row.urgency)?),
    })
}

/// A new entry.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewTarget {
    /// Of which request; of the opinion without it.
    #[serde(default)]
    pub request: RequestKind,
    /// Of which urgency.
    pub urgency: Urgency,
    /// Of which subspecialty; of all without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subspecialty: Option<String>,
    /// Which time is counted.
    pub time: crate::domain::turnaround::TargetTime,
    /// Minutes until the signed opinion.
    pub answer_minutes: u32,
    /// Minutes until an offer is answered.
    pub first_response_minutes: u32,
    /// Minutes after which a warning is given.
    pub warning_minutes: u32,
    /// For cases sent then or later; from now on without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_from: Option<DateTime<Utc>>,
    /// For cases sent before then; without end without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<DateTime<Utc>>,
}

impl NewTarget {
    /// What it promises.
    pub fn terms(&self) -> Terms {
        Terms {
            request: self.request,
            urgency: self.urgency,
            subspecialty: self.subspecialty.clone(),
            time: self.time,
            answer_minutes: self.answer_minutes,
            first_response_minutes: self.first_response_minutes,
            warning_minutes: self.warning_minutes,
        }
    }
}

/// When an entry ends.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ending {
    /// For cases sent before then; from now on no more without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<DateTime<Utc>>,
}

crate::domain::text_enum::text_enum! {
    /// Whether an entry holds for a case that is sent now.
    pub enum Standing {
        /// It does.
        InForce = "in_force",
        /// It will.
        Coming = "coming",
        /// It did, or never will.
        Ended = "ended",
    }
}

/// An entry.
#[derive(Debug, Clone, Serialize)]
pub struct TargetDocument {
    /// Identifier.
    pub id: TargetPolicyId,
    /// The first, second, third … of its request, urgency and subspecialty.
    pub version: u32,
    /// Whether it holds now.
    pub state: Standing,
    /// What is promised.
    #[serde(flatten)]
    pub terms: Terms,
    /// From when.
    pub valid_from: DateTime<Utc>,
    /// Until when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<DateTime<Utc>>,
    /// Who added it.
    pub made_by: Named<PersonId>,
    /// When.
    pub made_at: DateTime<Utc>,
}

/// What a network promises.
#[derive(Debug, Clone, Serialize)]
pub struct TargetsDocument {
    /// The network.
    pub network: NetworkId,
    /// Its entries, those that ended too.
    pub items: Vec<TargetDocument>,
    /// What is promised of an opinion where no entry holds.
    pub defaults: Vec<Target>,
    /// And of a reading on a panel.
    pub panel_defaults: Vec<Target>,
}

/// What a network promises, for who decides it.
///
/// # Errors
/// [`ServiceError::NotFound`] for anybody else.
pub async fn of_network(
    ex: &Exchange,
    actor: &Actor,
    network: NetworkId,
) -> Result<TargetsDocument, ServiceError> {
    decides(actor, network)?;
    let core = ex.core.clone();
    ex.store
        .read(move |conn| {
            organisations::find_network(conn, network)?.ok_or(ServiceError::NotFound)?;
            let rows = targets::of_network(conn, network)?;
            Ok(TargetsDocument {
                network,
                items: documents(conn, &rows, core.clock.now())?,
                defaults: Urgency::ALL
                    .iter()
                    .map(|urgency| core.targets.of(*urgency))
                    .collect(),
                panel_defaults: Urgency::ALL
                    .iter()
                    .map(|urgency| core.targets.of_panel(*urgency))
                    .collect(),
            })
        })
        .await
}

/// Adds an entry, for cases that are sent from now on.
///
/// # Errors
/// [`ServiceError::NotFound`] for who decides nothing there; [`ServiceError::Invalid`] for what contradicts itself or an entry that
/// there is, which is named.
pub async fn add(
    ex: &Exchange,
    actor: &Actor,
    network: NetworkId,
    new: NewTarget,
    key: Option<Idempotency>,
    request_id: &str,
) -> Result<Made<TargetDocument>, ServiceError> {
    decides(actor, network)?;
    let now = ex.core.clock.now();
    let from = new.valid_from.map_or(now, database_precision);
    let until = new.valid_until.map(database_precision);
    let terms = new.terms();
    let mut problems = terms.problems(ex.core.reference.subspecialty_codes());
    // What was sent already keeps what was promised.
    if from < now {
        problems.push(not_before("/valid_from", "not earlier than now"));
    }
    if until.is_some_and(|until| until <= from) {
        problems.push(not_before("/valid_until", "later than valid_from"));
    }
    let id = TargetPolicyId::new(ex.core.ids.as_ref());
    let (core, person, request_id) = (ex.core.clone(), actor.person, request_id.to_owned());
    let standing = standing_of(actor, network);
    ex.store
        .write(move |conn| {
            let before = idempotency::keep(conn, &core, person, key.as_ref(), 201, &id)?;
            let replayed = before.is_some();
            let row = match before {
                Some((_, known)) => {
                    targets::find(conn, network, known)?.ok_or(ServiceError::NotFound)?
                }
                // A repeated request is answered as it was, though its beginning lies in the past by now.
                None if !problems.is_empty() => {
                    return Err(ServiceError::Invalid(problems.clone()));
                }
                None => {
                    let row = insert(conn, &core, network, (id, person), &terms, (from, until))?;
                    put_on_record(conn, &core, (person, standing), "add_target", &request_id)?;
                    row
                }
            };
            let document = document(conn, &row, now)?;
            Ok(Made { document, replayed })
        })
        .await
}

type Span = (DateTime<Utc>, Option<DateTime<Utc>>);

/// Two who add at once do so one after the other: the second finds the first one's entry in the way.
fn insert(
    conn: &mut Conn,
    core: &Core,
    network: NetworkId,
    (id, person): (TargetPolicyId, PersonId),
    terms: &Terms,
    (from, until): Span,
) -> Result<TargetRow, ServiceError> {
    organisations::find_network(conn, network)?.ok_or(ServiceError::NotFound)?;
    store::waiting::queue_up(conn, network)?;
    let known = targets::of_urgency(conn, network, terms.urgency)?;
    if let Some(other) = in_the_way(&known, terms, from, until) {
        let rule = FieldRule::Overlaps {
            entry: other.id.to_string(),
            from: other.valid_from,
            until: other.valid_until,
        };
        return Err(ServiceError::field("/valid_from", rule));
    }
    let alike = |one: &&TargetPolicy| one.terms.same_cases(terms);
    let last = known.iter().filter(alike).map(|one| one.version).max();
    let minutes = |value: u32| i32::try_from(value).unwrap_or(i32::MAX);
    let row = TargetRow {
        id: id.to_string(),
        network_id: network.to_string(),
        version: minutes(last.unwrap_or(0).saturating_add(1)),
        urgency: terms.urgency.as_str().to_owned(),
        subspecialty: terms.subspecialty.clone(),
        counts: terms.time.as_str().to_owned(),
        answer_minutes: minutes(terms.answer_minutes),
        first_response_minutes: minutes(terms.first_response_minutes),
        warning_minutes: minutes(terms.warning_minutes),
        valid_from: micros(from),
        valid_until: until.map(micros),
        made_by: person.to_string(),
        made_at: micros(core.clock.now()),
        request: terms.request.as_str().to_owned(),
    };
    targets::insert(conn, &row)?;
    Ok(row)
}

/// Ends an entry earlier than it says. One that has not begun never will when it ends by then. Cases that were sent keep what was
/// promised of them.
///
/// # Errors
/// [`ServiceError::NotFound`]; [`ServiceError::Invalid`] for an end in the past or later than the one it has.
pub async fn end(
    ex: &Exchange,
    actor: &Actor,
    network: NetworkId,
    entry: TargetPolicyId,
    ending: Ending,
    request_id: &str,
) -> Result<TargetDocument, ServiceError> {
    decides(actor, network)?;
    let (core, person, request_id) = (ex.core.clone(), actor.person, request_id.to_owned());
    let standing = standing_of(actor, network);
    ex.store
        .write(move |conn| {
            store::waiting::queue_up(conn, network)?;
            let now = core.clock.now();
            let mut row = targets::find(conn, network, entry)?.ok_or(ServiceError::NotFound)?;
            let known = row.policy()?.valid_until;
            let until = ending.valid_until.map_or(now, database_precision);
            // Ended again, then or without an instant: it is, as was asked.
            let over = ending.valid_until.is_none() && known.is_some_and(|known| known <= now);
            if over || known == Some(until) {
                return document(conn, &row, now);
            }
            if until < now {
                return Err(refused("/valid_until", "not earlier than now"));
            }
            if known.is_some_and(|known| known < until) {
                return Err(refused("/valid_until", "not later than the end it has"));
            }
            let until = until.max(row.policy()?.valid_from);
            targets::end(conn, &row.id, micros(until))?;
            row.valid_until = Some(micros(until));
            put_on_record(conn, &core, (person, standing), "end_target", &request_id)?;
            document(conn, &row, now)
        })
        .await
}

fn decides(actor: &Actor, network: NetworkId) -> Result<(), ServiceError> {
    if actor.sets_targets_of(network) {
        Ok(())
    } else {
        Err(ServiceError::NotFound)
    }
}

fn not_before(pointer: &str, expected: &str) -> FieldProblem {
    let expected = expected.to_owned();
    FieldProblem::new(pointer, FieldRule::Malformed { expected })
}

fn refused(pointer: &str, expected: &str) -> ServiceError {
    ServiceError::Invalid(vec![not_before(pointer, expected)])
}

fn document(
    conn: &mut Conn,
    row: &TargetRow,
    now: DateTime<Utc>,
) -> Result<TargetDocument, ServiceError> {
    let mut made = documents(conn, std::slice::from_ref(row), now)?;
    made.pop().ok_or(ServiceError::NotFound)
}

fn documents(
    conn: &mut Conn,
    rows: &[TargetRow],
    now: DateTime<Utc>,
) -> Result<Vec<TargetDocument>, ServiceError> {
    let mut who: Vec<PersonId> = rows
        .iter()
        .map(|row| store::id(&row.made_by))
        .collect::<Result<_, _>>()?;
    who.sort_unstable();
    who.dedup();
    let names = people::display_names(conn, &who)?;
    rows.iter()
        .map(|row| {
            let policy = row.policy()?;
            let maker: PersonId = store::id(&row.made_by)?;
            Ok(TargetDocument {
                state: standing(&policy, now),
                made_by: Named {
                    id: maker,
                    name: names.get(&maker).cloned().unwrap_or_default(),
                },
                made_at: instant(row.made_at)?,
                id: policy.id,
                version: policy.version,
                terms: policy.terms,
                valid_from: policy.valid_from,
                valid_until: policy.valid_until,
            })
        })
        .collect()
}

fn standing(policy: &TargetPolicy, now: DateTime<Utc>) -> Standing {
    let over = |until| until <= now || until <= policy.valid_from;
    if policy.valid_until.is_some_and(over) {
        Standing::Ended
    } else if policy.valid_from > now {
        Standing::Coming
    } else {
        Standing::InForce
    }
}

/// As what somebody decides what a network promises.
pub(super) fn standing_of(actor: &Actor, network: NetworkId) -> ActedAs {
    if actor.coordinates(network) {
        ActedAs::Coordinator
    } else {
        ActedAs::Administrator
    }
}

fn put_on_record(
    conn: &mut Conn,
    core: &Core,
    (person, standing): (PersonId, ActedAs),
    action: &str,
    request_id: &str,
) -> Result<(), ServiceError> {
    let entry = audit::entry(core, person, standing, action, None, request_id);
    Ok(traces::insert_audit(conn, &entry)?)
}
