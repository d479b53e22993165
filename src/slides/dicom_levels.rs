//! The levels of a DICOM series and their frames, and how they are got.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde_json::Value;

use super::dicom_face::Given;
use super::dicom_layers::{self, Stack};
use super::dicomweb::{
    self, COLUMNS, INSTANCES_MAX, MATRIX_COLUMNS, MATRIX_ROWS, ROWS, first_part, is_volume, text,
    whole,
};
use super::outbound::{Outbound, RegisteredSource};
use super::picture::{self, Colours, Picture};
use super::probe::json;
use crate::domain::layers::Layers;
use crate::domain::pyramid::{Level, Pyramid, TileAt};
use crate::domain::slides::{LinkFailure, SlideFacts};

const PHOTOMETRIC: &str = "00280004";
const SAMPLES: &str = "00280002";
const BITS_ALLOCATED: &str = "00280100";

/// The original bytes: a server asked for a JPEG without a transfer syntax transcodes to something five times as large.
const ORIGINAL: &str = "multipart/related; type=\"application/octet-stream\"; transfer-syntax=*";
const SHOWN: &str = "image/jpeg";

/// Where the frames of each level are.
pub(super) struct Frames {
    at: String,
    levels: Vec<FramesOfLevel>,
    delivery: Delivery,
}

/// How the frames are got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Delivery {
    /// As they are: a JPEG that browsers show.
    AsTheyAre {
        /// Their colours are not what the series says.
        mislabelled: bool,
    },
    /// As uncompressed pixels, to be encoded here.
    Pixels,
    /// Rendered by the server: what is stored is nothing that a browser shows.
    Rendered,
}

struct FramesOfLevel {
    stack: Stack,
    colours: Colours,
    pixels: bool,
}

impl Frames {
    pub(super) fn colours_mislabelled(&self) -> bool {
        self.delivery == Delivery::AsTheyAre { mislabelled: true }
    }

    /// In which colours frames are given.
    pub(super) fn given(&self) -> Given {
        match self.delivery {
            Delivery::AsTheyAre { mislabelled: true } => Given::Rgb,
            Delivery::AsTheyAre { mislabelled: false } => Given::AsSaid,
            Delivery::Pixels | Delivery::Rendered => Given::Encoded,
        }
    }

    /// The address of the series, below its source's own.
    pub(super) fn series(&self) -> &str {
        &self.at
    }

    /// The instances whose frames make up the levels.
    pub(super) fn instances(&self) -> Vec<&str> {
        let each = self.levels.iter().map(|level| &level.stack);
        each.flat_map(Stack::instances).collect()
    }

    /// Which tile a frame of an instance is, counted from 1, and of which layer.
    pub(super) fn place(
        &self,
        pyramid: &Pyramid,
        instance: &str,
        frame: u32,
    ) -> Option<(TileAt, usize)> {
        let levels = self.levels.iter().zip(pyramid.levels()).enumerate();
        levels
            .filter_map(|(number, (frames, level))| {
                let (column, row, layer) = frames.stack.place(level, instance, frame)?;
                let at = TileAt {
                    level: number,
                    column,
                    row,
                };
                Some((at, layer))
            })
            .next()
    }

    /// A tile, as its frame is.
    pub(super) async fn tile(
        &self,
        outbound: &Outbound,
        source: &RegisteredSource,
        level: &Level,
        (at, layer): (TileAt, usize),
    ) -> Result<Picture, LinkFailure> {
        let frames = self.levels.get(at.level).ok_or(LinkFailure::NotFound)?;
        let Some(path) = frames.stack.address(&self.at, level, at, layer) else {
            // A sparse level has no frame where there is no tissue.
            return picture::blank(level.tile_width, level.tile_height);
        };
        let shown = level.region_of(at.column, at.row);
        let least = (shown.width, shown.height);
        let most = level.picture_of(at.column, at.row);
        if self.delivery == Delivery::Rendered {
            let answer = outbound
                .get(source, &format!("{path}/rendered"), SHOWN)
                .await?;
            return picture::accept(answer.body.into(), least, most);
        }
        let answer = outbound.get(source, &path, ORIGINAL).await?;
        let frame = first_part(&answer.body).ok_or(LinkFailure::NotAnImage)?;
        if self.delivery == Delivery::Pixels {
            return picture::of_pixels(frame, level.tile_width, level.tile_height);
        }
        let silent = picture::jpeg_head(frame)
            .is_some_and(|head| picture::is_silent_rgb(&head, frames.colours));
        let bytes = if silent {
            picture::marked_as_rgb(frame)
        } else {
            Bytes::copy_from_slice(frame)
        };
        picture::accept(bytes, least, most)
    }
}

