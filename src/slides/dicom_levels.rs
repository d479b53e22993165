//! The levels of a DICOM series and their frames: tiled full or sparse, whole or in concatenations, of the first optical path and
//! focal plane.

use std::collections::{BTreeMap, HashMap};

use bytes::Bytes;
use serde_json::Value;

use super::dicom_face::Given;
use super::dicomweb::{
    self, COLUMNS, INSTANCES_MAX, MATRIX_COLUMNS, MATRIX_ROWS, ROWS, SOP_INSTANCE, first_part,
    is_uid, is_volume, items, number, text, whole,
};
use super::outbound::{Outbound, RegisteredSource};
use super::picture::{self, Colours, Picture};
use super::probe::json;
use crate::domain::pyramid::{Level, Pyramid, TileAt};
use crate::domain::slides::{LinkFailure, SlideFacts};

const FRAMES: &str = "00280008";
const PHOTOMETRIC: &str = "00280004";
const SAMPLES: &str = "00280002";
const BITS_ALLOCATED: &str = "00280100";
const ORGANISATION: &str = "00209311";
const CONCATENATION: &str = "00209161";
const CONCATENATION_OFFSET: &str = "00209228";
const PER_FRAME_GROUPS: &str = "52009230";
const PLANE_POSITION: &str = "0048021A";
const COLUMN_POSITION: &str = "0048021E";
const ROW_POSITION: &str = "0048021F";

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
    /// Instances by the number of frames before theirs.
    parts: Vec<Part>,
    /// Frames by column and row, from 0 across all parts, where not every tile has one in order.
    sparse: Option<HashMap<(u32, u32), u32>>,
    colours: Colours,
    pixels: bool,
}

struct Part {
    instance: String,
    offset: u32,
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
        let parts = self.levels.iter().flat_map(|level| &level.parts);
        parts.map(|part| part.instance.as_str()).collect()
    }

    /// Which tile a frame of an instance is, counted from 1; none for a frame of another focal plane or optical path.
    pub(super) fn place(&self, pyramid: &Pyramid, instance: &str, frame: u32) -> Option<TileAt> {
        let before = frame.checked_sub(1)?;
        for (level, frames) in self.levels.iter().enumerate() {
            let Some(at) = frames.parts.iter().position(|one| one.instance == instance) else {
                continue;
            };
            let index = frames.parts.get(at)?.offset.checked_add(before)?;
            if frames
                .parts
                .get(at + 1)
                .is_some_and(|next| index >= next.offset)
            {
                return None;
            }
            let (columns, rows) = pyramid.levels().get(level)?.grid();
            let (column, row) = match &frames.sparse {
                Some(places) => *places.iter().find(|(_, one)| **one == index)?.0,
                None => (index % columns, index / columns),
            };
            return (row < rows).then_some(TileAt { level, column, row });
        }
        None
    }

    /// A tile, as its frame is.
    pub(super) async fn tile(
        &self,
        outbound: &Outbound,
        source: &RegisteredSource,
        level: &Level,
        at: TileAt,
    ) -> Result<Picture, LinkFailure> {
        let frames = self.levels.get(at.level).ok_or(LinkFailure::NotFound)?;
        let Some(path) = frames.path(&self.at, level, at) else {
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

impl FramesOfLevel {
    fn path(&self, series: &str, level: &Level, at: TileAt) -> Option<String> {
        let index = match &self.sparse {
            Some(places) => *places.get(&(at.column, at.row))?,
            None => at.row * level.grid().0 + at.column,
        };
        let part = self.parts.iter().rev().find(|part| part.offset <= index)?;
        let frame = index - part.offset + 1;
        let instance = &part.instance;
        Some(format!("{series}/instances/{instance}/frames/{frame}"))
    }
}

/// Looks at a series, for serving its frames.
pub(super) async fn describe(
    outbound: &Outbound,
    source: &RegisteredSource,
    study: &str,
    series: &str,
) -> Result<(SlideFacts, Pyramid, Frames), LinkFailure> {
    let at = format!("studies/{study}/series/{series}");
    let answer = outbound
        .get(source, &format!("{at}/metadata"), "application/dicom+json")
        .await?;
    let metadata = json(&answer)?;
    let facts = dicomweb::read(&metadata)?.0.plausible()?;
    let (pyramid, levels) = levels(&metadata)?;
    let mut frames = Frames {
        at,
        levels,
        delivery: Delivery::Rendered,
    };
    frames.delivery = frames.look(outbound, source, &pyramid).await?;
    Ok((facts, pyramid, frames))
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
        let first = frames.parts.first().ok_or(LinkFailure::Malformed)?;
        let path = format!("{}/instances/{}/frames/1", self.at, first.instance);
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
fn levels(metadata: &Value) -> Result<(Pyramid, Vec<FramesOfLevel>), LinkFailure> {
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
    let (mut levels, mut frames) = (Vec::new(), Vec::new());
    // The finest first.
    for ((width, height), candidates) in by_size.into_iter().rev() {
        let parts = one_image(&candidates);
        let first = parts.first().ok_or(LinkFailure::Malformed)?;
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
        frames.push(frames_of(&level, &parts)?);
        levels.push(level);
    }
    Ok((Pyramid::new(levels)?, frames))
}

/// Of instances of one size, those that are one image: the parts of a concatenation, or one instance. Other optical paths and
/// focal planes of the same size come after.
fn one_image<'a>(candidates: &[&'a Value]) -> Vec<&'a Value> {
    let uid = |instance: &&Value| text(instance, SOP_INSTANCE, 0).map(ToOwned::to_owned);
    let mut sorted = candidates.to_vec();
    sorted.sort_by_key(uid);
    let Some(first) = sorted.first().copied() else {
        return Vec::new();
    };
    match text(first, CONCATENATION, 0) {
        None => vec![first],
        Some(concatenation) => {
            sorted.retain(|one| text(one, CONCATENATION, 0) == Some(concatenation));
            sorted.sort_by_key(|one| whole(one, CONCATENATION_OFFSET).unwrap_or(0));
            sorted
        }
    }
}

