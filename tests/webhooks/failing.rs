//! Receivers that do not take what they are sent: it comes again, later and later, and a person sees it in the end.

use chrono::Duration as Span;
use relecture::domain::notifications::NotificationKind;
use relecture::domain::webhooks::Stopped;
use relecture::service::ServiceError;
use relecture::service::administration::webhook_deliveries::OutboxState;

use super::*;
use crate::journey::{Hand, mails};
use crate::support::companion::free_port;
use crate::support::exchange::open;

const OFFERED: &[EventKind] = &[EventKind::CaseOffered];

#[actix_web::test]
async fn whatever_a_receiver_does_amiss_is_told_in_words_and_tried_again() {
    for (_database, world) in worlds().await {
        let receiver = Receiver::start();
        let mut told = Vec::new();
        for (manner, error) in [
            ("500", "the receiver answered 500"),
            ("404", "the receiver answered 404"),
            (
                "redirect",
                "the receiver sends elsewhere, where it is not followed",
            ),
        ] {
            told.push((
                registered(&world, &receiver.at(manner), OFFERED).await.0,
                error,
            ));
        }
        let silent = format!("http://127.0.0.1:{}/", free_port());
        let silent = registered(&world, &silent, OFFERED).await.0;
        told.push((silent, "nobody answers at the webhook's address"));
        // Not registered as internal, an address within is not even tried; whatever its name.
        for within in ["127.0.0.1", "localhost", "[::1]", "2130706433"] {
            let url = format!("https://{within}:{}/ok", receiver.server.port);
            let webhook = registered(&world, &url, OFFERED).await.0;
            told.push((
                webhook,
                "the webhook's address leads into a private network",
            ));
        }
        Hand::submitted(&world).await;
        assert_eq!(tell_all(&worker(&world.exchange)).await, told.len());
        for (webhook, error) in told {
            let expected = ("ready".to_owned(), 1, Some(error.to_owned()));
            assert_eq!(first(&world, webhook).await, expected);
            assert!(kept(&world, webhook).await.failing_since.is_some());
        }
        let paths: Vec<_> = receiver
            .server
            .rest()
            .iter()
            .map(|one| one["path"].clone())
            .collect();
        assert!(!paths.contains(&"/ok".into()), "nobody followed: {paths:?}");
    }
}

#[actix_web::test]
async fn who_never_ends_an_answer_is_not_listened_to_and_who_never_begins_one_not_waited_for() {
    for (database, world) in worlds().await {
        let receiver = Receiver::start();
        let endless = registered(&world, &receiver.at("endless"), OFFERED).await.0;
        let slow = registered(&world, &receiver.at("slow"), OFFERED).await.0;
        Hand::submitted(&world).await;
        let mut exchange = open(database.url(), Arc::new(world.clock.clone()));
        impatient(&mut exchange, Duration::from_secs(2));
        assert_eq!(tell_all(&worker(&exchange)).await, 2);
        assert_eq!(
            first(&world, endless).await,
            ("done".into(), 1, None),
            "it said 200"
        );
        let late = Some("the receiver did not answer in time".to_owned());
        assert_eq!(first(&world, slow).await, ("ready".into(), 1, late));
    }
}

#[actix_web::test]
async fn one_that_is_slow_holds_up_nobody_else() {
    for (_database, world) in worlds().await {
        let mut receiver = Receiver::start();
        registered(&world, &receiver.at("slow"), EventKind::ALL).await;
        registered(&world, &receiver.at("ok"), EventKind::ALL).await;
        Hand::accepted(&world).await;
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let working = actix_web::rt::spawn(worker(&world.exchange).run(async {
            let _ = stopped.await;
        }));
        // One of the slow one is on its way until it is given up; all of the other have come meanwhile.
        let got = tokio::task::spawn_blocking(move || {
            let got: Vec<Value> = (0..4).map(|_| receiver.server.told()).collect();
            drop(receiver);
            got
        });
        let got = got.await.unwrap();
        let of = |path: &str| got.iter().filter(|one| one["path"] == path).count();
        assert_eq!((of("/slow"), of("/ok")), (1, 3));
        stop.send(()).unwrap();
        working.await.unwrap();
    }
}

#[actix_web::test]
async fn what_was_not_taken_comes_again_under_its_name_before_what_came_after_it() {
    for (_database, world) in worlds().await {
        let mut receiver = Receiver::start();
        let (webhook, secret) = registered(&world, &receiver.at("once"), EventKind::ALL).await;
        receiver.knows(&secret);
        Hand::submitted(&world).await;
        let worker = worker(&world.exchange);
        assert_eq!(
            tell_all(&worker).await,
            1,
            "the second of the case waits for the first"
        );
        world.clock.advance(Span::seconds(11));
        assert_eq!(
            tell_all(&worker).await,
            2,
            "the second is not taken at first either"
        );
        world.clock.advance(Span::seconds(11));
        assert_eq!(tell_all(&worker).await, 1);
        let got = receiver.server.rest();
        assert_eq!(
            types(&got),
            [
                "case_submitted",
                "case_submitted",
                "case_offered",
                "case_offered"
            ]
        );
        let header = |at: usize, name: &str| got[at]["headers"][name].clone();
        assert_eq!(header(0, "webhook-id"), header(1, "webhook-id"));
        assert_ne!(header(1, "webhook-id"), header(2, "webhook-id"));
        assert_ne!(
            header(0, "webhook-timestamp"),
            header(1, "webhook-timestamp")
        );
        assert!(
            got.iter().all(|one| one["fits"][0] == true),
            "each is signed anew"
        );
        let states = deliveries(&world, webhook).await;
        assert!(
            states
                .iter()
                .all(|one| (one.state, one.attempts) == (OutboxState::Done, 2))
        );
        assert_eq!(
            kept(&world, webhook).await.failing_since,
            None,
            "all is well again"
        );
    }
}

