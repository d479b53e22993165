//! Slides looked for by their accession number, to be picked by what they look like. The number is the patient's: it is sent in the
//! form and stands in no address.

use actix_web::http::header::{CACHE_CONTROL, HeaderValue};
use actix_web::{HttpResponse, web};

use super::shown::{Shown, show_page};
use super::{SPARE, Typed, keep_key, laboratory};
use crate::domain::ids::{CaseId, LaboratoryId};
use crate::service::ServiceError;
use crate::service::slide_search::{self, Found};
use crate::workspace::draft::{SlideRow, value};
use crate::workspace::form::Fields;
use crate::workspace::respond::Answer;
use crate::workspace::visitor::Visitor;

/// Slides that may be picked at once, as many as a search finds.
const PICKED_MAX: usize = 200;
/// As long as the picture may be asked for.
const FOR_A_WHILE: &str = "private, max-age=1800";

/// What is looked for: what was typed for it, or the number of the case.
fn looked_for(fields: &Fields, typed: &Typed) -> String {
    let own = value(&typed.values, "accession_number");
    fields.given("find").unwrap_or(own).trim().to_owned()
}

/// The page again, with the slides that were found.
pub(super) async fn show(
    visitor: &Visitor,
    fields: &Fields,
    (case, version, copy): (CaseId, i64, &str),
    of: Option<LaboratoryId>,
    typed: Typed,
) -> Answer {
    let of = of.map_or_else(|| laboratory(visitor, fields), Ok)?;
    let number = looked_for(fields, &typed);
    let (exchange, actor) = (visitor.exchange(), visitor.actor());
    let request = &visitor.request_id;
    let found = slide_search::by_accession(exchange, actor, of, &number, request).await?;
    let found = Some((number, without(found, fields)));
    let page_of = (Some(case), version, copy);
    again(visitor, page_of, Some(of), typed, found).await
}

/// The page again, with the slides that were picked as rows: their stain is still to be said, and nothing is kept before.
pub(super) async fn take(
    visitor: &Visitor,
    fields: &Fields,
    (case, version): (Option<CaseId>, i64),
    mut typed: Typed,
) -> Answer {
    typed.rows.extend(picked(fields));
    let of = laboratory(visitor, fields).ok();
    let copy = keep_key(case);
    again(visitor, (case, version, &copy), of, typed, None).await
}

/// The page as it was typed. The copy of it that the browser keeps is older, and goes.
async fn again(
    visitor: &Visitor,
    (case, version, copy): (Option<CaseId>, i64, &str),
    laboratory: Option<LaboratoryId>,
    Typed { values, mut rows }: Typed,
    found: Option<(String, Found)>,
) -> Answer {
    rows.extend(vec![SlideRow::default(); SPARE]);
    let settled = Fields::of_query(&format!("kept={copy}"));
    let shown = Shown {
        case,
        version,
        values,
        rows,
        error: None,
        laboratory,
        look: false,
        found,
    };
    show_page(visitor, &settled, shown).await
}

/// Without those that the case has already.
fn without(mut found: Found, fields: &Fields) -> Found {
    let row = |one: usize| fields.get(&format!("slide{one}_link")).trim();
    let has = |link: &str| (0..PICKED_MAX).any(|one| row(one) == link);
    found.slides.retain(|slide| !has(&slide.link));
    found
}

/// The slides that were picked, as rows of the page.
fn picked(fields: &Fields) -> impl Iterator<Item = SlideRow> + '_ {
    (0..PICKED_MAX).filter_map(|one| {
        let link = fields.given(&format!("found{one}_link"))?.to_owned();
        Some(SlideRow {
            link,
            label: fields.get(&format!("found{one}_label")).to_owned(),
            ..SlideRow::default()
        })
    })
}

/// The small picture of a slide that was found. Where there is none the name stands alone.
pub(in crate::workspace) async fn picture(visitor: Visitor, look: web::Path<String>) -> Answer {
    let (exchange, actor) = (visitor.exchange(), visitor.actor());
    match slide_search::picture(exchange, actor, &look).await {
        Ok(picture) => Ok(HttpResponse::Ok()
            .content_type(HeaderValue::from_static(picture.media_type))
            .insert_header((CACHE_CONTROL, FOR_A_WHILE))
            .body(picture.bytes.clone())),
        Err(
            ServiceError::NotFound
            | ServiceError::SlideUnavailable { .. }
            | ServiceError::Overloaded,
        ) => Ok(HttpResponse::NotFound().finish()),
        Err(other) => Err(other.into()),
    }
}
