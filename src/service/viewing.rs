//! Looking at slides: a person allowed on a case gets a grant for one slide, and with it pictures, as long as they may see it.
//!
//! A grant is short-lived and sealed: it says to nobody but us whose it is. Each use asks again whether the person still may see
//! the case, at most [`LOOKED_AT_EVERY`] ago, so that it dies with the assignment, the role and the session.

mod grants;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration as Span;

use chrono::Duration;
use moka::future::Cache;
use serde::Serialize;
use tokio::sync::Notify;

pub(super) use self::grants::open_ahead;
use self::grants::{Grant, recorded};
pub use self::grants::{LIFETIME, Opened, open};
use super::access::relations_to;
use super::error::ServiceError;
use super::sessions::Bearer;
use super::{Core, Exchange, links};
use crate::domain::breaker::Circuit;
use crate::domain::cases::CaseState;
use crate::domain::ids::{CaseId, SlideId, SlideSourceId};
use crate::domain::image_request::Wanted;
use crate::domain::layers::Layers;
use crate::domain::people::Actor;
use crate::domain::permissions::{Relation, View, view};
use crate::domain::pyramid::{DeepZoomFace, PictureLimits, PlanError, Region};
use crate::domain::slides::{SlideFacts, SlideLocation};
use crate::domain::time::Clock;
use crate::sealing::Sealing;
use crate::slides::dicom_face;
pub use crate::slides::dicom_face::{Face, JPEG_BASELINE, Shown as Instance};
pub use crate::slides::disk::DiskState;
use crate::slides::disk::{DiskError, Seal};
use crate::slides::gateway::{Gateway, GatewayError, GatewayLimits, OpenSlide};
use crate::slides::outbound::{ClientError, OutboundLimits, RegisteredSource};
pub use crate::slides::picture::Picture;
use crate::store::{self, Conn, micros, organisations};

/// For how long one look at a person's rights is good.
pub const LOOKED_AT_EVERY: Duration = Duration::seconds(5);
/// Rights kept in memory at a time.
const PERMITS: u64 = 20_000;
/// What the key of the pictures on the disk is for.
const ON_DISK: &str = "slides on the disk";
/// What the key of the identifiers of DICOM is for.
const DICOM_NAMES: &str = "identifiers of DICOM";

/// Shows slides.
#[derive(Clone)]
pub struct Viewer {
    gateway: Gateway,
    permits: Cache<(Grant, i64), Arc<Permit>>,
    /// Told when a case is over.
    ended: Arc<Notify>,
}

impl Viewer {
    /// Within these limits.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn new(
        outbound: OutboundLimits,
        limits: GatewayLimits,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, ClientError> {
        Ok(Self {
            gateway: Gateway::new(outbound, limits, clock)?,
            permits: Cache::builder()
                .max_capacity(PERMITS)
                .time_to_live(Span::from_secs(60))
                .build(),
            ended: Arc::default(),
        })
    }

    /// Keeps pictures on a disk too, sealed under a key made from the one that seals patient data.
    ///
    /// # Errors
    /// [`DiskError`].
    pub fn keep_on(&self, core: &Core, folder: &Path, limit: u64) -> Result<(), DiskError> {
        let seal = UnderOurKey(core.sealing.for_purpose(ON_DISK));
        self.gateway.keep_on(folder, limit, Arc::new(seal))
    }

    /// What is on the disk; none where nothing is kept there.
    pub fn disk(&self) -> Option<DiskState> {
        self.gateway.disk()
    }

    /// Told when a case is over, so that its slides go from the disk soon.
    pub(super) fn ended(&self) -> &Notify {
        &self.ended
    }

    pub(super) fn gateway(&self) -> &Gateway {
        &self.gateway
    }

    /// How a slide source does.
    pub fn circuit(&self, source: SlideSourceId) -> Circuit {
        self.gateway.circuit(source)
    }
}

/// Seals the pictures on the disk.
struct UnderOurKey(Sealing);

impl Seal for UnderOurKey {
    fn seal(&self, place: &str, plain: &[u8]) -> Option<Vec<u8>> {
        self.0.seal_bytes(place, plain).ok()
    }

    fn open(&self, place: &str, sealed: &[u8]) -> Option<Vec<u8>> {
        self.0.open_bytes(place, sealed).ok()
    }

    fn name(&self, text: &str) -> String {
        self.0.keyed_hash(text)
    }
}

/// What a person who sees the whole case is to it, and whether it is over.
pub(super) fn may_see(
    conn: &mut Conn,
    actor: &Actor,
    case: CaseId,
) -> Result<(Relation, bool), ServiceError> {
    let row = store::cases::find(conn, case)?.ok_or(ServiceError::NotFound)?;
    let relations = relations_to(conn, actor, &row)?;
    if view(&relations) != Some(View::Full) {
        return Err(ServiceError::NotFound);
    }
    let relation = relations.first().copied().ok_or(ServiceError::NotFound)?;
    Ok((relation, store::name::<CaseState>(&row.state)?.is_over()))
}

