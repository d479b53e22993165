//! People, reference data and records over HTTP.

use relecture::store::people;
use reqwest::Method;

use super::*;
use crate::support::exchange::PASSWORD;

#[actix_web::test]
async fn a_session_is_refreshed_once_with_each_token_and_ended_by_a_logout() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let stranger = served.stranger();
        let login = json!({"login": "Submitter.Cayenne@example.org ", "password": crate::support::exchange::PASSWORD});
        let first = stranger.post("/session", &login).await.expect(200);
        assert_eq!(
            (&first.json["token_type"], &first.json["expires_in"]),
            (&json!("Bearer"), &json!(600))
        );
        let refresh = |tokens: &Response| json!({"refresh_token": tokens.json["refresh_token"]});
        let second = stranger
            .post("/session/refresh", &refresh(&first))
            .await
            .expect(200);
        let bearer = served.bearing(second.json["access_token"].as_str().unwrap());
        let _ = bearer.get("/me").await.expect(200);
        let _ = bearer.delete("/session").await.expect(204);
        let late = stranger.post("/session/refresh", &refresh(&second)).await;
        let _ = late.refused(401, "session_ended");
        let unknown = json!({"refresh_token": "none"});
        let made_up = stranger.post("/session/refresh", &unknown).await;
        let _ = made_up.refused(401, "session_ended");
        let half = stranger.post("/session", &json!({"login": "x"})).await;
        assert_eq!(half.json["errors"][0]["pointer"], "/password");
        let _ = half.refused(422, "invalid_fields");
    }
}

#[actix_web::test]
async fn a_refresh_token_that_two_have_used_ends_the_session_of_both() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let stranger = served.stranger();
        let login = json!({"login": "submitter.cayenne@example.org", "password": crate::support::exchange::PASSWORD});
        let refresh = async |tokens: &Response| {
            let body = json!({"refresh_token": tokens.json["refresh_token"]});
            stranger.post("/session/refresh", &body).await
        };
        // Whose answer was lost asks once more, within the time of grace: the pair that was lost is dead.
        let first = stranger.post("/session", &login).await.expect(200);
        let lost = refresh(&first).await.expect(200);
        world.clock.advance(chrono::Duration::seconds(30));
        let second = refresh(&first).await.expect(200);
        let _ = refresh(&lost).await.refused(401, "session_ended");
        let third = refresh(&second).await.expect(200);
        // Thirty seconds later, one of two has a copy.
        world.clock.advance(chrono::Duration::seconds(31));
        let _ = refresh(&second).await.refused(401, "session_ended");
        let _ = refresh(&third).await.refused(401, "session_ended");
        // Another session of the same person goes on.
        let elsewhere = stranger.post("/session", &login).await.expect(200);
        let _ = refresh(&first).await.refused(401, "session_ended");
        let _ = refresh(&elsewhere).await.expect(200);
    }
}

#[actix_web::test]
async fn a_person_changes_their_own_password_and_their_other_sessions_end() {
    const NEW: &str = "sept lames pour un nouveau mot";
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let expert = served.login("expert.breast").await;
        let stranger = served.stranger();
        let login =
            |password: &str| json!({"login": "expert.breast@example.org", "password": password});
        let elsewhere = stranger
            .post("/session", &login(PASSWORD))
            .await
            .expect(200);
        let ask = async |current: &str, wanted: &str| {
            let body = json!({"current_password": current, "new_password": wanted});
            let request = expert.request(Method::PUT, "/me/password").json(&body);
            expert.send(request).await
        };
        for (current, wanted, pointer, code) in [
            ("", NEW, "/current_password", "required"),
            (
                "not their password",
                NEW,
                "/current_password",
                "wrong_password",
            ),
            (PASSWORD, "short", "/new_password", "too_few"),
            (PASSWORD, &"x".repeat(129), "/new_password", "too_long"),
            (PASSWORD, "expert.breast 2026", "/new_password", "guessable"),
            (PASSWORD, PASSWORD, "/new_password", "duplicate"),
        ] {
            let refused = ask(current, wanted).await.refused(422, "invalid_fields");
            let error = &refused.json["errors"][0];
            assert_eq!(
                (&error["pointer"], &error["code"]),
                (&json!(pointer), &json!(code))
            );
        }
        let _ = ask(PASSWORD, NEW).await.expect(204);
        // This session goes on, the other one does not; the old password opens nothing, the new one does.
        let _ = expert.get("/me").await.expect(200);
        let refresh = json!({"refresh_token": elsewhere.json["refresh_token"]});
        let late = stranger.post("/session/refresh", &refresh).await;
        let _ = late.refused(401, "session_ended");
        let old = stranger.post("/session", &login(PASSWORD)).await;
        let _ = old.refused(401, "invalid_credentials");
        let _ = stranger.post("/session", &login(NEW)).await.expect(200);
        let administrator = served.login("administrator").await;
        let found = administrator
            .get("/audit?action=change_password")
            .await
            .expect(200);
        let outcomes: Vec<&Value> = found.json["items"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|one| &one["outcome"])
            .collect();
        assert_eq!(outcomes, [&json!("done"), &json!("denied")], "{found:?}");
        for _ in 0..5 {
            let _ = ask("not their password", PASSWORD)
                .await
                .refused(422, "invalid_fields");
        }
        let _ = ask(NEW, PASSWORD).await.refused(429, "too_many_requests");
    }
}

