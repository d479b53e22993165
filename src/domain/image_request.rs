//! What a viewer asks for in the words of the IIIF Image API 3: region, size, rotation, quality and format in an address.

use std::fmt;

use super::pyramid::{PictureLimits, Region};

/// Why it cannot be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadRequest {
    /// Not a region of the specification, or one where nothing of the slide lies.
    #[error("the region is none of the specification's, or nothing of the slide lies there")]
    Region,
    /// Not a size of the specification.
    #[error("the size is none of the specification's")]
    Size,
    /// Larger than the region.
    #[error(
        "the size is larger than the region: nothing is shown larger than it was scanned, with ^ neither"
    )]
    Larger,
    /// Larger than pictures are made.
    #[error("the size is more than maxWidth, maxHeight or maxArea of info.json")]
    Limit,
    /// A turn between the quarters, or none at all.
    #[error("pictures are turned by 0, 90, 180 or 270 degrees, and mirrored with ! before")]
    Rotation,
    /// Another quality.
    #[error("the qualities are default, color, gray and bitonal")]
    Quality,
    /// Another format.
    #[error("the formats are jpg, png and webp")]
    Format,
}

/// By how much a picture is turned, clockwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Turn {
    /// Not at all.
    None,
    /// By 90 degrees.
    Right,
    /// By 180 degrees.
    Around,
    /// By 270 degrees.
    Left,
}

/// How a picture is coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Tint {
    /// As it was scanned.
    Colour,
    /// In shades of gray.
    Gray,
    /// Black and white.
    Bitonal,
}

/// How a picture is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
    /// WebP.
    WebP,
}

/// How a picture is shown beyond what it shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Look {
    /// Mirrored at its upright axis, before it is turned.
    pub mirrored: bool,
    /// Turned.
    pub turn: Turn,
    /// Coloured.
    pub tint: Tint,
    /// Encoded.
    pub encoding: Encoding,
}

impl Look {
    /// As it was scanned, as JPEG.
    pub const PLAIN: Self = Self {
        mirrored: false,
        turn: Turn::None,
        tint: Tint::Colour,
        encoding: Encoding::Jpeg,
    };

    /// Whether the pixels are where and as they were scanned, so that only the encoding may be another one.
    pub fn keeps_pixels(self) -> bool {
        Self {
            encoding: Encoding::Jpeg,
            ..self
        } == Self::PLAIN
    }
}

/// A picture of a region of the finest resolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// What it shows.
    pub region: Region,
    /// Its width before it is turned, pixels.
    pub width: u32,
    /// Its height before it is turned, pixels.
    pub height: u32,
    /// How.
    pub look: Look,
    whole: bool,
    largest: bool,
}

/// The canonical form (4.7): region, size, rotation, quality and format.
impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Region {
            x,
            y,
            width,
            height,
        } = self.region;
        if self.whole {
            f.write_str("full/")?;
        } else {
            write!(f, "{x},{y},{width},{height}/")?;
        }
        if self.largest {
            f.write_str("max/")?;
        } else {
            write!(f, "{},{}/", self.width, self.height)?;
        }
        let mirrored = if self.look.mirrored { "!" } else { "" };
        let degrees = match self.look.turn {
            Turn::None => 0,
            Turn::Right => 90,
            Turn::Around => 180,
            Turn::Left => 270,
        };
        // Slides are coloured: what is asked for as such is the default.
        let quality = match self.look.tint {
            Tint::Colour => "default",
            Tint::Gray => "gray",
            Tint::Bitonal => "bitonal",
        };
        let format = match self.look.encoding {
            Encoding::Jpeg => "jpg",
            Encoding::Png => "png",
            Encoding::WebP => "webp",
        };
        write!(f, "{mirrored}{degrees}/{quality}.{format}")
    }
}

/// Reads the four parts of an address of a slide of that size, whose pictures are made within those limits.
///
/// # Errors
/// [`BadRequest`].
pub fn read(
    (width, height): (u32, u32),
    limits: PictureLimits,
    [region, size, rotation, name]: [&str; 4],
) -> Result<Wanted, BadRequest> {
    let region = self::region(region, width, height).ok_or(BadRequest::Region)?;
    let largest = limits.within(region.width, region.height);
    let (w, h) =
        self::size(size, region.width, region.height, limits).ok_or(if size.starts_with('^') {
            BadRequest::Larger
        } else {
            BadRequest::Size
        })?;
    if w == 0 || h == 0 {
        return Err(BadRequest::Size);
    }
    if w > region.width || h > region.height {
        return Err(BadRequest::Larger);
    }
    if !limits.allow(w, h) {
        return Err(BadRequest::Limit);
    }
    Ok(Wanted {
        region,
        width: w,
        height: h,
        look: look(rotation, name)?,
        whole: (region.width, region.height) == (width, height),
        largest: (w, h) == largest,
    })
}

