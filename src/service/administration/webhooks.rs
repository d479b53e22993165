//! Webhooks: systems of a network that are told what happens to its cases. An administrator says where and of what, gets the secret
//! that signs what is sent once, and another one when they want.

use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};
use url::Url;

use super::{By, administered, differing};
use crate::domain::administration::{Act, Subject, line_problem, name_problem};
use crate::domain::ids::{NetworkId, WebhookId};
use crate::domain::people::Actor;
use crate::domain::permissions::Realm;
use crate::domain::problems::{FieldProblem, FieldRule};
use crate::domain::webhooks::{EventKind, Health, Stopped};
use crate::service::error::ServiceError;
use crate::service::webhooks::{Secrets, secrets_place};
use crate::service::{Core, Exchange, Idempotency, Made, idempotency};
use crate::store::webhooks::{self as kept_webhooks, Webhook};
use crate::store::{Conn, organisations};

/// Longest address of a webhook, in characters.
pub const ADDRESS_MAX: usize = 500;
/// Webhooks of a network at most: each is a further message for each event of each case.
pub const PER_NETWORK_MAX: usize = 10;
/// How long the secret before a new one signs too.
const OVERLAP: Duration = Duration::hours(24);

/// What an administrator keeps of a webhook.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhookContent {
    /// Whose cases it hears of. It stays with its network.
    pub network: NetworkId,
    /// Its name, for people.
    pub name: String,
    /// Where it listens.
    pub url: String,
    /// Whether its address may be one of a private network.
    pub internal: bool,
    /// What it is told.
    pub kinds: Vec<EventKind>,
    /// Whether it is told anything now.
    pub active: bool,
}

/// A webhook as an administrator sees it: its secret is never told again.
#[derive(Debug, Clone, Serialize)]
pub struct WebhookDocument {
    /// Identifier.
    pub id: WebhookId,
    /// Version, for the next change.
    pub version: i64,
    /// What is kept of it.
    #[serde(flatten)]
    pub content: WebhookContent,
    /// Why the exchange stopped sending, where it did so by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stopped_because: Option<Stopped>,
    /// Since when it has taken nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failing_since: Option<DateTime<Utc>>,
    /// Until when an earlier secret signs too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub earlier_secret_until: Option<DateTime<Utc>>,
    /// Since when it is there.
    pub created_at: DateTime<Utc>,
}

/// A webhook that was registered.
#[derive(Debug, Clone, Serialize)]
pub struct AddedWebhook {
    /// The webhook.
    pub webhook: WebhookDocument,
    /// The secret that signs what it is sent; told this once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
}

/// A new secret of a webhook.
#[derive(Debug, Clone, Serialize)]
pub struct NewSecret {
    /// The secret; told this once.
    pub secret: String,
    /// Until when the one before signs too.
    pub earlier_secret_until: DateTime<Utc>,
}

fn document(core: &Core, webhook: Webhook) -> WebhookDocument {
    let now = core.clock.now();
    WebhookDocument {
        id: webhook.id,
        version: webhook.version,
        content: WebhookContent {
            network: webhook.network,
            name: webhook.name,
            url: webhook.url,
            internal: webhook.internal,
            kinds: webhook.kinds,
            active: webhook.active,
        },
        stopped_because: webhook.stopped_because,
        failing_since: webhook.health.failing_since,
        earlier_secret_until: webhook.previous_until.filter(|until| *until > now),
        created_at: webhook.created_at,
    }
}

/// The webhooks that the actor administers, by name.
///
/// # Errors
/// [`ServiceError::Forbidden`] for who is no administrator.
pub async fn list(ex: &Exchange, actor: &Actor) -> Result<Vec<WebhookDocument>, ServiceError> {
    let realm = administered(actor)?;
    let core = ex.core.clone();
    ex.store
        .read(move |conn| {
            let all = kept_webhooks::all(conn)?.into_iter();
            let within = all.filter(|webhook| realm.covers(webhook.network));
            Ok(within.map(|webhook| document(&core, webhook)).collect())
        })
        .await
}

/// One webhook.
///
/// # Errors
/// [`ServiceError::Forbidden`] for who is no administrator, [`ServiceError::NotFound`] for a webhook of somebody else.
pub async fn read(
    ex: &Exchange,
    actor: &Actor,
    wanted: WebhookId,
) -> Result<WebhookDocument, ServiceError> {
    let realm = administered(actor)?;
    let core = ex.core.clone();
    ex.store
        .read(move |conn| Ok(document(&core, find(conn, &realm, wanted)?)))
        .await
}

