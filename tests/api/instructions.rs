//! What a coordinator decides about who reads a case: routing, the next case and the page of the case keep to it.

use super::*;

async fn expert_id(world: &World, login: &str) -> Value {
    json!(world.actor(&format!("{login}@example.org")).await.person)
}

fn name(case: &Case) -> &Value {
    &case.document["expert"]["name"]
}

#[actix_web::test]
async fn a_case_that_is_kept_for_an_expert_goes_to_nobody_else() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let [submitter, coordinator, breast, second] = [
            served.login("submitter.cayenne").await,
            served.login("coordinator.antilles").await,
            served.login("expert.breast").await,
            served.login("expert.second").await,
        ];
        // Kept for somebody, a case goes beyond what they take in a day.
        world
            .alter("UPDATE expert_profiles SET capacity_per_day = 1")
            .await;
        let first = Case::submitted(&world, &submitter).await;
        assert_eq!(name(&first), "expert breast");
        let mut case = Case::submitted(&world, &submitter).await;
        assert_eq!(name(&case), "expert second");
        case.look(&coordinator).await;
        let kept = json!({"expert": expert_id(&world, "expert.breast").await, "reason": "Suit la patiente"});
        case.gives(&coordinator, "pin", &kept).await;
        assert_eq!(name(&case), "expert breast");
        let instruction = &case.document["instructions"][0];
        assert_eq!(
            (
                &instruction["kind"],
                &instruction["reason"],
                &instruction["given_by"]["name"]
            ),
            (
                &json!("pin"),
                &json!("Suit la patiente"),
                &json!("coordinator antilles")
            )
        );
        let _ = second.get(&case.path("")).await.refused(404, "not_found");
        // An idle expert is given the other one, and then nothing.
        let next = second.post("/me/next-case", &json!({})).await.expect(200);
        assert_eq!(next.json["case"], first.id);
        let decline = json!({"skip": {"case": first.id, "reason": "overloaded"}});
        let _ = second.post("/me/next-case", &decline).await.expect(204);

        let timeline = submitter.get(&case.path("timeline")).await.expect(200);
        assert!(
            !timeline.text.contains("Suit la patiente"),
            "for coordinators"
        );
        case.look(&submitter).await;
        assert!(case.document.get("instructions").is_none());

        // Given back, it waits for the coordinator, with the reasons.
        case.look(&breast).await;
        case.gives(&breast, "decline", &json!({"reason": "needs_glass"}))
            .await;
        case.look(&coordinator).await;
        assert_eq!(case.document["waiting_for"], "candidate");
        let reasons = case.document["unrouted"]["reasons"].to_string();
        assert!(reasons.contains("not_pinned"), "{reasons}");
        let lift = json!({"expert": expert_id(&world, "expert.breast").await});
        case.gives(&coordinator, "lift", &lift).await;
        assert_eq!(name(&case), "expert second", "it is routed again");
        let again = coordinator
            .command(&case.id, case.version, "lift", &lift)
            .await;
        assert_eq!(again.json["errors"][0]["pointer"], "/expert");
        let _ = again.refused(422, "invalid_fields");
    }
}

#[actix_web::test]
async fn an_excluded_expert_is_never_given_the_case() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let [submitter, coordinator, breast] = [
            served.login("submitter.cayenne").await,
            served.login("coordinator.antilles").await,
            served.login("expert.breast").await,
        ];
        let mut case = Case::submitted(&world, &submitter).await;
        assert_eq!(name(&case), "expert breast");
        case.look(&coordinator).await;
        let [breast_id, pacific_id] = [
            expert_id(&world, "expert.breast").await,
            expert_id(&world, "expert.pacific").await,
        ];
        let exclude = json!({"expert": breast_id, "reason": "Conflit d’intérêts"});
        case.gives(&coordinator, "exclude", &exclude).await;
        assert_eq!(name(&case), "expert second");
        assert_eq!(case.document["instructions"][0]["kind"], "exclude");
        let _ = breast.post("/me/next-case", &json!({})).await.expect(204);
        let offered = case.document["assignments"]
            .as_array()
            .unwrap()
            .last()
            .unwrap();
        let against = offered["explanation"]["considered"].to_string();
        assert!(against.contains("not_excluded"), "{against}");

        let elsewhere = json!({"expert": pacific_id, "reason": "Ailleurs"});
        for command in ["pin", "exclude"] {
            let refused = coordinator
                .command(&case.id, case.version, command, &elsewhere)
                .await;
            assert_eq!(refused.json["errors"][0]["pointer"], "/expert", "{command}");
            let _ = refused.refused(422, "invalid_fields");
        }
        // A pin is a decision too: the last one counts.
        let pin = json!({"expert": breast_id, "reason": "Vérifié : aucun conflit"});
        case.gives(&coordinator, "pin", &pin).await;
        assert_eq!(name(&case), "expert breast");
        world
            .alter("INSERT INTO absences SELECT id, id, 0, 9000000000000000 FROM people WHERE login = 'expert.second@example.org'")
            .await;
        let away = json!({"expert": expert_id(&world, "expert.second").await, "reason": "Absent"});
        let refused = coordinator
            .command(&case.id, case.version, "pin", &away)
            .await;
        assert_eq!(refused.json["guard"], "expert_eligible");
        assert_eq!(
            refused.json["rules"],
            json!(["not_absent", "has_working_time"])
        );
        let _ = refused.refused(409, "command_refused");
    }
}
