//! `relecture doctor`: what is configured, from where, and whether it works.

use super::{Failure, say};
use crate::config::{Config, MailBackend};
use crate::notify::mailer::Mailer;
use crate::server;
use crate::service::{Exchange, ServiceError, health};
use crate::store::{connection, micros, outbox};

pub(super) async fn run(config: &Config) -> Result<(), Failure> {
    say("Configuration");
    for setting in config.settings() {
        say(&format!(
            "  {:<28} {:<44} {}",
            setting.key, setting.shown, setting.source
        ));
    }
    say("");
    say("Checks");
    let mut trouble = 0;
    let mut check = |name: &str, outcome: Result<String, String>| match outcome {
        Ok(said) => say(&format!("  ok    {name}: {said}")),
        Err(said) => {
            trouble += 1;
            say(&format!("  FAIL  {name}: {said}"));
        }
    };
    let migrated = connection::pending_migrations(&config.database_url.address());
    check(
        "database",
        match &migrated {
            Ok(false) => Ok("reached, at this version's schema".into()),
            Ok(true) => Err("needs migrations: run `relecture migrate`".into()),
            Err(error) => Err(error.to_string()),
        },
    );
    if matches!(migrated, Ok(false)) {
        match server::open(config) {
            Ok(exchange) => {
                check("database's language", language(&exchange).await);
                check("sealing key", sealing_key(&exchange).await);
                check("outbox", outbox_state(&exchange).await);
            }
            Err(error) => check("exchange", Err(error.to_string())),
        }
    }
    check("mail", mail(config).await);
    if trouble == 0 {
        Ok(())
    } else {
        Err(Failure::Other(format!("{trouble} of the checks failed")))
    }
}

async fn language(exchange: &Exchange) -> Result<String, String> {
    let foreign = exchange.store.read(connection::foreign_language).await;
    match foreign.map_err(|error| error.to_string())? {
        None => Ok("its messages are understood".into()),
        Some(language) => Err(format!(
            "PostgreSQL says what goes wrong in {language}, so that time-outs and a full disk are not told from other failures. \
             Its superuser has to run: ALTER ROLE … SET lc_messages = 'C' for the role of this exchange"
        )),
    }
}

/// The configuration has seen to it that there is one, of 32 bytes.
async fn sealing_key(exchange: &Exchange) -> Result<String, String> {
    match health::open_what_is_sealed(exchange).await {
        Ok(0) => Ok("32 bytes; nothing is sealed yet".into()),
        Ok(opened) => Ok(format!(
            "32 bytes; opens what is sealed ({opened} looked at)"
        )),
        Err(ServiceError::Internal(error)) => Err(format!(
            "{error}. Patient data were sealed under another key: configure that one again (sealing_key, or sealing_key_file), \
             from where its copy is kept. No other can open them"
        )),
        Err(error) => Err(error.to_string()),
    }
}

async fn outbox_state(exchange: &Exchange) -> Result<String, String> {
    let now = micros(exchange.core.clock.now());
    let (due, dead) = exchange
        .store
        .read(move |conn| {
            Ok::<_, crate::store::StoreError>((
                outbox::backlog(conn, now)?,
                outbox::dead_letters(conn, 1000)?.len(),
            ))
        })
        .await
        .map_err(|error| error.to_string())?;
    if dead > 0 {
        return Err(format!(
            "{dead} messages were given up: see `relecture outbox list`"
        ));
    }
    Ok(format!("{due} messages are due"))
}

async fn mail(config: &Config) -> Result<String, String> {
    let mailer = Mailer::from_config(&config.mail)?;
    let place = match &config.mail.backend {
        MailBackend::File(folder) => format!("written to {}", folder.display()),
        MailBackend::Smtp(smtp) => format!("{}:{} lets us in", smtp.host, smtp.port),
    };
    match mailer.check().await {
        Ok(()) => Ok(place),
        Err(error) => Err(match &config.mail.backend {
            MailBackend::File(folder) => format!("{}: {error}", folder.display()),
            MailBackend::Smtp(smtp) => format!("{}:{}: {error}", smtp.host, smtp.port),
        }),
    }
}
