//! Cases that are fetched ahead into an expert's browser, to be read over a slow line: the overview of each slide and the places that
//! were marked on it.
//!
//! The browser keeps the pictures sealed. Their key is made of the person, the session and the case, is kept nowhere, and is given to
//! pages of who is to read the case, as long as they are: with the session, the assignment or the signature it is gone, and with it the
//! pictures, whatever is left of them on a disk.

use serde::Serialize;

use super::annotations::{self, Place};
use super::error::ServiceError;
use super::sessions::Bearer;
use super::{Exchange, viewing};
use crate::domain::annotations::Place as Point;
use crate::domain::ids::{CaseId, SlideId};
use crate::domain::permissions::{Relation, View, reads_ahead, view};
use crate::store::{self, Conn};

/// What the key is for.
const PURPOSE: &str = "pictures fetched ahead";
/// Most slides of a case, and most places of a slide, that are fetched ahead.
const SLIDES: usize = 12;
const PLACES: usize = 12;

/// What a browser needs to fetch a case ahead.
#[derive(Debug, Serialize)]
pub struct Prepared {
    /// Seals the pictures: 128 bits, hexadecimal.
    pub key: String,
    /// The slides that can be read now.
    pub slides: Vec<PreparedSlide>,
}

/// A slide of it.
#[derive(Debug, Serialize)]
pub struct PreparedSlide {
    /// Which one.
    pub slide: SlideId,
    /// Where its pictures are, for the next minutes.
    pub base: String,
    /// Width of its finest resolution, pixels.
    pub width: u64,
    /// Height of its finest resolution, pixels.
    pub height: u64,
    /// Edge of a tile, pixels.
    pub tile: u32,
    /// Marked places: left, top, right, bottom, pixels of the finest resolution.
    pub marked: Vec<[f64; 4]>,
}

/// As what somebody reads the case ahead.
fn reading(conn: &mut Conn, bearer: Bearer, case: CaseId) -> Result<Relation, ServiceError> {
    let row = store::cases::find(conn, case)?.ok_or(ServiceError::NotFound)?;
    let actor = bearer.actor(conn)?;
    let relations = super::access::relations_to(conn, &actor, &row)?;
    if view(&relations) != Some(View::Full) {
        return Err(ServiceError::NotFound);
    }
    reads_ahead(&relations).ok_or(ServiceError::Forbidden(
        "only who is to read the case fetches it ahead",
    ))
}

fn key_of(ex: &Exchange, bearer: Bearer, case: CaseId) -> String {
    let (person, session) = (bearer.person, bearer.family);
    let sealing = ex.core.sealing.for_purpose(PURPOSE);
    sealing.keyed_hash(&format!("{person} {session} {case}"))
}

/// The key of what a session has fetched ahead of a case; empty for who is not to read it.
///
/// # Errors
/// [`ServiceError::NotFound`] for a stranger.
pub async fn key(ex: &Exchange, bearer: Bearer, case: CaseId) -> Result<String, ServiceError> {
    let reads = ex.store.read(move |conn| reading(conn, bearer, case)).await;
    match reads {
        Ok(_) => Ok(key_of(ex, bearer, case)),
        Err(ServiceError::Forbidden(_)) => Ok(String::new()),
        Err(error) => Err(error),
    }
}

/// Opens the slides of a case to be fetched ahead. One that cannot be read now is left out.
///
/// # Errors
/// [`ServiceError::NotFound`] for a stranger, [`ServiceError::Forbidden`] for who is not to read it.
pub async fn prepare(
    ex: &Exchange,
    bearer: Bearer,
    case: CaseId,
    request_id: &str,
) -> Result<Prepared, ServiceError> {
    let (slides, actor) = ex
        .store
        .read(move |conn| {
            reading(conn, bearer, case)?;
            let slides = store::slides::of_case(conn, case)?;
            Ok::<_, ServiceError>((slides, bearer.actor(conn)?))
        })
        .await?;
    let mut prepared = Vec::new();
    for slide in slides.into_iter().take(SLIDES) {
        let opened = viewing::open_ahead(ex, bearer, case, slide.id, request_id).await?;
        let shown = match viewing::shown(ex, &opened.grant).await {
            Ok(shown) => shown,
            Err(ServiceError::SlideUnavailable { .. } | ServiceError::Overloaded) => continue,
            Err(other) => return Err(other),
        };
        let place = Place {
            case,
            slide: slide.id,
        };
        let drawn = annotations::seen(ex, &actor, place).await?.annotations;
        let marked = drawn.iter().filter(|one| one.author.id != bearer.person);
        let (facts, face) = (shown.description().facts, shown.deep_zoom());
        prepared.push(PreparedSlide {
            slide: slide.id,
            base: format!("/slides/{}", opened.grant),
            width: facts.width,
            height: facts.height,
            tile: face.tile,
            marked: marked
                .map(|one| around(&one.content.points))
                .take(PLACES)
                .collect(),
        });
    }
    Ok(Prepared {
        key: key_of(ex, bearer, case),
        slides: prepared,
    })
}

/// The box around points.
fn around(points: &[Point]) -> [f64; 4] {
    let none = [f64::INFINITY, f64::INFINITY, 0.0, 0.0];
    points.iter().fold(none, |[left, top, right, bottom], one| {
        [
            left.min(one.x),
            top.min(one.y),
            right.max(one.x),
            bottom.max(one.y),
        ]
    })
}
