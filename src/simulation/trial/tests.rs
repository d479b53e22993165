use std::collections::HashSet;

use uuid::Uuid;

use super::*;
use crate::domain::calendar::{WeeklyHours, WorkingCalendar};
use crate::domain::ids::{CaseId, LaboratoryId, NetworkId, PersonId};
use crate::domain::turnaround::Urgency;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// Somebody who reads on weekdays from nine to five, in UTC.
fn expert(n: u128) -> PastExpert {
    let hours: WeeklyHours = serde_json::from_str(
        r#"{"mon":[["09:00","17:00"]],"tue":[["09:00","17:00"]],"wed":[["09:00","17:00"]],"thu":[["09:00","17:00"]],"fri":[["09:00","17:00"]]}"#,
    )
    .unwrap();
    let years = (2026, 2027);
    let calendar = WorkingCalendar::new(chrono_tz::UTC, &hours, &HashSet::new(), years).unwrap();
    let openings =
        calendar.openings_between(at("2026-11-23T00:00:00Z"), at("2026-12-31T00:00:00Z"));
    let sessions = openings.map(|(from, to)| Session {
        from,
        to,
        on_call: false,
    });
    PastExpert {
        sessions: sessions.collect(),
        candidate: Candidate {
            expert: PersonId(Uuid::from_u128(100 + n)),
            network: NetworkId(Uuid::from_u128(1)),
            agreement: None,
            pool_territories: Arc::new(vec!["FR".into()]),
            pool_subspecialties: Arc::new(vec!["breast".into()]),
            laboratories: vec![],
            recusals: vec![],
            primary: "breast".into(),
            others: vec![],
            languages: vec!["fr".into()],
            capacity: 9,
            open_cases: 0,
            queued_minutes: 0,
            work_minutes: 0,
            absences: vec![],
            calendar: Arc::new(calendar),
            on_call: None,
            urgent_minutes: 0,
        },
        done: vec![],
    }
}

fn person(n: u128) -> PersonId {
    PersonId(Uuid::from_u128(100 + n))
}

/// A case of Monday, ten o'clock, with what people did with it.
fn case(urgency: Urgency, fate: Fate) -> PastCase {
    PastCase {
        case: RoutingCase {
            id: CaseId(Uuid::from_u128(7)),
            network: NetworkId(Uuid::from_u128(1)),
            redirected: false,
            subspecialty: "breast".into(),
            territory: "FR".into(),
            laboratory: LaboratoryId(Uuid::from_u128(20)),
            submitter: PersonId(Uuid::from_u128(30)),
            languages: vec!["fr".into()],
            urgency,
            slides: 0,
            units: Arc::default(),
            tried: vec![],
            conflicted: vec![],
            instructions: Default::default(),
            known_by: vec![],
            due: None,
        },
        at: at("2026-11-23T10:00:00Z"),
        minutes: 10.0,
        pause: None,
        fate,
    }
}

fn played(experts: Vec<PastExpert>, case: PastCase) -> Figures {
    let past = Past {
        experts,
        cases: vec![case],
        measured: (at("2026-11-23T00:00:00Z"), at("2026-11-30T00:00:00Z")),
    };
    let promised = Promised {
        offer_minutes: 240,
        minutes: 960,
        due: at("2026-11-25T10:00:00Z"),
    };
    past.play(&[promised], &ChoicePolicy::default())
}

#[test]
fn who_gave_a_case_back_does_so_again() {
    let back = |by: &[u128]| Fate {
        gave_back: by.iter().map(|n| person(*n)).collect(),
        ..Fate::default()
    };
    let both = || vec![expert(1), expert(2)];
    let one = played(both(), case(Urgency::Routine, back(&[1])));
    assert_eq!((one.answered, one.open), (1, 0));
    assert!(one.mean_hours < 0.5, "the other one reads it at once");
    let none = played(both(), case(Urgency::Routine, back(&[1, 2])));
    assert_eq!((none.answered, none.open), (0, 1));
}

#[test]
fn an_offer_that_lapsed_lapses_in_its_time() {
    let lapse = |by: &[u128]| Fate {
        let_lapse: by.iter().map(|n| person(*n)).collect(),
        ..Fate::default()
    };
    // Nobody else is there to take it: the one has it for four hours of their own, and nobody is left.
    let alone = played(vec![expert(1)], case(Urgency::Routine, lapse(&[1])));
    assert_eq!((alone.answered, alone.open), (0, 1));
    // Somebody who is idle takes it before: the last decision falls late.
    let both = vec![expert(1), expert(2)];
    let taken = played(both, case(Urgency::Routine, lapse(&[1])));
    assert_eq!((taken.answered, taken.open), (1, 0));
    assert!(taken.mean_hours < 0.5, "{}", taken.mean_hours);
    // Who comes to work in the afternoon is given it when the offer has ended, or before, from somebody else's queue.
    let mut later = expert(2);
    later
        .sessions
        .retain(|one| one.from > at("2026-11-24T00:00:00Z"));
    later.candidate.absences = vec![(at("2026-11-20T00:00:00Z"), at("2026-11-24T00:00:00Z"))];
    let waited = played(vec![expert(1), later], case(Urgency::Routine, lapse(&[1])));
    assert_eq!((waited.answered, waited.open), (1, 0));
    assert!(waited.mean_hours > 22.0, "{}", waited.mean_hours);
}

#[test]
fn what_another_network_took_is_theirs_unless_somebody_has_opened_it() {
    let helped = |from: &str, to: &str| Fate {
        helped: Some((at(from), at(to))),
        ..Fate::default()
    };
    let fate = helped("2026-11-23T15:00:00Z", "2026-11-23T18:00:00Z");
    let opened = played(vec![expert(1)], case(Urgency::Routine, fate.clone()));
    assert!(opened.mean_hours < 0.5, "{}", opened.mean_hours);
    let mut away = expert(1);
    away.sessions.clear();
    let taken = played(vec![away], case(Urgency::Routine, fate));
    assert_eq!((taken.answered, taken.open), (1, 0));
    assert!(
        (taken.mean_hours - 8.0).abs() < 1e-9,
        "{}",
        taken.mean_hours
    );
    assert_eq!(taken.on_time, 1.0);
}

#[test]
fn on_call_nobody_reads_but_what_is_urgent() {
    let on_call = || {
        let mut one = expert(1);
        one.sessions = vec![Session {
            from: at("2026-11-23T18:00:00Z"),
            to: at("2026-11-23T20:00:00Z"),
            on_call: true,
        }];
        one
    };
    let urgent = played(vec![on_call()], case(Urgency::Urgent, Fate::default()));
    assert_eq!((urgent.answered, urgent.open), (1, 0));
    let routine = played(vec![on_call()], case(Urgency::Routine, Fate::default()));
    assert_eq!((routine.answered, routine.open), (0, 1));
}