fn frames_of(level: &Level, parts: &[&Value]) -> Result<FramesOfLevel, LinkFailure> {
    let first = parts.first().ok_or(LinkFailure::Malformed)?;
    let mut found = FramesOfLevel {
        parts: Vec::new(),
        sparse: placed_one_by_one(first).then(HashMap::new),
        colours: match text(first, PHOTOMETRIC, 0).map(str::trim) {
            Some("RGB") => Colours::Rgb,
            Some("YBR_FULL_422") => Colours::Ybr422,
            _ => Colours::OfTheFile,
        },
        pixels: whole(first, SAMPLES) == Ok(3) && whole(first, BITS_ALLOCATED) == Ok(8),
    };
    let mut offset = 0_u32;
    for part in parts {
        let instance = text(part, SOP_INSTANCE, 0).filter(|uid| is_uid(uid));
        found.parts.push(Part {
            instance: instance.ok_or(LinkFailure::Malformed)?.to_owned(),
            offset,
        });
        if let Some(places) = &mut found.sparse {
            for (index, frame) in
                (offset..).zip(items(part, PER_FRAME_GROUPS).into_iter().flatten())
            {
                // The first one at its place: further focal planes and optical paths follow.
                places.entry(place(level, frame)?).or_insert(index);
            }
        }
        // A decimal string, which some servers send as text.
        let frames = number(part, FRAMES, 0).unwrap_or(1.0).clamp(1.0, 1e9) as u32;
        offset = offset.saturating_add(frames);
    }
    let (columns, rows) = level.grid();
    if found.sparse.is_none() && u64::from(offset) < u64::from(columns) * u64::from(rows) {
        return Err(LinkFailure::Malformed);
    }
    Ok(found)
}