/// A slide of the case, and its source.
fn found(
    conn: &mut Conn,
    case: CaseId,
    slide: SlideId,
) -> Result<(SlideLocation, organisations::SlideSource), ServiceError> {
    let slides = store::slides::of_case(conn, case)?;
    let slide = slides.into_iter().find(|one| one.id == slide);
    let content = slide.ok_or(ServiceError::NotFound)?.content;
    let source = organisations::find_slide_source(conn, content.source)?;
    Ok((content.location, source.ok_or(ServiceError::NotFound)?))
}

/// A person who may look at a slide now.
struct Permit {
    source: RegisteredSource,
    location: SlideLocation,
    /// Whether its case is over: its pictures are kept on no disk any more.
    over: bool,
}

/// A slide as its viewer needs it.
pub struct Shown {
    viewer: Viewer,
    slide: OpenSlide,
    /// Names identifiers of DICOM anew.
    names: Sealing,
}

/// What a viewer must know of a slide.
#[derive(Debug, Serialize)]
pub struct Description {
    /// What the slide is.
    #[serde(flatten)]
    pub facts: SlideFacts,
    /// Whether the source labels its colours as what they are not; they are shown as what they are.
    pub colours_mislabelled: bool,
    /// Its optical paths and focal planes.
    #[serde(flatten)]
    pub layers: Layers,
}

/// The slide of a grant, if the one it was given to may still see it.
///
/// # Errors
/// [`ServiceError::NotFound`] for what is no grant, or is no longer good; [`ServiceError::SessionEnded`] for one that has run out;
/// [`ServiceError::SlideUnavailable`].
pub async fn shown(ex: &Exchange, grant: &str) -> Result<Shown, ServiceError> {
    let grant = Grant::open(&ex.core, grant)?;
    let now = micros(ex.core.clock.now());
    if grant.expires_at <= now {
        return Err(ServiceError::SessionEnded);
    }
    show(ex, grant, look(ex, grant, now)).await
}

/// A slide of a case for a person whose token is shown, if they may see it. It is put on record as [`open`] does.
///
/// # Errors
/// As [`open`]; [`ServiceError::SlideUnavailable`].
pub async fn shown_to(
    ex: &Exchange,
    bearer: Bearer,
    case: CaseId,
    slide: SlideId,
    request_id: &str,
) -> Result<Shown, ServiceError> {
    let now = micros(ex.core.clock.now());
    // The token says until when.
    let grant = Grant::of(bearer, case, slide, i64::MAX);
    let looking = async {
        recorded(ex, bearer, case, slide, request_id).await?;
        look(ex, grant, now).await
    };
    show(ex, grant, looking).await
}

/// Opens the slide of a grant, after one look for all that ask within the same few seconds.
async fn show(
    ex: &Exchange,
    grant: Grant,
    looking: impl Future<Output = Result<Arc<Permit>, ServiceError>>,
) -> Result<Shown, ServiceError> {
    let now = micros(ex.core.clock.now());
    let slot = now / LOOKED_AT_EVERY.num_microseconds().unwrap_or(1);
    let viewer = &ex.viewer;
    let permit = viewer
        .permits
        .try_get_with((grant, slot), looking)
        .await
        .map_err(|error| shared(&error))?;
    shown_of(ex, permit.source.clone(), &permit.location, permit.over).await
}

/// A slide for somebody who may see it; that of a case that is over is kept on no disk.
pub(super) async fn shown_of(
    ex: &Exchange,
    source: RegisteredSource,
    location: &SlideLocation,
    over: bool,
) -> Result<Shown, ServiceError> {
    let viewer = &ex.viewer;
    let opened = viewer.gateway.open(source, location).await;
    let slide = opened.map_err(unavailable)?;
    Ok(Shown {
        viewer: viewer.clone(),
        names: ex.core.sealing.for_purpose(DICOM_NAMES),
        slide: if over { slide.in_memory_only() } else { slide },
    })
}

async fn look(ex: &Exchange, grant: Grant, now: i64) -> Result<Arc<Permit>, ServiceError> {
    let ((location, source), over) = ex
        .store
        .read(move |conn| {
            if !store::sessions::family_lives(conn, &grant.session.to_string(), now)? {
                return Err(ServiceError::SessionEnded);
            }
            let actor = Actor {
                person: grant.person,
                memberships: store::people::memberships(conn, grant.person)?,
            };
            let (_, over) = may_see(conn, &actor, grant.case)?;
            Ok((found(conn, grant.case, grant.slide)?, over))
        })
        .await?;
    let source = links::registered(&ex.core, &source)?;
    Ok(Arc::new(Permit {
        source,
        location,
        over,
    }))
}

/// The error of a look that several waited for.
fn shared(error: &ServiceError) -> ServiceError {
    match error {
        ServiceError::NotFound => ServiceError::NotFound,
        ServiceError::SessionEnded => ServiceError::SessionEnded,
        ServiceError::Overloaded => ServiceError::Overloaded,
        other => ServiceError::Internal(other.to_string()),
    }
}

