//! Slide sources: where a laboratory's slides are fetched from, and whether it can be done. Their credentials are sealed, and go
//! nowhere but to the server they were given for.

mod credentials;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use url::Url;

use super::people::homes;
use super::{By, administered, differing};
use crate::domain::administration::{Act, Subject, line_problem, name_problem};
use crate::domain::ids::{LaboratoryId, SlideSourceId};
use crate::domain::people::Actor;
use crate::domain::permissions::Realm;
use crate::domain::problems::{FieldProblem, FieldRule};
use crate::domain::slides::{LinkFailure, SlideFacts, SlideLocation, SourceKind};
use crate::service::error::ServiceError;
use crate::service::links::{credentials_place, registered};
use crate::service::{Core, Exchange, Idempotency, Made, idempotency};
use crate::slides::probe::Greeting;
use crate::store::Conn;
use crate::store::organisations::{self, SlideSource};

pub use self::credentials::NewCredentials;

/// Longest address of a slide source, and longest credential, in characters.
pub const ADDRESS_MAX: usize = 500;

/// What an administrator keeps of a slide source.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceContent {
    /// Whose it is.
    pub laboratory: LaboratoryId,
    /// Its name, for people.
    pub name: String,
    /// What it speaks.
    pub kind: SourceKind,
    /// Its address.
    pub base_url: String,
    /// Whether its address may be one of a private network.
    pub internal: bool,
    /// How it lets us in.
    #[serde(default)]
    pub credentials: NewCredentials,
}

/// A slide source as an administrator sees it: its credentials are never told.
#[derive(Debug, Clone, Serialize)]
pub struct SourceDocument {
    /// Identifier.
    pub id: SlideSourceId,
    /// Version, for the next change.
    pub version: i64,
    /// Whose it is.
    pub laboratory: LaboratoryId,
    /// Its name.
    pub name: String,
    /// What it speaks.
    pub kind: SourceKind,
    /// Its address.
    pub base_url: String,
    /// Whether its address may be one of a private network.
    pub internal: bool,
    /// Whether credentials are kept for it.
    pub has_credentials: bool,
    /// Of which kind they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scheme: Option<&'static str>,
    /// When the certificate among them runs out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate_expires_at: Option<DateTime<Utc>>,
}

fn document(core: &Core, (version, source): (i64, SlideSource)) -> SourceDocument {
    let (scheme, certificate_expires_at) = credentials::told(core, &source).unzip();
    SourceDocument {
        id: source.id,
        version,
        laboratory: source.laboratory,
        name: source.name,
        kind: source.kind,
        base_url: source.base_url,
        internal: source.internal,
        has_credentials: source.sealed_credentials.is_some(),
        scheme,
        certificate_expires_at: certificate_expires_at.flatten(),
    }
}

/// Whether what belongs to a laboratory is within.
fn covers(conn: &mut Conn, realm: &Realm, laboratory: LaboratoryId) -> Result<bool, ServiceError> {
    Ok(realm.is_whole()
        || homes(conn)?
            .get(&laboratory)
            .is_some_and(|network| realm.covers(*network)))
}

/// The slide sources that the actor administers, by name.
///
/// # Errors
/// [`ServiceError::Forbidden`] for who is no administrator.
pub async fn list(ex: &Exchange, actor: &Actor) -> Result<Vec<SourceDocument>, ServiceError> {
    let realm = administered(actor)?;
    let core = ex.core.clone();
    ex.store
        .read(move |conn| {
            let homes = homes(conn)?;
            let sources = organisations::all_slide_sources(conn)?.into_iter();
            let within = sources.filter(|(_, source)| {
                let network = homes.get(&source.laboratory);
                network.is_some_and(|network| realm.covers(*network))
            });
            Ok(within.map(|one| document(&core, one)).collect())
        })
        .await
}

/// One slide source.
///
/// # Errors
/// [`ServiceError::Forbidden`] for who is no administrator, [`ServiceError::NotFound`] for a source of somebody else.
pub async fn read(
    ex: &Exchange,
    actor: &Actor,
    wanted: SlideSourceId,
) -> Result<SourceDocument, ServiceError> {
    let realm = administered(actor)?;
    let core = ex.core.clone();
    ex.store
        .read(move |conn| find(conn, &realm, wanted).map(|found| document(&core, found)))
        .await
}

fn find(
    conn: &mut Conn,
    realm: &Realm,
    wanted: SlideSourceId,
) -> Result<(i64, SlideSource), ServiceError> {
    let found = organisations::slide_source_at_version(conn, wanted)?;
    let found = found.ok_or(ServiceError::NotFound)?;
    if covers(conn, realm, found.1.laboratory)? {
        Ok(found)
    } else {
        Err(ServiceError::NotFound)
    }
}

