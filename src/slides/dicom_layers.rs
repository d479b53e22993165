//! Optical paths and focal planes of DICOM levels: which frames are of which, tiled full or sparse, in one instance, in several, or
//! in the parts of a concatenation.

use std::collections::{BTreeSet, HashMap};

use serde_json::Value;

use super::dicomweb::{SHARED_GROUPS, SOP_INSTANCE, is_uid, items, number, text, whole};
use crate::domain::layers::{FocalPlane, Layers, OpticalPath, PATHS_MAX, PLANES_MAX};
use crate::domain::pyramid::{Level, TileAt};
use crate::domain::slides::LinkFailure;

const FRAMES: &str = "00280008";
const ORGANISATION: &str = "00209311";
const CONCATENATION: &str = "00209161";
const CONCATENATION_OFFSET: &str = "00209228";
const PER_FRAME_GROUPS: &str = "52009230";
const PLANE_POSITION: &str = "0048021A";
const COLUMN_POSITION: &str = "0048021E";
const ROW_POSITION: &str = "0048021F";
const HEIGHT: &str = "0040074A";
const ORIGIN: &str = "00480008";
const PIXEL_MEASURES: &str = "00289110";
const SPACING_BETWEEN: &str = "00180088";
const PLANES: &str = "00480303";
const PATHS: &str = "00480302";
const PATH_SEQUENCE: &str = "00480105";
const PATH_OF_FRAMES: &str = "00480207";
const PATH_IDENTIFIER: &str = "00480106";
const WAVELENGTH: &str = "00220055";

/// The frames of a level.
pub(super) struct Stack {
    images: Vec<Image>,
    found: Vec<Found>,
    /// By the number of a layer of the slide, which of those.
    layers: Vec<usize>,
}

/// An instance, or the parts of a concatenation in order.
pub(super) struct Image {
    parts: Vec<Part>,
}

/// An instance, and the number of frames before its first one.
struct Part {
    instance: String,
    before: u32,
}

/// The frames of one optical path at one focal plane.
struct Found {
    path: String,
    wavelength: Option<f64>,
    /// Height above the reference of the slide.
    nanometres: i64,
    /// Whether the height was told; planes whose distance is not known are counted.
    measured: bool,
    image: usize,
    places: Places,
}

enum Places {
    /// Row by row, after so many frames.
    InOrder(u32),
    /// Each at its own place, from 0 across all parts.
    OneByOne(HashMap<(u32, u32), u32>),
}

impl Stack {
    /// The stack of a level that these images show.
    ///
    /// # Errors
    /// [`LinkFailure::Malformed`].
    pub(super) fn of(level: &Level, images: &[Vec<&Value>]) -> Result<Self, LinkFailure> {
        let mut stack = Self {
            images: Vec::new(),
            found: Vec::new(),
            layers: Vec::new(),
        };
        for parts in images {
            let number = stack.images.len();
            let read = image(parts).and_then(|(image, frames)| {
                let found = frames_of(level, parts, frames, number)?;
                Ok((image, found))
            });
            let (image, frames) = match read {
                Ok(read) => read,
                // What cannot be read beside the first one takes nothing away from it.
                Err(_) if number > 0 => continue,
                Err(failure) => return Err(failure),
            };
            for found in frames {
                // The first one of its kind: a slide may have been sent twice.
                let known = stack
                    .found
                    .iter()
                    .any(|one| one.path == found.path && one.nanometres == found.nanometres);
                if !known {
                    stack.found.push(found);
                }
            }
            stack.images.push(image);
        }
        Ok(stack)
    }

    /// The instances whose frames make up the level.
    pub(super) fn instances(&self) -> impl Iterator<Item = &str> {
        let used = |number: usize| self.found.iter().any(|found| found.image == number);
        let images = self.images.iter().enumerate();
        images
            .filter(move |(number, _)| used(*number))
            .flat_map(|(_, image)| &image.parts)
            .map(|part| part.instance.as_str())
    }

