//! From draft to closed, and the ways that lead aside.

use relecture::domain::notifications::NotificationKind as Kind;
use relecture::domain::permissions::View;
use relecture::domain::transitions::{Guard, Refusal};

use super::*;

#[actix_web::test]
async fn a_case_goes_from_cayenne_to_a_signed_opinion_and_back() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let hand = Hand::submitted(&world).await;
        // The router chose: the only two of the pool who read breast work in Martinique, the one whose field it is comes first.
        let offered = hand
            .seen_by("expert.breast")
            .await
            .expect("it is offered to the breast expert");
        assert_eq!(
            (offered.state.as_str(), offered.view),
            ("offered", View::Full)
        );
        assert_eq!(
            offered
                .patient
                .as_ref()
                .expect("the reading needs the patient")
                .accession_number,
            "26H00123"
        );
        // Four working hours later than Monday 10:00 in Cayenne, where the pool works, with its two hours of lunch.
        assert_eq!(
            offered.offer_expires_at.unwrap().to_rfc3339(),
            "2026-11-23T17:00:00+00:00"
        );
        // Three working days later.
        assert_eq!(
            offered.turnaround.due_at.unwrap().to_rfc3339(),
            "2026-11-26T13:00:00+00:00"
        );

        hand.does("expert.breast", CommandBody::Accept)
            .await
            .unwrap();
        world.clock.advance(Duration::hours(1));
        hand.does("expert.breast", information("Antécédents familiaux ?"))
            .await
            .unwrap();
        let waiting = hand.seen_by("submitter.cayenne").await.unwrap();
        assert_eq!(
            waiting.turnaround.due_at, None,
            "nothing is due while the submitter owes an answer"
        );
        let request = waiting.requests[0].id.parse().unwrap();
        world.clock.advance(Duration::hours(20));
        hand.does(
            "submitter.cayenne",
            CommandBody::Answer(commands::Reply {
                request,
                reply: "Aucun.".into(),
            }),
        )
        .await
        .unwrap();
        world.clock.advance(Duration::hours(2));
        hand.does(
            "expert.breast",
            CommandBody::SaveOpinion(Box::new(opinion())),
        )
        .await
        .unwrap();
        hand.does("expert.breast", signed()).await.unwrap();

        let answered = hand.seen_by("submitter.cayenne").await.unwrap();
        assert_eq!(answered.state, "signed");
        assert_eq!(answered.opinions[0].content, opinion());
        let cycle = &answered.turnaround.cycles[0];
        assert_eq!(
            (cycle.elapsed_seconds, cycle.paused_seconds),
            (23 * 3600, 20 * 3600)
        );
        assert!(!answered.turnaround.late);

        let acknowledged = commands::Acknowledge {
            acknowledgement: Acknowledgement::Integrated,
            comment: String::new(),
        };
        hand.does("submitter.cayenne", CommandBody::Acknowledge(acknowledged))
            .await
            .unwrap();
        hand.does("submitter.cayenne", CommandBody::Close)
            .await
            .unwrap();
        let outcome = commands::RecordOutcome {
            verdict: OutcomeVerdict::ExpertRight,
            text: "Pièce opératoire : lobulaire.".into(),
        };
        hand.does("submitter.cayenne", CommandBody::RecordOutcome(outcome))
            .await
            .unwrap();
        assert_eq!(hand.seen_by("expert.breast").await.unwrap().state, "closed");
        let commands = commands_of(&world, &hand).await;
        assert_eq!(
            commands.join(" "),
            "save_draft submit offer accept request_information answer save_opinion sign acknowledge close record_outcome"
        );
        let told: Vec<Kind> = mails(&world).await.iter().map(|mail| mail.kind).collect();
        assert_eq!(
            told,
            [
                Kind::Receipt,
                Kind::Offer,
                Kind::Question,
                Kind::AnswerReceived,
                Kind::OpinionReady,
                Kind::Feedback
            ]
        );
    }
}

#[actix_web::test]
async fn an_offer_nobody_answers_goes_on_and_a_decline_too_until_nobody_is_left() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let hand = Hand::submitted(&world).await;
        let due = hand.row().await.due_at;
        after(&world, Duration::hours(4)).await;
        assert!(
            matches!(
                hand.seen_by("expert.breast").await,
                Err(ServiceError::NotFound)
            ),
            "the offer has expired"
        );
        assert_eq!(
            hand.seen_by("expert.second").await.unwrap().state,
            "offered"
        );
        assert_eq!(
            hand.row().await.due_at,
            due,
            "a refusal never resets the clock"
        );
        let decline = commands::Decline {
            reason: DeclineReason::Overloaded,
            comment: String::new(),
        };
        let answer = hand
            .does("expert.second", CommandBody::Decline(decline))
            .await
            .unwrap();
        assert!(
            answer.document.is_none(),
            "the case has left the expert's sight"
        );
        let queue = hand.seen_by("coordinator.antilles").await.unwrap();
        assert_eq!(
            (queue.state.as_str(), queue.waiting_for.as_deref()),
            ("submitted", Some("candidate"))
        );
        let reasons = queue.unrouted.unwrap();
        assert_eq!(reasons["considered"], 2, "{reasons}");
        assert!(
            reasons["reasons"].to_string().contains("not_tried_before"),
            "{reasons}"
        );
        assert!(
            mails(&world)
                .await
                .iter()
                .any(|mail| mail.kind == Kind::Unrouted)
        );
        // The coordinator persuades the expert on the telephone.
        let expert = hand.actor("expert.breast").await.person;
        hand.does(
            "coordinator.antilles",
            CommandBody::Offer(commands::Offer {
                expert,
                reason: "Accord par téléphone".into(),
            }),
        )
        .await
        .unwrap();
        assert_eq!(
            hand.seen_by("expert.breast").await.unwrap().state,
            "offered"
        );
    }
}

