//! Pictures as bytes: what a source sent is looked at before anybody gets it, and pictures are put together from tiles.

mod look;

use std::io::Cursor;

use bytes::Bytes;
use image::codecs::jpeg::JpegEncoder;
use image::imageops::{self, FilterType};
use image::{ExtendedColorType, ImageFormat, Rgb, RgbImage};
use webp::WebPConfig;

use crate::domain::image_request::Look;
use crate::domain::pyramid::{Level, Region, TileAt};
use crate::domain::slides::LinkFailure;

/// Quality of the light view, of WebP's hundred. The sixty fullest tiles of the demonstration's slide take 0.44 of their bytes so, all
/// of them 0.43, at a structural similarity of 0.975 (in blocks of eight pixels) and a mean difference of 7.2 steps of a channel; as
/// JPEG they took 0.50 and 0.54, at 0.970 and 7.5.
const LIGHT_QUALITY: f32 = 40.0;
/// How much work the encoder of WebP takes upon itself, of six: ten milliseconds a tile. Two take half of that, and a tenth more
/// bytes.
const WEBP_METHOD: i32 = 4;
/// Quality of what is encoded here: edges and levels that the source does not have. Near enough to the scanner's own.
const QUALITY: u8 = 92;
/// What lies outside the tissue that was scanned.
const BLANK: Rgb<u8> = Rgb([255, 255, 255]);
/// Markers looked at before the pixels begin; a scanner writes about ten.
const MARKERS_MAX: usize = 64;

/// A picture that a browser shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// The bytes.
    pub bytes: Bytes,
    /// By the bytes, never by what the source says of them.
    pub media_type: &'static str,
}

/// What a JPEG says of itself before its pixels begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JpegHead {
    /// Width, pixels.
    pub width: u32,
    /// Height, pixels.
    pub height: u32,
    /// Whether browsers show it: baseline and progressive, not lossless or arithmetic.
    pub shown: bool,
    /// Whether it has three components.
    pub colour: bool,
    /// Whether it says how its colours are meant (JFIF or Adobe marker).
    pub marked: bool,
    /// Whether the Adobe marker says that its three components are red, green and blue.
    pub says_rgb: bool,
    /// Whether its components are numbered 1, 2, 3, as of luma and chroma.
    pub numbered: bool,
    /// Whether its colours have fewer pixels than its luma.
    pub subsampled: bool,
}

/// How a DICOM object says that the colours of its frames are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colours {
    /// As the file itself says.
    OfTheFile,
    /// Red, green, blue.
    Rgb,
    /// Luma and subsampled chroma.
    Ybr422,
}

/// Reads the head of a JPEG.
pub fn jpeg_head(bytes: &[u8]) -> Option<JpegHead> {
    let mut rest = bytes.strip_prefix(b"\xFF\xD8")?;
    let (mut marked, mut untransformed) = (false, false);
    for _ in 0..MARKERS_MAX {
        let [0xFF, marker, high, low, ..] = *rest else {
            return None;
        };
        let length = usize::from(u16::from_be_bytes([high, low]));
        let segment = rest.get(4..2 + length)?;
        match marker {
            // Fill bytes, and the end or the pixels before any size.
            0xFF | 0xD9 | 0xDA => return None,
            0xE0 => marked |= segment.starts_with(b"JFIF\0"),
            0xEE if segment.starts_with(b"Adobe") => {
                marked = true;
                // The colour transform; none means red, green and blue.
                untransformed = segment.get(11) == Some(&0);
            }
            // Frame headers, without DHT, JPG and DAC, which share their range.
            0xC0..=0xCF if !matches!(marker, 0xC4 | 0xC8 | 0xCC) => {
                let head = frame_head(segment, marker, marked)?;
                return Some(JpegHead {
                    says_rgb: untransformed && head.colour,
                    ..head
                });
            }
            _ => {}
        }
        rest = rest.get(2 + length..)?;
    }
    None
}

