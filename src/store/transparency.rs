//! The transparency log: its one row, its entries, its tiles, and which opinion or reading an entry is of.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::StoreResult;
use super::connection::Conn;
use super::schema::{
    opinion_signatures, transparency_entries, transparency_log, transparency_salts,
    transparency_tiles,
};
use crate::domain::ids::OpinionId;

/// The one row of the log.
const LOG: i32 = 1;

/// The log as its row.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable)]
#[diesel(table_name = transparency_log)]
#[expect(missing_docs, reason = "the columns carry their names")]
pub struct LogRow {
    pub origin: String,
    pub public_key: String,
    pub sealed_key: String,
    pub size: i64,
    pub checkpoint: String,
}

/// What is kept of an opinion's entry, as its row.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = transparency_salts)]
#[expect(missing_docs, reason = "the columns carry their names")]
pub struct SaltRow {
    pub opinion_id: String,
    pub salt: Option<Vec<u8>>,
    pub entry: Option<Vec<u8>>,
    pub position: Option<i64>,
}

/// The log, where it has been begun.
///
/// # Errors
/// Storage failures.
pub fn log(conn: &mut Conn) -> StoreResult<Option<LogRow>> {
    Ok(transparency_log::table
        .find(LOG)
        .select(LogRow::as_select())
        .first(conn)
        .optional()?)
}

/// The log, kept from everybody else who would add to it until the transaction ends.
///
/// # Errors
/// Storage failures.
pub fn lock(conn: &mut Conn) -> StoreResult<Option<LogRow>> {
    if let Conn::Pg(pg) = conn {
        return Ok(transparency_log::table
            .find(LOG)
            .select(LogRow::as_select())
            .for_update()
            .first(pg)
            .optional()?);
    }
    log(conn)
}

/// Begins the log, unless somebody else has.
///
/// # Errors
/// Storage failures.
pub fn begin(conn: &mut Conn, row: &LogRow) -> StoreResult<()> {
    diesel::sql_query(
        "INSERT INTO transparency_log (id, origin, public_key, sealed_key, size, checkpoint) \
         VALUES (1, $1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
    )
    .bind::<Text, _>(&row.origin)
    .bind::<Text, _>(&row.public_key)
    .bind::<Text, _>(&row.sealed_key)
    .bind::<BigInt, _>(row.size)
    .bind::<Text, _>(&row.checkpoint)
    .execute(conn)?;
    Ok(())
}

/// Keeps how far the log has come, and what it signed of it.
///
/// # Errors
/// Storage failures.
pub fn advance(conn: &mut Conn, size: i64, checkpoint: &str) -> StoreResult<()> {
    diesel::update(transparency_log::table.find(LOG))
        .set((
            transparency_log::size.eq(size),
            transparency_log::checkpoint.eq(checkpoint),
        ))
        .execute(conn)?;
    Ok(())
}

/// Keeps the entry of an opinion or a reading, which waits for its place.
///
/// # Errors
/// [`super::StoreError::Duplicate`] when it has one.
pub fn insert_salt(conn: &mut Conn, row: &SaltRow) -> StoreResult<()> {
    diesel::insert_into(transparency_salts::table)
        .values(row)
        .execute(conn)?;
    Ok(())
}

/// What is kept of the entry of an opinion, a reading or a checkpoint of the audit trail.
///
/// # Errors
/// Storage failures.
pub fn salt(conn: &mut Conn, of: &impl ToString) -> StoreResult<Option<SaltRow>> {
    Ok(transparency_salts::table
        .find(of.to_string())
        .select(SaltRow::as_select())
        .first(conn)
        .optional()?)
}

/// Whether an entry waits for its place.
///
/// # Errors
/// Storage failures.
pub fn is_waiting(conn: &mut Conn) -> StoreResult<bool> {
    let waiting = transparency_salts::table
        .filter(transparency_salts::position.is_null())
        .filter(transparency_salts::salt.is_not_null());
    Ok(diesel::select(diesel::dsl::exists(waiting)).get_result(conn)?)
}

