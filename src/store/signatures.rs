//! The authority, the experts' keys, and the signed forms of opinions and of readings.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Nullable, Text};

use super::StoreResult;
use super::connection::Conn;
use super::schema::{
    opinion_signatures, opinions, people, signing_authorities, signing_keys, signing_requests,
};
use crate::domain::ids::{CaseId, OpinionId, PersonId};

/// The exchange's authority as its row.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable)]
#[diesel(table_name = signing_authorities)]
#[expect(
    missing_docs,
    reason = "certificates are base64 DER, instants microseconds UTC"
)]
pub struct AuthorityRow {
    pub id: String,
    pub active: bool,
    pub certificate: String,
    pub sealed_key: String,
    pub not_before: i64,
    pub not_after: i64,
    /// Of an authority that is not the exchange's own: the name under which the operator registered it.
    pub registered_as: Option<String>,
    /// When it was taken out of trust.
    pub withdrawn_at: Option<i64>,
}

/// A key that waits for its certificate.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = signing_requests)]
#[expect(
    missing_docs,
    reason = "the point is base64, the instant microseconds UTC; sealed and named as in signing_keys"
)]
pub struct RequestRow {
    pub person_id: String,
    pub key_id: String,
    pub point: String,
    pub sealed_key: String,
    pub token_key: Option<String>,
    pub made_at: i64,
}

/// A person's signing key as its row.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = signing_keys)]
#[expect(
    missing_docs,
    reason = "certificates are base64 DER, instants microseconds UTC"
)]
pub struct SigningKeyRow {
    pub id: String,
    pub person_id: String,
    pub authority_id: String,
    pub certificate: String,
    pub sealed_key: String,
    pub not_before: i64,
    pub not_after: i64,
    pub revoked_at: Option<i64>,
    /// Identifier of a key that a token holds, lower-case hexadecimal; nothing is sealed here then.
    pub token_key: Option<String>,
    /// Certificates between this one and its authority's, the issuer's first, separated by spaces.
    pub between_them: String,
}

/// The signed form of a version or of a reading.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = opinion_signatures)]
#[expect(missing_docs, reason = "the columns carry their names")]
pub struct SignatureRow {
    pub opinion_id: String,
    pub key_id: String,
    pub jades: String,
    pub sha256: String,
}

/// The active authority.
///
/// # Errors
/// Storage failures.
pub fn active_authority(conn: &mut Conn) -> StoreResult<Option<AuthorityRow>> {
    Ok(signing_authorities::table
        .filter(signing_authorities::active.eq(true))
        .select(AuthorityRow::as_select())
        .first(conn)
        .optional()?)
}

/// The authorities that are out of use, the newest first.
///
/// # Errors
/// Storage failures.
pub fn earlier_authorities(conn: &mut Conn) -> StoreResult<Vec<AuthorityRow>> {
    Ok(signing_authorities::table
        .filter(signing_authorities::active.eq(false))
        .filter(signing_authorities::registered_as.is_null())
        .order(signing_authorities::id.desc())
        .select(AuthorityRow::as_select())
        .load(conn)?)
}

/// The authorities that are not the exchange's own, the oldest first, those out of trust too.
///
/// # Errors
/// Storage failures.
pub fn registered_authorities(conn: &mut Conn) -> StoreResult<Vec<AuthorityRow>> {
    Ok(signing_authorities::table
        .filter(signing_authorities::registered_as.is_not_null())
        .order(signing_authorities::id)
        .select(AuthorityRow::as_select())
        .load(conn)?)
}

/// The authority of that identifier.
///
/// # Errors
/// Storage failures.
pub fn find_authority(conn: &mut Conn, wanted: &str) -> StoreResult<Option<AuthorityRow>> {
    Ok(signing_authorities::table
        .find(wanted)
        .select(AuthorityRow::as_select())
        .first(conn)
        .optional()?)
}

/// Takes a registered authority out of trust.
///
/// # Errors
/// Storage failures.
pub fn withdraw_authority(conn: &mut Conn, wanted: &str, now: i64) -> StoreResult<()> {
    diesel::update(signing_authorities::table.find(wanted))
        .set(signing_authorities::withdrawn_at.eq(now))
        .execute(conn)?;
    Ok(())
}

/// Keeps what waits for a person's certificate, instead of what waited before.
///
/// # Errors
/// Storage failures.
pub fn put_request(conn: &mut Conn, row: &RequestRow) -> StoreResult<()> {
    diesel::delete(signing_requests::table.find(&row.person_id)).execute(conn)?;
    diesel::insert_into(signing_requests::table)
        .values(row)
        .execute(conn)?;
    Ok(())
}

/// What waits for a person's certificate.
///
/// # Errors
/// Storage failures.
pub fn find_request(conn: &mut Conn, of: PersonId) -> StoreResult<Option<RequestRow>> {
    Ok(signing_requests::table
        .find(of.to_string())
        .select(RequestRow::as_select())
        .first(conn)
        .optional()?)
}

/// Nothing waits for a person's certificate any more.
///
/// # Errors
/// Storage failures.
pub fn delete_request(conn: &mut Conn, of: PersonId) -> StoreResult<()> {
    diesel::delete(signing_requests::table.find(of.to_string())).execute(conn)?;
    Ok(())
}

/// Takes the active authority out of use.
///
/// # Errors
/// Storage failures.
pub fn retire_authority(conn: &mut Conn) -> StoreResult<()> {
    let active = signing_authorities::table.filter(signing_authorities::active.eq(true));
    diesel::update(active)
        .set(signing_authorities::active.eq(false))
        .execute(conn)?;
    Ok(())
}