#[actix_web::test]
async fn what_is_late_is_said_once_and_an_expert_who_is_away_is_never_offered_a_case() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let expert = world.actor("expert.breast@example.org").await;
        let away = relecture::service::absences::NewAbsence {
            starts_at: "2026-11-20T00:00:00Z".parse().unwrap(),
            ends_at: "2026-12-20T00:00:00Z".parse().unwrap(),
        };
        relecture::service::absences::add(&world.exchange, &expert, away, None, "r")
            .await
            .unwrap();
        let hand = Hand::submitted(&world).await;
        assert_eq!(
            hand.seen_by("expert.second").await.unwrap().state,
            "offered"
        );
        hand.does("expert.second", CommandBody::Accept)
            .await
            .unwrap();
        for _ in 0..5 {
            after(&world, Duration::days(1)).await;
        }
        let told: Vec<Kind> = mails(&world).await.iter().map(|mail| mail.kind).collect();
        let count = |kind: Kind| told.iter().filter(|told| **told == kind).count();
        // Each once to the expert and once to the coordinator.
        assert_eq!(
            (count(Kind::Warning), count(Kind::Breach)),
            (2, 2),
            "{told:?}"
        );
        assert!(
            hand.seen_by("coordinator.antilles")
                .await
                .unwrap()
                .turnaround
                .late
        );
    }
}

#[actix_web::test]
async fn a_pool_that_triages_holds_the_case_and_an_agreement_sends_it_across_the_ocean() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let submitter = world.actor("submitter.noumea@example.org").await;
        let mut content = world.excused_content();
        content.specimens.clear();
        let written = cases::create(
            &world.exchange,
            &submitter,
            world.noumea,
            content.clone(),
            key(),
            "r",
        )
        .await
        .unwrap();
        let hand = Hand {
            world: &world,
            case: written.case,
        };
        let refused = hand
            .does("submitter.noumea", CommandBody::Submit)
            .await
            .unwrap_err();
        assert!(
            matches!(&refused, ServiceError::Invalid(fields) if fields.len() == 1 && fields[0].pointer == "/specimens"),
            "{refused:?}"
        );
        // Nouméa has no slide source yet: one is registered, and the case is sent.
        let own = source_for_noumea(&world).await;
        content = world.excused_content();
        content.specimens[0].blocks[0].slides[0].source = own;
        hand.does(
            "submitter.noumea",
            CommandBody::SaveDraft(Box::new(content)),
        )
        .await
        .unwrap();
        hand.does("submitter.noumea", CommandBody::Submit)
            .await
            .unwrap();
        assert_eq!(hand.row().await.waiting_for.as_deref(), Some("triage"));
        let release = commands::Triage {
            urgency: None,
            subspecialty: None,
        };
        hand.does("coordinator.pacific", CommandBody::Triage(release))
            .await
            .unwrap();
        // Nobody in the Pacific reads breast; the agreement with the Antilles does, in whose pool two can.
        let offered = hand
            .seen_by("expert.breast")
            .await
            .expect("it went across the ocean");
        assert!(
            offered.assignments[0].explanation.is_none(),
            "the explanation is the coordinator's"
        );
        let explained = hand.seen_by("coordinator.pacific").await.unwrap();
        let explanation = explained.assignments[0].explanation.clone().unwrap();
        assert_eq!(explanation["considered"].as_array().unwrap().len(), 3);
        assert_eq!(explained.view, View::Queue);
        assert!(
            explained.patient.is_none() && explained.clinical_context.is_none(),
            "no patient in a queue"
        );
    }
}

