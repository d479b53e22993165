//! A circuit breaker: a slide source that fails again and again is left alone for a while, so that nobody waits for it.

use chrono::{DateTime, Duration, Utc};

use super::text_enum::text_enum;

/// Failures in a row that open the circuit.
pub const FAILURES: u32 = 5;
/// How long a source is left alone after that; each further trial that fails doubles it, up to [`LONGEST`].
pub const PAUSE: Duration = Duration::seconds(10);
/// Longest pause.
pub const LONGEST: Duration = Duration::minutes(5);
/// A trial that never came back is forgotten after so long.
const TRIAL: Duration = Duration::minutes(1);

text_enum! {
    /// How a source does.
    pub enum Circuit {
        /// It is asked.
        Closed = "closed",
        /// It is left alone.
        Open = "open",
        /// One request finds out whether it is back.
        Trial = "trial",
    }
}

/// What is known of a source's failures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Breaker {
    failures: u32,
    open_until: Option<DateTime<Utc>>,
    trial_since: Option<DateTime<Utc>>,
}

impl Breaker {
    /// Whether the source may be asked now. The first one after a pause is the trial: others wait for what it finds.
    ///
    /// # Errors
    /// When it may be tried again.
    pub fn ask(&mut self, now: DateTime<Utc>) -> Result<(), DateTime<Utc>> {
        let Some(until) = self.open_until else {
            return Ok(());
        };
        if now < until {
            return Err(until);
        }
        if let Some(since) = self.trial_since.filter(|since| now < *since + TRIAL) {
            return Err(since + TRIAL);
        }
        self.trial_since = Some(now);
        Ok(())
    }

    /// The source answered, whatever it said.
    pub fn succeeded(&mut self) {
        *self = Self::default();
    }

    /// The source did not answer, or failed.
    pub fn failed(&mut self, now: DateTime<Utc>) {
        self.failures = self.failures.saturating_add(1);
        self.trial_since = None;
        if self.failures < FAILURES {
            return;
        }
        let doublings = (self.failures - FAILURES).min(8);
        let pause = (PAUSE * 2_i32.pow(doublings)).min(LONGEST);
        self.open_until = Some(now + pause);
    }

    /// How the source does.
    pub fn circuit(&self, now: DateTime<Utc>) -> Circuit {
        match self.open_until {
            None => Circuit::Closed,
            Some(until) if now < until => Circuit::Open,
            Some(_) => Circuit::Trial,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_that_fails_in_a_row_is_left_alone_and_tried_by_one() {
        let start: DateTime<Utc> = "2026-11-24T09:00:00Z".parse().unwrap();
        let mut breaker = Breaker::default();
        for _ in 1..FAILURES {
            breaker.failed(start);
            assert_eq!(breaker.ask(start), Ok(()));
        }
        breaker.succeeded();
        for _ in 0..FAILURES {
            assert_eq!(breaker.circuit(start), Circuit::Closed);
            breaker.failed(start);
        }
        assert_eq!(breaker.circuit(start), Circuit::Open);
        assert_eq!(breaker.ask(start), Err(start + PAUSE));
        let later = start + PAUSE;
        assert_eq!(breaker.circuit(later), Circuit::Trial);
        assert_eq!(breaker.ask(later), Ok(()), "the trial");
        assert!(breaker.ask(later).is_err(), "the others wait");
        breaker.failed(later);
        assert_eq!(breaker.ask(later + PAUSE), Err(later + PAUSE * 2));
        assert_eq!(breaker.ask(later + PAUSE * 2), Ok(()));
        breaker.succeeded();
        assert_eq!(breaker.circuit(later), Circuit::Closed);
    }

    #[test]
    fn a_pause_has_an_end_and_a_lost_trial_is_forgotten() {
        let start: DateTime<Utc> = "2026-11-24T09:00:00Z".parse().unwrap();
        let mut breaker = Breaker::default();
        for _ in 0..100 {
            breaker.failed(start);
        }
        assert_eq!(breaker.ask(start), Err(start + LONGEST));
        let trial = start + LONGEST;
        assert_eq!(breaker.ask(trial), Ok(()));
        assert!(breaker.ask(trial + TRIAL / 2).is_err());
        assert_eq!(breaker.ask(trial + TRIAL), Ok(()));
    }
}
