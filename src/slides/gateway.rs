//! The gateway: every slide in one shape, whatever its source speaks, from memory where it was seen lately. Each thing is asked of
//! a source once, however many wait for it; what failed is remembered for a moment too.

mod looks;

use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use futures_util::{StreamExt, TryStreamExt};
use moka::Expiry;
use moka::future::Cache;
use tokio::sync::Semaphore;
use tokio::task::JoinError;

use super::dicom_face::Face;
use super::dicom_levels::Frames;
use super::disk::{Disk, DiskError, DiskState, Seal};
use super::gate::Gates;
use super::outbound::{ClientError, Outbound, OutboundLimits, RegisteredSource};
use super::picture::{self, Picture};
use super::probe;
use super::sight::{Sight, describe};
use crate::domain::breaker::Circuit;
use crate::domain::ids::SlideSourceId;
use crate::domain::image_request::Look;
use crate::domain::pyramid::{Level, Plan, PlanError, Region, TileAt};
use crate::domain::slides::{LinkFailure, SlideLocation};
use crate::domain::time::Clock;

/// How long what was seen is kept at most: a laboratory may replace a scan.
const KEPT: Duration = Duration::from_secs(24 * 3600);
/// How long a description is believed.
const DESCRIBED: Duration = Duration::from_secs(600);
/// How long a failure is remembered, so that a screen full of tiles does not ask for it again and again.
const FAILED: Duration = Duration::from_secs(5);
/// Descriptions kept.
const DESCRIPTIONS: u64 = 10_000;
/// Bytes of DICOM metadata kept.
const FACES_BYTES: u64 = 32 * 1024 * 1024;
/// What an entry costs beside its bytes.
const ENTRY_COST: u32 = 256;
/// Tiles of one picture asked for at a time.
const TILES_AT_A_TIME: usize = 6;
/// Pictures put together at a time: each may hold a hundred megabytes for a moment.
const COMPOSED_AT_A_TIME: usize = 2;

const DICOM_JSON: &str = "application/dicom+json";
/// Pictures written to the disk at a time; more are not kept there.
const WRITTEN_AT_A_TIME: usize = 8;
/// Tiles encoded anew at a time: ten milliseconds of a processor each.
const LIGHTENED_AT_A_TIME: usize = 2;

/// Why the gateway has no picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum GatewayError {
    /// The source.
    #[error(transparent)]
    Source(LinkFailure),
    /// The source failed again and again and is left alone.
    #[error("the slide source failed again and again; it is tried again in {seconds} s")]
    Paused {
        /// Until it is tried again.
        seconds: i64,
    },
    /// More is asked of the source than it gets to answer.
    #[error("more is asked of the slide source than it gets to answer")]
    Busy,
    /// What is asked for.
    #[error(transparent)]
    Plan(PlanError),
}

/// How much the gateway may keep.
#[derive(Debug, Clone, Copy)]
pub struct GatewayLimits {
    /// Bytes of pictures in memory.
    pub memory_bytes: u64,
}

impl Default for GatewayLimits {
    fn default() -> Self {
        Self {
            memory_bytes: 96 * 1024 * 1024,
        }
    }
}

/// Serves slides. Clones share what they keep.
#[derive(Clone)]
pub struct Gateway(Arc<Parts>);

struct Parts {
    outbound: Outbound,
    gates: Gates,
    descriptions: Cache<Arc<str>, Kept<Sight>>,
    pictures: Cache<Key, Kept<Picture>>,
    faces: Cache<Arc<str>, Kept<Face>>,
    composing: Semaphore,
    lightening: Semaphore,
    disk: OnceLock<Arc<Disk>>,
    writing: Arc<Semaphore>,
    clock: Arc<dyn Clock>,
}

type Kept<T> = Result<Arc<T>, GatewayError>;

/// Tiles of a level.
type Tiles = (Level, Vec<(TileAt, Picture)>);

/// What a picture is known by: never by who looks at it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    slide: Arc<str>,
    layer: usize,
    part: Part,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Part {
    Tile(TileAt),
    Composed(Region, u32, u32),
    Light(Region, u32, u32),
    Looked(Region, u32, u32, Look),
}

