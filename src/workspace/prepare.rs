//! "Prepare this case": the part of a page that fetches slides ahead. It is shown by its script alone.

use actix_web::{HttpResponse, web};
use askama::Template;
use serde_json::{Map, Value};

use super::assets;
use super::form::Sent;
use super::page::Page;
use super::respond::Answer;
use super::texts::text;
use crate::domain::ids::CaseId;
use crate::service::preparing;
use crate::service::sessions::Bearer;

/// The button, its state, and the script that works them.
#[derive(Template)]
#[template(path = "workspace/prepare.html")]
pub(super) struct Prepare {
    page: Page,
    script: String,
    /// The cases, the next one first.
    cases: String,
    /// Whether it is the page of that one case.
    alone: bool,
    words: String,
}

impl Prepare {
    /// For these cases; none where there are none, or no script was bundled.
    pub(super) fn of(page: &Page, cases: &[CaseId], alone: bool) -> Option<Self> {
        let script = assets::address("ahead.js").filter(|_| !cases.is_empty())?;
        let cases: Vec<String> = cases.iter().map(ToString::to_string).collect();
        Some(Self {
            script,
            cases: cases.join(" "),
            alone,
            words: words(page),
            page: page.clone(),
        })
    }
}

/// What the script says: each text with its names in braces, for the script to fill in.
fn words(page: &Page) -> String {
    let braces = ["n", "of", "done", "all", "megabytes"];
    let values: Vec<_> = braces
        .into_iter()
        .map(|name| (name, format!("{{{name}}}").into()))
        .collect();
    let said = ["preparing", "prepared", "failed", "forgotten"];
    let words: Map<String, Value> = said
        .into_iter()
        .map(|name| {
            let key = format!("ahead-{name}");
            (name.to_owned(), text(page.language, &key, &values).into())
        })
        .collect();
    Value::Object(words).to_string()
}

/// Opens the slides of a case to be fetched ahead.
pub(super) async fn prepare(sent: Sent, case: web::Path<CaseId>) -> Answer {
    let visitor = &sent.visitor;
    let bearer = Bearer {
        person: visitor.actor().person,
        family: visitor.session.family,
    };
    let (exchange, request_id) = (visitor.exchange(), &visitor.request_id);
    let prepared = preparing::prepare(exchange, bearer, *case, request_id).await?;
    Ok(HttpResponse::Ok().json(prepared))
}
