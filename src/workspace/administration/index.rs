//! Where the administrator's section begins.

use actix_web::http::StatusCode;
use askama::Template;

use super::super::page::Page;
use super::super::respond::{Answer, page};
use super::super::visitor::Visitor;
use super::{
    agreements, audit, frame, laboratories, messages, networks, people, sources, webhooks,
};
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
    let refused = ServiceError::Forbidden(FOR_ADMINISTRATORS);
    realm(visitor.actor()).ok_or(refused)?;
    let title = super::super::texts::text(visitor.language, "admin-title", &[]);
    let frame = frame(&visitor, title);
    let entry = |href, label: &str, about: &str| Entry {
        href,
        label: frame.t(label),
        about: frame.t(about),
    };
    let mut entries = vec![
        entry(people::HERE, "admin-people", "admin-people-about"),
        entry(sources::HERE, "admin-sources", "admin-sources-about"),
    ];
    entries.extend([
        entry(networks::HERE, "admin-networks", "admin-networks-about"),
        entry(
            laboratories::HERE,
            "admin-laboratories",
            "admin-laboratories-about",
        ),
        entry(
            agreements::HERE,
            "admin-agreements",
            "admin-agreements-about",
        ),
    ]);
    entries.extend([
        entry(webhooks::HERE, "admin-webhooks", "admin-webhooks-about"),
        entry(messages::HERE, "admin-messages", "admin-messages-about"),
        entry(audit::HERE, "admin-audit", "admin-audit-about"),
    ]);
    let body = IndexPage {
        entries,
        page: frame,
    };
    page(StatusCode::OK, &body)
}
