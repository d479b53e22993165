//! Coded diagnosis over HTTP: looked up as somebody types, refused with the nearest when in no table, and signed with its label.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::{Case, databases, opinion};
use crate::support::exchange::World;
use crate::support::served::Served;

#[actix_web::test]
async fn codes_are_found_as_somebody_types() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let expert = served.login("expert.breast").await;
        for (asked, first) in [
            (
                "system=icd_o_3_morphology&q=carcinome%20lobulaire%20infi",
                "8520/3",
            ),
            (
                "system=icd_o_3_morphology&q=lobualr%20carcinoma&topography=C50.9",
                "8520/2",
            ),
            ("system=icd_o_3_topography&q=%C5%93soph", "C15.9"),
            ("system=icd_o_3_topography&q=c61", "C61.9"),
            ("system=adicap&q=BH%20sein&limit=1", "BHGS????"),
        ] {
            let answer = expert.get(&format!("/codes?{asked}")).await.expect(200);
            assert_eq!(answer.json["items"][0]["code"], first, "{asked}");
        }
        let none = expert.get("/codes?system=adicap&q=").await.expect(200);
        assert_eq!(none.json["items"], json!([]));
        for bad in [
            "system=adicap",
            "q=sein",
            "system=snomed&q=sein",
            "system=adicap&q=sein&limit=51",
            "system=adicap&q=sein&limit=0",
            "system=adicap&q=sein&site=C50",
            &format!("system=adicap&q={}", "x".repeat(201)),
        ] {
            let refused = expert.get(&format!("/codes?{bad}")).await;
            let _ = refused.refused(400, "malformed_query");
        }
    }
}

#[actix_web::test]
async fn a_code_of_no_table_is_refused_with_the_nearest_and_the_draft_stays_as_typed() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let submitter = served.login("submitter.cayenne").await;
        let expert = served.login("expert.breast").await;
        let mut case = Case::submitted(&world, &submitter).await;
        case.look(&expert).await;
        case.gives(&expert, "accept", &json!({})).await;

        let mut typed = serde_json::to_value(opinion()).unwrap();
        typed["topography"] = "c509".into();
        typed["morphology"] = "carcinome lobulaire infiltrant".into();
        typed["adicap"] = "BHGSQQ".into();
        case.gives(&expert, "save_opinion", &typed).await;
        assert_eq!(case.document["opinion_draft"], typed, "kept as typed");

        let answer = json!({ "opinion": typed });
        let refused = expert.command(&case.id, case.version, "sign", &answer);
        let refused = refused.await.refused(422, "invalid_fields").json;
        let errors = refused["errors"].as_array().unwrap().clone();
        let of = |field: &str| {
            let pointer = json!(format!("/opinion/{field}"));
            errors.iter().find(|one| one["pointer"] == pointer).unwrap()
        };
        assert_eq!(errors.len(), 2, "{errors:?}");
        assert_eq!(of("morphology")["code"], "not_in_table");
        assert_eq!(of("morphology")["nearest"][0]["code"], "8520/3");
        let begun = &of("adicap")["nearest"][0]["code"];
        assert_eq!(begun, "BHGSQQ??", "as far as it goes");

        typed["morphology"] = "85203".into();
        typed["adicap"] = "bhgs a7a0".into();
        case.gives(&expert, "sign", &json!({ "opinion": typed }))
            .await;
        let id = case.document["opinions"][0]["id"].as_str().unwrap();
        let path = case.path(&format!("opinions/{id}/signature"));
        let signed = submitter.get(&path).await.expect(200);
        let payload = signed.json["payload"].as_str().unwrap();
        let statement: Value =
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap();
        let codes = statement["codes"].as_array().unwrap();
        let said: Vec<_> = codes
            .iter()
            .map(|one| (one["code"].as_str().unwrap(), one["fr"].as_str().unwrap()))
            .collect();
        assert_eq!(
            said,
            [
                (
                    "BHGSA7A0",
                    "Biopsie au bistouri · Histologie ou cytologie incluse · Sein"
                ),
                ("C50.9", "Sein"),
                ("8520/3", "Carcinome lobulaire infiltrant"),
            ]
        );
        assert!(codes.iter().all(|one| one["version"] == "2026-11"));
    }
}
