//! IIIF Image API 3, and 2 as older servers still speak it.

use serde_json::Value;

use super::outbound::{Outbound, RegisteredSource};
use super::probe::{is_image, json};
use crate::domain::pyramid::{Level, Pyramid, TileAt};
use crate::domain::slides::{LinkFailure, SlideFacts};

const ACCEPT: &str = "application/ld+json;profile=\"http://iiif.io/api/image/3/context.json\", application/ld+json, application/json";

/// Where the tiles of a IIIF image are.
pub(super) struct Tiles {
    identifier: String,
    version_2: bool,
    width: u32,
    height: u32,
    /// Reductions of the levels, the finest first.
    factors: Vec<u32>,
}

impl Tiles {
    /// The path of a tile of a level: always one of those that the image information names.
    pub(super) fn path(&self, level: &Level, at: TileAt) -> Option<String> {
        let factor = *self.factors.get(at.level)?;
        let shown = level.region_of(at.column, at.row);
        let (x, y) = (shown.x * factor, shown.y * factor);
        let width = (level.tile_width * factor).min(self.width.checked_sub(x)?);
        let height = (level.tile_height * factor).min(self.height.checked_sub(y)?);
        let size = size(self.version_2, shown.width.into(), shown.height.into());
        let identifier = &self.identifier;
        // Static trees hold each tile under its canonical address only, which names the whole image so.
        let region = if (width, height) == (self.width, self.height) {
            "full".to_owned()
        } else {
            format!("{x},{y},{width},{height}")
        };
        Some(format!("{identifier}/{region}/{size}/0/default.jpg"))
    }
}

/// Version 3 names the size of a tile by both edges, version 2 by its width.
fn size(version_2: bool, width: u64, height: u64) -> String {
    if version_2 {
        format!("{width},")
    } else {
        format!("{width},{height}")
    }
}

/// Looks at the image information, for serving its tiles.
pub(super) async fn describe(
    outbound: &Outbound,
    source: &RegisteredSource,
    identifier: &str,
) -> Result<(SlideFacts, Pyramid, Tiles), LinkFailure> {
    let answer = outbound
        .get(source, &format!("{identifier}/info.json"), ACCEPT)
        .await?;
    let info = json(&answer)?;
    let facts = read(&info)?.0.plausible()?;
    let edge = |edge: u64| u32::try_from(edge).map_err(|_| LinkFailure::ImplausibleDimensions);
    let (width, height) = (edge(facts.width)?, edge(facts.height)?);
    let mut factors: Vec<u32> = factors(&info)
        .into_iter()
        .filter_map(|factor| u32::try_from(factor).ok())
        .filter(|factor| *factor <= width.max(height))
        .collect();
    factors.sort_unstable();
    factors.dedup();
    let levels = factors.iter().map(|factor| Level {
        width: width.div_ceil(*factor),
        height: height.div_ceil(*factor),
        tile_width: facts.tile_width,
        tile_height: facts.tile_height,
        overlap: 0,
        padded: false,
    });
    let pyramid = Pyramid::new(levels.collect())?;
    let tiles = Tiles {
        identifier: identifier.to_owned(),
        version_2: is_version_2(&info),
        width,
        height,
        factors,
    };
    Ok((facts, pyramid, tiles))
}

/// The reductions at which the image's tiles are offered.
fn factors(info: &Value) -> Vec<u64> {
    info.get("tiles")
        .and_then(|tiles| tiles.get(0)?.get("scaleFactors")?.as_array())
        .into_iter()
        .flatten()
        .filter_map(Value::as_u64)
        .filter(|factor| (1..=1 << 31).contains(factor))
        .collect()
}

pub(super) async fn probe(
    outbound: &Outbound,
    source: &RegisteredSource,
    identifier: &str,
) -> Result<SlideFacts, LinkFailure> {
    let answer = outbound
        .get(source, &format!("{identifier}/info.json"), ACCEPT)
        .await?;
    let info = json(&answer)?;
    let (facts, tile) = read(&info)?;
    let facts = facts.plausible()?;
    let tile = outbound
        .get(
            source,
            &format!("{identifier}/{tile}"),
            "image/jpeg, image/*",
        )
        .await?;
    if !is_image(&tile.body) {
        return Err(LinkFailure::NotAnImage);
    }
    Ok(facts)
}

