//! The best assignment of many cases to experts at once: a minimum-cost flow in which an expert's places grow dearer.
//!
//! Successive shortest paths over the experts alone. Each expert `j` carries a price `p(j)`, and two things hold after every
//! step: a placed case sits where its cost plus the price is least, and `p(j)` lies between the cost of the last place taken at
//! `j` and the cost of the next one. Costs measured against the prices are then never negative, so that a new case finds its
//! cheapest chain of moves with Dijkstra's algorithm, which ends at the first expert with room. Exact for integer costs.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// What is to be assigned. Costs are in any one unit, such as minutes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Batch {
    /// For each expert, what the first, second … case costs beside its own cost; never decreasing. As many as can be taken.
    pub places: Vec<Vec<i64>>,
    /// For each case, what it can come to.
    pub cases: Vec<Options>,
}

/// What can become of one case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// The eligible experts, by place in [`Batch::places`], with the cost there.
    pub experts: Vec<(usize, i64)>,
    /// What it costs to leave the case without an expert.
    pub unassigned: i64,
}

/// An assignment of least cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Optimum {
    /// For each case its expert; none when leaving it is cheaper, or nobody is eligible or has room.
    pub experts: Vec<Option<usize>>,
    /// The sum of all costs.
    pub cost: i64,
}

/// Why a batch is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BatchError {
    /// A case names an expert who is not there.
    #[error("case {case} names expert {expert}, who is not there")]
    UnknownExpert {
        /// The case, by its place.
        case: usize,
        /// The expert it names.
        expert: usize,
    },
    /// Later places of an expert cost less than earlier ones.
    #[error("the places of expert {expert} grow cheaper")]
    Cheapening {
        /// The expert, by their place.
        expert: usize,
    },
}

/// The assignment of least cost. The same batch gives the same assignment.
///
/// # Errors
/// [`BatchError`] naming the entry at fault.
pub fn assign(batch: &Batch) -> Result<Optimum, BatchError> {
    for (expert, places) in batch.places.iter().enumerate() {
        if !places.is_sorted() {
            return Err(BatchError::Cheapening { expert });
        }
    }
    for (case, options) in batch.cases.iter().enumerate() {
        let unknown = |(expert, _): &&(usize, i64)| *expert >= batch.places.len();
        if let Some((expert, _)) = options.experts.iter().find(unknown) {
            return Err(BatchError::UnknownExpert {
                case,
                expert: *expert,
            });
        }
    }
    let mut network = Network::new(batch);
    for case in 0..batch.cases.len() {
        network.place(case);
    }
    Ok(network.optimum())
}

/// How a case came to an expert on the way being searched: the case, and the expert it leaves; none for the new case.
#[derive(Debug, Clone, Copy)]
struct Step {
    case: usize,
    leaves: Option<usize>,
}

struct Network<'a> {
    batch: &'a Batch,
    prices: Vec<i64>,
    held: Vec<Vec<usize>>,
    experts: Vec<Option<usize>>,
    // Of the search that goes on; kept so that it need not be made again for each case.
    distance: Vec<i64>,
    step: Vec<Option<Step>>,
    settled: Vec<usize>,
    touched: Vec<usize>,
}

#[expect(
    clippy::indexing_slicing,
    reason = "every index was checked by `assign` or counted here; this is the inner loop"
)]
impl<'a> Network<'a> {
    fn new(batch: &'a Batch) -> Self {
        let experts = batch.places.len();
        Self {
            batch,
            prices: batch
                .places
                .iter()
                .map(|places| places.first().copied().unwrap_or(0))
                .collect(),
            held: vec![Vec::new(); experts],
            experts: vec![None; batch.cases.len()],
            distance: vec![i64::MAX; experts],
            step: vec![None; experts],
            settled: Vec::new(),
            touched: Vec::new(),
        }
    }

    /// What one more case would cost at an expert; none without room.
    fn next_place(&self, expert: usize) -> Option<i64> {
        self.batch.places[expert]
            .get(self.held[expert].len())
            .copied()
    }

