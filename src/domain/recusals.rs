//! Recusals: that an expert reads no case of a laboratory, for a time or until it is taken back.

use chrono::{DateTime, Utc};

use super::ids::{LaboratoryId, PersonId, RecusalId};
use super::problems::{FieldProblem, FieldRule};
use super::text_enum::text_enum;

text_enum! {
    /// Why an expert reads no case of a laboratory.
    pub enum RecusalReason {
        /// Works there, or did until lately, without being known there as a person of the exchange.
        WorksThere = "works_there",
        /// Signed reports there that come back as cases.
        OwnReports = "own_reports",
        /// Close to somebody there.
        Relation = "relation",
        /// Gains from the laboratory, or competes with it.
        Interest = "interest",
        /// A dispute with the laboratory.
        Dispute = "dispute",
    }
}

/// A laboratory whose cases somebody does not read, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recused {
    /// The laboratory.
    pub laboratory: LaboratoryId,
    /// From then.
    pub starts_at: DateTime<Utc>,
    /// Until then; until it is taken back without it.
    pub ends_at: Option<DateTime<Utc>>,
}

impl Recused {
    /// Whether it holds at an instant.
    pub fn holds_at(&self, at: DateTime<Utc>) -> bool {
        self.starts_at <= at && self.ends_at.is_none_or(|end| at < end)
    }

    /// Whether both hold at some instant, for the same laboratory.
    pub fn meets(&self, other: &Self) -> bool {
        let before = |one: &Self, two: &Self| one.ends_at.is_some_and(|end| end <= two.starts_at);
        self.laboratory == other.laboratory && !before(self, other) && !before(other, self)
    }
}

/// A recusal as it was declared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recusal {
    /// Identifier.
    pub id: RecusalId,
    /// Who does not read.
    pub expert: PersonId,
    /// Whose cases, and when.
    pub recused: Recused,
    /// Why.
    pub reason: RecusalReason,
    /// Who declared it: the expert, or a coordinator of their network.
    pub declared_by: PersonId,
    /// When.
    pub declared_at: DateTime<Utc>,
}

impl Recusal {
    /// What is wrong with a new one beside those that the expert has.
    pub fn problems(&self, others: &[Self], now: DateTime<Utc>) -> Vec<FieldProblem> {
        let mut problems = Vec::new();
        let over = |end: DateTime<Utc>| end <= self.recused.starts_at || end <= now;
        if self.recused.ends_at.is_some_and(over) {
            let expected = "later than starts_at and than now".to_owned();
            problems.push(FieldProblem::new(
                "/ends_at",
                FieldRule::Malformed { expected },
            ));
        }
        let same = |one: &Self| one.expert == self.expert && one.recused.meets(&self.recused);
        if others.iter().any(same) {
            problems.push(FieldProblem::new("/laboratory", FieldRule::Duplicate));
        }
        problems
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::Duration;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn at(hours: i64) -> DateTime<Utc> {
        "2026-11-23T09:00:00Z".parse::<DateTime<Utc>>().unwrap() + Duration::hours(hours)
    }

    fn recusal(from: i64, to: Option<i64>) -> Recusal {
        Recusal {
            id: RecusalId(Uuid::from_u128(1)),
            expert: PersonId(Uuid::from_u128(2)),
            recused: Recused {
                laboratory: LaboratoryId(Uuid::from_u128(3)),
                starts_at: at(from),
                ends_at: to.map(at),
            },
            reason: RecusalReason::OwnReports,
            declared_by: PersonId(Uuid::from_u128(2)),
            declared_at: at(0),
        }
    }

    #[test]
    fn times_that_cannot_be_meant_and_doubles_are_named() {
        let known = [recusal(10, Some(20))];
        for (from, to, pointers) in [
            (-5, None, vec!["/laboratory"]),
            (-5, Some(10), vec![]),
            (20, None, vec![]),
            (19, Some(21), vec!["/laboratory"]),
            (-5, Some(-1), vec!["/ends_at"]),
            (-5, Some(0), vec!["/ends_at"]),
            (5, Some(5), vec!["/ends_at"]),
            (15, Some(12), vec!["/ends_at", "/laboratory"]),
        ] {
            let found = recusal(from, to).problems(&known, at(0));
            let found: Vec<&str> = found.iter().map(|one| one.pointer.as_str()).collect();
            assert_eq!(found, pointers, "{from} {to:?}");
        }
        let mut elsewhere = recusal(10, None);
        elsewhere.recused.laboratory = LaboratoryId(Uuid::from_u128(4));
        assert_eq!(elsewhere.problems(&known, at(0)), []);
    }

    proptest! {
        #[test]
        fn two_meet_where_there_is_an_instant_at_which_both_hold(
            a in (0..20i64, proptest::option::of(1..10i64)),
            b in (0..20i64, proptest::option::of(1..10i64)),
        ) {
            let of = |(from, long): (i64, Option<i64>)| recusal(from, long.map(|long| from + long)).recused;
            let (a, b) = (of(a), of(b));
            let both = (0..60).any(|hour| a.holds_at(at(hour)) && b.holds_at(at(hour)));
            prop_assert_eq!(a.meets(&b), both);
            prop_assert_eq!(b.meets(&a), both);
        }
    }
}