/// A slide on its source, as it was found.
#[derive(Clone)]
pub struct OpenSlide {
    source: RegisteredSource,
    name: Arc<str>,
    sight: Arc<Sight>,
    /// The number of its layer that is shown.
    layer: usize,
    /// Whether its pictures may lie on the disk.
    on_disk: bool,
}

impl OpenSlide {
    /// What a part of it is called on the disk.
    fn place_of(&self, part: Part) -> String {
        format!("{part:?} of layer {}", self.layer)
    }

    /// The same, to be kept in memory only.
    #[must_use]
    pub fn in_memory_only(self) -> Self {
        Self {
            on_disk: false,
            ..self
        }
    }

    /// The same, shown by another optical path and at another focal plane; none where it has no such.
    pub fn at_layer(self, path: usize, plane: usize) -> Option<Self> {
        let layer = self.sight.layers.number(path, plane)?;
        Some(Self { layer, ..self })
    }

    /// What was found.
    pub fn sight(&self) -> &Sight {
        &self.sight
    }
}

impl Gateway {
    /// A gateway within these limits.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn new(
        outbound: OutboundLimits,
        limits: GatewayLimits,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, ClientError> {
        Ok(Self::over(Outbound::new(outbound)?, limits, clock))
    }

    /// Over that client.
    pub fn over(outbound: Outbound, limits: GatewayLimits, clock: Arc<dyn Clock>) -> Self {
        let weigh = |_: &Key, kept: &Kept<Picture>| {
            let bytes = kept.as_ref().map_or(0, |picture| picture.bytes.len());
            u32::try_from(bytes)
                .unwrap_or(u32::MAX)
                .saturating_add(ENTRY_COST)
        };
        Self(Arc::new(Parts {
            outbound,
            gates: Gates::new(Arc::clone(&clock)),
            disk: OnceLock::new(),
            writing: Arc::new(Semaphore::new(WRITTEN_AT_A_TIME)),
            clock,
            descriptions: Cache::builder()
                .max_capacity(DESCRIPTIONS)
                .expire_after(Lasting(DESCRIBED))
                .build(),
            pictures: Cache::builder()
                .max_capacity(limits.memory_bytes)
                .weigher(weigh)
                .support_invalidation_closures()
                .expire_after(Lasting(KEPT))
                .build(),
            faces: Cache::builder()
                .max_capacity(FACES_BYTES)
                .weigher(|_, kept: &Kept<Face>| {
                    kept.as_ref().map_or(ENTRY_COST, |face| face.weight)
                })
                .expire_after(Lasting(DESCRIBED))
                .build(),
            composing: Semaphore::new(COMPOSED_AT_A_TIME),
            lightening: Semaphore::new(LIGHTENED_AT_A_TIME),
        }))
    }

    /// Keeps pictures on a disk too, from now on: within `limit` bytes, sealed. What an earlier process left there is used.
    ///
    /// # Errors
    /// [`DiskError`].
    pub fn keep_on(&self, folder: &Path, limit: u64, seal: Arc<dyn Seal>) -> Result<(), DiskError> {
        let disk = Disk::open(folder, limit, seal)?;
        // A second one is not taken; the first goes on.
        let _ = self.0.disk.set(Arc::new(disk));
        Ok(())
    }

    /// What is on the disk; none where nothing is kept there.
    pub fn disk(&self) -> Option<DiskState> {
        self.0.disk.get().map(|disk| disk.state())
    }

    /// Forgets all pictures of these slides, on the disk and in memory.
    pub fn purge(&self, slides: &[(RegisteredSource, SlideLocation)]) {
        let names = names(slides);
        if let Some(disk) = self.0.disk.get() {
            disk.purge(names.iter().map(|name| &**name));
        }
        if !names.is_empty() {
            // Refused only by a cache without closures.
            let _ = self
                .0
                .pictures
                .invalidate_entries_if(move |key, _| names.contains(&key.slide));
        }
    }

    /// Forgets on the disk all pictures of other slides than these.
    pub fn purge_all_but(&self, slides: &[(RegisteredSource, SlideLocation)]) {
        if let Some(disk) = self.0.disk.get() {
            disk.keep_only(names(slides).iter().map(|name| &**name));
        }
    }

    /// How a source does.
    pub fn circuit(&self, source: SlideSourceId) -> Circuit {
        self.0.gates.circuit(source)
    }

