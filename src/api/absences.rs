//! When an expert is away.

use actix_web::HttpRequest;

use super::answer::{self, Answer};
use super::body::Body;
use super::caller::Caller;
use super::{BASE, id, preconditions};
use crate::service::absences;

/// Enters an absence of the caller.
pub(super) async fn add(caller: Caller, request: HttpRequest, body: Body) -> Answer {
    let key = preconditions::key(&request, &body)?;
    let new = body.read()?;
    let made = absences::add(
        caller.exchange(),
        caller.actor(),
        new,
        Some(key),
        &caller.request_id,
    )
    .await?;
    let location = format!("{BASE}/me/absences/{}", made.document.id);
    answer::created(&made, Some(location))
}

/// Takes an absence of the caller away.
pub(super) async fn remove(caller: Caller, request: HttpRequest) -> Answer {
    let absence = id(&request, "absence")?;
    let (exchange, actor) = (caller.exchange(), caller.actor());
    absences::remove(exchange, actor, absence, &caller.request_id).await?;
    answer::nothing()
}
