//! Earlier cases that may be the one that is being written: told on its page before it is sent.

use askama::Template;

use super::super::draft;
use super::super::failure::Failure;
use super::super::form::Fields;
use super::super::page::Page;
use super::super::visitor::Visitor;
use super::shown::Shown;
use crate::domain::cases::CaseContent;
use crate::domain::ids::{CaseId, LaboratoryId};
use crate::domain::text_enum::TextEnum;
use crate::service::ServiceError;
use crate::service::earlier::{Earlier, earlier};
use crate::service::reference::SlideSourceDocument;

#[derive(Template)]
#[template(path = "workspace/earlier.html")]
struct EarlierPart<'a> {
    page: &'a Page,
    cases: Vec<Earlier>,
}

/// What a page says of earlier cases; nothing when there are none.
pub(super) async fn part(
    visitor: &Visitor,
    page: &Page,
    shown: &Shown<'_>,
    sources: &[SlideSourceDocument],
) -> Result<String, Failure> {
    let Some(laboratory) = shown.laboratory else {
        return Ok(String::new());
    };
    let (content, _) = draft::content(&shown.values, &mut shown.rows.clone(), sources);
    part_of(visitor, page, laboratory, shown.case, &content).await
}

/// The same of a content.
pub(super) async fn part_of(
    visitor: &Visitor,
    page: &Page,
    laboratory: LaboratoryId,
    case: Option<CaseId>,
    content: &CaseContent,
) -> Result<String, Failure> {
    let (exchange, actor) = (visitor.exchange(), visitor.actor());
    let cases = earlier(exchange, actor, laboratory, case, content).await?;
    Ok(EarlierPart { page, cases }.render()?)
}

/// Whether there is an earlier case that the page had not told of when it was sent.
pub(super) async fn unseen(
    visitor: &Visitor,
    fields: &Fields,
    laboratory: Option<LaboratoryId>,
    case: CaseId,
    content: &CaseContent,
) -> Result<bool, ServiceError> {
    let Some(laboratory) = laboratory else {
        return Ok(false);
    };
    let (exchange, actor) = (visitor.exchange(), visitor.actor());
    let told: Vec<&str> = fields.all("_earlier").collect();
    let found = earlier(exchange, actor, laboratory, Some(case), content).await?;
    let unseen = |one: &Earlier| !told.contains(&one.case.to_string().as_str());
    Ok(found.iter().any(unseen))
}
