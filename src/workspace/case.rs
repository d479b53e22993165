//! A case on one page: what is asked, what there is to look at, what was answered, what can be done now.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;

use super::assets;
use super::assigning::{self, Consideration};
use super::case_words::{Text, after, facts, named, patient, texts};
use super::clock::{Clock, clock};
use super::commands;
use super::declared;
use super::event::{Event, event};
use super::form::Fields;
use super::linked::Part;
use super::opinion::{Snapshot, snapshots_shown};
use super::page::Page;
use super::panel::{self, Panel};
use super::prepare::Prepare;
use super::respond::{Answer, page, to};
use super::texts::Language;
use super::times;
use super::visitor::Visitor;
use crate::domain::forecast::{Basis, Forecast};
use crate::domain::ids::{CaseId, SlideId};
use crate::domain::opinions::{Concordance, OpinionContent};
use crate::domain::permissions::View;
use crate::domain::text_enum::TextEnum;
use crate::domain::transitions::Command;
use crate::domain::turnaround::Urgency;
use crate::service::documents::{
    CaseDocument, OpinionDocument, RequestDocument, SlideDocument, TimestampDocument,
};
use crate::service::reading_drafts::ReadingDraft;
use crate::service::{ServiceError, cases, forecast, timeline};

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
    /// Where it is looked at; none for who may not.
    href: Option<String>,
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

