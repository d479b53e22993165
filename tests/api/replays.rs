//! A request that is repeated, because its answer was lost on the way, does nothing again and is answered all the same.

use reqwest::Method;

use super::*;

/// Posts under a key of the story's own.
async fn post(
    caller: &Caller,
    path: &str,
    key: &str,
    version: Option<i64>,
    body: &Value,
) -> Response {
    let request = caller
        .request(Method::POST, path)
        .header("idempotency-key", key);
    let request = match version {
        Some(version) => request.header("if-match", format!("\"{version}\"")),
        None => request,
    };
    caller.send(request.json(body)).await
}

#[actix_web::test]
async fn a_repeated_create_answers_from_what_the_first_one_did() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let submitter = served.login("submitter.cayenne").await;
        let body = json!({"laboratory": world.cayenne, "content": content(&world)});
        let first = post(&submitter, "/cases", "k1", None, &body)
            .await
            .expect(201);
        let again = post(&submitter, "/cases", "k1", None, &body)
            .await
            .expect(201);
        assert_eq!(first.header("idempotent-replayed"), "");
        assert_eq!(again.header("idempotent-replayed"), "true");
        assert_eq!(first.json["id"], again.json["id"]);
        assert_eq!(first.header("location"), again.header("location"));
        let mut other = body.clone();
        other["content"]["question"] = json!("Une autre ?");
        let mismatch = post(&submitter, "/cases", "k1", None, &other).await;
        let _ = mismatch.refused(422, "idempotency_mismatch");
        let attachments = format!("/cases/{}/attachments", first.json["id"].as_str().unwrap());
        let elsewhere = post(&submitter, &attachments, "k1", None, &document()).await;
        let _ = elsewhere.refused(422, "idempotency_mismatch");
        // Keys are each person's own.
        let stranger = served.login("submitter.martinique").await;
        let body = json!({"laboratory": world.fort_de_france, "content": {}});
        let theirs = post(&stranger, "/cases", "k1", None, &body)
            .await
            .expect(201);
        assert_ne!(theirs.json["id"], first.json["id"]);
        let list = submitter.get("/cases").await.expect(200);
        assert_eq!(list.json["items"].as_array().unwrap().len(), 1);
    }
}

/// A document to announce.
fn document() -> Value {
    json!({
        "kind": "report", "title": "Compte rendu initial", "media_type": "application/pdf", "byte_length": 48_213,
        "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    })
}

#[actix_web::test]
async fn a_repeated_command_answers_from_the_case_as_it_is_now() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let submitter = served.login("submitter.cayenne").await;
        let mut case = Case::created(&world, &submitter).await;
        let (path, read) = (case.path("submit"), case.version);
        let sent = post(&submitter, &path, "k", Some(read), &json!({}))
            .await
            .expect(200);
        let expert = served.login("expert.breast").await;
        case.look(&expert).await;
        case.gives(&expert, "accept", &json!({})).await;
        let again = post(&submitter, &path, "k", Some(read), &json!({}))
            .await
            .expect(200);
        assert_eq!(again.header("idempotent-replayed"), "true");
        assert_eq!(
            (&sent.json["state"], &again.json["state"]),
            (&json!("offered"), &json!("accepted"))
        );
        assert_eq!(again.version(), case.version);
        let other_version = post(&submitter, &path, "k", Some(read + 1), &json!({})).await;
        let _ = other_version.refused(422, "idempotency_mismatch");
        // An expert who gave the case back repeats it: done, and out of sight.
        let declined = json!({"reason": "absent"});
        let path = case.path("decline");
        let _ = post(&expert, &path, "d", Some(case.version), &declined)
            .await
            .expect(204);
        let again = post(&expert, &path, "d", Some(case.version), &declined)
            .await
            .expect(204);
        assert_eq!(again.header("idempotent-replayed"), "true");
        let timeline = submitter.get(&case.path("timeline")).await.expect(200);
        let declines = timeline.json["items"].as_array().unwrap().iter();
        assert_eq!(
            declines
                .filter(|event| event["command"] == "decline")
                .count(),
            1
        );
    }
}

