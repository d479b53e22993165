//! How a picture is shown beyond what it shows: mirrored, turned, without its colours, in another encoding.

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::imageops;
use image::{ExtendedColorType, GrayImage, ImageEncoder, RgbImage};

use super::{Picture, QUALITY, as_webp, encode};
use crate::domain::image_request::{Encoding, Look, Tint, Turn};
use crate::domain::slides::LinkFailure;

/// Quality of WebP that is asked for by its name, of its hundred: as near to the original as what is encoded here as JPEG.
const WEBP_QUALITY: f32 = 90.0;
/// Of the 256 shades of gray, the first that is white in black and white.
const WHITE_FROM: u8 = 128;

/// Mirrors, turns, colours and encodes pixels, in this order.
///
/// # Errors
/// [`LinkFailure::ImplausibleDimensions`] for a size that cannot be encoded.
pub(super) fn dressed(image: RgbImage, look: Look) -> Result<Picture, LinkFailure> {
    let image = turned(image, look);
    match look.tint {
        Tint::Colour => coloured(&image, look.encoding),
        Tint::Gray => gray(&imageops::grayscale(&image), look.encoding),
        Tint::Bitonal => {
            let mut shades = imageops::grayscale(&image);
            for shade in shades.iter_mut() {
                *shade = if *shade < WHITE_FROM { 0 } else { u8::MAX };
            }
            gray(&shades, look.encoding)
        }
    }
}

fn turned(image: RgbImage, look: Look) -> RgbImage {
    let image = if look.mirrored {
        imageops::flip_horizontal(&image)
    } else {
        image
    };
    match look.turn {
        Turn::None => image,
        Turn::Right => imageops::rotate90(&image),
        Turn::Around => imageops::rotate180(&image),
        Turn::Left => imageops::rotate270(&image),
    }
}

fn coloured(image: &RgbImage, encoding: Encoding) -> Result<Picture, LinkFailure> {
    match encoding {
        Encoding::Jpeg => encode(image, QUALITY),
        Encoding::Png => png(image.as_raw(), image.dimensions(), ExtendedColorType::Rgb8),
        Encoding::WebP => as_webp(image, WEBP_QUALITY),
    }
}

fn gray(image: &GrayImage, encoding: Encoding) -> Result<Picture, LinkFailure> {
    let (width, height) = image.dimensions();
    match encoding {
        Encoding::Jpeg => {
            let mut bytes = Vec::new();
            JpegEncoder::new_with_quality(&mut bytes, QUALITY)
                .encode(image, width, height, ExtendedColorType::L8)
                .map_err(|_| LinkFailure::ImplausibleDimensions)?;
            Ok(Picture {
                bytes: bytes.into(),
                media_type: "image/jpeg",
            })
        }
        Encoding::Png => png(image.as_raw(), (width, height), ExtendedColorType::L8),
        // WebP knows no gray.
        Encoding::WebP => {
            let triples = image.iter().flat_map(|shade| [*shade; 3]).collect();
            let image = RgbImage::from_raw(width, height, triples);
            as_webp(
                &image.ok_or(LinkFailure::ImplausibleDimensions)?,
                WEBP_QUALITY,
            )
        }
    }
}

fn png(
    pixels: &[u8],
    (width, height): (u32, u32),
    kind: ExtendedColorType,
) -> Result<Picture, LinkFailure> {
    let mut bytes = Vec::new();
    PngEncoder::new(&mut bytes)
        .write_image(pixels, width, height, kind)
        .map_err(|_| LinkFailure::ImplausibleDimensions)?;
    Ok(Picture {
        bytes: bytes.into(),
        media_type: "image/png",
    })
}

#[cfg(test)]
mod tests {
    use image::Rgb;

    use super::*;

    const RED: Rgb<u8> = Rgb([240, 16, 16]);
    const WHITE: Rgb<u8> = Rgb([255, 255, 255]);

    /// Four by two pixels, the upper left one red.
    fn marked() -> RgbImage {
        let mut image = RgbImage::from_pixel(4, 2, WHITE);
        image.put_pixel(0, 0, RED);
        image
    }

    fn pixels(mirrored: bool, turn: Turn, tint: Tint, encoding: Encoding) -> RgbImage {
        let look = Look {
            mirrored,
            turn,
            tint,
            encoding,
        };
        let picture = dressed(marked(), look).unwrap();
        if encoding == Encoding::WebP {
            assert_eq!(picture.media_type, "image/webp");
            let found = webp::Decoder::new(&picture.bytes).decode().unwrap();
            return RgbImage::from_raw(found.width(), found.height(), found.to_vec()).unwrap();
        }
        image::load_from_memory(&picture.bytes).unwrap().into_rgb8()
    }

    #[test]
    fn a_picture_is_mirrored_first_and_then_turned_clockwise() {
        for (mirrored, turn, size, place) in [
            (false, Turn::None, (4, 2), (0, 0)),
            (false, Turn::Right, (2, 4), (1, 0)),
            (false, Turn::Around, (4, 2), (3, 1)),
            (false, Turn::Left, (2, 4), (0, 3)),
            (true, Turn::None, (4, 2), (3, 0)),
            (true, Turn::Right, (2, 4), (1, 3)),
        ] {
            let found = pixels(mirrored, turn, Tint::Colour, Encoding::Png);
            assert_eq!(found.dimensions(), size, "{mirrored} {turn:?}");
            assert_eq!(
                *found.get_pixel(place.0, place.1),
                RED,
                "{mirrored} {turn:?}"
            );
        }
    }

    #[test]
    fn colours_are_taken_away_in_every_format() {
        for encoding in [Encoding::Jpeg, Encoding::Png, Encoding::WebP] {
            let gray = pixels(false, Turn::None, Tint::Gray, encoding);
            let [r, g, b] = gray.get_pixel(0, 0).0;
            assert!(
                r.abs_diff(g) < 6 && g.abs_diff(b) < 6,
                "{encoding:?} {r} {g} {b}"
            );
            assert!(r > 20 && r < 200, "{encoding:?} {r}");
        }
        let bitonal = pixels(false, Turn::None, Tint::Bitonal, Encoding::Png);
        assert_eq!(bitonal.get_pixel(0, 0).0, [0; 3]);
        assert_eq!(bitonal.get_pixel(3, 1).0, [255; 3]);
    }
}
