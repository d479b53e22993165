//! What was answered to a create or a command, kept in the transaction that did it, so that a repeated request is answered again.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Text};

use super::StoreResult;
use super::connection::Conn;
use super::schema::idempotency_records;
use super::steady::Steady;
use crate::domain::ids::PersonId;

/// A kept answer as its row.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable)]
#[diesel(table_name = idempotency_records)]
#[expect(
    missing_docs,
    reason = "the columns say it; the answer is made again from what was written, so that no content is kept here"
)]
pub struct IdempotencyRow {
    pub person_id: String,
    pub idempotency_key: String,
    pub fingerprint: String,
    pub status: i32,
    pub subject_id: String,
    pub created_at: i64,
}

/// The answer kept under a person's key.
///
/// # Errors
/// Storage failures.
pub fn find(conn: &mut Conn, person: PersonId, key: &str) -> StoreResult<Option<IdempotencyRow>> {
    Ok(idempotency_records::table
        .find((person.to_string(), key))
        .select(IdempotencyRow::as_select())
        .first(conn)
        .optional()?)
}

/// Keeps an answer, unless one is kept under that key. A transaction that is about to keep one of the same key is waited for.
///
/// # Errors
/// Storage failures.
pub fn keep_first(conn: &mut Conn, row: &IdempotencyRow) -> StoreResult<bool> {
    let insert = diesel::sql_query(
        "INSERT INTO idempotency_records (person_id, idempotency_key, fingerprint, status, subject_id, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
    )
    .bind::<Text, _>(&row.person_id)
    .bind::<Text, _>(&row.idempotency_key)
    .bind::<Text, _>(&row.fingerprint)
    .bind::<Integer, _>(row.status)
    .bind::<Text, _>(&row.subject_id)
    .bind::<BigInt, _>(row.created_at);
    Ok(Steady(insert).execute(conn)? == 1)
}

/// Forgets answers older than `before`.
///
/// # Errors
/// Storage failures.
pub fn forget(conn: &mut Conn, before: i64) -> StoreResult<usize> {
    Ok(diesel::delete(
        idempotency_records::table.filter(idempotency_records::created_at.lt(before)),
    )
    .execute(conn)?)
}
