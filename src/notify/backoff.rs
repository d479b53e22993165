//! How long to wait before trying again.

use std::time::Duration;

/// When a message is tried again, and how often.
#[derive(Debug, Clone, Copy)]
pub struct Backoff {
    /// The first wait.
    first: Duration,
    /// The longest wait.
    longest: Duration,
    /// Tries before a person has to look.
    pub tries: u32,
}

/// Of mails and jobs: for some hours.
pub const ORDINARY: Backoff = Backoff {
    first: Duration::from_secs(30),
    longest: Duration::from_secs(3600),
    tries: 12,
};

/// Of events that a system outside is told: for days, because nobody may be there over a weekend to mend it.
pub const WEBHOOKS: Backoff = Backoff {
    first: Duration::from_secs(10),
    longest: Duration::from_secs(8 * 3600),
    tries: 20,
};

impl Backoff {
    /// The wait after the `attempt`th failed try, counted from 1: doubled each time, spread by `jitter` (0 to 1) over its upper
    /// half so that many messages that failed together do not come back together. None when it is enough.
    pub fn after(&self, attempt: u32, jitter: f64) -> Option<Duration> {
        if attempt >= self.tries {
            return None;
        }
        let doubled = self
            .first
            .saturating_mul(2u32.saturating_pow(attempt.saturating_sub(1)))
            .min(self.longest);
        Some(doubled.mul_f64(0.5 + jitter.clamp(0.0, 1.0) / 2.0))
    }

    /// The same where the receiver has said when it wants to be asked again: not before, and not later than the longest wait.
    pub fn after_asked(
        &self,
        attempt: u32,
        jitter: f64,
        asked: Option<Duration>,
    ) -> Option<Duration> {
        let asked = asked.unwrap_or_default().min(self.longest);
        Some(self.after(attempt, jitter)?.max(asked))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn waits_double_to_the_longest_and_end() {
        let waits = |backoff: Backoff| -> Vec<u64> {
            (1..backoff.tries)
                .map(|attempt| backoff.after(attempt, 1.0).unwrap().as_secs())
                .collect()
        };
        assert_eq!(
            waits(ORDINARY),
            [30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600, 3600]
        );
        let days = waits(WEBHOOKS);
        assert_eq!(
            (days[0], days[11], days[12], days[18]),
            (10, 20480, 28800, 28800)
        );
        let hours = days.iter().sum::<u64>() / 3600;
        assert_eq!(hours, 67, "from a Friday evening to a Monday");
        for backoff in [ORDINARY, WEBHOOKS] {
            assert_eq!(backoff.after(backoff.tries, 0.0), None);
        }
    }

    #[test]
    fn a_receiver_may_ask_for_more_time_within_reason() {
        let asked = |seconds| WEBHOOKS.after_asked(1, 1.0, Some(Duration::from_secs(seconds)));
        assert_eq!(asked(1), Some(Duration::from_secs(10)));
        assert_eq!(asked(600), Some(Duration::from_secs(600)));
        assert_eq!(asked(u64::MAX), Some(WEBHOOKS.longest));
        assert_eq!(WEBHOOKS.after_asked(20, 1.0, None), None);
    }

    proptest! {
        #[test]
        fn a_wait_is_never_shorter_than_half_nor_longer_than_the_longest(attempt in 0u32..12, jitter in -1.0f64..2.0) {
            for backoff in [ORDINARY, WEBHOOKS] {
                let wait = backoff.after(attempt, jitter).unwrap();
                prop_assert!(wait >= backoff.first / 2 && wait <= backoff.longest);
            }
        }
    }
}
