//! Who looked at which slide, and how it was read.

use diesel::prelude::*;

use super::StoreResult;
use super::connection::Conn;
use super::schema::slide_views;
use crate::domain::ids::{CaseId, PersonId, SlideId};

/// Who looked at which slide, once for each session.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = slide_views)]
#[expect(
    missing_docs,
    reason = "the columns carry the names of the domain's terms; instants are microseconds UTC"
)]
pub struct ViewRow {
    pub id: String,
    pub session_id: String,
    pub person_id: String,
    pub case_id: String,
    pub slide_id: String,
    pub opened_at: i64,
    pub seconds: i64,
    pub finest_nanometres: Option<i64>,
    pub light_seconds: i64,
}

/// What somebody saw of a slide.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reading {
    /// For how long it was in sight, seconds.
    pub seconds: i64,
    /// For how long of them in the light view.
    pub light_seconds: i64,
    /// The nearest look at it, nanometres of the slide in a pixel of the screen; none when the slide's scale is not known.
    pub finest_nanometres: Option<i64>,
}

impl Reading {
    /// Both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let finest = self.finest_nanometres.into_iter();
        Self {
            seconds: self.seconds.saturating_add(other.seconds),
            light_seconds: self.light_seconds.saturating_add(other.light_seconds),
            finest_nanometres: finest.chain(other.finest_nanometres).min(),
        }
    }
}

impl ViewRow {
    /// How the slide was read in the session.
    pub fn reading(&self) -> Reading {
        Reading {
            seconds: self.seconds,
            light_seconds: self.light_seconds,
            finest_nanometres: self.finest_nanometres,
        }
    }
}

/// Whether the session has looked at the slide before.
///
/// # Errors
/// Storage failures.
pub fn was_viewed(conn: &mut Conn, session: &str, slide: SlideId) -> StoreResult<bool> {
    let found = slide_views::table
        .filter(slide_views::session_id.eq(session))
        .filter(slide_views::slide_id.eq(slide.to_string()))
        .count()
        .get_result::<i64>(conn)?;
    Ok(found > 0)
}

/// Notes that a session looks at a slide.
///
/// # Errors
/// [`super::StoreError::Duplicate`] when it did so before.
pub fn insert_view(conn: &mut Conn, row: &ViewRow) -> StoreResult<()> {
    diesel::insert_into(slide_views::table)
        .values(row)
        .execute(conn)?;
    Ok(())
}

/// Adds to what a session is known to have seen of a slide. False when the session never opened it.
///
/// # Errors
/// Storage failures.
pub fn add_reading(
    conn: &mut Conn,
    session: &str,
    slide: SlideId,
    more: Reading,
) -> StoreResult<bool> {
    let known = slide_views::table
        .filter(slide_views::session_id.eq(session))
        .filter(slide_views::slide_id.eq(slide.to_string()))
        .select(ViewRow::as_select())
        .first(conn)
        .optional()?;
    let Some(known) = known else { return Ok(false) };
    let all = known.reading().and(more);
    let changed = diesel::update(slide_views::table.find(&known.id))
        .set((
            slide_views::seconds.eq(all.seconds),
            slide_views::light_seconds.eq(all.light_seconds),
            slide_views::finest_nanometres.eq(all.finest_nanometres),
        ))
        .execute(conn)?;
    Ok(changed > 0)
}

/// Every view of a case's slides by one person.
///
/// # Errors
/// Storage failures.
pub fn views_of(conn: &mut Conn, case: CaseId, person: PersonId) -> StoreResult<Vec<ViewRow>> {
    Ok(slide_views::table
        .filter(slide_views::case_id.eq(case.to_string()))
        .filter(slide_views::person_id.eq(person.to_string()))
        .order(slide_views::opened_at)
        .select(ViewRow::as_select())
        .load(conn)?)
}