/// Whether each frame says its own place. Orthanc's converter writes frames in the order in which its threads have them ready and
/// does not name the organisation.
fn placed_one_by_one(instance: &Value) -> bool {
    match text(instance, ORGANISATION, 0) {
        Some("TILED_FULL") => false,
        Some("TILED_SPARSE") => true,
        _ => items(instance, PER_FRAME_GROUPS)
            .and_then(|frames| frames.first())
            .is_some_and(|frame| items(frame, PLANE_POSITION).is_some()),
    }
}

/// Column and row of a frame of a sparse level, from the position of its first pixel, which counts from 1.
fn place(level: &Level, frame: &Value) -> Result<(u32, u32), LinkFailure> {
    let position = items(frame, PLANE_POSITION).and_then(|positions| positions.first());
    let position = position.ok_or(LinkFailure::Malformed)?;
    let tile = |tag, edge: u32| {
        let first = number(position, tag, 0).unwrap_or(0.0);
        let before = first - 1.0;
        let whole = before >= 0.0 && before % f64::from(edge) == 0.0;
        // Frames that lie across the grid of tiles are no tiles.
        whole
            .then_some((before / f64::from(edge)) as u32)
            .ok_or(LinkFailure::Malformed)
    };
    Ok((
        tile(COLUMN_POSITION, level.tile_width)?,
        tile(ROW_POSITION, level.tile_height)?,
    ))
}

