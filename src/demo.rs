//! The demonstration: a network of real establishments and invented people, with half a year of cases behind it, served with
//! the slides they link to. Everything in it went through the same use cases as real work.

mod past;
mod randomness;
pub mod slide_source;
mod story;

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use actix_web::{App, HttpServer};
use chrono::Duration;

use crate::cli::{Failure, say};
use crate::clock::SystemClock;
use crate::config::{Config, Places};
use crate::domain::slides::SourceKind;
use crate::domain::time::Clock;
use crate::server;
use crate::service::Exchange;
use crate::service::import::{self, Organisations, PersonEntry, SlideSourceEntry};
use crate::store::{connection, organisations};
use crate::telemetry;
use past::PastClock;
use randomness::{Randomness, SeededIds};

/// Everybody's password in the demonstration.
const PASSWORD: &str = "lames-et-blocs-2026";
/// Days of past.
const PAST_DAYS: i64 = 182;

/// Options of the demonstration.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Where its database and its mails are kept; filled at the first run.
    #[arg(long, default_value = "relecture-demo", value_name = "FOLDER")]
    data_dir: PathBuf,
    /// Where it is served.
    #[arg(long, default_value = "127.0.0.1:8080", value_name = "ADDRESS:PORT")]
    listen: SocketAddr,
    /// The same seed gives the same cases.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many cases lie in its past.
    #[arg(long, default_value_t = 420, value_parser = clap::value_parser!(u32).range(1..=20_000))]
    cases: u32,
    /// Load the database, then end.
    #[arg(long)]
    load_only: bool,
}

/// The files that the demonstration is made from.
struct Files {
    organisations: Organisations,
    people: Vec<PersonEntry>,
    cases: story::CaseFile,
}

fn files() -> Result<Files, Failure> {
    let organisations: Organisations =
        serde_json::from_str(include_str!("../data/demo/network.json"))
            .map_err(Failure::from_display)?;
    let people: Organisations = serde_json::from_str(include_str!("../data/demo/people.json"))
        .map_err(Failure::from_display)?;
    let cases = serde_json::from_str(include_str!("../data/demo/cases.json"))
        .map_err(Failure::from_display)?;
    Ok(Files {
        organisations,
        people: people.people,
        cases,
    })
}

/// Loads the demonstration where it is missing, and serves it.
///
/// # Errors
/// [`Failure`].
pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    std::fs::create_dir_all(&options.data_dir)
        .map_err(|error| Failure::Other(format!("{}: {error}", options.data_dir.display())))?;
    let config = config(options)?;
    telemetry::set_up_logging(&config.log).map_err(Failure::from_display)?;
    connection::migrate(&config.database_url.address()).map_err(Failure::from_display)?;
    let files = files()?;
    let system = actix_web::rt::System::new();
    system.block_on(async {
        if is_empty(&config).await? {
            say("Loading half a year of cases; this takes a minute.");
            load(options, &config, &files).await?;
        }
        if options.load_only {
            return Ok(());
        }
        introduce(&config, &files.people);
        Ok(server::serve(&config, true).await?)
    })
}

fn config(options: &Options) -> Result<Config, Failure> {
    let folder = |name: &str| absolute(&options.data_dir).join(name).display().to_string();
    let values = [
        ("RELECTURE_MODE", "development".to_owned()),
        ("RELECTURE_LISTEN", options.listen.to_string()),
        ("RELECTURE_PUBLIC_URL", format!("http://{}", options.listen)),
        (
            "RELECTURE_DATA_DIR",
            absolute(&options.data_dir).display().to_string(),
        ),
        (
            "RELECTURE_DATABASE_URL",
            format!("sqlite:{}", folder("demo.db")),
        ),
        ("RELECTURE_MAIL_BACKEND", "file".to_owned()),
        ("RELECTURE_MAIL_FOLDER", folder("mails")),
        ("RELECTURE_DEMO_SLIDES", "true".to_owned()),
        ("RELECTURE_LOG_FORMAT", "text".to_owned()),
        ("RELECTURE_LOG_LEVEL", "warn".to_owned()),
    ];
    let environment = values
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    Ok(Config::load(
        &Places {
            file: None,
            environment,
        },
        &mut rand::rng(),
    )?)
}

fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

