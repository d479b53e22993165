//! The viewer: a slide of a case as large as the window, or two side by side. The page stands without script and then shows
//! overviews; what a slide is moved and measured with is in `assets/viewer`.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use serde::Serialize;
use serde_json::{Map, Value};

use super::annotations::{InVain, Notes};
use super::assets;
use super::form::{Fields, Sent};
use super::page::Page;
use super::respond::{Answer, page};
use super::texts::{Language, text};
use super::visitor::Visitor;
use crate::domain::annotations::ShapeKind;
use crate::domain::ids::{CaseId, SlideId};
use crate::domain::permissions::View;
use crate::domain::text_enum::TextEnum;
use crate::domain::transitions::Command;
use crate::service::annotations::Place;
use crate::service::documents::{CaseDocument, SlideDocument};
use crate::service::preparing;
use crate::service::sessions::Bearer;
use crate::service::slide_reading::{self, Reading};
use crate::service::viewing::{self, LIFETIME, Opened};
use crate::service::{ServiceError, cases};

/// A slide of the case, to change to.
struct Tab {
    href: String,
    name: String,
    stain: String,
    /// Shown as the first slide.
    current: bool,
    /// The address at which it stands beside the first one; none for what is shown.
    beside: Option<String>,
    /// How this person has read it so far.
    seen: Option<String>,
    /// Comes before or after the first slide.
    step: &'static str,
}

/// A slide on the page.
struct Sight {
    id: SlideId,
    name: String,
    /// Its addresses of this page: for the next grant, and to tell how it was read.
    here: String,
    found: Result<Found, String>,
    /// What is drawn on it.
    notes: Notes,
}

/// A slide that can be read.
struct Found {
    base: String,
    width: u64,
    height: u64,
    tile: u32,
    overlap: u32,
    /// Micrometres per pixel across and down.
    scale: Option<(f64, f64)>,
}

/// A magnification with a button and a key.
struct Magnification {
    value: &'static str,
    label: String,
    key: usize,
}

/// As objectives have them; the key of each is its place.
const MAGNIFICATIONS: [&str; 6] = ["1.25", "2.5", "5", "10", "20", "40"];

/// A shape with a button and a key.
struct Shape {
    kind: &'static str,
    label: String,
    key: &'static str,
}

#[derive(Template)]
#[template(path = "workspace/viewer.html")]
pub(super) struct ViewerPage {
    page: Page,
    script: Option<String>,
    case: CaseId,
    tabs: Vec<Tab>,
    sights: Vec<Sight>,
    magnifications: Vec<Magnification>,
    /// What can be drawn; nothing for who may not.
    shapes: Vec<Shape>,
    /// Where whoever looks writes an opinion, for which they take snapshots; none for who writes none.
    writes: Option<String>,
    /// What opens the pictures that this browser has fetched ahead; empty for who reads the case no more.
    ahead: String,
    /// What the script says, as JSON.
    words: String,
    lasting: i64,
}

/// The page.
pub(super) async fn show(
    visitor: Visitor,
    path: web::Path<(CaseId, SlideId)>,
    request: HttpRequest,
) -> Answer {
    let (case, first) = path.into_inner();
    let asked = Fields::of_query(request.query_string());
    let second = asked.get("beside").parse().ok().filter(|id| *id != first);
    let body = body(&visitor, case, (first, second), None).await?;
    page(StatusCode::OK, &body)
}

/// The page of a slide, with another one beside it; `in_vain` is what its person has just tried.
pub(super) async fn body(
    visitor: &Visitor,
    case: CaseId,
    (first, second): (SlideId, Option<SlideId>),
    in_vain: Option<&InVain>,
) -> Result<ViewerPage, ServiceError> {
    let (exchange, actor) = (visitor.exchange(), visitor.actor());
    let (_, document) = cases::read(exchange, actor, case, &visitor.request_id).await?;
    if document.view != View::Full {
        return Err(ServiceError::NotFound);
    }
    let slides = slides(&document);
    let mut sights = Vec::new();
    let here = format!("/cases/{case}/slides/{first}");
    let mut frame = Page::new(visitor, String::new(), &here);
    // The viewer's library looks for a mark on the style that stands in the page.
    frame.styled = false;
    for id in [Some(first), second].into_iter().flatten() {
        let slide = slides.iter().find(|slide| slide.id == id);
        let slide = slide.ok_or(ServiceError::NotFound)?;
        sights.push(sight(visitor, &frame, case, slide, in_vain).await?);
    }
    let names: Vec<&str> = sights.iter().map(|sight| sight.name.as_str()).collect();
    frame.title = format!("{} · {}", names.join(" | "), document.reference);
    let seen = slide_reading::own(exchange, actor.person, case).await?;
    let writes = writes(&document);
    let draws = sights.iter().any(|sight| sight.notes.draws);
    Ok(ViewerPage {
        script: assets::address("viewer.js"),
        case,
        tabs: tabs(&frame, case, &slides, (first, second), |id| {
            seen.get(&id).copied()
        }),
        sights,
        magnifications: magnifications(&frame),
        shapes: if draws { shapes(&frame) } else { Vec::new() },
        writes,
        ahead: preparing::key(exchange, bearer(visitor), case).await?,
        words: words(&frame),
        lasting: LIFETIME.num_seconds(),
        page: frame,
    })
}

