//! Mails: through a real mail server and each way in which it fails, to the right people, in their language, about nobody.

use std::num::NonZeroU16;
use std::sync::Arc;
use std::time::Duration;

use relecture::config::{Mail, MailBackend, Smtp, SmtpTls};
use relecture::domain::ids::{CaseId, OutboxId};
use relecture::domain::notifications::{Notification, NotificationKind};
use relecture::domain::turnaround::Urgency;
use relecture::notify::mailer::Mailer;
use relecture::notify::worker::Worker;
use relecture::service::Exchange;
use relecture::store::outbox::{self, NewMessage, Topic};
use relecture::store::{self, StoreError};

use crate::support::database::TestDatabase;
use crate::support::exchange::World;

mod account_links;
mod content;
mod delivery;
mod digest;
mod summary;
mod transport;

/// Where people reach the exchange in these stories.
const PUBLIC_URL: &str = "https://relecture.example.org";

/// A mailer that loses its patience soon.
fn mailer(port: u16, tls: SmtpTls) -> Mailer {
    mailer_with_patience(port, tls, Duration::from_millis(800))
}

fn mailer_with_patience(port: u16, tls: SmtpTls, patience: Duration) -> Mailer {
    let smtp = Smtp {
        host: "127.0.0.1".into(),
        port: NonZeroU16::new(port).unwrap(),
        tls,
        credentials: None,
    };
    let config = Mail {
        from: "Relecture <relecture@example.org>".parse().unwrap(),
        backend: MailBackend::Smtp(smtp),
    };
    Mailer::from_config_with(&config, patience).unwrap()
}

/// A worker of that exchange which sends to that port.
fn worker(exchange: &Exchange, port: u16) -> Worker {
    Worker::new(
        exchange.clone(),
        Arc::new(mailer_with_patience(
            port,
            SmtpTls::None,
            Duration::from_secs(20),
        )),
        PUBLIC_URL.parse().unwrap(),
        Duration::from_secs(60),
        Duration::from_millis(20),
    )
}

/// Puts a mail to the person of that login into the outbox.
async fn enqueue(
    world: &World,
    kind: NotificationKind,
    login: &str,
    case: Option<CaseId>,
) -> OutboxId {
    let to = world.actor(&format!("{login}@example.org")).await.person;
    let core = &world.exchange.core;
    let now = core.clock.now();
    let notification = Notification {
        kind,
        to,
        case,
        reference: case.map(|_| "REL-2026-000123-4".to_owned()),
        urgency: case.map(|_| Urgency::Urgent),
        at: Some(now),
        digest: None,
        summary: Vec::new(),
        link: None,
    };
    let message = NewMessage {
        id: OutboxId::new(core.ids.as_ref()),
        topic: Topic::Mail,
        case,
        webhook: None,
        payload: serde_json::to_string(&notification).unwrap(),
        run_at: store::micros(now),
        created_at: store::micros(now),
    };
    let id = message.id;
    world
        .exchange
        .store
        .write(move |conn| outbox::enqueue(conn, &message))
        .await
        .unwrap();
    id
}

/// State, tries and last error of a message.
async fn stands(world: &World, message: OutboxId) -> (String, i32, Option<String>) {
    use diesel::prelude::*;
    use relecture::store::schema::outbox;
    world
        .exchange
        .store
        .read(move |conn| {
            Ok::<_, StoreError>(
                outbox::table
                    .find(message.to_string())
                    .select((outbox::state, outbox::attempt, outbox::last_error))
                    .first(conn)?,
            )
        })
        .await
        .unwrap()
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
