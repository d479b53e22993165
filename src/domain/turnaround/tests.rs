use std::collections::HashSet;

use super::*;
use crate::domain::calendar::WeeklyHours;
use crate::domain::text_enum::TextEnum;
use proptest::prelude::*;

fn utc(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn paris() -> WorkingCalendar {
    let hours: WeeklyHours = serde_json::from_str(
        r#"{"mon":[["09:00","17:00"]],"tue":[["09:00","17:00"]],"wed":[["09:00","17:00"]],"thu":[["09:00","17:00"]],"fri":[["09:00","17:00"]]}"#,
    )
    .unwrap();
    WorkingCalendar::new(
        chrono_tz::Europe::Paris,
        &hours,
        &HashSet::new(),
        (2025, 2030),
    )
    .unwrap()
}

fn at(text: &str, effect: ClockEffect) -> ClockEvent {
    ClockEvent {
        at: utc(text),
        effect,
    }
}

#[test]
fn a_routine_case_is_due_three_working_days_later_and_a_pause_moves_that() {
    use ClockEffect::{Pause, Resume, Start, Stop};
    let (calendar, target) = (paris(), Targets::embedded().unwrap().of(Urgency::Routine));
    // Sent on Monday 09:00 in Paris: due on Wednesday 17:00.
    let mut events = vec![at("2026-11-23T08:00:00Z", Start)];
    let only = |events: &[ClockEvent], now: &str| {
        Turnaround::cycles(events, &calendar, utc(now))
            .pop()
            .unwrap()
    };
    let fresh = only(&events, "2026-11-23T08:00:00Z").deadlines(&target, &calendar);
    assert_eq!(fresh.due, Some(utc("2026-11-25T16:00:00Z")));
    assert_eq!(fresh.warning, Some(utc("2026-11-25T10:00:00Z")));
    // A question on Monday 13:00: nothing is due while it waits, 20 of 24 hours are left.
    events.push(at("2026-11-23T12:00:00Z", Pause(PauseKind::Information)));
    let waiting = only(&events, "2026-11-24T12:00:00Z");
    assert_eq!(waiting.standing_still, [PauseKind::Information]);
    assert_eq!(
        waiting.deadlines(&target, &calendar),
        Deadlines {
            due: None,
            warning: None,
            remaining_seconds: 20 * 3600
        }
    );
    // A stain is ordered meanwhile; the question is answered first, the clock still stands.
    events.push(at("2026-11-24T08:00:00Z", Pause(PauseKind::Ancillary)));
    events.push(at("2026-11-24T12:00:00Z", Resume(PauseKind::Information)));
    assert_eq!(
        only(&events, "2026-11-24T13:00:00Z").standing_still,
        [PauseKind::Ancillary]
    );
    // The stain is there on Wednesday 13:00: 20 working hours more, due on Monday 09:00 + ... Friday 17:00.
    events.push(at("2026-11-25T12:00:00Z", Resume(PauseKind::Ancillary)));
    let resumed = only(&events, "2026-11-25T12:00:00Z");
    assert_eq!(
        resumed.deadlines(&target, &calendar).due,
        Some(utc("2026-11-27T16:00:00Z"))
    );
    assert_eq!(resumed.paused_seconds, 48 * 3600);
    assert_eq!(
        resumed.pauses,
        [
            Paused {
                kind: PauseKind::Information,
                seconds: 24 * 3600
            },
            Paused {
                kind: PauseKind::Ancillary,
                seconds: 28 * 3600
            }
        ]
    );
    // Signed on Thursday 11:00.
    events.push(at("2026-11-26T10:00:00Z", Stop));
    let signed = only(&events, "2027-01-01T00:00:00Z");
    assert_eq!(signed.working_seconds, (4 + 4 + 2) * 3600);
    assert_eq!(signed.elapsed_seconds, 74 * 3600);
    // Reopened: a new cycle, the first one keeps its figures.
    events.push(at("2026-12-01T08:00:00Z", Start));
    let both = Turnaround::cycles(&events, &calendar, utc("2026-12-01T10:00:00Z"));
    assert_eq!(both.len(), 2);
    assert_eq!(both[0], signed);
    assert_eq!(both[1].working_seconds, 2 * 3600);
}

#[test]
fn an_intra_operative_case_is_due_by_the_clock_on_the_wall() {
    let (calendar, target) = (
        paris(),
        Targets::embedded().unwrap().of(Urgency::IntraOperative),
    );
    let night = [at("2026-11-22T02:00:00Z", ClockEffect::Start)];
    let cycle = Turnaround::cycles(&night, &calendar, utc("2026-11-22T02:05:00Z"))
        .pop()
        .unwrap();
    assert_eq!(
        cycle.deadlines(&target, &calendar).due,
        Some(utc("2026-11-22T02:20:00Z"))
    );
}

#[test]
fn targets_that_promise_nothing_are_refused_by_name() {
    let one = |urgency: &str, minutes: u32| {
        format!(
            r#"{{"urgency":"{urgency}","time":"wall","answer_minutes":{minutes},"first_response_minutes":1,"warning_share":0.5}}"#
        )
    };
    let both = |opinions: &[String], panels: &[String]| {
        let (opinions, panels) = (opinions.join(","), panels.join(","));
        format!(r#"{{"targets":[{opinions}],"panels":[{panels}]}}"#)
    };
    let file = |parts: &[String]| both(parts, parts);
    assert!(
        Targets::read(&file(&[one("urgent", 5), one("routine", 5)]))
            .unwrap_err()
            .to_string()
            .contains("intra_operative")
    );
    assert!(
        Targets::read(&file(&[
            one("urgent", 0),
            one("routine", 5),
            one("intra_operative", 5)
        ]))
        .unwrap_err()
        .to_string()
        .contains("urgent")
    );
    let all = ["intra_operative", "urgent", "routine"].map(|urgency| one(urgency, 5));
    assert!(Targets::read(&file(&all)).is_ok());
    let without = Targets::read(&both(&all, &all[1..])).unwrap_err();
    assert!(without.to_string().contains("intra_operative"));
}

fn history() -> impl Strategy<Value = Vec<ClockEvent>> {
    let effect = (prop::sample::select(PauseKind::ALL), any::<bool>()).prop_map(|(kind, pause)| {
        if pause {
            ClockEffect::Pause(kind)
        } else {
            ClockEffect::Resume(kind)
        }
    });
    prop::collection::vec((1i64..200_000, effect), 0..20).prop_map(|steps| {
        let mut now = utc("2026-03-20T10:00:00Z");
        let mut events = vec![ClockEvent {
            at: now,
            effect: ClockEffect::Start,
        }];
        for (seconds, effect) in steps {
            now += Duration::seconds(seconds);
            events.push(ClockEvent { at: now, effect });
        }
        events
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// Pausing never makes an answer due sooner, and what is due only moves by pauses.
    #[test]
    fn pausing_never_shortens(events in history()) {
        let (calendar, target) = (paris(), Targets::embedded().unwrap().of(Urgency::Routine));
        let end = events.last().unwrap().at;
        let with = Turnaround::cycles(&events, &calendar, end).pop().unwrap();
        let without = Turnaround::cycles(&events[..1], &calendar, end).pop().unwrap();
        if let Some(due) = with.deadlines(&target, &calendar).due {
            prop_assert!(due >= without.deadlines(&target, &calendar).due.unwrap());
        }
        prop_assert!(with.working_seconds <= without.working_seconds);
        prop_assert_eq!(with.elapsed_seconds, without.elapsed_seconds);
    }

    /// Figures only grow with time, and running and standing add up to the whole.
    #[test]
    fn figures_are_monotone_and_add_up(events in history(), later in 0i64..1_000_000) {
        let calendar = paris();
        let end = events.last().unwrap().at;
        let now = Turnaround::cycles(&events, &calendar, end).pop().unwrap();
        let then = Turnaround::cycles(&events, &calendar, end + Duration::seconds(later)).pop().unwrap();
        prop_assert!(then.working_seconds >= now.working_seconds);
        prop_assert!(then.paused_seconds >= now.paused_seconds);
        let ran: i64 = then.running.iter().map(|(from, to)| (*to - *from).num_seconds()).sum();
        prop_assert_eq!(ran + then.paused_seconds, then.elapsed_seconds);
        prop_assert!(then.working_seconds <= ran);
    }

    /// The due instant does not depend on when it is asked for, as long as the clock runs.
    #[test]
    fn the_due_instant_stands(events in history(), later in 0i64..1_000_000) {
        let (calendar, target) = (paris(), Targets::embedded().unwrap().of(Urgency::Routine));
        let end = events.last().unwrap().at;
        let now = Turnaround::cycles(&events, &calendar, end).pop().unwrap().deadlines(&target, &calendar);
        let then = Turnaround::cycles(&events, &calendar, end + Duration::seconds(later)).pop().unwrap().deadlines(&target, &calendar);
        prop_assert_eq!(now.due, then.due);
        prop_assert_eq!(now.warning, then.warning);
    }
}
