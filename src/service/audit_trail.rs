//! Checkpoints of the audit trail in the transparency log: every hour a digest of what was recorded since the last one, over that one.
//! Who keeps checkpoints of the log, or has somebody keep them, can find out later whether an entry of the trail was altered, taken
//! out or slipped in, by us or by anybody.

use chrono::{DateTime, Duration, Utc};
use sha2::{Digest, Sha256};

use super::error::ServiceError;
use super::{Core, Exchange};
use crate::signing::canonical;
use crate::signing::transparency::{Salt, audit_entry};
use crate::store::audit_trail::{self as rows, CheckpointRow, Place};
use crate::store::transparency::{self, SaltRow};
use crate::store::{Conn, StoreError, instant, micros};

/// Entries as young as this are left for the next checkpoint: transactions that began before them may still write theirs, and the
/// clocks of several instances differ.
const SETTLED: Duration = Duration::minutes(10);
/// Entries read at a time.
const PAGE: i64 = 2_000;
/// Entries under one checkpoint.
const AT_MOST: i64 = 100_000;
/// Before the first entry of any trail.
const BEGINNING: Place = (i64::MIN, String::new());

/// A part of the trail.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Run {
    /// SHA-256 over the digest before, in bytes, and each entry in canonical JSON (RFC 8785) and a newline.
    digest: [u8; 32],
    entries: i64,
    through: Place,
}

