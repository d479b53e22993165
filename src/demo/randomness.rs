//! Randomness from a seed, the same on every machine and with every version of any library.

use std::sync::{Arc, Mutex, PoisonError};

use uuid::Uuid;

use super::past::PastClock;
use crate::domain::ids::IdGenerator;
use crate::domain::time::Clock;

/// A sequence of numbers from a seed (SplitMix64, Steele et al. 2014).
#[derive(Debug, Clone)]
pub(super) struct Randomness(u64);

impl Randomness {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From 0 up to, not including, 1.
    pub(super) fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Whether something of that probability happens.
    pub(super) fn chance(&mut self, probability: f64) -> bool {
        self.share() < probability
    }

    /// One of the entries; none of nothing.
    pub(super) fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        let index = (self.share() * from.len() as f64) as usize;
        from.get(index)
    }

    /// Minutes around a median, now and then much more: the product of three shares is roughly log-normal.
    pub(super) fn minutes(&mut self, median: f64) -> i64 {
        let spread = 0.35 + self.share() + self.share() * self.share() * 3.0;
        (median * spread).max(1.0) as i64
    }
}

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
        let random = state.0.next().to_be_bytes();
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
