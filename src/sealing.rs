//! Sealing patient data at rest: XChaCha20-Poly1305 under a key that is not in the database.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::Sha256;

use crate::domain::hexadecimal::hex;

/// Version of the sealed form, its first byte.
const VERSION: u8 = 1;
const NONCE_BYTES: usize = 24;

/// Seals and opens, and makes keyed hashes by which sealed values are found.
#[derive(Clone)]
pub struct Sealing {
    cipher: XChaCha20Poly1305,
    hash_key: [u8; 32],
    /// From which the keys for other purposes are made.
    root: [u8; 32],
}

impl std::fmt::Debug for Sealing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sealing(withheld)")
    }
}

/// Why sealed data could not be read.
#[derive(Debug, thiserror::Error)]
pub enum SealingError {
    /// Not sealed data, sealed under another key or for another place, or altered.
    #[error("sealed data cannot be opened: another key, another place, or altered")]
    Unopenable,
    /// The value cannot be written as JSON.
    #[error("the value cannot be sealed")]
    Unsealable,
}

impl Sealing {
    /// Seals under `key`.
    pub fn new(key: &[u8; 32]) -> Self {
        let cipher = XChaCha20Poly1305::new(key.into());
        Self {
            cipher,
            hash_key: keyed(key, b"relecture search words v1"),
            root: keyed(key, b"relecture keys of other purposes v1"),
        }
    }

    /// Seals under a key of its own for one purpose: who has that one learns nothing of this one.
    #[must_use]
    pub fn for_purpose(&self, purpose: &str) -> Self {
        Self::new(&keyed(&self.root, purpose.as_bytes()))
    }

    /// Seals a value for one place (`place` names table and row): the sealed text opens nowhere else.
    ///
    /// # Errors
    /// [`SealingError::Unsealable`].
    pub fn seal<T: Serialize>(&self, place: &str, value: &T) -> Result<String, SealingError> {
        let plain = serde_json::to_vec(value).map_err(|_| SealingError::Unsealable)?;
        Ok(STANDARD.encode(self.seal_bytes(place, &plain)?))
    }

    /// Seals bytes for one place.
    ///
    /// # Errors
    /// [`SealingError::Unsealable`].
    pub fn seal_bytes(&self, place: &str, plain: &[u8]) -> Result<Vec<u8>, SealingError> {
        let nonce: [u8; NONCE_BYTES] = rand::random();
        let payload = Payload {
            msg: plain,
            aad: place.as_bytes(),
        };
        let sealed = self
            .cipher
            .encrypt(&XNonce::from(nonce), payload)
            .map_err(|_| SealingError::Unsealable)?;
        let mut bytes = vec![VERSION];
        bytes.extend_from_slice(&nonce);
        bytes.extend_from_slice(&sealed);
        Ok(bytes)
    }

    /// Opens what was sealed for that place.
    ///
    /// # Errors
    /// [`SealingError::Unopenable`].
    pub fn open<T: DeserializeOwned>(&self, place: &str, sealed: &str) -> Result<T, SealingError> {
        let bytes = STANDARD
            .decode(sealed)
            .map_err(|_| SealingError::Unopenable)?;
        let plain = self.open_bytes(place, &bytes)?;
        serde_json::from_slice(&plain).map_err(|_| SealingError::Unopenable)
    }

    /// Opens bytes that were sealed for that place.
    ///
    /// # Errors
    /// [`SealingError::Unopenable`].
    pub fn open_bytes(&self, place: &str, bytes: &[u8]) -> Result<Vec<u8>, SealingError> {
        let (version, rest) = bytes.split_first().ok_or(SealingError::Unopenable)?;
        let (nonce, sealed) = rest
            .split_first_chunk::<NONCE_BYTES>()
            .ok_or(SealingError::Unopenable)?;
        if *version != VERSION {
            return Err(SealingError::Unopenable);
        }
        let payload = Payload {
            msg: sealed,
            aad: place.as_bytes(),
        };
        self.cipher
            .decrypt(&XNonce::from(*nonce), payload)
            .map_err(|_| SealingError::Unopenable)
    }

    /// A keyed hash of a text: equal texts are found, none is read.
    pub fn keyed_hash(&self, text: &str) -> String {
        hex(keyed(&self.hash_key, text.as_bytes()).split_at(16).0)
    }
}

fn keyed(key: &[u8; 32], message: &[u8]) -> [u8; 32] {
    // HMAC's block is 64 bytes; a shorter key is padded with zeros (RFC 2104).
    let mut block = [0; 64];
    block[..32].copy_from_slice(key);
    let mut mac = Hmac::<Sha256>::new(&block.into());
    mac.update(message);
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_only_with_its_key_at_its_place_and_unaltered() {
        let sealing = Sealing::new(&[7; 32]);
        let sealed = sealing.seal("case_patients/1", &"26H00123").unwrap();
        assert!(!sealed.contains("26H00123"));
        assert_ne!(
            sealed,
            sealing.seal("case_patients/1", &"26H00123").unwrap(),
            "a nonce of its own each time"
        );
        assert_eq!(
            sealing.open::<String>("case_patients/1", &sealed).unwrap(),
            "26H00123"
        );
        assert!(sealing.open::<String>("case_patients/2", &sealed).is_err());
        assert!(
            Sealing::new(&[8; 32])
                .open::<String>("case_patients/1", &sealed)
                .is_err()
        );
        let bytes = STANDARD.decode(&sealed).unwrap();
        for position in 0..bytes.len() {
            let mut altered = bytes.clone();
            altered[position] ^= 1;
            assert!(
                sealing
                    .open::<String>("case_patients/1", &STANDARD.encode(altered))
                    .is_err(),
                "byte {position}"
            );
        }
        assert!(sealing.open::<String>("case_patients/1", "").is_err());
    }

    #[test]
    fn a_purpose_has_a_key_of_its_own_the_same_each_time() {
        let sealing = Sealing::new(&[7; 32]);
        let sealed = sealing.for_purpose("a").seal("p", &1).unwrap();
        assert_eq!(
            sealing.for_purpose("a").open::<i32>("p", &sealed).unwrap(),
            1
        );
        assert!(sealing.for_purpose("b").open::<i32>("p", &sealed).is_err());
        assert!(sealing.open::<i32>("p", &sealed).is_err());
    }

    #[test]
    fn a_keyed_hash_depends_on_the_key() {
        assert_eq!(
            Sealing::new(&[7; 32]).keyed_hash("a"),
            Sealing::new(&[7; 32]).keyed_hash("a")
        );
        assert_ne!(
            Sealing::new(&[7; 32]).keyed_hash("a"),
            Sealing::new(&[8; 32]).keyed_hash("a")
        );
    }
}
