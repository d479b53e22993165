//! To a page that keeps its draft in passing: when it was kept, and the version to go on from.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError};
use askama::Template;

use super::commands::told;
use super::page::Page;
use super::respond::{Answer, page};
use super::texts::Language;
use super::visitor::Visitor;
use crate::service::ServiceError;

#[derive(Template)]
#[template(path = "workspace/kept.html")]
struct Kept {
    page: Page,
    copy: Copy,
    said: String,
    /// Earlier cases to be told of, made already; none where they are not looked for.
    earlier: Option<String>,
}

/// What the page is a copy of now.
#[derive(Default)]
pub(super) struct Copy {
    /// Under which name the browser keeps its own copy from here on, where that changes.
    pub(super) name: Option<String>,
    /// The version to go on from.
    pub(super) version: Option<i64>,
}

impl Kept {
    fn only(page: Page, said: String) -> Self {
        Self {
            page,
            copy: Copy::default(),
            said,
            earlier: None,
        }
    }
}

/// It was kept.
pub(super) fn kept(visitor: &Visitor, version: Option<i64>) -> Answer {
    let copy = Copy {
        version,
        name: None,
    };
    kept_as(visitor, copy, "kept-at", None)
}

/// It was kept: the sentence that says so, and earlier cases to be told of.
pub(super) fn kept_as(visitor: &Visitor, copy: Copy, key: &str, earlier: Option<String>) -> Answer {
    let frame = Page::new(visitor, String::new(), "");
    let at = visitor.now.with_timezone(&visitor.zone);
    let said = frame.ts(key, &at.format("%H:%M").to_string());
    page(
        StatusCode::OK,
        &Kept {
            copy,
            earlier,
            ..Kept::only(frame, said)
        },
    )
}

/// It was not, and why.
pub(super) fn not_kept(visitor: &Visitor, error: &ServiceError) -> Answer {
    let frame = Page::new(visitor, String::new(), "");
    let (_, said) = told(&frame, Some(error));
    // 200, so that the sentence is put into the page; it says what happened.
    page(StatusCode::OK, &Kept::only(frame, said.unwrap_or_default()))
}

/// It was not: the session has ended. What was typed stays in the page, which can still be sent.
pub(super) fn logged_out(language: Language) -> HttpResponse {
    let frame = Page::outside(language, "login-title", "/login");
    let said = frame.t("kept-logged-out");
    page(StatusCode::UNAUTHORIZED, &Kept::only(frame, said))
        .unwrap_or_else(|failure| HttpResponse::new(failure.status_code()))
}
