//! When a person gets which mail: at once, once a day, or not at all, and why some always come at once.

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use askama::Template;

use super::commands::told;
use super::form::{Fields, Sent};
use super::page::Page;
use super::respond::{Answer, page, to};
use super::texts::text;
use super::times;
use super::visitor::Visitor;
use crate::domain::notifications::{Choices, Safety, Timing};
use crate::domain::text_enum::TextEnum;
use crate::service::ServiceError;
use crate::service::notifications::{self, ChoiceOfKind, NewChoices};

const HERE: &str = "/me/notifications";

/// A mail whose time may be chosen.
struct Row {
    field: String,
    label: String,
    choices: Vec<(&'static str, String, bool)>,
}

#[derive(Template)]
#[template(path = "workspace/notifications.html")]
struct NotificationsPage {
    page: Page,
    version: i64,
    city: &'static str,
    rows: Vec<Row>,
    /// Those that always come at once, under the reason why.
    fixed: Vec<(String, Vec<String>)>,
    problem: Option<String>,
}

/// The page.
pub(super) async fn show(visitor: Visitor, request: HttpRequest) -> Answer {
    let asked = Fields::of_query(request.query_string());
    show_page(&visitor, &asked, None).await
}

/// Keeps what was chosen.
pub(super) async fn save(sent: Sent) -> Answer {
    let Sent { visitor, fields } = sent;
    let version = fields.get("_version").parse().unwrap_or(-1);
    let own = notifications::own(visitor.exchange(), visitor.actor()).await?;
    let chosen = own.items.iter().filter_map(|one| {
        let timing = Timing::parse(fields.get(&field(one)))?;
        Some((one.kind, timing))
    });
    let new = NewChoices {
        choices: Choices(chosen.collect()),
    };
    let (exchange, actor) = (visitor.exchange(), visitor.actor());
    match notifications::choose(exchange, actor, version, new, &visitor.request_id).await {
        Ok(_) => Ok(to("/me/notifications?done=done-mails&kept=mails")),
        Err(error @ (ServiceError::Stale { .. } | ServiceError::Invalid(_))) => {
            show_page(&visitor, &fields, Some(error)).await
        }
        Err(error) => Err(error.into()),
    }
}

fn field(one: &ChoiceOfKind) -> String {
    format!("when_{}", one.kind)
}

async fn show_page(visitor: &Visitor, fields: &Fields, error: Option<ServiceError>) -> Answer {
    let mut frame = Page::new(visitor, text(visitor.language, "mails-title", &[]), HERE);
    frame.take_notice(fields);
    let (status, mut problem) = told(&frame, error.as_ref());
    if matches!(error, Some(ServiceError::Stale { .. })) {
        problem = Some(frame.t("mails-stale"));
    }
    let own = notifications::own(visitor.exchange(), visitor.actor()).await?;
    let (free, fixed): (Vec<_>, Vec<_>) = own.items.iter().partition(|one| one.because.is_none());
    let body = NotificationsPage {
        version: own.version,
        city: times::city(visitor.zone),
        rows: free
            .into_iter()
            .map(|one| row(&frame, fields, one))
            .collect(),
        fixed: by_reason(&frame, &fixed),
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

/// A mail with its times, as it was chosen before or a moment ago.
fn row(page: &Page, fields: &Fields, one: &ChoiceOfKind) -> Row {
    let field = field(one);
    let chosen = Timing::parse(fields.get(&field)).unwrap_or(one.timing);
    let choice = |timing: &Timing| {
        (
            timing.as_str(),
            page.word("timing", *timing),
            *timing == chosen,
        )
    };
    Row {
        label: page.word("notification", one.kind),
        choices: one.may.iter().map(choice).collect(),
        field,
    }
}

fn by_reason(page: &Page, fixed: &[&ChoiceOfKind]) -> Vec<(String, Vec<String>)> {
    let reasons = Safety::ALL.iter();
    let of_reason = |reason: &Safety| {
        let these = fixed.iter().filter(|one| one.because == Some(*reason));
        let names = these.map(|one| page.word("notification", one.kind));
        (page.word("safety", *reason), names.collect::<Vec<_>>())
    };
    let all = reasons.map(of_reason);
    all.filter(|(_, names)| !names.is_empty()).collect()
}
