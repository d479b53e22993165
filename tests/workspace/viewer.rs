//! Slides on the pages: a case whose slides lie on three kinds of real servers, and one that nobody can read.

use serde_json::{Value, json};

use super::*;
use crate::api::Case;
use crate::slides::main_job::register;
use crate::support::nginx::{self, Nginx};
use crate::support::orthanc::{self, Orthanc};
use crate::support::served::client;

/// A case for `expert.breast`: a slide on Orthanc, one on a IIIF server, one on a DeepZoom server that tells no scale, and one that
/// is not there.
pub(super) async fn case_with_slides(world: &World, served: &Served) -> Case {
    let orthanc = register(world, &Orthanc::shared().source()).await;
    let iiif = register(world, &Nginx::shared().iiif()).await;
    let deep_zoom = register(world, &Nginx::shared().deep_zoom()).await;
    let mut content = world.content(orthanc::slide());
    let first = content.specimens[0].blocks[0].slides.remove(0);
    let excuse = Some("Lame cassée".to_owned());
    content.specimens[0].blocks[0].slides = [
        ("A1-1", "HES", orthanc, orthanc::slide(), None),
        ("A1-2", "RE", iiif, nginx::iiif("scaled"), None),
        ("A1-3", "HER2", deep_zoom, nginx::deep_zoom("cmu.dzi"), None),
        ("A1-4", "PAS", iiif, nginx::iiif("nowhere"), excuse),
    ]
    .map(|(label, stain, source, location, unreadable_because)| {
        let mut slide = first.clone();
        (slide.label, slide.stain) = (label.into(), stain.into());
        (slide.source, slide.location) = (source, location);
        slide.unreadable_because = unreadable_because;
        slide
    })
    .to_vec();
    let submitter = served.login("submitter.cayenne").await;
    let body = json!({ "laboratory": world.cayenne, "content": content });
    let mut case = Case::created_from(&submitter, &body).await;
    case.gives(&submitter, "submit", &json!({})).await;
    case
}

#[actix_web::test]
async fn slides_are_looked_at_moved_and_measured() {
    let ways = [
        way("fr", true, 1440),
        way("en", false, 390),
        way("en", true, 390),
        way("fr", false, 1440),
    ];
    tell_each("slides", &ways, async |world: &World, served: &Served| {
        let _ = case_with_slides(world, served).await;
    })
    .await;
}

#[actix_web::test]
async fn an_expert_draws_on_a_slide_with_the_mouse_a_finger_and_the_keyboard_and_shows_it_in_the_opinion()
 {
    let ways = [
        way("fr", true, 1440),
        way("en", true, 390),
        way("en", false, 390),
        way("fr", false, 1440),
    ];
    tell_each(
        "annotations",
        &ways,
        async |world: &World, served: &Served| {
            let mut case = case_with_slides(world, served).await;
            let expert = served.login("expert.breast").await;
            case.gives(&expert, "accept", &json!({})).await;
            let slide = case.document["specimens"][0]["blocks"][0]["slides"][0]["id"].clone();
            let path = case.path(&format!("slides/{}/annotations", slide.as_str().unwrap()));
            let asked = json!({
                "kind": "rectangle", "points": [{"x": 600, "y": 600}, {"x": 900, "y": 800}],
                "label": "<b>Ici ?</b>",
            });
            let submitter = served.login("submitter.cayenne").await;
            let _ = submitter.post(&path, &asked).await.expect(201);
            let own =
                json!({"kind": "point", "points": [{"x": 300, "y": 400}], "label": "déjà là"});
            let _ = expert.post(&path, &own).await.expect(201);
        },
    )
    .await;
}

/// Asks a page as the browser of that login does.
async fn asked(
    served: &Served,
    cookies: &str,
    path: &str,
    form: Option<&str>,
) -> (u16, Value, String) {
    let url = format!("{}{path}", served.address);
    let request = match form {
        None => client().get(url),
        Some(form) => client()
            .post(url)
            .header("origin", &served.address)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form.to_owned()),
    };
    let answer = request.header("cookie", cookies).send().await.unwrap();
    let status = answer.status().as_u16();
    let text = answer.text().await.unwrap();
    (
        status,
        serde_json::from_str(&text).unwrap_or_default(),
        text,
    )
}

/// What stands in an attribute of a page.
pub fn attribute<'p>(page: &'p str, name: &str) -> &'p str {
    let begin = format!("{name}=\"");
    let rest = page
        .split(&begin)
        .nth(1)
        .unwrap_or_else(|| panic!("{name} in {page}"));
    rest.split('"').next().unwrap()
}

