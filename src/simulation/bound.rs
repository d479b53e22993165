//! What no policy can beat: everything known beforehand, reading cut into pieces, nobody slower outside their field.
//!
//! A case of `p` minutes is cut into whole units. A unit may be read in any session of anybody who reads its field, at the
//! earliest when the session begins or the case is sent; a session holds as many units as fit, rounded up. Its pieces take `p`
//! minutes and all end before the case does, so the case ends at least `p / 2` after the mean of them: the cheapest assignment
//! of all units bounds the best mean turnaround. It holds for sessions that end on time; the simulated year lets a reading run
//! over and takes that time off the next session.

use super::world::{Sent, World};
use crate::domain::routing::optimum::{Batch, Options, assign};

const UNIT_MINUTES: f64 = 12.5;
/// Sessions looked at after a case is sent; leaving a unit costs as much as the last of them.
const SESSIONS: usize = 60;
/// Costs are whole numbers: thousandths of a second.
const COSTS_PER_SECOND: f64 = 1000.0;

/// A session: when it begins and ends, in seconds, and whose it is.
type Session = (i64, i64, usize);

/// Hours of mean turnaround that no policy can go below.
pub(super) fn mean_turnaround_hours(world: &World) -> f64 {
    let mut sessions: Vec<Session> = Vec::new();
    for (reader, of) in world.readers.iter().enumerate() {
        let own = of.sessions.iter();
        sessions.extend(own.map(|(from, to)| (from.timestamp(), to.timestamp(), reader)));
    }
    sessions.sort_unstable();
    let places = sessions
        .iter()
        .map(|(from, to, _)| vec![0; ((to - from) as f64 / 60.0 / UNIT_MINUTES).ceil() as usize])
        .collect();
    let (mut cases, mut measured, mut seconds) = (Vec::new(), 0.0f64, 0.0);
    for sent in &world.cases {
        let counts = world.measured.0 <= sent.at && sent.at < world.measured.1;
        let units = (sent.minutes / UNIT_MINUTES).floor();
        let weight = if counts { 1.0 / units.max(1.0) } else { 0.0 };
        let experts = options(sent, world, &sessions, weight * COSTS_PER_SECOND);
        if counts {
            measured += 1.0;
            seconds += sent.minutes * 30.0;
        }
        if units < 1.0 {
            // Too short for a unit: it waits, but takes nobody's time.
            let least = experts.iter().map(|(_, cost)| *cost).min().unwrap_or(0);
            seconds += least as f64 / COSTS_PER_SECOND;
            continue;
        }
        let unassigned = experts.iter().map(|(_, cost)| *cost).max().unwrap_or(0);
        let unit = Options {
            experts,
            unassigned,
        };
        cases.extend(std::iter::repeat_n(unit, units as usize));
    }
    // No batch is refused: every expert named is a session, and places cost nothing.
    let waits = assign(&Batch { places, cases }).map_or(0.0, |optimum| optimum.cost as f64);
    (waits / COSTS_PER_SECOND + seconds) / 3600.0 / measured.max(1.0)
}

/// The sessions in which a case may be read, with what waiting for each costs.
fn options(sent: &Sent, world: &World, sessions: &[Session], weight: f64) -> Vec<(usize, i64)> {
    let at = sent.at.timestamp();
    let reads = |reader: usize| {
        world.readers.get(reader).is_some_and(|reader| {
            let candidate = &reader.candidate;
            candidate.primary == sent.subspecialty || candidate.others.contains(&sent.subspecialty)
        })
    };
    sessions
        .iter()
        .enumerate()
        .filter(|(_, (_, to, reader))| *to > at && reads(*reader))
        .take(SESSIONS)
        .map(|(place, (from, _, _))| (place, ((from - at).max(0) as f64 * weight) as i64))
        .collect()
}
