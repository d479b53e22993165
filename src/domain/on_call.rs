//! On-call duty: who answers urgent work in the hours in which a pool does nothing else.

use chrono::{DateTime, Duration, Utc};

use super::calendar::WorkingCalendar;
use super::ids::{DutyId, NetworkId, PersonId};
use super::problems::{FieldProblem, FieldRule};
use super::turnaround::Urgency;

/// The longest duty that can be entered at once.
const LONGEST: Duration = Duration::days(31);

/// From an instant to another.
type Span = (DateTime<Utc>, DateTime<Utc>);

impl Urgency {
    /// Whether work of this urgency goes on in on-call hours.
    pub fn answered_on_call(self) -> bool {
        self != Self::Routine
    }
}

/// That an expert is on call: within it, in the pool's on-call hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Duty {
    /// Identifier.
    pub id: DutyId,
    /// In whose pool.
    pub network: NetworkId,
    /// Who.
    pub expert: PersonId,
    /// From then.
    pub starts_at: DateTime<Utc>,
    /// Until then.
    pub ends_at: DateTime<Utc>,
}

impl Duty {
    /// From when until when.
    pub fn span(&self) -> Span {
        (self.starts_at, self.ends_at)
    }

    /// What is wrong with the times of a new duty by themselves.
    pub fn order_problem(&self, now: DateTime<Utc>) -> Option<FieldProblem> {
        let expected = if self.ends_at <= self.starts_at || self.ends_at <= now {
            "later than starts_at and than now"
        } else if self.ends_at - self.starts_at > LONGEST {
            "at most 31 days after starts_at"
        } else {
            return None;
        };
        let expected = expected.to_owned();
        Some(FieldProblem::new(
            "/ends_at",
            FieldRule::Malformed { expected },
        ))
    }

    /// What a new duty would contradict, naming it: on-call hours that do not lie in it, the expert's other duties and absences.
    pub fn contradictions(
        &self,
        on_call: Option<&WorkingCalendar>,
        others: &[Duty],
        absences: &[Span],
    ) -> Vec<FieldProblem> {
        let mut problems = Vec::new();
        let mut refuse = |pointer: &str, detail: String| {
            problems.push(FieldProblem::new(pointer, FieldRule::Invalid { detail }));
        };
        let hours = on_call.map(|hours| hours.working_time_between(self.starts_at, self.ends_at));
        if hours.is_none_or(|hours| hours <= Duration::zero()) {
            let detail = "the pool has no on-call hours in that time".to_owned();
            refuse("/starts_at", detail);
        }
        let meets = |span: &Span| span.0 < self.ends_at && self.starts_at < span.1;
        let own = |one: &&Duty| one.expert == self.expert && one.id != self.id;
        if let Some(one) = others.iter().filter(own).find(|one| meets(&one.span())) {
            let detail = format!(
                "is on call already from {} to {}",
                one.starts_at, one.ends_at
            );
            refuse("/expert", detail);
        }
        if let Some((from, to)) = absences.iter().find(|span| meets(span)) {
            refuse("/expert", format!("is away from {from} to {to}"));
        }
        problems
    }
}

/// When a pool's on-call hours between two instants have nobody: outside of every duty, or with all who have it away.
pub fn gaps(
    on_call: &WorkingCalendar,
    duties: &[Duty],
    away: &[(PersonId, Span)],
    between: Span,
) -> Vec<Span> {
    let mut covered: Vec<Span> = Vec::new();
    for duty in duties {
        let mut from = duty.starts_at;
        let mut own: Vec<Span> = away
            .iter()
            .filter(|(who, _)| *who == duty.expert)
            .map(|(_, span)| *span)
            .collect();
        own.sort_unstable();
        for (gone, back) in own {
            covered.push((from, gone.min(duty.ends_at)));
            from = from.max(back);
        }
        covered.push((from, duty.ends_at));
    }
    covered.retain(|(from, to)| from < to);
    covered.sort_unstable();
    let mut open = Vec::new();
    for (mut from, to) in on_call.openings_between(between.0, between.1) {
        for (begins, ends) in &covered {
            if *begins >= to || *ends <= from {
                continue;
            }
            open.push((from, *begins));
            from = from.max(*ends);
        }
        open.push((from, to));
    }
    open.retain(|(from, to)| from < to);
    open
}

/// When an expert answers urgent work who has duties around now.
#[derive(Debug, Clone)]
pub struct OnCall {
    /// The on-call hours of their duties that lie outside their own hours.
    pub hours: WorkingCalendar,
    /// Those and their own hours.
    pub all: WorkingCalendar,
}

impl OnCall {
    /// The hours of an expert who reads by `own`, in a pool with these on-call hours; none without a duty that has any.
    pub fn of(own: &WorkingCalendar, on_call: &WorkingCalendar, duties: &[Duty]) -> Option<Self> {
        Self::within(own, on_call, duties.iter().map(Duty::span).collect())
    }