    /// Looks at a slide.
    ///
    /// # Errors
    /// [`GatewayError`].
    pub async fn open(
        &self,
        source: RegisteredSource,
        location: &SlideLocation,
    ) -> Result<OpenSlide, GatewayError> {
        let name = name(&source, location);
        let looking = async {
            let found = describe(&self.0.outbound, &source, location);
            self.0.gates.through(source.id, found).await.map(Arc::new)
        };
        let sight = self
            .0
            .descriptions
            .get_with(Arc::clone(&name), looking)
            .await?;
        Ok(OpenSlide {
            source,
            name,
            layer: sight.layers.shown(),
            sight,
            on_disk: true,
        })
    }

    /// A part of a slide: from memory, from the disk, or made; once, however many wait for it.
    async fn kept(
        &self,
        slide: &OpenSlide,
        part: Part,
        making: impl Future<Output = Kept<Picture>>,
    ) -> Kept<Picture> {
        let key = Key {
            slide: Arc::clone(&slide.name),
            layer: slide.layer,
            part,
        };
        let finding = async {
            let disk = self.0.disk.get().filter(|_| slide.on_disk);
            let Some(disk) = disk else {
                return making.await;
            };
            let before = disk.before();
            let now = self.0.clock.now().timestamp_micros();
            let since = now.saturating_sub(i64::try_from(KEPT.as_micros()).unwrap_or(i64::MAX));
            let (name, place) = (Arc::clone(&slide.name), slide.place_of(part));
            let reading = {
                let (disk, name, place) = (Arc::clone(disk), Arc::clone(&name), place.clone());
                tokio::task::spawn_blocking(move || disk.get(&name, &place, since))
            };
            if let Ok(Some(found)) = reading.await {
                return Ok(Arc::new(found));
            }
            let made = making.await?;
            // Written beside: nobody waits for it.
            if let Ok(turn) = Arc::clone(&self.0.writing).try_acquire_owned() {
                let (disk, picture) = (Arc::clone(disk), Arc::clone(&made));
                tokio::task::spawn_blocking(move || {
                    disk.put(&name, &place, &picture, now, before);
                    drop(turn);
                });
            }
            Ok(made)
        };
        self.0.pictures.get_with(key, finding).await
    }

    /// A region of the finest resolution in `width` by `height` pixels.
    ///
    /// # Errors
    /// [`GatewayError`].
    pub async fn picture(
        &self,
        slide: &OpenSlide,
        region: Region,
        width: u32,
        height: u32,
    ) -> Result<Arc<Picture>, GatewayError> {
        let plan = slide.sight.pyramid.plan(region, width, height);
        match plan.map_err(GatewayError::Plan)? {
            Plan::AsIs(at) => self.tile(slide, at).await,
            Plan::Composed { region, tiles } => {
                let part = Part::Composed(region, width, height);
                let making = self.compose(slide, region, tiles, (width, height));
                self.kept(slide, part, making).await
            }
        }
    }

    /// The same, in fewer bytes.
    ///
    /// # Errors
    /// [`GatewayError`].
    pub async fn light_picture(
        &self,
        slide: &OpenSlide,
        region: Region,
        width: u32,
        height: u32,
    ) -> Result<Arc<Picture>, GatewayError> {
        let part = Part::Light(region, width, height);
        let making = async {
            let whole = Box::pin(self.picture(slide, region, width, height)).await?;
            let Ok(_turn) = self.0.lightening.acquire().await else {
                return Err(GatewayError::Busy);
            };
            made(tokio::task::spawn_blocking(move || picture::lighten(&whole)).await)
        };
        self.kept(slide, part, making).await
    }

    /// The series of a slide as DICOM, under names that `called` gives; none where its source speaks another language.
    ///
    /// # Errors
    /// [`GatewayError`].
    pub async fn dicom(
        &self,
        slide: &OpenSlide,
        called: &(dyn Fn(&str) -> String + Sync),
    ) -> Result<Option<Arc<Face>>, GatewayError> {
        let Some(frames) = slide.sight.frames() else {
            return Ok(None);
        };
        let asking = async {
            let path = format!("{}/metadata", frames.series());
            let asked = async {
                let outbound = &self.0.outbound;
                let answer = outbound.get(&slide.source, &path, DICOM_JSON).await?;
                let metadata = probe::json(&answer)?;
                Face::of(&metadata, &frames.instances(), frames.given(), called)
                    .ok_or(LinkFailure::Malformed)
            };
            let face = self.0.gates.through(slide.source.id, asked).await;
            face.map(Arc::new)
        };
        let face = self.0.faces.get_with(Arc::clone(&slide.name), asking);
        face.await.map(Some)
    }

