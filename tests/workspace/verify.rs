//! The page on which anybody verifies a signed opinion: no account, no patient, plain words.

use relecture::domain::ids::OpinionId;
use relecture::service::{bundle, report, signatures};
use relecture::texts::Language;
use reqwest::StatusCode;

use crate::journey::Hand;
use crate::signatures::bundles::altered;
use crate::signatures::readings;
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
    file_of(&Hand::signed(world).await).await
}

async fn file_of(hand: &Hand<'_>) -> String {
    let seen = hand.seen_by("expert.breast").await.unwrap();
    let opinion: OpinionId = seen.opinions[0].id.parse().unwrap();
    let actor = hand.actor("expert.breast").await;
    signatures::signed_form(&hand.world().exchange, &actor, seen.id, opinion, "r")
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

/// What the page answers to a document that was chosen, as a browser without script sends it.
async fn examined_document(served: &Served, document: &[u8]) -> (StatusCode, String) {
    let mut body = Vec::new();
    for (field, content) in [
        ("name=\"file\"", &b""[..]),
        (
            "name=\"document\"; filename=\"avis.pdf\"\r\nContent-Type: application/pdf",
            document,
        ),
    ] {
        body.extend(format!("--edge\r\nContent-Disposition: form-data; {field}\r\n\r\n").bytes());
        body.extend(content);
        body.extend(b"\r\n");
    }
    body.extend(b"--edge--\r\n");
    let answer = client()
        .post(format!("{}/verify", served.address))
        .header("origin", &served.address)
        .header("accept-language", "en")
        .header("content-type", "multipart/form-data; boundary=edge")
        .body(body)
        .send()
        .await
        .expect("an answer");
    (answer.status(), answer.text().await.expect("a page"))
}

#[actix_web::test]
async fn a_report_is_verified_with_its_pages() {
    for database in TestDatabase::both() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let hand = Hand::signed(&world).await;
        let seen = hand.seen_by("expert.breast").await.unwrap();
        let opinion: OpinionId = seen.opinions[0].id.parse().unwrap();
        let actor = hand.actor("expert.breast").await;
        let report =
            |language| report::of(&world.exchange, &actor, seen.id, opinion, language, "r");
        let sound = report(Language::French).await.unwrap();
        let (status, page) = examined_document(&served, &sound).await;
        assert_eq!(status, StatusCode::OK);
        for said in [
            "This opinion is as it was signed.",
            "The pages of the PDF are, byte for byte,",
            "The signed opinion is attached to the PDF, whole.",
            "Centre hospitalier de Cayenne",
        ] {
            assert!(page.contains(said), "{said} in {page}");
        }
        assert!(!page.contains("Carcinome"), "the content stays in the file");

        let longer = [&sound[..], b"\n% added"].concat();
        let (_, page) = examined_document(&served, &longer).await;
        assert!(
            page.contains("believe the attached opinion, not the pages"),
            "{page}"
        );
        let form = file_of(&hand).await;
        let at = sound
            .windows(form.len())
            .position(|part| part == form.as_bytes());
        let mut forged = sound.clone();
        forged[at.unwrap() + form.len() - 5] ^= 1;
        let (_, page) = examined_document(&served, &forged).await;
        assert!(
            page.contains("is not an opinion as it was signed here"),
            "{page}"
        );
        assert!(page.contains("one of the two was altered"), "{page}");

        let (_, page) = examined_document(&served, form.as_bytes()).await;
        assert!(page.contains("This opinion is as it was signed."), "{page}");
        let (_, page) = examined_document(&served, b"%PDF-1.7\n%%EOF").await;
        assert!(page.contains("No signed opinion is attached"), "{page}");
        let (status, _) = examined_document(&served, b"").await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    }
}

