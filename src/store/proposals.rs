//! Proposals to move unopened cases.

use diesel::prelude::*;

use super::StoreResult;
use super::connection::Conn;
use super::schema::proposals;
use crate::domain::ids::{NetworkId, PersonId, ProposalId};
use crate::domain::routing::rebalance::ProposalState;
use crate::domain::text_enum::TextEnum;

/// A proposal as its row.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = proposals)]
#[expect(
    missing_docs,
    reason = "the columns carry the names of the domain's terms; instants are microseconds UTC, documents JSON"
)]
pub struct ProposalRow {
    pub id: String,
    pub network_id: String,
    pub state: String,
    pub content: String,
    pub made_by: String,
    pub made_at: i64,
    pub expires_at: i64,
    pub decided_by: Option<String>,
    pub decided_at: Option<i64>,
    pub reason: Option<String>,
}

/// The latest proposals of a network, the newest first, at most `limit`.
///
/// # Errors
/// Storage failures.
pub fn of_network(
    conn: &mut Conn,
    network: NetworkId,
    limit: i64,
) -> StoreResult<Vec<ProposalRow>> {
    Ok(proposals::table
        .filter(proposals::network_id.eq(network.to_string()))
        .order(proposals::id.desc())
        .limit(limit)
        .select(ProposalRow::as_select())
        .load(conn)?)
}

/// A proposal of a network.
///
/// # Errors
/// Storage failures.
pub fn find(
    conn: &mut Conn,
    network: NetworkId,
    proposal: ProposalId,
) -> StoreResult<Option<ProposalRow>> {
    Ok(proposals::table
        .find(proposal.to_string())
        .filter(proposals::network_id.eq(network.to_string()))
        .select(ProposalRow::as_select())
        .first(conn)
        .optional()?)
}

/// Adds a proposal in the place of the one that is open.
///
/// # Errors
/// Storage failures.
pub fn put(conn: &mut Conn, row: &ProposalRow) -> StoreResult<()> {
    diesel::update(
        proposals::table
            .filter(proposals::network_id.eq(&row.network_id))
            .filter(proposals::state.eq(ProposalState::Open.as_str())),
    )
    .set((
        proposals::state.eq(ProposalState::Superseded.as_str()),
        proposals::decided_at.eq(row.made_at),
    ))
    .execute(conn)?;
    diesel::insert_into(proposals::table)
        .values(row)
        .execute(conn)?;
    Ok(())
}

/// Notes what was decided about a proposal that is open; false when it is not any more. Of two who decide at once the second
/// waits for the first.
///
/// # Errors
/// Storage failures.
pub fn decide(
    conn: &mut Conn,
    proposal: ProposalId,
    state: ProposalState,
    by: PersonId,
    at: i64,
    reason: Option<&str>,
) -> StoreResult<bool> {
    let changed = diesel::update(
        proposals::table
            .find(proposal.to_string())
            .filter(proposals::state.eq(ProposalState::Open.as_str())),
    )
    .set((
        proposals::state.eq(state.as_str()),
        proposals::decided_by.eq(by.to_string()),
        proposals::decided_at.eq(at),
        proposals::reason.eq(reason),
    ))
    .execute(conn)?;
    Ok(changed == 1)
}
