//! Whether the exchange can work.

use super::Exchange;
use super::error::ServiceError;
use crate::store::connection;

/// What stands against working.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readiness {
    /// Nothing.
    Ready,
    /// The database does not have this version's schema.
    Unmigrated,
    /// The disk of the database is full.
    NoRoom,
}

/// Whether the database can be reached, has this version's schema, and room.
///
/// # Errors
/// Storage failures.
pub async fn ready(ex: &Exchange) -> Result<Readiness, ServiceError> {
    let migrated = ex
        .store
        .read(|conn| connection::is_migrated(conn).map_err(ServiceError::from));
    Ok(if !migrated.await? {
        Readiness::Unmigrated
    } else if ex.store.has_room().await? {
        Readiness::Ready
    } else {
        Readiness::NoRoom
    })
}
