//! Who is on call in a pool, and what waits for them that on-call hours are for.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::connection::Conn;
use super::schema::duties;
use super::{StoreResult, id, instant, micros};
use crate::domain::ids::{DutyId, NetworkId, PersonId};
use crate::domain::on_call::Duty;

type DutyColumns = (String, String, String, i64, i64);

fn duty((key, network, expert, starts_at, ends_at): DutyColumns) -> StoreResult<Duty> {
    Ok(Duty {
        id: id(&key)?,
        network: id(&network)?,
        expert: id(&expert)?,
        starts_at: instant(starts_at)?,
        ends_at: instant(ends_at)?,
    })
}

/// The duties of a pool that end after `now`, the earliest first.
///
/// # Errors
/// Storage failures.
pub fn of_network(
    conn: &mut Conn,
    network: NetworkId,
    now: DateTime<Utc>,
) -> StoreResult<Vec<Duty>> {
    duties::table
        .filter(duties::network_id.eq(network.to_string()))
        .filter(duties::ends_at.gt(micros(now)))
        .order((duties::starts_at, duties::id))
        .load::<DutyColumns>(conn)?
        .into_iter()
        .map(duty)
        .collect()
}

/// The duties of an expert that end after `now`, the earliest first.
///
/// # Errors
/// Storage failures.
pub fn of_expert(conn: &mut Conn, expert: PersonId, now: DateTime<Utc>) -> StoreResult<Vec<Duty>> {
    duties::table
        .filter(duties::expert_id.eq(expert.to_string()))
        .filter(duties::ends_at.gt(micros(now)))
        .order((duties::starts_at, duties::id))
        .load::<DutyColumns>(conn)?
        .into_iter()
        .map(duty)
        .collect()
}

/// A duty of a pool.
///
/// # Errors
/// Storage failures.
pub fn find(conn: &mut Conn, network: NetworkId, key: DutyId) -> StoreResult<Option<Duty>> {
    duties::table
        .find(key.to_string())
        .filter(duties::network_id.eq(network.to_string()))
        .first::<DutyColumns>(conn)
        .optional()?
        .map(duty)
        .transpose()
}

/// Adds a duty.
///
/// # Errors
/// Storage failures.
pub fn insert(conn: &mut Conn, duty: &Duty) -> StoreResult<()> {
    diesel::insert_into(duties::table)
        .values((
            duties::id.eq(duty.id.to_string()),
            duties::network_id.eq(duty.network.to_string()),
            duties::expert_id.eq(duty.expert.to_string()),
            duties::starts_at.eq(micros(duty.starts_at)),
            duties::ends_at.eq(micros(duty.ends_at)),
        ))
        .execute(conn)?;
    Ok(())
}

/// Takes a duty of a pool away; tells whether it was there.
///
/// # Errors
/// Storage failures.
pub fn delete(conn: &mut Conn, network: NetworkId, key: DutyId) -> StoreResult<bool> {
    let gone = diesel::delete(
        duties::table
            .find(key.to_string())
            .filter(duties::network_id.eq(network.to_string())),
    )
    .execute(conn)?;
    Ok(gone == 1)
}
