//! People and their roles.

use super::*;

/// A person as they may be changed.
fn content_of(person: &Value) -> Value {
    let mut content = person.clone();
    let fields = content.as_object_mut().expect("a person");
    let kept = [
        "name",
        "email",
        "language",
        "zone",
        "rpps",
        "active",
        "roles",
        "expert_profile",
    ];
    fields.retain(|name, _| kept.contains(&name.as_str()));
    if let Some(profile) = content.get_mut("expert_profile") {
        let fields = profile.as_object_mut().expect("a profile");
        fields.retain(|name, _| !["network", "version", "absences"].contains(&name.as_str()));
    }
    content
}

fn submitter_of(laboratory: impl serde::Serialize, login: &str) -> Value {
    json!({
        "login": login,
        "content": {
            "name": "Dr Zoé Éluard", "email": login.trim(), "language": "fr", "zone": "America/Cayenne", "active": true,
            "roles": [{ "role": "submitter", "laboratory": laboratory }],
        },
    })
}

fn expert_profile() -> Value {
    json!({
        "primary_subspecialty": "breast", "languages": ["fr"], "capacity_per_day": 2, "zone": "Europe/Paris",
        "weekly_hours": { "mon": [["09:00", "17:00"]] },
    })
}

#[actix_web::test]
async fn a_person_is_added_logs_in_and_is_changed() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let administrator = served.login("administrator").await;
        let new = submitter_of(world.cayenne, " Zoe.Eluard@Example.org ");
        let people = "/administration/people";
        let request = |body: &Value| {
            let request = administrator.request(reqwest::Method::POST, people);
            request.header("idempotency-key", "zoe").json(body)
        };
        let made = administrator.send(request(&new)).await.expect(201);
        let id = made.json["person"]["id"].as_str().expect("an identifier");
        let here = format!("{people}/{id}");
        assert_eq!(made.header("location"), format!("/api/v1{here}"));
        assert_eq!(made.json["person"]["login"], "zoe.eluard@example.org");
        let password = made.json["password"].as_str().expect("a password");

        // Asked again, nothing is done again, and the password is not told again.
        let again = administrator.send(request(&new)).await.expect(201);
        assert_eq!(again.header("idempotent-replayed"), "true");
        assert_eq!(again.json["person"]["id"], id);
        assert!(again.json.get("password").is_none());
        let other = submitter_of(world.noumea, "zoe.eluard@example.org");
        let _ = administrator
            .send(request(&other))
            .await
            .refused(422, "idempotency_mismatch");
        let taken = administrator
            .post(people, &other)
            .await
            .refused(422, "invalid_fields");
        assert_eq!(taken.json["errors"][0]["pointer"], "/login");
        assert_eq!(taken.json["errors"][0]["code"], "taken");

        let body = json!({ "login": "zoe.eluard@example.org", "password": password });
        let tokens = served.stranger().post("/session", &body).await.expect(200);
        let zoe = served.bearing(tokens.json["access_token"].as_str().expect("a token"));
        let _ = zoe.get("/cases").await.expect(200);

        // Found without case and diacritics; an expert beside.
        let found = administrator
            .get(&format!("{people}?q=eluard%20ZOE&role=submitter"))
            .await
            .expect(200);
        assert_eq!(found.json["items"][0]["id"], id);
        assert_eq!(found.json["items"].as_array().map(Vec::len), Some(1));
        let nobody = administrator
            .get(&format!("{people}?q=zoe&active=false"))
            .await
            .expect(200);
        assert_eq!(nobody.json["items"], json!([]));
        let _ = administrator
            .get(&format!("{people}?cursor=x"))
            .await
            .refused(400, "bad_cursor");
        let bad = administrator
            .get(&format!("{people}?active=maybe&role=king"))
            .await;
        assert_eq!(
            bad.refused(400, "malformed_query").json["errors"]
                .as_array()
                .map(Vec::len),
            Some(2)
        );

        let read = administrator.get(&here).await.expect(200);
        let mut content = content_of(&read.json);
        content["name"] = json!("Dr Zoé Éluard-Martin");
        let expert =
            json!({ "role": "expert", "laboratory": world.cayenne, "network": world.antilles });
        content["roles"].as_array_mut().expect("roles").push(expert);
        content["expert_profile"] = expert_profile();
        let changed = administrator
            .put(&here, read.version(), &content)
            .await
            .expect(200);
        assert_eq!(changed.version(), read.version() + 1);
        assert_eq!(
            changed.json["expert_profile"]["network"],
            json!(world.antilles)
        );
        let stale = administrator.put(&here, read.version(), &content).await;
        assert_eq!(
            stale.refused(412, "stale_version").json["current_version"],
            changed.version()
        );
        let _ = zoe.post("/me/next-case", &json!({})).await.expect(204);

        // The expert's own change is a change of the person too.
        let own = zoe.get("/me").await.expect(200);
        let mut profile = content_of(&json!({ "expert_profile": own.json["expert_profile"] }));
        profile["expert_profile"]["capacity_per_day"] = json!(5);
        let version = own.json["expert_profile"]["version"]
            .as_i64()
            .expect("a version");
        let _ = zoe
            .put("/me/expert-profile", version, &profile["expert_profile"])
            .await
            .expect(200);
        let stale = administrator.put(&here, changed.version(), &content).await;
        let _ = stale.refused(412, "stale_version");
        assert_eq!(
            acts_on(&world, id).await,
            [
                "add_person",
                "give_role",
                "give_role",
                "edit_profile",
                "edit_person"
            ]
        );
    }
}

