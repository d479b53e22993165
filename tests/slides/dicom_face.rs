//! The DICOMweb face of a slide: independent clients open it with the rights of the grant, see the scanner's pixels, and learn
//! neither whose slide it is nor where it lies.

use std::process::Command;

use relecture::domain::ids::SlideSourceId;
use relecture::domain::slides::{SlideLocation, SourceKind};
use serde_json::{Value, json};

use crate::slides::main_job::register;
use crate::support::database::TestDatabase;
use crate::support::exchange::World;
use crate::support::nginx::{Nginx, deep_zoom};
use crate::support::orthanc::{Orthanc, slide_files};
use crate::support::python::python;
use crate::support::served::{Caller, Served, client};

/// A case of Cayenne with a slide there, as its submitter sees it, and the address of the slide's pictures.
pub(super) async fn viewed(
    world: &World,
    submitter: &Caller,
    location: &SlideLocation,
) -> (Value, String) {
    let source = match location.kind() {
        SourceKind::DicomWeb => register(world, &HOSPITAL.with(Orthanc::source)).await,
        SourceKind::Iiif => register(world, &Nginx::shared().iiif()).await,
        SourceKind::DeepZoom => register(world, &Nginx::shared().deep_zoom()).await,
    };
    viewed_on(world, submitter, location, source).await
}

/// The same on a source that is registered.
pub(super) async fn viewed_on(
    world: &World,
    submitter: &Caller,
    location: &SlideLocation,
    source: SlideSourceId,
) -> (Value, String) {
    let mut content = world.content(location.clone());
    content.specimens[0].blocks[0].slides[0].source = source;
    let body = json!({ "laboratory": world.cayenne, "content": content });
    let made = submitter.post("/cases", &body).await.expect(201);
    let id = made.json["id"].as_str().unwrap();
    let sent = submitter
        .command(id, made.version(), "submit", &json!({}))
        .await;
    let case = sent.expect(200).json;
    let slide = case["specimens"][0]["blocks"][0]["slides"][0]["id"]
        .as_str()
        .unwrap();
    let path = format!("/cases/{id}/slides/{slide}/views");
    let opened = submitter.post(&path, &Value::Null).await.expect(200);
    let base = opened.json["description"].as_str().unwrap().to_owned();
    (case, base)
}

std::thread_local! {
    /// A server of a hospital that says whose slide it is.
    static HOSPITAL: Orthanc = Orthanc::holding_the_slide();
}

fn named_slide() -> SlideLocation {
    HOSPITAL.with(|orthanc| {
        orthanc.altered(&json!({
            "PatientName": "DUPONT^JEANNE",
            "PatientBirthDate": "19710203",
            "AccessionNumber": "26H00123",
            "InstitutionName": "Hopital de Cayenne",
            "ContainerIdentifier": "26H00123-A1",
        }))
    })
}

/// What the clients found, with the token of a person where the address holds no grant.
pub(super) async fn clients(url: String, token: Option<String>) -> Value {
    let ran = actix_web::web::block(move || {
        Command::new(python())
            .envs(token.map(|token| ("TOKEN", token)))
            .arg("tests/support/dicom_clients.py")
            .arg(url)
            .arg(slide_files().join("CMU-1-Small-Region.svs"))
            .args(["960", "1440", "300", "200"])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
    });
    let ran = ran.await.unwrap().unwrap();
    let said = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "{said}");
    serde_json::from_slice(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {said}"))
}

async fn get(url: &str, accept: &str) -> (u16, Value) {
    let answer = client()
        .get(url)
        .header("accept", accept)
        .send()
        .await
        .unwrap();
    let status = answer.status().as_u16();
    (status, answer.json().await.unwrap_or_default())
}

