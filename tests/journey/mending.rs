//! What was signed is mended by who signed it, whoever has the case now and wherever it stands.

use relecture::domain::permissions::View;
use relecture::domain::transitions::Refusal;

use relecture::service::{forecast, worklist};

use super::*;

#[actix_web::test]
async fn who_signed_reads_on_and_mends_when_the_case_is_reopened_and_given_to_somebody_else() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let hand = Hand::submitted(&world).await;
        for body in [CommandBody::Accept, signed()] {
            hand.does("expert.breast", body).await.unwrap();
        }
        let reopen = CommandBody::Reopen(reason("Nouvelle technique disponible"));
        hand.does("submitter.cayenne", reopen).await.unwrap();
        let absent = CommandBody::Decline(commands::Decline {
            reason: DeclineReason::Absent,
            comment: String::new(),
        });
        hand.does("expert.breast", absent).await.unwrap();
        hand.does("expert.second", CommandBody::Accept)
            .await
            .expect("it is offered to the other expert");
        let reads_on = async |state: &str| {
            let seen = hand
                .seen_by("expert.breast")
                .await
                .expect("still theirs to read");
            assert_eq!((seen.state.as_str(), seen.view), (state, View::Full));
            assert_eq!(seen.opinions[0].content, opinion());
            let actor = hand.actor("expert.breast").await;
            let told = forecast::of_case(&world.exchange, &actor, hand.case).await;
            assert!(told.is_ok(), "when the answer may be expected: {told:?}");
            assert_eq!(
                seen.commands,
                [Command::AddAddendum, Command::Correct, Command::Amend]
            );
        };
        reads_on("accepted").await;
        let finds = async |words: Option<String>| {
            let actor = hand.actor("expert.breast").await;
            let query = worklist::Query {
                words,
                ..worklist::Query::default()
            };
            let page = worklist::list(&world.exchange, &actor, &query).await;
            page.unwrap().items.len()
        };
        let reference = hand.row().await.reference;
        assert_eq!(finds(None).await, 0, "it is none of what they have to do");
        assert_eq!(finds(Some(reference)).await, 1, "they find it again");
        assert_eq!(finds(Some("carcinome".into())).await, 1);
        let revised = |conclusion: &str| {
            let mut opinion = opinion();
            opinion.conclusion = conclusion.into();
            Box::new(commands::Revised {
                reason: "Relecture de la lame A1-1".into(),
                opinion,
            })
        };
        let (before, due) = (hand.row().await, hand.row().await.due_at);
        let corrected = CommandBody::Correct(revised("Carcinome lobulaire, grade 2."));
        hand.does("expert.breast", corrected).await.unwrap();
        let now = hand.row().await;
        assert_eq!(
            (now.state, now.expert_id, now.due_at),
            (before.state, before.expert_id, due),
            "the case stays with whom it is, and its clock goes on"
        );
        // Who reads it now has signed nothing yet, and mends nothing of somebody else.
        let refused = hand
            .does("expert.second", CommandBody::Amend(revised("Autre.")))
            .await
            .unwrap_err();
        assert!(
            matches!(refused, ServiceError::Refused(Refusal::NotYours)),
            "{refused:?}"
        );
        hand.does("expert.second", signed()).await.unwrap();
        reads_on("signed").await;
        let agrees = CommandBody::Acknowledge(commands::Acknowledge {
            acknowledgement: Acknowledgement::Agrees,
            comment: String::new(),
        });
        hand.does("submitter.cayenne", agrees).await.unwrap();
        let amended = CommandBody::Amend(revised("Carcinome mixte."));
        hand.does("expert.breast", amended).await.unwrap();
        let case = hand.seen_by("submitter.cayenne").await.unwrap();
        assert_eq!(case.state, "signed", "there is something to read again");
        let versions: Vec<_> = case
            .opinions
            .iter()
            .map(|one| (one.kind.as_str(), one.cycle, one.revises))
            .collect();
        assert_eq!(
            versions,
            [
                ("opinion", 1, None),
                ("correction", 1, Some(1)),
                ("opinion", 2, None),
                ("amendment", 1, Some(2)),
            ]
        );
        let figures = world.exchange.store.read(|conn| {
            use diesel::prelude::*;
            use relecture::store::schema::answered_cycles::dsl::{answered_cycles, expert_id};
            let experts = answered_cycles.select(expert_id).load::<String>(conn)?;
            Ok::<_, relecture::store::StoreError>(experts.len())
        });
        assert_eq!(figures.await.unwrap(), 2, "only answers are counted");
    }
}

#[actix_web::test]
async fn what_was_signed_is_mended_after_the_reopened_case_was_taken_back() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let hand = Hand::signed(&world).await;
        for body in [
            CommandBody::Reopen(reason("Nouvelle technique disponible")),
            CommandBody::Withdraw(reason("Technique annulée")),
        ] {
            hand.does("submitter.cayenne", body).await.unwrap();
        }
        let revised = commands::Revised {
            reason: "Coquille".into(),
            opinion: opinion(),
        };
        hand.does("expert.breast", CommandBody::Correct(Box::new(revised)))
            .await
            .unwrap();
        let case = hand.seen_by("submitter.cayenne").await.unwrap();
        assert_eq!((case.state.as_str(), case.opinions.len()), ("withdrawn", 2));
        assert!(hand.seen_by("expert.second").await.is_err());
    }
}
