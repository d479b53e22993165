//! The signature itself: JWS JSON, flattened, the payload inside, ES256; its header is a JAdES baseline B one.
//!
//! Signing has two halves, so that the key may be elsewhere: [`prepare`] makes the bytes to sign, [`Prepared::complete`] takes the
//! signature that a key made of them, wherever it is held.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use jsonwebtoken::{Algorithm, EncodingKey};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::SigningError;
use super::authority::Certified;

/// A signed document as a file: what is stored, handed out and verified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Jades {
    /// The header, base64url.
    pub protected: String,
    /// The signed bytes, base64url.
    pub payload: String,
    /// The signature over both, base64url.
    pub signature: String,
    /// What came after the signature, and is not under it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header: Option<Unprotected>,
}

/// The unsigned header (ETSI TS 119 182-1, clause 5.3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unprotected {
    /// Its members, each base64url of one JSON object.
    #[serde(rename = "etsiU")]
    members: Vec<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stamped {
    #[serde(rename = "sigTst")]
    stamp: Tokens,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Tokens {
    #[serde(rename = "tstTokens")]
    tokens: [Token; 1],
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Token {
    /// Base64 DER.
    val: String,
}

impl Jades {
    /// The same document with a time stamp of its signature. No signed byte changes.
    ///
    /// # Errors
    /// [`SigningError::NotCanonical`] when the member cannot be written.
    pub fn stamped(mut self, token: &[u8]) -> Result<Self, SigningError> {
        let val = STANDARD.encode(token);
        let tokens = [Token { val }];
        let stamp = Stamped {
            stamp: Tokens { tokens },
        };
        let member = serde_json::to_vec(&stamp)
            .map_err(|error| SigningError::NotCanonical(error.to_string()))?;
        self.header = Some(Unprotected {
            members: vec![URL_SAFE_NO_PAD.encode(member)],
        });
        Ok(self)
    }

    /// The document as it was when it was signed: nothing beside what the signature covers, and the signature.
    #[must_use]
    pub fn unstamped(self) -> Self {
        Self {
            header: None,
            ..self
        }
    }

    /// The tokens of its time stamps, DER.
    ///
    /// # Errors
    /// In words: an unsigned member is none that we know.
    pub fn tokens(&self) -> Result<Vec<Vec<u8>>, String> {
        let unknown = |error: &dyn std::fmt::Display| {
            format!("an unsigned member is not a time stamp: {error}")
        };
        let members = self.header.iter().flat_map(|header| &header.members);
        members
            .map(|member| {
                let bytes = URL_SAFE_NO_PAD.decode(member).map_err(|e| unknown(&e))?;
                let stamped: Stamped = serde_json::from_slice(&bytes).map_err(|e| unknown(&e))?;
                let [token] = stamped.stamp.tokens;
                STANDARD.decode(token.val).map_err(|e| unknown(&e))
            })
            .collect()
    }
}

/// The protected header (ETSI TS 119 182-1, clause 5). Members that are not named here are for others and change nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Header {
    pub(super) alg: String,
    pub(super) typ: String,
    pub(super) cty: String,
    /// Claimed instant of the signature, seconds since 1970.
    pub(super) iat: i64,
    /// Certificates, the signer's first, base64 DER.
    pub(super) x5c: Vec<String>,
    /// SHA-256 of the signer's certificate, base64url.
    #[serde(rename = "x5t#S256")]
    pub(super) x5t: String,
    /// What the signature stands for.
    #[serde(rename = "srCms")]
    pub(super) commitments: Vec<Commitment>,
    /// Header members that a reader must understand. We write none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) crit: Option<Vec<String>>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Commitment {
    #[serde(rename = "commId")]
    id: ObjectId,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct ObjectId {
    id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    desc: Option<String>,
}

pub(super) const TYPE: &str = "jose+json";
pub(super) const ALGORITHM: &str = "ES256";

/// A document that waits for its signature.
#[derive(Debug, Clone)]
pub struct Prepared {
    protected: String,
    payload: String,
}

/// Makes ready what is to be signed: canonical bytes, by the holder of the first certificate of `chain` (DER, the signer's first).
///
/// # Errors
/// [`SigningError::Certificate`] for an empty chain.
pub fn prepare(
    payload: &[u8],
    chain: &[&[u8]],
    at: DateTime<Utc>,
) -> Result<Prepared, SigningError> {
    let signer = chain
        .first()
        .ok_or_else(|| SigningError::Certificate("there is none".into()))?;
    let header = Header {
        alg: ALGORITHM.into(),
        typ: TYPE.into(),
        cty: "json".into(),
        iat: at.timestamp(),
        x5c: chain.iter().map(|der| STANDARD.encode(der)).collect(),
        x5t: URL_SAFE_NO_PAD.encode(Sha256::digest(signer)),
        commitments: vec![Commitment {
            id: ObjectId {
                id: "http://uri.etsi.org/01903/v1.2.2#ProofOfApproval".into(),
                desc: Some("Proof of approval".into()),
            },
        }],
        crit: None,
    };
    let header = serde_json::to_vec(&header)
        .map_err(|error| SigningError::NotCanonical(error.to_string()))?;
    Ok(Prepared {
        protected: URL_SAFE_NO_PAD.encode(header),
        payload: URL_SAFE_NO_PAD.encode(payload),
    })
}

impl Prepared {
    /// The bytes that the key signs (RFC 7515, section 5.1).
    pub fn to_sign(&self) -> Vec<u8> {
        format!("{}.{}", self.protected, self.payload).into_bytes()
    }

    /// The signed document, from the base64url signature of [`Prepared::to_sign`].
    pub fn complete(self, signature: String) -> Jades {
        Jades {
            protected: self.protected,
            payload: self.payload,
            signature,
            header: None,
        }
    }

    /// The signed document, by a key that is at hand (PKCS#8 DER).
    ///
    /// # Errors
    /// [`SigningError::Key`].
    pub fn signed_by(self, key: &[u8]) -> Result<Jades, SigningError> {
        let signature = es256(key, &self.to_sign())?;
        Ok(self.complete(signature))
    }
}

/// ES256 by a key that is at hand (PKCS#8 DER), base64url.
///
/// # Errors
/// [`SigningError::Key`].
pub fn es256(key: &[u8], bytes: &[u8]) -> Result<String, SigningError> {
    let key = EncodingKey::from_ec_der(key);
    jsonwebtoken::crypto::sign(bytes, &key, Algorithm::ES256)
        .map_err(|error| SigningError::Key(error.to_string()))
}

/// Signs with a key that is at hand.
///
/// # Errors
/// [`SigningError`].
pub fn sign(
    payload: &[u8],
    key: &Certified,
    authority: &[u8],
    at: DateTime<Utc>,
) -> Result<Jades, SigningError> {
    prepare(payload, &[&key.certificate, authority], at)?.signed_by(&key.key)
}

/// An ES256 signature as openssl reads it: the two halves as a sequence of integers.
pub fn der_signature(signature: &[u8]) -> Option<Vec<u8>> {
    let (r, s) = signature
        .split_at_checked(32)
        .filter(|(_, s)| s.len() == 32)?;
    let mut body = Vec::new();
    for half in [r, s] {
        let zeros = half.iter().take_while(|byte| **byte == 0).count().min(31);
        let digits = half.get(zeros..)?;
        // A leading bit would make it negative.
        let sign = usize::from(digits.first()? >= &0x80);
        body.extend([0x02, u8::try_from(digits.len() + sign).ok()?]);
        body.extend(std::iter::repeat_n(0, sign));
        body.extend(digits);
    }
    let mut whole = vec![0x30, u8::try_from(body.len()).ok()?];
    whole.extend(body);
    Some(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_becomes_two_integers() {
        let mut halves = [[0; 32], [0xff; 32]].concat();
        halves[31] = 1;
        let made = der_signature(&halves).unwrap();
        assert_eq!(made[..8], [0x30, 38, 2, 1, 1, 2, 33, 0]);
        assert_eq!(made.len(), 40);
        assert_eq!(der_signature(&halves[1..]), None);
    }
}
