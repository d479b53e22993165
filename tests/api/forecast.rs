//! When an answer may be expected: from the queue of who has the case, and from how earlier answers kept their plans.

use super::*;

async fn told(caller: &Caller, case: &Case) -> Value {
    caller.get(&case.path("forecast")).await.expect(200).json
}

#[actix_web::test]
async fn who_waits_for_an_answer_is_told_when_it_may_come() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let [submitter, expert] = [
            served.login("submitter.cayenne").await,
            served.login("expert.breast").await,
        ];
        let mut first = Case::submitted(&world, &submitter).await;
        // Thirteen minutes of reading; no answers to go by.
        let alone = told(&submitter, &first).await;
        let forecast = &alone["forecast"];
        assert_eq!(
            (
                &forecast["likely"],
                &forecast["basis"],
                &forecast["answers"]
            ),
            (
                &json!("2026-11-23T13:13:00Z"),
                &json!("calendar"),
                &json!(0)
            )
        );
        // Read by due time: what was sent later comes later.
        world.away("expert.second").await;
        let second = Case::submitted(&world, &submitter).await;
        let after = told(&submitter, &second).await;
        assert_eq!(after["forecast"]["likely"], "2026-11-23T13:26:00Z");
        assert_eq!(told(&submitter, &first).await, alone);

        let question = json!({"kind": "clinical_data", "question": "Antécédents ?"});
        first.gives(&expert, "request_information", &question).await;
        assert_eq!(
            told(&submitter, &first).await["none_because"],
            "clock_stands_still"
        );
        let sooner = told(&submitter, &second).await;
        assert_eq!(sooner["forecast"]["likely"], "2026-11-23T13:13:00Z");
        let draft = Case::created(&world, &submitter).await;
        assert_eq!(
            told(&submitter, &draft).await["none_because"],
            "not_waiting"
        );
    }
}

#[actix_web::test]
async fn earlier_answers_say_how_far_a_plan_can_be_trusted() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let submitter = served.login("submitter.cayenne").await;
        let case = Case::submitted(&world, &submitter).await;
        // Twenty answers, each an hour after its plan.
        for number in 0..20 {
            let id = format!("01a00000-0000-7000-8000-0000000000{number:02}");
            world
                .alter(format!(
                    "INSERT INTO assignments SELECT '{id}', case_id, expert_id, network_id, agreement_id, 'completed', cycle, \
                     offered_at, expires_at, answered_at, offered_at + 3600000000, NULL, offered_at, reading_minutes, explanation \
                     FROM assignments WHERE case_id = '{}' AND state = 'offered'",
                    case.id
                ))
                .await;
        }
        let told = told(&submitter, &case).await;
        let forecast = &told["forecast"];
        assert_eq!(
            (&forecast["basis"], &forecast["answers"]),
            (&json!("history"), &json!(20))
        );
        for instant in ["earliest", "likely", "latest"] {
            assert_eq!(forecast[instant], "2026-11-23T14:13:00Z", "{instant}");
        }
    }
}
