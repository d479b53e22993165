//! Signing a version of an opinion, or a reading of a panel, inside the transaction that records it, and handing its signed form out.

use chrono::Duration;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::access::relations_to;
use super::cases::record_read;
use super::change::Change;
use super::error::ServiceError;
use super::jobs::Job;
use super::signing_keys::{self, Held, authority, decoded};
use super::{
    Exchange, certificates, panel_documents, slide_reading, snapshots, token_signing, transparency,
};
use crate::domain::hexadecimal::hex;
use crate::domain::ids::{CaseId, OpinionId, PersonId, SigningKeyId};
use crate::domain::opinions::{OpinionContent, OpinionKind};
use crate::domain::people::Actor;
use crate::domain::permissions::{Relation, View, view};
use crate::domain::statement::{
    CaseNamed, FORM, Followed, OpinionNamed, Requester, Signer, SlideNamed, Statement,
};
use crate::signing::authority::pem;
use crate::signing::jades::{self, Jades};
use crate::signing::{SigningError, canonical};
use crate::store::cases::CaseRow;
use crate::store::signatures::{self, SignatureRow};
use crate::store::timestamps::TimestampRow;
use crate::store::{self, Conn, StoreError, micros, organisations};

/// How far the clocks of two instances may be apart. One that is further behind what happened to the case has jumped back.
const CLOCKS_APART: Duration = Duration::minutes(5);

impl From<SigningError> for ServiceError {
    fn from(error: SigningError) -> Self {
        Self::Internal(error.to_string())
    }
}

/// What is signed of a version or a reading, beside its content.
pub(super) struct Version<'a> {
    pub(super) id: OpinionId,
    pub(super) number: i32,
    pub(super) kind: OpinionKind,
    pub(super) cycle: i32,
    pub(super) follows: Option<OpinionId>,
    pub(super) reason: Option<&'a str>,
}

/// Signs a version or a reading, as the expert who gave it: keeps its signed form, and has it entered in the log and stamped.
pub(super) fn sign(
    change: &mut Change<'_>,
    expert: PersonId,
    version: &Version<'_>,
    content: &OpinionContent,
) -> Result<(), ServiceError> {
    let signed = signed(change, expert, version, content)?;
    signatures::insert(
        change.conn,
        &SignatureRow {
            opinion_id: version.id.to_string(),
            key_id: signed.key.to_string(),
            sha256: signed.sha256,
            jades: signed.jades,
        },
    )?;
    transparency::keep(change, version.id, &signed.form)?;
    if change.core.stamper.is_some() {
        let opinion = version.id;
        change.schedule(&Job::Timestamp { opinion }, change.now)?;
    }
    Ok(())
}

/// A signed form, and the key that made it.
struct Signed {
    key: SigningKeyId,
    /// The form as it is kept.
    jades: String,
    /// SHA-256 of that.
    sha256: String,
    form: Jades,
}

/// The signed form of a version, as the expert who gave it. Nothing but their key is kept.
fn signed(
    change: &mut Change<'_>,
    expert: PersonId,
    version: &Version<'_>,
    content: &OpinionContent,
) -> Result<Signed, ServiceError> {
    if micros(change.now + CLOCKS_APART) < change.row.updated_at {
        return Err(signing_keys::clock_behind("the case was changed last"));
    }
    let statement = statement(change, expert, version, content)?;
    let payload = canonical::bytes(&statement)?;
    let key = signing_keys::of(change.conn, change.core, change.now, &statement.signed_by)?;
    let chain: Vec<&[u8]> = std::iter::once(&key.certificate)
        .chain(&key.issuers)
        .map(Vec::as_slice)
        .collect();
    let prepared = jades::prepare(&payload, &chain, change.now)?;
    let (id, signed) = match &key.held {
        Held::Sealed(pkcs8) => (key.id, prepared.signed_by(pkcs8)?),
        Held::InToken(_) => (
            key.id,
            token_signing::by_token(change, version.id, key, prepared)?,
        ),
    };
    let jades = store::to_json(&signed)?;
    Ok(Signed {
        key: id,
        sha256: hex(&Sha256::digest(jades.as_bytes())),
        jades,
        form: signed,
    })
}

