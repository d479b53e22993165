//! Opening an exchange from its configuration, and running its server and worker until told to stop.

use std::net::TcpListener;
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures_util::FutureExt as _;
use tokio::sync::watch;
use url::Url;

use crate::application::Application;
use crate::clock::{SystemClock, SystemIds};
use crate::config::{Config, Pkcs11, TokenName};
use crate::domain::codes::CodeTables;
use crate::domain::escalation::Ladder;
use crate::domain::ids::IdGenerator;
use crate::domain::time::Clock;
use crate::identity::password::Passwords;
use crate::identity::tokens::TokenKeys;
use crate::notify::mailer::Mailer;
use crate::notify::worker::Worker;
use crate::service::timestamps::Stamper;
use crate::service::viewing::Viewer;
use crate::service::{Core, Exchange, answered, transparency};
use crate::signing::token::{Place, Slot, Token};
use crate::signing::verification;
use crate::slides::gateway::GatewayLimits;
use crate::slides::outbound::OutboundLimits;
use crate::slides::probe::Prober;
use crate::store::{Store, StoreConfig, connection};

/// Why the exchange does not start. Says what to do where that is known.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The database.
    #[error("database: {0}")]
    Store(#[from] crate::store::StoreError),
    /// The schema is not this version's.
    #[error("the database needs migrations: run `relecture migrate` first")]
    Unmigrated,
    /// A part of the exchange, in words.
    #[error("{0}")]
    Part(String),
    /// The network.
    #[error("cannot listen on {address}: {error}")]
    Listen {
        /// Where.
        address: std::net::SocketAddr,
        /// Why not.
        error: std::io::Error,
    },
    /// The server ended by itself.
    #[error("the server ended: {0}")]
    Ended(std::io::Error),
    /// What works in the background ended without being asked to. The log says of what.
    #[error("the worker ended before its time: start the process again")]
    WorkerEnded,
}

fn part<E: std::fmt::Display>(error: E) -> StartError {
    StartError::Part(error.to_string())
}

/// Opens the exchange on the machine's clock.
///
/// # Errors
/// [`StartError`].
pub fn open(config: &Config) -> Result<Exchange, StartError> {
    let database = StoreConfig::new(config.database_url.address());
    open_with(
        config,
        &database,
        Arc::new(SystemClock),
        Arc::new(SystemIds),
    )
}

/// Opens the exchange in another way, on another clock and with other identifiers.
///
/// # Errors
/// [`StartError`].
pub fn open_with(
    config: &Config,
    database: &StoreConfig,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdGenerator>,
) -> Result<Exchange, StartError> {
    let store = Store::open(database)?;
    let mut core = Core::new(clock, ids, config.sealing_key.expose()).map_err(StartError::Part)?;
    let verify_at = config.public_url.join("/verify").map_err(part)?;
    core.verify_at = verify_at.into();
    core.log_origin = log_origin(&config.public_url);
    if !config.code_files.is_empty() {
        core.codes = codes(&config.code_files)?;
    }
    if let Some(file) = &config.escalation_file {
        core.ladder = ladder(file)?;
    }
    if let Some((url, file)) = &config.timestamps {
        core.stamper = Some(stamper(url, file)?);
    }
    core.token = config.pkcs11.as_ref().map(token);
    let keys: Vec<&[u8]> = config
        .token_keys
        .iter()
        .map(|key| key.expose().as_slice())
        .collect();
    let limits = OutboundLimits {
        connect: config.slides.connect_timeout,
        overall: config.slides.overall_timeout,
        max_bytes: config.slides.max_bytes.get(),
    };
    Ok(Exchange {
        store,
        prober: Prober::new(limits).map_err(part)?,
        viewer: Viewer::new(limits, GatewayLimits::default(), core.clock.clone()).map_err(part)?,
        tokens: Arc::new(TokenKeys::new(&keys).map_err(StartError::Part)?),
        passwords: Passwords::new().map_err(part)?,
        wake: Arc::default(),
        core: Arc::new(core),
    })
}

