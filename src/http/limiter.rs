//! How many requests one person may make: an allowance that refills evenly (GCRA, ITU-T I.371).

use std::collections::HashMap;
use std::hash::Hash;
use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};

use crate::domain::ids::PersonId;

/// The window of the allowance, seconds.
pub const WINDOW_SECONDS: i64 = 60;
const WINDOW: i64 = WINDOW_SECONDS * 1_000_000_000;
/// People remembered before those whose allowance is whole again are forgotten.
const REMEMBERED: usize = 10_000;

/// Counts the requests of each person, or of whatever else is counted, in this process: several processes each grant the allowance.
pub struct Limiter<K = PersonId> {
    most: NonZeroU32,
    /// When each person's allowance will be whole again, nanoseconds since 1970.
    whole_at: Mutex<HashMap<K, i64>>,
}

/// What is left of a person's allowance after a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// Requests of a window.
    pub most: u32,
    /// Requests left now.
    pub left: u32,
    /// Seconds until it is whole again.
    pub whole_in: i64,
    /// Seconds until the next request is granted; none when this one was.
    pub retry_after: Option<u64>,
}

impl<K: Eq + Hash> Limiter<K> {
    /// Grants `most` requests in a minute.
    pub fn new(most: NonZeroU32) -> Self {
        Self {
            most,
            whole_at: Mutex::default(),
        }
    }

    /// Takes one request from a person's allowance.
    pub fn take(&self, person: K, now: DateTime<Utc>) -> Allowance {
        let now = now.timestamp_micros().saturating_mul(1000);
        let most = self.most.get();
        let one = (WINDOW / i64::from(most)).max(1);
        let mut people = self.whole_at.lock().unwrap_or_else(PoisonError::into_inner);
        if people.len() >= REMEMBERED {
            people.retain(|_, at| *at > now);
        }
        let at = people.entry(person).or_insert(now);
        let after = (*at).max(now) + one;
        let granted = after - now <= WINDOW;
        if granted {
            *at = after;
        }
        let owed = (*at - now).max(0);
        Allowance {
            most,
            left: u32::try_from((WINDOW - owed).max(0) / one).unwrap_or(most),
            whole_in: seconds(owed),
            retry_after: (!granted).then(|| seconds(after - now - WINDOW).max(1).unsigned_abs()),
        }
    }
}

/// Whole seconds, rounded up.
fn seconds(nanoseconds: i64) -> i64 {
    nanoseconds.saturating_add(999_999_999) / 1_000_000_000
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::Duration;
    use uuid::Uuid;

    fn limiter(most: u32) -> Limiter {
        Limiter::new(NonZeroU32::new(most).unwrap())
    }

    #[test]
    fn an_allowance_is_used_up_refused_and_refilled_evenly() {
        let limiter = limiter(60);
        let (one, other) = (PersonId(Uuid::from_u128(1)), PersonId(Uuid::from_u128(2)));
        let mut now: DateTime<Utc> = "2026-11-23T13:00:00Z".parse().unwrap();
        for used in 1..=60 {
            let allowance = limiter.take(one, now);
            assert_eq!((allowance.left, allowance.retry_after), (60 - used, None));
        }
        let refused = limiter.take(one, now);
        assert_eq!(
            (refused.left, refused.whole_in, refused.retry_after),
            (0, 60, Some(1))
        );
        assert_eq!(
            limiter.take(other, now).left,
            59,
            "each person has an own one"
        );
        now += Duration::seconds(1);
        assert_eq!(
            limiter.take(one, now).retry_after,
            None,
            "one a second comes back"
        );
        assert!(limiter.take(one, now).retry_after.is_some());
        now += Duration::seconds(60);
        assert_eq!(
            limiter.take(one, now).left,
            59,
            "and the whole of it in a minute"
        );
    }

    #[test]
    fn a_clock_that_goes_back_locks_nobody_out_for_longer_than_a_window() {
        let limiter = limiter(1);
        let person = PersonId(Uuid::from_u128(1));
        let now: DateTime<Utc> = "2026-11-23T13:00:00Z".parse().unwrap();
        let _ = limiter.take(person, now);
        let refused = limiter.take(person, now - Duration::hours(1));
        assert!(refused.retry_after.is_some());
        assert_eq!(
            limiter
                .take(person, now + Duration::seconds(60))
                .retry_after,
            None
        );
    }
}
