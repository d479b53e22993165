//! Pictures of what an expert saw: taken into the draft, shown with the opinion, signed, printed, and gone with a draft that ends.

use relecture::domain::cases::DeclineReason;
use relecture::domain::commands::{Answered, CommandBody, Decline, Revised};
use relecture::domain::ids::{SlideId, SnapshotId};
use relecture::domain::opinions::OpinionContent;
use relecture::domain::problems::FieldProblem;
use relecture::domain::snapshots::{MOST, SnapshotSaid, SnapshotView, WORDS_MAX};
use relecture::service::documents::CaseDocument;
use relecture::service::snapshots::{self, Taken};
use relecture::signing::verification::{Trust, verify};
use relecture::texts::Language;
use sha2::{Digest, Sha256};

use super::*;
use crate::signatures::reports::printed;

/// A picture as a browser makes it, in a colour of its own.
fn jpeg(red: u8) -> Vec<u8> {
    let image = image::RgbImage::from_pixel(320, 200, image::Rgb([red, 90, 160]));
    let mut bytes = Vec::new();
    image::codecs::jpeg::JpegEncoder::new(&mut bytes)
        .encode_image(&image)
        .unwrap();
    bytes
}

fn slide_of(document: &CaseDocument) -> SlideId {
    document.specimens[0].blocks[0].slides[0].id
}

fn taken(slide: SlideId, picture: Vec<u8>) -> Taken {
    Taken {
        picture,
        view: SnapshotView {
            slide,
            width: 0,
            height: 0,
            x: 700,
            y: 500,
            across: 640,
            degrees: 90,
            nanometres: Some(1),
            light: true,
        },
        words: "Files indiennes".into(),
    }
}

async fn takes(hand: &Hand<'_>, login: &str, red: u8) -> Result<SnapshotId, ServiceError> {
    let actor = hand.actor(login).await;
    let document = hand.seen_by(login).await?;
    let exchange = &hand.world.exchange;
    let taken = taken(slide_of(&document), jpeg(red));
    snapshots::take(exchange, &actor, hand.case, taken, None, "r").await
}

/// The picture as somebody sees it; none for who does not.
async fn seen(hand: &Hand<'_>, login: &str, snapshot: SnapshotId) -> Option<Vec<u8>> {
    let (exchange, actor) = (&hand.world.exchange, hand.actor(login).await);
    match snapshots::picture(exchange, &actor, hand.case, snapshot, "r").await {
        Ok(picture) => Some(picture),
        Err(ServiceError::NotFound) => None,
        Err(error) => panic!("{error}"),
    }
}

/// How many are kept of the case, whoever may see them.
async fn kept(hand: &Hand<'_>) -> usize {
    let case = hand.case;
    let store = &hand.world.exchange.store;
    let rows = store.read(move |conn| store::snapshots::of_case(conn, case));
    rows.await.unwrap().len()
}

fn showing(ids: &[SnapshotId]) -> OpinionContent {
    let each = ids.iter().map(|snapshot| SnapshotSaid {
        snapshot: *snapshot,
        words: "Ici".into(),
    });
    OpinionContent {
        snapshots: each.collect(),
        ..opinion()
    }
}

fn signs(content: OpinionContent) -> CommandBody {
    CommandBody::Sign(Box::new(Answered { opinion: content }))
}

fn pointers(refused: Result<Written, ServiceError>) -> Vec<String> {
    let Err(ServiceError::Invalid(problems)) = refused else {
        panic!("{refused:?}");
    };
    let pointer = |one: FieldProblem| one.pointer;
    problems.into_iter().map(pointer).collect()
}

