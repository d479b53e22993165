//! On-call hours of a pool and who has them: urgent work goes on in them, routine work does not.

use chrono::{DateTime, Duration, Utc};

use super::*;

/// From the start of the world to Friday evening, when nobody works: 19:00 in Cayenne.
const TO_FRIDAY_EVENING: Duration = Duration::hours(4 * 24 + 9);

/// A pool that answers urgent work on Saturday mornings too.
struct Pool<'w> {
    world: &'w World,
    served: &'w Served,
    coordinator: Caller,
}

impl<'w> Pool<'w> {
    async fn on_call_on_saturdays(world: &'w World, served: &'w Served) -> Self {
        let administrator = served.login("administrator").await;
        let path = format!("/administration/networks/{}", world.antilles);
        let kept = administrator.get(&path).await.expect(200);
        let mut content = kept.json.clone();
        let fields = content.as_object_mut().expect("a network");
        fields.remove("id");
        fields.remove("version");
        fields.insert("on_call_hours".into(), json!({}));
        for (wrong, code) in [
            (json!([["20:00", "08:00"]]), "hours_reversed"),
            (
                json!([["08:00", "12:00"], ["11:00", "14:00"]]),
                "hours_overlap",
            ),
        ] {
            content["on_call_hours"]["sat"] = wrong.clone();
            content["weekly_hours"]["tue"] = wrong;
            let refused = administrator.put(&path, kept.version(), &content).await;
            let errors = refused.json["errors"].as_array().expect("a list");
            for (error, field) in errors.iter().zip(["weekly_hours/tue", "on_call_hours/sat"]) {
                assert_eq!(error["pointer"], format!("/{field}"));
                assert_eq!(error["code"], code);
            }
            assert_eq!(errors.len(), 2);
            let _ = refused.refused(422, "invalid_fields");
        }
        content["weekly_hours"] = kept.json["weekly_hours"].clone();
        content["on_call_hours"] = json!({"sat": [["08:00", "12:00"]]});
        let changed = administrator.put(&path, kept.version(), &content).await;
        assert_eq!(
            changed.expect(200).json["on_call_hours"]["sat"],
            json!([["08:00", "12:00"]])
        );
        Self {
            world,
            served,
            coordinator: served.login("coordinator.antilles").await,
        }
    }

    fn path(&self, below: &str) -> String {
        format!("/networks/{}/duties{below}", self.world.antilles)
    }

    async fn expert(&self, login: &str) -> String {
        self.world
            .actor(&format!("{login}@example.org"))
            .await
            .person
            .to_string()
    }

    async fn roster(&self, caller: &Caller) -> Value {
        caller.get(&self.path("")).await.expect(200).json
    }

    /// Puts an expert on call, which must be done.
    async fn adds(&self, duty: &Value) -> Value {
        let made = self.coordinator.post(&self.path(""), duty).await;
        made.expect(201).json
    }

