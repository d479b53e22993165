//! DICOMweb: the metadata of a series, and one frame of it.

use serde_json::Value;

use super::outbound::{Outbound, RegisteredSource};
use super::probe::{is_image, json};
use crate::domain::slides::{LinkFailure, ScaleWarning, SlideFacts};

/// VL Whole Slide Microscopy Image Storage (PS3.4).
pub(super) const WHOLE_SLIDE: &str = "1.2.840.10008.5.1.4.1.1.77.1.6";
/// Instances of a series that are looked at; a pyramid has a few, concatenations some dozens.
pub(super) const INSTANCES_MAX: usize = 2_000;
/// Pixel spacing and imaged volume may differ by so much, through rounding.
const SCALE_TOLERANCE: f64 = 0.02;

pub(super) const SOP_CLASS: &str = "00080016";
pub(super) const SOP_INSTANCE: &str = "00080018";
pub(super) const IMAGE_TYPE: &str = "00080008";
pub(super) const ROWS: &str = "00280010";
pub(super) const COLUMNS: &str = "00280011";
pub(super) const MATRIX_COLUMNS: &str = "00480006";
pub(super) const MATRIX_ROWS: &str = "00480007";
const VOLUME_WIDTH: &str = "00480001";
const VOLUME_HEIGHT: &str = "00480002";
pub(super) const SHARED_GROUPS: &str = "52009229";
const PIXEL_MEASURES: &str = "00289110";
const PIXEL_SPACING: &str = "00280030";
const OPTICAL_PATHS: &str = "00480105";
const OBJECTIVE_POWER: &str = "00480112";

pub(super) async fn probe(
    outbound: &Outbound,
    source: &RegisteredSource,
    study: &str,
    series: &str,
) -> Result<SlideFacts, LinkFailure> {
    let at = format!("studies/{study}/series/{series}");
    let answer = outbound
        .get(source, &format!("{at}/metadata"), "application/dicom+json")
        .await?;
    let (facts, instance) = read(&json(&answer)?)?;
    let facts = facts.plausible()?;
    // The original bytes: a server asked for a JPEG without a transfer syntax transcodes to something five times as large.
    let accept = "multipart/related; type=\"application/octet-stream\"; transfer-syntax=*";
    let frame = outbound
        .get(
            source,
            &format!("{at}/instances/{instance}/frames/1"),
            accept,
        )
        .await?;
    let pixels = first_part(&frame.body).ok_or(LinkFailure::NotAnImage)?;
    // A page in place of a frame is told by its beginning; uncompressed pixels have none of their own.
    if !is_image(pixels) && pixels.len() < 1024 {
        return Err(LinkFailure::NotAnImage);
    }
    Ok(facts)
}

/// Reads a series: its pyramid, in whatever order the instances come, without label, overview and thumbnail.
pub(super) fn read(metadata: &Value) -> Result<(SlideFacts, String), LinkFailure> {
    let instances = metadata.as_array().ok_or(LinkFailure::Malformed)?;
    if instances.is_empty() {
        return Err(LinkFailure::NotFound);
    }
    let mut levels: Vec<(u64, u64, &Value)> = Vec::new();
    for instance in instances.iter().take(INSTANCES_MAX) {
        if !is_volume(instance) {
            continue;
        }
        let (width, height) = (
            whole(instance, MATRIX_COLUMNS)?,
            whole(instance, MATRIX_ROWS)?,
        );
        if !levels.iter().any(|(w, h, _)| (*w, *h) == (width, height)) {
            levels.push((width, height, instance));
        }
    }
    let (width, height, base) = levels
        .iter()
        .copied()
        .max_by_key(|(w, h, _)| w.saturating_mul(*h))
        .ok_or(LinkFailure::NotAWholeSlideImage)?;
    let edge =
        |tag| u32::try_from(whole(base, tag)?).map_err(|_| LinkFailure::ImplausibleDimensions);
    let instance = text(base, SOP_INSTANCE, 0).ok_or(LinkFailure::Malformed)?;
    if !is_uid(instance) {
        return Err(LinkFailure::Malformed);
    }
    let (scale, scale_warning) = scale(base, width, height);
    let facts = SlideFacts {
        width,
        height,
        levels: u32::try_from(levels.len()).unwrap_or(u32::MAX),
        tile_width: edge(COLUMNS)?,
        tile_height: edge(ROWS)?,
        mpp_x: scale.map(|(x, _)| x),
        mpp_y: scale.map(|(_, y)| y),
        objective: items(base, OPTICAL_PATHS)
            .and_then(|paths| number(paths.first()?, OBJECTIVE_POWER, 0)),
        scale_warning,
    };
    Ok((facts, instance.to_owned()))
}

