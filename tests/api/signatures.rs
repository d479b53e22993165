//! A signed opinion leaves the exchange as a file, and whoever holds it can verify it.

use relecture::report::verification::verify_paper;
use relecture::signing::verification::{Trust, verify};
use serde_json::json;

use super::{Case, databases, opinion};
use crate::support::exchange::World;
use crate::support::served::Served;

#[actix_web::test]
async fn a_signed_opinion_is_fetched_and_verified_under_the_published_authority() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let submitter = served.login("submitter.cayenne").await;
        let expert = served.login("expert.breast").await;
        let mut case = Case::submitted(&world, &submitter).await;
        case.look(&expert).await;
        case.gives(&expert, "accept", &json!({})).await;
        let answer = json!({ "opinion": opinion() });
        case.gives(&expert, "release_preliminary", &answer).await;
        case.gives(&expert, "sign", &answer).await;
        let of = |version: usize| {
            let id = case.document["opinions"][version]["id"].as_str();
            case.path(&format!("opinions/{}/signature", id.expect("an opinion")))
        };

        let signed = submitter.get(&of(1)).await.expect(200);
        assert_eq!(signed.header("content-type"), "application/jose+json");
        let authority = served
            .stranger()
            .get("/signing-authority")
            .await
            .expect(200);
        let report = verify(signed.text.as_bytes(), Trust::default());
        assert!(report.holds(), "{report:?}");
        assert_eq!(
            report.authority.as_deref(),
            authority.json["sha256"].as_str()
        );

        let bundle = case.path(&format!(
            "opinions/{}/bundle",
            case.document["opinions"][1]["id"].as_str().unwrap()
        ));
        let zip = submitter.get(&bundle).await.expect(200);
        assert_eq!(zip.header("content-type"), "application/zip");
        assert!(zip.bytes.starts_with(b"PK"), "{:?}", zip.bytes);
        assert_eq!(served.stranger().get(&bundle).await.status, 401);

        let report = |version: usize| {
            let id = case.document["opinions"][version]["id"].as_str();
            case.path(&format!("opinions/{}/report", id.expect("an opinion")))
        };
        for (query, language) in [("", "fr"), ("?language=en", "en"), ("?language=fr", "fr")] {
            let pdf = submitter.get(&format!("{}{query}", report(1))).await;
            let pdf = pdf.expect(200);
            assert_eq!(pdf.header("content-type"), "application/pdf");
            assert_eq!(pdf.header("content-language"), language);
            let paper = verify_paper(&pdf.bytes, Trust::default(), None).expect("a PDF");
            assert!(paper.pages_hold(), "{paper:?}");
        }
        for query in ["?language=de", "?language=fr&language=en", "?page=1"] {
            let asked = submitter.get(&format!("{}{query}", report(1))).await;
            let _ = asked.refused(400, "malformed_query");
        }
        let _ = submitter.get(&report(0)).await.refused(404, "not_found");
        assert_eq!(served.stranger().get(&report(1)).await.status, 401);

        // A preliminary opinion is signed by nobody; strangers learn of nothing.
        let _ = submitter.get(&of(0)).await.refused(404, "not_found");
        for login in ["submitter.martinique", "coordinator.antilles", "auditor"] {
            let other = served.login(login).await;
            assert_eq!(other.get(&of(1)).await.status, 404, "{login}");
        }
        assert_eq!(served.stranger().get(&of(1)).await.status, 401);
    }
}
