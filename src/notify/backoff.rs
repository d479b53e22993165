//! How long to wait before trying again.

use std::time::Duration;

/// The first wait.
const FIRST: Duration = Duration::from_secs(30);
/// The longest wait.
const LONGEST: Duration = Duration::from_secs(3600);
/// Tries before a person has to look.
pub const TRIES: u32 = 12;

/// The wait after the `attempt`th failed try, counted from 1: doubled each time, spread by `jitter` (0 to 1) over its upper
/// half so that many messages that failed together do not come back together. None when it is enough.
pub fn retry_after(attempt: u32, jitter: f64) -> Option<Duration> {
    if attempt >= TRIES {
        return None;
    }
    let doubled = FIRST
        .saturating_mul(2u32.saturating_pow(attempt.saturating_sub(1)))
        .min(LONGEST);
    Some(doubled.mul_f64(0.5 + jitter.clamp(0.0, 1.0) / 2.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn waits_double_to_an_hour_and_end() {
        let waits: Vec<u64> = (1..TRIES)
            .map(|attempt| retry_after(attempt, 1.0).unwrap().as_secs())
            .collect();
        assert_eq!(
            waits,
            [30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600, 3600]
        );
        assert_eq!(retry_after(TRIES, 0.0), None);
    }

    proptest! {
        #[test]
        fn a_wait_is_never_shorter_than_half_nor_longer_than_the_longest(attempt in 0u32..TRIES, jitter in -1.0f64..2.0) {
            let wait = retry_after(attempt, jitter).unwrap();
            prop_assert!(wait >= FIRST / 2 && wait <= LONGEST);
        }
    }
}
