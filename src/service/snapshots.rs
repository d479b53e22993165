//! Pictures of what an expert sees of a slide, taken for their opinion: they lie in the draft until it is signed, and go with it.
//!
//! Who reads an opinion sees what it shows; of a draft nobody sees anything but who writes it.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use serde::Serialize;
use sha2::{Digest, Sha256};
use tokio::task::spawn_blocking;

use super::access::relations_to;
use super::cases::record_read;
use super::change::Change;
use super::documents::CaseDocument;
use super::error::ServiceError;
use super::idempotency::{self, Idempotency};
use super::{Core, Exchange, audit, case_document};
use crate::domain::cases::{CaseContent, CaseFacts};
use crate::domain::hexadecimal::hex;
use crate::domain::ids::{CaseId, PersonId, SnapshotId};
use crate::domain::opinions::OpinionContent;
use crate::domain::people::Actor;
use crate::domain::permissions::{Relation, View, view};
use crate::domain::problems::{FieldProblem, FieldRule};
use crate::domain::snapshots::{
    BYTES_MAX, EDGE_MAX, EDGE_MIN, MOST, SnapshotNamed, SnapshotView, foreign, unlisted,
    words_problems,
};
use crate::domain::transitions::writes_opinion;
use crate::slides::snapshot::{Clean, clean};
use crate::store::cases::CaseRow;
use crate::store::snapshots::{NewSnapshot, SnapshotRow};
use crate::store::{self, Conn, StoreError, id, instant, json, micros, to_json};

/// A snapshot as a person reads it.
#[derive(Debug, Clone, Serialize)]
pub struct SnapshotDocument {
    /// Identifier.
    pub id: SnapshotId,
    /// When it was taken.
    pub taken_at: DateTime<Utc>,
    /// SHA-256 of the picture, lower-case hexadecimal.
    pub sha256: String,
    /// What was seen.
    pub view: SnapshotView,
    /// What was written with it when it was taken; what the opinion says of it counts.
    #[serde(skip)]
    pub words: String,
}

/// A snapshot that is sent.
#[derive(Debug, Clone)]
pub struct Taken {
    /// The picture, JPEG.
    pub picture: Vec<u8>,
    /// What was seen; its size and scale are the picture's and the slide's own, whatever is said of them.
    pub view: SnapshotView,
    /// What it shows.
    pub words: String,
}

/// Where the picture of a snapshot is sealed for.
fn place(snapshot: &str) -> String {
    format!("snapshots/{snapshot}")
}

fn document(row: SnapshotRow) -> Result<SnapshotDocument, StoreError> {
    Ok(SnapshotDocument {
        id: id(&row.id)?,
        taken_at: instant(row.taken_at)?,
        sha256: row.sha256,
        view: json(&row.view)?,
        words: row.words,
    })
}

/// As what somebody who sees the whole case writes an opinion on it now.
fn writes(
    conn: &mut Conn,
    actor: &Actor,
    row: &CaseRow,
    now: DateTime<Utc>,
) -> Result<Relation, ServiceError> {
    let relations = relations_to(conn, actor, row)?;
    if view(&relations) != Some(View::Full) {
        return Err(ServiceError::NotFound);
    }
    let content: CaseContent = json(&row.content)?;
    let facts: CaseFacts = row.facts(content.pre_authorisations)?;
    writes_opinion(&facts, &relations, now).ok_or(ServiceError::Forbidden(
        "only who writes an opinion on the case takes snapshots for it",
    ))
}

