//! Viewers of others, such as SLIM, OHIF and QuPath: they open slides at addresses that stay, with the token of a person and no more
//! than that person's rights, and from pages of registered origins only.

use chrono::Duration;
use reqwest::header::HeaderMap;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::slides::dicom_face::{clients, viewed};
use crate::support::database::TestDatabase;
use crate::support::exchange::World;
use crate::support::nginx::deep_zoom;
use crate::support::orthanc;
use crate::support::served::{Served, client};

/// What was answered.
struct Answer {
    status: u16,
    headers: HeaderMap,
    json: Value,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.map_or("", |value| value.to_str().unwrap())
    }

    fn problem(&self) -> (u16, &str) {
        let name = self.json["type"].as_str().unwrap_or_default();
        (self.status, name.rsplit(':').next().unwrap_or_default())
    }
}

async fn ask(method: Method, url: &str, headers: &[(&str, &str)]) -> Answer {
    let request = headers
        .iter()
        .fold(client().request(method, url), |request, (name, value)| {
            request.header(*name, *value)
        });
    let answer = request.send().await.unwrap();
    Answer {
        status: answer.status().as_u16(),
        headers: answer.headers().clone(),
        json: answer.json().await.unwrap_or_default(),
    }
}

async fn shown(url: &str, token: Option<&String>) -> Answer {
    let bearer = token.map(|token| format!("Bearer {token}"));
    let headers: Vec<(&str, &str)> = bearer
        .iter()
        .map(|bearer| ("authorization", bearer.as_str()))
        .collect();
    ask(Method::GET, url, &headers).await
}

fn slide_of(case: &Value) -> (&str, &str) {
    let slide = &case["specimens"][0]["blocks"][0]["slides"][0]["id"];
    (case["id"].as_str().unwrap(), slide.as_str().unwrap())
}

#[actix_web::test]
async fn a_viewer_shows_the_token_of_a_person_and_sees_what_that_person_may() {
    for database in TestDatabase::both() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let submitter = served.login("submitter.cayenne").await;
        let (case, _) = viewed(&world, &submitter, &orthanc::slide()).await;
        let (id, slide) = slide_of(&case);
        let base = format!("{}/viewers/cases/{id}/slides/{slide}", served.address);
        let studies = format!("{base}/dicomweb/studies");
        let expert = served.login("expert.breast").await;

        let found = shown(&studies, expert.token.as_ref()).await;
        assert_eq!(found.status, 200);
        let retrieved = found.json[0]["00081190"]["Value"][0].as_str().unwrap();
        assert!(
            retrieved.starts_with(&format!("{base}/dicomweb/studies/")),
            "{retrieved}"
        );
        let found = clients(format!("{base}/dicomweb"), expert.token.clone()).await;
        assert!(found["difference"].as_f64().unwrap() < 4.0, "{found}");
        assert_eq!(found["instances"], 5);
        let information = shown(&format!("{base}/iiif/info.json"), expert.token.as_ref()).await;
        assert_eq!(information.json["id"], format!("{base}/iiif"));
        let tile = format!("{base}/iiif/960,1440,240,240/max/0/default.jpg");
        let tile = shown(&tile, expert.token.as_ref()).await;
        assert_eq!(
            (tile.status, tile.header("cache-control")),
            (200, "no-store")
        );
        assert!(tile.header("link").contains(&format!("<{base}/iiif/")));

        // Nobody without a token of their own, and nobody who may not see the case; these go on record.
        for headers in [
            &[][..],
            &[("authorization", "Bearer x")],
            &[("authorization", "Basic bGFibzpsYWJv")],
        ] {
            let refused = ask(Method::GET, &studies, headers).await;
            assert_eq!(refused.problem(), (401, "unauthenticated"), "{headers:?}");
            assert_eq!(refused.header("www-authenticate"), "Bearer");
        }
        for login in [
            "expert.second",
            "coordinator.antilles",
            "auditor",
            "administrator",
        ] {
            let other = served.login(login).await;
            let refused = shown(&studies, other.token.as_ref()).await;
            assert_eq!(refused.problem(), (404, "not_found"), "{login}");
        }
        let elsewhere = format!(
            "{}/viewers/cases/{id}/slides/{id}/iiif/info.json",
            served.address
        );
        let refused = shown(&elsewhere, expert.token.as_ref()).await;
        assert_eq!(
            refused.problem(),
            (404, "not_found"),
            "no slide of this case"
        );
        let auditor = served.login("auditor").await;
        let audit = auditor.get(&format!("/cases/{id}/audit")).await.expect(200);
        let entries = audit.json["items"].as_array().unwrap().iter();
        let count = |wanted: fn(&str) -> bool| {
            let actions = entries
                .clone()
                .map(|entry| entry["action"].as_str().unwrap());
            actions.filter(|action| wanted(action)).count()
        };
        // The submitter's view and the expert's, however much they asked for.
        assert_eq!(count(|action| action == "view_slide"), 2, "{}", audit.text);
        assert_eq!(
            count(|action| action.starts_with("GET /viewers/")),
            4,
            "{}",
            audit.text
        );

        // The right ends with the token, with the session, and with the assignment.
        world.clock.advance(Duration::minutes(11));
        let refused = shown(&studies, expert.token.as_ref()).await;
        assert_eq!(refused.problem(), (401, "session_ended"));
        let (expert, second) = (
            served.login("expert.breast").await,
            served.login("expert.breast").await,
        );
        for caller in [&expert, &second] {
            assert_eq!(shown(&studies, caller.token.as_ref()).await.status, 200);
        }
        let _ = second.delete("/session").await.expect(204);
        world.clock.advance(Duration::seconds(5));
        let refused = shown(&studies, second.token.as_ref()).await;
        assert_eq!(refused.problem(), (401, "session_ended"));
        let version = case["version"].as_i64().unwrap();
        let reason = json!({ "reason": "overloaded" });
        let declined = expert.command(id, version, "decline", &reason).await;
        let _ = declined.expect(204);
        world.clock.advance(Duration::seconds(5));
        let refused = shown(&studies, expert.token.as_ref()).await;
        assert_eq!(refused.problem(), (404, "not_found"));
    }
}