/// Where an opinion is written on the case now, or a reading; a further version is begun on the page of the case.
fn writes(case: &CaseDocument) -> Option<String> {
    let at = format!("/cases/{}", case.id);
    let written = [
        (Command::SaveOpinion, "/opinion"),
        (Command::SignReading, "/opinion?as=sign_reading"),
        (Command::AddAddendum, ""),
        (Command::Correct, ""),
        (Command::Amend, ""),
    ];
    let mut now = written.iter();
    let (_, place) = now.find(|(command, _)| case.commands.contains(command))?;
    Some(format!("{at}{place}"))
}

fn shapes(frame: &Page) -> Vec<Shape> {
    let keys = ["t", "g", "b", "o", "v", "z"];
    let all = ShapeKind::ALL.iter().zip(keys);
    all.map(|(kind, key)| Shape {
        kind: kind.as_str(),
        label: frame.word("shape", *kind),
        key,
    })
    .collect()
}

/// The slides of a case in the order in which it names them.
fn slides(case: &CaseDocument) -> Vec<&SlideDocument> {
    let blocks = case.specimens.iter().flat_map(|specimen| &specimen.blocks);
    blocks.flat_map(|block| &block.slides).collect()
}

fn tabs(
    frame: &Page,
    case: CaseId,
    slides: &[&SlideDocument],
    (first, second): (SlideId, Option<SlideId>),
    seen: impl Fn(SlideId) -> Option<Reading>,
) -> Vec<Tab> {
    let at = slides.iter().position(|slide| slide.id == first);
    let tab = |(index, slide): (usize, &&SlideDocument)| {
        let shown = slide.id == first || Some(slide.id) == second;
        Tab {
            href: format!("/cases/{case}/slides/{}", slide.id),
            name: slide.label.clone(),
            stain: slide.stain.clone(),
            current: slide.id == first,
            beside: (!shown).then(|| format!("/cases/{case}/slides/{first}?beside={}", slide.id)),
            seen: seen(slide.id).and_then(|reading| read(frame, reading)),
            step: match at {
                Some(at) if index + 1 == at => "before",
                Some(at) if index == at + 1 => "after",
                _ => "",
            },
        }
    };
    slides.iter().enumerate().map(tab).collect()
}

/// How somebody read a slide, in words; nothing when the viewer told nothing.
fn read(frame: &Page, reading: Reading) -> Option<String> {
    // 40× is 250 nm in a pixel; below 1× nothing is read.
    let nearest = reading.finest_nanometres.map(|one| 10_000 / one.max(1));
    let nearest = nearest
        .filter(|times| *times > 0)
        .map(|times| format!("{times}×"));
    let light = time(reading.light_seconds).map(|time| frame.ts("viewer-light-part", &time));
    let told: Vec<String> = [Some(time(reading.seconds)?), nearest, light]
        .into_iter()
        .flatten()
        .collect();
    Some(frame.ts("viewer-seen", &told.join(", ")))
}

fn time(seconds: i64) -> Option<String> {
    match seconds.div_euclid(60) {
        _ if seconds <= 0 => None,
        0 => Some(format!("{seconds} s")),
        minutes => Some(format!("{minutes} min")),
    }
}

