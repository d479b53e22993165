//! What a person is and keeps: who am I, an expert's profile and absences.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Exchange;
use super::audit;
use super::error::ServiceError;
use crate::domain::calendar::WeeklyHours;
use crate::domain::ids::{LaboratoryId, NetworkId, PersonId};
use crate::domain::people::{Actor, Role};
use crate::domain::problems::{FieldProblem, FieldRule};
use crate::domain::traces::Standing;
use crate::store::people::{self, Absence, ExpertProfile};
use crate::store::traces::insert_audit;

/// Most cases an expert may take at a time.
const CAPACITY_MAX: u32 = 50;

/// A role held.
#[derive(Debug, Clone, Serialize)]
pub struct MembershipDocument {
    /// Role.
    pub role: Role,
    /// Laboratory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub laboratory: Option<LaboratoryId>,
    /// Network.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network: Option<NetworkId>,
}

/// An absence.
#[derive(Debug, Clone, Serialize)]
pub struct AbsenceDocument {
    /// Identifier.
    pub id: Uuid,
    /// From then.
    pub starts_at: DateTime<Utc>,
    /// Until then.
    pub ends_at: DateTime<Utc>,
}

impl From<&Absence> for AbsenceDocument {
    fn from(absence: &Absence) -> Self {
        Self {
            id: absence.id,
            starts_at: absence.starts_at,
            ends_at: absence.ends_at,
        }
    }
}

/// What an expert keeps of their profile.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProfileContent {
    /// Field.
    pub primary_subspecialty: String,
    /// What they read beside.
    #[serde(default)]
    pub other_subspecialties: Vec<String>,
    /// Languages they answer in.
    pub languages: Vec<String>,
    /// Cases they take at a time; 0 takes none for now.
    pub capacity_per_day: u32,
    /// When they read.
    pub weekly_hours: WeeklyHours,
    /// In which IANA zone.
    pub zone: String,
}

/// An expert's profile.
#[derive(Debug, Clone, Serialize)]
pub struct ProfileDocument {
    /// In whose pool.
    pub network: NetworkId,
    /// Version, for the next change.
    pub version: i64,
    /// What the expert keeps.
    #[serde(flatten)]
    pub content: ProfileContent,
    /// When they are away.
    pub absences: Vec<AbsenceDocument>,
}

/// Who somebody is.
#[derive(Debug, Clone, Serialize)]
pub struct Me {
    /// Identifier.
    pub id: PersonId,
    /// Login.
    pub login: String,
    /// Name.
    pub name: String,
    /// `fr` or `en`.
    pub language: String,
    /// IANA zone.
    pub zone: String,
    /// Roles.
    pub memberships: Vec<MembershipDocument>,
    /// The profile of an expert.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expert_profile: Option<ProfileDocument>,
}

/// Who the actor is.
///
/// # Errors
/// Storage failures.
pub async fn me(ex: &Exchange, actor: &Actor) -> Result<Me, ServiceError> {
    let (actor, now) = (actor.clone(), ex.core.clock.now());
    ex.store
        .read(move |conn| {
            let person = people::find(conn, actor.person)?.ok_or(ServiceError::Unauthenticated)?;
            let profile = people::find_profile(conn, actor.person)?;
            let absences = people::absences_of(conn, &[actor.person], now)?;
            Ok(Me {
                id: person.id,
                login: person.login,
                name: person.display_name,
                language: person.language,
                zone: person.zone,
                memberships: actor
                    .memberships
                    .iter()
                    .map(|m| MembershipDocument {
                        role: m.role,
                        laboratory: m.laboratory,
                        network: m.network,
                    })
                    .collect(),
                expert_profile: profile
                    .map(|profile| document(profile, &absences))
                    .transpose()?,
            })
        })
        .await
}