#[actix_web::test]
async fn everything_that_is_wrong_with_a_person_is_named_at_once() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let administrator = served.login("administrator").await;
        let nowhere = "01a20890-0000-7000-8000-000000000000";
        let body = json!({
            "login": "no address",
            "content": {
                "name": " ", "email": "a@b\n.fr", "language": "de", "zone": "Mars/Olympus", "rpps": "12", "active": true,
                "roles": [
                    { "role": "submitter" }, { "role": "coordinator", "network": nowhere },
                    { "role": "auditor", "laboratory": world.cayenne }, { "role": "auditor", "laboratory": world.cayenne },
                    { "role": "expert", "laboratory": world.cayenne, "network": world.antilles },
                    { "role": "expert", "laboratory": world.cayenne, "network": world.pacific },
                ],
            },
        });
        let refused = administrator.post("/administration/people", &body).await;
        let refused = refused.refused(422, "invalid_fields");
        let mut told: Vec<(String, String)> = refused.json["errors"]
            .as_array()
            .expect("errors")
            .iter()
            .map(|one| {
                let text = |name: &str| one[name].as_str().expect("a text").to_owned();
                (text("pointer"), text("code"))
            })
            .collect();
        told.sort();
        let expected = [
            ("/content/email", "control_characters"),
            ("/content/expert_profile", "required"),
            ("/content/language", "unknown_code"),
            ("/content/name", "required"),
            ("/content/roles/0/laboratory", "required"),
            ("/content/roles/1/network", "unknown_code"),
            ("/content/roles/2/laboratory", "not_allowed_here"),
            ("/content/roles/3", "duplicate"),
            ("/content/roles/3/laboratory", "not_allowed_here"),
            ("/content/roles/5", "duplicate"),
            ("/content/rpps", "malformed"),
            ("/content/zone", "unknown_code"),
            ("/login", "malformed"),
        ];
        let expected = expected.map(|(pointer, code)| (pointer.to_owned(), code.to_owned()));
        assert_eq!(told, expected);
        let nobody = administrator
            .get("/administration/people?q=address")
            .await
            .expect(200);
        assert_eq!(nobody.json["items"], json!([]), "nothing of it is kept");
    }
}

