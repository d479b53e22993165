//! The answers that the document promises and no other story gets. Each is held to its schema on the way.

use relecture::clock::SystemIds;
use relecture::domain::cases::CaseContent;
use relecture::domain::ids::{IdGenerator as _, LaboratoryId};
use relecture::domain::people::{Membership, Role};
use relecture::store::{StoreError, people};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::database::TestDatabase;
use crate::support::exchange::{PASSWORD, World};
use crate::support::served::{Caller, Response, Served};

/// A case of Cayenne over HTTP: its address and the version it is at.
struct Case {
    id: String,
    version: i64,
}

impl Case {
    async fn sent(world: &World, submitter: &Caller) -> Self {
        Self::of(world.cayenne, world.excused_content(), submitter).await
    }

    async fn of(laboratory: LaboratoryId, content: CaseContent, submitter: &Caller) -> Self {
        let body = json!({ "laboratory": laboratory, "content": content });
        let made = submitter.post("/cases", &body).await.expect(201);
        let id = made.json["id"].as_str().expect("an identifier").to_owned();
        let mut case = Self { id, version: 1 };
        case.given(submitter, "submit", json!({})).await;
        case
    }

    async fn give(&self, who: &Caller, command: &str, body: Value) -> Response {
        who.command(&self.id, self.version, command, &body).await
    }

    async fn given(&mut self, who: &Caller, command: &str, body: Value) {
        let answer = self.give(who, command, body).await.expect(200);
        self.version = answer.version();
    }

    fn path(&self, below: &str) -> String {
        format!("/cases/{}{below}", self.id)
    }
}

/// Gives a person a further role.
async fn appoint(world: &World, login: &str, membership: Membership) {
    let person = world.actor(&format!("{login}@example.org")).await.person;
    let key = SystemIds.next();
    world
        .exchange
        .store
        .write(move |conn| people::insert_membership(conn, person, &membership, key))
        .await
        .expect("a role");
}

#[actix_web::test]
async fn everybody_looks_up_organisations_and_reference_data() {
    for database in TestDatabase::both() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let submitter = served.login("submitter.cayenne").await;
        for (list, expected) in [
            ("/territories", 15),
            ("/subspecialties", 18),
            ("/networks", 2),
            ("/pools", 2),
            ("/pools?territory=NC", 1),
            ("/pools?territory=NC&subspecialty=thoracic", 0),
            ("/agreements", 1),
            ("/laboratories", 3),
            ("/slide-sources", 1),
        ] {
            let answer = submitter.get(list).await.expect(200);
            assert_eq!(
                answer.json["items"].as_array().map(Vec::len),
                Some(expected),
                "{list}"
            );
        }
        let document = served.stranger().get("/openapi.yaml").await.expect(200);
        let text = std::fs::read_to_string(crate::support::document::file()).expect("the document");
        assert!(
            document.text == text,
            "the document that is served is the one that is tested"
        );
        let coordinator = served.login("coordinator.antilles").await;
        let network = format!("/networks/{}", world.antilles);
        let experts = coordinator
            .get(&format!("{network}/experts"))
            .await
            .expect(200);
        assert_eq!(experts.json["items"].as_array().map(Vec::len), Some(2));
        let year = "from=2026-01-01T00:00:00Z&to=2027-01-01T00:00:00Z";
        let _ = coordinator
            .get(&format!("{network}/turnaround?{year}"))
            .await
            .expect(200);
        let backwards = "from=2027-01-01T00:00:00Z&to=2026-01-01T00:00:00Z";
        let never = coordinator
            .get(&format!("{network}/turnaround?{backwards}"))
            .await;
        assert_eq!(
            never.refused(400, "malformed_query").json["errors"][0]["parameter"],
            "to"
        );
    }
}

