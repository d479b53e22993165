//! `relecture log`: the transparency log of signed opinions.

use std::path::{Path, PathBuf};

use clap::Subcommand;

use super::{Failure, say};
use crate::config::Config;
use crate::domain::ids::OpinionId;
use crate::server;
use crate::service::{audit_trail, transparency};

#[derive(Debug, Subcommand)]
pub(super) enum Log {
    /// Print its public key, for those who verify bundles or watch the log.
    Key,
    /// Print what it has signed last of itself. Who keeps this can have it checked later.
    Checkpoint,
    /// Check that the log still begins with what it had signed in a checkpoint that somebody kept: exit code 0 when it does.
    Check {
        /// The checkpoint as a file.
        file: PathBuf,
    },
    /// Print the proof that the log goes on from a checkpoint that somebody kept. It holds without this exchange: `relecture verify`
    /// with `--since`, or whatever reads consistency proofs.
    Prove {
        /// The checkpoint as a file.
        file: PathBuf,
    },
    /// Check that the audit trail is as it was entered in the log, hour by hour: exit code 0 when it is.
    Audit,
    /// Destroy the salt of a signed version, so that nobody can tell any more which entry is of it. The log stays whole, the version
    /// signed; a proof that somebody has still holds. Cannot be undone.
    Unlink {
        /// The version's identifier.
        opinion: OpinionId,
    },
}

pub(super) async fn run(config: &Config, command: Log) -> Result<(), Failure> {
    server::require_migrated(config)?;
    let exchange = server::open(config)?;
    match command {
        Log::Key => {
            let key = transparency::public_key(&exchange).await;
            say(&key.map_err(Failure::from_display)?);
        }
        Log::Checkpoint => {
            let checkpoint = transparency::checkpoint(&exchange).await;
            say(checkpoint.map_err(Failure::from_display)?.trim_end());
        }
        Log::Check { file } => {
            let found = transparency::continues(&exchange, kept(&file)?).await;
            let found = found.map_err(Failure::from_display)?;
            let found = found.map_err(Failure::Other)?;
            say(&format!(
                "The log begins with the {} entries that it had signed, and has {} now.",
                found.then, found.now
            ));
        }
        Log::Prove { file } => {
            let proof = transparency::proof_since(&exchange, kept(&file)?).await;
            let proof = proof.map_err(Failure::from_display)?;
            say(proof.map_err(Failure::Other)?.trim_end());
        }
        Log::Audit => {
            let found = audit_trail::check(&exchange).await;
            let found = found.map_err(Failure::from_display)?;
            let whole = found.map_err(Failure::Other)?;
            let through = whole.through.map_or("nothing yet".to_owned(), |at| {
                format!("all until {}", at.to_rfc3339())
            });
            say(&format!(
                "{} entries of the audit trail are as they were entered in the log, under {} checkpoints: {through}.",
                whole.entries, whole.checkpoints
            ));
        }
        Log::Unlink { opinion } => {
            let unlinked = transparency::unlink(&exchange, opinion).await;
            if !unlinked.map_err(Failure::from_display)? {
                let said = format!("no salt is kept of a version {opinion}");
                return Err(Failure::Other(said));
            }
            say("Nobody can tell any more which entry is of it.");
        }
    }
    Ok(())
}

/// A checkpoint that somebody kept.
fn kept(file: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(file)
        .map_err(|error| Failure::Other(format!("{}: {error}", file.display())))
}
