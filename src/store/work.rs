//! What signed opinions and readings count for in the shares of a pool's experts.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::connection::Conn;
use super::people;
use super::schema::{cases, opinions, slide_views, slides, work_done};
use super::{StoreResult, id, instant, micros};
use crate::domain::ids::{NetworkId, OpinionId, PersonId};

/// Notes what a signed opinion or reading counts for, in minutes.
///
/// # Errors
/// [`super::StoreError::Duplicate`] when it was counted.
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

/// A signed opinion and what is known of how it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// Who signed.
    pub expert: PersonId,
    /// When.
    pub at: DateTime<Utc>,
    /// The subspecialty of its case.
    pub subspecialty: String,
    /// Each look at one of the case's slides by its signer: when it was opened, and for how many seconds it was in sight.
    pub looks: Vec<(DateTime<Utc>, i64)>,
    /// The stains of the case's slides.
    pub stains: Vec<String>,
}

/// The opinions that a pool's experts signed since then, the newest ones, at most `limit`: by their identifier.
///
/// # Errors
/// Storage failures.
pub fn signed_since(
    conn: &mut Conn,
    network: NetworkId,
    since: DateTime<Utc>,
    limit: i64,
) -> StoreResult<BTreeMap<String, Signed>> {
    let rows: Vec<(String, String, i64, Option<String>)> = work_done::table
        .inner_join(opinions::table.on(opinions::id.eq(work_done::opinion_id)))
        .inner_join(cases::table.on(cases::id.eq(opinions::case_id)))
        .filter(work_done::expert_id.eq_any(people::pool(network)))
        .filter(work_done::signed_at.gt(micros(since)))
        .order((work_done::signed_at.desc(), work_done::opinion_id))
        .limit(limit)
        .select((
            work_done::opinion_id,
            work_done::expert_id,
            work_done::signed_at,
            cases::subspecialty,
        ))
        .load(conn)?;
    let mut signed = BTreeMap::new();
    let mut earliest = i64::MAX;
    for (opinion, expert, at, subspecialty) in rows {
        earliest = earliest.min(at);
        let one = Signed {
            expert: id(&expert)?,
            at: instant(at)?,
            subspecialty: subspecialty.unwrap_or_default(),
            looks: Vec::new(),
            stains: Vec::new(),
        };
        signed.insert(opinion, one);
    }
    let looks: Vec<(String, i64, i64)> = work_done::table
        .inner_join(opinions::table.on(opinions::id.eq(work_done::opinion_id)))
        .inner_join(
            slide_views::table.on(slide_views::case_id
                .eq(opinions::case_id)
                .and(slide_views::person_id.eq(work_done::expert_id))),
        )
        .filter(work_done::expert_id.eq_any(people::pool(network)))
        .filter(work_done::signed_at.ge(earliest))
        .filter(slide_views::opened_at.le(work_done::signed_at))
        .select((
            work_done::opinion_id,
            slide_views::opened_at,
            slide_views::seconds,
        ))
        .load(conn)?;
    for (opinion, at, seconds) in looks {
        if let Some(one) = signed.get_mut(&opinion) {
            one.looks.push((instant(at)?, seconds));
        }
    }
    let stains: Vec<(String, String)> = work_done::table
        .inner_join(opinions::table.on(opinions::id.eq(work_done::opinion_id)))
        .inner_join(slides::table.on(slides::case_id.eq(opinions::case_id)))
        .filter(work_done::expert_id.eq_any(people::pool(network)))
        .filter(work_done::signed_at.ge(earliest))
        .select((work_done::opinion_id, slides::stain))
        .load(conn)?;
    for (opinion, stain) in stains {
        if let Some(one) = signed.get_mut(&opinion) {
            one.stains.push(stain);
        }
    }
    Ok(signed)
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
