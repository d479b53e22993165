//! Webhooks, over HTTP.

use super::*;
use crate::journey::Hand;
use crate::webhooks::Receiver;

const WEBHOOKS: &str = "/administration/webhooks";

fn webhook_of(network: impl serde::Serialize) -> Value {
    json!({
        "network": network, "name": "SIL de Cayenne", "url": "https://sil.example.org/relecture", "internal": false,
        "kinds": ["opinion_signed", "question_asked"], "active": true,
    })
}

/// The address of what was made.
fn address(made: &Response) -> String {
    let id = made.json["webhook"]["id"].as_str();
    format!("{WEBHOOKS}/{}", id.expect("an identifier"))
}

fn pointers(refused: &Response) -> Vec<String> {
    let errors = refused.json["errors"].as_array().expect("errors").iter();
    errors
        .map(|one| one["pointer"].as_str().expect("a pointer").to_owned())
        .collect()
}

#[actix_web::test]
async fn a_webhook_is_registered_and_changed_and_its_secret_told_once() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let administrator = served.login("administrator").await;
        let new = webhook_of(world.antilles);
        let request = |body: &Value| {
            let request = administrator.request(reqwest::Method::POST, WEBHOOKS);
            request.header("idempotency-key", "webhook").json(body)
        };
        let made = administrator.send(request(&new)).await.expect(201);
        let here = address(&made);
        assert_eq!(made.header("location"), format!("/api/v1{here}"));
        let secret = made.json["secret"].as_str().expect("a secret").to_owned();
        assert!(secret.starts_with("whsec_"), "{secret}");
        let again = administrator.send(request(&new)).await.expect(201);
        assert_eq!(again.header("idempotent-replayed"), "true");
        assert_eq!(
            again.json,
            json!({ "webhook": made.json["webhook"] }),
            "without the secret"
        );
        let mut other = new.clone();
        other["name"] = json!("Un autre");
        let other = administrator.send(request(&other)).await;
        let _ = other.refused(422, "idempotency_mismatch");

        let listed = administrator.get(WEBHOOKS).await.expect(200);
        assert_eq!(listed.json["items"], json!([made.json["webhook"]]));
        let read = administrator.get(&here).await.expect(200);
        assert_eq!((read.version(), &read.json), (1, &made.json["webhook"]));
        let renewed = administrator
            .post(&format!("{here}/secret"), &Value::Null)
            .await
            .expect(200);
        assert_ne!(renewed.json["secret"], json!(secret));
        let read = administrator.get(&here).await.expect(200);
        assert_eq!(
            read.json["earlier_secret_until"],
            renewed.json["earlier_secret_until"]
        );
        for answer in [&again, &listed, &read] {
            assert!(
                !answer.text.contains("whsec_") && !answer.text.contains("sealed"),
                "{answer:?}"
            );
        }

        let mut content = new.clone();
        content["name"] = json!("SIL du CHC");
        let stale = administrator
            .put(&here, 1, &content)
            .await
            .refused(412, "stale_version");
        assert_eq!(
            stale.json["current_version"], 2,
            "the secret was renewed meanwhile"
        );
        let changed = administrator.put(&here, 2, &content).await.expect(200);
        assert_eq!(
            (changed.version(), &changed.json["name"]),
            (3, &content["name"])
        );
        content["network"] = json!(world.pacific);
        let moved = administrator.put(&here, 3, &content).await;
        assert_eq!(
            pointers(&moved.refused(422, "invalid_fields")),
            ["/network"]
        );
        let id = made.json["webhook"]["id"].as_str().expect("an identifier");
        assert_eq!(
            acts_on(&world, id).await,
            ["add_webhook", "renew_webhook_secret", "edit_webhook"]
        );

        let wrong = json!({
            "network": "01a20890-0000-7000-8000-000000000000", "name": " ", "url": "http://u:p@x", "internal": false,
            "kinds": [], "active": true,
        });
        let refused = administrator
            .post(WEBHOOKS, &wrong)
            .await
            .refused(422, "invalid_fields");
        assert_eq!(pointers(&refused), ["/name", "/network", "/url", "/kinds"]);
        let mut twice = webhook_of(world.antilles);
        twice["kinds"] = json!(["case_closed", "case_closed"]);
        let refused = administrator
            .post(WEBHOOKS, &twice)
            .await
            .refused(422, "invalid_fields");
        assert_eq!(pointers(&refused), ["/kinds/1"]);
        // Each is a further message for each event: there are not too many of them.
        for _ in 1..10 {
            let _ = administrator.post(WEBHOOKS, &new).await.expect(201);
        }
        let refused = administrator
            .post(WEBHOOKS, &new)
            .await
            .refused(422, "invalid_fields");
        assert_eq!(pointers(&refused), ["/network"]);
    }
}