#[actix_web::test]
async fn absences_and_documents_are_entered_once() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let submitter = served.login("submitter.cayenne").await;
        let expert = served.login("expert.breast").await;
        let away = json!({"starts_at": "2026-12-21T00:00:00-04:00", "ends_at": "2027-01-04T00:00:00-04:00"});
        let first = post(&expert, "/me/absences", "a", None, &away)
            .await
            .expect(201);
        let again = post(&expert, "/me/absences", "a", None, &away)
            .await
            .expect(201);
        assert_eq!(first.json, again.json);
        let me = expert.get("/me").await.expect(200);
        assert_eq!(me.json["expert_profile"]["absences"], json!([first.json]));
        let own = first
            .header("location")
            .trim_start_matches("/api/v1")
            .to_owned();
        let other = served.login("expert.second").await;
        let _ = other.delete(&own).await.refused(404, "not_found");
        let _ = expert.delete(&own).await.expect(204);
        let _ = expert.delete(&own).await.refused(404, "not_found");
        let gone = post(&expert, "/me/absences", "a", None, &away).await;
        let _ = gone.refused(404, "not_found");
        let never = json!({"starts_at": "2026-12-21T00:00:00Z", "ends_at": "2026-12-20T00:00:00Z"});
        let _ = post(&expert, "/me/absences", "b", None, &never)
            .await
            .refused(422, "invalid_fields");

        let case = Case::submitted(&world, &submitter).await;
        let path = case.path("attachments");
        let first = post(&submitter, &path, "d", None, &document())
            .await
            .expect(201);
        let again = post(&submitter, &path, "d", None, &document())
            .await
            .expect(201);
        assert_eq!(
            (&first.json, again.header("idempotent-replayed")),
            (&again.json, "true")
        );
        let listed = expert.get(&path).await.expect(200);
        assert_eq!(listed.json["items"], json!([first.json]));
        for number in 1..50 {
            let one = post(&submitter, &path, &format!("n{number}"), None, &document()).await;
            let _ = one.expect(201);
        }
        let many = post(&submitter, &path, "more", None, &document()).await;
        let _ = many.refused(409, "conflict");
        let mut bad = document();
        bad["byte_length"] = json!(0);
        bad["sha256"] = json!("ABC");
        bad["media_type"] = json!("application/x-msdownload");
        let refused = post(&submitter, &path, "bad", None, &bad)
            .await
            .refused(422, "invalid_fields");
        assert_eq!(refused.json["errors"].as_array().unwrap().len(), 3);
        let traces = served
            .login("auditor")
            .await
            .get(&case.path("audit"))
            .await
            .expect(200);
        let added = traces.json["items"].as_array().unwrap().iter();
        assert_eq!(
            added
                .filter(|trace| trace["action"] == "add_attachment")
                .count(),
            50
        );
    }
}

#[actix_web::test]
async fn the_same_create_sent_twice_at_once_makes_one_case() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let submitter = served.login("submitter.cayenne").await;
        let body = json!({"laboratory": world.cayenne, "content": content(&world)});
        let (one, other) = futures_util::join!(
            post(&submitter, "/cases", "k", None, &body),
            post(&submitter, "/cases", "k", None, &body)
        );
        let (one, other) = (one.expect(201), other.expect(201));
        assert_eq!(one.json["id"], other.json["id"]);
        let mut told = [
            one.header("idempotent-replayed"),
            other.header("idempotent-replayed"),
        ];
        told.sort_unstable();
        assert_eq!(told, ["", "true"], "one did it, the other waited for it");
        let list = submitter.get("/cases").await.expect(200);
        assert_eq!(list.json["items"].as_array().unwrap().len(), 1);
    }
}

/// Sends a command of which the first answer is lost on the way, and sends it again, without a key: the second answer says that the
/// case has changed, and nothing is done twice.
async fn answer_lost(case: &mut Case, caller: &Caller, command: &str, body: &Value) {
    let read = case.version;
    case.gives(caller, command, body).await;
    let again = caller.plainly(&case.id, read, command, body).await;
    let told = again.refused(412, "stale_version");
    assert_eq!(told.json["current_version"], case.version, "{command}");
}

