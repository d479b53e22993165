//! People as administrators see them: the list with its search, one person with their roles.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::administered;
use super::invitations::{self, InvitationDocument};
pub use super::person_change::{Added, Entrance, add, change, renew_password};
use crate::domain::folding::folded;
use crate::domain::ids::{LaboratoryId, NetworkId, PersonId};
use crate::domain::people::{Actor, Membership, Role};
use crate::domain::permissions::{HeldIn, Realm};
use crate::service::error::ServiceError;
use crate::service::people::{ProfileContent, ProfileDocument, document as profile_document};
use crate::service::{Core, Exchange, cursor};
use crate::store::people::{self, ListedPerson};
use crate::store::{Conn, organisations};

/// People of a page.
pub const PAGE: usize = 50;

/// A role, where it is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoleContent {
    /// The role.
    pub role: Role,
    /// The laboratory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub laboratory: Option<LaboratoryId>,
    /// The network.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<NetworkId>,
}

impl From<Membership> for RoleContent {
    fn from(held: Membership) -> Self {
        Self {
            role: held.role,
            laboratory: held.laboratory,
            network: held.network,
        }
    }
}

impl From<RoleContent> for Membership {
    fn from(content: RoleContent) -> Self {
        Self {
            role: content.role,
            laboratory: content.laboratory,
            network: content.network,
        }
    }
}

/// What an administrator keeps of a person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PersonContent {
    /// How they are called, as others read it.
    pub name: String,
    /// Where their mails go.
    pub email: String,
    /// `fr` or `en`.
    pub language: String,
    /// IANA zone in which they read times.
    pub zone: String,
    /// RPPS number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rpps: Option<String>,
    /// Whether they may log in.
    pub active: bool,
    /// The roles held.
    pub roles: Vec<RoleContent>,
    /// The profile of an expert, in the pool of the expert's role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expert_profile: Option<ProfileContent>,
}

/// A person as an administrator sees them.
#[derive(Debug, Clone, Serialize)]
pub struct PersonDocument {
    /// Identifier.
    pub id: PersonId,
    /// Version, for the next change.
    pub version: i64,
    /// Login.
    pub login: String,
    /// Name.
    pub name: String,
    /// Where their mails go.
    pub email: String,
    /// `fr` or `en`.
    pub language: String,
    /// IANA zone.
    pub zone: String,
    /// RPPS number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rpps: Option<String>,
    /// Whether they may log in.
    pub active: bool,
    /// Whether they have a password to log in with.
    pub has_password: bool,
    /// The invitation that they may still follow.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invitation: Option<InvitationDocument>,
    /// Since when.
    pub created_at: DateTime<Utc>,
    /// The roles held.
    pub roles: Vec<RoleContent>,
    /// The profile of an expert.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expert_profile: Option<ProfileDocument>,
    /// Cases offered to or accepted by them that wait for their answer.
    pub open_cases: usize,
    /// Whether this administrator may change them.
    pub changeable: bool,
}

impl PersonDocument {
    /// What may be changed of them, as it is.
    pub fn content(&self) -> PersonContent {
        PersonContent {
            name: self.name.clone(),
            email: self.email.clone(),
            language: self.language.clone(),
            zone: self.zone.clone(),
            rpps: self.rpps.clone(),
            active: self.active,
            roles: self.roles.clone(),
            expert_profile: self.expert_profile.as_ref().map(|p| p.content.clone()),
        }
    }
}

/// Whom to list.
#[derive(Debug, Clone, Default)]
pub struct PeopleQuery {
    /// Words of the name, the login or the mail address, without regard to case and diacritics.
    pub words: Option<String>,
    /// Only who holds this role.
    pub role: Option<Role>,
    /// Only who may, or may not, log in.
    pub active: Option<bool>,
    /// Where the page before ended.
    pub cursor: Option<String>,
}

/// A person in a list.
#[derive(Debug, Clone, Serialize)]
pub struct PersonItem {
    /// Identifier.
    pub id: PersonId,
    /// Login.
    pub login: String,
    /// Name.
    pub name: String,
    /// Whether they may log in.
    pub active: bool,
    /// The roles held.
    pub roles: Vec<RoleContent>,
}

