//! The living style page: every token and component, made by the same style as the pages.

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use askama::Template;

use super::page::Page;
use super::respond::{Answer, page};
use super::visitor::language_of;

#[derive(Template)]
#[template(path = "workspace/style.html")]
struct StylePage {
    page: Page,
    colours: [(&'static str, &'static str); 6],
}

/// What the pages are made of. Open to everybody: it holds nothing of anybody.
pub(super) async fn show(request: HttpRequest) -> Answer {
    let language = language_of(&request);
    let body = StylePage {
        page: Page::outside(language, "style-title", "/style"),
        colours: [
            ("ink", "style-ink"),
            ("quiet", "style-quiet"),
            ("haematoxylin", "style-haematoxylin"),
            ("eosin", "style-eosin"),
            ("amber", "style-amber"),
            ("leaf", "style-leaf"),
        ],
    };
    page(StatusCode::OK, &body)
}
