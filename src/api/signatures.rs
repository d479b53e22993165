//! Signed opinions as files, and the authority by which anybody verifies them.

use actix_web::http::header::CONTENT_LANGUAGE;
use actix_web::{HttpRequest, HttpResponse, web};

use super::answer::{self, Answer};
use super::caller::{Caller, WithParameters};
use super::id;
use super::query::{self, Parameters};
use crate::http::State;
use crate::service::{bundle, panel_documents, people, positions, report, signatures, snapshots};
use crate::texts::Language;

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

/// The signed form of a panel's reading, byte for byte as it was signed.
pub(super) async fn signed_reading(caller: Caller, request: HttpRequest) -> Answer {
    query::none(&request)?;
    let (case, reading) = (id(&request, "case")?, id(&request, "reading")?);
    let (exchange, actor) = (caller.exchange(), caller.actor());
    let signed =
        panel_documents::signed_form(exchange, actor, case, reading, &caller.request_id).await?;
    Ok(HttpResponse::Ok()
        .content_type("application/jose+json")
        .body(signed))
}

/// The signed form of what a reader said of a panel's opinion, byte for byte as it was signed.
pub(super) async fn signed_position(caller: Caller, request: HttpRequest) -> Answer {
    query::none(&request)?;
    let (case, position) = (id(&request, "case")?, id(&request, "position")?);
    let (exchange, actor) = (caller.exchange(), caller.actor());
    let signed =
        positions::signed_form(exchange, actor, case, position, &caller.request_id).await?;
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

/// The picture of a snapshot, byte for byte as its digest is signed.
pub(super) async fn snapshot(caller: Caller, request: HttpRequest) -> Answer {
    query::none(&request)?;
    let (case, snapshot) = (id(&request, "case")?, id(&request, "snapshot")?);
    let (exchange, actor) = (caller.exchange(), caller.actor());
    let picture = snapshots::picture(exchange, actor, case, snapshot, &caller.request_id).await?;
    Ok(HttpResponse::Ok().content_type("image/jpeg").body(picture))
}

/// A version as a PDF, in the language that is asked for, or else the caller's own.
pub(super) async fn report(WithParameters(caller): WithParameters, request: HttpRequest) -> Answer {
    let mut query = Parameters::of(&request);
    let asked = query.value::<Language>("language", "fr or en");
    query.finish()?;
    let (case, opinion) = (id(&request, "case")?, id(&request, "opinion")?);
    let (exchange, actor) = (caller.exchange(), caller.actor());
    let language = match asked {
        Some(language) => language,
        None => {
            let own = people::me(exchange, actor).await?.language;
            own.parse().unwrap_or(Language::French)
        }
    };
    let pdf = report::of(exchange, actor, case, opinion, language, &caller.request_id).await?;
    Ok(HttpResponse::Ok()
        .content_type("application/pdf")
        .insert_header((CONTENT_LANGUAGE, language.code()))
        .body(pdf))
}

/// The certificate of the authority, for whoever verifies: no account is needed.
pub(super) async fn authority(request: HttpRequest, state: web::Data<State>) -> Answer {
    query::none(&request)?;
    answer::document(&signatures::signing_authority(&state.exchange).await?)
}
