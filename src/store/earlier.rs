//! Cases of a laboratory that may be the one that is being written.

use diesel::prelude::*;

use super::StoreResult;
use super::connection::Conn;
use super::schema::{case_words, cases, slide_links, slides};
use crate::domain::cases::CaseState;
use crate::domain::ids::{LaboratoryId, SlideSourceId};
use crate::domain::slides::SlideLocation;
use crate::domain::text_enum::TextEnum;
use crate::store::to_json;

/// Found cases at most: one is enough to be warned.
const FOUND: i64 = 5;

/// A case: identifier, reference, state.
pub type Found = (String, String, String);

/// The cases of a laboratory under an accession number, given as its keyed hash; the newest first.
///
/// # Errors
/// Storage failures.
pub fn by_number(
    conn: &mut Conn,
    laboratory: LaboratoryId,
    number: &str,
) -> StoreResult<Vec<Found>> {
    // In two steps: in one, SQLite has no statistics to tell it that a number has few cases, and reads all of the laboratory's.
    let numbered: Vec<String> = case_words::table
        .filter(case_words::word.eq(number))
        .select(case_words::case_id)
        .load(conn)?;
    Ok(cases::table
        .filter(cases::id.eq_any(numbered))
        .filter(cases::laboratory_id.eq(laboratory.to_string()))
        .filter(cases::state.ne(CaseState::Withdrawn.as_str()))
        .order(cases::id.desc())
        .limit(FOUND)
        .select((cases::id, cases::reference, cases::state))
        .load(conn)?)
}

/// The cases of a laboratory that hold a slide of that place; the newest first.
///
/// # Errors
/// Storage failures.
pub fn by_slide(
    conn: &mut Conn,
    laboratory: LaboratoryId,
    (source, location): &(SlideSourceId, SlideLocation),
) -> StoreResult<Vec<Found>> {
    Ok(slide_links::table
        .inner_join(slides::table.on(slides::id.eq(slide_links::slide_id)))
        .inner_join(cases::table.on(cases::id.eq(slides::case_id)))
        .filter(slide_links::source_id.eq(source.to_string()))
        .filter(slide_links::location.eq(to_json(location)?))
        .filter(cases::laboratory_id.eq(laboratory.to_string()))
        .filter(cases::state.ne(CaseState::Withdrawn.as_str()))
        .order(cases::id.desc())
        .limit(FOUND)
        .select((cases::id, cases::reference, cases::state))
        .load(conn)?)
}
