//! The sentences that an expert keeps to write opinions with. They are nobody else's, and hold nothing of a case.

use serde::{Deserialize, Serialize};

use super::error::ServiceError;
use super::{Exchange, audit};
use crate::domain::people::{Actor, Role};
use crate::domain::snippets::{self as rules, Snippet};
use crate::domain::traces::Standing;
use crate::store::snippets;
use crate::store::traces::insert_audit;

/// An expert's sentences.
#[derive(Debug, Clone, Serialize)]
pub struct Snippets {
    /// Version, for the next change.
    pub version: i64,
    /// The sentences, in the expert's order.
    pub items: Vec<Snippet>,
}

/// The sentences as they are to be.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewSnippets {
    /// All of them.
    pub items: Vec<Snippet>,
}

fn reads(actor: &Actor) -> Result<(), ServiceError> {
    if actor.has(Role::Expert) {
        Ok(())
    } else {
        Err(ServiceError::Forbidden("only experts keep sentences"))
    }
}

/// The actor's own sentences.
///
/// # Errors
/// [`ServiceError::Forbidden`] for who is no expert.
pub async fn own(ex: &Exchange, actor: &Actor) -> Result<Snippets, ServiceError> {
    reads(actor)?;
    let person = actor.person;
    ex.store
        .read(move |conn| {
            let (version, items) = snippets::of_person(conn, person)?;
            Ok(Snippets { version, items })
        })
        .await
}

/// Puts other sentences in the place of the actor's own, if they are still at version `if_match`; 0 before the first.
///
/// # Errors
/// [`ServiceError::Forbidden`] for who is no expert, [`ServiceError::Invalid`], [`ServiceError::Stale`].
pub async fn keep(
    ex: &Exchange,
    actor: &Actor,
    if_match: i64,
    NewSnippets { items }: NewSnippets,
    request_id: &str,
) -> Result<Snippets, ServiceError> {
    reads(actor)?;
    let problems = rules::problems("/items", &items);
    if !problems.is_empty() {
        return Err(ServiceError::Invalid(problems));
    }
    let (person, act) = (actor.person, "keep_snippets");
    let entry = audit::entry(&ex.core, person, Standing::Oneself, act, None, request_id);
    ex.store
        .write(move |conn| {
            if if_match < 0 || !snippets::keep(conn, person, if_match, &items)? {
                let (current, _) = snippets::of_person(conn, person)?;
                return Err(ServiceError::Stale { current });
            }
            insert_audit(conn, &entry)?;
            Ok(Snippets {
                version: if_match + 1,
                items: items.clone(),
            })
        })
        .await
}
