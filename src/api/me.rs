//! Who the caller is, and what an expert keeps of their profile.

use actix_web::HttpRequest;

use super::answer::{self, Answer};
use super::body::Body;
use super::caller::Caller;
use super::preconditions;
use crate::service::{people, workload};

/// Who the caller is.
pub(super) async fn who_am_i(caller: Caller) -> Answer {
    answer::document(&people::me(caller.exchange(), caller.actor()).await?)
}

/// Changes the caller's profile.
pub(super) async fn update_profile(caller: Caller, request: HttpRequest, body: Body) -> Answer {
    let version = preconditions::if_match(&request)?;
    let content = body.read()?;
    let (exchange, actor, request_id) = (caller.exchange(), caller.actor(), &caller.request_id);
    let profile = people::update_profile(exchange, actor, version, content, request_id).await?;
    answer::versioned(profile.version, &profile)
}

/// The work the caller has done lately, beside the middle of their pool.
pub(super) async fn workload(caller: Caller) -> Answer {
    answer::document(&workload::own(caller.exchange(), caller.actor()).await?)
}
