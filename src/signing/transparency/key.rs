//! The key that signs checkpoints: Ed25519, as the network of witnesses demands (C2SP signed-note).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::SigningKey;
use signed_note::{
    Note, StandardSigner, StandardVerifier, Verifier, VerifierList, is_key_name_valid, key_id,
    new_ed25519_verifier_key,
};
use tlog_tiles::{Checkpoint, Hash};

use super::TransparencyError;

/// Bytes of a private key.
pub const KEY_BYTES: usize = 32;
/// The algorithm's number in an encoded key.
const ED25519: u8 = 1;

/// The log's key under the log's name.
pub struct LogKey {
    origin: String,
    signer: StandardSigner,
    public: String,
}

impl std::fmt::Debug for LogKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "LogKey({}, withheld)", self.public)
    }
}

impl LogKey {
    /// The key of a log.
    ///
    /// # Errors
    /// [`TransparencyError::Key`] for a name with white space or a plus sign in it, or for none.
    pub fn new(origin: &str, private: &[u8; KEY_BYTES]) -> Result<Self, TransparencyError> {
        if !is_key_name_valid(origin) {
            return Err(TransparencyError::Key(format!("its name is {origin:?}")));
        }
        let key = SigningKey::from_bytes(private).verifying_key();
        let encoded = |bytes: &[u8]| [&[ED25519], bytes].concat();
        let text = format!(
            "PRIVATE+KEY+{origin}+{:08x}+{}",
            key_id(origin, &encoded(key.as_bytes())),
            STANDARD.encode(encoded(private))
        );
        let signer = StandardSigner::new(&text)
            .map_err(|error| TransparencyError::Key(error.to_string()))?;
        Ok(Self {
            origin: origin.to_owned(),
            signer,
            public: new_ed25519_verifier_key(origin, &key),
        })
    }

    /// The public key as verifiers take it: name, number and key in one line.
    pub fn public(&self) -> &str {
        &self.public
    }

    /// Adds this key's signature to whatever a note says.
    #[cfg(test)]
    pub(super) fn countersign(&self, note: &mut Note) {
        note.add_sigs(&[&self.signer]).unwrap();
    }

    /// Signs the tree of that size and root.
    ///
    /// # Errors
    /// [`TransparencyError::Key`].
    pub fn sign(&self, size: u64, root: Hash) -> Result<String, TransparencyError> {
        let failed = |error: &dyn std::fmt::Display| TransparencyError::Key(error.to_string());
        let checkpoint =
            Checkpoint::new(&self.origin, size, root, "").map_err(|error| failed(&error))?;
        let mut note = Note::new(&checkpoint.to_bytes(), &[]).map_err(|error| failed(&error))?;
        note.add_sigs(&[&self.signer])
            .map_err(|error| failed(&error))?;
        String::from_utf8(note.to_bytes()).map_err(|error| failed(&error))
    }
}

/// A tree that a log has signed.
#[derive(Debug, Clone, PartialEq)]
pub struct SignedTree {
    /// The log's name.
    pub origin: String,
    /// Its entries.
    pub size: u64,
    /// The root over them.
    pub root: Hash,
}

/// Reads a checkpoint, if the key signed it.
///
/// # Errors
/// In words.
pub fn signed_tree(checkpoint: &str, key: &str) -> Result<SignedTree, String> {
    let verifier = StandardVerifier::new(key)
        .map_err(|error| format!("the log's public key cannot be read: {error}"))?;
    let name = verifier.name().to_owned();
    let unreadable = || "the checkpoint cannot be read".to_owned();
    let note = Note::from_bytes(checkpoint.as_bytes()).map_err(|_| unreadable())?;
    note.verify(&VerifierList::new(vec![Box::new(verifier)]))
        .map_err(|_| "the checkpoint is not signed by the log's key".to_owned())?;
    let checkpoint = Checkpoint::from_bytes(note.text()).map_err(|_| unreadable())?;
    if checkpoint.origin() != name {
        return Err("the checkpoint is another log's".into());
    }
    // The arithmetic of a tree goes up to there; no log has so many entries.
    if i64::try_from(checkpoint.size()).is_err() {
        return Err(unreadable());
    }
    Ok(SignedTree {
        origin: name,
        size: checkpoint.size(),
        root: *checkpoint.hash(),
    })
}

/// The public key that a file holds: its first line.
pub fn published_key(file: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(file).ok()?;
    let line = text.lines().next()?.trim();
    StandardVerifier::new(line).ok()?;
    Some(line.to_owned())
}
