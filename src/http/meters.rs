//! What is counted about requests. Labels are route patterns, never the paths themselves.

use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::domain::text_enum::TextEnum;
use crate::service::expiry::Dated;
use crate::service::viewing::DiskState;
use crate::telemetry::{HistogramVec, IntCounterVec, IntGaugeVec, Metrics, TelemetryError};

/// Upper bounds of the durations, seconds: close around the one and the ten milliseconds that are promised.
const BOUNDS: &[f64] = &[
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0,
];

/// What is counted about requests.
pub(super) struct Meters {
    requests: IntCounterVec,
    durations: HistogramVec,
    /// Database connections, by whether they are in use.
    pub(super) connections: IntGaugeVec,
    /// Slides on the disk, by what is counted.
    slides: IntGaugeVec,
    /// How long certificates hold, by whose they are.
    certificates: IntGaugeVec,
}

impl Meters {
    pub(super) fn register(metrics: &Metrics) -> Result<Self, TelemetryError> {
        Ok(Self {
            requests: metrics.counter(
                "http_requests_total",
                "Requests answered.",
                &["method", "route", "status"],
            )?,
            durations: metrics.histogram(
                "http_request_duration_seconds",
                "From the head of a request to the head of its answer.",
                &["method", "route"],
                BOUNDS,
            )?,
            connections: metrics.gauge(
                "database_connections",
                "Connections to the database: in use, and at most.",
                &["kind"],
            )?,
            slides: metrics.gauge(
                "slides_on_disk",
                "Slides kept on the disk: pictures, bytes and most bytes; and since the start: found, missing, damaged, and not kept \
                 because the disk took nothing. Nothing where no folder is set.",
                &["what"],
            )?,
            certificates: metrics.gauge(
                "certificate_left_seconds",
                "How long the certificate that runs out first still holds, by whose it is; below nothing once it has run out. Of keys \
                 that the exchange certifies itself there is none: they are certified again.",
                &["holder"],
            )?,
        })
    }

    /// What is on the disk now.
    pub(super) fn slides_on_disk(&self, state: &DiskState) {
        for (what, count) in [
            ("pictures", state.entries),
            ("bytes", state.bytes),
            ("most_bytes", state.limit),
            ("found", state.hits),
            ("missing", state.misses),
            ("damaged", state.damaged),
            ("not_kept", state.failures),
        ] {
            let count = i64::try_from(count).unwrap_or(i64::MAX);
            self.slides.with_label_values(&[what]).set(count);
        }
    }

    /// How long certificates hold from now on; the one that runs out first comes first.
    pub(super) fn certificates(&self, all: &[Dated], now: DateTime<Utc>) {
        self.certificates.reset();
        for one in all.iter().rev() {
            let left = (one.not_after - now).num_seconds();
            let holder = one.holder.as_str();
            self.certificates.with_label_values(&[holder]).set(left);
        }
    }

    pub(super) fn count(&self, method: &str, route: &str, status: &str, took: Duration) {
        self.requests
            .with_label_values(&[method, route, status])
            .inc();
        self.durations
            .with_label_values(&[method, route])
            .observe(took.as_secs_f64());
    }
}
