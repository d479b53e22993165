//! A signature needs its signer there: the password again, for these very bytes, once, within minutes.

use reqwest::Method;
use serde_json::{Value, json};

use super::{Case, databases, opinion};
use crate::support::exchange::{PASSWORD, World};
use crate::support::served::{Caller, Response, Served};

/// A case that waits for the signature of `expert.breast`.
async fn accepted(world: &World, served: &Served) -> (Case, Caller) {
    let submitter = served.login("submitter.cayenne").await;
    let expert = served.login("expert.breast").await;
    let mut case = Case::submitted(world, &submitter).await;
    case.look(&expert).await;
    case.gives(&expert, "accept", &json!({})).await;
    (case, expert)
}

async fn proof(caller: &Caller, case: &str, command: &str, body: &Value) -> String {
    let body = body.to_string();
    let proved = caller
        .proves(case, command, body.as_bytes(), PASSWORD)
        .await
        .expect(200);
    proved.json["proof"].as_str().expect("a proof").to_owned()
}

async fn shows(caller: &Caller, case: &Case, command: &str, body: &Value, proof: &str) -> Response {
    let request = caller
        .request(Method::POST, &case.path(command))
        .header("if-match", format!("\"{}\"", case.version))
        .header("presence-proof", proof)
        .header("content-type", "application/json");
    caller.send(request.body(body.to_string())).await
}

#[actix_web::test]
async fn nothing_is_signed_without_a_proof_for_that_very_thing() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let (case, expert) = accepted(&world, &served).await;
        let body = json!({ "opinion": opinion() });
        let mut other = body.clone();
        other["opinion"]["conclusion"] = json!("Tout autre chose.");

        let without = expert
            .plainly(&case.id, case.version, "sign", &body)
            .await
            .refused(403, "presence_required");
        assert_eq!(
            without.json["prove"],
            format!("/api/v1/cases/{}/presence", case.id)
        );
        let refused = async |proof: &str, body: &Value| {
            let _ = shows(&expert, &case, "sign", body, proof)
                .await
                .refused(403, "presence_required");
        };
        refused("made-up", &body).await;
        let for_body = proof(&expert, &case.id, "sign", &body).await;
        refused(&for_body, &other).await;
        // The same person at another place did not prove it there.
        let elsewhere = served.login("expert.breast").await;
        let _ = shows(&elsewhere, &case, "sign", &body, &for_body)
            .await
            .refused(403, "presence_required");
        world.clock.advance(chrono::Duration::minutes(5));
        refused(&for_body, &body).await;
    }
}

#[actix_web::test]
async fn a_proof_serves_once_and_only_when_something_is_signed() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let (mut case, expert) = accepted(&world, &served).await;
        let body = json!({ "opinion": opinion() });
        let once = proof(&expert, &case.id, "sign", &body).await;
        let version = std::mem::replace(&mut case.version, 1);
        let _ = shows(&expert, &case, "sign", &body, &once)
            .await
            .refused(412, "stale_version");
        case.version = version;
        let signed = shows(&expert, &case, "sign", &body, &once)
            .await
            .expect(200);
        case.version = signed.version();

        let revised = json!({ "reason": "Coquille", "opinion": opinion() });
        let amending = proof(&expert, &case.id, "amend", &revised).await;
        let _ = shows(&expert, &case, "correct", &revised, &amending)
            .await
            .refused(403, "presence_required");
        let again = proof(&expert, &case.id, "correct", &revised).await;
        let corrected = shows(&expert, &case, "correct", &revised, &again)
            .await
            .expect(200);
        case.version = corrected.version();
        let _ = shows(&expert, &case, "correct", &revised, &again)
            .await
            .refused(403, "presence_required");

        let auditor = served.login("auditor").await;
        let traces = auditor.get(&case.path("audit")).await.expect(200);
        let items = traces.json["items"].as_array().expect("a list");
        let proved = items.iter().filter(|one| one["action"] == "prove_presence");
        assert_eq!(proved.count(), 3, "{traces:?}");
    }
}

#[actix_web::test]
async fn a_wrong_password_is_told_beside_its_field_counted_and_on_record() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let (case, expert) = accepted(&world, &served).await;
        for _ in 0..5 {
            let wrong = expert
                .proves(&case.id, "sign", b"{}", "not my password")
                .await
                .refused(422, "invalid_fields");
            let errors = &wrong.json["errors"];
            assert_eq!(errors[0]["pointer"], "/password");
            assert_eq!(errors[0]["code"], "wrong_password");
        }
        let waits = expert.proves(&case.id, "sign", b"{}", PASSWORD).await;
        let _ = waits.refused(429, "too_many_requests");
        let auditor = served.login("auditor").await;
        let traces = auditor.get(&case.path("audit")).await.expect(200);
        let items = traces.json["items"].as_array().expect("a list");
        let refused = items.iter().filter(|one| one["outcome"] == "refused");
        assert_eq!(refused.count(), 5, "{traces:?}");

        world.clock.advance(chrono::Duration::minutes(16));
        let expert = served.login("expert.breast").await;
        let _ = expert
            .proves(&case.id, "accept", b"{}", PASSWORD)
            .await
            .refused(422, "invalid_fields");
    }
}
