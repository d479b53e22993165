//! A slide as its source describes it, and its tiles one by one.

use bytes::Bytes;

use super::outbound::{Outbound, RegisteredSource};
use super::picture::{self, Picture};
use super::{deepzoom, dicom_levels, iiif};
use crate::domain::layers::Layers;
use crate::domain::pyramid::{Pyramid, TileAt};
use crate::domain::slides::{LinkFailure, SlideFacts, SlideLocation};

/// A slide on its source.
pub struct Sight {
    /// What it is.
    pub facts: SlideFacts,
    /// Its resolutions.
    pub pyramid: Pyramid,
    /// Its optical paths and focal planes.
    pub layers: Layers,
    /// Whether its source labels the colours of its pixels as what they are not. They are shown as what they are.
    pub colours_mislabelled: bool,
    tiles: Tiles,
}

/// Where the tiles are.
enum Tiles {
    DicomWeb(dicom_levels::Frames),
    Iiif(iiif::Tiles),
    DeepZoom(deepzoom::Tiles),
}

/// Looks at a slide.
///
/// # Errors
/// [`LinkFailure`].
pub(super) async fn describe(
    outbound: &Outbound,
    source: &RegisteredSource,
    location: &SlideLocation,
) -> Result<Sight, LinkFailure> {
    location.validate().map_err(|_| LinkFailure::Malformed)?;
    if location.kind() != source.kind {
        return Err(LinkFailure::Malformed);
    }
    let mut colours_mislabelled = false;
    let mut layers = Layers::single();
    let (facts, pyramid, tiles) = match location {
        SlideLocation::DicomWeb {
            study_uid,
            series_uid,
        } => {
            let (facts, pyramid, found, frames) =
                dicom_levels::describe(outbound, source, study_uid, series_uid).await?;
            layers = found;
            colours_mislabelled = frames.colours_mislabelled();
            (facts, pyramid, Tiles::DicomWeb(frames))
        }
        SlideLocation::Iiif { identifier } => {
            let (facts, pyramid, tiles) = iiif::describe(outbound, source, identifier).await?;
            (facts, pyramid, Tiles::Iiif(tiles))
        }
        SlideLocation::DeepZoom { path } => {
            let (facts, pyramid, tiles) = deepzoom::describe(outbound, source, path).await?;
            (facts, pyramid, Tiles::DeepZoom(tiles))
        }
    };
    Ok(Sight {
        facts,
        pyramid,
        layers,
        colours_mislabelled,
        tiles,
    })
}

impl Sight {
    /// Its frames, where it is a series of DICOM.
    pub(super) fn frames(&self) -> Option<&dicom_levels::Frames> {
        match &self.tiles {
            Tiles::DicomWeb(frames) => Some(frames),
            Tiles::Iiif(_) | Tiles::DeepZoom(_) => None,
        }
    }

    /// A tile of a layer, as the source has it.
    ///
    /// # Errors
    /// [`LinkFailure`]; [`LinkFailure::NotFound`] for a tile outside the slide, without asking.
    pub(super) async fn tile(
        &self,
        outbound: &Outbound,
        source: &RegisteredSource,
        (at, layer): (TileAt, usize),
    ) -> Result<Picture, LinkFailure> {
        let level = self
            .pyramid
            .levels()
            .get(at.level)
            .filter(|level| at.column < level.grid().0 && at.row < level.grid().1)
            .ok_or(LinkFailure::NotFound)?;
        let path = match &self.tiles {
            Tiles::DicomWeb(frames) => {
                return frames.tile(outbound, source, level, (at, layer)).await;
            }
            Tiles::Iiif(tiles) => tiles.path(level, at),
            Tiles::DeepZoom(tiles) => tiles.path(at),
        };
        let path = path.ok_or(LinkFailure::NotFound)?;
        let answer = outbound.get(source, &path, "image/jpeg, image/*").await?;
        let size = level.picture_of(at.column, at.row);
        picture::accept(Bytes::from(answer.body), size, size)
    }
}
