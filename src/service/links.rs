//! Checks of slide links: over the network, outside any transaction, their results kept with the link.

use chrono::Duration;
use futures_util::StreamExt;
use serde::Serialize;

use super::access::relations_to;
use super::error::ServiceError;
use super::{Core, Exchange, Idempotency};
use crate::domain::cases::CaseState;
use crate::domain::ids::{CaseId, SlideId};
use crate::domain::people::Actor;
use crate::domain::permissions::{Relation, View, view};
use crate::domain::problems::{FieldProblem, FieldRule};
use crate::domain::slides::{LinkFailure, SlideFacts};
use crate::slides::outbound::{Credentials, RegisteredSource};
use crate::store::organisations::{self, SlideSource};
use crate::store::slides::{LinkedSlide, SpecimenTree};
use crate::store::{self, Conn, instant, micros};

/// A link found readable so lately is not checked again when the case is sent.
const FRESH: Duration = Duration::minutes(15);
/// Links of one case checked at a time.
const AT_A_TIME: usize = 6;

/// What a check of one link found.
#[derive(Debug, Clone, Serialize)]
pub struct SlideCheck {
    /// The slide.
    pub slide: SlideId,
    /// The laboratory's label of it.
    pub label: String,
    /// Whether it can be read.
    pub readable: bool,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    /// What it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub facts: Option<SlideFacts>,
}

/// Checks every link of a case now.
///
/// # Errors
/// [`ServiceError::NotFound`] for somebody who may not see its slides.
pub async fn check(
    ex: &Exchange,
    actor: &Actor,
    case: CaseId,
) -> Result<Vec<SlideCheck>, ServiceError> {
    let actor = actor.clone();
    let slides = ex
        .store
        .read(move |conn| {
            let row = store::cases::find(conn, case)?.ok_or(ServiceError::NotFound)?;
            let relations = relations_to(conn, &actor, &row)?;
            if view(&relations) != Some(View::Full) {
                return Err(ServiceError::NotFound);
            }
            with_sources(conn, case)
        })
        .await?;
    probe_all(ex, slides).await
}

/// Before a case is sent: checks the links that were not found readable just now. Silent when the person may not send it, or it
/// has been sent already: the command itself says so.
pub(super) async fn refresh_before_submission(
    ex: &Exchange,
    actor: &Actor,
    case: CaseId,
    if_match: i64,
    idempotency: Option<&Idempotency>,
) -> Result<(), ServiceError> {
    let (actor, key, fresh_since) = (
        actor.clone(),
        idempotency.cloned(),
        micros(ex.core.clock.now() - FRESH),
    );
    let stale = ex
        .store
        .read(move |conn| {
            // First, because it is so as a rule that nothing is left to check.
            if !store::slides::any_unread_since(conn, case, fresh_since)? {
                return Ok(Vec::new());
            }
            if super::idempotency::find::<CaseId>(conn, actor.person, key.as_ref())?.is_some() {
                return Ok(Vec::new());
            }
            let Some(row) = store::cases::find(conn, case)? else {
                return Ok(Vec::new());
            };
            let facts = row.facts(Default::default())?;
            let may = relations_to(conn, &actor, &row)?.contains(&Relation::Submitter);
            if !may || facts.state != CaseState::Draft || row.version != if_match {
                return Ok(Vec::new());
            }
            let mut slides = with_sources(conn, case)?;
            slides.retain(|(slide, _)| {
                slide.failure.is_some() || slide.checked_at.is_none_or(|at| at < fresh_since)
            });
            Ok::<_, ServiceError>(slides)
        })
        .await?;
    probe_all(ex, stale).await.map(drop)
}

fn with_sources(
    conn: &mut Conn,
    case: CaseId,
) -> Result<Vec<(LinkedSlide, SlideSource)>, ServiceError> {
    let mut found = Vec::new();
    for slide in store::slides::of_case(conn, case)? {
        if let Some(source) = organisations::find_slide_source(conn, slide.content.source)? {
            found.push((slide, source));
        }
    }
    Ok(found)
}

