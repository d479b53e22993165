//! Certificates of a network's own authority: which authorities the operator trusts, a request for each expert's key, and the chain that
//! comes back.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

use super::error::ServiceError;
use super::signing_keys::{self, Held, decoded, subject};
use super::token_signing::{possessed, signer, token};
use super::{Exchange, audit};
use crate::domain::hexadecimal::hex;
use crate::domain::ids::{AuthorityId, SigningKeyId};
use crate::signing::authority::new_key;
use crate::signing::{chain, jades, request, verification};
use crate::store::signatures::{self, AuthorityRow, RequestRow, SigningKeyRow};
use crate::store::traces::About;
use crate::store::{self, Conn, StoreError, instant, micros};

/// Why a certificate or a chain of them was not taken, in words for who gave it.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// What is wrong with it.
    #[error("{0}")]
    Unfit(String),
    /// The use case did not do it.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Self::Service(error.into())
    }
}

impl store::Failure for Refusal {
    fn lost_a_race(&self) -> bool {
        matches!(self, Self::Service(error) if error.lost_a_race())
    }

    fn found_no_room(&self) -> bool {
        matches!(self, Self::Service(error) if error.found_no_room())
    }
}

/// An authority that the operator registered.
#[derive(Debug, Clone)]
pub struct Registered {
    /// Under which name.
    pub name: String,
    /// Its certificate, DER.
    pub certificate: Vec<u8>,
    /// SHA-256 of that, lower-case hexadecimal.
    pub sha256: String,
    /// When it was taken out of trust, if it was.
    pub withdrawn_at: Option<DateTime<Utc>>,
}

impl Registered {
    fn of(row: AuthorityRow) -> Result<Self, ServiceError> {
        let certificate = decoded(&row.certificate)?;
        Ok(Self {
            name: row.registered_as.unwrap_or_default(),
            sha256: fingerprint(&certificate),
            certificate,
            withdrawn_at: row.withdrawn_at.map(instant).transpose()?,
        })
    }
}

fn fingerprint(certificate: &[u8]) -> String {
    hex(&Sha256::digest(certificate))
}

/// Every authority that was registered, the oldest first, those out of trust too.
///
/// # Errors
/// Storage failures.
pub async fn registered(ex: &Exchange) -> Result<Vec<Registered>, ServiceError> {
    let rows = ex.store.read(signatures::registered_authorities).await?;
    rows.into_iter().map(Registered::of).collect()
}

/// Trusts an authority of a network's own from now on: for the keys that it certifies, and for whoever verifies here.
///
/// # Errors
/// [`Refusal::Unfit`] for what is no certificate of an authority made by itself; storage failures.
pub async fn trust(ex: &Exchange, pem: &[u8], name: Option<&str>) -> Result<Registered, Refusal> {
    let unfit = |said: &str| Refusal::Unfit(said.to_owned());
    let found =
        verification::certificates(pem).ok_or_else(|| unfit("there is no certificate in it"))?;
    let [der] = <[Vec<u8>; 1]>::try_from(found).map_err(|_| {
        unfit("there are several certificates in it: an authority is trusted by its own alone")
    })?;
    let (not_before, not_after, said) = {
        let certificate = chain::read(&der).map_err(Refusal::Unfit)?;
        chain::is_authority(&certificate).map_err(Refusal::Unfit)?;
        let validity = certificate.validity();
        let (from, until) = (
            validity.not_before.timestamp(),
            validity.not_after.timestamp(),
        );
        (from, until, certificate.subject().to_string())
    };
    let name = name.map_or(said, |name| name.trim().to_owned());
    if name.is_empty() {
        return Err(unfit(
            "its certificate has no name: give it one with --name",
        ));
    }
    let core = ex.core.clone();
    ex.store
        .write(move |conn| {
            let known = signatures::registered_authorities(conn)?
                .into_iter()
                .find(|row| row.certificate == STANDARD.encode(&der) && row.withdrawn_at.is_none());
            if let Some(row) = known {
                return Ok(Registered::of(row)?);
            }
            let id = AuthorityId::new(core.ids.as_ref());
            let row = AuthorityRow {
                id: id.to_string(),
                active: false,
                certificate: STANDARD.encode(&der),
                sealed_key: String::new(),
                not_before: not_before.saturating_mul(1_000_000),
                not_after: not_after.saturating_mul(1_000_000),
                registered_as: Some(name.clone()),
                withdrawn_at: None,
            };
            signatures::insert_authority(conn, &row)?;
            audit::by_operator(conn, &core, "trust_authority", &About::of("authority", &id))?;
            Ok(Registered::of(row)?)
        })
        .await
}

