//! The opinion editor: the slides beside it, the draft kept as it is typed, signed with a button of its own.

mod codes;
mod editor;
mod reading;
mod snapshots;
mod synoptic;
mod typed;

use actix_web::{HttpRequest, web};

pub(super) use self::codes::{label, near};
use self::editor::{Desk, editor};
pub(super) use self::snapshots::{Snapshot, list as snapshot_list, shown as snapshots_shown};
use self::typed::content;
use super::commands::done;
use super::form::{Fields, PASSWORD, Sent};
use super::kept::{kept, not_kept};
use super::page::Page;
use super::respond::{Answer, to};
use super::signing;
use super::visitor::Visitor;
use crate::domain::commands::{Answered, CommandBody, Revised};
use crate::domain::ids::CaseId;
use crate::domain::opinions::OpinionContent;
use crate::domain::snippets::Snippet;
use crate::domain::text_enum::TextEnum;
use crate::domain::transitions::Command;
use crate::service::{self, ServiceError, Written, cases, commands, snippets};

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
        // A reading is read anew, whatever was said before: it goes on from nothing but itself.
        Command::SignReading => reading::draft(&visitor, *case).await?.content,
        // A further version begins from what its signer signed last.
        _ => document
            .opinions
            .iter()
            .rfind(|one| one.signer.id == visitor.actor().person && !one.is_preliminary())
            .map(|last| last.content.clone())
            .unwrap_or_default(),
    };
    let mut frame = frame(&visitor, command, *case);
    frame.take_notice(&asked);
    let desk = desk(&visitor, command, *case).await?;
    editor(frame, desk, &document, command, &content, "", None)
}

/// Keeps, releases or signs what was typed.
pub(super) async fn write(sent: Sent, case: web::Path<CaseId>, request: HttpRequest) -> Answer {
    let case = *case;
    let Sent { visitor, fields } = sent;
    let core = &visitor.exchange().core;
    let mut content = content(&core.templates, &fields);
    if fields.get("_do") == "choose_template" {
        return taken(&visitor, case, &fields, &content).await;
    }
    if fields.get("_do") == "insert_snippet" {
        insert(&mut content, &fields, &own(&visitor).await?);
        return taken(&visitor, case, &fields, &content).await;
    }
    if let Some(chosen) = fields.given("_remove") {
        let removed = snapshots::remove(&visitor, case, chosen).await?;
        content
            .snapshots
            .retain(|one| Some(one.snapshot) != removed);
        return taken(&visitor, case, &fields, &content).await;
    }
    if let Some(chosen) = fields.given("_take") {
        codes::take(&mut content, chosen);
        return taken(&visitor, case, &fields, &content).await;
    }
    let wanted = wanted(&fields);
    if wanted == reading::SAVE {
        return reading::keep(&visitor, case, &fields, content).await;
    }
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
    let body = match wanted {
        "sign" => CommandBody::Sign(opinion()),
        "sign_reading" => CommandBody::SignReading(opinion()),
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
            "/cases/{case}?done={}&kept={case}-{}",
            done(command),
            kept_as(command)
        ))),
        Err(
            error @ (ServiceError::Invalid(_)
            | ServiceError::Stale { .. }
            | ServiceError::Throttled { .. }
            | ServiceError::SigningUnavailable { .. }
            | ServiceError::Refused(_)),
        ) => {
            if visitor.partial {
                return not_kept(&visitor, &error);
            }
            let shown = if command == Command::SaveOpinion || command == Command::ReleasePreliminary
            {
                Command::Sign
            } else {
                command
            };
            again(&visitor, (case, shown), &fields, &content, &error).await
        }
        Err(other) => Err(other.into()),
    }
}

/// The editor again, with what was typed and what is wrong with it.
async fn again(
    visitor: &Visitor,
    (case, command): (CaseId, Command),
    fields: &Fields,
    content: &OpinionContent,
    error: &ServiceError,
) -> Answer {
    let (exchange, actor) = (visitor.exchange(), visitor.actor());
    let (_, document) = cases::read(exchange, actor, case, &visitor.request_id).await?;
    let desk = desk(visitor, command, case).await?;
    let frame = frame(visitor, command, case);
    let reason = fields.get("reason");
    editor(
        frame,
        desk,
        &document,
        command,
        content,
        reason,
        Some(error),
    )
}

