//! The small picture of a case in a list: its first slide as a whole, under the same rights as the slide itself. It says which tissue
//! it is, and shows no cell; nobody has read a slide by it (decision 38).

use std::sync::Arc;

use super::error::ServiceError;
use super::sessions::Bearer;
use super::viewing::{Shown, may_see, shown_of};
use super::{Exchange, audit, links};
use crate::domain::ids::CaseId;
use crate::domain::pyramid::Region;
use crate::slides::picture::Picture;
use crate::store;

/// Its longer edge, pixels: twice what it is shown in, for fine screens.
const EDGE: u32 = 112;

/// The picture of a case's first slide that can be read.
///
/// # Errors
/// [`ServiceError::NotFound`] for somebody who may not see the case's slides, and for a case without one; [`ServiceError::SlideUnavailable`].
pub async fn of_case(
    ex: &Exchange,
    bearer: Bearer,
    case: CaseId,
    request_id: &str,
) -> Result<Arc<Picture>, ServiceError> {
    let (relation, over, location, source) = ex
        .store
        .read(move |conn| {
            let actor = bearer.actor(conn)?;
            let (relation, over) = may_see(conn, &actor, case)?;
            let slides = store::slides::of_case(conn, case)?.into_iter();
            let mut readable = slides.filter(|slide| slide.content.unreadable_because.is_none());
            let first = readable.next().ok_or(ServiceError::NotFound)?.content;
            let source = store::organisations::find_slide_source(conn, first.source)?;
            let source = source.ok_or(ServiceError::NotFound)?;
            Ok::<_, ServiceError>((relation, over, first.location, source))
        })
        .await?;
    let source = links::registered(&ex.core, &source)?;
    let shown = shown_of(ex, source, &location, over).await?;
    let picture = whole(&shown).await?;
    let (core, person) = (&ex.core, bearer.person);
    let act = "view_thumbnail";
    let entry = audit::entry(core, person, relation, act, Some(case), request_id);
    ex.store
        .write(move |conn| store::traces::insert_audit(conn, &entry).map_err(ServiceError::from))
        .await?;
    Ok(picture)
}

/// A whole slide, small.
pub(super) async fn whole(shown: &Shown) -> Result<Arc<Picture>, ServiceError> {
    let (width, height) = shown.size();
    let whole = Region {
        x: 0,
        y: 0,
        width,
        height,
    };
    let (across, down) = fitted(width, height);
    shown.light_picture(whole, across, down).await
}

/// A slide's proportions in at most [`EDGE`] pixels each way.
fn fitted(width: u32, height: u32) -> (u32, u32) {
    let longer = u64::from(width.max(height).max(1));
    let scaled = |edge: u32| {
        let scaled = u64::from(edge) * u64::from(EDGE) / longer;
        u32::try_from(scaled).unwrap_or(EDGE).clamp(1, EDGE)
    };
    // What is smaller is not made larger.
    if longer <= u64::from(EDGE) {
        (width.max(1), height.max(1))
    } else {
        (scaled(width), scaled(height))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proportions_are_kept_and_no_edge_vanishes() {
        assert_eq!(fitted(2220, 2967), (83, EDGE));
        assert_eq!(fitted(200_000, 100_000), (EDGE, 56));
        assert_eq!(fitted(4_000_000_000, 1), (EDGE, 1));
        assert_eq!(fitted(64, 32), (64, 32));
        assert_eq!(fitted(0, 0), (1, 1));
    }
}
