//! A signed opinion as a file, to keep and to verify elsewhere.

use actix_web::http::header::{ContentDisposition, DispositionParam, DispositionType};
use actix_web::{HttpResponse, HttpResponseBuilder, web};

use super::respond::Answer;
use super::visitor::Visitor;
use crate::domain::ids::{CaseId, OpinionId};
use crate::service::{bundle, panel_documents, positions, report, signatures};

/// The signed form of a version, byte for byte. Its name says whose it is to nobody.
pub(super) async fn download(visitor: Visitor, path: web::Path<(CaseId, OpinionId)>) -> Answer {
    let (case, opinion) = path.into_inner();
    let (exchange, actor) = (visitor.exchange(), visitor.actor());
    let signed =
        signatures::signed_form(exchange, actor, case, opinion, &visitor.request_id).await?;
    Ok(file("application/jose+json", format!("{opinion}.json")).body(signed))
}

/// The signed form of a panel's reading, byte for byte.
pub(super) async fn reading(visitor: Visitor, path: web::Path<(CaseId, OpinionId)>) -> Answer {
    let (case, reading) = path.into_inner();
    let (exchange, actor) = (visitor.exchange(), visitor.actor());
    let asked = panel_documents::signed_form(exchange, actor, case, reading, &visitor.request_id);
    Ok(file("application/jose+json", format!("{reading}.json")).body(asked.await?))
}

/// The signed form of what a reader said of a panel's opinion, byte for byte.
pub(super) async fn position(visitor: Visitor, path: web::Path<(CaseId, OpinionId)>) -> Answer {
    let (case, position) = path.into_inner();
    let (exchange, actor) = (visitor.exchange(), visitor.actor());
    let asked = positions::signed_form(exchange, actor, case, position, &visitor.request_id);
    Ok(file("application/jose+json", format!("{position}.json")).body(asked.await?))
}

/// A version as a PDF in the visitor's language.
pub(super) async fn report(visitor: Visitor, path: web::Path<(CaseId, OpinionId)>) -> Answer {
    let (case, opinion) = path.into_inner();
    let (exchange, actor) = (visitor.exchange(), visitor.actor());
    let language = visitor.language;
    let pdf = report::of(
        exchange,
        actor,
        case,
        opinion,
        language,
        &visitor.request_id,
    )
    .await?;
    Ok(file("application/pdf", format!("{opinion}.pdf")).body(pdf))
}

/// Everything by which anybody verifies a version, as one ZIP.
pub(super) async fn bundle(visitor: Visitor, path: web::Path<(CaseId, OpinionId)>) -> Answer {
    let (case, opinion) = path.into_inner();
    let (exchange, actor) = (visitor.exchange(), visitor.actor());
    let zip = bundle::of(exchange, actor, case, opinion, &visitor.request_id).await?;
    Ok(file("application/zip", format!("{opinion}.zip")).body(zip))
}

/// A file to keep.
pub(super) fn file(media_type: &'static str, name: String) -> HttpResponseBuilder {
    let mut answer = HttpResponse::Ok();
    answer
        .content_type(media_type)
        .insert_header(ContentDisposition {
            disposition: DispositionType::Attachment,
            parameters: vec![DispositionParam::Filename(name)],
        });
    answer
}
