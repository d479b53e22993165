//! Links to slides, checked against real slide servers that hold one real slide, and against servers that mean harm.

mod hostile_sources;
mod main_job;
mod real_servers;

use std::time::Duration;

use relecture::slides::outbound::OutboundLimits;
use relecture::slides::probe::Prober;

/// Limits for stories: short, so that what is slow is over soon.
fn limits() -> OutboundLimits {
    OutboundLimits {
        connect: Duration::from_secs(5),
        overall: Duration::from_secs(20),
        ..OutboundLimits::default()
    }
}

fn prober(limits: OutboundLimits) -> Prober {
    Prober::new(limits).unwrap()
}
