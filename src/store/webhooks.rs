//! Systems that are told what happens to the cases of a network.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::connection::Conn;
use super::schema::{outbox, webhooks};
use super::{StoreResult, id, instant, json, micros, name, optional_instant, to_json};
use crate::domain::ids::{NetworkId, WebhookId};
use crate::domain::text_enum::TextEnum;
use crate::domain::webhooks::{EventKind, Health, Stopped};

/// A webhook.
#[derive(Debug, Clone, PartialEq)]
pub struct Webhook {
    /// Identifier.
    pub id: WebhookId,
    /// Version, for the next change by a person.
    pub version: i64,
    /// Whose cases it hears of.
    pub network: NetworkId,
    /// Its name, for people.
    pub name: String,
    /// Where it listens.
    pub url: String,
    /// Whether its address may be private.
    pub internal: bool,
    /// What it is told.
    pub kinds: Vec<EventKind>,
    /// Whether it is told anything now.
    pub active: bool,
    /// Why the exchange stopped sending, where it did so by itself.
    pub stopped_because: Option<Stopped>,
    /// The secrets that sign, sealed.
    pub sealed_secrets: String,
    /// Until when the secret before signs too.
    pub previous_until: Option<DateTime<Utc>>,
    /// How it has answered lately.
    pub health: Health,
    /// Since when it is there.
    pub created_at: DateTime<Utc>,
}

type Columns = (
    String,
    i64,
    String,
    String,
    String,
    bool,
    String,
    bool,
    Option<String>,
    String,
    Option<i64>,
    i32,
    Option<i64>,
    i64,
);

fn webhook(row: Columns) -> StoreResult<Webhook> {
    Ok(Webhook {
        id: id(&row.0)?,
        version: row.1,
        network: id(&row.2)?,
        name: row.3,
        url: row.4,
        internal: row.5,
        kinds: known(&row.6)?,
        active: row.7,
        stopped_because: row.8.as_deref().map(name).transpose()?,
        sealed_secrets: row.9,
        previous_until: optional_instant(row.10)?,
        health: Health {
            failures: row.11,
            failing_since: optional_instant(row.12)?,
        },
        created_at: instant(row.13)?,
    })
}

/// The kinds of a list as it was kept; what this version does not know is passed over.
fn known(kinds: &str) -> StoreResult<Vec<EventKind>> {
    let kinds: Vec<String> = json(kinds)?;
    Ok(kinds
        .iter()
        .filter_map(|kind| EventKind::parse(kind))
        .collect())
}

/// Every webhook, by name.
///
/// # Errors
/// Storage failures.
pub fn all(conn: &mut Conn) -> StoreResult<Vec<Webhook>> {
    webhooks::table
        .order((webhooks::name, webhooks::id))
        .load::<Columns>(conn)?
        .into_iter()
        .map(webhook)
        .collect()
}

/// Who of a network is told something now, and of what.
///
/// # Errors
/// Storage failures.
pub fn listening(
    conn: &mut Conn,
    network: NetworkId,
) -> StoreResult<Vec<(WebhookId, Vec<EventKind>)>> {
    webhooks::table
        .filter(webhooks::network_id.eq(network.to_string()))
        .filter(webhooks::active.eq(true))
        .order(webhooks::id)
        .select((webhooks::id, webhooks::kinds))
        .load::<(String, String)>(conn)?
        .into_iter()
        .map(|(webhook, kinds)| Ok((id(&webhook)?, known(&kinds)?)))
        .collect()
}

/// One webhook.
///
/// # Errors
/// Storage failures.
pub fn find(conn: &mut Conn, wanted: WebhookId) -> StoreResult<Option<Webhook>> {
    webhooks::table
        .find(wanted.to_string())
        .first::<Columns>(conn)
        .optional()?
        .map(webhook)
        .transpose()
}

