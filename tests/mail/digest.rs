//! The coordinators' morning mail.

use chrono::Duration;
use relecture::domain::time::Clock as _;
use relecture::service::digest::schedule_recurring;
use serde_json::Value;

use super::*;
use crate::journey::{Hand, after, run_due_jobs};
use crate::support::smtp::SmtpServer;

/// What the server took until the outbox has no mail that is due.
async fn delivered(world: &World) -> Vec<Value> {
    let server = SmtpServer::start("accept");
    let worker = worker(&world.exchange, server.port);
    while worker.work_once(Topic::Mail).await.unwrap() {}
    server.rest()
}

#[actix_web::test]
async fn the_digest_arrives_at_seven_where_the_network_is_once_a_day() {
    for (_database, world) in worlds().await {
        for _ in 0..2 {
            schedule_recurring(&world.exchange).await.unwrap();
        }
        let hand = Hand::submitted(&world).await;
        let reference = hand.row().await.reference;
        delivered(&world).await;
        // Cayenne is three hours behind UTC: until ten in the morning there is no digest.
        let seven = "2026-11-24T10:00:00Z".parse().unwrap();
        while world.clock.now() + Duration::minutes(30) < seven {
            after(&world, Duration::minutes(30)).await;
        }
        let before = delivered(&world).await;
        assert!(
            before.iter().all(|mail| mail["subject"] != "File du jour"),
            "{before:#?}"
        );
        after(&world, seven - world.clock.now()).await;
        run_due_jobs(&world).await;
        let morning = delivered(&world).await;
        let digests: Vec<&Value> = morning
            .iter()
            .filter(|mail| mail["subject"] == "File du jour")
            .collect();
        assert_eq!(digests.len(), 1, "{morning:#?}");
        assert_eq!(digests[0]["to"][0], "coordinator.antilles@example.org");
        let text = digests[0]["text"].as_str().unwrap();
        assert!(
            text.contains("Cas ouverts : 1".replace(" :", "\u{a0}:").as_str()),
            "{text}"
        );
        assert!(
            text.contains(&reference),
            "the offer expired and nobody is left: {text}"
        );
        after(&world, Duration::hours(23)).await;
        assert!(
            delivered(&world)
                .await
                .iter()
                .all(|mail| mail["subject"] != "File du jour")
        );
        after(&world, Duration::hours(1)).await;
        let next = delivered(&world).await;
        assert_eq!(
            next.iter()
                .filter(|mail| mail["subject"] == "File du jour")
                .count(),
            1
        );
    }
}