#[actix_web::test]
async fn an_expert_keeps_a_profile_and_absences_and_others_have_none() {
    for database in TestDatabase::both() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let [expert, submitter] = [
            served.login("expert.breast").await,
            served.login("submitter.cayenne").await,
        ];
        let mut profile = expert.get("/me").await.expect(200).json["expert_profile"].clone();
        let version = profile["version"].as_i64().expect("a version");
        let fields = profile.as_object_mut().expect("a profile");
        fields.retain(|name, _| !matches!(name.as_str(), "network" | "version" | "absences"));
        let changed = expert
            .put("/me/expert-profile", version, &profile)
            .await
            .expect(200);
        assert_eq!(changed.version(), version + 1);
        let _ = expert
            .put("/me/expert-profile", version, &profile)
            .await
            .refused(412, "stale_version");
        let _ = submitter
            .put("/me/expert-profile", 1, &profile)
            .await
            .refused(403, "forbidden");

        let leave = json!({ "starts_at": "2026-12-21T00:00:00-04:00", "ends_at": "2027-01-04T00:00:00-04:00" });
        let _ = submitter
            .post("/me/absences", &leave)
            .await
            .refused(403, "forbidden");
        let enter = || {
            let request = expert
                .request(Method::POST, "/me/absences")
                .header("idempotency-key", "leave");
            expert.send(request.json(&leave))
        };
        let entered = enter().await.expect(201);
        let address = entered.header("location").to_owned();
        let again = enter().await.expect(201);
        assert_eq!(
            (again.header("idempotent-replayed"), &again.json),
            ("true", &entered.json)
        );
        let _ = expert.delete(&address).await.expect(204);
        let _ = enter().await.refused(404, "not_found");
    }
}

#[actix_web::test]
async fn a_session_goes_on_and_ends() {
    for database in TestDatabase::both() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let stranger = served.stranger();
        let body = json!({ "login": "auditor@example.org", "password": PASSWORD });
        let tokens = stranger.post("/session", &body).await.expect(200);
        let refresh = json!({ "refresh_token": tokens.json["refresh_token"] });
        let next = stranger
            .post("/session/refresh", &refresh)
            .await
            .expect(200);
        let caller = served.bearing(next.json["access_token"].as_str().expect("a token"));
        let _ = caller.delete("/session").await.expect(204);
        let ended = json!({ "refresh_token": next.json["refresh_token"] });
        let _ = stranger
            .post("/session/refresh", &ended)
            .await
            .refused(401, "session_ended");
    }
}

#[actix_web::test]
async fn oversight_is_for_auditors_and_administrators() {
    for database in TestDatabase::both() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let [submitter, auditor, administrator] = [
            served.login("submitter.cayenne").await,
            served.login("auditor").await,
            served.login("administrator").await,
        ];
        let case = Case::sent(&world, &submitter).await;
        let _ = auditor.get(&case.path("/audit")).await.expect(200);
        let _ = auditor.get(&case.path("/timeline")).await.expect(200);
        let _ = auditor.get("/cases").await.refused(403, "forbidden");
        let _ = auditor
            .post("/cases/search", &json!({}))
            .await
            .refused(403, "forbidden");
        world
            .exchange
            .store
            .write(|conn| {
                use diesel::RunQueryDsl as _;
                let give_up = "UPDATE outbox SET state = 'dead', last_error = 'no answer', finished_at = created_at";
                Ok::<_, StoreError>(diesel::sql_query(give_up).execute(conn)?)
            })
            .await
            .expect("everything is given up");
        let letters = administrator.get("/outbox/dead-letters").await.expect(200);
        let letter = letters.json["items"][0]["id"]
            .as_str()
            .expect("a dead letter");
        let retry = format!("/outbox/dead-letters/{letter}/retry");
        let _ = submitter
            .get("/outbox/dead-letters")
            .await
            .refused(403, "forbidden");
        let _ = submitter
            .post(&retry, &Value::Null)
            .await
            .refused(403, "forbidden");
        let _ = administrator.post(&retry, &Value::Null).await.expect(204);
    }
}