/// Everything that is wrong with what is to be kept of a source; `kept` is what is there now.
fn problems(
    conn: &mut Conn,
    (realm, now): (&Realm, DateTime<Utc>),
    kept: Option<&SlideSource>,
    content: &SourceContent,
) -> Result<Vec<FieldProblem>, ServiceError> {
    let mut problems: Vec<FieldProblem> =
        name_problem("/name", &content.name).into_iter().collect();
    if organisations::find_laboratory(conn, content.laboratory)?.is_none()
        || !covers(conn, realm, content.laboratory)?
    {
        problems.push(FieldProblem::new("/laboratory", FieldRule::UnknownCode));
    }
    let address = content.base_url.trim();
    problems.extend(address_problem("/base_url", address, content.internal));
    // An address within is reached from where the exchange runs: who keeps a network alone does not decide that.
    let kept_so = kept.is_some_and(|kept| kept.internal && kept.base_url == address);
    if content.internal && !kept_so && !realm.is_whole() {
        problems.push(FieldProblem::new("/internal", FieldRule::NotAllowedHere));
    }
    problems.extend(credentials::problems(kept, content, now));
    if let Some(kept) = kept
        && kept.kind != content.kind
        && organisations::is_linked(conn, kept.id)?
    {
        problems.push(FieldProblem::new("/kind", FieldRule::NotAllowedHere));
    }
    Ok(problems)
}

/// What is wrong with the address of a source: it is HTTPS unless it lies within, and holds no login, question or fragment.
fn address_problem(pointer: &str, address: &str, internal: bool) -> Option<FieldProblem> {
    if let Some(problem) = line_problem(pointer, address, ADDRESS_MAX) {
        return Some(problem);
    }
    let fits = Url::parse(address).is_ok_and(|url| {
        let scheme = url.scheme() == "https" || (internal && url.scheme() == "http");
        let plain = url.username().is_empty() && url.password().is_none();
        scheme && plain && url.has_host() && url.query().is_none() && url.fragment().is_none()
    });
    (!fits).then(|| {
        let expected =
            "an https address without login, question mark or #; http where it lies within";
        FieldProblem::new(
            pointer,
            FieldRule::Malformed {
                expected: expected.to_owned(),
            },
        )
    })
}

/// A source as it is to be kept, its credentials sealed.
fn row(
    core: &Core,
    id: SlideSourceId,
    kept: Option<&SlideSource>,
    content: &SourceContent,
) -> Result<SlideSource, ServiceError> {
    let mut source = SlideSource {
        id,
        laboratory: content.laboratory,
        name: content.name.trim().to_owned(),
        kind: content.kind,
        base_url: content.base_url.trim().to_owned(),
        internal: content.internal,
        sealed_credentials: None,
    };
    source.sealed_credentials = match &content.credentials {
        NewCredentials::Keep => kept.and_then(|kept| kept.sealed_credentials.clone()),
        new => new
            .given()
            .map(|given| core.sealing.seal(&credentials_place(&source), &given))
            .transpose()?,
    };
    Ok(source)
}

fn about(source: SlideSourceId) -> (Subject, String) {
    (Subject::SlideSource, source.to_string())
}

/// Registers a slide source.
///
/// # Errors
/// [`ServiceError::Forbidden`] for who is no administrator, [`ServiceError::Invalid`]; [`ServiceError::NotFound`] for a repeated
/// request whose source is somebody else's by now.
pub async fn add(
    ex: &Exchange,
    by: &By,
    content: SourceContent,
    key: Option<Idempotency>,
) -> Result<Made<SourceDocument>, ServiceError> {
    let realm = administered(&by.actor)?;
    let (core, by) = (ex.core.clone(), by.clone());
    // What a request held is kept as its hash; that of a credential must not be one that can be guessed without the key.
    let key = key.map(|key| Idempotency {
        fingerprint: core.sealing.keyed_hash(&key.fingerprint),
        ..key
    });
    ex.store
        .write(move |conn| {
            let id = SlideSourceId::new(core.ids.as_ref());
            let kept = idempotency::keep(conn, &core, by.actor.person, key.as_ref(), 201, &id)?;
            let replayed = kept.is_some();
            let id = kept.map_or(id, |(_, kept)| kept);
            if !replayed {
                let problems = problems(conn, (&realm, core.clock.now()), None, &content)?;
                if !problems.is_empty() {
                    return Err(ServiceError::Invalid(problems));
                }
                let source = row(&core, id, None, &content)?;
                organisations::insert_slide_source(conn, &source)?;
                by.note(conn, &core, Act::AddSlideSource, about(id), None)?;
            }
            Ok(Made {
                document: find(conn, &realm, id).map(|found| document(&core, found))?,
                replayed,
            })
        })
        .await
}

