//! Telling systems outside what happens to cases: one event, signed, to one receiver; and what its answer means for those to come.

use std::sync::OnceLock;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use url::Url;

use super::digest::enqueue;
use super::error::ServiceError;
use super::{Core, Exchange};
use crate::domain::ids::{OutboxId, PersonId, WebhookId};
use crate::domain::notifications::{Notification, NotificationKind};
use crate::domain::slides::LinkFailure;
use crate::domain::webhooks::{Announcement, Health, Stopped};
use crate::signing::webhooks::{Secret, signatures};
use crate::slides::outbound::{Outbound, OutboundLimits};
use crate::store::outbox::Topic;
use crate::store::webhooks::Webhook;
use crate::store::{Conn, people, to_json, webhooks};

/// How long a receiver may take. Nothing of what it says is read but the head of its answer.
const LIMITS: OutboundLimits = OutboundLimits {
    connect: Duration::from_secs(5),
    overall: Duration::from_secs(15),
    max_bytes: 0,
};

/// Sends to receivers. The client is made when something is sent for the first time: most exchanges have no webhooks.
pub struct Caller {
    limits: OutboundLimits,
    client: OnceLock<Outbound>,
}

impl Default for Caller {
    fn default() -> Self {
        Self::within(LIMITS)
    }
}

impl Caller {
    /// One that loses its patience otherwise.
    pub fn within(limits: OutboundLimits) -> Self {
        Self {
            limits,
            client: OnceLock::new(),
        }
    }

    fn client(&self) -> Result<&Outbound, ServiceError> {
        if let Some(made) = self.client.get() {
            return Ok(made);
        }
        let made = Outbound::new(self.limits)
            .map_err(|error| ServiceError::Internal(error.to_string()))?;
        // Two who make one at once keep the first.
        Ok(self.client.get_or_init(|| made))
    }
}

/// The secrets of a webhook, as they are sealed.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Secrets {
    /// The present one.
    current: String,
    /// Those before that sign too, each until then; the newest first.
    #[serde(default)]
    earlier: Vec<(String, DateTime<Utc>)>,
}

impl Secrets {
    /// The first secret.
    pub(super) fn first() -> Self {
        Self {
            current: Secret::random().text(),
            earlier: Vec::new(),
        }
    }

    /// A further one; the present one signs too until then. Whoever asks twice because an answer was lost does not lose the one that
    /// the receiver knows.
    pub(super) fn renewed(mut self, now: DateTime<Utc>, until: DateTime<Utc>) -> Self {
        self.earlier.retain(|(_, until)| *until > now);
        self.earlier.insert(0, (self.current, until));
        self.earlier.truncate(EARLIER_MAX);
        Self {
            current: Secret::random().text(),
            earlier: self.earlier,
        }
    }

    /// The present one, to be told once.
    pub(super) fn told(&self) -> String {
        self.current.clone()
    }

    /// Those that sign now.
    fn signing(&self, now: DateTime<Utc>) -> Vec<Secret> {
        let earlier = self.earlier.iter().filter(|(_, until)| *until > now);
        std::iter::once(&self.current)
            .chain(earlier.map(|(secret, _)| secret))
            .filter_map(|secret| Secret::parse(secret))
            .collect()
    }
}

/// Earlier secrets that sign at most: a header that a receiver reads stays short.
const EARLIER_MAX: usize = 2;

/// Where a webhook's secrets are sealed for.
pub(super) fn secrets_place(webhook: WebhookId) -> String {
    format!("webhooks/{webhook}")
}

/// A message to a receiver, ready to be sent.
#[derive(Debug)]
pub struct Call {
    /// To whom.
    pub webhook: WebhookId,
    url: Url,
    internal: bool,
    secrets: Vec<Secret>,
    id: OutboxId,
    body: Vec<u8>,
}

