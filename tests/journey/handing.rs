//! Who gets to see a case, and who is told, as it passes from hand to hand.

use relecture::domain::notifications::NotificationKind as Kind;
use relecture::domain::transitions::{Guard, Refusal};
use relecture::service::worklist;

use super::*;

/// The references on a coordinator's list, whatever their state.
async fn queue_of(world: &World, login: &str) -> Vec<String> {
    let actor = world.actor(&format!("{login}@example.org")).await;
    worklist::list(&world.exchange, &actor, &worklist::Query::default())
        .await
        .expect("the queue is read")
        .items
        .into_iter()
        .map(|item| item.reference)
        .collect()
}

fn redirect(network: relecture::domain::ids::NetworkId) -> CommandBody {
    CommandBody::Redirect(commands::Redirect {
        network,
        reason: "Personne ici ne lit le sein".into(),
    })
}

/// Nouméa's case, held for triage, its slide on a source of Nouméa's own.
async fn held_in_the_pacific(world: &World) -> Hand<'_> {
    let mut content = world.excused_content();
    content.specimens[0].blocks[0].slides[0].source = source_for_noumea(world).await;
    let submitter = world.actor("submitter.noumea@example.org").await;
    let written = cases::create(
        &world.exchange,
        &submitter,
        world.noumea,
        content,
        key(),
        "r",
    )
    .await
    .expect("a draft is written");
    let hand = Hand {
        world,
        case: written.case,
    };
    hand.does("submitter.noumea", CommandBody::Submit)
        .await
        .expect("the case is sent");
    hand
}

#[actix_web::test]
async fn a_case_is_redirected_by_an_agreement_and_read_where_it_went() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let hand = held_in_the_pacific(&world).await;
        let reference = hand.row().await.reference;
        assert_eq!(queue_of(&world, "coordinator.pacific").await, [&*reference]);
        let due = hand.row().await.due_at.expect("an answer is due");

        hand.does("coordinator.pacific", redirect(world.antilles))
            .await
            .unwrap();

        let row = hand.row().await;
        assert_eq!(
            (row.state.as_str(), row.waiting_for),
            ("offered", None),
            "the pool that took it over covers no Pacific territory; the agreement does"
        );
        assert!(hand.seen_by("expert.breast").await.is_ok());
        assert!(queue_of(&world, "coordinator.pacific").await.is_empty());
        assert_eq!(
            queue_of(&world, "coordinator.antilles").await,
            [&*reference]
        );
        assert_ne!(
            row.due_at,
            Some(due),
            "the answering pool's hours count from now on"
        );
        assert_eq!(
            row.cycle, 1,
            "the clock goes along, it does not begin again"
        );
    }
}

#[actix_web::test]
async fn without_an_agreement_a_case_stays_where_it_is() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let hand = Hand::submitted(&world).await;
        let before = hand.row().await;
        for network in [world.pacific, world.antilles] {
            let refused = hand
                .does("coordinator.antilles", redirect(network))
                .await
                .unwrap_err();
            assert!(
                matches!(
                    refused,
                    ServiceError::Refused(Refusal::Guarded {
                        guard: Guard::OtherNetwork,
                        ..
                    })
                ),
                "{refused:?}"
            );
        }
        assert_eq!(hand.row().await, before);
    }
}

#[actix_web::test]
async fn a_draft_that_was_never_sent_is_nobody_elses_even_when_withdrawn() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let hand = Hand::drafted(&world).await;
        hand.does(
            "submitter.cayenne",
            CommandBody::Withdraw(reason("Doublon")),
        )
        .await
        .unwrap();
        assert!(queue_of(&world, "coordinator.antilles").await.is_empty());
        for login in ["coordinator.antilles", "auditor"] {
            assert!(
                matches!(hand.seen_by(login).await, Err(ServiceError::NotFound)),
                "{login}"
            );
        }
        assert_eq!(
            hand.seen_by("submitter.cayenne").await.unwrap().state,
            "withdrawn"
        );
    }
}

#[actix_web::test]
async fn a_submitter_who_owes_an_answer_is_reminded_daily_of_that_question_alone() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let hand = Hand::accepted(&world).await;
        let questions = async || {
            let sent = mails(&world).await;
            sent.iter()
                .filter(|mail| mail.kind == Kind::Question)
                .count()
        };
        hand.does("expert.breast", information("Traitement antérieur ?"))
            .await
            .unwrap();
        after(&world, Duration::hours(20)).await;
        assert_eq!(questions().await, 1, "not before a day has passed");
        after(&world, Duration::hours(5)).await;
        after(&world, Duration::hours(24)).await;
        assert_eq!(questions().await, 3, "once a day");
        let answered = hand.seen_by("submitter.cayenne").await.unwrap();
        let request = answered.requests[0].id.parse().expect("an identifier");
        let reply = "Aucun".to_owned();
        hand.does(
            "submitter.cayenne",
            CommandBody::Answer(commands::Reply { request, reply }),
        )
        .await
        .unwrap();
        // The next question has a day of its own: the first one's reminders do not count against it.
        hand.does("expert.breast", information("Imagerie ?"))
            .await
            .unwrap();
        after(&world, Duration::hours(23)).await;
        assert_eq!(questions().await, 4);
        after(&world, Duration::hours(2)).await;
        assert_eq!(questions().await, 5);
    }
}
