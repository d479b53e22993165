use std::collections::HashSet;

use super::next_case::{NextCase, NextCasePolicy, Waiting, Why, next_case};
use super::optimum::{Batch, BatchError, Options, assign};
use super::plan::{PlanPolicy, plan};
use super::*;
use crate::domain::calendar::WeeklyHours;
use crate::domain::turnaround::Targets;
use proptest::prelude::*;
use uuid::Uuid;

mod choice;
mod continuity;
mod on_call;
mod rebalance;

fn now() -> DateTime<Utc> {
    // A Monday, 10:00 in Paris.
    "2026-11-23T09:00:00Z".parse().unwrap()
}

fn calendar() -> Arc<WorkingCalendar> {
    let hours: WeeklyHours = serde_json::from_str(
        r#"{"mon":[["09:00","17:00"]],"tue":[["09:00","17:00"]],"wed":[["09:00","17:00"]],"thu":[["09:00","17:00"]],"fri":[["09:00","17:00"]]}"#,
    )
    .unwrap();
    Arc::new(
        WorkingCalendar::new(
            chrono_tz::Europe::Paris,
            &hours,
            &HashSet::new(),
            (2026, 2027),
        )
        .unwrap(),
    )
}

fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

fn case() -> RoutingCase {
    RoutingCase {
        id: CaseId(id(1)),
        network: NetworkId(id(10)),
        redirected: false,
        subspecialty: "breast".into(),
        territory: "FR-GF".into(),
        laboratory: LaboratoryId(id(20)),
        submitter: PersonId(id(30)),
        languages: vec!["fr".into()],
        urgency: Urgency::Routine,
        slides: 4,
        units: Arc::default(),
        tried: vec![],
        conflicted: vec![],
        instructions: Instructions::default(),
        known_by: Vec::new(),
        due: None,
    }
}

fn candidate(n: u128) -> Candidate {
    Candidate {
        expert: PersonId(id(100 + n)),
        network: NetworkId(id(10)),
        agreement: None,
        pool_territories: Arc::new(vec!["FR-GF".into()]),
        pool_subspecialties: Arc::new(vec!["breast".into(), "thoracic".into()]),
        laboratories: vec![LaboratoryId(id(21))],
        recusals: vec![],
        primary: "breast".into(),
        others: vec![],
        languages: vec!["fr".into()],
        capacity: 4,
        open_cases: 0,
        queued_minutes: 0,
        work_minutes: 0,
        absences: vec![],
        calendar: calendar(),
        on_call: None,
        urgent_minutes: 0,
    }
}

fn target() -> Target {
    Targets::embedded().unwrap().of(Urgency::Routine)
}

