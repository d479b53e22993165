//! A case that is being written is kept in passing, as far as it can be: what cannot be read yet stays in the page.

use actix_web::http::header::{HeaderName, HeaderValue};

use super::super::draft;
use super::super::form::Fields;
use super::super::kept::{Copy, kept_as, not_kept};
use super::super::page::Page;
use super::super::respond::Answer;
use super::super::visitor::Visitor;
use super::{earlier, keep as write, keep_key};
use crate::domain::cases::CaseContent;
use crate::domain::ids::CaseId;
use crate::service::ServiceError;

/// Makes the browser show another address for the page that it has.
const REPLACE_URL: HeaderName = HeaderName::from_static("hx-replace-url");

/// Keeps what a page holds, and says so in a part of it; `whole` when all of it could be read.
pub(super) async fn keep(
    visitor: &Visitor,
    fields: &Fields,
    page_of: (Option<CaseId>, i64),
    mut content: CaseContent,
    whole: bool,
) -> Answer {
    draft::keep_known(&mut content);
    let written = match write(visitor, fields, page_of, content.clone()).await {
        Ok(written) => written,
        Err(
            error @ (ServiceError::Invalid(_)
            | ServiceError::Stale { .. }
            | ServiceError::Refused(_)),
        ) => return not_kept(visitor, &error),
        Err(other) => return Err(other.into()),
    };
    let case = written.case;
    let frame = Page::new(visitor, String::new(), "");
    let (version, told) = match written.document {
        Some((version, document)) => {
            let laboratory = document.laboratory.id;
            let told = earlier::part_of(visitor, &frame, laboratory, Some(case), &content);
            (Some(version), told.await?)
        }
        None => (None, String::new()),
    };
    let key = if whole { "kept-at" } else { "kept-in-part" };
    let copy = Copy {
        name: Some(keep_key(Some(case))),
        version,
    };
    let mut answer = kept_as(visitor, copy, key, Some(told))?;
    if page_of.0.is_none() {
        // Loaded again, the page is the one of its case.
        let place = HeaderValue::from_str(&format!("/cases/{case}/edit"));
        let place = place.map_err(|error| ServiceError::Internal(error.to_string()))?;
        answer.headers_mut().insert(REPLACE_URL, place);
    }
    Ok(answer)
}