#[actix_web::test]
async fn who_keeps_a_network_keeps_its_webhooks() {
    for database in databases() {
        let world = World::on(database.url()).await;
        keeper_of_antilles(&world).await;
        let pacific = Membership {
            role: Role::Administrator,
            laboratory: None,
            network: Some(world.pacific),
        };
        appoint(&world, "coordinator.antilles", pacific).await;
        let served = Served::start(&world);
        let keeper = served.login("coordinator.antilles").await;
        let request = |network| {
            let request = keeper.request(reqwest::Method::POST, WEBHOOKS);
            request
                .header("idempotency-key", "mine")
                .json(&webhook_of(network))
        };
        let made = keeper.send(request(world.pacific)).await.expect(201);
        let far = address(&made);
        world
            .alter(format!(
                "DELETE FROM memberships WHERE role = 'administrator' AND network_id = '{}'",
                world.pacific
            ))
            .await;
        // A repeated request for what is somebody else's by now.
        let _ = keeper
            .send(request(world.pacific))
            .await
            .refused(404, "not_found");
        let _ = keeper.get(&far).await.refused(404, "not_found");
        for part in ["test", "secret"] {
            let asked = keeper.post(&format!("{far}/{part}"), &Value::Null).await;
            let _ = asked.refused(404, "not_found");
        }
        let _ = keeper
            .get(&format!("{far}/deliveries"))
            .await
            .refused(404, "not_found");
        let listed = keeper.get(WEBHOOKS).await.expect(200);
        assert_eq!(listed.json["items"], json!([]));
        let elsewhere = keeper.post(WEBHOOKS, &webhook_of(world.pacific)).await;
        assert_eq!(
            pointers(&elsewhere.refused(422, "invalid_fields")),
            ["/network"]
        );
        // An address within is reached from where the exchange runs: a network's own administrator does not decide that.
        let mut within = webhook_of(world.antilles);
        within["internal"] = json!(true);
        let refused = keeper
            .post(WEBHOOKS, &within)
            .await
            .refused(422, "invalid_fields");
        assert_eq!(pointers(&refused), ["/internal"]);
        let administrator = served.login("administrator").await;
        within["url"] = json!("http://10.0.0.7/relecture");
        let made = administrator.post(WEBHOOKS, &within).await.expect(201);
        let own = address(&made);
        within["name"] = json!("Le nôtre");
        let _ = keeper.put(&own, 1, &within).await.expect(200);
        within["url"] = json!("http://10.0.0.8/relecture");
        let refused = keeper
            .put(&own, 2, &within)
            .await
            .refused(422, "invalid_fields");
        assert_eq!(
            pointers(&refused),
            ["/internal"],
            "nobody points it elsewhere"
        );
    }
}