#[actix_web::test]
async fn a_password_is_replaced_only_while_it_opens_the_account_that_showed_it() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let person = world.actor("expert.breast@example.org").await.person;
        let store = &world.exchange.store;
        let kept = store
            .write(move |conn| {
                let kept = people::find(conn, person)?.and_then(|one| one.password_hash);
                let kept = kept.expect("a password");
                let another = people::replace_password(conn, person, ("another", "new"))?;
                assert!(!another, "somebody gave them another one meanwhile");
                people::set_password(conn, person, None)?;
                let locked = people::replace_password(conn, person, (&kept, "new"))?;
                assert!(!locked, "somebody kept them out meanwhile");
                people::set_password(conn, person, Some(&kept))?;
                assert!(people::replace_password(conn, person, (&kept, "new"))?);
                Ok::<_, relecture::service::ServiceError>(people::find(conn, person)?)
            })
            .await
            .expect("the store works")
            .expect("the person is there");
        assert_eq!(kept.password_hash.as_deref(), Some("new"));
    }
}

#[actix_web::test]
async fn an_expert_changes_their_profile_from_the_version_they_read() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let expert = served.login("expert.breast").await;
        let me = expert.get("/me").await.expect(200);
        assert_eq!(me.json["memberships"][0]["role"], "expert");
        let version = me.json["expert_profile"]["version"].as_i64().unwrap();
        let mut profile = json!({
            "primary_subspecialty": "breast", "other_subspecialties": ["dermatopathology"], "languages": ["fr", "pt"],
            "capacity_per_day": 4, "weekly_hours": {"mon": [["08:00", "12:00"]]}, "zone": "America/Cayenne",
        });
        let changed = expert
            .put("/me/expert-profile", version, &profile)
            .await
            .expect(200);
        assert_eq!(changed.version(), version + 1);
        let stale = expert.put("/me/expert-profile", version, &profile).await;
        assert_eq!(stale.json["current_version"], version + 1);
        let _ = stale.refused(412, "stale_version");
        profile["languages"] = json!(["français"]);
        profile["zone"] = json!("Mars/Olympus");
        profile["capacity_per_day"] = json!(51);
        profile["weekly_hours"] = json!({"mon": [["12:00", "08:00"]]});
        let refused = expert
            .put("/me/expert-profile", version + 1, &profile)
            .await;
        assert_eq!(
            refused.json["errors"].as_array().unwrap().len(),
            4,
            "{refused:?}"
        );
        let _ = refused.refused(422, "invalid_fields");
        profile["capacity_per_day"] = json!(-1);
        profile["weekly_hours"] = json!({"someday": []});
        let refused = expert
            .put("/me/expert-profile", version + 1, &profile)
            .await;
        let pointers: Vec<&str> = refused.json["errors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|error| error["pointer"].as_str().unwrap())
            .collect();
        assert_eq!(pointers.len(), 2, "{refused:?}");
        assert!(
            pointers.contains(&"/capacity_per_day") && pointers.contains(&"/weekly_hours/someday")
        );
        let blind = expert
            .request(Method::PUT, "/me/expert-profile")
            .json(&profile);
        let _ = expert
            .send(blind)
            .await
            .refused(428, "precondition_required");
    }
}

#[actix_web::test]
async fn reference_data_and_organisations_are_there_for_everybody() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let submitter = served.login("submitter.cayenne").await;
        for (path, member, value) in [
            ("/territories", "code", json!("FR-GF")),
            ("/subspecialties", "code", json!("breast")),
            ("/synoptic-templates", "id", json!("breast_invasive")),
            ("/networks", "id", json!(world.antilles)),
            ("/agreements", "to_network", json!(world.antilles)),
            ("/laboratories", "id", json!(world.cayenne)),
            ("/slide-sources", "id", json!(world.source)),
            ("/pools?territory=NC", "network", json!(world.pacific)),
            (
                "/pools?territory=FR-GF&subspecialty=breast",
                "network",
                json!(world.antilles),
            ),
        ] {
            let list = submitter.get(path).await.expect(200);
            let items = list.json["items"].as_array().unwrap();
            assert!(
                items.iter().any(|item| item[member] == value),
                "{path}: {items:?}"
            );
        }
        let pools = submitter.get("/pools?territory=FR-GF").await.expect(200);
        assert_eq!(pools.json["items"].as_array().unwrap().len(), 1);
        let document = served.stranger().get("/openapi.yaml").await.expect(200);
        assert!(document.text.starts_with("openapi: 3.1"));
        let head = submitter.request(Method::HEAD, "/me");
        let head = submitter.send(head).await.expect(200);
        assert_eq!(head.text, "");
    }
}

