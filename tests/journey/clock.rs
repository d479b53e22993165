//! What the answer clock leaves behind: figures that count what was promised and kept, and an offer that waits with the clock.

use chrono::{DateTime, Utc};
use diesel::RunQueryDsl as _;
use diesel::prelude::*;
use relecture::domain::time::Clock as _;
use relecture::service::answered;
use relecture::service::figures::{self, Figures};
use relecture::store::figures::AnsweredRow;
use relecture::store::schema::answered_cycles;

use super::*;

async fn figures_of(world: &World) -> Figures {
    let day = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
    let coordinator = world.actor("coordinator.antilles@example.org").await;
    let (from, to) = (day("2026-11-01T00:00:00Z"), day("2027-03-01T00:00:00Z"));
    figures::of_network(&world.exchange, &coordinator, world.antilles, from, to)
        .await
        .unwrap()
}

async fn kept(world: &World) -> Vec<AnsweredRow> {
    let rows = world.exchange.store.read(|conn| {
        let all = answered_cycles::table
            .order((answered_cycles::case_id, answered_cycles::cycle))
            .select(AnsweredRow::as_select());
        Ok::<_, store::StoreError>(all.load(conn)?)
    });
    rows.await.unwrap()
}

#[actix_web::test]
async fn an_answer_that_was_late_stays_late_though_it_is_signed_while_the_clock_stands_still() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let hand = Hand::accepted(&world).await;
        world.clock.advance(Duration::days(20));
        hand.does("expert.breast", information("Antécédents ?"))
            .await
            .unwrap();
        let seen = hand.seen_by("expert.breast").await.unwrap().turnaround;
        assert_eq!(seen.due_at, None, "nothing is due while the clock stands");
        assert!(seen.late, "and it is late all the same");
        world.clock.advance(Duration::days(3));
        hand.does("expert.breast", signed()).await.unwrap();
        assert!(hand.seen_by("expert.breast").await.unwrap().turnaround.late);
        let all = figures_of(&world).await.all.unwrap();
        assert_eq!((all.cases, all.within_target), (1, 0));
        let cycle = &hand
            .seen_by("expert.breast")
            .await
            .unwrap()
            .turnaround
            .cycles[0];
        assert_eq!(
            all.p50_working_hours,
            (cycle.working_seconds as f64 / 36.0).round() / 100.0,
            "working hours are those in which the clock ran"
        );
        assert!(all.p50_elapsed_hours > 23.0 * 24.0 - 1.0);
    }
}

#[actix_web::test]
async fn a_case_that_is_answered_again_counts_twice_each_time_by_its_own_clock() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let hand = Hand::signed(&world).await;
        let first = kept(&world).await;
        world.clock.advance(Duration::days(42));
        hand.does(
            "submitter.cayenne",
            CommandBody::Reopen(reason("Récidive, nouveau prélèvement")),
        )
        .await
        .unwrap();
        let again = hand.row().await;
        assert_eq!(
            again.submitted_at,
            Some(world.clock.now().timestamp_micros()),
            "the second cycle begins now"
        );
        assert!(
            !hand
                .seen_by("submitter.cayenne")
                .await
                .unwrap()
                .turnaround
                .late
        );
        hand.does("expert.breast", CommandBody::Accept)
            .await
            .unwrap();
        world.clock.advance(Duration::hours(1));
        hand.does("expert.breast", signed()).await.unwrap();
        let rows = kept(&world).await;
        assert_eq!(rows[..1], first, "the first answer keeps its figures");
        let cycles: Vec<_> = rows
            .iter()
            .map(|row| (row.cycle, row.within_target))
            .collect();
        assert_eq!(cycles, [(1, true), (2, true)]);
        assert_eq!(rows[1].working_seconds, 3600);
        assert_eq!(figures_of(&world).await.all.unwrap().cases, 2);

        // What is kept can be made again from the events, to the second.
        let unlock = match database.url() {
            url if url.starts_with("sqlite") => "DROP TRIGGER answered_cycles_no_delete",
            _ => "DROP TRIGGER answered_cycles_append_only ON answered_cycles",
        };
        world.alter(unlock).await;
        world.alter("DELETE FROM answered_cycles").await;
        let again = || answered::complete(&world.exchange.store, world.exchange.core.clone());
        assert_eq!(again().await.unwrap(), 2);
        assert_eq!(kept(&world).await, rows);
        assert_eq!(again().await.unwrap(), 0);
    }
}

#[actix_web::test]
async fn who_asks_before_accepting_keeps_the_offer_until_their_time_is_used() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let hand = Hand::submitted(&world).await;
        let offered = hand.row().await;
        after(&world, Duration::hours(1)).await;
        hand.does("expert.breast", information("Quel site ?"))
            .await
            .unwrap();
        for _ in 0..3 {
            after(&world, Duration::days(1)).await;
        }
        let waiting = hand.row().await;
        assert_eq!(
            (waiting.state.as_str(), &waiting.expert_id),
            ("offered", &offered.expert_id),
            "the offer waits while the submitter owes an answer"
        );
        let request = hand.seen_by("expert.breast").await.unwrap().requests[0]
            .id
            .parse()
            .unwrap();
        let reply = commands::Reply {
            request,
            reply: "Quadrant supéro-externe".into(),
        };
        hand.does("submitter.cayenne", CommandBody::Answer(reply))
            .await
            .unwrap();
        let until = hand.row().await.offer_expires_at.unwrap();
        assert!(until > world.clock.now().timestamp_micros());
        assert_eq!(hand.row().await.expert_id, offered.expert_id);
        // What was left of it is given, not more.
        after(&world, Duration::days(1)).await;
        let gone = hand.row().await;
        assert_ne!(gone.expert_id, offered.expert_id, "then it goes on");
    }
}

#[actix_web::test]
async fn what_people_write_with_a_command_can_be_read_afterwards_by_who_may_read_content() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let hand = Hand::signed(&world).await;
        let acknowledged = commands::Acknowledge {
            acknowledgement: Acknowledgement::Integrated,
            comment: "Repris en RCP".into(),
        };
        hand.does("submitter.cayenne", CommandBody::Acknowledge(acknowledged))
            .await
            .unwrap();
        hand.does(
            "submitter.cayenne",
            CommandBody::Contest(reason("Relu à deux")),
        )
        .await
        .unwrap();
        let read_by = async |login: &str| {
            let actor = world.actor(&format!("{login}@example.org")).await;
            let entries = timeline::of_case(&world.exchange, &actor, hand.case, "r").await;
            serde_json::to_string(&entries.unwrap()).unwrap()
        };
        for words in ["Repris en RCP", "Relu à deux"] {
            assert!(read_by("expert.breast").await.contains(words), "{words}");
            assert!(!read_by("coordinator.antilles").await.contains(words));
        }
    }
}