async fn sight(
    visitor: &Visitor,
    frame: &Page,
    case: CaseId,
    slide: &SlideDocument,
    in_vain: Option<&InVain>,
) -> Result<Sight, ServiceError> {
    let opened = open(visitor, case, slide.id).await?;
    let found = match viewing::shown(visitor.exchange(), &opened.grant).await {
        Ok(shown) => {
            let (face, facts) = (shown.deep_zoom(), shown.description().facts);
            Ok(Found {
                base: base(&opened),
                width: facts.width,
                height: facts.height,
                tile: face.tile,
                overlap: face.overlap,
                scale: facts.mpp_x.zip(facts.mpp_y),
            })
        }
        Err(ServiceError::SlideUnavailable { failure, .. }) => Err(frame.name("failure", &failure)),
        Err(ServiceError::Overloaded) => Err(frame.t("failure-source-busy")),
        Err(other) => return Err(other),
    };
    Ok(Sight {
        id: slide.id,
        name: [slide.label.as_str(), slide.stain.as_str()].join(" "),
        here: format!("/cases/{case}/slides/{}", slide.id),
        found,
        notes: Notes::of(
            visitor,
            Place {
                case,
                slide: slide.id,
            },
            in_vain,
        )
        .await?,
    })
}

/// Who looks, in which session.
pub(super) fn bearer(visitor: &Visitor) -> Bearer {
    Bearer {
        person: visitor.actor().person,
        family: visitor.session.family,
    }
}

async fn open(visitor: &Visitor, case: CaseId, slide: SlideId) -> Result<Opened, ServiceError> {
    let (exchange, bearer) = (visitor.exchange(), bearer(visitor));
    viewing::open(exchange, bearer, case, slide, &visitor.request_id).await
}

fn base(opened: &Opened) -> String {
    format!("/slides/{}", opened.grant)
}

/// Where a slide's pictures stand from now on.
#[derive(Serialize)]
struct Renewed {
    base: String,
    /// For how many seconds.
    lasting: i64,
}

/// The next grant, for a page that stays open.
pub(super) async fn renew(sent: Sent, path: web::Path<(CaseId, SlideId)>) -> Answer {
    let (case, slide) = path.into_inner();
    let opened = open(&sent.visitor, case, slide).await?;
    Ok(HttpResponse::Ok().json(Renewed {
        base: base(&opened),
        lasting: LIFETIME.num_seconds(),
    }))
}

/// Takes down how a slide was read.
pub(super) async fn note(sent: Sent, path: web::Path<(CaseId, SlideId)>) -> Answer {
    let (_, slide) = path.into_inner();
    let told = Reading {
        seconds: sent.fields.get("seconds").parse().unwrap_or(0),
        light_seconds: sent.fields.get("light_seconds").parse().unwrap_or(0),
        finest_nanometres: sent.fields.get("nanometres").parse().ok(),
    };
    let (exchange, bearer) = (sent.visitor.exchange(), bearer(&sent.visitor));
    slide_reading::note(exchange, bearer, slide, told).await?;
    Ok(HttpResponse::NoContent().finish())
}

fn magnifications(frame: &Page) -> Vec<Magnification> {
    let all = MAGNIFICATIONS.into_iter().enumerate();
    all.map(|(place, value)| Magnification {
        value,
        label: match frame.language {
            Language::French => format!("{}×", value.replace('.', ",")),
            Language::English => format!("{value}×"),
        },
        key: place + 1,
    })
    .collect()
}

/// What the script says: each text with its names in braces, for the script to fill in.
fn words(frame: &Page) -> String {
    const NAMES: [&str; 10] = [
        "label",
        "magnification",
        "degrees",
        "x",
        "y",
        "zoom",
        "size",
        "mitoses",
        "fields",
        "density",
    ];
    let braces: Vec<(&str, String)> = NAMES
        .into_iter()
        .chain(["area"])
        .map(|name| (name, format!("{{{name}}}")))
        .collect();
    let values: Vec<_> = braces
        .iter()
        .map(|(name, brace)| (*name, brace.as_str().into()))
        .collect();
    let said = [
        ("position", "viewer-position"),
        ("pixels", "viewer-position-pixels"),
        ("overview", "viewer-overview"),
        ("ruler", "viewer-distance"),
        ("area", "viewer-surface"),
        ("counted", "viewer-counted"),
        ("failed", "viewer-tiles-failed"),
        ("ended", "viewer-ended"),
        ("light", "viewer-seen-light"),
        ("original", "viewer-seen-original"),
        ("drawing", "viewer-note-drawing"),
        ("noted", "viewer-note-noted"),
        ("unsent", "viewer-note-unsent"),
        ("unchanged", "viewer-note-unchanged"),
        ("copied", "viewer-copied"),
        ("snapshot_unsent", "snapshot-unsent"),
    ];
    let words: Map<String, Value> = said
        .into_iter()
        .map(|(name, key)| (name.to_owned(), text(frame.language, key, &values).into()))
        .collect();
    Value::Object(words).to_string()
}
