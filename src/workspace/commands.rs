//! Every command of the transition table as a button or a form. The table says which ones there are; here stands what they ask.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::case::{self, Action};
use super::command_fields::{Kind, choices, fields, label};
use super::failure::Failure;
use super::form::{Fields, Sent};
use super::page::Page;
use super::respond::{Answer, page, refused, to};
use super::signing;
use super::visitor::Visitor;
use crate::domain::commands::{CommandBody, Nothing, ReadBody};
use crate::domain::ids::CaseId;
use crate::domain::problems::{FieldProblem, FieldRule};
use crate::domain::text_enum::TextEnum;
use crate::domain::transitions::{ClockRule, Command, Refusal, transition};
use crate::service::commands::Order;
use crate::service::documents::CaseDocument;
use crate::service::{ServiceError, cases, commands};

/// The field of a form whose page can take the case itself for an answer: a script sees to its address.
const ANSWERED: &str = "_answered";
/// What a person would do first, in this order; the rest stands behind "other actions".
const FIRST: &[Command] = &[
    Command::Accept,
    Command::JoinPanel,
    Command::SignReading,
    Command::Cosign,
    Command::Dissent,
    Command::SaveOpinion,
    Command::Answer,
    Command::Acknowledge,
    Command::Triage,
    Command::Offer,
    Command::Decline,
    Command::LeavePanel,
    Command::RequestInformation,
    Command::CompleteAncillary,
    Command::ReceiveMaterial,
    Command::AgreeWithdrawal,
    Command::RecordOutcome,
    Command::Close,
];

/// The buttons of a case: those a person would press first, and the others.
pub(super) fn buttons(page: &Page, case: &CaseDocument) -> (Vec<Action>, Vec<Action>) {
    let open = |command: Command| match transition(command).clock {
        // An answer is a button only where something waits for it.
        ClockRule::Resume(pause) => case
            .requests
            .iter()
            .any(|request| request.closed_at.is_none() && request.pause == pause.as_str()),
        _ => true,
    };
    // Both are buttons of the editor.
    let shown = |command: Command| !matches!(command, Command::ReleasePreliminary | Command::Sign);
    let given: Vec<Command> = case
        .commands
        .iter()
        .copied()
        .filter(|command| shown(*command) && open(*command))
        .collect();
    let first: Vec<Command> = FIRST
        .iter()
        .copied()
        .filter(|one| given.contains(one))
        .collect();
    let others = given.iter().copied().filter(|one| !FIRST.contains(one));
    let action = |(at, command): (usize, Command)| Action {
        label: page.word("command", command),
        href: match command {
            Command::SaveOpinion => format!("/cases/{}/opinion", case.id),
            Command::SignReading | Command::AddAddendum | Command::Correct | Command::Amend => {
                format!("/cases/{}/opinion?as={command}", case.id)
            }
            _ => format!("/cases/{}/do/{command}", case.id),
        },
        at_once: matches!(
            command,
            Command::Accept | Command::JoinPanel | Command::AgreeWithdrawal | Command::Close
        ),
        class: match command {
            Command::Refuse
            | Command::Withdraw
            | Command::RequestWithdrawal
            | Command::ClosePanel
            | Command::TakeOver => "grave",
            _ if at == 0 => "first",
            _ => "",
        },
        key: match command {
            Command::Accept => "a",
            Command::SaveOpinion => "w",
            _ => "",
        },
    };
    (
        first.into_iter().enumerate().map(action).collect(),
        others
            .map(|command| action((usize::MAX, command)))
            .collect(),
    )
}

/// A field as the form shows it.
struct Shown {
    name: &'static str,
    label: String,
    hint: String,
    value: String,
    /// What was ticked, where several may be.
    ticked: Vec<String>,
    /// `words`, `line`, `many` or `one`.
    kind: &'static str,
    required: bool,
    choices: Vec<(String, String)>,
    problem: Option<String>,
}

#[derive(Template)]
#[template(path = "workspace/command.html")]
struct CommandPage {
    page: Page,
    case: CaseId,
    command: Command,
    reference: String,
    question: String,
    version: i64,
    fields: Vec<Shown>,
    problem: Option<String>,
    grave: bool,
    /// Whether it signs, for which a password is asked; and what is wrong with that.
    signs: bool,
    password_problem: Option<String>,
}

