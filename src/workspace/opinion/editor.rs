//! What the editor shows: the sections, the declarations and what is wrong with them.

use actix_web::HttpResponse;
use askama::Template;

use super::super::commands::told;
use super::super::failure::Failure;
use super::super::page::Page;
use super::super::respond::page;
use super::super::{assets, declared, problems as rules};
use super::codes::{self, CodeField};
use super::snapshots::Snapshots;
use super::synoptic::{self, SynopticPart};
use crate::domain::cases::InitialDiagnosisStatus;
use crate::domain::ids::{CaseId, SlideId};
use crate::domain::opinions::{AiAssistance, Concordance, Confidence, OpinionContent};
use crate::domain::snippets::Snippet;
use crate::domain::text_enum::TextEnum;
use crate::domain::transitions::Command;
use crate::service::documents::CaseDocument;
use crate::service::snapshots::SnapshotDocument;
use crate::service::{Core, ServiceError};

/// A section of the editor.
struct Section {
    name: &'static str,
    label: String,
    text: String,
    rows: u8,
    required: bool,
    problem: Option<String>,
}

/// A choice of the concordance.
struct Choice {
    code: &'static str,
    label: String,
    chosen: bool,
}

/// A slide of the case, and whether the expert says to have looked at it.
struct SlideChoice {
    id: SlideId,
    name: String,
    consulted: bool,
}

/// A field of the program that took part.
struct ToolField {
    name: &'static str,
    label: String,
    text: String,
    problem: Option<String>,
}

/// What lies beside what somebody writes.
pub(super) struct Desk<'c> {
    /// Codes, templates, the clock.
    pub(super) core: &'c Core,
    /// The writer's own sentences.
    pub(super) snippets: Vec<Snippet>,
    /// The snapshots in their draft.
    pub(super) snapshots: Vec<SnapshotDocument>,
    /// The version of what was kept, where that is not the case's own.
    pub(super) draft: Option<i64>,
}

#[derive(Template)]
#[template(path = "workspace/opinion.html")]
struct OpinionPage {
    page: Page,
    case: CaseId,
    reference: String,
    question: String,
    initial: String,
    context: String,
    snapshots: Snapshots,
    slides: Vec<SlideChoice>,
    slides_problem: Option<String>,
    confidences: Vec<Choice>,
    tool: Vec<ToolField>,
    tool_declared: bool,
    ce_marked: bool,
    /// Of what was kept: what is typed goes on from it.
    version: i64,
    /// Of the case, where that is another.
    case_version: Option<i64>,
    /// The button that keeps what is typed.
    saves: Option<&'static str>,
    /// Under which name the browser keeps what is typed.
    kept_as: &'static str,
    /// What the main button does.
    command: Command,
    sections: Vec<Section>,
    codes: Vec<CodeField>,
    synoptic: SynopticPart,
    concordances: Vec<Choice>,
    concordance_problem: Option<String>,
    /// The expert's own sentences.
    snippets: Vec<Snippet>,
    reason: Option<(String, Option<String>)>,
    password_problem: Option<String>,
    problem: Option<String>,
    /// What the editor loads besides what every page does.
    script: Option<String>,
}

/// The sections, the conclusion first: it is what the reader looks for, and what a hurried expert writes.
const SECTIONS: [(&str, u8); 10] = [
    ("conclusion", 4),
    ("microscopy", 5),
    ("ancillary_studies", 2),
    ("comment", 2),
    ("recommendation", 2),
    ("limits", 2),
    ("macroscopy", 2),
    ("clinical_information", 2),
    ("references", 2),
    ("technical_incidents", 2),
];

fn tool_fields(
    frame: &Page,
    tool: Option<&AiAssistance>,
    problem_of: impl Fn(&str) -> Option<String>,
) -> Vec<ToolField> {
    let texts = tool.cloned().unwrap_or_default();
    [
        ("tool", texts.tool),
        ("version", texts.version),
        ("intended_use", texts.intended_use),
        ("effect", texts.effect),
    ]
    .into_iter()
    .map(|(name, text)| ToolField {
        label: frame.name("ai", name),
        problem: problem_of(name),
        name,
        text,
    })
    .collect()
}

