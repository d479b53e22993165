//! Specimens, blocks, slides and their links; attachments' metadata.

use diesel::prelude::*;

use super::connection::Conn;
use super::schema::{attachments, blocks, cases, slide_links, slides, specimens};
use super::{StoreResult, id, json, to_json};
use crate::domain::cases::{BlockContent, SlideContent, SpecimenContent};
use crate::domain::ids::{AttachmentId, CaseId, IdGenerator, SlideId, SlideSourceId};
use crate::domain::slides::{SlideFacts, SlideLocation};

/// A slide of a case with its link and what the last check of it found.
#[derive(Debug, Clone, PartialEq)]
pub struct LinkedSlide {
    /// The slide.
    pub id: SlideId,
    /// As the submitter wrote it.
    pub content: SlideContent,
    /// When the link was checked last, microseconds.
    pub checked_at: Option<i64>,
    /// Why it could not be read then.
    pub failure: Option<String>,
    /// What was found then.
    pub facts: Option<SlideFacts>,
}

/// A specimen of a case, its blocks and their slides.
pub type SpecimenTree = Vec<(SpecimenContent, Vec<(BlockContent, Vec<LinkedSlide>)>)>;

type SlideColumns = (
    String,
    String,
    String,
    String,
    String,
    Option<String>,
    Option<i64>,
    Option<String>,
    Option<String>,
);

/// The columns that [`SlideColumns`] are read from.
macro_rules! slide_columns {
    () => {
        (
            slides::id,
            slides::label,
            slides::stain,
            slide_links::source_id,
            slide_links::location,
            slide_links::unreadable_because,
            slide_links::checked_at,
            slide_links::failure,
            slide_links::facts,
        )
    };
}

fn linked_slide(row: SlideColumns) -> StoreResult<LinkedSlide> {
    let (id_, label, stain, source, location, unreadable_because, checked_at, failure, facts) = row;
    let content = SlideContent {
        label,
        stain,
        source: id::<SlideSourceId>(&source)?,
        location: json::<SlideLocation>(&location)?,
        unreadable_because,
    };
    Ok(LinkedSlide {
        id: id(&id_)?,
        content,
        checked_at,
        failure,
        facts: facts.as_deref().map(json).transpose()?,
    })
}

/// The stain of each slide of a case.
///
/// # Errors
/// Storage failures.
pub fn stains_of(conn: &mut Conn, case: CaseId) -> StoreResult<Vec<String>> {
    Ok(slides::table
        .filter(slides::case_id.eq(case.to_string()))
        .select(slides::stain)
        .load(conn)?)
}

/// The linked slides of a case, in the submitter's order.
///
/// # Errors
/// Storage failures.
pub fn of_case(conn: &mut Conn, case: CaseId) -> StoreResult<Vec<LinkedSlide>> {
    slides::table
        .inner_join(slide_links::table.on(slide_links::slide_id.eq(slides::id)))
        .filter(slides::case_id.eq(case.to_string()))
        .order((slides::block_id, slides::position))
        .select(slide_columns!())
        .load::<SlideColumns>(conn)?
        .into_iter()
        .map(linked_slide)
        .collect()
}

/// Every link of cases in these states that changed since then, microseconds, once.
///
/// # Errors
/// Storage failures.
pub fn links_of(
    conn: &mut Conn,
    states: &[&str],
    since: i64,
) -> StoreResult<Vec<(SlideSourceId, SlideLocation)>> {
    let found = slides::table
        .inner_join(slide_links::table.on(slide_links::slide_id.eq(slides::id)))
        .inner_join(cases::table.on(cases::id.eq(slides::case_id)))
        .filter(cases::state.eq_any(states.to_vec()))
        .filter(cases::updated_at.ge(since))
        .select((slide_links::source_id, slide_links::location))
        .distinct()
        .load::<(String, String)>(conn)?;
    found.into_iter().map(link).collect()
}

/// Every link on these sources of cases in these states, once.
///
/// # Errors
/// Storage failures.
pub fn links_at(
    conn: &mut Conn,
    sources: &[SlideSourceId],
    states: &[&str],
) -> StoreResult<Vec<(SlideSourceId, SlideLocation)>> {
    let sources: Vec<String> = sources.iter().map(ToString::to_string).collect();
    let found = slides::table
        .inner_join(slide_links::table.on(slide_links::slide_id.eq(slides::id)))
        .inner_join(cases::table.on(cases::id.eq(slides::case_id)))
        .filter(cases::state.eq_any(states.to_vec()))
        .filter(slide_links::source_id.eq_any(sources))
        .select((slide_links::source_id, slide_links::location))
        .distinct()
        .load::<(String, String)>(conn)?;
    found.into_iter().map(link).collect()
}

fn link((source, location): (String, String)) -> StoreResult<(SlideSourceId, SlideLocation)> {
    Ok((id(&source)?, json(&location)?))
}

/// A specimen, one of its blocks and one of that block's slides, as far as there are any.
type TreeColumns = (SpecimenColumns, Option<BlockColumns>, Option<SlideColumns>);
type SpecimenColumns = (String, String, String, String);
type BlockColumns = (String, String);

