//! Who is on call answers urgent work in those hours, and nothing else.

use super::*;
use crate::domain::on_call::OnCall;
use crate::domain::routing::next_case::Waiting;
use crate::domain::routing::plan::{PlanPolicy, plan};

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// Saturday 28 November 2026, before anybody's hours.
fn saturday() -> DateTime<Utc> {
    at("2026-11-28T06:00:00Z")
}

/// Who is on call on Saturday from 9 to 12 in Paris, with much routine work waiting.
fn on_call(n: u128) -> Candidate {
    let hours: WeeklyHours = serde_json::from_str(r#"{"sat":[["09:00","12:00"]]}"#).unwrap();
    let none = HashSet::new();
    let zone = chrono_tz::Europe::Paris;
    let hours = WorkingCalendar::on_call(zone, &hours, (&none, &none), (2026, 2027)).unwrap();
    let duty = (at("2026-11-28T00:00:00Z"), at("2026-11-29T00:00:00Z"));
    let mut one = candidate(n);
    one.on_call = OnCall::within(&one.calendar, &hours, vec![duty]).map(Arc::new);
    one.queued_minutes = 600;
    one.urgent_minutes = 30;
    one
}

fn of(urgency: Urgency) -> RoutingCase {
    RoutingCase { urgency, ..case() }
}

fn decided(urgency: Urgency) -> Choice {
    let target = Targets::embedded().unwrap().of(urgency);
    let all = [candidate(1), on_call(2)];
    let decision = route(
        &of(urgency),
        &all,
        &target,
        &ChoicePolicy::default(),
        saturday(),
    );
    decision.choice.unwrap()
}

#[test]
fn urgent_work_is_offered_to_who_is_on_call_and_the_offer_ends_in_those_hours() {
    let choice = decided(Urgency::Urgent);
    assert_eq!(choice.expert, on_call(2).expert);
    // Thirty minutes of urgent work and twenty-two of this case, from nine o'clock in Paris; two hours to answer the offer.
    assert_eq!(choice.expected_answer_at, at("2026-11-28T08:52:00Z"));
    assert_eq!(choice.expires_at, at("2026-11-28T10:00:00Z"));
    let routine = decided(Urgency::Routine);
    assert_eq!(routine.expert, candidate(1).expert);
    assert!(routine.expected_answer_at > at("2026-11-30T00:00:00Z"));
}

#[test]
fn an_offer_of_urgent_work_goes_on_in_on_call_hours() {
    let target = Targets::embedded().unwrap().of(Urgency::Urgent);
    let span = (at("2026-11-28T08:30:00Z"), at("2026-11-28T09:30:00Z"));
    let until = goes_on(&on_call(2), &target, span, at("2026-11-28T09:00:00Z"));
    assert_eq!(until, Some(at("2026-11-28T10:00:00Z")));
}

#[test]
fn who_is_away_is_not_on_call() {
    let mut ill = on_call(2);
    ill.absences = vec![(at("2026-11-28T08:20:00Z"), at("2026-11-29T00:00:00Z"))];
    let answer = ill.answers_at(Urgency::Urgent, (700, 52), saturday());
    assert!(answer.unwrap() > at("2026-11-30T00:00:00Z"));
}

#[test]
fn a_plan_puts_urgent_work_alone_into_on_call_hours() {
    let waiting = |n: u128, urgency| Waiting {
        case: RoutingCase {
            id: CaseId(id(n)),
            ..of(urgency)
        },
        holder: None,
        due: Some(at("2026-12-01T12:00:00Z")),
        since: saturday(),
    };
    let cases = [waiting(1, Urgency::Routine), waiting(2, Urgency::Urgent)];
    let experts = [on_call(2)];
    let planned = plan(&cases, &experts, &PlanPolicy::default(), saturday()).unwrap();
    let from = |place: usize| planned.cases[place].1.map(|placed| placed.reads_from);
    assert!(from(0).unwrap() > at("2026-11-30T00:00:00Z"));
    assert_eq!(from(1), Some(at("2026-11-28T08:00:00Z")));
}
