//! Experts: their profiles, their absences, and where else they work.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::domain::ids::{LaboratoryId, NetworkId, PersonId};
use crate::store::connection::Conn;
use crate::store::schema::{absences, expert_profiles, memberships, people};
use crate::store::{StoreError, StoreResult, id, instant, json, micros, to_json};

/// An expert as routing needs them.
#[derive(Debug, Clone, PartialEq)]
pub struct ExpertProfile {
    /// Who.
    pub person: PersonId,
    /// In whose pool.
    pub network: NetworkId,
    /// Their field.
    pub primary_subspecialty: String,
    /// What they read beside.
    pub other_subspecialties: Vec<String>,
    /// Languages they answer in.
    pub languages: Vec<String>,
    /// The most cases that wait for them at a time; the column’s name is older than that meaning.
    pub capacity_per_day: u32,
    /// When they read, in their zone.
    pub weekly_hours: serde_json::Value,
    /// Their IANA zone.
    pub zone: String,
    /// For the expert's own edits.
    pub version: i32,
}

type ProfileColumns = (
    String,
    String,
    String,
    String,
    String,
    i32,
    String,
    String,
    i32,
);

fn profile(row: ProfileColumns) -> StoreResult<ExpertProfile> {
    let (
        person,
        network,
        primary_subspecialty,
        others,
        languages,
        capacity,
        weekly_hours,
        zone,
        version,
    ) = row;
    Ok(ExpertProfile {
        person: id(&person)?,
        network: id(&network)?,
        primary_subspecialty,
        other_subspecialties: json(&others)?,
        languages: json(&languages)?,
        capacity_per_day: u32::try_from(capacity).map_err(|_| StoreError::Corrupt("capacity"))?,
        weekly_hours: json(&weekly_hours)?,
        zone,
        version,
    })
}

/// The experts of a network's pool, to be looked for in another table. Not their identifiers in a list: SQLite prepares a list of
/// each length anew every time, which costs more than the reading.
#[diesel::dsl::auto_type]
pub(in crate::store) fn pool(network: NetworkId) -> _ {
    let network: String = network.to_string();
    expert_profiles::table
        .filter(expert_profiles::network_id.eq(network))
        .select(expert_profiles::person_id)
}

/// The profiles of the active experts of a network.
///
/// # Errors
/// Storage failures.
pub fn experts_of(conn: &mut Conn, network: NetworkId) -> StoreResult<Vec<ExpertProfile>> {
    expert_profiles::table
        .inner_join(people::table.on(people::id.eq(expert_profiles::person_id)))
        .filter(expert_profiles::network_id.eq(network.to_string()))
        .filter(people::active.eq(true))
        .select(expert_profiles::all_columns)
        .order(expert_profiles::person_id)
        .load::<ProfileColumns>(conn)?
        .into_iter()
        .map(profile)
        .collect()
}

/// One expert's profile.
///
/// # Errors
/// Storage failures.
pub fn find_profile(conn: &mut Conn, of: PersonId) -> StoreResult<Option<ExpertProfile>> {
    expert_profiles::table
        .find(of.to_string())
        .first::<ProfileColumns>(conn)
        .optional()?
        .map(profile)
        .transpose()
}

/// Adds an expert's profile.
///
/// # Errors
/// Storage failures.
pub fn insert_profile(conn: &mut Conn, profile: &ExpertProfile) -> StoreResult<()> {
    diesel::insert_into(expert_profiles::table)
        .values((
            expert_profiles::person_id.eq(profile.person.to_string()),
            expert_profiles::network_id.eq(profile.network.to_string()),
            expert_profiles::primary_subspecialty.eq(&profile.primary_subspecialty),
            expert_profiles::other_subspecialties.eq(to_json(&profile.other_subspecialties)?),
            expert_profiles::languages.eq(to_json(&profile.languages)?),
            expert_profiles::capacity_per_day
                .eq(i32::try_from(profile.capacity_per_day).unwrap_or(i32::MAX)),
            expert_profiles::weekly_hours.eq(to_json(&profile.weekly_hours)?),
            expert_profiles::zone.eq(&profile.zone),
            expert_profiles::version.eq(profile.version),
        ))
        .execute(conn)?;
    Ok(())
}