/// A page of people.
#[derive(Debug, Clone, Serialize)]
pub struct PeoplePage {
    /// By name.
    pub items: Vec<PersonItem>,
    /// Where the next page begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Networks of the laboratories, to tell to which network a role belongs.
pub(super) fn homes(conn: &mut Conn) -> Result<HashMap<LaboratoryId, NetworkId>, ServiceError> {
    let laboratories = organisations::laboratories(conn)?;
    Ok(laboratories.iter().map(|l| (l.id, l.network)).collect())
}

/// To which networks roles belong: a role of a laboratory, to that laboratory's.
pub(super) fn held_in(
    roles: impl IntoIterator<Item = Membership>,
    homes: &HashMap<LaboratoryId, NetworkId>,
) -> Vec<HeldIn> {
    let network = |held: &Membership| {
        let home = held.laboratory.and_then(|at| homes.get(&at).copied());
        held.network.or(home)
    };
    roles
        .into_iter()
        .map(|held| HeldIn {
            role: held.role,
            network: network(&held),
        })
        .collect()
}

/// The people whose name, login or mail address holds these words, at most so many. For who may look for anybody.
pub(super) fn of_words(
    conn: &mut Conn,
    words: &str,
    most: usize,
) -> Result<Vec<PersonId>, ServiceError> {
    let query = PeopleQuery {
        words: Some(words.to_owned()),
        ..PeopleQuery::default()
    };
    let people = people::listed(conn)?.into_iter();
    let found = people.filter(|person| fits(&query, person, &[]));
    Ok(found.take(most).map(|person| person.id).collect())
}

/// A page of the people whom the actor administers, by name.
///
/// # Errors
/// [`ServiceError::Forbidden`] for who is no administrator, [`ServiceError::BadCursor`].
pub async fn list(
    ex: &Exchange,
    actor: &Actor,
    query: PeopleQuery,
) -> Result<PeoplePage, ServiceError> {
    let realm = administered(actor)?;
    let after = query
        .cursor
        .as_deref()
        .map(cursor::read::<String>)
        .transpose()?;
    ex.store
        .read(move |conn| {
            let (homes, mut roles) = (homes(conn)?, people::all_roles(conn)?);
            let mut found: Vec<(String, ListedPerson, Vec<Membership>)> = people::listed(conn)?
                .into_iter()
                .map(|person| {
                    let held = roles.remove(&person.id).unwrap_or_default();
                    (folded(&person.name), person, held)
                })
                .filter(|(_, person, held)| {
                    realm.sees(&held_in(held.iter().copied(), &homes)) && fits(&query, person, held)
                })
                .collect();
            found.sort_by(|a, b| (&a.0, a.1.id).cmp(&(&b.0, b.1.id)));
            let begins = after.as_ref().map_or(0, |(name, id)| {
                found.partition_point(|(folded, person, _)| {
                    (folded, person.id) <= (name, PersonId(*id))
                })
            });
            let rest = found.split_off(begins.min(found.len()));
            Ok(page(rest))
        })
        .await
}

fn page(mut rest: Vec<(String, ListedPerson, Vec<Membership>)>) -> PeoplePage {
    let more = rest.len() > PAGE;
    rest.truncate(PAGE);
    let next = rest
        .last()
        .filter(|_| more)
        .map(|(name, person, _)| cursor::write(name, person.id));
    let items = rest.into_iter().map(|(_, person, held)| PersonItem {
        id: person.id,
        login: person.login,
        name: person.name,
        active: person.active,
        roles: held.into_iter().map(Into::into).collect(),
    });
    PeoplePage {
        items: items.collect(),
        next,
    }
}

/// Whether a person is among those who are looked for: every word stands somewhere.
fn fits(query: &PeopleQuery, person: &ListedPerson, held: &[Membership]) -> bool {
    let text = folded(&format!(
        "{} {} {}",
        person.name, person.login, person.email
    ));
    let words = folded(query.words.as_deref().unwrap_or_default());
    words.split_whitespace().all(|word| text.contains(word))
        && query.active.is_none_or(|active| active == person.active)
        && query
            .role
            .is_none_or(|role| held.iter().any(|held| held.role == role))
}

/// One person.
///
/// # Errors
/// [`ServiceError::Forbidden`] for who is no administrator, [`ServiceError::NotFound`] for a person whom the actor does not
/// administer.
pub async fn read(
    ex: &Exchange,
    actor: &Actor,
    wanted: PersonId,
) -> Result<PersonDocument, ServiceError> {
    let realm = administered(actor)?;
    let core = ex.core.clone();
    ex.store
        .read(move |conn| document(conn, &core, &realm, wanted))
        .await
}

/// A person as they are now, for who sees them.
pub(super) fn document(
    conn: &mut Conn,
    core: &Core,
    realm: &Realm,
    wanted: PersonId,
) -> Result<PersonDocument, ServiceError> {
    let (version, person) = people::find_at_version(conn, wanted)?.ok_or(ServiceError::NotFound)?;
    let roles: Vec<Membership> = people::roles_of(conn, wanted)?
        .into_iter()
        .map(|(_, held)| held)
        .collect();
    let held = held_in(roles.iter().copied(), &homes(conn)?);
    if !realm.sees(&held) {
        return Err(ServiceError::NotFound);
    }
    let absences = people::absences_of(conn, &[wanted], core.clock.now())?;
    let profile = people::find_profile(conn, wanted)?;
    Ok(PersonDocument {
        id: person.id,
        version,
        login: person.login,
        name: person.display_name,
        email: person.email,
        language: person.language,
        zone: person.zone,
        rpps: person.rpps,
        active: person.active,
        has_password: person.password_hash.is_some(),
        invitation: invitations::open(conn, wanted, core.clock.now())?,
        created_at: person.created_at,
        roles: roles.into_iter().map(Into::into).collect(),
        expert_profile: profile
            .map(|profile| profile_document(profile, &absences))
            .transpose()?,
        open_cases: crate::store::assignments::minutes_by_case(conn, wanted)?.len(),
        changeable: realm.changes(&held),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_looked_for_without_case_and_diacritics() {
        let person = ListedPerson {
            id: PersonId(uuid::Uuid::from_u128(1)),
            login: "helene.noel@example.org".into(),
            email: "secretariat@chu.example".into(),
            name: "Dr Hélène Noël".into(),
            active: true,
        };
        let asked = |words: &str| PeopleQuery {
            words: Some(words.into()),
            ..PeopleQuery::default()
        };
        for words in ["", "noel", "HÉLÈNE  dr", "secretariat@chu", "noel hel"] {
            assert!(fits(&asked(words), &person, &[]), "{words}");
        }
        assert!(!fits(&asked("noel martin"), &person, &[]));
        let inactive = PeopleQuery {
            active: Some(false),
            ..PeopleQuery::default()
        };
        assert!(!fits(&inactive, &person, &[]));
    }
}
