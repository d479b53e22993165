//! Where a network goes by it, whoever answered for a patient before gets the next case of the same accession number.

use super::*;

/// A case of Cayenne under an accession number, as it was offered: to whom, and for which reason.
async fn offered(
    world: &World,
    submitter: &Caller,
    coordinator: &Caller,
    number: &str,
) -> (Value, Value) {
    let mut content = content(world);
    content["patient"]["accession_number"] = number.into();
    let body = json!({"laboratory": world.cayenne, "content": content});
    let mut case = Case::created_from(submitter, &body).await;
    case.gives(submitter, "submit", &json!({})).await;
    case.look(coordinator).await;
    let offer = &case.document["assignments"][0];
    (
        offer["expert"]["name"].clone(),
        offer["explanation"]["reason"].clone(),
    )
}

#[actix_web::test]
async fn the_same_accession_number_goes_to_the_same_expert_where_the_network_wants_it() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        world.without_limits().await;
        let [submitter, coordinator] = [
            served.login("submitter.cayenne").await,
            served.login("coordinator.antilles").await,
        ];
        let second = world.actor("expert.second@example.org").await.person;
        let sent = async |number: &str| offered(&world, &submitter, &coordinator, number).await;
        let all_to_second = async || {
            for table in ["assignments", "cases"] {
                let moved = format!(
                    "UPDATE {table} SET expert_id = '{second}' WHERE expert_id IS NOT NULL"
                );
                world.alter(moved).await;
            }
        };
        let _ = sent("26H00900").await;
        all_to_second().await;
        let (expert, _) = sent("26-H-00900").await;
        assert_eq!(expert, "expert breast", "nobody goes by it yet");
        all_to_second().await;

        let path = format!("/networks/{}/choice", world.antilles);
        let before = coordinator.get(&path).await.expect(200);
        assert_eq!(before.json["same_expert"], false);
        let weights = json!({"margin": 0.1, "band": 0.15, "same_expert": true});
        let set = coordinator.put(&path, 0, &weights).await.expect(200);
        assert_eq!(set.json["same_expert"], true);
        let known = sent("26 h 00900").await;
        assert_eq!(known, (json!("expert second"), json!("same_expert")));
        let (expert, reason) = sent("26H00901").await;
        assert_eq!(expert, "expert breast");
        assert_ne!(reason, "same_expert");

        // Who is away is not waited for.
        world.away("expert.second").await;
        let (expert, _) = sent("26H00900").await;
        assert_eq!(expert, "expert breast");
    }
}
