//! The next case of an expert: their own, then what waits for others, then nothing; claimed by asking.

use super::*;

/// What the exchange has to give.
async fn asks(expert: &Caller) -> Value {
    expert
        .post("/me/next-case", &json!({}))
        .await
        .expect(200)
        .json
}

async fn finds_nothing(expert: &Caller) {
    let _ = expert.post("/me/next-case", &json!({})).await.expect(204);
}

fn skipping(case: &Case, reason: &str) -> Value {
    json!({"skip": {"case": case.id, "reason": reason}})
}

async fn timeline(caller: &Caller, case: &Case) -> Vec<Value> {
    let timeline = caller.get(&case.path("timeline")).await.expect(200);
    timeline.json["items"].as_array().expect("a list").clone()
}

#[actix_web::test]
async fn an_expert_reads_their_own_queue_by_due_time_and_is_told_when_nothing_waits() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let submitter = served.login("submitter.cayenne").await;
        let expert = served.login("expert.breast").await;
        finds_nothing(&expert).await;
        // The other one reads no breast: both cases are this expert's.
        world
            .alter(
                "UPDATE expert_profiles SET other_subspecialties = '[]' \
                 WHERE person_id = (SELECT id FROM people WHERE login = 'expert.second@example.org')",
            )
            .await;
        let routine = Case::submitted(&world, &submitter).await;
        let mut content = content(&world);
        content["urgency"] = json!("urgent");
        content["urgency_reason"] = json!("Chirurgie demain");
        let body = json!({"laboratory": world.cayenne, "content": content});
        let mut urgent = Case::created_from(&submitter, &body).await;
        urgent.gives(&submitter, "submit", &json!({})).await;
        for _ in 0..2 {
            let next = asks(&expert).await;
            assert_eq!(next["case"], urgent.id, "the same until it is answered");
        }
        urgent.look(&expert).await;
        assert_eq!(urgent.document["state"], "accepted");
        let sign = json!({"opinion": opinion()});
        urgent.gives(&expert, "sign", &sign).await;
        let next = asks(&expert).await;
        assert_eq!(next["case"], routine.id);
        let mut routine = routine;
        routine.look(&expert).await;
        assert_eq!(next["version"], routine.version);
        // While its submitter owes an answer, there is nothing to read in it.
        let question = json!({"kind": "clinical_data", "question": "Traitement antérieur ?"});
        routine
            .gives(&expert, "request_information", &question)
            .await;
        finds_nothing(&expert).await;
    }
}

#[actix_web::test]
async fn an_idle_expert_is_given_what_waits_for_another_who_is_told() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let submitter = served.login("submitter.cayenne").await;
        let [holder, idle] = [
            served.login("expert.breast").await,
            served.login("expert.second").await,
        ];
        let mut case = Case::submitted(&world, &submitter).await;
        assert_eq!(case.document["expert"]["name"], "expert breast");

        let next = asks(&idle).await;
        assert_eq!(
            (&next["case"], &next["why"]),
            (&json!(case.id), &json!("idle_steal"))
        );
        case.look(&idle).await;
        assert_eq!(case.document["state"], "accepted");
        let _ = holder.get(&case.path("")).await.refused(404, "not_found");
        finds_nothing(&holder).await;
        let told = crate::journey::mails(&world).await;
        let last = told.last().expect("a mail");
        assert_eq!(
            (last.kind.to_string(), last.to),
            (
                "case_left".to_owned(),
                world.actor("expert.breast@example.org").await.person
            )
        );

        let coordinator = served.login("coordinator.antilles").await;
        let entries = timeline(&coordinator, &case).await;
        let claim = entries.last().expect("an event");
        assert_eq!(
            (&claim["command"], &claim["facts"]["why"]),
            (&json!("claim"), &json!("idle_steal"))
        );
        assert_eq!(claim["actor"]["name"], "expert second");
        let auditor = served.login("auditor").await;
        let audit = auditor.get(&case.path("audit")).await.expect(200);
        let entries = audit.json["items"].as_array().expect("a list");
        assert!(entries.iter().any(|entry| entry["action"] == "claim"));

        // What goes back is nobody's fault: the first one may have it again.
        let decline = json!({"reason": "overloaded"});
        case.gives(&idle, "decline", &decline).await;
        assert_eq!(asks(&holder).await["case"], case.id);
    }
}

#[actix_web::test]
async fn a_case_without_an_expert_goes_to_who_asks() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        world
            .alter("UPDATE expert_profiles SET capacity_per_day = 0")
            .await;
        let submitter = served.login("submitter.cayenne").await;
        let mut case = Case::submitted(&world, &submitter).await;
        assert_eq!(case.document["waiting_for"], "candidate");
        finds_nothing(&served.login("expert.pacific").await).await;
        let expert = served.login("expert.second").await;
        assert_eq!(asks(&expert).await["why"], "unrouted");
        case.look(&expert).await;
        assert_eq!(case.document["state"], "accepted");
    }
}