/// The specimens of a case, whole: in one query, because each is a way to the database and back.
///
/// # Errors
/// Storage failures.
pub fn tree_of_case(conn: &mut Conn, case: CaseId) -> StoreResult<SpecimenTree> {
    let rows = specimens::table
        .left_join(blocks::table.on(blocks::specimen_id.eq(specimens::id)))
        .left_join(slides::table.on(slides::block_id.eq(blocks::id)))
        .left_join(slide_links::table.on(slide_links::slide_id.eq(slides::id)))
        .filter(specimens::case_id.eq(case.to_string()))
        .order((
            specimens::position,
            specimens::id,
            blocks::position,
            blocks::id,
            slides::position,
        ))
        .select((
            (
                specimens::id,
                specimens::label,
                specimens::site,
                specimens::procedure_kind,
            ),
            (blocks::id, blocks::label).nullable(),
            slide_columns!().nullable(),
        ))
        .load::<TreeColumns>(conn)?;
    let mut found = Vec::new();
    for (specimen, block, slide) in rows {
        let (Some(blocks), Some(block)) = (group(&mut found, specimen), block) else {
            continue;
        };
        if let (Some(slides), Some(slide)) = (group(blocks, block), slide) {
            slides.push(linked_slide(slide)?);
        }
    }
    Ok(found.into_iter().map(specimen).collect())
}

/// The last of the groups if it has this key, or a new one; rows come sorted by their keys.
fn group<K: PartialEq, V>(groups: &mut Vec<(K, Vec<V>)>, key: K) -> Option<&mut Vec<V>> {
    if groups.last().is_none_or(|(last, _)| *last != key) {
        groups.push((key, Vec::new()));
    }
    groups.last_mut().map(|(_, members)| members)
}

fn specimen(
    ((_, label, site, procedure), blocks): (SpecimenColumns, Vec<(BlockColumns, Vec<LinkedSlide>)>),
) -> (SpecimenContent, Vec<(BlockContent, Vec<LinkedSlide>)>) {
    let parts: Vec<_> = blocks
        .into_iter()
        .map(|((_, label), linked)| {
            let slides = linked.iter().map(|slide| slide.content.clone()).collect();
            (BlockContent { label, slides }, linked)
        })
        .collect();
    let blocks = parts.iter().map(|(block, _)| block.clone()).collect();
    let content = SpecimenContent {
        label,
        site,
        procedure,
        blocks,
    };
    (content, parts)
}

/// Replaces the specimens of a draft. A slide whose link has not changed stays the same slide, with what was found of the link and
/// what is drawn on it.
///
/// # Errors
/// [`super::StoreError::MissingReference`] when a slide names a source that does not exist.
pub fn replace(
    conn: &mut Conn,
    case: CaseId,
    content: &[SpecimenContent],
    ids: &dyn IdGenerator,
) -> StoreResult<()> {
    let mut known = of_case(conn, case)?;
    remove_all(conn, case)?;
    for (position, specimen) in content.iter().enumerate() {
        let specimen_key = ids.next().to_string();
        diesel::insert_into(specimens::table)
            .values((
                specimens::id.eq(&specimen_key),
                specimens::case_id.eq(case.to_string()),
                specimens::position.eq(ordinal(position)),
                specimens::label.eq(&specimen.label),
                specimens::site.eq(&specimen.site),
                specimens::procedure_kind.eq(&specimen.procedure),
            ))
            .execute(conn)?;
        for (position, block) in specimen.blocks.iter().enumerate() {
            let block_key = ids.next().to_string();
            diesel::insert_into(blocks::table)
                .values((
                    blocks::id.eq(&block_key),
                    blocks::specimen_id.eq(&specimen_key),
                    blocks::position.eq(ordinal(position)),
                    blocks::label.eq(&block.label),
                ))
                .execute(conn)?;
            for (position, slide) in block.slides.iter().enumerate() {
                let same_link = |old: &LinkedSlide| {
                    old.content.source == slide.source && old.content.location == slide.location
                };
                // Two slides may share a link; each is one of those that shared it before.
                let before = known.iter().position(same_link);
                let before = before.map(|at| known.remove(at));
                let place = (block_key.as_str(), position);
                insert_slide(conn, case, place, slide, before.as_ref(), ids)?;
            }
        }
    }
    Ok(())
}

fn ordinal(position: usize) -> i32 {
    i32::try_from(position).unwrap_or(i32::MAX)
}

