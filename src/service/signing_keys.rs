//! The exchange's authority, and the keys that experts sign with: sealed here, or held by a token.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Duration, Utc};

use super::Core;
use super::error::ServiceError;
use crate::domain::ids::{AuthorityId, PersonId, SigningKeyId};
use crate::domain::statement::Signer;
use crate::signing::authority::{
    Certificate, Certified, Subject, certify, certify_point, establish,
};
use crate::signing::verification;
use crate::store::signatures::{self, AuthorityRow, SigningKeyRow};
use crate::store::{self, Conn, StoreError, instant, micros};

/// The name that the exchange's own authority certifies under.
const AUTHORITY_NAME: &str = "Relecture signing authority";
/// How long before it is made a certificate begins to hold: the clocks of two instances differ, and the one that signs may have
/// begun its change before the other made the certificate. An authority begins before the keys it certifies.
const AUTHORITY_MARGIN: Duration = Duration::hours(1);
const KEY_MARGIN: Duration = Duration::minutes(5);

/// What a person signs with.
pub(super) struct SigningKey {
    pub(super) id: SigningKeyId,
    /// Its certificate, DER.
    pub(super) certificate: Vec<u8>,
    /// The certificates of who made that, DER: up to the authority's, which is the last.
    pub(super) issuers: Vec<Vec<u8>>,
    pub(super) held: Held,
    /// The row of a certificate that was made just now for a key that a token holds, and is not kept yet: the earlier one ran out.
    pub(super) fresh: Option<SigningKeyRow>,
}

/// Where a private key is.
pub(super) enum Held {
    /// Here, PKCS#8 DER.
    Sealed(Vec<u8>),
    /// In the token, under that identifier.
    InToken(Vec<u8>),
}

/// The exchange's authority; made when there is none yet.
pub(super) fn authority(
    conn: &mut Conn,
    core: &Core,
    now: DateTime<Utc>,
) -> Result<(AuthorityId, Certified), ServiceError> {
    if let Some(row) = signatures::active_authority(conn)? {
        return opened_authority(core, &row);
    }
    let id = AuthorityId::new(core.ids.as_ref());
    let made = establish(AUTHORITY_NAME, now - AUTHORITY_MARGIN, core.ids.next())?;
    signatures::insert_authority(
        conn,
        &AuthorityRow {
            id: id.to_string(),
            active: true,
            certificate: STANDARD.encode(&made.certificate),
            sealed_key: seal(core, &authority_place(id), &made.key)?,
            not_before: micros(made.not_before),
            not_after: micros(made.not_after),
            registered_as: None,
            withdrawn_at: None,
        },
    )?;
    // Another instance may have been first.
    let row = signatures::active_authority(conn)?
        .ok_or_else(|| ServiceError::Internal("the signing authority was not kept".into()))?;
    opened_authority(core, &row)
}

pub(super) fn opened_authority(
    core: &Core,
    row: &AuthorityRow,
) -> Result<(AuthorityId, Certified), ServiceError> {
    let id = store::id(&row.id)?;
    let certified = Certified {
        certificate: decoded(&row.certificate)?,
        key: unseal(core, &authority_place(id), &row.sealed_key)?,
        not_before: instant(row.not_before)?,
        not_after: instant(row.not_after)?,
    };
    Ok((id, certified))
}

/// The key a person signs with: their newest that was not revoked. One that a token holds is certified again when its certificate
/// has run out or the exchange's authority has changed. One that was certified by a network's own authority is used as long as that
/// holds, and nothing is put in its place. Any other is the key in use, or a new one when there is none that holds.
pub(super) fn of(
    conn: &mut Conn,
    core: &Core,
    now: DateTime<Utc>,
    signer: &Signer,
) -> Result<SigningKey, ServiceError> {
    let newest = signatures::newest_key(conn, signer.person)?;
    if let Some(newest) = &newest
        && let Some(by) = signatures::find_authority(conn, &newest.authority_id)?
        && by.registered_as.is_some()
    {
        certified_elsewhere(newest, &by, now)?;
        return opened(core, newest.clone(), decoded(&by.certificate)?, None);
    }
    let (authority_id, authority) = authority(conn, core, now)?;
    if now < authority.not_before {
        return Err(clock_behind("the signing authority was made"));
    }
    if authority.not_after <= now {
        return Err(ServiceError::SigningUnavailable {
            reason: "certificate_expired",
            passes: false,
            cause: "the exchange's own authority has run out: `relecture keys rotate`".into(),
        });
    }
    let by = authority_id.to_string();
    let usable = signatures::usable_key(conn, signer.person, &by, micros(now))?;
    let in_token = newest.filter(|key| key.token_key.is_some());
    let fresh = match (&usable, &in_token) {
        (Some(usable), Some(newest)) if usable.id == newest.id => None,
        (_, Some(newest)) => Some(certified_again(
            core,
            now,
            signer,
            (authority_id, &authority),
            newest,
        )?),
        (Some(_), None) => None,
        (None, None) => {
            let row = made(core, now, signer, (authority_id, &authority))?;
            signatures::insert_key(conn, &row)?;
            return opened(core, row, authority.certificate, None);
        }
    };
    let row = fresh
        .clone()
        .or(usable)
        .ok_or(StoreError::Corrupt("signing key"))?;
    opened(core, row, authority.certificate, fresh)
}

/// The clock has jumped back: what would be signed now would claim an instant before its own past.
pub(super) fn clock_behind(what: &str) -> ServiceError {
    ServiceError::SigningUnavailable {
        reason: "clock_behind",
        passes: false,
        cause: format!("this machine's clock stands before {what}"),
    }
}

