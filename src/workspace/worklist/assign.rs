//! Keeping cases for an expert from a coordinator's queue: one case or several at once.

use actix_web::http::StatusCode;

use super::super::assigning::{choice, experts};
use super::super::failure::Failure;
use super::super::form::{Fields, Sent};
use super::super::page::Page;
use super::super::problems::words;
use super::super::respond::{Answer, refused, to};
use super::super::visitor::Visitor;
use super::{address, place, show_page};
use crate::domain::commands::{CommandBody, Instruct};
use crate::domain::ids::{CaseId, PersonId};
use crate::domain::problems::FieldRule;
use crate::service::worklist::{Item, PAGE_MAX};
use crate::service::{ServiceError, commands};

/// What was tried and did not pass, or not for every case.
#[derive(Default)]
pub(super) struct Tried {
    pub(super) picked: Vec<CaseId>,
    pub(super) status: Option<StatusCode>,
    expert: String,
    reason: String,
    /// How many cases are kept for the expert now.
    kept: usize,
    /// Those that are not, and why.
    refused: Vec<(CaseId, String)>,
}

/// A case that was not kept for the expert.
pub(super) struct Refused {
    pub(super) href: String,
    pub(super) reference: String,
    pub(super) words: String,
}

/// The form below the queue, as it was typed, with what is wrong.
pub(super) struct Assigning {
    /// Where the queue stands: the fields of its address.
    pub(super) place: Vec<(&'static str, String)>,
    pub(super) experts: Vec<(String, String)>,
    pub(super) expert: String,
    pub(super) expert_wrong: Option<String>,
    pub(super) reason: String,
    pub(super) reason_wrong: Option<String>,
    /// What is said of the selection as a whole.
    pub(super) said: Option<String>,
    pub(super) refused: Vec<Refused>,
}

impl Assigning {
    /// The form of a queue that shows these cases.
    pub(super) async fn of(
        visitor: &Visitor,
        page: &Page,
        shown: &[Item],
        place: Vec<(&'static str, String)>,
        tried: &Tried,
    ) -> Result<Self, ServiceError> {
        let mut choices = Vec::new();
        let networks: Vec<_> = visitor.actor().coordinated().collect();
        for network in networks {
            let pool = experts(visitor, network).await?;
            choices.extend(pool.iter().map(|expert| choice(visitor, page, expert)));
        }
        let missing = |empty: bool| {
            (tried.status.is_some() && empty).then(|| words(page, &FieldRule::Required))
        };
        let refused = tried.refused.iter().map(|(case, words)| Refused {
            href: format!("/cases/{case}"),
            reference: shown
                .iter()
                .find(|item| item.id == *case)
                .map_or_else(|| page.t("column-case"), |item| item.reference.clone()),
            words: words.clone(),
        });
        Ok(Self {
            place,
            experts: choices,
            expert: tried.expert.clone(),
            expert_wrong: missing(tried.expert.is_empty()),
            reason: tried.reason.clone(),
            reason_wrong: missing(tried.reason.is_empty()),
            said: tried.status.map(|_| {
                if tried.picked.is_empty() {
                    page.t("assign-none")
                } else {
                    page.tn("assign-kept", tried.kept)
                }
            }),
            refused: refused.collect(),
        })
    }
}

/// Keeps the selected cases for an expert. Each is a command of its own: what stands against one keeps no other from being done.
pub(in super::super) async fn pin(sent: Sent) -> Answer {
    let Sent { visitor, fields } = sent;
    let picked: Vec<(CaseId, i64)> = fields
        .all("case")
        .filter_map(read)
        .take(PAGE_MAX as usize)
        .collect();
    let expert = fields.given("expert").and_then(|id| id.parse().ok());
    let mut tried = Tried {
        picked: picked.iter().map(|(case, _)| *case).collect(),
        expert: expert.map_or_else(String::new, |expert: PersonId| expert.to_string()),
        reason: fields.get("reason").trim().to_owned(),
        ..Tried::default()
    };
    let (Some(expert), false, false) = (expert, picked.is_empty(), tried.reason.is_empty()) else {
        tried.status = Some(StatusCode::UNPROCESSABLE_ENTITY);
        return show_page(&visitor, &fields, tried).await;
    };
    for (case, version) in picked {
        let body = CommandBody::Pin(Instruct {
            expert,
            reason: tried.reason.clone(),
        });
        match give(&visitor, &fields, (case, version), body).await? {
            None => {
                tried.kept += 1;
                tried.picked.retain(|one| *one != case);
            }
            Some(words) => tried.refused.push((case, words)),
        }
    }
    if tried.refused.is_empty() {
        return Ok(to(&back(&fields)));
    }
    tried.status = Some(StatusCode::CONFLICT);
    show_page(&visitor, &fields, tried).await
}

/// A case with the version that was on the screen.
fn read(pick: &str) -> Option<(CaseId, i64)> {
    let (case, version) = pick.split_once('.')?;
    Some((case.parse().ok()?, version.parse().ok()?))
}

/// Gives the command; what stands against it, in words.
async fn give(
    visitor: &Visitor,
    fields: &Fields,
    (case, version): (CaseId, i64),
    body: CommandBody,
) -> Result<Option<String>, Failure> {
    let given = commands::run(
        visitor.exchange(),
        visitor.actor(),
        case,
        version,
        body,
        fields.idempotency_of("/worklist/pin", case),
        &visitor.request_id,
    );
    let page = Page::outside(visitor.language, "nav-worklist", "/worklist");
    match given.await {
        Ok(_) => Ok(None),
        Err(ServiceError::Refused(refusal)) => Ok(Some(refused(&page, &refusal))),
        Err(ServiceError::Stale { .. }) => Ok(Some(page.t("assign-stale"))),
        Err(ServiceError::NotFound) => Ok(Some(page.t("error-not-found"))),
        Err(ServiceError::Invalid(problems)) => {
            Ok(Some(problems.first().map_or_else(String::new, |problem| {
                words(&page, &problem.rule)
            })))
        }
        Err(other) => Err(other.into()),
    }
}

/// To the queue as it was shown.
fn back(fields: &Fields) -> String {
    let here = address(place(fields, fields.get("scope"), fields.get("view")));
    format!("{here}&done=done-pin")
}
