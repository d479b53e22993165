//! What is kept of slides on the disk of this process goes when their cases are over. Each process looks by itself: no other can
//! reach its disk.

use std::time::Duration as Span;

use chrono::{DateTime, Duration, Utc};

use super::error::ServiceError;
use super::{Exchange, links};
use crate::domain::cases::CaseState;
use crate::domain::ids::SlideSourceId;
use crate::domain::slides::SlideLocation;
use crate::domain::text_enum::TextEnum;
use crate::slides::outbound::RegisteredSource;
use crate::store::{self, Conn, micros, organisations};

/// How often it is looked which cases are over.
const EVERY: Span = Span::from_secs(30);
/// How far back it is looked beyond the last time: a transaction may end after the instant that it wrote.
const OVERLAP: Duration = Duration::minutes(5);

type Slide = (RegisteredSource, SlideLocation);

/// Removes from the disk what is of no living case: first whatever lies there, then what is of cases that end. Goes on until it is
/// dropped; does nothing where nothing is kept on a disk.
pub async fn keep_clean(ex: Exchange) {
    if ex.viewer.disk().is_none() {
        return;
    }
    let mut since = None;
    loop {
        let now = ex.core.clock.now();
        match sweep(&ex, since).await {
            Ok(()) => since = Some(now),
            Err(error) => {
                tracing::warn!(%error, "slides of cases that are over were not purged yet")
            }
        }
        // Time-outs end the waiting as well as news do.
        let _ = tokio::time::timeout(EVERY, ex.viewer.ended().notified()).await;
    }
}

/// Removes what is of cases that are over since then; `None` removes whatever is of no living case.
///
/// # Errors
/// Storage failures.
pub async fn sweep(ex: &Exchange, since: Option<DateTime<Utc>>) -> Result<(), ServiceError> {
    let core = ex.core.clone();
    let slides = ex
        .store
        .read(move |conn| {
            let links = match since {
                None => store::slides::links_of(conn, &living(), 0)?,
                Some(since) => ended(conn, micros(since - OVERLAP))?,
            };
            let mut slides: Vec<Slide> = Vec::new();
            for (source, location) in links {
                let source = organisations::find_slide_source(conn, source)?;
                if let Some(source) = source {
                    slides.push((links::registered(&core, &source)?, location));
                }
            }
            Ok::<_, ServiceError>(slides)
        })
        .await?;
    let (gateway, all) = (ex.viewer.gateway().clone(), since.is_none());
    let purging = move || {
        if all {
            gateway.purge_all_but(&slides);
        } else {
            gateway.purge(&slides);
        }
    };
    tokio::task::spawn_blocking(purging)
        .await
        .map_err(|error| ServiceError::Internal(error.to_string()))
}

fn living() -> Vec<&'static str> {
    let all = CaseState::ALL.iter().filter(|state| !state.is_over());
    all.map(|state| state.as_str()).collect()
}

/// The links of cases that are over since then, but for those that a living case has too.
fn ended(conn: &mut Conn, since: i64) -> Result<Vec<(SlideSourceId, SlideLocation)>, ServiceError> {
    let over = CaseState::ALL.iter().filter(|state| state.is_over());
    let over: Vec<&str> = over.map(|state| state.as_str()).collect();
    let mut ended = store::slides::links_of(conn, &over, since)?;
    if !ended.is_empty() {
        let sources: Vec<SlideSourceId> = ended.iter().map(|(source, _)| *source).collect();
        let kept = store::slides::links_at(conn, &sources, &living())?;
        ended.retain(|link| !kept.contains(link));
    }
    Ok(ended)
}