/// A webhook within.
pub(super) fn find(
    conn: &mut Conn,
    realm: &Realm,
    wanted: WebhookId,
) -> Result<Webhook, ServiceError> {
    kept_webhooks::find(conn, wanted)?
        .filter(|webhook| realm.covers(webhook.network))
        .ok_or(ServiceError::NotFound)
}

/// Everything that is wrong with what is to be kept of a webhook; `kept` is what is there now.
fn problems(
    conn: &mut Conn,
    realm: &Realm,
    kept: Option<&Webhook>,
    content: &WebhookContent,
) -> Result<Vec<FieldProblem>, ServiceError> {
    let mut problems: Vec<FieldProblem> =
        name_problem("/name", &content.name).into_iter().collect();
    problems.extend(network_problem(conn, realm, kept, content.network)?);
    let address = content.url.trim();
    problems.extend(address_problem(address, content.internal));
    // An address within is reached from where the exchange runs: who keeps a network alone does not decide that.
    let kept_so = kept.is_some_and(|kept| kept.internal && kept.url == address);
    if content.internal && !kept_so && !realm.is_whole() {
        problems.push(FieldProblem::new("/internal", FieldRule::NotAllowedHere));
    }
    if content.kinds.is_empty() {
        problems.push(FieldProblem::new("/kinds", FieldRule::TooFew { min: 1 }));
    }
    for (at, kind) in content.kinds.iter().enumerate() {
        if content.kinds.get(..at).unwrap_or_default().contains(kind) {
            let place = format!("/kinds/{at}");
            problems.push(FieldProblem::new(place, FieldRule::Duplicate));
        }
    }
    Ok(problems)
}

/// A webhook belongs to a network that its administrator keeps, which has not too many, and stays there.
fn network_problem(
    conn: &mut Conn,
    realm: &Realm,
    kept: Option<&Webhook>,
    network: NetworkId,
) -> Result<Option<FieldProblem>, ServiceError> {
    let rule = if let Some(kept) = kept {
        (kept.network != network).then_some(FieldRule::NotAllowedHere)
    } else if organisations::find_network(conn, network)?.is_none() || !realm.covers(network) {
        Some(FieldRule::UnknownCode)
    } else {
        let all = kept_webhooks::all(conn)?;
        let here = all.iter().filter(|one| one.network == network).count();
        let max = PER_NETWORK_MAX;
        (here >= max).then_some(FieldRule::TooLong { max })
    };
    Ok(rule.map(|rule| FieldProblem::new("/network", rule)))
}

/// What is wrong with the address of a webhook: it is HTTPS unless it lies within, and holds no login and no fragment.
fn address_problem(address: &str, internal: bool) -> Option<FieldProblem> {
    if let Some(problem) = line_problem("/url", address, ADDRESS_MAX) {
        return Some(problem);
    }
    let fits = Url::parse(address).is_ok_and(|url| {
        let scheme = url.scheme() == "https" || (internal && url.scheme() == "http");
        let plain = url.username().is_empty() && url.password().is_none();
        scheme && plain && url.has_host() && url.fragment().is_none()
    });
    (!fits).then(|| {
        let expected = "an https address without login or #; http where it lies within".to_owned();
        FieldProblem::new("/url", FieldRule::Malformed { expected })
    })
}

/// A webhook, as the audit names it.
pub(super) fn about(webhook: WebhookId) -> (Subject, String) {
    (Subject::Webhook, webhook.to_string())
}

/// Registers a webhook and makes up its secret, which is told in this answer alone: a request that is repeated under its key is
/// answered without.
///
/// # Errors
/// [`ServiceError::Forbidden`] for who is no administrator, [`ServiceError::Invalid`]; [`ServiceError::NotFound`] for a repeated
/// request whose webhook is somebody else's by now.
pub async fn add(
    ex: &Exchange,
    by: &By,
    content: WebhookContent,
    key: Option<Idempotency>,
) -> Result<Made<AddedWebhook>, ServiceError> {
    let realm = administered(&by.actor)?;
    let (core, by) = (ex.core.clone(), by.clone());
    ex.store
        .write(move |conn| {
            let id = WebhookId::new(core.ids.as_ref());
            let kept = idempotency::keep(conn, &core, by.actor.person, key.as_ref(), 201, &id)?;
            if let Some((_, id)) = kept {
                let webhook = document(&core, find(conn, &realm, id)?);
                return Ok(Made {
                    document: AddedWebhook {
                        webhook,
                        secret: None,
                    },
                    replayed: true,
                });
            }
            let problems = problems(conn, &realm, None, &content)?;
            if !problems.is_empty() {
                return Err(ServiceError::Invalid(problems));
            }
            let secrets = Secrets::first();
            let webhook = row(&core, id, &content, &secrets)?;
            kept_webhooks::insert(conn, &webhook)?;
            by.note(conn, &core, Act::AddWebhook, about(id), None)?;
            Ok(Made {
                document: AddedWebhook {
                    webhook: document(&core, webhook),
                    secret: Some(secrets.told()),
                },
                replayed: false,
            })
        })
        .await
}

