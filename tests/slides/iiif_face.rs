//! The IIIF face of a slide: what the authors of the standard ask at level 2, and the scanner's pixels whatever is asked for.

use std::process::Command;

use image::{RgbImage, imageops};
use relecture::domain::slides::SlideLocation;
use serde_json::{Value, json};

use crate::slides::dicom_face::viewed;
use crate::slides::gateway::{original, region};
use crate::support::database::TestDatabase;
use crate::support::exchange::World;
use crate::support::nginx::{deep_zoom, iiif};
use crate::support::orthanc;
use crate::support::python::python;
use crate::support::served::{Served, client};

/// The server with a slide on it, and the address of the slide's IIIF face. The world lives as long as its server.
async fn face(location: &SlideLocation) -> (World, Served, String, TestDatabase) {
    let database = TestDatabase::sqlite();
    let world = World::on(database.url()).await;
    let served = Served::start(&world);
    let submitter = served.login("submitter.cayenne").await;
    let (_, base) = viewed(&world, &submitter, location).await;
    let url = format!("{}{base}/iiif", served.address);
    (world, served, url, database)
}

/// What was answered.
struct Answer {
    status: u16,
    media_type: String,
    link: String,
    bytes: Vec<u8>,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap()
    }

    fn picture(&self) -> RgbImage {
        assert_eq!(self.status, 200, "{}", String::from_utf8_lossy(&self.bytes));
        if self.media_type == "image/webp" {
            let found = webp::Decoder::new(&self.bytes).decode().unwrap();
            return RgbImage::from_raw(found.width(), found.height(), found.to_vec()).unwrap();
        }
        image::load_from_memory(&self.bytes).unwrap().into_rgb8()
    }
}

async fn get(url: &str, accept: &str) -> Answer {
    let request = client().get(url).header("accept", accept);
    let answer = request.send().await.unwrap();
    let header = |name: &str| {
        let value = answer.headers().get(name);
        value.map_or("", |value| value.to_str().unwrap()).to_owned()
    };
    Answer {
        status: answer.status().as_u16(),
        media_type: header("content-type"),
        link: header("link"),
        bytes: answer.bytes().await.unwrap().to_vec(),
    }
}

