//! From the outbox to a real mail server, and what becomes of a mail when that server fails.

use chrono::Duration;
use relecture::domain::notifications::NotificationKind as Kind;
use relecture::service::administration::By;
use relecture::service::deliveries::{self, Outcome, Topic};
use relecture::service::{ServiceError, outbox};
use serde_json::Value;

use super::*;
use crate::journey::Hand;
use crate::support::exchange::open;
use crate::support::smtp::SmtpServer;

fn error(text: &str) -> Option<String> {
    Some(text.to_owned())
}

/// A port on which nobody listens.
fn silent_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

#[actix_web::test]
async fn what_a_server_puts_off_is_sent_later_and_once() {
    for (mode, told) in [
        ("refuse-once", "the mail server answered 451"),
        ("drop-once", "no connection to the mail server"),
    ] {
        for (_database, world) in worlds().await {
            let mut server = SmtpServer::start(mode);
            let worker = worker(&world.exchange, server.port);
            let message = enqueue(&world, Kind::OpinionReady, "submitter.cayenne", None).await;
            assert!(worker.work_once(Topic::Mail).await.unwrap());
            assert_eq!(
                stands(&world, message).await,
                ("ready".into(), 1, error(told)),
                "{mode}"
            );
            assert!(!worker.work_once(Topic::Mail).await.unwrap(), "not at once");
            world.clock.advance(Duration::minutes(1));
            assert!(worker.work_once(Topic::Mail).await.unwrap());
            assert_eq!(
                stands(&world, message).await,
                ("done".into(), 2, None),
                "{mode}"
            );
            let mail = server.next_mail();
            assert_eq!(mail["id"], format!("<{message}@example.org>"));
            assert_eq!(mail["to"][0], "submitter.cayenne@example.org");
            world.clock.advance(Duration::days(2));
            assert!(!worker.work_once(Topic::Mail).await.unwrap());
            assert_eq!(server.rest(), Vec::<Value>::new(), "{mode}");
        }
    }
}

#[actix_web::test]
async fn a_server_that_was_down_gets_the_mails_of_a_case_in_their_order() {
    for (_database, world) in worlds().await {
        let port = silent_port();
        let worker = worker(&world.exchange, port);
        let hand = Hand::drafted(&world).await;
        let kinds = [Kind::Receipt, Kind::Question, Kind::OpinionReady];
        let mut messages = Vec::new();
        for kind in kinds {
            messages.push(enqueue(&world, kind, "submitter.cayenne", Some(hand.case)).await);
        }
        let other = enqueue(&world, Kind::TriageNeeded, "coordinator.antilles", None).await;
        let mut tried = 0;
        while worker.work_once(Topic::Mail).await.unwrap() {
            tried += 1;
        }
        assert_eq!(
            tried, 2,
            "the first of the case, and the one of nobody's case"
        );
        for message in [messages[0], other] {
            assert_eq!(
                stands(&world, message).await,
                ("ready".into(), 1, error("no connection to the mail server"))
            );
        }
        let mut server = SmtpServer::start_on("accept", port);
        world.clock.advance(Duration::minutes(1));
        while worker.work_once(Topic::Mail).await.unwrap() {}
        let arrived: Vec<Value> = (0..4).map(|_| server.next_mail()["id"].clone()).collect();
        let of_the_case: Vec<&Value> = arrived
            .iter()
            .filter(|id| **id != format!("<{other}@example.org>"))
            .collect();
        let expected: Vec<Value> = messages
            .iter()
            .map(|id| format!("<{id}@example.org>").into())
            .collect();
        assert_eq!(of_the_case, expected.iter().collect::<Vec<_>>());
    }
}

#[actix_web::test]
async fn a_mail_refused_for_good_is_shown_to_administrators_who_send_it_again() {
    for (_database, world) in worlds().await {
        let refusing = SmtpServer::start("refuse-recipient");
        let message = enqueue(&world, Kind::Receipt, "submitter.cayenne", None).await;
        let worker_ = worker(&world.exchange, refusing.port);
        assert!(worker_.work_once(Topic::Mail).await.unwrap());
        let (state, tries, told) = stands(&world, message).await;
        assert_eq!((state.as_str(), tries), ("dead", 1), "one try is enough");

        let administrator = world.actor("administrator@example.org").await;
        for other in ["auditor", "coordinator.antilles", "submitter.cayenne"] {
            let other = world.actor(&format!("{other}@example.org")).await;
            let refused = outbox::dead_letters(&world.exchange, &other).await;
            assert!(matches!(refused, Err(ServiceError::Forbidden(_))));
        }
        let shown = outbox::dead_letters(&world.exchange, &administrator)
            .await
            .unwrap();
        assert_eq!(shown.len(), 1);
        assert_eq!((shown[0].id, &shown[0].last_error), (message, &told));
        assert_eq!(
            told,
            error("the mail server answered 550"),
            "no address in it"
        );

        let mut mended = SmtpServer::start("accept");
        let by = By::new(&administrator, "r");
        outbox::retry(&world.exchange, &by, message).await.unwrap();
        let again = outbox::retry(&world.exchange, &by, message).await;
        assert!(matches!(again, Err(ServiceError::NotFound)), "once");
        assert!(
            worker(&world.exchange, mended.port)
                .work_once(Topic::Mail)
                .await
                .unwrap()
        );
        assert_eq!(mended.next_mail()["id"], format!("<{message}@example.org>"));
        assert_eq!(
            outbox::dead_letters(&world.exchange, &administrator)
                .await
                .unwrap()
                .len(),
            0
        );
    }
}