#[actix_web::test]
async fn only_pages_of_registered_origins_read_slides_and_nothing_but_slides() {
    const VIEWER: &str = "https://slim.example.org";
    let database = TestDatabase::sqlite();
    let world = World::on(database.url()).await;
    let settings = [(
        "viewers.origins",
        "https://ohif.example.org, https://slim.example.org",
    )];
    let served = Served::with(&world, &settings);
    let submitter = served.login("submitter.cayenne").await;
    let (case, granted) = viewed(&world, &submitter, &deep_zoom("cmu.dzi")).await;
    let (id, slide) = slide_of(&case);
    let bearer = format!("Bearer {}", submitter.token.as_ref().unwrap());
    let by_grant = format!("{}{granted}/iiif/info.json", served.address);
    let by_token = format!(
        "{}/viewers/cases/{id}/slides/{slide}/iiif/info.json",
        served.address
    );
    for url in [&by_grant, &by_token] {
        let authorization = ("authorization", bearer.as_str());
        let found = ask(Method::GET, url, &[("origin", VIEWER), authorization]).await;
        assert_eq!(found.status, 200);
        assert_eq!(found.header("access-control-allow-origin"), VIEWER);
        assert!(
            found
                .header("access-control-expose-headers")
                .contains("Link")
        );
        let mut varies = found.headers.get_all("vary").iter();
        assert!(varies.any(|value| value == "Origin"), "{:?}", found.headers);
        let asking = [
            ("origin", VIEWER),
            ("access-control-request-method", "GET"),
            ("access-control-request-headers", "authorization"),
        ];
        let may = ask(Method::OPTIONS, url, &asking).await;
        assert_eq!(may.status, 204);
        assert_eq!(may.header("access-control-allow-origin"), VIEWER);
        assert_eq!(may.header("access-control-allow-methods"), "GET");
        assert!(
            may.header("access-control-allow-headers")
                .contains("Authorization")
        );
        // Whoever is no registered viewer: any other page, one whose name only begins so, one that hides where it is from.
        for origin in [
            "https://evil.example.org",
            "https://slim.example.org.evil.org",
            "null",
            "*",
        ] {
            let found = ask(Method::GET, url, &[("origin", origin), authorization]).await;
            assert_eq!(found.header("access-control-allow-origin"), "", "{origin}");
            let asking = [("origin", origin), ("access-control-request-method", "GET")];
            let may = ask(Method::OPTIONS, url, &asking).await;
            assert_ne!(
                StatusCode::from_u16(may.status).unwrap(),
                StatusCode::NO_CONTENT
            );
            assert_eq!(may.header("access-control-allow-origin"), "", "{origin}");
        }
        // Never with what a browser holds of a person by itself.
        assert_eq!(found.header("access-control-allow-credentials"), "");
    }
    // What is refused is read too, so that a viewer can say why.
    let refused = ask(Method::GET, &by_token, &[("origin", VIEWER)]).await;
    assert_eq!(refused.problem(), (401, "unauthenticated"));
    assert_eq!(refused.header("access-control-allow-origin"), VIEWER);
    for beside in ["/api/v1/me", "/login", "/health/live"] {
        let url = format!("{}{beside}", served.address);
        let found = ask(Method::GET, &url, &[("origin", VIEWER)]).await;
        assert_eq!(found.header("access-control-allow-origin"), "", "{beside}");
    }
}
