//! What an opinion declares: which slides, which program, how sure; and what it may not.

use std::collections::BTreeMap;

use relecture::domain::commands::{Answered, CommandBody};
use relecture::domain::ids::{IdGenerator as _, SlideId};
use relecture::domain::opinions::{AiAssistance, Concordance, Confidence, OpinionContent};
use relecture::domain::problems::{FieldProblem, FieldRule};
use relecture::domain::statement::SlideRead;
use relecture::domain::synoptic::{Answer, Synoptic};
use relecture::service::{ServiceError, cases, commands as service, report, signatures};
use relecture::signing::verification::{Trust, verify};
use relecture::store::slide_views::{self, Reading, ViewRow};

use super::{Hand, databases, opinion};
use crate::support::exchange::{World, key};

async fn accepted(world: &World) -> Hand<'_> {
    let hand = Hand::submitted(world).await;
    hand.does("expert.breast", CommandBody::Accept)
        .await
        .expect("the case is accepted");
    hand
}

fn sign(opinion: &OpinionContent) -> CommandBody {
    CommandBody::Sign(Box::new(Answered {
        opinion: opinion.clone(),
    }))
}

fn refused(result: Result<service::Written, ServiceError>) -> Vec<FieldProblem> {
    match result {
        Err(ServiceError::Invalid(problems)) => problems,
        other => panic!("refused by its fields: {other:?}"),
    }
}

#[actix_web::test]
async fn what_an_expert_declares_is_kept_in_the_draft_and_signed() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let hand = accepted(&world).await;
        let case = hand.seen_by("expert.breast").await.unwrap();
        let slide = case.specimens[0].blocks[0].slides[0].id;
        let mut declared = opinion();
        declared.slides_consulted = vec![slide];
        declared.confidence = Some(Confidence::Moderate);
        declared.references = "OMS, tumeurs du sein, 5e édition".into();
        declared.technical_incidents = "Coupure de dix minutes".into();
        declared.ai_assistance = Some(AiAssistance {
            tool: "Compteur de mitoses".into(),
            ..AiAssistance::default()
        });
        let draft = CommandBody::SaveOpinion(Box::new(declared.clone()));
        hand.does("expert.breast", draft).await.unwrap();
        let kept = hand.seen_by("expert.breast").await.unwrap();
        assert_eq!(kept.opinion_draft.as_ref(), Some(&declared));

        let problems = refused(hand.does("expert.breast", sign(&declared)).await);
        let pointers: Vec<&str> = problems.iter().map(|one| one.pointer.as_str()).collect();
        let missing = ["version", "intended_use", "effect"];
        assert_eq!(
            pointers,
            missing.map(|name| format!("/opinion/ai_assistance/{name}"))
        );
        declared.ai_assistance = Some(AiAssistance {
            tool: "Compteur de mitoses".into(),
            version: "2.1".into(),
            intended_use: "Compter les mitoses".into(),
            ce_marked: true,
            effect: "Deux mitoses de plus, vérifiées".into(),
        });
        hand.does("expert.breast", sign(&declared)).await.unwrap();
        let signed = hand.seen_by("submitter.cayenne").await.unwrap();
        assert_eq!(signed.opinions[0].content, declared);
    }
}

#[actix_web::test]
async fn an_opinion_names_only_slides_of_its_case_and_contradicts_no_code() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let mut content = world.excused_content();
        if let Some(initial) = &mut content.initial_diagnosis {
            initial.adicap = Some("BHGSA7A0".into());
        }
        let submitter = world.actor("submitter.cayenne@example.org").await;
        let exchange = &world.exchange;
        let written = cases::create(exchange, &submitter, world.cayenne, content, key(), "r")
            .await
            .unwrap();
        let hand = Hand {
            world: &world,
            case: written.case,
        };
        hand.does("submitter.cayenne", CommandBody::Submit)
            .await
            .unwrap();
        hand.does("expert.breast", CommandBody::Accept)
            .await
            .unwrap();

        let mut wrong = opinion();
        wrong.slides_consulted = vec![SlideId(relecture::clock::SystemIds.next())];
        wrong.adicap = Some("BHGSA7B5".into());
        wrong.concordance = Some(Concordance::Concordant);
        let expected = [
            FieldProblem::new("/opinion/slides_consulted/0", FieldRule::UnknownCode),
            FieldProblem::new("/opinion/concordance", FieldRule::Contradicts),
        ];
        let problems = refused(hand.does("expert.breast", sign(&wrong)).await);
        assert_eq!(problems, expected);
        let draft = CommandBody::SaveOpinion(Box::new(wrong.clone()));
        let problems = refused(hand.does("expert.breast", draft).await);
        assert_eq!(problems[0].pointer, "/slides_consulted/0");

        wrong.slides_consulted.clear();
        wrong.concordance = Some(Concordance::MajorDiscordance);
        hand.does("expert.breast", sign(&wrong)).await.unwrap();
    }
}