/// Reads the image information and names one tile that every server of it can give.
fn read(info: &Value) -> Result<(SlideFacts, String), LinkFailure> {
    let number = |value: &Value, name: &str| {
        value
            .get(name)
            .and_then(Value::as_u64)
            .ok_or(LinkFailure::Malformed)
    };
    let (width, height) = (number(info, "width")?, number(info, "height")?);
    let tiles = info
        .get("tiles")
        .and_then(Value::as_array)
        .and_then(|tiles| tiles.first());
    // Without tiles there is no whole slide to look at, only a picture.
    let tiles = tiles.ok_or(LinkFailure::NotAWholeSlideImage)?;
    let tile_width =
        u32::try_from(number(tiles, "width")?).map_err(|_| LinkFailure::ImplausibleDimensions)?;
    let tile_height = match tiles.get("height") {
        None => tile_width,
        Some(value) => u32::try_from(value.as_u64().ok_or(LinkFailure::Malformed)?)
            .map_err(|_| LinkFailure::ImplausibleDimensions)?,
    };
    let factors = factors(info);
    let levels = u32::try_from(factors.len()).map_err(|_| LinkFailure::ImplausibleDimensions)?;
    if levels == 0 {
        return Err(LinkFailure::Malformed);
    }
    let (mpp_x, mpp_y) = scale(info).map_or((None, None), |mpp| (Some(mpp), Some(mpp)));
    let facts = SlideFacts {
        width,
        height,
        levels,
        tile_width,
        tile_height,
        mpp_x,
        mpp_y,
        objective: None,
        scale_warning: None,
    };
    let (w, h) = (
        u64::from(tile_width).min(width),
        u64::from(tile_height).min(height),
    );
    let size = size(is_version_2(info), w, h);
    Ok((facts, format!("0,0,{w},{h}/{size}/0/default.jpg")))
}

fn is_version_2(info: &Value) -> bool {
    info.get("@context")
        .and_then(Value::as_str)
        .is_some_and(|context| context.contains("/image/2/"))
}

/// Micrometres per pixel, of the physical dimensions service.
fn scale(info: &Value) -> Option<f64> {
    let services = match info.get("service")? {
        Value::Array(services) => services.clone(),
        one => vec![one.clone()],
    };
    let physical = services
        .iter()
        .find(|service| service.get("physicalScale").is_some())?;
    let scale = physical.get("physicalScale")?.as_f64()?;
    let micrometres = match physical.get("physicalUnits")?.as_str()? {
        "mm" => 1e3,
        "cm" => 1e4,
        "in" => 25_400.0,
        "um" | "µm" => 1.0,
        _ => return None,
    };
    Some(scale * micrometres)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn info() -> Value {
        json!({
            "@context": "http://iiif.io/api/image/3/context.json", "id": "x", "type": "ImageService3", "protocol": "http://iiif.io/api/image",
            "profile": "level0", "width": 2220, "height": 2967, "tiles": [{"width": 256, "scaleFactors": [1, 2, 4, 8, 16]}],
            "service": {"profile": "http://iiif.io/api/annex/services/physdim", "physicalScale": 0.000499, "physicalUnits": "mm"}
        })
    }

    #[test]
    fn image_information_is_read_in_both_versions() {
        let (facts, tile) = read(&info()).unwrap();
        assert_eq!(
            (facts.width, facts.height, facts.levels, facts.tile_height),
            (2220, 2967, 5, 256)
        );
        assert!((facts.mpp_x.unwrap() - 0.499).abs() < 1e-9);
        assert_eq!(tile, "0,0,256,256/256,256/0/default.jpg");
        let mut old = info();
        old["@context"] = json!("http://iiif.io/api/image/2/context.json");
        assert_eq!(read(&old).unwrap().1, "0,0,256,256/256,/0/default.jpg");
    }

    #[test]
    fn what_is_no_whole_slide_is_said_to_be_none() {
        let spoilt = |name: &str, value: Value| {
            let mut info = info();
            info[name] = value;
            read(&info)
                .and_then(|(facts, _)| facts.plausible())
                .unwrap_err()
        };
        assert_eq!(
            spoilt("tiles", Value::Null),
            LinkFailure::NotAWholeSlideImage
        );
        assert_eq!(spoilt("width", json!(-1)), LinkFailure::Malformed);
        assert_eq!(spoilt("width", json!("2220")), LinkFailure::Malformed);
        assert_eq!(
            spoilt("width", json!(0)),
            LinkFailure::ImplausibleDimensions
        );
        assert_eq!(
            spoilt("height", json!(99_999_999_999u64)),
            LinkFailure::ImplausibleDimensions
        );
        assert_eq!(
            spoilt("tiles", json!([{"width": 0, "scaleFactors": [1]}])),
            LinkFailure::ImplausibleDimensions
        );
        assert_eq!(
            spoilt("tiles", json!([{"width": 256, "scaleFactors": []}])),
            LinkFailure::Malformed
        );
    }
}
