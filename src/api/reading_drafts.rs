//! What a reader of a panel has written and not signed.

use actix_web::HttpRequest;

use super::answer::{self, Answer};
use super::body::Body;
use super::caller::Caller;
use super::{id, preconditions};
use crate::service::reading_drafts;

/// The caller's own.
pub(super) async fn read(caller: Caller, request: HttpRequest) -> Answer {
    let case = id(&request, "case")?;
    let (exchange, actor) = (caller.exchange(), caller.actor());
    let draft = reading_drafts::read(exchange, actor, case, &caller.request_id).await?;
    answer::versioned(draft.version, &draft)
}

/// Keeps it.
pub(super) async fn keep(caller: Caller, request: HttpRequest, body: Body) -> Answer {
    let case = id(&request, "case")?;
    let version = preconditions::if_match(&request)?;
    let content = body.read()?;
    let (exchange, actor, request_id) = (caller.exchange(), caller.actor(), &caller.request_id);
    let draft = reading_drafts::keep(exchange, actor, case, version, content, request_id).await?;
    answer::versioned(draft.version, &draft)
}