/// Changes what an expert may change of their profile, if it is still at `profile.version`.
///
/// # Errors
/// Storage failures.
pub fn update_profile(conn: &mut Conn, profile: &ExpertProfile) -> StoreResult<bool> {
    let changed = diesel::update(
        expert_profiles::table
            .find(profile.person.to_string())
            .filter(expert_profiles::version.eq(profile.version)),
    )
    .set((
        expert_profiles::primary_subspecialty.eq(&profile.primary_subspecialty),
        expert_profiles::other_subspecialties.eq(to_json(&profile.other_subspecialties)?),
        expert_profiles::languages.eq(to_json(&profile.languages)?),
        expert_profiles::capacity_per_day
            .eq(i32::try_from(profile.capacity_per_day).unwrap_or(i32::MAX)),
        expert_profiles::weekly_hours.eq(to_json(&profile.weekly_hours)?),
        expert_profiles::zone.eq(&profile.zone),
        expert_profiles::version.eq(profile.version + 1),
    ))
    .execute(conn)?;
    Ok(changed == 1)
}

/// A time an expert is away.
#[derive(Debug, Clone, PartialEq)]
pub struct Absence {
    /// Identifier.
    pub id: uuid::Uuid,
    /// Who.
    pub person: PersonId,
    /// From then.
    pub starts_at: DateTime<Utc>,
    /// Until then.
    pub ends_at: DateTime<Utc>,
}

/// The absences of a pool's experts that end after `now`.
///
/// # Errors
/// Storage failures.
pub fn absences_in(
    conn: &mut Conn,
    network: NetworkId,
    now: DateTime<Utc>,
) -> StoreResult<Vec<Absence>> {
    absences::table
        .filter(absences::person_id.eq_any(pool(network)))
        .filter(absences::ends_at.gt(micros(now)))
        .order((absences::person_id, absences::starts_at))
        .load::<(String, String, i64, i64)>(conn)?
        .into_iter()
        .map(absence)
        .collect()
}

/// The absences of these people that end after `now`.
///
/// # Errors
/// Storage failures.
pub fn absences_of(
    conn: &mut Conn,
    of: &[PersonId],
    now: DateTime<Utc>,
) -> StoreResult<Vec<Absence>> {
    let of: Vec<String> = of.iter().map(ToString::to_string).collect();
    absences::table
        .filter(absences::person_id.eq_any(of))
        .filter(absences::ends_at.gt(micros(now)))
        .order((absences::person_id, absences::starts_at))
        .load::<(String, String, i64, i64)>(conn)?
        .into_iter()
        .map(absence)
        .collect()
}

/// An absence, if it is that person's.
///
/// # Errors
/// Storage failures.
pub fn find_absence(
    conn: &mut Conn,
    of: PersonId,
    key: uuid::Uuid,
) -> StoreResult<Option<Absence>> {
    absences::table
        .find(key.to_string())
        .filter(absences::person_id.eq(of.to_string()))
        .first::<(String, String, i64, i64)>(conn)
        .optional()?
        .map(absence)
        .transpose()
}

fn absence((key, person, starts_at, ends_at): (String, String, i64, i64)) -> StoreResult<Absence> {
    Ok(Absence {
        id: id(&key)?,
        person: id(&person)?,
        starts_at: instant(starts_at)?,
        ends_at: instant(ends_at)?,
    })
}

/// Adds an absence.
///
/// # Errors
/// Storage failures.
pub fn insert_absence(conn: &mut Conn, absence: &Absence) -> StoreResult<()> {
    diesel::insert_into(absences::table)
        .values((
            absences::id.eq(absence.id.to_string()),
            absences::person_id.eq(absence.person.to_string()),
            absences::starts_at.eq(micros(absence.starts_at)),
            absences::ends_at.eq(micros(absence.ends_at)),
        ))
        .execute(conn)?;
    Ok(())
}

/// Takes an absence away, if it is that person's.
///
/// # Errors
/// Storage failures.
pub fn delete_absence(conn: &mut Conn, of: PersonId, key: uuid::Uuid) -> StoreResult<bool> {
    let gone = diesel::delete(
        absences::table
            .find(key.to_string())
            .filter(absences::person_id.eq(of.to_string())),
    )
    .execute(conn)?;
    Ok(gone == 1)
}

/// The laboratories where a pool's experts work, by person: what decides conflicts of interest.
///
/// # Errors
/// Storage failures.
pub fn laboratories_in(
    conn: &mut Conn,
    network: NetworkId,
) -> StoreResult<Vec<(PersonId, LaboratoryId)>> {
    memberships::table
        .filter(memberships::person_id.eq_any(pool(network)))
        .filter(memberships::laboratory_id.is_not_null())
        .select((
            memberships::person_id,
            memberships::laboratory_id.assume_not_null(),
        ))
        .order((memberships::person_id, memberships::id))
        .load::<(String, String)>(conn)?
        .into_iter()
        .map(|(person, laboratory)| Ok((id(&person)?, id(&laboratory)?)))
        .collect()
}
