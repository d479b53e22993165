//! The sentences that an expert keeps: each with its key, some empty rows for further ones.

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use askama::Template;

use super::commands::told;
use super::form::{Fields, Sent};
use super::page::Page;
use super::problems;
use super::respond::{Answer, page, to};
use super::texts::text;
use super::visitor::Visitor;
use crate::domain::snippets::{MOST, Snippet};
use crate::service::ServiceError;
use crate::service::snippets::{self, NewSnippets};

const HERE: &str = "/me/snippets";
/// Empty rows below those that are kept.
const EMPTY: usize = 3;

/// A sentence in the form.
struct Row {
    key_field: String,
    text_field: String,
    key: String,
    text: String,
    key_wrong: Option<String>,
    text_wrong: Option<String>,
}

#[derive(Template)]
#[template(path = "workspace/snippets.html")]
struct SnippetsPage {
    page: Page,
    version: i64,
    rows: Vec<Row>,
    problem: Option<String>,
}

/// The page.
pub(super) async fn show(visitor: Visitor, request: HttpRequest) -> Answer {
    let asked = Fields::of_query(request.query_string());
    let own = snippets::own(visitor.exchange(), visitor.actor()).await?;
    show_page(&visitor, &asked, own.version, own.items, None)
}

/// Keeps what was typed; a row without key and text is none.
pub(super) async fn save(sent: Sent) -> Answer {
    let Sent { visitor, fields } = sent;
    let version = fields.get("_version").parse().unwrap_or(-1);
    let typed = |at: usize| Snippet {
        key: fields.get(&format!("key_{at}")).trim().to_lowercase(),
        text: fields.get(&format!("text_{at}")).trim().to_owned(),
    };
    let all = (0..MOST + EMPTY).map(typed);
    let items: Vec<Snippet> = all
        .filter(|one| !one.key.is_empty() || !one.text.is_empty())
        .collect();
    let (exchange, actor) = (visitor.exchange(), visitor.actor());
    let new = NewSnippets {
        items: items.clone(),
    };
    match snippets::keep(exchange, actor, version, new, &visitor.request_id).await {
        Ok(_) => Ok(to("/me/snippets?done=done-snippets&kept=snippets")),
        Err(error @ (ServiceError::Invalid(_) | ServiceError::Stale { .. })) => {
            let now = snippets::own(exchange, actor).await?;
            show_page(&visitor, &fields, now.version, items, Some(error))
        }
        Err(error) => Err(error.into()),
    }
}

fn show_page(
    visitor: &Visitor,
    fields: &Fields,
    version: i64,
    items: Vec<Snippet>,
    error: Option<ServiceError>,
) -> Answer {
    let mut frame = Page::new(visitor, text(visitor.language, "snippets-title", &[]), HERE);
    frame.take_notice(fields);
    let (status, mut problem) = told(&frame, error.as_ref());
    if matches!(error, Some(ServiceError::Stale { .. })) {
        problem = Some(frame.t("mails-stale"));
    }
    let found = match &error {
        Some(ServiceError::Invalid(problems)) => problems.as_slice(),
        _ => &[],
    };
    let wrong = |at: usize, name: &str| {
        let pointer = format!("/items/{at}/{name}");
        let found = found.iter().find(|one| one.pointer == pointer)?;
        Some(problems::words(&frame, &found.rule))
    };
    let empty = (0..EMPTY).map(|_| Snippet {
        key: String::new(),
        text: String::new(),
    });
    let rows = items.into_iter().chain(empty).enumerate();
    let rows = rows.map(|(at, one)| Row {
        key_wrong: wrong(at, "key"),
        text_wrong: wrong(at, "text"),
        key_field: format!("key_{at}"),
        text_field: format!("text_{at}"),
        key: one.key,
        text: one.text,
    });
    let body = SnippetsPage {
        version,
        rows: rows.collect(),
        problem,
        page: frame,
    };
    let status = if body.problem.is_some() {
        status
    } else {
        StatusCode::OK
    };
    page(status, &body)
}
