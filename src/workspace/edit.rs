//! A new case in one page, in the order in which a pathologist thinks: the question, the slides, the context, the urgency.

mod earlier;
pub(super) mod finding;
mod passing;
mod shown;

use actix_web::{HttpRequest, web};

use self::shown::{Shown, show_page};
use super::commands::done;
use super::draft::{self, NAMES, SlideRow, Values};
use super::form::{Fields, Sent};
use super::respond::{Answer, to};
use super::visitor::Visitor;
use crate::domain::cases::CaseContent;
use crate::domain::commands::CommandBody;
use crate::domain::ids::{CaseId, LaboratoryId};
use crate::domain::problems::FieldProblem;
use crate::domain::transitions::{Command, Refusal};
use crate::service::reference::slide_sources;
use crate::service::{ServiceError, Written, cases, commands, links};

/// Empty rows below the slides that are there.
const SPARE: usize = 2;
/// Empty rows of a new case.
const FIRST: usize = 3;

/// A new case.
pub(super) async fn new(visitor: Visitor) -> Answer {
    let today = visitor.now.with_timezone(&visitor.zone).date_naive();
    let values = NAMES
        .iter()
        .map(|name| {
            (
                *name,
                if *name == "date" {
                    today.to_string()
                } else {
                    String::new()
                },
            )
        })
        .collect();
    let shown = Shown {
        case: None,
        version: 0,
        values,
        rows: vec![SlideRow::default(); FIRST],
        error: None,
        laboratory: None,
        look: false,
        found: None,
    };
    show_page(&visitor, &Fields::default(), shown).await
}

/// A draft.
pub(super) async fn show(
    visitor: Visitor,
    case: web::Path<CaseId>,
    request: HttpRequest,
) -> Answer {
    let (version, document) = cases::read(
        visitor.exchange(),
        visitor.actor(),
        *case,
        &visitor.request_id,
    )
    .await?;
    if !document.commands.contains(&Command::SaveDraft) {
        return Ok(to(&format!("/cases/{case}")));
    }
    let sources = slide_sources(visitor.exchange(), visitor.actor()).await?;
    let (values, mut rows) = draft::shown(&document, &sources);
    rows.extend(vec![SlideRow::default(); SPARE]);
    let asked = Fields::of_query(request.query_string());
    let shown = Shown {
        case: Some(*case),
        version,
        values,
        rows,
        error: None,
        laboratory: Some(document.laboratory.id),
        look: false,
        found: None,
    };
    show_page(&visitor, &asked, shown).await
}

/// Keeps a new case, and does what was asked with it.
pub(super) async fn create(sent: Sent) -> Answer {
    write(sent, None).await
}

/// Keeps a draft, and does what was asked with it.
pub(super) async fn save(sent: Sent, case: web::Path<CaseId>) -> Answer {
    write(sent, Some(*case)).await
}

async fn write(sent: Sent, case: Option<CaseId>) -> Answer {
    let Sent { visitor, fields } = sent;
    let sources = slide_sources(visitor.exchange(), visitor.actor()).await?;
    let (values, mut rows) = draft::typed(&fields);
    let version = fields.get("_version").parse().unwrap_or(-1);
    if fields.get("_do") == "take" {
        let typed = Typed { values, rows };
        return finding::take(&visitor, &fields, (case, version), typed).await;
    }
    let (content, problems) = draft::content(&values, &mut rows, &sources);
    let page_of = (case, version);
    if visitor.partial {
        return passing::keep(&visitor, &fields, page_of, content, problems.is_empty()).await;
    }
    let typed = Typed { values, rows };
    let kept = if problems.is_empty() {
        keep(&visitor, &fields, page_of, content.clone()).await
    } else {
        Err(ServiceError::Invalid(problems))
    };
    let written = match kept {
        Ok(written) => written,
        Err(error) => return not_written(&visitor, &fields, page_of, typed, error).await,
    };
    let (id, version) = (
        written.case,
        written.document.as_ref().map_or(0, |(version, _)| *version),
    );
    let copy = copy_of(page_of, id);
    match fields.get("_do") {
        "submit" => {
            let laboratory = written.document.map(|(_, document)| document.laboratory.id);
            if earlier::unseen(&visitor, &fields, laboratory, id, &content).await? {
                return look_first(&visitor, (id, version), laboratory, typed).await;
            }
            let key = fields.idempotency(&format!("/cases/{id}/submit"));
            let sent = commands::run(
                visitor.exchange(),
                visitor.actor(),
                id,
                version,
                CommandBody::Submit,
                key.filter(|_| case.is_some()),
                &visitor.request_id,
            )
            .await;
            match sent {
                Ok(_) => Ok(to(&format!(
                    "/cases/{id}?done={}&kept={copy}",
                    done(Command::Submit)
                ))),
                Err(error) => again(&visitor, &fields, (Some(id), version), typed, error).await,
            }
        }
        "find" => {
            let laboratory = written.document.map(|(_, document)| document.laboratory.id);
            let page_of = (id, version, copy.as_str());
            finding::show(&visitor, &fields, page_of, laboratory, typed).await
        }
        "check" => {
            links::check(visitor.exchange(), visitor.actor(), id).await?;
            Ok(to(&format!("/cases/{id}/edit?kept={copy}#slides")))
        }
        _ => Ok(to(&format!(
            "/cases/{id}/edit?done={}&kept={copy}",
            done(Command::SaveDraft)
        ))),
    }
}

