//! The page on which anybody verifies a signed opinion: no account, no patient, plain words.

use relecture::domain::commands::CommandBody;
use relecture::domain::ids::OpinionId;
use relecture::service::signatures;
use reqwest::StatusCode;

use crate::journey::{Hand, signed};
use crate::support::database::TestDatabase;
use crate::support::exchange::World;
use crate::support::served::{Served, client};

/// What the page answers to a file.
async fn examined(served: &Served, file: &str, language: &str) -> (StatusCode, String) {
    let answer = client()
        .post(format!("{}/verify", served.address))
        .header("origin", &served.address)
        .header("accept-language", language)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(
            url::form_urlencoded::Serializer::new(String::new())
                .append_pair("file", file)
                .finish(),
        )
        .send()
        .await
        .expect("an answer");
    (answer.status(), answer.text().await.expect("a page"))
}

/// An opinion that was just signed, as its file.
async fn file(world: &World) -> String {
    let hand = Hand::submitted(world).await;
    hand.does("expert.breast", CommandBody::Accept)
        .await
        .unwrap();
    hand.does("expert.breast", signed()).await.unwrap();
    let seen = hand.seen_by("expert.breast").await.unwrap();
    let opinion: OpinionId = seen.opinions[0].id.parse().unwrap();
    let actor = hand.actor("expert.breast").await;
    signatures::signed_form(&world.exchange, &actor, seen.id, opinion, "r")
        .await
        .unwrap()
}

#[actix_web::test]
async fn whoever_holds_a_file_learns_in_plain_words_whether_it_holds() {
    for database in TestDatabase::both() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let empty = client()
            .get(format!("{}/verify", served.address))
            .send()
            .await
            .unwrap();
        assert_eq!(empty.status(), StatusCode::OK);

        let file = file(&world).await;
        for (language, verdict) in [
            ("fr", "Cet avis est tel qu’il a été signé."),
            ("en", "This opinion is as it was signed."),
        ] {
            let (status, page) = examined(&served, &file, language).await;
            assert_eq!(status, StatusCode::OK);
            assert!(page.contains(verdict), "{page}");
            assert!(page.contains("Centre hospitalier de Cayenne"), "{page}");
            assert!(!page.contains("Carcinome"), "the content stays in the file");
        }

        // The signature's last character but one always carries bits of it.
        let at = file.rfind('"').unwrap() - 2;
        let other = if &file[at..=at] == "A" { "B" } else { "A" };
        let altered = format!("{}{other}{}", &file[..at], &file[at + 1..]);
        let (_, page) = examined(&served, &altered, "fr").await;
        assert!(
            page.contains("Ce fichier n’est pas un avis tel qu’il a été signé ici."),
            "{page}"
        );
        assert!(page.contains("l’un des deux a été modifié"), "{page}");
        let (_, page) = examined(&served, "<script>alert(1)</script>", "en").await;
        assert!(page.contains("is no signed document"), "{page}");
        assert!(!page.contains("<script>alert"), "{page}");
        let (status, _) = examined(&served, " ", "en").await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    }
}

#[actix_web::test]
async fn a_foreign_exchanges_opinion_is_none_of_ours() {
    for database in TestDatabase::both() {
        let elsewhere = TestDatabase::sqlite();
        let foreign = file(&World::on(elsewhere.url()).await).await;
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let (_, page) = examined(&served, &foreign, "en").await;
        assert!(
            page.contains("was not certified by this exchange"),
            "{page}"
        );
    }
}

#[actix_web::test]
async fn who_asks_too_often_is_told() {
    for database in TestDatabase::both() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        for _ in 0..30 {
            let (status, _) = examined(&served, "x", "en").await;
            assert_eq!(status, StatusCode::OK);
        }
        let (status, _) = examined(&served, "x", "en").await;
        assert_eq!(status, StatusCode::TOO_MANY_REQUESTS);
    }
}
