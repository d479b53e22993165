//! What people are told: what is so, to whom it matters, and once.

use relecture::domain::commands::{Reply, SendMaterial};
use relecture::domain::notifications::NotificationKind as Kind;

use super::*;

/// The mails that were written since the last look.
struct Told<'w> {
    world: &'w World,
    read: usize,
}

impl<'w> Told<'w> {
    async fn about(world: &'w World) -> Self {
        let read = mails(world).await.len();
        Self { world, read }
    }

    /// Which, and to whom.
    async fn since(&mut self) -> Vec<(Kind, relecture::domain::ids::PersonId)> {
        let all = mails(self.world).await;
        let new = all[self.read..].iter().map(|mail| (mail.kind, mail.to));
        self.read = all.len();
        new.collect()
    }
}

fn material() -> CommandBody {
    CommandBody::SendMaterial(SendMaterial {
        items: vec!["A1".into()],
        carrier: "Chronopost".into(),
        tracking: None,
    })
}

/// The identifiers of the requests that are open, by kind.
async fn open(hand: &Hand<'_>, kind: &str) -> relecture::domain::ids::RequestId {
    let seen = hand.seen_by("expert.breast").await.unwrap();
    let mut open = seen.requests.iter();
    let found = open.find(|one| one.closed_at.is_none() && one.kind == kind);
    found.expect("an open request").id.parse().unwrap()
}

fn reply(request: relecture::domain::ids::RequestId) -> Reply {
    Reply {
        request,
        reply: "Voici.".into(),
    }
}

#[actix_web::test]
async fn the_clock_is_said_to_run_again_only_when_nothing_is_waited_for() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let hand = Hand::accepted(&world).await;
        let expert = hand.actor("expert.breast").await.person;
        let submitter = hand.actor("submitter.cayenne").await.person;
        hand.does("expert.breast", information("Antécédents ?"))
            .await
            .unwrap();
        let mut told = Told::about(&world).await;
        hand.does("submitter.cayenne", material()).await.unwrap();
        assert_eq!(told.since().await, [(Kind::MaterialSent, expert)]);
        assert_eq!(hand.row().await.due_at, None, "it stands still");

        let answer = reply(open(&hand, "clinical_data").await);
        hand.does("submitter.cayenne", CommandBody::Answer(answer))
            .await
            .unwrap();
        assert_eq!(told.since().await, [(Kind::PartReceived, expert)]);
        assert_eq!(hand.row().await.due_at, None, "the glass is on its way");

        let arrived = reply(open(&hand, "shipment").await);
        hand.does("expert.breast", CommandBody::ReceiveMaterial(arrived))
            .await
            .unwrap();
        assert_eq!(told.since().await, [], "the expert knows");
        assert!(hand.row().await.due_at.is_some());

        // The other way: the expert sends glass back while the slides cannot be opened.
        hand.does("expert.breast", material()).await.unwrap();
        assert_eq!(told.since().await, [(Kind::MaterialSent, submitter)]);
        let broken = CommandBody::ReportSlidesUnavailable(reason("503"));
        hand.does("expert.breast", broken).await.unwrap();
        assert_eq!(told.since().await, [(Kind::Question, submitter)]);
        let mended = CommandBody::RestoreSlides(reason(""));
        hand.does("submitter.cayenne", mended).await.unwrap();
        assert_eq!(told.since().await, [(Kind::PartReceived, expert)]);
        let back = reply(open(&hand, "shipment").await);
        hand.does("submitter.cayenne", CommandBody::ReceiveMaterial(back))
            .await
            .unwrap();
        assert_eq!(told.since().await, [(Kind::AnswerReceived, expert)]);
        assert!(hand.row().await.due_at.is_some(), "nothing is open");
    }
}