impl Call {
    fn to(
        core: &Core,
        webhook: &Webhook,
        id: OutboxId,
        body: &serde_json::Value,
    ) -> Result<Self, ServiceError> {
        let place = secrets_place(webhook.id);
        let secrets: Secrets = core.sealing.open(&place, &webhook.sealed_secrets)?;
        let url = Url::parse(&webhook.url)
            .map_err(|error| ServiceError::Internal(format!("the webhook's address: {error}")))?;
        Ok(Self {
            webhook: webhook.id,
            url,
            internal: webhook.internal,
            secrets: secrets.signing(core.clock.now()),
            id,
            body: body.to_string().into_bytes(),
        })
    }

    /// An event.
    pub(super) fn event(
        core: &Core,
        webhook: &Webhook,
        id: OutboxId,
        told: &Announcement,
    ) -> Result<Self, ServiceError> {
        let body =
            json!({ "type": told.kind, "timestamp": told.at, "data": { "case": told.case } });
        Self::to(core, webhook, id, &body)
    }

    /// A trial, of no case.
    pub(super) fn trial(core: &Core, webhook: &Webhook) -> Result<Self, ServiceError> {
        let id = OutboxId::new(core.ids.as_ref());
        let body = json!({ "type": "test", "timestamp": core.clock.now(), "data": {} });
        Self::to(core, webhook, id, &body)
    }
}

/// Why a receiver did not take a message. Says nothing of its address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Nobody is there.
    #[error("nobody answers at the webhook's address")]
    Unreachable,
    /// Nothing came in time.
    #[error("the receiver did not answer in time")]
    Timeout,
    /// Its certificate is not one to be trusted.
    #[error("the receiver's certificate is not one to be trusted")]
    Certificate,
    /// Its name leads to a private address.
    #[error("the webhook's address leads into a private network")]
    Address,
    /// It sends elsewhere.
    #[error("the receiver sends elsewhere, where it is not followed")]
    Redirect,
    /// It answers something else than success.
    #[error("the receiver answered {status}")]
    Answered {
        /// What.
        status: u16,
        /// When it wants to be asked again.
        retry_after: Option<Duration>,
    },
}

impl Refused {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::Timeout => "timeout",
            Self::Certificate => "certificate_refused",
            Self::Address => "address_refused",
            Self::Redirect => "redirect_refused",
            Self::Answered { .. } => "bad_status",
        }
    }

    /// Whether the receiver says that it is there no more.
    pub fn is_gone(&self) -> bool {
        matches!(self, Self::Answered { status: 410, .. })
    }
}

impl From<LinkFailure> for Refused {
    fn from(failure: LinkFailure) -> Self {
        match failure {
            LinkFailure::Timeout => Self::Timeout,
            LinkFailure::CertificateRefused => Self::Certificate,
            LinkFailure::AddressRefused => Self::Address,
            LinkFailure::RedirectRefused => Self::Redirect,
            _ => Self::Unreachable,
        }
    }
}

/// Sends a message. Tells the status of success, or why it was not taken.
///
/// # Errors
/// [`ServiceError::Internal`] when no client can be made here.
pub async fn send(ex: &Exchange, call: &Call) -> Result<Result<u16, Refused>, ServiceError> {
    let (id, now) = (call.id.to_string(), ex.core.clock.now().timestamp());
    let headers = [
        ("content-type", "application/json".to_owned()),
        ("webhook-id", id.clone()),
        ("webhook-timestamp", now.to_string()),
        (
            "webhook-signature",
            signatures(&call.secrets, &id, now, &call.body),
        ),
    ];
    let client = ex.core.webhooks.client()?;
    let told = client.tell(&call.url, call.internal, &headers, call.body.clone());
    Ok(match told.await {
        Ok(told) if (200..300).contains(&told.status) => Ok(told.status),
        Ok(told) => Err(Refused::Answered {
            status: told.status,
            retry_after: told.retry_after,
        }),
        Err(failure) => Err(failure.into()),
    })
}

