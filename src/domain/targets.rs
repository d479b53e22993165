//! What a network promises: targets by kind of request, urgency and subspecialty, each from an instant on, perhaps to another. Entries
//! are added and ended, never rewritten; where none says anything, the targets that ship with the program hold.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::ids::TargetPolicyId;
use super::problems::{FieldProblem, FieldRule};
use super::text_enum::text_enum;
use super::turnaround::{Target, TargetTime, Targets, Urgency};

/// The longest promise, in minutes: a year.
const LONGEST: u32 = 366 * 24 * 60;

text_enum! {
    /// What is asked for. How soon it is needed is said by the urgency beside.
    #[derive(Default)]
    pub enum RequestKind {
        /// An opinion: counted from when the case is sent.
        #[default]
        Opinion = "opinion",
        /// A reading on a panel: counted for each reader from when the seat is offered.
        Panel = "panel",
    }
}

/// What is promised.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// Of which request; of the opinion when it is left out.
    #[serde(default)]
    pub request: RequestKind,
    /// Of which urgency.
    pub urgency: Urgency,
    /// Of which subspecialty; of every one that has no entry of its own without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subspecialty: Option<String>,
    /// Which time is counted.
    pub time: TargetTime,
    /// Minutes until the signed opinion, or the signed reading.
    pub answer_minutes: u32,
    /// Minutes until an offer, or an invitation to a panel, is answered.
    pub first_response_minutes: u32,
    /// Minutes after which a warning is given, or the reader reminded.
    pub warning_minutes: u32,
}

/// An entry of a network's targets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetPolicy {
    /// Identifier.
    pub id: TargetPolicyId,
    /// The first, second, third … of its request, urgency and subspecialty.
    pub version: u32,
    /// What is promised.
    pub terms: Terms,
    /// For cases sent then or later.
    pub valid_from: DateTime<Utc>,
    /// For cases sent before then; without end when there is none.
    pub valid_until: Option<DateTime<Utc>>,
}

/// What was promised of a case when it was sent; kept with the case, whatever becomes of the entry.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Promise {
    /// The entry; none when the targets of the program held.
    pub policy: Option<TargetPolicyId>,
    /// Its version.
    pub version: Option<u32>,
    /// The target.
    pub target: Target,
}

impl Terms {
    /// What contradicts itself, field by field.
    pub fn problems(&self, subspecialties: &[String]) -> Vec<FieldProblem> {
        let answer = self.answer_minutes.clamp(1, LONGEST);
        let fields = [
            ("/answer_minutes", self.answer_minutes, LONGEST),
            (
                "/first_response_minutes",
                self.first_response_minutes,
                answer,
            ),
            ("/warning_minutes", self.warning_minutes, answer),
        ];
        let mut problems: Vec<FieldProblem> = fields
            .into_iter()
            .filter(|(_, given, max)| !(1..=*max).contains(given))
            .map(|(pointer, _, max)| {
                let max = i64::from(max);
                FieldProblem::new(pointer, FieldRule::OutOfRange { min: 1, max })
            })
            .collect();
        let known = |code: &String| subspecialties.contains(code);
        if !self.subspecialty.as_ref().is_none_or(known) {
            problems.push(FieldProblem::new("/subspecialty", FieldRule::UnknownCode));
        }
        problems
    }

    /// The same as the clock counts it.
    pub fn target(&self) -> Target {
        Target {
            urgency: self.urgency,
            time: self.time,
            answer_minutes: self.answer_minutes,
            first_response_minutes: self.first_response_minutes,
            warning_share: f64::from(self.warning_minutes) / f64::from(self.answer_minutes.max(1)),
        }
    }

    /// Whether both speak of the same cases.
    pub fn same_cases(&self, other: &Self) -> bool {
        self.request == other.request
            && self.urgency == other.urgency
            && self.subspecialty == other.subspecialty
    }
}

impl TargetPolicy {
    /// Whether it holds for a case sent at that instant.
    pub fn holds_at(&self, at: DateTime<Utc>) -> bool {
        self.valid_from <= at && self.valid_until.is_none_or(|until| at < until)
    }

