//! What a running server tells its operators: log lines on standard error, and metrics for Prometheus.
//!
//! Neither may carry patient data: labels are fixed words, never a reference, a name or an identifier.

mod process;

use prometheus::{HistogramOpts, Opts, Registry, TextEncoder};
pub use prometheus::{HistogramVec, IntCounterVec, IntGaugeVec};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::config::{Log, LogFormat};
use process::Process;

/// Why telemetry cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The directives of `log.level` cannot be read.
    #[error("log.level: {0}")]
    Level(#[from] tracing_subscriber::filter::ParseError),
    /// Logging was set up before in this process.
    #[error("logging is set up already: {0}")]
    AlreadySetUp(#[from] tracing_subscriber::util::TryInitError),
    /// A metric has a bad name, or one of this name is there already.
    #[error("metric: {0}")]
    Metric(#[from] prometheus::Error),
}

/// Sends log lines of this process to standard error, where service managers collect them.
///
/// # Errors
/// [`TelemetryError::Level`] for bad directives, [`TelemetryError::AlreadySetUp`] on a second call.
pub fn set_up_logging(log: &Log) -> Result<(), TelemetryError> {
    Ok(subscriber(log, std::io::stderr)?.try_init()?)
}

/// Filters events by the level and writes the rest, one line each.
fn subscriber<W>(
    log: &Log,
    writer: W,
) -> Result<Box<dyn tracing::Subscriber + Send + Sync>, TelemetryError>
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let filter = EnvFilter::try_new(&log.level)?;
    let registry = tracing_subscriber::registry().with(filter);
    // Colours would be noise to whatever collects the lines.
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(writer)
        .with_ansi(false);
    Ok(match log.format {
        // Fields at the top level, where log stores index them without further configuration.
        LogFormat::Json => Box::new(registry.with(lines.json().flatten_event(true))),
        LogFormat::Text => Box::new(registry.with(lines)),
    })
}

/// The metrics of one server. Cheap to clone; clones share their values.
#[derive(Debug, Clone)]
pub struct Metrics {
    registry: Registry,
    process: Process,
}

impl Metrics {
    /// An empty set with the metrics of the process itself: resident memory, processor time, open files, start and uptime.
    ///
    /// # Errors
    /// [`TelemetryError::Metric`] if one cannot be registered.
    pub fn new() -> Result<Self, TelemetryError> {
        let registry = Registry::new();
        let process = Process::register(&registry)?;
        Ok(Self { registry, process })
    }

    /// A counter named `relecture_{name}`, by convention ending in `_total`, with one value for each combination of labels.
    ///
    /// # Errors
    /// [`TelemetryError::Metric`] for a bad or repeated name.
    pub fn counter(
        &self,
        name: &str,
        help: &str,
        labels: &[&str],
    ) -> Result<IntCounterVec, TelemetryError> {
        let metric = IntCounterVec::new(Opts::new(full(name), help), labels)?;
        self.registry.register(Box::new(metric.clone()))?;
        Ok(metric)
    }

    /// A gauge named `relecture_{name}`: a whole number that goes up and down.
    ///
    /// # Errors
    /// [`TelemetryError::Metric`] for a bad or repeated name.
    pub fn gauge(
        &self,
        name: &str,
        help: &str,
        labels: &[&str],
    ) -> Result<IntGaugeVec, TelemetryError> {
        let metric = IntGaugeVec::new(Opts::new(full(name), help), labels)?;
        self.registry.register(Box::new(metric.clone()))?;
        Ok(metric)
    }

    /// A histogram named `relecture_{name}`, by convention ending in its unit (`_seconds`, `_bytes`), with the upper bounds
    /// `buckets` in rising order.
    ///
    /// # Errors
    /// [`TelemetryError::Metric`] for a bad or repeated name, or bounds that do not rise.
    pub fn histogram(
        &self,
        name: &str,
        help: &str,
        labels: &[&str],
        buckets: &[f64],
    ) -> Result<HistogramVec, TelemetryError> {
        // Checked here: the library checks at the first observation only, by a panic.
        if !buckets.is_sorted_by(|low, high| low < high) {
            return Err(TelemetryError::Metric(prometheus::Error::Msg(format!(
                "the buckets of {name} do not rise"
            ))));
        }
        let options = HistogramOpts::new(full(name), help).buckets(buckets.to_vec());
        let metric = HistogramVec::new(options, labels)?;
        self.registry.register(Box::new(metric.clone()))?;
        Ok(metric)
    }

    /// All metrics in Prometheus' text format 0.0.4 (media type [`Metrics::MEDIA_TYPE`]), those of the process read at this
    /// moment.
    ///
    /// # Errors
    /// [`TelemetryError::Metric`] if a value cannot be written as text.
    pub fn render(&self) -> Result<String, TelemetryError> {
        self.process.refresh();
        Ok(TextEncoder::new().encode_to_string(&self.registry.gather())?)
    }

    /// Media type of [`Metrics::render`].
    pub const MEDIA_TYPE: &str = prometheus::TEXT_FORMAT;
}

fn full(name: &str) -> String {
    format!("relecture_{name}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    #[derive(Clone, Default)]
    struct Page(Arc<Mutex<Vec<u8>>>);

    impl Write for Page {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    /// What is written about two events, one of them below the level.
    fn written(format: LogFormat) -> String {
        let page = Page::default();
        let log = Log {
            format,
            level: "warn,relecture=info".to_owned(),
        };
        let writer = page.clone();
        let subscriber = subscriber(&log, move || writer.clone()).unwrap();
        tracing::subscriber::with_default(subscriber, || {
            tracing::info!(status = 201, "case submitted");
            tracing::debug!("below the level");
        });
        let bytes = page.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn a_json_line_is_one_object_with_its_fields_at_the_top() {
        let text = written(LogFormat::Json);
        assert_eq!(text.lines().count(), 1, "{text}");
        let line: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(
            (&line["message"], &line["status"]),
            (&"case submitted".into(), &201.into())
        );
        assert_eq!(line["level"], "INFO");
        assert!(line["timestamp"].as_str().unwrap().ends_with('Z'));
    }

    #[test]
    fn a_text_line_is_readable_without_colours() {
        let text = written(LogFormat::Text);
        assert_eq!(text.lines().count(), 1, "{text}");
        assert!(
            text.contains("INFO") && text.trim_end().ends_with("case submitted status=201"),
            "{text}"
        );
        assert!(!text.contains('\u{1b}'));
    }

    #[test]
    fn bad_directives_are_an_error() {
        let log = Log {
            format: LogFormat::Text,
            level: "loud=very".to_owned(),
        };
        assert!(matches!(
            set_up_logging(&log),
            Err(TelemetryError::Level(_))
        ));
    }

    #[test]
    fn a_metric_is_counted_and_rendered_under_its_full_name() {
        let metrics = Metrics::new().unwrap();
        let mails = metrics
            .counter("mails_total", "Mails handed over.", &["outcome"])
            .unwrap();
        mails.with_label_values(&["sent"]).inc_by(3);
        let clone = metrics.clone();
        clone
            .gauge("jobs", "Jobs waiting.", &[])
            .unwrap()
            .with_label_values::<&str>(&[])
            .set(-2);
        let waits = metrics
            .histogram("wait_seconds", "Waits.", &[], &[0.1, 1.0])
            .unwrap();
        waits.with_label_values::<&str>(&[]).observe(0.5);
        let text = metrics.render().unwrap();
        for line in [
            "# TYPE relecture_mails_total counter",
            "relecture_mails_total{outcome=\"sent\"} 3",
            "relecture_jobs -2",
            "relecture_wait_seconds_bucket{le=\"0.1\"} 0",
            "relecture_wait_seconds_bucket{le=\"1\"} 1",
            "relecture_wait_seconds_sum 0.5",
        ] {
            assert!(text.lines().any(|have| have == line), "{line} in\n{text}");
        }
    }

    #[test]
    fn a_name_is_taken_once_and_must_be_a_name() {
        let metrics = Metrics::new().unwrap();
        metrics.counter("mails_total", "Mails.", &[]).unwrap();
        assert!(metrics.counter("mails_total", "Mails.", &[]).is_err());
        assert!(metrics.counter("mails total", "Mails.", &[]).is_err());
        assert!(
            metrics
                .histogram("wait_seconds", "Waits.", &[], &[1.0, 0.1])
                .is_err()
        );
    }
}