#[actix_web::test]
async fn a_signed_opinion_is_amended_contested_and_the_case_reopened() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let hand = Hand::accepted(&world).await;
        hand.does(
            "expert.breast",
            CommandBody::ReleasePreliminary(Box::new(commands::Answered { opinion: opinion() })),
        )
        .await
        .unwrap();
        hand.does("expert.breast", signed()).await.unwrap();
        hand.does(
            "submitter.cayenne",
            CommandBody::Contest(reason("La clinique ne s'y prête pas")),
        )
        .await
        .unwrap();
        let mut changed = opinion();
        changed.conclusion = "Carcinome mixte.".into();
        let revised = commands::Revised {
            reason: "Relecture de la lame A1-1".into(),
            opinion: changed.clone(),
        };
        hand.does("expert.breast", CommandBody::Amend(Box::new(revised)))
            .await
            .unwrap();
        let case = hand.seen_by("submitter.cayenne").await.unwrap();
        assert_eq!(case.state, "signed", "it needs to be acknowledged anew");
        let kinds: Vec<&str> = case
            .opinions
            .iter()
            .map(|opinion| opinion.kind.as_str())
            .collect();
        assert_eq!(kinds, ["preliminary", "opinion", "amendment"]);
        assert_eq!(
            case.opinions[2].follows.as_deref(),
            Some(case.opinions[1].id.as_str())
        );
        assert_eq!(
            case.opinions[1].content,
            opinion(),
            "the earlier version stands unaltered"
        );
        hand.does(
            "submitter.cayenne",
            CommandBody::Reopen(reason("Nouvelle technique disponible")),
        )
        .await
        .unwrap();
        let again = hand
            .seen_by("expert.breast")
            .await
            .expect("the same expert is asked first");
        assert_eq!(
            (
                again.state.as_str(),
                again.turnaround.cycle,
                again.turnaround.cycles.len()
            ),
            ("offered", 2, 2)
        );
    }
}

#[actix_web::test]
async fn a_withdrawal_needs_agreement_once_somebody_reads() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let hand = Hand::accepted(&world).await;
        let refused = hand
            .does("submitter.cayenne", CommandBody::Withdraw(reason("Erreur")))
            .await
            .unwrap_err();
        assert!(
            matches!(refused, ServiceError::Refused(Refusal::WrongState { .. })),
            "{refused:?}"
        );
        let early = hand
            .does("expert.breast", CommandBody::AgreeWithdrawal)
            .await
            .unwrap_err();
        assert!(
            matches!(
                early,
                ServiceError::Refused(Refusal::Guarded {
                    guard: Guard::WithdrawalRequested,
                    ..
                })
            ),
            "{early:?}"
        );
        hand.does(
            "submitter.cayenne",
            CommandBody::RequestWithdrawal(reason("Erreur de patient")),
        )
        .await
        .unwrap();
        hand.does("expert.breast", CommandBody::AgreeWithdrawal)
            .await
            .unwrap();
        let row = hand.row().await;
        assert_eq!((row.state.as_str(), row.expert_id), ("withdrawn", None));
    }
}

#[actix_web::test]
async fn two_who_write_at_once_do_not_lose_each_others_work() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let hand = Hand::drafted(&world).await;
        let (submitter, version) = (hand.actor("submitter.cayenne").await, hand.version().await);
        let save = |question: &str| {
            let mut content = world.excused_content();
            content.question = question.into();
            service::run(
                &world.exchange,
                &submitter,
                hand.case,
                version,
                CommandBody::SaveDraft(Box::new(content)),
                None,
                "r",
            )
        };
        let (first, second) = futures_util::join!(save("Première ?"), save("Seconde ?"));
        let outcomes = [first.is_ok(), second.is_ok()];
        assert_eq!(
            outcomes.iter().filter(|ok| **ok).count(),
            1,
            "exactly one is kept"
        );
        let loser = if outcomes[0] { second } else { first };
        assert!(
            matches!(loser.unwrap_err(), ServiceError::Stale { current } if current == version + 1)
        );
    }
}

#[actix_web::test]
async fn a_repeated_request_is_answered_again_and_does_nothing_twice() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let submitter = world.actor("submitter.cayenne@example.org").await;
        let (once, content) = (key(), world.excused_content());
        let create = || {
            cases::create(
                &world.exchange,
                &submitter,
                world.cayenne,
                content.clone(),
                once.clone(),
                "r",
            )
        };
        let (first, again) = (create().await.unwrap(), create().await.unwrap());
        assert_eq!(
            (first.case, first.replayed, first.status),
            (again.case, false, 201)
        );
        assert!(again.replayed && again.status == 201);
        let other = relecture::service::Idempotency {
            fingerprint: "other".into(),
            ..once.clone()
        };
        let mismatch = cases::create(
            &world.exchange,
            &submitter,
            world.cayenne,
            content.clone(),
            other,
            "r",
        )
        .await;
        assert!(matches!(mismatch, Err(ServiceError::IdempotencyMismatch)));
        // The answer to a submission was lost; the client sends it again, with the version it knew.
        let submit = key();
        for replayed in [false, true] {
            let done = service::run(
                &world.exchange,
                &submitter,
                first.case,
                1,
                CommandBody::Submit,
                Some(submit.clone()),
                "r",
            )
            .await
            .unwrap();
            assert_eq!(done.replayed, replayed);
        }
        let receipts = mails(&world)
            .await
            .iter()
            .filter(|mail| mail.kind == Kind::Receipt)
            .count();
        assert_eq!(receipts, 1);
    }
}