/// The tables of diagnosis codes with an operator's own.
fn codes(files: &[PathBuf]) -> Result<CodeTables, StartError> {
    let read = |file: &PathBuf| {
        let name = file.display().to_string();
        let text = std::fs::read_to_string(file);
        match text {
            Ok(text) => Ok((name, text)),
            Err(error) => Err(part(format!("{name}: {error}"))),
        }
    };
    let files = files.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    CodeTables::with(&files).map_err(part)
}

/// The operator's own escalation ladder.
fn ladder(file: &Path) -> Result<Ladder, StartError> {
    let refused = |why: String| StartError::Part(format!("{}: {why}", file.display()));
    let text = std::fs::read_to_string(file).map_err(|error| refused(error.to_string()))?;
    Ladder::read(&text).map_err(|error| refused(error.to_string()))
}

/// The time stamp authority with the certificates that it is known by.
fn stamper(url: &Url, file: &Path) -> Result<Stamper, StartError> {
    let refused = |error: &dyn std::fmt::Display| part(format!("{}: {error}", file.display()));
    let text = std::fs::read(file).map_err(|error| refused(&error))?;
    let trusted = verification::certificates(&text).ok_or_else(|| refused(&"no certificate"))?;
    Stamper::new(url.clone(), trusted).map_err(part)
}

/// The token that holds experts' keys. It is looked for at the first signature.
fn token(pkcs11: &Pkcs11) -> Token {
    Token::new(Place {
        module: pkcs11.module.clone(),
        slot: match &pkcs11.token {
            TokenName::Label(label) => Slot::Label(label.clone()),
            TokenName::Slot(number) => Slot::Number(*number),
        },
        pin: pkcs11.pin.expose().clone(),
        patience: pkcs11.timeout,
    })
}

/// Refuses a database that this version cannot work on.
///
/// # Errors
/// [`StartError::Unmigrated`].
pub fn require_migrated(config: &Config) -> Result<(), StartError> {
    if connection::pending_migrations(&config.database_url.address())? {
        Err(StartError::Unmigrated)
    } else {
        Ok(())
    }
}

/// Brings the database to this version's schema, and writes what this version keeps of what happened before it. Tells which
/// migrations it ran.
///
/// # Errors
/// [`StartError`].
pub async fn migrate(config: &Config) -> Result<Vec<String>, StartError> {
    let ran = connection::migrate(&config.database_url.address())?;
    let store = Store::open(&StoreConfig::new(config.database_url.address()))?;
    let mut core = Core::new(
        Arc::new(SystemClock),
        Arc::new(SystemIds),
        config.sealing_key.expose(),
    )
    .map_err(StartError::Part)?;
    core.log_origin = log_origin(&config.public_url);
    let core = Arc::new(core);
    // Whether or not a migration ran: the last time may have been broken off in between.
    answered::complete(&store, Arc::clone(&core))
        .await
        .map_err(part)?;
    transparency::complete(&store, core).await.map_err(part)?;
    Ok(ran)
}

/// The transparency log's address without its scheme, as its standard names logs.
fn log_origin(public_url: &Url) -> String {
    let rest = &public_url[url::Position::BeforeHost..url::Position::AfterPath];
    format!("{}/log", rest.trim_end_matches('/'))
}

/// Serves, with a worker beside unless told otherwise, until the process is asked to end; then finishes what has begun.
///
/// # Errors
/// [`StartError`].
pub async fn serve(config: &Config, with_worker: bool) -> Result<(), StartError> {
    let listener = TcpListener::bind(config.listen).map_err(|error| StartError::Listen {
        address: config.listen,
        error,
    })?;
    serve_on(config, listener, with_worker).await
}

/// The same on a listener that is there already.
///
/// # Errors
/// [`StartError`].
pub async fn serve_on(
    config: &Config,
    listener: TcpListener,
    with_worker: bool,
) -> Result<(), StartError> {
    require_migrated(config)?;
    let exchange = open(config)?;
    keep_slides(config, &exchange)?;
    let application = Application::build(exchange.clone(), config, listener).map_err(part)?;
    let stop = stop_signal().map_err(part)?;
    tracing::info!(address = %application.address(), worker = with_worker, "serving");
    if with_worker {
        let worker = worker(config, exchange)?.run(stopped(stop.clone()));
        run(application, worker, stop).await
    } else {
        run(application, stopped(stop.clone()), stop).await
    }
}

