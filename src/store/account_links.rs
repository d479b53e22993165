//! Links by which people choose a password.

use diesel::prelude::*;

use super::connection::Conn;
use super::schema::account_links;
use super::{StoreResult, id, instant, micros, name};
use crate::domain::account_links::{AccountLink, Purpose};
use crate::domain::ids::{AccountLinkId, PersonId};
use crate::domain::text_enum::TextEnum;

type Columns = (String, String, String, i64, i64, Option<i64>);

fn link(row: Columns) -> StoreResult<AccountLink> {
    let (key, person, purpose, created_at, expires_at, spent_at) = row;
    Ok(AccountLink {
        id: id(&key)?,
        person: id(&person)?,
        purpose: name(&purpose)?,
        created_at: instant(created_at)?,
        expires_at: instant(expires_at)?,
        spent: spent_at.is_some(),
    })
}

macro_rules! columns {
    () => {
        (
            account_links::id,
            account_links::person_id,
            account_links::purpose,
            account_links::created_at,
            account_links::expires_at,
            account_links::spent_at,
        )
    };
}

/// Adds a link under the hash of its token.
///
/// # Errors
/// Storage failures.
pub fn insert(conn: &mut Conn, link: &AccountLink, token_hash: &str) -> StoreResult<()> {
    diesel::insert_into(account_links::table)
        .values((
            account_links::id.eq(link.id.to_string()),
            account_links::person_id.eq(link.person.to_string()),
            account_links::purpose.eq(link.purpose.as_str()),
            account_links::token_hash.eq(token_hash),
            account_links::created_at.eq(micros(link.created_at)),
            account_links::expires_at.eq(micros(link.expires_at)),
        ))
        .execute(conn)?;
    Ok(())
}

/// The link of that identifier.
///
/// # Errors
/// Storage failures.
pub fn find(conn: &mut Conn, wanted: AccountLinkId) -> StoreResult<Option<AccountLink>> {
    account_links::table
        .find(wanted.to_string())
        .select(columns!())
        .first::<Columns>(conn)
        .optional()?
        .map(link)
        .transpose()
}

/// The link whose token has that hash.
///
/// # Errors
/// Storage failures.
pub fn find_by_hash(conn: &mut Conn, token_hash: &str) -> StoreResult<Option<AccountLink>> {
    account_links::table
        .filter(account_links::token_hash.eq(token_hash))
        .select(columns!())
        .first::<Columns>(conn)
        .optional()?
        .map(link)
        .transpose()
}

/// The links of a person for a purpose that were made since `since`, the latest first.
///
/// # Errors
/// Storage failures.
pub fn since(
    conn: &mut Conn,
    person: PersonId,
    purpose: Purpose,
    since: i64,
) -> StoreResult<Vec<AccountLink>> {
    account_links::table
        .filter(account_links::person_id.eq(person.to_string()))
        .filter(account_links::purpose.eq(purpose.as_str()))
        .filter(account_links::created_at.ge(since))
        .order(account_links::created_at.desc())
        .limit(100)
        .select(columns!())
        .load::<Columns>(conn)?
        .into_iter()
        .map(link)
        .collect()
}

/// Takes a link for its one use; false when it was used or withdrawn before, or has run out.
///
/// # Errors
/// Storage failures.
pub fn spend(conn: &mut Conn, wanted: AccountLinkId, now: i64) -> StoreResult<bool> {
    let open = account_links::table
        .find(wanted.to_string())
        .filter(account_links::spent_at.is_null())
        .filter(account_links::expires_at.gt(now));
    let spent = diesel::update(open)
        .set(account_links::spent_at.eq(now))
        .execute(conn)?;
    Ok(spent == 1)
}

/// Withdraws every link of a person, or those for one purpose; tells how many were open.
///
/// # Errors
/// Storage failures.
pub fn withdraw(
    conn: &mut Conn,
    person: PersonId,
    purposes: &[Purpose],
    now: i64,
) -> StoreResult<usize> {
    let purposes: Vec<&str> = purposes.iter().map(|purpose| purpose.as_str()).collect();
    let open = account_links::table
        .filter(account_links::person_id.eq(person.to_string()))
        .filter(account_links::purpose.eq_any(purposes))
        .filter(account_links::spent_at.is_null())
        .filter(account_links::expires_at.gt(now));
    Ok(diesel::update(open)
        .set(account_links::spent_at.eq(now))
        .execute(conn)?)
}

/// Forgets links that ended before `before`.
///
/// # Errors
/// Storage failures.
pub fn forget_ended(conn: &mut Conn, before: i64) -> StoreResult<usize> {
    Ok(
        diesel::delete(account_links::table.filter(account_links::expires_at.lt(before)))
            .execute(conn)?,
    )
}
