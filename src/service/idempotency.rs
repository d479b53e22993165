//! A repeated request is answered from what the first one did, even when its answer was lost on the way.

use std::fmt::Display;
use std::str::FromStr;

use super::Core;
use super::error::ServiceError;
use crate::domain::ids::PersonId;
use crate::store::idempotency::IdempotencyRow;
use crate::store::{self, Conn};

/// The key a client chose for a request, and what the request was.
#[derive(Debug, Clone)]
pub struct Idempotency {
    /// The client's key.
    pub key: String,
    /// SHA-256 over method, path, precondition and body.
    pub fingerprint: String,
}

/// Something that a create made, now or when it was asked for the first time.
#[derive(Debug, Clone)]
pub struct Made<T> {
    /// What was made.
    pub document: T,
    /// Whether this answers a repeated request from what was kept.
    pub replayed: bool,
}

/// What was done under this key: the status, and the identifier of what was written. The fingerprint holds the path, so that a
/// key never stands for a thing of another kind.
///
/// # Errors
/// [`ServiceError::IdempotencyMismatch`] when the key stands for another request.
pub(super) fn find<S: FromStr>(
    conn: &mut Conn,
    person: PersonId,
    asked: Option<&Idempotency>,
) -> Result<Option<(u16, S)>, ServiceError> {
    let Some(asked) = asked else { return Ok(None) };
    let Some(kept) = store::idempotency::find(conn, person, &asked.key)? else {
        return Ok(None);
    };
    if kept.fingerprint != asked.fingerprint {
        return Err(ServiceError::IdempotencyMismatch);
    }
    let status = u16::try_from(kept.status).map_err(|_| store::StoreError::Corrupt("status"))?;
    Ok(Some((status, store::id(&kept.subject_id)?)))
}

/// Keeps what is being done, in the transaction that does it, or tells what was done under this key before. Two requests that come
/// at the same moment do not both go on: the second waits for the first. No content is kept: the answer is made again from what was
/// written, for a person who still may see it.
///
/// # Errors
/// [`ServiceError::IdempotencyMismatch`] when the key stands for another request.
pub(super) fn keep<S: FromStr + Display>(
    conn: &mut Conn,
    core: &Core,
    person: PersonId,
    asked: Option<&Idempotency>,
    status: u16,
    subject: &S,
) -> Result<Option<(u16, S)>, ServiceError> {
    let Some(given) = asked else { return Ok(None) };
    let row = IdempotencyRow {
        person_id: person.to_string(),
        idempotency_key: given.key.clone(),
        fingerprint: given.fingerprint.clone(),
        status: i32::from(status),
        subject_id: subject.to_string(),
        created_at: store::micros(core.clock.now()),
    };
    if store::idempotency::keep_first(conn, &row)? {
        return Ok(None);
    }
    find(conn, person, asked)
}
