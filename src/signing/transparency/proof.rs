//! The proof that an opinion is in the log, as a file (C2SP tlog-proof).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tlog_tiles::{Hash, check_record, record_hash};

use super::{Salt, Tiles, TransparencyError, entry, signed_tree, tree};
use crate::signing::jades::Jades;

/// The first line of a proof.
const FORM: &str = "c2sp.org/tlog-proof@v1";
/// A tree of which the standard's numbers can count the entries is no higher.
const MOST_HASHES: usize = 64;

/// A proof: position, salt, the way up the tree, and the signed checkpoint of the tree.
#[derive(Debug, Clone)]
pub struct Proof {
    position: u64,
    salt: Salt,
    path: Vec<Hash>,
    checkpoint: String,
}

/// What a proof shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logged {
    /// The log's name.
    pub origin: String,
    /// The place of the entry, from 0.
    pub position: u64,
    /// Entries that the log had when the proof was made.
    pub size: u64,
}

impl Proof {
    /// Makes the proof for the entry at `position` in the tree of `size` entries under that checkpoint, from the tiles that
    /// [`super::tiles_of_proof`] names.
    ///
    /// # Errors
    /// [`TransparencyError::Tree`] when a tile is missing.
    pub fn make(
        position: u64,
        salt: Salt,
        size: u64,
        tiles: &Tiles,
        checkpoint: String,
    ) -> Result<Self, TransparencyError> {
        Ok(Self {
            position,
            salt,
            path: tree::path(size, position, tiles)?,
            checkpoint,
        })
    }

    /// Reads a proof.
    ///
    /// # Errors
    /// In words.
    pub fn read(text: &str) -> Result<Self, String> {
        let unreadable = || "the proof cannot be read".to_owned();
        let (head, checkpoint) = text.split_once("\n\n").ok_or_else(unreadable)?;
        let mut lines = head.split('\n');
        if lines.next() != Some(FORM) {
            return Err(format!("the proof does not begin with {FORM}"));
        }
        let mut named = |name: &str| {
            let line = lines.next()?;
            Some(line.strip_prefix(name)?.strip_prefix(' ')?.to_owned())
        };
        let salt = named("extra").ok_or_else(|| "the proof carries no salt".to_owned())?;
        let salt = STANDARD.decode(salt).ok();
        let salt: Salt = salt
            .and_then(|salt| salt.try_into().ok())
            .ok_or_else(unreadable)?;
        let index = named("index").ok_or_else(unreadable)?;
        let position: u64 = index.parse().map_err(|_| unreadable())?;
        // No sign and no leading zeros.
        if position.to_string() != index {
            return Err(unreadable());
        }
        let path: Result<Vec<Hash>, _> = lines.map(Hash::parse_hash).collect();
        let path = path.map_err(|_| unreadable())?;
        if path.len() > MOST_HASHES {
            return Err(unreadable());
        }
        Ok(Self {
            position,
            salt,
            path,
            checkpoint: checkpoint.to_owned(),
        })
    }

    /// The proof as a file.
    pub fn to_text(&self) -> String {
        use std::fmt::Write;
        let mut text = format!(
            "{FORM}\nextra {}\nindex {}\n",
            STANDARD.encode(self.salt),
            self.position
        );
        for hash in &self.path {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{hash}");
        }
        text.push('\n');
        text.push_str(&self.checkpoint);
        text
    }
}

/// Looks whether a file proves that a signed version is in the log whose public key is given.
///
/// # Errors
/// In words.
pub fn check(proof: &[u8], signed: &Jades, key: &str) -> Result<Logged, String> {
    let text = std::str::from_utf8(proof).map_err(|_| "the proof is no text".to_owned())?;
    let proof = Proof::read(text)?;
    let tree = signed_tree(&proof.checkpoint, key)?;
    let leaf = record_hash(&entry(&proof.salt, signed));
    check_record(&proof.path, tree.size, tree.root, proof.position, leaf).map_err(|_| {
        "the log has another entry there: the proof is not of this opinion".to_owned()
    })?;
    Ok(Logged {
        origin: tree.origin,
        position: proof.position,
        size: tree.size,
    })
}
