//! Keys taken out of use, and the lists by which others know it without asking us.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest, Sha256};

use super::error::ServiceError;
use super::signing_keys::{decoded, opened_authority};
use super::{Core, Exchange, audit};
use crate::domain::hexadecimal::hex;
use crate::signing::revocation::{self, Revoked};
use crate::store::revocations as rows;
use crate::store::signatures::{self, AuthorityRow};
use crate::store::traces::About;
use crate::store::{self, Conn, instant, micros};

/// How old the newest list of an authority grows before another is made, although nothing was taken back.
const RENEWED_AFTER: TimeDelta = TimeDelta::days(7);

/// Takes every signing key of a person out of use; tells how many were in use. What they signed stays signed.
///
/// # Errors
/// [`ServiceError::NotFound`] when nobody has that login; storage failures.
pub async fn revoke(ex: &Exchange, login: &str) -> Result<usize, ServiceError> {
    let (core, folded) = (ex.core.clone(), login.trim().to_lowercase());
    ex.store
        .write(move |conn| {
            let person = store::people::find_by_login(conn, &folded)?;
            let person = person.ok_or(ServiceError::NotFound)?.id;
            let now = micros(core.clock.now());
            let revoked = signatures::revoke_keys(conn, person, now)?;
            if revoked > 0 {
                let about = About::of("person", &person);
                audit::by_operator(conn, &core, "revoke_keys", &about)?;
            }
            Ok(revoked)
        })
        .await
}

/// What an authority of the exchange's own has taken back, as it says now (DER), by the SHA-256 of its certificate in lower-case
/// hexadecimal.
///
/// # Errors
/// [`ServiceError::NotFound`] for any other authority.
pub async fn list(ex: &Exchange, sha256: &str) -> Result<Vec<u8>, ServiceError> {
    let (core, wanted) = (ex.core.clone(), sha256.to_owned());
    let kept = ex.store.read(move |conn| {
        let row = find(conn, &wanted)?.ok_or(ServiceError::NotFound)?;
        let kept = kept(conn, &row, core.clock.now())?;
        Ok::<_, ServiceError>((row, kept))
    });
    let (row, kept) = kept.await?;
    if let Some(kept) = kept {
        return Ok(kept);
    }
    let core = ex.core.clone();
    ex.store.write(move |conn| renewed(conn, &core, &row)).await
}

fn find(conn: &mut Conn, sha256: &str) -> Result<Option<AuthorityRow>, ServiceError> {
    for row in rows::authorities(conn)? {
        if hex(&Sha256::digest(decoded(&row.certificate)?)) == sha256 {
            return Ok(Some(row));
        }
    }
    Ok(None)
}

/// The newest list, if it is neither old nor from before something was taken back.
fn kept(
    conn: &mut Conn,
    row: &AuthorityRow,
    now: DateTime<Utc>,
) -> Result<Option<Vec<u8>>, ServiceError> {
    let Some((at, list)) = rows::list(conn, &row.id)? else {
        return Ok(None);
    };
    let revoked = rows::revoked(conn, &row.id)?;
    let is_new = revoked.iter().all(|(_, revoked_at)| *revoked_at < at);
    if is_new && micros(now - RENEWED_AFTER) < at {
        decoded(&list).map(Some)
    } else {
        Ok(None)
    }
}

/// Makes another list, unless somebody else just has.
fn renewed(conn: &mut Conn, core: &Core, row: &AuthorityRow) -> Result<Vec<u8>, ServiceError> {
    let now = core.clock.now();
    if let Some(kept) = kept(conn, row, now)? {
        return Ok(kept);
    }
    let revoked = rows::revoked(conn, &row.id)?.into_iter().map(|(der, at)| {
        Ok(Revoked {
            certificate: decoded(&der)?,
            at: instant(at)?,
        })
    });
    let revoked = revoked.collect::<Result<Vec<_>, ServiceError>>()?;
    let (_, authority) = opened_authority(core, row)?;
    let list = revocation::list(&authority, &revoked, now)?;
    rows::keep(conn, &row.id, micros(now), &STANDARD.encode(&list))?;
    Ok(list)
}