/// Takes a snapshot into the expert's draft.
///
/// # Errors
/// [`ServiceError::NotFound`] for who may not see the whole case, and for a slide of another one; [`ServiceError::Forbidden`] for who
/// writes no opinion on it; [`ServiceError::Invalid`]; [`ServiceError::Conflict`] when the draft holds as many as it may.
pub async fn take(
    ex: &Exchange,
    actor: &Actor,
    case: CaseId,
    taken: Taken,
    asked: Option<Idempotency>,
    request_id: &str,
) -> Result<SnapshotId, ServiceError> {
    let Taken {
        picture,
        view,
        words,
    } = taken;
    let (small, edges) = (picture.len() <= BYTES_MAX, (EDGE_MIN, EDGE_MAX));
    let looking = spawn_blocking(move || small.then(|| clean(&picture, edges)).flatten());
    let looked = looking
        .await
        .map_err(|error| ServiceError::Internal(error.to_string()))?;
    let (core, actor, request_id) = (ex.core.clone(), actor.clone(), request_id.to_owned());
    ex.store
        .write(move |conn| {
            let row = store::cases::find(conn, case)?.ok_or(ServiceError::NotFound)?;
            let relation = writes(conn, &actor, &row, core.clock.now())?;
            let key = SnapshotId::new(core.ids.as_ref());
            let kept = idempotency::keep(conn, &core, actor.person, asked.as_ref(), 201, &key)?;
            if let Some((_, kept)) = kept {
                return Ok(kept);
            }
            let view = checked(conn, case, looked.as_ref(), view, &words)?;
            let picture = looked.as_ref().map_or(&[][..], |one| one.bytes.as_slice());
            let drafted = drafted(conn, case, actor.person)?;
            if drafted.len() >= MOST {
                return Err(ServiceError::Conflict(
                    "the draft has as many snapshots as it may",
                ));
            }
            let id = key.to_string();
            store::snapshots::insert(
                conn,
                &NewSnapshot {
                    case_id: case.to_string(),
                    expert_id: actor.person.to_string(),
                    slide_id: view.slide.to_string(),
                    taken_at: micros(core.clock.now()),
                    view: to_json(&view)?,
                    words: &words,
                    sha256: &hex(&Sha256::digest(picture)),
                    picture: &core.sealing.seal_bytes(&place(&id), picture)?,
                    drafted: true,
                    kept: false,
                    id,
                },
            )?;
            record(
                conn,
                &core,
                (actor.person, relation),
                "take_snapshot",
                case,
                &request_id,
            )?;
            Ok(key)
        })
        .await
}

/// The view of a picture that may be kept, on a slide of the case.
fn checked(
    conn: &mut Conn,
    case: CaseId,
    looked: Option<&Clean>,
    view: SnapshotView,
    words: &str,
) -> Result<SnapshotView, ServiceError> {
    let slides = store::slides::of_case(conn, case)?;
    let slide = slides.into_iter().find(|one| one.id == view.slide);
    let facts = slide.ok_or(ServiceError::NotFound)?.facts;
    let mut problems = words_problems(words);
    problems.extend(view.problems(facts.as_ref()));
    if looked.is_none() {
        let expected = "a JPEG in colour, neither too small nor too large".to_owned();
        problems.push(FieldProblem::new(
            "/picture",
            FieldRule::Malformed { expected },
        ));
    }
    let sized = looked.map(|one| SnapshotView {
        width: one.width,
        height: one.height,
        ..view
    });
    match (sized, problems.is_empty()) {
        (Some(view), true) => Ok(view.scaled(facts.as_ref())),
        _ => Err(ServiceError::Invalid(problems)),
    }
}

fn record(
    conn: &mut Conn,
    core: &Core,
    (person, relation): (PersonId, Relation),
    action: &str,
    case: CaseId,
    request_id: &str,
) -> Result<(), ServiceError> {
    let entry = audit::entry(core, person, relation, action, Some(case), request_id);
    Ok(store::traces::insert_audit(conn, &entry)?)
}

/// Takes a snapshot out of the expert's draft: its picture is gone, unless an opinion that somebody may have read shows it.
///
/// # Errors
/// [`ServiceError::NotFound`] for one that is not in their draft.
pub async fn remove(
    ex: &Exchange,
    actor: &Actor,
    case: CaseId,
    snapshot: SnapshotId,
    request_id: &str,
) -> Result<(), ServiceError> {
    let (core, actor, request_id) = (ex.core.clone(), actor.clone(), request_id.to_owned());
    ex.store
        .write(move |conn| {
            let row = store::cases::find(conn, case)?.ok_or(ServiceError::NotFound)?;
            let relation = writes(conn, &actor, &row, core.clock.now())?;
            if !store::snapshots::take_out(conn, (case, actor.person), snapshot)? {
                return Err(ServiceError::NotFound);
            }
            let who = (actor.person, relation);
            record(conn, &core, who, "remove_snapshot", case, &request_id)
        })
        .await
}

/// The snapshots in somebody's draft, the oldest first; nothing for who writes none.
///
/// # Errors
/// Storage failures.
pub async fn own(
    ex: &Exchange,
    actor: &Actor,
    case: CaseId,
) -> Result<Vec<SnapshotDocument>, ServiceError> {
    let person = actor.person;
    ex.store
        .read(move |conn| {
            let rows = drafted(conn, case, person)?.into_iter();
            Ok(rows.map(document).collect::<Result<_, _>>()?)
        })
        .await
}

fn drafted(
    conn: &mut Conn,
    case: CaseId,
    person: PersonId,
) -> Result<Vec<SnapshotRow>, StoreError> {
    let person = person.to_string();
    let mut rows = store::snapshots::of_case(conn, case)?;
    rows.retain(|row| row.drafted && row.expert_id == person);
    Ok(rows)
}