fn frame_head(segment: &[u8], marker: u8, marked: bool) -> Option<JpegHead> {
    let [_, h1, h2, w1, w2, components, ref about @ ..] = *segment else {
        return None;
    };
    let each: Vec<&[u8]> = about
        .chunks_exact(3)
        .take(usize::from(components))
        .collect();
    let sampling = |part: &&[u8]| part.get(1).copied();
    Some(JpegHead {
        width: u32::from(u16::from_be_bytes([w1, w2])),
        height: u32::from(u16::from_be_bytes([h1, h2])),
        shown: matches!(marker, 0xC0..=0xC2),
        colour: components == 3,
        marked,
        says_rgb: false,
        numbered: each
            .iter()
            .filter_map(|part| part.first())
            .eq([1, 2, 3].iter()),
        subsampled: each.first().map(sampling) != each.last().map(sampling),
    })
}

/// Whether a frame is of red, green and blue without saying so, which a browser would take for luma and chroma. Converters copy
/// such frames out of a scanner's own file; some of them label them as subsampled chroma, which the frame itself refutes.
pub fn is_silent_rgb(head: &JpegHead, colours: Colours) -> bool {
    let silent = head.colour && !head.marked && !head.numbered;
    match colours {
        Colours::Rgb => head.colour && !head.marked,
        Colours::Ybr422 => silent && !head.subsampled,
        Colours::OfTheFile => false,
    }
}

/// Whether a frame is of red, green and blue although its series labels it as luma and chroma, so that a server that renders it
/// by the label shows false colours. The frame is believed: as it stands, or once it is marked.
pub fn is_mislabelled_rgb(head: &JpegHead, colours: Colours) -> bool {
    colours == Colours::Ybr422 && (head.says_rgb || is_silent_rgb(head, colours))
}

/// The same JPEG, with the marker that says that its colours are red, green and blue. The pixels are untouched.
pub fn marked_as_rgb(bytes: &[u8]) -> Bytes {
    const ADOBE: &[u8] = b"\xFF\xEE\x00\x0EAdobe\x00\x64\x00\x00\x00\x00\x00";
    let (start, rest) = bytes.split_at(bytes.len().min(2));
    Bytes::from([start, ADOBE, rest].concat())
}

/// Takes what a source sent for a tile, if it is a picture of at least what the tile shows and at most a whole tile: converters
/// fill frames at the edges up, or only in part. A picture that claims another size is a bomb or an error.
///
/// # Errors
/// [`LinkFailure::NotAnImage`], [`LinkFailure::ImplausibleDimensions`].
pub fn accept(bytes: Bytes, least: (u32, u32), most: (u32, u32)) -> Result<Picture, LinkFailure> {
    let (found, media_type) = if let Some(head) = jpeg_head(&bytes) {
        if !head.shown {
            return Err(LinkFailure::NotAnImage);
        }
        ((head.width, head.height), "image/jpeg")
    } else {
        (
            png_size(&bytes).ok_or(LinkFailure::NotAnImage)?,
            "image/png",
        )
    };
    // Servers round the edges of their levels up or down.
    let fits = |found: u32, least: u32, most: u32| found + 1 >= least && found <= most + 1;
    if !fits(found.0, least.0, most.0) || !fits(found.1, least.1, most.1) {
        return Err(LinkFailure::ImplausibleDimensions);
    }
    Ok(Picture { bytes, media_type })
}

