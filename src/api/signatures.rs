//! Signed opinions as files, and the authority by which anybody verifies them.

use actix_web::{HttpRequest, HttpResponse, web};

use super::answer::{self, Answer};
use super::caller::Caller;
use super::{id, query};
use crate::http::State;
use crate::service::{bundle, signatures};

/// The signed form of a version, byte for byte as it was signed.
pub(super) async fn signed_form(caller: Caller, request: HttpRequest) -> Answer {
    query::none(&request)?;
    let (case, opinion) = (id(&request, "case")?, id(&request, "opinion")?);
    let (exchange, actor) = (caller.exchange(), caller.actor());
    let signed =
        signatures::signed_form(exchange, actor, case, opinion, &caller.request_id).await?;
    Ok(HttpResponse::Ok()
        .content_type("application/jose+json")
        .body(signed))
}

/// Everything by which anybody verifies a version, as one ZIP.
pub(super) async fn bundle(caller: Caller, request: HttpRequest) -> Answer {
    query::none(&request)?;
    let (case, opinion) = (id(&request, "case")?, id(&request, "opinion")?);
    let (exchange, actor) = (caller.exchange(), caller.actor());
    let zip = bundle::of(exchange, actor, case, opinion, &caller.request_id).await?;
    Ok(HttpResponse::Ok().content_type("application/zip").body(zip))
}

/// The certificate of the authority, for whoever verifies: no account is needed.
pub(super) async fn authority(request: HttpRequest, state: web::Data<State>) -> Answer {
    query::none(&request)?;
    answer::document(&signatures::signing_authority(&state.exchange).await?)
}
