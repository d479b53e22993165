//! Laboratories: where they stand, to which network they belong, and their numbers.

use serde::{Deserialize, Serialize};

use super::{By, administered, differing};
use crate::domain::administration::{Act, Subject, line_problem, name_problem};
use crate::domain::identifiers::Finess;
use crate::domain::ids::{LaboratoryId, NetworkId};
use crate::domain::people::Actor;
use crate::domain::permissions::Realm;
use crate::domain::problems::{FieldProblem, FieldRule};
use crate::domain::territories::Regime;
use crate::service::error::ServiceError;
use crate::service::{Core, Exchange, Idempotency, Made, idempotency};
use crate::store::Conn;
use crate::store::organisations::{self, Laboratory};

/// Longest RIDET or n° Tahiti, in characters.
pub const NUMBER_MAX: usize = 20;

/// What an administrator keeps of a laboratory.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LaboratoryContent {
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub commune: String,
    /// Its territory.
    pub territory: String,
    /// The network it belongs to.
    pub network: NetworkId,
    /// FINESS number, where the territory has them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finess: Option<String>,
    /// RIDET or n° Tahiti, where those are used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub local_number: Option<String>,
}

/// A laboratory as an administrator sees it.
#[derive(Debug, Clone, Serialize)]
pub struct KeptLaboratory {
    /// Identifier.
    pub id: LaboratoryId,
    /// Version, for the next change.
    pub version: i64,
    /// What is kept of it.
    #[serde(flatten)]
    pub content: LaboratoryContent,
}

fn document((version, laboratory): (i64, Laboratory)) -> KeptLaboratory {
    KeptLaboratory {
        id: laboratory.id,
        version,
        content: LaboratoryContent {
            name: laboratory.name,
            commune: laboratory.commune,
            territory: laboratory.territory,
            network: laboratory.network,
            finess: laboratory.finess,
            local_number: laboratory.local_number,
        },
    }
}

fn row(id: LaboratoryId, content: &LaboratoryContent) -> Laboratory {
    let trimmed = |text: &Option<String>| text.as_deref().map(|text| text.trim().to_owned());
    Laboratory {
        id,
        name: content.name.trim().to_owned(),
        commune: content.commune.trim().to_owned(),
        territory: content.territory.clone(),
        network: content.network,
        finess: trimmed(&content.finess).map(|finess| finess.to_ascii_uppercase()),
        local_number: trimmed(&content.local_number),
    }
}

/// The laboratories that the actor administers, by name.
///
/// # Errors
/// [`ServiceError::Forbidden`] for who is no administrator.
pub async fn list(ex: &Exchange, actor: &Actor) -> Result<Vec<KeptLaboratory>, ServiceError> {
    let realm = administered(actor)?;
    ex.store
        .read(move |conn| {
            let all = organisations::laboratories_at_version(conn)?.into_iter();
            let within = all.filter(|(_, laboratory)| realm.covers(laboratory.network));
            Ok(within.map(document).collect())
        })
        .await
}

/// One laboratory.
///
/// # Errors
/// [`ServiceError::Forbidden`] for who is no administrator, [`ServiceError::NotFound`] for a laboratory of somebody else.
pub async fn read(
    ex: &Exchange,
    actor: &Actor,
    wanted: LaboratoryId,
) -> Result<KeptLaboratory, ServiceError> {
    let realm = administered(actor)?;
    ex.store
        .read(move |conn| find(conn, &realm, wanted).map(document))
        .await
}

fn find(
    conn: &mut Conn,
    realm: &Realm,
    wanted: LaboratoryId,
) -> Result<(i64, Laboratory), ServiceError> {
    organisations::laboratory_at_version(conn, wanted)?
        .filter(|(_, laboratory)| realm.covers(laboratory.network))
        .ok_or(ServiceError::NotFound)
}

