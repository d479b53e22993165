//! What a reader of a panel has written and not signed. It has a version of its own: those who read blind neither see that somebody
//! writes, nor is what they do out of date because of it.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::access::relations_to;
use super::cases::record_read;
use super::error::ServiceError;
use super::{Core, Exchange, audit, opining};
use crate::domain::ids::CaseId;
use crate::domain::opinions::OpinionContent;
use crate::domain::people::Actor;
use crate::domain::permissions::{Relation, drafts_reading};
use crate::domain::transitions::{Command, permitted};
use crate::store::cases::CaseRow;
use crate::store::reading_drafts::{self as drafts, DraftRow};
use crate::store::{self, Conn, StoreError, id, instant, json, micros, panels, to_json};

/// A reading as far as it is written.
#[derive(Debug, Clone, Serialize)]
pub struct ReadingDraft {
    /// Its version, which the ETag repeats; 0 before anything was kept.
    pub version: i64,
    /// What was written.
    pub content: OpinionContent,
    /// When it was kept; left out before anything was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kept_at: Option<DateTime<Utc>>,
}

impl ReadingDraft {
    fn of(row: Option<DraftRow>) -> Result<Self, ServiceError> {
        let Some(row) = row else {
            return Ok(Self {
                version: 0,
                content: OpinionContent::default(),
                kept_at: None,
            });
        };
        Ok(Self {
            version: row.version,
            content: json(&row.content)?,
            kept_at: Some(instant(row.updated_at)?),
        })
    }
}

/// The panel of the case's present cycle, for a reader who has not signed; as what they are that.
fn seated(
    conn: &mut Conn,
    actor: &Actor,
    row: &CaseRow,
) -> Result<(String, Relation), ServiceError> {
    let relations = relations_to(conn, actor, row)?;
    let relation = drafts_reading(&relations).ok_or(ServiceError::NotFound)?;
    let panel = panels::of_cycle(conn, id(&row.id)?, row.cycle)?;
    let panel = panel.ok_or(StoreError::Corrupt("panel"))?;
    Ok((panel.id, relation))
}

async fn found(
    ex: &Exchange,
    actor: &Actor,
    case: CaseId,
) -> Result<(ReadingDraft, Relation), ServiceError> {
    let actor = actor.clone();
    ex.store
        .read(move |conn| {
            let row = store::cases::find(conn, case)?.ok_or(ServiceError::NotFound)?;
            let (panel, relation) = seated(conn, &actor, &row)?;
            let draft = drafts::find(conn, &panel, actor.person)?;
            Ok((ReadingDraft::of(draft)?, relation))
        })
        .await
}

/// The actor's own draft, for a page of a case whose reading is on record already.
///
/// # Errors
/// [`ServiceError::NotFound`] for who does not sit on the panel, or has signed.
pub async fn own(ex: &Exchange, actor: &Actor, case: CaseId) -> Result<ReadingDraft, ServiceError> {
    Ok(found(ex, actor, case).await?.0)
}

/// The same, put on record.
///
/// # Errors
/// As [`own`].
pub async fn read(
    ex: &Exchange,
    actor: &Actor,
    case: CaseId,
    request_id: &str,
) -> Result<ReadingDraft, ServiceError> {
    let (draft, relation) = found(ex, actor, case).await?;
    record_read(ex, actor, case, relation, "read_reading_draft", request_id).await?;
    Ok(draft)
}

/// Keeps a reading as typed, if nothing was kept since version `if_match`; 0 before the first.
///
/// # Errors
/// [`ServiceError::NotFound`] as [`own`], [`ServiceError::Refused`] when nobody reads blind any more, [`ServiceError::Stale`],
/// [`ServiceError::Invalid`].
pub async fn keep(
    ex: &Exchange,
    actor: &Actor,
    case: CaseId,
    if_match: i64,
    content: OpinionContent,
    request_id: &str,
) -> Result<ReadingDraft, ServiceError> {
    let (core, actor, request) = (ex.core.clone(), actor.clone(), request_id.to_owned());
    ex.store
        .write(move |conn| kept(conn, &core, &actor, (case, if_match), &content, &request))
        .await
}

fn kept(
    conn: &mut Conn,
    core: &Core,
    actor: &Actor,
    (case, if_match): (CaseId, i64),
    content: &OpinionContent,
    request_id: &str,
) -> Result<ReadingDraft, ServiceError> {
    // Under the lock of the case, so that nothing is kept beside a reading that is being signed.
    let row = store::cases::find_for_change(conn, case)?.ok_or(ServiceError::NotFound)?;
    let (panel, relation) = seated(conn, actor, &row)?;
    let now = core.clock.now();
    let facts = row.facts(Default::default())?;
    permitted(&facts, &[relation], Command::SignReading, now)?;
    let before = drafts::find(conn, &panel, actor.person)?;
    let current = before.map_or(0, |draft| draft.version);
    if current != if_match {
        return Err(ServiceError::Stale { current });
    }
    let mut problems = content.draft_problems();
    problems.extend(opining::foreign_slides(conn, case, content)?);
    if !problems.is_empty() {
        return Err(ServiceError::Invalid(problems));
    }
    let whose = (panel.as_str(), actor.person);
    if !drafts::keep(conn, whose, current, &to_json(content)?, micros(now))? {
        return Err(ServiceError::Contended);
    }
    let (person, act) = (actor.person, "save_reading");
    let entry = audit::entry(core, person, relation, act, Some(case), request_id);
    store::traces::insert_audit(conn, &entry)?;
    ReadingDraft::of(drafts::find(conn, &panel, actor.person)?)
}
