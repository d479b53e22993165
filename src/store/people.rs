//! People, their memberships, and experts' profiles and absences.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::connection::Conn;
use super::schema::{absences, expert_profiles, memberships, people};
use super::{StoreResult, id, instant, json, micros, name, optional_id, to_json};
use crate::domain::ids::{LaboratoryId, NetworkId, PersonId};
use crate::domain::people::{Membership, Role};
use crate::domain::text_enum::TextEnum;

/// A person with an account.
#[derive(Debug, Clone, PartialEq)]
pub struct Person {
    /// Identifier.
    pub id: PersonId,
    /// What they log in with, folded to lower case.
    pub login: String,
    /// Where mails go.
    pub email: String,
    /// How they are named to others.
    pub display_name: String,
    /// `fr` or `en`.
    pub language: String,
    /// IANA zone they read times in.
    pub zone: String,
    /// RPPS number.
    pub rpps: Option<String>,
    /// Argon2id hash; none for a person who logs in elsewhere.
    pub password_hash: Option<String>,
    /// Whether they may log in.
    pub active: bool,
    /// Since when.
    pub created_at: DateTime<Utc>,
}

type PersonColumns = (
    String,
    String,
    String,
    String,
    String,
    String,
    Option<String>,
    Option<String>,
    bool,
    i64,
);

fn person(row: PersonColumns) -> StoreResult<Person> {
    let (id_, login, email, display_name, language, zone, rpps, password_hash, active, created_at) =
        row;
    Ok(Person {
        id: id(&id_)?,
        login,
        email,
        display_name,
        language,
        zone,
        rpps,
        password_hash,
        active,
        created_at: instant(created_at)?,
    })
}

/// The person of that identifier.
///
/// # Errors
/// Storage failures.
pub fn find(conn: &mut Conn, wanted: PersonId) -> StoreResult<Option<Person>> {
    people::table
        .find(wanted.to_string())
        .first::<PersonColumns>(conn)
        .optional()?
        .map(person)
        .transpose()
}

/// The person of that login, folded to lower case.
///
/// # Errors
/// Storage failures.
pub fn find_by_login(conn: &mut Conn, login: &str) -> StoreResult<Option<Person>> {
    people::table
        .filter(people::login.eq(login))
        .first::<PersonColumns>(conn)
        .optional()?
        .map(person)
        .transpose()
}

/// Adds a person.
///
/// # Errors
/// Storage failures; a login or RPPS number that is taken.
pub fn insert(conn: &mut Conn, person: &Person) -> StoreResult<()> {
    diesel::insert_into(people::table)
        .values((
            people::id.eq(person.id.to_string()),
            people::login.eq(&person.login),
            people::email.eq(&person.email),
            people::display_name.eq(&person.display_name),
            people::language.eq(&person.language),
            people::zone.eq(&person.zone),
            people::rpps.eq(&person.rpps),
            people::password_hash.eq(&person.password_hash),
            people::active.eq(person.active),
            people::created_at.eq(micros(person.created_at)),
        ))
        .execute(conn)?;
    Ok(())
}

/// Sets a new password, with which the person may log in again, or locks them: without a password they hold no role until they
/// get one.
///
/// # Errors
/// Storage failures.
pub fn set_password(conn: &mut Conn, wanted: PersonId, hash: Option<&str>) -> StoreResult<bool> {
    let changed = diesel::update(people::table.find(wanted.to_string()))
        .set((
            people::password_hash.eq(hash),
            people::active.eq(hash.is_some()),
        ))
        .execute(conn)?;
    Ok(changed == 1)
}

/// Names of people, for those who may see them.
///
/// # Errors
/// Storage failures.
pub fn display_names(
    conn: &mut Conn,
    wanted: &[PersonId],
) -> StoreResult<std::collections::HashMap<PersonId, String>> {
    let ids: Vec<String> = wanted.iter().map(ToString::to_string).collect();
    people::table
        .filter(people::id.eq_any(ids))
        .select((people::id, people::display_name))
        .load::<(String, String)>(conn)?
        .into_iter()
        .map(|(person, name)| Ok((id(&person)?, name)))
        .collect()
}