#[actix_web::test]
async fn a_bundle_is_verified_with_all_that_is_in_it() {
    for database in TestDatabase::both() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let hand = Hand::signed(&world).await;
        let seen = hand.seen_by("expert.breast").await.unwrap();
        let opinion: OpinionId = seen.opinions[0].id.parse().unwrap();
        let actor = hand.actor("expert.breast").await;
        let zip = bundle::of(&world.exchange, &actor, seen.id, opinion, "r");
        let zip = zip.await.unwrap();
        let (status, page) = examined_document(&served, &zip).await;
        assert_eq!(status, StatusCode::OK);
        for said in [
            "This opinion is as it was signed.",
            "shows that the opinion is in this exchange’s log",
            "nothing else is there",
            "byte for byte as this server prints them",
        ] {
            assert!(page.contains(said), "{said} in {page}");
        }
        for (name, holds, said) in [
            (
                "report.pdf",
                true,
                "believe the attached opinion, not the pages",
            ),
            ("payload.json", false, "A file in the ZIP was altered"),
            (
                "opinion.tlog-proof",
                false,
                "The proof is not of this opinion",
            ),
            (
                "opinion.json",
                false,
                "is not an opinion as it was signed here",
            ),
        ] {
            let (_, page) = examined_document(&served, &altered(&zip, name)).await;
            assert!(page.contains(said), "{name}: {said} in {page}");
            let sound = page.contains("This opinion is as it was signed.");
            assert_eq!(sound, holds, "{name}");
        }
        let (_, page) = examined_document(&served, &zip[..zip.len() - 100]).await;
        assert!(page.contains("The ZIP is damaged"), "{page}");
    }
}

#[actix_web::test]
async fn the_readings_of_a_panel_are_listed_and_looked_at() {
    for database in TestDatabase::both() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let (hand, opinion) = readings::consensus(&world).await;
        let zip = readings::zipped(&hand, opinion).await;
        let (status, page) = examined_document(&served, &zip).await;
        assert_eq!(status, StatusCode::OK);
        for said in [
            "This opinion is as it was signed.",
            "Each reading of the panel that the opinion names is there",
            "<dt>Reading of seat 1</dt><dd>expert breast, signed ",
            "<dt>Reading of seat 2</dt><dd>reader second, signed ",
            ", in the log</dd>",
            "<dt>Seat 2 on the opinion</dt><dd>reader second, nothing in this file",
        ] {
            assert!(page.contains(said), "{said} in {page}");
        }
        assert!(
            !page.contains("Conclusion"),
            "the content stays in the file"
        );

        let name = "readings/2/opinion.json";
        let (_, page) = examined_document(&served, &altered(&zip, name)).await;
        let said = "A reading of the panel is missing or was altered";
        assert!(page.contains(said), "{page}");
        assert!(
            page.contains("is not an opinion as it was signed here"),
            "{page}"
        );

        // The opinion alone names them; what they signed is elsewhere.
        let form = file_of(&hand).await;
        let (_, page) = examined(&served, &form, "fr").await;
        let said = "<dt>Lecture du siège 2</dt><dd>reader second, désignée par l’avis";
        assert!(page.contains(said), "{page}");
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
            page.contains("was not certified by an authority that this exchange trusts"),
            "{page}"
        );
    }
}

#[actix_web::test]
async fn what_an_earlier_authority_certified_still_holds() {
    for database in TestDatabase::both() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let before = file(&world).await;
        let old = signatures::signing_authority(&world.exchange)
            .await
            .unwrap();
        let new = signatures::rotate_authority(&world.exchange).await.unwrap();
        let published = signatures::signing_authority(&world.exchange)
            .await
            .unwrap();
        assert_ne!(old.sha256, new.sha256);
        assert_eq!(published.sha256, new.sha256);
        assert_eq!(published.earlier[0].sha256, old.sha256);
        let after = file(&world).await;
        for file in [before, after] {
            let (_, page) = examined(&served, &file, "en").await;
            assert!(page.contains("This opinion is as it was signed."), "{page}");
        }
    }
}

#[actix_web::test]
async fn a_file_too_large_for_an_opinion_is_not_read() {
    let database = TestDatabase::sqlite();
    let world = World::on(database.url()).await;
    let served = Served::start(&world);
    let (status, page) = examined(&served, &"x".repeat((12 << 20) - 5), "en").await;
    assert_eq!(status, StatusCode::OK, "the largest that is read");
    assert!(page.contains("is no signed document"), "{page}");
    let (status, page) = examined(&served, &"x".repeat((12 << 20) - 4), "en").await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(page.contains("more than can be sent at once"), "{page}");
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
