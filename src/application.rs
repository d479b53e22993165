//! The server: puts the doors together on one listener.

use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use actix_web::dev::{Server, ServerHandle};
use actix_web::middleware::{Compress, from_fn};
use actix_web::{App, HttpResponse, HttpServer, web};

use crate::api;
use crate::config::Config;
use crate::demo::slide_source;
use crate::http::{Kind, Problem, State, health, observe};
use crate::service::{Exchange, slide_cache};
use crate::telemetry::TelemetryError;
use crate::tiles;
use crate::transparency;
use crate::workspace::{self, Workspace};

/// How long a connection may stay open between two requests.
const KEEP_ALIVE: Duration = Duration::from_secs(75);
/// How long the head of a request may take: who sends it drop by drop does not hold a connection.
const HEAD: Duration = Duration::from_secs(10);
/// Threads of a worker for what blocks: reading the database and hashing passwords, of which few are done at a time anyway, and
/// looking up names.
const BLOCKING_THREADS: usize = 16;
/// How long what has begun may take when the server is asked to end.
const SHUTDOWN_SECONDS: u64 = 30;

/// Why a server cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The listener.
    #[error("cannot listen: {0}")]
    Listen(#[from] std::io::Error),
    /// A metric.
    #[error(transparent)]
    Telemetry(#[from] TelemetryError),
}

/// A server on its listener; nothing is answered before [`Application::run`].
pub struct Application {
    server: Server,
    address: SocketAddr,
    exchange: Exchange,
}

impl Application {
    /// A server of `exchange` on `listener`. To be called within a runtime.
    ///
    /// # Errors
    /// [`BuildError`].
    pub fn build(
        exchange: Exchange,
        config: &Config,
        listener: TcpListener,
    ) -> Result<Self, BuildError> {
        let address = listener.local_addr()?;
        let state = State::new(exchange.clone(), config)?;
        let workspace = Workspace::new(state.exchange.clone(), state.https);
        let state = web::Data::new(state);
        let demo_slides = config.demo_slides;
        let server = HttpServer::new(move || {
            App::new()
                .app_data(state.clone())
                .wrap(Compress::default())
                .wrap(from_fn(tiles::origins::watch))
                .wrap(from_fn(observe::watch))
                .configure(tiles::configure)
                .configure(health::configure)
                .configure(api::configure)
                .configure(|pages| workspace::configure(pages, &workspace))
                .configure(transparency::configure)
                .configure(move |doors| {
                    if demo_slides {
                        slide_source::configure(doors);
                    }
                })
                .default_service(web::to(nothing_here))
        })
        .keep_alive(KEEP_ALIVE)
        .client_request_timeout(HEAD)
        .worker_max_blocking_threads(BLOCKING_THREADS)
        .shutdown_timeout(SHUTDOWN_SECONDS)
        .disable_signals()
        .listen(listener)?
        .run();
        Ok(Self {
            server,
            address,
            exchange,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// With which it is stopped.
    pub fn handle(&self) -> ServerHandle {
        self.server.handle()
    }

    /// Answers requests until it is stopped, and keeps the slides on its disk in order.
    ///
    /// # Errors
    /// When the server ends by itself.
    pub async fn run(self) -> std::io::Result<()> {
        let cleaning = actix_web::rt::spawn(slide_cache::keep_clean(self.exchange));
        let ended = self.server.await;
        cleaning.abort();
        ended
    }
}

async fn nothing_here() -> Result<HttpResponse, Problem> {
    Err(Problem::new(Kind::NotFound))
}
