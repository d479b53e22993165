//! Adding and changing people: account, roles and profile land together, and with them what follows for sessions and open offers.

use std::collections::HashMap;

use chrono_tz::Tz;
use serde::Serialize;
use uuid::Uuid;

use super::people::{PersonContent, PersonDocument, RoleContent, document, held_in, homes};
use super::{By, administered, differing};
use crate::domain::account_links::Purpose;
use crate::domain::administration::{
    Act, ROLES_MAX, Subject, address_problem, name_problem, place_problems,
};
use crate::domain::cases::{CaseState, MoveReason};
use crate::domain::identifiers::Rpps;
use crate::domain::ids::{LaboratoryId, NetworkId, PersonId};
use crate::domain::panels::time::SeatLost;
use crate::domain::people::{Actor, Membership, Role};
use crate::domain::permissions::Realm;
use crate::domain::problems::{FieldProblem, FieldRule};
use crate::identity::password;
use crate::service::account_links::{send, withdraw_all};
use crate::service::change::Change;
use crate::service::error::ServiceError;
use crate::service::people::problems as profile_problems;
use crate::service::{Core, Exchange, Idempotency, Made, idempotency, panel_time, routing};
use crate::store::people::{self, ExpertProfile, Person};
use crate::store::{self, Conn, micros, organisations, sessions};

/// Somebody who was added.
#[derive(Debug, Clone, Serialize)]
pub struct Added {
    /// Who.
    pub person: PersonDocument,
    /// The password, told this once: a repeated request is not told it again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
}

/// How somebody who is added comes to a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entrance {
    /// One is made up, and told to who adds them.
    MadeUp,
    /// They choose one, by a link in a mail, and are let in by it.
    Invited,
}

/// Adds a person. Who is invited holds none of the roles until they have chosen a password: no case waits for somebody who may
/// never come.
///
/// # Errors
/// [`ServiceError::Forbidden`] for who does not administer all the roles given, [`ServiceError::Invalid`].
pub async fn add(
    ex: &Exchange,
    by: &By,
    login: String,
    mut content: PersonContent,
    entrance: Entrance,
    key: Option<Idempotency>,
) -> Result<Made<Added>, ServiceError> {
    let realm = administered(&by.actor)?;
    let (password, hash) = match entrance {
        Entrance::Invited => {
            content.active = false;
            (None, None)
        }
        Entrance::MadeUp => {
            let password = password::made_up();
            let hashed = ex.passwords.hash(password.clone()).await;
            let hash = hashed.map_err(|error| ServiceError::Internal(error.to_string()))?;
            (Some(password), Some(hash))
        }
    };
    let (core, by) = (ex.core.clone(), by.clone());
    let added = ex
        .store
        .write(move |conn| {
            let id = PersonId::new(core.ids.as_ref());
            let kept = idempotency::keep(conn, &core, by.actor.person, key.as_ref(), 201, &id)?;
            if let Some((_, kept)) = kept {
                return Ok(Made {
                    document: Added {
                        person: document(conn, &core, &realm, kept)?,
                        password: None,
                    },
                    replayed: true,
                });
            }
            let account = (id, login.as_str(), hash.as_deref());
            insert(conn, &core, &by, &realm, account, &content)?;
            if entrance == Entrance::Invited {
                send(conn, &core, id, Purpose::Invitation)?;
                by.note(conn, &core, Act::InvitePerson, about(id), None)?;
            }
            Ok(Made {
                document: Added {
                    person: document(conn, &core, &realm, id)?,
                    password: password.clone(),
                },
                replayed: false,
            })
        })
        .await;
    ex.wake.notify_waiters();
    // Two who add the same login at the same moment: the second finds it taken only when writing.
    added.map_err(|error| match error {
        ServiceError::Conflict(_) => ServiceError::field("/login", FieldRule::Taken),
        other => other,
    })
}

fn insert(
    conn: &mut Conn,
    core: &Core,
    by: &By,
    realm: &Realm,
    (id, login, hash): (PersonId, &str, Option<&str>),
    content: &PersonContent,
) -> Result<(), ServiceError> {
    let login = login.trim().to_lowercase();
    let mut problems: Vec<FieldProblem> = address_problem("/login", &login).into_iter().collect();
    if problems.is_empty() && people::find_by_login(conn, &login)?.is_some() {
        problems.push(FieldProblem::new("/login", FieldRule::Taken));
    }
    let found = content_problems(conn, core, None, content)?;
    problems.extend(
        found
            .into_iter()
            .map(|problem| FieldProblem::new(format!("/content{}", problem.pointer), problem.rule)),
    );
    if !problems.is_empty() {
        return Err(ServiceError::Invalid(problems));
    }
    let roles: Vec<Membership> = content.roles.iter().map(|role| (*role).into()).collect();
    within(realm, roles.iter().copied(), &homes(conn)?)?;
    people::insert(conn, &account(id, &login, hash, content, core.clock.now()))?;
    for role in &roles {
        people::insert_membership(conn, id, role, core.ids.next())?;
    }
    set_profile(conn, id, content)?;
    by.note(conn, core, Act::AddPerson, about(id), None)?;
    for role in &content.roles {
        by.note(conn, core, Act::GiveRole, about(id), Some(told(role)))?;
    }
    Ok(())
}

