//! People as administrators keep them: versions, roles whether or not their holder may log in, and everybody's names.

use std::collections::HashMap;

use diesel::prelude::*;
use uuid::Uuid;

use super::{ExpertProfile, Person, PersonColumns, find_profile, insert_profile};
use crate::domain::ids::PersonId;
use crate::domain::people::{Membership, Role};
use crate::domain::text_enum::TextEnum;
use crate::store::connection::Conn;
use crate::store::schema::{expert_profiles, memberships, people};
use crate::store::{StoreResult, id, name, optional_id, to_json};

/// A person in a list.
#[derive(Debug, Clone, PartialEq)]
pub struct ListedPerson {
    /// Identifier.
    pub id: PersonId,
    /// Login.
    pub login: String,
    /// Mail address.
    pub email: String,
    /// Name.
    pub name: String,
    /// Whether they may log in.
    pub active: bool,
}

/// Everybody with an account.
///
/// # Errors
/// Storage failures.
pub fn listed(conn: &mut Conn) -> StoreResult<Vec<ListedPerson>> {
    people::table
        .select((
            people::id,
            people::login,
            people::email,
            people::display_name,
            people::active,
        ))
        .load::<(String, String, String, String, bool)>(conn)?
        .into_iter()
        .map(|(id_, login, email, name, active)| {
            Ok(ListedPerson {
                id: id(&id_)?,
                login,
                email,
                name,
                active,
            })
        })
        .collect()
}

/// The person of that identifier with the version they are at.
///
/// # Errors
/// Storage failures.
pub fn find_at_version(conn: &mut Conn, wanted: PersonId) -> StoreResult<Option<(i64, Person)>> {
    people::table
        .find(wanted.to_string())
        .first::<PersonColumns>(conn)
        .optional()?
        .map(|row| Ok((row.10, super::person(row)?)))
        .transpose()
}

/// Writes what an administrator may change of a person who is still at `version`.
///
/// # Errors
/// Storage failures; an RPPS number that is taken.
pub fn update(conn: &mut Conn, person: &Person, version: i64) -> StoreResult<bool> {
    let changed = diesel::update(
        people::table
            .find(person.id.to_string())
            .filter(people::version.eq(version)),
    )
    .set((
        people::email.eq(&person.email),
        people::display_name.eq(&person.display_name),
        people::language.eq(&person.language),
        people::zone.eq(&person.zone),
        people::rpps.eq(&person.rpps),
        people::active.eq(person.active),
        people::version.eq(version + 1),
    ))
    .execute(conn)?;
    Ok(changed == 1)
}

/// Moves a person to the next version, after something of theirs was changed elsewhere.
///
/// # Errors
/// Storage failures.
pub fn next_version(conn: &mut Conn, of: PersonId) -> StoreResult<()> {
    diesel::update(people::table.find(of.to_string()))
        .set(people::version.eq(people::version + 1))
        .execute(conn)?;
    Ok(())
}

type HeldColumns = (String, String, String, Option<String>, Option<String>);

fn held(row: HeldColumns) -> StoreResult<(PersonId, Uuid, Membership)> {
    let (person, key, role, laboratory, network) = row;
    Ok((
        id(&person)?,
        id(&key)?,
        Membership {
            role: name(&role)?,
            laboratory: optional_id(laboratory.as_deref())?,
            network: optional_id(network.as_deref())?,
        },
    ))
}

/// The roles of a person with their keys, in the order in which they were given; of somebody who may not log in too.
///
/// # Errors
/// Storage failures.
pub fn roles_of(conn: &mut Conn, of: PersonId) -> StoreResult<Vec<(Uuid, Membership)>> {
    memberships::table
        .filter(memberships::person_id.eq(of.to_string()))
        .order(memberships::id)
        .select((
            memberships::person_id,
            memberships::id,
            memberships::role,
            memberships::laboratory_id,
            memberships::network_id,
        ))
        .load::<HeldColumns>(conn)?
        .into_iter()
        .map(|row| held(row).map(|(_, key, role)| (key, role)))
        .collect()
}

