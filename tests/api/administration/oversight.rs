//! Messages and the audit.

use super::*;

#[actix_web::test]
async fn messages_are_found_by_recipient_and_state_and_tell_nothing_of_their_case() {
    for database in databases() {
        let world = World::on(database.url()).await;
        keeper_of_antilles(&world).await;
        let served = Served::start(&world);
        let [administrator, submitter, keeper] = [
            served.login("administrator").await,
            served.login("submitter.cayenne").await,
            served.login("coordinator.antilles").await,
        ];
        let case = Case::submitted(&world, &submitter).await;
        let reference = case.document["reference"].as_str().expect("a reference");
        let messages = "/administration/messages";
        let all = administrator.get(messages).await.expect(200);
        let told = [reference, case.id.as_str(), "lobulaire", "26H00123"];
        assert!(
            told.iter().all(|word| !all.text.contains(word)),
            "{}",
            all.text
        );
        let to_expert = administrator
            .get(&format!("{messages}?q=EXPERT%20breast"))
            .await
            .expect(200);
        let items = to_expert.json["items"].as_array().expect("messages");
        assert!(!items.is_empty() && items.iter().all(|one| one["to"]["name"] == "expert breast"));
        assert_eq!(items[0]["kind"], "offer");
        let nobody = administrator
            .get(&format!("{messages}?q=nobody"))
            .await
            .expect(200);
        assert_eq!(nobody.json["items"], json!([]));
        let dead = administrator
            .get(&format!("{messages}?state=dead"))
            .await
            .expect(200);
        assert_eq!(dead.json["items"], json!([]));

        world
            .alter("UPDATE outbox SET state = 'dead', last_error = 'no answer', finished_at = created_at WHERE topic = 'mail'")
            .await;
        let dead = administrator
            .get(&format!("{messages}?state=dead&state=leased"))
            .await
            .expect(200);
        let letter = &dead.json["items"][0];
        assert_eq!(
            (&letter["state"], &letter["last_error"]),
            (&json!("dead"), &json!("no answer"))
        );
        assert!(
            dead.json["counts"]
                .as_array()
                .expect("counts")
                .iter()
                .any(|one| one["state"] == "dead")
        );
        let id = letter["id"].as_str().expect("an identifier");
        let retry = format!("/outbox/dead-letters/{id}/retry");
        let _ = keeper
            .post(&retry, &Value::Null)
            .await
            .refused(403, "forbidden");
        let _ = administrator.post(&retry, &Value::Null).await.expect(204);
        assert_eq!(acts_on(&world, id).await, ["retry_message"]);

        // Who keeps a network sees the mails to its people, and nothing else.
        let pacific = served.login("submitter.noumea").await;
        let mut foreign = content(&world);
        foreign["specimens"][0]["blocks"][0]["slides"][0]["source"] =
            json!(source_of_noumea(&world).await);
        let foreign = json!({"laboratory": world.noumea, "content": foreign});
        let mut elsewhere = Case::created_from(&pacific, &foreign).await;
        elsewhere.gives(&pacific, "submit", &json!({})).await;
        let own = keeper.get(messages).await.expect(200);
        assert!(
            !own.text.contains(&elsewhere.id) && !own.text.contains(reference),
            "{}",
            own.text
        );
        let items = own.json["items"].as_array().expect("messages");
        assert!(!items.is_empty() && items.iter().all(|one| one["topic"] == "mail"));
        let people: Vec<&str> = items
            .iter()
            .filter_map(|one| one["to"]["name"].as_str())
            .collect();
        assert!(
            people.contains(&"expert breast") && !people.contains(&"coordinator pacific"),
            "{people:?}"
        );
        assert_eq!(own.json["counts"], json!([]));
        for (words, count) in [("coordinator%20pacific", 0), ("expert%20breast", 1)] {
            let found = keeper
                .get(&format!("{messages}?q={words}"))
                .await
                .expect(200);
            assert_eq!(
                found.json["items"].as_array().map(Vec::len),
                Some(count),
                "{words}"
            );
        }
        let _ = submitter.get(messages).await.refused(403, "forbidden");
        for stranger in [&submitter, &keeper] {
            let _ = stranger
                .get("/outbox/dead-letters")
                .await
                .refused(403, "forbidden");
        }
        let _ = administrator
            .get(&format!("{messages}?cursor=x"))
            .await
            .refused(400, "bad_cursor");
        let bad = administrator.get(&format!("{messages}?state=lost")).await;
        let _ = bad.refused(400, "malformed_query");
    }
}

