//! Who the caller is, and what an expert keeps of their profile.

use actix_web::HttpRequest;
use serde::{Deserialize, Serialize};

use super::answer::{self, Answer};
use super::body::Body;
use super::caller::Caller;
use super::preconditions;
use crate::http::client_address;
use crate::service::{notifications, own_password, people, snippets, workload};

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

/// What a change of password sends.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Passwords {
    current_password: String,
    new_password: String,
}

/// Changes the caller's password.
pub(super) async fn change_password(caller: Caller, request: HttpRequest, body: Body) -> Answer {
    let Passwords {
        current_password,
        new_password,
    } = body.read()?;
    own_password::change(
        caller.exchange(),
        &caller.session,
        current_password,
        new_password,
        client_address(&request),
        &caller.request_id,
    )
    .await?;
    answer::nothing()
}

/// The work the caller has done lately, beside the middle of their pool.
pub(super) async fn workload(caller: Caller) -> Answer {
    answer::document(&workload::own(caller.exchange(), caller.actor()).await?)
}

/// Which mails the caller gets, and when.
pub(super) async fn notifications(caller: Caller) -> Answer {
    let own = notifications::own(caller.exchange(), caller.actor()).await?;
    answer::versioned(own.version, &own)
}

/// Changes when the caller gets which mail.
pub(super) async fn choose_notifications(
    caller: Caller,
    request: HttpRequest,
    body: Body,
) -> Answer {
    let version = preconditions::if_match(&request)?;
    let content = body.read()?;
    let (exchange, actor, request_id) = (caller.exchange(), caller.actor(), &caller.request_id);
    let own = notifications::choose(exchange, actor, version, content, request_id).await?;
    answer::versioned(own.version, &own)
}

/// The caller's own sentences.
pub(super) async fn snippets(caller: Caller) -> Answer {
    let own = snippets::own(caller.exchange(), caller.actor()).await?;
    answer::versioned(own.version, &own)
}

/// Puts other sentences in their place.
pub(super) async fn keep_snippets(caller: Caller, request: HttpRequest, body: Body) -> Answer {
    let version = preconditions::if_match(&request)?;
    let content = body.read()?;
    let (exchange, actor, request_id) = (caller.exchange(), caller.actor(), &caller.request_id);
    let own = snippets::keep(exchange, actor, version, content, request_id).await?;
    answer::versioned(own.version, &own)
}