/// The roles a person holds; none for somebody who may not log in.
///
/// # Errors
/// Storage failures.
pub fn memberships(conn: &mut Conn, of: PersonId) -> StoreResult<Vec<Membership>> {
    memberships::table
        .inner_join(people::table.on(people::id.eq(memberships::person_id)))
        .filter(memberships::person_id.eq(of.to_string()))
        .filter(people::active.eq(true))
        .select((
            memberships::role,
            memberships::laboratory_id,
            memberships::network_id,
        ))
        .load::<(String, Option<String>, Option<String>)>(conn)?
        .into_iter()
        .map(|(role, laboratory, network)| {
            Ok(Membership {
                role: name(&role)?,
                laboratory: optional_id(laboratory.as_deref())?,
                network: optional_id(network.as_deref())?,
            })
        })
        .collect()
}

/// Gives a person a role.
///
/// # Errors
/// Storage failures.
pub fn insert_membership(
    conn: &mut Conn,
    of: PersonId,
    membership: &Membership,
    key: uuid::Uuid,
) -> StoreResult<()> {
    diesel::insert_into(memberships::table)
        .values((
            memberships::id.eq(key.to_string()),
            memberships::person_id.eq(of.to_string()),
            memberships::role.eq(membership.role.as_str()),
            memberships::laboratory_id.eq(membership.laboratory.map(|l| l.to_string())),
            memberships::network_id.eq(membership.network.map(|n| n.to_string())),
        ))
        .execute(conn)?;
    Ok(())
}

/// Who holds a role in a network.
///
/// # Errors
/// Storage failures.
pub fn holders_in_network(
    conn: &mut Conn,
    network: NetworkId,
    role: Role,
) -> StoreResult<Vec<PersonId>> {
    memberships::table
        .inner_join(people::table.on(people::id.eq(memberships::person_id)))
        .filter(memberships::network_id.eq(network.to_string()))
        .filter(memberships::role.eq(role.as_str()))
        .filter(people::active.eq(true))
        .select(memberships::person_id)
        .order(memberships::person_id)
        .load::<String>(conn)?
        .iter()
        .map(|person| id(person))
        .collect()
}

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
    /// New cases a working day.
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
        capacity_per_day: u32::try_from(capacity)
            .map_err(|_| super::StoreError::Corrupt("capacity"))?,
        weekly_hours: json(&weekly_hours)?,
        zone,
        version,
    })
}

/// The profiles of the active experts of these networks.
///
/// # Errors
/// Storage failures.
pub fn experts_of(conn: &mut Conn, networks: &[NetworkId]) -> StoreResult<Vec<ExpertProfile>> {
    let networks: Vec<String> = networks.iter().map(ToString::to_string).collect();
    expert_profiles::table
        .inner_join(people::table.on(people::id.eq(expert_profiles::person_id)))
        .filter(expert_profiles::network_id.eq_any(networks))
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

/// The laboratories where these people work, by person: what decides conflicts of interest.
///
/// # Errors
/// Storage failures.
pub fn laboratories_of(
    conn: &mut Conn,
    of: &[PersonId],
) -> StoreResult<Vec<(PersonId, LaboratoryId)>> {
    let of: Vec<String> = of.iter().map(ToString::to_string).collect();
    memberships::table
        .filter(memberships::person_id.eq_any(of))
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

/// Everybody with an account and the roles they hold, by login.
///
/// # Errors
/// Storage failures.
pub fn everybody(conn: &mut Conn) -> StoreResult<Vec<(Person, Vec<Role>)>> {
    let everybody = people::table
        .order(people::login)
        .load::<PersonColumns>(conn)?;
    let held: Vec<(String, String)> = memberships::table
        .select((memberships::person_id, memberships::role))
        .order((memberships::person_id, memberships::id))
        .load(conn)?;
    let mut roles: std::collections::HashMap<String, Vec<Role>> = std::collections::HashMap::new();
    for (person, role) in held {
        roles.entry(person).or_default().push(name(&role)?);
    }
    everybody
        .into_iter()
        .map(|row| {
            let held = roles.remove(&row.0).unwrap_or_default();
            Ok((person(row)?, held))
        })
        .collect()
}
