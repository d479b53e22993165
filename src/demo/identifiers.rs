//! Identifiers from a seed.

use std::sync::{Arc, Mutex, PoisonError};

use uuid::Uuid;

use super::past::PastClock;
use crate::domain::ids::IdGenerator;
use crate::domain::randomness::Randomness;
use crate::domain::time::Clock;

/// Identifiers of the demonstration: UUIDv7 of its own clock, the rest from the seed.
pub(super) struct SeededIds {
    clock: Arc<PastClock>,
    state: Mutex<(Randomness, u32)>,
}

impl SeededIds {
    pub(super) fn new(clock: Arc<PastClock>, seed: u64) -> Self {
        Self {
            clock,
            state: Mutex::new((Randomness::new(seed ^ 0x1d5), 0)),
        }
    }
}

impl IdGenerator for SeededIds {
    fn next(&self) -> Uuid {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.1 = state.1.wrapping_add(1);
        let random = state.0.next_number().to_be_bytes();
        let milliseconds = u64::try_from(self.clock.now().timestamp_millis()).unwrap_or(0);
        let mut bytes = [0; 10];
        // A counter in front of the random part: identifiers of one instant sort in the order in which they were made.
        let (high, low) = (
            counter_high(state.1).to_be_bytes(),
            counter_low(state.1).to_be_bytes(),
        );
        for (to, from) in bytes
            .iter_mut()
            .zip(high.into_iter().chain(low).chain(random))
        {
            *to = from;
        }
        uuid::Builder::from_unix_timestamp_millis(milliseconds, &bytes).into_uuid()
    }
}

/// The upper twelve bits of the counter's lower 26, which the UUID keeps in its first two free bytes.
fn counter_high(counter: u32) -> u16 {
    u16::try_from((counter >> 14) & 0x0fff).unwrap_or(0)
}

/// The lower fourteen bits, which the UUID keeps in the next two.
fn counter_low(counter: u32) -> u16 {
    u16::try_from(counter & 0x3fff).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_sort_as_they_were_made_and_a_seed_gives_the_same_ones() {
        let clock = Arc::new(PastClock::at("2026-06-01T08:00:00Z".parse().unwrap()));
        let (one, two) = (SeededIds::new(clock.clone(), 3), SeededIds::new(clock, 3));
        let made: Vec<Uuid> = (0..20_000).map(|_| one.next()).collect();
        assert!(made.windows(2).all(|pair| pair[0] < pair[1]));
        assert_eq!(made[0].get_version_num(), 7);
        assert_eq!(
            made[19_999],
            (0..20_000).map(|_| two.next()).last().unwrap()
        );
    }
}
