//! A case on one page: what is asked, what there is to look at, what was answered, what can be done now.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;
use chrono_tz::Tz;

use super::assigning::{self, Consideration};
use super::commands;
use super::declared;
use super::event::{Event, event};
use super::form::Fields;
use super::page::Page;
use super::respond::{Answer, page, to};
use super::times;
use super::visitor::Visitor;
use crate::domain::ids::{CaseId, SlideId};
use crate::domain::permissions::View;
use crate::domain::text_enum::TextEnum;
use crate::domain::transitions::Command;
use crate::domain::turnaround::{TargetTime, Urgency};
use crate::service::documents::{CaseDocument, OpinionDocument, RequestDocument, SlideDocument};
use crate::service::{ServiceError, cases, timeline};

/// A button of the case.
pub(super) struct Action {
    pub(super) label: String,
    pub(super) href: String,
    /// Whether the button does it, without a form to fill.
    pub(super) at_once: bool,
    pub(super) class: &'static str,
    pub(super) key: &'static str,
}

/// A slide as the case shows it.
struct Slide {
    label: String,
    stain: String,
    size: Option<String>,
    problem: Option<String>,
    excuse: Option<String>,
}

struct Specimen {
    label: String,
    about: String,
    blocks: Vec<(String, Vec<Slide>)>,
}

/// A text of the case under its heading.
struct Text {
    heading: String,
    words: String,
}