fn edge(instance: &Value, tag: &str) -> Result<u32, LinkFailure> {
    u32::try_from(whole(instance, tag)?).map_err(|_| LinkFailure::ImplausibleDimensions)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::slides::dicomweb::{IMAGE_TYPE, SOP_CLASS, WHOLE_SLIDE};

    fn instance(uid: &str, kind: &str, (width, height): (u32, u32), frames: u32) -> Value {
        json!({
            SOP_CLASS: {"Value": [WHOLE_SLIDE]}, SOP_INSTANCE: {"Value": [uid]},
            IMAGE_TYPE: {"Value": ["ORIGINAL", "PRIMARY", kind, "NONE"]},
            MATRIX_COLUMNS: {"Value": [width]}, MATRIX_ROWS: {"Value": [height]},
            COLUMNS: {"Value": [100]}, ROWS: {"Value": [100]}, FRAMES: {"Value": [frames.to_string()]},
            PHOTOMETRIC: {"Value": ["RGB"]}, ORGANISATION: {"Value": ["TILED_FULL"]},
            SAMPLES: {"Value": [3]}, BITS_ALLOCATED: {"Value": [8]},
        })
    }

    fn with(mut instance: Value, tag: &str, value: Value) -> Value {
        instance[tag] = json!({ "Value": [value] });
        instance
    }

    fn path(metadata: &[Value], level: usize, column: u32, row: u32) -> Option<String> {
        let (pyramid, frames) = levels(&Value::Array(metadata.to_vec())).unwrap();
        let at = TileAt { level, column, row };
        frames[level].path("S", &pyramid.levels()[level], at)
    }

    #[test]
    fn frames_are_found_in_any_order_and_never_the_label() {
        let mut series = vec![
            instance("1.3", "LABEL", (5_000, 5_000), 1),
            instance("1.1", "VOLUME", (250, 310), 12),
            instance("1.2", "VOLUME", (125, 155), 4),
            instance("1.4", "OVERVIEW", (6_000, 4_000), 1),
        ];
        for _ in 0..2 {
            let (pyramid, _) = levels(&Value::Array(series.clone())).unwrap();
            assert_eq!(pyramid.levels().len(), 2);
            assert_eq!(path(&series, 0, 2, 3).unwrap(), "S/instances/1.1/frames/12");
            assert_eq!(path(&series, 1, 1, 0).unwrap(), "S/instances/1.2/frames/2");
            series.reverse();
        }
    }

    #[test]
    fn a_frame_is_found_by_its_instance_as_its_place_is_by_its_frame() {
        let part = |uid: &str, offset: u32, frames: u32| {
            let part = instance(uid, "VOLUME", (250, 310), frames);
            with(
                with(part, CONCATENATION, json!("1.9")),
                CONCATENATION_OFFSET,
                json!(offset),
            )
        };
        let small = instance("1.3", "VOLUME", (125, 155), 9);
        let series = json!([small, part("1.2", 6, 6), part("1.1", 0, 6)]);
        let (pyramid, levels) = levels(&series).unwrap();
        let frames = Frames {
            at: "S".to_owned(),
            levels,
            delivery: Delivery::Rendered,
        };
        let at = |level, column, row| Some(TileAt { level, column, row });
        for (instance, frame, place) in [
            ("1.1", 1, at(0, 0, 0)),
            ("1.1", 6, at(0, 2, 1)),
            ("1.1", 7, None),
            ("1.2", 1, at(0, 0, 2)),
            ("1.2", 6, at(0, 2, 3)),
            ("1.3", 4, at(1, 1, 1)),
            ("1.3", 5, None),
            ("1.3", 0, None),
            ("1.4", 1, None),
        ] {
            let found = frames.place(&pyramid, instance, frame);
            assert_eq!(found, place, "{instance} {frame}");
        }
        assert_eq!(frames.instances(), ["1.1", "1.2", "1.3"]);
    }

    #[test]
    fn a_concatenation_is_one_level_and_a_second_focal_plane_is_none() {
        let part = |uid: &str, offset: u32| {
            let part = instance(uid, "VOLUME", (250, 310), 6);
            with(
                with(part, CONCATENATION, json!("1.9")),
                CONCATENATION_OFFSET,
                json!(offset),
            )
        };
        let series = [
            part("1.2", 6),
            part("1.1", 0),
            instance("1.7", "VOLUME", (250, 310), 12),
        ];
        assert_eq!(path(&series, 0, 2, 1).unwrap(), "S/instances/1.1/frames/6");
        assert_eq!(path(&series, 0, 0, 2).unwrap(), "S/instances/1.2/frames/1");
    }

    #[test]
    fn a_sparse_level_knows_its_frames_by_their_place() {
        let frame = |column: u32, row: u32| json!({ PLANE_POSITION: {"Value": [{ COLUMN_POSITION: {"Value": [column]}, ROW_POSITION: {"Value": [row]} }]} });
        let mut sparse = with(
            instance("1.1", "VOLUME", (250, 310), 2),
            ORGANISATION,
            json!("TILED_SPARSE"),
        );
        sparse[PER_FRAME_GROUPS] =
            json!({ "Value": [frame(201, 301), frame(1, 101), frame(1, 101)] });
        let series = [sparse.clone()];
        assert_eq!(path(&series, 0, 2, 3).unwrap(), "S/instances/1.1/frames/1");
        assert_eq!(path(&series, 0, 0, 1).unwrap(), "S/instances/1.1/frames/2");
        assert_eq!(path(&series, 0, 0, 0), None, "no tissue there");
        let mut unnamed = sparse.clone();
        unnamed[ORGANISATION] = json!({});
        assert_eq!(path(&[unnamed], 0, 2, 3), path(&series, 0, 2, 3));
        sparse[PER_FRAME_GROUPS] = json!({ "Value": [frame(51, 1)] });
        assert!(levels(&json!([sparse])).is_err(), "across the grid");
    }

    #[test]
    fn what_no_series_has_is_refused() {
        for wrong in [
            vec![],
            vec![instance("1.1", "LABEL", (250, 310), 12)],
            vec![instance("1.1", "VOLUME", (250, 310), 11)],
            vec![instance("../1", "VOLUME", (250, 310), 12)],
            vec![instance("1.1", "VOLUME", (4_000_000, 310), 12)],
            vec![with(
                instance("1.1", "VOLUME", (250, 310), 12),
                COLUMNS,
                json!(0),
            )],
        ] {
            assert!(levels(&Value::Array(wrong.clone())).is_err(), "{wrong:?}");
        }
    }
}
