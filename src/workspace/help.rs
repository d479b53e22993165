//! The keyboard map.

use actix_web::http::StatusCode;
use askama::Template;

use super::page::Page;
use super::respond::{Answer, page};
use super::texts::text;
use super::visitor::Visitor;

#[derive(Template)]
#[template(path = "workspace/keyboard.html")]
struct KeyboardPage {
    page: Page,
    rows: &'static [(&'static str, &'static str)],
}

/// Which key does what.
pub(super) async fn keyboard(visitor: Visitor) -> Answer {
    let title = text(visitor.language, "keys-title", &[]);
    let body = KeyboardPage {
        page: Page::new(&visitor, title, "/keyboard"),
        rows: &[
            ("n", "keys-next"),
            ("c", "keys-new"),
            ("l", "keys-list"),
            ("e", "keys-experts"),
            ("f", "keys-figures"),
            ("/", "keys-search"),
            ("j", "keys-down"),
            ("k", "keys-up"),
            ("Enter", "keys-open"),
            ("x", "keys-pick"),
            ("p", "keys-pin"),
            ("a", "keys-accept"),
            ("w", "keys-write"),
            ("Ctrl + Enter", "keys-send"),
            ("?", "keys-help"),
            ("1 … 6", "keys-magnify"),
            ("+ −", "keys-zoom"),
            ("0", "keys-whole"),
            ("← ↑ ↓ →", "keys-fields"),
            ("PageUp PageDown", "keys-slides"),
            ("r R u", "keys-turn"),
            ("d s Backspace", "keys-measure"),
            ("h f m M", "keys-count"),
            ("t g b o v z", "keys-notes"),
            ("i", "keys-snapshot"),
            ("q", "keys-light"),
            ("y", "keys-together"),
        ],
    };
    page(StatusCode::OK, &body)
}
