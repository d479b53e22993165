//! Whether the exchange can work.

use futures_util::stream::{self, StreamExt};

use super::error::ServiceError;
use super::{Exchange, links};
use crate::slides::probe::Greeting;
use crate::store::{cases, connection, organisations};

/// Slide sources asked at a time.
const AT_A_TIME: usize = 8;

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

/// A slide source as it answers now.
#[derive(Debug, Clone)]
pub struct SourceState {
    /// Its name.
    pub name: String,
    /// Whose it is.
    pub laboratory: String,
    /// Why nothing can be read from it, in words.
    pub trouble: Option<String>,
}

/// Asks every slide source whether it answers.
///
/// # Errors
/// Storage failures.
pub async fn slide_sources(ex: &Exchange) -> Result<Vec<SourceState>, ServiceError> {
    let core = ex.core.clone();
    let registered = ex
        .store
        .read(move |conn| {
            let mut all = Vec::new();
            for laboratory in organisations::laboratories(conn)? {
                for source in organisations::slide_sources(conn, laboratory.id)? {
                    let registered = links::registered(&core, &source)?;
                    all.push((source.name, laboratory.name.clone(), registered));
                }
            }
            Ok::<_, ServiceError>(all)
        })
        .await?;
    let asked = registered
        .into_iter()
        .map(|(name, laboratory, source)| async move {
            SourceState {
                name,
                laboratory,
                trouble: match ex.prober.greet(&source).await {
                    Err(failure) => Some(failure.to_string()),
                    Ok(Greeting::OfAnother) => Some(format!(
                        "a server answers that does not speak {}",
                        source.kind
                    )),
                    Ok(Greeting::OfItsKind | Greeting::Answers) => None,
                },
            }
        });
    Ok(stream::iter(asked).buffered(AT_A_TIME).collect().await)
}