#[actix_web::test]
async fn a_trial_says_how_it_was_taken() {
    let receiver = Receiver::start();
    let silent = crate::support::companion::free_port();
    let table = [
        (receiver.at("ok"), json!({ "taken": true, "status": 204 })),
        (
            receiver.at("500"),
            json!({ "taken": false, "status": 500, "failure": "bad_status" }),
        ),
        (
            receiver.at("redirect"),
            json!({ "taken": false, "failure": "redirect_refused" }),
        ),
        (
            format!("http://127.0.0.1:{silent}/"),
            json!({ "taken": false, "failure": "unreachable" }),
        ),
        (
            "https://127.0.0.1:1/".to_owned(),
            json!({ "taken": false, "failure": "address_refused" }),
        ),
        (
            format!(
                "https://127.0.0.1:{}/?internal",
                super::slide_sources::self_signed()
            ),
            json!({ "taken": false, "failure": "certificate_refused" }),
        ),
    ];
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let administrator = served.login("administrator").await;
        for (url, expected) in &table {
            let mut body = webhook_of(world.antilles);
            body["url"] = json!(url);
            body["internal"] = json!(url.starts_with("http:") || url.ends_with("internal"));
            let made = administrator.post(WEBHOOKS, &body).await.expect(201);
            let test = format!("{}/test", address(&made));
            let mut found = administrator
                .post(&test, &Value::Null)
                .await
                .expect(200)
                .json;
            let fields = found.as_object_mut().expect("how it was taken");
            let took = fields.remove("milliseconds");
            assert!(took.is_some_and(|took| took.is_i64()));
            assert_eq!(&found, expected, "{url}");
            let id = made.json["webhook"]["id"].as_str().expect("an identifier");
            assert_eq!(acts_on(&world, id).await, ["add_webhook", "test_webhook"]);
            let read = administrator.get(&address(&made)).await.expect(200);
            assert_eq!(
                read.json["failing_since"],
                Value::Null,
                "nothing follows from a trial"
            );
        }
    }
}

#[actix_web::test]
async fn what_was_sent_is_listed_without_its_case_and_sent_again() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let administrator = served.login("administrator").await;
        let mut body = webhook_of(world.antilles);
        body["kinds"] = json!(["case_submitted"]);
        let made = administrator.post(WEBHOOKS, &body).await.expect(201);
        let here = address(&made);
        let case = Hand::submitted(&world).await.case.to_string();
        for _ in 0..51 {
            Hand::submitted(&world).await;
        }
        let list = format!("{here}/deliveries");
        let page = administrator.get(&list).await.expect(200);
        assert_eq!(page.json["items"].as_array().map(Vec::len), Some(50));
        assert!(
            !page.text.contains(&case) && !page.text.contains("REL-"),
            "no case is named"
        );
        let next = page.json["next"].as_str().expect("a further page");
        let rest = administrator
            .get(&format!("{list}?cursor={next}"))
            .await
            .expect(200);
        assert_eq!(rest.json["items"].as_array().map(Vec::len), Some(2));
        assert_eq!(rest.json["next"], Value::Null);
        let _ = administrator
            .get(&format!("{list}?cursor=here"))
            .await
            .refused(400, "bad_cursor");
        let first = rest.json["items"][1].clone();
        assert_eq!(
            (&first["state"], &first["kind"]),
            (&json!("ready"), &json!("case_submitted"))
        );
        let message = first["id"].as_str().expect("an identifier");
        world
            .alter(format!("UPDATE outbox SET state = 'dead', attempt = 20, finished_at = 1 WHERE id = '{message}'"))
            .await;
        let dead = administrator
            .get(&format!("{list}?state=dead"))
            .await
            .expect(200);
        assert_eq!(dead.json["items"].as_array().map(Vec::len), Some(1));
        let letters = administrator.get("/outbox/dead-letters").await.expect(200);
        assert_eq!(letters.json["items"][0]["topic"], "webhook");
        let all = administrator
            .get("/administration/messages?state=dead")
            .await
            .expect(200);
        assert_eq!(all.json["items"][0]["topic"], "webhook");

        let again = format!("{list}/{message}/send");
        let _ = administrator.post(&again, &Value::Null).await.expect(204);
        let dead = administrator
            .get(&format!("{list}?state=dead"))
            .await
            .expect(200);
        assert_eq!(dead.json["items"], json!([]));
        // Of another webhook it is not.
        let other = administrator
            .post(WEBHOOKS, &webhook_of(world.antilles))
            .await
            .expect(201);
        let elsewhere = format!("{}/deliveries/{message}/send", address(&other));
        let _ = administrator
            .post(&elsewhere, &Value::Null)
            .await
            .refused(404, "not_found");
        body["active"] = json!(false);
        let _ = administrator.put(&here, 1, &body).await.expect(200);
        let _ = administrator
            .post(&again, &Value::Null)
            .await
            .refused(409, "conflict");
    }
}
