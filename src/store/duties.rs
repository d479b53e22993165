//! Who is on call in a pool, and what waits for them that on-call hours are for.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::dsl::sum;
use diesel::prelude::*;

use super::connection::Conn;
use super::literal::LIVE_ASSIGNMENT;
use super::people;
use super::schema::{assignments, cases, duties};
use super::work::minutes_of;
use super::{StoreResult, id, instant, micros};
use crate::domain::ids::{DutyId, NetworkId, PersonId};
use crate::domain::on_call::Duty;
use crate::domain::text_enum::TextEnum;
use crate::domain::turnaround::Urgency;

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

/// Reading minutes of the urgent cases that each expert of a pool has open; who has none is not among them.
///
/// # Errors
/// Storage failures.
pub fn urgent_minutes_in(
    conn: &mut Conn,
    network: NetworkId,
) -> StoreResult<HashMap<PersonId, u32>> {
    let urgent = Urgency::ALL.iter().filter(|one| one.answered_on_call());
    let urgent: Vec<&str> = urgent.map(|one| one.as_str()).collect();
    assignments::table
        .inner_join(cases::table.on(cases::id.eq(assignments::case_id)))
        .filter(LIVE_ASSIGNMENT)
        .filter(assignments::expert_id.eq_any(people::pool(network)))
        .filter(cases::urgency.eq_any(urgent))
        .group_by(assignments::expert_id)
        .select((assignments::expert_id, sum(assignments::reading_minutes)))
        .load(conn)?
        .into_iter()
        .map(minutes_of)
        .collect()
}