/// Takes an authority out of trust: keys that it certified sign no more, and what they signed no longer verifies here. Tells whether
/// there was one with that SHA-256.
///
/// # Errors
/// Storage failures.
pub async fn withdraw(ex: &Exchange, sha256: &str) -> Result<bool, ServiceError> {
    let (core, wanted) = (ex.core.clone(), sha256.trim().to_lowercase());
    ex.store
        .write(move |conn| {
            for row in signatures::registered_authorities(conn)? {
                let is_it = fingerprint(&decoded(&row.certificate)?) == wanted;
                if is_it && row.withdrawn_at.is_none() {
                    signatures::withdraw_authority(conn, &row.id, micros(core.clock.now()))?;
                    let about = About::of("authority", &row.id);
                    audit::by_operator(conn, &core, "withdraw_authority", &about)?;
                    return Ok(true);
                }
            }
            Ok(false)
        })
        .await
}

/// Where the key is made that is to be certified.
#[derive(Debug, Clone, Copy)]
pub enum Made<'a> {
    /// Here, sealed.
    Here,
    /// In the token.
    InToken,
    /// In the token already, under that identifier (hexadecimal).
    Adopted(&'a str),
}

/// A request (PKCS #10, PEM) for a certificate of an expert's new key. What they sign with changes only when the certificate comes.
///
/// # Errors
/// [`ServiceError`].
pub async fn requested(ex: &Exchange, login: &str, made: Made<'_>) -> Result<String, ServiceError> {
    let folded = login.trim().to_lowercase();
    let signer = ex.store.read(move |conn| signer(conn, &folded)).await?;
    let id = SigningKeyId::new(ex.core.ids.as_ref());
    let (held, point) = match made {
        Made::Here => {
            let (pkcs8, point) = new_key()?;
            (Held::Sealed(pkcs8), point)
        }
        Made::InToken => possessed(ex, None).await.map(in_token)?,
        Made::Adopted(name) => possessed(ex, Some(name)).await.map(in_token)?,
    };
    let person = signer.person.to_string();
    let to_sign = request::to_sign(subject(&signer, &person), &point)?;
    let signature = match &held {
        Held::Sealed(pkcs8) => jades::es256(pkcs8, &to_sign)?,
        Held::InToken(name) => token(ex)?.sign(name, &to_sign).await?,
    };
    let signature = URL_SAFE_NO_PAD
        .decode(signature)
        .map_err(|error| ServiceError::Internal(error.to_string()))?;
    let request = request::complete(subject(&signer, &person), &point, &signature)?;
    let core = ex.core.clone();
    ex.store
        .write(move |conn| {
            let (sealed_key, token_key) = match &held {
                Held::Sealed(pkcs8) => (signing_keys::sealed(&core, id, pkcs8)?, None),
                Held::InToken(name) => {
                    signing_keys::of_nobody_else(conn, &hex(name), signer.person)?;
                    (String::new(), Some(hex(name)))
                }
            };
            let row = RequestRow {
                person_id: signer.person.to_string(),
                key_id: id.to_string(),
                point: STANDARD.encode(&point),
                sealed_key,
                token_key,
                made_at: micros(core.clock.now()),
            };
            signatures::put_request(conn, &row)?;
            let about = About::of("person", &signer.person);
            audit::by_operator(conn, &core, "request_certificate", &about)?;
            Ok::<_, ServiceError>(())
        })
        .await?;
    Ok(request)
}

fn in_token((name, point): (Vec<u8>, Vec<u8>)) -> (Held, Vec<u8>) {
    (Held::InToken(name), point)
}

/// What was taken in answer to a request.
#[derive(Debug)]
pub struct Taken {
    /// Whom the certificate names.
    pub subject: String,
    /// Under whose authority, by the name that it was registered with.
    pub authority: String,
    /// Until when the whole chain holds.
    pub not_after: DateTime<Utc>,
}

