//! Certificates that were taken back, and the lists that say so.

use diesel::prelude::*;

use super::StoreResult;
use super::connection::Conn;
use super::schema::{revocation_lists, signing_authorities, signing_keys};
use super::signatures::AuthorityRow;

/// The authorities of the exchange's own, in use or not.
///
/// # Errors
/// Storage failures.
pub fn authorities(conn: &mut Conn) -> StoreResult<Vec<AuthorityRow>> {
    Ok(signing_authorities::table
        .filter(signing_authorities::registered_as.is_null())
        .order(signing_authorities::id)
        .select(AuthorityRow::as_select())
        .load(conn)?)
}

/// The certificates (base64 DER) of an authority's that were taken back, each with when (microseconds UTC), the first one first.
///
/// # Errors
/// Storage failures.
pub fn revoked(conn: &mut Conn, authority: &str) -> StoreResult<Vec<(String, i64)>> {
    Ok(signing_keys::table
        .filter(signing_keys::authority_id.eq(authority))
        .filter(signing_keys::revoked_at.is_not_null())
        .order((signing_keys::revoked_at, signing_keys::id))
        .select((
            signing_keys::certificate,
            signing_keys::revoked_at.assume_not_null(),
        ))
        .load(conn)?)
}

/// The newest list of an authority, and when it was made (microseconds UTC).
///
/// # Errors
/// Storage failures.
pub fn list(conn: &mut Conn, authority: &str) -> StoreResult<Option<(i64, String)>> {
    Ok(revocation_lists::table
        .find(authority)
        .select((revocation_lists::issued_at, revocation_lists::list))
        .first(conn)
        .optional()?)
}

/// Keeps a list in the place of the one before.
///
/// # Errors
/// Storage failures.
pub fn keep(conn: &mut Conn, authority: &str, at: i64, list: &str) -> StoreResult<()> {
    diesel::delete(revocation_lists::table.find(authority)).execute(conn)?;
    diesel::insert_into(revocation_lists::table)
        .values((
            revocation_lists::authority_id.eq(authority),
            revocation_lists::issued_at.eq(at),
            revocation_lists::list.eq(list),
        ))
        .execute(conn)?;
    Ok(())
}
