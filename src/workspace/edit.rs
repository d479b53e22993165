//! A new case in one page, in the order in which a pathologist thinks: the question, the slides, the context, the urgency.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;

use super::assigning::members;
use super::commands::{done, told};
use super::draft::{self, NAMES, SlideRow, Values, value};
use super::form::{Fields, Sent};
use super::page::Page;
use super::respond::{Answer, page, to};
use super::visitor::Visitor;
use crate::domain::cases::{InitialDiagnosisStatus, Sex};
use crate::domain::commands::CommandBody;
use crate::domain::ids::{CaseId, LaboratoryId};
use crate::domain::problems::FieldProblem;
use crate::domain::transitions::Command;
use crate::domain::turnaround::Urgency;
use crate::service::reference::{SlideSourceDocument, slide_sources};
use crate::service::{ServiceError, cases, commands, links, reference};

/// Empty rows below the slides that are there.
const SPARE: usize = 2;
/// Empty rows of a new case.
const FIRST: usize = 3;

type Choices = Vec<(String, String)>;

#[derive(Template)]
#[template(path = "workspace/edit.html")]
struct EditPage {
    page: Page,
    action: String,
    keep: String,
    version: i64,
    laboratories: Choices,
    values: Values,
    rows: Vec<SlideRow>,
    sources: Vec<String>,
    subspecialties: Choices,
    urgencies: Choices,
    statuses: Choices,
    sexes: Choices,
    problems: Vec<FieldProblem>,
    problem: Option<String>,
    case: Option<CaseId>,
}

impl EditPage {
    fn v(&self, name: &str) -> &str {
        value(&self.values, name)
    }

    fn on(&self, name: &str) -> bool {
        !self.v(name).is_empty()
    }

    /// What is wrong with the field of that pointer.
    fn wrong(&self, pointer: &str) -> Option<String> {
        self.problems
            .iter()
            .find(|problem| problem.pointer == pointer)
            .map(|problem| super::problems::words(&self.page, &problem.rule))
    }

    /// What is wrong with a slide, its link first.
    fn slide_wrong(&self, row: &SlideRow) -> Option<String> {
        if row.pointer.is_empty() {
            return None;
        }
        self.problems
            .iter()
            .filter(|problem| problem.pointer.starts_with(&row.pointer))
            .map(|problem| match problem.pointer.rsplit('/').next() {
                Some("location") => self.page.t("link-unknown"),
                Some(name @ ("label" | "stain")) => {
                    format!(
                        "{} : {}",
                        self.page.name("slide", name),
                        super::problems::words(&self.page, &problem.rule)
                    )
                }
                _ => super::problems::words(&self.page, &problem.rule),
            })
            .next()
    }

    fn failure(&self, code: &str) -> String {
        self.page
            .name("failure", code.split(' ').next().unwrap_or_default())
    }
}

/// What the page shows beside the visitor's own lists.
struct Shown<'e> {
    case: Option<CaseId>,
    version: i64,
    values: Values,
    rows: Vec<SlideRow>,
    error: Option<&'e ServiceError>,
}

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
    let (content, problems) = draft::content(&values, &mut rows, &sources);
    let version = fields.get("_version").parse().unwrap_or(-1);
    let kept = if problems.is_empty() {
        match case {
            Some(case) => {
                let body = CommandBody::SaveDraft(Box::new(content));
                commands::run(
                    visitor.exchange(),
                    visitor.actor(),
                    case,
                    version,
                    body,
                    None,
                    &visitor.request_id,
                )
                .await
            }
            None => {
                let laboratory = laboratory(&visitor, &fields)?;
                let key = fields
                    .idempotency("/cases/new")
                    .ok_or(ServiceError::IdempotencyMismatch)?;
                cases::create(
                    visitor.exchange(),
                    visitor.actor(),
                    laboratory,
                    content,
                    key,
                    &visitor.request_id,
                )
                .await
            }
        }
    } else {
        Err(ServiceError::Invalid(problems))
    };
    let written = match kept {
        Ok(written) => written,
        Err(error) => return again(&visitor, (case, version), values, rows, error).await,
    };
    let (id, version) = (
        written.case,
        written.document.map_or(0, |(version, _)| version),
    );
    let keep = keep_key(case);
    match fields.get("_do") {
        "submit" => {
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
                    "/cases/{id}?done={}&kept={keep}",
                    done(Command::Submit)
                ))),
                Err(error) => again(&visitor, (Some(id), version), values, rows, error).await,
            }
        }
        "check" => {
            links::check(visitor.exchange(), visitor.actor(), id).await?;
            Ok(to(&format!("/cases/{id}/edit?kept={keep}#slides")))
        }
        _ => Ok(to(&format!(
            "/cases/{id}/edit?done={}&kept={keep}",
            done(Command::SaveDraft)
        ))),
    }
}

/// The name of the copy that the browser keeps.
fn keep_key(case: Option<CaseId>) -> String {
    case.map_or_else(|| "new".to_owned(), |case| format!("{case}-edit"))
}

/// The page as it was typed, with what is wrong.
async fn again(
    visitor: &Visitor,
    (case, version): (Option<CaseId>, i64),
    values: Values,
    mut rows: Vec<SlideRow>,
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

async fn laboratories(visitor: &Visitor) -> Result<Choices, ServiceError> {
    let own: Vec<LaboratoryId> = visitor.actor().submitting().collect();
    if own.is_empty() {
        return Err(ServiceError::Forbidden("only submitters write cases"));
    }
    Ok(reference::laboratories(visitor.exchange())
        .await?
        .into_iter()
        .filter(|laboratory| own.contains(&laboratory.id))
        .map(|laboratory| (laboratory.id.to_string(), laboratory.name))
        .collect())
}

async fn show_page(visitor: &Visitor, asked: &Fields, shown: Shown<'_>) -> Answer {
    let path = shown.case.map_or_else(
        || "/cases/new".to_owned(),
        |case| format!("/cases/{case}/edit"),
    );
    let title = if shown.case.is_some() {
        "edit-title"
    } else {
        "nav-new"
    };
    let mut frame = Page::new(
        visitor,
        super::texts::text(visitor.language, title, &[]),
        &path,
    );
    frame.take_notice(asked);
    let sources: Vec<SlideSourceDocument> =
        slide_sources(visitor.exchange(), visitor.actor()).await?;
    let (status, problem) = told(&frame, shown.error);
    let problems = match shown.error {
        Some(ServiceError::Invalid(problems)) => problems.clone(),
        _ => Vec::new(),
    };
    let body = EditPage {
        action: path,
        keep: keep_key(shown.case),
        version: shown.version,
        laboratories: if shown.case.is_none() {
            laboratories(visitor).await?
        } else {
            Vec::new()
        },
        values: shown.values,
        rows: shown.rows,
        sources: sources.into_iter().map(|source| source.base_url).collect(),
        subspecialties: visitor.subspecialties(),
        urgencies: members::<Urgency>(&frame, "urgency")
            .into_iter()
            .rev()
            .collect(),
        statuses: members::<InitialDiagnosisStatus>(&frame, "initial"),
        sexes: members::<Sex>(&frame, "sex"),
        problems,
        problem,
        case: shown.case,
        page: frame,
    };
    page(
        if shown.error.is_some() {
            status
        } else {
            StatusCode::OK
        },
        &body,
    )
}
