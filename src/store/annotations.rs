//! What people drew on slides, and every version of it.

use diesel::prelude::*;

use super::StoreResult;
use super::connection::Conn;
use super::schema::{annotation_events, annotations};
use crate::domain::ids::{AnnotationId, CaseId, SlideId};

/// An annotation as its row.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = annotations)]
#[expect(
    missing_docs,
    reason = "the columns carry the names of the domain's terms; instants are microseconds UTC, content JSON; a batch is what came in one import"
)]
pub struct AnnotationRow {
    pub id: String,
    pub case_id: String,
    pub slide_id: String,
    pub author_id: String,
    pub version: i64,
    pub content: String,
    pub batch_id: Option<String>,
    pub created_at: i64,
    pub changed_at: i64,
    pub removed_at: Option<i64>,
}

/// A version of an annotation as its row.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = annotation_events)]
#[expect(
    missing_docs,
    reason = "the columns carry the names of the domain's terms; instants are microseconds UTC, content JSON"
)]
pub struct AnnotationEventRow {
    pub annotation_id: String,
    pub version: i64,
    pub action: String,
    pub person_id: String,
    pub at: i64,
    pub content: String,
}

/// What is drawn on a slide of a case now, the oldest first.
///
/// # Errors
/// Storage failures.
pub fn of_slide(conn: &mut Conn, case: CaseId, slide: SlideId) -> StoreResult<Vec<AnnotationRow>> {
    Ok(annotations::table
        .filter(annotations::case_id.eq(case.to_string()))
        .filter(annotations::slide_id.eq(slide.to_string()))
        .filter(annotations::removed_at.is_null())
        .order(annotations::id)
        .select(AnnotationRow::as_select())
        .load(conn)?)
}

/// How many are drawn on a slide now.
///
/// # Errors
/// Storage failures.
pub fn count(conn: &mut Conn, case: CaseId, slide: SlideId) -> StoreResult<i64> {
    Ok(annotations::table
        .filter(annotations::case_id.eq(case.to_string()))
        .filter(annotations::slide_id.eq(slide.to_string()))
        .filter(annotations::removed_at.is_null())
        .count()
        .get_result(conn)?)
}

/// One of a slide of a case, removed or not.
///
/// # Errors
/// Storage failures.
pub fn find(
    conn: &mut Conn,
    case: CaseId,
    slide: SlideId,
    annotation: AnnotationId,
) -> StoreResult<Option<AnnotationRow>> {
    Ok(annotations::table
        .find(annotation.to_string())
        .filter(annotations::case_id.eq(case.to_string()))
        .filter(annotations::slide_id.eq(slide.to_string()))
        .select(AnnotationRow::as_select())
        .first(conn)
        .optional()?)
}

/// What came in one import and is still there, the oldest first.
///
/// # Errors
/// Storage failures.
pub fn of_batch(conn: &mut Conn, batch: &str) -> StoreResult<Vec<AnnotationRow>> {
    Ok(annotations::table
        .filter(annotations::batch_id.eq(batch))
        .filter(annotations::removed_at.is_null())
        .order(annotations::id)
        .select(AnnotationRow::as_select())
        .load(conn)?)
}

/// Adds one.
///
/// # Errors
/// Storage failures.
pub fn insert(conn: &mut Conn, row: &AnnotationRow) -> StoreResult<()> {
    diesel::insert_into(annotations::table)
        .values(row)
        .execute(conn)?;
    Ok(())
}

/// Puts the row in the place of the version before it. False when that is not what is there.
///
/// # Errors
/// Storage failures.
pub fn replace(conn: &mut Conn, row: &AnnotationRow) -> StoreResult<bool> {
    let before = annotations::table
        .find(&row.id)
        .filter(annotations::version.eq(row.version - 1))
        .filter(annotations::removed_at.is_null());
    let changed = diesel::update(before)
        .set((
            annotations::version.eq(row.version),
            annotations::content.eq(&row.content),
            annotations::changed_at.eq(row.changed_at),
            annotations::removed_at.eq(row.removed_at),
        ))
        .execute(conn)?;
    Ok(changed == 1)
}

/// Adds a version to the record.
///
/// # Errors
/// [`super::StoreError::Duplicate`] when the annotation has one of that number.
pub fn insert_event(conn: &mut Conn, row: &AnnotationEventRow) -> StoreResult<()> {
    diesel::insert_into(annotation_events::table)
        .values(row)
        .execute(conn)?;
    Ok(())
}

/// Every version of an annotation, the first one first.
///
/// # Errors
/// Storage failures.
pub fn events_of(
    conn: &mut Conn,
    annotation: AnnotationId,
) -> StoreResult<Vec<AnnotationEventRow>> {
    Ok(annotation_events::table
        .filter(annotation_events::annotation_id.eq(annotation.to_string()))
        .order(annotation_events::version)
        .select(AnnotationEventRow::as_select())
        .load(conn)?)
}
