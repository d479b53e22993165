//! A coordinator has the unopened cases of their network rebalanced: asked for, looked at, and done as one or not at all.

use relecture::domain::ids::IdGenerator as _;

use super::*;

/// The network's queue lies with `expert.breast`, who is away, while `expert.second` has nothing.
struct Queue {
    world: World,
    served: Served,
    coordinator: Caller,
    submitter: Caller,
    cases: Vec<Case>,
}

impl Queue {
    async fn of(database: &TestDatabase, cases: usize) -> Self {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let mut queue = Self {
            coordinator: served.login("coordinator.antilles").await,
            submitter: served.login("submitter.cayenne").await,
            cases: Vec::new(),
            served,
            world,
        };
        queue.world.away("expert.second").await;
        for _ in 0..cases {
            let case = Case::submitted(&queue.world, &queue.submitter).await;
            assert_eq!(case.document["expert"]["name"], "expert breast");
            queue.cases.push(case);
        }
        queue.world.alter("DELETE FROM absences").await;
        queue.world.away("expert.breast").await;
        queue
    }

    fn path(&self, below: &str) -> String {
        format!("/networks/{}/proposals{below}", self.world.antilles)
    }

    async fn proposal(&self) -> Value {
        let path = self.path("");
        let made = self.coordinator.post(&path, &json!({})).await.expect(201);
        let id = made.json["id"].as_str().expect("an identifier");
        assert_eq!(
            made.header("location"),
            format!("/api/v1{}", self.path(&format!("/{id}")))
        );
        made.json
    }

    async fn decide(&self, proposal: &Value, decision: &str) -> Response {
        let id = proposal["id"].as_str().expect("an identifier");
        let body = match decision {
            "discard" => json!({"reason": "Convenu par téléphone"}),
            _ => Value::Null,
        };
        let path = self.path(&format!("/{id}/{decision}"));
        self.coordinator.post(&path, &body).await
    }

    /// Who holds each case.
    async fn holders(&mut self) -> Vec<String> {
        let mut holders = Vec::new();
        for case in &mut self.cases {
            case.look(&self.submitter).await;
            let name = case.document["expert"]["name"].as_str();
            holders.push(name.unwrap_or_default().to_owned());
        }
        holders
    }
}

#[actix_web::test]
async fn a_proposal_moves_all_it_names_when_it_is_applied_and_nothing_before() {
    for database in databases() {
        let mut queue = Queue::of(&database, 3).await;
        let breast = queue.world.actor("expert.breast@example.org").await.person;
        let second = queue.world.actor("expert.second@example.org").await.person;
        queue.cases[0].look(&queue.coordinator).await;
        let pin = json!({"expert": breast, "reason": "Suit la patiente"});
        // The pin is older than the absence.
        queue.world.alter("DELETE FROM absences").await;
        queue.cases[0].gives(&queue.coordinator, "pin", &pin).await;
        queue.world.away("expert.breast").await;

        let proposal = queue.proposal().await;
        let moves = proposal["moves"].as_array().expect("moves");
        assert_eq!(
            (moves.len(), &proposal["looked_at"]),
            (2, &json!(3)),
            "the pin holds"
        );
        for one in moves {
            assert_eq!(one["from"]["name"], "expert breast");
            assert_eq!(
                (&one["to"]["id"], &one["why"]),
                (&json!(second), &json!("less_late"))
            );
        }
        let late = |outlook: &str| proposal[outlook]["late_minutes"].as_i64().expect("minutes");
        assert!(late("after") < late("before"), "{proposal}");
        assert_eq!(
            (
                &proposal["work"][0]["cases_before"],
                &proposal["work"][0]["cases_after"]
            ),
            (&json!(0), &json!(2))
        );
        assert_eq!(
            queue.holders().await,
            ["expert breast"; 3],
            "nothing has moved yet"
        );

        let applied = queue.decide(&proposal, "apply").await.expect(200);
        assert_eq!(applied.json["state"], "applied");
        assert_eq!(applied.json["decided_by"]["name"], "coordinator antilles");
        let holders = ["expert breast", "expert second", "expert second"];
        assert_eq!(queue.holders().await, holders);
        let told = crate::journey::mails(&queue.world).await;
        let told: Vec<(String, _)> = told
            .iter()
            .rev()
            .take(4)
            .map(|mail| (mail.kind.to_string(), mail.to))
            .collect();
        let each = [
            ("offer".to_owned(), second),
            ("case_left".to_owned(), breast),
        ];
        assert_eq!(told, [each.clone(), each].concat());

        let case = &mut queue.cases[2];
        let timeline = queue
            .coordinator
            .get(&case.path("timeline"))
            .await
            .expect(200);
        let mut events = timeline.json["items"].as_array().expect("events").iter();
        let moved = events
            .find(|event| event["command"] == "move")
            .expect("the move");
        assert_eq!(
            (
                &moved["facts"]["why"],
                &moved["facts"]["proposal"],
                &moved["actor"]["name"]
            ),
            (
                &json!("rebalanced"),
                &proposal["id"],
                &json!("coordinator antilles")
            )
        );
        case.look(&queue.coordinator).await;
        let offered = &case.document["assignments"][1]["explanation"];
        assert_eq!(offered["reason"], "rebalanced");
        assert_eq!(offered["considered"].as_array().expect("experts").len(), 2);

        let again = queue.decide(&proposal, "apply").await.expect(200);
        assert_eq!(again.json, applied.json, "a repeated request does no harm");
        assert_eq!(queue.holders().await, holders);
        let _ = queue
            .decide(&proposal, "discard")
            .await
            .refused(409, "conflict");
        let nothing = queue.proposal().await;
        assert_eq!(nothing["moves"], json!([]), "it is balanced now");
    }
}

