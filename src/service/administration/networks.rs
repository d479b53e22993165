//! Networks: the pool's coverage, its working hours, and how its cases are routed.

use serde::{Deserialize, Serialize};

use super::{By, administered, differing};
use crate::domain::administration::{Act, Subject, name_problem};
use crate::domain::calendar::{Closure, WeeklyHours};
use crate::domain::ids::NetworkId;
use crate::domain::people::Actor;
use crate::domain::permissions::Realm;
use crate::domain::problems::{FieldProblem, FieldRule};
use crate::service::error::ServiceError;
use crate::service::{Core, Exchange, Idempotency, Made, idempotency};
use crate::store::organisations::{self, Network};
use crate::store::{Conn, StoreError};

/// Most closures of a network.
pub const CLOSURES_MAX: usize = 100;
/// Longest closure, in days: whoever closes for good has no pool.
const CLOSED_MAX: i64 = 366;

/// What an administrator keeps of a network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkContent {
    /// Its name.
    pub name: String,
    /// The territory whose holidays and zone its pool works by.
    pub territory: String,
    /// Territories whose cases the pool covers.
    pub territories: Vec<String>,
    /// Subspecialties the pool covers.
    pub subspecialties: Vec<String>,
    /// The pool's working hours.
    pub weekly_hours: WeeklyHours,
    /// Further hours in which the pool answers urgent work, on holidays too; none when it is nobody's.
    #[serde(default)]
    pub on_call_hours: WeeklyHours,
    /// Whether customary holidays count as closed.
    #[serde(default)]
    pub customary_holidays: bool,
    /// Further closed days.
    #[serde(default)]
    pub closures: Vec<Closure>,
    /// Whether cases are routed at once, or held for triage.
    pub routes_at_once: bool,
    /// Whether a case needs the patient's INS.
    #[serde(default)]
    pub requires_ins: bool,
}

/// A network as an administrator sees it.
#[derive(Debug, Clone, Serialize)]
pub struct KeptNetwork {
    /// Identifier.
    pub id: NetworkId,
    /// Version, for the next change.
    pub version: i64,
    /// What is kept of it.
    #[serde(flatten)]
    pub content: NetworkContent,
}

fn document((version, network): (i64, Network)) -> Result<KeptNetwork, ServiceError> {
    let corrupt = |_| StoreError::Corrupt("network");
    Ok(KeptNetwork {
        id: network.id,
        version,
        content: NetworkContent {
            name: network.name,
            territory: network.territory,
            territories: network.territories,
            subspecialties: network.subspecialties,
            weekly_hours: serde_json::from_value(network.weekly_hours).map_err(corrupt)?,
            on_call_hours: serde_json::from_value(network.on_call_hours).map_err(corrupt)?,
            customary_holidays: network.customary_holidays,
            closures: serde_json::from_value(network.closures).map_err(corrupt)?,
            routes_at_once: network.routes_at_once,
            requires_ins: network.requires_ins,
        },
    })
}

fn row(id: NetworkId, content: &NetworkContent) -> Result<Network, ServiceError> {
    let failed = |error: serde_json::Error| ServiceError::Internal(error.to_string());
    Ok(Network {
        id,
        name: content.name.trim().to_owned(),
        territory: content.territory.clone(),
        routes_at_once: content.routes_at_once,
        weekly_hours: serde_json::to_value(&content.weekly_hours).map_err(failed)?,
        on_call_hours: serde_json::to_value(&content.on_call_hours).map_err(failed)?,
        customary_holidays: content.customary_holidays,
        closures: serde_json::to_value(&content.closures).map_err(failed)?,
        territories: content.territories.clone(),
        subspecialties: content.subspecialties.clone(),
        requires_ins: content.requires_ins,
    })
}