pub(super) fn about(person: PersonId) -> (Subject, String) {
    (Subject::Person, person.to_string())
}

/// A role as the audit names it.
fn told(role: &RoleContent) -> String {
    let laboratory = role.laboratory.map(|id| format!(" laboratory {id}"));
    let network = role.network.map(|id| format!(" network {id}"));
    [laboratory, network]
        .into_iter()
        .flatten()
        .fold(role.role.to_string(), |text, part| text + &part)
}

fn account(
    id: PersonId,
    login: &str,
    hash: Option<&str>,
    content: &PersonContent,
    created_at: chrono::DateTime<chrono::Utc>,
) -> Person {
    Person {
        id,
        login: login.to_owned(),
        email: content.email.trim().to_owned(),
        display_name: content.name.trim().to_owned(),
        language: content.language.clone(),
        zone: content.zone.clone(),
        rpps: content.rpps.as_deref().map(|rpps| rpps.trim().to_owned()),
        password_hash: hash.map(ToOwned::to_owned),
        active: content.active,
        created_at,
    }
}

/// Whether all these roles lie within what is administered.
pub(super) fn within(
    realm: &Realm,
    roles: impl IntoIterator<Item = Membership>,
    homes: &HashMap<LaboratoryId, NetworkId>,
) -> Result<(), ServiceError> {
    if realm.changes(&held_in(roles, homes)) {
        Ok(())
    } else {
        Err(ServiceError::Forbidden(
            "a person who holds a role outside of what you administer, or none within, is kept by an administrator of the exchange",
        ))
    }
}

/// Everything that is wrong with what is to be kept of a person.
fn content_problems(
    conn: &mut Conn,
    core: &Core,
    of: Option<PersonId>,
    content: &PersonContent,
) -> Result<Vec<FieldProblem>, ServiceError> {
    let mut problems: Vec<FieldProblem> = name_problem("/name", &content.name)
        .into_iter()
        .chain(address_problem("/email", &content.email))
        .collect();
    if !matches!(content.language.as_str(), "fr" | "en") {
        problems.push(FieldProblem::new("/language", FieldRule::UnknownCode));
    }
    if content.zone.parse::<Tz>().is_err() {
        problems.push(FieldProblem::new("/zone", FieldRule::UnknownCode));
    }
    if let Some(rpps) = &content.rpps {
        match Rpps::parse(rpps) {
            Err(_) => {
                let expected = "eleven digits".to_owned();
                problems.push(FieldProblem::new(
                    "/rpps",
                    FieldRule::Malformed { expected },
                ));
            }
            Ok(rpps) => {
                let holder = people::with_rpps(conn, rpps.as_str())?;
                if holder.is_some() && holder != of {
                    problems.push(FieldProblem::new("/rpps", FieldRule::Taken));
                }
            }
        }
    }
    problems.extend(role_problems(conn, &content.roles)?);
    let expert = content.roles.iter().any(|held| held.role == Role::Expert);
    match (&content.expert_profile, expert) {
        (None, true) => problems.push(FieldProblem::new("/expert_profile", FieldRule::Required)),
        (Some(_), false) => problems.push(FieldProblem::new(
            "/expert_profile",
            FieldRule::NotAllowedHere,
        )),
        (Some(profile), true) => {
            let found = profile_problems(profile, core.reference.subspecialty_codes());
            problems.extend(found.into_iter().map(|problem| {
                FieldProblem::new(format!("/expert_profile{}", problem.pointer), problem.rule)
            }));
        }
        (None, false) => {}
    }
    Ok(problems)
}