/// The form of a command.
pub(super) async fn show(visitor: Visitor, path: web::Path<(CaseId, String)>) -> Answer {
    let (case, command) = of(&path)?;
    let (_, document) = cases::read(
        visitor.exchange(),
        visitor.actor(),
        case,
        &visitor.request_id,
    )
    .await?;
    if !document.commands.contains(&command) {
        return Err(Failure::Service(ServiceError::NotFound));
    }
    form(&visitor, &document, command, Tried::default()).await
}

/// Gives the command.
pub(super) async fn give(
    sent: Sent,
    path: web::Path<(CaseId, String)>,
    request: HttpRequest,
) -> Answer {
    let (case, command) = of(&path)?;
    let Sent { visitor, fields } = sent;
    let here = format!("/cases/{case}/do/{command}");
    let (problems, body) = body(command, &fields);
    let given = if problems.is_empty() {
        let version = fields.get("_version").parse().unwrap_or(-1);
        let key = fields.idempotency(&here);
        let body = body?;
        match signing::presence(&visitor, case, command, &fields, &request).await {
            Ok(presence) => commands::run(
                visitor.exchange(),
                visitor.actor(),
                case,
                version,
                Order { body, presence },
                key,
                &visitor.request_id,
            )
            .await
            .map_err(signing::as_field),
            Err(error) => Err(error),
        }
    } else {
        Err(ServiceError::Invalid(problems))
    };
    match given {
        Ok(written) if written.document.is_none() => {
            Ok(to(&format!("/worklist?done={}", done(command))))
        }
        Ok(_) => {
            let notice = format!("done={}&kept={case}-{command}", done(command));
            match fields.given(ANSWERED) {
                Some(_) => case::answered(&visitor, case, &notice).await,
                None => Ok(to(&format!("/cases/{case}?{notice}"))),
            }
        }
        // No form is shown for a command that is not theirs.
        Err(error @ ServiceError::Refused(Refusal::NotYours)) => Err(error.into()),
        Err(
            error @ (ServiceError::Invalid(_)
            | ServiceError::Stale { .. }
            | ServiceError::Throttled { .. }
            | ServiceError::Refused(_)),
        ) => {
            let (_, document) = cases::read(
                visitor.exchange(),
                visitor.actor(),
                case,
                &visitor.request_id,
            )
            .await?;
            form(
                &visitor,
                &document,
                command,
                Tried {
                    fields,
                    error: Some(error),
                },
            )
            .await
        }
        Err(other) => Err(other.into()),
    }
}

/// The key of what was done.
pub(super) fn done(command: Command) -> String {
    format!("done-{}", command.as_str().replace('_', "-"))
}

fn of(path: &(CaseId, String)) -> Result<(CaseId, Command), Failure> {
    let command = Command::parse(&path.1).ok_or(ServiceError::NotFound)?;
    Ok((path.0, command))
}

/// What a form holds, as the body that the API takes; the choices that were not made.
fn body(command: Command, sent: &Fields) -> (Vec<FieldProblem>, Result<CommandBody, Failure>) {
    let (mut problems, mut body) = (Vec::new(), Map::new());
    for (name, kind, required) in fields(command) {
        let value = match kind {
            Kind::Items => Value::Array(
                sent.get(name)
                    .lines()
                    .map(str::trim)
                    .filter(|item| !item.is_empty())
                    .map(Value::from)
                    .collect(),
            ),
            Kind::Words => Value::from(sent.get(name)),
            Kind::Experts => {
                let chosen: Vec<Value> = sent.all(name).map(Value::from).collect();
                if chosen.is_empty() {
                    problems.push(FieldProblem::new(format!("/{name}"), FieldRule::Required));
                }
                Value::Array(chosen)
            }
            _ => match sent.given(name) {
                Some(value) => Value::from(value),
                None if *required && !matches!(kind, Kind::Line) => {
                    problems.push(FieldProblem::new(format!("/{name}"), FieldRule::Required));
                    continue;
                }
                None if *required => Value::from(""),
                None => continue,
            },
        };
        body.insert((*name).to_owned(), value);
    }
    let read = CommandBody::read(command, &mut Filled(Value::Object(body)))
        .and_then(Result::ok)
        .ok_or(Failure::Service(ServiceError::NotFound));
    (problems, read)
}

