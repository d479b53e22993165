//! What arrives, and that its receiver can tell that it is from us.

use relecture::domain::commands::CommandBody;
use serde_json::json;

use super::*;
use crate::journey::{Hand, after, information};
use crate::support::exchange::open;

#[actix_web::test]
async fn a_receiver_is_told_what_happens_in_order_signed_and_nothing_of_anybody() {
    for (_database, world) in worlds().await {
        let mut receiver = Receiver::start();
        let (_, secret) = registered(&world, &receiver.at("ok"), EventKind::ALL).await;
        receiver.knows(&secret);
        let hand = Hand::accepted(&world).await;
        hand.does("expert.breast", information("Quel âge ?"))
            .await
            .unwrap();
        tell_all(&worker(&world.exchange)).await;
        let got = receiver.server.rest();
        assert_eq!(
            types(&got),
            [
                "case_submitted",
                "case_offered",
                "case_accepted",
                "question_asked"
            ]
        );
        let at = relecture::domain::time::Clock::now(&world.clock);
        for one in &got {
            assert_eq!(one["fits"], json!([true]), "Python finds that it is ours");
            assert_eq!(one["hand"], json!([true]), "and so does openssl");
            assert_eq!(one["deceived"], false, "not when it is old, or was altered");
            assert_eq!(
                one["headers"]["webhook-timestamp"],
                at.timestamp().to_string()
            );
            assert_eq!(one["headers"]["content-type"], "application/json");
            let body = json!({ "type": one["body"]["type"], "timestamp": at, "data": { "case": hand.case } });
            assert_eq!(one["body"], body, "nothing else is told");
        }
    }
}

#[actix_web::test]
async fn only_who_is_concerned_is_told_and_only_of_what_was_asked() {
    for (_database, world) in worlds().await {
        let receiver = Receiver::start();
        registered(&world, &receiver.at("ok"), &[EventKind::OpinionSigned]).await;
        let mut elsewhere = content(&world, &receiver.at("ok"), EventKind::ALL);
        elsewhere.network = world.pacific;
        let by = by(&world).await;
        let elsewhere = webhooks::add(&world.exchange, &by, elsewhere, Some(key())).await;
        let elsewhere = elsewhere.unwrap().document.webhook.id;
        let off = content(&world, &receiver.at("ok"), EventKind::ALL);
        let off = WebhookContent {
            active: false,
            ..off
        };
        webhooks::add(&world.exchange, &by, off, Some(key()))
            .await
            .unwrap();
        let hand = Hand::signed(&world).await;
        assert_eq!(tell_all(&worker(&world.exchange)).await, 1);
        assert_eq!(types(&receiver.server.rest()), ["opinion_signed"]);
        // A case of the Pacific that the Antilles read is told to both; and one that goes there, to both from then on.
        world.alter("UPDATE webhooks SET kinds = '[\"case_acknowledged\", \"opinion_acknowledged\"]' WHERE active").await;
        world
            .alter(format!(
                "UPDATE cases SET laboratory_id = '{}' WHERE id = '{}'",
                world.noumea, hand.case
            ))
            .await;
        hand.does("submitter.noumea", acknowledged()).await.unwrap();
        assert_eq!(deliveries(&world, elsewhere).await.len(), 1);
    }
}

fn acknowledged() -> CommandBody {
    use relecture::domain::{cases::Acknowledgement, commands::Acknowledge};
    CommandBody::Acknowledge(Acknowledge {
        acknowledgement: Acknowledgement::Integrated,
        comment: String::new(),
    })
}

#[actix_web::test]
async fn what_will_be_late_and_is_late_is_told_once() {
    for (_database, world) in worlds().await {
        let receiver = Receiver::start();
        let kinds = [EventKind::AnswerDueSoon, EventKind::AnswerLate];
        registered(&world, &receiver.at("ok"), &kinds).await;
        Hand::accepted(&world).await;
        for _ in 0..60 {
            after(&world, chrono::Duration::hours(12)).await;
        }
        tell_all(&worker(&world.exchange)).await;
        assert_eq!(
            types(&receiver.server.rest()),
            ["answer_due_soon", "answer_late"]
        );
    }
}

#[actix_web::test]
async fn a_secret_is_renewed_without_a_message_being_refused() {
    for (_database, world) in worlds().await {
        let mut receiver = Receiver::start();
        let (webhook, old) = registered(&world, &receiver.at("ok"), EventKind::ALL).await;
        receiver.knows(&old);
        let renewed = webhooks::renew_secret(&world.exchange, &by(&world).await, webhook).await;
        let renewed = renewed.unwrap();
        assert_ne!(renewed.secret, old);
        receiver.knows(&renewed.secret);
        let until = kept(&world, webhook).await.earlier_secret_until;
        assert_eq!(until, Some(renewed.earlier_secret_until));
        let worker = worker(&world.exchange);
        Hand::drafted(&world)
            .await
            .does("submitter.cayenne", CommandBody::Submit)
            .await
            .unwrap();
        assert_eq!(tell_all(&worker).await, 2);
        world.clock.advance(chrono::Duration::hours(24));
        Hand::submitted(&world).await;
        assert_eq!(tell_all(&worker).await, 2);
        let fits: Vec<Value> = receiver
            .server
            .rest()
            .iter()
            .map(|one| one["fits"].clone())
            .collect();
        assert_eq!(
            fits,
            [
                json!([true, true]),
                json!([true, true]),
                json!([false, true]),
                json!([false, true])
            ]
        );
        assert_eq!(kept(&world, webhook).await.earlier_secret_until, None);
    }
}

#[actix_web::test]
async fn several_workers_tell_each_event_once_and_those_of_a_case_in_order() {
    const CASES: usize = 12;
    for (database, world) in worlds().await {
        world.without_limits().await;
        let mut receiver = Receiver::start();
        registered(&world, &receiver.at("ok"), EventKind::ALL).await;
        registered(&world, &receiver.at("200"), EventKind::ALL).await;
        for _ in 0..CASES {
            Hand::submitted(&world).await;
        }
        let (stop, _) = tokio::sync::watch::channel(false);
        // Each with connections of its own, as two processes have.
        let workers: Vec<_> = (0..2)
            .map(|_| {
                let exchange = open(database.url(), Arc::new(world.clock.clone()));
                let mut stopped = stop.subscribe();
                actix_web::rt::spawn(worker(&exchange).run(async move {
                    let _ = stopped.wait_for(|stop| *stop).await;
                }))
            })
            .collect();
        let (receiver, got) = tokio::task::spawn_blocking(move || {
            let got: Vec<Value> = (0..CASES * 4).map(|_| receiver.server.told()).collect();
            (receiver, got)
        })
        .await
        .unwrap();
        stop.send(true).unwrap();
        for worker in workers {
            worker.await.unwrap();
        }
        assert_eq!(receiver.server.rest(), Vec::<Value>::new(), "none twice");
        let ids: std::collections::BTreeSet<_> = got
            .iter()
            .map(|one| one["headers"]["webhook-id"].to_string())
            .collect();
        assert_eq!(ids.len(), CASES * 4, "all of them");
        let mut told: std::collections::BTreeMap<(String, String), Vec<&str>> = Default::default();
        for one in &got {
            let whose = (
                one["path"].to_string(),
                one["body"]["data"]["case"].to_string(),
            );
            told.entry(whose)
                .or_default()
                .push(one["body"]["type"].as_str().unwrap());
        }
        assert_eq!(told.len(), CASES * 2);
        for (whose, in_order) in told {
            assert_eq!(in_order, ["case_submitted", "case_offered"], "{whose:?}");
        }
    }
}