/// Writes a new one.
///
/// # Errors
/// Storage failures.
pub fn insert(conn: &mut Conn, webhook: &Webhook) -> StoreResult<()> {
    diesel::insert_into(webhooks::table)
        .values((
            webhooks::id.eq(webhook.id.to_string()),
            webhooks::version.eq(webhook.version),
            webhooks::network_id.eq(webhook.network.to_string()),
            webhooks::name.eq(&webhook.name),
            webhooks::url.eq(&webhook.url),
            webhooks::internal.eq(webhook.internal),
            webhooks::kinds.eq(to_json(&webhook.kinds)?),
            webhooks::active.eq(webhook.active),
            webhooks::sealed_secrets.eq(&webhook.sealed_secrets),
            webhooks::failures.eq(0),
            webhooks::created_at.eq(micros(webhook.created_at)),
        ))
        .execute(conn)?;
    Ok(())
}

/// Writes what a person changed of one that is still at version `read`; tells whether it was.
///
/// # Errors
/// Storage failures.
pub fn update(conn: &mut Conn, webhook: &Webhook, read: i64) -> StoreResult<bool> {
    let same = webhooks::table
        .find(webhook.id.to_string())
        .filter(webhooks::version.eq(read));
    let changed = diesel::update(same)
        .set((
            webhooks::version.eq(read + 1),
            webhooks::network_id.eq(webhook.network.to_string()),
            webhooks::name.eq(&webhook.name),
            webhooks::url.eq(&webhook.url),
            webhooks::internal.eq(webhook.internal),
            webhooks::kinds.eq(to_json(&webhook.kinds)?),
            webhooks::active.eq(webhook.active),
            webhooks::stopped_because.eq(webhook.stopped_because.map(TextEnum::as_str)),
            webhooks::failures.eq(webhook.health.failures),
            webhooks::failing_since.eq(webhook.health.failing_since.map(micros)),
        ))
        .execute(conn)?;
    Ok(changed == 1)
}

/// Writes the secrets of one that is still at version `read`; tells whether it was.
///
/// # Errors
/// Storage failures.
pub fn keep_secrets(
    conn: &mut Conn,
    wanted: WebhookId,
    read: i64,
    sealed: &str,
    previous_until: DateTime<Utc>,
) -> StoreResult<bool> {
    let same = webhooks::table
        .find(wanted.to_string())
        .filter(webhooks::version.eq(read));
    let changed = diesel::update(same)
        .set((
            webhooks::version.eq(read + 1),
            webhooks::sealed_secrets.eq(sealed),
            webhooks::previous_until.eq(micros(previous_until)),
        ))
        .execute(conn)?;
    Ok(changed == 1)
}

/// Keeps how it answers.
///
/// # Errors
/// Storage failures.
pub fn keep_health(conn: &mut Conn, wanted: WebhookId, health: Health) -> StoreResult<()> {
    diesel::update(webhooks::table.find(wanted.to_string()))
        .set((
            webhooks::failures.eq(health.failures),
            webhooks::failing_since.eq(health.failing_since.map(micros)),
        ))
        .execute(conn)?;
    Ok(())
}

/// Stops sending to one. False when it is stopped already: whoever stops it tells so.
///
/// # Errors
/// Storage failures.
pub fn stop(conn: &mut Conn, wanted: WebhookId, because: Stopped) -> StoreResult<bool> {
    let active = webhooks::table
        .find(wanted.to_string())
        .filter(webhooks::active.eq(true));
    let changed = diesel::update(active)
        .set((
            webhooks::active.eq(false),
            webhooks::stopped_because.eq(because.as_str()),
            webhooks::version.eq(webhooks::version + 1),
        ))
        .execute(conn)?;
    Ok(changed == 1)
}

/// Lets what waits for one wait until then at least.
///
/// # Errors
/// Storage failures.
pub fn hold_back(conn: &mut Conn, wanted: WebhookId, until: DateTime<Utc>) -> StoreResult<()> {
    let waiting = outbox::table
        .filter(outbox::webhook_id.eq(wanted.to_string()))
        .filter(outbox::state.eq("ready"))
        .filter(outbox::run_at.lt(micros(until)));
    diesel::update(waiting)
        .set(outbox::run_at.eq(micros(until)))
        .execute(conn)?;
    Ok(())
}
