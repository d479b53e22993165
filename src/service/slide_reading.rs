//! How slides were read, as far as their viewers tell: a session may tell it of the slides that it opened.

use std::collections::HashMap;

use super::Exchange;
use super::error::ServiceError;
use super::sessions::Bearer;
use crate::domain::ids::{CaseId, PersonId, SlideId};
use crate::domain::statement::{SlideNamed, SlideRead};
pub use crate::store::slide_views::Reading;
use crate::store::{self, Conn, id};

/// Seconds that may be told at once: nobody reads a slide for longer without leaving the page.
const SECONDS_MAX: i64 = 24 * 3600;
/// Nanometres in a pixel of the screen that a viewer can show.
const NANOMETRES: std::ops::RangeInclusive<i64> = 1..=1_000_000;

/// Adds to what the session saw of a slide.
///
/// # Errors
/// [`ServiceError::NotFound`] when it never opened the slide.
pub async fn note(
    ex: &Exchange,
    bearer: Bearer,
    slide: SlideId,
    told: Reading,
) -> Result<(), ServiceError> {
    let seconds = told.seconds.clamp(0, SECONDS_MAX);
    let nanometres = told.finest_nanometres;
    let told = Reading {
        seconds,
        light_seconds: told.light_seconds.clamp(0, seconds),
        finest_nanometres: nanometres.filter(|one| NANOMETRES.contains(one)),
    };
    let session = bearer.family.to_string();
    let known = ex
        .store
        .write(move |conn| store::slide_views::add_reading(conn, &session, slide, told))
        .await?;
    if known {
        Ok(())
    } else {
        Err(ServiceError::NotFound)
    }
}

/// How a person read these slides of a case, in their order, for what they sign; those that they never opened are left out.
pub(super) fn evidence(
    conn: &mut Conn,
    person: PersonId,
    case: CaseId,
    slides: &[SlideNamed],
) -> Result<Vec<SlideRead>, ServiceError> {
    let mut found: HashMap<SlideId, (u32, Reading)> = HashMap::new();
    for view in store::slide_views::views_of(conn, case, person)? {
        let (sessions, so_far) = found.entry(id(&view.slide_id)?).or_default();
        *sessions = sessions.saturating_add(1);
        *so_far = so_far.and(view.reading());
    }
    let read = slides.iter().filter_map(|slide| {
        let (sessions, reading) = found.get(&slide.id)?;
        Some(SlideRead {
            slide: slide.id,
            sessions: *sessions,
            seconds: reading.seconds,
            light_seconds: reading.light_seconds,
            finest_nanometres: reading.finest_nanometres,
        })
    });
    Ok(read.collect())
}

/// What a person saw of a case's slides, over all their sessions. For themselves: nobody else's reading is told before it is signed.
///
/// # Errors
/// Storage failures.
pub async fn own(
    ex: &Exchange,
    person: PersonId,
    case: CaseId,
) -> Result<HashMap<SlideId, Reading>, ServiceError> {
    ex.store
        .read(move |conn| {
            let mut found: HashMap<SlideId, Reading> = HashMap::new();
            for view in store::slide_views::views_of(conn, case, person)? {
                let so_far = found.entry(id(&view.slide_id)?).or_default();
                *so_far = so_far.and(view.reading());
            }
            Ok(found)
        })
        .await
}
