//! What is drawn on a slide, beside it: a list with labels that is read without the picture, and forms to name one's own anew or
//! take it away. The part stands in the viewer's page and is answered by itself to its script.

use actix_web::http::StatusCode;
use actix_web::web;
use askama::Template;

use super::failure::Failure;
use super::form::Sent;
use super::page::Page;
use super::respond::{Answer, page, to};
use super::signed::file;
use super::times;
use super::viewer;
use super::visitor::Visitor;
use crate::domain::annotation_exchange::{FeatureCollection, geo_json};
use crate::domain::annotations::{LABEL_MAX, Place as Point, ShapeKind};
use crate::domain::ids::{AnnotationId, CaseId, PersonId, SlideId};
use crate::domain::problems::{FieldProblem, FieldRule};
use crate::domain::text_enum::TextEnum;
use crate::service::ServiceError;
use crate::service::annotations::{self, AnnotationContent, AnnotationDocument, Place, Seen};

/// An annotation in the list.
struct Note {
    id: AnnotationId,
    version: i64,
    kind: ShapeKind,
    /// As the script reads them: `x,y x,y`.
    points: String,
    label: String,
    /// What it is called in the list: its label, or what is drawn.
    name: String,
    about: String,
    /// The label to change, for who may.
    own: Option<String>,
    problem: Option<String>,
}

/// The list.
#[derive(Template)]
#[template(path = "workspace/annotations.html")]
pub(super) struct Notes {
    page: Page,
    /// Whose page it is: what they draw without a line is theirs to send.
    person: PersonId,
    /// The address of the slide's page.
    here: String,
    notes: Vec<Note>,
    pub(super) draws: bool,
    problem: Option<String>,
    longest: usize,
}

/// What somebody did in vain.
pub(super) struct InVain {
    slide: SlideId,
    /// To which annotation; none for a new one.
    note: Option<AnnotationId>,
    /// The label they typed.
    label: Option<String>,
    error: ServiceError,
}

impl Notes {
    /// What is drawn on a slide, for the page of a person.
    pub(super) async fn of(
        visitor: &Visitor,
        place: Place,
        in_vain: Option<&InVain>,
    ) -> Result<Self, ServiceError> {
        let seen = annotations::seen(visitor.exchange(), visitor.actor(), place).await?;
        let frame = Page::new(visitor, String::new(), "");
        let in_vain = in_vain.filter(|one| one.slide == place.slide);
        let beside = |one: &InVain| {
            let there = |note| seen.annotations.iter().any(|known| known.id == note);
            one.note.filter(|note| there(*note)).is_none()
        };
        Ok(Self {
            person: visitor.actor().person,
            here: format!("/cases/{}/slides/{}", place.case, place.slide),
            problem: in_vain
                .filter(|one| beside(one))
                .map(|one| said(&frame, &one.error)),
            notes: notes(visitor, &frame, &seen, in_vain),
            draws: seen.draws,
            longest: LABEL_MAX,
            page: frame,
        })
    }
}

fn notes(visitor: &Visitor, frame: &Page, seen: &Seen, in_vain: Option<&InVain>) -> Vec<Note> {
    let person = visitor.actor().person;
    let each = seen.annotations.iter().map(|one| {
        let told = in_vain.filter(|told| told.note == Some(one.id));
        let own = seen.draws && one.author.id == person;
        let typed = told.and_then(|told| told.label.clone());
        Note {
            own: own.then(|| typed.unwrap_or_else(|| one.content.label.clone())),
            problem: told.map(|told| said(frame, &told.error)),
            ..note(visitor, frame, one)
        }
    });
    each.collect()
}