/// Adds the active authority, unless there is one: of two that are made at once the first one stays.
///
/// # Errors
/// Storage failures.
pub fn insert_authority(conn: &mut Conn, row: &AuthorityRow) -> StoreResult<()> {
    diesel::sql_query(
        "INSERT INTO signing_authorities \
         (id, active, certificate, sealed_key, not_before, not_after, registered_as) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
    )
    .bind::<Text, _>(&row.id)
    .bind::<Bool, _>(row.active)
    .bind::<Text, _>(&row.certificate)
    .bind::<Text, _>(&row.sealed_key)
    .bind::<BigInt, _>(row.not_before)
    .bind::<BigInt, _>(row.not_after)
    .bind::<Nullable<Text>, _>(&row.registered_as)
    .execute(conn)?;
    Ok(())
}

/// The newest key of a person that may sign at `now`, certified by that authority.
///
/// # Errors
/// Storage failures.
pub fn usable_key(
    conn: &mut Conn,
    person: PersonId,
    authority: &str,
    now: i64,
) -> StoreResult<Option<SigningKeyRow>> {
    Ok(signing_keys::table
        .filter(signing_keys::person_id.eq(person.to_string()))
        .filter(signing_keys::authority_id.eq(authority))
        .filter(signing_keys::not_before.le(now))
        .filter(signing_keys::not_after.gt(now))
        .filter(signing_keys::revoked_at.is_null())
        .order(signing_keys::id.desc())
        .select(SigningKeyRow::as_select())
        .first(conn)
        .optional()?)
}

/// The newest key of a person that was not revoked, whether or not it may sign now.
///
/// # Errors
/// Storage failures.
pub fn newest_key(conn: &mut Conn, person: PersonId) -> StoreResult<Option<SigningKeyRow>> {
    Ok(signing_keys::table
        .filter(signing_keys::person_id.eq(person.to_string()))
        .filter(signing_keys::revoked_at.is_null())
        .order(signing_keys::id.desc())
        .select(SigningKeyRow::as_select())
        .first(conn)
        .optional()?)
}

/// The person whose key that one of the token is or was.
///
/// # Errors
/// Storage failures.
pub fn holder_of(conn: &mut Conn, token_key: &str) -> StoreResult<Option<String>> {
    Ok(signing_keys::table
        .filter(signing_keys::token_key.eq(token_key))
        .select(signing_keys::person_id)
        .first(conn)
        .optional()?)
}

/// The keys of the token that experts may sign with.
///
/// # Errors
/// Storage failures.
pub fn token_keys(conn: &mut Conn) -> StoreResult<Vec<String>> {
    let named = signing_keys::table
        .filter(signing_keys::token_key.is_not_null())
        .filter(signing_keys::revoked_at.is_null())
        .select(signing_keys::token_key.assume_not_null());
    Ok(named.distinct().load(conn)?)
}

/// Adds a key.
///
/// # Errors
/// Storage failures.
pub fn insert_key(conn: &mut Conn, row: &SigningKeyRow) -> StoreResult<()> {
    diesel::insert_into(signing_keys::table)
        .values(row)
        .execute(conn)?;
    Ok(())
}

/// Every key with its holder's login, the newest first.
///
/// # Errors
/// Storage failures.
pub fn keys(conn: &mut Conn) -> StoreResult<Vec<(SigningKeyRow, String)>> {
    Ok(signing_keys::table
        .inner_join(people::table.on(people::id.eq(signing_keys::person_id)))
        .order(signing_keys::id.desc())
        .select((SigningKeyRow::as_select(), people::login))
        .load(conn)?)
}

/// Takes every key of a person out of use; returns how many were in use. What they signed stays signed.
///
/// # Errors
/// Storage failures.
pub fn revoke_keys(conn: &mut Conn, person: PersonId, now: i64) -> StoreResult<usize> {
    Ok(diesel::update(
        signing_keys::table
            .filter(signing_keys::person_id.eq(person.to_string()))
            .filter(signing_keys::revoked_at.is_null()),
    )
    .set(signing_keys::revoked_at.eq(now))
    .execute(conn)?)
}

/// Keeps the signed form of a version or of a reading.
///
/// # Errors
/// [`super::StoreError::Duplicate`] when it has one.
pub fn insert(conn: &mut Conn, row: &SignatureRow) -> StoreResult<()> {
    diesel::insert_into(opinion_signatures::table)
        .values(row)
        .execute(conn)?;
    Ok(())
}

/// The signed form of a version of a case's opinion.
///
/// # Errors
/// Storage failures.
pub fn find(
    conn: &mut Conn,
    case: CaseId,
    opinion: OpinionId,
) -> StoreResult<Option<SignatureRow>> {
    Ok(opinion_signatures::table
        .inner_join(opinions::table.on(opinions::id.eq(opinion_signatures::opinion_id)))
        .filter(opinion_signatures::opinion_id.eq(opinion.to_string()))
        .filter(opinions::case_id.eq(case.to_string()))
        .select(SignatureRow::as_select())
        .first(conn)
        .optional()?)
}

/// The signed form of a version or of a reading, whatever case it is of.
///
/// # Errors
/// Storage failures.
pub fn form(conn: &mut Conn, signed: OpinionId) -> StoreResult<Option<String>> {
    Ok(opinion_signatures::table
        .find(signed.to_string())
        .select(opinion_signatures::jades)
        .first(conn)
        .optional()?)
}

/// The signed forms of a case's opinion, in no order.
///
/// # Errors
/// Storage failures.
pub fn of_case(conn: &mut Conn, case: CaseId) -> StoreResult<Vec<SignatureRow>> {
    Ok(opinion_signatures::table
        .inner_join(opinions::table.on(opinions::id.eq(opinion_signatures::opinion_id)))
        .filter(opinions::case_id.eq(case.to_string()))
        .select(SignatureRow::as_select())
        .load(conn)?)
}