/// What the form is to do. Enter presses no button: it signs for who has typed the password, and keeps the draft otherwise.
fn wanted(fields: &Fields) -> &str {
    let (pressed, shown) = (fields.get("_do"), fields.get("_as"));
    if !pressed.is_empty() {
        return pressed;
    }
    match Command::parse(shown).and_then(saved_by) {
        Some(save) if fields.get(PASSWORD).is_empty() => save,
        _ => shown,
    }
}

/// The button that keeps what is written for a command, where the exchange keeps it.
fn saved_by(command: Command) -> Option<&'static str> {
    match command {
        Command::Sign => Some(Command::SaveOpinion.as_str()),
        Command::SignReading => Some(reading::SAVE),
        _ => None,
    }
}

/// The editor again, with a code or a template that was chosen; nothing is kept yet.
async fn taken(
    visitor: &Visitor,
    case: CaseId,
    fields: &Fields,
    content: &OpinionContent,
) -> Answer {
    let (exchange, actor) = (visitor.exchange(), visitor.actor());
    let (_, document) = cases::read(exchange, actor, case, &visitor.request_id).await?;
    let command = revising(fields.get("_as")).unwrap_or(Command::Sign);
    if !document.commands.contains(&command) {
        return Err(ServiceError::NotFound.into());
    }
    let frame = frame(visitor, command, case);
    let desk = desk(visitor, command, case).await?;
    let reason = fields.get("reason");
    editor(frame, desk, &document, command, content, reason, None)
}

/// What lies beside what somebody writes.
async fn desk(visitor: &Visitor, command: Command, case: CaseId) -> Result<Desk<'_>, ServiceError> {
    let (exchange, actor) = (visitor.exchange(), visitor.actor());
    Ok(Desk {
        core: exchange.core.as_ref(),
        snippets: own(visitor).await?,
        snapshots: service::snapshots::own(exchange, actor, case).await?,
        draft: match command {
            Command::SignReading => Some(reading::version(visitor, case).await?),
            _ => None,
        },
    })
}

/// The sentences of whoever writes; who is no expert any more has none.
async fn own(visitor: &Visitor) -> Result<Vec<Snippet>, ServiceError> {
    match snippets::own(visitor.exchange(), visitor.actor()).await {
        Ok(own) => Ok(own.items),
        Err(ServiceError::Forbidden(_)) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// Puts the sentence that was chosen behind what stands in the section that was chosen.
fn insert(content: &mut OpinionContent, fields: &Fields, own: &[Snippet]) {
    let chosen = fields.get("_snippet");
    let Some(snippet) = own.iter().find(|one| one.key == chosen) else {
        return;
    };
    if let Some(section) = editor::section_mut(content, fields.get("_into")) {
        if !section.trim_end().is_empty() {
            section.truncate(section.trim_end().len());
            section.push(' ');
        }
        section.push_str(&snippet.text);
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
    let read = if command == Command::SignReading {
        reading::unchanged(visitor, case, fields).await?;
        fields.get("_case")
    } else {
        fields.get("_version")
    };
    let presence = signing::presence(visitor, case, command, fields, request).await?;
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
        read.parse().unwrap_or(-1),
        commands::Order { body, presence },
        key,
        &visitor.request_id,
    );
    done.await.map_err(signing::as_field)
}

/// Under which name the browser keeps what is typed: a reading is not the opinion.
fn kept_as(command: Command) -> &'static str {
    if command == Command::SignReading {
        "reading"
    } else {
        "opinion"
    }
}

/// The commands other than the first signature that the editor serves.
fn revising(name: &str) -> Option<Command> {
    Command::parse(name).filter(|command| {
        matches!(
            command,
            Command::SignReading | Command::AddAddendum | Command::Correct | Command::Amend
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
