//! The page of a case that is being written.

use actix_web::http::StatusCode;
use askama::Template;

use super::super::assigning::members;
use super::super::commands::told;
use super::super::draft::{SlideRow, Values, value};
use super::super::form::Fields;
use super::super::page::Page;
use super::super::respond::{Answer, page};
use super::super::visitor::Visitor;
use super::{earlier, keep_key};
use crate::domain::cases::{InitialDiagnosisStatus, Sex};
use crate::domain::ids::{CaseId, LaboratoryId};
use crate::domain::problems::FieldProblem;
use crate::domain::slides::SourceKind;
use crate::domain::turnaround::Urgency;
use crate::service::reference::{SlideSourceDocument, slide_sources};
use crate::service::slide_search::Found;
use crate::service::{ServiceError, reference};

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
    /// Earlier cases to be told of, made already.
    earlier: String,
    /// Whether a server of the laboratory can be searched.
    searchable: bool,
    /// What is looked for there.
    find: String,
    /// What was found; none before anything was looked for.
    found: Option<Found>,
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
            .map(|problem| super::super::problems::words(&self.page, &problem.rule))
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
                        super::super::problems::words(&self.page, &problem.rule)
                    )
                }
                _ => super::super::problems::words(&self.page, &problem.rule),
            })
            .next()
    }

    fn failure(&self, code: &str) -> String {
        self.page
            .name("failure", code.split(' ').next().unwrap_or_default())
    }
}

/// What the page shows beside the visitor's own lists.
pub(super) struct Shown<'e> {
    pub(super) case: Option<CaseId>,
    pub(super) version: i64,
    pub(super) values: Values,
    pub(super) rows: Vec<SlideRow>,
    pub(super) error: Option<&'e ServiceError>,
    /// Whose case it is, where that is known: what it asked before is looked up.
    pub(super) laboratory: Option<LaboratoryId>,
    /// Whether it was to be sent, and an earlier case has to be looked at first.
    pub(super) look: bool,
    /// The accession number that was looked for, with what was found.
    pub(super) found: Option<(String, Found)>,
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

/// Shows it.
pub(super) async fn show_page(visitor: &Visitor, asked: &Fields, shown: Shown<'_>) -> Answer {
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
        super::super::texts::text(visitor.language, title, &[]),
        &path,
    );
    frame.take_notice(asked);
    let sources: Vec<SlideSourceDocument> =
        slide_sources(visitor.exchange(), visitor.actor()).await?;
    let earlier = earlier::part(visitor, &frame, &shown, &sources).await?;
    let (mut status, mut problem) = told(&frame, shown.error);
    if shown.look {
        (status, problem) = (StatusCode::CONFLICT, Some(frame.t("earlier-look")));
    }
    let problems = match shown.error {
        Some(ServiceError::Invalid(problems)) => problems.clone(),
        _ => Vec::new(),
    };
    let (find, found) = match shown.found {
        Some((number, found)) => (number, Some(found)),
        None => (value(&shown.values, "accession_number").to_owned(), None),
    };
    let body = EditPage {
        searchable: sources
            .iter()
            .any(|source| source.kind == SourceKind::DicomWeb),
        find,
        found,
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
        earlier,
        page: frame,
    };
    page(status, &body)
}