/// The picture of a snapshot, for who takes it or reads what shows it; on record.
///
/// # Errors
/// [`ServiceError::NotFound`] for everybody else.
pub async fn picture(
    ex: &Exchange,
    actor: &Actor,
    case: CaseId,
    snapshot: SnapshotId,
    request_id: &str,
) -> Result<Vec<u8>, ServiceError> {
    let (_, document, relation) = case_document::document(ex, actor, case).await?;
    let shown = document.snapshots.iter().any(|one| one.id == snapshot);
    let drafted = || async {
        let own = own(ex, actor, case).await?;
        Ok::<_, ServiceError>(own.iter().any(|one| one.id == snapshot))
    };
    if document.view != View::Full || !(shown || drafted().await?) {
        return Err(ServiceError::NotFound);
    }
    let core = ex.core.clone();
    let picture = ex
        .store
        .read(move |conn| opened(conn, &core, case, snapshot))
        .await?;
    record_read(ex, actor, case, relation, "read_snapshot", request_id).await?;
    Ok(picture)
}

/// The bytes of a picture.
pub(super) fn opened(
    conn: &mut Conn,
    core: &Core,
    case: CaseId,
    snapshot: SnapshotId,
) -> Result<Vec<u8>, ServiceError> {
    let sealed = store::snapshots::picture(conn, case, snapshot)?;
    let sealed = sealed.ok_or(ServiceError::NotFound)?;
    let place = place(&snapshot.to_string());
    Ok(core.sealing.open_bytes(&place, &sealed)?)
}

/// The snapshots that the opinions and readings in a document show: whoever reads these sees them.
pub(super) fn shown_in(
    conn: &mut Conn,
    seen: &CaseDocument,
) -> Result<Vec<SnapshotDocument>, ServiceError> {
    let opinions = seen.opinions.iter().map(|one| &one.content);
    let seats = seen.panels.iter().flat_map(|panel| &panel.seats);
    let readings = seats.filter_map(|seat| seat.reading.as_ref());
    let contents = opinions
        .chain(readings.map(|one| &one.content))
        .chain(&seen.opinion_draft);
    let named: HashSet<SnapshotId> = contents
        .flat_map(|content| &content.snapshots)
        .map(|one| one.snapshot)
        .collect();
    if named.is_empty() {
        return Ok(Vec::new());
    }
    let rows = store::snapshots::of_case(conn, seen.id)?.into_iter();
    let mut all = rows.map(document).collect::<Result<Vec<_>, _>>()?;
    all.retain(|one| named.contains(&one.id));
    Ok(all)
}

/// What is wrong with the snapshots that a content names; `whole` when it is to be released or signed.
pub(super) fn problems(
    change: &mut Change<'_>,
    person: PersonId,
    content: &OpinionContent,
    whole: bool,
) -> Result<Vec<FieldProblem>, ServiceError> {
    let person = person.to_string();
    let rows = store::snapshots::of_case(change.conn, change.id)?.into_iter();
    let (mut drafted, mut known) = (Vec::new(), Vec::new());
    for row in rows.filter(|row| row.expert_id == person) {
        let snapshot: SnapshotId = id(&row.id)?;
        if row.drafted {
            drafted.push(snapshot);
        }
        // What they have shown before they may show again.
        if row.drafted || row.kept {
            known.push(snapshot);
        }
    }
    let mut problems = foreign(&content.snapshots, &known);
    if whole {
        problems.extend(unlisted(&content.snapshots, &drafted));
    }
    Ok(problems)
}

/// Keeps what a content shows; `drafted` as long as its draft goes on.
pub(super) fn keep(
    change: &mut Change<'_>,
    content: &OpinionContent,
    drafted: bool,
) -> Result<(), ServiceError> {
    for one in &content.snapshots {
        store::snapshots::keep(change.conn, one.snapshot, drafted)?;
    }
    Ok(())
}

/// What a content shows, as it is signed.
pub(super) fn named(
    conn: &mut Conn,
    case: CaseId,
    content: &OpinionContent,
) -> Result<Vec<SnapshotNamed>, ServiceError> {
    if content.snapshots.is_empty() {
        return Ok(Vec::new());
    }
    let rows = store::snapshots::of_case(conn, case)?.into_iter();
    let known = rows.map(document).collect::<Result<Vec<_>, _>>()?;
    let each = content.snapshots.iter().map(|said| {
        let one = known.iter().find(|one| one.id == said.snapshot);
        let one = one.ok_or(StoreError::Corrupt("snapshot"))?;
        Ok(SnapshotNamed {
            snapshot: one.id,
            taken_at: one.taken_at,
            sha256: one.sha256.clone(),
            view: one.view,
        })
    });
    each.collect()
}
