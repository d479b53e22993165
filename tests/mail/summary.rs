//! What people want to be told: at once, in the summary of their day, or not at all.

use chrono::Duration;
use relecture::domain::commands::CommandBody;
use relecture::domain::notifications::{Choices, NotificationKind as Kind, Timing};
use relecture::domain::time::Clock as _;
use relecture::service::jobs::{self, Job};
use relecture::service::notifications::{self, NewChoices};
use serde_json::Value;

use super::*;
use crate::journey::{Hand, after, mails};
use crate::support::exchange::open;
use crate::support::smtp::SmtpServer;

const CAYENNE: &str = "submitter.cayenne";

/// Has somebody choose, at the version that they read.
pub async fn choose(world: &World, login: &str, chosen: &[(Kind, Timing)]) {
    let actor = world.actor(&format!("{login}@example.org")).await;
    let own = notifications::own(&world.exchange, &actor).await.unwrap();
    let choices = Choices(chosen.iter().copied().collect());
    let new = NewChoices { choices };
    notifications::choose(&world.exchange, &actor, own.version, new, "r")
        .await
        .unwrap();
}

/// What arrives at somebody until no mail is due: subjects and texts.
async fn arrives(world: &World, login: &str) -> Vec<(String, String)> {
    let server = SmtpServer::start("accept");
    let worker = worker(&world.exchange, server.port);
    while worker.work_once(Topic::Mail).await.unwrap() {}
    let to = format!("{login}@example.org");
    let said = |mail: &Value, part: &str| mail[part].as_str().unwrap_or_default().to_owned();
    let all = server.rest();
    let theirs = all.iter().filter(|mail| mail["to"][0] == to.as_str());
    theirs
        .map(|mail| (said(mail, "subject"), said(mail, "text")))
        .collect()
}

/// To just before that instant, when there is no summary yet, and to it.
async fn morning(world: &World, seven: &str) {
    let seven: chrono::DateTime<chrono::Utc> = seven.parse().unwrap();
    let before = summaries(world).await;
    after(world, seven - world.clock.now() - Duration::minutes(1)).await;
    assert_eq!(summaries(world).await, before, "it is not seven yet");
    after(world, Duration::minutes(1)).await;
}

async fn summaries(world: &World) -> usize {
    let all = mails(world).await;
    all.iter().filter(|mail| mail.kind == Kind::Summary).count()
}

#[actix_web::test]
async fn a_mail_comes_at_once_in_the_summary_or_not_at_all() {
    for (_database, world) in worlds().await {
        let first = Hand::submitted(&world).await;
        let before = arrives(&world, CAYENNE).await;
        assert_eq!(
            before.len(),
            1,
            "the receipt comes unless something else was chosen: {before:?}"
        );
        let reference = first.row().await.reference;

        choose(
            &world,
            CAYENNE,
            &[
                (Kind::OpinionReady, Timing::Daily),
                (Kind::Receipt, Timing::Daily),
                (Kind::PreliminaryReady, Timing::Never),
            ],
        )
        .await;
        let second = Hand::submitted(&world).await;
        for hand in [&first, &second] {
            let expert = hand.seen_by("coordinator.antilles").await.unwrap();
            let expert = expert.expert.expect("it is offered").name.replace(' ', ".");
            hand.does(&expert, CommandBody::Accept).await.unwrap();
            hand.does(&expert, crate::journey::signed()).await.unwrap();
        }
        assert!(
            arrives(&world, CAYENNE).await.is_empty(),
            "nothing comes by itself"
        );
        assert!(arrives(&world, CAYENNE).await.is_empty());
        assert_eq!(summaries(&world).await, 0);

        // Ten in the morning in Cayenne now; seven there is ten o'clock UTC.
        morning(&world, "2026-11-24T10:00:00Z").await;
        let arrived = arrives(&world, CAYENNE).await;
        assert_eq!(arrived.len(), 1, "{arrived:?}");
        let (subject, text) = &arrived[0];
        assert_eq!(subject, "Résumé du jour");
        assert!(
            text.contains("Avis signé disponible (2)") && text.contains("Demande reçue (1)"),
            "{text}"
        );
        assert_eq!(
            text.matches(&reference).count(),
            1,
            "its receipt came before: {text}"
        );

        // A day without anything has no summary.
        after(&world, Duration::days(1)).await;
        assert_eq!(summaries(&world).await, 1);

        // What waits is told even where everything comes at once by now.
        let third = Hand::submitted(&world).await;
        let reference = third.row().await.reference;
        assert!(arrives(&world, CAYENNE).await.is_empty());
        choose(&world, CAYENNE, &[]).await;
        after(&world, Duration::days(1)).await;
        assert_eq!(summaries(&world).await, 2);
        let told = arrives(&world, CAYENNE).await;
        assert!(
            told.iter().any(|(_, text)| text.contains(&reference)),
            "{told:?}"
        );
    }
}

