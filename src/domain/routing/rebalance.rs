//! A proposal to a coordinator: which unopened cases would go from one expert to another, what that would save, and why each one.
//!
//! The plan over all calendars says who should read what; what stands in the proposal is measured with the same ruler before and
//! after: each expert reads what waits for them by due time, after what they have accepted, in their own openings. A move that
//! saves nothing by itself is left out.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::next_case::Waiting;
use super::plan::{PlanError, PlanPolicy, extra_minutes, plan, weight};
use super::{Candidate, reading_minutes};
use crate::domain::ids::{CaseId, PersonId};
use crate::domain::text_enum::text_enum;

text_enum! {
    /// Why a case would move.
    pub enum MoveWhy {
        /// Nobody holds it.
        Unrouted = "unrouted",
        /// Its answer would be late, and less so.
        LessLate = "less_late",
        /// It would be answered sooner.
        Sooner = "sooner",
        /// It would be read by somebody whose field it is.
        OwnField = "own_field",
        /// It makes room for a more pressing one.
        MakesRoom = "makes_room",
    }
}

text_enum! {
    /// What became of a proposal.
    pub enum ProposalState {
        /// It waits for a decision.
        Open = "open",
        /// Its moves were made.
        Applied = "applied",
        /// A coordinator decided against it.
        Discarded = "discarded",
        /// A newer one took its place.
        Superseded = "superseded",
        /// Nobody decided in time.
        Expired = "expired",
    }
}

/// A case that would move.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Move {
    /// The case.
    pub case: CaseId,
    /// Who holds it.
    pub from: Option<PersonId>,
    /// Who would.
    pub to: PersonId,
    /// Why.
    pub why: MoveWhy,
    /// When its answer is due.
    pub due_at: Option<DateTime<Utc>>,
    /// When it is expected as things are; none without a holder, or when it lies behind their calendar.
    pub expected_before: Option<DateTime<Utc>>,
    /// When it would be expected.
    pub expected_after: DateTime<Utc>,
    /// Minutes the new reader would need.
    pub reading_minutes: u32,
}

/// What an expert has before them, as things are and after the moves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Work {
    /// The expert.
    pub expert: PersonId,
    /// Open cases now.
    pub cases_before: u32,
    /// Open cases then.
    pub cases_after: u32,
    /// Reading minutes now.
    pub minutes_before: u32,
    /// Reading minutes then.
    pub minutes_after: u32,
}

/// What the cases that somebody holds now come to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outlook {
    /// How many would be late.
    pub late_cases: u32,
    /// Minutes late, all together.
    pub late_minutes: i64,
    /// Minutes from now to the answers, all together.
    pub waiting_minutes: i64,
}

/// The proposal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rebalance {
    /// The policy it was made by.
    pub policy: String,
    /// How many unopened cases were looked at.
    pub looked_at: usize,
    /// The cases that would move, the most pressing first.
    pub moves: Vec<Move>,
    /// As things are.
    pub before: Outlook,
    /// After the moves.
    pub after: Outlook,
    /// Of whose work it would be more or less.
    pub work: Vec<Work>,
}

/// Proposes moves among `experts`, whose load includes what waits for them. A case that somebody else holds is left with them.
/// The same snapshot gives the same proposal, in whatever order it comes.
///
/// # Errors
/// [`PlanError`] when the policy cannot be meant.
pub fn rebalance(
    waiting: &[Waiting],
    experts: &[Candidate],
    policy: &PlanPolicy,
    now: DateTime<Utc>,
) -> Result<Rebalance, PlanError> {
    let known: HashSet<PersonId> = experts.iter().map(|expert| expert.expert).collect();
    let mut waiting: Vec<Waiting> = waiting
        .iter()
        .filter(|one| one.holder.is_none_or(|holder| known.contains(&holder)))
        .cloned()
        .collect();
    waiting.sort_by_key(|one| {
        (
            one.due.unwrap_or(DateTime::<Utc>::MAX_UTC),
            one.since,
            one.case.id,
        )
    });
    let mut held: HashMap<PersonId, Vec<&Waiting>> = HashMap::new();
    for one in &waiting {
        if let Some(holder) = one.holder {
            held.entry(holder).or_default().push(one);
        }
    }
    let mut experts: Vec<Candidate> = experts
        .iter()
        .map(|expert| {
            let own = held.get(&expert.expert).map_or(&[][..], Vec::as_slice);
            without_waiting(expert, own, now)
        })
        .collect();
    experts.sort_by_key(|expert| expert.expert);
    let planned = plan(&waiting, &experts, policy, now)?;
    let place = |expert: PersonId| experts.binary_search_by_key(&expert, |one| one.expert).ok();
    let home: Vec<Option<usize>> = waiting
        .iter()
        .map(|one| one.holder.and_then(place))
        .collect();
    let at: Vec<Option<usize>> = planned
        .cases
        .iter()
        .zip(&home)
        .map(|((_, placed), home)| placed.and_then(|placed| place(placed.expert)).or(*home))
        .collect();
    let mut board = Board {
        waiting: &waiting,
        experts: &experts,
        policy,
        now,
        homes: by_expert(&home, experts.len()),
        hands: by_expert(&at, experts.len()),
        home,
        at,
    };
    board.keep_what_is_worth_it();
    Ok(board.proposal())
}

