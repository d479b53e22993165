//! What is wrong with a field, in the visitor's language.

use super::page::Page;
use crate::domain::problems::FieldRule;

/// A rule that a field breaks, in words.
pub(super) fn words(page: &Page, rule: &FieldRule) -> String {
    let number = |key: &str, n: usize| page.tn(key, i64::try_from(n).unwrap_or(i64::MAX));
    match rule {
        FieldRule::Required => page.t("field-required"),
        FieldRule::TooLong { max } => number("field-too-long", *max),
        FieldRule::TooFew { min } => number("field-too-few", *min),
        FieldRule::Malformed { .. } | FieldRule::Invalid { .. } => page.t("field-malformed"),
        FieldRule::UnknownCode => page.t("field-unknown"),
        FieldRule::NotInTable { .. } => page.t("field-not-in-table"),
        FieldRule::InTheFuture => page.t("field-future"),
        FieldRule::OutOfRange { min, max } => page.ts("field-range", &format!("{min}–{max}")),
        FieldRule::MustBeTrue => page.t("field-must-be-true"),
        FieldRule::NothingToCompare => page.t("field-nothing-to-compare"),
        FieldRule::Duplicate => page.t("field-duplicate"),
        FieldRule::Taken => page.t("field-taken"),
        FieldRule::SlideUnreadable { failure } => {
            let code = failure.split(' ').next().unwrap_or_default();
            page.ts("field-slide-unreadable", &page.name("failure", code))
        }
        FieldRule::Contradicts => page.t("field-contradicts"),
        FieldRule::Overlaps { .. } => page.t("field-overlaps"),
        FieldRule::HoursOverlap => page.t("field-hours-overlap"),
        FieldRule::HoursReversed => page.t("field-hours-reversed"),
        FieldRule::WrongPassword => page.t("field-wrong-password"),
        FieldRule::Guessable => page.t("field-guessable"),
        FieldRule::ControlCharacters => page.t("field-control"),
        FieldRule::NotAllowedHere => page.t("field-not-here"),
        FieldRule::UnknownField => page.t("field-unknown"),
    }
}
