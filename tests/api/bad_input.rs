//! What clients get wrong: each mistake has its own kind of problem, names every bad field, and changes nothing.

use diesel::prelude::*;
use relecture::store::StoreError;
use reqwest::Method;

use super::*;

/// How many rows everything that a write leaves behind has.
async fn traces(world: &World) -> Vec<i64> {
    use relecture::store::schema::*;
    let count = |conn: &mut relecture::store::Conn| {
        Ok::<_, StoreError>(vec![
            cases::table.count().get_result(conn)?,
            case_events::table.count().get_result(conn)?,
            outbox::table.count().get_result(conn)?,
            idempotency_records::table.count().get_result(conn)?,
            attachments::table.count().get_result(conn)?,
            absences::table.count().get_result(conn)?,
        ])
    };
    world.exchange.store.read(count).await.expect("counts")
}

/// The bad fields of an answer, as pointer and code.
#[track_caller]
fn bad_fields(answer: &Response) -> Vec<(String, String)> {
    let errors = answer.json["errors"].as_array().expect("bad fields");
    let text = |error: &Value, name: &str| error[name].as_str().unwrap_or_default().to_owned();
    let mut found: Vec<(String, String)> = errors
        .iter()
        .map(|error| {
            assert_ne!(text(error, "detail"), "", "each says its rule in words");
            let place = text(error, "pointer") + &text(error, "parameter");
            (place, text(error, "code"))
        })
        .collect();
    found.sort();
    found
}

fn named(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |(place, code): &(&str, &str)| ((*place).to_owned(), (*code).to_owned());
    pairs.iter().map(owned).collect()
}

#[actix_web::test]
async fn every_bad_field_of_a_new_case_is_named_at_once_and_nothing_is_kept() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let submitter = served.login("submitter.cayenne").await;
        let before = traces(&world).await;
        let mut draft = content(&world);
        draft["question"] = json!("q".repeat(100_000));
        draft["clinical_context"] = json!("a\u{7}b");
        draft["subspecialty"] = json!("alchemy");
        draft["patient"]["birth_year"] = json!(1071);
        draft["patient_information"]["date"] = json!("2031-01-01");
        draft["specimens"][0]["blocks"][0]["slides"][0]["location"]["path"] =
            json!("../../etc/passwd.dzi");
        let body = json!({"laboratory": world.cayenne, "content": draft});
        let refused = submitter.post("/cases", &body).await;
        let refused = refused.refused(422, "invalid_fields");
        assert_eq!(
            bad_fields(&refused),
            named(&[
                ("/content/clinical_context", "control_characters"),
                ("/content/patient/birth_year", "out_of_range"),
                ("/content/patient_information/date", "in_the_future"),
                ("/content/question", "too_long"),
                (
                    "/content/specimens/0/blocks/0/slides/0/location",
                    "malformed"
                ),
                ("/content/subspecialty", "unknown_code"),
            ])
        );
        let shapeless = json!({
            "laboratory": "Cayenne",
            "content": {"question": 7, "colour": "red", "urgency": "now", "specimens": [{"label": "A"}]},
            "more": null,
        });
        let refused = submitter.post("/cases", &shapeless).await;
        let refused = refused.refused(422, "invalid_fields");
        assert_eq!(
            bad_fields(&refused),
            named(&[
                ("/content/colour", "unknown_field"),
                ("/content/question", "invalid"),
                ("/content/specimens/0/blocks", "required"),
                ("/content/specimens/0/procedure", "required"),
                ("/content/specimens/0/site", "required"),
                ("/content/urgency", "unknown_code"),
                ("/laboratory", "invalid"),
                ("/more", "unknown_field"),
            ])
        );
        assert_eq!(traces(&world).await, before, "nothing was kept");
    }
}

#[actix_web::test]
async fn what_a_submission_lacks_is_named_field_by_field() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let submitter = served.login("submitter.cayenne").await;
        let body = json!({"laboratory": world.cayenne, "content": {}});
        let case = Case::created_from(&submitter, &body).await;
        let before = traces(&world).await;
        let refused = submitter
            .command(&case.id, case.version, "submit", &json!({}))
            .await
            .refused(422, "invalid_fields");
        let fields = bad_fields(&refused);
        for pointer in [
            "/question",
            "/subspecialty",
            "/specimens",
            "/initial_diagnosis",
        ] {
            assert!(
                fields.iter().any(|(field, _)| field == pointer),
                "{pointer} in {fields:?}"
            );
        }
        assert_eq!(traces(&world).await, before);
        assert_eq!(
            submitter.get(&case.path("")).await.version(),
            case.version,
            "still the same draft"
        );
    }
}