#[actix_web::test]
async fn one_that_is_busy_says_when_it_is_asked_again() {
    for (_database, world) in worlds().await {
        let receiver = Receiver::start();
        let webhook = registered(&world, &receiver.at("busy"), OFFERED).await.0;
        Hand::submitted(&world).await;
        let worker = worker(&world.exchange);
        assert_eq!(tell_all(&worker).await, 1);
        world.clock.advance(Span::minutes(59));
        assert_eq!(tell_all(&worker).await, 0, "it asked for an hour");
        world.clock.advance(Span::minutes(1));
        assert_eq!(tell_all(&worker).await, 1);
        assert_eq!(first(&world, webhook).await.1, 2);
    }
}

#[actix_web::test]
async fn one_that_keeps_failing_is_left_alone_and_stopped_after_days_with_a_mail() {
    for (_database, world) in worlds().await {
        world.without_limits().await;
        let mut receiver = Receiver::start();
        let (webhook, secret) = registered(&world, &receiver.at("500"), OFFERED).await;
        receiver.knows(&secret);
        for _ in 0..8 {
            Hand::submitted(&world).await;
        }
        let worker = worker(&world.exchange);
        assert_eq!(
            tell_all(&worker).await,
            3,
            "after the third failure the rest waits"
        );
        let mut hours = 0;
        while kept(&world, webhook).await.content.active {
            world.clock.advance(Span::hours(1));
            hours += 1;
            tell_all(&worker).await;
            assert!(hours < 100, "it is never stopped");
        }
        assert!(hours >= 72, "three days, not {hours} hours");
        assert_eq!(
            kept(&world, webhook).await.stopped_because,
            Some(Stopped::Failing)
        );
        let told = mails(&world).await;
        let told = told
            .iter()
            .filter(|mail| mail.kind == NotificationKind::WebhookStopped);
        let administrator = world.actor("administrator@example.org").await.person;
        assert_eq!(
            told.map(|mail| mail.to).collect::<Vec<_>>(),
            [administrator],
            "once"
        );
        world.clock.advance(Span::hours(9));
        tell_all(&worker).await;
        let given_up = deliveries(&world, webhook).await;
        assert!(
            given_up.iter().all(|one| one.state == OutboxState::Dead),
            "{given_up:?}"
        );

        // Mended, switched on again, and sent what it missed.
        let by = by(&world).await;
        let one = given_up[0].id;
        let refused = webhook_deliveries::send_again(&world.exchange, &by, webhook, one).await;
        assert!(
            matches!(refused, Err(ServiceError::Conflict(_))),
            "{refused:?}"
        );
        let mended = content(&world, &receiver.at("ok"), OFFERED);
        let version = kept(&world, webhook).await.version;
        let mended = webhooks::change(&world.exchange, &by, webhook, version, mended).await;
        let mended = mended.unwrap();
        assert_eq!((mended.stopped_because, mended.failing_since), (None, None));
        for item in &given_up {
            webhook_deliveries::send_again(&world.exchange, &by, webhook, item.id)
                .await
                .unwrap();
        }
        assert_eq!(tell_all(&worker).await, 8);
        let after = deliveries(&world, webhook).await;
        assert!(after.iter().all(|one| one.state == OutboxState::Done));
        // Once more, although it arrived: under the name that the receiver knows.
        webhook_deliveries::send_again(&world.exchange, &by, webhook, one)
            .await
            .unwrap();
        assert_eq!(tell_all(&worker).await, 1);
        let got = receiver.server.rest();
        let arrived = got.iter().filter(|got| got["path"] == "/ok");
        let same = arrived.filter(|got| got["headers"]["webhook-id"] == one.to_string());
        assert_eq!(same.count(), 2);
    }
}

#[actix_web::test]
async fn one_that_is_gone_is_stopped_at_once() {
    for (_database, world) in worlds().await {
        let receiver = Receiver::start();
        let webhook = registered(&world, &receiver.at("410"), OFFERED).await.0;
        Hand::submitted(&world).await;
        Hand::submitted(&world).await;
        assert_eq!(tell_all(&worker(&world.exchange)).await, 2);
        let stopped = kept(&world, webhook).await;
        assert_eq!(stopped.stopped_because, Some(Stopped::Gone));
        let errors: Vec<_> = deliveries(&world, webhook).await;
        let errors: Vec<_> = errors
            .into_iter()
            .map(|one| one.last_error.unwrap())
            .collect();
        assert_eq!(
            errors,
            ["the receiver answered 410", "the webhook is switched off"]
        );
        assert_eq!(receiver.server.rest().len(), 1, "the second was not sent");
        Hand::submitted(&world).await;
        assert_eq!(
            deliveries(&world, webhook).await.len(),
            2,
            "nothing more is written for it"
        );
    }
}
