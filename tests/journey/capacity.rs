//! An expert's capacity: the most cases that wait for them at a time. What waits for somebody else does not count.

use relecture::service::reference;

use super::*;

#[actix_web::test]
async fn a_case_that_stands_still_takes_no_place_of_its_expert() {
    for database in databases() {
        let world = World::on(database.url()).await;
        world
            .alter("UPDATE expert_profiles SET capacity_per_day = 1")
            .await;
        world.away("expert.second").await;
        let hand = Hand::accepted(&world).await;
        let full = Hand::submitted(&world).await;
        assert_eq!(full.row().await.state, "submitted", "one is being read");
        let expert = full.actor("expert.breast").await.person;

        hand.does("expert.breast", information("Antécédents ?"))
            .await
            .unwrap();
        let next = Hand::submitted(&world).await;
        let row = next.row().await;
        assert_eq!(
            (row.state.as_str(), row.expert_id),
            ("offered", Some(expert.to_string())),
            "what is being read waits for its submitter"
        );
        let load = async || {
            let coordinator = world.actor("coordinator.antilles@example.org").await;
            let pool = reference::experts(&world.exchange, &coordinator, world.antilles).await;
            let experts = pool.unwrap();
            let one = experts.iter().find(|one| one.id == expert).unwrap();
            (one.open_cases, one.standing_still)
        };
        assert_eq!(load().await, (2, 1));

        // When it goes on there are more than that; nothing is taken away, and nothing is added.
        let seen = hand.seen_by("submitter.cayenne").await.unwrap();
        let reply = commands::Reply {
            request: seen.requests[0].id.parse().unwrap(),
            reply: "Aucun.".into(),
        };
        hand.does("submitter.cayenne", CommandBody::Answer(reply))
            .await
            .unwrap();
        assert_eq!(load().await, (2, 0));
        let more = Hand::submitted(&world).await;
        assert_eq!(more.row().await.state, "submitted");
    }
}
