//! Grants: what lets a person look at one slide of a case for a while, and the record of who looked.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Duration, Utc};
use serde::Serialize;
use uuid::Uuid;

use super::super::error::ServiceError;
use super::super::sessions::Bearer;
use super::super::{Core, Exchange, audit};
use super::{found, may_see};
use crate::domain::ids::{CaseId, PersonId, SlideId};
use crate::domain::permissions::Relation;
use crate::store::slide_views::ViewRow;
use crate::store::{self, StoreError, micros};

/// How long a grant lives; a viewer asks for the next one before it ends.
pub const LIFETIME: Duration = Duration::minutes(30);
/// Where grants are sealed for.
const PLACE: &str = "slide grants";
/// Bytes of a grant before it is sealed: four identifiers and an instant.
const GRANT_BYTES: usize = 4 * 16 + 8;

/// Who may look at what, until when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Grant {
    pub(super) person: PersonId,
    pub(super) session: Uuid,
    pub(super) case: CaseId,
    pub(super) slide: SlideId,
    /// Microseconds.
    pub(super) expires_at: i64,
}

impl Grant {
    pub(super) fn of(bearer: Bearer, case: CaseId, slide: SlideId, expires_at: i64) -> Self {
        Self {
            person: bearer.person,
            session: bearer.family,
            case,
            slide,
            expires_at,
        }
    }

    fn seal(&self, core: &Core) -> Result<String, ServiceError> {
        let ids = [self.person.0, self.session, self.case.0, self.slide.0];
        let mut plain: Vec<u8> = ids.iter().flat_map(|id| *id.as_bytes()).collect();
        plain.extend_from_slice(&self.expires_at.to_be_bytes());
        let sealed = core.sealing.seal_bytes(PLACE, &plain)?;
        Ok(URL_SAFE_NO_PAD.encode(sealed))
    }

    /// Opens a grant. What is none leads nowhere.
    pub(super) fn open(core: &Core, text: &str) -> Result<Self, ServiceError> {
        let sealed = URL_SAFE_NO_PAD.decode(text);
        let sealed = sealed.map_err(|_| ServiceError::NotFound)?;
        let plain = core.sealing.open_bytes(PLACE, &sealed);
        let plain: [u8; GRANT_BYTES] = plain
            .ok()
            .and_then(|plain| plain.try_into().ok())
            .ok_or(ServiceError::NotFound)?;
        let (ids, expires_at) = plain.split_at(GRANT_BYTES - 8);
        let mut ids = ids.chunks_exact(16).map(Uuid::from_slice);
        let mut next = || ids.next()?.ok();
        let grant = (|| {
            Some(Self {
                person: PersonId(next()?),
                session: next()?,
                case: CaseId(next()?),
                slide: SlideId(next()?),
                expires_at: i64::from_be_bytes(expires_at.try_into().ok()?),
            })
        })();
        grant.ok_or(ServiceError::NotFound)
    }
}

/// What was granted.
#[derive(Debug, Serialize)]
pub struct Opened {
    /// Stands in the addresses of the slide's pictures.
    pub grant: String,
    /// Until when; ask again before.
    pub expires_at: DateTime<Utc>,
}

/// Lets a person look at a slide of a case. The first time in a session it is put on record, before anything is shown.
///
/// # Errors
/// [`ServiceError::NotFound`] for somebody who may not see the case's slides, and for a slide of another case.
pub async fn open(
    ex: &Exchange,
    bearer: Bearer,
    case: CaseId,
    slide: SlideId,
    request_id: &str,
) -> Result<Opened, ServiceError> {
    let now = ex.core.clock.now();
    recorded(ex, bearer, case, slide, request_id).await?;
    granted(&ex.core, bearer, case, slide, now)
}

/// Looks whether a person may see a slide, and puts it on record if it is the first time in their session.
pub(super) async fn recorded(
    ex: &Exchange,
    bearer: Bearer,
    case: CaseId,
    slide: SlideId,
    request_id: &str,
) -> Result<(), ServiceError> {
    let session = bearer.family.to_string();
    let (seen, relation) = ex
        .store
        .read(move |conn| {
            let actor = bearer.actor(conn)?;
            let (relation, _) = may_see(conn, &actor, case)?;
            found(conn, case, slide)?;
            let seen = store::slide_views::was_viewed(conn, &session, slide)?;
            Ok::<_, ServiceError>((seen, relation))
        })
        .await?;
    if seen {
        Ok(())
    } else {
        put_on_record(ex, bearer, case, slide, (relation, request_id)).await
    }
}

/// A grant, for who may see the slide.
fn granted(
    core: &Core,
    bearer: Bearer,
    case: CaseId,
    slide: SlideId,
    now: DateTime<Utc>,
) -> Result<Opened, ServiceError> {
    let expires_at = now + LIFETIME;
    let grant = Grant::of(bearer, case, slide, micros(expires_at));
    Ok(Opened {
        grant: grant.seal(core)?,
        expires_at,
    })
}

/// Lets a person's browser fetch pictures of a slide ahead. It is on record as what it is: nobody has looked at it yet.
pub(in crate::service) async fn open_ahead(
    ex: &Exchange,
    bearer: Bearer,
    case: CaseId,
    slide: SlideId,
    request_id: &str,
) -> Result<Opened, ServiceError> {
    let (core, request_id) = (ex.core.clone(), request_id.to_owned());
    ex.store
        .write(move |conn| {
            let actor = bearer.actor(conn)?;
            let (relation, _) = may_see(conn, &actor, case)?;
            found(conn, case, slide)?;
            let (person, action) = (bearer.person, "prepare_slide");
            let entry = audit::entry(&core, person, relation, action, Some(case), &request_id);
            store::traces::insert_audit(conn, &entry)?;
            granted(&core, bearer, case, slide, core.clock.now())
        })
        .await
}

async fn put_on_record(
    ex: &Exchange,
    bearer: Bearer,
    case: CaseId,
    slide: SlideId,
    (relation, request_id): (Relation, &str),
) -> Result<(), ServiceError> {
    let entry = audit::entry(
        &ex.core,
        bearer.person,
        relation,
        "view_slide",
        Some(case),
        request_id,
    );
    let view = ViewRow {
        id: entry.id.clone(),
        session_id: bearer.family.to_string(),
        person_id: bearer.person.to_string(),
        case_id: case.to_string(),
        slide_id: slide.to_string(),
        opened_at: entry.at,
        seconds: 0,
        finest_nanometres: None,
        light_seconds: 0,
    };
    let kept = ex.store.write(move |conn| {
        store::slide_views::insert_view(conn, &view)?;
        store::traces::insert_audit(conn, &entry)
    });
    match kept.await {
        // Another tab of the same session was a moment faster.
        Ok(()) | Err(StoreError::Duplicate) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
