//! What is counted about requests. Labels are route patterns, never the paths themselves.

use std::time::Duration;

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
        })
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