#[actix_web::test]
async fn a_page_that_stays_open_gets_its_next_grant_and_tells_how_a_slide_was_read() {
    for database in TestDatabase::both() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let case = case_with_slides(&world, &served).await;
        let slides = case.document["specimens"][0]["blocks"][0]["slides"].clone();
        let path = format!(
            "/cases/{}/slides/{}",
            case.id,
            slides[0]["id"].as_str().unwrap()
        );
        let expert = super::weight::cookies(&served, "expert.breast").await;

        // Nobody tells of a slide that was not opened in their session.
        let (_, _, list) = asked(&served, &expert, "/worklist", None).await;
        let token = attribute(&list, "name=\"_token\" value").to_owned();
        let reading = format!("_token={token}&seconds=90&nanometres=249");
        let there = format!("{path}/reading");
        assert_eq!(asked(&served, &expert, &there, Some(&reading)).await.0, 404);

        let (status, _, page) = asked(&served, &expert, &path, None).await;
        assert_eq!(status, 200);
        let grant = attribute(&page, "data-base").to_owned();
        let form = format!("_token={token}");
        let (status, next, _) = asked(&served, &expert, &path, Some(&form)).await;
        assert_eq!((status, next["lasting"].as_i64()), (200, Some(1800)));
        assert_ne!(next["base"].as_str().unwrap(), grant);
        assert_eq!(
            asked(&served, "", next["base"].as_str().unwrap(), None)
                .await
                .0,
            200
        );
        assert_eq!(
            asked(&served, &expert, &path, Some("_token=x")).await.0,
            403
        );

        for (told, shown) in [
            ("seconds=30&nanometres=1000", "30 s, 10×"),
            ("seconds=60&nanometres=249", "1 min, 40×<"),
            ("seconds=-5&nanometres=0", "1 min, 40×"),
            ("seconds=nonsense", "1 min, 40×"),
            ("seconds=20&light_seconds=500", "1 min, 40×, dont 20 s"),
        ] {
            let form = format!("_token={token}&{told}");
            assert_eq!(asked(&served, &expert, &there, Some(&form)).await.0, 204);
            let (_, _, page) = asked(&served, &expert, &path, None).await;
            assert!(page.contains(shown), "{shown} after {told}");
        }

        // Whoever may not see the whole case has no such page, and no link to it.
        for login in [
            "coordinator.antilles",
            "expert.second",
            "submitter.martinique",
        ] {
            let other = super::weight::cookies(&served, login).await;
            assert_eq!(asked(&served, &other, &path, None).await.0, 404, "{login}");
        }
    }
}

#[actix_web::test]
async fn an_expert_takes_snapshots_of_a_slide_and_signs_them_with_the_opinion() {
    let ways = [way("fr", true, 1440), way("en", true, 390)];
    tell_each(
        "snapshots",
        &ways,
        async |world: &World, served: &Served| {
            let mut case = case_with_slides(world, served).await;
            let expert = served.login("expert.breast").await;
            case.gives(&expert, "accept", &json!({})).await;
        },
    )
    .await;
}

#[actix_web::test]
async fn an_expert_has_a_case_prepared_and_nothing_of_it_is_left_when_it_is_signed() {
    let ways = [way("fr", true, 1440), way("en", true, 390)];
    tell_each("ahead", &ways, async |world: &World, served: &Served| {
        let mut case = case_with_slides(world, served).await;
        let expert = served.login("expert.breast").await;
        case.gives(&expert, "accept", &json!({})).await;
        let slide = case.document["specimens"][0]["blocks"][0]["slides"][0]["id"].clone();
        let path = case.path(&format!("slides/{}/annotations", slide.as_str().unwrap()));
        let asked = json!({
            "kind": "rectangle", "points": [{"x": 600, "y": 600}, {"x": 900, "y": 800}],
            "label": "Ici ?",
        });
        let submitter = served.login("submitter.cayenne").await;
        let _ = submitter.post(&path, &asked).await.expect(201);
    })
    .await;
}

#[actix_web::test]
async fn only_who_is_to_read_a_case_fetches_it_ahead_and_it_is_on_record_as_that() {
    for database in TestDatabase::both() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let case = case_with_slides(&world, &served).await;
        let path = format!("/cases/{}/prepare", case.id);
        for (login, status) in [
            ("expert.breast", 200),
            ("submitter.cayenne", 403),
            ("expert.second", 404),
            ("coordinator.antilles", 404),
        ] {
            let cookies = super::weight::cookies(&served, login).await;
            let (_, _, list) = asked(&served, &cookies, "/worklist", None).await;
            let form = format!("_token={}", attribute(&list, "name=\"_token\" value"));
            let (given, prepared, _) = asked(&served, &cookies, &path, Some(&form)).await;
            assert_eq!(given, status, "{login}");
            if status != 200 {
                continue;
            }
            let slides = prepared["slides"].as_array().unwrap();
            assert_eq!(slides.len(), 3, "the one that cannot be read is left out");
            let key = prepared["key"].as_str().unwrap().to_owned();
            assert_eq!(key.len(), 32);
            let slide = format!(
                "/cases/{}/slides/{}",
                case.id,
                slides[0]["slide"].as_str().unwrap()
            );
            let (_, _, page) = asked(&served, &cookies, &slide, None).await;
            assert_eq!(attribute(&page, "data-ahead"), key);
            // Another session of the same person opens nothing of it.
            let other = super::weight::cookies(&served, login).await;
            let (_, _, page) = asked(&served, &other, &slide, None).await;
            assert_ne!(attribute(&page, "data-ahead"), key);
        }
        let auditor = served.login("auditor").await;
        let trail = auditor.get(&case.path("audit")).await.expect(200);
        let said = trail.json["items"].as_array().unwrap().iter();
        let actions: Vec<&str> = said.filter_map(|one| one["action"].as_str()).collect();
        let count = |wanted: &str| actions.iter().filter(|one| **one == wanted).count();
        assert_eq!(count("prepare_slide"), 4, "{actions:?}");
        assert_eq!(count("view_slide"), 2, "once for each session that looked");
    }
}
