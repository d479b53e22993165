//! Agreements: which of one network's cases may overflow to another's pool, and from when to when.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::networks::code_problems;
use super::{By, administered, differing};
use crate::domain::administration::{Act, Subject};
use crate::domain::ids::{AgreementId, NetworkId};
use crate::domain::people::Actor;
use crate::domain::permissions::Realm;
use crate::domain::problems::{FieldProblem, FieldRule};
use crate::domain::turnaround::Urgency;
use crate::service::error::ServiceError;
use crate::service::{Core, Exchange, Idempotency, Made, idempotency};
use crate::store::Conn;
use crate::store::organisations::{self, Agreement};

/// What an administrator keeps of an agreement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgreementContent {
    /// Whose cases overflow.
    pub from_network: NetworkId,
    /// Whose pool answers.
    pub to_network: NetworkId,
    /// For these subspecialties; for all when empty.
    #[serde(default)]
    pub subspecialties: Vec<String>,
    /// For these urgencies; for all when empty.
    #[serde(default)]
    pub urgencies: Vec<Urgency>,
    /// First day.
    pub valid_from: NaiveDate,
    /// Last day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<NaiveDate>,
}

/// An agreement as an administrator sees it.
#[derive(Debug, Clone, Serialize)]
pub struct KeptAgreement {
    /// Identifier.
    pub id: AgreementId,
    /// Version, for the next change.
    pub version: i64,
    /// What is kept of it.
    #[serde(flatten)]
    pub content: AgreementContent,
    /// Whether this administrator may change it: who keeps one of its networks alone may not.
    pub changeable: bool,
}

fn document(realm: &Realm, (version, agreement): (i64, Agreement)) -> KeptAgreement {
    KeptAgreement {
        id: agreement.id,
        version,
        changeable: realm.covers(agreement.from) && realm.covers(agreement.to),
        content: AgreementContent {
            from_network: agreement.from,
            to_network: agreement.to,
            subspecialties: agreement.subspecialties,
            urgencies: agreement.urgencies,
            valid_from: agreement.valid_from,
            valid_until: agreement.valid_until,
        },
    }
}

fn row(id: AgreementId, content: &AgreementContent) -> Agreement {
    Agreement {
        id,
        from: content.from_network,
        to: content.to_network,
        subspecialties: content.subspecialties.clone(),
        urgencies: content.urgencies.clone(),
        valid_from: content.valid_from,
        valid_until: content.valid_until,
    }
}

/// The agreements of the networks that the actor administers, the earliest first.
///
/// # Errors
/// [`ServiceError::Forbidden`] for who is no administrator.
pub async fn list(ex: &Exchange, actor: &Actor) -> Result<Vec<KeptAgreement>, ServiceError> {
    let realm = administered(actor)?;
    ex.store
        .read(move |conn| {
            let all = organisations::agreements_at_version(conn)?.into_iter();
            let within = all.filter(|(_, one)| realm.covers(one.from) || realm.covers(one.to));
            Ok(within.map(|one| document(&realm, one)).collect())
        })
        .await
}

/// One agreement.
///
/// # Errors
/// [`ServiceError::Forbidden`] for who is no administrator, [`ServiceError::NotFound`] for an agreement of others.
pub async fn read(
    ex: &Exchange,
    actor: &Actor,
    wanted: AgreementId,
) -> Result<KeptAgreement, ServiceError> {
    let realm = administered(actor)?;
    ex.store
        .read(move |conn| find(conn, &realm, wanted).map(|found| document(&realm, found)))
        .await
}

fn find(
    conn: &mut Conn,
    realm: &Realm,
    wanted: AgreementId,
) -> Result<(i64, Agreement), ServiceError> {
    organisations::agreement_at_version(conn, wanted)?
        .filter(|(_, one)| realm.covers(one.from) || realm.covers(one.to))
        .ok_or(ServiceError::NotFound)
}

/// An agreement binds two networks: who keeps both of them writes it.
fn keeps_both(realm: &Realm, from: NetworkId, to: NetworkId) -> Result<(), ServiceError> {
    if realm.covers(from) && realm.covers(to) {
        Ok(())
    } else {
        Err(ServiceError::Forbidden(
            "an agreement is kept by who administers both of its networks",
        ))
    }
}

