//! The slides of a specimen, looked for on the laboratory's own servers by its accession number, before a case links them. Only
//! DICOMweb knows such numbers.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::Duration;
use serde::{Deserialize, Serialize};

use super::error::ServiceError;
use super::thumbnails::whole;
use super::viewing::shown_of;
use super::{Core, Exchange, audit, links};
use crate::domain::ids::{LaboratoryId, PersonId, SlideSourceId};
use crate::domain::people::Actor;
use crate::domain::permissions::Relation;
use crate::domain::slides::{SlideLocation, SourceKind};
use crate::slides::picture::Picture;
use crate::store::{self, micros, organisations};

/// How long the picture of a slide that was found can be asked for.
const SHOWN_FOR: Duration = Duration::minutes(30);
/// Where the looks are sealed for.
const PLACE: &str = "found slides";

/// A slide that was found.
#[derive(Debug, Clone)]
pub struct FoundSlide {
    /// Its address, as somebody would paste it.
    pub link: String,
    /// What stands on its glass; empty where nothing is told.
    pub label: String,
    /// Stands in the address of its picture.
    pub picture: String,
}

/// What was found.
#[derive(Debug, Clone, Default)]
pub struct Found {
    /// The slides, by server and label.
    pub slides: Vec<FoundSlide>,
    /// Servers that could not be asked, by name, with why.
    pub failed: Vec<(String, String)>,
}

/// Who may look at what, until when.
#[derive(Serialize, Deserialize)]
struct Look {
    person: PersonId,
    source: SlideSourceId,
    location: SlideLocation,
    until: i64,
}

impl Look {
    fn seal(&self, core: &Core) -> Result<String, ServiceError> {
        let plain = store::to_json(self)?;
        let sealed = core.sealing.seal_bytes(PLACE, plain.as_bytes())?;
        Ok(URL_SAFE_NO_PAD.encode(sealed))
    }

    /// What is no look leads nowhere.
    fn open(core: &Core, text: &str) -> Result<Self, ServiceError> {
        let sealed = URL_SAFE_NO_PAD.decode(text);
        let sealed = sealed.map_err(|_| ServiceError::NotFound)?;
        let plain = core.sealing.open_bytes(PLACE, &sealed);
        let plain = plain.map_err(|_| ServiceError::NotFound)?;
        serde_json::from_slice(&plain).map_err(|_| ServiceError::NotFound)
    }
}

/// Looks for the slides of an accession number on every server of a laboratory that can be searched. It is on record, without the
/// number.
///
/// # Errors
/// [`ServiceError::NotFound`] for who does not submit for that laboratory.
pub async fn by_accession(
    ex: &Exchange,
    actor: &Actor,
    laboratory: LaboratoryId,
    accession: &str,
    request_id: &str,
) -> Result<Found, ServiceError> {
    if !actor.submits_for(laboratory) {
        return Err(ServiceError::NotFound);
    }
    let (core, person) = (&ex.core, actor.person);
    let (standing, act) = (Relation::Submitter, "search_slides");
    let entry = audit::entry(core, person, standing, act, None, request_id);
    let written = ex.store.write(move |conn| {
        store::traces::insert_audit(conn, &entry)?;
        organisations::slide_sources(conn, laboratory).map_err(ServiceError::from)
    });
    let mut found = Found::default();
    for source in written.await? {
        if source.kind != SourceKind::DicomWeb {
            continue;
        }
        let asked = links::registered(core, &source)?;
        match ex.prober.by_accession(&asked, accession).await {
            Ok(slides) => {
                for slide in slides {
                    let look = Look {
                        person,
                        source: source.id,
                        location: slide.location.clone(),
                        until: micros(core.clock.now() + SHOWN_FOR),
                    };
                    found.slides.push(FoundSlide {
                        link: slide.location.address(&source.base_url),
                        label: slide.label,
                        picture: look.seal(core)?,
                    });
                }
            }
            Err(failure) => found.failed.push((source.name, failure.code())),
        }
    }
    Ok(found)
}

/// The small picture of a slide that was found, for who found it.
///
/// # Errors
/// [`ServiceError::NotFound`] for anybody else, and when it is too late; [`ServiceError::SlideUnavailable`].
pub async fn picture(
    ex: &Exchange,
    actor: &Actor,
    look: &str,
) -> Result<Arc<Picture>, ServiceError> {
    let look = Look::open(&ex.core, look)?;
    if look.person != actor.person || look.until <= micros(ex.core.clock.now()) {
        return Err(ServiceError::NotFound);
    }
    let wanted = look.source;
    let source = ex
        .store
        .read(move |conn| {
            organisations::find_slide_source(conn, wanted).map_err(ServiceError::from)
        })
        .await?
        .filter(|source| actor.submits_for(source.laboratory))
        .ok_or(ServiceError::NotFound)?;
    // Of no case yet: its pictures are kept on no disk.
    let source = links::registered(&ex.core, &source)?;
    let shown = shown_of(ex, source, &look.location, true).await?;
    whole(&shown).await
}
