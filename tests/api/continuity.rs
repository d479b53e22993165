//! Where a network goes by it, whoever answered for a patient before gets the next case of the same accession number.

use super::*;

/// A case of Cayenne under an accession number, as it was offered: to whom, and for which reason.
async fn offered(
    world: &World,
    submitter: &Caller,
    coordinator: &Caller,
    number: &str,
) -> (Value, Value) {
    let mut content = content(world);
    content["patient"]["accession_number"] = number.into();
    let body = json!({"laboratory": world.cayenne, "content": content});
    let mut case = Case::created_from(submitter, &body).await;
    case.gives(submitter, "submit", &json!({})).await;
    case.look(coordinator).await;
    let offer = &case.document["assignments"][0];
    (
        offer["expert"]["name"].clone(),
        offer["explanation"]["reason"].clone(),
    )
}

#[actix_web::test]
async fn the_same_accession_number_goes_to_the_same_expert_where_the_network_wants_it() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        world.without_limits().await;
        let [submitter, coordinator] = [
            served.login("submitter.cayenne").await,
            served.login("coordinator.antilles").await,
        ];
        let second = world.actor("expert.second@example.org").await.person;
        let sent = async |number: &str| offered(&world, &submitter, &coordinator, number).await;
        let all_to_second = async || {
            for table in ["assignments", "cases"] {
                let moved = format!(
                    "UPDATE {table} SET expert_id = '{second}' WHERE expert_id IS NOT NULL"
                );
                world.alter(moved).await;
            }
        };
        let _ = sent("26H00900").await;
        all_to_second().await;
        let (expert, _) = sent("26-H-00900").await;
        assert_eq!(expert, "expert breast", "nobody goes by it yet");
        all_to_second().await;

        let path = format!("/networks/{}/choice", world.antilles);
        let before = coordinator.get(&path).await.expect(200);
        assert_eq!(before.json["same_expert"], false);
        let weights = json!({"margin": 0.1, "band": 0.15, "same_expert": true});
        let set = coordinator.put(&path, 0, &weights).await.expect(200);
        assert_eq!(set.json["same_expert"], true);
        let known = sent("26 h 00900").await;
        assert_eq!(known, (json!("expert second"), json!("same_expert")));
        let (expert, reason) = sent("26H00901").await;
        assert_eq!(expert, "expert breast");
        assert_ne!(reason, "same_expert");

        // Who is away is not waited for.
        world.away("expert.second").await;
        let (expert, _) = sent("26H00900").await;
        assert_eq!(expert, "expert breast");
    }
}

#[actix_web::test]
async fn a_submitter_names_the_case_that_theirs_goes_on_from() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        world.without_limits().await;
        let [submitter, coordinator, second] = [
            served.login("submitter.cayenne").await,
            served.login("coordinator.antilles").await,
            served.login("expert.second").await,
        ];
        let first = Case::submitted(&world, &submitter).await;
        let reference = first.document["reference"].as_str().unwrap().to_owned();
        let held = world.actor("expert.second@example.org").await.person;
        for table in ["assignments", "cases"] {
            let moved =
                format!("UPDATE {table} SET expert_id = '{held}' WHERE expert_id IS NOT NULL");
            world.alter(moved).await;
        }
        let named = async |follows: &str| {
            let mut content = content(&world);
            content["patient"]["accession_number"] = "26H77001".into();
            content["follows"] = follows.into();
            json!({"laboratory": world.cayenne, "content": content})
        };
        // What is no reference, and what is no case of the laboratory, is told at its field.
        for (wrong, code) in [
            ("REL-2026-000001-0", "malformed"),
            ("26H77001", "malformed"),
            ("REL-2026-999999-5", "unknown_code"),
        ] {
            let refused = submitter.post("/cases", &named(wrong).await).await;
            let error = &refused.json["errors"][0];
            assert_eq!(error["pointer"], "/content/follows", "{wrong}");
            assert_eq!(error["code"], code, "{wrong}");
            let _ = refused.refused(422, "invalid_fields");
        }
        let foreign = served.login("submitter.martinique").await;
        let mut body = named(&reference).await;
        body["laboratory"] = json!(world.fort_de_france);
        body["content"]["specimens"] = json!([]);
        let refused = foreign.post("/cases", &body).await;
        assert_eq!(refused.json["errors"][0]["pointer"], "/content/follows");
        let _ = refused.refused(422, "invalid_fields");

        // The network need not go by accession numbers: this was meant.
        let mut case = Case::created_from(&submitter, &named(&reference).await).await;
        case.gives(&submitter, "submit", &json!({})).await;
        case.look(&coordinator).await;
        assert_eq!(case.document["follows"], json!(reference));
        assert_eq!(case.document["expert"]["name"], "expert second");
        let offer = &case.document["assignments"][0];
        assert_eq!(offer["explanation"]["reason"], "same_expert");
        // Nobody else is given it while there is time, and it goes on when who knows it gives it back.
        let breast = served.login("expert.breast").await;
        let next = breast.post("/me/next-case", &json!({})).await.expect(200);
        assert_eq!(next.json["case"], first.id, "the one that names none");
        let passed_over = json!([{"rule": "same_expert", "cases": 1}]);
        assert_eq!(next.json["passed_over"], passed_over);
        case.look(&second).await;
        case.gives(&second, "decline", &json!({"reason": "overloaded"}))
            .await;
        case.look(&coordinator).await;
        assert_eq!(case.document["expert"]["name"], "expert breast");
    }
}

