//! Whether the disk of the database has room: known from the writes that found none, and asked of it by one more.

use std::sync::atomic::{AtomicBool, Ordering};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;

use super::connection::{Conn, Store};
use super::error::{Failure, StoreError};

/// How much is written to ask: more than a case takes.
const ASKED_BYTES: usize = 256 * 1024;

/// What the writes have found.
#[derive(Debug, Default)]
pub(super) struct Room {
    missing: AtomicBool,
}

impl Room {
    /// Takes note of how a write ended.
    pub(super) fn note<T, E: Failure>(&self, outcome: Result<T, E>) -> Result<T, E> {
        if let Err(error) = &outcome
            && error.found_no_room()
            && !self.missing.swap(true, Ordering::Relaxed)
        {
            tracing::error!("the disk of the database is full: nothing can be recorded");
        }
        outcome
    }
}

impl Store {
    /// Whether there is room for a case. Known without asking while every write finds some; once one found none, each call asks
    /// by a write of that size, which is taken back, until there is room again.
    ///
    /// # Errors
    /// Storage failures other than a full disk.
    pub async fn has_room(&self) -> Result<bool, StoreError> {
        let room = self.room();
        if !room.missing.load(Ordering::Relaxed) {
            return Ok(true);
        }
        match self.write(take_and_give_back).await {
            Ok(()) => {
                room.missing.store(false, Ordering::Relaxed);
                tracing::info!("there is room on the disk of the database again");
                Ok(true)
            }
            Err(StoreError::Full) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

/// Writes a message that nobody will see, and removes it.
fn take_and_give_back(conn: &mut Conn) -> Result<(), StoreError> {
    diesel::sql_query(
        "INSERT INTO outbox (id, topic, payload, state, run_at, attempt, created_at) VALUES ('room', 'job', $1, 'done', 0, 0, 0)",
    )
    .bind::<diesel::sql_types::Text, _>(" ".repeat(ASKED_BYTES))
    .execute(conn)?;
    Ok(conn.batch_execute("DELETE FROM outbox WHERE id = 'room'")?)
}