#[actix_web::test]
async fn a_mail_that_nobody_takes_is_given_up_after_twelve_tries() {
    for (_database, world) in worlds().await {
        let message = enqueue(&world, Kind::Receipt, "submitter.cayenne", None).await;
        let worker = worker(&world.exchange, silent_port());
        let mut tries = 0;
        while worker.work_once(Topic::Mail).await.unwrap() {
            tries += 1;
            world.clock.advance(Duration::hours(1));
        }
        assert_eq!(tries, 12);
        assert_eq!(stands(&world, message).await.0, "dead");
    }
}

#[actix_web::test]
async fn two_workers_send_each_mail_once() {
    const MAILS: usize = 60;
    for (database, world) in worlds().await {
        let mut server = SmtpServer::start("accept");
        for _ in 0..MAILS {
            enqueue(&world, Kind::Receipt, "submitter.cayenne", None).await;
        }
        let (stop, _) = tokio::sync::watch::channel(false);
        // Each with connections of its own, as two processes have.
        let workers: Vec<_> = (0..2)
            .map(|_| {
                let exchange = open(database.url(), Arc::new(world.clock.clone()));
                let mut stopped = stop.subscribe();
                actix_web::rt::spawn(worker(&exchange, server.port).run(async move {
                    let _ = stopped.wait_for(|stop| *stop).await;
                }))
            })
            .collect();
        let (server, ids) = tokio::task::spawn_blocking(move || {
            let ids: std::collections::BTreeSet<String> = (0..MAILS)
                .map(|_| server.next_mail()["id"].to_string())
                .collect();
            (server, ids)
        })
        .await
        .unwrap();
        assert_eq!(ids.len(), MAILS, "all of them, none twice");
        stop.send(true).unwrap();
        for worker in workers {
            worker.await.unwrap();
        }
        assert_eq!(server.rest(), Vec::<Value>::new());
    }
}

#[actix_web::test]
async fn a_worker_that_died_loses_its_mail_to_another_and_its_say_in_it() {
    for (_database, world) in worlds().await {
        let mut server = SmtpServer::start("accept");
        let message = enqueue(&world, Kind::Receipt, "submitter.cayenne", None).await;
        let lease = std::time::Duration::from_secs(60);
        let held = deliveries::next(&world.exchange, Topic::Mail, "lost", lease)
            .await
            .unwrap()
            .unwrap();
        let worker = worker(&world.exchange, server.port);
        assert!(
            !worker.work_once(Topic::Mail).await.unwrap(),
            "it is leased"
        );
        let due = deliveries::next_due(&world.exchange, Topic::Mail)
            .await
            .unwrap();
        let expected = world.exchange.core.clock.now() + Duration::seconds(60);
        assert_eq!(
            due,
            Some(expected),
            "nobody looks again before the lease ends"
        );
        world.clock.advance(Duration::seconds(61));
        assert!(worker.work_once(Topic::Mail).await.unwrap());
        server.next_mail();
        let late = Outcome::GivenUp("too late".into());
        assert!(
            !deliveries::finish(&world.exchange, held, late)
                .await
                .unwrap()
        );
        assert_eq!(stands(&world, message).await, ("done".into(), 2, None));
    }
}

#[actix_web::test]
async fn deadlines_are_kept_while_a_mail_server_is_slow() {
    for (_database, world) in worlds().await {
        let mut server = SmtpServer::start("slow");
        let hand = Hand::submitted(&world).await;
        world.clock.advance(Duration::hours(5));
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let working = actix_web::rt::spawn(worker(&world.exchange, server.port).run(async {
            let _ = stopped.await;
        }));
        let server = tokio::task::spawn_blocking(move || {
            assert!(server.next_mail()["waiting"].is_string());
            server
        })
        .await
        .unwrap();
        // The mail is on its way; the offer expires all the same and goes to the next expert.
        let first = hand.actor("expert.breast").await.person.to_string();
        while hand
            .row()
            .await
            .expert_id
            .is_none_or(|expert| expert == first)
        {
            tokio::task::yield_now().await;
        }
        stop.send(()).unwrap();
        drop(server);
        working.await.unwrap();
    }
}

#[actix_web::test]
async fn somebody_who_has_left_gets_no_mail() {
    use diesel::prelude::*;
    use relecture::store::schema::people;
    for (_database, world) in worlds().await {
        let message = enqueue(&world, Kind::Receipt, "submitter.cayenne", None).await;
        let left = world.actor("submitter.cayenne@example.org").await.person;
        world
            .exchange
            .store
            .write(move |conn| {
                diesel::update(people::table.find(left.to_string()))
                    .set(people::active.eq(false))
                    .execute(conn)?;
                Ok::<_, StoreError>(())
            })
            .await
            .unwrap();
        assert!(
            worker(&world.exchange, silent_port())
                .work_once(Topic::Mail)
                .await
                .unwrap()
        );
        assert_eq!(
            stands(&world, message).await,
            ("unsent".into(), 1, None),
            "and the list does not say that they did"
        );
    }
}