#[actix_web::test]
async fn each_mistake_in_the_form_of_a_request_has_its_own_problem() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let submitter = served.login("submitter.cayenne").await;
        let case = Case::submitted(&world, &submitter).await;
        let before = traces(&world).await;
        let create = || {
            submitter
                .request(Method::POST, "/cases")
                .header("idempotency-key", "one")
        };
        let json_type = ("content-type", "application/json");
        let good = json!({"laboratory": world.cayenne, "content": {}});
        let withdraw = || submitter.request(Method::POST, &case.path("withdraw"));
        let why = json!({"reason": "Doublon"});
        let table = [
            (
                create().header(json_type.0, json_type.1).body("{\"a\": "),
                400,
                "malformed_json",
            ),
            (
                create().header(json_type.0, json_type.1),
                400,
                "malformed_json",
            ),
            (
                create()
                    .header(json_type.0, json_type.1)
                    .body(vec![0xff, 0xfe]),
                400,
                "malformed_json",
            ),
            (
                create()
                    .header(json_type.0, json_type.1)
                    .body("[".repeat(100_000)),
                400,
                "malformed_json",
            ),
            (
                create()
                    .header(json_type.0, "text/plain")
                    .body(good.to_string()),
                415,
                "unsupported_media_type",
            ),
            (
                create().body(good.to_string()),
                415,
                "unsupported_media_type",
            ),
            (
                create()
                    .header(json_type.0, "application/json; charset=latin1")
                    .body(good.to_string()),
                415,
                "unsupported_media_type",
            ),
            (
                create().header("content-encoding", "gzip").json(&good),
                415,
                "unsupported_media_type",
            ),
            (
                create()
                    .header(json_type.0, json_type.1)
                    .body(vec![b' '; 2_000_000]),
                413,
                "body_too_large",
            ),
            (
                create().header("accept", "text/html").json(&good),
                406,
                "not_acceptable",
            ),
            (
                submitter.request(Method::POST, "/cases").json(&good),
                400,
                "missing_idempotency_key",
            ),
            (
                submitter
                    .request(Method::POST, "/cases")
                    .header("idempotency-key", "")
                    .json(&good),
                400,
                "missing_idempotency_key",
            ),
            (
                submitter
                    .request(Method::POST, "/cases")
                    .header("idempotency-key", "a b")
                    .json(&good),
                400,
                "missing_idempotency_key",
            ),
            (
                submitter
                    .request(Method::POST, "/cases")
                    .header("idempotency-key", "k".repeat(201))
                    .json(&good),
                400,
                "missing_idempotency_key",
            ),
            (
                submitter.request(Method::PATCH, "/cases"),
                405,
                "method_not_allowed",
            ),
            (
                submitter.request(Method::GET, "/cases/search"),
                405,
                "method_not_allowed",
            ),
            (
                submitter.request(Method::DELETE, &case.path("")),
                405,
                "method_not_allowed",
            ),
            (submitter.request(Method::GET, "/cases/7"), 404, "not_found"),
            (
                submitter.request(Method::GET, "/cases/%00"),
                404,
                "not_found",
            ),
            (
                submitter
                    .request(Method::POST, &case.path("expire"))
                    .json(&json!({})),
                404,
                "not_found",
            ),
            (
                submitter.request(Method::GET, "/me?verbose=1"),
                400,
                "malformed_query",
            ),
            (withdraw().json(&why), 428, "precondition_required"),
            (
                withdraw().header("if-match", "*").json(&why),
                400,
                "bad_precondition",
            ),
            (
                withdraw().header("if-match", "W/\"2\"").json(&why),
                400,
                "bad_precondition",
            ),
            (
                withdraw().header("if-match", "\"1\"").json(&why),
                412,
                "stale_version",
            ),
            (
                submitter
                    .request(Method::GET, &case.path(""))
                    .header("if-none-match", "x"),
                400,
                "bad_precondition",
            ),
            (
                submitter.request(Method::GET, "/cases?cursor=bm9uZQ"),
                400,
                "bad_cursor",
            ),
        ];
        for (number, (request, status, problem)) in table.into_iter().enumerate() {
            let answer = submitter.send(request).await;
            assert_eq!(
                (answer.status, answer.problem()),
                (status, problem),
                "request {number}: {answer:?}"
            );
        }
        let stale = submitter
            .command(&case.id, case.version - 1, "withdraw", &why)
            .await;
        assert_eq!(stale.json["current_version"], case.version);
        assert_eq!(traces(&world).await, before);
    }
}

