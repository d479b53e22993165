//! IIIF Image API 3, and 2 as older servers still speak it.

use serde_json::Value;

use super::outbound::{Outbound, RegisteredSource};
use super::probe::{is_image, json};
use crate::domain::slides::{LinkFailure, SlideFacts};

pub(super) async fn probe(
    outbound: &Outbound,
    source: &RegisteredSource,
    identifier: &str,
) -> Result<SlideFacts, LinkFailure> {
    let accept = "application/ld+json;profile=\"http://iiif.io/api/image/3/context.json\", application/ld+json, application/json";
    let answer = outbound
        .get(source, &format!("{identifier}/info.json"), accept)
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
    let factors: Vec<u64> = tiles
        .get("scaleFactors")
        .and_then(Value::as_array)
        .ok_or(LinkFailure::Malformed)?
        .iter()
        .filter_map(Value::as_u64)
        .filter(|factor| (1..=1 << 31).contains(factor))
        .collect();
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
    // Version 3 names the size of a tile by both edges, version 2 by its width.
    let size = if is_version_2(info) {
        format!("{w},")
    } else {
        format!("{w},{h}")
    };
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
