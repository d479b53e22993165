//! People, their memberships, and experts' profiles and absences.

mod administration;
mod experts;

use chrono::{DateTime, Utc};
use diesel::prelude::*;

pub use administration::*;
pub use experts::*;

use super::connection::Conn;
use super::schema::{memberships, people};
use super::{StoreResult, id, instant, micros, name, optional_id};
use crate::domain::ids::{NetworkId, PersonId};
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
    i64,
);

fn person(row: PersonColumns) -> StoreResult<Person> {
    let (
        id_,
        login,
        email,
        display_name,
        language,
        zone,
        rpps,
        password_hash,
        active,
        created_at,
        _version,
    ) = row;
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

/// Puts a new password in the place of `old`; false when that is no more what an active person logs in with.
///
/// # Errors
/// Storage failures.
pub fn replace_password(
    conn: &mut Conn,
    wanted: PersonId,
    (old, new): (&str, &str),
) -> StoreResult<bool> {
    let unchanged = people::table
        .find(wanted.to_string())
        .filter(people::password_hash.eq(old))
        .filter(people::active.eq(true));
    let changed = diesel::update(unchanged)
        .set(people::password_hash.eq(new))
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

/// Who administers a network; with `None`, the whole exchange.
///
/// # Errors
/// Storage failures.
pub fn administrators(conn: &mut Conn, network: Option<NetworkId>) -> StoreResult<Vec<PersonId>> {
    let all: Vec<(String, Option<String>)> = memberships::table
        .inner_join(people::table.on(people::id.eq(memberships::person_id)))
        .filter(memberships::role.eq(Role::Administrator.as_str()))
        .filter(people::active.eq(true))
        .select((memberships::person_id, memberships::network_id))
        .order(memberships::person_id)
        .load(conn)?;
    let wanted = network.map(|network| network.to_string());
    let these = all.iter().filter(|(_, of)| *of == wanted);
    these.map(|(person, _)| id(person)).collect()
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
