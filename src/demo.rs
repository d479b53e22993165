//! The demonstration: a network of real establishments and invented people, with half a year of cases behind it, served with
//! the slides they link to. Everything in it went through the same use cases as real work.

mod identifiers;
mod past;
pub mod slide_source;
mod story;

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use actix_web::{App, HttpServer};
use chrono::{DateTime, Duration, Utc};

use crate::cli::{Failure, say};
use crate::clock::SystemClock;
use crate::config::{Config, Places};
use crate::domain::people::Role;
use crate::domain::randomness::Randomness;
use crate::domain::slides::SourceKind;
use crate::domain::time::Clock;
use crate::server;
use crate::service::Exchange;
use crate::service::import::{self, Organisations, PersonEntry, SlideSourceEntry};
use crate::store::people::{self, Person};
use crate::store::{StoreConfig, assignments, organisations};
use crate::telemetry;
use identifiers::SeededIds;
use past::PastClock;
use slide_source::{PREFIX, SLIDE};

/// Everybody's password in the demonstration.
const PASSWORD: &str = "lames-et-blocs-2026";
/// Days of past.
const PAST_DAYS: i64 = 182;
/// The database's file.
const DATABASE: &str = "demo.db";
/// The file that says what the database holds.
const STAMP: &str = "loaded.json";

/// Options of the demonstration.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Where its database and its mails are kept; filled at the first run.
    #[arg(long, default_value = "relecture-demo", value_name = "FOLDER")]
    data_dir: PathBuf,
    /// Where it is served.
    #[arg(long, default_value = "127.0.0.1:8080", value_name = "ADDRESS:PORT")]
    listen: SocketAddr,
    /// Another seed gives other cases.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many cases lie in its past.
    #[arg(long, default_value_t = 420, value_parser = clap::value_parser!(u32).range(1..=20_000))]
    cases: u32,
    /// When its past ends, such as 2026-11-24T12:00:00Z; now, unless given. The same seed, cases and end give the same network.
    #[arg(long, value_name = "INSTANT")]
    until: Option<DateTime<Utc>>,
    /// Another database than the file in its folder, such as postgresql://localhost/demo: a new one, with nothing in it.
    #[arg(long, value_name = "ADDRESS")]
    database_url: Option<String>,
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

/// What a folder holds once everything is in it; written last, so that a load that was cut short leaves none.
#[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize)]
struct Stamp {
    seed: u64,
    cases: u32,
    /// Where its slides were served.
    origin: String,
}

/// Loads the demonstration where it is missing, and serves it.
///
/// # Errors
/// [`Failure`].
pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let at =
        |path: &Path, error: std::io::Error| Failure::Other(format!("{}: {error}", path.display()));
    // First of all: what is served elsewhere, or in use, is left alone.
    let listener = TcpListener::bind(options.listen).map_err(|error| {
        Failure::Other(format!(
            "cannot listen on {}: {error}; another address: --listen 127.0.0.1:8081",
            options.listen
        ))
    })?;
    let address = listener.local_addr().map_err(Failure::from_display)?;
    let folder = &options.data_dir;
    std::fs::create_dir_all(folder).map_err(|error| at(folder, error))?;
    let lock = std::fs::File::create(folder.join("lock")).map_err(|error| at(folder, error))?;
    if lock.try_lock().is_err() {
        return Err(Failure::Other(format!(
            "{} is in use by another demonstration",
            folder.display()
        )));
    }
    let config = config(options, address)?;
    telemetry::set_up_logging(&config.log).map_err(Failure::from_display)?;
    let files = files()?;
    actix_web::rt::System::new().block_on(async {
        let stamp = Stamp {
            seed: options.seed,
            cases: options.cases,
            origin: origin(&config),
        };
        match read_stamp(folder) {
            None => {
                clear(folder).map_err(|error| at(folder, error))?;
                server::migrate(&config).await?;
                say("Loading half a year of cases; this takes a moment.");
                load(options, &config, &files, listener.try_clone().map_err(Failure::from_display)?).await?;
            }
            Some(kept) if (kept.seed, kept.cases) != (stamp.seed, stamp.cases) => {
                return Err(Failure::Other(format!(
                    "{} holds the demonstration of seed {} with {} cases: remove the folder, or name another with --data-dir",
                    folder.display(),
                    kept.seed,
                    kept.cases
                )));
            }
            Some(kept) => {
                server::migrate(&config).await?;
                if kept.origin != stamp.origin {
                    move_slides(&config, &kept.origin, &stamp.origin).await?;
                }
            }
        }
        write_stamp(folder, &stamp).map_err(|error| at(folder, error))?;
        if options.load_only {
            return Ok(());
        }
        introduce(&config, &files.people, busiest(&config).await?.as_ref());
        Ok(server::serve_on(&config, listener, true).await?)
    })
}

fn read_stamp(folder: &Path) -> Option<Stamp> {
    let text = std::fs::read_to_string(folder.join(STAMP)).ok()?;
    serde_json::from_str(&text).ok()
}

fn write_stamp(folder: &Path, stamp: &Stamp) -> std::io::Result<()> {
    std::fs::write(folder.join(STAMP), serde_json::to_string(stamp)?)
}