/// The networks that the actor administers, by name.
///
/// # Errors
/// [`ServiceError::Forbidden`] for who is no administrator.
pub async fn list(ex: &Exchange, actor: &Actor) -> Result<Vec<KeptNetwork>, ServiceError> {
    let realm = administered(actor)?;
    ex.store
        .read(move |conn| {
            let all = organisations::networks_at_version(conn)?.into_iter();
            all.filter(|(_, network)| realm.covers(network.id))
                .map(document)
                .collect()
        })
        .await
}

/// One network.
///
/// # Errors
/// [`ServiceError::Forbidden`] for who is no administrator, [`ServiceError::NotFound`] for a network of somebody else.
pub async fn read(
    ex: &Exchange,
    actor: &Actor,
    wanted: NetworkId,
) -> Result<KeptNetwork, ServiceError> {
    let realm = administered(actor)?;
    ex.store
        .read(move |conn| document(find(conn, &realm, wanted)?))
        .await
}

fn find(conn: &mut Conn, realm: &Realm, wanted: NetworkId) -> Result<(i64, Network), ServiceError> {
    organisations::network_at_version(conn, wanted)?
        .filter(|_| realm.covers(wanted))
        .ok_or(ServiceError::NotFound)
}

/// Codes that are not known, at their places in a list that must not be empty.
pub(super) fn code_problems(
    pointer: &str,
    codes: &[String],
    known: impl Fn(&str) -> bool,
    least: usize,
) -> Vec<FieldProblem> {
    if codes.len() < least {
        return vec![FieldProblem::new(pointer, FieldRule::TooFew { min: least })];
    }
    let mut problems = Vec::new();
    for (at, code) in codes.iter().enumerate() {
        let place = format!("{pointer}/{at}");
        if !known(code) {
            problems.push(FieldProblem::new(place, FieldRule::UnknownCode));
        } else if codes.get(..at).unwrap_or_default().contains(code) {
            problems.push(FieldProblem::new(place, FieldRule::Duplicate));
        }
    }
    problems
}

/// Everything that is wrong with what is to be kept of a network.
fn problems(
    conn: &mut Conn,
    core: &Core,
    of: Option<NetworkId>,
    content: &NetworkContent,
) -> Result<Vec<FieldProblem>, ServiceError> {
    let mut problems: Vec<FieldProblem> =
        name_problem("/name", &content.name).into_iter().collect();
    if problems.is_empty() {
        let holder = organisations::network_named(conn, content.name.trim())?;
        if holder.is_some() && holder != of {
            problems.push(FieldProblem::new("/name", FieldRule::Taken));
        }
    }
    let territory = |code: &str| core.reference.territory(code).is_ok();
    let subspecialty = |code: &str| {
        core.reference
            .subspecialty_codes()
            .iter()
            .any(|c| c == code)
    };
    if !territory(&content.territory) {
        problems.push(FieldProblem::new("/territory", FieldRule::UnknownCode));
    }
    problems.extend(code_problems(
        "/territories",
        &content.territories,
        territory,
        1,
    ));
    problems.extend(code_problems(
        "/subspecialties",
        &content.subspecialties,
        subspecialty,
        1,
    ));
    let hours = content.weekly_hours.problem();
    problems.extend(hours.map(|wrong| wrong.field_problem("/weekly_hours")));
    let on_call = content.on_call_hours.disorder();
    problems.extend(on_call.map(|wrong| wrong.field_problem("/on_call_hours")));
    if content.closures.len() > CLOSURES_MAX {
        let rule = FieldRule::TooLong { max: CLOSURES_MAX };
        problems.push(FieldProblem::new("/closures", rule));
    }
    for (at, closure) in content.closures.iter().enumerate() {
        if closure.to < closure.from {
            let expected = "no earlier than from".to_owned();
            let rule = FieldRule::Malformed { expected };
            problems.push(FieldProblem::new(format!("/closures/{at}/to"), rule));
        } else if (closure.to - closure.from).num_days() >= CLOSED_MAX {
            let expected = format!("less than {CLOSED_MAX} days after from");
            let rule = FieldRule::Malformed { expected };
            problems.push(FieldProblem::new(format!("/closures/{at}/to"), rule));
        }
    }
    Ok(problems)
}

