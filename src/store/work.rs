//! What signed opinions count for in the shares of a pool's experts.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::dsl::sum;
use diesel::prelude::*;

use super::connection::Conn;
use super::people;
use super::schema::work_done;
use super::{StoreResult, id, instant, micros};
use crate::domain::ids::{NetworkId, OpinionId, PersonId};

/// Notes what a signed opinion counts for, in minutes.
///
/// # Errors
/// [`super::StoreError::Duplicate`] when that opinion was counted.
pub fn insert(
    conn: &mut Conn,
    opinion: OpinionId,
    expert: PersonId,
    signed_at: DateTime<Utc>,
    minutes: u32,
) -> StoreResult<()> {
    diesel::insert_into(work_done::table)
        .values((
            work_done::opinion_id.eq(opinion.to_string()),
            work_done::expert_id.eq(expert.to_string()),
            work_done::signed_at.eq(micros(signed_at)),
            work_done::minutes.eq(i32::try_from(minutes).unwrap_or(i32::MAX)),
        ))
        .execute(conn)?;
    Ok(())
}

/// What each expert of a pool signed in a time, the oldest first, and what it counts for in minutes.
///
/// # Errors
/// Storage failures.
pub fn each_in(
    conn: &mut Conn,
    network: NetworkId,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
) -> StoreResult<Vec<(PersonId, DateTime<Utc>, u32)>> {
    work_done::table
        .filter(work_done::expert_id.eq_any(people::pool(network)))
        .filter(work_done::signed_at.gt(micros(from)))
        .filter(work_done::signed_at.le(micros(to)))
        .order((work_done::signed_at, work_done::opinion_id))
        .select((
            work_done::expert_id,
            work_done::signed_at,
            work_done::minutes,
        ))
        .load::<(String, i64, i32)>(conn)?
        .into_iter()
        .map(|(expert, at, minutes)| {
            let minutes = u32::try_from(minutes).unwrap_or(0);
            Ok((id(&expert)?, instant(at)?, minutes))
        })
        .collect()
}

/// An expert with the sum of some minutes of theirs, as the database gives it.
pub(super) fn minutes_of((expert, minutes): (String, Option<i64>)) -> StoreResult<(PersonId, u32)> {
    let minutes = u32::try_from(minutes.unwrap_or(0)).unwrap_or(u32::MAX);
    Ok((id(&expert)?, minutes))
}

/// Minutes of work that each expert of a pool has done after `since`, of whichever network's cases; who did nothing is not among
/// them.
///
/// # Errors
/// Storage failures.
pub fn done_in(
    conn: &mut Conn,
    network: NetworkId,
    since: DateTime<Utc>,
) -> StoreResult<HashMap<PersonId, u32>> {
    work_done::table
        .filter(work_done::expert_id.eq_any(people::pool(network)))
        .filter(work_done::signed_at.gt(micros(since)))
        .group_by(work_done::expert_id)
        .select((work_done::expert_id, sum(work_done::minutes)))
        .load(conn)?
        .into_iter()
        .map(minutes_of)
        .collect()
}
