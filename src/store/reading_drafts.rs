//! What the readers of a panel have written so far and not signed.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::StoreResult;
use super::connection::Conn;
use super::schema::reading_drafts;
use crate::domain::ids::PersonId;

/// A draft as its row, without whose it is.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct DraftRow {
    /// Its version, from 1.
    pub version: i64,
    /// What was written: JSON.
    pub content: String,
    /// When it was kept: microseconds UTC.
    pub updated_at: i64,
}

/// What a reader has written on a panel.
///
/// # Errors
/// Storage failures.
pub fn find(conn: &mut Conn, panel: &str, reader: PersonId) -> StoreResult<Option<DraftRow>> {
    Ok(reading_drafts::table
        .find((panel, reader.to_string()))
        .select((
            reading_drafts::version,
            reading_drafts::content,
            reading_drafts::updated_at,
        ))
        .first(conn)
        .optional()?)
}

/// Keeps what a reader has written, if nothing was kept since version `read`; 0 before the first. Tells whether it was kept.
///
/// # Errors
/// Storage failures.
pub fn keep(
    conn: &mut Conn,
    (panel, reader): (&str, PersonId),
    read: i64,
    content: &str,
    at: i64,
) -> StoreResult<bool> {
    let changed = if read == 0 {
        // Two first drafts may meet: the later one is told that it is not the first.
        diesel::sql_query(
            "INSERT INTO reading_drafts (panel_id, expert_id, version, content, updated_at) VALUES ($1, $2, 1, $3, $4) \
             ON CONFLICT (panel_id, expert_id) DO NOTHING",
        )
        .bind::<Text, _>(panel)
        .bind::<Text, _>(reader.to_string())
        .bind::<Text, _>(content)
        .bind::<BigInt, _>(at)
        .execute(conn)?
    } else {
        let same = reading_drafts::table
            .find((panel, reader.to_string()))
            .filter(reading_drafts::version.eq(read));
        diesel::update(same)
            .set((
                reading_drafts::version.eq(read + 1),
                reading_drafts::content.eq(content),
                reading_drafts::updated_at.eq(at),
            ))
            .execute(conn)?
    };
    Ok(changed == 1)
}

/// Forgets what a reader has written, because it is signed.
///
/// # Errors
/// Storage failures.
pub fn forget(conn: &mut Conn, panel: &str, reader: PersonId) -> StoreResult<()> {
    diesel::delete(reading_drafts::table.find((panel, reader.to_string()))).execute(conn)?;
    Ok(())
}