    /// The same of duties without a name.
    pub fn within(
        own: &WorkingCalendar,
        on_call: &WorkingCalendar,
        mut spans: Vec<Span>,
    ) -> Option<Self> {
        spans.sort_unstable();
        let hours = on_call.within(&spans, own);
        (!hours.is_never_open()).then(|| Self {
            all: own.or(&hours),
            hours,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::domain::calendar::WeeklyHours;
    use uuid::Uuid;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    /// Saturdays and Sundays from 8 to 12, evenings of Fridays.
    fn on_call() -> WorkingCalendar {
        let hours: WeeklyHours = serde_json::from_str(
            r#"{"fri":[["18:00","22:00"]],"sat":[["08:00","12:00"]],"sun":[["08:00","12:00"]]}"#,
        )
        .unwrap();
        let none = HashSet::new();
        WorkingCalendar::on_call(chrono_tz::UTC, &hours, (&none, &none), (2026, 2026)).unwrap()
    }

    fn duty(n: u128, expert: u128, from: &str, to: &str) -> Duty {
        Duty {
            id: DutyId(Uuid::from_u128(n)),
            network: NetworkId(Uuid::from_u128(1)),
            expert: PersonId(Uuid::from_u128(expert)),
            starts_at: at(from),
            ends_at: at(to),
        }
    }

    #[test]
    fn a_duty_that_cannot_be_meant_is_refused_with_what_it_contradicts() {
        let now = at("2026-11-20T00:00:00Z");
        let weekend = duty(1, 7, "2026-11-20T17:00:00Z", "2026-11-23T06:00:00Z");
        assert_eq!(weekend.order_problem(now), None);
        assert_eq!(
            weekend.contradictions(Some(&on_call()), &[weekend], &[]),
            []
        );
        let backwards = duty(2, 7, "2026-11-23T06:00:00Z", "2026-11-20T17:00:00Z");
        assert_eq!(backwards.order_problem(now).unwrap().pointer, "/ends_at");
        let past = duty(2, 7, "2026-11-13T06:00:00Z", "2026-11-14T17:00:00Z");
        assert_eq!(past.order_problem(now).unwrap().pointer, "/ends_at");
        let forever = duty(2, 7, "2026-11-20T06:00:00Z", "2026-12-22T17:00:00Z");
        assert_eq!(forever.order_problem(now).unwrap().pointer, "/ends_at");
        let told = |duty: Duty, hours: Option<&WorkingCalendar>, away: &[Span]| {
            let problems = duty.contradictions(hours, &[weekend], away);
            let pointers: Vec<_> = problems.into_iter().map(|one| one.pointer).collect();
            pointers
        };
        let monday = duty(2, 8, "2026-11-23T08:00:00Z", "2026-11-24T08:00:00Z");
        assert_eq!(told(monday, Some(&on_call()), &[]), ["/starts_at"]);
        assert_eq!(told(monday, None, &[]), ["/starts_at"]);
        let twice = duty(2, 7, "2026-11-22T00:00:00Z", "2026-11-29T08:00:00Z");
        assert_eq!(told(twice, Some(&on_call()), &[]), ["/expert"]);
        let second = duty(2, 8, "2026-11-22T00:00:00Z", "2026-11-29T08:00:00Z");
        assert!(told(second, Some(&on_call()), &[]).is_empty());
        let away = (at("2026-11-28T00:00:00Z"), at("2026-12-28T00:00:00Z"));
        assert_eq!(told(second, Some(&on_call()), &[away]), ["/expert"]);
    }

    #[test]
    fn hours_without_anybody_are_found_however_duties_and_absences_lie() {
        let week = (at("2026-11-20T00:00:00Z"), at("2026-11-27T00:00:00Z"));
        let of = |duties: &[Duty], away: &[(PersonId, Span)]| gaps(&on_call(), duties, away, week);
        assert_eq!(of(&[], &[]).len(), 3);
        let first = duty(1, 7, "2026-11-20T17:00:00Z", "2026-11-21T10:00:00Z");
        let second = duty(2, 8, "2026-11-21T09:00:00Z", "2026-11-23T00:00:00Z");
        assert_eq!(
            of(&[second, first], &[]),
            [],
            "one goes on where the other ends"
        );
        assert_eq!(
            of(&[first], &[]),
            [
                (at("2026-11-21T10:00:00Z"), at("2026-11-21T12:00:00Z")),
                (at("2026-11-22T08:00:00Z"), at("2026-11-22T12:00:00Z"))
            ]
        );
        let ill = (at("2026-11-22T09:00:00Z"), at("2026-11-22T10:00:00Z"));
        assert_eq!(of(&[first, second], &[(second.expert, ill)]), [ill]);
        assert_eq!(of(&[first, second], &[(first.expert, ill)]), []);
    }

    #[test]
    fn on_call_hours_are_those_of_the_duty_outside_the_own_ones() {
        let own: WeeklyHours = serde_json::from_str(r#"{"sat":[["10:00","14:00"]]}"#).unwrap();
        let own =
            WorkingCalendar::new(chrono_tz::UTC, &own, &HashSet::new(), (2026, 2026)).unwrap();
        let week = (at("2026-11-16T00:00:00Z"), at("2026-11-23T00:00:00Z"));
        let weekend = duty(1, 7, "2026-11-20T20:00:00Z", "2026-11-23T00:00:00Z");
        let found = OnCall::of(&own, &on_call(), &[weekend]).unwrap();
        let hours = |calendar: &WorkingCalendar| calendar.working_time_between(week.0, week.1);
        assert_eq!(hours(&found.hours), Duration::hours(2 + 2 + 4));
        assert_eq!(hours(&found.all), Duration::hours(2 + 6 + 4));
        assert!(OnCall::of(&own, &on_call(), &[]).is_none());
    }
}