fn about(network: NetworkId) -> (Subject, String) {
    (Subject::Network, network.to_string())
}

/// Adds a network.
///
/// # Errors
/// [`ServiceError::Forbidden`] for who does not administer the whole exchange, [`ServiceError::Invalid`].
pub async fn add(
    ex: &Exchange,
    by: &By,
    content: NetworkContent,
    key: Option<Idempotency>,
) -> Result<Made<KeptNetwork>, ServiceError> {
    let realm = administered(&by.actor)?;
    if !realm.is_whole() {
        return Err(ServiceError::Forbidden(
            "networks are added by administrators of the whole exchange",
        ));
    }
    let (core, by) = (ex.core.clone(), by.clone());
    let added = ex.store.write(move |conn| {
        let id = NetworkId::new(core.ids.as_ref());
        let kept = idempotency::keep(conn, &core, by.actor.person, key.as_ref(), 201, &id)?;
        let replayed = kept.is_some();
        let id = kept.map_or(id, |(_, kept)| kept);
        if !replayed {
            let problems = problems(conn, &core, None, &content)?;
            if !problems.is_empty() {
                return Err(ServiceError::Invalid(problems));
            }
            organisations::insert_network(conn, &row(id, &content)?)?;
            by.note(conn, &core, Act::AddNetwork, about(id), None)?;
        }
        Ok(Made {
            document: document(find(conn, &realm, id)?)?,
            replayed,
        })
    });
    added.await.map_err(taken)
}

/// Two who give the same name at the same moment: the second finds it taken only when writing.
fn taken(error: ServiceError) -> ServiceError {
    match error {
        ServiceError::Conflict(_) => ServiceError::field("/name", FieldRule::Taken),
        other => other,
    }
}

/// Changes a network that is still at version `if_match`. Routing reads it at the next decision.
///
/// # Errors
/// [`ServiceError::Forbidden`], [`ServiceError::NotFound`], [`ServiceError::Stale`], [`ServiceError::Invalid`].
pub async fn change(
    ex: &Exchange,
    by: &By,
    wanted: NetworkId,
    if_match: i64,
    content: NetworkContent,
) -> Result<KeptNetwork, ServiceError> {
    let realm = administered(&by.actor)?;
    let (core, by) = (ex.core.clone(), by.clone());
    let changed = ex.store.write(move |conn| {
        let kept = document(find(conn, &realm, wanted)?)?;
        if kept.version != if_match {
            return Err(ServiceError::Stale {
                current: kept.version,
            });
        }
        let problems = problems(conn, &core, Some(wanted), &content)?;
        if !problems.is_empty() {
            return Err(ServiceError::Invalid(problems));
        }
        let network = row(wanted, &content)?;
        if !organisations::update_network(conn, &network, if_match)? {
            return Err(ServiceError::Contended);
        }
        let (old, new) = (&kept.content, &content);
        let names = differing(&[
            ("name", old.name != new.name),
            ("territory", old.territory != new.territory),
            ("territories", old.territories != new.territories),
            ("subspecialties", old.subspecialties != new.subspecialties),
            ("weekly_hours", old.weekly_hours != new.weekly_hours),
            ("on_call_hours", old.on_call_hours != new.on_call_hours),
            (
                "customary_holidays",
                old.customary_holidays != new.customary_holidays,
            ),
            ("closures", old.closures != new.closures),
            ("routes_at_once", old.routes_at_once != new.routes_at_once),
            ("requires_ins", old.requires_ins != new.requires_ins),
        ]);
        by.note(conn, &core, Act::EditNetwork, about(wanted), names)?;
        document((if_match + 1, network))
    });
    changed.await.map_err(taken)
}
