use uuid::Uuid;

use super::*;

fn read(value: Value) -> Result<Vec<AnnotationContent>, Vec<String>> {
    let collection: FeatureCollection = serde_json::from_value(value).unwrap();
    let read = collection.annotations(Some((1000, 1000)), 5);
    read.map_err(|problems| problems.into_iter().map(|one| one.pointer).collect())
}

fn collection(geometry: Value, properties: Value) -> Value {
    let feature = json!({
        "type": "Feature", "id": "PathAnnotationObject", "geometry": geometry, "properties": properties
    });
    json!({ "type": "FeatureCollection", "features": [feature] })
}

fn exchanged(kind: ShapeKind, points: &[(f64, f64)]) -> Exchanged {
    Exchanged {
        id: AnnotationId(Uuid::from_u128(7)),
        content: AnnotationContent {
            kind,
            points: points.iter().map(|&(x, y)| Place { x, y }).collect(),
            label: "Foyer <invasif> & \"bord\"".to_owned(),
        },
        author: (PersonId(Uuid::from_u128(8)), "Camille".to_owned()),
        created_at: DateTime::UNIX_EPOCH,
        changed_at: DateTime::UNIX_EPOCH,
    }
}

const SHAPES: [(ShapeKind, &[(f64, f64)]); 6] = [
    (ShapeKind::Point, &[(10.25, 20.0)]),
    (ShapeKind::Line, &[(1.0, 2.0), (30.0, 4.0)]),
    (ShapeKind::Rectangle, &[(10.0, 10.0), (20.0, 40.0)]),
    (ShapeKind::Ellipse, &[(100.0, 10.0), (160.5, 40.0)]),
    (ShapeKind::Polygon, &[(0.0, 0.0), (9.0, 0.0), (9.0, 7.0)]),
    (ShapeKind::FreeHand, &[(0.0, 0.0), (5.0, 5.0)]),
];

#[test]
fn what_is_written_is_read_again_as_it_was() {
    for (kind, points) in SHAPES {
        let one = exchanged(kind, points);
        assert_eq!(
            read(geo_json(std::slice::from_ref(&one))),
            Ok(vec![one.content]),
            "{kind}"
        );
    }
}

#[test]
fn what_qupath_writes_is_read() {
    let square = json!([[[1, 2], [5, 2], [5, 9], [1, 9], [1, 2]]]);
    let classified = json!({ "objectType": "annotation", "classification": { "name": "Tumor", "color": [200, 0, 0] }, "isLocked": true });
    let plane =
        json!({ "type": "Polygon", "coordinates": square, "plane": { "c": -1, "z": 0, "t": 0 } });
    let [polygon] = read(collection(plane, classified))
        .unwrap()
        .try_into()
        .unwrap();
    assert_eq!(
        (polygon.kind, polygon.points.len()),
        (ShapeKind::Polygon, 4)
    );
    assert_eq!(polygon.label, "Tumor");

    let points = json!({ "type": "MultiPoint", "coordinates": [[1, 1], [2, 2], [3, 3]] });
    let found = read(collection(points, json!({ "name": "mitose" }))).unwrap();
    assert_eq!(found.len(), 3);
    assert!(
        found
            .iter()
            .all(|one| one.kind == ShapeKind::Point && one.label == "mitose")
    );

    let two = json!({ "type": "MultiPolygon", "coordinates": [square, square] });
    assert_eq!(read(collection(two, Value::Null)).unwrap().len(), 2);
    let way = json!({ "type": "LineString", "coordinates": [[1, 1], [2, 2], [3, 1]] });
    assert_eq!(
        read(collection(way, Value::Null)).unwrap()[0].kind,
        ShapeKind::FreeHand
    );
}

#[test]
fn what_cannot_be_kept_is_named() {
    let ring = json!([[1, 2], [5, 2], [5, 9], [1, 2]]);
    let place = "/features/0/geometry/coordinates";
    for (geometry, pointer) in [
        (
            json!({ "type": "Polygon", "coordinates": [ring, ring] }),
            place,
        ),
        (json!({ "type": "Polygon", "coordinates": ring }), place),
        (
            json!({ "type": "Polygon", "coordinates": [[[1, 1], [1, 1]]] }),
            place,
        ),
        (json!({ "type": "Point", "coordinates": [1] }), place),
        (json!({ "type": "Point", "coordinates": ["1", "2"] }), place),
        (json!({ "type": "Point", "coordinates": [1, 1001] }), place),
        (json!({ "type": "LineString", "coordinates": {} }), place),
        (
            json!({ "type": "MultiPoint", "coordinates": vec![[1, 1]; 6] }),
            "/features",
        ),
    ] {
        let found = read(collection(geometry.clone(), Value::Null));
        assert_eq!(found, Err(vec![pointer.to_owned()]), "{geometry}");
    }
    // Once for each feature, however many shapes it has.
    for geometry in [
        json!({ "type": "Point", "coordinates": [1, 1] }),
        json!({ "type": "MultiPoint", "coordinates": vec![[1, 1]; 1000] }),
    ] {
        let long = collection(geometry, json!({ "name": "l".repeat(201) }));
        assert_eq!(
            read(long),
            Err(vec!["/features/0/properties/name".to_owned()])
        );
    }
}

#[test]
fn web_annotations_select_by_fragment_or_svg_and_name_nobody_but_the_author() {
    let all: Vec<Exchanged> = SHAPES
        .iter()
        .map(|(kind, points)| exchanged(*kind, points))
        .collect();
    let page = web_annotations(SlideId(Uuid::from_u128(9)), &all);
    let items = page["items"].as_array().unwrap();
    assert_eq!(items.len(), SHAPES.len());
    let selectors: Vec<&str> = items
        .iter()
        .map(|one| one["target"]["selector"]["value"].as_str().unwrap())
        .collect();
    assert_eq!(selectors[2], "xywh=pixel:10,10,10,30");
    for (at, inside) in [
        (0, "<circle cx=\"10.25\" cy=\"20\""),
        (1, "<polyline points=\"1,2 30,4\""),
        (
            3,
            "<ellipse cx=\"130.25\" cy=\"25\" rx=\"30.25\" ry=\"15\"/>",
        ),
        (4, "<polygon points=\"0,0 9,0 9,7\"/>"),
    ] {
        assert!(selectors[at].contains(inside), "{}", selectors[at]);
    }
    assert_eq!(items[0]["body"][0]["value"], "Foyer <invasif> & \"bord\"");
    assert_eq!(
        items[0]["target"]["source"],
        "urn:uuid:00000000-0000-0000-0000-000000000009"
    );
}
