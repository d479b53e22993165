//! Who may look at a slide, over HTTP: by a grant that dies with the assignment, the session, and its half hour.

use chrono::Duration;
use relecture::domain::slides::SourceKind;
use serde_json::{Value, json};

use crate::support::database::TestDatabase;
use crate::support::exchange::World;
use crate::support::nginx::{Nginx, deep_zoom};
use crate::support::served::{Caller, Response, Served, client};

/// What was answered: status, problem, media type, bytes.
struct Answer(u16, String, String, Vec<u8>);

async fn answered(request: reqwest::RequestBuilder) -> Answer {
    let answer = request.send().await.unwrap();
    let status = answer.status().as_u16();
    let kind = answer.headers()["content-type"]
        .to_str()
        .unwrap()
        .to_owned();
    let bytes = answer.bytes().await.unwrap().to_vec();
    let json: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    let problem = json["type"].as_str().unwrap_or_default();
    let problem = problem.rsplit(':').next().unwrap_or_default().to_owned();
    Answer(status, problem, kind, bytes)
}

async fn open(caller: &Caller, case: &Value, slide: &Value) -> Response {
    let [case, slide] = [case, slide].map(|id| id.as_str().unwrap());
    let path = format!("/cases/{case}/slides/{slide}/views");
    caller.post(&path, &Value::Null).await
}

async fn get(served: &Served, grant: &str, below: &str) -> Answer {
    answered(client().get(format!("{}/slides/{grant}{below}", served.address))).await
}

fn grant(view: &Response) -> String {
    let base = view.json["description"].as_str().unwrap();
    base.strip_prefix("/slides/").unwrap().to_owned()
}

#[actix_web::test]
async fn a_slide_is_seen_by_those_of_its_case_as_long_as_they_are() {
    let nginx = Nginx::shared();
    for database in TestDatabase::both() {
        let source = nginx.deep_zoom_url();
        let world = World::with_source(database.url(), SourceKind::DeepZoom, &source).await;
        let served = Served::start(&world);
        let submitter = served.login("submitter.cayenne").await;
        let body =
            json!({ "laboratory": world.cayenne, "content": world.content(deep_zoom("cmu.dzi")) });
        let made = submitter.post("/cases", &body).await.expect(201);
        let case = made.json["id"].clone();
        let path = case.as_str().unwrap();
        let version = made.json["version"].as_i64().unwrap();
        let sent = submitter
            .command(path, version, "submit", &json!({}))
            .await
            .expect(200);
        let slide = sent.json["specimens"][0]["blocks"][0]["slides"][0]["id"].clone();

        let expert = served.login("expert.breast").await;
        for login in [
            "submitter.martinique",
            "expert.second",
            "expert.pacific",
            "coordinator.antilles",
            "auditor",
            "administrator",
        ] {
            let other = served.login(login).await;
            let _ = open(&other, &case, &slide).await.refused(404, "not_found");
        }
        let stranger = open(&served.stranger(), &case, &slide).await;
        let _ = stranger.refused(401, "unauthenticated");
        // No slide of this case.
        let _ = open(&expert, &case, &case).await.refused(404, "not_found");

        let opened = open(&expert, &case, &slide).await.expect(200);
        let grant = grant(&opened);
        for part in [path, slide.as_str().unwrap(), "127.0.0.1"] {
            assert!(!opened.text.contains(part), "{part} in what was granted");
        }
        let about = get(&served, &grant, "/slide.dzi").await;
        assert!(about.0 == 200 && String::from_utf8_lossy(&about.3).contains("Width=\"2220\""));
        let tile = get(&served, &grant, "/slide_files/12/3_4.jpg").await;
        assert_eq!((tile.0, tile.2.as_str()), (200, "image/jpeg"));
        let light = get(&served, &grant, "/light_files/12/3_4.jpg").await;
        assert_eq!((light.0, light.2.as_str()), (200, "image/webp"));
        assert!(
            light.3.len() * 10 < tile.3.len() * 6,
            "two fifths less at least"
        );
        let of_iiif = get(
            &served,
            &grant,
            "/iiif/960,1440,240,240/240,240/0/default.jpg",
        )
        .await;
        assert_eq!((of_iiif.0, of_iiif.2.as_str()), (200, "image/jpeg"));
        let information = get(&served, &grant, "/iiif/info.json").await;
        let information: Value = serde_json::from_slice(&information.3).unwrap();
        assert_eq!(information["width"], 2220);
        assert_eq!(
            information["id"],
            format!("{}/slides/{grant}/iiif", served.address)
        );
        for outside in [
            "/slide_files/12/99_0.jpg",
            "/slide_files/13/0_0.jpg",
            "/slide_files/12/0_0.svg",
            "/nowhere",
        ] {
            let refused = get(&served, &grant, outside).await;
            assert_eq!(
                (refused.0, refused.1.as_str()),
                (404, "not_found"),
                "{outside}"
            );
        }
        let refused = get(&served, &grant, "/iiif/99999,0,10,10/max/0/default.jpg").await;
        assert_eq!((refused.0, refused.1.as_str()), (400, "malformed_query"));

        let mut altered = grant.clone().into_bytes();
        altered[40] = if altered[40] == b'A' { b'B' } else { b'A' };
        for wrong in [
            String::from_utf8(altered).unwrap(),
            grant[1..].to_owned(),
            "x".to_owned(),
        ] {
            let refused = get(&served, &wrong, "/slide.dzi").await;
            assert_eq!((refused.0, refused.1.as_str()), (404, "not_found"));
        }

        // Opened once more in the same session: no second entry. Another session: one of its own.
        let _ = open(&expert, &case, &slide).await.expect(200);
        let _ = open(&submitter, &case, &slide).await.expect(200);
        let auditor = served.login("auditor").await;
        let audit = auditor
            .get(&format!("/cases/{path}/audit"))
            .await
            .expect(200);
        let entries = audit.json["items"].as_array().unwrap();
        let views = entries
            .iter()
            .filter(|entry| entry["action"] == "view_slide");
        assert_eq!(views.count(), 2, "{}", audit.text);

        // The assignment ends, and the grant with it.
        let version = sent.json["version"].as_i64().unwrap();
        let declined = json!({ "reason": "overloaded" });
        let _ = expert
            .command(path, version, "decline", &declined)
            .await
            .expect(204);
        world.clock.advance(Duration::seconds(5));
        let refused = get(&served, &grant, "/slide_files/12/3_4.jpg").await;
        assert_eq!((refused.0, refused.1.as_str()), (404, "not_found"));

        // The half hour of another one ends; a session that is over takes its grants along.
        let opened = open(&submitter, &case, &slide).await;
        let (first, second) = (
            self::grant(&opened),
            served.login("submitter.cayenne").await,
        );
        let other = self::grant(&open(&second, &case, &slide).await);
        assert_eq!(get(&served, &other, "/slide.dzi").await.0, 200);
        let _ = second.delete("/session").await.expect(204);
        world.clock.advance(Duration::seconds(5));
        assert_eq!(get(&served, &first, "/slide.dzi").await.0, 200);
        let refused = get(&served, &other, "/slide.dzi").await;
        assert_eq!((refused.0, refused.1.as_str()), (401, "session_ended"));
        world.clock.advance(Duration::minutes(30));
        let refused = get(&served, &first, "/slide.dzi").await;
        assert_eq!((refused.0, refused.1.as_str()), (401, "session_ended"));
    }
}
