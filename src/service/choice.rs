//! What the choice among eligible experts weighs in a network: versions that are added, never changed.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::change::Change;
use super::error::ServiceError;
use super::{Core, Exchange, audit, targets};
use crate::domain::ids::NetworkId;
use crate::domain::people::Actor;
use crate::domain::problems::{FieldProblem, FieldRule};
use crate::domain::routing::choice::ChoicePolicy;
use crate::domain::work::WorkUnits;
use crate::store::choice::{self, ChoiceRow};
use crate::store::{self, Conn, instant, json, micros, organisations, to_json, traces};

/// The weights of a choice.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Weights {
    /// Answers that lie no further apart than this share of the promised time count as equally early.
    pub margin: f64,
    /// Shares of work that are above the least by no more than this part of it count as equal.
    pub band: f64,
    /// Whether who answered for the same patient before comes first, as long as they are in time.
    #[serde(default)]
    pub same_expert: bool,
    /// What the minutes of a case are reckoned from; the program's own without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub units: Option<WorkUnits>,
}

/// The weights of a network, with their version.
#[derive(Debug, Clone, Serialize)]
pub struct ChoiceDocument {
    /// The network.
    pub network: NetworkId,
    /// The version; 0 while the program's own hold.
    pub version: i64,
    /// The weights.
    #[serde(flatten)]
    pub weights: Weights,
    /// Since when; none while the program's own hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<DateTime<Utc>>,
}

impl Weights {
    /// As the domain weighs them.
    pub(super) fn policy(&self, version: impl Into<String>) -> ChoicePolicy {
        ChoicePolicy {
            version: version.into(),
            margin: self.margin,
            band: self.band,
            same_expert: self.same_expert,
            units: self.units.clone().unwrap_or_default(),
        }
    }

    /// What cannot be meant; `below` is where the weights stand in what was sent.
    pub(super) fn problems(&self, below: &str, subspecialties: &[String]) -> Vec<FieldProblem> {
        let refused = self.policy("new").check().err();
        let problem = refused.map(|error| {
            let expected = error.expected.to_owned();
            FieldProblem::new(
                format!("{below}/{}", error.entry),
                FieldRule::Invalid { detail: expected },
            )
        });
        let named = self
            .units
            .iter()
            .flat_map(|units| units.by_subspecialty.keys());
        let unknown = named
            .filter(|code| !subspecialties.contains(code))
            .map(|code| {
                let pointer = format!("{below}/units/by_subspecialty/{code}");
                FieldProblem::new(pointer, FieldRule::UnknownCode)
            });
        problem.into_iter().chain(unknown).collect()
    }
}

/// What the choice about a case weighs.
pub(super) fn of(change: &mut Change<'_>) -> Result<ChoicePolicy, ServiceError> {
    if let Some(known) = &change.choice {
        return Ok(known.clone());
    }
    let network = store::id(&change.row.network_id)?;
    let directory = change.directory()?;
    let policy = directory.choice(change.conn, change.core, network)?;
    change.choice = Some(policy.clone());
    Ok(policy)
}

/// What the choice weighs in a network.
pub(super) fn in_force(
    conn: &mut Conn,
    core: &Core,
    network: NetworkId,
) -> Result<ChoicePolicy, ServiceError> {
    match choice::newest(conn, network)? {
        None => Ok(core.choice.clone()),
        Some(row) => Ok(json::<Weights>(&row.content)?.policy(row.version.to_string())),
    }
}

/// The weights of a network, for who decides them.
///
/// # Errors
/// [`ServiceError::NotFound`] for anybody else.
pub async fn of_network(
    ex: &Exchange,
    actor: &Actor,
    network: NetworkId,
) -> Result<ChoiceDocument, ServiceError> {
    if !actor.sets_targets_of(network) {
        return Err(ServiceError::NotFound);
    }
    let core = ex.core.clone();
    ex.store
        .read(move |conn| {
            organisations::find_network(conn, network)?.ok_or(ServiceError::NotFound)?;
            document(network, choice::newest(conn, network)?, &core)
        })
        .await
}

/// Sets the weights of a network for the choices from now on, if they are still at version `if_match`. What was chosen stays.
///
/// # Errors
/// [`ServiceError::NotFound`], [`ServiceError::Invalid`], [`ServiceError::Stale`].
pub async fn set(
    ex: &Exchange,
    actor: &Actor,
    network: NetworkId,
    if_match: i64,
    weights: Weights,
    request_id: &str,
) -> Result<ChoiceDocument, ServiceError> {
    if !actor.sets_targets_of(network) {
        return Err(ServiceError::NotFound);
    }
    let problems = weights.problems("", ex.core.reference.subspecialty_codes());
    if !problems.is_empty() {
        return Err(ServiceError::Invalid(problems));
    }
    let (core, person, request_id) = (ex.core.clone(), actor.person, request_id.to_owned());
    let standing = targets::standing_of(actor, network);
    ex.store
        .write(move |conn| {
            organisations::find_network(conn, network)?.ok_or(ServiceError::NotFound)?;
            store::waiting::queue_up(conn, network)?;
            let current = choice::newest(conn, network)?.map_or(0, |row| row.version);
            if i64::from(current) != if_match {
                let current = i64::from(current);
                return Err(ServiceError::Stale { current });
            }
            let row = ChoiceRow {
                network_id: network.to_string(),
                version: current.saturating_add(1),
                content: to_json(&weights)?,
                made_by: person.to_string(),
                made_at: micros(core.clock.now()),
            };
            choice::insert(conn, &row)?;
            let entry = audit::entry(&core, person, standing, "set_choice", None, &request_id);
            traces::insert_audit(conn, &entry)?;
            document(network, Some(row), &core)
        })
        .await
}

fn document(
    network: NetworkId,
    row: Option<ChoiceRow>,
    core: &Core,
) -> Result<ChoiceDocument, ServiceError> {
    Ok(match row {
        None => ChoiceDocument {
            network,
            version: 0,
            weights: Weights {
                margin: core.choice.margin,
                band: core.choice.band,
                same_expert: core.choice.same_expert,
                units: None,
            },
            since: None,
        },
        Some(row) => ChoiceDocument {
            network,
            version: i64::from(row.version),
            weights: json(&row.content)?,
            since: Some(instant(row.made_at)?),
        },
    })
}
