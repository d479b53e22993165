//! What is on record, and who reads how much of it.

use super::*;

/// An event as it was written when one key held codes and words.
async fn event_of_old(world: &World, case: &Case, version: i64, command: &str, reason: &str) {
    let id = relecture::domain::ids::IdGenerator::next(&relecture::clock::SystemIds);
    let facts = json!({ "reason": reason });
    world
        .alter(format!(
            "INSERT INTO case_events (id, case_id, version, at, command, actor_id, relation, state, clock, facts) \
             SELECT '{id}', case_id, {version}, at, '{command}', actor_id, 'coordinator', state, clock, '{facts}' \
             FROM case_events WHERE case_id = '{}' AND version = 1",
            case.id
        ))
        .await;
}

#[actix_web::test]
async fn coded_reasons_are_read_by_all_who_see_the_timeline_and_words_by_who_reads_content() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let submitter = served.login("submitter.cayenne").await;
        let breast = served.login("expert.breast").await;
        let coordinator = served.login("coordinator.antilles").await;
        let auditor = served.login("auditor").await;
        let mut case = Case::submitted(&world, &submitter).await;
        let declined = json!({"reason": "overloaded", "comment": "Congrès"});
        case.gives(&breast, "decline", &declined).await;
        case.look(&coordinator).await;
        let away = json!({"reason": "no_answer", "comment": "Deux rappels"});
        case.gives(&coordinator, "take_over", &away).await;
        let refused = json!({"reason": "duplicate", "comment": "Voir le premier"});
        case.gives(&coordinator, "refuse", &refused).await;
        event_of_old(&world, &case, 90, "redirect", "Personne ici").await;
        event_of_old(&world, &case, 91, "refuse", "out_of_scope: Os").await;
        event_of_old(&world, &case, 92, "decline", "absent").await;
        let expected = [
            ("decline", Some("overloaded"), Some("Congrès")),
            ("take_over", Some("no_answer"), Some("Deux rappels")),
            ("refuse", Some("duplicate"), Some("Voir le premier")),
            ("redirect", None, Some("Personne ici")),
            ("refuse", Some("out_of_scope"), Some("Os")),
            ("decline", Some("absent"), None),
        ];
        for (reader, content) in [(&submitter, true), (&coordinator, false), (&auditor, false)] {
            let timeline = reader.get(&case.path("timeline")).await.expect(200);
            let events = timeline.json["items"].as_array().unwrap().iter();
            let reasons: Vec<_> = events
                .map(|event| {
                    (
                        event["command"].as_str().unwrap(),
                        event["facts"]["reason"].as_str(),
                        event["facts"]["words"].as_str(),
                    )
                })
                .filter(|(_, reason, words)| reason.is_some() || words.is_some())
                .collect();
            let seen: Vec<_> = expected
                .iter()
                .map(|(command, reason, words)| (*command, *reason, words.filter(|_| content)))
                .filter(|(_, reason, words)| reason.is_some() || words.is_some())
                .collect();
            assert_eq!(reasons, seen, "{content}");
        }
    }
}

/// What stands in the audit of a case, the first one first: who, as what, what, how it ended.
async fn denied(auditor: &Caller, case: &Case) -> Vec<[String; 3]> {
    let audit = auditor.get(&case.path("audit")).await.expect(200);
    let items = audit.json["items"].as_array().expect("traces").iter().rev();
    let text = |item: &Value, member: &str| item[member].as_str().unwrap_or_default().to_owned();
    items
        .filter(|item| item["outcome"] == "denied")
        .map(|item| ["name", "relation", "action"].map(|member| text(item, member)))
        .collect()
}