#[actix_web::test]
async fn what_changed_meanwhile_stands_in_the_way_and_nothing_is_half_applied() {
    for database in databases() {
        let mut queue = Queue::of(&database, 2).await;
        let proposal = queue.proposal().await;
        assert_eq!(proposal["moves"].as_array().expect("moves").len(), 2);
        let holder = queue.served.login("expert.breast").await;
        queue.cases[0].gives(&holder, "accept", &json!({})).await;
        let refused = queue.decide(&proposal, "apply").await;
        let outdated = &refused.json["outdated"];
        assert_eq!(outdated.as_array().expect("cases").len(), 1);
        assert_eq!(
            (&outdated[0]["case"], &outdated[0]["rules"]),
            (&json!(queue.cases[0].id), &json!([])),
            "it was opened"
        );
        let _ = refused.refused(409, "proposal_outdated");
        assert_eq!(
            queue.holders().await,
            ["expert breast"; 2],
            "all or nothing"
        );

        let newer = queue.proposal().await;
        queue.world.away("expert.second").await;
        let refused = queue.decide(&newer, "apply").await;
        assert_eq!(refused.json["outdated"][0]["rules"], json!(["not_absent"]));
        let _ = refused.refused(409, "proposal_outdated");
        let id = proposal["id"].as_str().expect("an identifier");
        let older = queue
            .coordinator
            .get(&queue.path(&format!("/{id}")))
            .await
            .expect(200);
        assert_eq!(older.json["state"], "superseded");
        let _ = queue
            .decide(&proposal, "apply")
            .await
            .refused(409, "conflict");
        assert_eq!(queue.holders().await, ["expert breast"; 2]);
    }
}

#[actix_web::test]
async fn a_proposal_is_discarded_with_a_reason_or_expires() {
    for database in databases() {
        let mut queue = Queue::of(&database, 1).await;
        let path = queue.path("");
        let key = relecture::clock::SystemIds.next().to_string();
        let ask = |version: Option<&'static str>| {
            let request = queue.coordinator.request(reqwest::Method::POST, &path);
            let request = request.header("idempotency-key", key.clone());
            queue.coordinator.send(match version {
                Some(version) => request.header("if-match", version),
                None => request,
            })
        };
        let proposal = ask(None).await.expect(201).json;
        let again = ask(None).await.expect(201);
        assert_eq!(again.header("idempotent-replayed"), "true");
        assert_eq!(again.json, proposal);
        let _ = ask(Some("\"1\""))
            .await
            .refused(422, "idempotency_mismatch");

        let discarded = queue.decide(&proposal, "discard").await.expect(200);
        assert_eq!(
            (&discarded.json["state"], &discarded.json["reason"]),
            (&json!("discarded"), &json!("Convenu par téléphone"))
        );
        let again = queue.decide(&proposal, "discard").await.expect(200);
        assert_eq!(again.json, discarded.json);
        let _ = queue
            .decide(&proposal, "apply")
            .await
            .refused(409, "conflict");

        let left = queue.proposal().await;
        queue.world.clock.advance(chrono::Duration::hours(2));
        queue.coordinator = queue.served.login("coordinator.antilles").await;
        queue.submitter = queue.served.login("submitter.cayenne").await;
        let list = queue.coordinator.get(&path).await.expect(200);
        let states: Vec<&Value> = list.json["items"]
            .as_array()
            .expect("proposals")
            .iter()
            .map(|one| &one["state"])
            .collect();
        assert_eq!(states, ["expired", "discarded"]);
        for decision in ["apply", "discard"] {
            let _ = queue.decide(&left, decision).await.refused(409, "conflict");
        }
        assert_eq!(queue.holders().await, ["expert breast"]);
    }
}

#[actix_web::test]
async fn of_many_who_apply_at_once_one_moves_the_cases() {
    for database in databases() {
        let mut queue = Queue::of(&database, 3).await;
        let proposal = queue.proposal().await;
        let racers = (0..8).map(|_| queue.decide(&proposal, "apply"));
        for answer in futures_util::future::join_all(racers).await {
            assert_eq!(answer.expect(200).json["state"], "applied");
        }
        assert_eq!(queue.holders().await, ["expert second"; 3]);
        for case in &mut queue.cases {
            case.look(&queue.coordinator).await;
            let held = case.document["assignments"]
                .as_array()
                .expect("assignments");
            assert_eq!(held.len(), 2, "moved once");
        }
    }
}
