use proptest::prelude::*;

use super::*;

fn level(width: u32, height: u32, tile: u32, overlap: u32, padded: bool) -> Level {
    Level {
        width,
        height,
        tile_width: tile,
        tile_height: tile,
        overlap,
        padded,
    }
}

/// The real slide as DICOM: the edges of its levels are rounded up and down.
fn dicom() -> Pyramid {
    let edges = [
        (555, 742),
        (2220, 2967),
        (139, 186),
        (1110, 1484),
        (278, 371),
    ];
    Pyramid::new(edges.map(|(w, h)| level(w, h, 240, 0, true)).to_vec()).unwrap()
}

/// The real slide as DeepZoom.
fn deep_zoom() -> Pyramid {
    let edge = |edge: u32, r: u32| edge.div_ceil(1 << r);
    let levels = (0..13).map(|r| level(edge(2220, r), edge(2967, r), 254, 1, false));
    Pyramid::new(levels.collect()).unwrap()
}

fn region(x: u32, y: u32, width: u32, height: u32) -> Region {
    Region {
        x,
        y,
        width,
        height,
    }
}

#[test]
fn tiles_of_a_halved_pyramid_pass_as_they_are_but_for_the_filled_up_edges() {
    let pyramid = dicom();
    let face = DeepZoomFace::of(&pyramid);
    assert_eq!((face.tile, face.overlap, face.finest()), (240, 0, 12));
    let plan = |level, column, row| {
        let (region, width, height) = face.tile(level, column, row).unwrap();
        (pyramid.plan(region, width, height).unwrap(), width, height)
    };
    for (deep, level, column, row) in [(12, 0, 4, 6), (11, 1, 0, 5), (10, 2, 1, 2), (9, 3, 0, 0)] {
        let as_is = Plan::AsIs(TileAt { level, column, row });
        assert_eq!(plan(deep, column, row), (as_is, 240, 240), "level {deep}");
    }
    // 2220 is nine and a quarter tiles: the frame is filled up, its picture must not be.
    let (edge, width, height) = plan(12, 9, 0);
    assert_eq!((width, height), (60, 240));
    let frame = TileAt {
        level: 0,
        column: 9,
        row: 0,
    };
    let composed = Plan::Composed {
        region: region(2160, 0, 60, 240),
        tiles: vec![frame],
    };
    assert_eq!(edge, composed);
}

#[test]
fn a_deepzoom_source_passes_whole_through_its_own_face() {
    let pyramid = deep_zoom();
    let face = DeepZoomFace::of(&pyramid);
    assert_eq!((face.tile, face.overlap), (254, 1));
    for deep in 0..=face.finest() {
        let reduction = face.finest() - deep;
        let (columns, rows) = pyramid.levels()[reduction as usize].grid();
        for (column, row) in [(0, 0), (columns - 1, 0), (columns / 2, rows - 1)] {
            let (region, width, height) = face.tile(deep, column, row).unwrap();
            let plan = pyramid.plan(region, width, height).unwrap();
            assert!(
                matches!(plan, Plan::AsIs(tile) if (tile.column, tile.row) == (column, row)),
                "{deep} {column} {row}: {plan:?}"
            );
        }
        assert_eq!(face.tile(deep, columns, 0), Err(PlanError::Outside));
    }
    assert_eq!(face.tile(13, 0, 0), Err(PlanError::Outside));
}

#[test]
fn missing_levels_are_made_from_the_next_finer_one() {
    let sparse = Pyramid::new(vec![
        level(2220, 2967, 240, 0, true),
        level(278, 371, 240, 0, true),
    ])
    .unwrap();
    let face = DeepZoomFace::of(&sparse);
    let (wanted, width, height) = face.tile(10, 0, 0).unwrap();
    let Plan::Composed {
        region: used,
        tiles,
    } = sparse.plan(wanted, width, height).unwrap()
    else {
        panic!("nothing has this tile as it is");
    };
    assert_eq!(used, region(0, 0, 960, 960));
    assert_eq!(tiles.len(), 16);
    assert!(tiles.iter().all(|tile| tile.level == 0));
    let (wanted, width, height) = face.tile(0, 0, 0).unwrap();
    let Plan::Composed { tiles, .. } = sparse.plan(wanted, width, height).unwrap() else {
        panic!("nothing has this tile as it is");
    };
    assert!(tiles.iter().all(|tile| tile.level == 1));
}

