//! Cases of a laboratory that may be the one that is being written.

use diesel::prelude::*;

use super::assignments::{AssignmentState, for_conflict};
use super::connection::Conn;
use super::schema::{assignments, case_words, cases, slide_links, slides};
use super::{StoreResult, id};
use crate::domain::cases::CaseState;
use crate::domain::ids::{CaseId, LaboratoryId, PersonId, SlideSourceId};
use crate::domain::slides::SlideLocation;
use crate::domain::text_enum::TextEnum;
use crate::store::to_json;

/// Found cases at most: one is enough to be warned.
const FOUND: i64 = 5;

/// Earlier cases looked at, the newest: a number of a laboratory has a handful.
const LOOKED_AT: i64 = 1000;

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

/// The case of a laboratory under a reference that was sent; what it is for now, withdrawn or refused cases apart.
///
/// # Errors
/// Storage failures.
pub fn by_reference(
    conn: &mut Conn,
    laboratory: LaboratoryId,
    reference: &str,
) -> StoreResult<Option<CaseId>> {
    let ended = [CaseState::Draft, CaseState::Withdrawn, CaseState::Refused];
    cases::table
        .filter(cases::reference.eq(reference))
        .filter(cases::laboratory_id.eq(laboratory.to_string()))
        .filter(cases::state.ne_all(ended.map(TextEnum::as_str)))
        .select(cases::id)
        .first::<String>(conn)
        .optional()?
        .map(|case| id(&case))
        .transpose()
}

/// Who answered, or has, the cases under these references: the reference, the laboratory, who.
///
/// # Errors
/// Storage failures.
pub fn answered(
    conn: &mut Conn,
    references: &[&str],
) -> StoreResult<Vec<(String, LaboratoryId, PersonId)>> {
    let ended = [CaseState::Withdrawn, CaseState::Refused];
    cases::table
        .filter(cases::reference.eq_any(references))
        .filter(cases::state.ne_all(ended.map(TextEnum::as_str)))
        .filter(cases::expert_id.is_not_null())
        .select((
            cases::reference,
            cases::laboratory_id,
            cases::expert_id.assume_not_null(),
        ))
        .load::<(String, String, String)>(conn)?
        .into_iter()
        .map(|(reference, laboratory, expert)| Ok((reference, id(&laboratory)?, id(&expert)?)))
        .collect()
}

/// Who gave the cases under these references back for a conflict of interest, in whatever cycle: the reference, the laboratory, who.
///
/// # Errors
/// Storage failures.
pub fn conflicted(
    conn: &mut Conn,
    references: &[&str],
) -> StoreResult<Vec<(String, LaboratoryId, PersonId)>> {
    let rows: Vec<(String, String, String, String, Option<String>)> = assignments::table
        .inner_join(cases::table.on(cases::id.eq(assignments::case_id)))
        .filter(cases::reference.eq_any(references))
        .filter(assignments::state.eq(AssignmentState::Declined.as_str()))
        .order(assignments::id)
        .select((
            cases::reference,
            cases::laboratory_id,
            assignments::expert_id,
            assignments::state,
            assignments::reason,
        ))
        .load(conn)?;
    rows.into_iter()
        .filter(|(_, _, _, state, reason)| for_conflict(state, reason.as_deref()))
        .map(|(reference, laboratory, expert, _, _)| {
            Ok((reference, id(&laboratory)?, id(&expert)?))
        })
        .collect()
}

/// Who answered, or has, earlier cases of the same laboratory under the same accession number as each of these: the newest first,
/// each once.
///
/// # Errors
/// Storage failures.
pub fn known_by(conn: &mut Conn, of: &[CaseId]) -> StoreResult<Vec<(CaseId, PersonId)>> {
    let own: Vec<String> = of.iter().map(ToString::to_string).collect();
    // Of the words of a case only the hash of its accession number begins so.
    let numbered: Vec<(String, String, String)> = case_words::table
        .inner_join(cases::table.on(cases::id.eq(case_words::case_id)))
        .filter(case_words::case_id.eq_any(own))
        .filter(case_words::word.like("#%"))
        .select((cases::id, cases::laboratory_id, case_words::word))
        .load(conn)?;
    let words: Vec<&str> = numbered.iter().map(|(_, _, word)| word.as_str()).collect();
    let others: Vec<(String, String, String, Option<String>)> = case_words::table
        .inner_join(cases::table.on(cases::id.eq(case_words::case_id)))
        .filter(case_words::word.eq_any(words))
        .filter(cases::state.ne(CaseState::Withdrawn.as_str()))
        .filter(cases::state.ne(CaseState::Refused.as_str()))
        .filter(cases::expert_id.is_not_null())
        .order(cases::id.desc())
        .limit(LOOKED_AT)
        .select((
            cases::id,
            cases::laboratory_id,
            case_words::word,
            cases::expert_id,
        ))
        .load(conn)?;
    let mut found: Vec<(CaseId, PersonId)> = Vec::new();
    for (case, laboratory, word) in &numbered {
        let earlier = others
            .iter()
            .filter(|(other, at, same, _)| other < case && at == laboratory && same == word);
        for (_, _, _, expert) in earlier {
            let Some(expert) = expert else { continue };
            let one = (id(case)?, id(expert)?);
            if !found.contains(&one) {
                found.push(one);
            }
        }
    }
    Ok(found)
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
