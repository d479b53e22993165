use serde_json::json;

use super::*;
use crate::slides::dicomweb::{IMAGE_TYPE, SOP_CLASS, SOP_INSTANCE, WHOLE_SLIDE};

const FRAMES: &str = "00280008";
const ORGANISATION: &str = "00209311";
const CONCATENATION: &str = "00209161";
const CONCATENATION_OFFSET: &str = "00209228";
const PER_FRAME_GROUPS: &str = "52009230";
const PLANE_POSITION: &str = "0048021A";
const COLUMN_POSITION: &str = "0048021E";
const ROW_POSITION: &str = "0048021F";
const HEIGHT: &str = "0040074A";

fn instance(uid: &str, kind: &str, (width, height): (u32, u32), frames: u32) -> Value {
    json!({
        SOP_CLASS: {"Value": [WHOLE_SLIDE]}, SOP_INSTANCE: {"Value": [uid]},
        IMAGE_TYPE: {"Value": ["ORIGINAL", "PRIMARY", kind, "NONE"]},
        MATRIX_COLUMNS: {"Value": [width]}, MATRIX_ROWS: {"Value": [height]},
        COLUMNS: {"Value": [100]}, ROWS: {"Value": [100]}, FRAMES: {"Value": [frames.to_string()]},
        PHOTOMETRIC: {"Value": ["RGB"]}, ORGANISATION: {"Value": ["TILED_FULL"]},
        SAMPLES: {"Value": [3]}, BITS_ALLOCATED: {"Value": [8]},
    })
}

fn with(mut instance: Value, tag: &str, value: Value) -> Value {
    instance[tag] = json!({ "Value": [value] });
    instance
}

/// Where a tile of a layer stands.
fn layer_path(
    metadata: &[Value],
    level: usize,
    column: u32,
    row: u32,
    layer: impl Fn(&Layers) -> usize,
) -> Option<String> {
    let (pyramid, layers, frames) = levels(&Value::Array(metadata.to_vec())).unwrap();
    let at = TileAt { level, column, row };
    let stack = &frames[level].stack;
    stack.address("S", &pyramid.levels()[level], at, layer(&layers))
}

fn path(metadata: &[Value], level: usize, column: u32, row: u32) -> Option<String> {
    layer_path(metadata, level, column, row, |layers| layers.shown())
}

#[test]
fn frames_are_found_in_any_order_and_never_the_label() {
    let mut series = vec![
        instance("1.3", "LABEL", (5_000, 5_000), 1),
        instance("1.1", "VOLUME", (250, 310), 12),
        instance("1.2", "VOLUME", (125, 155), 4),
        instance("1.4", "OVERVIEW", (6_000, 4_000), 1),
    ];
    for _ in 0..2 {
        let (pyramid, ..) = levels(&Value::Array(series.clone())).unwrap();
        assert_eq!(pyramid.levels().len(), 2);
        assert_eq!(path(&series, 0, 2, 3).unwrap(), "S/instances/1.1/frames/12");
        assert_eq!(path(&series, 1, 1, 0).unwrap(), "S/instances/1.2/frames/2");
        series.reverse();
    }
}

#[test]
fn a_frame_is_found_by_its_instance_as_its_place_is_by_its_frame() {
    let part = |uid: &str, offset: u32, frames: u32| {
        let part = instance(uid, "VOLUME", (250, 310), frames);
        with(
            with(part, CONCATENATION, json!("1.9")),
            CONCATENATION_OFFSET,
            json!(offset),
        )
    };
    let small = instance("1.3", "VOLUME", (125, 155), 9);
    let series = json!([small, part("1.2", 6, 6), part("1.1", 0, 6)]);
    let (pyramid, _, levels) = levels(&series).unwrap();
    let frames = Frames {
        at: "S".to_owned(),
        levels,
        delivery: Delivery::Rendered,
    };
    let at = |level, column, row| Some((TileAt { level, column, row }, 0));
    for (instance, frame, place) in [
        ("1.1", 1, at(0, 0, 0)),
        ("1.1", 6, at(0, 2, 1)),
        ("1.1", 7, None),
        ("1.2", 1, at(0, 0, 2)),
        ("1.2", 6, at(0, 2, 3)),
        ("1.3", 4, at(1, 1, 1)),
        ("1.3", 5, None),
        ("1.3", 0, None),
        ("1.4", 1, None),
    ] {
        let found = frames.place(&pyramid, instance, frame);
        assert_eq!(found, place, "{instance} {frame}");
    }
    assert_eq!(frames.instances(), ["1.1", "1.2", "1.3"]);
}

