//! Storage on SQLite or PostgreSQL behind one door: [`Store::read`] and [`Store::write`].
//!
//! The functions of the submodules take a connection and never open a transaction; [`Store::write`] does, once for each use case.

pub mod account_links;
pub mod annotations;
pub mod assignments;
pub mod audit_trail;
pub mod backup;
pub mod burdens;
pub mod cases;
pub mod choice;
pub mod connection;
pub mod duties;
pub mod earlier;
pub mod error;
pub mod escalations;
pub mod figures;
pub mod held;
pub mod idempotency;
pub mod instructions;
mod literal;
pub mod notices;
pub mod opinions;
pub mod organisations;
pub mod outbox;
pub mod panels;
pub mod past;
pub mod people;
mod pool;
pub mod positions;
pub mod presence;
pub mod proposals;
pub mod reading_drafts;
pub mod recusals;
pub mod requests;
pub mod revocations;
mod room;
pub mod schema;
pub mod seats;
pub mod sessions;
pub mod signatures;
pub mod slide_views;
pub mod slides;
pub mod snapshots;
pub mod snippets;
mod steady;
pub mod summaries;
pub mod targets;
pub mod timestamps;
pub mod traces;
pub mod transparency;
pub mod waiting;
pub mod webhooks;
pub mod work;
pub mod worklist;
mod writer;

use std::str::FromStr;

use chrono::{DateTime, Utc};

pub use connection::{Conn, Store, StoreConfig};
pub use error::{Failure, StoreError};

use crate::domain::text_enum::TextEnum;

/// Shorthand for what every storage function returns.
pub type StoreResult<T> = Result<T, StoreError>;

/// An instant as the tables keep it: microseconds since 1970 in UTC.
pub fn micros(instant: DateTime<Utc>) -> i64 {
    instant.timestamp_micros()
}

/// An instant read from a table.
///
/// # Errors
/// [`StoreError::Corrupt`] for a number that is no instant.
pub fn instant(micros: i64) -> StoreResult<DateTime<Utc>> {
    DateTime::from_timestamp_micros(micros).ok_or(StoreError::Corrupt("instant"))
}

/// An instant that may be missing.
///
/// # Errors
/// As [`instant`].
pub fn optional_instant(micros: Option<i64>) -> StoreResult<Option<DateTime<Utc>>> {
    micros.map(instant).transpose()
}

/// An identifier read from a table.
///
/// # Errors
/// [`StoreError::Corrupt`] for a text that is none.
pub fn id<T: FromStr>(text: &str) -> StoreResult<T> {
    text.parse().map_err(|_| StoreError::Corrupt("identifier"))
}

/// An identifier that may be missing.
///
/// # Errors
/// As [`id`].
pub fn optional_id<T: FromStr>(text: Option<&str>) -> StoreResult<Option<T>> {
    text.map(id).transpose()
}

/// A member of an enumeration read from a table.
///
/// # Errors
/// [`StoreError::Corrupt`] for a name that this version does not know.
pub fn name<T: TextEnum>(text: &str) -> StoreResult<T> {
    T::parse(text).ok_or(StoreError::Corrupt("name"))
}

/// A JSON document read from a table.
///
/// # Errors
/// [`StoreError::Corrupt`] for a text that is not that document.
pub fn json<T: serde::de::DeserializeOwned>(text: &str) -> StoreResult<T> {
    serde_json::from_str(text).map_err(|_| StoreError::Corrupt("document"))
}

/// A document as the tables keep it.
///
/// # Errors
/// [`StoreError::Corrupt`] for a value that JSON cannot carry.
pub fn to_json<T: serde::Serialize>(value: &T) -> StoreResult<String> {
    serde_json::to_string(value).map_err(|_| StoreError::Corrupt("document"))
}