#[actix_web::test]
async fn a_coordinator_names_the_case_that_another_goes_on_from() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        world.without_limits().await;
        let [submitter, coordinator, second] = [
            served.login("submitter.cayenne").await,
            served.login("coordinator.antilles").await,
            served.login("expert.second").await,
        ];
        let first = Case::submitted(&world, &submitter).await;
        let reference = first.document["reference"].as_str().unwrap().to_owned();
        let held = world.actor("expert.second@example.org").await.person;
        for table in ["assignments", "cases"] {
            let moved =
                format!("UPDATE {table} SET expert_id = '{held}' WHERE expert_id IS NOT NULL");
            world.alter(moved).await;
        }
        let mut content = content(&world);
        content["patient"]["accession_number"] = "26H77002".into();
        let body = json!({"laboratory": world.cayenne, "content": content});
        let mut case = Case::created_from(&submitter, &body).await;
        case.gives(&submitter, "submit", &json!({})).await;
        case.look(&coordinator).await;
        assert_eq!(case.document["expert"]["name"], "expert breast");
        assert!(case.document.get("follows").is_none());

        // What is no reference, no case of the laboratory, or the case itself, is told at its field.
        let own = case.document["reference"].clone();
        for (wrong, code) in [
            (json!("REL-2026-000001-0"), "malformed"),
            (json!("REL-2026-999999-5"), "unknown_code"),
            (own, "unknown_code"),
        ] {
            let body = json!({"follows": wrong, "reason": "Même patiente"});
            let refused = coordinator.command(&case.id, case.version, "name_earlier", &body);
            let refused = refused.await.refused(422, "invalid_fields");
            assert_eq!(refused.json["errors"][0]["pointer"], "/follows", "{wrong}");
            assert_eq!(refused.json["errors"][0]["code"], code, "{wrong}");
        }
        let silent = json!({"follows": reference, "reason": " "});
        let refused = coordinator.command(&case.id, case.version, "name_earlier", &silent);
        let refused = refused.await.refused(422, "invalid_fields");
        assert_eq!(refused.json["errors"][0]["pointer"], "/reason");

        // The offer moves at once to who knows the earlier one, and the timeline says what was named.
        let named = json!({"follows": reference, "reason": "Même patiente"});
        case.gives(&coordinator, "name_earlier", &named).await;
        assert_eq!(case.document["follows"], json!(reference));
        assert_eq!(case.document["follows_named_by"], "coordinator");
        assert_eq!(case.document["expert"]["name"], "expert second");
        let offers = case.document["assignments"].as_array().unwrap();
        assert_eq!(offers[0]["reason"], "earlier");
        assert_eq!(offers[1]["explanation"]["reason"], "same_expert");
        let told = submitter.get(&case.path("timeline")).await.expect(200);
        let events = told.json["items"].as_array().unwrap();
        let event = events.iter().find(|one| one["command"] == "name_earlier");
        let facts = json!({"follows": reference, "words": "Même patiente"});
        assert_eq!(event.expect("on record")["facts"], facts);

        // Named again, it stays where it is; taken back, too.
        case.gives(&coordinator, "name_earlier", &named).await;
        assert_eq!(case.document["expert"]["name"], "expert second");
        let back = json!({"reason": "Erreur d’étiquette"});
        case.gives(&coordinator, "name_earlier", &back).await;
        assert!(case.document.get("follows").is_none());
        assert_eq!(case.document["expert"]["name"], "expert second");

        // Read, it is named no more.
        case.look(&second).await;
        case.gives(&second, "accept", &json!({})).await;
        let late = coordinator.command(&case.id, case.version, "name_earlier", &named);
        let _ = late.await.refused(409, "command_refused");
    }
}

#[actix_web::test]
async fn a_conflict_about_an_earlier_case_is_one_about_what_goes_on_from_it() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        world.without_limits().await;
        let [submitter, coordinator, breast] = [
            served.login("submitter.cayenne").await,
            served.login("coordinator.antilles").await,
            served.login("expert.breast").await,
        ];
        let mut first = Case::submitted(&world, &submitter).await;
        let reference = first.document["reference"].clone();
        assert_eq!(first.document["expert"]["name"], "expert breast");
        let conflict = json!({"reason": "conflict_of_interest", "comment": "Mon compte rendu"});
        first.look(&breast).await;
        first.gives(&breast, "decline", &conflict).await;
        let mut content = content(&world);
        content["patient"]["accession_number"] = "26H77003".into();
        let body = json!({"laboratory": world.cayenne, "content": content.clone()});
        let mut case = Case::created_from(&submitter, &body).await;
        case.gives(&submitter, "submit", &json!({})).await;
        case.look(&coordinator).await;
        // Whoever it is offered to: with the first, it may not be.
        let named = json!({"follows": reference, "reason": "Même patiente"});
        case.gives(&coordinator, "name_earlier", &named).await;
        assert_eq!(case.document["expert"]["name"], "expert second");
        let id = world.actor("expert.breast@example.org").await.person;
        let pin = json!({"expert": id, "reason": "Connaît le cas"});
        let refused = coordinator
            .command(&case.id, case.version, "pin", &pin)
            .await;
        assert!(
            refused.text.contains("no_declared_conflict"),
            "{}",
            refused.text
        );
        let _ = refused.refused(409, "command_refused");
        // The submitter's word counts as much, for who takes the next case too.
        content["patient"]["accession_number"] = "26H77004".into();
        content["follows"] = reference.clone();
        let body = json!({"laboratory": world.cayenne, "content": content});
        let mut next = Case::created_from(&submitter, &body).await;
        next.gives(&submitter, "submit", &json!({})).await;
        next.look(&coordinator).await;
        assert_eq!(next.document["expert"]["name"], "expert second");
        let _ = breast.post("/me/next-case", &json!({})).await.expect(204);
    }
}
