//! Whether the exchange can work.

use super::error::ServiceError;
use super::{Exchange, links};
use crate::store::{cases, connection, organisations};

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

/// Opens what is sealed in the database under the key of this exchange: the patient of the oldest and of the newest case, and the
/// credentials of every slide source. Tells how many it opened.
///
/// # Errors
/// [`ServiceError::Internal`] when one of them does not open: it was sealed under another key.
pub async fn open_what_is_sealed(ex: &Exchange) -> Result<usize, ServiceError> {
    let core = ex.core.clone();
    ex.store
        .read(move |conn| {
            let mut opened = 0;
            for (case, sealed) in cases::first_and_last_patient(conn)? {
                core.sealing.open_patient(case, &sealed)?;
                opened += 1;
            }
            for laboratory in organisations::laboratories(conn)? {
                for source in organisations::slide_sources(conn, laboratory.id)? {
                    let opens = links::registered(&core, &source)?.credentials.is_some();
                    opened += usize::from(opens);
                }
            }
            Ok(opened)
        })
        .await
}