    /// Where the frame of a tile stands below the address of its series; none where a sparse level has none.
    pub(super) fn address(
        &self,
        series: &str,
        level: &Level,
        at: TileAt,
        layer: usize,
    ) -> Option<String> {
        let wanted = self.found.get(*self.layers.get(layer)?)?;
        let index_in = |found: &Found| match &found.places {
            Places::OneByOne(places) => places.get(&(at.column, at.row)).copied(),
            Places::InOrder(before) => Some(before + at.row * level.grid().0 + at.column),
        };
        // Where a scanner took fewer planes, the nearest one.
        let of_path = self.found.iter().filter(|one| one.path == wanted.path);
        let (found, index) = of_path
            .filter_map(|found| Some((found, index_in(found)?)))
            .min_by_key(|(found, _)| found.nanometres.abs_diff(wanted.nanometres))?;
        let parts = &self.images.get(found.image)?.parts;
        let part = parts.iter().rev().find(|part| part.before <= index)?;
        let frame = index - part.before + 1;
        let instance = &part.instance;
        Some(format!("{series}/instances/{instance}/frames/{frame}"))
    }

    /// Column, row and layer of a frame of an instance, counted from 1.
    pub(super) fn place(
        &self,
        level: &Level,
        instance: &str,
        frame: u32,
    ) -> Option<(u32, u32, usize)> {
        let index_in = |image: &Image| {
            let at = image
                .parts
                .iter()
                .position(|part| part.instance == instance)?;
            let index = image
                .parts
                .get(at)?
                .before
                .checked_add(frame.checked_sub(1)?)?;
            let beyond = image
                .parts
                .get(at + 1)
                .is_some_and(|next| index >= next.before);
            (!beyond).then_some(index)
        };
        let (columns, rows) = level.grid();
        for (number, image) in self.images.iter().enumerate() {
            let Some(index) = index_in(image) else {
                continue;
            };
            let of_image = self.found.iter().enumerate();
            for (which, found) in of_image.filter(|(_, found)| found.image == number) {
                let place = match &found.places {
                    Places::InOrder(before) => index
                        .checked_sub(*before)
                        .map(|within| (within % columns, within / columns))
                        .filter(|(_, row)| *row < rows),
                    Places::OneByOne(places) => {
                        let at = places.iter().find(|(_, one)| **one == index);
                        at.map(|(place, _)| *place)
                    }
                };
                let layer = self.layers.iter().position(|one| *one == which);
                if let (Some((column, row)), Some(layer)) = (place, layer) {
                    return Some((column, row, layer));
                }
            }
        }
        None
    }
}

/// The layers of a slide: those of its finest level, of paths that every level has. Each level is told which of its own they are:
/// where it has fewer planes, as coarse levels do, the nearest.
pub(super) fn agree(stacks: &mut [Stack]) -> Layers {
    let Some(finest) = stacks.first() else {
        return Layers::single();
    };
    let everywhere = |path: &str| {
        let has = |stack: &Stack| stack.found.iter().any(|found| found.path == path);
        stacks.iter().all(has)
    };
    let mut paths: Vec<OpticalPath> = Vec::new();
    let mut heights = BTreeSet::new();
    let mut measured = true;
    for found in finest.found.iter().filter(|found| everywhere(&found.path)) {
        if !paths.iter().any(|path| path.identifier == found.path) {
            paths.push(OpticalPath {
                identifier: found.path.clone(),
                wavelength_nanometres: found.wavelength,
            });
        }
        heights.insert(found.nanometres);
        measured &= found.measured;
    }
    // Levels that agree on no path are shown by their first.
    if paths.is_empty() {
        for stack in stacks {
            stack.layers = vec![0];
        }
        return Layers::single();
    }
    paths.truncate(PATHS_MAX);
    let heights: Vec<i64> = heights.into_iter().take(PLANES_MAX).collect();
    for stack in stacks {
        let nearest = |path: &OpticalPath, height: i64| {
            let of_path = stack.found.iter().enumerate();
            let of_path = of_path.filter(|(_, found)| found.path == path.identifier);
            of_path
                .min_by_key(|(_, found)| found.nanometres.abs_diff(height))
                .map_or(0, |(which, _)| which)
        };
        let layers = paths
            .iter()
            .flat_map(|path| heights.iter().map(|height| nearest(path, *height)))
            .collect();
        stack.layers = layers;
    }
    let planes = heights.iter().map(|height| FocalPlane {
        micrometres: measured.then_some(*height as f64 / 1000.0),
    });
    Layers::of(paths, planes.collect())
}

