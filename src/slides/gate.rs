//! The gate before each slide source: so many requests at a time, and none for a while after it has failed again and again.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Semaphore;

use super::gateway::GatewayError;
use crate::domain::breaker::{Breaker, Circuit};
use crate::domain::ids::SlideSourceId;
use crate::domain::slides::LinkFailure;
use crate::domain::time::Clock;

/// Requests of one source at a time.
const AT_A_TIME: usize = 16;
/// Longest wait for a turn.
const PATIENCE: Duration = Duration::from_secs(10);

/// The gates of all sources.
pub(super) struct Gates {
    clock: Arc<dyn Clock>,
    gates: Mutex<HashMap<SlideSourceId, Arc<Gate>>>,
}

struct Gate {
    turns: Semaphore,
    breaker: Mutex<Breaker>,
}

impl Gate {
    fn breaker(&self) -> std::sync::MutexGuard<'_, Breaker> {
        self.breaker.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Gates {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            gates: Mutex::default(),
        }
    }

    fn of(&self, source: SlideSourceId) -> Arc<Gate> {
        let mut gates = self.gates.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || {
            Arc::new(Gate {
                turns: Semaphore::new(AT_A_TIME),
                breaker: Mutex::default(),
            })
        };
        Arc::clone(gates.entry(source).or_insert_with(new))
    }

    /// How the source does.
    pub(super) fn circuit(&self, source: SlideSourceId) -> Circuit {
        self.of(source).breaker().circuit(self.clock.now())
    }

    /// Asks the source, when it is its turn.
    pub(super) async fn through<T>(
        &self,
        source: SlideSourceId,
        asking: impl Future<Output = Result<T, LinkFailure>>,
    ) -> Result<T, GatewayError> {
        let gate = self.of(source);
        let turn = tokio::time::timeout(PATIENCE, gate.turns.acquire()).await;
        let Ok(Ok(_turn)) = turn else {
            return Err(GatewayError::Busy);
        };
        let asked = gate.breaker().ask(self.clock.now());
        asked.map_err(|until| GatewayError::Paused {
            seconds: (until - self.clock.now()).num_seconds().max(1),
        })?;
        let found = asking.await;
        match &found {
            Err(
                LinkFailure::SourceUnreachable
                | LinkFailure::Timeout
                | LinkFailure::ServerError
                | LinkFailure::AuthorityFailed,
            ) => gate.breaker().failed(self.clock.now()),
            // It answered, if only to say no.
            _ => gate.breaker().succeeded(),
        }
        found.map_err(GatewayError::Source)
    }
}
