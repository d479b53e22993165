//! What a reader of a panel has written and not signed: kept for them, and for nobody else.

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use super::reading;
use super::stage::{FOURTH, Stage, THIRD};
use crate::api::databases;
use crate::support::served::Caller;

/// A reading as far as somebody has come with it.
fn begun(word: &str) -> Value {
    json!({"microscopy": format!("Microscopie {word}."), "conclusion": ""})
}

fn place(stage: &Stage) -> String {
    stage.case.path("reading-draft")
}

/// The microscopy that somebody finds in their draft, and its version.
async fn kept(stage: &Stage, who: &Caller) -> (i64, Value) {
    let draft = who.get(&place(stage)).await.expect(200);
    (draft.version(), draft.json["content"]["microscopy"].clone())
}

#[actix_web::test]
async fn a_reading_in_the_making_is_kept_for_its_reader_and_seen_by_nobody_else() {
    for database in databases() {
        let (mut stage, second, third) = Stage::convened(&database).await;
        let (chair, coordinator) = (stage.chair.clone(), stage.coordinator.clone());
        let (submitter, path) = (stage.submitter.clone(), place(&stage));
        stage.case.look(&second).await;
        let version = stage.case.version;
        let timeline = chair.get(&stage.case.path("timeline")).await.expect(200);

        let empty = second.get(&path).await.expect(200);
        assert_eq!((empty.version(), empty.json.get("kept_at")), (0, None));
        for (n, (word, who)) in [("chair", &chair), ("second", &second), ("third", &third)]
            .into_iter()
            .enumerate()
        {
            let first = who.put(&path, 0, &begun("première")).await.expect(200);
            assert_eq!(first.version(), 1, "{n}");
            let after = who.put(&path, 1, &begun(word)).await.expect(200);
            assert_eq!(
                after.json["content"]["microscopy"],
                begun(word)["microscopy"]
            );
            assert!(after.json["kept_at"].is_string());
        }
        assert_eq!(
            kept(&stage, &second).await,
            (2, json!("Microscopie second."))
        );
        assert_eq!(kept(&stage, &chair).await, (2, json!("Microscopie chair.")));
        let others = [
            ("chair", &chair),
            ("second", &second),
            ("third", &third),
            ("submitter", &submitter),
            ("coordinator", &coordinator),
        ];
        for (name, who) in others {
            let seen = stage.reads(who, &[]).await;
            assert!(!seen.contains("Microscopie"), "{name}");
        }
        for who in [&submitter, &coordinator] {
            let _ = who.get(&path).await.refused(404, "not_found");
            let refused = who.put(&path, 0, &begun("étrangère")).await;
            let _ = refused.refused(404, "not_found");
        }
        let after = chair.get(&stage.case.path("timeline")).await.expect(200);
        assert_eq!(
            after.json, timeline.json,
            "nobody sees that somebody writes"
        );
        stage.case.look(&second).await;
        assert_eq!(stage.case.version, version, "nor is anything out of date");

        stage
            .case
            .gives(&second, "sign_reading", &reading("second", "concordant"))
            .await;
        let _ = second.get(&path).await.refused(404, "not_found");
        let late = second.put(&path, 2, &begun("tardive")).await;
        let _ = late.refused(404, "not_found");

        let auditor = stage.served.login("auditor").await;
        let trail = auditor.get(&stage.case.path("audit")).await.expect(200);
        let items = trail.json["items"].as_array().expect("entries").iter();
        let of = |act: &str| {
            let acts = items.clone().filter(|one| one["action"] == act);
            acts.count()
        };
        assert_eq!((of("save_reading"), of("read_reading_draft")), (6, 3));
    }
}

#[actix_web::test]
async fn of_two_who_keep_a_reading_at_once_one_is_told_and_nothing_is_lost() {
    for database in databases() {
        let (stage, second, _) = Stage::convened(&database).await;
        let path = place(&stage);
        for version in 0..3 {
            let (one, other) = (begun("une"), begun("autre"));
            let both = [&one, &other].map(|body| second.put(&path, version, body));
            let mut statuses: Vec<u16> =
                join_all(both).await.iter().map(|one| one.status).collect();
            statuses.sort_unstable();
            assert_eq!(statuses, [200, 412], "version {version}");
        }
        let before = kept(&stage, &second).await;
        for version in [0, 2, 4] {
            let stale = second.put(&path, version, &begun("périmée")).await;
            let _ = stale.refused(412, "stale_version");
        }
        let mut foreign = begun("fausse");
        foreign["slides_consulted"] = json!([stage.case.id]);
        foreign["conclusion"] = json!("x".repeat(30_000));
        let refused = second.put(&path, 3, &foreign).await;
        let refused = refused.refused(422, "invalid_fields");
        let errors = refused.json["errors"].as_array().expect("errors").iter();
        let pointers: Vec<&Value> = errors.map(|error| &error["pointer"]).collect();
        assert_eq!(pointers, ["/conclusion", "/slides_consulted/0"]);
        let unguarded = second.request(Method::PUT, &path).json(&begun("aveugle"));
        let unguarded = second.send(unguarded).await;
        let _ = unguarded.refused(428, "precondition_required");
        assert_eq!(kept(&stage, &second).await, before);
    }
}

#[actix_web::test]
async fn a_reading_that_was_not_signed_stays_with_its_reader() {
    for database in databases() {
        let (mut stage, second, third) = Stage::convened(&database).await;
        let (chair, coordinator) = (stage.chair.clone(), stage.coordinator.clone());
        let path = place(&stage);
        for (word, who) in [("second", &second), ("third", &third)] {
            let _ = who.put(&path, 0, &begun(word)).await.expect(200);
        }
        // Their seat goes to somebody else, and comes back.
        let (left, other) = (stage.id(THIRD).await, stage.id(FOURTH).await);
        let gives = json!({"reader": left, "expert": other});
        stage
            .case
            .gives(&coordinator, "replace_reader", &gives)
            .await;
        let _ = third.get(&path).await.refused(404, "not_found");
        let returns = json!({"reader": other, "expert": left});
        stage
            .case
            .gives(&coordinator, "replace_reader", &returns)
            .await;
        let invited = third.get(&path).await;
        let _ = invited.refused(404, "not_found");
        stage.case.gives(&third, "join_panel", &json!({})).await;
        assert_eq!(kept(&stage, &third).await, (1, json!("Microscopie third.")));

        let signed = reading("chair", "minor_discordance");
        stage.case.gives(&chair, "sign_reading", &signed).await;
        let reason = json!({"reason": "Réponse attendue"});
        stage.case.gives(&coordinator, "close_panel", &reason).await;
        for (word, who) in [("second", &second), ("third", &third)] {
            let late = who.put(&path, 1, &begun("tardive")).await;
            assert_eq!(late.refused(409, "command_refused").json["guard"], "blind");
            let own = json!(format!("Microscopie {word}."));
            assert_eq!(kept(&stage, who).await, (1, own));
        }
        let seen = stage.reads(&chair, &[]).await;
        assert!(!seen.contains("Microscopie second"), "it is no reading");
    }
}