#[actix_web::test]
async fn a_reading_is_on_record_and_an_unchanged_case_is_not_sent_again() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let submitter = served.login("submitter.cayenne").await;
        let case = Case::submitted(&world, &submitter).await;
        let read = |tag: String| {
            let request = submitter.request(Method::GET, &case.path(""));
            submitter.send(request.header("if-none-match", tag))
        };
        let same = read(format!("\"{}\"", case.version)).await.expect(304);
        assert_eq!((same.version(), same.text.as_str()), (case.version, ""));
        let _ = read(format!("\"1\", W/\"{}\"", case.version))
            .await
            .expect(304);
        let older = read("\"1\"".to_owned()).await.expect(200);
        assert_eq!(older.version(), case.version);
        // A check of the links changes what is told of them, not the version.
        world.clock.advance(chrono::Duration::seconds(1));
        let checks = submitter
            .post(&case.path("slide-checks"), &json!({}))
            .await
            .expect(200);
        assert_eq!(checks.json["items"][0]["failure"], "source_unreachable");
        let _ = read(format!("\"{}\"", case.version)).await.expect(200);
        let stranger = served.login("submitter.martinique").await;
        let request = stranger.request(Method::GET, &case.path(""));
        let request = request.header("if-none-match", format!("\"{}\"", case.version));
        let _ = stranger.send(request).await.refused(404, "not_found");

        let auditor = served.login("auditor").await;
        let audit = auditor.get(&case.path("audit")).await.expect(200);
        let own = world.actor("submitter.cayenne@example.org").await.person;
        let readings = audit.json["items"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|trace| trace["action"] == "read_case" && trace["person"] == json!(own));
        let known: Vec<&str> = readings
            .map(|trace| trace["request_id"].as_str().unwrap())
            .collect();
        assert_eq!(known.len(), 2, "as often as it was sent");
        assert!(known.contains(&older.header("x-request-id")));
    }
}

#[actix_web::test]
async fn turnaround_is_read_of_a_case_and_of_a_network() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let submitter = served.login("submitter.cayenne").await;
        let expert = served.login("expert.breast").await;
        let coordinator = served.login("coordinator.antilles").await;
        let mut case = Case::submitted(&world, &submitter).await;
        case.gives(&expert, "accept", &json!({})).await;
        world.clock.advance(chrono::Duration::minutes(6));
        case.gives(&expert, "sign", &json!({"opinion": opinion()}))
            .await;
        let own = submitter.get(&case.path("turnaround")).await.expect(200);
        assert_eq!(own.json["cycles"][0]["elapsed_seconds"], 360);
        let path = |from: &str, to: &str| {
            format!(
                "/networks/{}/turnaround?from={from}&to={to}",
                world.antilles
            )
        };
        let month = path("2026-11-01T00:00:00-03:00", "2026-12-01T00:00:00Z");
        let figures = coordinator.get(&month).await.expect(200);
        assert_eq!(
            (
                &figures.json["all"]["cases"],
                &figures.json["all"]["p50_elapsed_hours"]
            ),
            (&json!(1), &json!(0.1))
        );
        let backwards = coordinator
            .get(&path("2026-12-01T00:00:00Z", "2026-11-01T00:00:00Z"))
            .await;
        assert_eq!(backwards.json["errors"][0]["parameter"], "to");
        let _ = backwards.refused(400, "malformed_query");
    }
}

#[actix_web::test]
async fn an_administrator_sees_dead_letters_and_tries_them_again() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let submitter = served.login("submitter.cayenne").await;
        let administrator = served.login("administrator").await;
        let _ = Case::submitted(&world, &submitter).await;
        let give_up = |conn: &mut relecture::store::Conn| {
            use relecture::store::outbox::{self, Finish, Topic};
            let late = i64::MAX / 2;
            let letter =
                outbox::claim(conn, Topic::Mail, "story", late, late + 1)?.expect("a mail");
            let error = "the server refused the address".to_owned();
            let finish = Finish::Dead { error };
            outbox::finish(conn, &letter, "story", &finish, 1)?;
            Ok::<_, relecture::store::StoreError>(())
        };
        world.exchange.store.write(give_up).await.unwrap();
        let letters = administrator.get("/outbox/dead-letters").await.expect(200);
        let id = letters.json["items"][0]["id"].as_str().unwrap().to_owned();
        assert_eq!(
            letters.json["items"][0]["last_error"],
            "the server refused the address"
        );
        let retry = format!("/outbox/dead-letters/{id}/retry");
        let _ = administrator.post(&retry, &json!({})).await.expect(204);
        let _ = administrator
            .post(&retry, &json!({}))
            .await
            .refused(404, "not_found");
        let letters = administrator.get("/outbox/dead-letters").await.expect(200);
        assert_eq!(letters.json["items"], json!([]));
    }
}
