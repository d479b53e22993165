//! Proofs that a person is there, each for one payload.

use diesel::prelude::*;

use super::StoreResult;
use super::connection::Conn;
use super::schema::presence_proofs;

/// A proof as its row; the proof itself is never kept, only its SHA-256.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = presence_proofs)]
#[expect(
    missing_docs,
    reason = "the columns carry the names of the rules; instants are microseconds UTC"
)]
pub struct ProofRow {
    pub id: String,
    pub proof_hash: String,
    pub person_id: String,
    pub family_id: String,
    pub case_id: String,
    pub command: String,
    pub payload_sha256: String,
    pub expires_at: i64,
    pub used_at: Option<i64>,
}

/// Adds a proof.
///
/// # Errors
/// Storage failures.
pub fn insert(conn: &mut Conn, row: &ProofRow) -> StoreResult<()> {
    diesel::insert_into(presence_proofs::table)
        .values(row)
        .execute(conn)?;
    Ok(())
}

/// The proof with that hash.
///
/// # Errors
/// Storage failures.
pub fn find(conn: &mut Conn, hash: &str) -> StoreResult<Option<ProofRow>> {
    Ok(presence_proofs::table
        .filter(presence_proofs::proof_hash.eq(hash))
        .select(ProofRow::as_select())
        .first(conn)
        .optional()?)
}

/// Uses a proof; false when it was used before.
///
/// # Errors
/// Storage failures.
pub fn spend(conn: &mut Conn, key: &str, at: i64) -> StoreResult<bool> {
    let unused = presence_proofs::table
        .find(key)
        .filter(presence_proofs::used_at.is_null());
    Ok(diesel::update(unused)
        .set(presence_proofs::used_at.eq(at))
        .execute(conn)?
        == 1)
}

/// Forgets proofs that ran out before `before`: what they proved stands in the audit.
///
/// # Errors
/// Storage failures.
pub fn forget_expired(conn: &mut Conn, before: i64) -> StoreResult<usize> {
    let expired = presence_proofs::table.filter(presence_proofs::expires_at.lt(before));
    Ok(diesel::delete(expired).execute(conn)?)
}