async fn is_empty(config: &Config) -> Result<bool, Failure> {
    let exchange = server::open(config)?;
    let known = exchange
        .store
        .read(organisations::networks)
        .await
        .map_err(Failure::from_display)?;
    Ok(known.is_empty())
}

/// Fills the database, while a small server offers the slides at the very address that the cases will link to.
async fn load(options: &Options, config: &Config, files: &Files) -> Result<(), Failure> {
    let listener = TcpListener::bind(options.listen)
        .map_err(|error| Failure::Other(format!("{}: {error}", options.listen)))?;
    let slides = HttpServer::new(|| App::new().configure(slide_source::configure))
        .workers(1)
        .disable_signals()
        .listen(listener)
        .map_err(Failure::from_display)?
        .run();
    let handle = slides.handle();
    let serving = actix_web::rt::spawn(slides);
    let outcome = fill(options, config, files).await;
    handle.stop(false).await;
    // Stopped, or it never ran: the outcome of filling is what counts.
    let _ = serving.await;
    outcome
}

async fn fill(options: &Options, config: &Config, files: &Files) -> Result<(), Failure> {
    let now = SystemClock.now();
    let clock = Arc::new(PastClock::at(now));
    let ids = Arc::new(SeededIds::new(clock.clone(), options.seed));
    let exchange = server::open_with(config, clock.clone(), ids)?;
    let hash = exchange
        .passwords
        .hash(PASSWORD.to_owned())
        .await
        .map_err(Failure::from_display)?;
    let done = import::import(&exchange, with_slides(config, files), Some(hash))
        .await
        .map_err(Failure::from_display)?;
    say(&format!(
        "  {} networks, {} laboratories, {} people",
        done.networks.len(),
        done.laboratories.len(),
        done.people
    ));
    clock.set(now - Duration::days(PAST_DAYS));
    let past = past::Past::new(
        exchange.clone(),
        clock,
        Randomness::new(options.seed),
        files.cases.clone(),
        now,
    );
    let counts = past
        .live(options.cases)
        .await
        .map_err(Failure::from_display)?;
    let counts: Vec<String> = counts
        .into_iter()
        .map(|(state, count)| format!("{count} {state}"))
        .collect();
    say(&format!("  cases: {}", counts.join(", ")));
    settle(&exchange).await
}

/// Every laboratory links the demonstration slide, as DeepZoom and as IIIF.
fn with_slides(config: &Config, files: &Files) -> Organisations {
    let mut all = files.organisations.clone();
    all.people.clone_from(&files.people);
    let base = config.public_url.as_str().trim_end_matches('/');
    for laboratory in &files.organisations.laboratories {
        for (name, kind, path) in [
            ("Lames (DeepZoom)", SourceKind::DeepZoom, "dz"),
            ("Lames (IIIF)", SourceKind::Iiif, "iiif"),
        ] {
            all.slide_sources.push(SlideSourceEntry {
                laboratory: laboratory.key.clone(),
                name: name.to_owned(),
                kind,
                base_url: format!("{base}/demo-slides/{path}"),
                internal: true,
                credentials: None,
            });
        }
    }
    all
}

/// Mails of the past are not sent now.
async fn settle(exchange: &Exchange) -> Result<(), Failure> {
    let now = crate::store::micros(exchange.core.clock.now());
    exchange
        .store
        .write(move |conn| crate::store::outbox::settle_mails(conn, now))
        .await
        .map(drop)
        .map_err(Failure::from_display)
}

fn introduce(config: &Config, people: &[PersonEntry]) {
    let base = config.public_url.as_str().trim_end_matches('/');
    say("");
    say(&format!("Relecture, demonstration network: {base}"));
    say(&format!("  API document      {base}/api/v1/openapi.yaml"));
    say(&format!(
        "  mails             {}",
        absolute(&config.data_dir).join("mails").display()
    ));
    say("");
    say(&format!(
        "One login for each role; the password is {PASSWORD}"
    ));
    for person in people {
        if let Some(role) = person.showcase {
            say(&format!(
                "  {:<14} {:<36} {}",
                role.to_string(),
                person.login,
                person.name
            ));
        }
    }
    say("");
    say("Everybody in it is invented. Ctrl-C stops it; remove its folder to begin again.");
}
