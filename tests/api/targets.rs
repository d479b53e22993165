//! What a network promises: entries that are added and ended, cases that keep what was promised when they were sent.

use chrono::{DateTime, Duration, Utc};
use relecture::domain::ids::IdGenerator as _;

use super::*;

fn entry(urgency: &str, answer: u32) -> Value {
    json!({"urgency": urgency, "time": "working", "answer_minutes": answer, "first_response_minutes": 30, "warning_minutes": 45})
}

fn with(mut entry: Value, field: &str, value: impl Into<Value>) -> Value {
    entry[field] = value.into();
    entry
}

/// A coordinator with the targets of their network.
struct Office<'w> {
    world: &'w World,
    coordinator: Caller,
}

impl Office<'_> {
    fn path(&self, below: &str) -> String {
        format!("/networks/{}/targets{below}", self.world.antilles)
    }

    async fn adds(&self, entry: &Value) -> Value {
        let made = self.coordinator.post(&self.path(""), entry).await;
        made.expect(201).json
    }

    /// The fields that a refused entry names, each with its rule.
    async fn refused(&self, entry: &Value) -> Vec<(String, String)> {
        let refused = self.coordinator.post(&self.path(""), entry).await;
        let errors = refused.json["errors"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        let _ = refused.refused(422, "invalid_fields");
        let text = |one: &Value, name: &str| one[name].as_str().unwrap_or_default().to_owned();
        errors
            .iter()
            .map(|one| (text(one, "pointer"), text(one, "code")))
            .collect()
    }

    async fn ends(&self, entry: &Value, body: &Value) -> Response {
        let id = entry["id"].as_str().expect("an identifier");
        self.coordinator
            .post(&self.path(&format!("/{id}/end")), body)
            .await
    }
}

async fn clock(caller: &Caller, case: &Case) -> Value {
    caller.get(&case.path("turnaround")).await.expect(200).json
}

#[actix_web::test]
async fn a_case_keeps_what_was_promised_when_it_was_sent() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        world.without_limits().await;
        let submitter = served.login("submitter.cayenne").await;
        let office = Office {
            world: &world,
            coordinator: served.login("coordinator.antilles").await,
        };
        let before = Case::submitted(&world, &submitter).await;
        let made = office.adds(&entry("routine", 60)).await;
        assert_eq!(
            (&made["version"], &made["state"]),
            (&json!(1), &json!("in_force"))
        );
        let sent = Case::submitted(&world, &submitter).await;
        // Monday, ten o'clock: an hour, and the warning after three quarters of it.
        let told = clock(&submitter, &sent).await;
        assert_eq!(
            (&told["due_at"], &told["warning_at"]),
            (
                &json!("2026-11-23T14:00:00Z"),
                &json!("2026-11-23T13:45:00Z")
            )
        );
        assert_eq!(
            (&told["promise"]["policy"], &told["promise"]["version"]),
            (&made["id"], &json!(1))
        );
        let earlier = clock(&submitter, &before).await;
        assert_eq!(
            earlier["promise"]["policy"],
            Value::Null,
            "sent before the entry"
        );
        assert_eq!(earlier["promise"]["target"]["answer_minutes"], 1440);
        // An offer ends when the entry says.
        let mut seen = sent;
        seen.look(&office.coordinator).await;
        assert_eq!(
            seen.document["assignments"][0]["expires_at"],
            "2026-11-23T13:30:00Z"
        );

        // The entry ends, another begins: nothing that was sent notices, not even after a pause.
        let _ = office.ends(&made, &json!({})).await.expect(200);
        office.adds(&entry("routine", 600)).await;
        assert_eq!(clock(&submitter, &seen).await, told);
        let question = json!({"kind": "clinical_data", "question": "Antécédents ?"});
        seen.gives(&office.coordinator, "request_information", &question)
            .await;
        world.clock.advance(Duration::minutes(5));
        let submitter = served.login("submitter.cayenne").await;
        seen.look(&submitter).await;
        let open = seen.open_request(&submitter).await;
        seen.gives(
            &submitter,
            "answer",
            &json!({"request": open, "reply": "Aucun."}),
        )
        .await;
        let after = clock(&submitter, &seen).await;
        assert_eq!(after["due_at"], "2026-11-23T14:05:00Z", "{after}");
        assert_eq!(after["promise"], told["promise"]);
        let newer = Case::submitted(&world, &submitter).await;
        assert_eq!(clock(&submitter, &newer).await["promise"]["version"], 2);
    }
}

#[actix_web::test]
async fn an_entry_of_a_subspecialty_goes_first_and_a_new_label_brings_its_own() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let submitter = served.login("submitter.cayenne").await;
        world
            .alter("UPDATE networks SET routes_at_once = false")
            .await;
        let office = Office {
            world: &world,
            coordinator: served.login("coordinator.antilles").await,
        };
        office.adds(&entry("routine", 300)).await;
        let breast = with(entry("routine", 120), "subspecialty", "breast");
        let breast = office.adds(&breast).await;
        let urgent = office.adds(&entry("urgent", 60)).await;
        let mut held = Case::submitted(&world, &submitter).await;
        assert_eq!(
            clock(&submitter, &held).await["promise"]["policy"],
            breast["id"]
        );
        // What was promised of urgent cases when this one was sent, not what is promised when it is found to be urgent.
        world.clock.advance(Duration::minutes(2));
        let coordinator = served.login("coordinator.antilles").await;
        let ended = format!("/{}/end", urgent["id"].as_str().unwrap());
        let _ = coordinator
            .post(&office.path(&ended), &json!({}))
            .await
            .expect(200);
        held.look(&coordinator).await;
        held.gives(&coordinator, "triage", &json!({"urgency": "urgent"}))
            .await;
        let told = clock(&coordinator, &held).await;
        assert_eq!(told["promise"]["policy"], urgent["id"], "{told}");
        assert_eq!(told["due_at"], "2026-11-23T14:00:00Z");
    }
}

