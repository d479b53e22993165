//! Refresh tokens and failed logins.

use diesel::prelude::*;

use super::StoreResult;
use super::connection::Conn;
use super::schema::{login_failures, refresh_tokens};
use crate::domain::ids::PersonId;

/// A refresh token as its row; the token itself is never kept, only its SHA-256.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = refresh_tokens)]
#[expect(
    missing_docs,
    reason = "the columns carry the names of the identity rules; instants are microseconds UTC"
)]
pub struct RefreshTokenRow {
    pub id: String,
    pub family_id: String,
    pub person_id: String,
    pub token_hash: String,
    pub issued_at: i64,
    pub expires_at: i64,
    pub family_started_at: i64,
    pub used_at: Option<i64>,
    pub successor_id: Option<String>,
    pub revoked_at: Option<i64>,
}

/// The token with that hash.
///
/// # Errors
/// Storage failures.
pub fn find_by_hash(conn: &mut Conn, hash: &str) -> StoreResult<Option<RefreshTokenRow>> {
    Ok(refresh_tokens::table
        .filter(refresh_tokens::token_hash.eq(hash))
        .select(RefreshTokenRow::as_select())
        .first(conn)
        .optional()?)
}

/// The token with that identifier.
///
/// # Errors
/// Storage failures.
pub fn find(conn: &mut Conn, key: &str) -> StoreResult<Option<RefreshTokenRow>> {
    Ok(refresh_tokens::table
        .find(key)
        .select(RefreshTokenRow::as_select())
        .first(conn)
        .optional()?)
}

/// Adds a token.
///
/// # Errors
/// Storage failures.
pub fn insert(conn: &mut Conn, row: &RefreshTokenRow) -> StoreResult<()> {
    diesel::insert_into(refresh_tokens::table)
        .values(row)
        .execute(conn)?;
    Ok(())
}

/// Notes that a token was used and what follows it, if nobody used it in the meantime.
///
/// # Errors
/// Storage failures.
pub fn mark_used(
    conn: &mut Conn,
    key: &str,
    used_before: Option<i64>,
    at: i64,
    successor: &str,
) -> StoreResult<bool> {
    let change = (
        refresh_tokens::used_at.eq(at),
        refresh_tokens::successor_id.eq(successor),
    );
    let token = refresh_tokens::table
        .find(key)
        .filter(refresh_tokens::revoked_at.is_null());
    let changed = match used_before {
        None => diesel::update(token.filter(refresh_tokens::used_at.is_null()))
            .set(change)
            .execute(conn)?,
        Some(used) => diesel::update(token.filter(refresh_tokens::used_at.eq(used)))
            .set(change)
            .execute(conn)?,
    };
    Ok(changed == 1)
}

/// Revokes one token.
///
/// # Errors
/// Storage failures.
pub fn revoke(conn: &mut Conn, key: &str, at: i64) -> StoreResult<()> {
    diesel::update(refresh_tokens::table.find(key))
        .set(refresh_tokens::revoked_at.eq(at))
        .execute(conn)?;
    Ok(())
}

/// Revokes every token of a family: a sign-out, or a token used twice.
///
/// # Errors
/// Storage failures.
pub fn revoke_family(conn: &mut Conn, family: &str, at: i64) -> StoreResult<usize> {
    Ok(diesel::update(
        refresh_tokens::table
            .filter(refresh_tokens::family_id.eq(family))
            .filter(refresh_tokens::revoked_at.is_null()),
    )
    .set(refresh_tokens::revoked_at.eq(at))
    .execute(conn)?)
}

/// Revokes every token of a person but those of the family `but`: their sessions end everywhere, or everywhere else.
///
/// # Errors
/// Storage failures.
pub fn revoke_person(
    conn: &mut Conn,
    person: PersonId,
    but: Option<&str>,
    at: i64,
) -> StoreResult<usize> {
    Ok(diesel::update(
        refresh_tokens::table
            .filter(refresh_tokens::person_id.eq(person.to_string()))
            // No family has an empty name.
            .filter(refresh_tokens::family_id.ne(but.unwrap_or_default()))
            .filter(refresh_tokens::revoked_at.is_null()),
    )
    .set(refresh_tokens::revoked_at.eq(at))
    .execute(conn)?)
}

/// Whether a session lives: one of its tokens is neither revoked nor run out.
///
/// # Errors
/// Storage failures.
pub fn family_lives(conn: &mut Conn, family: &str, now: i64) -> StoreResult<bool> {
    let living = refresh_tokens::table
        .filter(refresh_tokens::family_id.eq(family))
        .filter(refresh_tokens::revoked_at.is_null())
        .filter(refresh_tokens::expires_at.gt(now))
        .count()
        .get_result::<i64>(conn)?;
    Ok(living > 0)
}

/// Forgets tokens that expired before `before`.
///
/// # Errors
/// Storage failures.
pub fn forget_expired(conn: &mut Conn, before: i64) -> StoreResult<usize> {
    Ok(
        diesel::delete(refresh_tokens::table.filter(refresh_tokens::expires_at.lt(before)))
            .execute(conn)?,
    )
}

/// Notes a failed login of a subject: a folded login, or an address.
///
/// # Errors
/// Storage failures.
pub fn insert_failure(conn: &mut Conn, key: &str, subject: &str, at: i64) -> StoreResult<()> {
    diesel::insert_into(login_failures::table)
        .values((
            login_failures::id.eq(key),
            login_failures::subject.eq(subject),
            login_failures::at.eq(at),
        ))
        .execute(conn)?;
    Ok(())
}

/// When a subject failed since `since`, the earliest first.
///
/// # Errors
/// Storage failures.
pub fn failures(conn: &mut Conn, subject: &str, since: i64) -> StoreResult<Vec<i64>> {
    Ok(login_failures::table
        .filter(login_failures::subject.eq(subject))
        .filter(login_failures::at.ge(since))
        .order(login_failures::at)
        .limit(1000)
        .select(login_failures::at)
        .load(conn)?)
}

/// Forgets the failures of a subject, after a login that worked, and those of anybody before `before`.
///
/// # Errors
/// Storage failures.
pub fn forget_failures(conn: &mut Conn, subject: Option<&str>, before: i64) -> StoreResult<()> {
    if let Some(subject) = subject {
        diesel::delete(login_failures::table.filter(login_failures::subject.eq(subject)))
            .execute(conn)?;
    }
    diesel::delete(login_failures::table.filter(login_failures::at.lt(before))).execute(conn)?;
    Ok(())
}