/// The cases of each expert, in order.
fn by_expert(held: &[Option<usize>], experts: usize) -> Vec<Vec<usize>> {
    let mut cases = vec![Vec::new(); experts];
    for (case, expert) in held.iter().enumerate() {
        if let Some(own) = expert.and_then(|expert| cases.get_mut(expert)) {
            own.push(case);
        }
    }
    cases
}

/// The expert with what they have accepted alone, without what waits for them; who is away now takes nothing.
fn without_waiting(expert: &Candidate, own: &[&Waiting], now: DateTime<Utc>) -> Candidate {
    let mut bare = expert.clone();
    for one in own {
        bare.open_cases = bare.open_cases.saturating_sub(1);
        let minutes = reading_minutes(&one.case, expert);
        bare.queued_minutes = bare.queued_minutes.saturating_sub(minutes);
        if one.case.urgency.answered_on_call() {
            bare.urgent_minutes = bare.urgent_minutes.saturating_sub(minutes);
        }
    }
    if expert
        .absences
        .iter()
        .any(|(from, to)| *from <= now && now < *to)
    {
        bare.capacity = 0;
    }
    bare
}

/// Who holds what while the plan is weighed.
struct Board<'a> {
    /// By due time.
    waiting: &'a [Waiting],
    experts: &'a [Candidate],
    policy: &'a PlanPolicy,
    now: DateTime<Utc>,
    /// Where each case is, by the expert's place.
    home: Vec<Option<usize>>,
    /// Where it would be.
    at: Vec<Option<usize>>,
    /// The cases of each expert as they are, by due time.
    homes: Vec<Vec<usize>>,
    /// The same as they would be: an expert's queue is weighed many times, and is short beside all that waits.
    hands: Vec<Vec<usize>>,
}

