//! The main job on a real slide, over HTTP alone: from a laboratory's slide server to a signed opinion and its turnaround.

use chrono::Duration;
use relecture::clock::SystemIds;
use relecture::domain::ids::SlideSourceId;
use relecture::domain::slides::SlideLocation;
use relecture::service::links::credentials_place;
use relecture::slides::outbound::RegisteredSource;
use relecture::store::organisations::{self, SlideSource};
use serde_json::{Value, json};

use crate::api::{Case, opinion};
use crate::support::database::TestDatabase;
use crate::support::exchange::World;
use crate::support::nginx::{self, Nginx};
use crate::support::orthanc::{self, Orthanc};
use crate::support::served::Served;

/// The slide on each kind of server: its source, its place there, and what the check must find.
fn servers() -> [(&'static str, RegisteredSource, SlideLocation, Value); 3] {
    let facts = |levels: u32, tile: u32| json!({"width": 2220, "height": 2967, "levels": levels, "tile_width": tile, "tile_height": tile});
    [
        (
            "Orthanc",
            Orthanc::shared().source(),
            orthanc::slide(),
            facts(5, 240),
        ),
        (
            "IIIF",
            Nginx::shared().iiif(),
            nginx::iiif("scaled"),
            facts(5, 256),
        ),
        (
            "DeepZoom",
            Nginx::shared().deep_zoom(),
            nginx::deep_zoom("cmu.dzi"),
            facts(13, 254),
        ),
    ]
}

/// Registers a slide server for Cayenne, its credentials sealed, as an administrator does.
pub async fn register(world: &World, server: &RegisteredSource) -> SlideSourceId {
    let mut source = SlideSource {
        id: SlideSourceId::new(&SystemIds),
        laboratory: world.cayenne,
        name: "Serveur de lames".into(),
        kind: server.kind,
        base_url: server.base_url.clone(),
        internal: server.internal,
        sealed_credentials: None,
    };
    source.sealed_credentials = server.credentials.as_ref().map(|credentials| {
        let place = credentials_place(&source);
        world
            .exchange
            .core
            .sealing
            .seal(&place, credentials)
            .unwrap()
    });
    let id = source.id;
    let store = &world.exchange.store;
    let written = store.write(move |conn| organisations::insert_slide_source(conn, &source));
    written.await.unwrap();
    id
}

/// A draft with its one slide at that place.
fn draft(world: &World, source: SlideSourceId, location: &SlideLocation) -> Value {
    let mut content = world.content(location.clone());
    content.specimens[0].blocks[0].slides[0].source = source;
    json!({"laboratory": world.cayenne, "content": content})
}

fn slide_of(case: &Value) -> &Value {
    &case["specimens"][0]["blocks"][0]["slides"][0]
}

#[actix_web::test]
async fn a_case_with_a_real_slide_is_answered_in_time() {
    for (name, server, location, facts) in servers() {
        for database in TestDatabase::both() {
            let world = World::on(database.url()).await;
            let source = register(&world, &server).await;
            let served = Served::start(&world);
            let submitter = served.login("submitter.cayenne").await;
            let mut case = Case::created_from(&submitter, &draft(&world, source, &location)).await;
            case.gives(&submitter, "submit", &json!({})).await;
            // The check found the slide, and the router its reader.
            let slide = slide_of(&case.document).clone();
            assert!(slide.get("failure").is_none(), "{name}: {slide}");
            for (fact, value) in facts.as_object().unwrap() {
                assert_eq!(&slide["facts"][fact], value, "{name}: {fact} of {slide}");
            }
            assert_eq!(case.document["state"], "offered", "{name}");
            assert_eq!(case.document["expert"]["name"], "expert breast", "{name}");
            is_answered(&world, &served, case).await;
        }
    }
}

/// The chosen expert takes the case, asks, is answered, signs; both read how long it took. Everybody logs in anew: hours pass.
async fn is_answered(world: &World, served: &Served, mut case: Case) {
    let expert = served.login("expert.breast").await;
    let worklist = expert.get("/cases?open=true").await.expect(200);
    assert_eq!(worklist.json["items"][0]["id"], case.id.as_str());
    assert_eq!(worklist.json["items"][0]["slide_count"], 1);
    world.clock.advance(Duration::minutes(30));
    let expert = served.login("expert.breast").await;
    case.gives(&expert, "accept", &json!({})).await;
    let seen = slide_of(&case.document);
    assert_eq!(seen["facts"]["width"], 2220, "what the expert sees");
    world.clock.advance(Duration::minutes(30));
    let expert = served.login("expert.breast").await;
    let question = json!({"kind": "clinical_data", "question": "Antécédents familiaux ?"});
    case.gives(&expert, "request_information", &question).await;
    world.clock.advance(Duration::hours(20));
    let submitter = served.login("submitter.cayenne").await;
    let reply = json!({"request": case.open_request(&submitter).await, "reply": "Aucun."});
    case.gives(&submitter, "answer", &reply).await;
    world.clock.advance(Duration::hours(2));
    let expert = served.login("expert.breast").await;
    let answer = json!({"opinion": opinion()});
    case.gives(&expert, "sign", &answer).await;
    is_read(served, case).await;
}

/// The laboratory reads the opinion, how long it took and what happened; nobody else does.
async fn is_read(served: &Served, mut case: Case) {
    let submitter = served.login("submitter.cayenne").await;
    case.look(&submitter).await;
    assert_eq!(case.document["state"], "signed");
    assert_eq!(case.document["opinions"][0]["content"], opinion());
    let turnaround = submitter
        .get(&case.path("turnaround"))
        .await
        .expect(200)
        .json;
    let cycle = &turnaround["cycles"][0];
    assert_eq!(
        (
            &cycle["elapsed_seconds"],
            &cycle["paused_seconds"],
            &turnaround["late"]
        ),
        (&json!(23 * 3600), &json!(20 * 3600), &json!(false)),
        "{turnaround}"
    );
    let timeline = submitter.get(&case.path("timeline")).await.expect(200).json;
    let commands: Vec<&str> = timeline["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["command"].as_str().unwrap())
        .collect();
    assert_eq!(
        commands.join(" "),
        "save_draft submit offer accept request_information answer sign"
    );
    let against = served.login("submitter.martinique").await;
    let _ = against.get(&case.path("")).await.refused(404, "not_found");
}

#[actix_web::test]
async fn a_case_whose_slide_cannot_be_read_goes_out_only_with_a_reason() {
    let (study, annotations) = orthanc::ANNOTATIONS;
    let orthanc = Orthanc::shared().source();
    let nginx = Nginx::shared();
    let down = RegisteredSource {
        base_url: "http://127.0.0.1:1".into(),
        ..nginx.iiif()
    };
    for (server, location, failure) in [
        (
            &orthanc,
            orthanc::dicom(study, annotations),
            "not_a_whole_slide_image",
        ),
        (&orthanc, orthanc::dicom(study, "1.2.3"), "not_found"),
        (&down, nginx::iiif("cmu"), "source_unreachable"),
        (
            &nginx.deep_zoom(),
            nginx::deep_zoom("nowhere.dzi"),
            "not_found",
        ),
    ] {
        for database in TestDatabase::both() {
            let world = World::on(database.url()).await;
            let source = register(&world, server).await;
            let served = Served::start(&world);
            let submitter = served.login("submitter.cayenne").await;
            let mut draft = draft(&world, source, &location);
            let mut case = Case::created_from(&submitter, &draft).await;
            let refused = submitter
                .command(&case.id, case.version, "submit", &json!({}))
                .await
                .expect(422);
            let errors = refused.json["errors"].to_string();
            assert!(
                errors.contains("/specimens/0/blocks/0/slides/0"),
                "{errors}"
            );
            assert!(errors.contains(failure), "{errors}");
            // The failure is kept with the link.
            case.look(&submitter).await;
            assert_eq!(case.document["state"], "draft");
            assert_eq!(slide_of(&case.document)["failure"], failure);

            let content = &mut draft["content"];
            content["specimens"][0]["blocks"][0]["slides"][0]["unreadable_because"] =
                json!("Numériseur en panne, lame envoyée par la poste");
            let content = content.clone();
            case.gives(&submitter, "save_draft", &content).await;
            case.gives(&submitter, "submit", &json!({})).await;
            assert_eq!(case.document["state"], "offered");
            let slide = slide_of(&case.document);
            assert_eq!(slide["failure"], failure, "it stays on record");
            assert_eq!(
                slide["unreadable_because"],
                "Numériseur en panne, lame envoyée par la poste"
            );
        }
    }
}

#[actix_web::test]
async fn a_slide_that_came_back_needs_no_reason() {
    for database in TestDatabase::both() {
        let nginx = Nginx::shared();
        let world = World::on(database.url()).await;
        let source = register(&world, &nginx.deep_zoom()).await;
        let served = Served::start(&world);
        let submitter = served.login("submitter.cayenne").await;
        let draft = draft(&world, source, &nginx::deep_zoom("nowhere.dzi"));
        let mut case = Case::created_from(&submitter, &draft).await;
        let checked = submitter
            .post(&case.path("slide-checks"), &json!({}))
            .await
            .expect(200);
        assert_eq!(checked.json["items"][0]["failure"], "not_found");
        let mut content = draft["content"].clone();
        content["specimens"][0]["blocks"][0]["slides"][0]["location"]["path"] = json!("cmu.dzi");
        case.gives(&submitter, "save_draft", &content).await;
        assert!(
            slide_of(&case.document).get("failure").is_none(),
            "what was found at another place says nothing about this one"
        );
        let checked = submitter
            .post(&case.path("slide-checks"), &json!({}))
            .await
            .expect(200);
        assert_eq!(checked.json["items"][0]["readable"], true);
        assert_eq!(checked.json["items"][0]["facts"]["height"], 2967);
        case.gives(&submitter, "submit", &json!({})).await;
    }
}