/// What stands on the page, as typed.
struct Typed {
    values: Values,
    rows: Vec<SlideRow>,
}

/// Keeps what a page holds: in its case, or in a new one where it has none yet.
async fn keep(
    visitor: &Visitor,
    fields: &Fields,
    (case, version): (Option<CaseId>, i64),
    content: CaseContent,
) -> Result<Written, ServiceError> {
    let (exchange, actor) = (visitor.exchange(), visitor.actor());
    let (case, version) = match case {
        Some(case) => (case, version),
        None => {
            let laboratory = laboratory(visitor, fields)?;
            let key = fields
                .idempotency("/cases/new")
                .ok_or(ServiceError::IdempotencyMismatch)?;
            let (once, new) = (key.key.clone(), content.clone());
            let made =
                cases::create(exchange, actor, laboratory, new, key, &visitor.request_id).await;
            match made {
                // This page began its case before, in passing: it is written on, not begun a second time.
                Err(ServiceError::IdempotencyMismatch) => {
                    (cases::begun(exchange, actor, &once).await?, version.max(1))
                }
                made => return made,
            }
        }
    };
    let body = CommandBody::SaveDraft(Box::new(content));
    commands::run(
        exchange,
        actor,
        case,
        version,
        body,
        None,
        &visitor.request_id,
    )
    .await
}

/// The case that a page has by now: its own, or the one that it began in passing.
async fn begun(visitor: &Visitor, fields: &Fields, case: Option<CaseId>) -> Option<CaseId> {
    match case {
        Some(case) => Some(case),
        None => cases::begun(visitor.exchange(), visitor.actor(), fields.get("_once"))
            .await
            .ok(),
    }
}

/// What was typed could not be kept: the page again, or the case when it was sent by an earlier press of the same button.
async fn not_written(
    visitor: &Visitor,
    fields: &Fields,
    (case, version): (Option<CaseId>, i64),
    typed: Typed,
    error: ServiceError,
) -> Answer {
    let has = begun(visitor, fields, case).await;
    match (&error, has, case) {
        (ServiceError::Refused(Refusal::WrongState { .. }), Some(sent), None) => {
            Ok(to(&format!("/cases/{sent}?kept=new")))
        }
        _ => again(visitor, fields, (has, version), typed, error).await,
    }
}

/// The page before the case is sent, with the earlier cases that nobody has been told of yet.
async fn look_first(
    visitor: &Visitor,
    (case, version): (CaseId, i64),
    laboratory: Option<LaboratoryId>,
    Typed { values, mut rows }: Typed,
) -> Answer {
    rows.extend(vec![SlideRow::default(); SPARE]);
    let shown = Shown {
        case: Some(case),
        version,
        values,
        rows,
        error: None,
        laboratory,
        look: true,
        found: None,
    };
    show_page(visitor, &Fields::default(), shown).await
}

/// The name of the copy that the browser keeps.
fn keep_key(case: Option<CaseId>) -> String {
    case.map_or_else(|| "new".to_owned(), |case| format!("{case}-edit"))
}

/// The name of the copy that the browser keeps of a page that was sent: it changes when the page's case is begun in passing.
fn copy_of((case, version): (Option<CaseId>, i64), written: CaseId) -> String {
    keep_key(case.or((version > 0).then_some(written)))
}

/// The page as it was typed, with what is wrong.
async fn again(
    visitor: &Visitor,
    fields: &Fields,
    (case, version): (Option<CaseId>, i64),
    Typed { values, mut rows }: Typed,
    error: ServiceError,
) -> Answer {
    let error = match error {
        ServiceError::Invalid(problems) => {
            ServiceError::Invalid(problems.into_iter().map(without_content).collect())
        }
        stale @ (ServiceError::Stale { .. } | ServiceError::Refused(_)) => stale,
        other => return Err(other.into()),
    };
    let version = match &error {
        ServiceError::Stale { current } => *current,
        _ => version,
    };
    rows.extend(vec![SlideRow::default(); SPARE]);
    let shown = Shown {
        case,
        version,
        values,
        rows,
        error: Some(&error),
        laboratory: laboratory(visitor, fields).ok(),
        look: false,
        found: None,
    };
    show_page(visitor, &Fields::default(), shown).await
}

/// The body of a create holds the case under `/content`.
fn without_content(problem: FieldProblem) -> FieldProblem {
    match problem.pointer.strip_prefix("/content") {
        Some(pointer) => FieldProblem::new(pointer, problem.rule),
        None => problem,
    }
}

/// The laboratory a new case is written for: the only one, or the one that was chosen.
fn laboratory(visitor: &Visitor, fields: &Fields) -> Result<LaboratoryId, ServiceError> {
    let chosen = fields.given("laboratory").and_then(|id| id.parse().ok());
    chosen
        .or_else(|| visitor.actor().submitting().next())
        .ok_or(ServiceError::Forbidden("only submitters write cases"))
}