#[actix_web::test]
async fn who_was_kept_from_a_case_is_on_record_once_for_each_request() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let submitter = served.login("submitter.cayenne").await;
        let stranger = served.login("submitter.martinique").await;
        let second = served.login("expert.second").await;
        let coordinator = served.login("coordinator.antilles").await;
        let auditor = served.login("auditor").await;
        let case = Case::submitted(&world, &submitter).await;
        let slide = &case.document["specimens"][0]["blocks"][0]["slides"][0]["id"];
        let slide = slide.as_str().expect("a slide");

        for below in ["", "timeline", "opinions", "audit"] {
            let _ = stranger.get(&case.path(below)).await.expect(404);
        }
        let view = case.path(&format!("slides/{slide}/views"));
        let _ = second
            .send(second.request(reqwest::Method::POST, &view))
            .await
            .expect(404);
        let (id, version, nothing) = (&case.id, case.version, json!({}));
        let _ = second
            .command(id, version, "accept", &nothing)
            .await
            .expect(404);
        let _ = submitter
            .command(id, version, "accept", &nothing)
            .await
            .expect(403);
        let _ = coordinator.get(&case.path("attachments")).await.expect(404);
        let _ = auditor.get(&case.path("")).await.expect(404);
        let api = "/api/v1/cases/{case}";
        let mut expected: Vec<[String; 3]> = [
            ("submitter martinique", "stranger", format!("GET {api}")),
            (
                "submitter martinique",
                "stranger",
                format!("GET {api}/timeline"),
            ),
            (
                "submitter martinique",
                "stranger",
                format!("GET {api}/opinions"),
            ),
            (
                "submitter martinique",
                "stranger",
                format!("GET {api}/audit"),
            ),
            (
                "expert second",
                "stranger",
                format!("POST {api}/slides/{{slide}}/views"),
            ),
            ("expert second", "stranger", format!("POST {api}/accept")),
            (
                "submitter cayenne",
                "submitter",
                format!("POST {api}/accept"),
            ),
            (
                "coordinator antilles",
                "coordinator",
                format!("GET {api}/attachments"),
            ),
            ("auditor", "auditor", format!("GET {api}")),
        ]
        .map(|(name, relation, action)| [name.to_owned(), relation.to_owned(), action])
        .into();
        assert_eq!(denied(&auditor, &case).await, expected);

        // Nobody was kept from anything: nobody is known, the case does not take it, nothing is there, or no such case.
        let _ = served.stranger().get(&case.path("")).await.expect(401);
        let _ = submitter
            .command(id, version, "close", &nothing)
            .await
            .expect(409);
        let nowhere = relecture::domain::ids::IdGenerator::next(&relecture::clock::SystemIds);
        let unsigned = case.path(&format!("opinions/{nowhere}/signature"));
        let _ = submitter.get(&unsigned).await.expect(404);
        let _ = stranger.get(&format!("/cases/{nowhere}")).await.expect(404);
        assert_eq!(denied(&auditor, &case).await, expected);

        // The same on pages.
        let page = |caller: &Caller, path: String| {
            let cookie = format!(
                "relecture_access={}",
                caller.token.clone().expect("a token")
            );
            let client = crate::support::served::client();
            client
                .get(format!("{}{path}", served.address))
                .header("cookie", cookie)
                .send()
        };
        let shown = page(&stranger, format!("/cases/{id}")).await.unwrap();
        assert_eq!(shown.status(), 404);
        let exchange = &world.exchange;
        let own = submitter.token.as_deref().expect("a token");
        let session = relecture::service::sessions::authenticate(exchange, own).await;
        let session = session.expect("a session");
        let token = relecture::service::sessions::form_token(exchange, &session);
        let sent = crate::support::served::client()
            .post(format!("{}/cases/{id}/do/accept", served.address))
            .header("cookie", format!("relecture_access={own}"))
            .header("sec-fetch-site", "same-origin")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(format!("_token={token}&_version={version}"))
            .send()
            .await
            .unwrap();
        assert_eq!(sent.status(), 403);
        expected.push(["submitter martinique", "stranger", "GET /cases/{case}"].map(Into::into));
        expected.push(
            [
                "submitter cayenne",
                "submitter",
                "POST /cases/{case}/do/accept",
            ]
            .map(Into::into),
        );
        assert_eq!(denied(&auditor, &case).await, expected);
    }
}

#[actix_web::test]
async fn who_asks_without_end_fills_no_record() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let submitter = served.login("submitter.cayenne").await;
        let auditor = served.login("auditor").await;
        let stranger = served.login("submitter.martinique").await;
        let case = Case::submitted(&world, &submitter).await;
        // Asking for what does not exist uses up nothing of what goes on record.
        for _ in 0..70 {
            let nowhere = relecture::domain::ids::IdGenerator::next(&relecture::clock::SystemIds);
            let nothing = format!("/cases/{nowhere}");
            let _ = stranger.get(&nothing).await.expect(404);
        }
        for _ in 0..70 {
            let _ = stranger.get(&case.path("")).await.expect(404);
        }
        assert_eq!(denied(&auditor, &case).await.len(), 60);
        // Nobody else's refusals are lost for it, nor theirs a minute later.
        let second = served.login("expert.second").await;
        let _ = second.get(&case.path("")).await.expect(404);
        world.clock.advance(chrono::Duration::minutes(1));
        let _ = stranger.get(&case.path("")).await.expect(404);
        assert_eq!(denied(&auditor, &case).await.len(), 62);
    }
}

/// What a person did with their own account, the first one first.
async fn of_oneself(world: &World, login: &str) -> Vec<String> {
    use diesel::prelude::*;
    use relecture::store::schema::audit_entries;
    let person = world.actor(&format!("{login}@example.org")).await.person;
    let rows: Vec<(String, String)> = world
        .exchange
        .store
        .read(move |conn| {
            let found = audit_entries::table
                .filter(audit_entries::person_id.eq(person.to_string()))
                .filter(audit_entries::relation.eq("oneself"))
                .order((audit_entries::at, audit_entries::id))
                .select((audit_entries::action, audit_entries::outcome))
                .load(conn)?;
            Ok::<_, relecture::store::StoreError>(found)
        })
        .await
        .expect("the audit is read");
    let each = rows.iter();
    each.map(|(action, outcome)| format!("{action} {outcome}"))
        .collect()
}

