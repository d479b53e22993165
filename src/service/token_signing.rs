//! Signing with a key that a token holds. A token may be slow, and no transaction waits for it: the command is carried out up to the
//! signature and taken back, the token signs what would have been signed, and the command is carried out again with that. What the
//! second time would sign is compared byte for byte with what the token signed; when the two differ it begins anew.

use chrono::{DateTime, Utc};

use super::change::Change;
use super::error::ServiceError;
use super::signing_keys::{self, Held, SigningKey};
use super::{Exchange, audit};
use crate::domain::hexadecimal::hex;
use crate::domain::ids::{OpinionId, SigningKeyId};
use crate::domain::statement::Signer;
use crate::signing::jades::{Jades, Prepared};
use crate::signing::token::{Token, Trouble};
use crate::signing::verification;
use crate::store::signatures::{self, SigningKeyRow};
use crate::store::traces::About;
use crate::store::{Conn, organisations, people};

/// How often a command is begun anew because what it signs has changed meanwhile.
pub(super) const ROUNDS: usize = 4;

/// What a token is to sign before the command can be carried out.
pub struct Awaited {
    at: DateTime<Utc>,
    opinion: OpinionId,
    key: SigningKeyId,
    /// Its identifier in the token.
    name: Vec<u8>,
    certificate: Vec<u8>,
    fresh: Option<SigningKeyRow>,
    bytes: Vec<u8>,
}

impl std::fmt::Debug for Awaited {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Awaited").field(&self.opinion).finish()
    }
}

/// What a token has signed for a command.
#[derive(Debug, Clone)]
pub(super) struct Presigned {
    /// The instant that was signed.
    pub(super) at: DateTime<Utc>,
    /// The version that was signed.
    pub(super) opinion: OpinionId,
    key: SigningKeyId,
    bytes: Vec<u8>,
    signature: String,
}

impl From<Trouble> for ServiceError {
    fn from(trouble: Trouble) -> Self {
        Self::SigningUnavailable {
            reason: trouble.code(),
            passes: trouble.passes(),
            cause: trouble.to_string(),
        }
    }
}

/// The token, which must be configured.
pub(super) fn token(ex: &Exchange) -> Result<&Token, ServiceError> {
    ex.core
        .token
        .as_ref()
        .ok_or_else(|| ServiceError::SigningUnavailable {
            reason: "token_not_configured",
            passes: false,
            cause: "the key is in a token, and none is configured (pkcs11.module)".to_owned(),
        })
}

/// The signed form by a token: with what it signed before, if that is the same; or else what it is to sign.
pub(super) fn by_token(
    change: &Change<'_>,
    opinion: OpinionId,
    key: SigningKey,
    prepared: Prepared,
) -> Result<Jades, ServiceError> {
    let bytes = prepared.to_sign();
    if let Some(presigned) = &change.presigned
        && presigned.bytes == bytes
        && presigned.key == key.id
    {
        return Ok(prepared.complete(presigned.signature.clone()));
    }
    let Held::InToken(name) = key.held else {
        return Err(ServiceError::Internal("the key is not in the token".into()));
    };
    Err(ServiceError::AwaitsToken(Box::new(Awaited {
        at: change.now,
        opinion,
        key: key.id,
        name,
        certificate: key.certificate,
        fresh: key.fresh,
        bytes,
    })))
}

/// Has the token sign. No transaction is open meanwhile.
pub(super) async fn obtain(ex: &Exchange, awaited: Awaited) -> Result<Presigned, ServiceError> {
    let signature = token(ex)?.sign(&awaited.name, &awaited.bytes).await?;
    if !verification::signed_by(&awaited.certificate, &awaited.bytes, &signature) {
        return Err(Trouble::Failed("its key is not the one that was certified".to_owned()).into());
    }
    if let Some(row) = awaited.fresh {
        ex.store
            .write(move |conn| signatures::insert_key(conn, &row))
            .await?;
    }
    Ok(Presigned {
        at: awaited.at,
        opinion: awaited.opinion,
        key: awaited.key,
        bytes: awaited.bytes,
        signature,
    })
}

/// A key of a person's that a token holds.
#[derive(Debug)]
pub struct HeldKey {
    /// Its identifier in the token, hexadecimal.
    pub name: String,
    /// The number of its certificate among the signing keys.
    pub id: String,
}

/// Gives a person a key in the token, certified by the exchange's authority: made there, or the one of that identifier that is there
/// already. They sign with it from now on.
///
/// # Errors
/// [`ServiceError::NotFound`] for a login that nobody has; [`ServiceError::Conflict`] for who is no expert, and for a key that is
/// another person's; [`ServiceError::SigningUnavailable`] when the token does not do its part.
pub async fn hold(
    ex: &Exchange,
    login: &str,
    adopted: Option<&str>,
) -> Result<HeldKey, ServiceError> {
    let folded = login.trim().to_lowercase();
    let signer = ex.store.read(move |conn| signer(conn, &folded)).await?;
    let (name, point) = possessed(ex, adopted).await?;
    let (core, name) = (ex.core.clone(), hex(&name));
    ex.store
        .write(move |conn| {
            let now = core.clock.now();
            signing_keys::of_nobody_else(conn, &name, signer.person)?;
            let (id, authority) = signing_keys::authority(conn, &core, now)?;
            let by = (id, &authority);
            let row = signing_keys::in_token(&core, now, &signer, by, &point, name.clone())?;
            signatures::insert_key(conn, &row)?;
            let about = About::of("person", &signer.person);
            audit::by_operator(conn, &core, "hold_key_in_token", &about)?;
            Ok(HeldKey {
                name: name.clone(),
                id: row.id,
            })
        })
        .await
}

/// A key pair in the token that signs: made there, or the one of that identifier (hexadecimal). Its identifier and its public key.
pub(super) async fn possessed(
    ex: &Exchange,
    adopted: Option<&str>,
) -> Result<(Vec<u8>, Vec<u8>), ServiceError> {
    let token = token(ex)?;
    let (name, point) = match adopted {
        Some(text) => {
            let malformed = ServiceError::Conflict("the identifier is not hexadecimal");
            let name = signing_keys::from_hex(text.trim()).ok_or(malformed)?;
            let point = token.public_key(&name).await?;
            (name, point)
        }
        None => {
            let name = ex.core.ids.next().as_bytes().to_vec();
            let label = format!("relecture {}", hex(&name));
            let point = token.generate(&name, &label).await?;
            (name, point)
        }
    };
    // A key that does not sign is found out now, not at the first opinion.
    let tried = ex.core.ids.next().as_bytes().to_vec();
    let signature = token.sign(&name, &tried).await?;
    if verification::signed_by_point(&point, &tried, &signature) {
        Ok((name, point))
    } else {
        Err(Trouble::Failed("its two halves are not of one key".to_owned()).into())
    }
}

/// Whom a certificate is made for: an expert, for the network that they read for.
pub(super) fn signer(conn: &mut Conn, login: &str) -> Result<Signer, ServiceError> {
    let person = people::find_by_login(conn, login)?.ok_or(ServiceError::NotFound)?;
    let profile = people::find_profile(conn, person.id)?.ok_or(ServiceError::Conflict(
        "the person is no expert: nobody else signs opinions",
    ))?;
    let network = organisations::find_network(conn, profile.network)?
        .ok_or_else(|| ServiceError::Internal("an expert without their network".into()))?;
    Ok(Signer {
        person: person.id,
        name: person.display_name,
        rpps: person.rpps,
        network: network.id,
        network_name: network.name,
    })
}