/// Takes the folder in which slides are kept, where there is one. Only who serves needs it.
fn keep_slides(config: &Config, exchange: &Exchange) -> Result<(), StartError> {
    let Some(cache) = &config.slide_cache else {
        return Ok(());
    };
    let (folder, bytes) = (&cache.folder, cache.bytes.get());
    let kept = exchange.viewer.keep_on(&exchange.core, folder, bytes);
    kept.map_err(|error| part(format!("slides.cache_dir, {}: {error}", folder.display())))
}

/// Answers requests with `worker` beside, until told to stop. Were the worker to end by itself, mails and deadlines would stand
/// still behind a server that looks well: so the server takes nothing new, finishes what has begun, and ends too. Who started the
/// process starts it anew.
///
/// # Errors
/// [`StartError::Ended`], [`StartError::WorkerEnded`].
pub async fn run(
    application: Application,
    worker: impl Future<Output = ()> + 'static,
    stop: watch::Receiver<bool>,
) -> Result<(), StartError> {
    let handle = application.handle();
    let beside = actix_web::rt::spawn(async move {
        let working = to_the_end(worker, &stop);
        tokio::pin!(working);
        let early = tokio::select! {
            () = stopped(stop.clone()) => None,
            outcome = &mut working => Some(outcome),
        };
        tracing::info!("stopping: what has begun is finished first");
        let outcome = async {
            match early {
                Some(outcome) => outcome,
                None => working.await,
            }
        };
        tokio::join!(outcome, handle.stop(true)).0
    });
    application.run().await.map_err(StartError::Ended)?;
    beside.await.map_err(part)?
}

/// Runs a worker, which ends when it is told to and not before.
async fn to_the_end(
    worker: impl Future<Output = ()>,
    stop: &watch::Receiver<bool>,
) -> Result<(), StartError> {
    let ended = AssertUnwindSafe(worker).catch_unwind().await;
    match ended {
        Ok(()) if *stop.borrow() => Ok(()),
        Ok(()) => {
            tracing::error!("the worker ended without being told to");
            Err(StartError::WorkerEnded)
        }
        // The panic has printed where and why.
        Err(_) => {
            tracing::error!("the worker ended in a panic");
            Err(StartError::WorkerEnded)
        }
    }
}

/// Runs a worker alone, until the process is asked to end.
///
/// # Errors
/// [`StartError`].
pub async fn work_only(config: &Config) -> Result<(), StartError> {
    require_migrated(config)?;
    let worker = worker(config, open(config)?)?;
    let stop = stop_signal().map_err(part)?;
    tracing::info!("working");
    to_the_end(worker.run(stopped(stop.clone())), &stop).await
}

fn worker(config: &Config, exchange: Exchange) -> Result<Worker, StartError> {
    let mailer = Arc::new(Mailer::from_config(&config.mail).map_err(part)?);
    Ok(Worker::new(
        exchange,
        mailer,
        config.public_url.clone(),
        config.workers.lease,
        config.workers.poll,
    ))
}

/// Becomes true when the process is asked to end.
fn stop_signal() -> std::io::Result<watch::Receiver<bool>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (tell, told) = watch::channel(false);
    let (mut terminate, mut interrupt) = (
        signal(SignalKind::terminate())?,
        signal(SignalKind::interrupt())?,
    );
    actix_web::rt::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        // Nobody left to tell is no failure.
        let _ = tell.send(true);
        // Keeps the channel open until the process ends.
        std::future::pending::<()>().await;
    });
    Ok(told)
}

async fn stopped(mut stop: watch::Receiver<bool>) {
    // The sender lives as long as the process; were it gone, stopping is right too.
    let _ = stop.wait_for(|stop| *stop).await;
}