fn statement(
    change: &mut Change<'_>,
    expert: PersonId,
    version: &Version<'_>,
    content: &OpinionContent,
) -> Result<Statement, ServiceError> {
    let missing = |what: &'static str| move || ServiceError::Internal(format!("no {what}"));
    let conn = &mut *change.conn;
    let row = &change.row;
    let laboratory = organisations::find_laboratory(conn, store::id(&row.laboratory_id)?)?
        .ok_or_else(missing("laboratory"))?;
    let network = organisations::find_network(conn, store::id(&row.network_id)?)?
        .ok_or_else(missing("network"))?;
    let submitter = store::people::find(conn, store::id(&row.submitter_id)?)?
        .ok_or_else(missing("submitter"))?;
    let signer = store::people::find(conn, expert)?.ok_or_else(missing("signer"))?;
    // A version of the time before versions were signed has no signed form to name: the first signed one begins the chain.
    let follows = match version.follows {
        None => None,
        Some(id) => signatures::find(conn, change.id, id)?.map(|signed| Followed {
            id,
            sha256: signed.sha256,
        }),
    };
    let slides: Vec<SlideNamed> = store::slides::of_case(conn, change.id)?
        .into_iter()
        .map(|slide| SlideNamed {
            id: slide.id,
            label: slide.content.label,
            stain: slide.content.stain,
            readable: slide.failure.is_none() && slide.checked_at.is_some(),
        })
        .collect();
    let reading = slide_reading::evidence(conn, expert, change.id, &slides)?;
    let panel = match version.kind {
        OpinionKind::Reading | OpinionKind::Cosignature | OpinionKind::Dissent => Vec::new(),
        _ => panel_documents::named(conn, row)?,
    };
    let whole = |number: i32| u32::try_from(number).map_err(|_| StoreError::Corrupt("number"));
    Ok(Statement {
        form: FORM.to_owned(),
        case: CaseNamed {
            id: change.id,
            reference: row.reference.clone(),
        },
        requested_by: Requester {
            laboratory: laboratory.id,
            laboratory_name: laboratory.name,
            finess: laboratory.finess,
            person: submitter.id,
            name: submitter.display_name,
        },
        signed_by: Signer {
            person: signer.id,
            name: signer.display_name,
            rpps: signer.rpps,
            network: network.id,
            network_name: network.name,
        },
        signed_at: change.now,
        opinion: OpinionNamed {
            id: version.id,
            version: whole(version.number)?,
            kind: version.kind,
            cycle: whole(version.cycle)?,
            follows,
            reason: version.reason.map(ToOwned::to_owned),
        },
        initial_diagnosis_status: change.facts()?.initial_status,
        codes: change.core.codes.of(content),
        synoptic: content
            .synoptic
            .as_ref()
            .and_then(|one| change.core.templates.said(one)),
        slides,
        reading: Some(reading),
        panel,
        snapshots: snapshots::named(change.conn, change.id, content)?,
        content: content.clone(),
    })
}

/// The signed form of a version, byte for byte as it was signed, with its time stamp beside where it has one. Its reading is on
/// record.
///
/// # Errors
/// [`ServiceError::NotFound`] for who may not read the opinion, and for a version that is not signed.
pub async fn signed_form(
    ex: &Exchange,
    actor: &Actor,
    case: CaseId,
    opinion: OpinionId,
    request_id: &str,
) -> Result<String, ServiceError> {
    hand_out(ex, actor, case, opinion, request_id, move |conn, asked| {
        Ok(signatures::find(conn, case, asked.signed)?.is_some())
    })
    .await
}

/// Who asks for which signed form of a case that they see in full.
pub(super) struct Asked<'a> {
    pub(super) row: &'a CaseRow,
    pub(super) relations: &'a [Relation],
    pub(super) person: PersonId,
    pub(super) signed: OpinionId,
}