/// Gives the entries that wait their places from `size` on, the oldest first, and enters them; returns them in that order.
///
/// # Errors
/// Storage failures.
pub fn enter(conn: &mut Conn, size: i64, at_most: i64) -> StoreResult<Vec<Vec<u8>>> {
    diesel::sql_query(
        "UPDATE transparency_salts SET position = waiting.place FROM \
         (SELECT opinion_id, $1 + row_number() OVER (ORDER BY opinion_id) - 1 AS place FROM transparency_salts \
          WHERE position IS NULL AND salt IS NOT NULL ORDER BY opinion_id LIMIT $2) AS waiting \
         WHERE transparency_salts.opinion_id = waiting.opinion_id",
    )
    .bind::<BigInt, _>(size)
    .bind::<BigInt, _>(at_most)
    .execute(conn)?;
    diesel::sql_query(
        "INSERT INTO transparency_entries (position, entry) \
         SELECT position, entry FROM transparency_salts WHERE position >= $1",
    )
    .bind::<BigInt, _>(size)
    .execute(conn)?;
    entries(conn, size, at_most)
}

/// Entries from a position on.
///
/// # Errors
/// Storage failures.
pub fn entries(conn: &mut Conn, from: i64, at_most: i64) -> StoreResult<Vec<Vec<u8>>> {
    Ok(transparency_entries::table
        .filter(transparency_entries::position.ge(from))
        .order(transparency_entries::position)
        .limit(at_most)
        .select(transparency_entries::entry)
        .load(conn)?)
}

/// A tile.
///
/// # Errors
/// Storage failures.
pub fn tile(conn: &mut Conn, level: i32, number: i64) -> StoreResult<Option<Vec<u8>>> {
    Ok(transparency_tiles::table
        .find((level, number))
        .select(transparency_tiles::hashes)
        .first(conn)
        .optional()?)
}

/// Keeps a tile, in the place of its own beginning.
///
/// # Errors
/// Storage failures; a tile that does not begin as the one before is refused by the database.
pub fn keep_tile(conn: &mut Conn, level: i32, number: i64, hashes: &[u8]) -> StoreResult<()> {
    let grown = diesel::update(transparency_tiles::table.find((level, number)))
        .set(transparency_tiles::hashes.eq(hashes))
        .execute(conn)?;
    if grown == 0 {
        diesel::insert_into(transparency_tiles::table)
            .values((
                transparency_tiles::level.eq(level),
                transparency_tiles::number.eq(number),
                transparency_tiles::hashes.eq(hashes),
            ))
            .execute(conn)?;
    }
    Ok(())
}

/// Signed versions and readings without an entry, from the time before they were entered, the oldest first: their numbers and signed
/// forms.
///
/// # Errors
/// Storage failures.
pub fn unentered(conn: &mut Conn, at_most: i64) -> StoreResult<Vec<(String, String)>> {
    Ok(opinion_signatures::table
        .left_join(
            transparency_salts::table
                .on(transparency_salts::opinion_id.eq(opinion_signatures::opinion_id)),
        )
        .filter(transparency_salts::opinion_id.is_null())
        .order(opinion_signatures::opinion_id)
        .limit(at_most)
        .select((opinion_signatures::opinion_id, opinion_signatures::jades))
        .load(conn)?)
}

/// Destroys the salt of an opinion, so that nobody can tell any more which entry was of it; whether there was one.
///
/// # Errors
/// Storage failures.
pub fn unlink(conn: &mut Conn, opinion: OpinionId) -> StoreResult<bool> {
    let none = SaltRow {
        opinion_id: opinion.to_string(),
        salt: None,
        entry: None,
        position: None,
    };
    let salted = transparency_salts::table
        .find(&none.opinion_id)
        .filter(transparency_salts::salt.is_not_null());
    let unlinked = diesel::update(salted)
        .set((
            transparency_salts::salt.eq(&none.salt),
            transparency_salts::entry.eq(&none.entry),
            transparency_salts::position.eq(none.position),
        ))
        .execute(conn)?;
    Ok(unlinked > 0)
}
