//! Webhooks: to a real receiver that checks what it gets as docs/WEBHOOKS.md tells it to, and to each kind of receiver that fails.

use std::io::Write as _;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use relecture::domain::ids::WebhookId;
use relecture::domain::text_enum::TextEnum as _;
use relecture::domain::webhooks::EventKind;
use relecture::notify::mailer::Mailer;
use relecture::notify::worker::Worker;
use relecture::service::Exchange;
use relecture::service::administration::By;
use relecture::service::administration::webhook_deliveries::{self, DeliveryItem, DeliveryQuery};
use relecture::service::administration::webhooks::{self, WebhookContent, WebhookDocument};
use relecture::service::deliveries::Topic;
use relecture::service::webhooks::Caller;
use relecture::slides::outbound::OutboundLimits;
use serde_json::Value;
use tempfile::NamedTempFile;

use crate::support::database::TestDatabase;
use crate::support::exchange::{World, key};
use crate::support::python::Server;

mod failing;
mod sending;

/// A receiver, and the file in which it reads the secrets that it knows.
pub struct Receiver {
    server: Server,
    secrets: NamedTempFile,
}

impl Receiver {
    pub fn start() -> Self {
        let secrets = NamedTempFile::new().unwrap();
        let path = secrets.path().to_str().unwrap().to_owned();
        Self {
            server: Server::start("receiver.py", &[&path]),
            secrets,
        }
    }

    /// Where it listens, behaving as told.
    pub fn at(&self, manner: &str) -> String {
        format!("http://127.0.0.1:{}/{manner}", self.server.port)
    }

    /// Installs a secret beside those it has.
    fn knows(&mut self, secret: &str) {
        writeln!(self.secrets, "{secret}").unwrap();
    }
}

/// A webhook of the Antilles, of these kinds of event, with its secret.
pub async fn registered(world: &World, url: &str, kinds: &[EventKind]) -> (WebhookId, String) {
    let content = content(world, url, kinds);
    let by = by(world).await;
    let made = webhooks::add(&world.exchange, &by, content, Some(key()));
    let made = made.await.expect("it is registered").document;
    (made.webhook.id, made.secret.expect("told this once"))
}

fn content(world: &World, url: &str, kinds: &[EventKind]) -> WebhookContent {
    WebhookContent {
        network: world.antilles,
        name: "SIL".into(),
        url: url.into(),
        internal: url.starts_with("http:"),
        kinds: kinds.to_vec(),
        active: true,
    }
}

async fn by(world: &World) -> By {
    By::new(&world.actor("administrator@example.org").await, "r")
}

async fn kept(world: &World, webhook: WebhookId) -> WebhookDocument {
    let by = by(world).await;
    webhooks::read(&world.exchange, &by.actor, webhook)
        .await
        .unwrap()
}

/// What became of all that a webhook was sent, the earliest first.
async fn deliveries(world: &World, webhook: WebhookId) -> Vec<DeliveryItem> {
    let by = by(world).await;
    let all = DeliveryQuery::default();
    let listed = webhook_deliveries::list(&world.exchange, &by.actor, webhook, all);
    let mut items = listed.await.unwrap().items;
    items.reverse();
    items
}

/// State, tries and last error of the first that it was sent.
async fn first(world: &World, webhook: WebhookId) -> (String, i32, Option<String>) {
    let item = deliveries(world, webhook).await.swap_remove(0);
    (item.state.to_string(), item.attempts, item.last_error)
}

/// A worker of that exchange. Its mails go nowhere.
fn worker(exchange: &Exchange) -> Worker {
    Worker::new(
        exchange.clone(),
        Arc::new(Mailer::Memory(Mutex::default())),
        "https://relecture.example.org".parse().unwrap(),
        Duration::from_secs(60),
        Duration::from_millis(20),
    )
}

/// Tells everything that is due; how much there was.
async fn tell_all(worker: &Worker) -> usize {
    let mut told = 0;
    while worker.work_once(Topic::Webhook).await.unwrap() {
        told += 1;
    }
    told
}

/// Has an exchange lose its patience with receivers soon.
fn impatient(exchange: &mut Exchange, overall: Duration) {
    let core = Arc::get_mut(&mut exchange.core).expect("nobody else has the exchange yet");
    core.webhooks = Caller::within(OutboundLimits {
        connect: overall,
        overall,
        max_bytes: 0,
    });
}

/// A world on each database.
async fn worlds() -> Vec<(TestDatabase, World)> {
    let mut worlds = Vec::new();
    for database in TestDatabase::both() {
        let world = World::on(database.url()).await;
        worlds.push((database, world));
    }
    worlds
}

/// What a receiver got, by the names of the events.
fn types(got: &[Value]) -> Vec<&str> {
    got.iter()
        .map(|one| one["body"]["type"].as_str().unwrap())
        .collect()
}
