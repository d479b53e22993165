//! That experts read no cases of a laboratory.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::connection::Conn;
use super::people;
use super::schema::recusals;
use super::{StoreResult, id, instant, micros, name, optional_instant};
use crate::domain::ids::{NetworkId, PersonId, RecusalId};
use crate::domain::recusals::{Recusal, Recused};
use crate::domain::text_enum::TextEnum;

type Columns = (
    String,
    String,
    String,
    String,
    i64,
    Option<i64>,
    String,
    i64,
);

fn recusal(row: Columns) -> StoreResult<Recusal> {
    let (key, expert, laboratory, reason, starts_at, ends_at, declared_by, declared_at) = row;
    Ok(Recusal {
        id: id(&key)?,
        expert: id(&expert)?,
        recused: Recused {
            laboratory: id(&laboratory)?,
            starts_at: instant(starts_at)?,
            ends_at: optional_instant(ends_at)?,
        },
        reason: name(&reason)?,
        declared_by: id(&declared_by)?,
        declared_at: instant(declared_at)?,
    })
}

/// Those of a pool's experts that have not ended by `since`, by expert and beginning.
///
/// # Errors
/// Storage failures.
pub fn of_network(
    conn: &mut Conn,
    network: NetworkId,
    since: DateTime<Utc>,
) -> StoreResult<Vec<Recusal>> {
    let open = recusals::ends_at.is_null();
    recusals::table
        .filter(recusals::expert_id.eq_any(people::pool(network)))
        .filter(open.or(recusals::ends_at.gt(micros(since))))
        .order((recusals::expert_id, recusals::starts_at, recusals::id))
        .select(recusals::all_columns)
        .load::<Columns>(conn)?
        .into_iter()
        .map(recusal)
        .collect()
}

/// Those of an expert that have not ended, by beginning.
///
/// # Errors
/// Storage failures.
pub fn of_expert(
    conn: &mut Conn,
    expert: PersonId,
    now: DateTime<Utc>,
) -> StoreResult<Vec<Recusal>> {
    let open = recusals::ends_at.is_null();
    recusals::table
        .filter(recusals::expert_id.eq(expert.to_string()))
        .filter(open.or(recusals::ends_at.gt(micros(now))))
        .order((recusals::starts_at, recusals::id))
        .select(recusals::all_columns)
        .load::<Columns>(conn)?
        .into_iter()
        .map(recusal)
        .collect()
}

/// One of them.
///
/// # Errors
/// Storage failures.
pub fn find(conn: &mut Conn, key: RecusalId) -> StoreResult<Option<Recusal>> {
    recusals::table
        .find(key.to_string())
        .select(recusals::all_columns)
        .first::<Columns>(conn)
        .optional()?
        .map(recusal)
        .transpose()
}

/// Adds one.
///
/// # Errors
/// Storage failures.
pub fn insert(conn: &mut Conn, one: &Recusal) -> StoreResult<()> {
    diesel::insert_into(recusals::table)
        .values((
            recusals::id.eq(one.id.to_string()),
            recusals::expert_id.eq(one.expert.to_string()),
            recusals::laboratory_id.eq(one.recused.laboratory.to_string()),
            recusals::reason.eq(one.reason.as_str()),
            recusals::starts_at.eq(micros(one.recused.starts_at)),
            recusals::ends_at.eq(one.recused.ends_at.map(micros)),
            recusals::declared_by.eq(one.declared_by.to_string()),
            recusals::declared_at.eq(micros(one.declared_at)),
        ))
        .execute(conn)?;
    Ok(())
}

/// Takes one away; tells whether it was there.
///
/// # Errors
/// Storage failures.
pub fn delete(conn: &mut Conn, key: RecusalId) -> StoreResult<bool> {
    Ok(diesel::delete(recusals::table.find(key.to_string())).execute(conn)? == 1)
}