#[expect(
    clippy::indexing_slicing,
    reason = "every case has its place in `home` and `at`, every place there is an expert's"
)]
impl Board<'_> {
    /// Takes back what saves nothing by itself, and what is more than somebody can take, until nothing of the kind is left. Each
    /// turn takes a move back, so that it ends.
    fn keep_what_is_worth_it(&mut self) {
        loop {
            let before = self.at.clone();
            for case in 0..self.waiting.len() {
                if self.home[case].is_some() && self.moved(case) && self.worth(case) <= 0 {
                    self.put(case, self.home[case]);
                }
            }
            for expert in 0..self.experts.len() {
                self.shed(expert);
            }
            if self.at == before {
                return;
            }
        }
    }

    /// Gives a case to somebody, or to nobody.
    fn put(&mut self, case: usize, to: Option<usize>) {
        if let Some(from) = self.at[case]
            && let Ok(place) = self.hands[from].binary_search(&case)
        {
            self.hands[from].remove(place);
        }
        if let Some(to) = to
            && let Err(place) = self.hands[to].binary_search(&case)
        {
            self.hands[to].insert(place, case);
        }
        self.at[case] = to;
    }

    fn moved(&self, case: usize) -> bool {
        self.at[case] != self.home[case]
    }

    /// What a move saves, in weighted minutes, the others being as they are.
    fn worth(&mut self, case: usize) -> i64 {
        let (from, to) = (self.home[case], self.at[case]);
        let cost = |board: &Self| {
            let of = |expert: Option<usize>| expert.map_or(0, |expert| board.cost_of(expert));
            of(from) + of(to)
        };
        let with = cost(self);
        self.put(case, from);
        let without = cost(self);
        self.put(case, to);
        without - with
    }

    /// Gives back what an expert would never answer, and the least pressing of what comes to them beyond what they take.
    fn shed(&mut self, expert: usize) {
        for (case, answer) in self.answers(expert, &self.hands[expert]) {
            if answer.is_none() && self.moved(case) {
                self.put(case, self.home[case]);
            }
        }
        let one = &self.experts[expert];
        let room =
            usize::try_from(one.capacity.saturating_sub(one.open_cases)).unwrap_or(usize::MAX);
        let most = room.max(self.homes[expert].len());
        for case in self.hands[expert].clone().into_iter().rev() {
            if self.hands[expert].len() <= most {
                return;
            }
            if self.moved(case) {
                self.put(case, self.home[case]);
            }
        }
    }

    /// When an expert would have answered each of these cases, which come by due time.
    fn answers(&self, expert: usize, held: &[usize]) -> Vec<(usize, Option<DateTime<Utc>>)> {
        let one = &self.experts[expert];
        let mut all = i64::from(one.queued_minutes);
        let mut urgent = i64::from(one.urgent_minutes);
        let mut answers = Vec::new();
        for &case in held {
            let waiting = &self.waiting[case].case;
            let minutes = i64::from(reading_minutes(waiting, one));
            all += minutes;
            if waiting.urgency.answered_on_call() {
                urgent += minutes;
            }
            answers.push((
                case,
                one.answers_at(waiting.urgency, (all, urgent), self.now),
            ));
        }
        answers
    }

    /// An answer behind somebody's calendar counts as one at its end.
    fn minutes_to(&self, answer: Option<DateTime<Utc>>) -> i64 {
        let horizon = i64::from(self.policy.horizon_days) * 24 * 60;
        answer.map_or(horizon, |at| (at - self.now).num_minutes().min(horizon))
    }

    /// Minutes late as seen from now: what is late already cannot be undone.
    fn late_minutes(&self, case: usize, answer: Option<DateTime<Utc>>) -> i64 {
        let due = self.waiting[case]
            .due
            .map(|due| (due - self.now).num_minutes().max(0));
        due.map_or(0, |due| (self.minutes_to(answer) - due).max(0))
    }

    /// What an expert's queue costs, in weighted minutes, as a plan counts them.
    fn cost_of(&self, expert: usize) -> i64 {
        let cost = |(case, answer): (usize, Option<DateTime<Utc>>)| {
            let one = &self.waiting[case];
            let late = i64::from(self.policy.lateness_weight) * self.late_minutes(case, answer);
            let stays = self.home[case] == Some(expert);
            weight(one, self.policy) * (self.minutes_to(answer) + late)
                + extra_minutes(one, &self.experts[expert], stays, self.policy)
        };
        self.answers(expert, &self.hands[expert])
            .into_iter()
            .map(cost)
            .sum()
    }

    /// Every answer, where each expert has these cases.
    fn all_answers<'b>(
        &'b self,
        held: &'b [Vec<usize>],
    ) -> impl Iterator<Item = (usize, Option<DateTime<Utc>>)> + 'b {
        let each = held.iter().enumerate();
        each.flat_map(|(expert, held)| self.answers(expert, held))
    }

    fn outlook(&self, held: &[Vec<usize>]) -> Outlook {
        let mut outlook = Outlook::default();
        for (case, answer) in self.all_answers(held) {
            if self.home[case].is_none() {
                continue;
            }
            let late = self.late_minutes(case, answer);
            outlook.late_cases += u32::from(late > 0);
            outlook.late_minutes += late;
            outlook.waiting_minutes += self.minutes_to(answer);
        }
        outlook
    }

    fn proposal(&self) -> Rebalance {
        let expected = |held: &[Vec<usize>]| {
            let mut expected = vec![None; self.waiting.len()];
            for (case, answer) in self.all_answers(held) {
                expected[case] = answer;
            }
            expected
        };
        let (before, after) = (expected(&self.homes), expected(&self.hands));
        let moves = (0..self.waiting.len())
            .filter(|case| self.moved(*case))
            .filter_map(|case| self.described(case, before[case], after[case]?))
            .collect();
        Rebalance {
            policy: self.policy.version.clone(),
            looked_at: self.waiting.len(),
            moves,
            before: self.outlook(&self.homes),
            after: self.outlook(&self.hands),
            work: self.work(),
        }
    }

    fn described(
        &self,
        case: usize,
        before: Option<DateTime<Utc>>,
        after: DateTime<Utc>,
    ) -> Option<Move> {
        let (one, to) = (&self.waiting[case], &self.experts[self.at[case]?]);
        let field = &one.case.subspecialty;
        let (late, less) = (
            self.late_minutes(case, before),
            self.late_minutes(case, Some(after)),
        );
        let reads_beside = |from: usize| self.experts[from].primary != *field;
        let why = match self.home[case] {
            None => MoveWhy::Unrouted,
            Some(_) if less < late => MoveWhy::LessLate,
            Some(_) if before.is_none_or(|before| after < before) => MoveWhy::Sooner,
            Some(from) if to.primary == *field && reads_beside(from) => MoveWhy::OwnField,
            Some(_) => MoveWhy::MakesRoom,
        };
        Some(Move {
            case: one.case.id,
            from: one.holder,
            to: to.expert,
            why,
            due_at: one.due,
            expected_before: before,
            expected_after: after,
            reading_minutes: reading_minutes(&one.case, to),
        })
    }

    /// Those whose work changes, whoever has more of it then first.
    fn work(&self) -> Vec<Work> {
        let of = |expert: usize, held: &[Vec<usize>]| {
            let one = &self.experts[expert];
            held[expert].iter().fold(
                (one.open_cases, one.queued_minutes),
                |(cases, minutes), &case| {
                    let more = reading_minutes(&self.waiting[case].case, one);
                    (cases + 1, minutes.saturating_add(more))
                },
            )
        };
        // In order of due time, both: they differ when a case has come or gone.
        let touched = |expert: usize| self.homes[expert] != self.hands[expert];
        let mut work: Vec<Work> = (0..self.experts.len())
            .filter(|expert| touched(*expert))
            .map(|expert| {
                let (cases_before, minutes_before) = of(expert, &self.homes);
                let (cases_after, minutes_after) = of(expert, &self.hands);
                Work {
                    expert: self.experts[expert].expert,
                    cases_before,
                    cases_after,
                    minutes_before,
                    minutes_after,
                }
            })
            .collect();
        work.sort_by_key(|one| (Reverse(one.minutes_after), one.expert));
        work
    }
}