#[actix_web::test]
async fn who_is_kept_out_is_out_at_once_and_what_they_signed_stays() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let [administrator, submitter, expert] = [
            served.login("administrator").await,
            served.login("submitter.cayenne").await,
            served.login("expert.breast").await,
        ];
        let mut read = Case::submitted(&world, &submitter).await;
        read.look(&expert).await;
        read.gives(&expert, "accept", &json!({})).await;
        read.gives(&expert, "sign", &json!({ "opinion": opinion() }))
            .await;
        let mut waiting = Case::submitted(&world, &submitter).await;
        waiting.look(&expert).await;
        assert_eq!(waiting.document["state"], "offered");

        let here = format!(
            "/administration/people/{}",
            id_of(&world, "expert.breast").await
        );
        let person = administrator.get(&here).await.expect(200);
        assert_eq!(person.json["open_cases"], 1);
        let mut content = content_of(&person.json);
        content["active"] = json!(false);
        let out = administrator
            .put(&here, person.version(), &content)
            .await
            .expect(200);
        assert_eq!(out.json["active"], false);
        let _ = expert.get("/me").await.refused(401, "session_ended");
        let body = json!({ "login": "expert.breast@example.org", "password": crate::support::exchange::PASSWORD });
        let _ = served
            .stranger()
            .post("/session", &body)
            .await
            .refused(401, "invalid_credentials");
        let _ = administrator
            .post(&format!("{here}/password"), &Value::Null)
            .await
            .refused(409, "conflict");

        // What was offered is somebody else's, and what was signed is read as before.
        waiting.look(&submitter).await;
        assert_eq!(waiting.document["state"], "offered");
        assert_eq!(waiting.document["expert"]["name"], "expert second");
        let opinions = submitter.get(&read.path("opinions")).await.expect(200);
        assert_eq!(opinions.json["items"].as_array().map(Vec::len), Some(1));
        read.look(&submitter).await;
        assert_eq!(read.document["expert"]["name"], "expert breast");

        content["active"] = json!(true);
        let _ = administrator
            .put(&here, out.version(), &content)
            .await
            .expect(200);
        let back = served.login("expert.breast").await;
        let renewed = administrator
            .post(&format!("{here}/password"), &Value::Null)
            .await
            .expect(200);
        assert!(
            renewed.json["password"]
                .as_str()
                .is_some_and(|password| password.len() == 20)
        );
        let _ = served
            .stranger()
            .post("/session", &body)
            .await
            .refused(401, "invalid_credentials");
        // An access token dies by itself, its session does not go on.
        let _ = back.get("/me").await;
        assert_eq!(
            acts_on(&world, here.rsplit('/').next().unwrap()).await,
            ["deactivate_person", "reactivate_person", "renew_password"]
        );
    }
}

#[actix_web::test]
async fn an_expert_who_is_none_any_more_is_offered_nothing() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let [administrator, submitter] = [
            served.login("administrator").await,
            served.login("submitter.cayenne").await,
        ];
        let mut case = Case::submitted(&world, &submitter).await;
        let here = format!(
            "/administration/people/{}",
            id_of(&world, "expert.breast").await
        );
        let person = administrator.get(&here).await.expect(200);
        let mut content = content_of(&person.json);
        content["roles"] = json!([{ "role": "submitter", "laboratory": world.fort_de_france }]);
        let refused = administrator.put(&here, person.version(), &content).await;
        let refused = refused.refused(422, "invalid_fields");
        assert_eq!(refused.json["errors"][0]["pointer"], "/expert_profile");
        content
            .as_object_mut()
            .expect("a person")
            .remove("expert_profile");
        let _ = administrator
            .put(&here, person.version(), &content)
            .await
            .expect(200);
        case.look(&submitter).await;
        assert_eq!(case.document["expert"]["name"], "expert second");
        let next = Case::submitted(&world, &submitter).await;
        assert_eq!(next.document["expert"]["name"], "expert second");
    }
}