#[test]
fn a_concatenation_is_one_level_and_the_same_image_sent_twice_is_one() {
    let part = |uid: &str, offset: u32| {
        let part = instance(uid, "VOLUME", (250, 310), 6);
        with(
            with(part, CONCATENATION, json!("1.9")),
            CONCATENATION_OFFSET,
            json!(offset),
        )
    };
    let series = [
        part("1.2", 6),
        part("1.1", 0),
        instance("1.7", "VOLUME", (250, 310), 12),
    ];
    assert_eq!(path(&series, 0, 2, 1).unwrap(), "S/instances/1.1/frames/6");
    assert_eq!(path(&series, 0, 0, 2).unwrap(), "S/instances/1.2/frames/1");
}

#[test]
fn a_sparse_level_knows_its_frames_by_their_place() {
    let frame = |column: u32, row: u32| json!({ PLANE_POSITION: {"Value": [{ COLUMN_POSITION: {"Value": [column]}, ROW_POSITION: {"Value": [row]} }]} });
    let mut sparse = with(
        instance("1.1", "VOLUME", (250, 310), 2),
        ORGANISATION,
        json!("TILED_SPARSE"),
    );
    sparse[PER_FRAME_GROUPS] = json!({ "Value": [frame(201, 301), frame(1, 101), frame(1, 101)] });
    let series = [sparse.clone()];
    assert_eq!(path(&series, 0, 2, 3).unwrap(), "S/instances/1.1/frames/1");
    assert_eq!(path(&series, 0, 0, 1).unwrap(), "S/instances/1.1/frames/2");
    assert_eq!(path(&series, 0, 0, 0), None, "no tissue there");
    let mut unnamed = sparse.clone();
    unnamed[ORGANISATION] = json!({});
    assert_eq!(path(&[unnamed], 0, 2, 3), path(&series, 0, 2, 3));
    sparse[PER_FRAME_GROUPS] = json!({ "Value": [frame(51, 1)] });
    assert!(levels(&json!([sparse])).is_err(), "across the grid");
}

#[test]
fn what_no_series_has_is_refused() {
    for wrong in [
        vec![],
        vec![instance("1.1", "LABEL", (250, 310), 12)],
        vec![instance("1.1", "VOLUME", (250, 310), 11)],
        vec![instance("../1", "VOLUME", (250, 310), 12)],
        vec![instance("1.1", "VOLUME", (4_000_000, 310), 12)],
        vec![with(
            instance("1.1", "VOLUME", (250, 310), 12),
            COLUMNS,
            json!(0),
        )],
    ] {
        assert!(levels(&Value::Array(wrong.clone())).is_err(), "{wrong:?}");
    }
}

/// The whole of the level in so many planes, two micrometres apart, and paths.
fn stacked(mut instance: Value, planes: u32, paths: &[&str]) -> Value {
    let path =
        |path: &&str| json!({ "00480106": {"Value": [path]}, "00220055": {"Value": [461.0]} });
    instance["00480303"] = json!({ "Value": [planes] });
    instance["00480302"] = json!({ "Value": [paths.len()] });
    instance["00480105"] = json!({ "Value": paths.iter().map(path).collect::<Vec<_>>() });
    let apart = json!({ "00180088": {"Value": [0.002]} });
    instance["52009229"] = json!({ "Value": [{ "00289110": {"Value": [apart]} }] });
    instance
}

#[test]
fn planes_follow_each_other_and_paths_follow_planes_in_a_level_tiled_full() {
    let finest = stacked(
        instance("1.1", "VOLUME", (250, 310), 72),
        3,
        &["DAPI", "FITC"],
    );
    // As coarse levels are: in one plane.
    let coarse = stacked(
        instance("1.2", "VOLUME", (125, 155), 8),
        1,
        &["DAPI", "FITC"],
    );
    let series = [finest, coarse];
    let (pyramid, layers, frames) = levels(&Value::Array(series.to_vec())).unwrap();
    let names: Vec<&str> = layers
        .optical_paths
        .iter()
        .map(|path| path.identifier.as_str())
        .collect();
    assert_eq!(names, ["DAPI", "FITC"]);
    assert_eq!(layers.optical_paths[0].wavelength_nanometres, Some(461.0));
    let heights: Vec<Option<f64>> = layers
        .focal_planes
        .iter()
        .map(|plane| plane.micrometres)
        .collect();
    assert_eq!(heights, [Some(0.0), Some(2.0), Some(4.0)]);
    for (path, plane, level, frame) in [
        (0, 0, 0, "S/instances/1.1/frames/6"),
        (0, 1, 0, "S/instances/1.1/frames/18"),
        (1, 2, 0, "S/instances/1.1/frames/66"),
        (0, 2, 1, "S/instances/1.2/frames/4"),
        (1, 0, 1, "S/instances/1.2/frames/8"),
    ] {
        let (column, row) = if level == 0 { (2, 1) } else { (1, 1) };
        let found = layer_path(&series, level, column, row, |layers| {
            layers.number(path, plane).unwrap()
        });
        assert_eq!(found.unwrap(), frame, "{path} {plane} {level}");
    }
    let frames = Frames {
        at: "S".to_owned(),
        levels: frames,
        delivery: Delivery::Rendered,
    };
    let place = |frame| frames.place(&pyramid, "1.1", frame);
    assert_eq!(
        place(66),
        Some((
            TileAt {
                level: 0,
                column: 2,
                row: 1
            },
            5
        ))
    );
    assert_eq!(place(73), None);
}