struct Opinion {
    kind: String,
    class: &'static str,
    version: i32,
    signer: String,
    at: String,
    concordance: Option<(String, &'static str)>,
    adicap: Option<String>,
    reason: Option<String>,
    texts: Vec<Text>,
}

struct Request {
    kind: String,
    detail: String,
    opened: String,
    reply: Option<String>,
    open: bool,
}

/// The answer clock.
struct Clock {
    words: Option<(String, &'static str)>,
    due: Option<String>,
    elsewhere: Option<String>,
    machine: String,
    remaining: Option<String>,
    elapsed: Option<String>,
    pauses: Vec<String>,
    cycle: i32,
}

#[derive(Template)]
#[template(path = "workspace/case.html")]
struct CasePage {
    page: Page,
    version: i64,
    reference: String,
    state: String,
    urgency: Option<String>,
    urgency_reason: Option<String>,
    subspecialty: String,
    question: String,
    actions: Vec<Action>,
    others: Vec<Action>,
    texts: Vec<Text>,
    work_done: Vec<(String, String)>,
    specimens: Vec<Specimen>,
    opinions: Vec<Opinion>,
    requests: Vec<Request>,
    clock: Clock,
    facts: Vec<(String, String)>,
    patient: Vec<(String, String)>,
    warnings: Vec<String>,
    events: Vec<Event>,
    unrouted: Vec<String>,
    /// The decision, about whom, and why.
    instructions: Vec<(String, String, String)>,
    considered: Vec<Consideration>,
    after: Vec<Text>,
}

/// The case.
pub(super) async fn show(
    visitor: Visitor,
    case: web::Path<CaseId>,
    request: HttpRequest,
) -> Answer {
    let case = *case;
    let (_, document) = cases::read(
        visitor.exchange(),
        visitor.actor(),
        case,
        &visitor.request_id,
    )
    .await?;
    if document.commands.contains(&Command::SaveDraft) {
        return Ok(to(&format!("/cases/{case}/edit")));
    }
    let entries = timeline::of_case(
        visitor.exchange(),
        visitor.actor(),
        case,
        &visitor.request_id,
    )
    .await?;
    let mut frame = Page::new(
        &visitor,
        document.reference.clone(),
        &format!("/cases/{case}"),
    );
    frame.take_notice(&Fields::of_query(request.query_string()));
    let considered = assigning::considered(&visitor, &frame, &document).await?;
    let events = entries
        .into_iter()
        .rev()
        .map(|entry| event(&visitor, &frame, entry))
        .collect();
    let (actions, others) = commands::buttons(&frame, &document);
    page(
        StatusCode::OK,
        &case_page(
            &visitor,
            frame,
            document,
            Rest {
                actions,
                others,
                events,
                considered,
            },
        )?,
    )
}

/// What is made from more than the document.
struct Rest {
    actions: Vec<Action>,
    others: Vec<Action>,
    events: Vec<Event>,
    considered: Vec<Consideration>,
}

fn case_page(
    visitor: &Visitor,
    page: Page,
    case: CaseDocument,
    rest: Rest,
) -> Result<CasePage, ServiceError> {
    let subspecialty = named(&visitor.subspecialties(), case.subspecialty.as_deref());
    Ok(CasePage {
        version: case.version,
        state: match &case.waiting_for {
            Some(waiting) => page.name("waiting", waiting),
            None => page.name("state", &case.state),
        },
        urgency: Some(page.name("urgency", &case.urgency))
            .filter(|_| case.urgency != Urgency::Routine.as_str()),
        texts: texts(&page, &case),
        work_done: case
            .work_done
            .iter()
            .map(|work| (work.technique.clone(), work.result.clone()))
            .collect(),
        specimens: specimens(&page, &case),
        opinions: case
            .opinions
            .iter()
            .rev()
            .map(|one| opinion(visitor, &page, one, &declared::slides(&case)))
            .collect(),
        requests: case
            .requests
            .iter()
            .map(|one| request(visitor, &page, one))
            .collect(),
        clock: clock(visitor, &page, &case)?,
        facts: facts(visitor, &page, &case),
        patient: patient(&page, &case),
        warnings: case
            .warnings
            .iter()
            .map(|warning| page.name("warning", warning))
            .collect(),
        unrouted: assigning::unrouted(&page, case.unrouted.as_ref()),
        instructions: case
            .instructions
            .iter()
            .map(|one| {
                let kind = page.word("instruction", one.kind);
                (kind, one.expert.name.clone(), one.reason.clone())
            })
            .collect(),
        after: after(&page, &case),
        subspecialty,
        urgency_reason: case.urgency_reason,
        question: case.question,
        reference: case.reference,
        actions: rest.actions,
        others: rest.others,
        events: rest.events,
        considered: rest.considered,
        page,
    })
}

/// The name behind a code.
pub(super) fn named(all: &[(String, String)], code: Option<&str>) -> String {
    all.iter()
        .find(|(known, _)| Some(known.as_str()) == code)
        .map_or_else(String::new, |(_, name)| name.clone())
}

fn texts(page: &Page, case: &CaseDocument) -> Vec<Text> {
    let mut texts = Vec::new();
    let mut add = |heading: String, words: &str| {
        if !words.trim().is_empty() {
            texts.push(Text {
                heading,
                words: words.to_owned(),
            });
        }
    };
    if let Some(diagnosis) = &case.initial_diagnosis {
        let status = page.word("initial", diagnosis.status);
        let text = diagnosis.text.as_deref().unwrap_or_default();
        let code = diagnosis
            .adicap
            .as_deref()
            .map(|code| format!(" ({code})"))
            .unwrap_or_default();
        add(
            page.t("case-initial"),
            format!("{status}\n{text}{code}").trim(),
        );
    }
    add(
        page.t("case-context"),
        case.clinical_context.as_deref().unwrap_or_default(),
    );
    add(
        page.t("case-macroscopy"),
        case.macroscopy.as_deref().unwrap_or_default(),
    );
    texts
}

fn specimens(page: &Page, case: &CaseDocument) -> Vec<Specimen> {
    let slide = |slide: &SlideDocument| Slide {
        label: slide.label.clone(),
        stain: slide.stain.clone(),
        size: slide.facts.as_ref().map(|facts| {
            let scale = facts
                .objective
                .map(|objective| format!(" · {objective}×"))
                .unwrap_or_default();
            format!("{} × {} px{scale}", facts.width, facts.height)
        }),
        problem: slide
            .failure
            .as_deref()
            .map(|failure| page.name("failure", failure.split(' ').next().unwrap_or_default())),
        excuse: slide.unreadable_because.clone(),
    };
    case.specimens
        .iter()
        .map(|specimen| Specimen {
            label: specimen.label.clone(),
            about: [specimen.site.as_str(), specimen.procedure.as_str()]
                .into_iter()
                .filter(|text| !text.is_empty())
                .collect::<Vec<_>>()
                .join(", "),
            blocks: specimen
                .blocks
                .iter()
                .map(|block| {
                    (
                        block.label.clone(),
                        block.slides.iter().map(slide).collect(),
                    )
                })
                .collect(),
        })
        .collect()
}

fn opinion(
    visitor: &Visitor,
    page: &Page,
    opinion: &OpinionDocument,
    slides: &[(SlideId, String)],
) -> Opinion {
    let content = &opinion.content;
    Opinion {
        kind: page.name("opinion", &opinion.kind),
        class: if opinion.kind == "preliminary" {
            "soon"
        } else {
            "done"
        },
        version: opinion.version,
        signer: opinion.signer.name.clone(),
        at: times::instant(
            visitor.language,
            opinion.signed_at,
            visitor.zone,
            visitor.now,
        ),
        concordance: content.concordance.map(|one| {
            let class = match one.as_str() {
                "concordant" => "done",
                "major_discordance" => "late",
                "minor_discordance" => "soon",
                _ => "still",
            };
            (page.word("concordance", one), class)
        }),
        adicap: content.adicap.clone(),
        reason: opinion.reason.clone(),
        texts: declared::told(page, content, slides)
            .into_iter()
            .map(|(heading, words)| Text { heading, words })
            .collect(),
    }
}

fn request(visitor: &Visitor, page: &Page, request: &RequestDocument) -> Request {
    let kind = match request.pause.as_str() {
        "information" => page.name("information", &request.kind),
        "ancillary" => page.name("ancillary", &request.kind),
        pause => page.name("pause", pause),
    };
    Request {
        kind,
        detail: assigning::shipment(request.detail.as_deref().unwrap_or_default()),
        opened: times::instant(
            visitor.language,
            request.opened_at,
            visitor.zone,
            visitor.now,
        ),
        reply: request.reply.clone().filter(|reply| !reply.is_empty()),
        open: request.closed_at.is_none(),
    }
}

fn clock(visitor: &Visitor, page: &Page, case: &CaseDocument) -> Result<Clock, ServiceError> {
    let turnaround = &case.turnaround;
    let zone = pool_zone(visitor, case);
    let urgency = Urgency::parse(&case.urgency).unwrap_or(Urgency::Routine);
    let working = visitor.exchange().core.targets.of(urgency).time == TargetTime::Working;
    let open = matches!(case.state.as_str(), "submitted" | "offered" | "accepted");
    let words = match turnaround.due_at {
        Some(due) if open => {
            let told = times::span(visitor.language, due - visitor.now);
            let soon = turnaround
                .warning_at
                .is_some_and(|warning| warning <= visitor.now);
            Some(match (turnaround.late, soon) {
                (true, _) => (page.ts("late-by", &told), "late"),
                (false, true) => (page.ts("due-in", &told), "soon"),
                (false, false) => (page.ts("due-in", &told), ""),
            })
        }
        None if open && !case.pauses.is_empty() => Some((page.t("clock-still"), "still")),
        _ => None,
    };
    let span = |seconds: i64| times::span(visitor.language, chrono::Duration::seconds(seconds));
    Ok(Clock {
        words,
        due: turnaround
            .due_at
            .map(|at| times::instant(visitor.language, at, visitor.zone, visitor.now)),
        elsewhere: turnaround
            .due_at
            .zip(zone)
            .and_then(|(at, zone)| times::elsewhere(visitor.language, at, visitor.zone, zone)),
        machine: turnaround
            .due_at
            .map(|at| at.to_rfc3339())
            .unwrap_or_default(),
        remaining: turnaround
            .remaining_seconds
            .filter(|seconds| open && *seconds > 0)
            .map(|seconds| {
                page.ts(
                    if working {
                        "remaining-working"
                    } else {
                        "remaining-wall"
                    },
                    &span(seconds),
                )
            }),
        elapsed: turnaround
            .cycles
            .last()
            .map(|cycle| page.ts("elapsed", &span(cycle.elapsed_seconds))),
        pauses: case
            .pauses
            .iter()
            .map(|pause| page.word("pause", *pause))
            .collect(),
        cycle: turnaround.cycle,
    })
}

/// The zone in which the answering pool works.
fn pool_zone(visitor: &Visitor, case: &CaseDocument) -> Option<Tz> {
    // The network's own territory is not in the document; the case's is the next best, and the same in most pools.
    let data = &visitor.exchange().core.reference;
    data.territory(&case.territory)
        .ok()
        .map(|territory| territory.zone)
}

fn facts(visitor: &Visitor, page: &Page, case: &CaseDocument) -> Vec<(String, String)> {
    let mut facts = vec![
        (
            page.t("case-from"),
            format!(
                "{} ({})",
                case.laboratory.name,
                named(&visitor.territories(), Some(&case.territory))
            ),
        ),
        (page.t("case-submitter"), case.submitter.name.clone()),
        (page.t("case-network"), case.network.name.clone()),
    ];
    if let Some(expert) = &case.expert {
        facts.push((page.t("case-expert"), expert.name.clone()));
    }
    let allowed: Vec<String> = [
        (case.pre_authorisations.further_stains, "allow-stains"),
        (case.pre_authorisations.send_block, "allow-block"),
        (case.pre_authorisations.panel, "allow-panel"),
    ]
    .into_iter()
    .filter(|(allowed, _)| *allowed)
    .map(|(_, key)| page.t(key))
    .collect();
    facts.push((
        page.t("case-allowed"),
        if allowed.is_empty() {
            page.t("allow-nothing")
        } else {
            allowed.join(", ")
        },
    ));
    if let Some(number) = &case.diaginter_number {
        facts.push((page.t("case-diaginter"), number.clone()));
    }
    facts
}

fn patient(page: &Page, case: &CaseDocument) -> Vec<(String, String)> {
    let Some(patient) = case.patient.as_ref().filter(|_| case.view == View::Full) else {
        return Vec::new();
    };
    let mut facts = vec![
        (
            page.t("patient-accession"),
            patient.accession_number.clone(),
        ),
        (page.t("patient-sex"), page.word("sex", patient.sex)),
    ];
    if let Some(year) = patient.birth_year {
        facts.push((page.t("patient-birth-year"), year.to_string()));
    }
    if let Some(ins) = &patient.ins {
        facts.push((page.t("patient-ins"), ins.clone()));
    }
    facts
}

/// What the submitter made of the opinion, and what came later.
fn after(page: &Page, case: &CaseDocument) -> Vec<Text> {
    let mut after = Vec::new();
    let mut add = |heading: &str, words: String| {
        after.push(Text {
            heading: page.t(heading),
            words,
        })
    };
    if let Some(said) = &case.acknowledgement {
        add("case-acknowledged", page.name("acknowledgement", said));
    }
    if let Some(reason) = &case.contested_reason {
        add("case-contested", reason.clone());
    }
    if let Some(outcome) = &case.outcome {
        let field = |name: &str| {
            outcome
                .get(name)
                .and_then(|value| value.as_str())
                .unwrap_or_default()
        };
        add(
            "case-outcome",
            format!(
                "{}\n{}",
                page.name("verdict", field("verdict")),
                field("text")
            ),
        );
    }
    after
}