/// Enters in the log what has settled since the last checkpoint.
///
/// # Errors
/// Storage failures.
pub async fn checkpoint(ex: &Exchange) -> Result<(), ServiceError> {
    let until = (micros(ex.core.clock.now() - SETTLED), String::new());
    loop {
        let last = ex.store.read(rows::newest).await?;
        let run = run(ex, last.as_ref(), until.clone(), AT_MOST).await?;
        if run.entries == 0 {
            return Ok(());
        }
        let (core, whole) = (ex.core.clone(), run.entries < AT_MOST);
        let kept = ex
            .store
            .write(move |conn| keep(conn, &core, last.as_ref(), &run))
            .await;
        match kept {
            // Another instance was faster, and has the same.
            Ok(()) | Err(StoreError::Duplicate) if whole => return Ok(()),
            Ok(()) | Err(StoreError::Duplicate) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

fn keep(
    conn: &mut Conn,
    core: &Core,
    last: Option<&CheckpointRow>,
    run: &Run,
) -> Result<(), StoreError> {
    let id = core.ids.next().to_string();
    let salt: Salt = rand::random();
    transparency::insert_salt(
        conn,
        &SaltRow {
            opinion_id: id.clone(),
            salt: Some(salt.to_vec()),
            entry: Some(audit_entry(&salt, &run.digest).to_vec()),
            position: None,
        },
    )?;
    let (through_at, through_id) = run.through.clone();
    rows::insert(
        conn,
        &CheckpointRow {
            number: last.map_or(0, |last| last.number) + 1,
            id,
            through_at,
            through_id,
            entries: run.entries,
            digest: run.digest.to_vec(),
            made_at: micros(core.clock.now()),
        },
    )
}

/// What follows on a checkpoint, up to a place and so many entries.
async fn run(
    ex: &Exchange,
    last: Option<&CheckpointRow>,
    until: Place,
    at_most: i64,
) -> Result<Run, ServiceError> {
    let mut hash = Sha256::new();
    let mut through = BEGINNING;
    if let Some(last) = last {
        hash.update(&last.digest);
        through = last.through();
    }
    let mut entries = 0;
    while entries < at_most {
        let (after, until, page) = (through.clone(), until.clone(), PAGE.min(at_most - entries));
        let read = ex
            .store
            .read(move |conn| rows::entries_after(conn, &after, &until, page))
            .await?;
        for entry in &read {
            hash.update(canonical::bytes(entry)?);
            hash.update(b"\n");
            through = (entry.at, entry.id.clone());
            entries += 1;
        }
        if read.len() < usize::try_from(page).unwrap_or(0) {
            break;
        }
    }
    let digest = hash.finalize().into();
    Ok(Run {
        digest,
        entries,
        through,
    })
}

/// What was found of the trail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Whole {
    /// Checkpoints that agree with it.
    pub checkpoints: i64,
    /// Entries under them.
    pub entries: i64,
    /// The last of these was recorded then; none without a checkpoint.
    pub through: Option<DateTime<Utc>>,
}

/// Looks whether the trail is as it was entered in the log; in words what is not. Whether the log is what it was is told by
/// [`super::transparency::continues`].
///
/// # Errors
/// Storage failures.
pub async fn check(ex: &Exchange) -> Result<Result<Whole, String>, ServiceError> {
    let mut found = Whole {
        checkpoints: 0,
        entries: 0,
        through: None,
    };
    let mut last: Option<CheckpointRow> = None;
    loop {
        let number = found.checkpoints + 1;
        let next = ex.store.read(move |conn| rows::numbered(conn, number));
        let Some(next) = next.await? else {
            return Ok(Ok(found));
        };
        if let Err(said) = agrees(ex, last.as_ref(), &next).await? {
            return Ok(Err(said));
        }
        found.checkpoints += 1;
        found.entries += next.entries;
        found.through = Some(instant(next.through_at)?);
        last = Some(next);
    }
}

async fn agrees(
    ex: &Exchange,
    last: Option<&CheckpointRow>,
    next: &CheckpointRow,
) -> Result<Result<(), String>, ServiceError> {
    let until = instant(next.through_at)?;
    let since = last.map(|last| instant(last.through_at)).transpose()?;
    let since = since.map_or("the beginning".to_owned(), |at| at.to_rfc3339());
    let span = format!("from {since} to {}", until.to_rfc3339());
    let run = run(ex, last, next.through(), i64::MAX).await?;
    if run.entries != next.entries {
        return Ok(Err(format!(
            "of the audit trail {span} there are {} entries; {} were entered in the log",
            run.entries, next.entries
        )));
    }
    if run.digest.as_slice() != next.digest {
        return Ok(Err(format!(
            "the audit trail {span} is not what was entered in the log"
        )));
    }
    let (id, digest) = (next.id.clone(), run.digest);
    let entered = ex.store.read(move |conn| is_entered(conn, &id, &digest));
    Ok(if entered.await? {
        Ok(())
    } else {
        Err(format!(
            "the log does not hold the checkpoint of the audit trail {span}"
        ))
    })
}

/// Whether the log holds that digest, where it says that it does.
fn is_entered(conn: &mut Conn, id: &str, digest: &[u8; 32]) -> Result<bool, StoreError> {
    let Some(SaltRow {
        salt: Some(salt),
        position: Some(position),
        ..
    }) = transparency::salt(conn, &id)?
    else {
        return Ok(false);
    };
    let salt: Salt = salt.try_into().map_err(|_| StoreError::Corrupt("salt"))?;
    let entry = transparency::entries(conn, position, 1)?.pop();
    Ok(entry.is_some_and(|entry| entry == audit_entry(&salt, digest)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::audit_trail::TrailRow;

    #[test]
    fn an_entry_is_hashed_in_these_bytes_for_ever() {
        let entry = TrailRow {
            id: "01".into(),
            at: 1,
            person_id: None,
            relation: "submitter".into(),
            action: "submit".into(),
            case_id: Some("02".into()),
            outcome: "done".into(),
            request_id: None,
            subject_kind: None,
            subject_id: None,
            detail: None,
        };
        let text = String::from_utf8(canonical::bytes(&entry).unwrap()).unwrap();
        assert_eq!(
            text,
            r#"{"action":"submit","at":1,"case_id":"02","detail":null,"id":"01","outcome":"done","person_id":null,"relation":"submitter","request_id":null,"subject_id":null,"subject_kind":null}"#
        );
    }
}