/// Everybody's roles.
///
/// # Errors
/// Storage failures.
pub fn all_roles(conn: &mut Conn) -> StoreResult<HashMap<PersonId, Vec<Membership>>> {
    let mut found: HashMap<PersonId, Vec<Membership>> = HashMap::new();
    let rows = memberships::table
        .order(memberships::id)
        .select((
            memberships::person_id,
            memberships::id,
            memberships::role,
            memberships::laboratory_id,
            memberships::network_id,
        ))
        .load::<HeldColumns>(conn)?;
    for row in rows {
        let (person, _, role) = held(row)?;
        found.entry(person).or_default().push(role);
    }
    Ok(found)
}

/// Takes a role away.
///
/// # Errors
/// Storage failures.
pub fn delete_membership(conn: &mut Conn, key: Uuid) -> StoreResult<()> {
    diesel::delete(memberships::table.find(key.to_string())).execute(conn)?;
    Ok(())
}

/// Who administers the whole exchange and may log in. Whoever asks holds these people until the end of the transaction, so that two
/// administrators cannot take each other's role at the same moment.
///
/// # Errors
/// Storage failures.
pub fn administrators_for_change(conn: &mut Conn) -> StoreResult<Vec<PersonId>> {
    let administrators = || {
        memberships::table
            .filter(memberships::role.eq(Role::Administrator.as_str()))
            .filter(memberships::network_id.is_null())
            .select(memberships::person_id)
    };
    if let Conn::Pg(pg) = conn {
        // What was read before the lock was given may have changed meanwhile: it is read again below.
        people::table
            .filter(people::id.eq_any(administrators()))
            .order(people::id)
            .select(people::id)
            .for_update()
            .load::<String>(pg)?;
    }
    people::table
        .filter(people::active.eq(true))
        .filter(people::id.eq_any(administrators()))
        .select(people::id)
        .load::<String>(conn)?
        .iter()
        .map(|person| id(person))
        .collect()
}

/// Writes an expert's profile, whether they had one or not, and in whose pool.
///
/// # Errors
/// Storage failures.
pub fn put_profile(conn: &mut Conn, profile: &ExpertProfile) -> StoreResult<()> {
    let Some(kept) = find_profile(conn, profile.person)? else {
        return insert_profile(conn, profile);
    };
    diesel::update(expert_profiles::table.find(profile.person.to_string()))
        .set((
            expert_profiles::network_id.eq(profile.network.to_string()),
            expert_profiles::primary_subspecialty.eq(&profile.primary_subspecialty),
            expert_profiles::other_subspecialties.eq(to_json(&profile.other_subspecialties)?),
            expert_profiles::languages.eq(to_json(&profile.languages)?),
            expert_profiles::capacity_per_day
                .eq(i32::try_from(profile.capacity_per_day).unwrap_or(i32::MAX)),
            expert_profiles::weekly_hours.eq(to_json(&profile.weekly_hours)?),
            expert_profiles::zone.eq(&profile.zone),
            expert_profiles::version.eq(kept.version + 1),
        ))
        .execute(conn)?;
    Ok(())
}

/// Takes an expert out of the pool. What they signed stays theirs.
///
/// # Errors
/// Storage failures.
pub fn delete_profile(conn: &mut Conn, of: PersonId) -> StoreResult<()> {
    diesel::delete(expert_profiles::table.find(of.to_string())).execute(conn)?;
    Ok(())
}

/// Who has that RPPS number.
///
/// # Errors
/// Storage failures.
pub fn with_rpps(conn: &mut Conn, rpps: &str) -> StoreResult<Option<PersonId>> {
    people::table
        .filter(people::rpps.eq(rpps))
        .select(people::id)
        .first::<String>(conn)
        .optional()?
        .map(|person| id(&person))
        .transpose()
}
