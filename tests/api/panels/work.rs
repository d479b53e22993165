//! A seat on a panel is work: it waits with the expert's own cases, and counts in their share once it is read.

use serde_json::{Value, json};

use super::reading;
use super::stage::{SECOND, Stage, THIRD};
use crate::api::{databases, opinion};
use crate::support::served::Caller;

async fn minutes(who: &Caller) -> Value {
    let told = who.get("/me/workload").await.expect(200);
    told.json["work_minutes"].clone()
}

/// How many cases wait with an expert, and the minutes that these are expected to take.
async fn waiting(stage: &Stage, login: &str) -> (u64, u64) {
    let path = format!("/networks/{}/experts", stage.world.antilles);
    let all = stage.coordinator.get(&path).await.expect(200);
    let id = json!(stage.id(login).await);
    let all = all.json["items"].as_array().expect("experts").clone();
    let one = all.iter().find(|one| one["id"] == id).expect("of the pool");
    let number = |name: &str| one[name].as_u64().expect("a number");
    (number("open_cases"), number("queued_minutes"))
}

#[actix_web::test]
async fn a_seat_waits_with_its_reader_and_counts_in_their_share() {
    for database in databases() {
        let mut stage = Stage::on(&database).await;
        let chair = stage.chair.clone();
        let own = waiting(&stage, "expert.breast").await;
        assert_eq!(waiting(&stage, SECOND).await, (0, 0));
        let readers = json!([stage.id(SECOND).await, stage.id(THIRD).await]);
        let body = json!({"readers": readers, "reason": "Tumeur rare"});
        stage
            .case
            .gives(&stage.coordinator.clone(), "convene", &body)
            .await;
        assert_eq!(
            waiting(&stage, SECOND).await,
            own,
            "as with who holds the case"
        );
        assert_eq!(
            waiting(&stage, "expert.breast").await,
            own,
            "one case, once"
        );

        let second = stage.served.login(SECOND).await;
        let third = stage.served.login(THIRD).await;
        stage.case.gives(&second, "join_panel", &json!({})).await;
        assert_eq!(waiting(&stage, SECOND).await, own);
        let declined = json!({"reason": "overloaded"});
        stage.case.gives(&third, "leave_panel", &declined).await;
        assert_eq!(waiting(&stage, THIRD).await, (0, 0), "given back");
        let signed = reading("second", "concordant");
        stage.case.gives(&second, "sign_reading", &signed).await;
        assert_eq!(waiting(&stage, SECOND).await, (0, 0));
        let counted = minutes(&second).await.as_u64().expect("a number");
        assert!(counted > 10, "with the slides: {counted}");

        let signed = reading("chair", "concordant");
        stage.case.gives(&chair, "sign_reading", &signed).await;
        assert_eq!(minutes(&chair).await, counted);
        let close = json!({"reason": "La réponse presse"});
        stage
            .case
            .gives(&stage.coordinator.clone(), "close_panel", &close)
            .await;
        let signed = json!({"opinion": opinion()});
        stage.case.gives(&chair, "sign", &signed).await;
        assert_eq!(
            minutes(&chair).await,
            counted + 10,
            "the slides were read once"
        );
        assert_eq!(waiting(&stage, "expert.breast").await, (0, 0));
    }
}