#[actix_web::test]
async fn several_instances_write_one_summary_a_day_and_tell_nothing_twice() {
    for (database, world) in worlds().await {
        choose(&world, CAYENNE, &[(Kind::Receipt, Timing::Daily)]).await;
        Hand::submitted(&world).await;
        arrives(&world, CAYENNE).await;
        world.clock.advance(Duration::hours(21));
        let person = world.actor("submitter.cayenne@example.org").await.person;
        let instances: Vec<Exchange> = (0..4)
            .map(|_| open(database.url(), Arc::new(world.clock.clone())))
            .collect();
        let written = instances
            .iter()
            .map(|instance| jobs::run(instance, Job::Summary { person }));
        for ended in futures_util::future::join_all(written).await {
            ended.unwrap();
        }
        assert_eq!(summaries(&world).await, 1);
        // What comes on the same day waits for the next.
        Hand::submitted(&world).await;
        arrives(&world, CAYENNE).await;
        jobs::run(&world.exchange, Job::Summary { person })
            .await
            .unwrap();
        assert_eq!(summaries(&world).await, 1, "one a day");
        after(&world, Duration::days(1)).await;
        assert_eq!(summaries(&world).await, 2, "and the next day the rest");

        // A worker that was cut off before it could say that it had put the mails aside.
        world
            .alter("UPDATE outbox SET state = 'ready', run_at = 1 WHERE payload LIKE '%receipt%'")
            .await;
        assert!(
            arrives(&world, CAYENNE)
                .await
                .iter()
                .all(|(subject, _)| subject == "Résumé du jour")
        );
        after(&world, Duration::days(2)).await;
        assert_eq!(summaries(&world).await, 2, "they were told");
        // Somebody who has left is told nothing, and nothing waits for them for ever.
        Hand::submitted(&world).await;
        arrives(&world, CAYENNE).await;
        world
            .alter("UPDATE people SET active = false WHERE login = 'submitter.cayenne@example.org'")
            .await;
        after(&world, Duration::days(1)).await;
        assert_eq!(summaries(&world).await, 2);
    }
}

#[actix_web::test]
async fn what_was_put_aside_or_not_wanted_is_not_called_delivered() {
    use relecture::service::administration::messages::{MessageQuery, OutboxState, list};
    for (_database, world) in worlds().await {
        let choices = [
            (Kind::Receipt, Timing::Daily),
            (Kind::PreliminaryReady, Timing::Never),
        ];
        choose(&world, CAYENNE, &choices).await;
        let mut messages = Vec::new();
        for kind in [Kind::Receipt, Kind::PreliminaryReady, Kind::OpinionReady] {
            messages.push(enqueue(&world, kind, CAYENNE, None).await);
        }
        assert_eq!(arrives(&world, CAYENNE).await.len(), 1);
        let administrator = world.actor("administrator@example.org").await;
        let states = [OutboxState::Aside, OutboxState::Unsent, OutboxState::Done];
        for (message, state) in messages.into_iter().zip(states) {
            assert_eq!(stands(&world, message).await, (state.to_string(), 1, None));
            let query = MessageQuery {
                states: vec![state],
                ..MessageQuery::default()
            };
            let page = list(&world.exchange, &administrator, query).await.unwrap();
            let listed: Vec<_> = page.items.iter().map(|one| one.id).collect();
            assert_eq!(listed, [message], "{state}");
        }
        // They are forgotten like what was delivered.
        world.clock.advance(Duration::days(32));
        jobs::run(&world.exchange, Job::Housekeeping).await.unwrap();
        let page = list(&world.exchange, &administrator, MessageQuery::default()).await;
        let kinds = page.unwrap().items.into_iter().filter_map(|one| one.kind);
        let left: Vec<_> = kinds.filter(|kind| *kind != Kind::Summary).collect();
        assert_eq!(left, []);
    }
}