    /// A frame of an instance, as its source calls it, counted from 1.
    ///
    /// # Errors
    /// [`GatewayError`]; [`GatewayError::Plan`] for a frame that is none of the slide's.
    pub async fn frame(
        &self,
        slide: &OpenSlide,
        instance: &str,
        frame: u32,
    ) -> Result<Arc<Picture>, GatewayError> {
        let sight = &slide.sight;
        let place = |frames: &Frames| frames.place(&sight.pyramid, instance, frame);
        let at = sight.frames().and_then(place);
        let (at, layer) = at.ok_or(GatewayError::Plan(PlanError::Outside))?;
        let slide = OpenSlide {
            layer,
            ..slide.clone()
        };
        self.tile(&slide, at).await
    }

    async fn tile(&self, slide: &OpenSlide, at: TileAt) -> Kept<Picture> {
        let asking = async {
            let wanted = (at, slide.layer);
            let asked = slide.sight.tile(&self.0.outbound, &slide.source, wanted);
            self.0
                .gates
                .through(slide.source.id, asked)
                .await
                .map(Arc::new)
        };
        self.kept(slide, Part::Tile(at), asking).await
    }

    async fn compose(
        &self,
        slide: &OpenSlide,
        region: Region,
        tiles: Vec<TileAt>,
        size: (u32, u32),
    ) -> Kept<Picture> {
        let Ok(_turn) = self.0.composing.acquire().await else {
            return Err(GatewayError::Busy);
        };
        let (level, parts) = self.parts(slide, tiles).await?;
        let made =
            tokio::task::spawn_blocking(move || picture::compose(&level, region, &parts, size));
        self::made(made.await)
    }

    /// The tiles of a picture, and the level that they are of.
    async fn parts(&self, slide: &OpenSlide, tiles: Vec<TileAt>) -> Result<Tiles, GatewayError> {
        let level = tiles
            .first()
            .and_then(|tile| slide.sight.pyramid.levels().get(tile.level))
            .copied()
            .ok_or(GatewayError::Plan(PlanError::Outside))?;
        let parts = futures_util::stream::iter(tiles)
            .map(|at| async move {
                let tile = Box::pin(self.tile(slide, at)).await?;
                Ok::<_, GatewayError>((at, Picture::clone(&tile)))
            })
            .buffer_unordered(TILES_AT_A_TIME)
            .try_collect()
            .await?;
        Ok((level, parts))
    }
}

/// A picture that was made on another thread.
fn made(outcome: Result<Result<Picture, LinkFailure>, JoinError>) -> Kept<Picture> {
    match outcome {
        Ok(made) => made.map(Arc::new).map_err(GatewayError::Source),
        // Decoders are held to what they can bear; one that panics all the same has met no picture.
        Err(_) => Err(GatewayError::Source(LinkFailure::NotAnImage)),
    }
}

fn names(slides: &[(RegisteredSource, SlideLocation)]) -> Vec<Arc<str>> {
    let each = slides.iter();
    each.map(|(source, location)| name(source, location))
        .collect()
}

/// What a slide is known by among all sources.
fn name(source: &RegisteredSource, location: &SlideLocation) -> Arc<str> {
    let place = match location {
        SlideLocation::DicomWeb {
            study_uid,
            series_uid,
        } => format!("{study_uid}/{series_uid}"),
        SlideLocation::Iiif { identifier } => identifier.clone(),
        SlideLocation::DeepZoom { path } => path.clone(),
    };
    // The address too: a source that moved is another one.
    format!("{} {} {place}", source.id, source.base_url).into()
}

/// How long results are kept: what was found for so long, a failure for a moment, a refusal of our own not at all.
struct Lasting(Duration);

impl<K, T> Expiry<K, Kept<T>> for Lasting {
    fn expire_after_create(&self, _: &K, kept: &Kept<T>, _: Instant) -> Option<Duration> {
        Some(match kept {
            Ok(_) => self.0,
            Err(GatewayError::Source(_)) => FAILED,
            Err(_) => Duration::from_millis(1),
        })
    }
}
