//! Messages that were given up, for administrators.

use actix_web::HttpRequest;

use super::answer::{self, Answer};
use super::caller::Caller;
use super::id;
use crate::service::administration::By;
use crate::service::outbox;

/// What was given up.
pub(super) async fn dead_letters(caller: Caller) -> Answer {
    answer::items(outbox::dead_letters(caller.exchange(), caller.actor()).await?)
}

/// Puts a message back.
pub(super) async fn retry(caller: Caller, request: HttpRequest) -> Answer {
    let message = id(&request, "message")?;
    let by = By::new(caller.actor(), &caller.request_id);
    outbox::retry(caller.exchange(), &by, message).await?;
    answer::nothing()
}
