//! `relecture outbox`: messages that were given up.

use clap::Subcommand;

use super::{Failure, say};
use crate::config::Config;
use crate::domain::ids::OutboxId;
use crate::server;
use crate::service::audit;
use crate::store::traces::About;
use crate::store::{StoreError, id, micros, optional_instant, outbox};

/// Messages shown at most, the oldest ones.
const SHOWN: i64 = 1000;

#[derive(Debug, Subcommand)]
pub(super) enum Outbox {
    /// List the messages that were given up, with the last error of each.
    List,
    /// Send messages again that were given up, from their first try.
    Retry {
        /// Identifiers from the list.
        #[arg(required_unless_present = "all")]
        messages: Vec<OutboxId>,
        /// All of them.
        #[arg(long, conflicts_with = "messages")]
        all: bool,
    },
}

pub(super) async fn run(config: &Config, command: Outbox) -> Result<(), Failure> {
    server::require_migrated(config)?;
    match command {
        Outbox::List => list(config).await,
        Outbox::Retry { messages, all } => retry(config, messages, all).await,
    }
}

async fn list(config: &Config) -> Result<(), Failure> {
    let exchange = server::open(config)?;
    let letters = exchange
        .store
        .read(|conn| outbox::dead_letters(conn, SHOWN))
        .await
        .map_err(Failure::from_display)?;
    if letters.is_empty() {
        say("Nothing was given up.");
    }
    for letter in letters {
        let at = optional_instant(letter.finished_at).map_err(Failure::from_display)?;
        say(&format!(
            "{}  {:<7}  given up {} after {} tries: {}",
            letter.id,
            letter.topic,
            at.map(|at| at.to_rfc3339()).unwrap_or_default(),
            letter.attempt,
            letter.last_error.unwrap_or_default()
        ));
    }
    Ok(())
}

async fn retry(config: &Config, messages: Vec<OutboxId>, all: bool) -> Result<(), Failure> {
    let exchange = server::open(config)?;
    let core = exchange.core.clone();
    let now = micros(core.clock.now());
    let (put_back, unknown) = exchange
        .store
        .write(move |conn| {
            let mut wanted = messages.clone();
            if all {
                for letter in outbox::dead_letters(conn, SHOWN)? {
                    wanted.push(id(&letter.id)?);
                }
            }
            let (mut put_back, mut unknown) = (0, Vec::new());
            for message in wanted {
                if outbox::retry_dead(conn, message, now)? {
                    let about = About::of("message", &message);
                    audit::by_operator(conn, &core, "retry_message", &about)?;
                    put_back += 1;
                } else {
                    unknown.push(message.to_string());
                }
            }
            Ok::<_, StoreError>((put_back, unknown))
        })
        .await
        .map_err(Failure::from_display)?;
    say(&format!(
        "Put back: {put_back}. A worker takes them within seconds."
    ));
    if unknown.is_empty() {
        Ok(())
    } else {
        Err(Failure::Other(format!(
            "not among those given up: {}",
            unknown.join(", ")
        )))
    }
}
