//! The time of a panel's seats: reminders, what becomes of a seat that nobody answers or reads, and of one whose reader cannot take it.

use std::sync::Arc;

use chrono::{DateTime, Duration, Utc};
use relecture::domain::escalation::Ladder;
use relecture::domain::notifications::NotificationKind as Kind;
use relecture::domain::time::Clock as _;
use relecture::service::{Core, jobs};
use relecture::store;
use serde_json::{Value, json};

use super::reading;
use super::stage::{FOURTH, SECOND, Stage, THIRD};
use crate::api::databases;
use crate::journey::{mails, run_due_jobs};
use crate::support::database::TestDatabase;
use crate::support::exchange::SEALING_KEY;

fn instant(value: &Value) -> DateTime<Utc> {
    let text = value
        .as_str()
        .unwrap_or_else(|| panic!("an instant: {value}"));
    text.parse().expect("an instant")
}

/// The second and the third reader invited, without an answer.
async fn invited(database: &TestDatabase) -> Stage {
    let mut stage = Stage::on(database).await;
    let readers = json!([stage.id(SECOND).await, stage.id(THIRD).await]);
    let body = json!({"readers": readers, "reason": "Tumeur rare"});
    let coordinator = stage.coordinator.clone();
    stage.case.gives(&coordinator, "convene", &body).await;
    stage
}

impl Stage {
    /// Until then, with everything that is due until then; who was logged in has to do it again.
    async fn passes(&mut self, until: DateTime<Utc>) {
        let by = until - self.world.clock.now();
        self.world.clock.advance(by.max(Duration::zero()));
        run_due_jobs(&self.world).await;
        self.coordinator = self.served.login("coordinator.antilles").await;
        self.chair = self.served.login("expert.breast").await;
        self.looked().await;
    }

    async fn looked(&mut self) {
        let coordinator = self.coordinator.clone();
        self.case.look(&coordinator).await;
    }

    fn seat(&self, place: usize, field: &str) -> &Value {
        &self.panel()["seats"][place][field]
    }

    /// What became of each seat.
    fn states(&self) -> Vec<&str> {
        let seats = self.panel()["seats"].as_array().expect("seats");
        seats
            .iter()
            .filter_map(|seat| seat["state"].as_str())
            .collect()
    }

    /// How many mails of that kind somebody was sent about it.
    async fn told(&self, login: &str, kind: Kind) -> usize {
        let to = self.id(login).await;
        let all = mails(&self.world).await;
        let of_them = all.iter().filter(|mail| mail.to == to && mail.kind == kind);
        of_them.count()
    }

    /// The facts of the timeline's events of that command.
    async fn events(&self, command: &str) -> Vec<Value> {
        let told = self.coordinator.get(&self.case.path("timeline")).await;
        let told = told.expect(200).json["items"].as_array().cloned();
        let of_it = told.into_iter().flatten();
        let of_it = of_it.filter(|event| event["command"] == command);
        of_it.map(|event| event["facts"].clone()).collect()
    }

    /// Everything that is due, by eight workers at once.
    async fn races(&self) {
        let now = store::micros(self.world.clock.now());
        let due = move |conn: &mut store::Conn| {
            use diesel::prelude::*;
            use store::schema::outbox;
            let payloads: Vec<String> = outbox::table
                .filter(outbox::topic.eq("job"))
                .filter(outbox::run_at.le(now))
                .filter(outbox::payload.like("%_seat%"))
                .select(outbox::payload)
                .load(conn)?;
            Ok::<_, store::StoreError>(payloads)
        };
        let payloads = self.world.exchange.store.read(due).await.expect("jobs");
        assert!(!payloads.is_empty(), "something is due");
        let parse = |payload: &String| serde_json::from_str::<jobs::Job>(payload).expect("a job");
        let racers = (0..8).flat_map(|_| payloads.iter().map(parse));
        let racers = racers.map(|job| jobs::run(&self.world.exchange, job));
        for ran in futures_util::future::join_all(racers).await {
            ran.expect("a job that is no longer meant succeeds");
        }
    }
}

