//! Whether the exchange can work.

use super::Exchange;
use super::error::ServiceError;
use crate::store::connection;

/// Whether the database can be reached and has this version's schema.
///
/// # Errors
/// Storage failures.
pub async fn ready(ex: &Exchange) -> Result<bool, ServiceError> {
    ex.store
        .read(|conn| connection::is_migrated(conn).map_err(ServiceError::from))
        .await
}