/// Instances of one size as images: parts of a concatenation belong together. In the order of their identifiers.
pub(super) fn images<'a>(candidates: &[&'a Value]) -> Vec<Vec<&'a Value>> {
    let uid = |instance: &&Value| text(instance, SOP_INSTANCE, 0).map(ToOwned::to_owned);
    let mut sorted = candidates.to_vec();
    sorted.sort_by_key(uid);
    let mut images: Vec<Vec<&Value>> = Vec::new();
    for instance in sorted {
        let concatenation = text(instance, CONCATENATION, 0);
        let same = |image: &&mut Vec<&Value>| {
            let first = image
                .first()
                .and_then(|first| text(first, CONCATENATION, 0));
            concatenation.is_some() && first == concatenation
        };
        match images.iter_mut().find(same) {
            Some(image) => image.push(instance),
            None => images.push(vec![instance]),
        }
    }
    for image in &mut images {
        image.sort_by_key(|one| whole(one, CONCATENATION_OFFSET).unwrap_or(0));
    }
    images
}

/// An image, and how many frames it has.
fn image(parts: &[&Value]) -> Result<(Image, u32), LinkFailure> {
    let mut image = Image { parts: Vec::new() };
    let mut before = 0_u32;
    for part in parts {
        let instance = text(part, SOP_INSTANCE, 0).filter(|uid| is_uid(uid));
        image.parts.push(Part {
            instance: instance.ok_or(LinkFailure::Malformed)?.to_owned(),
            before,
        });
        before = before.saturating_add(frames(part));
    }
    Ok((image, before))
}

/// A decimal string, which some servers send as text.
fn frames(part: &Value) -> u32 {
    number(part, FRAMES, 0).unwrap_or(1.0).clamp(1.0, 1e9) as u32
}

