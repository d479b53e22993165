//! The transparency log's own rules, without storage: what is entered of an opinion, the tree over the entries (RFC 6962 in the
//! tiles of C2SP tlog-tiles), the signed checkpoint (C2SP tlog-checkpoint), the proof that an opinion is in the log (C2SP tlog-proof),
//! and the one that the log goes on from an earlier checkpoint, which hold without us.

mod continuity;
mod key;
mod proof;
mod tree;

use sha2::{Digest, Sha256};

pub use continuity::{Continued, Continuity};
pub use key::{KEY_BYTES, LogKey, SignedTree, published_key, signed_tree};
pub use proof::{Logged, Proof, check};
pub use tree::{
    Growth, TILE_WIDTH, Tiles, entry_bundle, root_of, tile_at, tiles_of_continuity, tiles_of_proof,
    tiles_of_root,
};

use super::jades::Jades;

/// What an entry begins with, so that no other use of the same hash can be mistaken for one.
const OPINION: &[u8] = b"relecture opinion v1\n";
/// The same of a checkpoint of the audit trail.
const AUDIT: &[u8] = b"relecture audit v1\n";

/// A salt: without it nobody can tell which opinion an entry is of.
pub type Salt = [u8; 32];

/// What stands in the log.
pub type Entry = [u8; 32];

/// Why the log cannot be carried on or read.
#[derive(Debug, thiserror::Error)]
pub enum TransparencyError {
    /// Its name or its key cannot be used.
    #[error("the transparency log's key cannot be used: {0}")]
    Key(String),
    /// What is kept of the tree does not fit together.
    #[error("the transparency log's tree does not fit together: {0}")]
    Tree(String),
}

/// The entry of a signed version: SHA-256 over a fixed text, the salt, and the signed form as `protected.payload.signature`. A time
/// stamp comes later and is not in it.
pub fn entry(salt: &Salt, signed: &Jades) -> Entry {
    let mut hash = Sha256::new();
    hash.update(OPINION);
    hash.update(salt);
    for (at, part) in [&signed.protected, &signed.payload, &signed.signature]
        .into_iter()
        .enumerate()
    {
        if at > 0 {
            hash.update(b".");
        }
        hash.update(part.as_bytes());
    }
    hash.finalize().into()
}

/// The entry of a checkpoint of the audit trail: SHA-256 over a fixed text, the salt, and the digest.
pub fn audit_entry(salt: &Salt, digest: &[u8; 32]) -> Entry {
    Sha256::new()
        .chain_update(AUDIT)
        .chain_update(salt)
        .chain_update(digest)
        .finalize()
        .into()
}

#[cfg(test)]
mod tests;
