//! What the doors work on.

use std::net::IpAddr;
use std::num::NonZeroU32;

use crate::config::{Config, Limits};
use crate::service::Exchange;
use crate::telemetry::{Metrics, TelemetryError};

use super::limiter::Limiter;
use super::meters::Meters;

/// Refusals of a person that go on record in a minute.
const REFUSALS_PER_MINUTE: NonZeroU32 = NonZeroU32::MIN.saturating_add(59);

/// What the doors work on: one for the whole server, found by handlers as `web::Data<State>`.
pub struct State {
    /// The exchange.
    pub exchange: Exchange,
    /// What clients may send.
    pub limits: Limits,
    /// Addresses of the proxies in front.
    pub(super) trusted_proxies: Vec<IpAddr>,
    /// Origins of viewers whose pages may read slides.
    pub viewer_origins: Vec<String>,
    /// Whether people reach the server over TLS, which browsers are then told to keep to.
    pub https: bool,
    /// How many requests each person may make.
    pub limiter: Limiter,
    /// How many refusals of each person go on record.
    pub(super) refusals: Limiter,
    /// The server's metrics; other parts may add theirs.
    pub metrics: Metrics,
    pub(super) meters: Meters,
}

impl State {
    /// The state of a server.
    ///
    /// # Errors
    /// [`TelemetryError`] if a metric cannot be registered.
    pub fn new(exchange: Exchange, config: &Config) -> Result<Self, TelemetryError> {
        let metrics = Metrics::new()?;
        Ok(Self {
            exchange,
            limits: config.limits,
            limiter: Limiter::new(config.limits.requests_per_minute),
            refusals: Limiter::new(REFUSALS_PER_MINUTE),
            trusted_proxies: config.trusted_proxies.clone(),
            viewer_origins: config.viewer_origins.clone(),
            https: config.public_url.scheme() == "https",
            meters: Meters::register(&metrics)?,
            metrics,
        })
    }
}
