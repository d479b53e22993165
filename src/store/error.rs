//! What can go wrong in storage, as the use cases see it.

use diesel::result::{DatabaseErrorKind, Error};

/// A storage failure.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No connection became free in time: the exchange is doing more than it can.
    #[error("no database connection became free in time")]
    Overloaded,
    /// The database cannot be reached.
    #[error("the database cannot be reached: {0}")]
    Unavailable(String),
    /// The database broke a statement off: it waited too long for a lock, ran too long, or the server is going down.
    #[error("the database broke a statement off: {0}")]
    BrokenOff(String),
    /// The disk of the database has no room for what was to be written.
    #[error("the disk of the database is full")]
    Full,
    /// What was running ended before its time; a panic has said where and why.
    #[error("{0}")]
    Ended(&'static str),
    /// A uniqueness rule of the schema was broken.
    #[error("already there")]
    Duplicate,
    /// A reference points to nothing.
    #[error("refers to something that is not there")]
    MissingReference,
    /// What was read does not mean anything to this version of the program.
    #[error("unreadable value in {0}")]
    Corrupt(&'static str),
    /// Lost a race that trying again wins.
    #[error("lost a race; try again")]
    Contended,
    /// Anything else.
    #[error("database: {0}")]
    Database(Error),
}

/// What the work of a transaction may fail with.
pub trait Failure: From<StoreError> {
    /// Whether it failed only because it lost a race, so that the same work tried again may win.
    fn lost_a_race(&self) -> bool;

    /// Whether the disk of the database had no room for it.
    fn found_no_room(&self) -> bool;
}

impl Failure for StoreError {
    fn lost_a_race(&self) -> bool {
        matches!(self, Self::Contended)
    }

    fn found_no_room(&self) -> bool {
        matches!(self, Self::Full)
    }
}

impl From<Error> for StoreError {
    /// By kind, because SQLite does not name its constraints; where diesel knows no kind, by what the database says.
    fn from(error: Error) -> Self {
        let error = match error {
            // That it could not be rolled back either is no news.
            Error::RollbackErrorOnCommit { commit_error, .. } => *commit_error,
            error => error,
        };
        match &error {
            Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _) => Self::Duplicate,
            Error::DatabaseError(DatabaseErrorKind::ForeignKeyViolation, _) => {
                Self::MissingReference
            }
            Error::DatabaseError(DatabaseErrorKind::SerializationFailure, _) => Self::Contended,
            Error::DatabaseError(
                DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::ReadOnlyTransaction,
                info,
            ) => Self::BrokenOff(info.message().trim().to_owned()),
            Error::DatabaseError(DatabaseErrorKind::Unknown, info) => {
                said(info.message()).unwrap_or(Self::Database(error))
            }
            Error::BrokenTransactionManager => {
                Self::BrokenOff("the connection was lost in a transaction".to_owned())
            }
            _ => Self::Database(error),
        }
    }
}

/// What these words of the database mean. PostgreSQL must say them in English: `lc_messages`, which the doctor checks.
fn said(message: &str) -> Option<StoreError> {
    let any = |parts: &[&str]| parts.iter().any(|part| message.contains(part));
    if any(&["deadlock", "database is locked"]) {
        return Some(StoreError::Contended);
    }
    // The first is SQLite's, the second the system's own, which PostgreSQL repeats.
    if any(&["database or disk is full", "No space left on device"]) {
        return Some(StoreError::Full);
    }
    // A time-out for a lock or a statement, or an operator's word.
    any(&[
        "canceling statement",
        "terminating connection",
        "disk I/O error",
    ])
    .then(|| StoreError::BrokenOff(message.trim().to_owned()))
}
