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
}

impl Failure for StoreError {
    fn lost_a_race(&self) -> bool {
        matches!(self, Self::Contended)
    }
}

impl From<Error> for StoreError {
    /// By kind, because SQLite does not name its constraints.
    fn from(error: Error) -> Self {
        match &error {
            Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _) => Self::Duplicate,
            Error::DatabaseError(DatabaseErrorKind::ForeignKeyViolation, _) => {
                Self::MissingReference
            }
            Error::DatabaseError(DatabaseErrorKind::SerializationFailure, _) => Self::Contended,
            Error::DatabaseError(DatabaseErrorKind::ClosedConnection, info) => {
                Self::Unavailable(info.message().to_owned())
            }
            Error::DatabaseError(_, info)
                if info.message().contains("deadlock")
                    || info.message().contains("database is locked") =>
            {
                Self::Contended
            }
            _ => Self::Database(error),
        }
    }
}