pub(super) fn editor(
    frame: Page,
    desk: Desk<'_>,
    case: &CaseDocument,
    command: Command,
    content: &OpinionContent,
    reason: &str,
    error: Option<&ServiceError>,
) -> Result<HttpResponse, Failure> {
    let Desk {
        core,
        snippets,
        snapshots: drafted,
        draft,
    } = desk;
    let problems = match error {
        Some(ServiceError::Invalid(problems)) => problems.as_slice(),
        _ => &[],
    };
    let elsewhere = ["/synoptic/", "/snapshots/"];
    let problem_of = |name: &str| {
        problems
            .iter()
            .filter(|problem| !elsewhere.iter().any(|one| problem.pointer.contains(one)))
            .find(|problem| problem.pointer.rsplit('/').next() == Some(name))
            .map(|problem| rules::words(&frame, &problem.rule))
    };
    let sections = SECTIONS
        .into_iter()
        .map(|(name, rows)| Section {
            label: frame.name("opinion-field", name),
            text: section(content, name).to_owned(),
            rows,
            required: name == "conclusion",
            problem: problem_of(name),
            name,
        })
        .collect();
    let (status, problem) = told(&frame, error);
    let initial = case.initial_diagnosis.as_ref();
    // With nothing to compare there is one honest answer.
    let nothing = initial.is_none_or(|one| one.status == InitialDiagnosisStatus::None);
    let body = OpinionPage {
        case: case.id,
        reference: case.reference.clone(),
        question: case.question.clone(),
        initial: initial.map_or_else(String::new, |one| {
            format!(
                "{} {}",
                frame.word("initial", one.status),
                one.text.as_deref().unwrap_or_default()
            )
        }),
        context: case.clinical_context.clone().unwrap_or_default(),
        snapshots: Snapshots::of(frame.clone(), case, drafted, content, problems),
        slides: slides(case, content),
        slides_problem: problems
            .iter()
            .find(|problem| problem.pointer.contains("/slides_consulted"))
            .map(|problem| rules::words(&frame, &problem.rule)),
        confidences: Confidence::ALL
            .iter()
            .map(|one| Choice {
                code: one.as_str(),
                label: frame.word("confidence", *one),
                chosen: content.confidence == Some(*one),
            })
            .collect(),
        tool: tool_fields(&frame, content.ai_assistance.as_ref(), problem_of),
        tool_declared: content.ai_assistance.is_some(),
        ce_marked: content
            .ai_assistance
            .as_ref()
            .is_some_and(|one| one.ce_marked),
        version: draft.unwrap_or(case.version),
        case_version: draft.map(|_| case.version),
        saves: super::saved_by(command),
        script: assets::address("editor.js"),
        snippets,
        kept_as: super::kept_as(command),
        command,
        sections,
        codes: codes::fields(&frame, &core.codes, content, problem_of),
        synoptic: synoptic::part(
            &frame,
            &core.templates,
            content,
            case.subspecialty.as_deref(),
            core.clock.now(),
            problems,
        ),
        concordances: Concordance::ALL
            .iter()
            .filter(|one| !nothing || **one == Concordance::NotAssessable)
            .map(|one| Choice {
                code: one.as_str(),
                label: frame.word("concordance", *one),
                chosen: content.concordance == Some(*one) || nothing,
            })
            .collect(),
        concordance_problem: problem_of("concordance"),
        password_problem: match error {
            Some(ServiceError::Throttled {
                retry_after_seconds,
            }) => Some(frame.tn(
                "login-throttled",
                i64::try_from(*retry_after_seconds).unwrap_or(i64::MAX),
            )),
            _ => problem_of("password"),
        },
        reason: (!matches!(command, Command::Sign | Command::SignReading))
            .then(|| (reason.to_owned(), problem_of("reason"))),
        problem,
        page: frame,
    };
    page(status, &body)
}

fn section<'c>(content: &'c OpinionContent, name: &str) -> &'c str {
    match name {
        "clinical_information" => &content.clinical_information,
        "macroscopy" => &content.macroscopy,
        "microscopy" => &content.microscopy,
        "ancillary_studies" => &content.ancillary_studies,
        "conclusion" => &content.conclusion,
        "comment" => &content.comment,
        "recommendation" => &content.recommendation,
        "references" => &content.references,
        "technical_incidents" => &content.technical_incidents,
        _ => &content.limits,
    }
}

/// A section to write into.
pub(super) fn section_mut<'c>(
    content: &'c mut OpinionContent,
    name: &str,
) -> Option<&'c mut String> {
    Some(match name {
        "clinical_information" => &mut content.clinical_information,
        "macroscopy" => &mut content.macroscopy,
        "microscopy" => &mut content.microscopy,
        "ancillary_studies" => &mut content.ancillary_studies,
        "conclusion" => &mut content.conclusion,
        "comment" => &mut content.comment,
        "recommendation" => &mut content.recommendation,
        "references" => &mut content.references,
        "technical_incidents" => &mut content.technical_incidents,
        "limits" => &mut content.limits,
        _ => return None,
    })
}

/// The slides to look at.
fn slides(case: &CaseDocument, content: &OpinionContent) -> Vec<SlideChoice> {
    declared::slides(case)
        .into_iter()
        .map(|(id, name)| SlideChoice {
            consulted: content.slides_consulted.contains(&id),
            id,
            name,
        })
        .collect()
}