/// Everything that is wrong with what is to be kept of an agreement.
fn problems(
    conn: &mut Conn,
    core: &Core,
    content: &AgreementContent,
) -> Result<Vec<FieldProblem>, ServiceError> {
    let mut problems = Vec::new();
    for (pointer, network) in [
        ("/from_network", content.from_network),
        ("/to_network", content.to_network),
    ] {
        if organisations::find_network(conn, network)?.is_none() {
            problems.push(FieldProblem::new(pointer, FieldRule::UnknownCode));
        }
    }
    if content.from_network == content.to_network {
        problems.push(FieldProblem::new("/to_network", FieldRule::Duplicate));
    }
    let known = |code: &str| {
        core.reference
            .subspecialty_codes()
            .iter()
            .any(|c| c == code)
    };
    problems.extend(code_problems(
        "/subspecialties",
        &content.subspecialties,
        known,
        0,
    ));
    for (at, urgency) in content.urgencies.iter().enumerate() {
        if content
            .urgencies
            .get(..at)
            .unwrap_or_default()
            .contains(urgency)
        {
            let place = format!("/urgencies/{at}");
            problems.push(FieldProblem::new(place, FieldRule::Duplicate));
        }
    }
    if content
        .valid_until
        .is_some_and(|last| last < content.valid_from)
    {
        let expected = "no earlier than valid_from".to_owned();
        let rule = FieldRule::Malformed { expected };
        problems.push(FieldProblem::new("/valid_until", rule));
    }
    Ok(problems)
}

fn about(agreement: AgreementId) -> (Subject, String) {
    (Subject::Agreement, agreement.to_string())
}

/// Adds an agreement.
///
/// # Errors
/// [`ServiceError::Forbidden`] for who does not administer both networks, [`ServiceError::Invalid`]; [`ServiceError::NotFound`] for a
/// repeated request whose agreement is that of others by now.
pub async fn add(
    ex: &Exchange,
    by: &By,
    content: AgreementContent,
    key: Option<Idempotency>,
) -> Result<Made<KeptAgreement>, ServiceError> {
    let realm = administered(&by.actor)?;
    let (core, by) = (ex.core.clone(), by.clone());
    ex.store
        .write(move |conn| {
            let id = AgreementId::new(core.ids.as_ref());
            let kept = idempotency::keep(conn, &core, by.actor.person, key.as_ref(), 201, &id)?;
            let replayed = kept.is_some();
            let id = kept.map_or(id, |(_, kept)| kept);
            if !replayed {
                let problems = problems(conn, &core, &content)?;
                if !problems.is_empty() {
                    return Err(ServiceError::Invalid(problems));
                }
                keeps_both(&realm, content.from_network, content.to_network)?;
                organisations::insert_agreement(conn, &row(id, &content))?;
                by.note(conn, &core, Act::AddAgreement, about(id), None)?;
            }
            Ok(Made {
                document: document(&realm, find(conn, &realm, id)?),
                replayed,
            })
        })
        .await
}

/// Changes an agreement that is still at version `if_match`. What has overflowed already stays where it is.
///
/// # Errors
/// [`ServiceError::Forbidden`], [`ServiceError::NotFound`], [`ServiceError::Stale`], [`ServiceError::Invalid`].
pub async fn change(
    ex: &Exchange,
    by: &By,
    wanted: AgreementId,
    if_match: i64,
    content: AgreementContent,
) -> Result<KeptAgreement, ServiceError> {
    let realm = administered(&by.actor)?;
    let (core, by) = (ex.core.clone(), by.clone());
    ex.store
        .write(move |conn| {
            let (version, old) = find(conn, &realm, wanted)?;
            keeps_both(&realm, old.from, old.to)?;
            if version != if_match {
                return Err(ServiceError::Stale { current: version });
            }
            let problems = problems(conn, &core, &content)?;
            if !problems.is_empty() {
                return Err(ServiceError::Invalid(problems));
            }
            keeps_both(&realm, content.from_network, content.to_network)?;
            let new = row(wanted, &content);
            if !organisations::update_agreement(conn, &new, version)? {
                return Err(ServiceError::Contended);
            }
            let names = differing(&[
                ("from_network", old.from != new.from),
                ("to_network", old.to != new.to),
                ("subspecialties", old.subspecialties != new.subspecialties),
                ("urgencies", old.urgencies != new.urgencies),
                ("valid_from", old.valid_from != new.valid_from),
                ("valid_until", old.valid_until != new.valid_until),
            ]);
            by.note(conn, &core, Act::EditAgreement, about(wanted), names)?;
            Ok(document(&realm, (version + 1, new)))
        })
        .await
}