#[actix_web::test]
async fn a_command_whose_answer_was_lost_creates_nothing_twice_without_a_key() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let submitter = served.login("submitter.cayenne").await;
        let expert = served.login("expert.breast").await;
        let mut case = Case::created(&world, &submitter).await;
        let question = json!({"kind": "clinical_data", "question": "Antécédents ?"});
        let order = json!({"kind": "immunohistochemistry", "detail": "E-cadhérine"});
        let sent = json!({"items": ["A1"], "carrier": "Chronopost"});
        let broken = json!({"reason": "Le serveur répond 503"});
        let answer = json!({"opinion": opinion()});
        let revised = json!({"reason": "Coquille", "opinion": opinion()});
        let reply = json!({"reply": "Voici."});
        let again = json!({"reason": "Nouvelle technique"});
        let nothing = json!({});
        let life = [
            (&submitter, "submit", &nothing),
            (&expert, "accept", &nothing),
            (&expert, "request_information", &question),
            (&submitter, "answer", &reply),
            (&expert, "order_ancillary", &order),
            (&submitter, "complete_ancillary", &reply),
            (&submitter, "send_material", &sent),
            (&expert, "receive_material", &reply),
            (&expert, "report_slides_unavailable", &broken),
            (&submitter, "restore_slides", &again),
            (&expert, "release_preliminary", &answer),
            (&expert, "sign", &answer),
            (&expert, "add_addendum", &revised),
            (&expert, "correct", &revised),
            (&expert, "amend", &revised),
            (&submitter, "reopen", &again),
        ];
        for (caller, command, body) in life {
            let mut body = body.clone();
            if body.get("reply").is_some() {
                body["request"] = case.open_request(caller).await;
            }
            answer_lost(&mut case, caller, command, &body).await;
        }
        let timeline = submitter.get(&case.path("timeline")).await.expect(200);
        let entries = timeline.json["items"].as_array().unwrap();
        for (_, command, _) in life {
            let done = entries.iter().filter(|entry| entry["command"] == command);
            assert_eq!(done.count(), 1, "{command}");
        }
        let requests = submitter.get(&case.path("requests")).await.expect(200);
        assert_eq!(requests.json["items"].as_array().unwrap().len(), 4);
        let opinions = submitter.get(&case.path("opinions")).await.expect(200);
        assert_eq!(opinions.json["items"].as_array().unwrap().len(), 5);
        let offers = case.document["assignments"].as_array().unwrap();
        assert_eq!(offers.len(), 2, "one for each cycle");
    }
}

#[actix_web::test]
async fn the_same_command_sent_twice_at_once_is_carried_out_once() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let submitter = served.login("submitter.cayenne").await;
        let expert = served.login("expert.breast").await;
        let mut case = Case::submitted(&world, &submitter).await;
        case.gives(&expert, "accept", &json!({})).await;
        let question = json!({"kind": "clinical_data", "question": "Antécédents ?"});
        let answer = json!({"opinion": opinion()});
        for (command, body, listed, count) in [
            ("request_information", &question, "requests", 1),
            ("release_preliminary", &answer, "opinions", 1),
            ("sign", &answer, "opinions", 2),
        ] {
            let signs = command == "sign";
            let mut proofs = Vec::new();
            for _ in 0..if signs { 2 } else { 0 } {
                proofs.push(expert.proved(&case.id, command, body).await);
            }
            let (id, read) = (&case.id, case.version);
            let send = async |at: usize| match proofs.get(at) {
                Some(proof) => expert.shows(proof, id, read, command, body).await,
                None => expert.plainly(id, read, command, body).await,
            };
            let (one, other) = futures_util::join!(send(0), send(1));
            let mut statuses = [one.status, other.status];
            statuses.sort_unstable();
            assert_eq!(statuses, [200, 412], "{command}: {one:?} {other:?}");
            case.look(&expert).await;
            let there = expert.get(&case.path(listed)).await.expect(200);
            let there = there.json["items"].as_array().unwrap();
            assert_eq!(there.len(), count, "{command}");
        }
    }
}

#[actix_web::test]
async fn a_proof_of_presence_signs_once_however_often_it_is_sent() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let submitter = served.login("submitter.cayenne").await;
        let expert = served.login("expert.breast").await;
        let mut case = Case::submitted(&world, &submitter).await;
        case.gives(&expert, "accept", &json!({})).await;
        let answer = json!({"opinion": opinion()});
        let (id, read) = (&case.id, case.version);
        let proof = expert.proved(id, "sign", &answer).await;
        let _ = expert
            .shows(&proof, id, read, "sign", &answer)
            .await
            .expect(200);
        let again = expert.shows(&proof, id, read, "sign", &answer).await;
        let _ = again.refused(412, "stale_version");
    }
}