#[actix_web::test]
async fn sessions_are_on_record_from_login_to_logout() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let stranger = served.stranger();
        let login = |name: &str, password: &str| json!({"login": format!("{name}@example.org"), "password": password});
        let refresh = |tokens: &Response| json!({"refresh_token": tokens.json["refresh_token"]});
        let (own, right) = ("submitter.cayenne", crate::support::exchange::PASSWORD);
        let _ = stranger
            .post("/session", &login(own, "not this one"))
            .await
            .expect(401);
        let _ = stranger
            .post("/session", &login("nobody", right))
            .await
            .expect(401);
        let first = stranger
            .post("/session", &login(own, right))
            .await
            .expect(200);
        let _ = stranger
            .post("/session/refresh", &refresh(&first))
            .await
            .expect(200);
        world.clock.advance(chrono::Duration::seconds(31));
        let _ = stranger
            .post("/session/refresh", &refresh(&first))
            .await
            .expect(401);
        let second = stranger
            .post("/session", &login(own, right))
            .await
            .expect(200);
        let bearer = served.bearing(second.json["access_token"].as_str().unwrap());
        let _ = bearer.delete("/session").await.expect(204);
        assert_eq!(
            of_oneself(&world, own).await,
            [
                "login denied",
                "login done",
                "reuse_refresh_token denied",
                "login done",
                "logout done"
            ]
        );
    }
}

#[actix_web::test]
async fn profiles_and_absences_are_on_record_when_they_change() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let expert = served.login("expert.breast").await;
        let me = expert.get("/me").await.expect(200);
        let mut profile = me.json["expert_profile"].clone();
        let version = profile["version"].as_i64().unwrap();
        let fields = profile.as_object_mut().unwrap();
        fields.retain(|name, _| !matches!(name.as_str(), "network" | "version" | "absences"));
        profile["capacity_per_day"] = json!(2);
        let _ = expert
            .put("/me/expert-profile", version, &profile)
            .await
            .expect(200);
        let _ = expert
            .put("/me/expert-profile", version, &profile)
            .await
            .expect(412);
        let away = json!({"starts_at": "2027-07-01T06:00:00Z", "ends_at": "2027-07-02T06:00:00Z"});
        let made = expert.post("/me/absences", &away).await.expect(201);
        let absence = format!("/me/absences/{}", made.json["id"].as_str().unwrap());
        let _ = expert.delete(&absence).await.expect(204);
        let _ = expert.delete(&absence).await.expect(404);
        assert_eq!(
            of_oneself(&world, "expert.breast").await,
            [
                "login done",
                "update_expert_profile done",
                "add_absence done",
                "remove_absence done"
            ],
            "what was refused changed nothing"
        );
    }
}

#[actix_web::test]
async fn a_repeated_request_that_shows_the_patient_is_a_reading() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let submitter = served.login("submitter.cayenne").await;
        let auditor = served.login("auditor").await;
        let post = async |path: &str, key: &str, version: Option<i64>, body: &Value| {
            let request = submitter
                .request(reqwest::Method::POST, path)
                .header("idempotency-key", key);
            let request = match version {
                Some(version) => request.header("if-match", format!("\"{version}\"")),
                None => request,
            };
            submitter.send(request.json(body)).await
        };
        let body = json!({"laboratory": world.cayenne, "content": content(&world)});
        let made = post("/cases", "k1", None, &body).await.expect(201);
        let id = made.json["id"].as_str().unwrap();
        let submit = format!("/cases/{id}/submit");
        let _ = post(&submit, "k2", Some(made.version()), &json!({}))
            .await
            .expect(200);
        let readings = async || {
            let audit = auditor.get(&format!("/cases/{id}/audit")).await.expect(200);
            let items = audit.json["items"].as_array().unwrap().clone();
            let readings = items.into_iter().filter(|one| one["action"] == "read_case");
            readings
                .map(|one| one["request_id"].clone())
                .collect::<Vec<_>>()
        };
        assert_eq!(
            readings().await,
            Vec::<Value>::new(),
            "writing is on record as such"
        );
        let again = post("/cases", "k1", None, &body).await.expect(201);
        assert!(again.json.get("patient").is_some());
        let twice = post(&submit, "k2", Some(made.version()), &json!({}))
            .await
            .expect(200);
        let expected = [&twice, &again].map(|answer| json!(answer.header("x-request-id")));
        assert_eq!(readings().await, expected);
    }
}
