//! Declared conflicts of interest: whose cases an expert does not read, kept by themselves and by their coordinator.

use super::*;

async fn id_of(world: &World, login: &str) -> String {
    world
        .actor(&format!("{login}@example.org"))
        .await
        .person
        .to_string()
}

fn name(case: &Case) -> &Value {
    &case.document["expert"]["name"]
}

#[actix_web::test]
async fn an_expert_who_declares_a_conflict_is_given_no_case_of_the_laboratory() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        world.without_limits().await;
        let [submitter, coordinator, breast, second] = [
            served.login("submitter.cayenne").await,
            served.login("coordinator.antilles").await,
            served.login("expert.breast").await,
            served.login("expert.second").await,
        ];
        let path = format!("/networks/{}/recusals", world.antilles);
        let mut case = Case::submitted(&world, &submitter).await;
        assert_eq!(name(&case), "expert breast");
        let own = json!({
            "expert": id_of(&world, "expert.breast").await, "laboratory": world.cayenne, "reason": "own_reports",
        });
        let made = breast.post(&path, &own).await.expect(201).json;
        assert_eq!(made["laboratory"]["id"], json!(world.cayenne));
        assert_eq!(made["withdrawable"], true);
        // What was offered goes on at once, with the reason.
        case.look(&coordinator).await;
        assert_eq!(name(&case), "expert second");
        let offers = case.document["assignments"].as_array().unwrap();
        assert_eq!(offers[0]["reason"], "recused");
        let considered = offers[1]["explanation"]["considered"].to_string();
        assert!(considered.contains("no_declared_conflict"), "{considered}");
        // Neither the next case, nor a pin, nor a coordinator's offer gets round it.
        let _ = breast.post("/me/next-case", &json!({})).await.expect(204);
        let pin = json!({"expert": made["expert"]["id"], "reason": "Connaît le cas"});
        let refused = coordinator
            .command(&case.id, case.version, "pin", &pin)
            .await;
        assert!(
            refused.text.contains("no_declared_conflict"),
            "{}",
            refused.text
        );
        let _ = refused.refused(409, "command_refused");
        let next = Case::submitted(&world, &submitter).await;
        assert_eq!(name(&next), "expert second");

        // The other one is kept out by the coordinator: nobody is left, and the reasons say so.
        let theirs = json!({
            "expert": id_of(&world, "expert.second").await, "laboratory": world.cayenne, "reason": "relation",
            "ends_at": "2027-06-01T00:00:00Z",
        });
        let kept_out = coordinator.post(&path, &theirs).await.expect(201).json;
        case.look(&coordinator).await;
        assert_eq!(case.document["waiting_for"], "candidate");
        let reasons = case.document["unrouted"]["reasons"].to_string();
        assert!(reasons.contains("no_declared_conflict"), "{reasons}");

        // Each sees their own, the coordinator all; who was kept out does not let themselves in again.
        let listed = second.get(&path).await.expect(200).json;
        assert_eq!(listed["items"].as_array().map(Vec::len), Some(1));
        assert_eq!(listed["items"][0]["withdrawable"], false);
        let all = coordinator.get(&path).await.expect(200).json;
        assert_eq!(all["items"].as_array().map(Vec::len), Some(2));
        let of = |made: &Value| format!("{path}/{}", made["id"].as_str().unwrap());
        let _ = second
            .delete(&of(&kept_out))
            .await
            .refused(403, "forbidden");
        let _ = second.delete(&of(&made)).await.refused(404, "not_found");
        let _ = breast.delete(&of(&made)).await.expect(204);
        let _ = breast.delete(&of(&made)).await.refused(404, "not_found");
        let _ = coordinator.delete(&of(&kept_out)).await.expect(204);
        let last = Case::submitted(&world, &submitter).await;
        assert_eq!(name(&last), "expert breast");
    }
}

#[actix_web::test]
async fn what_cannot_be_meant_of_a_conflict_is_named() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let coordinator = served.login("coordinator.antilles").await;
        let breast = served.login("expert.breast").await;
        let path = format!("/networks/{}/recusals", world.antilles);
        let own = id_of(&world, "expert.breast").await;
        let declare = |expert: &str, laboratory: &str, more: Value| {
            let mut body = json!({"expert": expert, "laboratory": laboratory, "reason": "dispute"});
            for (key, value) in more.as_object().unwrap() {
                body[key] = value.clone();
            }
            body
        };
        let cayenne = world.cayenne.to_string();
        let later = json!({"starts_at": "2027-03-01T00:00:00Z", "ends_at": "2027-04-01T00:00:00Z"});
        let _ = breast
            .post(&path, &declare(&own, &cayenne, later))
            .await
            .expect(201);
        let colleague = id_of(&world, "expert.second").await;
        let elsewhere = id_of(&world, "expert.pacific").await;
        for (caller, body, pointer) in [
            (&breast, declare(&colleague, &cayenne, json!({})), "/expert"),
            (
                &coordinator,
                declare(&elsewhere, &cayenne, json!({})),
                "/expert",
            ),
            (&breast, declare(&own, &own, json!({})), "/laboratory"),
            (&breast, declare(&own, &cayenne, json!({})), "/laboratory"),
            (
                &coordinator,
                declare(&own, &cayenne, json!({"ends_at": "2026-01-01T00:00:00Z"})),
                "/ends_at",
            ),
        ] {
            let refused = caller.post(&path, &body).await;
            assert_eq!(refused.json["errors"][0]["pointer"], pointer, "{body}");
            let _ = refused.refused(422, "invalid_fields");
        }
        // One that begins later leaves what is sent before.
        let submitter = served.login("submitter.cayenne").await;
        let case = Case::submitted(&world, &submitter).await;
        assert_eq!(name(&case), "expert breast");
    }
}

#[actix_web::test]
async fn who_gave_a_case_back_for_a_conflict_is_not_asked_again() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let [submitter, coordinator, breast] = [
            served.login("submitter.cayenne").await,
            served.login("coordinator.antilles").await,
            served.login("expert.breast").await,
        ];
        let mut case = Case::submitted(&world, &submitter).await;
        case.look(&breast).await;
        let decline =
            json!({"reason": "conflict_of_interest", "comment": "Mon premier compte rendu"});
        case.gives(&breast, "decline", &decline).await;
        case.look(&coordinator).await;
        assert_eq!(name(&case), "expert second");
        let offer = json!({"expert": id_of(&world, "expert.breast").await, "reason": "Revoir"});
        // Another reason leaves a coordinator their judgement; this one does not, in whatever cycle.
        world
            .alter("UPDATE assignments SET cycle = 0 WHERE state = 'declined'")
            .await;
        let refused = coordinator
            .command(&case.id, case.version, "pin", &offer)
            .await;
        assert!(
            refused.text.contains("no_declared_conflict"),
            "{}",
            refused.text
        );
        let _ = refused.refused(409, "command_refused");
        let second = served.login("expert.second").await;
        case.look(&second).await;
        case.gives(&second, "decline", &json!({"reason": "overloaded"}))
            .await;
        case.look(&coordinator).await;
        assert_eq!(case.document["waiting_for"], "candidate");
        let reasons = case.document["unrouted"]["reasons"].to_string();
        assert!(reasons.contains("no_declared_conflict"), "{reasons}");
        let _ = breast.post("/me/next-case", &json!({})).await.expect(204);
    }
}