fn note(visitor: &Visitor, frame: &Page, one: &AnnotationDocument) -> Note {
    let AnnotationContent {
        kind,
        points,
        label,
    } = &one.content;
    let word = frame.word("shape", *kind);
    let at = times::instant(visitor.language, one.changed_at, visitor.zone, visitor.now);
    let place = |point: &Point| format!("{},{}", point.x, point.y);
    let points: Vec<String> = points.iter().map(place).collect();
    Note {
        id: one.id,
        version: one.version,
        kind: *kind,
        points: points.join(" "),
        about: [one.author.name.clone(), at].join(" · "),
        name: match label.as_str() {
            "" => word,
            label => format!("{label} ({word})"),
        },
        label: label.clone(),
        own: None,
        problem: None,
    }
}

/// Why it was not done.
fn said(frame: &Page, error: &ServiceError) -> String {
    let bad = match error {
        ServiceError::Invalid(problems) => problems.first(),
        _ => None,
    };
    match bad {
        Some(FieldProblem { pointer, rule }) if pointer == "/label" => match rule {
            FieldRule::TooLong { max } => {
                frame.tn("viewer-note-long", i64::try_from(*max).unwrap_or(0))
            }
            _ => frame.t("viewer-note-characters"),
        },
        Some(FieldProblem { pointer, .. }) if pointer.starts_with("/features") => {
            frame.ts("viewer-note-import-bad", pointer)
        }
        Some(_) => frame.t("viewer-note-outside"),
        None => match error {
            ServiceError::Stale { .. } => frame.t("viewer-note-stale"),
            ServiceError::NotFound => frame.t("viewer-note-gone"),
            ServiceError::Conflict(_) => frame.t("viewer-note-refused"),
            ServiceError::Overloaded | ServiceError::Contended => frame.t("error-overloaded"),
            _ => frame.t("error-forbidden"),
        },
    }
}

/// The list by itself.
pub(super) async fn show(visitor: Visitor, path: web::Path<(CaseId, SlideId)>) -> Answer {
    let place = place(path.into_inner());
    page(StatusCode::OK, &Notes::of(&visitor, place, None).await?)
}

fn place((case, slide): (CaseId, SlideId)) -> Place {
    Place { case, slide }
}

/// Draws something.
pub(super) async fn add(sent: Sent, path: web::Path<(CaseId, SlideId)>) -> Answer {
    let place = place(path.into_inner());
    let (visitor, fields) = (&sent.visitor, &sent.fields);
    let done = match drawn(&sent) {
        Some(content) => {
            let (exchange, actor) = (visitor.exchange(), visitor.actor());
            let key = fields.idempotency(&format!("{} annotations", place.slide));
            let made =
                annotations::add(exchange, actor, place, content, key, &visitor.request_id).await;
            made.map(drop)
        }
        None => Err(ServiceError::field("/points", FieldRule::Required)),
    };
    answer(&sent, place, None, done).await
}

/// What was drawn, as the script sends it.
fn drawn(sent: &Sent) -> Option<AnnotationContent> {
    let kind = ShapeKind::parse(sent.fields.get("kind"))?;
    let point = |text: &str| {
        let (x, y) = text.split_once(',')?;
        let [x, y] = [x, y].map(|text| text.parse().ok().filter(|one: &f64| one.is_finite()));
        Some(Point { x: x?, y: y? })
    };
    let points: Option<Vec<Point>> = sent.fields.get("points").split(' ').map(point).collect();
    Some(AnnotationContent {
        kind,
        points: points?,
        label: sent.fields.get("label").to_owned(),
    })
}

/// Names one's own annotation anew, draws it anew, or takes it away.
pub(super) async fn change(sent: Sent, path: web::Path<(CaseId, SlideId, AnnotationId)>) -> Answer {
    let (case, slide, note) = path.into_inner();
    let place = Place { case, slide };
    let visitor = &sent.visitor;
    let (exchange, actor) = (visitor.exchange(), visitor.actor());
    let read: i64 = sent.fields.get("version").parse().unwrap_or(0);
    let one = (note, read);
    let done = if sent.fields.get("act") == "remove" {
        annotations::remove(exchange, actor, place, one, &visitor.request_id).await
    } else {
        match changed(&sent, place, note).await {
            Ok(content) => {
                let request = &visitor.request_id;
                annotations::change(exchange, actor, place, one, content, request)
                    .await
                    .map(drop)
            }
            Err(error) => Err(error),
        }
    };
    answer(&sent, place, Some(note), done).await
}