#[test]
fn what_is_too_much_or_lies_outside_is_refused_before_anything_is_asked() {
    let flat = Pyramid::new(vec![level(100_000, 80_000, 256, 0, false)]).unwrap();
    let whole = region(0, 0, 100_000, 80_000);
    assert_eq!(flat.plan(whole, 500, 400), Err(PlanError::TooMuch));
    assert_eq!(
        flat.plan(region(0, 0, 9, 9), 5_000, 5_000),
        Err(PlanError::TooMuch)
    );
    assert_eq!(flat.plan(region(0, 0, 9, 9), 0, 5), Err(PlanError::Outside));
    assert_eq!(
        flat.plan(region(100_000, 0, 9, 9), 9, 9),
        Err(PlanError::Outside)
    );
    assert_eq!(flat.plan(region(5, 5, 0, 9), 9, 9), Err(PlanError::Outside));
    // A region that hangs over is clipped.
    let plan = flat.plan(region(99_990, 0, 500, 10), 10, 10).unwrap();
    assert!(
        matches!(plan, Plan::Composed { region, .. } if region.width == 10),
        "{plan:?}"
    );
}

#[test]
fn levels_that_no_slide_has_are_not_believed() {
    for wrong in [
        vec![],
        vec![level(0, 5, 256, 0, false)],
        vec![level(5, 5, 8, 0, false)],
        vec![level(5, 5, 256, 128, false)],
        vec![level(5, 5, 256, 0, false); 33],
        vec![level(3_000_000, 5, 256, 0, false)],
    ] {
        assert_eq!(Pyramid::new(wrong), Err(LinkFailure::ImplausibleDimensions));
    }
}

proptest! {
    #[test]
    fn whatever_is_asked_only_tiles_of_the_slide_are_named_and_they_cover_it(
        x in 0..3_000u32, y in 0..3_500u32, width in 0..3_000u32, height in 0..3_000u32,
        out_width in 0..1_500u32, out_height in 0..1_500u32, zoomed in any::<bool>(),
    ) {
        let pyramid = if zoomed { deep_zoom() } else { dicom() };
        let wanted = region(x, y, width, height);
        match pyramid.plan(wanted, out_width, out_height) {
            Err(_) => {}
            Ok(Plan::AsIs(tile)) => {
                let (columns, rows) = pyramid.levels()[tile.level].grid();
                prop_assert!(tile.column < columns && tile.row < rows);
            }
            Ok(Plan::Composed { region: used, tiles }) => {
                prop_assert!(!tiles.is_empty() && tiles.len() <= TILES_MAX);
                let level = pyramid.levels()[tiles[0].level];
                let (columns, rows) = level.grid();
                let mut covered = 0u64;
                for tile in &tiles {
                    prop_assert!(tile.column < columns && tile.row < rows);
                    let core = Level { overlap: 0, ..level }.region_of(tile.column, tile.row);
                    let span = |a: u32, al: u32, b: u32, bl: u32| (a + al).min(b + bl).saturating_sub(a.max(b));
                    covered += u64::from(span(core.x, core.width, used.x, used.width)) * u64::from(span(core.y, core.height, used.y, used.height));
                }
                prop_assert_eq!(covered, u64::from(used.width) * u64::from(used.height));
            }
        }
    }
}

/// A scanner's slide: levels four times apart.
fn large(tile: u32, edges: &[(u32, u32)]) -> Pyramid {
    let levels = edges.iter().map(|(w, h)| level(*w, *h, tile, 0, true));
    Pyramid::new(levels.collect()).unwrap()
}

#[test]
fn what_is_within_the_limits_is_made_whatever_region_it_shows() {
    let halved: Vec<(u32, u32)> = (0..9).map(|r| (98_304 >> r, 81_920 >> r)).collect();
    let quartered: Vec<(u32, u32)> = (0..4)
        .map(|r| (98_304 >> (2 * r), 81_920 >> (2 * r)))
        .collect();
    for pyramid in [
        large(256, &halved),
        large(256, &quartered),
        large(512, &quartered),
        dicom(),
    ] {
        let limits = pyramid.picture_limits();
        assert!(limits.area >= 500_000, "{limits:?}");
        let finest = pyramid.finest();
        // From all of it down to a pixel, in steps that meet every level from both sides.
        for step in 0..200 {
            let share = 0.93_f64.powi(step);
            let edge = |edge: u32| ((f64::from(edge) * share) as u32).max(1);
            let shown = region(finest.width / 9, 0, edge(finest.width), edge(finest.height));
            let (width, height) = (shown.width.min(finest.width - shown.x), shown.height);
            let (w, h) = limits.within(width, height);
            let plan = pyramid.plan(shown, w, h);
            assert!(plan.is_ok(), "{shown:?} in {w} by {h}: {plan:?}");
        }
    }
    assert_eq!(dicom().picture_limits().within(2220, 2967), (2220, 2967));
}
