//! The clock that is passed in.

use chrono::{DateTime, SubsecRound, Utc};

/// Tells the time. Injected, so that tests set it; truncated to microseconds, the precision that both databases keep.
pub trait Clock: Send + Sync {
    /// The present instant.
    fn now(&self) -> DateTime<Utc>;
}

/// `instant` at the precision the databases keep, so that a value read back equals the value written.
pub fn database_precision(instant: DateTime<Utc>) -> DateTime<Utc> {
    instant.trunc_subsecs(6)
}
