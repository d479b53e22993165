//! The API document itself.

use actix_web::{HttpRequest, HttpResponse};

use super::answer::Answer;
use super::query;

const DOCUMENT: &str = include_str!("../../api-spec/openapi.yaml");

/// The document that this version is held to.
pub(super) async fn read(request: HttpRequest) -> Answer {
    query::none(&request)?;
    Ok(HttpResponse::Ok()
        .content_type("application/yaml")
        .body(DOCUMENT))
}