#[actix_web::test]
async fn a_refused_command_says_what_refuses_it() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let submitter = served.login("submitter.cayenne").await;
        let expert = served.login("expert.breast").await;
        let case = Case::submitted(&world, &submitter).await;
        let sign = json!({"opinion": opinion()});
        let early = expert.command(&case.id, case.version, "sign", &sign).await;
        assert_eq!(
            (&early.json["command"], &early.json["state"]),
            (&json!("sign"), &json!("offered"))
        );
        let _ = early.refused(409, "command_refused");
        let restore = json!({"reason": ""});
        let nothing = submitter
            .command(&case.id, case.version, "restore_slides", &restore)
            .await;
        assert_eq!(nothing.json["guard"], "slides_unavailable");
        let _ = nothing.refused(409, "command_refused");
        let foreign = expert
            .command(&case.id, case.version, "withdraw", &json!({"reason": "x"}))
            .await;
        let _ = foreign.refused(403, "forbidden");
    }
}

#[actix_web::test]
async fn every_bad_parameter_is_named_at_once() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let submitter = served.login("submitter.cayenne").await;
        let query = "/cases?scope=all&open=maybe&state=draft&state=lost&urgency=now&limit=0&overdue=true&overdue=false\
                     &subspecialty=%00&territory=XX&colour=red&q=a%00b";
        let refused = submitter.get(query).await.refused(400, "malformed_query");
        assert_eq!(
            bad_fields(&refused),
            named(&[
                ("colour", "unknown_field"),
                ("limit", "out_of_range"),
                ("open", "malformed"),
                ("overdue", "duplicate"),
                ("q", "control_characters"),
                ("scope", "unknown_code"),
                ("state", "unknown_code"),
                ("subspecialty", "unknown_code"),
                ("territory", "unknown_code"),
                ("urgency", "unknown_code"),
            ])
        );
        let body =
            json!({"scope": "all", "limit": 101, "q": "x".repeat(201), "territory": "\u{0}"});
        let refused = submitter.post("/cases/search", &body).await;
        assert_eq!(
            bad_fields(&refused),
            named(&[("/scope", "unknown_code")]),
            "what cannot be read is told first"
        );
        let body = json!({"limit": 101, "q": "x".repeat(201), "territory": "\u{0}"});
        let refused = submitter.post("/cases/search", &body).await;
        assert_eq!(
            bad_fields(&refused),
            named(&[
                ("/limit", "out_of_range"),
                ("/q", "too_long"),
                ("/territory", "unknown_code"),
            ])
        );
        let coordinator = served.login("coordinator.antilles").await;
        let path = format!(
            "/networks/{}/turnaround?from=yesterday&until=x",
            world.antilles
        );
        let refused = coordinator.get(&path).await.refused(400, "malformed_query");
        assert_eq!(
            bad_fields(&refused),
            named(&[
                ("from", "malformed"),
                ("to", "required"),
                ("until", "unknown_field")
            ])
        );
    }
}

#[actix_web::test]
async fn texts_that_a_database_chokes_on_are_refused_or_kept_whole() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let login = json!({"login": "a\u{0}b", "password": "\u{0}"});
        let stranger = served.stranger().post("/session", &login).await;
        let _ = stranger.refused(401, "invalid_credentials");
        let submitter = served.login("submitter.cayenne").await;
        let expert = served.login("expert.breast").await;
        let mut case = Case::submitted(&world, &submitter).await;
        case.gives(&expert, "accept", &json!({})).await;
        let mut bad = opinion();
        bad["conclusion"] = json!("zero\u{0}byte");
        let refused = expert
            .command(&case.id, case.version, "save_opinion", &bad)
            .await
            .refused(422, "invalid_fields");
        assert_eq!(
            bad_fields(&refused),
            named(&[("/conclusion", "control_characters")])
        );
        let mut odd = opinion();
        odd["conclusion"] = json!("\u{202e}épithélium 🔬 \"';--\\ \u{feff}\u{10ffff}");
        case.gives(&expert, "save_opinion", &odd).await;
        assert_eq!(
            case.document["opinion_draft"]["conclusion"],
            odd["conclusion"]
        );
    }
}
