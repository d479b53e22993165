//! Proposals: what moves and why, that a move saves something, and what never moves.

use super::super::rebalance::{MoveWhy, Rebalance, rebalance};
use super::*;

fn proposed(waiting: &[Waiting], experts: &[Candidate]) -> Rebalance {
    rebalance(waiting, experts, &PlanPolicy::default(), now()).unwrap()
}

/// An expert with `cases` of their own waiting, each read in 22 minutes.
fn holding(n: u128, cases: u32) -> Candidate {
    let mut one = candidate(n);
    (one.capacity, one.open_cases, one.queued_minutes) = (20, cases, cases * 22);
    one
}

#[test]
fn what_waits_for_somebody_away_goes_to_who_can_read_it_in_time() {
    let mut away = holding(1, 3);
    away.absences = vec![(now(), now() + Duration::days(20))];
    let free = holding(2, 0);
    let mut queue: Vec<Waiting> = (1..=3).map(|n| waiting(n, Some(1), 24)).collect();
    queue[0].case.instructions.pinned = queue[0].holder;
    queue[1].case.instructions.excluded = vec![free.expert];
    let proposal = proposed(&queue, &[away.clone(), free.clone()]);
    assert_eq!(proposal.moves.len(), 1, "a pin and an exclusion hold");
    let only = &proposal.moves[0];
    assert_eq!(
        (only.case, only.from, only.to, only.why),
        (
            CaseId(id(3)),
            Some(away.expert),
            free.expert,
            MoveWhy::LessLate
        )
    );
    assert_eq!(only.expected_after, now() + Duration::minutes(22));
    assert_eq!(
        (proposal.before.late_cases, proposal.after.late_cases),
        (3, 2)
    );
    assert!(proposal.before.late_minutes - proposal.after.late_minutes > 18 * 24 * 60);
    let work: Vec<_> = proposal
        .work
        .iter()
        .map(|one| {
            (
                one.expert,
                one.cases_before,
                one.cases_after,
                one.minutes_before,
                one.minutes_after,
            )
        })
        .collect();
    assert_eq!(
        work,
        [(away.expert, 3, 2, 66, 44), (free.expert, 0, 1, 0, 22)]
    );
}

#[test]
fn what_nobody_holds_is_placed_and_what_is_well_placed_stays() {
    let (one, other) = (holding(1, 1), holding(2, 0));
    let queue = [waiting(1, Some(1), 24), waiting(2, None, 24)];
    let proposal = proposed(&queue, &[one, other.clone()]);
    assert_eq!(proposal.moves.len(), 1);
    let only = &proposal.moves[0];
    assert_eq!(
        (only.case, only.to, only.why),
        (CaseId(id(2)), other.expert, MoveWhy::Unrouted)
    );
    assert_eq!((only.from, only.expected_before), (None, None));
}

#[test]
fn a_case_of_somebody_outside_the_pool_is_left_with_them() {
    let proposal = proposed(&[waiting(1, Some(9), -5)], &[holding(1, 0)]);
    assert_eq!((proposal.moves.len(), proposal.looked_at), (0, 0));
}

proptest! {
    /// Never against a rule, never beyond what somebody takes, never the same holder, nothing that is lost: and the same in
    /// whatever order the snapshot comes.
    #[test]
    fn proposals_keep_the_rules(
        candidates in some_candidates(),
        cases in prop::collection::vec((prop::option::of(0u128..12), -48i64..200), 0..16),
        seed in any::<u64>(),
    ) {
        let queue: Vec<Waiting> = cases
            .iter()
            .enumerate()
            .map(|(n, (holder, due))| waiting(1000 + n as u128, *holder, *due))
            .collect();
        // What waits for somebody is part of their load.
        let loaded: Vec<Candidate> = candidates
            .iter()
            .map(|one| {
                let own = queue.iter().filter(|case| case.holder == Some(one.expert)).count() as u32;
                Candidate { open_cases: one.open_cases + own, queued_minutes: one.queued_minutes + own * 30, ..one.clone() }
            })
            .collect();
        let proposal = proposed(&queue, &loaded);
        for one in &proposal.moves {
            let to = candidates.iter().find(|candidate| candidate.expert == one.to).unwrap();
            let mut rules = against(&case(), to, now());
            rules.retain(|rule| *rule != Rule::BelowCapacity);
            prop_assert!(rules.is_empty(), "{:?}", rules);
            prop_assert_ne!(one.from, Some(one.to));
            let known = queue.iter().find(|case| case.case.id == one.case).unwrap();
            prop_assert_eq!(known.holder, one.from);
        }
        for work in &proposal.work {
            let expert = loaded.iter().find(|one| one.expert == work.expert).unwrap();
            prop_assert!(work.cases_after <= expert.capacity.max(work.cases_before));
        }
        let gained: i64 = proposal.work.iter().map(|one| i64::from(one.cases_after) - i64::from(one.cases_before)).sum();
        let placed = proposal.moves.iter().filter(|one| one.from.is_none()).count() as i64;
        prop_assert_eq!(gained, placed, "no case is lost or counted twice");

        let mut turned = (queue.clone(), loaded.clone());
        turned.0.rotate_left(seed as usize % queue.len().max(1));
        turned.1.rotate_left(seed as usize % loaded.len().max(1));
        prop_assert_eq!(proposed(&turned.0, &turned.1), proposal);
    }

    /// Where everybody has the same field and every case a holder, nothing is proposed that makes the whole worse.
    #[test]
    fn a_proposal_among_equals_never_costs_more_than_it_saves(
        loads in prop::collection::vec(0u32..6, 2..5),
        dues in prop::collection::vec(1i64..60, 20),
    ) {
        let experts: Vec<Candidate> = loads.iter().enumerate().map(|(n, cases)| holding(n as u128, *cases)).collect();
        let holders = loads.iter().enumerate().flat_map(|(n, cases)| std::iter::repeat_n(n as u128, *cases as usize));
        let queue: Vec<Waiting> = holders.zip(&dues).enumerate()
            .map(|(n, (holder, due))| waiting(500 + n as u128, Some(holder), *due))
            .collect();
        let proposal = proposed(&queue, &experts);
        let cost = |outlook: crate::domain::routing::rebalance::Outlook| outlook.waiting_minutes + 4 * outlook.late_minutes;
        prop_assert!(cost(proposal.after) <= cost(proposal.before));
    }
}
