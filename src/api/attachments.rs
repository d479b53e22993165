//! The metadata of documents attached to a case.

use actix_web::HttpRequest;

use super::answer::{self, Answer};
use super::body::Body;
use super::caller::Caller;
use super::{BASE, id, preconditions};
use crate::domain::ids::CaseId;
use crate::service::attachments;

/// The documents of a case.
pub(super) async fn list(caller: Caller, request: HttpRequest) -> Answer {
    let case = id(&request, "case")?;
    let found =
        attachments::list(caller.exchange(), caller.actor(), case, &caller.request_id).await?;
    answer::items(found)
}

/// Announces a document of a case.
pub(super) async fn add(caller: Caller, request: HttpRequest, body: Body) -> Answer {
    let case: CaseId = id(&request, "case")?;
    let key = preconditions::key(&request, &body)?;
    let new = body.read()?;
    let (exchange, actor) = (caller.exchange(), caller.actor());
    let made = attachments::add(exchange, actor, case, new, Some(key), &caller.request_id).await?;
    // A document is read in the list of its case.
    answer::created(&made, Some(format!("{BASE}/cases/{case}/attachments")))
}
