//! The outbox as a worker sees it: the next message, by a lease, and what became of it. Several workers share it safely.

use std::time::Duration;

use chrono::{DateTime, Duration as Span, Utc};

use super::error::ServiceError;
use super::jobs::Job;
use super::webhooks::{self, Call, Taken};
use super::{Core, Exchange, account_links, notifications, summaries};
use crate::domain::ids::OutboxId;
use crate::domain::notifications::{Notification, NotificationKind, Timing};
use crate::domain::webhooks::Announcement;
pub use crate::store::outbox::Topic;
use crate::store::outbox::{self, Claimed, Finish};
use crate::store::{self, Conn, instant, micros, people};

/// A message that a worker holds until its lease ends.
#[derive(Debug)]
pub struct Delivery {
    /// What is to be done.
    pub work: Work,
    claimed: Claimed,
    owner: String,
}

/// What a message asks for.
#[derive(Debug)]
pub enum Work {
    /// A mail to send.
    Mail(Box<Letter>),
    /// A mail to somebody who has left, or does not want it: nothing to do.
    Unwanted,
    /// A mail that is told in the summary of its reader's day: put aside already.
    PutAside,
    /// A job to run.
    Job(Job),
    /// An event to tell a webhook.
    Event(Box<Call>),
    /// An event for a webhook that is switched off: given up, until a person sends it again.
    SwitchedOff,
    /// A message that this version cannot read; says why.
    Unreadable(String),
}

/// A notification and where it goes.
#[derive(Debug)]
pub struct Letter {
    /// What is told.
    pub notification: Notification,
    /// Mail address.
    pub address: String,
    /// Name of the person.
    pub name: String,
    /// `fr` or `en`.
    pub language: String,
    /// IANA time zone in which the person reads times.
    pub zone: String,
    /// The token of the link by which they choose a password.
    pub token: Option<String>,
}

/// What became of a message.
#[derive(Debug)]
pub enum Outcome {
    /// Delivered or run.
    Done,
    /// Put aside for a summary.
    Aside,
    /// Not sent: nobody wants it.
    Unsent,
    /// To be tried again after that time. The error holds no address and no content.
    Retry(Duration, String),
    /// Given up until a person looks.
    GivenUp(String),
    /// The same, because the receiver says that it is there no more.
    Gone(String),
}

impl Delivery {
    /// Identifier of the message.
    pub fn id(&self) -> OutboxId {
        self.claimed.id
    }

    /// `mail`, `job` or `webhook`.
    pub fn topic(&self) -> Topic {
        self.claimed.topic
    }

    /// Which try this is, from 1.
    pub fn attempt(&self) -> u32 {
        u32::try_from(self.claimed.attempt).unwrap_or(u32::MAX)
    }
}

/// Takes the next due message of a topic for the worker named `owner`, for the time of `lease`.
///
/// # Errors
/// Storage failures.
pub async fn next(
    ex: &Exchange,
    topic: Topic,
    owner: &str,
    lease: Duration,
) -> Result<Option<Delivery>, ServiceError> {
    let now = ex.core.clock.now();
    let until = micros(now + Span::from_std(lease).unwrap_or(Span::minutes(1)));
    let (core, owner) = (ex.core.clone(), owner.to_owned());
    ex.store
        .write(move |conn| {
            let Some(claimed) = outbox::claim(conn, topic, &owner, micros(now), until)? else {
                return Ok(None);
            };
            Ok(Some(Delivery {
                work: read(conn, &core, &claimed)?,
                claimed,
                owner: owner.clone(),
            }))
        })
        .await
}