#[actix_web::test]
async fn a_snapshot_lies_in_the_draft_is_signed_with_the_opinion_and_printed() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let hand = Hand::accepted(&world).await;
        let first = takes(&hand, "expert.breast", 200).await.unwrap();
        let second = takes(&hand, "expert.breast", 30).await.unwrap();
        assert_eq!(seen(&hand, "expert.breast", first).await, Some(jpeg(200)));
        for login in ["submitter.cayenne", "expert.second", "coordinator.antilles"] {
            assert_eq!(seen(&hand, login, first).await, None, "{login}");
        }

        // Nothing is signed unseen, nothing is lost unsaid, and nothing of another case is shown.
        let one = hand.does("expert.breast", signs(showing(&[first]))).await;
        assert_eq!(pointers(one), ["/opinion/snapshots"]);
        let foreign = SnapshotId(uuid::Uuid::nil());
        let draft = CommandBody::SaveOpinion(Box::new(showing(&[first, foreign])));
        let foreign = hand.does("expert.breast", draft).await;
        assert_eq!(pointers(foreign), ["/snapshots/1"]);

        // What was released stays as it was read, whatever the draft does.
        let both = showing(&[second, first]);
        let released = Answered {
            opinion: both.clone(),
        };
        let released = CommandBody::ReleasePreliminary(Box::new(released));
        hand.does("expert.breast", released).await.unwrap();
        assert_eq!(
            seen(&hand, "submitter.cayenne", second).await,
            Some(jpeg(30))
        );
        let (exchange, expert) = (&world.exchange, hand.actor("expert.breast").await);
        snapshots::remove(exchange, &expert, hand.case, second, "r")
            .await
            .unwrap();
        assert_eq!(
            seen(&hand, "submitter.cayenne", second).await,
            Some(jpeg(30))
        );
        let third = takes(&hand, "expert.breast", 90).await.unwrap();
        snapshots::remove(exchange, &expert, hand.case, third, "r")
            .await
            .unwrap();
        assert_eq!(
            (kept(&hand).await, seen(&hand, "expert.breast", third).await),
            (2, None)
        );

        hand.does("expert.breast", signs(showing(&[first])))
            .await
            .unwrap();
        let document = hand.seen_by("submitter.cayenne").await.unwrap();
        assert_eq!(document.snapshots.len(), 2);
        assert_eq!(
            seen(&hand, "submitter.cayenne", first).await,
            Some(jpeg(200))
        );
        assert_eq!(seen(&hand, "submitter.martinique", first).await, None);

        let paper = printed(&hand, "submitter.cayenne", 1, Language::French).await;
        let [form, picture] = paper.attached().try_into().unwrap();
        assert_eq!(picture, jpeg(200));
        let statement = verify(&form, Trust::default()).statement.unwrap();
        let [named] = &statement.snapshots[..] else {
            panic!("{:?}", statement.snapshots);
        };
        let digest = relecture::domain::hexadecimal::hex(&Sha256::digest(&picture));
        assert_eq!((named.snapshot, &named.sha256), (first, &digest));
        assert_eq!((named.view.width, named.view.light), (320, true));
        assert_eq!(
            named.view.nanometres, None,
            "the scale is the slide's own, whatever is said"
        );
        let text = paper.text();
        for part in [
            "Captures de lames",
            "Ici",
            "tournée de 90°",
            "vue allégée",
            &digest,
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
        let examined = relecture::service::examining::examine(exchange, paper.pdf.clone());
        assert_eq!(examined.await.unwrap().pages, Some(true));

        // A later version shows again what the first one showed, and something new.
        let fourth = takes(&hand, "expert.breast", 120).await.unwrap();
        let revised = Revised {
            reason: "Un champ de plus".into(),
            opinion: showing(&[first, fourth]),
        };
        hand.does("expert.breast", CommandBody::AddAddendum(Box::new(revised)))
            .await
            .unwrap();
        let paper = printed(&hand, "submitter.cayenne", 2, Language::English).await;
        assert_eq!(paper.attached().len(), 4);
        let removed = snapshots::remove(exchange, &expert, hand.case, fourth, "r").await;
        assert!(
            matches!(removed, Err(ServiceError::NotFound)),
            "it is signed"
        );
    }
}

#[actix_web::test]
async fn a_draft_that_ends_takes_its_snapshots_with_it() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let hand = Hand::accepted(&world).await;
        takes(&hand, "expert.breast", 1).await.unwrap();
        let gives_back = CommandBody::Decline(Decline {
            reason: DeclineReason::NeedsGlass,
            comment: String::new(),
        });
        hand.does("expert.breast", gives_back).await.unwrap();
        assert_eq!(kept(&hand).await, 0, "who leaves the case leaves nothing");

        let hand = Hand::accepted(&world).await;
        takes(&hand, "expert.breast", 1).await.unwrap();
        let asked = CommandBody::RequestWithdrawal(reason("Erreur de patient"));
        hand.does("submitter.cayenne", asked).await.unwrap();
        let agreed = CommandBody::AgreeWithdrawal;
        hand.does("expert.breast", agreed).await.unwrap();
        assert_eq!(kept(&hand).await, 0, "and so does a case that ends");
    }
}

#[actix_web::test]
async fn only_pictures_of_the_cases_own_slides_are_taken_and_not_too_many() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let hand = Hand::accepted(&world).await;
        for login in ["submitter.cayenne", "expert.second"] {
            let refused = takes(&hand, login, 1).await;
            let known = matches!(
                refused,
                Err(ServiceError::Forbidden(_) | ServiceError::NotFound)
            );
            assert!(known, "{login}: {refused:?}");
        }
        let (exchange, expert) = (&world.exchange, hand.actor("expert.breast").await);
        let slide = slide_of(&hand.seen_by("expert.breast").await.unwrap());
        let take =
            async |taken| snapshots::take(exchange, &expert, hand.case, taken, None, "r").await;
        let bad: [(&str, Taken); 4] = [
            ("/picture", taken(slide, b"<svg onload=alert(1)>".to_vec())),
            (
                "/picture",
                taken(slide, [jpeg(1), vec![0; 400_000]].concat()),
            ),
            (
                "/words",
                Taken {
                    words: "é".repeat(WORDS_MAX + 1),
                    ..taken(slide, jpeg(1))
                },
            ),
            ("/degrees", {
                let mut turned = taken(slide, jpeg(1));
                turned.view.degrees = 360;
                turned
            }),
        ];
        for (pointer, taken) in bad {
            match take(taken).await {
                Err(ServiceError::Invalid(problems)) => assert_eq!(problems[0].pointer, pointer),
                other => panic!("{pointer}: {other:?}"),
            }
        }
        let other = take(taken(SlideId(uuid::Uuid::nil()), jpeg(1))).await;
        assert!(matches!(other, Err(ServiceError::NotFound)), "{other:?}");

        // A form that is sent again after its answer was lost makes one.
        let asked = key();
        for _ in 0..2 {
            let again = taken(slide, jpeg(1));
            let done = snapshots::take(
                exchange,
                &expert,
                hand.case,
                again,
                Some(asked.clone()),
                "r",
            );
            done.await.unwrap();
        }
        for n in 1..MOST {
            take(taken(slide, jpeg(u8::try_from(n).unwrap())))
                .await
                .unwrap();
        }
        let full = take(taken(slide, jpeg(9))).await;
        assert!(matches!(full, Err(ServiceError::Conflict(_))), "{full:?}");
        assert_eq!(kept(&hand).await, MOST);
    }
}
