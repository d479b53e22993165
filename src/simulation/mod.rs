//! A year of a national service, event by event, on the routing and calendar code that serves real cases.
//!
//! The same scenario, policy and seed give the same year, to the byte. docs/SIMULATION.md describes the scenario file and the
//! figures that come out.

mod bound;
mod engine;
mod figures;
mod gates;
mod policies;
mod report;
pub mod scenario;
pub mod trial;
mod world;

pub use figures::Figures;
pub use gates::{Measure, Passed, gates};
pub use policies::Policy;
pub use report::{Row, plots, table};
pub use world::WorldError;

use crate::domain::territories::Reference;
use scenario::Scenario;

/// What a year came to under each policy, and what no policy can beat.
#[derive(Debug, Clone, PartialEq)]
pub struct Year {
    /// The figures of each policy, in the order asked.
    pub policies: Vec<(Policy, Figures)>,
    /// Hours of mean turnaround that no policy can go below, knowing everything beforehand.
    pub bound_hours: f64,
}

/// Simulates a year under each policy.
///
/// # Errors
/// [`WorldError`] naming what in the scenario cannot be meant.
pub fn simulate(
    scenario: &Scenario,
    reference: &Reference,
    policies: &[Policy],
    seed: u64,
) -> Result<Year, WorldError> {
    let world = world::World::draw(scenario, reference, seed)?;
    Ok(Year {
        policies: policies
            .iter()
            .map(|policy| (*policy, engine::run(&world, *policy)))
            .collect(),
        bound_hours: bound::mean_turnaround_hours(&world),
    })
}

#[cfg(test)]
mod tests;