#[actix_web::test]
async fn contradictions_are_refused_with_the_entry_that_stands_in_the_way() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let office = Office {
            world: &world,
            coordinator: served.login("coordinator.antilles").await,
        };
        let first = office
            .adds(&with(
                entry("urgent", 120),
                "valid_until",
                "2026-12-01T00:00:00Z",
            ))
            .await;
        let pair = |pointer: &str, code: &str| vec![(pointer.to_owned(), code.to_owned())];
        let overlapping = office
            .coordinator
            .post(&office.path(""), &entry("urgent", 90))
            .await;
        assert_eq!(overlapping.json["errors"][0]["entry"], first["id"]);
        assert_eq!(
            overlapping.json["errors"][0]["until"],
            "2026-12-01T00:00:00Z"
        );
        assert_eq!(
            office.refused(&entry("urgent", 90)).await,
            pair("/valid_from", "overlaps")
        );
        let later = with(entry("urgent", 90), "valid_from", "2026-12-01T00:00:00Z");
        let coming = office.adds(&later).await;
        assert_eq!(
            (&coming["state"], &coming["version"]),
            (&json!("coming"), &json!(2))
        );
        let late = with(entry("routine", 40), "warning_minutes", 41);
        assert_eq!(
            office.refused(&late).await,
            pair("/warning_minutes", "out_of_range")
        );
        let past = with(entry("routine", 60), "valid_from", "2026-11-22T00:00:00Z");
        assert_eq!(
            office.refused(&past).await,
            pair("/valid_from", "malformed")
        );
        let never = with(entry("routine", 60), "valid_until", "2026-11-23T13:00:00Z");
        assert_eq!(
            office.refused(&never).await,
            pair("/valid_until", "malformed")
        );
        let unknown = with(entry("routine", 60), "subspecialty", "astrology");
        assert_eq!(
            office.refused(&unknown).await,
            pair("/subspecialty", "unknown_code")
        );
        let nothing = with(entry("routine", 60), "answer_minutes", 0);
        let refused = office.coordinator.post(&office.path(""), &nothing).await;
        assert!(refused.text.contains("/answer_minutes"), "{refused:?}");
        let _ = refused.refused(422, "invalid_fields");

        // An end comes sooner, never later, and never before now.
        let at = |until: &str| json!({"valid_until": until});
        let longer = office.ends(&first, &at("2026-12-02T00:00:00Z")).await;
        let _ = longer.refused(422, "invalid_fields");
        let gone = office.ends(&first, &at("2026-11-22T00:00:00Z")).await;
        let _ = gone.refused(422, "invalid_fields");
        let ended = office.ends(&first, &json!({})).await.expect(200);
        assert_eq!(ended.json["state"], "ended");
        let again = office.ends(&first, &json!({})).await.expect(200);
        assert_eq!(again.json, ended.json);
        let dropped = office.ends(&coming, &json!({})).await.expect(200);
        assert_eq!(dropped.json["state"], "ended", "it never held");
        let nobody = json!({"id": relecture::clock::SystemIds.next()});
        let _ = office
            .ends(&nobody, &json!({}))
            .await
            .refused(404, "not_found");
        let list = office
            .coordinator
            .get(&office.path(""))
            .await
            .expect(200)
            .json;
        assert_eq!(list["items"].as_array().unwrap().len(), 2);
        assert_eq!(list["defaults"].as_array().unwrap().len(), 3);
        office.adds(&entry("urgent", 90)).await;
    }
}

#[actix_web::test]
async fn an_administrator_promises_too_and_a_repeated_request_adds_once() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let administrator = served.login("administrator").await;
        let path = format!("/networks/{}/targets", world.pacific);
        let sent = |key: &str| {
            administrator
                .request(reqwest::Method::POST, &path)
                .header("idempotency-key", key)
                .json(&entry("intra_operative", 60))
        };
        let first = administrator.send(sent("a")).await.expect(201);
        let again = administrator.send(sent("a")).await.expect(201);
        assert_eq!(again.header("idempotent-replayed"), "true");
        assert_eq!(first.json, again.json);
        let _ = administrator
            .send(sent("b"))
            .await
            .refused(422, "invalid_fields");
        let list = administrator.get(&path).await.expect(200).json;
        assert_eq!(list["items"].as_array().unwrap().len(), 1);
        let unknown = format!("/networks/{}/targets", relecture::clock::SystemIds.next());
        let _ = administrator.get(&unknown).await.refused(404, "not_found");
        // Its beginning has passed when the lost answer is asked for again.
        let mut later = entry("routine", 600);
        later["valid_from"] = json!("2026-11-23T13:01:00Z");
        let lost = || {
            let request = administrator.request(reqwest::Method::POST, &path);
            request.header("idempotency-key", "c").json(&later)
        };
        let made_then = administrator.send(lost()).await.expect(201);
        world.clock.advance(chrono::Duration::minutes(2));
        let again = administrator.send(lost()).await.expect(201);
        assert_eq!(again.json["id"], made_then.json["id"]);
        let made: DateTime<Utc> = first.json["made_at"].as_str().unwrap().parse().unwrap();
        assert_eq!(made.to_rfc3339(), "2026-11-23T13:00:00+00:00");
    }
}