/// Removes what a load that was cut short left: its own files, and nothing else that may be in the folder.
fn clear(folder: &Path) -> std::io::Result<()> {
    for ending in ["", "-wal", "-shm"] {
        match std::fs::remove_file(folder.join(format!("{DATABASE}{ending}"))) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

fn origin(config: &Config) -> String {
    config.public_url.as_str().trim_end_matches('/').to_owned()
}

/// The slides are where the server is: it may have been given another address than last time.
async fn move_slides(config: &Config, from: &str, to: &str) -> Result<(), Failure> {
    let exchange = server::open(config)?;
    let (from, to) = (from.to_owned(), to.to_owned());
    exchange
        .store
        .write(move |conn| {
            for laboratory in organisations::laboratories(conn)? {
                for source in organisations::slide_sources(conn, laboratory.id)? {
                    if let Some(path) = source.base_url.strip_prefix(&from) {
                        organisations::set_base_url(conn, source.id, &format!("{to}{path}"))?;
                    }
                }
            }
            Ok(())
        })
        .await
        .map_err(|error: crate::store::StoreError| Failure::from_display(error))
}

fn config(options: &Options, address: SocketAddr) -> Result<Config, Failure> {
    let folder = |name: &str| absolute(&options.data_dir).join(name).display().to_string();
    // Served to everybody, looked at from here.
    let reached = if address.ip().is_unspecified() {
        SocketAddr::from(([127, 0, 0, 1], address.port()))
    } else {
        address
    };
    let values = [
        ("RELECTURE_MODE", "development".to_owned()),
        ("RELECTURE_LISTEN", address.to_string()),
        ("RELECTURE_PUBLIC_URL", format!("http://{reached}")),
        (
            "RELECTURE_DATA_DIR",
            absolute(&options.data_dir).display().to_string(),
        ),
        (
            "RELECTURE_DATABASE_URL",
            options
                .database_url
                .clone()
                .unwrap_or_else(|| format!("sqlite:{}", folder(DATABASE))),
        ),
        ("RELECTURE_MAIL_BACKEND", "file".to_owned()),
        ("RELECTURE_MAIL_FOLDER", folder("mails")),
        ("RELECTURE_SLIDES_CACHE_DIR", folder("slides")),
        ("RELECTURE_DEMO_SLIDES", "true".to_owned()),
        ("RELECTURE_LOG_FORMAT", "text".to_owned()),
        ("RELECTURE_LOG_LEVEL", "warn".to_owned()),
    ];
    // What requests may cost is the machine's own to say; all else is the demonstration's.
    let limits = std::env::vars().filter(|(name, _)| name.starts_with("RELECTURE_LIMITS_"));
    let environment = values
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .chain(limits)
        .collect();
    let places = Places {
        file: None,
        environment,
    };
    Ok(Config::load(&places, &mut rand::rng())?)
}

fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// Fills the database, while a small server offers the slides at the very address that the cases will link to.
async fn load(
    options: &Options,
    config: &Config,
    files: &Files,
    listener: TcpListener,
) -> Result<(), Failure> {
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
    let now = options.until.unwrap_or_else(|| SystemClock.now());
    let clock = Arc::new(PastClock::at(now));
    let ids = Arc::new(SeededIds::new(clock.clone(), options.seed));
    let database = StoreConfig::for_loading(config.database_url.address());
    let exchange = server::open_with(config, &database, clock.clone(), ids)?;
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
                base_url: format!("{base}{PREFIX}/{path}"),
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

/// Who has the most to read. At whom the last cases of the past lie differs with the hour at which it ends, and an expert who logs
/// in to look around should find something.
async fn busiest(config: &Config) -> Result<Option<Person>, Failure> {
    let exchange = server::open(config)?;
    exchange
        .store
        .read(|conn| match assignments::busiest(conn)? {
            Some(expert) => people::find(conn, expert),
            None => Ok(None),
        })
        .await
        .map_err(|error: crate::store::StoreError| Failure::from_display(error))
}

fn introduce(config: &Config, people: &[PersonEntry], busiest: Option<&Person>) {
    let base = config.public_url.as_str().trim_end_matches('/');
    say("");
    say(&format!("Relecture, demonstration network: {base}"));
    say(&format!("  API document      {base}/api/v1/openapi.yaml"));
    say(&format!(
        "  slide to link     {base}{PREFIX}/dz/{SLIDE}.dzi"
    ));
    say(&format!(
        "  mails             {}",
        absolute(&config.data_dir).join("mails").display()
    ));
    say("");
    say(&format!(
        "One login for each role; the password is {PASSWORD}"
    ));
    for person in people {
        let Some(role) = person.showcase else {
            continue;
        };
        let (login, name) = match busiest.filter(|_| role == Role::Expert) {
            Some(expert) => (&expert.login, &expert.display_name),
            None => (&person.login, &person.name),
        };
        say(&format!("  {:<14} {login:<36} {name}", role.to_string()));
    }
    say("");
    say("Everybody in it is invented. Ctrl-C stops it; remove its folder to begin again.");
}
