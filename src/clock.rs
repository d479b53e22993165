//! The machine's clock and identifiers: the one place where time and randomness come from outside.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::domain::ids::IdGenerator;
use crate::domain::time::{Clock, database_precision};

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that asks the machine for the time"
    )]
    fn now(&self) -> DateTime<Utc> {
        database_precision(Utc::now())
    }
}

/// Identifiers from the machine's clock and randomness, later ones sorting after earlier ones of the same process.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemIds;

impl IdGenerator for SystemIds {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that makes identifiers"
    )]
    fn next(&self) -> Uuid {
        Uuid::now_v7()
    }
}