fn insert_slide(
    conn: &mut Conn,
    case: CaseId,
    (block, position): (&str, usize),
    slide: &SlideContent,
    known: Option<&LinkedSlide>,
    ids: &dyn IdGenerator,
) -> StoreResult<()> {
    let key = known.map_or_else(|| SlideId::new(ids), |known| known.id);
    let key = key.to_string();
    diesel::insert_into(slides::table)
        .values((
            slides::id.eq(&key),
            slides::case_id.eq(case.to_string()),
            slides::block_id.eq(block),
            slides::position.eq(ordinal(position)),
            slides::label.eq(&slide.label),
            slides::stain.eq(&slide.stain),
        ))
        .execute(conn)?;
    diesel::insert_into(slide_links::table)
        .values((
            slide_links::slide_id.eq(&key),
            slide_links::source_id.eq(slide.source.to_string()),
            slide_links::location.eq(to_json(&slide.location)?),
            slide_links::unreadable_because.eq(&slide.unreadable_because),
            slide_links::checked_at.eq(known.and_then(|k| k.checked_at)),
            slide_links::failure.eq(known.and_then(|k| k.failure.clone())),
            slide_links::facts.eq(known
                .and_then(|k| k.facts.as_ref())
                .map(to_json)
                .transpose()?),
        ))
        .execute(conn)?;
    Ok(())
}

fn remove_all(conn: &mut Conn, case: CaseId) -> StoreResult<()> {
    let case = case.to_string();
    let of_case = slides::table
        .filter(slides::case_id.eq(&case))
        .select(slides::id);
    diesel::delete(slide_links::table.filter(slide_links::slide_id.eq_any(of_case)))
        .execute(conn)?;
    diesel::delete(slides::table.filter(slides::case_id.eq(&case))).execute(conn)?;
    let of_case = specimens::table
        .filter(specimens::case_id.eq(&case))
        .select(specimens::id);
    diesel::delete(blocks::table.filter(blocks::specimen_id.eq_any(of_case))).execute(conn)?;
    diesel::delete(specimens::table.filter(specimens::case_id.eq(&case))).execute(conn)?;
    Ok(())
}

/// Keeps what a check of a link found, unless the link has changed since.
///
/// # Errors
/// Storage failures.
pub fn record_check(
    conn: &mut Conn,
    slide: SlideId,
    location: &SlideLocation,
    at: i64,
    found: Result<&SlideFacts, &str>,
) -> StoreResult<bool> {
    let facts = found.ok().map(to_json).transpose()?;
    let changed = diesel::update(
        slide_links::table
            .find(slide.to_string())
            .filter(slide_links::location.eq(to_json(location)?)),
    )
    .set((
        slide_links::checked_at.eq(at),
        slide_links::failure.eq(found.err()),
        slide_links::facts.eq(facts),
    ))
    .execute(conn)?;
    Ok(changed == 1)
}

/// The metadata of a document attached to a case. The document itself stays where it is until uploads land.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = attachments)]
#[expect(
    missing_docs,
    reason = "the columns carry the names of the domain's terms; instants are microseconds UTC"
)]
pub struct AttachmentRow {
    pub id: String,
    pub case_id: String,
    pub kind: String,
    pub title: String,
    pub media_type: String,
    pub byte_length: i64,
    pub sha256: String,
    pub added_by: String,
    pub added_at: i64,
}

/// Adds an attachment's metadata.
///
/// # Errors
/// Storage failures.
pub fn insert_attachment(conn: &mut Conn, row: &AttachmentRow) -> StoreResult<()> {
    diesel::insert_into(attachments::table)
        .values(row)
        .execute(conn)?;
    Ok(())
}

/// One attachment of a case.
///
/// # Errors
/// Storage failures.
pub fn find_attachment(
    conn: &mut Conn,
    case: CaseId,
    key: AttachmentId,
) -> StoreResult<Option<AttachmentRow>> {
    Ok(attachments::table
        .find(key.to_string())
        .filter(attachments::case_id.eq(case.to_string()))
        .select(AttachmentRow::as_select())
        .first(conn)
        .optional()?)
}

/// Whether a link of a case was checked after `since`, microseconds.
///
/// # Errors
/// Storage failures.
pub fn checked_after(conn: &mut Conn, case: CaseId, since: i64) -> StoreResult<bool> {
    Ok(diesel::select(diesel::dsl::exists(
        slides::table
            .inner_join(slide_links::table.on(slide_links::slide_id.eq(slides::id)))
            .filter(slides::case_id.eq(case.to_string()))
            .filter(slide_links::checked_at.gt(since)),
    ))
    .get_result(conn)?)
}

/// Whether a link of a case was not found readable after `since`, microseconds.
///
/// # Errors
/// Storage failures.
pub fn any_unread_since(conn: &mut Conn, case: CaseId, since: i64) -> StoreResult<bool> {
    let read = slide_links::failure
        .is_null()
        .and(slide_links::checked_at.ge(since).assume_not_null());
    Ok(diesel::select(diesel::dsl::exists(
        slides::table
            .inner_join(slide_links::table.on(slide_links::slide_id.eq(slides::id)))
            .filter(slides::case_id.eq(case.to_string()))
            .filter(slide_links::checked_at.is_null().or(diesel::dsl::not(read))),
    ))
    .get_result(conn)?)
}

/// The attachments of a case, the oldest first.
///
/// # Errors
/// Storage failures.
pub fn attachments_of(conn: &mut Conn, case: CaseId) -> StoreResult<Vec<AttachmentRow>> {
    Ok(attachments::table
        .filter(attachments::case_id.eq(case.to_string()))
        .order(attachments::id)
        .select(AttachmentRow::as_select())
        .load(conn)?)
}
