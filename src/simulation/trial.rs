//! A time that was, played again: the same experts, hours and cases under other promises and weights.

use std::sync::Arc;

use chrono::{DateTime, Duration, Utc};

use super::engine;
use super::figures::Figures;
use super::policies::Policy;
pub use super::world::Fate;
use super::world::{Reader, Sent, World};
use crate::domain::routing::choice::ChoicePolicy;
use crate::domain::routing::{Candidate, RoutingCase};

/// Reading takes so much longer outside one's own field, as routing expects it.
const OUTSIDE_PRIMARY: f64 = 1.2;
/// Minutes that are left to read when a question is answered.
const AFTER_QUESTION: f64 = 5.0;

/// Somebody who read.
#[derive(Debug, Clone)]
pub struct PastExpert {
    /// With nothing waiting, and the work of the time before.
    pub candidate: Candidate,
    /// When they read, in order.
    pub sessions: Vec<Session>,
    /// What they had signed before, and what each counts for; the oldest first.
    pub done: Vec<(DateTime<Utc>, u32)>,
}

/// A time in which somebody reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Session {
    /// From then.
    pub from: DateTime<Utc>,
    /// Until then.
    pub to: DateTime<Utc>,
    /// Whether on call, for what is urgent alone.
    pub on_call: bool,
}

/// A case that was sent.
#[derive(Debug, Clone)]
pub struct PastCase {
    /// The case.
    pub case: RoutingCase,
    /// When.
    pub at: DateTime<Utc>,
    /// Minutes that reading it takes in the own field, whatever is expected of it.
    pub minutes: f64,
    /// How long it stood still, if it did.
    pub pause: Option<Duration>,
    /// What people did with it.
    pub fate: Fate,
}

/// What is promised of a case.
#[derive(Debug, Clone, Copy)]
pub struct Promised {
    /// Minutes in which an offer is to be answered.
    pub offer_minutes: u32,
    /// Minutes of the target.
    pub minutes: u32,
    /// When the answer is due.
    pub due: DateTime<Utc>,
}

/// A time that was.
#[derive(Debug, Clone)]
pub struct Past {
    /// Who read.
    pub experts: Vec<PastExpert>,
    /// What was sent, in order; what was sent before the time measured fills the queues.
    pub cases: Vec<PastCase>,
    /// The time measured.
    pub measured: (DateTime<Utc>, DateTime<Utc>),
}

impl Past {
    /// Plays it with these promises, one for each case, and weights: cases have a named owner by the real choice, and whoever is
    /// ready and has nothing takes the most pressing one of somebody else. Who gave a case back or let it lapse does so again if it is
    /// offered to them, and what another network took is theirs unless somebody has opened it by then. The same past gives the same
    /// figures.
    pub fn play(&self, promises: &[Promised], choice: &ChoicePolicy) -> Figures {
        engine::run(&self.world(promises, choice), Policy::IdleSteal)
    }

    fn world(&self, promises: &[Promised], choice: &ChoicePolicy) -> World {
        let units = Arc::new(choice.units.clone());
        let readers = self.experts.iter().map(|one| Reader {
            candidate: one.candidate.clone(),
            region: String::new(),
            sessions: one.sessions.iter().map(|one| (one.from, one.to)).collect(),
            on_call: one.sessions.iter().map(|one| one.on_call).collect(),
            vanishes: None,
            done: one.done.clone(),
        });
        let cases = self.cases.iter().zip(promises).map(|(one, promised)| Sent {
            subspecialty: one.case.subspecialty.clone(),
            minutes: one.minutes,
            case: RoutingCase {
                units: Arc::clone(&units),
                ..one.case.clone()
            },
            at: one.at,
            place: 0,
            region: String::new(),
            due: promised.due,
            promised_minutes: promised.minutes,
            question: one.pause,
            fate: Fate {
                patience_minutes: promised.offer_minutes,
                ..one.fate.clone()
            },
        });
        World {
            readers: readers.collect(),
            cases: cases.collect(),
            measured: self.measured,
            decline_share: 0.0,
            outside_primary: OUTSIDE_PRIMARY,
            minutes_after_question: AFTER_QUESTION,
            seed: 0,
            choice: choice.clone(),
        }
    }
}

#[cfg(test)]
mod tests;
