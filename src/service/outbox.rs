//! Messages that were given up, for the people who mend what was wrong.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::Exchange;
use super::administration::By;
use super::administration::messages::keeps_messages;
use super::error::ServiceError;
use crate::domain::administration::{Act, Subject};
use crate::domain::ids::{CaseId, OutboxId};
use crate::domain::people::Actor;
use crate::store::{self, id, micros, optional_id, optional_instant};

/// Dead letters shown at most, the oldest ones.
const SHOWN: i64 = 500;

/// A message that was given up. Its content is not shown.
#[derive(Debug, Clone, Serialize)]
pub struct DeadLetterDocument {
    /// Identifier.
    pub id: OutboxId,
    /// `mail`, `job` or `webhook`.
    pub topic: String,
    /// The case it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub case: Option<CaseId>,
    /// How often it was tried.
    pub attempts: i32,
    /// The last error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
    /// When it was given up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub given_up_at: Option<DateTime<Utc>>,
}

/// What was given up, the oldest first.
///
/// # Errors
/// [`ServiceError::Forbidden`] for who does not administer the whole exchange.
pub async fn dead_letters(
    ex: &Exchange,
    actor: &Actor,
) -> Result<Vec<DeadLetterDocument>, ServiceError> {
    keeps_messages(actor)?;
    let found = ex
        .store
        .read(|conn| store::outbox::dead_letters(conn, SHOWN).map_err(ServiceError::from))
        .await?;
    found
        .into_iter()
        .map(|letter| {
            Ok(DeadLetterDocument {
                id: id(&letter.id)?,
                topic: letter.topic,
                case: optional_id(letter.case_id.as_deref())?,
                attempts: letter.attempt,
                last_error: letter.last_error,
                given_up_at: optional_instant(letter.finished_at)?,
            })
        })
        .collect()
}

/// Puts a message that was given up back, from its first try.
///
/// # Errors
/// [`ServiceError::Forbidden`] for who does not administer the whole exchange; [`ServiceError::NotFound`] when none of that
/// identifier was given up.
pub async fn retry(ex: &Exchange, by: &By, message: OutboxId) -> Result<(), ServiceError> {
    keeps_messages(&by.actor)?;
    let (core, by, now) = (ex.core.clone(), by.clone(), micros(ex.core.clock.now()));
    let put_back = ex
        .store
        .write(move |conn| {
            let put_back = store::outbox::retry_dead(conn, message, now)?;
            if put_back {
                let about = (Subject::Message, message.to_string());
                by.note(conn, &core, Act::RetryMessage, about, None)?;
            }
            Ok::<_, ServiceError>(put_back)
        })
        .await?;
    ex.wake.notify_waiters();
    if put_back {
        Ok(())
    } else {
        Err(ServiceError::NotFound)
    }
}