/// Everything that is wrong with what is to be kept of a laboratory.
fn problems(
    conn: &mut Conn,
    core: &Core,
    realm: &Realm,
    of: Option<LaboratoryId>,
    content: &LaboratoryContent,
) -> Result<Vec<FieldProblem>, ServiceError> {
    let mut problems: Vec<FieldProblem> = name_problem("/name", &content.name)
        .into_iter()
        .chain(name_problem("/commune", &content.commune))
        .collect();
    let territory = core.reference.territory(&content.territory).ok();
    if territory.is_none() {
        problems.push(FieldProblem::new("/territory", FieldRule::UnknownCode));
    }
    if !realm.covers(content.network)
        || organisations::find_network(conn, content.network)?.is_none()
    {
        problems.push(FieldProblem::new("/network", FieldRule::UnknownCode));
    }
    if let Some(finess) = &content.finess {
        let rule = match Finess::parse(finess) {
            Err(error) => Some(FieldRule::Malformed {
                expected: format!("a FINESS number: {error}"),
            }),
            Ok(_) if territory.is_some_and(|territory| territory.regime == Regime::Own) => {
                Some(FieldRule::NotAllowedHere)
            }
            Ok(finess) => {
                let holder = organisations::laboratory_with_finess(conn, finess.as_str())?;
                (holder.is_some() && holder != of).then_some(FieldRule::Taken)
            }
        };
        problems.extend(rule.map(|rule| FieldProblem::new("/finess", rule)));
    }
    if let Some(number) = &content.local_number {
        problems.extend(line_problem("/local_number", number, NUMBER_MAX));
    }
    Ok(problems)
}

fn about(laboratory: LaboratoryId) -> (Subject, String) {
    (Subject::Laboratory, laboratory.to_string())
}

/// Two who give the same number at the same moment: the second finds it taken only when writing.
fn taken(error: ServiceError) -> ServiceError {
    match error {
        ServiceError::Conflict(_) => ServiceError::field("/finess", FieldRule::Taken),
        other => other,
    }
}

/// Adds a laboratory.
///
/// # Errors
/// [`ServiceError::Forbidden`] for who is no administrator, [`ServiceError::Invalid`]; [`ServiceError::NotFound`] for a repeated
/// request whose laboratory is somebody else's by now.
pub async fn add(
    ex: &Exchange,
    by: &By,
    content: LaboratoryContent,
    key: Option<Idempotency>,
) -> Result<Made<KeptLaboratory>, ServiceError> {
    let realm = administered(&by.actor)?;
    let (core, by) = (ex.core.clone(), by.clone());
    let added = ex.store.write(move |conn| {
        let id = LaboratoryId::new(core.ids.as_ref());
        let kept = idempotency::keep(conn, &core, by.actor.person, key.as_ref(), 201, &id)?;
        let replayed = kept.is_some();
        let id = kept.map_or(id, |(_, kept)| kept);
        if !replayed {
            let problems = problems(conn, &core, &realm, None, &content)?;
            if !problems.is_empty() {
                return Err(ServiceError::Invalid(problems));
            }
            organisations::insert_laboratory(conn, &row(id, &content))?;
            by.note(conn, &core, Act::AddLaboratory, about(id), None)?;
        }
        Ok(Made {
            document: find(conn, &realm, id).map(document)?,
            replayed,
        })
    });
    added.await.map_err(taken)
}

/// Changes a laboratory that is still at version `if_match`. Cases that were sent stay with the network that holds them.
///
/// # Errors
/// [`ServiceError::Forbidden`], [`ServiceError::NotFound`], [`ServiceError::Stale`], [`ServiceError::Invalid`].
pub async fn change(
    ex: &Exchange,
    by: &By,
    wanted: LaboratoryId,
    if_match: i64,
    content: LaboratoryContent,
) -> Result<KeptLaboratory, ServiceError> {
    let realm = administered(&by.actor)?;
    let (core, by) = (ex.core.clone(), by.clone());
    let changed = ex.store.write(move |conn| {
        let (version, old) = find(conn, &realm, wanted)?;
        if version != if_match {
            return Err(ServiceError::Stale { current: version });
        }
        let problems = problems(conn, &core, &realm, Some(wanted), &content)?;
        if !problems.is_empty() {
            return Err(ServiceError::Invalid(problems));
        }
        let new = row(wanted, &content);
        if !organisations::update_laboratory(conn, &new, version)? {
            return Err(ServiceError::Contended);
        }
        let names = differing(&[
            ("name", old.name != new.name),
            ("commune", old.commune != new.commune),
            ("territory", old.territory != new.territory),
            ("network", old.network != new.network),
            ("finess", old.finess != new.finess),
            ("local_number", old.local_number != new.local_number),
        ]);
        by.note(conn, &core, Act::EditLaboratory, about(wanted), names)?;
        Ok(document((version + 1, new)))
    });
    changed.await.map_err(taken)
}