#[actix_web::test]
async fn the_exchange_is_never_left_without_an_administrator() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let administrator = served.login("administrator").await;
        let path = |id: &str| format!("/administration/people/{id}");
        let own = path(&id_of(&world, "administrator").await);
        let me = administrator.get(&own).await.expect(200);
        for change in [
            json!({ "active": false }),
            json!({ "roles": [{ "role": "auditor" }] }),
        ] {
            let mut content = content_of(&me.json);
            for (name, value) in change.as_object().expect("a change") {
                content[name] = value.clone();
            }
            let _ = administrator
                .put(&own, me.version(), &content)
                .await
                .refused(409, "conflict");
        }
        // Two administrators who keep each other out at the same moment: one of them stays.
        let everywhere = Membership {
            role: Role::Administrator,
            laboratory: None,
            network: None,
        };
        appoint(&world, "auditor", everywhere).await;
        let second = served.login("auditor").await;
        let others = path(&id_of(&world, "auditor").await);
        let (mine, theirs) = (
            administrator.get(&own).await.expect(200),
            administrator.get(&others).await.expect(200),
        );
        let out = |person: &Value| {
            let mut content = content_of(person);
            content["active"] = json!(false);
            content
        };
        let (kept, other) = (out(&mine.json), out(&theirs.json));
        let (one, two) = futures_util::join!(
            administrator.put(&others, theirs.version(), &other),
            second.put(&own, mine.version(), &kept),
        );
        let mut statuses = [one.status, two.status];
        statuses.sort_unstable();
        // The one who came second is refused, or was out already when asking.
        assert_eq!(statuses[0], 200);
        assert!([401, 403, 409].contains(&statuses[1]), "{one:?} {two:?}");
    }
}

#[actix_web::test]
async fn who_keeps_a_network_keeps_nothing_beyond_it() {
    for database in databases() {
        let world = World::on(database.url()).await;
        keeper_of_antilles(&world).await;
        let served = Served::start(&world);
        let [administrator, keeper] = [
            served.login("administrator").await,
            served.login("coordinator.antilles").await,
        ];
        let people = "/administration/people";
        let seen = keeper.get(people).await.expect(200);
        let names: Vec<&str> = seen.json["items"]
            .as_array()
            .expect("people")
            .iter()
            .map(|person| person["name"].as_str().expect("a name"))
            .collect();
        assert_eq!(
            names,
            [
                "coordinator antilles",
                "expert breast",
                "expert second",
                "submitter cayenne",
                "submitter martinique"
            ]
        );
        let elsewhere = format!("{people}/{}", id_of(&world, "submitter.noumea").await);
        let _ = keeper.get(&elsewhere).await.refused(404, "not_found");
        let far = submitter_of(world.noumea, "far@example.org");
        let _ = keeper.post(people, &far).await.refused(403, "forbidden");

        let new = submitter_of(world.cayenne, "near@example.org");
        let request = || {
            let request = keeper.request(reqwest::Method::POST, people);
            request.header("idempotency-key", "near").json(&new)
        };
        let made = keeper.send(request()).await.expect(201);
        let here = format!(
            "{people}/{}",
            made.json["person"]["id"].as_str().expect("an identifier")
        );
        let mut content = content_of(&made.json["person"]);
        content["roles"] = json!([{ "role": "administrator" }]);
        // A role of the whole exchange is not theirs to give, to themselves or to anybody.
        let _ = keeper
            .put(&here, 1, &content)
            .await
            .refused(403, "forbidden");
        // Somebody who works here and elsewhere is seen, and changed by who keeps both.
        content["roles"] = json!([
            { "role": "submitter", "laboratory": world.cayenne }, { "role": "submitter", "laboratory": world.noumea },
        ]);
        let both = administrator.put(&here, 1, &content).await.expect(200);
        assert_eq!(
            keeper.get(&here).await.expect(200).json["changeable"],
            false
        );
        let _ = keeper
            .put(&here, both.version(), &content)
            .await
            .refused(403, "forbidden");
        let _ = keeper
            .post(&format!("{here}/password"), &Value::Null)
            .await
            .refused(403, "forbidden");
        content["roles"] = json!([{ "role": "submitter", "laboratory": world.noumea }]);
        let _ = administrator
            .put(&here, both.version(), &content)
            .await
            .expect(200);
        let _ = keeper
            .put(&here, 9, &content)
            .await
            .refused(404, "not_found");
        let _ = keeper.send(request()).await.refused(404, "not_found");
    }
}
