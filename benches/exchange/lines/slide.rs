//! A slide of dense tissue, as large as a small biopsy, as a static IIIF tree: the fullest half of the tiles of the demonstration's
//! slide again and again, edge to edge, each as the scanner wrote it; the coarser levels are made from them.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use image::codecs::jpeg::JpegEncoder;
use image::imageops::{self, FilterType};
use image::{ImageReader, RgbImage};
use serde_json::json;

use crate::Outcome;

/// Name of the slide, as the demonstration's cases link to it.
const NAME: &str = "cmu-1-small-region";
/// Where the slides stand below the server's address.
pub const PREFIX: &str = "/iiif";
/// Pixels of its tiles, each way: those of the demonstration's slide.
const TILE: u32 = 240;
/// So many of those tiles, each way, are the block that is repeated so many times.
const TOGETHER: u32 = 8;
const TIMES: u32 = 6;
/// Pixels of the slide, each way.
pub const EDGE: u32 = TILE * TOGETHER * TIMES;
/// Reductions; the last one is less than a tile.
const FACTORS: [u32; 7] = [1, 2, 4, 8, 16, 32, 64];
/// Millimetres per pixel of the finest resolution: 20×.
const MILLIMETRES: f64 = 0.0005;
/// Of the coarser levels: the scanner's.
const QUALITY: u8 = 30;

/// Writes the tree below `folder`, anew. Tells what a tile of the finest resolution weighs, in bytes.
pub fn write(folder: &Path, address: SocketAddr) -> Outcome<f64> {
    let slide = folder.join(PREFIX.trim_start_matches('/')).join(NAME);
    if std::fs::exists(&slide)? {
        std::fs::remove_dir_all(&slide)?;
    }
    std::fs::create_dir_all(&slide)?;
    let given = fullest()?;
    let weight = level(&slide, 1, TILE * TOGETHER, |column, row| {
        let at = (row * TOGETHER + column) as usize;
        Ok(std::fs::read(given.get(at).ok_or("too few tiles")?)?)
    })?;
    let mut picture = block(&given)?;
    for factor in FACTORS.into_iter().skip(1) {
        let (width, height) = (picture.width() / 2, picture.height() / 2);
        picture = imageops::resize(&picture, width, height, FilterType::Triangle);
        if picture.width() == TILE {
            // From here on a block is less than a tile: the whole slide is at hand.
            picture = repeated(&picture, TIMES);
        }
        let _ = level(&slide, factor, picture.width(), |column, row| {
            let (left, top) = (column * TILE, row * TILE);
            let (width, height) = (
                TILE.min(picture.width() - left),
                TILE.min(picture.height() - top),
            );
            let tile = imageops::crop_imm(&picture, left, top, width, height).to_image();
            let mut bytes = Vec::new();
            JpegEncoder::new_with_quality(&mut bytes, QUALITY).encode_image(&tile)?;
            Ok(bytes)
        })?;
    }
    let info = json!({
        "@context": "http://iiif.io/api/image/3/context.json", "id": format!("http://{address}{PREFIX}/{NAME}"),
        "type": "ImageService3", "protocol": "http://iiif.io/api/image", "profile": "level0",
        "width": EDGE, "height": EDGE, "tiles": [{ "width": TILE, "height": TILE, "scaleFactors": FACTORS }],
        "service": [{
            "@context": "http://iiif.io/api/annex/services/physdim/1/context.json",
            "profile": "http://iiif.io/api/annex/services/physdim",
            "physicalScale": MILLIMETRES, "physicalUnits": "mm",
        }],
    });
    std::fs::write(slide.join("info.json"), info.to_string())?;
    Ok(weight)
}

/// The tiles of the demonstration that weigh most.
fn fullest() -> Outcome<Vec<PathBuf>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/demo/slide/tiles/12");
    let mut tiles = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        tiles.push((entry.metadata()?.len(), entry.path()));
    }
    tiles.sort_unstable_by(|one, other| other.cmp(one));
    let most = (TOGETHER * TOGETHER) as usize;
    Ok(tiles.into_iter().map(|(_, file)| file).take(most).collect())
}

/// They put together, row by row.
fn block(tiles: &[PathBuf]) -> Outcome<RgbImage> {
    let mut whole = RgbImage::new(TILE * TOGETHER, TILE * TOGETHER);
    for (at, file) in (0..).zip(tiles) {
        let tile = ImageReader::open(file)?.decode()?.to_rgb8();
        let (x, y) = (at % TOGETHER * TILE, at / TOGETHER * TILE);
        imageops::replace(&mut whole, &tile, x.into(), y.into());
    }
    Ok(whole)
}

fn repeated(picture: &RgbImage, times: u32) -> RgbImage {
    let (width, height) = picture.dimensions();
    let mut whole = RgbImage::new(width * times, height * times);
    for (across, down) in (0..times).flat_map(|across| (0..times).map(move |down| (across, down))) {
        let (x, y) = (across * width, down * height);
        imageops::replace(&mut whole, picture, x.into(), y.into());
    }
    whole
}

/// Writes a level whose tiles, as `tile` makes them by column and row, repeat after so many pixels. Tells what one of them weighs.
fn level(
    slide: &Path,
    factor: u32,
    repeats: u32,
    tile: impl Fn(u32, u32) -> Outcome<Vec<u8>>,
) -> Outcome<f64> {
    let edge = EDGE / factor;
    let (tiles, whole, after) = (edge.div_ceil(TILE), edge <= TILE, repeats.div_ceil(TILE));
    let mut written: HashMap<(u32, u32), PathBuf> = HashMap::new();
    let mut bytes = 0;
    for (column, row) in (0..tiles).flat_map(|column| (0..tiles).map(move |row| (column, row))) {
        let (left, top) = (column * TILE, row * TILE);
        let (width, height) = (TILE.min(edge - left), TILE.min(edge - top));
        let region = if whole {
            "full".to_owned()
        } else {
            let [x, y, w, h] = [left, top, width, height].map(|one| one * factor);
            format!("{x},{y},{w},{h}")
        };
        let folder = slide
            .join(region)
            .join(format!("{width},{height}"))
            .join("0");
        std::fs::create_dir_all(&folder)?;
        let file = folder.join("default.jpg");
        let place = (column % after, row % after);
        if let Some(same) = written.get(&place) {
            std::fs::hard_link(same, &file)?;
            continue;
        }
        let picture = tile(place.0, place.1)?;
        bytes += picture.len();
        std::fs::write(&file, picture)?;
        written.insert(place, file);
    }
    Ok(bytes as f64 / written.len().max(1) as f64)
}
