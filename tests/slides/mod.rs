//! Links to slides, checked against real slide servers that hold one real slide, and against servers that mean harm.

mod credentials;
mod dicom_face;
mod disk;
mod gateway;
mod hostile_sources;
mod iiif_face;
mod layers;
pub mod main_job;
mod other_viewers;
mod real_servers;
mod viewing;

use std::time::Duration;

use relecture::slides::outbound::OutboundLimits;
use relecture::slides::probe::Prober;

/// Limits for stories: long enough for a real server on a machine that does much else. Stories of slow sources take shorter ones.
fn limits() -> OutboundLimits {
    OutboundLimits {
        connect: Duration::from_secs(30),
        overall: Duration::from_secs(60),
        ..OutboundLimits::default()
    }
}

fn prober(limits: OutboundLimits) -> Prober {
    Prober::new(limits).unwrap()
}