#[test]
fn planes_and_paths_of_instances_of_their_own_are_layers_too() {
    let at = |uid: &str, height: f64, path: &str| {
        let mut one = stacked(instance(uid, "VOLUME", (250, 310), 12), 1, &[path]);
        one["00480008"] = json!({ "Value": [{ HEIGHT: {"Value": [height]} }] });
        one
    };
    let series = [
        at("1.3", 1.0, "1"),
        at("1.1", 0.0, "1"),
        at("1.2", 1.0, "2"),
    ];
    let (_, layers, _) = levels(&Value::Array(series.to_vec())).unwrap();
    assert_eq!(
        (layers.optical_paths.len(), layers.focal_planes.len()),
        (2, 2)
    );
    for (path, plane, instance) in [(0, 0, "1.1"), (0, 1, "1.3"), (1, 1, "1.2"), (1, 0, "1.2")] {
        let found = layer_path(&series, 0, 0, 0, |layers| {
            layers.number(path, plane).unwrap()
        });
        assert_eq!(
            found.unwrap(),
            format!("S/instances/{instance}/frames/1"),
            "{path} {plane}"
        );
    }
}

#[test]
fn frames_of_a_sparse_level_say_how_high_they_are_and_by_which_path() {
    let frame = |column: u32, height: f64, path: &str| {
        json!({
            PLANE_POSITION: {"Value": [{
                COLUMN_POSITION: {"Value": [column]}, ROW_POSITION: {"Value": [1]}, HEIGHT: {"Value": [height]},
            }]},
            "00480207": {"Value": [{ "00480106": {"Value": [path]} }]},
        })
    };
    let mut sparse = with(
        instance("1.1", "VOLUME", (250, 310), 5),
        ORGANISATION,
        json!("TILED_SPARSE"),
    );
    sparse[PER_FRAME_GROUPS] = json!({ "Value": [
        frame(101, 2.0, "2"), frame(1, 0.0, "1"), frame(1, 2.0, "1"), frame(101, 0.0, "1"), frame(1, 2.0, "2"),
    ] });
    let series = [sparse];
    let (_, layers, _) = levels(&Value::Array(series.to_vec())).unwrap();
    assert_eq!(layers.focal_planes.len(), 2);
    assert_eq!(
        layers.optical_paths[0].identifier, "2",
        "in the order of the source"
    );
    for (path, plane, column, frame) in [
        (1, 0, 0, Some(2)),
        (1, 1, 0, Some(3)),
        (0, 1, 0, Some(5)),
        // In one plane only: it is shown at the other, too.
        (1, 1, 1, Some(4)),
        (0, 0, 1, Some(1)),
        (0, 0, 2, None),
    ] {
        let found = layer_path(&series, 0, column, 0, |layers| {
            layers.number(path, plane).unwrap()
        });
        let expected = frame.map(|frame| format!("S/instances/1.1/frames/{frame}"));
        assert_eq!(found, expected, "{path} {plane} {column}");
    }
}

#[test]
fn a_path_that_a_coarser_level_has_not_is_not_shown() {
    let finest = stacked(instance("1.1", "VOLUME", (250, 310), 24), 1, &["1", "2"]);
    let coarse = stacked(instance("1.2", "VOLUME", (125, 155), 4), 1, &["1"]);
    let other = stacked(instance("1.2", "VOLUME", (125, 155), 4), 1, &["x"]);
    let (_, layers, _) = levels(&json!([finest, coarse])).unwrap();
    assert_eq!(layers.optical_paths.len(), 1);
    // Levels that name the one path each in their own way.
    let (_, layers, _) = levels(&json!([finest, other])).unwrap();
    assert_eq!(layers, Layers::single());
    assert_eq!(
        path(&[finest, other], 1, 1, 1).unwrap(),
        "S/instances/1.2/frames/4"
    );
}