/// A new webhook as it is to be kept, its secret sealed.
fn row(
    core: &Core,
    id: WebhookId,
    content: &WebhookContent,
    secrets: &Secrets,
) -> Result<Webhook, ServiceError> {
    Ok(Webhook {
        id,
        version: 1,
        network: content.network,
        name: content.name.trim().to_owned(),
        url: content.url.trim().to_owned(),
        internal: content.internal,
        kinds: content.kinds.clone(),
        active: content.active,
        stopped_because: None,
        sealed_secrets: core.sealing.seal(&secrets_place(id), secrets)?,
        previous_until: None,
        health: Health::default(),
        created_at: core.clock.now(),
    })
}

/// Changes a webhook that is still at version `if_match`. One that is switched on again begins as if it had never failed.
///
/// # Errors
/// [`ServiceError::Forbidden`], [`ServiceError::NotFound`], [`ServiceError::Stale`], [`ServiceError::Invalid`].
pub async fn change(
    ex: &Exchange,
    by: &By,
    wanted: WebhookId,
    if_match: i64,
    content: WebhookContent,
) -> Result<WebhookDocument, ServiceError> {
    let realm = administered(&by.actor)?;
    let (core, by) = (ex.core.clone(), by.clone());
    ex.store
        .write(move |conn| {
            let kept = find(conn, &realm, wanted)?;
            if kept.version != if_match {
                return Err(ServiceError::Stale {
                    current: kept.version,
                });
            }
            let problems = problems(conn, &realm, Some(&kept), &content)?;
            if !problems.is_empty() {
                return Err(ServiceError::Invalid(problems));
            }
            let mut webhook = Webhook {
                name: content.name.trim().to_owned(),
                url: content.url.trim().to_owned(),
                internal: content.internal,
                kinds: content.kinds.clone(),
                active: content.active,
                ..kept.clone()
            };
            if webhook.active && (!kept.active || webhook.url != kept.url) {
                webhook.stopped_because = None;
                webhook.health = Health::default();
            }
            if !kept_webhooks::update(conn, &webhook, if_match)? {
                return Err(ServiceError::Contended);
            }
            let changed = differing(&[
                ("name", kept.name != webhook.name),
                ("url", kept.url != webhook.url),
                ("internal", kept.internal != webhook.internal),
                ("kinds", kept.kinds != webhook.kinds),
                ("active", kept.active != webhook.active),
            ]);
            by.note(conn, &core, Act::EditWebhook, about(wanted), changed)?;
            webhook.version = if_match + 1;
            Ok(document(&core, webhook))
        })
        .await
}

/// Makes a new secret, which is told in this answer alone; the one before signs too for a day, so that nothing is refused meanwhile.
///
/// # Errors
/// [`ServiceError::Forbidden`], [`ServiceError::NotFound`].
pub async fn renew_secret(
    ex: &Exchange,
    by: &By,
    wanted: WebhookId,
) -> Result<NewSecret, ServiceError> {
    let realm = administered(&by.actor)?;
    let (core, by) = (ex.core.clone(), by.clone());
    ex.store
        .write(move |conn| {
            let kept = find(conn, &realm, wanted)?;
            let (now, place) = (core.clock.now(), secrets_place(wanted));
            let until = now + OVERLAP;
            let secrets: Secrets = core.sealing.open(&place, &kept.sealed_secrets)?;
            let secrets = secrets.renewed(now, until);
            let sealed = core.sealing.seal(&place, &secrets)?;
            if !kept_webhooks::keep_secrets(conn, wanted, kept.version, &sealed, until)? {
                return Err(ServiceError::Contended);
            }
            by.note(conn, &core, Act::RenewWebhookSecret, about(wanted), None)?;
            Ok(NewSecret {
                secret: secrets.told(),
                earlier_secret_until: until,
            })
        })
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_https_unless_it_lies_within_and_holds_no_login() {
        let told = |address: &str, internal| address_problem(address, internal).is_none();
        assert!(told("https://sil.example.org/relecture?hook=7", false));
        assert!(told("http://10.0.0.7:8080/events", true));
        for bad in [
            "http://sil.example.org",
            "ftp://sil.example.org",
            "https://user:secret@sil.example.org",
            "https://sil.example.org/#x",
            "sil.example.org",
            "javascript:alert(1)",
            "",
        ] {
            assert!(!told(bad, false), "{bad}");
        }
    }
}