#[actix_web::test]
async fn the_submitter_is_told_that_their_case_is_theirs_again_and_that_it_was_reopened() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let submitter = world.actor("submitter.cayenne@example.org").await.person;
        for by_expert in [true, false] {
            let (hand, expert) = accepted(&world).await;
            let asked = CommandBody::RequestWithdrawal(reason("Erreur"));
            hand.does("submitter.cayenne", asked).await.unwrap();
            let mut told = Told::about(&world).await;
            let agrees = if by_expert {
                expert
            } else {
                "coordinator.antilles"
            };
            hand.does(agrees, CommandBody::AgreeWithdrawal)
                .await
                .unwrap();
            let told = told.since().await;
            let agreed = told.iter().filter(|one| one.1 == submitter);
            assert_eq!(
                agreed.collect::<Vec<_>>(),
                [&(Kind::WithdrawalAgreed, submitter)],
                "{told:?}"
            );
        }
        for (by_expert, count) in [(true, 1), (false, 0)] {
            let (hand, expert) = accepted(&world).await;
            hand.does(expert, signed()).await.unwrap();
            let mut told = Told::about(&world).await;
            let reopens = if by_expert {
                expert
            } else {
                "submitter.cayenne"
            };
            hand.does(reopens, CommandBody::Reopen(reason("FISH reçue")))
                .await
                .unwrap();
            let told = told.since().await;
            let reopened = told
                .iter()
                .filter(|one| **one == (Kind::Reopened, submitter));
            assert_eq!(reopened.count(), count, "{reopens}: {told:?}");
        }
    }
}

/// A case that is accepted by whoever it was offered to, and their login.
async fn accepted(world: &World) -> (Hand<'_>, &'static str) {
    let hand = Hand::submitted(world).await;
    for expert in ["expert.breast", "expert.second"] {
        if hand.does(expert, CommandBody::Accept).await.is_ok() {
            return (hand, expert);
        }
    }
    panic!("the case is offered to one of two");
}

#[actix_web::test]
async fn a_late_case_that_stood_still_is_not_said_to_be_late_again_before_a_new_cycle() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let hand = Hand::accepted(&world).await;
        let count = |told: &[Kind], kind: Kind| told.iter().filter(|one| **one == kind).count();
        let late = async || {
            let told: Vec<Kind> = mails(&world).await.iter().map(|mail| mail.kind).collect();
            (count(&told, Kind::Warning), count(&told, Kind::Breach))
        };
        for _ in 0..5 {
            after(&world, Duration::days(1)).await;
        }
        // Each once to the expert and once to the coordinator.
        assert_eq!(late().await, (2, 2));
        for question in ["Antécédents ?", "Traitement ?"] {
            hand.does("expert.breast", information(question))
                .await
                .unwrap();
            after(&world, Duration::hours(2)).await;
            let answer = reply(open(&hand, "clinical_data").await);
            hand.does("submitter.cayenne", CommandBody::Answer(answer))
                .await
                .unwrap();
            assert!(hand.row().await.due_at.is_some(), "it runs again");
            after(&world, Duration::days(1)).await;
        }
        assert_eq!(late().await, (2, 2), "it was said");
        hand.does("expert.breast", signed()).await.unwrap();
        hand.does("submitter.cayenne", CommandBody::Reopen(reason("FISH")))
            .await
            .unwrap();
        hand.does("expert.breast", CommandBody::Accept)
            .await
            .unwrap();
        for _ in 0..6 {
            after(&world, Duration::days(1)).await;
        }
        assert_eq!(late().await, (4, 4), "a new cycle has a new due time");
    }
}

#[actix_web::test]
async fn who_has_the_case_now_and_its_submitter_are_told_that_an_earlier_opinion_was_mended() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let hand = Hand::signed(&world).await;
        let person = async |login: &str| hand.actor(login).await.person;
        let (submitter, second) = (
            person("submitter.cayenne").await,
            person("expert.second").await,
        );
        world.away("expert.breast").await;
        let reopened = CommandBody::Reopen(reason("Nouvelle technique"));
        hand.does("submitter.cayenne", reopened).await.unwrap();
        let revised = commands::Revised {
            reason: "Coquille".into(),
            opinion: opinion(),
        };
        let corrected = CommandBody::Correct(Box::new(revised));
        let mut told = Told::about(&world).await;
        let earlier = [
            (Kind::EarlierOpinionChanged, submitter),
            (Kind::EarlierOpinionChanged, second),
        ];
        hand.does("expert.breast", corrected.clone()).await.unwrap();
        assert_eq!(told.since().await, earlier, "it is offered to them");

        for body in [CommandBody::Accept, signed()] {
            hand.does("expert.second", body).await.unwrap();
        }
        told.since().await;
        hand.does("expert.breast", corrected.clone()).await.unwrap();
        let answered = [(Kind::OpinionChanged, submitter), earlier[1]];
        assert_eq!(told.since().await, answered, "it is to be acknowledged");
        hand.does("expert.second", corrected).await.unwrap();
        assert_eq!(told.since().await, [(Kind::OpinionChanged, submitter)]);
    }
}
