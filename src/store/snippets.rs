//! The sentences that experts keep.

use diesel::prelude::*;
use diesel::sql_types::Text;

use super::connection::Conn;
use super::schema::snippets;
use super::{StoreResult, json, to_json};
use crate::domain::ids::PersonId;
use crate::domain::snippets::Snippet;

/// The sentences of a person with their version; 0 of who has never kept any.
///
/// # Errors
/// Storage failures.
pub fn of_person(conn: &mut Conn, person: PersonId) -> StoreResult<(i64, Vec<Snippet>)> {
    let kept: Option<(i64, String)> = snippets::table
        .find(person.to_string())
        .select((snippets::version, snippets::items))
        .first(conn)
        .optional()?;
    kept.map_or(Ok((0, Vec::new())), |(version, items)| {
        Ok((version, json(&items)?))
    })
}

/// Keeps the sentences of a person, if they are still at version `read`; tells whether they were.
///
/// # Errors
/// Storage failures.
pub fn keep(conn: &mut Conn, person: PersonId, read: i64, items: &[Snippet]) -> StoreResult<bool> {
    let items = to_json(&items)?;
    let changed = if read == 0 {
        // Two first lists may meet: the later one is told that it is not the first.
        diesel::sql_query(
            "INSERT INTO snippets (person_id, version, items) VALUES ($1, 1, $2) ON CONFLICT (person_id) DO NOTHING",
        )
        .bind::<Text, _>(person.to_string())
        .bind::<Text, _>(items)
        .execute(conn)?
    } else {
        let same = snippets::table
            .find(person.to_string())
            .filter(snippets::version.eq(read));
        diesel::update(same)
            .set((snippets::version.eq(read + 1), snippets::items.eq(items)))
            .execute(conn)?
    };
    Ok(changed == 1)
}