fn unavailable(error: GatewayError) -> ServiceError {
    let (failure, retry_after_seconds) = match error {
        GatewayError::Busy => return ServiceError::Overloaded,
        GatewayError::Plan(_) => return ServiceError::NotFound,
        GatewayError::Source(failure) => (failure.code(), None),
        GatewayError::Paused { seconds } => {
            ("source_paused".to_owned(), u64::try_from(seconds).ok())
        }
    };
    ServiceError::SlideUnavailable {
        failure,
        detail: error.to_string(),
        retry_after_seconds,
    }
}

impl Shown {
    /// The same, shown by another optical path and at another focal plane.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`] where it has no such.
    pub fn at_layer(self, path: usize, plane: usize) -> Result<Self, ServiceError> {
        let slide = self.slide.at_layer(path, plane);
        let slide = slide.ok_or(ServiceError::NotFound)?;
        Ok(Self { slide, ..self })
    }

    /// What the viewer must know.
    pub fn description(&self) -> Description {
        let sight = self.slide.sight();
        Description {
            facts: sight.facts.clone(),
            colours_mislabelled: sight.colours_mislabelled,
            layers: sight.layers.clone(),
        }
    }

    /// Width and height of its finest resolution, pixels.
    pub fn size(&self) -> (u32, u32) {
        let finest = self.slide.sight().pyramid.finest();
        (finest.width, finest.height)
    }

    /// Its DeepZoom face.
    pub fn deep_zoom(&self) -> DeepZoomFace {
        DeepZoomFace::of(&self.slide.sight().pyramid)
    }

    /// A tile of its DeepZoom face; `light` in fewer bytes.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`] outside the slide; [`ServiceError::SlideUnavailable`].
    pub async fn deep_zoom_tile(
        &self,
        level: u32,
        column: u32,
        row: u32,
        light: bool,
    ) -> Result<Arc<Picture>, ServiceError> {
        let outside = |_: PlanError| ServiceError::NotFound;
        let (region, width, height) = self.deep_zoom().tile(level, column, row).map_err(outside)?;
        if light {
            self.light_picture(region, width, height).await
        } else {
            self.picture(region, width, height).await
        }
    }

    /// The same as [`Shown::picture`], in fewer bytes.
    ///
    /// # Errors
    /// As there.
    pub async fn light_picture(
        &self,
        region: Region,
        width: u32,
        height: u32,
    ) -> Result<Arc<Picture>, ServiceError> {
        let gateway = &self.viewer.gateway;
        let picture = gateway.light_picture(&self.slide, region, width, height);
        picture.await.map_err(unavailable)
    }

    /// Its series as DICOM, under identifiers of ours; none where its source speaks another language.
    ///
    /// # Errors
    /// [`ServiceError::SlideUnavailable`].
    pub async fn dicom(&self) -> Result<Option<Arc<Face>>, ServiceError> {
        let called = |uid: &str| dicom_face::uid_of(&self.names.keyed_hash(uid));
        let face = self.viewer.gateway.dicom(&self.slide, &called);
        face.await.map_err(unavailable)
    }

    /// A frame of an instance of it, counted from 1.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`] for one that it has not; [`ServiceError::SlideUnavailable`].
    pub async fn frame(
        &self,
        instance: &Instance,
        frame: u32,
    ) -> Result<Arc<Picture>, ServiceError> {
        let gateway = &self.viewer.gateway;
        let picture = gateway.frame(&self.slide, &instance.original, frame);
        picture.await.map_err(unavailable)
    }

    /// How large its pictures are made on request.
    pub fn picture_limits(&self) -> PictureLimits {
        self.slide.sight().pyramid.picture_limits()
    }

    /// Whether such a picture costs no more than one may.
    pub fn affords(&self, wanted: &Wanted) -> bool {
        let pyramid = &self.slide.sight().pyramid;
        let plan = pyramid.plan(wanted.region, wanted.width, wanted.height);
        plan.is_ok()
    }

    /// What is asked for.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`] for more than one picture may hold; [`ServiceError::SlideUnavailable`].
    pub async fn wanted(&self, wanted: &Wanted) -> Result<Arc<Picture>, ServiceError> {
        let size = (wanted.width, wanted.height);
        let gateway = &self.viewer.gateway;
        let picture = gateway.looked(&self.slide, wanted.region, size, wanted.look);
        picture.await.map_err(unavailable)
    }

    /// A region of the finest resolution in `width` by `height` pixels.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`] outside the slide and for more than one picture may hold; [`ServiceError::SlideUnavailable`].
    pub async fn picture(
        &self,
        region: Region,
        width: u32,
        height: u32,
    ) -> Result<Arc<Picture>, ServiceError> {
        let gateway = &self.viewer.gateway;
        let picture = gateway.picture(&self.slide, region, width, height).await;
        picture.map_err(unavailable)
    }
}
