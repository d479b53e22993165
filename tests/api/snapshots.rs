//! The picture of a snapshot over HTTP, and what the API says of it.

use relecture::domain::ids::SlideId;
use relecture::domain::snapshots::SnapshotView;
use relecture::service::snapshots::{self, Taken};
use sha2::{Digest, Sha256};

use super::*;

/// A picture as a browser makes it.
fn jpeg() -> Vec<u8> {
    let image = image::RgbImage::from_pixel(320, 200, image::Rgb([200, 90, 160]));
    let mut bytes = Vec::new();
    image::codecs::jpeg::JpegEncoder::new(&mut bytes)
        .encode_image(&image)
        .unwrap();
    bytes
}

#[actix_web::test]
async fn who_reads_an_opinion_reads_the_pictures_that_it_shows() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let submitter = served.login("submitter.cayenne").await;
        let expert = served.login("expert.breast").await;
        let mut case = Case::submitted(&world, &submitter).await;
        case.gives(&expert, "accept", &json!({})).await;
        let slide = case.document["specimens"][0]["blocks"][0]["slides"][0]["id"].clone();
        let slide: SlideId = serde_json::from_value(slide).unwrap();
        let actor = world.actor("expert.breast@example.org").await;
        let taken = Taken {
            picture: jpeg(),
            view: SnapshotView {
                slide,
                width: 0,
                height: 0,
                x: 700,
                y: 500,
                across: 640,
                degrees: 0,
                nanometres: None,
                light: false,
            },
            words: String::new(),
        };
        let id = case.id.parse().unwrap();
        let snapshot = snapshots::take(&world.exchange, &actor, id, taken, None, "r").await;
        let snapshot = snapshot.unwrap().to_string();
        let path = case.path(&format!("snapshots/{snapshot}"));
        let _ = submitter.get(&path).await.refused(404, "not_found");
        let own = expert.get(&path).await.expect(200);
        assert_eq!(own.header("content-type"), "image/jpeg");
        assert_eq!(own.bytes, jpeg());
        let bad = expert.get(&format!("{path}?size=full")).await;
        let _ = bad.refused(400, "malformed_query");

        // What is signed names every snapshot of the draft.
        let mut answer = json!({ "opinion": opinion() });
        let refused = expert.command(&case.id, case.version, "sign", &answer);
        let refused = refused.await.expect(422);
        assert_eq!(refused.json["errors"][0]["pointer"], "/opinion/snapshots");
        answer["opinion"]["snapshots"] = json!([{ "snapshot": snapshot, "words": "Ici" }]);
        case.gives(&expert, "sign", &answer).await;
        let read = submitter.get(&case.path("")).await.expect(200);
        let shown = &read.json["snapshots"][0];
        let digest = relecture::domain::hexadecimal::hex(&Sha256::digest(jpeg()));
        assert_eq!(
            (&shown["id"], &shown["sha256"]),
            (&json!(snapshot), &json!(digest))
        );
        assert_eq!(shown["view"]["width"], 320);
        assert_eq!(submitter.get(&path).await.expect(200).bytes, jpeg());
        let other = served.login("submitter.martinique").await;
        let _ = other.get(&path).await.refused(404, "not_found");
        assert_eq!(served.stranger().get(&path).await.status, 401);
    }
}
