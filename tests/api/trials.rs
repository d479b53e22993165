//! A change is tried on what was sent before it is switched on, and then switched on.

use chrono::Duration;

use super::*;

struct Office<'w> {
    world: &'w World,
    served: &'w Served,
}

impl Office<'_> {
    fn path(&self, below: &str) -> String {
        format!("/networks/{}/{below}", self.world.antilles)
    }

    async fn coordinator(&self) -> Caller {
        self.served.login("coordinator.antilles").await
    }

    async fn tries(&self, trial: &Value) -> Value {
        let caller = self.coordinator().await;
        caller
            .post(&self.path("trials"), trial)
            .await
            .expect(200)
            .json
    }
}

#[actix_web::test]
async fn a_change_is_tried_on_what_was_sent_and_changes_nothing() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        world.without_limits().await;
        let submitter = served.login("submitter.cayenne").await;
        // Six at once: three quarters of an hour of reading for each of two experts.
        for _ in 0..6 {
            let _ = Case::submitted(&world, &submitter).await;
        }
        world.clock.advance(Duration::days(10));
        let office = Office {
            world: &world,
            served: &served,
        };
        let as_it_is = office.tries(&json!({})).await;
        assert_eq!(
            (&as_it_is["cases"], &as_it_is["experts"]),
            (&json!(6), &json!(2))
        );
        assert_eq!(as_it_is["before"], as_it_is["after"], "nothing is tried");
        let before = &as_it_is["before"];
        assert_eq!(
            (&before["answered"], &before["open"]),
            (&json!(6), &json!(0))
        );
        assert_eq!(before["on_time"], json!(1.0));
        assert!(before["mean_hours"].as_f64() < Some(1.0), "{before}");

        let terms = json!({"urgency": "routine", "time": "working", "answer_minutes": 20, "first_response_minutes": 5, "warning_minutes": 10});
        let sooner = office.tries(&json!({"targets": [terms]})).await;
        assert_eq!(sooner["before"], as_it_is["before"]);
        let on_time = sooner["after"]["on_time"].as_f64().unwrap();
        assert!(
            0.0 < on_time && on_time < 0.5,
            "the first of each queue: {sooner}"
        );
        let again = office.tries(&json!({"targets": [terms]})).await;
        assert_eq!(
            again["after"], sooner["after"],
            "the same past gives the same figures"
        );
        let of_others = json!({"urgency": "routine", "subspecialty": "thoracic", "time": "wall", "answer_minutes": 1, "first_response_minutes": 1, "warning_minutes": 1});
        let others = office.tries(&json!({"targets": [of_others]})).await;
        assert_eq!(others["after"], as_it_is["before"], "no such case was sent");
        let coordinator = office.coordinator().await;
        let targets = coordinator
            .get(&office.path("targets"))
            .await
            .expect(200)
            .json;
        assert_eq!(targets["items"], json!([]), "nothing is switched on");

        let earlier = json!({"from": "2026-11-01T00:00:00Z", "to": "2026-11-20T00:00:00Z"});
        let earlier = office.tries(&earlier).await;
        assert_eq!(
            (&earlier["cases"], &earlier["before"]["answered"]),
            (&json!(0), &json!(0))
        );
    }
}

#[actix_web::test]
async fn what_people_did_with_a_case_they_do_again() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        world.without_limits().await;
        let submitter = served.login("submitter.cayenne").await;
        let answered = Case::submitted(&world, &submitter).await;
        let mut given_back = Case::submitted(&world, &submitter).await;
        for login in ["expert.breast", "expert.second"] {
            let expert = served.login(login).await;
            given_back
                .look(&served.login("coordinator.antilles").await)
                .await;
            let holds = &given_back.document["expert"]["name"];
            if *holds == json!(login.replace('.', " ")) {
                given_back.look(&expert).await;
                given_back
                    .gives(&expert, "decline", &json!({"reason": "needs_glass"}))
                    .await;
            }
        }
        given_back
            .look(&served.login("coordinator.antilles").await)
            .await;
        if given_back.document["waiting_for"] != "candidate" {
            let breast = served.login("expert.breast").await;
            given_back.look(&breast).await;
            given_back
                .gives(&breast, "decline", &json!({"reason": "needs_glass"}))
                .await;
        }
        assert_ne!(answered.id, given_back.id);
        world.clock.advance(Duration::days(10));
        let office = Office {
            world: &world,
            served: &served,
        };
        let played = office.tries(&json!({})).await;
        let before = &played["before"];
        assert_eq!(
            (&before["answered"], &before["open"]),
            (&json!(1), &json!(1)),
            "who gave it back does not read it: {before}"
        );
    }
}

#[actix_web::test]
async fn what_cannot_be_tried_is_refused_by_entry() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let office = Office {
            world: &world,
            served: &served,
        };
        let coordinator = office.coordinator().await;
        let terms = json!({"urgency": "routine", "time": "working", "answer_minutes": 20, "first_response_minutes": 5, "warning_minutes": 30});
        for (trial, pointers) in [
            (
                json!({"from": "2026-11-22T00:00:00Z", "to": "2026-11-21T00:00:00Z"}),
                vec!["/from"],
            ),
            (json!({"from": "2026-01-01T00:00:00Z"}), vec!["/from"]),
            (json!({"to": "2027-01-01T00:00:00Z"}), vec!["/to"]),
            (
                json!({"from": "2020-01-01T00:00:00Z", "to": "2020-02-01T00:00:00Z"}),
                vec!["/from"],
            ),
            (
                json!({"targets": [terms, terms]}),
                vec![
                    "/targets/0/warning_minutes",
                    "/targets/1/warning_minutes",
                    "/targets/1",
                ],
            ),
            (
                json!({"choice": {"margin": 0.6, "band": 0.1}}),
                vec!["/choice/margin"],
            ),
        ] {
            let refused = coordinator.post(&office.path("trials"), &trial).await;
            let errors = refused.json["errors"]
                .as_array()
                .cloned()
                .unwrap_or_default();
            let named: Vec<&str> = errors
                .iter()
                .filter_map(|one| one["pointer"].as_str())
                .collect();
            assert_eq!(named, pointers, "{refused:?}");
            let _ = refused.refused(422, "invalid_fields");
        }
    }
}

#[actix_web::test]
async fn weights_are_set_from_the_version_that_was_read_and_named_in_each_explanation() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let office = Office {
            world: &world,
            served: &served,
        };
        let coordinator = office.coordinator().await;
        let path = office.path("choice");
        let own = coordinator.get(&path).await.expect(200);
        assert_eq!((own.version(), &own.json["margin"]), (0, &json!(0.1)));
        let narrow = json!({"margin": 0.0, "band": 0.2});
        let set = coordinator.put(&path, 0, &narrow).await.expect(200);
        assert_eq!((set.version(), &set.json["band"]), (1, &json!(0.2)));
        let stale = coordinator.put(&path, 0, &narrow).await;
        let _ = stale.refused(412, "stale_version");
        let wrong = coordinator
            .put(&path, 1, &json!({"margin": 0.1, "band": 1.5}))
            .await;
        assert_eq!(wrong.json["errors"][0]["pointer"], "/band");
        let _ = wrong.refused(422, "invalid_fields");
        let submitter = served.login("submitter.cayenne").await;
        let mut case = Case::submitted(&world, &submitter).await;
        case.look(&coordinator).await;
        assert_eq!(
            case.document["assignments"][0]["explanation"]["policy"],
            "1"
        );
    }
}
