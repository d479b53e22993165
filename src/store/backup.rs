//! A copy of an SQLite database that is in use.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel::{QueryableByName, sql_query};

use super::connection::{self, Conn};
use super::error::StoreError;

/// Why there is no copy.
#[derive(Debug, thiserror::Error)]
pub enum NotCopied {
    /// PostgreSQL has its own tools for that.
    #[error("PostgreSQL makes its own backups")]
    PostgreSql,
    /// The file cannot be made.
    #[error("{0}")]
    File(#[from] std::io::Error),
    /// The name cannot be handed to SQLite.
    #[error("the name of the file is not UTF-8")]
    Name,
    /// The database.
    #[error("{0}")]
    Store(#[from] StoreError),
    /// The copy is not whole; it was removed.
    #[error("the copy is not whole: {0}")]
    Damaged(String),
}

impl From<diesel::result::Error> for NotCopied {
    fn from(error: diesel::result::Error) -> Self {
        Self::Store(error.into())
    }
}

#[derive(QueryableByName)]
struct Said {
    #[diesel(sql_type = Text)]
    integrity_check: String,
}

/// Copies the database as it is at one moment, while others write on, and checks the copy. Tells its size in bytes. The file, which
/// only its owner may read, is there whole when this returns, or not at all.
///
/// # Errors
/// [`NotCopied`].
pub fn copy(url: &str, file: &Path) -> Result<u64, NotCopied> {
    let mut conn = connection::establish_at(url)?;
    let Conn::Sqlite(_) = conn else {
        return Err(NotCopied::PostgreSql);
    };
    let name = file.to_str().ok_or(NotCopied::Name)?;
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(file)?;
    let copied = fill(&mut conn, name).and_then(|()| {
        let file = File::open(file)?;
        file.sync_all()?;
        Ok(file.metadata()?.len())
    });
    if copied.is_err() {
        // What is left is no copy; that it could not be made says more than that it could not be removed.
        let _ = std::fs::remove_file(file);
    }
    copied
}

fn fill(conn: &mut Conn, name: &str) -> Result<(), NotCopied> {
    sql_query("VACUUM INTO $1")
        .bind::<Text, _>(name)
        .execute(conn)?;
    let mut copy = SqliteConnection::establish(name)
        .map_err(|error| StoreError::Unavailable(error.to_string()))?;
    let said: Vec<Said> = sql_query("PRAGMA integrity_check").load(&mut copy)?;
    match said.first() {
        Some(first) if first.integrity_check == "ok" => Ok(()),
        first => {
            Err(NotCopied::Damaged(first.map_or_else(String::new, |said| {
                said.integrity_check.clone()
            })))
        }
    }
}
