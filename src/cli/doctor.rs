//! `relecture doctor`: what is configured, from where, and whether it works.

use super::{Failure, say};
use crate::config::{Config, MailBackend};
use crate::notify::mailer::Mailer;
use crate::server;
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
        check("outbox", outbox_state(config).await);
    }
    check("mail", mail(config).await);
    if trouble == 0 {
        Ok(())
    } else {
        Err(Failure::Other(format!("{trouble} of the checks failed")))
    }
}

async fn outbox_state(config: &Config) -> Result<String, String> {
    let exchange = server::open(config).map_err(|error| error.to_string())?;
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
