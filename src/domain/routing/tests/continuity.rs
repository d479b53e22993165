//! Who answered for a patient before comes first, as long as they are in time.

use super::*;
use crate::domain::routing::choice::Basis;

fn known(by: u128, due: Option<&str>) -> RoutingCase {
    RoutingCase {
        known_by: vec![candidate(9).expert, candidate(by).expert],
        due: due.map(|at| at.parse().unwrap()),
        ..case()
    }
}

fn busy(n: u128) -> Candidate {
    Candidate {
        queued_minutes: 600,
        ..candidate(n)
    }
}

fn chosen(case: &RoutingCase, all: &[Candidate]) -> (PersonId, Basis) {
    let decision = route(case, all, &target(), &ChoicePolicy::default(), now());
    (decision.choice.unwrap().expert, decision.basis)
}

#[test]
fn the_same_expert_comes_first_unless_late_or_barred() {
    let (free, knows) = (candidate(1), busy(2));
    let all = [free.clone(), knows.clone()];
    let first = (free.expert, Basis::EarliestAnswer);
    assert_eq!(chosen(&case(), &all), first);
    // Ten hours of queue and this case: Tuesday afternoon in Paris.
    let in_time = known(2, Some("2026-11-24T16:00:00Z"));
    assert_eq!(chosen(&in_time, &all), (knows.expert, Basis::SameExpert));
    assert_eq!(chosen(&known(2, None), &all).0, knows.expert);
    assert_eq!(chosen(&known(2, Some("2026-11-24T09:00:00Z")), &all), first);
    let full = Candidate {
        open_cases: 4,
        ..knows.clone()
    };
    assert_eq!(chosen(&in_time, &[free.clone(), full]), first);
    // Both answered before: whoever did so last.
    let both = RoutingCase {
        known_by: vec![knows.expert, free.expert],
        ..in_time
    };
    assert_eq!(chosen(&both, &all).0, knows.expert);
}

#[test]
fn a_case_that_goes_on_because_it_may_be_late_goes_to_whoever_is_soonest() {
    let holder = Candidate {
        queued_minutes: 6_000,
        ..candidate(1)
    };
    let all = [holder.clone(), busy(2), candidate(3)];
    let found = sooner(
        &known(2, None),
        holder.expert,
        &all,
        false,
        &target(),
        &ChoicePolicy::default(),
        now(),
    );
    assert_eq!(found.unwrap().choice.unwrap().expert, candidate(3).expert);
}

#[test]
fn nobody_takes_a_case_from_who_knows_the_patient_until_it_is_pressing() {
    let waiting = |due: &str| Waiting {
        case: known(2, None),
        holder: Some(candidate(2).expert),
        due: Some(due.parse().unwrap()),
        since: now(),
    };
    let taken = |expert: &Candidate, due: &str| {
        let policy = NextCasePolicy::default();
        next_case(expert, &[waiting(due)], |_| 9, policy, now()).map(|next| next.why)
    };
    let (later, soon) = ("2026-11-26T09:00:00Z", "2026-11-24T08:00:00Z");
    assert_eq!(taken(&candidate(1), later), None);
    assert_eq!(taken(&candidate(1), soon), Some(Why::IdleSteal));
    assert_eq!(taken(&candidate(2), later), Some(Why::OwnQueue));
    // Who answered for the patient too may.
    assert_eq!(taken(&candidate(9), later), Some(Why::IdleSteal));
}