#[actix_web::test]
async fn a_seat_that_nobody_answers_goes_to_another_reader_once() {
    for database in databases() {
        let mut stage = Stage::on(&database).await;
        let before = instant(&stage.case.document["turnaround"]["due_at"]);
        let now = stage.world.clock.now();
        let readers = json!([stage.id(SECOND).await, stage.id(THIRD).await]);
        let body = json!({"readers": readers, "reason": "Tumeur rare"});
        let coordinator = stage.coordinator.clone();
        stage.case.gives(&coordinator, "convene", &body).await;
        // Nobody's promise but the program's: two working days to read, on top of what the case has.
        let promise = &stage.panel()["promise"];
        assert_eq!(promise["policy"], Value::Null);
        assert_eq!(promise["target"]["answer_minutes"], 960);
        let (answer_by, due) = (
            instant(stage.seat(1, "answer_by")),
            instant(stage.seat(1, "due_at")),
        );
        assert!(now < answer_by && answer_by < due, "{answer_by} {due}");
        assert!(
            stage.seat(0, "answer_by").is_null(),
            "who has the case was not asked"
        );
        assert_eq!(instant(stage.seat(0, "due_at")), due);
        let turnaround = &stage.case.document["turnaround"];
        assert_eq!(
            turnaround["promise"]["target"]["answer_minutes"],
            1440 + 960
        );
        assert!(instant(&turnaround["due_at"]) > before.max(due));

        // Halfway each is reminded, by however many workers.
        stage.world.clock.advance((answer_by - now) / 2);
        stage.races().await;
        stage.passes(stage.world.clock.now()).await;
        assert_eq!(stage.told(SECOND, Kind::SeatReminder).await, 1);
        assert_eq!(stage.told(THIRD, Kind::SeatReminder).await, 1);
        assert_eq!(stage.states(), ["accepted", "invited", "invited"]);
        assert!(stage.seat(1, "reminded_at").is_string());
        let third = stage.served.login(THIRD).await;
        stage.case.look(&third).await;
        assert!(
            stage.seat(1, "reminded_at").is_null(),
            "that is between them"
        );
        stage.case.gives(&third, "join_panel", &json!({})).await;

        // At its end the seat goes to whoever is left, once.
        stage
            .world
            .clock
            .advance(answer_by - stage.world.clock.now());
        stage.races().await;
        stage.passes(answer_by).await;
        assert_eq!(
            stage.states(),
            ["accepted", "replaced", "accepted", "invited"]
        );
        assert_eq!(stage.seat(1, "reason"), "unanswered");
        assert_eq!(stage.seat(3, "reader")["id"], json!(stage.id(FOURTH).await));
        assert!(instant(stage.seat(3, "answer_by")) > answer_by);
        assert!(instant(stage.seat(3, "due_at")) > due);
        let freed = stage.events("free_seat").await;
        let expected = json!({"reader": stage.id(SECOND).await, "seat": 2, "why": "unanswered"});
        assert_eq!(freed, [expected]);
        assert_eq!(stage.events("replace_reader").await.len(), 1);
        for (login, kind) in [
            (SECOND, Kind::SeatFreed),
            (FOURTH, Kind::PanelInvitation),
            ("coordinator.antilles", Kind::ReaderReplaced),
        ] {
            assert_eq!(stage.told(login, kind).await, 1, "{login} {kind}");
        }
        // A replacement is the exchange's to bear: the answer is due as it was.
        let turnaround = &stage.case.document["turnaround"];
        assert_eq!(
            turnaround["promise"]["target"]["answer_minutes"],
            1440 + 960
        );
        // Who lost the seat is a stranger now, and others know neither why nor of any reminder.
        let second = stage.served.login(SECOND).await;
        let _ = second
            .get(&stage.case.path(""))
            .await
            .refused(404, "not_found");
        let third = stage.served.login(THIRD).await;
        stage.case.look(&third).await;
        assert!(stage.seat(1, "reason").is_null());
        // What was read of the case before other seats moved is up to date enough for one's own.
        let version = stage.case.version - 2;
        let signed = reading("third", "concordant");
        let done = third
            .command(&stage.case.id, version, "sign_reading", &signed)
            .await;
        let _ = done.expect(200);

        // Nobody is left for the fourth one's: the seat stays free, and a coordinator closes.
        stage.looked().await;
        let answer_by = instant(stage.seat(3, "answer_by"));
        stage.passes(answer_by).await;
        assert_eq!(stage.states(), ["accepted", "replaced", "signed", "freed"]);
        assert_eq!(
            stage.told("coordinator.antilles", Kind::ReaderLeft).await,
            1
        );
        let replace = json!({"reader": stage.id(FOURTH).await, "expert": stage.id(SECOND).await});
        let coordinator = stage.coordinator.clone();
        stage
            .case
            .gives(&coordinator, "replace_reader", &replace)
            .await;
        assert_eq!(
            stage.states(),
            ["accepted", "replaced", "signed", "replaced", "invited"]
        );
        let why = json!({"reason": "La réponse presse"});
        stage.case.gives(&coordinator, "close_panel", &why).await;
        // What was scheduled finds nothing any more.
        let version = stage.case.version;
        stage
            .passes(stage.world.clock.now() + Duration::days(10))
            .await;
        assert_eq!(stage.case.version, version);
    }
}

