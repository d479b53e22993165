//! To a page that keeps its draft in passing: when it was kept, and the version to go on from.

use actix_web::http::StatusCode;
use askama::Template;

use super::super::commands::told;
use super::super::page::Page;
use super::super::respond::{Answer, page};
use super::super::visitor::Visitor;
use crate::service::ServiceError;

#[derive(Template)]
#[template(path = "workspace/kept.html")]
struct Kept {
    page: Page,
    version: Option<i64>,
    said: String,
}

/// It was kept.
pub(super) fn kept(visitor: &Visitor, version: Option<i64>) -> Answer {
    let frame = Page::new(visitor, String::new(), "");
    let at = visitor
        .now
        .with_timezone(&visitor.zone)
        .format("%H:%M")
        .to_string();
    page(
        StatusCode::OK,
        &Kept {
            said: frame.ts("kept-at", &at),
            page: frame,
            version,
        },
    )
}

/// It was not, and why.
pub(super) fn not_kept(visitor: &Visitor, error: &ServiceError) -> Answer {
    let frame = Page::new(visitor, String::new(), "");
    let (_, said) = told(&frame, Some(error));
    let said = said.unwrap_or_default();
    // 200, so that the sentence is put into the page; it says what happened.
    page(
        StatusCode::OK,
        &Kept {
            said,
            page: frame,
            version: None,
        },
    )
}
