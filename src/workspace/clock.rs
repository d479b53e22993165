//! The answer clock of a case in words.

use chrono_tz::Tz;

use super::page::Page;
use super::times;
use super::visitor::Visitor;
use crate::domain::turnaround::TargetTime;
use crate::service::ServiceError;
use crate::service::documents::CaseDocument;

/// The answer clock.
pub(super) struct Clock {
    pub(super) words: Option<(String, &'static str)>,
    pub(super) due: Option<String>,
    pub(super) elsewhere: Option<String>,
    pub(super) machine: String,
    pub(super) remaining: Option<String>,
    pub(super) elapsed: Option<String>,
    pub(super) pauses: Vec<String>,
    pub(super) cycle: i32,
}

pub(super) fn clock(
    visitor: &Visitor,
    page: &Page,
    case: &CaseDocument,
) -> Result<Clock, ServiceError> {
    let turnaround = &case.turnaround;
    let zone = pool_zone(visitor, case);
    let promise = turnaround.promise.as_ref();
    let working = promise.is_none_or(|promise| promise.target.time == TargetTime::Working);
    let open = matches!(case.state.as_str(), "submitted" | "offered" | "accepted");
    let words = match turnaround.due_at {
        Some(due) if open => {
            let told = times::span(visitor.language, due - visitor.now);
            let soon = turnaround
                .warning_at
                .is_some_and(|warning| warning <= visitor.now);
            Some(match (turnaround.late, soon) {
                (true, _) => (page.ts("late-by", &told), "late"),
                (false, true) => (page.ts("due-in", &told), "soon"),
                (false, false) => (page.ts("due-in", &told), ""),
            })
        }
        None if open && !case.pauses.is_empty() => Some((page.t("clock-still"), "still")),
        _ => None,
    };
    let span = |seconds: i64| times::span(visitor.language, chrono::Duration::seconds(seconds));
    Ok(Clock {
        words,
        due: turnaround
            .due_at
            .map(|at| times::instant(visitor.language, at, visitor.zone, visitor.now)),
        elsewhere: turnaround
            .due_at
            .zip(zone)
            .and_then(|(at, zone)| times::elsewhere(visitor.language, at, visitor.zone, zone)),
        machine: turnaround
            .due_at
            .map(|at| at.to_rfc3339())
            .unwrap_or_default(),
        remaining: turnaround
            .remaining_seconds
            .filter(|seconds| open && *seconds > 0)
            .map(|seconds| {
                page.ts(
                    if working {
                        "remaining-working"
                    } else {
                        "remaining-wall"
                    },
                    &span(seconds),
                )
            }),
        elapsed: turnaround
            .cycles
            .last()
            .map(|cycle| page.ts("elapsed", &span(cycle.elapsed_seconds))),
        pauses: case
            .pauses
            .iter()
            .map(|pause| page.word("pause", *pause))
            .collect(),
        cycle: turnaround.cycle,
    })
}

/// The zone in which the answering pool works.
fn pool_zone(visitor: &Visitor, case: &CaseDocument) -> Option<Tz> {
    // The network's own territory is not in the document; the case's is the next best, and the same in most pools.
    let data = &visitor.exchange().core.reference;
    data.territory(&case.territory)
        .ok()
        .map(|territory| territory.zone)
}