    /// Places one more case, moving others where that is cheapest.
    fn place(&mut self, case: usize) {
        let Some(best) = self.search(case) else {
            self.forget();
            return;
        };
        for position in 0..self.settled.len() {
            let expert = self.settled[position];
            self.prices[expert] += best.cost - self.distance[expert];
        }
        match best.end {
            End::At(expert) => self.carry_out(expert),
            End::Left { case, holder } => {
                if let Some(holder) = holder {
                    self.held[holder].retain(|held| *held != case);
                    self.experts[case] = None;
                    self.carry_out(holder);
                }
            }
        }
        self.forget();
    }

    /// The cheapest way for a new case: to an expert with room, or until some case on the way is left without one.
    fn search(&mut self, case: usize) -> Option<Best> {
        let mut queue = BinaryHeap::new();
        let mut best: Option<Best> = None;
        self.relax(case, None, 0, &mut queue, &mut best);
        while let Some(Reverse((distance, expert))) = queue.pop() {
            if best.is_some_and(|best| best.cost <= distance) {
                break;
            }
            if distance > self.distance[expert] {
                continue;
            }
            self.settled.push(expert);
            if let Some(place) = self.next_place(expert) {
                let cost = distance + place - self.prices[expert];
                improve(&mut best, cost, End::At(expert));
            }
            for position in 0..self.held[expert].len() {
                let held = self.held[expert][position];
                self.relax(held, Some(expert), distance, &mut queue, &mut best);
            }
        }
        best
    }

    /// Looks where `case` could go from `leaves`, which is `distance` away.
    fn relax(
        &mut self,
        case: usize,
        leaves: Option<usize>,
        distance: i64,
        queue: &mut BinaryHeap<Reverse<(i64, usize)>>,
        best: &mut Option<Best>,
    ) {
        let batch = self.batch;
        let options = &batch.cases[case];
        let here = leaves.map_or(0, |expert| self.here(case, expert));
        let left = distance + options.unassigned - here;
        improve(
            best,
            left,
            End::Left {
                case,
                holder: leaves,
            },
        );
        for (expert, cost) in &options.experts {
            let reached = distance + cost + self.prices[*expert] - here;
            if reached < self.distance[*expert] && best.is_none_or(|best| reached < best.cost) {
                if self.distance[*expert] == i64::MAX {
                    self.touched.push(*expert);
                }
                self.distance[*expert] = reached;
                self.step[*expert] = Some(Step { case, leaves });
                queue.push(Reverse((reached, *expert)));
            }
        }
    }

    /// What a held case costs where it is, with the price.
    fn here(&self, case: usize, expert: usize) -> i64 {
        let own = self.batch.cases[case]
            .experts
            .iter()
            .filter(|(known, _)| *known == expert)
            .map(|(_, cost)| *cost)
            .min();
        own.unwrap_or(0) + self.prices[expert]
    }

    /// Moves the cases along the way that ends at `expert`.
    fn carry_out(&mut self, expert: usize) {
        let mut to = expert;
        // A way visits an expert once.
        for _ in 0..=self.held.len() {
            let Some(step) = self.step[to] else { return };
            self.experts[step.case] = Some(to);
            self.held[to].push(step.case);
            let Some(from) = step.leaves else { return };
            self.held[from].retain(|held| *held != step.case);
            to = from;
        }
    }

    fn forget(&mut self) {
        for expert in self.touched.drain(..) {
            self.distance[expert] = i64::MAX;
            self.step[expert] = None;
        }
        self.settled.clear();
    }

    fn optimum(self) -> Optimum {
        let mut cost = 0;
        for (case, expert) in self.experts.iter().enumerate() {
            let options = &self.batch.cases[case];
            cost += match expert {
                None => options.unassigned,
                Some(expert) => self.here(case, *expert) - self.prices[*expert],
            };
        }
        for (expert, held) in self.held.iter().enumerate() {
            cost += self.batch.places[expert]
                .iter()
                .take(held.len())
                .sum::<i64>();
        }
        Optimum {
            experts: self.experts,
            cost,
        }
    }
}

/// The cheapest end of a way found so far.
#[derive(Debug, Clone, Copy)]
struct Best {
    cost: i64,
    end: End,
}

#[derive(Debug, Clone, Copy)]
enum End {
    /// An expert with room.
    At(usize),
    /// A case is left without an expert: the new one, or one that makes room at its holder.
    Left { case: usize, holder: Option<usize> },
}

fn improve(best: &mut Option<Best>, cost: i64, end: End) {
    if best.is_none_or(|known| cost < known.cost) {
        *best = Some(Best { cost, end });
    }
}