/// Looks at a series, for serving its frames.
pub(super) async fn describe(
    outbound: &Outbound,
    source: &RegisteredSource,
    study: &str,
    series: &str,
) -> Result<(SlideFacts, Pyramid, Layers, Frames), LinkFailure> {
    let at = format!("studies/{study}/series/{series}");
    let answer = outbound
        .get(source, &format!("{at}/metadata"), "application/dicom+json")
        .await?;
    let metadata = json(&answer)?;
    let facts = dicomweb::read(&metadata)?.0.plausible()?;
    let (pyramid, layers, levels) = levels(&metadata)?;
    let mut frames = Frames {
        at,
        levels,
        delivery: Delivery::Rendered,
    };
    frames.delivery = frames.look(outbound, source, &pyramid).await?;
    Ok((facts, pyramid, layers, frames))
}

impl Frames {
    /// What the frames are is told by one of them: servers do not say it beforehand, or say it wrongly.
    async fn look(
        &self,
        outbound: &Outbound,
        source: &RegisteredSource,
        pyramid: &Pyramid,
    ) -> Result<Delivery, LinkFailure> {
        // Of the finest level: converters copy its frames out of the scanner's file and encode the others themselves.
        let (Some(frames), Some(level)) = (self.levels.first(), pyramid.levels().first()) else {
            return Err(LinkFailure::NotAWholeSlideImage);
        };
        let first = frames.stack.instances().next();
        let first = first.ok_or(LinkFailure::Malformed)?;
        let path = format!("{}/instances/{first}/frames/1", self.at);
        let answer = outbound.get(source, &path, ORIGINAL).await?;
        let frame = first_part(&answer.body).ok_or(LinkFailure::NotAnImage)?;
        let uncompressed = level.tile_width as usize * level.tile_height as usize * 3;
        Ok(match picture::jpeg_head(frame) {
            Some(head) if head.shown => Delivery::AsTheyAre {
                mislabelled: picture::is_mislabelled_rgb(&head, frames.colours),
            },
            None if frames.pixels && frame.len().abs_diff(uncompressed) <= 1 => Delivery::Pixels,
            _ => Delivery::Rendered,
        })
    }
}

/// The levels of a series, without label, overview and thumbnail, in whatever order the instances come.
fn levels(metadata: &Value) -> Result<(Pyramid, Layers, Vec<FramesOfLevel>), LinkFailure> {
    let instances = metadata.as_array().ok_or(LinkFailure::Malformed)?;
    let mut by_size: BTreeMap<(u32, u32), Vec<&Value>> = BTreeMap::new();
    for instance in instances.iter().take(INSTANCES_MAX) {
        if is_volume(instance) {
            let size = (
                edge(instance, MATRIX_COLUMNS)?,
                edge(instance, MATRIX_ROWS)?,
            );
            by_size.entry(size).or_default().push(instance);
        }
    }
    let (mut levels, mut stacks, mut pixels) = (Vec::new(), Vec::new(), Vec::new());
    // The finest first.
    for ((width, height), candidates) in by_size.into_iter().rev() {
        let mut images = dicom_layers::images(&candidates);
        let first = *images
            .first()
            .and_then(|image| image.first())
            .ok_or(LinkFailure::Malformed)?;
        let level = Level {
            width,
            height,
            tile_width: edge(first, COLUMNS)?,
            tile_height: edge(first, ROWS)?,
            overlap: 0,
            padded: true,
        };
        // Checked before its grid is used.
        Pyramid::new(vec![level])?;
        // One with other tiles is no layer of the same level.
        let same_tiles = |one: &&Value| {
            edge(one, COLUMNS) == Ok(level.tile_width) && edge(one, ROWS) == Ok(level.tile_height)
        };
        images.retain(|image| image.iter().all(&same_tiles));
        stacks.push(Stack::of(&level, &images)?);
        pixels.push((colours(first), are_pixels(first)));
        levels.push(level);
    }
    let layers = dicom_layers::agree(&mut stacks);
    let frames = stacks.into_iter().zip(pixels);
    let frames = frames.map(|(stack, (colours, pixels))| FramesOfLevel {
        stack,
        colours,
        pixels,
    });
    Ok((Pyramid::new(levels)?, layers, frames.collect()))
}

fn colours(instance: &Value) -> Colours {
    match text(instance, PHOTOMETRIC, 0).map(str::trim) {
        Some("RGB") => Colours::Rgb,
        Some("YBR_FULL_422") => Colours::Ybr422,
        _ => Colours::OfTheFile,
    }
}

fn are_pixels(instance: &Value) -> bool {
    whole(instance, SAMPLES) == Ok(3) && whole(instance, BITS_ALLOCATED) == Ok(8)
}

fn edge(instance: &Value, tag: &str) -> Result<u32, LinkFailure> {
    u32::try_from(whole(instance, tag)?).map_err(|_| LinkFailure::ImplausibleDimensions)
}

#[cfg(test)]
mod tests;
