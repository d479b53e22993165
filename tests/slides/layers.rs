//! Focal planes and optical paths of DICOM slides, in each of the ways in which they come: each is shown by itself, at every level.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use relecture::clock::SystemClock;
use relecture::domain::pyramid::Region;
use relecture::domain::slides::SlideLocation;
use relecture::slides::gateway::{Gateway, GatewayLimits, OpenSlide};
use relecture::slides::picture::Picture;
use serde_json::{Value, json};

use super::gateway::region;
use super::limits;
use crate::slides::dicom_face::viewed_on;
use crate::slides::main_job::register;
use crate::support::database::TestDatabase;
use crate::support::exchange::World;
use crate::support::orthanc::{Orthanc, dicom};
use crate::support::python::python;
use crate::support::served::{Served, client};

/// Slides with three planes and two paths, by how they are told, on a server of their own.
fn layered() -> (Orthanc, Value) {
    let folder = tempfile::tempdir().unwrap();
    let made = Command::new(python())
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/dicom_layers.py"))
        .arg(folder.path())
        .output()
        .unwrap();
    assert!(
        made.status.success(),
        "{}",
        String::from_utf8_lossy(&made.stderr)
    );
    let orthanc = Orthanc::start();
    for file in std::fs::read_dir(folder.path()).unwrap() {
        orthanc.store(&file.unwrap().path());
    }
    (orthanc, serde_json::from_slice(&made.stdout).unwrap())
}

fn place(slides: &Value, kind: &str) -> SlideLocation {
    let [study, series] = [0, 1].map(|part| slides[kind][part].as_str().unwrap());
    dicom(study, series)
}

/// Whether a picture has the colour of that plane and path; the upper left tile is lighter.
fn shows(bytes: &[u8], plane: usize, path: usize, first: bool) -> bool {
    let image = image::load_from_memory(bytes).unwrap().into_rgb8();
    let expected = [
        40 + 60 * plane,
        200 - 120 * path,
        if first { 150 } else { 90 },
    ];
    let found = image.get_pixel(image.width() / 2, image.height() / 2).0;
    let near = |(found, expected): (u8, usize)| usize::from(found).abs_diff(expected) < 8;
    found.into_iter().zip(expected).all(near)
}

#[actix_web::test]
async fn every_plane_of_every_path_is_shown_however_a_series_holds_them() {
    let (orthanc, slides) = layered();
    let gateway = Gateway::new(limits(), GatewayLimits::default(), Arc::new(SystemClock)).unwrap();
    for kind in ["full", "sparse", "instances", "concatenation"] {
        let location = place(&slides, kind);
        let slide = gateway.open(orthanc.source(), &location).await.unwrap();
        let layers = slide.sight().layers.clone();
        let heights = layers.focal_planes.iter().map(|plane| plane.micrometres);
        assert_eq!(
            heights.collect::<Vec<_>>(),
            [Some(0.0), Some(2.0), Some(4.0)],
            "{kind}"
        );
        let path_of = |name: &str| {
            let path = layers
                .optical_paths
                .iter()
                .position(|path| path.identifier == name);
            path.unwrap_or_else(|| panic!("{kind} has {name}: {layers:?}"))
        };
        let show = async |slide: &OpenSlide, of: Region, size: (u32, u32)| -> Arc<Picture> {
            gateway.picture(slide, of, size.0, size.1).await.unwrap()
        };
        // The plane in the middle of the first path is shown first.
        let shown = show(&slide, region(64, 64, 64, 64), (64, 64)).await;
        let first = usize::from(layers.optical_paths[0].identifier == "FITC");
        assert!(shows(&shown.bytes, 1, first, false), "{kind}");
        for (path, name) in ["DAPI", "FITC"].into_iter().enumerate() {
            for plane in 0..3 {
                let layer = slide.clone().at_layer(path_of(name), plane).unwrap();
                // A frame as it is, one across several, the filled up edge.
                for (of, first) in [
                    (region(0, 0, 64, 64), true),
                    (region(64, 64, 64, 64), false),
                    (region(70, 70, 100, 60), false),
                    (region(192, 128, 8, 22), false),
                ] {
                    let shown = show(&layer, of, (of.width, of.height)).await;
                    assert!(
                        shows(&shown.bytes, plane, path, first),
                        "{kind} {name} {plane} {of:?}"
                    );
                }
                // The coarser level has one plane, where it has one, or all.
                let coarse = show(&layer, region(128, 0, 72, 72), (36, 36)).await;
                let plane = match kind {
                    "full" | "instances" => 1,
                    _ => plane,
                };
                assert!(
                    shows(&coarse.bytes, plane, path, false),
                    "{kind} {name} {plane} coarse"
                );
            }
        }
        assert!(slide.clone().at_layer(2, 0).is_none() && slide.at_layer(0, 3).is_none());
    }
}