#[actix_web::test]
async fn a_reading_that_is_not_signed_in_time_goes_to_another_reader_who_reads_none() {
    for database in databases() {
        let (mut stage, _, third) = Stage::convened(&database).await;
        let signed = reading("third", "concordant");
        stage.case.gives(&third, "sign_reading", &signed).await;
        stage.looked().await;
        let due = instant(stage.seat(1, "due_at"));
        assert!(stage.seat(2, "due_at").is_null(), "read");
        stage.passes(due - Duration::minutes(1)).await;
        for (login, times) in [(SECOND, 1), ("expert.breast", 1), (THIRD, 0)] {
            assert_eq!(
                stage.told(login, Kind::SeatReminder).await,
                times,
                "{login}"
            );
        }
        stage.passes(due).await;
        assert_eq!(
            stage.states(),
            ["accepted", "replaced", "signed", "invited"]
        );
        assert_eq!(stage.seat(1, "reason"), "unread");
        // Who holds the case keeps their seat; the coordinators are told once that it is late.
        assert_eq!(stage.told("coordinator.antilles", Kind::SeatLate).await, 1);
        let fourth = stage.served.login(FOURTH).await;
        let read = fourth.get(&stage.case.path("")).await.expect(200);
        assert!(!read.text.contains("Conclusion third"), "{}", read.text);
        stage.case.look(&fourth).await;
        stage.case.gives(&fourth, "join_panel", &json!({})).await;
        let signed = reading("fourth", "concordant");
        stage.case.gives(&fourth, "sign_reading", &signed).await;
        let chair = stage.chair.clone();
        stage.case.look(&chair).await;
        stage
            .case
            .gives(&chair, "sign_reading", &reading("chair", "concordant"))
            .await;
        assert_eq!(stage.panel()["phase"], "revealed");
    }
}

#[actix_web::test]
async fn the_time_of_a_seat_stands_still_with_the_clock() {
    for database in databases() {
        let mut stage = invited(&database).await;
        let (answer_by, due) = (
            instant(stage.seat(1, "answer_by")),
            instant(stage.seat(1, "due_at")),
        );
        let chair = stage.chair.clone();
        stage.case.look(&chair).await;
        let question = json!({"kind": "clinical_data", "question": "Antécédents ?"});
        stage
            .case
            .gives(&chair, "request_information", &question)
            .await;
        stage.passes(due + Duration::hours(3)).await;
        assert_eq!(stage.states(), ["accepted", "invited", "invited"]);
        assert_eq!(stage.told(SECOND, Kind::SeatReminder).await, 0);
        let submitter = stage.served.login("submitter.cayenne").await;
        stage.case.look(&submitter).await;
        let open = stage.case.open_request(&submitter).await;
        let reply = json!({"request": open, "reply": "Aucun."});
        stage.case.gives(&submitter, "answer", &reply).await;
        stage.looked().await;
        let later = (
            instant(stage.seat(1, "answer_by")),
            instant(stage.seat(1, "due_at")),
        );
        let now = stage.world.clock.now();
        assert!(now < later.0 && later.0 < later.1, "{later:?}");
        assert!(later.0 - now <= answer_by - instant(&json!("2026-11-23T13:00:00Z")));
        stage.passes(later.0).await;
        assert_eq!(stage.states()[1], "replaced");
    }
}

