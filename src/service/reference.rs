//! Reference data and organisations, as people look them up.

use chrono::NaiveDate;
use serde::Serialize;

use super::Exchange;
use super::error::ServiceError;
use crate::domain::ids::{AgreementId, LaboratoryId, NetworkId, PersonId, SlideSourceId};
use crate::domain::people::Actor;
use crate::domain::slides::SourceKind;
use crate::domain::turnaround::Urgency;
use crate::store::{organisations, people};

/// A network and its pool.
#[derive(Debug, Clone, Serialize)]
pub struct NetworkDocument {
    /// Identifier.
    pub id: NetworkId,
    /// Name.
    pub name: String,
    /// The territory whose holidays and zone its pool works by.
    pub territory: String,
    /// Whether cases are routed at once, or held for triage.
    pub routes_at_once: bool,
    /// The pool's working hours.
    pub weekly_hours: serde_json::Value,
    /// Further hours in which it answers urgent work.
    pub on_call_hours: serde_json::Value,
    /// Territories the pool covers.
    pub territories: Vec<String>,
    /// Subspecialties the pool covers.
    pub subspecialties: Vec<String>,
    /// Whether a case needs the patient's INS.
    pub requires_ins: bool,
}

/// Every network.
///
/// # Errors
/// Storage failures.
pub async fn networks(ex: &Exchange) -> Result<Vec<NetworkDocument>, ServiceError> {
    let networks = ex
        .store
        .read(|conn| organisations::networks(conn).map_err(ServiceError::from))
        .await?;
    Ok(networks
        .into_iter()
        .map(|n| NetworkDocument {
            id: n.id,
            name: n.name,
            territory: n.territory,
            routes_at_once: n.routes_at_once,
            weekly_hours: n.weekly_hours,
            on_call_hours: n.on_call_hours,
            territories: n.territories,
            subspecialties: n.subspecialties,
            requires_ins: n.requires_ins,
        })
        .collect())
}

/// A network's pool of experts, as somebody who asks for an opinion looks for one.
#[derive(Debug, Clone, Serialize)]
pub struct PoolDocument {
    /// Whose pool.
    pub network: NetworkId,
    /// The network's name.
    pub name: String,
    /// Territories it covers.
    pub territories: Vec<String>,
    /// Subspecialties it covers.
    pub subspecialties: Vec<String>,
    /// Its working hours.
    pub weekly_hours: serde_json::Value,
    /// Further hours in which it answers urgent work.
    pub on_call_hours: serde_json::Value,
    /// Whether cases are routed at once, or held for triage.
    pub routes_at_once: bool,
}

/// The pools, one of each network; only those that cover this territory and this subspecialty, where named.
///
/// # Errors
/// Storage failures.
pub async fn pools(
    ex: &Exchange,
    territory: Option<&str>,
    subspecialty: Option<&str>,
) -> Result<Vec<PoolDocument>, ServiceError> {
    let covers = |codes: &[String], wanted: Option<&str>| {
        wanted.is_none_or(|wanted| codes.iter().any(|code| code == wanted))
    };
    let networks = networks(ex).await?;
    Ok(networks
        .into_iter()
        .filter(|n| covers(&n.territories, territory) && covers(&n.subspecialties, subspecialty))
        .map(|n| PoolDocument {
            network: n.id,
            name: n.name,
            territories: n.territories,
            subspecialties: n.subspecialties,
            weekly_hours: n.weekly_hours,
            on_call_hours: n.on_call_hours,
            routes_at_once: n.routes_at_once,
        })
        .collect())
}

/// An agreement.
#[derive(Debug, Clone, Serialize)]
pub struct AgreementDocument {
    /// Identifier.
    pub id: AgreementId,
    /// Whose cases overflow.
    pub from_network: NetworkId,
    /// Whose pool answers.
    pub to_network: NetworkId,
    /// For these subspecialties; all when empty.
    pub subspecialties: Vec<String>,
    /// For these urgencies; all when empty.
    pub urgencies: Vec<Urgency>,
    /// First day.
    pub valid_from: NaiveDate,
    /// Last day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<NaiveDate>,
}

/// Every agreement.
///
/// # Errors
/// Storage failures.
pub async fn agreements(ex: &Exchange) -> Result<Vec<AgreementDocument>, ServiceError> {
    let agreements = ex
        .store
        .read(|conn| organisations::agreements(conn, None).map_err(ServiceError::from))
        .await?;
    Ok(agreements
        .into_iter()
        .map(|a| AgreementDocument {
            id: a.id,
            from_network: a.from,
            to_network: a.to,
            subspecialties: a.subspecialties,
            urgencies: a.urgencies,
            valid_from: a.valid_from,
            valid_until: a.valid_until,
        })
        .collect())
}

