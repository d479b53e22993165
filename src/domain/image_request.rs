//! What a viewer asks for in the words of the IIIF Image API 3: a region and a size in an address.

use super::pyramid::Region;

/// Why it cannot be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadRequest {
    /// Not a region of the specification.
    #[error("the region is none")]
    Region,
    /// Not a size of the specification, or larger than the region, which needs the caret that is not offered.
    #[error("the size is none, or larger than the region")]
    Size,
    /// A turn other than 0.
    #[error("pictures are not turned")]
    Rotation,
    /// Another quality or format than `default.jpg` and `color.jpg`.
    #[error("only default.jpg and color.jpg are offered")]
    Format,
}

/// A region of the finest resolution and the pixels it is shown in.
///
/// # Errors
/// [`BadRequest`].
pub fn read(
    (width, height): (u32, u32),
    region: &str,
    size: &str,
    rotation: &str,
    format: &str,
) -> Result<(Region, u32, u32), BadRequest> {
    let region = self::region(region, width, height).ok_or(BadRequest::Region)?;
    let (w, h) = self::size(size, region.width, region.height).ok_or(BadRequest::Size)?;
    if w == 0 || h == 0 || w > region.width || h > region.height {
        return Err(BadRequest::Size);
    }
    if rotation != "0" {
        return Err(BadRequest::Rotation);
    }
    if !matches!(format, "default.jpg" | "color.jpg") {
        return Err(BadRequest::Format);
    }
    Ok((region, w, h))
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

fn size(text: &str, width: u32, height: u32) -> Option<(u32, u32)> {
    // A side that is not given keeps the shape.
    let scaled = |edge: u32, wanted: u32, other: u32| {
        let length = f64::from(edge) * f64::from(wanted) / f64::from(other.max(1));
        (length.round() as u32).max(1)
    };
    if text == "max" {
        return Some((width, height));
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
        let of = |edge: u32| ((f64::from(edge) * share.min(1.0)).round() as u32).max(1);
        return Some((of(width), of(height)));
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
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(region: &str, size: &str) -> Result<(u32, u32, u32, u32, u32, u32), BadRequest> {
        read((2220, 2967), region, size, "0", "default.jpg")
            .map(|(r, w, h)| (r.x, r.y, r.width, r.height, w, h))
    }

    #[test]
    fn regions_and_sizes_of_the_specification_are_read() {
        for (region, size, expected) in [
            ("full", "max", (0, 0, 2220, 2967, 2220, 2967)),
            ("square", "100,", (0, 373, 2220, 2220, 100, 100)),
            (
                "960,1440,240,240",
                "240,240",
                (960, 1440, 240, 240, 240, 240),
            ),
            ("2160,0,240,240", "max", (2160, 0, 60, 240, 60, 240)),
            ("0,0,480,480", ",120", (0, 0, 480, 480, 120, 120)),
            ("0,0,480,240", "!100,100", (0, 0, 480, 240, 100, 50)),
            (
                "pct:50,50,50,50",
                "pct:10",
                (1110, 1484, 1110, 1483, 111, 148),
            ),
        ] {
            assert_eq!(of(region, size), Ok(expected), "{region} {size}");
        }
    }

    #[test]
    fn everything_else_is_refused() {
        for region in [
            "",
            "0,0,1",
            "0,0,0,5",
            "2220,0,5,5",
            "-1,0,5,5",
            "pct:0,0,101,5",
            "pct:NaN,0,5,5",
            "a,b,c,d",
        ] {
            assert_eq!(of(region, "max"), Err(BadRequest::Region), "{region}");
        }
        for size in [
            "",
            "0,0",
            "5",
            "^max",
            "101,",
            "!a,b",
            "pct:200",
            "pct:0",
            "4294967296,1",
        ] {
            assert_eq!(of("0,0,100,100", size), Err(BadRequest::Size), "{size}");
        }
        let with = |rotation, format| read((10, 10), "full", "max", rotation, format);
        assert_eq!(with("90", "default.jpg"), Err(BadRequest::Rotation));
        assert_eq!(with("0", "default.svg"), Err(BadRequest::Format));
    }

    proptest! {
        #[test]
        fn whatever_is_asked_lies_within_the_slide(region in "[a-z0-9,:.!^-]{0,20}", size in "[a-z0-9,:.!^-]{0,12}") {
            if let Ok((x, y, width, height, w, h)) = of(&region, &size) {
                prop_assert!(x + width <= 2220 && y + height <= 2967 && (1..=width).contains(&w) && (1..=height).contains(&h));
            }
        }
    }
}