/// How a receiver took a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Taken {
    /// It did.
    Yes,
    /// It did not.
    No,
    /// It says that it is there no more.
    Gone,
}

/// Keeps how a receiver took a message, in the transaction that ends the message's lease: one that keeps failing is left alone for a
/// while, and in the end is sent nothing more, which its administrators are told.
pub(super) fn settle(
    conn: &mut Conn,
    core: &Core,
    webhook: WebhookId,
    taken: Taken,
) -> Result<(), ServiceError> {
    let now = core.clock.now();
    let Some(kept) = webhooks::find(conn, webhook)? else {
        return Ok(());
    };
    if taken == Taken::Yes {
        if kept.health != Health::default() {
            webhooks::keep_health(conn, webhook, Health::default())?;
        }
        return Ok(());
    }
    let health = kept.health.failed(now);
    webhooks::keep_health(conn, webhook, health)?;
    let because = match taken {
        Taken::Gone => Stopped::Gone,
        _ if health.is_hopeless(now) => Stopped::Failing,
        _ => {
            return match health.pause() {
                Some(pause) => Ok(webhooks::hold_back(conn, webhook, now + pause)?),
                None => Ok(()),
            };
        }
    };
    if webhooks::stop(conn, webhook, because)? {
        tell_administrators(conn, core, &kept)?;
    }
    Ok(())
}

/// Tells the administrators of its network; where it has none of its own, those of the whole exchange.
fn tell_administrators(
    conn: &mut Conn,
    core: &Core,
    webhook: &Webhook,
) -> Result<(), ServiceError> {
    let mut told = people::administrators(conn, Some(webhook.network))?;
    if told.is_empty() {
        told = people::administrators(conn, None)?;
    }
    for administrator in told {
        let mail = to_json(&stopped(administrator, core.clock.now()))?;
        enqueue(conn, core, Topic::Mail, mail, core.clock.now())?;
    }
    Ok(())
}

fn stopped(to: PersonId, now: DateTime<Utc>) -> Notification {
    Notification {
        kind: NotificationKind::WebhookStopped,
        to,
        case: None,
        reference: None,
        urgency: None,
        at: Some(now),
        digest: None,
        summary: Vec::new(),
        link: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_earlier_secret_signs_until_its_time_is_over_and_a_lost_answer_loses_none() {
        let begin: DateTime<Utc> = "2026-11-23T13:00:00Z".parse().unwrap();
        let hours = |n| begin + chrono::Duration::hours(n);
        let first = Secrets::first();
        let second = first.clone().renewed(hours(0), hours(24));
        let third = second.clone().renewed(hours(1), hours(25));
        let texts = |secrets: &Secrets, at| {
            let all = secrets.signing(at).into_iter();
            all.map(|secret| secret.text()).collect::<Vec<_>>()
        };
        let [a, b, c] = [&first, &second, &third].map(Secrets::told);
        assert_eq!(texts(&second, hours(1)), [b.clone(), a.clone()]);
        assert_eq!(texts(&third, hours(2)), [c.clone(), b.clone(), a]);
        assert_eq!(texts(&third, hours(24)), [c.clone(), b]);
        assert_eq!(texts(&third, hours(25)), [c]);
        let fourth = third.renewed(hours(30), hours(54));
        assert_eq!(fourth.earlier.len(), 1, "what is over is forgotten");
    }

    #[test]
    fn every_refusal_has_a_code_of_its_own() {
        let all = [
            Refused::Unreachable,
            Refused::Timeout,
            Refused::Certificate,
            Refused::Address,
            Refused::Redirect,
            Refused::Answered {
                status: 500,
                retry_after: None,
            },
        ];
        let codes: std::collections::BTreeSet<_> = all.iter().map(Refused::code).collect();
        assert_eq!(codes.len(), all.len());
        assert!(all.iter().all(|refused| !refused.is_gone()));
    }
}
