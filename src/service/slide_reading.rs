//! How slides were read, as far as their viewers tell: a session may tell it of the slides that it opened.

use std::collections::HashMap;

use super::Exchange;
use super::error::ServiceError;
use super::sessions::Bearer;
use crate::domain::ids::{CaseId, PersonId, SlideId};
pub use crate::store::slide_views::Reading;
use crate::store::{self, id};

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

/// What a person saw of a case's slides, over all their sessions. For themselves: nobody else's reading is told.
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
