//! The opinion editor: the slides beside it, the draft kept as it is typed, signed with a button of its own.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::commands::{done, told};
use super::failure::Failure;
use super::form::{Fields, PASSWORD, Sent};
use super::page::Page;
use super::respond::{Answer, page, to};
use super::visitor::Visitor;
use crate::domain::cases::InitialDiagnosisStatus;
use crate::domain::commands::{Answered, CommandBody, Revised};
use crate::domain::ids::{CaseId, SlideId};
use crate::domain::opinions::{AiAssistance, Concordance, Confidence, OpinionContent};
use crate::domain::problems::FieldRule;
use crate::domain::text_enum::TextEnum;
use crate::domain::transitions::Command;
use crate::http::client_address;
use crate::service::documents::CaseDocument;
use crate::service::presence::{self, Payload, Presence};
use crate::service::{ServiceError, Written, cases, commands};

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

#[derive(Template)]
#[template(path = "workspace/opinion.html")]
struct OpinionPage {
    page: Page,
    case: CaseId,
    reference: String,
    question: String,
    initial: String,
    context: String,
    slides: Vec<SlideChoice>,
    slides_problem: Option<String>,
    confidences: Vec<Choice>,
    tool: Vec<ToolField>,
    tool_declared: bool,
    ce_marked: bool,
    version: i64,
    /// What the main button does.
    command: Command,
    sections: Vec<Section>,
    adicap: String,
    concordances: Vec<Choice>,
    concordance_problem: Option<String>,
    reason: Option<(String, Option<String>)>,
    password_problem: Option<String>,
    problem: Option<String>,
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

/// The editor.
pub(super) async fn show(
    visitor: Visitor,
    case: web::Path<CaseId>,
    request: HttpRequest,
) -> Answer {
    let (_, document) = cases::read(
        visitor.exchange(),
        visitor.actor(),
        *case,
        &visitor.request_id,
    )
    .await?;
    let asked = Fields::of_query(request.query_string());
    let command = revising(asked.get("as")).unwrap_or(Command::Sign);
    if !document.commands.contains(&command) {
        return Err(ServiceError::NotFound.into());
    }
    let content = match command {
        Command::Sign => document.opinion_draft.clone().unwrap_or_default(),
        // A further version begins from the one it follows.
        _ => document
            .opinions
            .last()
            .map(|last| last.content.clone())
            .unwrap_or_default(),
    };
    let mut frame = frame(&visitor, command, *case);
    frame.take_notice(&asked);
    editor(frame, &document, command, &content, "", None)
}

/// Keeps, releases or signs what was typed.
pub(super) async fn write(sent: Sent, case: web::Path<CaseId>, request: HttpRequest) -> Answer {
    let case = *case;
    let Sent { visitor, fields } = sent;
    let content = content(&fields);
    let opinion = || {
        Box::new(Answered {
            opinion: content.clone(),
        })
    };
    let revised = || {
        Box::new(Revised {
            reason: fields.get("reason").to_owned(),
            opinion: content.clone(),
        })
    };
    let body = match fields.get("_do") {
        "sign" => CommandBody::Sign(opinion()),
        "release_preliminary" => CommandBody::ReleasePreliminary(opinion()),
        "add_addendum" => CommandBody::AddAddendum(revised()),
        "correct" => CommandBody::Correct(revised()),
        "amend" => CommandBody::Amend(revised()),
        _ => CommandBody::SaveOpinion(Box::new(content.clone())),
    };
    let command = body.command();
    match give(&visitor, case, &fields, body, &request).await {
        Ok(written) if visitor.partial => {
            kept(&visitor, written.document.map(|(version, _)| version))
        }
        Ok(_) if command == Command::SaveOpinion => Ok(to(&format!(
            "/cases/{case}/opinion?done={}&kept={case}-opinion",
            done(command)
        ))),
        Ok(_) => Ok(to(&format!(
            "/cases/{case}?done={}&kept={case}-opinion",
            done(command)
        ))),
        Err(
            error @ (ServiceError::Invalid(_)
            | ServiceError::Stale { .. }
            | ServiceError::Throttled { .. }
            | ServiceError::Refused(_)),
        ) => {
            if visitor.partial {
                return not_kept(&visitor, &error);
            }
            let (_, document) = cases::read(
                visitor.exchange(),
                visitor.actor(),
                case,
                &visitor.request_id,
            )
            .await?;
            let shown = if command == Command::SaveOpinion || command == Command::ReleasePreliminary
            {
                Command::Sign
            } else {
                command
            };
            editor(
                frame(&visitor, shown, case),
                &document,
                shown,
                &content,
                fields.get("reason"),
                Some(&error),
            )
        }
        Err(other) => Err(other.into()),
    }
}

/// Gives the command; one that signs, with the password that was typed beside its button.
async fn give(
    visitor: &Visitor,
    case: CaseId,
    fields: &Fields,
    body: CommandBody,
    request: &HttpRequest,
) -> Result<Written, ServiceError> {
    let command = body.command();
    let presence = if command.signs() && !fields.get(PASSWORD).is_empty() {
        let payload = Payload {
            case,
            command,
            sha256: fields.digest(),
        };
        let shown = payload.sha256.clone();
        let (exchange, session) = (visitor.exchange(), &visitor.session);
        let password = fields.get(PASSWORD).to_owned();
        let address = client_address(request);
        let proof = presence::prove(
            exchange,
            session,
            password,
            payload,
            address,
            &visitor.request_id,
        )
        .await?;
        Presence::Shown {
            proof: proof.proof,
            session: session.family,
            sha256: shown,
        }
    } else {
        Presence::NotShown
    };
    // What is kept in passing is a new request each time; what is signed is signed once.
    let key = if command == Command::SaveOpinion {
        None
    } else {
        fields.idempotency(&format!("/cases/{case}/opinion"))
    };
    let done = commands::run(
        visitor.exchange(),
        visitor.actor(),
        case,
        fields.get("_version").parse().unwrap_or(-1),
        commands::Order { body, presence },
        key,
        &visitor.request_id,
    );
    match done.await {
        // On a page the proof is a field that was left empty.
        Err(ServiceError::PresenceRequired { .. }) => {
            Err(ServiceError::field("/password", FieldRule::Required))
        }
        other => other,
    }
}

/// To a page that keeps its draft in passing: when it was kept, and the version to go on from.
#[derive(Template)]
#[template(path = "workspace/kept.html")]
struct Kept {
    page: Page,
    version: Option<i64>,
    said: String,
}

fn kept(visitor: &Visitor, version: Option<i64>) -> Answer {
    let frame = Page::new(visitor, String::new(), "");
    let at = visitor
        .now
        .with_timezone(&visitor.zone)
        .format("%H:%M")
        .to_string();
    page(
        StatusCode::OK,
        &Kept {
            said: frame.ts("kept-at", &at),
            page: frame,
            version,
        },
    )
}

fn not_kept(visitor: &Visitor, error: &ServiceError) -> Answer {
    let frame = Page::new(visitor, String::new(), "");
    let (_, said) = told(&frame, Some(error));
    let said = said.unwrap_or_default();
    // 200, so that the sentence is put into the page; it says what happened.
    page(
        StatusCode::OK,
        &Kept {
            said,
            page: frame,
            version: None,
        },
    )
}

fn revising(name: &str) -> Option<Command> {
    Command::parse(name).filter(|command| {
        matches!(
            command,
            Command::AddAddendum | Command::Correct | Command::Amend
        )
    })
}

fn frame(visitor: &Visitor, command: Command, case: CaseId) -> Page {
    let key = match command {
        Command::Sign => "command-save-opinion".to_owned(),
        other => format!("command-{}", other.as_str().replace('_', "-")),
    };
    Page::new(
        visitor,
        super::texts::text(visitor.language, &key, &[]),
        &format!("/cases/{case}"),
    )
}

fn content(fields: &Fields) -> OpinionContent {
    let text = |name: &str| fields.get(name).to_owned();
    OpinionContent {
        clinical_information: text("clinical_information"),
        macroscopy: text("macroscopy"),
        microscopy: text("microscopy"),
        ancillary_studies: text("ancillary_studies"),
        conclusion: text("conclusion"),
        comment: text("comment"),
        recommendation: text("recommendation"),
        limits: text("limits"),
        references: text("references"),
        technical_incidents: text("technical_incidents"),
        confidence: Confidence::parse(fields.get("confidence")),
        slides_consulted: fields
            .all("slides_consulted")
            .filter_map(|slide| slide.parse().ok())
            .collect(),
        ai_assistance: tool(fields),
        adicap: fields.given("adicap").map(ToOwned::to_owned),
        concordance: Concordance::parse(fields.get("concordance")),
    }
}

/// The program that took part, when anything is said of one.
fn tool(fields: &Fields) -> Option<AiAssistance> {
    let text = |name: &str| fields.get(name).to_owned();
    let tool = AiAssistance {
        tool: text("tool"),
        version: text("version"),
        intended_use: text("intended_use"),
        ce_marked: fields.get("ce_marked") == "yes",
        effect: text("effect"),
    };
    (tool != AiAssistance::default()).then_some(tool)
}

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

fn editor(
    frame: Page,
    case: &CaseDocument,
    command: Command,
    content: &OpinionContent,
    reason: &str,
    error: Option<&ServiceError>,
) -> Result<HttpResponse, Failure> {
    let problems = match error {
        Some(ServiceError::Invalid(problems)) => problems.as_slice(),
        _ => &[],
    };
    let problem_of = |name: &str| {
        problems
            .iter()
            .find(|problem| problem.pointer.rsplit('/').next() == Some(name))
            .map(|problem| super::problems::words(&frame, &problem.rule))
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
        slides: slides(case, content),
        slides_problem: problems
            .iter()
            .find(|problem| problem.pointer.contains("/slides_consulted"))
            .map(|problem| super::problems::words(&frame, &problem.rule)),
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
        version: case.version,
        command,
        sections,
        adicap: content.adicap.clone().unwrap_or_default(),
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
        reason: (command != Command::Sign).then(|| (reason.to_owned(), problem_of("reason"))),
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

/// The slides to look at.
fn slides(case: &CaseDocument, content: &OpinionContent) -> Vec<SlideChoice> {
    super::declared::slides(case)
        .into_iter()
        .map(|(id, name)| SlideChoice {
            consulted: content.slides_consulted.contains(&id),
            id,
            name,
        })
        .collect()
}