#[actix_web::test]
async fn the_validator_of_the_standards_authors_finds_level_two() {
    let (_world, _served, url, _database) = face(&deep_zoom("squares.dzi")).await;
    let rest = url.strip_prefix("http://").unwrap().to_owned();
    let ran = actix_web::web::block(move || {
        let (server, path) = rest.split_once('/').unwrap();
        let (prefix, identifier) = path.rsplit_once('/').unwrap();
        Command::new(python())
            .arg("tests/support/iiif_validator_run.py")
            .args([server, prefix, identifier])
            // Beyond level 2.
            .args([
                "rot_mirror",
                "rot_mirror_180",
                "linkheader_canonical",
                "linkheader_profile",
            ])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
    });
    let ran = ran.await.unwrap().unwrap();
    let said = String::from_utf8_lossy(&ran.stderr);
    let found: Value =
        serde_json::from_slice(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {said}"));
    let found = found.as_object().unwrap();
    assert!(found.len() >= 30, "{found:?}");
    let failed: Vec<&String> = found
        .iter()
        .filter(|(_, why)| !why.is_null())
        .map(|(name, _)| name)
        .collect();
    // Slides are not given to pages of whatever origin. And the validator wants a size of !2000,3000 refused for an image of 1000
    // pixels, which the standard wants shown as large as it is; that and the other sizes it asks for there are held to below.
    assert_eq!(failed, ["cors", "size_noup"], "{found:?}");
}

#[actix_web::test]
async fn nothing_is_shown_larger_than_it_was_scanned_or_than_is_told() {
    let (_world, _served, url, _database) = face(&iiif("scaled")).await;
    let information = get(&format!("{url}/info.json"), "*/*").await;
    assert!(
        information
            .media_type
            .starts_with("application/ld+json;profile=")
    );
    let plain = get(&format!("{url}/info.json"), "application/json").await;
    assert_eq!(plain.media_type, "application/json");
    let information = information.json();
    assert_eq!(
        (&information["id"], &information["profile"]),
        (&json!(url), &json!("level2"))
    );
    assert_eq!(information["service"][0]["physicalScale"], 0.000499);
    assert_eq!(
        (&information["maxWidth"], &information["maxHeight"]),
        (&json!(4096), &json!(4096))
    );
    for size in information["sizes"].as_array().unwrap() {
        let (w, h) = (&size["width"], &size["height"]);
        let found = get(&format!("{url}/full/{w},{h}/0/default.jpg"), "*/*").await;
        let found = found.picture().dimensions();
        assert_eq!((json!(found.0), json!(found.1)), (w.clone(), h.clone()));
    }
    let whole = get(&format!("{url}/full/!9000,9000/0/default.jpg"), "*/*").await;
    assert_eq!(whole.picture().dimensions(), (2220, 2967));
    for refused in [
        "full/2221,/0/default.jpg",
        "full/,2968/0/default.jpg",
        "full/2300,2300/0/default.jpg",
        "full/pct:200/0/default.jpg",
        "full/^max/0/default.jpg",
        "full/^pct:200/0/default.jpg",
        "99999,0,10,10/max/0/default.jpg",
        "0,0,0,10/max/0/default.jpg",
        "full/max/45/default.jpg",
        "full/max/0/sepia.jpg",
        "full/max/0/default.tif",
    ] {
        let answer = get(&format!("{url}/{refused}"), "*/*").await;
        assert_eq!(answer.status, 400, "{refused}");
        assert_eq!(answer.media_type, "application/problem+json", "{refused}");
        let problem = answer.json();
        assert!(
            problem["detail"]
                .as_str()
                .is_some_and(|said| said.len() > 20),
            "{problem}"
        );
    }
}

/// Mean absolute difference, in steps of a channel.
fn difference(found: &RgbImage, expected: &RgbImage) -> f64 {
    assert_eq!(found.dimensions(), expected.dimensions());
    let pairs = found.as_raw().iter().zip(expected.as_raw());
    let sum: u64 = pairs.map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    sum as f64 / expected.as_raw().len() as f64
}

#[actix_web::test]
async fn the_scanners_pixels_are_shown_however_they_are_asked_for() {
    let (_world, _served, url, _database) = face(&orthanc::slide()).await;
    let of = region(960, 1440, 300, 200);
    let at = "960,1440,300,200";
    let scanned = RgbImage::from_raw(300, 200, original(of)).unwrap();
    let shades = |image: &RgbImage| {
        let gray = imageops::grayscale(image);
        RgbImage::from_fn(300, 200, |x, y| image::Rgb([gray.get_pixel(x, y).0[0]; 3]))
    };
    let half = imageops::thumbnail(&scanned, 150, 100);
    // Without loss in between, all that differs is how two programs decode the scanner's JPEG.
    for (rest, expected, most) in [
        ("max/0/default.png", scanned.clone(), 1.5),
        ("max/0/color.jpg", scanned.clone(), 4.0),
        // Half of the colours only, as WebP has them.
        ("max/0/default.webp", scanned.clone(), 8.0),
        ("max/90/default.png", imageops::rotate90(&scanned), 1.5),
        ("max/180/default.png", imageops::rotate180(&scanned), 1.5),
        ("max/270/default.jpg", imageops::rotate270(&scanned), 4.0),
        (
            "max/!0/default.png",
            imageops::flip_horizontal(&scanned),
            1.5,
        ),
        (
            "max/!90/default.png",
            imageops::rotate90(&imageops::flip_horizontal(&scanned)),
            1.5,
        ),
        ("max/0/gray.png", shades(&scanned), 1.5),
        // Of the scanner's next level, which is no mean of four pixels.
        ("150,100/0/default.png", half.clone(), 12.0),
        ("pct:50/0/default.png", half, 12.0),
    ] {
        let answer = get(&format!("{url}/{at}/{rest}"), "*/*").await;
        let found = answer.picture();
        let mean = difference(&found, &expected);
        assert!(mean < most, "{rest}: {mean}");
        let turned = difference(&imageops::rotate180(&found), &expected);
        assert!(
            turned > 12.0,
            "{rest} is told from another picture: {turned}"
        );
        // Under its canonical address stands the same.
        let canonical = answer
            .link
            .strip_prefix('<')
            .unwrap()
            .split('>')
            .next()
            .unwrap();
        assert!(
            canonical.starts_with(&format!("{url}/{at}/")),
            "{canonical}"
        );
        let same = get(canonical, "*/*").await;
        assert_eq!(
            (same.status, &same.bytes),
            (200, &answer.bytes),
            "{canonical}"
        );
    }
    // A frame reaches the viewer as it is.
    let frame = get(&format!("{url}/960,1440,240,240/max/0/default.jpg"), "*/*").await;
    let again = get(
        &format!("{url}/960,1440,240,240/240,240/0/color.jpg"),
        "*/*",
    )
    .await;
    assert!(frame.status == 200 && frame.bytes == again.bytes);
    assert!(
        frame.bytes.windows(5).any(|part| part == b"Adobe"),
        "as the scanner wrote it"
    );
}