    /// The fields that a refused duty names.
    async fn refused(&self, duty: &Value) -> Vec<String> {
        let refused = self.coordinator.post(&self.path(""), duty).await;
        let errors = refused.json["errors"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        let _ = refused.refused(422, "invalid_fields");
        let pointer = |one: &Value| one["pointer"].as_str().unwrap_or_default().to_owned();
        errors.iter().map(pointer).collect()
    }

    /// A case of Cayenne, sent now.
    async fn sent(&self, submitter: &Caller, urgency: &str) -> Case {
        let mut content = content(self.world);
        content["urgency"] = urgency.into();
        if urgency == "urgent" {
            content["urgency_reason"] = "Chirurgie lundi.".into();
        }
        let body = json!({"laboratory": self.world.cayenne, "content": content});
        let mut case = Case::created_from(submitter, &body).await;
        case.gives(submitter, "submit", &json!({})).await;
        case.look(&self.coordinator).await;
        case
    }
}

fn duty(expert: &str, from: &str, to: &str) -> Value {
    json!({"expert": expert, "starts_at": from, "ends_at": to})
}

async fn due(caller: &Caller, case: &Case) -> Value {
    let told = caller.get(&case.path("turnaround")).await.expect(200);
    told.json["due_at"].clone()
}

fn first_offer(case: &Case) -> &Value {
    &case.document["assignments"][0]
}

#[actix_web::test]
async fn urgent_work_goes_to_whoever_is_on_call() {
    for database in databases() {
        let world = World::on(database.url()).await;
        world.clock.advance(TO_FRIDAY_EVENING);
        let served = Served::start(&world);
        world.without_limits().await;
        let submitter = served.login("submitter.cayenne").await;
        let pool = Pool::on_call_on_saturdays(&world, &served).await;

        // What is promised does not hang on the roster: four hours on Saturday, four on Monday.
        let nobody = pool.sent(&submitter, "urgent").await;
        assert_eq!(due(&submitter, &nobody).await, "2026-11-30T15:00:00Z");
        let answer: DateTime<Utc> = first_offer(&nobody)["expected_answer_at"]
            .as_str()
            .and_then(|at| at.parse().ok())
            .expect("an instant");
        assert!(answer > "2026-11-30T00:00:00Z".parse::<DateTime<Utc>>().unwrap());

        // Whoever is on call has a long queue of routine work, which waits until Monday.
        let second = pool.expert("expert.second").await;
        let weekend = duty(&second, "2026-11-27T21:00:00Z", "2026-11-30T10:00:00Z");
        pool.adds(&weekend).await;
        world
            .alter(format!(
                "UPDATE assignments SET expert_id = '{second}', reading_minutes = 3000"
            ))
            .await;
        world
            .alter(format!(
                "UPDATE cases SET expert_id = '{second}', urgency = 'routine' WHERE expert_id IS NOT NULL"
            ))
            .await;
        let urgent = pool.sent(&submitter, "urgent").await;
        let offer = first_offer(&urgent);
        assert_eq!(offer["expert"]["id"], json!(second));
        assert_eq!(offer["expected_answer_at"], "2026-11-28T11:15:00Z");
        assert_eq!(offer["expires_at"], "2026-11-28T13:00:00Z");
        let forecast = submitter.get(&urgent.path("forecast")).await.expect(200);
        assert_eq!(forecast.json["forecast"]["likely"], "2026-11-28T11:15:00Z");
        assert_eq!(due(&submitter, &urgent).await, "2026-11-30T15:00:00Z");

        // Routine work has nothing of it.
        let routine = pool.sent(&submitter, "routine").await;
        assert_eq!(due(&submitter, &routine).await, "2026-12-02T21:00:00Z");
        let first = pool.expert("expert.breast").await;
        assert_eq!(first_offer(&routine)["expert"]["id"], json!(first));

        // On Saturday morning the clock of the urgent case runs, and a pause gives back what was left of it and of its offer.
        world.clock.advance(Duration::hours(14));
        let mut urgent = urgent;
        let expert = pool.served.login("expert.second").await;
        let question = json!({"kind": "clinical_data", "question": "Antécédents ?"});
        urgent.look(&expert).await;
        urgent
            .gives(&expert, "request_information", &question)
            .await;
        world.clock.advance(Duration::minutes(60));
        let submitter = pool.served.login("submitter.cayenne").await;
        let expert = pool.served.login("expert.second").await;
        urgent.look(&submitter).await;
        let request = urgent.open_request(&submitter).await;
        let reply = json!({"request": request, "reply": "Aucun."});
        urgent.gives(&submitter, "answer", &reply).await;
        // One hour of eight was used before the pause and two are left of Saturday: five on Monday, from eight o'clock on.
        assert_eq!(due(&submitter, &urgent).await, "2026-11-30T18:00:00Z");
        urgent.look(&expert).await;
        assert_eq!(urgent.document["offer_expires_at"], "2026-11-28T14:00:00Z");
    }
}

#[actix_web::test]
async fn a_roster_is_kept_by_its_coordinator_and_read_by_its_pool() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let coordinator = served.login("coordinator.antilles").await;
        let [own, other] = [
            served.login("expert.breast").await,
            served.login("expert.pacific").await,
        ];
        let first = world
            .actor("expert.breast@example.org")
            .await
            .person
            .to_string();
        let saturday = duty(&first, "2026-11-28T00:00:00Z", "2026-11-29T00:00:00Z");
        let before = coordinator
            .post(&format!("/networks/{}/duties", world.antilles), &saturday)
            .await;
        assert_eq!(before.json["errors"][0]["pointer"], "/starts_at");
        let _ = before.refused(422, "invalid_fields");
        let pool = Pool::on_call_on_saturdays(&world, &served).await;
        let roster = pool.roster(&own).await;
        assert_eq!(roster["items"], json!([]));
        assert_eq!(roster["gaps"].as_array().map(Vec::len), Some(4));
        let made = pool.adds(&saturday).await;
        assert_eq!(made["expert"]["name"], "expert breast");
        let roster = pool.roster(&pool.coordinator).await;
        assert_eq!(roster["items"], json!([made]));
        assert_eq!(roster["gaps"].as_array().map(Vec::len), Some(3));
        let _ = other.get(&pool.path("")).await.refused(404, "not_found");

        for (wrong, pointer) in [
            (saturday.clone(), "/expert"),
            (
                duty(&first, "2026-11-30T00:00:00Z", "2026-12-01T00:00:00Z"),
                "/starts_at",
            ),
            (
                duty(&first, "2026-12-06T00:00:00Z", "2026-12-05T00:00:00Z"),
                "/ends_at",
            ),
            (
                duty(&first, "2026-12-05T00:00:00Z", "2027-01-06T00:00:00Z"),
                "/ends_at",
            ),
            (
                duty(
                    &pool.expert("expert.pacific").await,
                    "2026-12-05T00:00:00Z",
                    "2026-12-06T00:00:00Z",
                ),
                "/expert",
            ),
        ] {
            assert_eq!(pool.refused(&wrong).await, [pointer], "{wrong}");
        }
        // Who is away cannot be put on call; who falls ill leaves a gap.
        let second = pool.expert("expert.second").await;
        world.away("expert.second").await;
        let away = duty(&second, "2026-11-28T00:00:00Z", "2026-11-29T00:00:00Z");
        assert_eq!(pool.refused(&away).await, ["/expert"]);
        world.away("expert.breast").await;
        let roster = pool.roster(&own).await;
        assert_eq!(roster["gaps"].as_array().map(Vec::len), Some(4));

        let one = pool.path(&format!("/{}", made["id"].as_str().expect("an identifier")));
        let _ = own.delete(&one).await.refused(404, "not_found");
        let _ = pool.coordinator.delete(&one).await.expect(204);
        let _ = pool
            .coordinator
            .delete(&one)
            .await
            .refused(404, "not_found");
        assert_eq!(pool.roster(&own).await["items"], json!([]));
    }
}