async fn probe_all(
    ex: &Exchange,
    slides: Vec<(LinkedSlide, SlideSource)>,
) -> Result<Vec<SlideCheck>, ServiceError> {
    let probes = slides
        .into_iter()
        .map(|(slide, source)| probe_one(ex, slide, source));
    let mut checked: Vec<(LinkedSlide, Result<SlideFacts, LinkFailure>)> =
        futures_util::stream::iter(probes)
            .buffer_unordered(AT_A_TIME)
            .collect()
            .await;
    checked.sort_by_key(|(slide, _)| slide.id);
    if !checked.is_empty() {
        let (kept, core) = (checked.clone(), ex.core.clone());
        ex.store.write(move |conn| keep(conn, &core, &kept)).await?;
    }
    Ok(checked
        .into_iter()
        .map(|(slide, found)| SlideCheck {
            slide: slide.id,
            label: slide.content.label,
            readable: found.is_ok(),
            failure: found.as_ref().err().map(LinkFailure::code),
            facts: found.ok(),
        })
        .collect())
}

async fn probe_one(
    ex: &Exchange,
    slide: LinkedSlide,
    source: SlideSource,
) -> (LinkedSlide, Result<SlideFacts, LinkFailure>) {
    let found = match registered(&ex.core, &source) {
        Ok(source) => ex.prober.probe(&source, &slide.content.location).await,
        Err(error) => {
            tracing::error!(source = %source.id, %error, "the credentials of a slide source cannot be opened");
            Err(LinkFailure::RefusedCredentials)
        }
    };
    (slide, found)
}

/// A slide source as the outbound client takes it, its credentials opened.
pub(super) fn registered(
    core: &Core,
    source: &SlideSource,
) -> Result<RegisteredSource, crate::sealing::SealingError> {
    let place = credentials_place(source);
    let credentials = source
        .sealed_credentials
        .as_deref()
        .map(|sealed| core.sealing.open::<Credentials>(&place, sealed))
        .transpose()?;
    Ok(RegisteredSource {
        id: source.id,
        kind: source.kind,
        base_url: source.base_url.clone(),
        internal: source.internal,
        credentials,
    })
}

/// Where a source's credentials are sealed for.
pub fn credentials_place(source: &SlideSource) -> String {
    format!("slide_sources/{}", source.id)
}

fn keep(
    conn: &mut Conn,
    core: &Core,
    checked: &[(LinkedSlide, Result<SlideFacts, LinkFailure>)],
) -> Result<(), ServiceError> {
    let now = micros(core.clock.now());
    for (slide, found) in checked {
        let failure = found.as_ref().err().map(LinkFailure::code);
        let found = found
            .as_ref()
            .map_err(|_| failure.as_deref().unwrap_or_default());
        store::slides::record_check(conn, slide.id, &slide.content.location, now, found)?;
    }
    Ok(())
}

/// The slides that keep a case from being sent: not readable, and nothing says why it goes out all the same.
pub(super) fn unreadable(tree: &SpecimenTree) -> Vec<FieldProblem> {
    let mut problems = Vec::new();
    for (s, (_, blocks)) in tree.iter().enumerate() {
        for (b, (_, slides)) in blocks.iter().enumerate() {
            for (l, slide) in slides.iter().enumerate() {
                let excused = slide
                    .content
                    .unreadable_because
                    .as_ref()
                    .is_some_and(|reason| !reason.trim().is_empty());
                let readable = slide.failure.is_none() && slide.checked_at.is_some();
                if !readable && !excused {
                    let failure = slide
                        .failure
                        .clone()
                        .unwrap_or_else(|| "not_checked".to_owned());
                    problems.push(FieldProblem::new(
                        format!("/specimens/{s}/blocks/{b}/slides/{l}"),
                        FieldRule::SlideUnreadable { failure },
                    ));
                }
            }
        }
    }
    problems
}

/// When a link was checked, for documents.
pub(super) fn checked_at(
    slide: &LinkedSlide,
) -> Result<Option<chrono::DateTime<chrono::Utc>>, ServiceError> {
    Ok(slide.checked_at.map(instant).transpose()?)
}