fn read(conn: &mut Conn, core: &Core, claimed: &Claimed) -> Result<Work, ServiceError> {
    let notification: Notification = match claimed.topic {
        Topic::Job => {
            return Ok(serde_json::from_str(&claimed.payload).map_or_else(
                |error| Work::Unreadable(format!("not a job: {error}")),
                Work::Job,
            ));
        }
        Topic::Webhook => return event(conn, core, claimed),
        Topic::Mail => match serde_json::from_str(&claimed.payload) {
            Ok(notification) => notification,
            Err(error) => return Ok(Work::Unreadable(format!("not a notification: {error}"))),
        },
    };
    let token = match notification.link {
        Some(link) => match account_links::to_be_sent(conn, core, link)? {
            Some(token) => Some(token),
            None => return Ok(Work::Unwanted),
        },
        None => None,
    };
    // Who is invited is let in by the password that they choose.
    let invited = notification.kind == NotificationKind::Invitation;
    let person = people::find(conn, notification.to)?.filter(|person| person.active || invited);
    let Some(person) = person else {
        return Ok(Work::Unwanted);
    };
    match notifications::timing(conn, &notification)? {
        Timing::AtOnce => Ok(Work::Mail(Box::new(Letter {
            notification,
            address: person.email,
            name: person.display_name,
            language: person.language,
            zone: person.zone,
            token,
        }))),
        Timing::Daily => {
            summaries::put_aside(conn, core, claimed.id, &notification, &person)?;
            Ok(Work::PutAside)
        }
        Timing::Never => Ok(Work::Unwanted),
    }
}

/// An event, for the webhook as it is registered now.
fn event(conn: &mut Conn, core: &Core, claimed: &Claimed) -> Result<Work, ServiceError> {
    let told: Announcement = match serde_json::from_str(&claimed.payload) {
        Ok(told) => told,
        Err(error) => return Ok(Work::Unreadable(format!("not an event: {error}"))),
    };
    let webhook = match claimed.webhook {
        Some(webhook) => store::webhooks::find(conn, webhook)?,
        None => None,
    };
    match webhook {
        Some(webhook) if webhook.active => {
            let call = Call::event(core, &webhook, claimed.id, &told)?;
            Ok(Work::Event(Box::new(call)))
        }
        Some(_) => Ok(Work::SwitchedOff),
        None => Ok(Work::Unreadable("it goes to no webhook".into())),
    }
}

/// Ends the lease of a message. False when another worker has taken the message since: the lease had run out.
///
/// # Errors
/// Storage failures.
pub async fn finish(
    ex: &Exchange,
    delivery: Delivery,
    outcome: Outcome,
) -> Result<bool, ServiceError> {
    let now = ex.core.clock.now();
    let taken = match outcome {
        Outcome::Done | Outcome::Aside | Outcome::Unsent => Taken::Yes,
        Outcome::Gone(_) => Taken::Gone,
        Outcome::Retry(..) | Outcome::GivenUp(_) => Taken::No,
    };
    let finish = match outcome {
        Outcome::Done => Finish::Done,
        Outcome::Aside => Finish::Aside,
        Outcome::Unsent => Finish::Unsent,
        Outcome::Retry(pause, error) => Finish::Retry {
            run_at: micros(now + Span::from_std(pause).unwrap_or(Span::hours(1))),
            error,
        },
        Outcome::GivenUp(error) | Outcome::Gone(error) => Finish::Dead { error },
    };
    let Delivery {
        claimed,
        owner,
        work,
    } = delivery;
    let told = match work {
        Work::Event(call) => Some(call.webhook),
        _ => None,
    };
    let core = ex.core.clone();
    ex.store
        .write(move |conn| {
            let held = outbox::finish(conn, &claimed, &owner, &finish, micros(now))?;
            if let Some(webhook) = told.filter(|_| held) {
                webhooks::settle(conn, &core, webhook, taken)?;
            }
            Ok(held)
        })
        .await
}

/// When the next message of a topic can be taken; it may be in the past.
///
/// # Errors
/// Storage failures.
pub async fn next_due(ex: &Exchange, topic: Topic) -> Result<Option<DateTime<Utc>>, ServiceError> {
    let due = ex
        .store
        .read(move |conn| outbox::next_due(conn, topic).map_err(ServiceError::from))
        .await?;
    Ok(due.map(instant).transpose()?)
}