pub(super) fn document(
    profile: ExpertProfile,
    absences: &[Absence],
) -> Result<ProfileDocument, ServiceError> {
    let weekly_hours = serde_json::from_value(profile.weekly_hours)
        .map_err(|error| ServiceError::Internal(error.to_string()))?;
    Ok(ProfileDocument {
        network: profile.network,
        version: i64::from(profile.version),
        content: ProfileContent {
            primary_subspecialty: profile.primary_subspecialty,
            other_subspecialties: profile.other_subspecialties,
            languages: profile.languages,
            capacity_per_day: profile.capacity_per_day,
            weekly_hours,
            zone: profile.zone,
        },
        absences: absences.iter().map(Into::into).collect(),
    })
}

/// What is wrong with a profile.
pub(super) fn problems(content: &ProfileContent, codes: &[String]) -> Vec<FieldProblem> {
    let mut problems = Vec::new();
    if !codes.contains(&content.primary_subspecialty) {
        problems.push(FieldProblem::new(
            "/primary_subspecialty",
            FieldRule::UnknownCode,
        ));
    }
    for (i, code) in content.other_subspecialties.iter().enumerate() {
        if !codes.contains(code) {
            problems.push(FieldProblem::new(
                format!("/other_subspecialties/{i}"),
                FieldRule::UnknownCode,
            ));
        }
    }
    if content.languages.is_empty() {
        problems.push(FieldProblem::new(
            "/languages",
            FieldRule::TooFew { min: 1 },
        ));
    }
    for (i, language) in content.languages.iter().enumerate() {
        if language.len() != 2 || !language.bytes().all(|b| b.is_ascii_lowercase()) {
            let expected = "a two-letter ISO 639-1 code in lower case".to_owned();
            problems.push(FieldProblem::new(
                format!("/languages/{i}"),
                FieldRule::Malformed { expected },
            ));
        }
    }
    if content.capacity_per_day > CAPACITY_MAX {
        problems.push(FieldProblem::new(
            "/capacity_per_day",
            FieldRule::OutOfRange {
                min: 0,
                max: i64::from(CAPACITY_MAX),
            },
        ));
    }
    let hours = content.weekly_hours.problem();
    problems.extend(hours.map(|wrong| wrong.field_problem("/weekly_hours")));
    if content.zone.parse::<Tz>().is_err() {
        problems.push(FieldProblem::new("/zone", FieldRule::UnknownCode));
    }
    problems
}

/// Changes the actor's own profile, if it is still at version `if_match`.
///
/// # Errors
/// [`ServiceError::Forbidden`] for who is no expert, [`ServiceError::Invalid`], [`ServiceError::Stale`].
pub async fn update_profile(
    ex: &Exchange,
    actor: &Actor,
    if_match: i64,
    content: ProfileContent,
    request_id: &str,
) -> Result<ProfileDocument, ServiceError> {
    let problems = problems(&content, ex.core.reference.subspecialty_codes());
    if !problems.is_empty() {
        return Err(ServiceError::Invalid(problems));
    }
    let (person, now) = (actor.person, ex.core.clock.now());
    let act = "update_expert_profile";
    let entry = audit::entry(&ex.core, person, Standing::Oneself, act, None, request_id);
    ex.store
        .write(move |conn| {
            let current = people::find_profile(conn, person)?
                .ok_or(ServiceError::Forbidden("only experts have a profile"))?;
            let hours = serde_json::to_value(&content.weekly_hours)
                .map_err(|error| ServiceError::Internal(error.to_string()))?;
            let changed = ExpertProfile {
                person,
                network: current.network,
                primary_subspecialty: content.primary_subspecialty.clone(),
                other_subspecialties: content.other_subspecialties.clone(),
                languages: content.languages.clone(),
                capacity_per_day: content.capacity_per_day,
                weekly_hours: hours,
                zone: content.zone.clone(),
                version: i32::try_from(if_match).unwrap_or(-1),
            };
            if !people::update_profile(conn, &changed)? {
                return Err(ServiceError::Stale {
                    current: i64::from(current.version),
                });
            }
            // An administrator who has the same person open is told.
            people::next_version(conn, person)?;
            insert_audit(conn, &entry)?;
            let absences = people::absences_of(conn, &[person], now)?;
            document(
                ExpertProfile {
                    version: changed.version + 1,
                    ..changed
                },
                &absences,
            )
        })
        .await
}