/// What wsidicom finds at the point (100, 70): plane, path, and the colour there.
async fn read_by_wsidicom(url: String) -> Value {
    const SCRIPT: &str = "
import json, sys
from dicomweb_client.api import DICOMwebClient
from wsidicom import WsiDicom, WsiDicomWebClient
client = DICOMwebClient(sys.argv[1])
[study] = client.search_for_studies()
study = study['0020000D']['Value'][0]
[series] = client.search_for_series(study)
with WsiDicom.open_web(WsiDicomWebClient(client), study, series['0020000E']['Value'][0]) as slide:
    base = slide.pyramid.base_level
    found = [[z, path, slide.read_region((100, 70), 0, (4, 4), z=z, path=path).getpixel((1, 1))]
             for z in base.focal_planes for path in base.optical_paths]
print(json.dumps(found))
";
    let ran = actix_web::web::block(move || {
        let mut command = Command::new(python());
        command.args(["-c", SCRIPT, &url]).output()
    });
    let ran = ran.await.unwrap().unwrap();
    let said = String::from_utf8_lossy(&ran.stderr);
    serde_json::from_slice(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {said}"))
}

#[actix_web::test]
async fn viewers_are_told_of_planes_and_paths_and_ask_for_each() {
    let (orthanc, slides) = layered();
    let database = TestDatabase::sqlite();
    let world = World::on(database.url()).await;
    let served = Served::start(&world);
    let submitter = served.login("submitter.cayenne").await;
    let source = register(&world, &orthanc.source()).await;
    let (_, base) = viewed_on(&world, &submitter, &place(&slides, "sparse"), source).await;
    let get = async |below: &str| {
        let url = format!("{}{base}{below}", served.address);
        let answer = client().get(url).send().await.unwrap();
        (answer.status().as_u16(), answer.bytes().await.unwrap())
    };
    let about: Value = serde_json::from_slice(&get("").await.1).unwrap();
    assert_eq!(
        about["focal_planes"],
        json!([{"micrometres": 0.0}, {"micrometres": 2.0}, {"micrometres": 4.0}])
    );
    assert_eq!(about["focal_plane_shown"], 1);
    let paths = about["optical_paths"].as_array().unwrap();
    for (number, path) in paths.iter().enumerate() {
        let which = usize::from(path["identifier"] == "FITC");
        let wavelength = if which == 1 { 519.0 } else { 461.0 };
        assert_eq!(path["wavelength_nanometres"], wavelength);
        for plane in 0..3 {
            let layer = format!("/layers/{number}/{plane}");
            let (status, about) = get(&format!("{layer}/slide.dzi")).await;
            assert!(status == 200 && String::from_utf8_lossy(&about).contains("Width=\"200\""));
            let (status, information) = get(&format!("{layer}/iiif/info.json")).await;
            let information: Value = serde_json::from_slice(&information).unwrap();
            let id = format!("{}{base}{layer}/iiif", served.address);
            assert_eq!((status, &information["id"]), (200, &json!(id)));
            for tile in [
                "/slide_files/8/1_1.jpg",
                "/iiif/64,64,64,64/max/0/default.jpg",
            ] {
                let (status, tile) = get(&format!("{layer}{tile}")).await;
                assert!(
                    status == 200 && shows(&tile, plane, which, false),
                    "{layer}{number}"
                );
            }
            let (status, light) = get(&format!("{layer}/light_files/8/1_1.jpg")).await;
            assert!(status == 200 && !light.is_empty());
        }
    }
    for nowhere in [
        "/layers/2/0/slide.dzi",
        "/layers/0/3/slide.dzi",
        "/layers/x/0/iiif/info.json",
    ] {
        assert_eq!(get(nowhere).await.0, 404, "{nowhere}");
    }
    let found = read_by_wsidicom(format!("{}{base}/dicomweb", served.address)).await;
    let found = found.as_array().unwrap();
    assert_eq!(found.len(), 6, "{found:?}");
    for one in found {
        let plane = one[0].as_f64().unwrap() / 2.0;
        let path = if one[1] == "FITC" { 1.0 } else { 0.0 };
        let expected = [40.0 + 60.0 * plane, 200.0 - 120.0 * path, 90.0];
        let near = expected.iter().enumerate();
        let mut near = near.map(|(at, value)| (one[2][at].as_f64().unwrap() - value).abs() < 8.0);
        assert!(near.all(|near| near), "{one}");
    }
}
