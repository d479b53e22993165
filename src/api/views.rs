//! Grants to look at slides.

use actix_web::HttpRequest;
use chrono::{DateTime, Utc};
use serde::Serialize;

use super::answer::{self, Answer};
use super::caller::Asker;
use super::{id, query};
use crate::http::request_id;
use crate::service::viewing;

/// Where a person finds the pictures of a slide, and until when.
#[derive(Serialize)]
struct View {
    expires_at: DateTime<Utc>,
    description: String,
    deep_zoom: String,
    iiif: String,
    dicomweb: String,
}

/// Lets the person who asks look at a slide of a case.
pub(super) async fn open(asker: Asker, request: HttpRequest) -> Answer {
    query::none(&request)?;
    let (case, slide) = (id(&request, "case")?, id(&request, "slide")?);
    let exchange = asker.exchange();
    let opened = viewing::open(exchange, asker.bearer, case, slide, &request_id(&request)).await?;
    let base = format!("/slides/{}", opened.grant);
    answer::document(&View {
        expires_at: opened.expires_at,
        deep_zoom: format!("{base}/slide.dzi"),
        iiif: format!("{base}/iiif"),
        dicomweb: format!("{base}/dicomweb"),
        description: base,
    })
}