fn png_size(bytes: &[u8]) -> Option<(u32, u32)> {
    let rest = bytes.strip_prefix(b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR")?;
    let (width, rest) = rest.split_first_chunk::<4>()?;
    let (height, _) = rest.split_first_chunk::<4>()?;
    Some((u32::from_be_bytes(*width), u32::from_be_bytes(*height)))
}

/// A tile of nothing.
///
/// # Errors
/// [`LinkFailure::ImplausibleDimensions`] for a size that cannot be encoded.
pub fn blank(width: u32, height: u32) -> Result<Picture, LinkFailure> {
    encode(&RgbImage::from_pixel(width, height, BLANK), QUALITY)
}

/// A picture of uncompressed pixels, red, green and blue one after the other.
///
/// # Errors
/// [`LinkFailure::Malformed`] when there are fewer than its size needs.
pub fn of_pixels(bytes: &[u8], width: u32, height: u32) -> Result<Picture, LinkFailure> {
    let length = width as usize * height as usize * 3;
    let pixels = bytes.get(..length).ok_or(LinkFailure::Malformed)?;
    let image = RgbImage::from_raw(width, height, pixels.to_vec()).ok_or(LinkFailure::Malformed)?;
    encode(&image, QUALITY)
}

/// Puts a region of a level together from its tiles and shows it in `size` pixels.
///
/// # Errors
/// [`LinkFailure::NotAnImage`] when a tile cannot be decoded.
pub fn compose(
    level: &Level,
    region: Region,
    tiles: &[(TileAt, Picture)],
    size: (u32, u32),
) -> Result<Picture, LinkFailure> {
    encode(&assemble(level, region, tiles, size)?, QUALITY)
}

/// The same, turned, coloured and encoded so. Nothing is lost in between.
///
/// # Errors
/// [`LinkFailure::NotAnImage`] when a tile cannot be decoded.
pub fn compose_as(
    level: &Level,
    region: Region,
    tiles: &[(TileAt, Picture)],
    size: (u32, u32),
    look: Look,
) -> Result<Picture, LinkFailure> {
    look::dressed(assemble(level, region, tiles, size)?, look)
}

fn assemble(
    level: &Level,
    region: Region,
    tiles: &[(TileAt, Picture)],
    size: (u32, u32),
) -> Result<RgbImage, LinkFailure> {
    let mut canvas = RgbImage::from_pixel(region.width, region.height, BLANK);
    for (at, picture) in tiles {
        let tile = decode(picture)?;
        let shown = level.region_of(at.column, at.row);
        // Without what a padded frame has beyond the edge.
        let width = shown.width.min(tile.width());
        let height = shown.height.min(tile.height());
        let tile = imageops::crop_imm(&tile, 0, 0, width, height);
        imageops::replace(
            &mut canvas,
            &*tile,
            i64::from(shown.x) - i64::from(region.x),
            i64::from(shown.y) - i64::from(region.y),
        );
    }
    let smaller = size.0 <= region.width && size.1 <= region.height;
    Ok(if size == (region.width, region.height) {
        canvas
    } else if smaller {
        imageops::thumbnail(&canvas, size.0, size.1)
    } else {
        imageops::resize(&canvas, size.0, size.1, FilterType::Triangle)
    })
}

/// The same picture with fewer bytes, for slow lines: WebP, which every browser of these years shows. One that would not get smaller
/// stays as it is.
///
/// # Errors
/// [`LinkFailure::NotAnImage`] when it cannot be decoded, [`LinkFailure::ImplausibleDimensions`] for a size that cannot be encoded.
pub fn lighten(picture: &Picture) -> Result<Picture, LinkFailure> {
    let image = decode(picture)?;
    let light = as_webp(&image, LIGHT_QUALITY)?;
    if light.bytes.len() >= picture.bytes.len() {
        return Ok(picture.clone());
    }
    Ok(light)
}

fn as_webp(image: &RgbImage, quality: f32) -> Result<Picture, LinkFailure> {
    let mut config = WebPConfig::new().map_err(|()| LinkFailure::ImplausibleDimensions)?;
    config.quality = quality;
    config.method = WEBP_METHOD;
    let bytes = webp::Encoder::from_rgb(image.as_raw(), image.width(), image.height())
        .encode_advanced(&config)
        .map_err(|_| LinkFailure::ImplausibleDimensions)?;
    Ok(Picture {
        bytes: Bytes::copy_from_slice(&bytes),
        media_type: "image/webp",
    })
}

fn decode(picture: &Picture) -> Result<RgbImage, LinkFailure> {
    let format = if picture.media_type == "image/png" {
        ImageFormat::Png
    } else {
        ImageFormat::Jpeg
    };
    let image = image::load(Cursor::new(&picture.bytes), format);
    Ok(image.map_err(|_| LinkFailure::NotAnImage)?.into_rgb8())
}

fn encode(image: &RgbImage, quality: u8) -> Result<Picture, LinkFailure> {
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, quality)
        .encode(
            image,
            image.width(),
            image.height(),
            ExtendedColorType::Rgb8,
        )
        .map_err(|_| LinkFailure::ImplausibleDimensions)?;
    Ok(Picture {
        bytes: bytes.into(),
        media_type: "image/jpeg",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A picture in red, as the encoder writes it.
    fn red() -> Picture {
        encode(&RgbImage::from_pixel(64, 48, Rgb([250, 10, 10])), QUALITY).unwrap()
    }

    #[test]
    fn what_a_jpeg_says_of_itself_is_read_and_nothing_else_is_taken_for_one() {
        let red = red();
        let head = jpeg_head(&red.bytes).unwrap();
        assert_eq!((head.width, head.height), (64, 48));
        assert!(head.shown && head.colour && head.marked && !head.subsampled);
        assert_eq!(
            accept(red.bytes.clone(), (64, 48), (64, 48)),
            Ok(red.clone())
        );
        for (least, most) in [((65, 47), (65, 47)), ((40, 30), (240, 240))] {
            assert!(accept(red.bytes.clone(), least, most).is_ok(), "{least:?}");
        }
        for (least, most) in [((66, 48), (240, 240)), ((10, 10), (62, 48))] {
            let bomb = accept(red.bytes.clone(), least, most);
            assert_eq!(bomb, Err(LinkFailure::ImplausibleDimensions));
        }
        let whole_head = (0..red.bytes.len())
            .find(|end| jpeg_head(&red.bytes[..*end]).is_some())
            .unwrap();
        for end in 0..whole_head {
            let cut = accept(red.bytes.slice(..end), (64, 48), (64, 48));
            assert_eq!(cut, Err(LinkFailure::NotAnImage), "cut off after {end}");
        }
        for other in [
            &b""[..],
            b"<html>",
            b"<svg onload=alert(1)>",
            b"GIF89a",
            b"\xFF\xD8\xFF",
            b"\xFF\xD8\xFF\xC0\xFF\xFF",
            b"\xFF\xD8\xFF\xC0\x00\x00",
            b"\x89PNG\r\n\x1a\n",
        ] {
            let taken = accept(Bytes::copy_from_slice(other), (64, 48), (64, 48));
            assert_eq!(taken, Err(LinkFailure::NotAnImage), "{other:?}");
        }
    }

    #[test]
    fn silent_rgb_is_marked_and_then_decoded_as_what_it_is() {
        let head = JpegHead {
            width: 240,
            height: 240,
            shown: true,
            colour: true,
            marked: false,
            says_rgb: false,
            numbered: false,
            subsampled: false,
        };
        assert!(is_silent_rgb(&head, Colours::Rgb));
        assert!(
            is_silent_rgb(&head, Colours::Ybr422),
            "its label is refuted"
        );
        assert!(!is_silent_rgb(&head, Colours::OfTheFile));
        let subsampled = JpegHead {
            subsampled: true,
            ..head
        };
        assert!(!is_silent_rgb(&subsampled, Colours::Ybr422));
        let marked = JpegHead {
            marked: true,
            ..head
        };
        assert!(!is_silent_rgb(&marked, Colours::Rgb));
        let red = red();
        let before = jpeg_head(&red.bytes).unwrap();
        assert!(!is_mislabelled_rgb(&before, Colours::Ybr422));
        let after = jpeg_head(&marked_as_rgb(&red.bytes)).unwrap();
        assert!(after.marked && after.says_rgb);
        assert!(is_mislabelled_rgb(&after, Colours::Ybr422));
        assert!(!is_mislabelled_rgb(&after, Colours::Rgb), "as it says");
    }

    #[test]
    fn a_region_is_put_together_across_tiles_without_their_padding() {
        let level = Level {
            width: 100,
            height: 48,
            tile_width: 64,
            tile_height: 48,
            overlap: 0,
            padded: true,
        };
        let green = encode(&RgbImage::from_pixel(64, 48, Rgb([10, 250, 10])), QUALITY).unwrap();
        let at = |column| TileAt {
            level: 0,
            column,
            row: 0,
        };
        let region = Region {
            x: 32,
            y: 8,
            width: 68,
            height: 40,
        };
        let made = compose(&level, region, &[(at(0), red()), (at(1), green)], (68, 40)).unwrap();
        let pixels = decode(&made).unwrap();
        assert_eq!(pixels.dimensions(), (68, 40));
        assert!(pixels.get_pixel(4, 4).0[0] > 200 && pixels.get_pixel(60, 30).0[1] > 200);
        let half = compose(&level, region, &[(at(0), red())], (34, 20)).unwrap();
        assert_eq!(decode(&half).unwrap().dimensions(), (34, 20));
        let corrupt = Picture {
            bytes: Bytes::from_static(b"\xFF\xD8\xFF\xE0\x00\x10JFIF"),
            media_type: "image/jpeg",
        };
        let failed = compose(&level, region, &[(at(0), corrupt)], (68, 40));
        assert_eq!(failed, Err(LinkFailure::NotAnImage));
    }
}
