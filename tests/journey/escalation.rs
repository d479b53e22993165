//! The escalation ladder: a case that nobody opens goes on by itself, each step once, and says so in its timeline.

use std::sync::Arc;

use relecture::domain::escalation::{Ladder, StepAct};
use relecture::service::Core;

use relecture::domain::notifications::NotificationKind as Kind;

use super::*;

/// The world with another ladder.
fn with_ladder(world: &mut World, ladder: &str) {
    let clock = Arc::new(world.clock.clone());
    let ids = Arc::new(relecture::clock::SystemIds);
    let mut core = Core::new(clock, ids, crate::support::exchange::SEALING_KEY).expect("a core");
    core.ladder = Ladder::read(ladder).expect("a ladder");
    world.exchange.core = Arc::new(core);
}

/// What was taken of the ladder, by the timeline.
async fn steps_of(world: &World, hand: &Hand<'_>) -> Vec<(String, String)> {
    let coordinator = world.actor("coordinator.antilles@example.org").await;
    let entries = timeline::of_case(&world.exchange, &coordinator, hand.case, "r")
        .await
        .expect("the timeline is read");
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    entries
        .iter()
        .filter(|entry| entry.command == Command::Escalate)
        .map(|entry| (text(&entry.facts["act"]), text(&entry.facts["outcome"])))
        .collect()
}

async fn holder(hand: &Hand<'_>) -> String {
    let case = hand.seen_by("submitter.cayenne").await.expect("the case");
    case.expert.map(|expert| expert.name).unwrap_or_default()
}

/// Offers that nobody answers do not end.
async fn patient(world: &World) {
    world
        .alter("UPDATE outbox SET run_at = 9000000000000000 WHERE payload LIKE '%expire_offer%'")
        .await;
}

#[actix_web::test]
async fn halfway_an_unopened_case_goes_to_who_would_be_clearly_sooner_and_only_once() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let hand = Hand::submitted(&world).await;
        assert_eq!(holder(&hand).await, "expert breast");
        patient(&world).await;
        // Nothing tells the exchange of an absence that comes to light like this.
        world.away("expert.breast").await;
        after(&world, Duration::hours(29)).await;
        assert_eq!(
            steps_of(&world, &hand).await,
            [],
            "half of three working days is not over"
        );
        world.clock.advance(Duration::hours(2));
        // Many workers have the same job at once.
        let at = "2026-11-24T19:00:00Z"
            .parse()
            .map(store::micros)
            .expect("an instant");
        let act = StepAct::Reassign;
        let case = hand.case;
        let racers =
            (0..8).map(|_| jobs::run(&world.exchange, jobs::Job::Escalate { case, act, at }));
        for ran in futures_util::future::join_all(racers).await {
            ran.expect("a job that is no longer meant succeeds");
        }
        run_due_jobs(&world).await;
        let moved = [("reassign".to_owned(), "moved".to_owned())];
        assert_eq!(steps_of(&world, &hand).await, moved);
        assert_eq!(holder(&hand).await, "expert second");
        patient(&world).await;
        let told = mails(&world).await;
        let left = told.iter().filter(|mail| mail.kind == Kind::CaseLeft);
        assert_eq!(left.count(), 1, "who had it is told");
        after(&world, Duration::days(1)).await;
        assert_eq!(
            steps_of(&world, &hand).await,
            moved,
            "no agreement opens another pool"
        );
    }
}

#[actix_web::test]
async fn a_case_that_is_read_is_left_in_peace() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let hand = Hand::accepted(&world).await;
        world.away("expert.breast").await;
        let version = hand.version().await;
        after(&world, Duration::days(4)).await;
        assert_eq!(hand.version().await, version);
        // Given back, it goes the usual way; the steps of this cycle are over.
        let decline = commands::Decline {
            reason: DeclineReason::NeedsGlass,
            comment: String::new(),
        };
        hand.does("expert.breast", CommandBody::Decline(decline))
            .await
            .unwrap();
        after(&world, Duration::days(1)).await;
        assert_eq!(steps_of(&world, &hand).await, []);
    }
}

#[actix_web::test]
async fn every_rung_of_a_ladder_is_climbed_once_and_in_order() {
    for database in databases() {
        let mut world = World::on(database.url()).await;
        let national = world.pacific;
        with_ladder(
            &mut world,
            &format!(
                r#"{{"version":"story","national_network":"{national}","steps":[{{"at":0.25,"act":"remind_holder"}},
            {{"at":0.5,"act":"reassign"}},{{"at":0.6,"act":"tell_coordinators"}},{{"at":0.9,"act":"national_list"}}]}}"#
            ),
        );
        let hand = Hand::submitted(&world).await;
        patient(&world).await;
        for _ in 0..5 {
            after(&world, Duration::days(1)).await;
        }
        let climbed: Vec<(String, String)> = [
            ("remind_holder", "told"),
            ("tell_coordinators", "told"),
            ("national_list", "no_agreement"),
        ]
        .map(|(act, outcome)| (act.to_owned(), outcome.to_owned()))
        .to_vec();
        assert_eq!(
            steps_of(&world, &hand).await,
            climbed,
            "nobody would be sooner: no event"
        );
        let told = mails(&world).await;
        let reminded = told.iter().filter(|mail| mail.kind == Kind::OfferReminder);
        assert_eq!(reminded.count(), 2, "the ladder's, and the offer's own");
    }
}

#[actix_web::test]
async fn the_national_network_takes_over_where_an_agreement_allows_it() {
    for database in databases() {
        let mut world = World::on(database.url()).await;
        let national = world.pacific;
        with_ladder(
            &mut world,
            &format!(
                r#"{{"version":"story","national_network":"{national}","steps":[{{"at":0.5,"act":"national_list"}}]}}"#
            ),
        );
        let (from, to) = (world.antilles, world.pacific);
        world
            .alter(format!(
                "INSERT INTO agreements (id, from_network, to_network, subspecialties, urgencies, valid_from, valid_until) SELECT '{}', '{from}', '{to}', '[]', '[]', '2026-01-01', NULL FROM networks WHERE id = '{to}'",
                relecture::clock::SystemIds.next()
            ))
            .await;
        let hand = Hand::submitted(&world).await;
        patient(&world).await;
        after(&world, Duration::days(2)).await;
        assert_eq!(hand.row().await.network_id, national.to_string());
        let commands = commands_of(&world, &hand).await;
        let last: Vec<&str> = commands.iter().rev().take(2).map(String::as_str).collect();
        assert_eq!(last, ["redirect", "escalate"]);
    }
}
