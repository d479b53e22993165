//! The proof that a log goes on from what it had signed earlier, as a file: the consistency proof and the checkpoint that it leads to,
//! in the form in which a witness is told of a new checkpoint (C2SP tlog-witness, `add-checkpoint`).

use tlog_tiles::{Hash, check_tree};

use super::{Tiles, TransparencyError, signed_tree, tree};

/// What the first line begins with; the size of the earlier tree follows.
const OLD: &str = "old ";
/// A proof is no longer than that, says the standard.
const MOST_HASHES: usize = 63;

/// A proof that the tree of a checkpoint begins with all that an earlier one had.
#[derive(Debug, Clone)]
pub struct Continuity {
    old: u64,
    path: Vec<Hash>,
    checkpoint: String,
}

/// What was found of a checkpoint that somebody kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Continued {
    /// Entries that the log had then.
    pub then: u64,
    /// Entries that it has now.
    pub now: u64,
}

impl Continuity {
    /// Makes the proof from the first `old` entries to the tree of `size` entries under that checkpoint, from the tiles that
    /// [`super::tiles_of_continuity`] names.
    ///
    /// # Errors
    /// [`TransparencyError::Tree`] when a tile is missing, and when the tree never was that large.
    pub fn make(
        old: u64,
        size: u64,
        tiles: &Tiles,
        checkpoint: String,
    ) -> Result<Self, TransparencyError> {
        Ok(Self {
            old,
            path: tree::continuity(size, old, tiles)?,
            checkpoint,
        })
    }

    /// Reads a proof.
    ///
    /// # Errors
    /// In words.
    pub fn read(file: &[u8]) -> Result<Self, String> {
        let unreadable = || "the proof cannot be read".to_owned();
        let text = std::str::from_utf8(file).map_err(|_| unreadable())?;
        let (head, checkpoint) = text.split_once("\n\n").ok_or_else(unreadable)?;
        let mut lines = head.split('\n');
        let size = lines.next().and_then(|line| line.strip_prefix(OLD));
        let size = size.ok_or_else(unreadable)?;
        let old: u64 = size.parse().map_err(|_| unreadable())?;
        // No sign and no leading zeros.
        if old.to_string() != size {
            return Err(unreadable());
        }
        let path: Result<Vec<Hash>, _> = lines.map(Hash::parse_hash).collect();
        let path = path.map_err(|_| unreadable())?;
        if path.len() > MOST_HASHES {
            return Err(unreadable());
        }
        Ok(Self {
            old,
            path,
            checkpoint: checkpoint.to_owned(),
        })
    }

    /// The proof as a file.
    pub fn to_text(&self) -> String {
        let path: String = self.path.iter().map(|hash| format!("{hash}\n")).collect();
        format!("{OLD}{}\n{path}\n{}", self.old, self.checkpoint)
    }

    /// Looks whether it leads from a checkpoint that somebody kept, both signed by the log's key.
    ///
    /// # Errors
    /// In words.
    pub fn leads_from(&self, kept: &str, key: &str) -> Result<Continued, String> {
        let then = signed_tree(kept, key).map_err(|said| format!("of what was kept: {said}"))?;
        let now = signed_tree(&self.checkpoint, key).map_err(|said| format!("now: {said}"))?;
        if self.old != then.size {
            return Err(format!(
                "the proof leads from {} entries; what was kept had {}",
                self.old, then.size
            ));
        }
        let broken = || "the log does not begin with the entries that it had signed".to_owned();
        if then.size > now.size {
            return Err(format!(
                "the log has {} entries; it had signed {}",
                now.size, then.size
            ));
        }
        // Of the empty tree and of the same one there is nothing to prove, and no way to prove it.
        let nothing = then.size == 0 || then.size == now.size;
        if nothing && !self.path.is_empty() {
            return Err(broken());
        }
        if then.size == 0 {
            if then.root != tree::empty_root()? {
                return Err(broken());
            }
        } else {
            check_tree(&self.path, now.size, now.root, then.size, then.root)
                .map_err(|_| broken())?;
        }
        Ok(Continued {
            then: then.size,
            now: now.size,
        })
    }
}
