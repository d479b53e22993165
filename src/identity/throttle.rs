//! How long to make somebody wait who keeps getting the password wrong.

use chrono::{DateTime, Duration, Utc};

/// Failures are counted over this time.
pub const WINDOW: Duration = Duration::minutes(15);
/// Failures on one account before waiting begins.
pub const ACCOUNT_FREE: usize = 5;
/// Failures from one address before waiting begins: a hospital shares one.
pub const ADDRESS_FREE: usize = 50;
/// The longest wait.
const LONGEST: Duration = Duration::minutes(5);

/// How long to wait after these failures, of which the first `free` cost nothing: two seconds, doubled with each further one.
pub fn wait(failures: &[DateTime<Utc>], free: usize, now: DateTime<Utc>) -> Option<Duration> {
    let counted: Vec<_> = failures.iter().filter(|at| now - **at < WINDOW).collect();
    let beyond = counted.len().checked_sub(free)?;
    let last = counted.iter().max()?;
    let doubled =
        Duration::seconds(2i64.saturating_pow(u32::try_from(beyond).unwrap_or(31).min(31) + 1));
    let until = **last + doubled.min(LONGEST);
    (until > now).then(|| until - now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_begins_after_the_free_tries_doubles_and_ends() {
        let now: DateTime<Utc> = "2026-11-23T09:00:00Z".parse().unwrap();
        let failures = |count: usize| vec![now; count];
        assert_eq!(wait(&failures(4), 5, now), None);
        assert_eq!(wait(&failures(5), 5, now), Some(Duration::seconds(2)));
        assert_eq!(wait(&failures(7), 5, now), Some(Duration::seconds(8)));
        assert_eq!(wait(&failures(60), 5, now), Some(Duration::minutes(5)));
        assert_eq!(wait(&failures(7), 5, now + Duration::seconds(8)), None);
        assert_eq!(wait(&failures(60), 5, now + WINDOW), None);
        assert_eq!(wait(&[], 0, now), None);
    }
}
