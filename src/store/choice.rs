//! What the choice among eligible experts weighs, network by network.

use diesel::prelude::*;

use super::StoreResult;
use super::connection::Conn;
use super::schema::choice_policies;
use crate::domain::ids::NetworkId;

/// A version as its row. `content` is JSON.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = choice_policies)]
#[expect(
    missing_docs,
    reason = "the columns carry the names of the domain's terms; instants are microseconds UTC"
)]
pub struct ChoiceRow {
    pub network_id: String,
    pub version: i32,
    pub content: String,
    pub made_by: String,
    pub made_at: i64,
}

/// The newest version of a network's; none while it has none of its own.
///
/// # Errors
/// Storage failures.
pub fn newest(conn: &mut Conn, network: NetworkId) -> StoreResult<Option<ChoiceRow>> {
    Ok(choice_policies::table
        .filter(choice_policies::network_id.eq(network.to_string()))
        .order(choice_policies::version.desc())
        .select(ChoiceRow::as_select())
        .first(conn)
        .optional()?)
}

/// Adds a version.
///
/// # Errors
/// [`super::StoreError::Duplicate`] when the network has one of that number.
pub fn insert(conn: &mut Conn, row: &ChoiceRow) -> StoreResult<()> {
    diesel::insert_into(choice_policies::table)
        .values(row)
        .execute(conn)?;
    Ok(())
}