#[actix_web::test]
async fn what_belongs_to_a_case_is_read_and_announced() {
    for database in TestDatabase::both() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let [submitter, expert, coordinator] = [
            served.login("submitter.cayenne").await,
            served.login("expert.breast").await,
            served.login("coordinator.antilles").await,
        ];
        let case = Case::sent(&world, &submitter).await;
        for below in [
            "/turnaround",
            "/attachments",
            "/timeline",
            "/opinions",
            "/requests",
        ] {
            let _ = submitter.get(&case.path(below)).await.expect(200);
        }
        let _ = submitter
            .post(&case.path("/slide-checks"), &Value::Null)
            .await
            .expect(200);
        let _ = coordinator
            .get(&case.path("/opinions"))
            .await
            .refused(403, "forbidden");
        let read = submitter.get(&case.path("")).await.expect(200);
        let known = submitter
            .request(Method::GET, &case.path(""))
            .header("if-none-match", read.header("etag"));
        let _ = submitter.send(known).await.expect(304);
        let found = submitter
            .post("/cases/search", &json!({ "q": "26 H 00123" }))
            .await
            .expect(200);
        assert_eq!(found.json["items"][0]["id"], case.id.as_str());

        let report = json!({
            "kind": "report", "title": "Compte rendu", "media_type": "application/pdf", "byte_length": 1, "sha256": "0".repeat(64),
        });
        let attachments = case.path("/attachments");
        let _ = expert
            .post(&attachments, &report)
            .await
            .refused(403, "forbidden");
        for _ in 0..50 {
            let _ = submitter.post(&attachments, &report).await.expect(201);
        }
        let _ = submitter
            .post(&attachments, &report)
            .await
            .refused(409, "conflict");
    }
}

/// Who keeps a case in sight by another role is answered with it, and who does not is answered without.
#[actix_web::test]
async fn a_command_answers_with_what_is_still_in_sight() {
    for database in TestDatabase::both() {
        let world = World::on(database.url()).await;
        let coordinates = |network| Membership {
            role: Role::Coordinator,
            laboratory: None,
            network: Some(network),
        };
        appoint(&world, "expert.breast", coordinates(world.antilles)).await;
        appoint(&world, "coordinator.pacific", coordinates(world.antilles)).await;
        let served = Served::start(&world);
        let [submitter, both, second, coordinator, noumea] = [
            served.login("submitter.cayenne").await,
            served.login("expert.breast").await,
            served.login("expert.second").await,
            served.login("coordinator.pacific").await,
            served.login("submitter.noumea").await,
        ];
        let mut case = Case::sent(&world, &submitter).await;
        case.given(&both, "decline", json!({ "reason": "overloaded" }))
            .await;
        case.given(&second, "accept", json!({})).await;
        let twice = case.give(&second, "accept", json!({})).await;
        let _ = twice.refused(409, "command_refused");
        let opinion = serde_json::to_value(crate::journey::opinion()).expect("an opinion");
        case.given(&second, "sign", json!({ "opinion": opinion }))
            .await;
        let leave =
            json!({ "starts_at": "2026-11-20T00:00:00Z", "ends_at": "2026-12-20T00:00:00Z" });
        let _ = second.post("/me/absences", &leave).await.expect(201);
        let away = json!({ "reason": "Nouvelle technique, pendant mon absence" });
        // Who signed it reads on, though it is offered to somebody else.
        case.given(&second, "reopen", away).await;

        let mut case = Case::sent(&world, &submitter).await;
        case.given(&both, "accept", json!({})).await;
        let back = json!({ "reason": "Prise en charge ailleurs" });
        case.given(&submitter, "request_withdrawal", back).await;
        case.given(&coordinator, "agree_withdrawal", json!({}))
            .await;

        let mut content = world.excused_content();
        content.specimens[0].blocks[0].slides[0].source =
            crate::journey::source_for_noumea(&world).await;
        let mut case = Case::of(world.noumea, content, &noumea).await;
        let elsewhere =
            json!({ "network": world.antilles, "reason": "Aucun lecteur dans le réseau" });
        case.given(&coordinator, "redirect", elsewhere).await;
    }
}
