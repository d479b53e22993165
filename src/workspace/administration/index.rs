//! Where the administrator's section begins.

use actix_web::http::StatusCode;
use askama::Template;

use super::super::page::Page;
use super::super::respond::{Answer, page};
use super::super::visitor::Visitor;
use super::{frame, people};
use crate::domain::permissions::realm;
use crate::service::ServiceError;
use crate::service::administration::FOR_ADMINISTRATORS;

/// A list of the section.
struct Entry {
    href: &'static str,
    label: String,
    about: String,
}

#[derive(Template)]
#[template(path = "workspace/administration/index.html")]
struct IndexPage {
    page: Page,
    entries: Vec<Entry>,
}

/// The page.
pub(in crate::workspace) async fn show(visitor: Visitor) -> Answer {
    if realm(visitor.actor()).is_none() {
        return Err(ServiceError::Forbidden(FOR_ADMINISTRATORS).into());
    }
    let title = super::super::texts::text(visitor.language, "admin-title", &[]);
    let frame = frame(&visitor, title);
    let entry = |href, label: &str, about: &str| Entry {
        href,
        label: frame.t(label),
        about: frame.t(about),
    };
    let body = IndexPage {
        entries: vec![entry(people::HERE, "admin-people", "admin-people-about")],
        page: frame,
    };
    page(StatusCode::OK, &body)
}