struct Opinion {
    /// Where the signed file is; none for a preliminary opinion.
    signed: Option<String>,
    stamp: Option<String>,
    kind: String,
    class: &'static str,
    version: i32,
    /// The version that it adds to or mends.
    revises: Option<String>,
    signer: String,
    at: String,
    concordance: Option<(String, &'static str)>,
    codes: Vec<Code>,
    /// What the synoptic template is called, and its answers by their names.
    synoptic: Option<(String, Vec<(String, String)>)>,
    reason: Option<String>,
    texts: Vec<Text>,
    snapshots: Vec<Snapshot>,
}

/// A code of the diagnosis.
struct Code {
    system: String,
    code: String,
    label: String,
}

struct Request {
    kind: String,
    detail: String,
    opened: String,
    reply: Option<String>,
    open: bool,
}

#[derive(Template)]
#[template(path = "workspace/case.html")]
struct CasePage {
    page: Page,
    /// Fetches its slides ahead, for who is to read it; for others, what was fetched is forgotten.
    ahead: Option<Prepare>,
    id: CaseId,
    /// The viewer's script, fetched while who may open slides reads the case.
    viewer: Option<String>,
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
    panels: Vec<Panel>,
    opinions: Vec<Opinion>,
    requests: Vec<Request>,
    clock: Clock,
    /// When the answer may be expected.
    forecast: Option<String>,
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

/// The commands of who is to read a case, or reads it.
const READING: [Command; 4] = [
    Command::Accept,
    Command::SaveOpinion,
    Command::JoinPanel,
    Command::SignReading,
];

/// The case.
pub(super) async fn show(
    visitor: Visitor,
    case: web::Path<CaseId>,
    request: HttpRequest,
) -> Answer {
    shown(&visitor, *case, request.query_string(), false).await
}

/// The case after something was done, in the answer to it: that saves a journey over the line. The page says where it stands, which
/// is where the answer would have led.
pub(super) async fn answered(visitor: &Visitor, case: CaseId, notice: &str) -> Answer {
    shown(visitor, case, notice, true).await
}

async fn shown(visitor: &Visitor, case: CaseId, query: &str, elsewhere: bool) -> Answer {
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
        visitor,
        document.reference.clone(),
        &format!("/cases/{case}"),
    );
    frame.take_notice(&Fields::of_query(query));
    frame.here = elsewhere.then(|| format!("/cases/{case}?{query}"));
    let considered = assigning::considered(visitor, &frame, &document).await?;
    let events = entries
        .into_iter()
        .rev()
        .map(|entry| event(visitor, &frame, entry))
        .collect();
    let (actions, others) = commands::buttons(&frame, &document);
    let told = forecast::of_case(visitor.exchange(), visitor.actor(), case).await?;
    let forecast = told.forecast.map(|one| expected(visitor, &frame, &one));
    let unsigned = panel::unsigned(visitor, &document).await?;
    page(
        StatusCode::OK,
        &case_page(
            visitor,
            frame,
            document,
            Rest {
                actions,
                others,
                events,
                considered,
                forecast,
                unsigned,
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
    forecast: Option<String>,
    unsigned: Option<ReadingDraft>,
}

/// When the answer may be expected: nine of ten by the last instant.
fn expected(visitor: &Visitor, page: &Page, forecast: &Forecast) -> String {
    let told = |at| times::instant(visitor.language, at, visitor.zone, visitor.now);
    let likely = page.ts("forecast-likely", &told(forecast.likely));
    let latest = page.ts("forecast-latest", &told(forecast.latest));
    match forecast.basis {
        Basis::History => format!("{likely} · {latest}"),
        Basis::Calendar => format!("{likely} · {latest} · {}", page.t("forecast-calendar")),
    }
}

fn case_page(
    visitor: &Visitor,
    page: Page,
    case: CaseDocument,
    rest: Rest,
) -> Result<CasePage, ServiceError> {
    let subspecialty = named(&visitor.subspecialties(), case.subspecialty.as_deref());
    Ok(CasePage {
        ahead: Some(case.id)
            .filter(|_| case.commands.iter().any(|one| READING.contains(one)))
            .and_then(|id| Prepare::of(&page, &[id], true)),
        id: case.id,
        viewer: assets::address("viewer.js").filter(|_| case.view == View::Full),
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
        opinions: newest_first(&case.opinions)
            .into_iter()
            .map(|one| opinion(visitor, &page, &case, one, &declared::slides(&case)))
            .collect(),
        panels: panel::panels(visitor, &page, &case, rest.unsigned.as_ref()),
        requests: case
            .requests
            .iter()
            .map(|one| request(visitor, &page, one))
            .collect(),
        clock: clock(visitor, &page, &case)?,
        forecast: rest.forecast,
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

fn specimens(page: &Page, case: &CaseDocument) -> Vec<Specimen> {
    let slide = |slide: &SlideDocument| Slide {
        href: (case.view == View::Full).then(|| format!("/cases/{}/slides/{}", case.id, slide.id)),
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

/// The versions as they are read: what answers the case now before all, with what belongs to it. What mends an opinion of before the
/// case was reopened stands with that opinion.
fn newest_first(opinions: &[OpinionDocument]) -> Vec<&OpinionDocument> {
    let mut all: Vec<&OpinionDocument> = opinions.iter().collect();
    all.sort_by_key(|one| std::cmp::Reverse((one.cycle, one.version)));
    all
}

/// The time stamp of a signature, in words.
pub(super) fn stamp(visitor: &Visitor, page: &Page, stamp: &TimestampDocument) -> String {
    match stamp {
        TimestampDocument::Pending => page.t("stamp-pending"),
        TimestampDocument::Stamped { at, .. } => {
            let at = times::instant(visitor.language, *at, visitor.zone, visitor.now);
            page.ts("stamp-at", &at)
        }
    }
}

fn opinion(
    visitor: &Visitor,
    page: &Page,
    case: &CaseDocument,
    opinion: &OpinionDocument,
    slides: &[(SlideId, String)],
) -> Opinion {
    let content = &opinion.content;
    Opinion {
        signed: opinion
            .signature_sha256
            .is_some()
            .then(|| format!("/cases/{}/opinions/{}", case.id, opinion.id)),
        stamp: match &opinion.timestamp {
            Some(one) => Some(stamp(visitor, page, one)),
            None => opinion
                .signature_sha256
                .as_ref()
                .map(|_| page.t("stamp-none")),
        },
        kind: page.name("opinion", &opinion.kind),
        class: if opinion.kind == "preliminary" {
            "soon"
        } else {
            "done"
        },
        version: opinion.version,
        revises: opinion.revises.map(|one| page.tn("version-of", one)),
        signer: opinion.signer.name.clone(),
        at: times::instant(
            visitor.language,
            opinion.signed_at,
            visitor.zone,
            visitor.now,
        ),
        concordance: content.concordance.map(|one| {
            let class = class_of(one);
            (page.word("concordance", one), class)
        }),
        codes: codes(visitor, page, content),
        synoptic: synoptic(visitor, content),
        reason: opinion.reason.clone(),
        texts: declared::told(page, content, slides)
            .into_iter()
            .chain(declared::read(page, opinion.reading.as_deref(), slides))
            .map(|(heading, words)| Text { heading, words })
            .collect(),
        snapshots: snapshots_shown(page, case, &case.snapshots, &content.snapshots),
    }
}

/// The colour of a concordance.
pub(super) fn class_of(said: Concordance) -> &'static str {
    match said {
        Concordance::Concordant => "done",
        Concordance::MajorDiscordance => "late",
        Concordance::MinorDiscordance => "soon",
        Concordance::NotAssessable => "still",
    }
}

/// The answers to a synoptic template in words.
fn synoptic(
    visitor: &Visitor,
    content: &OpinionContent,
) -> Option<(String, Vec<(String, String)>)> {
    let templates = &visitor.exchange().core.templates;
    let said = templates.said(content.synoptic.as_ref()?)?;
    let either = |french: String, english: String| match visitor.language {
        Language::French => french,
        Language::English => english,
    };
    let elements = said.elements.into_iter();
    let told = elements.map(|one| (either(one.fr, one.en), either(one.said_fr, one.said_en)));
    Some((either(said.fr, said.en), told.collect()))
}

/// The codes of an opinion with what they stand for.
fn codes(visitor: &Visitor, page: &Page, content: &OpinionContent) -> Vec<Code> {
    let tables = &visitor.exchange().core.codes;
    content
        .codes()
        .map(|(system, field, typed)| {
            let coded = tables.resolve(system, typed);
            Code {
                system: page.name("opinion-field", field),
                label: coded
                    .as_ref()
                    .map(|one| super::opinion::label(page.language, one))
                    .unwrap_or_default(),
                code: coded.map_or_else(|| typed.to_owned(), |one| one.code),
            }
        })
        .collect()
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