/// Changes a slide source that is still at version `if_match`.
///
/// # Errors
/// [`ServiceError::Forbidden`], [`ServiceError::NotFound`], [`ServiceError::Stale`], [`ServiceError::Invalid`].
pub async fn change(
    ex: &Exchange,
    by: &By,
    wanted: SlideSourceId,
    if_match: i64,
    content: SourceContent,
) -> Result<SourceDocument, ServiceError> {
    let realm = administered(&by.actor)?;
    let (core, by) = (ex.core.clone(), by.clone());
    ex.store
        .write(move |conn| {
            let (version, kept) = find(conn, &realm, wanted)?;
            if version != if_match {
                return Err(ServiceError::Stale { current: version });
            }
            let problems = problems(conn, (&realm, core.clock.now()), Some(&kept), &content)?;
            if !problems.is_empty() {
                return Err(ServiceError::Invalid(problems));
            }
            let source = row(&core, wanted, Some(&kept), &content)?;
            if !organisations::update_slide_source(conn, &source, version)? {
                return Err(ServiceError::Contended);
            }
            let changed = differing(&[
                ("laboratory", kept.laboratory != source.laboratory),
                ("name", kept.name != source.name),
                ("kind", kept.kind != source.kind),
                ("base_url", kept.base_url != source.base_url),
                ("internal", kept.internal != source.internal),
                (
                    "credentials",
                    kept.sealed_credentials != source.sealed_credentials,
                ),
            ]);
            by.note(conn, &core, Act::EditSlideSource, about(wanted), changed)?;
            Ok(document(&core, (version + 1, source)))
        })
        .await
}

/// What to test a source with.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sample {
    /// The address of one of its slides, as a pathologist would paste it.
    #[serde(default)]
    pub slide: Option<String>,
}

/// What a test found.
#[derive(Debug, Clone, Serialize)]
pub struct Tested {
    /// Whether the server answered at all.
    pub reached: bool,
    /// Whether what answered is of the registered kind; left out where only a slide can tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub of_its_kind: Option<bool>,
    /// Why it cannot be used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    /// How long the answer took, milliseconds.
    pub milliseconds: i64,
    /// The slide that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slide: Option<SlideFacts>,
}

/// Asks a slide source now: whether it answers, and with a slide's address, whether that slide can be read. No patient data is
/// asked for.
///
/// # Errors
/// [`ServiceError::Forbidden`], [`ServiceError::NotFound`]; [`ServiceError::Invalid`] for an address that is not the source's.
pub async fn test(
    ex: &Exchange,
    by: &By,
    wanted: SlideSourceId,
    sample: Sample,
) -> Result<Tested, ServiceError> {
    let realm = administered(&by.actor)?;
    let found = ex.store.read(move |conn| find(conn, &realm, wanted));
    let (_, source) = found.await?;
    let location = sample
        .slide
        .as_deref()
        .map(|pasted| SlideLocation::from_pasted(source.kind, &source.base_url, pasted))
        .transpose()
        .map_err(|_| {
            let expected = "the address of a slide on this source".to_owned();
            ServiceError::field("/slide", FieldRule::Malformed { expected })
        })?;
    let tested = ask(ex, &source, location).await?;
    let (core, by, said) = (ex.core.clone(), by.clone(), tested.failure.clone());
    ex.store
        .write(move |conn| {
            let said = said.clone().or_else(|| Some("answers".to_owned()));
            by.note(conn, &core, Act::TestSlideSource, about(wanted), said)
        })
        .await?;
    Ok(tested)
}

async fn ask(
    ex: &Exchange,
    source: &SlideSource,
    location: Option<SlideLocation>,
) -> Result<Tested, ServiceError> {
    let asked = registered(&ex.core, source)?;
    let began = ex.core.clock.now();
    let found = match &location {
        Some(location) => ex.prober.probe(&asked, location).await.map(Found::Slide),
        None => ex.prober.greet(&asked).await.map(Found::Greeting),
    };
    let milliseconds = (ex.core.clock.now() - began).num_milliseconds();
    let told = |of_its_kind, failure: Option<&LinkFailure>, slide| Tested {
        reached: failure.is_none_or(LinkFailure::is_an_answer),
        of_its_kind,
        failure: failure.map(LinkFailure::code),
        milliseconds,
        slide,
    };
    Ok(match found {
        Ok(Found::Slide(facts)) => told(Some(true), None, Some(facts)),
        Ok(Found::Greeting(Greeting::OfItsKind)) => told(Some(true), None, None),
        Ok(Found::Greeting(Greeting::OfAnother)) => told(Some(false), None, None),
        Ok(Found::Greeting(Greeting::Answers)) => told(None, None, None),
        Err(failure) => told(None, Some(&failure), None),
    })
}

enum Found {
    Slide(SlideFacts),
    Greeting(Greeting),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_one_that_keeps_what_it_is_told_to_itself() {
        let told =
            |address: &str, internal| address_problem("/base_url", address, internal).is_none();
        assert!(told("https://lames.example.org/iiif", false));
        assert!(told("http://10.0.0.7:8042/dicom-web", true));
        for bad in [
            "http://lames.example.org",
            "ftp://lames.example.org",
            "https://user:secret@lames.example.org",
            "https://lames.example.org/?key=secret",
            "https://lames.example.org/#x",
            "lames.example.org",
            "",
        ] {
            assert!(!told(bad, false), "{bad}");
        }
    }
}