fn look(rotation: &str, name: &str) -> Result<Look, BadRequest> {
    let (mirrored, degrees) = match rotation.strip_prefix('!') {
        Some(degrees) => (true, degrees),
        None => (false, rotation),
    };
    let turn = match degrees {
        "0" | "360" => Turn::None,
        "90" => Turn::Right,
        "180" => Turn::Around,
        "270" => Turn::Left,
        _ => return Err(BadRequest::Rotation),
    };
    let (quality, format) = name.rsplit_once('.').ok_or(BadRequest::Format)?;
    let tint = match quality {
        "default" | "color" => Tint::Colour,
        "gray" => Tint::Gray,
        "bitonal" => Tint::Bitonal,
        _ => return Err(BadRequest::Quality),
    };
    let encoding = match format {
        "jpg" => Encoding::Jpeg,
        "png" => Encoding::Png,
        "webp" => Encoding::WebP,
        _ => return Err(BadRequest::Format),
    };
    Ok(Look {
        mirrored,
        turn,
        tint,
        encoding,
    })
}

fn region(text: &str, width: u32, height: u32) -> Option<Region> {
    let whole = Region {
        x: 0,
        y: 0,
        width,
        height,
    };
    if text == "full" {
        return Some(whole);
    }
    if text == "square" {
        let edge = width.min(height);
        return Some(Region {
            x: (width - edge) / 2,
            y: (height - edge) / 2,
            width: edge,
            height: edge,
        });
    }
    let [x, y, w, h] = match text.strip_prefix("pct:") {
        None => four(text, |part| part.parse().ok())?,
        Some(percents) => {
            let parts: [f64; 4] = four(percents, percent)?;
            let [x, y, w, h] = parts;
            let of = |share: f64, edge: u32| (share / 100.0 * f64::from(edge)).round() as u32;
            [of(x, width), of(y, height), of(w, width), of(h, height)]
        }
    };
    // What hangs over is cut off.
    let region = Region {
        x,
        y,
        width: w.min(width.checked_sub(x)?),
        height: h.min(height.checked_sub(y)?),
    };
    (region.width > 0 && region.height > 0).then_some(region)
}

fn size(text: &str, width: u32, height: u32, limits: PictureLimits) -> Option<(u32, u32)> {
    // A side that is not given keeps the shape.
    let scaled = |edge: u32, wanted: u32, other: u32| {
        let length = f64::from(edge) * f64::from(wanted) / f64::from(other.max(1));
        (length.round() as u32).max(1)
    };
    if text == "max" {
        return Some(limits.within(width, height));
    }
    if let Some(share) = text.strip_prefix("pct:") {
        let share = percent(share)? / 100.0;
        let of = |edge: u32| (f64::from(edge) * share).round() as u32;
        return Some((of(width), of(height)));
    }
    if let Some(within) = text.strip_prefix('!') {
        let (w, h) = within.split_once(',')?;
        let (w, h): (u32, u32) = (w.parse().ok()?, h.parse().ok()?);
        let share = (f64::from(w) / f64::from(width)).min(f64::from(h) / f64::from(height));
        if share <= 0.0 {
            return None;
        }
        let of = |edge: u32| ((f64::from(edge) * share.min(1.0)).round() as u32).max(1);
        // As large as it may be.
        return Some(limits.within(of(width), of(height)));
    }
    match text.split_once(',')? {
        (w, "") => {
            let w = w.parse().ok()?;
            Some((w, scaled(height, w, width)))
        }
        ("", h) => {
            let h = h.parse().ok()?;
            Some((scaled(width, h, height), h))
        }
        (w, h) => Some((w.parse().ok()?, h.parse().ok()?)),
    }
}

fn percent(text: &str) -> Option<f64> {
    let share: f64 = text.parse().ok()?;
    (0.0..=100.0).contains(&share).then_some(share)
}

fn four<T>(text: &str, read: impl Fn(&str) -> Option<T>) -> Option<[T; 4]> {
    let parts: Vec<T> = text.split(',').map(read).collect::<Option<_>>()?;
    parts.try_into().ok()
}

#[cfg(test)]
mod tests;