#[actix_web::test]
async fn independent_clients_open_a_slide_and_see_the_scanners_pixels_and_nobodys_name() {
    for database in TestDatabase::both() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let submitter = served.login("submitter.cayenne").await;
        let location = named_slide();
        let (case, base) = viewed(&world, &submitter, &location).await;
        let url = format!("{}{base}/dicomweb", served.address);

        let found = clients(url.clone(), None).await;
        assert!(found["difference"].as_f64().unwrap() < 4.0, "{found}");
        assert!(
            found["mirrored"].as_f64().unwrap() > 10.0,
            "the picture is told from another"
        );
        assert_eq!(found["levels"], json!([2220, 1110, 555, 278, 139]));
        assert!((found["micrometres"].as_f64().unwrap() - 0.499).abs() < 0.001);
        assert_eq!(
            (&found["instances"], &found["no_labels"], &found["jpeg"]),
            (&json!(5), &json!(true), &json!(true))
        );

        let told = found["told"].as_str().unwrap();
        let SlideLocation::DicomWeb {
            study_uid,
            series_uid,
        } = &location
        else {
            panic!("a series");
        };
        let port = HOSPITAL.with(Orthanc::base_url);
        let port = port
            .split(':')
            .nth(2)
            .and_then(|rest| rest.split('/').next())
            .unwrap();
        // As it stands in an address: five digits alone are found in a long identifier now and then.
        let address = format!(":{port}");
        for withheld in [
            "DUPONT", "19710203", "26H00123", "Cayenne", study_uid, series_uid, "LABEL",
            "OVERVIEW", &address,
        ] {
            assert!(!told.contains(withheld), "{withheld} is told");
        }
        // dicomweb-client names the server without its port; by its right name, it is retrieved from here.
        let (_, studies) = get(&format!("{url}/studies"), "application/dicom+json").await;
        let retrieved = studies[0]["00081190"]["Value"][0].as_str().unwrap();
        assert!(retrieved.starts_with(&url), "{retrieved}");

        // The label is nowhere, whatever it is asked by.
        let metadata: Value = serde_json::from_str(told).unwrap();
        let study = metadata[0]["0020000D"]["Value"][0].as_str().unwrap();
        let series = metadata[1]["0020000E"]["Value"][0].as_str().unwrap();
        let at = format!("{url}/studies/{study}/series/{series}");
        let json = "application/dicom+json";
        for below in [
            "/instances/1.2.3/metadata".to_owned(),
            "/instances/1.2.3/frames/1".to_owned(),
        ] {
            assert_eq!(get(&format!("{at}{below}"), "*/*").await.0, 404, "{below}");
        }
        assert_eq!(
            get(&format!("{url}/studies/{study_uid}/metadata"), json)
                .await
                .0,
            404
        );
        let instance = metadata[2][0]["00080018"]["Value"][0].as_str().unwrap();
        let frames = format!("{at}/instances/{instance}/frames");
        for (frame, accept, status) in [
            ("1", "image/jpeg", 406),
            (
                "1",
                "multipart/related; type=\"image/jp2\"; transfer-syntax=1.2.840.10008.1.2.4.90",
                406,
            ),
            ("0", "*/*", 404),
            ("131", "*/*", 404),
            ("1,131", "*/*", 404),
            ("x", "*/*", 404),
            ("1,2,3", "*/*", 200),
        ] {
            assert_eq!(
                get(&format!("{frames}/{frame}"), accept).await.0,
                status,
                "{frame} {accept}"
            );
        }
        let many: Vec<String> = (1..=101).map(|n| n.to_string()).collect();
        assert_eq!(
            get(&format!("{frames}/{}", many.join(",")), "*/*").await.0,
            400
        );
        assert_eq!(get(&format!("{url}/studies"), "text/html").await.0, 406);
        assert_eq!(
            get(&format!("{url}/instances?Modality=ANN"), json).await,
            (200, json!([]))
        );

        // It ends with the right to see the case.
        let expert = served.login("expert.breast").await;
        let slide = case["specimens"][0]["blocks"][0]["slides"][0]["id"]
            .as_str()
            .unwrap();
        let id = case["id"].as_str().unwrap();
        let path = format!("/cases/{id}/slides/{slide}/views");
        let theirs = expert.post(&path, &Value::Null).await.expect(200).json["description"].clone();
        let theirs = format!(
            "{}{}/dicomweb/studies",
            served.address,
            theirs.as_str().unwrap()
        );
        assert_eq!(get(&theirs, json).await.0, 200);
        let declined = json!({ "reason": "overloaded" });
        let version = case["version"].as_i64().unwrap();
        let _ = expert
            .command(id, version, "decline", &declined)
            .await
            .expect(204);
        world.clock.advance(chrono::Duration::seconds(5));
        assert_eq!(get(&theirs, json).await.0, 404);
    }
}

#[actix_web::test]
async fn no_dicom_is_made_up_for_a_slide_that_is_none() {
    let database = TestDatabase::sqlite();
    let world = World::on(database.url()).await;
    let served = Served::start(&world);
    let submitter = served.login("submitter.cayenne").await;
    let (_, base) = viewed(&world, &submitter, &deep_zoom("cmu.dzi")).await;
    for below in ["studies", "instances", "studies/1.2/series/1.3/metadata"] {
        let url = format!("{}{base}/dicomweb/{below}", served.address);
        let (status, problem) = get(&url, "application/dicom+json").await;
        assert_eq!(status, 404);
        let said = problem["detail"].as_str().unwrap();
        assert!(said.contains("no DICOM is made up"), "{said}");
    }
}