#[actix_web::test]
async fn a_skipped_case_has_a_reason_and_does_not_come_back() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let submitter = served.login("submitter.cayenne").await;
        let expert = served.login("expert.breast").await;
        let case = Case::submitted(&world, &submitter).await;
        assert_eq!(asks(&expert).await["case"], case.id);

        let unexplained = json!({"skip": {"case": case.id}});
        let _ = expert
            .post("/me/next-case", &unexplained)
            .await
            .refused(422, "invalid_fields");
        let long = json!({"skip": {"case": case.id, "reason": "overloaded", "comment": "\u{7}"}});
        let refused = expert.post("/me/next-case", &long).await;
        assert_eq!(refused.json["errors"][0]["pointer"], "/skip/comment");
        let _ = refused.refused(422, "invalid_fields");

        // The second time the answer to the first was lost on the way.
        for _ in 0..2 {
            let skip = skipping(&case, "conflict_of_interest");
            let _ = expert.post("/me/next-case", &skip).await.expect(204);
        }
        finds_nothing(&expert).await;
        let entries = timeline(&submitter, &case).await;
        let commands: Vec<&str> = entries
            .iter()
            .filter_map(|entry| entry["command"].as_str())
            .collect();
        assert_eq!(
            commands,
            [
                "save_draft",
                "submit",
                "offer",
                "accept",
                "decline",
                "offer"
            ]
        );
        let reason = &entries[4]["facts"]["reason"];
        assert_eq!(reason, "conflict_of_interest");

        let other = served.login("expert.pacific").await;
        let theirs = other
            .post("/me/next-case", &skipping(&case, "overloaded"))
            .await;
        let _ = theirs.refused(404, "not_found");
        let nobody = submitter.post("/me/next-case", &json!({})).await;
        let _ = nobody.refused(403, "forbidden");
    }
}

#[actix_web::test]
async fn what_waits_for_who_goes_away_goes_on_at_once() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let submitter = served.login("submitter.cayenne").await;
        let expert = served.login("expert.breast").await;
        let mut read = Case::submitted(&world, &submitter).await;
        read.gives(&expert, "accept", &json!({})).await;
        let mut waiting = Case::submitted(&world, &submitter).await;
        if waiting.document["expert"]["name"] != "expert breast" {
            let second = served.login("expert.second").await;
            let decline = json!({"reason": "overloaded"});
            waiting.gives(&second, "decline", &decline).await;
            waiting.look(&submitter).await;
        }
        assert_eq!(waiting.document["expert"]["name"], "expert breast");

        // Half an hour later leaves time to answer; a week from now on does not.
        let away = |from: &str, to: &str| json!({"starts_at": from, "ends_at": to});
        let lunch = away("2026-11-23T15:00:00Z", "2026-11-23T15:30:00Z");
        let _ = expert.post("/me/absences", &lunch).await.expect(201);
        waiting.look(&submitter).await;
        assert_eq!(waiting.document["expert"]["name"], "expert breast");
        let week = away("2026-11-23T13:00:00Z", "2026-11-30T13:00:00Z");
        let _ = expert.post("/me/absences", &week).await.expect(201);
        let entries = timeline(&submitter, &waiting).await;
        let moved = entries
            .iter()
            .find(|entry| entry["command"] == "move")
            .expect("it went on");
        assert_eq!(moved["facts"]["why"], "absence");
        let _ = expert
            .get(&waiting.path(""))
            .await
            .refused(404, "not_found");
        read.look(&expert).await;
        assert_eq!(read.document["state"], "accepted", "what is read stays");
    }
}

#[actix_web::test]
async fn an_agreement_lets_an_expert_take_what_another_network_cannot_place() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        world
            .alter("UPDATE expert_profiles SET capacity_per_day = 0")
            .await;
        let submitter = served.login("submitter.noumea").await;
        let mut content = content(&world);
        content["specimens"][0]["blocks"][0]["slides"][0]["source"] =
            json!(source_of_noumea(&world).await);
        let body = json!({"laboratory": world.noumea, "content": content});
        let mut case = Case::created_from(&submitter, &body).await;
        case.gives(&submitter, "submit", &json!({})).await;
        let coordinator = served.login("coordinator.pacific").await;
        let expert = served.login("expert.breast").await;
        finds_nothing(&expert).await;
        case.look(&coordinator).await;
        case.gives(&coordinator, "triage", &json!({})).await;
        assert_eq!(case.document["waiting_for"], "candidate");

        // An agreement that has ended opens nothing.
        world
            .alter("UPDATE agreements SET valid_until = '2026-11-22'")
            .await;
        finds_nothing(&expert).await;
        world
            .alter("UPDATE agreements SET valid_until = NULL")
            .await;
        let given = asks(&expert).await;
        assert_eq!(
            (&given["case"], &given["why"]),
            (&json!(case.id), &json!("unrouted"))
        );
        case.look(&coordinator).await;
        assert_eq!(
            case.document["network"]["id"],
            json!(world.pacific),
            "it stays their case"
        );
        let entries = timeline(&coordinator, &case).await;
        let claim = entries.last().expect("an event");
        assert_eq!(claim["command"], "claim");
        assert!(claim["facts"]["agreement"].is_string(), "{claim}");
    }
}