/// What is wrong with roles: without their organisation, of one that is not there, given twice; an expert reads for one pool.
fn role_problems(
    conn: &mut Conn,
    roles: &[RoleContent],
) -> Result<Vec<FieldProblem>, ServiceError> {
    if roles.len() > ROLES_MAX {
        let rule = FieldRule::TooLong { max: ROLES_MAX };
        return Ok(vec![FieldProblem::new("/roles", rule)]);
    }
    let mut problems = Vec::new();
    for (at, held) in roles.iter().enumerate() {
        let pointer = format!("/roles/{at}");
        let (laboratory, network) = (held.laboratory, held.network);
        problems.extend(place_problems(
            &pointer,
            held.role,
            laboratory.is_some(),
            network.is_some(),
        ));
        let unknown =
            |name: &str| FieldProblem::new(format!("{pointer}/{name}"), FieldRule::UnknownCode);
        if let Some(id) = laboratory
            && organisations::find_laboratory(conn, id)?.is_none()
        {
            problems.push(unknown("laboratory"));
        }
        if let Some(id) = network
            && organisations::find_network(conn, id)?.is_none()
        {
            problems.push(unknown("network"));
        }
        let before = roles.get(..at).unwrap_or_default();
        let twice = before.contains(held)
            || (held.role == Role::Expert && before.iter().any(|one| one.role == Role::Expert));
        if twice {
            problems.push(FieldProblem::new(pointer, FieldRule::Duplicate));
        }
    }
    Ok(problems)
}

/// Writes the profile of an expert, or takes that of somebody who is none any more.
fn set_profile(conn: &mut Conn, id: PersonId, content: &PersonContent) -> Result<(), ServiceError> {
    let network = pool(content);
    let (Some(network), Some(profile)) = (network, &content.expert_profile) else {
        return Ok(people::delete_profile(conn, id)?);
    };
    let weekly_hours = serde_json::to_value(&profile.weekly_hours)
        .map_err(|error| ServiceError::Internal(error.to_string()))?;
    Ok(people::put_profile(
        conn,
        &ExpertProfile {
            person: id,
            network,
            primary_subspecialty: profile.primary_subspecialty.clone(),
            other_subspecialties: profile.other_subspecialties.clone(),
            languages: profile.languages.clone(),
            capacity_per_day: profile.capacity_per_day,
            weekly_hours,
            zone: profile.zone.clone(),
            version: 1,
        },
    )?)
}

/// The network in whose pool an expert is to be.
fn pool(content: &PersonContent) -> Option<NetworkId> {
    let expert = content.roles.iter().find(|held| held.role == Role::Expert);
    expert.and_then(|held| held.network)
}

/// Changes a person who is still at version `if_match`. Who is kept out is out at once; what was offered to somebody who no longer
/// reads goes on to somebody else. What they signed stays theirs.
///
/// # Errors
/// [`ServiceError::Forbidden`] for who does not administer all of their roles, [`ServiceError::NotFound`], [`ServiceError::Stale`],
/// [`ServiceError::Invalid`]; [`ServiceError::Conflict`] when the exchange would be left without an administrator.
pub async fn change(
    ex: &Exchange,
    by: &By,
    wanted: PersonId,
    if_match: i64,
    content: PersonContent,
) -> Result<PersonDocument, ServiceError> {
    let realm = administered(&by.actor)?;
    let (core, by) = (ex.core.clone(), by.clone());
    let changed = ex
        .store
        .write(move |conn| {
            let kept = document(conn, &core, &realm, wanted)?;
            let homes = homes(conn)?;
            let old = kept.content();
            within(&realm, old.roles.iter().map(|role| (*role).into()), &homes)?;
            if kept.version != if_match {
                return Err(ServiceError::Stale {
                    current: kept.version,
                });
            }
            let problems = content_problems(conn, &core, Some(wanted), &content)?;
            if !problems.is_empty() {
                return Err(ServiceError::Invalid(problems));
            }
            within(
                &realm,
                content.roles.iter().map(|role| (*role).into()),
                &homes,
            )?;
            keep_an_administrator(conn, wanted, &content)?;
            let person = account(wanted, &kept.login, None, &content, kept.created_at);
            if !people::update(conn, &person, if_match)? {
                return Err(ServiceError::Contended);
            }
            change_roles(conn, &core, &by, wanted, &content.roles)?;
            change_profile(conn, &core, &by, wanted, (&old, &content))?;
            change_account(conn, &core, &by, wanted, (&old, &content))?;
            if old.active
                && pool(&old).is_some()
                && (!content.active || pool(&old) != pool(&content))
            {
                hand_on(conn, &core, &by.actor, wanted, &by.request_id)?;
            }
            document(conn, &core, &realm, wanted)
        })
        .await?;
    ex.wake.notify_waiters();
    Ok(changed)
}

/// Refuses a change that would leave nobody who administers the whole exchange.
fn keep_an_administrator(
    conn: &mut Conn,
    wanted: PersonId,
    content: &PersonContent,
) -> Result<(), ServiceError> {
    let stays = content.active
        && content
            .roles
            .iter()
            .any(|held| held.role == Role::Administrator && held.network.is_none());
    if stays {
        return Ok(());
    }
    let now = people::administrators_for_change(conn)?;
    if now == [wanted] {
        return Err(ServiceError::Conflict(
            "the exchange keeps an administrator: give the role to somebody else first",
        ));
    }
    Ok(())
}

