//! What a webhook was sent: whether it arrived, the trial that asks the receiver now, and the button that sends an event again.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::webhooks::{about, find};
use super::{By, administered};
use crate::domain::administration::Act;
use crate::domain::ids::{OutboxId, WebhookId};
use crate::domain::people::Actor;
use crate::domain::text_enum::TextEnum;
use crate::domain::webhooks::{Announcement, EventKind};
use crate::service::Exchange;
use crate::service::error::ServiceError;
use crate::service::webhooks::{Call, Refused, send};
pub use crate::store::outbox::OutboxState;
use crate::store::outbox::{self, ListedMessage, MessageFilter};
use crate::store::{id, instant, micros, name, optional_instant};

/// Deliveries of a page.
pub const PAGE: usize = 50;

/// What a trial found.
#[derive(Debug, Clone, Serialize)]
pub struct Tried {
    /// Whether the receiver took it.
    pub taken: bool,
    /// The status of its answer, where it gave one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Why it was not taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<&'static str>,
    /// How long that took, milliseconds.
    pub milliseconds: i64,
}

/// Sends a trial now, of no case, signed as events are. Nothing follows from how it is taken.
///
/// # Errors
/// [`ServiceError::Forbidden`], [`ServiceError::NotFound`].
pub async fn test(ex: &Exchange, by: &By, wanted: WebhookId) -> Result<Tried, ServiceError> {
    let realm = administered(&by.actor)?;
    let found = ex.store.read(move |conn| find(conn, &realm, wanted));
    let call = Call::trial(&ex.core, &found.await?)?;
    let began = ex.core.clock.now();
    let taken = send(ex, &call).await?;
    let milliseconds = (ex.core.clock.now() - began).num_milliseconds();
    let (core, by) = (ex.core.clone(), by.clone());
    let said = taken.err().map_or("taken", |refused| refused.code());
    ex.store
        .write(move |conn| {
            let (act, said) = (Act::TestWebhook, Some(said.to_owned()));
            by.note(conn, &core, act, about(wanted), said)
        })
        .await?;
    Ok(match taken {
        Ok(status) => Tried {
            taken: true,
            status: Some(status),
            failure: None,
            milliseconds,
        },
        Err(refused) => Tried {
            taken: false,
            status: match refused {
                Refused::Answered { status, .. } => Some(status),
                _ => None,
            },
            failure: Some(refused.code()),
            milliseconds,
        },
    })
}

/// Which deliveries to list.
#[derive(Debug, Clone, Default)]
pub struct DeliveryQuery {
    /// Only these states; all when empty.
    pub states: Vec<OutboxState>,
    /// Where the page before ended.
    pub cursor: Option<String>,
}

/// One event as it was sent, or waits to be. Administrators see no cases: which one it tells of is not said.
#[derive(Debug, Clone, Serialize)]
pub struct DeliveryItem {
    /// Identifier; the receiver reads it in `webhook-id`.
    pub id: OutboxId,
    /// What it tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<EventKind>,
    /// Where it stands.
    pub state: OutboxState,
    /// How often it was tried.
    pub attempts: i32,
    /// The last error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
    /// When it was written.
    pub created_at: DateTime<Utc>,
    /// When it is tried next, while it waits.
    pub due_at: DateTime<Utc>,
    /// When it was taken or given up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<DateTime<Utc>>,
}

/// A page of deliveries.
#[derive(Debug, Clone, Serialize)]
pub struct DeliveryPage {
    /// The latest first.
    pub items: Vec<DeliveryItem>,
    /// Where the next page begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// A page of what a webhook was sent.
///
/// # Errors
/// [`ServiceError::Forbidden`], [`ServiceError::NotFound`], [`ServiceError::BadCursor`].
pub async fn list(
    ex: &Exchange,
    actor: &Actor,
    wanted: WebhookId,
    query: DeliveryQuery,
) -> Result<DeliveryPage, ServiceError> {
    let realm = administered(actor)?;
    let before = query
        .cursor
        .as_deref()
        .map(|cursor| cursor.parse().map_err(|_| ServiceError::BadCursor))
        .transpose()?;
    ex.store
        .read(move |conn| {
            find(conn, &realm, wanted)?;
            let filter = MessageFilter {
                states: query.states.iter().map(|state| state.as_str()).collect(),
                to: None,
                webhook: Some(wanted),
                before,
                limit: PAGE as i64 + 1,
            };
            let mut found = outbox::listed(conn, &filter)?;
            let more = found.len() > PAGE;
            found.truncate(PAGE);
            let next = found.last().filter(|_| more).map(|last| last.id.clone());
            let items = found.into_iter().map(item);
            Ok(DeliveryPage {
                items: items.collect::<Result<_, ServiceError>>()?,
                next,
            })
        })
        .await
}

fn item(row: ListedMessage) -> Result<DeliveryItem, ServiceError> {
    let told: Option<Announcement> = serde_json::from_str(&row.payload).ok();
    Ok(DeliveryItem {
        id: id(&row.id)?,
        kind: told.map(|told| told.kind),
        state: name(&row.state)?,
        attempts: row.attempt,
        last_error: row.last_error,
        created_at: instant(row.created_at)?,
        due_at: instant(row.run_at)?,
        finished_at: optional_instant(row.finished_at)?,
    })
}

/// Has an event sent again, whatever became of it: now, from its first try, under the identifier that the receiver knows. One that
/// is on its way is left alone.
///
/// # Errors
/// [`ServiceError::Forbidden`]; [`ServiceError::NotFound`] when no such event goes to that webhook; [`ServiceError::Conflict`] when it
/// is switched off.
pub async fn send_again(
    ex: &Exchange,
    by: &By,
    wanted: WebhookId,
    message: OutboxId,
) -> Result<(), ServiceError> {
    let realm = administered(&by.actor)?;
    let (core, by) = (ex.core.clone(), by.clone());
    ex.store
        .write(move |conn| {
            let webhook = find(conn, &realm, wanted)?;
            if !outbox::goes_to(conn, message, wanted)? {
                return Err(ServiceError::NotFound);
            }
            if !webhook.active {
                return Err(ServiceError::Conflict("the webhook is switched off"));
            }
            if outbox::send_again(conn, message, wanted, micros(core.clock.now()))? {
                by.note(conn, &core, Act::SendEventAgain, about(wanted), None)?;
            }
            Ok(())
        })
        .await?;
    ex.wake.notify_waiters();
    Ok(())
}
