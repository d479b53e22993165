//! Mails and jobs of the outbox: what waits, what was given up and why, and to whom mails go. Their content is not shown, nor the
//! case they belong to. Administrators of a network see the mails to its people, and no jobs.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::administered;
use super::people::{held_in, homes, of_words};
use crate::domain::ids::{OutboxId, PersonId};
use crate::domain::notifications::{Notification, NotificationKind};
use crate::domain::people::Actor;
use crate::domain::permissions::Realm;
use crate::domain::text_enum::TextEnum;
use crate::service::Exchange;
use crate::service::error::ServiceError;
use crate::store::outbox::{self, ListedMessage, MessageFilter};
pub use crate::store::outbox::{OutboxState, Topic};
use crate::store::{Conn, id, instant, name, optional_instant, people as store_people};

/// Messages of a page.
pub const PAGE: usize = 50;
/// People whose mails are looked for at once.
const PEOPLE_MAX: usize = 10;
/// Messages read at a time where only some people's are shown, and how often for one page.
const READ: i64 = 500;
const READINGS: usize = 20;

/// Which messages to list.
#[derive(Debug, Clone, Default)]
pub struct MessageQuery {
    /// Only these states; all when empty.
    pub states: Vec<OutboxState>,
    /// Only mails to people whose name, login or address holds these words.
    pub words: Option<String>,
    /// Where the page before ended.
    pub cursor: Option<String>,
}

/// Whom a mail goes to.
#[derive(Debug, Clone, Serialize)]
pub struct Recipient {
    /// Who.
    pub id: PersonId,
    /// Name.
    pub name: String,
}

/// A message, without its content.
#[derive(Debug, Clone, Serialize)]
pub struct MessageItem {
    /// Identifier; a mail's Message-ID comes from it.
    pub id: OutboxId,
    /// `mail`, `job` or `webhook`.
    pub topic: Topic,
    /// Where it stands.
    pub state: OutboxState,
    /// Which mail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<NotificationKind>,
    /// To whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<Recipient>,
    /// How often it was tried.
    pub attempts: i32,
    /// The last error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
    /// When it was written.
    pub created_at: DateTime<Utc>,
    /// When it is tried next, while it waits.
    pub due_at: DateTime<Utc>,
    /// When it was delivered or given up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<DateTime<Utc>>,
}

/// How many messages stand in one state.
#[derive(Debug, Clone, Serialize)]
pub struct Count {
    /// The state.
    pub state: OutboxState,
    /// How many.
    pub messages: i64,
}

