//! What networks promise.

use diesel::prelude::*;

use super::connection::Conn;
use super::schema::target_policies;
use super::{StoreResult, id, instant, name, optional_instant};
use crate::domain::ids::{NetworkId, TargetPolicyId};
use crate::domain::targets::{TargetPolicy, Terms};
use crate::domain::text_enum::TextEnum;
use crate::domain::turnaround::Urgency;

/// An entry as its row.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = target_policies)]
#[expect(
    missing_docs,
    reason = "the columns carry the names of the domain's terms; instants are microseconds UTC"
)]
pub struct TargetRow {
    pub id: String,
    pub network_id: String,
    pub version: i32,
    pub urgency: String,
    pub subspecialty: Option<String>,
    pub counts: String,
    pub answer_minutes: i32,
    pub first_response_minutes: i32,
    pub warning_minutes: i32,
    pub valid_from: i64,
    pub valid_until: Option<i64>,
    pub made_by: String,
    pub made_at: i64,
    pub request: String,
}

impl TargetRow {
    /// The entry as the domain reads it.
    ///
    /// # Errors
    /// A row that this version cannot read.
    pub fn policy(&self) -> StoreResult<TargetPolicy> {
        let minutes = |value: i32| u32::try_from(value).unwrap_or(0);
        Ok(TargetPolicy {
            id: id(&self.id)?,
            version: minutes(self.version),
            terms: Terms {
                request: name(&self.request)?,
                urgency: name(&self.urgency)?,
                subspecialty: self.subspecialty.clone(),
                time: name(&self.counts)?,
                answer_minutes: minutes(self.answer_minutes),
                first_response_minutes: minutes(self.first_response_minutes),
                warning_minutes: minutes(self.warning_minutes),
            },
            valid_from: instant(self.valid_from)?,
            valid_until: optional_instant(self.valid_until)?,
        })
    }
}

/// Every entry of a network, past and coming ones too, in the order in which they were made.
///
/// # Errors
/// Storage failures.
pub fn of_network(conn: &mut Conn, network: NetworkId) -> StoreResult<Vec<TargetRow>> {
    Ok(target_policies::table
        .filter(target_policies::network_id.eq(network.to_string()))
        .order(target_policies::id)
        .select(TargetRow::as_select())
        .load(conn)?)
}

/// The entries of a network for an urgency.
///
/// # Errors
/// Storage failures.
pub fn of_urgency(
    conn: &mut Conn,
    network: NetworkId,
    urgency: Urgency,
) -> StoreResult<Vec<TargetPolicy>> {
    target_policies::table
        .filter(target_policies::network_id.eq(network.to_string()))
        .filter(target_policies::urgency.eq(urgency.as_str()))
        .select(TargetRow::as_select())
        .load(conn)?
        .iter()
        .map(TargetRow::policy)
        .collect()
}

/// An entry of a network.
///
/// # Errors
/// Storage failures.
pub fn find(
    conn: &mut Conn,
    network: NetworkId,
    wanted: TargetPolicyId,
) -> StoreResult<Option<TargetRow>> {
    Ok(target_policies::table
        .find(wanted.to_string())
        .filter(target_policies::network_id.eq(network.to_string()))
        .select(TargetRow::as_select())
        .first(conn)
        .optional()?)
}

/// Adds an entry.
///
/// # Errors
/// Storage failures.
pub fn insert(conn: &mut Conn, row: &TargetRow) -> StoreResult<()> {
    diesel::insert_into(target_policies::table)
        .values(row)
        .execute(conn)?;
    Ok(())
}

/// Ends an entry.
///
/// # Errors
/// Storage failures.
pub fn end(conn: &mut Conn, entry: &str, until: i64) -> StoreResult<()> {
    diesel::update(target_policies::table.find(entry))
        .set(target_policies::valid_until.eq(until))
        .execute(conn)?;
    Ok(())
}