/// A laboratory.
#[derive(Debug, Clone, Serialize)]
pub struct LaboratoryDocument {
    /// Identifier.
    pub id: LaboratoryId,
    /// Name.
    pub name: String,
    /// Where it stands.
    pub commune: String,
    /// Territory.
    pub territory: String,
    /// Network.
    pub network: NetworkId,
    /// FINESS number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finess: Option<String>,
    /// RIDET or n° Tahiti.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub local_number: Option<String>,
}

/// Every laboratory.
///
/// # Errors
/// Storage failures.
pub async fn laboratories(ex: &Exchange) -> Result<Vec<LaboratoryDocument>, ServiceError> {
    let laboratories = ex
        .store
        .read(|conn| organisations::laboratories(conn).map_err(ServiceError::from))
        .await?;
    Ok(laboratories
        .into_iter()
        .map(|l| LaboratoryDocument {
            id: l.id,
            name: l.name,
            commune: l.commune,
            territory: l.territory,
            network: l.network,
            finess: l.finess,
            local_number: l.local_number,
        })
        .collect())
}

/// A slide source, for the laboratory whose it is.
#[derive(Debug, Clone, Serialize)]
pub struct SlideSourceDocument {
    /// Identifier.
    pub id: SlideSourceId,
    /// Whose.
    pub laboratory: LaboratoryId,
    /// Name.
    pub name: String,
    /// What it speaks.
    pub kind: SourceKind,
    /// Its address, so that a pasted link can be recognised.
    pub base_url: String,
}

/// The slide sources of the laboratories the person submits for.
///
/// # Errors
/// Storage failures.
pub async fn slide_sources(
    ex: &Exchange,
    actor: &Actor,
) -> Result<Vec<SlideSourceDocument>, ServiceError> {
    let laboratories: Vec<LaboratoryId> = actor.submitting().collect();
    ex.store
        .read(move |conn| {
            let mut found = Vec::new();
            for laboratory in laboratories {
                found.extend(organisations::slide_sources(conn, laboratory)?);
            }
            Ok::<_, ServiceError>(found)
        })
        .await
        .map(|found| {
            found
                .into_iter()
                .map(|s| SlideSourceDocument {
                    id: s.id,
                    laboratory: s.laboratory,
                    name: s.name,
                    kind: s.kind,
                    base_url: s.base_url,
                })
                .collect()
        })
}

/// An expert of a pool, as its coordinator plans with them.
#[derive(Debug, Clone, Serialize)]
pub struct ExpertDocument {
    /// Who.
    pub id: PersonId,
    /// Name.
    pub name: String,
    /// Field.
    pub primary_subspecialty: String,
    /// What they read beside.
    pub other_subspecialties: Vec<String>,
    /// Languages.
    pub languages: Vec<String>,
    /// Where they work.
    pub laboratories: Vec<LaboratoryId>,
    /// Cases they take at a time.
    pub capacity_per_day: u32,
    /// Cases they have open.
    pub open_cases: u32,
    /// Those of them that stand still, which do not count against the capacity.
    pub standing_still: u32,
    /// Reading minutes of all of them.
    pub queued_minutes: u32,
    /// When they are away.
    pub absences: Vec<super::people::AbsenceDocument>,
}

/// The experts of a network's pool with their load.
///
/// # Errors
/// [`ServiceError::NotFound`] for who does not coordinate it.
pub async fn experts(
    ex: &Exchange,
    actor: &Actor,
    network: NetworkId,
) -> Result<Vec<ExpertDocument>, ServiceError> {
    if !actor.coordinates(network) {
        return Err(ServiceError::NotFound);
    }
    let now = ex.core.clock.now();
    ex.store
        .read(move |conn| {
            let profiles = people::experts_of(conn, network)?;
            let who: Vec<PersonId> = profiles.iter().map(|profile| profile.person).collect();
            let names = people::display_names(conn, &who)?;
            let burdens = crate::store::burdens::of_pool(conn, network, now, false)?;
            let absences = people::absences_in(conn, network, now)?;
            let works_in = people::laboratories_in(conn, network)?;
            Ok(profiles
                .into_iter()
                .map(|profile| {
                    let open = burdens.get(&profile.person).cloned().unwrap_or_default();
                    ExpertDocument {
                        id: profile.person,
                        name: names.get(&profile.person).cloned().unwrap_or_default(),
                        primary_subspecialty: profile.primary_subspecialty,
                        other_subspecialties: profile.other_subspecialties,
                        languages: profile.languages,
                        laboratories: works_in
                            .iter()
                            .filter(|(person, _)| *person == profile.person)
                            .map(|(_, laboratory)| *laboratory)
                            .collect(),
                        capacity_per_day: profile.capacity_per_day,
                        open_cases: open.cases,
                        standing_still: open.standing_still,
                        queued_minutes: open.minutes,
                        absences: absences
                            .iter()
                            .filter(|a| a.person == profile.person)
                            .map(Into::into)
                            .collect(),
                    }
                })
                .collect())
        })
        .await
}
