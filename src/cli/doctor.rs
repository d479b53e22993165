//! `relecture doctor`: what is configured, from where, and whether it works.

use std::io::ErrorKind;

use chrono::TimeDelta;

use super::{Failure, say};
use crate::config::{Config, MailBackend, SlideCache};
use crate::domain::text_enum::TextEnum;
use crate::notify::mailer::Mailer;
use crate::server;
use crate::service::{Exchange, ServiceError, expiry, health, timestamps};
use crate::slides::disk;
use crate::store::{connection, micros, outbox, signatures};

/// Seconds that the clocks of the time authority and of this machine may be apart.
const FURTHEST_APART: i64 = 60;
/// How long before a certificate runs out its renewal is asked for.
const SOON: TimeDelta = TimeDelta::days(60);

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
    let (mut trouble, mut sources, mut expiring) = (0, None, None);
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
                check("time authority", time_authority(&exchange).await);
                check("token", token(&exchange).await);
                expiring = Some(certificates(&exchange).await);
                sources = Some(slide_sources(&exchange).await);
            }
            Err(error) => check("exchange", Err(error.to_string())),
        }
    }
    if let Some(cache) = &config.slide_cache {
        check("slides on the disk", slides(cache));
    }
    check("mail", mail(config).await);
    match expiring {
        Some(Ok((said, false))) => check("certificates", Ok(said)),
        // Everything works yet.
        Some(Ok((said, true))) => say(&format!("  note  certificates: {said}")),
        Some(Err(said)) => check("certificates", Err(said)),
        None => {}
    }
    match sources {
        Some(Ok((said, false))) => say(&format!("  ok    slide sources: {said}")),
        // The laboratories' own machines: one that is down is no fault of this exchange.
        Some(Ok((said, true))) => say(&format!("  note  slide sources: {said}")),
        Some(Err(said)) => check("slide sources", Err(said)),
        None => {}
    }
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

/// What the slide sources answer, by name and laboratory, and whether one of them does not.
async fn slide_sources(exchange: &Exchange) -> Result<(String, bool), String> {
    let all = health::slide_sources(exchange)
        .await
        .map_err(|error| error.to_string())?;
    let silent: Vec<String> = all
        .iter()
        .filter_map(|one| {
            let trouble = one.trouble.as_deref()?;
            Some(format!("{} ({}): {trouble}", one.name, one.laboratory))
        })
        .collect();
    Ok(match (all.len(), silent.len()) {
        (0, _) => ("none is registered".into(), false),
        (many, 0) => (format!("{many} registered, each answers"), false),
        (many, some) => (
            format!("{some} of {many} cannot be read: {}", silent.join("; ")),
            true,
        ),
    })
}

async fn time_authority(exchange: &Exchange) -> Result<String, String> {
    let Some(tried) = timestamps::try_out(exchange).await else {
        return Ok("none is configured: signatures tell the time of this machine".into());
    };
    let attested = tried?;
    let apart = (attested.at - exchange.core.clock.now())
        .num_seconds()
        .abs();
    if apart > FURTHEST_APART {
        return Err(format!(
            "{} stamps, but its clock and this machine's are {apart} s apart",
            attested.authority
        ));
    }
    Ok(format!("{} stamps", attested.authority))
}

async fn token(exchange: &Exchange) -> Result<String, String> {
    let Some(token) = &exchange.core.token else {
        return Ok("none is configured: experts' keys are sealed in the database".into());
    };
    let found = token.look().await.map_err(|trouble| trouble.to_string())?;
    let keys = exchange.store.read(signatures::token_keys).await;
    let named = keys.map_err(|error| error.to_string())?.len();
    Ok(format!(
        "{} ({}) takes the PIN; {} keys in it, {named} of experts here",
        found.label, found.model, found.keys
    ))
}

/// Which certificates have run out; or which will soon, and whether any will.
async fn certificates(exchange: &Exchange) -> Result<(String, bool), String> {
    let all = expiry::certificates(exchange).await;
    let all = all.map_err(|error| error.to_string())?;
    let now = exchange.core.clock.now();
    let until = |at| {
        let named = all.iter().filter(|one| one.not_after <= at).map(|one| {
            let (holder, day) = (one.holder.as_str(), one.not_after.date_naive());
            format!("{} ({holder}) on {day}", one.name)
        });
        named.collect::<Vec<String>>().join("; ")
    };
    let (over, soon) = (until(now), until(now + SOON));
    if !over.is_empty() {
        return Err(format!(
            "run out: {over}. What is signed or stamped under them now would not verify"
        ));
    }
    Ok(match all.first() {
        _ if !soon.is_empty() => (format!("run out soon: {soon}"), true),
        None => ("none has to be renewed".into(), false),
        Some(first) => {
            let day = first.not_after.date_naive();
            (
                format!("{} in use, the first until {day}", all.len()),
                false,
            )
        }
    })
}

/// Looks only: the folder is the server's.
fn slides(cache: &SlideCache) -> Result<String, String> {
    let folder = cache.folder.display();
    let (entries, bytes) = match disk::look(&cache.folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => (0, 0),
        found => found.map_err(|error| format!("{folder}: {error}"))?,
    };
    let probe = cache.folder.join("doctor");
    std::fs::create_dir_all(&cache.folder)
        .and_then(|()| std::fs::write(&probe, b"can it be written?"))
        .and_then(|()| std::fs::remove_file(&probe))
        .map_err(|error| format!("{folder} takes nothing: {error}"))?;
    let limit = cache.bytes;
    Ok(format!(
        "{entries} pictures, {bytes} of {limit} bytes, in {folder}"
    ))
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
