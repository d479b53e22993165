//! A signed opinion as a file, to keep and to verify elsewhere.

use actix_web::http::header::{ContentDisposition, DispositionParam, DispositionType};
use actix_web::{HttpResponse, web};

use super::respond::Answer;
use super::visitor::Visitor;
use crate::domain::ids::{CaseId, OpinionId};
use crate::service::signatures;

/// The signed form of a version, byte for byte. Its name says whose it is to nobody.
pub(super) async fn download(visitor: Visitor, path: web::Path<(CaseId, OpinionId)>) -> Answer {
    let (case, opinion) = path.into_inner();
    let (exchange, actor) = (visitor.exchange(), visitor.actor());
    let signed =
        signatures::signed_form(exchange, actor, case, opinion, &visitor.request_id).await?;
    Ok(HttpResponse::Ok()
        .content_type("application/jose+json")
        .insert_header(ContentDisposition {
            disposition: DispositionType::Attachment,
            parameters: vec![DispositionParam::Filename(format!("{opinion}.json"))],
        })
        .body(signed))
}
