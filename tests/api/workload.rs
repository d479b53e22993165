//! The work that experts have done lately: counted as it is signed, weighed where answers are as early, shown to whose it is.

use chrono::Duration;
use relecture::domain::commands::CommandBody;

use super::*;
use crate::journey::{Hand, signed};

/// Who has a case.
async fn holder(case: &Hand<'_>) -> &'static str {
    let seen = case.seen_by("coordinator.antilles").await.expect("a case");
    match seen.expert.expect("somebody has it").name.as_str() {
        "expert second" => "expert.second",
        _ => "expert.breast",
    }
}

async fn own(served: &Served, login: &str) -> Value {
    let caller = served.login(login).await;
    caller.get("/me/workload").await.expect(200).json
}

#[actix_web::test]
async fn work_is_counted_weighed_and_shown() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        // Two experts of the same field and hours.
        world
            .alter("UPDATE expert_profiles SET primary_subspecialty = 'breast', other_subspecialties = '[]'")
            .await;
        let first = Hand::submitted(&world).await;
        let worker = holder(&first).await;
        let other = match worker {
            "expert.second" => "expert.breast",
            _ => "expert.second",
        };
        let second = Hand::submitted(&world).await;
        assert_eq!(holder(&second).await, other, "who has nothing waiting");
        first.does(worker, CommandBody::Accept).await.unwrap();
        first.does(worker, signed()).await.unwrap();

        // The one has nothing to read, the other thirteen minutes: as good as equally early.
        let third = Hand::submitted(&world).await;
        assert_eq!(holder(&third).await, other);
        let seen = third.seen_by("coordinator.antilles").await.unwrap();
        let explanation = seen.assignments[0].explanation.clone().unwrap();
        assert_eq!(explanation["reason"], "fairer_share", "{explanation}");
        assert_eq!(explanation["policy"], "2026-11");
        let coordinator = served.login("coordinator.antilles").await;
        let path = format!("/networks/{}/workload", world.antilles);
        let pool = coordinator.get(&path).await.expect(200).json;
        let names: std::collections::HashMap<String, Value> = pool["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| (one["name"].as_str().unwrap().to_owned(), one["id"].clone()))
            .collect();
        assert_eq!(names.len(), 2, "{pool}");
        let share = |name: &str| {
            let all = explanation["considered"].as_array().unwrap();
            let of = format!("expert {name}");
            let one = all.iter().find(|one| names[&of] == one["expert"]).unwrap();
            one["work_share"].as_u64().unwrap()
        };
        let [worked, not] = [worker, other].map(|login| share(login.trim_start_matches("expert.")));
        assert!(worked > 0 && not == 0, "{explanation}");

        let told = own(&served, worker).await;
        assert_eq!(told["work_minutes"], 13, "{told}");
        assert_eq!(told["network"], json!(world.antilles));
        assert_eq!(
            told["median"],
            json!({"experts": 2, "work_minutes": 6, "work_share": worked / 2})
        );
        assert_eq!(own(&served, other).await["work_minutes"], 0);
        let empty = format!("/networks/{}/workload", world.pacific);
        let _ = coordinator.get(&empty).await.refused(404, "not_found");

        world.clock.advance(Duration::days(90));
        assert_eq!(
            own(&served, worker).await["work_minutes"],
            0,
            "it lies too far back"
        );
    }
}