/// What an annotation becomes: drawn anew under its label, or the same under another one.
async fn changed(
    sent: &Sent,
    place: Place,
    note: AnnotationId,
) -> Result<AnnotationContent, ServiceError> {
    let (exchange, actor) = (sent.visitor.exchange(), sent.visitor.actor());
    let seen = annotations::seen(exchange, actor, place).await?;
    let known = seen.annotations.into_iter().find(|one| one.id == note);
    let known = known.ok_or(ServiceError::NotFound)?.content;
    Ok(match drawn(sent) {
        Some(drawn) => AnnotationContent {
            label: known.label,
            ..drawn
        },
        None => AnnotationContent {
            label: sent.fields.get("label").to_owned(),
            ..known
        },
    })
}

/// Draws what a file of another program holds.
pub(super) async fn import(sent: Sent, path: web::Path<(CaseId, SlideId)>) -> Answer {
    let place = place(path.into_inner());
    let visitor = &sent.visitor;
    let read: Result<FeatureCollection, _> = serde_json::from_str(sent.fields.get("features"));
    let done = match read {
        Ok(features) => {
            let (exchange, actor) = (visitor.exchange(), visitor.actor());
            let key = sent.fields.idempotency(&format!("{} import", place.slide));
            let request = &visitor.request_id;
            annotations::import(exchange, actor, place, features, key, request)
                .await
                .map(drop)
        }
        Err(error) => {
            let place = format!(
                "/features (line {}, column {})",
                error.line(),
                error.column()
            );
            let detail = error.to_string();
            Err(ServiceError::field(place, FieldRule::Invalid { detail }))
        }
    };
    answer(&sent, place, None, done).await
}

/// What is drawn, as a file for QuPath. Its name says whose it is to nobody.
pub(super) async fn export(visitor: Visitor, path: web::Path<(CaseId, SlideId)>) -> Answer {
    let place = place(path.into_inner());
    let (exchange, actor) = (visitor.exchange(), visitor.actor());
    let found = annotations::for_exchange(exchange, actor, place, &visitor.request_id).await?;
    let mut answer = file("application/geo+json", format!("{}.geojson", place.slide));
    Ok(answer.body(geo_json(&found).to_string()))
}

/// The list as it is now, to the script; the slide's page to who has none. What was in vain is said there, and kept.
async fn answer(
    sent: &Sent,
    place: Place,
    note: Option<AnnotationId>,
    done: Result<(), ServiceError>,
) -> Answer {
    let visitor = &sent.visitor;
    let error = match done {
        Ok(()) if visitor.partial => {
            return page(StatusCode::OK, &Notes::of(visitor, place, None).await?);
        }
        Ok(()) => {
            let Place { case, slide } = place;
            return Ok(to(&format!("/cases/{case}/slides/{slide}")));
        }
        Err(error) => error,
    };
    let label = sent.fields.given("label").map(ToOwned::to_owned);
    let in_vain = InVain {
        slide: place.slide,
        label,
        note,
        error,
    };
    match &in_vain.error {
        ServiceError::Invalid(_) | ServiceError::Stale { .. } | ServiceError::Conflict(_) => {}
        ServiceError::NotFound if note.is_some() => {}
        _ => return Err(Failure::Service(in_vain.error)),
    }
    let status = match &in_vain.error {
        ServiceError::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
        ServiceError::NotFound => StatusCode::NOT_FOUND,
        _ => StatusCode::CONFLICT,
    };
    if visitor.partial {
        page(status, &Notes::of(visitor, place, Some(&in_vain)).await?)
    } else {
        let body = viewer::body(visitor, place.case, (place.slide, None), Some(&in_vain)).await?;
        page(status, &body)
    }
}