#[actix_web::test]
async fn messages_come_a_page_at_a_time() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let [administrator, submitter] = [
            served.login("administrator").await,
            served.login("submitter.cayenne").await,
        ];
        world.without_limits().await;
        let mut all = 0;
        while all <= 50 {
            let _ = Case::submitted(&world, &submitter).await;
            let first = administrator
                .get("/administration/messages")
                .await
                .expect(200);
            let counts = first.json["counts"].as_array().expect("counts").iter();
            all = counts
                .map(|one| one["messages"].as_i64().expect("a number"))
                .sum();
        }
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = administrator
                .get(&format!("/administration/messages{cursor}"))
                .await
                .expect(200);
            let items = page.json["items"].as_array().expect("messages").iter();
            seen.extend(items.map(|one| one["id"].as_str().expect("an identifier").to_owned()));
            let Some(next) = page.json["next"].as_str() else {
                break;
            };
            cursor = format!("?cursor={next}");
        }
        assert_eq!(seen.len(), usize::try_from(all).expect("a number"));
        assert!(
            seen.is_sorted_by(|a, b| a > b),
            "the latest first, each once"
        );
    }
}

#[actix_web::test]
async fn the_audit_is_searched_by_person_case_act_and_period_and_remembers_it() {
    for database in databases() {
        let world = World::on(database.url()).await;
        keeper_of_antilles(&world).await;
        let served = Served::start(&world);
        let [auditor, administrator, submitter, keeper] = [
            served.login("auditor").await,
            served.login("administrator").await,
            served.login("submitter.cayenne").await,
            served.login("coordinator.antilles").await,
        ];
        let mut case = Case::submitted(&world, &submitter).await;
        let other = Case::submitted(&world, &submitter).await;
        let expert = served.login("expert.breast").await;
        case.look(&expert).await;
        let reference = case.document["reference"]
            .as_str()
            .expect("a reference")
            .to_owned();
        let zoe = id_of(&world, "submitter.cayenne").await;
        let person = administrator
            .get(&format!("/administration/people/{zoe}"))
            .await
            .expect(200);
        let renewed = format!("/administration/people/{zoe}/password");
        let _ = administrator.post(&renewed, &Value::Null).await.expect(200);

        let found = auditor
            .get(&format!("/audit?case={reference}"))
            .await
            .expect(200);
        let items = found.json["items"].as_array().expect("traces").clone();
        assert!(items.iter().all(|one| one["case"] == reference.as_str()));
        let acts: Vec<&str> = items
            .iter()
            .map(|one| one["action"].as_str().expect("an act"))
            .collect();
        assert!(
            acts.contains(&"submit") && acts.contains(&"read_case"),
            "{acts:?}"
        );
        let told = ["lobulaire", "26H00123", other.id.as_str(), "canalaire"];
        assert!(
            told.iter().all(|word| !found.text.contains(word)),
            "{}",
            found.text
        );

        let by = auditor
            .get("/audit?q=expert%20breast&action=read_case")
            .await
            .expect(200);
        let by = by.json["items"].as_array().expect("traces");
        assert!(
            !by.is_empty()
                && by
                    .iter()
                    .all(|one| one["person"]["name"] == "expert breast")
        );
        let later = auditor
            .get("/audit?from=2027-01-01T00:00:00Z")
            .await
            .expect(200);
        assert_eq!(later.json["items"], json!([]));
        let before = auditor
            .get("/audit?to=2026-11-23T12:59:00Z")
            .await
            .expect(200);
        assert_eq!(before.json["items"], json!([]));
        let nobody = auditor.get("/audit?q=nobody%20at%20all").await.expect(200);
        assert_eq!(nobody.json["items"], json!([]));
        let unknown = auditor
            .get("/audit?case=REL-2026-999999-9")
            .await
            .expect(200);
        assert_eq!(unknown.json["items"], json!([]));

        // Administrators see what was done in administering, and no trace of a case.
        let seen = administrator.get("/audit").await.expect(200);
        let seen = seen.json["items"].as_array().expect("traces");
        assert!(seen.iter().all(|one| one.get("case").is_none()), "{seen:?}");
        let renewal = seen
            .iter()
            .find(|one| one["action"] == "renew_password")
            .expect("the act");
        assert_eq!(renewal["subject_name"], person.json["name"]);
        let _ = administrator
            .get(&format!("/audit?case={reference}"))
            .await
            .refused(403, "forbidden");
        let _ = expert.get("/audit").await.refused(403, "forbidden");

        // Who keeps a network sees what its people do and what is done there, and neither cases nor who looks into whom.
        let _ = keeper
            .get(&format!("/audit?case={reference}"))
            .await
            .refused(403, "forbidden");
        let pacific = id_of(&world, "submitter.noumea").await;
        let elsewhere = format!("/administration/people/{pacific}/password");
        let _ = administrator
            .post(&elsewhere, &Value::Null)
            .await
            .expect(200);
        let _ = served.login("expert.pacific").await;
        let _ = auditor
            .get(&format!("/audit?person={zoe}"))
            .await
            .expect(200);
        let own = keeper.get("/audit").await.expect(200);
        let own = own.json["items"].as_array().expect("traces").clone();
        assert!(own.iter().all(|one| one.get("case").is_none()), "{own:?}");
        let told = |action: &str, subject: Option<&str>, person: Option<&str>| {
            own.iter().any(|one| {
                one["action"] == action
                    && subject.is_none_or(|subject| one["subject"] == subject)
                    && person.is_none_or(|person| one["person"]["name"] == person)
            })
        };
        assert!(told("renew_password", Some(&zoe), Some("administrator")));
        assert!(told("login", None, Some("expert breast")));
        assert!(!told("renew_password", Some(&pacific), None));
        assert!(!told("login", None, Some("expert pacific")));
        assert!(
            !told("login", None, Some("administrator")),
            "who holds a role of the whole exchange"
        );
        assert!(!told("search_audit", Some(&zoe), None));

        // Searches leave traces: of whom, after what.
        let own = format!(
            "/audit?person={}&action=search_audit",
            id_of(&world, "auditor").await
        );
        let searched = auditor.get(&own).await.expect(200);
        let searched = searched.json["items"].as_array().expect("traces").clone();
        assert!(
            searched
                .iter()
                .any(|one| one["case"] == reference.as_str() && one["detail"] == "case")
        );
        let again = auditor
            .get("/audit?action=search_audit&q=auditor")
            .await
            .expect(200);
        let latest = &again.json["items"][0];
        assert_eq!(
            (&latest["detail"], &latest["subject_name"]),
            (&json!("person action"), &json!("auditor"))
        );

        let bad = auditor
            .get("/audit?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z")
            .await;
        assert_eq!(
            bad.refused(400, "malformed_query").json["errors"][0]["parameter"],
            "to"
        );
        let _ = auditor
            .get("/audit?cursor=x")
            .await
            .refused(400, "bad_cursor");
        let (mut seen, mut cursor) = (0, String::new());
        for _ in 0..60 {
            let _ = auditor.get("/audit?action=nothing").await.expect(200);
        }
        loop {
            let page = auditor
                .get(&format!("/audit?action=search_audit{cursor}"))
                .await
                .expect(200);
            let items = page.json["items"].as_array().map_or(0, Vec::len);
            seen += items;
            let Some(next) = page.json["next"].as_str() else {
                break;
            };
            assert_eq!(items, 50, "a page is full before the next begins");
            cursor = format!("&cursor={next}");
        }
        assert!(seen > 60, "{seen}");
    }
}