#[actix_web::test]
async fn an_operator_may_have_the_coordinators_told_or_nothing_done() {
    for (rules, told, seats) in [
        (r#"{"unanswered":"tell"}"#, 2, 3),
        (r#"{"unanswered":"leave"}"#, 0, 3),
        (r#"{"replace":false}"#, 0, 3),
    ] {
        let mut stage = invited(&TestDatabase::sqlite()).await;
        let clock = Arc::new(stage.world.clock.clone());
        let ids = Arc::new(relecture::clock::SystemIds);
        let mut core = Core::new(clock, ids, SEALING_KEY).expect("a core");
        let ladder = format!(r#"{{"version":"x","steps":[],"seats":{rules}}}"#);
        core.ladder = Ladder::read(&ladder).expect("a ladder");
        stage.world.exchange.core = Arc::new(core);
        let answer_by = instant(stage.seat(1, "answer_by"));
        stage.passes(answer_by).await;
        assert_eq!(
            stage.told("coordinator.antilles", Kind::SeatLate).await,
            told,
            "{rules}"
        );
        assert_eq!(stage.states().len(), seats, "{rules}");
        let freed = rules.contains("replace");
        assert_eq!(stage.states()[1] == "freed", freed, "{rules}");
    }
}

#[actix_web::test]
async fn who_cannot_take_a_seat_that_was_offered_makes_room_at_once() {
    for database in databases() {
        let mut stage = invited(&database).await;
        let second = stage.served.login(SECOND).await;
        let third = stage.served.login(THIRD).await;
        // A conflict with another laboratory is none with this one.
        let path = format!("/networks/{}/recusals", stage.world.antilles);
        let own = stage.id(SECOND).await;
        let elsewhere = json!({
            "expert": own, "laboratory": stage.world.fort_de_france, "reason": "own_reports",
        });
        let _ = second.post(&path, &elsewhere).await.expect(201);
        stage.looked().await;
        assert_eq!(stage.states(), ["accepted", "invited", "invited"]);
        let recused = json!({
            "expert": own, "laboratory": stage.world.cayenne, "reason": "own_reports",
        });
        let _ = second.post(&path, &recused).await.expect(201);
        stage.looked().await;
        assert_eq!(
            stage.states(),
            ["accepted", "replaced", "invited", "invited"]
        );
        assert_eq!(stage.seat(1, "reason"), "recused");
        assert_eq!(stage.seat(3, "reader")["id"], json!(stage.id(FOURTH).await));

        // Away for an hour, the third still has time to answer; away for a month, not. Nobody is left to ask.
        let now = stage.world.clock.now();
        let away = |hours: i64| json!({"starts_at": now, "ends_at": now + Duration::hours(hours)});
        let _ = third.post("/me/absences", &away(1)).await.expect(201);
        stage.looked().await;
        assert_eq!(
            stage.states(),
            ["accepted", "replaced", "invited", "invited"]
        );
        let _ = third.post("/me/absences", &away(24 * 30)).await.expect(201);
        stage.looked().await;
        assert_eq!(stage.states(), ["accepted", "replaced", "freed", "invited"]);
        assert_eq!(stage.seat(2, "reason"), "absence");
        assert_eq!(
            stage.told("coordinator.antilles", Kind::ReaderLeft).await,
            1
        );

        // A seat that was taken stays with its reader.
        let fourth = stage.served.login(FOURTH).await;
        stage.case.look(&fourth).await;
        stage.case.gives(&fourth, "join_panel", &json!({})).await;
        let _ = fourth
            .post("/me/absences", &away(24 * 30))
            .await
            .expect(201);
        stage.looked().await;
        assert_eq!(stage.states()[3], "accepted");
        let events = stage.events("free_seat").await;
        let why: Vec<&Value> = events.iter().map(|facts| &facts["why"]).collect();
        assert_eq!(why, ["recused", "absence"]);
    }
}

#[actix_web::test]
async fn a_network_promises_a_turnaround_of_panels_apart() {
    for database in databases() {
        let mut stage = Stage::on(&database).await;
        let coordinator = stage.coordinator.clone();
        let path = format!("/networks/{}/targets", stage.world.antilles);
        let entry = json!({
            "request": "panel", "urgency": "routine", "subspecialty": "breast", "time": "wall",
            "answer_minutes": 600, "first_response_minutes": 90, "warning_minutes": 300,
        });
        let made = coordinator.post(&path, &entry).await.expect(201).json;
        assert_eq!(
            (&made["request"], &made["version"]),
            (&json!("panel"), &json!(1))
        );
        let again = coordinator.post(&path, &entry).await;
        let again = again.refused(422, "invalid_fields");
        assert_eq!(again.json["errors"][0]["code"], "overlaps");
        // Of opinions it says nothing, nor stands in their way.
        let mut opinions = entry.clone();
        opinions["request"] = json!("opinion");
        let made_of_opinions = coordinator.post(&path, &opinions).await.expect(201).json;
        assert_eq!(made_of_opinions["version"], 1);
        let kept = coordinator.get(&path).await.expect(200).json;
        assert_eq!(kept["panel_defaults"].as_array().map(Vec::len), Some(3));
        let trial = json!({"targets": [entry]});
        let trials = format!("/networks/{}/trials", stage.world.antilles);
        let refused = coordinator.post(&trials, &trial).await;
        let refused = refused.refused(422, "invalid_fields");
        assert_eq!(refused.json["errors"][0]["pointer"], "/targets/0/request");

        let now = stage.world.clock.now();
        let body = json!({"readers": [stage.id(SECOND).await], "reason": "Tumeur rare"});
        stage.case.gives(&coordinator, "convene", &body).await;
        assert_eq!(stage.panel()["promise"]["policy"], made["id"]);
        assert_eq!(
            instant(stage.seat(1, "answer_by")),
            now + Duration::minutes(90)
        );
        assert_eq!(
            instant(stage.seat(1, "due_at")),
            now + Duration::minutes(600)
        );
        // Ten hours on the wall from ten o'clock: until twelve, and from two to six of these are working time.
        let promise = &stage.case.document["turnaround"]["promise"];
        assert_eq!(promise["target"]["answer_minutes"], 1440 + 360);
    }
}