/// Whether a key that a network's own authority certified may sign now.
fn certified_elsewhere(
    key: &SigningKeyRow,
    by: &AuthorityRow,
    now: DateTime<Utc>,
) -> Result<(), ServiceError> {
    let (now, name) = (micros(now), by.registered_as.as_deref().unwrap_or_default());
    let (reason, said) = match () {
        () if by.withdrawn_at.is_some() => ("authority_withdrawn", "is not trusted any more"),
        () if key.not_after <= now => (
            "certificate_expired",
            "certified it for a time that is over",
        ),
        () if now < key.not_before => ("certificate_not_yet_valid", "certified it for later"),
        () => return Ok(()),
    };
    Err(ServiceError::SigningUnavailable {
        reason,
        passes: false,
        cause: format!("the signing key {}: {name} {said}", key.id),
    })
}

fn opened(
    core: &Core,
    row: SigningKeyRow,
    authority: Vec<u8>,
    fresh: Option<SigningKeyRow>,
) -> Result<SigningKey, ServiceError> {
    let id = store::id(&row.id)?;
    let between = row.between_them.split_whitespace().map(decoded);
    Ok(SigningKey {
        id,
        certificate: decoded(&row.certificate)?,
        issuers: between.chain([Ok(authority)]).collect::<Result<_, _>>()?,
        held: match &row.token_key {
            None => Held::Sealed(unseal(core, &key_place(id), &row.sealed_key)?),
            Some(name) => Held::InToken(
                from_hex(name).ok_or(StoreError::Corrupt("identifier of a key in a token"))?,
            ),
        },
        fresh,
    })
}

/// Whom a certificate of a signer's names.
pub(super) fn subject<'a>(signer: &'a Signer, person: &'a str) -> Subject<'a> {
    Subject {
        name: &signer.name,
        organisation: &signer.network_name,
        identifier: signer.rpps.as_deref().unwrap_or(person),
    }
}

/// A private key as it is kept under that identifier.
pub(super) fn sealed(core: &Core, id: SigningKeyId, key: &[u8]) -> Result<String, ServiceError> {
    seal(core, &key_place(id), key)
}

/// Refuses a key of the token that is or was another person's.
pub(super) fn of_nobody_else(
    conn: &mut Conn,
    name: &str,
    person: PersonId,
) -> Result<(), ServiceError> {
    match signatures::holder_of(conn, name)? {
        Some(holder) if holder != person.to_string() => {
            Err(ServiceError::Conflict("the key is another person's"))
        }
        _ => Ok(()),
    }
}

/// A new key of a person's, sealed.
fn made(
    core: &Core,
    now: DateTime<Utc>,
    signer: &Signer,
    (authority_id, authority): (AuthorityId, &Certified),
) -> Result<SigningKeyRow, ServiceError> {
    let person = signer.person.to_string();
    let subject = subject(signer, &person);
    let made = certify(authority, subject, now - KEY_MARGIN, core.ids.next())?;
    let id = SigningKeyId::new(core.ids.as_ref());
    Ok(SigningKeyRow {
        id: id.to_string(),
        person_id: person,
        authority_id: authority_id.to_string(),
        certificate: STANDARD.encode(&made.certificate),
        sealed_key: seal(core, &key_place(id), &made.key)?,
        not_before: micros(made.not_before),
        not_after: micros(made.not_after),
        revoked_at: None,
        token_key: None,
        between_them: String::new(),
    })
}

/// A new certificate for a key in the token.
fn certified_again(
    core: &Core,
    now: DateTime<Utc>,
    signer: &Signer,
    authority: (AuthorityId, &Certified),
    key: &SigningKeyRow,
) -> Result<SigningKeyRow, ServiceError> {
    let point = verification::point(&decoded(&key.certificate)?);
    let point = point.ok_or(StoreError::Corrupt("certificate"))?;
    let name = key.token_key.clone().unwrap_or_default();
    in_token(core, now, signer, authority, &point, name)
}

/// The row of a key that a token holds, certified now.
pub(super) fn in_token(
    core: &Core,
    now: DateTime<Utc>,
    signer: &Signer,
    (authority_id, authority): (AuthorityId, &Certified),
    point: &[u8],
    name: String,
) -> Result<SigningKeyRow, ServiceError> {
    let person = signer.person.to_string();
    let (from, serial) = (now - KEY_MARGIN, core.ids.next());
    let Certificate {
        der,
        not_before,
        not_after,
    } = certify_point(authority, subject(signer, &person), point, from, serial)?;
    Ok(SigningKeyRow {
        id: SigningKeyId::new(core.ids.as_ref()).to_string(),
        person_id: person,
        authority_id: authority_id.to_string(),
        certificate: STANDARD.encode(der),
        sealed_key: String::new(),
        not_before: micros(not_before),
        not_after: micros(not_after),
        revoked_at: None,
        token_key: Some(name),
        between_them: String::new(),
    })
}

/// The bytes behind hexadecimal digits.
pub(super) fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    if digits.is_empty() || !digits.len().is_multiple_of(2) {
        return None;
    }
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    digits.chunks(2).map(byte).collect()
}

fn authority_place(id: AuthorityId) -> String {
    format!("signing_authorities/{id}")
}

fn key_place(id: SigningKeyId) -> String {
    format!("signing_keys/{id}")
}

fn seal(core: &Core, place: &str, key: &[u8]) -> Result<String, ServiceError> {
    Ok(core.sealing.seal(place, &STANDARD.encode(key))?)
}

fn unseal(core: &Core, place: &str, sealed: &str) -> Result<Vec<u8>, ServiceError> {
    decoded(&core.sealing.open::<String>(place, sealed)?)
}

pub(super) fn decoded(text: &str) -> Result<Vec<u8>, ServiceError> {
    STANDARD
        .decode(text)
        .map_err(|_| StoreError::Corrupt("certificate").into())
}
