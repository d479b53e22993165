//! A picture that somebody's browser made of what it showed: looked through before anybody else is shown it.

use std::io::Cursor;

use image::{ImageFormat, ImageReader, Limits};

use super::picture::jpeg_head;

/// Bytes that decoding may take.
const DECODED_MAX: u64 = 64 << 20;
/// Most segments before the pixels of a JPEG.
const SEGMENTS_MAX: usize = 64;

/// A JPEG with nothing in it but its picture.
#[derive(Debug, PartialEq, Eq)]
pub struct Clean {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Its width, pixels.
    pub width: u32,
    /// Its height, pixels.
    pub height: u32,
}

/// Takes a JPEG in colour that can be decoded, without what does not belong to its picture: texts, places, previews, whatever follows
/// its end. The pixels are untouched. None for anything else, and for one with an edge outside the `edges`.
pub fn clean(bytes: &[u8], edges: (u32, u32)) -> Option<Clean> {
    let head = jpeg_head(bytes)?;
    let (width, height) = (head.width, head.height);
    let fits = |edge: u32| (edges.0..=edges.1).contains(&edge);
    if !head.shown || !head.colour || !fits(width) || !fits(height) {
        return None;
    }
    let bytes = bare(bytes)?;
    let mut reader = ImageReader::with_format(Cursor::new(&bytes), ImageFormat::Jpeg);
    let mut limits = Limits::default();
    limits.max_alloc = Some(DECODED_MAX);
    reader.limits(limits);
    let decoded = reader.decode().ok()?;
    let same = (decoded.width(), decoded.height()) == (width, height);
    same.then_some(Clean {
        bytes,
        width,
        height,
    })
}

/// The segments that make the picture, up to its end.
fn bare(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut rest = bytes.strip_prefix(b"\xFF\xD8")?;
    let mut kept = b"\xFF\xD8".to_vec();
    for _ in 0..SEGMENTS_MAX {
        let [0xFF, marker, high, low, ..] = *rest else {
            return None;
        };
        let length = 2 + usize::from(u16::from_be_bytes([high, low]));
        let segment = rest.get(..length)?;
        rest = rest.get(length..)?;
        match marker {
            // Tables, frames, restart intervals, and the mark that says how the colours are meant.
            0xC0..=0xCF | 0xDB | 0xDD | 0xE0 => kept.extend_from_slice(segment),
            0xEE if segment.get(4..9) == Some(b"Adobe") => kept.extend_from_slice(segment),
            0xDA => {
                kept.extend_from_slice(segment);
                let pixels = scan(rest)?;
                kept.extend_from_slice(rest.get(..pixels)?);
                rest = rest.get(pixels..)?;
                if rest.starts_with(b"\xFF\xD9") {
                    kept.extend_from_slice(b"\xFF\xD9");
                    return Some(kept);
                }
            }
            0xE1..=0xEF | 0xFE => {}
            _ => return None,
        }
    }
    None
}

/// Where the coded pixels end: at a marker that is neither a restart nor a byte of theirs that was marked as none.
fn scan(rest: &[u8]) -> Option<usize> {
    rest.windows(2)
        .position(|pair| matches!(pair, [0xFF, marker] if !matches!(marker, 0x00 | 0xD0..=0xD7)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::codecs::jpeg::JpegEncoder;
    use image::{Rgb, RgbImage};

    const EDGES: (u32, u32) = (64, 2_000);

    fn jpeg(width: u32, height: u32) -> Vec<u8> {
        let image = RgbImage::from_fn(width, height, |x, y| Rgb([x as u8, y as u8, 200]));
        let mut bytes = Vec::new();
        JpegEncoder::new_with_quality(&mut bytes, 85)
            .encode_image(&image)
            .unwrap();
        bytes
    }

    fn with_segment(jpeg: &[u8], marker: u8, content: &[u8]) -> Vec<u8> {
        let length = u16::try_from(content.len() + 2).unwrap().to_be_bytes();
        let (start, rest) = jpeg.split_at(2);
        [start, &[0xFF, marker], &length, content, rest].concat()
    }

    #[test]
    fn nothing_is_left_of_it_but_the_picture() {
        let plain = jpeg(120, 80);
        let first = clean(&plain, EDGES).unwrap();
        assert_eq!((first.width, first.height), (120, 80));
        assert_eq!(first.bytes, plain, "what is clean stays as it is");
        let exif = with_segment(&plain, 0xE1, b"Exif\0\0GPS 14.6 -61.0");
        let said = with_segment(&exif, 0xFE, b"Mme Dupont, 12/03/1961");
        let tail = [said.as_slice(), b"<script>alert(1)</script>PK\x03\x04"].concat();
        assert_eq!(clean(&tail, EDGES).unwrap().bytes, plain);
    }

    #[test]
    fn what_is_no_such_picture_is_none() {
        let plain = jpeg(120, 80);
        let mut bomb = plain.clone();
        let at = bomb
            .windows(2)
            .position(|pair| pair == [0xFF, 0xC0])
            .unwrap();
        bomb[at + 5..at + 9].copy_from_slice(&[0xFF, 0xFF, 0xFF, 0xFF]);
        for bytes in [
            &b""[..],
            b"\xFF\xD8\xFF\xD9",
            b"\x89PNG\r\n\x1a\n",
            b"<svg onload=alert(1)>",
            &plain[..plain.len() / 2],
            &jpeg(32, 80),
            &jpeg(120, 2_001),
            &bomb,
        ] {
            assert_eq!(clean(bytes, EDGES), None, "{} bytes", bytes.len());
        }
    }
}