/// Whether an instance is tissue. Labels, overviews and thumbnails lie in the same series, and carry names.
pub(super) fn is_volume(instance: &Value) -> bool {
    text(instance, SOP_CLASS, 0) == Some(WHOLE_SLIDE)
        && text(instance, IMAGE_TYPE, 2) == Some("VOLUME")
}

/// Whether a text is a DICOM unique identifier, which becomes part of a path.
pub(super) fn is_uid(text: &str) -> bool {
    let plain = |b: u8| b.is_ascii_digit() || b == b'.';
    !text.is_empty() && text.len() <= 64 && text.bytes().all(plain)
}

/// Micrometres per pixel across and down, if pixel spacing and imaged volume agree about them. Real servers write one of the two
/// wrongly; a ruler that believes either is wrong by a third.
fn scale(instance: &Value, width: u64, height: u64) -> (Option<(f64, f64)>, Option<ScaleWarning>) {
    let measures = items(instance, SHARED_GROUPS)
        .and_then(|groups| items(groups.first()?, PIXEL_MEASURES)?.first());
    let spacing =
        measures.and_then(|m| Some((number(m, PIXEL_SPACING, 1)?, number(m, PIXEL_SPACING, 0)?)));
    let Some((x, y)) = spacing.map(|(x, y)| (x * 1000.0, y * 1000.0)) else {
        return (None, Some(ScaleWarning::Missing));
    };
    let agrees = |volume: Option<f64>, pixels: u64, mpp: f64| {
        volume
            .filter(|mm| *mm > 0.0)
            .is_none_or(|mm| (mm * 1000.0 / pixels as f64 / mpp - 1.0).abs() <= SCALE_TOLERANCE)
    };
    let agree = agrees(number(instance, VOLUME_WIDTH, 0), width, x)
        && agrees(number(instance, VOLUME_HEIGHT, 0), height, y);
    if agree {
        (Some((x, y)), None)
    } else {
        (None, Some(ScaleWarning::Contradictory))
    }
}

fn values<'a>(dataset: &'a Value, tag: &str) -> Option<&'a Vec<Value>> {
    dataset.get(tag)?.get("Value")?.as_array()
}

pub(super) fn items<'a>(dataset: &'a Value, tag: &str) -> Option<&'a Vec<Value>> {
    values(dataset, tag).filter(|items| !items.is_empty())
}

pub(super) fn text<'a>(dataset: &'a Value, tag: &str, index: usize) -> Option<&'a str> {
    values(dataset, tag)?.get(index)?.as_str()
}

/// A number; decimal strings may come as text.
pub(super) fn number(dataset: &Value, tag: &str, index: usize) -> Option<f64> {
    let value = values(dataset, tag)?.get(index)?;
    value
        .as_f64()
        .or_else(|| value.as_str()?.trim().parse().ok())
        .filter(|number: &f64| number.is_finite())
}

pub(super) fn whole(dataset: &Value, tag: &str) -> Result<u64, LinkFailure> {
    let value = values(dataset, tag)
        .and_then(|values| values.first())
        .ok_or(LinkFailure::Malformed)?;
    value.as_u64().ok_or(LinkFailure::Malformed)
}