fn change_roles(
    conn: &mut Conn,
    core: &Core,
    by: &By,
    of: PersonId,
    wanted: &[RoleContent],
) -> Result<(), ServiceError> {
    let kept: Vec<(Uuid, RoleContent)> = people::roles_of(conn, of)?
        .into_iter()
        .map(|(key, held)| (key, held.into()))
        .collect();
    for (key, role) in &kept {
        if !wanted.contains(role) {
            people::delete_membership(conn, *key)?;
            by.note(conn, core, Act::TakeRole, about(of), Some(told(role)))?;
        }
    }
    for role in wanted {
        if !kept.iter().any(|(_, held)| held == role) {
            people::insert_membership(conn, of, &(*role).into(), core.ids.next())?;
            by.note(conn, core, Act::GiveRole, about(of), Some(told(role)))?;
        }
    }
    Ok(())
}

fn change_profile(
    conn: &mut Conn,
    core: &Core,
    by: &By,
    of: PersonId,
    (old, new): (&PersonContent, &PersonContent),
) -> Result<(), ServiceError> {
    if pool(old) == pool(new) && old.expert_profile == new.expert_profile {
        return Ok(());
    }
    set_profile(conn, of, new)?;
    by.note(conn, core, Act::EditProfile, about(of), None)
}

/// The rest: the account itself, and whether its holder is let in.
fn change_account(
    conn: &mut Conn,
    core: &Core,
    by: &By,
    of: PersonId,
    (old, new): (&PersonContent, &PersonContent),
) -> Result<(), ServiceError> {
    let changed = differing(&[
        ("name", old.name != new.name),
        ("email", old.email != new.email),
        ("language", old.language != new.language),
        ("zone", old.zone != new.zone),
        ("rpps", old.rpps != new.rpps),
    ]);
    if changed.is_some() {
        by.note(conn, core, Act::EditPerson, about(of), changed)?;
    }
    if old.email != new.email || (old.active && !new.active) {
        withdraw_all(conn, of, core.clock.now())?;
    }
    match (old.active, new.active) {
        (true, false) => {
            sessions::revoke_person(conn, of, None, micros(core.clock.now()))?;
            by.note(conn, core, Act::DeactivatePerson, about(of), None)
        }
        (false, true) => by.note(conn, core, Act::ReactivatePerson, about(of), None),
        _ => Ok(()),
    }
}

/// Hands on what is offered to an expert who has left the pool. What they have accepted stays with them until a coordinator takes it
/// back.
fn hand_on(
    conn: &mut Conn,
    core: &Core,
    actor: &Actor,
    expert: PersonId,
    request_id: &str,
) -> Result<(), ServiceError> {
    for case in store::assignments::offered_to(conn, expert)? {
        let mut change = Change::asked_for(conn, core, actor, case, request_id)?;
        if change.state()? == CaseState::Offered && change.expert()? == Some(expert) {
            routing::move_on(&mut change, MoveReason::Left)?;
            change.save()?;
        }
    }
    panel_time::make_room(conn, core, (actor, expert), request_id, |_, _| {
        Ok(Some(SeatLost::Left))
    })
}

/// Makes a new password for a person, whose sessions end with it; the password, told this once.
///
/// # Errors
/// [`ServiceError::Forbidden`], [`ServiceError::NotFound`]; [`ServiceError::Conflict`] for somebody who is kept out.
pub async fn renew_password(
    ex: &Exchange,
    by: &By,
    wanted: PersonId,
) -> Result<String, ServiceError> {
    let realm = administered(&by.actor)?;
    let password = password::made_up();
    let hashed = ex.passwords.hash(password.clone()).await;
    let hash = hashed.map_err(|error| ServiceError::Internal(error.to_string()))?;
    let (core, by) = (ex.core.clone(), by.clone());
    ex.store
        .write(move |conn| {
            let kept = document(conn, &core, &realm, wanted)?;
            within(
                &realm,
                kept.roles.iter().map(|role| (*role).into()),
                &homes(conn)?,
            )?;
            if !kept.active {
                return Err(ServiceError::Conflict(
                    "who is kept out gets no password: let them in first",
                ));
            }
            sessions::revoke_person(conn, wanted, None, micros(core.clock.now()))?;
            people::set_password(conn, wanted, Some(&hash))?;
            people::next_version(conn, wanted)?;
            by.note(conn, &core, Act::RenewPassword, about(wanted), None)
        })
        .await?;
    Ok(password)
}