#[actix_web::test]
async fn a_synoptic_template_is_answered_before_it_is_signed_and_signed_with_its_words() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let hand = accepted(&world).await;
        let mut structured = opinion();
        let text = |text: &str| Answer::Text(text.into());
        let mut answers: BTreeMap<String, Answer> = [
            ("specimen", text("core_biopsy")),
            ("side", text("right")),
            ("histological_type", text("lobular")),
            ("lymphovascular_invasion", text("absent")),
            ("tumour_size", text("environ 12")),
        ]
        .map(|(name, answer)| (name.to_owned(), answer))
        .into();
        let with = |answers: &BTreeMap<String, Answer>| Synoptic {
            template: "breast_invasive".into(),
            version: 1,
            answers: answers.clone(),
        };
        structured.synoptic = Some(with(&answers));
        let draft = CommandBody::SaveOpinion(Box::new(structured.clone()));
        hand.does("expert.breast", draft).await.unwrap();
        let kept = hand.seen_by("expert.breast").await.unwrap();
        assert_eq!(kept.opinion_draft.as_ref(), Some(&structured));

        let problems = refused(hand.does("expert.breast", sign(&structured)).await);
        let pointers: Vec<&str> = problems.iter().map(|one| one.pointer.as_str()).collect();
        let wrong = ["grade", "tumour_size"];
        assert_eq!(
            pointers,
            wrong.map(|name| format!("/opinion/synoptic/answers/{name}"))
        );

        answers.insert("grade".into(), text("2"));
        answers.insert("tumour_size".into(), Answer::Number(12_500));
        structured.synoptic = Some(with(&answers));
        hand.does("expert.breast", sign(&structured)).await.unwrap();
        let seen = hand.seen_by("submitter.cayenne").await.unwrap();
        assert_eq!(seen.opinions[0].content, structured);
        let id = seen.opinions[0].id.parse().unwrap();
        let actor = hand.actor("submitter.cayenne").await;
        let exchange = &world.exchange;
        let form = signatures::signed_form(exchange, &actor, hand.case, id, "r").await;
        let statement = verify(form.unwrap().as_bytes(), Trust::default()).statement;
        let statement = statement.expect("it holds");
        assert_eq!(statement.form, "relecture-opinion-7");
        let said = statement.synoptic.expect("with its words");
        let size = said.elements.iter().find(|one| one.id == "tumour_size");
        assert_eq!(size.unwrap().said_fr, "12,5\u{a0}mm");
        let language = relecture::texts::Language::English;
        let pdf = report::of(exchange, &actor, hand.case, id, language, "r").await;
        let printed = crate::signatures::reports::Printed::of(pdf.unwrap()).text();
        for part in ["Invasive carcinoma of the breast", "12.5", "Grade 2"] {
            assert!(printed.contains(part), "{part} in {printed}");
        }
    }
}

#[actix_web::test]
async fn how_the_slides_were_read_is_signed_beside_what_is_declared() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let hand = accepted(&world).await;
        let case = hand.seen_by("expert.breast").await.unwrap();
        let slide = case.specimens[0].blocks[0].slides[0].id;
        let [own, other] = [
            hand.actor("expert.breast").await.person,
            hand.actor("submitter.cayenne").await.person,
        ];
        // Two sessions of the expert, and one of somebody else, which is none of the signer's evidence.
        for (person, seconds, finest) in [(own, 90, 500), (own, 30, 250), (other, 999, 100)] {
            let [id, session] = [(); 2].map(|()| relecture::clock::SystemIds.next().to_string());
            let view = ViewRow {
                id,
                session_id: session.clone(),
                person_id: person.to_string(),
                case_id: hand.case.to_string(),
                slide_id: slide.to_string(),
                opened_at: 0,
                seconds: 0,
                finest_nanometres: None,
                light_seconds: 0,
            };
            let told = Reading {
                seconds,
                light_seconds: 0,
                finest_nanometres: Some(finest),
            };
            let noted = world.exchange.store.write(move |conn| {
                slide_views::insert_view(conn, &view)?;
                slide_views::add_reading(conn, &session, slide, told)
            });
            assert!(noted.await.unwrap());
        }
        hand.does("expert.breast", sign(&opinion())).await.unwrap();
        let expected = SlideRead {
            slide,
            sessions: 2,
            seconds: 120,
            light_seconds: 0,
            finest_nanometres: Some(250),
        };
        let seen = hand.seen_by("submitter.cayenne").await.unwrap();
        assert_eq!(seen.opinions[0].reading, Some(vec![expected]));
        let id = seen.opinions[0].id.parse().unwrap();
        let actor = hand.actor("submitter.cayenne").await;
        let (exchange, language) = (&world.exchange, relecture::texts::Language::French);
        let form = signatures::signed_form(exchange, &actor, hand.case, id, "r").await;
        let signed = verify(form.unwrap().as_bytes(), Trust::default()).statement;
        assert_eq!(signed.unwrap().reading, Some(vec![expected]));
        let pdf = report::of(exchange, &actor, hand.case, id, language, "r").await;
        let printed = crate::signatures::reports::Printed::of(pdf.unwrap()).text();
        assert!(printed.contains("en vue 2 min, jusqu’à 40×"), "{printed}");
    }
}

#[actix_web::test]
async fn what_was_signed_refuses_to_be_changed_or_deleted() {
    use diesel::RunQueryDsl as _;
    for database in databases() {
        let world = World::on(database.url()).await;
        let hand = accepted(&world).await;
        hand.does("expert.breast", sign(&opinion())).await.unwrap();
        crate::journey::run_due_jobs(&world).await;
        for statement in [
            "UPDATE opinions SET content = '{}'",
            "DELETE FROM opinions",
            "UPDATE opinion_signatures SET jades = '{}'",
            "DELETE FROM opinion_signatures",
            "UPDATE transparency_entries SET position = position + 1",
            "DELETE FROM transparency_entries",
        ] {
            let changed = world.exchange.store.write(move |conn| {
                Ok::<_, relecture::store::StoreError>(diesel::sql_query(statement).execute(conn)?)
            });
            let error = changed.await.expect_err(statement).to_string();
            assert!(error.contains("append-only"), "{statement}: {error}");
        }
    }
}