#[test]
fn an_offer_that_waited_goes_on_in_the_experts_own_hours() {
    let mut holder = candidate(1);
    let hours: WeeklyHours =
        serde_json::from_str(r#"{"tue":[["09:00","17:00"]],"thu":[["09:00","17:00"]]}"#).unwrap();
    let calendar = WorkingCalendar::new(
        chrono_tz::Europe::Paris,
        &hours,
        &HashSet::new(),
        (2026, 2027),
    );
    holder.calendar = Arc::new(calendar.unwrap());
    let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
    let target = target();
    // Four working hours are given. One was used on Tuesday; the answer comes on Wednesday: three are left, from Thursday on.
    let (stood, ends) = (at("2026-11-24T09:00:00Z"), at("2026-11-24T12:00:00Z"));
    let (wednesday, thursday) = (at("2026-11-25T08:00:00Z"), at("2026-11-26T11:00:00Z"));
    assert_eq!(
        goes_on(&holder, &target, (stood, ends), wednesday),
        Some(thursday)
    );
    // Made while the clock stood: all of its time, not more.
    let (long_ago, all) = (at("2026-11-17T08:00:00Z"), at("2026-11-26T12:00:00Z"));
    assert_eq!(
        goes_on(&holder, &target, (long_ago, all), wednesday),
        Some(all)
    );
    // Who comes back later begins then.
    holder.absences = vec![(at("2026-11-25T00:00:00Z"), at("2026-11-30T00:00:00Z"))];
    let back = at("2026-12-01T11:00:00Z");
    assert_eq!(
        goes_on(&holder, &target, (stood, ends), wednesday),
        Some(back)
    );
}

#[test]
fn each_rule_alone_excludes() {
    type Spoil = fn(&mut RoutingCase, &mut Candidate);
    let table: [(Rule, Spoil); 13] = [
        (Rule::PoolCoversTerritory, |_, c| {
            c.pool_territories = Arc::new(vec!["NC".into()])
        }),
        (Rule::PoolCoversSubspecialty, |_, c| {
            c.pool_subspecialties = Arc::new(vec!["thoracic".into()])
        }),
        (Rule::ReadsSubspecialty, |_, c| {
            c.primary = "thoracic".into()
        }),
        (Rule::NotAbsent, |_, c| {
            c.absences = vec![(now() - Duration::days(1), now() + Duration::days(1))]
        }),
        (Rule::BelowCapacity, |_, c| c.open_cases = 4),
        (Rule::OtherLaboratory, |case, c| {
            c.laboratories.push(case.laboratory)
        }),
        (Rule::NotTheSubmitter, |case, c| case.submitter = c.expert),
        (Rule::SharesLanguage, |case, _| {
            case.languages = vec!["pt".into()]
        }),
        (Rule::NotTriedBefore, |case, c| case.tried = vec![c.expert]),
        (Rule::NotPinned, |case, _| {
            case.instructions.pinned = Some(PersonId(id(999)))
        }),
        (Rule::NotExcluded, |case, c| {
            case.instructions.excluded = vec![c.expert]
        }),
        (Rule::NoDeclaredConflict, |case, c| {
            case.conflicted = vec![c.expert]
        }),
        (Rule::NoDeclaredConflict, |case, c| {
            c.recusals = vec![Recused {
                laboratory: case.laboratory,
                starts_at: now(),
                ends_at: Some(now() + Duration::hours(1)),
            }]
        }),
    ];
    for (rule, spoil) in table {
        let (mut case, mut candidate) = (case(), candidate(1));
        spoil(&mut case, &mut candidate);
        let decision = route(
            &case,
            &[candidate],
            &target(),
            &ChoicePolicy::default(),
            now(),
        );
        assert_eq!(decision.choice, None, "{rule}");
        assert_eq!(decision.considered[0].against, [rule]);
        assert_eq!(decision.reasons(), [(rule, 1)]);
    }
}

#[test]
fn a_recusal_holds_for_its_laboratory_and_its_time_and_allows_no_judgement() {
    let hour = Duration::hours(1);
    let elsewhere = LaboratoryId(id(29));
    for (laboratory, starts_at, ends_at, holds) in [
        (case().laboratory, now() - hour, None, true),
        (case().laboratory, now() + hour, None, false),
        (case().laboratory, now() - hour, Some(now()), false),
        (elsewhere, now() - hour, None, false),
    ] {
        let mut one = candidate(1);
        one.recusals = vec![Recused {
            laboratory,
            starts_at,
            ends_at,
        }];
        let (choice, considered) = route_to(&case(), &one, &target(), now());
        assert_eq!(choice.is_none(), holds, "{starts_at} {ends_at:?}");
        let expected = if holds {
            vec![Rule::NoDeclaredConflict]
        } else {
            vec![]
        };
        assert_eq!(considered.standing(), expected);
    }
}

#[test]
fn the_earliest_expected_answer_wins_and_says_when() {
    let mut busy = candidate(1);
    (busy.open_cases, busy.queued_minutes) = (2, 60);
    let mut away_soon = candidate(2);
    away_soon.queued_minutes = 30;
    let decision = route(
        &case(),
        &[busy, away_soon],
        &target(),
        &ChoicePolicy::default(),
        now(),
    );
    let choice = decision.choice.unwrap();
    assert_eq!(choice.expert, PersonId(id(102)));
    // 30 minutes of queue and 22 minutes of reading.
    assert_eq!(choice.expected_answer_at, now() + Duration::minutes(52));
    // Four working hours to answer the offer.
    assert_eq!(choice.expires_at, now() + Duration::hours(4));
}

#[test]
fn the_own_network_comes_first_and_an_agreement_helps_out() {
    let mut own = candidate(1);
    own.queued_minutes = 2000;
    let mut helper = candidate(2);
    helper.network = NetworkId(id(11));
    helper.agreement = Some(AgreementId(id(50)));
    helper.pool_territories = Arc::new(vec!["FR".into()]);
    let both = [own.clone(), helper.clone()];
    assert_eq!(
        route(&case(), &both, &target(), &ChoicePolicy::default(), now())
            .choice
            .unwrap()
            .expert,
        own.expert
    );
    let mut full = own;
    full.open_cases = full.capacity;
    let overflow = route(
        &case(),
        &[full, helper.clone()],
        &target(),
        &ChoicePolicy::default(),
        now(),
    )
    .choice
    .unwrap();
    assert_eq!(
        (overflow.expert, overflow.agreement),
        (helper.expert, helper.agreement)
    );
}

#[test]
fn a_coordinator_may_overrule_capacity_but_not_a_conflict_of_interest() {
    let mut full = candidate(1);
    full.open_cases = 9;
    assert!(route_to(&case(), &full, &target(), now()).0.is_some());
    let mut colleague = candidate(2);
    colleague.laboratories = vec![case().laboratory];
    assert!(route_to(&case(), &colleague, &target(), now()).0.is_none());
}

#[test]
fn an_answer_is_expected_around_absences() {
    // 60 minutes of queue; away from 10:30 for two hours: the other half is read after 12:30.
    let mut one = candidate(1);
    one.queued_minutes = 60;
    one.absences = vec![(
        now() + Duration::minutes(30),
        now() + Duration::minutes(150),
    )];
    let decision = route(&case(), &[one], &target(), &ChoicePolicy::default(), now());
    assert_eq!(
        decision.choice.unwrap().expected_answer_at,
        now() + Duration::minutes(150 + 30 + 22)
    );
}

fn waiting(n: u128, holder: Option<u128>, due_in_hours: i64) -> Waiting {
    let mut one = case();
    one.id = CaseId(id(n));
    Waiting {
        case: one,
        holder: holder.map(|n| PersonId(id(100 + n))),
        due: Some(now() + Duration::hours(due_in_hours)),
        since: now() - Duration::hours(1),
    }
}

fn given(expert: &Candidate, waiting: &[Waiting]) -> Option<NextCase> {
    let readers = |field: &str| if field == "thoracic" { 2 } else { 9 };
    next_case(expert, waiting, readers, NextCasePolicy::default(), now())
}

#[test]
fn the_own_queue_comes_first_then_the_most_pressing_of_others() {
    let expert = candidate(1);
    let queue = [
        waiting(1, Some(1), 50),
        waiting(2, Some(1), 40),
        waiting(3, Some(2), 1),
    ];
    let own = given(&expert, &queue).unwrap();
    assert_eq!(
        (own.case, own.why, own.from),
        (CaseId(id(2)), Why::OwnQueue, None)
    );
    let stolen = given(&expert, &queue[2..]).unwrap();
    assert_eq!(
        (stolen.case, stolen.why, stolen.from),
        (CaseId(id(3)), Why::IdleSteal, Some(PersonId(id(102))))
    );
    let unrouted = given(&expert, &[waiting(4, None, 9)]).unwrap();
    assert_eq!((unrouted.why, unrouted.from), (Why::Unrouted, None));
}

#[test]
fn what_is_urgent_is_taken_before_what_is_not_of_the_own_queue() {
    let mut expert = candidate(1);
    expert.others = vec!["thoracic".into()];
    let urgent = |n, holder, hours| {
        let mut one = waiting(n, holder, hours);
        one.case.urgency = Urgency::Urgent;
        one
    };
    let own = waiting(1, Some(1), 90);
    let chosen = |all: &[Waiting]| given(&expert, all).map(|next| (next.case, next.why));
    let of = |n, why| Some((CaseId(id(n)), why));
    // In the own field at any time; in another one when little time is left.
    let other = urgent(2, Some(2), 80);
    assert_eq!(
        chosen(&[own.clone(), other.clone()]),
        of(2, Why::UrgentFirst)
    );
    let mut foreign = other.clone();
    foreign.case.subspecialty = expert.others[0].clone();
    assert_eq!(
        chosen(&[own.clone(), foreign.clone()]),
        of(1, Why::OwnQueue)
    );
    foreign.due = Some(now() + Duration::hours(5));
    assert_eq!(chosen(&[own.clone(), foreign]), of(2, Why::UrgentFirst));
    // The own urgent case is as urgent: by due time. With nothing of one's own it is as it was.
    let sooner = urgent(3, Some(1), 30);
    assert_eq!(
        chosen(&[own.clone(), other.clone(), sooner]),
        of(3, Why::OwnQueue)
    );
    assert_eq!(chosen(std::slice::from_ref(&other)), of(2, Why::IdleSteal));
    // Who is reading already is given none of others'.
    let policy = NextCasePolicy {
        urgent_first: false,
        ..NextCasePolicy::default()
    };
    let next = next_case(&expert, &[own, other], |_| 9, policy, now()).unwrap();
    assert_eq!(next.why, Why::OwnQueue);
}

#[test]
fn nobody_is_given_what_a_rule_or_a_coordinator_keeps_from_them() {
    let expert = candidate(1);
    let mut own_laboratory = waiting(1, Some(2), 1);
    own_laboratory.case.laboratory = expert.laboratories[0];
    let mut pinned = waiting(2, Some(2), 2);
    pinned.case.instructions.pinned = pinned.holder;
    assert_eq!(
        given(&expert, &[own_laboratory.clone(), pinned.clone()]),
        None
    );
    let next = given(&expert, &[own_laboratory, pinned, waiting(3, Some(2), 99)]).unwrap();
    assert_eq!(next.case, CaseId(id(3)));
    assert_eq!(
        next.passed_over,
        [(Rule::OtherLaboratory, 1), (Rule::NotPinned, 1)]
    );
}

#[test]
fn the_own_field_is_kept_unless_time_is_short_and_the_rare_goes_first() {
    let mut expert = candidate(1);
    expert.others = vec!["thoracic".into()];
    let (mut other_field, own_field) = (waiting(1, Some(2), 30), waiting(2, Some(2), 60));
    other_field.case.subspecialty = "thoracic".into();
    let next = given(&expert, &[other_field.clone(), own_field.clone()]).unwrap();
    assert_eq!(next.case, own_field.case.id);
    other_field.due = Some(now() + Duration::hours(23));
    let next = given(&expert, &[other_field.clone(), own_field]).unwrap();
    assert_eq!(next.case, other_field.case.id);
    // Both pressing: thoracic has two readers, breast nine.
    let next = given(&expert, &[other_field.clone(), waiting(3, Some(2), 5)]).unwrap();
    assert_eq!(next.case, other_field.case.id);
}

#[test]
fn a_plan_moves_what_would_be_late_and_leaves_the_rest() {
    // Ten cases wait for one expert, who can read them within three hours; a colleague has nothing.
    let mut busy = candidate(1);
    busy.capacity = 20;
    let free = candidate(2);
    let mut queue: Vec<Waiting> = (1..=10).map(|n| waiting(n, Some(1), 500)).collect();
    let policy = PlanPolicy::default();
    let moved = |queue: &[Waiting], experts: &[Candidate]| {
        let plan = plan(queue, experts, &policy, now()).unwrap();
        plan.cases
            .iter()
            .filter(|(_, placed)| placed.unwrap().expert == free.expert)
            .count()
    };
    assert_eq!(
        moved(&queue, &[busy.clone(), free.clone()]),
        0,
        "a move costs more than it saves"
    );
    // Away for a month: everything that fits goes to the colleague, the pinned case stays.
    busy.absences = vec![(now(), now() + Duration::days(30))];
    queue[0].case.instructions.pinned = queue[0].holder;
    assert_eq!(
        moved(&queue, &[busy, free.clone()]),
        4,
        "the colleague's capacity"
    );
}

#[test]
fn policies_that_cannot_be_meant_are_refused_by_entry() {
    type Spoil = fn(&mut PlanPolicy);
    let table: [(&str, Spoil); 4] = [
        ("reserve", |p| p.reserve = 1.0),
        ("openings", |p| p.openings = 0),
        ("horizon_days", |p| p.horizon_days = 0),
        ("urgent_weight", |p| p.urgent_weight = 0),
    ];
    for (entry, spoil) in table {
        let mut policy = PlanPolicy::default();
        spoil(&mut policy);
        let refused = plan(&[], &[], &policy, now()).unwrap_err();
        assert!(refused.to_string().contains(entry), "{refused}");
    }
}

#[test]
fn an_empty_pool_gives_no_choice_and_no_panic() {
    let decision = route(&case(), &[], &target(), &ChoicePolicy::default(), now());
    assert_eq!((decision.choice, decision.considered.len()), (None, 0));
}

fn some_candidates() -> impl Strategy<Value = Vec<Candidate>> {
    let shared = calendar();
    let one = (
        any::<[bool; 6]>(),
        0u32..5,
        0u32..6,
        0u32..300,
        0u32..600,
        prop::option::of((-3i64..3, 1i64..5)),
    );
    prop::collection::vec(one, 0..12).prop_map(move |rows| {
        rows.into_iter()
            .enumerate()
            .map(|(n, (flags, capacity, open, queued, work, absence))| {
                let mut one = candidate(n as u128);
                one.calendar = Arc::clone(&shared);
                if flags[0] {
                    one.primary = "thoracic".into();
                }
                if flags[1] {
                    one.others = vec!["breast".into()];
                }
                if flags[2] && flags[3] {
                    one.laboratories = vec![LaboratoryId(id(20))];
                }
                if flags[4] {
                    one.agreement = Some(AgreementId(id(50)));
                }
                if flags[5] && flags[3] {
                    one.languages = vec!["en".into()];
                }
                (one.capacity, one.open_cases, one.queued_minutes) = (capacity, open, queued);
                one.work_minutes = work;
                one.absences = absence
                    .map(|(start, days)| {
                        (
                            now() + Duration::days(start),
                            now() + Duration::days(start + days),
                        )
                    })
                    .into_iter()
                    .collect();
                one
            })
            .collect()
    })
}

proptest! {
    #[test]
    fn never_ineligible_never_above_capacity_and_never_stuck(candidates in some_candidates()) {
        let decision = route(&case(), &candidates, &target(), &ChoicePolicy::default(), now());
        prop_assert_eq!(decision.considered.len(), candidates.len());
        prop_assert_eq!(decision.choice.is_some(), decision.considered.iter().any(Considered::eligible));
        if let Some(choice) = &decision.choice {
            let chosen = candidates.iter().find(|c| c.expert == choice.expert).unwrap();
            prop_assert!(chosen.open_cases < chosen.capacity);
            prop_assert!(!chosen.laboratories.contains(&case().laboratory));
            prop_assert!(choice.expires_at > now());
            prop_assert!(choice.expected_answer_at > now());
        } else {
            prop_assert!(candidates.is_empty() || !decision.reasons().is_empty());
        }
    }

    #[test]
    fn the_order_of_the_candidates_does_not_matter(candidates in some_candidates().prop_shuffle(), seed in any::<u64>()) {
        let mut other = candidates.clone();
        let places = seed as usize % other.len().max(1);
        other.rotate_left(places);
        prop_assert_eq!(route(&case(), &candidates, &target(), &ChoicePolicy::default(), now()), route(&case(), &other, &target(), &ChoicePolicy::default(), now()));
    }

    /// A plan never gives what a rule forbids, never more than the capacity, forgets nobody, and does not depend on order.
    #[test]
    fn plans_keep_the_rules(candidates in some_candidates(), count in 0u128..12, seed in any::<u64>()) {
        let queue: Vec<Waiting> = (0..count).map(|n| waiting(1000 + n, None, n as i64)).collect();
        let planned = plan(&queue, &candidates, &PlanPolicy::default(), now()).unwrap();
        prop_assert_eq!(planned.cases.len(), queue.len());
        for candidate in &candidates {
            let held = planned.cases.iter().filter(|(_, placed)| placed.is_some_and(|p| p.expert == candidate.expert)).count();
            prop_assert!(held as u32 <= candidate.capacity.saturating_sub(candidate.open_cases));
            let allowed = against(&case(), candidate, now()).iter().all(|rule| matches!(rule, Rule::BelowCapacity | Rule::NotAbsent));
            prop_assert!(held == 0 || allowed);
        }
        let mut turned = candidates.clone();
        turned.rotate_left(seed as usize % candidates.len().max(1));
        prop_assert_eq!(plan(&queue, &turned, &PlanPolicy::default(), now()).unwrap().cost, planned.cost);
    }
}

#[test]
fn batches_that_cannot_be_meant_are_refused_by_entry() {
    let unknown = Batch {
        places: vec![vec![0]],
        cases: vec![Options {
            experts: vec![(1, 5)],
            unassigned: 9,
        }],
    };
    assert_eq!(
        assign(&unknown).unwrap_err(),
        BatchError::UnknownExpert { case: 0, expert: 1 }
    );
    let cheapening = Batch {
        places: vec![vec![3, 2]],
        cases: vec![],
    };
    assert_eq!(
        assign(&cheapening).unwrap_err(),
        BatchError::Cheapening { expert: 0 }
    );
}