/// Takes the certificate that answers the request for an expert's key, with those up to the authority (PEM, the expert's first; the
/// authority's own may be left out). The expert signs with that key from now on.
///
/// # Errors
/// [`Refusal::Unfit`] for what is not the answer to the request, is not valid now, is not for signatures, or is of an authority that
/// nobody registered; [`Refusal::Service`].
pub async fn certified(ex: &Exchange, login: &str, pem: &[u8]) -> Result<Taken, Refusal> {
    let no_chain = || Refusal::Unfit("something in it is no certificate".to_owned());
    let given = verification::certificates(pem).ok_or_else(no_chain)?;
    let (core, folded) = (ex.core.clone(), login.trim().to_lowercase());
    ex.store
        .write(move |conn| {
            let signer = signer(conn, &folded)?;
            let request = signatures::find_request(conn, signer.person)?.ok_or_else(|| {
                Refusal::Unfit("no request for this person waits for its certificate".to_owned())
            })?;
            let (whole, root) = with_root(conn, given.clone())?;
            let now = core.clock.now();
            let read = examined(&whole, &request, now).map_err(Refusal::Unfit)?;
            let (between, first) = match whole.as_slice() {
                [first, between @ .., _] => (between, first),
                _ => return Err(no_chain()),
            };
            let between: Vec<String> = between.iter().map(|der| STANDARD.encode(der)).collect();
            let row = SigningKeyRow {
                id: request.key_id,
                person_id: request.person_id,
                authority_id: root.id,
                certificate: STANDARD.encode(first),
                sealed_key: request.sealed_key,
                not_before: read.not_before.saturating_mul(1_000_000),
                not_after: read.not_after.saturating_mul(1_000_000),
                revoked_at: None,
                token_key: request.token_key,
                between_them: between.join(" "),
            };
            signatures::insert_key(conn, &row)?;
            signatures::delete_request(conn, signer.person)?;
            let about = About::of("person", &signer.person);
            audit::by_operator(conn, &core, "take_certificate", &about)?;
            Ok(Taken {
                subject: read.subject,
                authority: root.registered_as.unwrap_or_default(),
                not_after: instant(row.not_after)?,
            })
        })
        .await
}

/// The chain with the certificate of the authority at its end, which must be registered.
fn with_root(
    conn: &mut Conn,
    mut given: Vec<Vec<u8>>,
) -> Result<(Vec<Vec<u8>>, AuthorityRow), Refusal> {
    let rows = signatures::registered_authorities(conn)?;
    let mut trusted = Vec::new();
    for row in rows.into_iter().filter(|row| row.withdrawn_at.is_none()) {
        trusted.push((decoded(&row.certificate)?, row));
    }
    let last = given
        .last()
        .ok_or_else(|| Refusal::Unfit("there is no certificate".to_owned()))?;
    if let Some(at) = trusted.iter().position(|(der, _)| der == last) {
        let (_, row) = trusted.swap_remove(at);
        return Ok((given, row));
    }
    let (issuer, own) = {
        let last = chain::read(last).map_err(Refusal::Unfit)?;
        (last.issuer().to_string(), last.issuer() == last.subject())
    };
    let names =
        |der: &[u8]| chain::read(der).is_ok_and(|root| root.subject().to_string() == issuer);
    let at = trusted.iter().position(|(der, _)| !own && names(der));
    let Some(at) = at else {
        return Err(Refusal::Unfit(format!(
            "the chain ends at {issuer}, an authority that is not trusted here: `relecture keys trust` registers it"
        )));
    };
    let (root, row) = trusted.swap_remove(at);
    given.push(root);
    Ok((given, row))
}

/// What a chain says that is fit for a key.
struct Read {
    subject: String,
    not_before: i64,
    not_after: i64,
}

fn examined(whole: &[Vec<u8>], request: &RequestRow, now: DateTime<Utc>) -> Result<Read, String> {
    let read = whole.iter().map(|der| chain::read(der));
    let read = read.collect::<Result<Vec<_>, _>>()?;
    chain::holds(&read)?;
    let signer = read.first().ok_or("there is no certificate")?;
    let point = &signer.public_key().subject_public_key.data;
    if STANDARD.encode(point) != request.point {
        return Err("the certificate is of another key than the one that was requested for".into());
    }
    let (mut not_before, mut not_after) = (i64::MIN, i64::MAX);
    for one in &read {
        let validity = one.validity();
        let (from, until) = (
            validity.not_before.timestamp(),
            validity.not_after.timestamp(),
        );
        if now.timestamp() < from {
            return Err(format!(
                "{} is not valid yet: from {}",
                one.subject(),
                validity.not_before
            ));
        }
        if until < now.timestamp() {
            return Err(format!(
                "{} has run out: on {}",
                one.subject(),
                validity.not_after
            ));
        }
        not_before = not_before.max(from);
        not_after = not_after.min(until);
    }
    Ok(Read {
        subject: signer.subject().to_string(),
        not_before,
        not_after,
    })
}
