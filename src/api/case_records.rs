//! What is on record about a case, and the check of its links.

use actix_web::HttpRequest;

use super::answer::{self, Answer};
use super::caller::Caller;
use super::id;
use crate::service::{audit, cases, figures, forecast, links, timeline};

/// What happened, in order.
pub(super) async fn timeline(caller: Caller, request: HttpRequest) -> Answer {
    let case = id(&request, "case")?;
    let events =
        timeline::of_case(caller.exchange(), caller.actor(), case, &caller.request_id).await?;
    answer::items(events)
}

/// When the answer is due, and how long it has taken.
pub(super) async fn turnaround(caller: Caller, request: HttpRequest) -> Answer {
    let case = id(&request, "case")?;
    answer::document(&figures::of_case(caller.exchange(), caller.actor(), case).await?)
}

/// When the answer may be expected.
pub(super) async fn forecast(caller: Caller, request: HttpRequest) -> Answer {
    let case = id(&request, "case")?;
    answer::document(&forecast::of_case(caller.exchange(), caller.actor(), case).await?)
}

/// The released and signed versions of the opinion.
pub(super) async fn opinions(caller: Caller, request: HttpRequest) -> Answer {
    let case = id(&request, "case")?;
    let opinions =
        cases::opinions_of(caller.exchange(), caller.actor(), case, &caller.request_id).await?;
    answer::items(opinions)
}

/// Information requests, ancillary orders, shipments.
pub(super) async fn requests(caller: Caller, request: HttpRequest) -> Answer {
    let case = id(&request, "case")?;
    let requests =
        cases::requests_of(caller.exchange(), caller.actor(), case, &caller.request_id).await?;
    answer::items(requests)
}

/// Checks the links of the case now.
pub(super) async fn check_slides(caller: Caller, request: HttpRequest) -> Answer {
    let case = id(&request, "case")?;
    answer::items(links::check(caller.exchange(), caller.actor(), case).await?)
}

/// Who read or did what, for auditors.
pub(super) async fn audit(caller: Caller, request: HttpRequest) -> Answer {
    let case = id(&request, "case")?;
    let entries =
        audit::of_case(caller.exchange(), caller.actor(), case, &caller.request_id).await?;
    answer::items(entries)
}