/// A page of messages.
#[derive(Debug, Clone, Serialize)]
pub struct MessagePage {
    /// How many there are in each state, whatever is looked for; told to administrators of the whole exchange.
    pub counts: Vec<Count>,
    /// The messages, the latest first.
    pub items: Vec<MessageItem>,
    /// Where the next page begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Whether the actor keeps the messages of the exchange.
///
/// # Errors
/// [`ServiceError::Forbidden`] for who does not administer the whole exchange.
pub(in crate::service) fn keeps_messages(actor: &Actor) -> Result<(), ServiceError> {
    if administered(actor)?.is_whole() {
        Ok(())
    } else {
        Err(ServiceError::Forbidden(
            "messages are for administrators of the whole exchange",
        ))
    }
}

/// A page of messages.
///
/// # Errors
/// [`ServiceError::Forbidden`] for who is no administrator, [`ServiceError::BadCursor`].
pub async fn list(
    ex: &Exchange,
    actor: &Actor,
    query: MessageQuery,
) -> Result<MessagePage, ServiceError> {
    let realm = administered(actor)?;
    let before: Option<OutboxId> = query
        .cursor
        .as_deref()
        .map(|cursor| cursor.parse().map_err(|_| ServiceError::BadCursor))
        .transpose()?;
    ex.store
        .read(move |conn| {
            let words = query
                .words
                .as_deref()
                .filter(|words| !words.trim().is_empty());
            let wanted = words
                .map(|words| of_words(conn, words, PEOPLE_MAX))
                .transpose()?;
            let filter = |to| MessageFilter {
                states: query.states.iter().map(|state| state.as_str()).collect(),
                to,
                webhook: None,
                before,
                limit: PAGE as i64 + 1,
            };
            let seen = if realm.is_whole() {
                None
            } else {
                Some(seen(conn, &realm)?)
            };
            let (found, next) = match (wanted, &seen) {
                (None, None) => whole_page(outbox::listed(conn, &filter(None))?),
                (None, Some(seen)) => page_of(conn, seen, &filter(None))?,
                (Some(people), seen) => {
                    let mut found = Vec::new();
                    let may =
                        |person: &PersonId| seen.as_ref().is_none_or(|seen| seen.contains(person));
                    for person in people.into_iter().filter(may) {
                        found.extend(outbox::listed(conn, &filter(Some(person)))?);
                    }
                    found.sort_by(|a, b| b.id.cmp(&a.id));
                    whole_page(found)
                }
            };
            let read: Vec<Option<Notification>> = found.iter().map(notification).collect();
            let to: Vec<PersonId> = read.iter().flatten().map(|mail| mail.to).collect();
            let names = store_people::display_names(conn, &to)?;
            let counts = if seen.is_none() {
                outbox::counts(conn)?
            } else {
                Vec::new()
            };
            let counts = counts.into_iter().map(|(state, messages)| {
                Ok(Count {
                    state: name(&state)?,
                    messages,
                })
            });
            let items = found.into_iter().zip(read);
            Ok(MessagePage {
                counts: counts.collect::<Result<_, ServiceError>>()?,
                items: items
                    .map(|(row, mail)| item(row, mail, &names))
                    .collect::<Result<_, _>>()?,
                next,
            })
        })
        .await
}

/// The people to whom mails are shown to an administrator of networks.
fn seen(conn: &mut Conn, realm: &Realm) -> Result<HashSet<PersonId>, ServiceError> {
    let (homes, roles) = (homes(conn)?, store_people::all_roles(conn)?);
    let within = roles
        .into_iter()
        .filter(|(_, held)| realm.sees(&held_in(held.iter().copied(), &homes)));
    Ok(within.map(|(person, _)| person).collect())
}

/// A page's messages of these, which are one more than fit where others follow; and where the next page begins.
fn whole_page(mut found: Vec<ListedMessage>) -> (Vec<ListedMessage>, Option<String>) {
    let more = found.len() > PAGE;
    found.truncate(PAGE);
    let next = found.last().filter(|_| more).map(|last| last.id.clone());
    (found, next)
}

/// A page of the mails to these people. Among very many other messages a page may be short, and go on.
fn page_of(
    conn: &mut Conn,
    seen: &HashSet<PersonId>,
    filter: &MessageFilter,
) -> Result<(Vec<ListedMessage>, Option<String>), ServiceError> {
    let mut filter = MessageFilter {
        limit: READ,
        ..filter.clone()
    };
    let mut found = Vec::new();
    for _ in 0..READINGS {
        let rows = outbox::listed(conn, &filter)?;
        let last = rows.len() < usize::try_from(READ).unwrap_or(usize::MAX);
        let looked_at = rows.last().map(|row| row.id.clone());
        let theirs =
            |row: &ListedMessage| notification(row).is_some_and(|mail| seen.contains(&mail.to));
        found.extend(rows.into_iter().filter(theirs));
        if last || found.len() > PAGE {
            return Ok(whole_page(found));
        }
        filter.before = looked_at.as_deref().map(id).transpose()?;
    }
    let (found, next) = whole_page(found);
    Ok((
        found,
        next.or_else(|| filter.before.map(|at| at.to_string())),
    ))
}

/// The notification of a mail; a message that this version cannot read has none.
fn notification(row: &ListedMessage) -> Option<Notification> {
    (row.topic == Topic::Mail.as_str())
        .then(|| serde_json::from_str(&row.payload).ok())
        .flatten()
}

fn item(
    row: ListedMessage,
    mail: Option<Notification>,
    names: &HashMap<PersonId, String>,
) -> Result<MessageItem, ServiceError> {
    Ok(MessageItem {
        id: id(&row.id)?,
        topic: name(&row.topic)?,
        state: name(&row.state)?,
        kind: mail.as_ref().map(|mail| mail.kind),
        to: mail.map(|mail| Recipient {
            id: mail.to,
            name: names.get(&mail.to).cloned().unwrap_or_default(),
        }),
        attempts: row.attempt,
        last_error: row.last_error,
        created_at: instant(row.created_at)?,
        due_at: instant(row.run_at)?,
        finished_at: optional_instant(row.finished_at)?,
    })
}