fn frames_of(
    level: &Level,
    parts: &[&Value],
    frames: u32,
    image: usize,
) -> Result<Vec<Found>, LinkFailure> {
    let first = parts.first().ok_or(LinkFailure::Malformed)?;
    if placed_one_by_one(first) {
        one_by_one(level, parts, image)
    } else {
        in_order(level, first, frames, image)
    }
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

/// Tiles row by row, then plane by plane upwards, then path by path (PS3.3, C.7.6.17.3).
fn in_order(
    level: &Level,
    first: &Value,
    frames: u32,
    image: usize,
) -> Result<Vec<Found>, LinkFailure> {
    let (columns, rows) = level.grid();
    let tiles = columns
        .checked_mul(rows)
        .ok_or(LinkFailure::ImplausibleDimensions)?;
    let whole_layers = frames / tiles;
    if whole_layers == 0 {
        return Err(LinkFailure::Malformed);
    }
    let count = |tag| number(first, tag, 0).unwrap_or(1.0).clamp(1.0, 1e6) as u32;
    let (planes, paths) = (count(PLANES), count(PATHS));
    let told = |sequence: Option<&Value>| {
        sequence.and_then(|one| nanometres(one, HEIGHT, OF_A_MICROMETRE))
    };
    let lowest = told(shared(first, PLANE_POSITION))
        .or_else(|| told(items(first, ORIGIN).and_then(|origins| origins.first())));
    let apart = shared(first, PIXEL_MEASURES)
        .and_then(|one| nanometres(one, SPACING_BETWEEN, OF_A_MILLIMETRE));
    let apart = apart.filter(|apart| *apart > 0);
    let (layers, mut found) = (whole_layers.min(planes.saturating_mul(paths)), Vec::new());
    for layer in (0..layers).take(PLANES_MAX * PATHS_MAX) {
        let (path, plane) = (layer / planes, layer % planes);
        let (path, wavelength) = path_named(first, path);
        found.push(Found {
            path,
            wavelength,
            nanometres: lowest.unwrap_or(0) + i64::from(plane) * apart.unwrap_or(1),
            measured: planes == 1 || apart.is_some(),
            image,
            places: Places::InOrder(layer * tiles),
        });
    }
    Ok(found)
}

/// Each frame says where it lies, how high, and by which path.
fn one_by_one(level: &Level, parts: &[&Value], image: usize) -> Result<Vec<Found>, LinkFailure> {
    let mut found: Vec<Found> = Vec::new();
    let mut before = 0_u32;
    for part in parts {
        let of_all = shared(part, PATH_OF_FRAMES);
        let (first_path, first_wavelength) = path_named(part, 0);
        for (index, frame) in (before..).zip(items(part, PER_FRAME_GROUPS).into_iter().flatten()) {
            let position = items(frame, PLANE_POSITION).and_then(|positions| positions.first());
            let position = position.ok_or(LinkFailure::Malformed)?;
            let place = place(level, position)?;
            let nanometres = nanometres(position, HEIGHT, OF_A_MICROMETRE).unwrap_or(0);
            let own = items(frame, PATH_OF_FRAMES).and_then(|paths| paths.first());
            let named = own
                .or(of_all)
                .and_then(|path| text(path, PATH_IDENTIFIER, 0));
            let (path, wavelength) = match named {
                Some(path) => (path.to_owned(), wavelength(part, path)),
                None => (first_path.clone(), first_wavelength),
            };
            let known = found
                .iter()
                .position(|one| one.path == path && one.nanometres == nanometres);
            let at = match known {
                Some(at) => at,
                None if found.len() < PLANES_MAX * PATHS_MAX => {
                    found.push(Found {
                        path,
                        wavelength,
                        nanometres,
                        measured: true,
                        image,
                        places: Places::OneByOne(HashMap::new()),
                    });
                    found.len() - 1
                }
                None => continue,
            };
            if let Some(Found {
                places: Places::OneByOne(places),
                ..
            }) = found.get_mut(at)
            {
                // The first one at its place.
                places.entry(place).or_insert(index);
            }
        }
        before = before.saturating_add(frames(part));
    }
    // A level without any tissue is blank.
    if found.is_empty() {
        let first = parts.first().ok_or(LinkFailure::Malformed)?;
        let (path, wavelength) = path_named(first, 0);
        found.push(Found {
            path,
            wavelength,
            nanometres: 0,
            measured: true,
            image,
            places: Places::OneByOne(HashMap::new()),
        });
    }
    Ok(found)
}

fn shared<'a>(instance: &'a Value, tag: &str) -> Option<&'a Value> {
    items(items(instance, SHARED_GROUPS)?.first()?, tag)?.first()
}

/// Nanometres in a micrometre, in which the height of a plane is told.
const OF_A_MICROMETRE: f64 = 1e3;
/// Nanometres in a millimetre, in which the distance between two planes is told.
const OF_A_MILLIMETRE: f64 = 1e6;

/// A length in nanometres; no slide is thicker than a metre.
fn nanometres(dataset: &Value, tag: &str, unit: f64) -> Option<i64> {
    let length = number(dataset, tag, 0)? * unit;
    (length.abs() < 1e9).then_some(length.round() as i64)
}

/// The path of that number, and the wavelength of its light. One that has no name is called by its number.
fn path_named(instance: &Value, path: u32) -> (String, Option<f64>) {
    let paths = items(instance, PATH_SEQUENCE);
    let one = paths.and_then(|paths| paths.get(path as usize));
    let name = one.and_then(|one| text(one, PATH_IDENTIFIER, 0));
    (
        name.map_or_else(|| (path + 1).to_string(), ToOwned::to_owned),
        one.and_then(|one| number(one, WAVELENGTH, 0)),
    )
}

fn wavelength(instance: &Value, path: &str) -> Option<f64> {
    let paths = items(instance, PATH_SEQUENCE)?;
    let one = paths
        .iter()
        .find(|one| text(one, PATH_IDENTIFIER, 0) == Some(path))?;
    number(one, WAVELENGTH, 0)
}

/// Column and row of a frame of a sparse level, from the position of its first pixel, which counts from 1.
fn place(level: &Level, position: &Value) -> Result<(u32, u32), LinkFailure> {
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