/// Hands out the signed form of a version or a reading, where `may_read` finds that it is the case's and theirs to read; on record.
///
/// # Errors
/// [`ServiceError::NotFound`] otherwise.
pub(super) async fn hand_out(
    ex: &Exchange,
    actor: &Actor,
    case: CaseId,
    signed: OpinionId,
    request_id: &str,
    may_read: impl FnOnce(&mut Conn, &Asked<'_>) -> Result<bool, ServiceError> + Send + 'static,
) -> Result<String, ServiceError> {
    let person = actor.clone();
    let (form, relation) = ex
        .store
        .read(move |conn| {
            let row = store::cases::find(conn, case)?.ok_or(ServiceError::NotFound)?;
            let relations = relations_to(conn, &person, &row)?;
            let relation = relations.first().copied().ok_or(ServiceError::NotFound)?;
            let asked = Asked {
                row: &row,
                relations: &relations,
                person: person.person,
                signed,
            };
            if view(&relations) != Some(View::Full) || !may_read(conn, &asked)? {
                return Err(ServiceError::NotFound);
            }
            let form = form(conn, signed)?.ok_or(ServiceError::NotFound)?;
            Ok::<_, ServiceError>((form, relation))
        })
        .await?;
    record_read(ex, actor, case, relation, "read_signature", request_id).await?;
    Ok(form)
}

/// A signed form with its time stamp beside, where it has one; none of what nobody signed.
pub(super) fn form(conn: &mut Conn, signed: OpinionId) -> Result<Option<String>, ServiceError> {
    let Some(form) = signatures::form(conn, signed)? else {
        return Ok(None);
    };
    let stamp = store::timestamps::find(conn, signed)?;
    with_stamp(form, stamp).map(Some)
}

/// A signed form with its time stamp; without one as it is.
fn with_stamp(signed: String, stamp: Option<TimestampRow>) -> Result<String, ServiceError> {
    let Some(stamp) = stamp else {
        return Ok(signed);
    };
    let read: Jades =
        serde_json::from_str(&signed).map_err(|_| StoreError::Corrupt("signature"))?;
    Ok(store::to_json(&read.stamped(&decoded(&stamp.token)?)?)?)
}

/// The exchange's signing authority, as everybody may know it.
#[derive(Debug, Clone, Serialize)]
pub struct AuthorityDocument {
    /// Its certificate, PEM.
    pub certificate: String,
    /// SHA-256 of the certificate's bytes, lower-case hexadecimal: what a reader compares.
    pub sha256: String,
    /// Those that certify no more: what they certified stays verifiable.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<Self>,
    /// Authorities of networks, which the operator trusts beside the exchange's own.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub registered: Vec<RegisteredDocument>,
}

/// An authority of a network's own.
#[derive(Debug, Clone, Serialize)]
pub struct RegisteredDocument {
    /// The name under which it is trusted.
    pub name: String,
    /// Its certificate, PEM.
    pub certificate: String,
    /// SHA-256 of the certificate's bytes, lower-case hexadecimal.
    pub sha256: String,
}

impl AuthorityDocument {
    fn of(certificate: &[u8]) -> Self {
        Self {
            certificate: pem(certificate),
            sha256: hex(&Sha256::digest(certificate)),
            earlier: Vec::new(),
            registered: Vec::new(),
        }
    }
}

/// The authority that certifies the experts' keys; made when there is none yet.
///
/// # Errors
/// Storage failures.
pub async fn signing_authority(ex: &Exchange) -> Result<AuthorityDocument, ServiceError> {
    let certificate = certificate(ex).await?;
    let earlier = earlier(ex).await?;
    let registered = certificates::registered(ex).await?.into_iter();
    let trusted = registered.filter(|one| one.withdrawn_at.is_none());
    Ok(AuthorityDocument {
        registered: trusted
            .map(|one| RegisteredDocument {
                certificate: pem(&one.certificate),
                sha256: one.sha256,
                name: one.name,
            })
            .collect(),
        earlier: earlier
            .iter()
            .map(|one| AuthorityDocument::of(one))
            .collect(),
        ..AuthorityDocument::of(&certificate)
    })
}

/// Takes the authority out of use and makes another. Experts get a key of the new one when they sign next.
///
/// # Errors
/// Storage failures.
pub async fn rotate_authority(ex: &Exchange) -> Result<AuthorityDocument, ServiceError> {
    let core = ex.core.clone();
    ex.store
        .write(move |conn| {
            signatures::retire_authority(conn)?;
            let (_, made) = authority(conn, &core, core.clock.now())?;
            Ok(AuthorityDocument::of(&made.certificate))
        })
        .await
}

/// The certificates of the authorities that are out of use, DER.
pub(super) async fn earlier(ex: &Exchange) -> Result<Vec<Vec<u8>>, ServiceError> {
    let rows = ex.store.read(signatures::earlier_authorities).await?;
    rows.iter().map(|row| decoded(&row.certificate)).collect()
}

/// The authority's certificate, DER.
pub(super) async fn certificate(ex: &Exchange) -> Result<Vec<u8>, ServiceError> {
    let known = ex
        .store
        .read(|conn| signatures::active_authority(conn).map_err(ServiceError::from))
        .await?;
    if let Some(row) = known {
        return decoded(&row.certificate);
    }
    let core = ex.core.clone();
    ex.store
        .write(move |conn| {
            authority(conn, &core, core.clock.now()).map(|(_, made)| made.certificate)
        })
        .await
}