    /// Whether it holds at some instant from `from` on and before `until`.
    fn meets(&self, from: DateTime<Utc>, until: Option<DateTime<Utc>>) -> bool {
        let never = self
            .valid_until
            .is_some_and(|until| until <= self.valid_from);
        let ends_before = self.valid_until.is_some_and(|end| end <= from);
        let begins_after = until.is_some_and(|until| until <= self.valid_from);
        !(never || ends_before || begins_after)
    }
}

/// The entry that stands in the way of new terms for that time: two that hold at once would contradict each other.
pub fn in_the_way<'p>(
    policies: &'p [TargetPolicy],
    terms: &Terms,
    from: DateTime<Utc>,
    until: Option<DateTime<Utc>>,
) -> Option<&'p TargetPolicy> {
    policies
        .iter()
        .find(|one| one.terms.same_cases(terms) && one.meets(from, until))
}

/// What is promised of a case sent, or a panel convened, at that instant: by the entry of its subspecialty, else by the one of every
/// subspecialty, else by the targets of the program.
pub fn promised(
    policies: &[TargetPolicy],
    defaults: &Targets,
    (request, urgency): (RequestKind, Urgency),
    subspecialty: Option<&str>,
    at: DateTime<Utc>,
) -> Promise {
    let speaks = |one: &&TargetPolicy| {
        let of = one.terms.subspecialty.as_deref();
        one.terms.request == request
            && one.terms.urgency == urgency
            && one.holds_at(at)
            && (of.is_none() || of == subspecialty)
    };
    let entry = policies
        .iter()
        .filter(speaks)
        .max_by_key(|one| (one.terms.subspecialty.is_some(), one.version));
    Promise {
        policy: entry.map(|one| one.id),
        version: entry.map(|one| one.version),
        target: entry.map_or_else(
            || match request {
                RequestKind::Opinion => defaults.of(urgency),
                RequestKind::Panel => defaults.of_panel(urgency),
            },
            |one| one.terms.target(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn terms(subspecialty: Option<&str>, answer: u32) -> Terms {
        Terms {
            request: RequestKind::Opinion,
            urgency: Urgency::Urgent,
            subspecialty: subspecialty.map(ToOwned::to_owned),
            time: TargetTime::Working,
            answer_minutes: answer,
            first_response_minutes: 60,
            warning_minutes: 120,
        }
    }

    fn day(number: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + chrono::Duration::days(number)
    }

    fn entry(n: u128, terms: Terms, from: i64, until: Option<i64>) -> TargetPolicy {
        TargetPolicy {
            id: TargetPolicyId(Uuid::from_u128(n)),
            version: u32::try_from(n).unwrap(),
            terms,
            valid_from: day(from),
            valid_until: until.map(day),
        }
    }

    fn answer(policies: &[TargetPolicy], subspecialty: Option<&str>, at: i64) -> u32 {
        let defaults = Targets::embedded().unwrap();
        let request = (RequestKind::Opinion, Urgency::Urgent);
        promised(policies, &defaults, request, subspecialty, day(at))
            .target
            .answer_minutes
    }

    #[test]
    fn the_nearest_entry_that_holds_is_promised_and_else_the_programs_own() {
        let all = [
            entry(1, terms(None, 300), 10, Some(20)),
            entry(2, terms(None, 200), 20, None),
            entry(3, terms(Some("breast"), 100), 15, Some(25)),
        ];
        let cases = [
            (None, 9, 480),
            (None, 10, 300),
            (Some("breast"), 12, 300),
            (Some("breast"), 15, 100),
            (Some("thoracic"), 15, 300),
            (None, 19, 300),
            (None, 20, 200),
            (Some("breast"), 25, 200),
        ];
        for (field, at, minutes) in cases {
            assert_eq!(answer(&all, field, at), minutes, "{field:?} on day {at}");
        }
        let defaults = Targets::embedded().unwrap();
        let of = |request, urgency| {
            promised(&all, &defaults, (request, urgency), Some("breast"), day(16))
        };
        let kept = of(RequestKind::Opinion, Urgency::Urgent);
        assert_eq!((kept.policy, kept.version), (Some(all[2].id), Some(3)));
        assert_eq!(kept.target.first_response_minutes, 60);
        let routine = of(RequestKind::Opinion, Urgency::Routine);
        assert_eq!(
            (routine.policy, routine.target.answer_minutes),
            (None, 1440)
        );
        let panel = of(RequestKind::Panel, Urgency::Urgent);
        assert_eq!(
            (panel.policy, panel.target),
            (None, defaults.of_panel(Urgency::Urgent)),
            "an entry of opinions says nothing of panels"
        );
    }

    #[test]
    fn a_panel_has_entries_of_its_own() {
        let mut panel = terms(None, 90);
        panel.request = RequestKind::Panel;
        let all = [
            entry(1, terms(None, 300), 10, None),
            entry(2, panel.clone(), 10, None),
        ];
        assert_eq!(answer(&all, Some("breast"), 11), 300);
        let defaults = Targets::embedded().unwrap();
        let request = (RequestKind::Panel, Urgency::Urgent);
        let kept = promised(&all, &defaults, request, Some("breast"), day(11));
        assert_eq!((kept.version, kept.target.answer_minutes), (Some(2), 90));
        let of_opinions = in_the_way(&all[..1], &panel, day(10), None);
        assert_eq!(of_opinions, None, "they speak of different requests");
        assert!(in_the_way(&all, &panel, day(10), None).is_some());
    }

    #[test]
    fn what_contradicts_itself_is_refused_by_field() {
        let codes = ["breast".to_owned()];
        let wrong = |spoil: fn(&mut Terms)| {
            let mut terms = terms(Some("breast"), 480);
            spoil(&mut terms);
            let problems = terms.problems(&codes);
            problems
                .into_iter()
                .map(|one| one.pointer)
                .collect::<Vec<_>>()
        };
        assert_eq!(wrong(|_| ()), [""; 0]);
        assert_eq!(
            wrong(|t| t.warning_minutes = 481),
            ["/warning_minutes"],
            "a warning after due"
        );
        assert_eq!(
            wrong(|t| t.first_response_minutes = 481),
            ["/first_response_minutes"]
        );
        assert_eq!(
            wrong(|t| t.subspecialty = Some("x".into())),
            ["/subspecialty"]
        );
        let zero = wrong(|t| {
            (
                t.answer_minutes,
                t.warning_minutes,
                t.first_response_minutes,
            ) = (0, 0, 0)
        });
        assert_eq!(
            zero,
            [
                "/answer_minutes",
                "/first_response_minutes",
                "/warning_minutes"
            ]
        );
        assert_eq!(wrong(|t| t.answer_minutes = u32::MAX), ["/answer_minutes"]);
    }

    #[test]
    fn two_entries_of_the_same_cases_never_hold_at_once() {
        let all = [
            entry(1, terms(None, 300), 10, Some(20)),
            entry(2, terms(None, 300), 30, Some(30)),
        ];
        let meets = |field, from, until: Option<i64>| {
            in_the_way(&all, &terms(field, 1), day(from), until.map(day)).map(|one| one.version)
        };
        assert_eq!(meets(None, 0, Some(10)), None);
        assert_eq!(meets(None, 0, Some(11)), Some(1));
        assert_eq!(meets(None, 0, None), Some(1));
        assert_eq!(meets(None, 19, None), Some(1));
        assert_eq!(meets(None, 20, None), None, "the second never held");
        assert_eq!(meets(Some("breast"), 12, None), None, "other cases");
    }

    proptest! {
        /// Whatever is asked for in whatever order: of what is let in, at most one entry of the same cases holds at any instant.
        #[test]
        fn never_two_at_once(asked in prop::collection::vec((0i64..20, prop::option::of(0i64..20), any::<bool>()), 0..20)) {
            let mut kept: Vec<TargetPolicy> = Vec::new();
            for (n, (from, until, of)) in asked.into_iter().enumerate() {
                let terms = terms(of.then_some("breast"), 100);
                if in_the_way(&kept, &terms, day(from), until.map(day)).is_none() {
                    kept.push(entry(n as u128, terms, from, until));
                }
            }
            for at in 0..25 {
                for field in [None, Some("breast")] {
                    let holding = kept.iter().filter(|one| one.terms.subspecialty.as_deref() == field && one.holds_at(day(at)));
                    prop_assert!(holding.count() <= 1);
                }
            }
        }
    }
}