/// The first part of a multipart answer, by its own first line: servers write the boundary into malformed headers.
pub(super) fn first_part(body: &[u8]) -> Option<&[u8]> {
    let start = body.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
    let line_end = body
        .windows(2)
        .position(|window| window == b"\r\n")
        .filter(|end| body.get(..2) == Some(b"--") || *end == 0)?;
    let boundary = body
        .get(..line_end)
        .filter(|line| line.starts_with(b"--"))?;
    let rest = body.get(start..)?;
    let end = rest
        .windows(boundary.len())
        .position(|window| window == boundary)
        .unwrap_or(rest.len());
    rest.get(..end)
        .map(|part| part.strip_suffix(b"\r\n").unwrap_or(part))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn instance(
        uid: &str,
        kind: &str,
        width: u64,
        height: u64,
        spacing: f64,
        volume: (f64, f64),
    ) -> Value {
        json!({
            SOP_CLASS: {"vr": "UI", "Value": [WHOLE_SLIDE]},
            SOP_INSTANCE: {"vr": "UI", "Value": [uid]},
            IMAGE_TYPE: {"vr": "CS", "Value": ["DERIVED", "PRIMARY", kind, "NONE"]},
            ROWS: {"vr": "US", "Value": [240]}, COLUMNS: {"vr": "US", "Value": [240]},
            MATRIX_COLUMNS: {"vr": "UL", "Value": [width]}, MATRIX_ROWS: {"vr": "UL", "Value": [height]},
            VOLUME_WIDTH: {"vr": "FL", "Value": [volume.0]}, VOLUME_HEIGHT: {"vr": "FL", "Value": [volume.1]},
            SHARED_GROUPS: {"vr": "SQ", "Value": [{PIXEL_MEASURES: {"vr": "SQ", "Value": [{PIXEL_SPACING: {"vr": "DS", "Value": [spacing, spacing]}}]}}]},
            OPTICAL_PATHS: {"vr": "SQ", "Value": [{OBJECTIVE_POWER: {"vr": "DS", "Value": [20]}}]},
        })
    }

    #[test]
    fn a_pyramid_is_read_in_any_order_without_its_label() {
        let volume = (1.10778, 1.480533);
        let mut series = vec![
            instance("1.9", "LABEL", 387, 463, 0.01, volume),
            instance("1.2", "VOLUME", 555, 741, 0.001996, volume),
            instance("1.1", "VOLUME", 2220, 2967, 0.000499, volume),
            instance("1.3", "VOLUME", 2220, 2967, 0.000499, volume),
        ];
        for _ in 0..2 {
            let (facts, uid) = read(&Value::Array(series.clone())).unwrap();
            assert_eq!(
                (facts.width, facts.height, facts.levels, facts.tile_width),
                (2220, 2967, 2, 240)
            );
            assert!((facts.mpp_x.unwrap() - 0.499).abs() < 1e-9);
            assert_eq!(facts.objective, Some(20.0));
            assert!(["1.1", "1.3"].contains(&uid.as_str()));
            series.reverse();
        }
        assert_eq!(
            read(&json!([instance("1.9", "LABEL", 387, 463, 0.01, volume)])).unwrap_err(),
            LinkFailure::NotAWholeSlideImage
        );
        assert_eq!(read(&json!([])).unwrap_err(), LinkFailure::NotFound);
        assert_eq!(read(&json!({})).unwrap_err(), LinkFailure::Malformed);
        assert_eq!(
            read(&json!([instance(
                "../x", "VOLUME", 2220, 2967, 0.000499, volume
            )]))
            .unwrap_err(),
            LinkFailure::Malformed
        );
    }

    #[test]
    fn a_scale_that_contradicts_itself_is_not_believed() {
        let swapped = read(&json!([instance(
            "1.1",
            "VOLUME",
            2220,
            2967,
            0.000499,
            (1.480533, 1.10778)
        )]))
        .unwrap()
        .0;
        assert_eq!(
            (swapped.mpp_x, swapped.scale_warning),
            (None, Some(ScaleWarning::Contradictory))
        );
        let mut without = instance("1.1", "VOLUME", 2220, 2967, 0.000499, (1.0, 1.0));
        without.as_object_mut().unwrap().remove(SHARED_GROUPS);
        assert_eq!(
            read(&json!([without])).unwrap().0.scale_warning,
            Some(ScaleWarning::Missing)
        );
    }

    #[test]
    fn a_part_is_found_by_its_own_boundary() {
        let body = b"--abc\r\nContent-Type: image/jpeg\r\n\r\n\xFF\xD8\xFFdata\r\n--abc--\r\n";
        assert_eq!(first_part(body), Some(&b"\xFF\xD8\xFFdata"[..]));
        for broken in [
            &b""[..],
            b"<html></html>",
            b"--abc",
            b"\r\n\r\n",
            b"HTTP\r\n\r\nx",
        ] {
            assert_eq!(first_part(broken), None, "{broken:?}");
        }
    }
}