/// A form that was filled in, read as what its command carries.
struct Filled(Value);

impl ReadBody for Filled {
    type Error = serde_json::Error;

    fn read<T: DeserializeOwned + Serialize>(&mut self) -> Result<T, Self::Error> {
        serde_json::from_value(self.0.take())
    }

    fn read_nothing(&mut self) -> Result<Nothing, Self::Error> {
        Ok(Nothing {})
    }
}

/// A form that was sent and came back.
#[derive(Default)]
struct Tried {
    fields: Fields,
    error: Option<ServiceError>,
}

async fn form(visitor: &Visitor, case: &CaseDocument, command: Command, tried: Tried) -> Answer {
    let frame = Page::new(
        visitor,
        super::texts::text(
            visitor.language,
            &format!("command-{}", command.as_str().replace('_', "-")),
            &[],
        ),
        &format!("/cases/{}", case.id),
    );
    let problems = match &tried.error {
        Some(ServiceError::Invalid(problems)) => problems.as_slice(),
        _ => &[],
    };
    let mut shown = Vec::new();
    for (name, kind, required) in fields(command) {
        let choices = choices(visitor, &frame, case, command, *kind).await?;
        let problem = problems
            .iter()
            .find(|problem| problem.pointer.trim_start_matches('/').split('/').next() == Some(name))
            .map(|problem| super::problems::words(&frame, &problem.rule));
        let only = choices
            .first()
            .filter(|_| choices.len() == 1 && *required)
            .map(|(code, _)| code.clone());
        let typed = tried.fields.get(name);
        shown.push(Shown {
            name,
            label: frame.t(&format!("{}-{name}", label(command, name))),
            hint: if matches!(kind, Kind::Items) {
                frame.t("one-per-line")
            } else {
                String::new()
            },
            value: if typed.is_empty() {
                only.unwrap_or_default()
            } else {
                typed.to_owned()
            },
            ticked: tried.fields.all(name).map(ToOwned::to_owned).collect(),
            kind: match kind {
                Kind::Words | Kind::Items => "words",
                Kind::Line => "line",
                Kind::Experts => "many",
                _ => "one",
            },
            required: *required,
            choices,
            problem,
        });
    }
    let password = problems.iter().find(|one| one.pointer == "/password");
    let password_problem = password.map(|problem| super::problems::words(&frame, &problem.rule));
    let (status, problem) = told(&frame, tried.error.as_ref());
    let body = CommandPage {
        case: case.id,
        command,
        reference: case.reference.clone(),
        question: case.question.clone(),
        version: case.version,
        fields: shown,
        problem,
        signs: command.signs(),
        password_problem,
        grave: matches!(
            command,
            Command::Refuse
                | Command::Withdraw
                | Command::TakeOver
                | Command::ClosePanel
                | Command::RequestWithdrawal
        ),
        page: frame,
    };
    page(status, &body)
}

/// What a form that came back says at its head, and with which status.
pub(super) fn told(page: &Page, error: Option<&ServiceError>) -> (StatusCode, Option<String>) {
    match error {
        None => (StatusCode::OK, None),
        Some(ServiceError::Invalid(problems)) => (
            StatusCode::UNPROCESSABLE_ENTITY,
            Some(page.tn("problems", problems.len())),
        ),
        Some(ServiceError::Refused(refusal)) => (
            StatusCode::CONFLICT,
            Some(page.ts("error-refused", &refused(page, refusal))),
        ),
        Some(ServiceError::Throttled { .. }) => {
            (StatusCode::TOO_MANY_REQUESTS, Some(page.tn("problems", 1)))
        }
        Some(ServiceError::SigningUnavailable { reason, passes, .. }) => (
            StatusCode::SERVICE_UNAVAILABLE,
            Some(page.t(ServiceError::signing_sentence(reason, *passes))),
        ),
        Some(_) => (StatusCode::CONFLICT, Some(page.t("error-stale"))),
    }
}
