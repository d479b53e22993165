//! What happened to a case, in order.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;

use super::Exchange;
use super::access::relations_to;
use super::cases::record_read;
use super::documents::Named;
use super::error::ServiceError;
use crate::domain::cases::CaseState;
use crate::domain::ids::{CaseId, PersonId};
use crate::domain::people::Actor;
use crate::domain::permissions::{Relation, View, view};
use crate::domain::reasons::readable;
use crate::domain::transitions::Command;
use crate::domain::turnaround::ClockEffect;
use crate::store::{self, id, instant, json, name, optional_id};

/// One event.
#[derive(Debug, Clone, Serialize)]
pub struct Entry {
    /// The version the case had after it.
    pub version: i64,
    /// When.
    pub at: DateTime<Utc>,
    /// What was done.
    pub command: Command,
    /// By whom; none for the exchange itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor: Option<Named<PersonId>>,
    /// As what.
    pub relation: Relation,
    /// Where the case stood after it.
    pub state: CaseState,
    /// What it did to the clock.
    pub clock: ClockEffect,
    /// Codes and identifiers; `reason` is a code, `words` what was written, only for who may read content.
    pub facts: Value,
}

/// The timeline of a case.
///
/// # Errors
/// [`ServiceError::NotFound`] for a stranger.
pub async fn of_case(
    ex: &Exchange,
    actor: &Actor,
    case: CaseId,
    request_id: &str,
) -> Result<Vec<Entry>, ServiceError> {
    let person = actor.clone();
    let (entries, relation) = ex
        .store
        .read(move |conn| {
            let row = store::cases::find(conn, case)?.ok_or(ServiceError::NotFound)?;
            let relations = relations_to(conn, &person, &row)?;
            let view = view(&relations).ok_or(ServiceError::NotFound)?;
            let relation = relations.first().copied().ok_or(ServiceError::NotFound)?;
            let events = store::traces::events_of(conn, case)?;
            let mut people: Vec<PersonId> = events
                .iter()
                .filter_map(|event| event.actor_id.as_deref())
                .map(id)
                .collect::<Result<_, _>>()?;
            people.sort_unstable();
            people.dedup();
            let names = store::people::display_names(conn, &people)?;
            let entries = events
                .into_iter()
                .map(|event| {
                    let (command, relation) = (name(&event.command)?, name(&event.relation)?);
                    let facts = json(&event.facts)?;
                    let facts = readable(command, relation, facts, view == View::Full);
                    let actor: Option<PersonId> = optional_id(event.actor_id.as_deref())?;
                    Ok(Entry {
                        version: event.version,
                        at: instant(event.at)?,
                        command,
                        actor: actor.map(|person| Named {
                            id: person,
                            name: names.get(&person).cloned().unwrap_or_default(),
                        }),
                        relation,
                        state: name(&event.state)?,
                        clock: json(&event.clock)?,
                        facts,
                    })
                })
                .collect::<Result<Vec<_>, ServiceError>>()?;
            Ok::<_, ServiceError>((entries, relation))
        })
        .await?;
    record_read(ex, actor, case, relation, "read_timeline", request_id).await?;
    Ok(entries)
}
