//! Everybody chooses which mails come when, within what safety allows.

use reqwest::Method;

use super::*;

const PATH: &str = "/me/notifications";

/// The item of a kind.
fn item<'d>(document: &'d Value, kind: &str) -> Option<&'d Value> {
    let items = document["items"].as_array().expect("a list");
    items.iter().find(|item| item["kind"] == kind)
}

#[actix_web::test]
async fn people_choose_among_the_mails_of_their_roles() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let submitter = served.login("submitter.cayenne").await;
        let expert = served.login("expert.breast").await;
        let auditor = served.login("auditor").await;

        let before = submitter.get(PATH).await.expect(200);
        assert_eq!((before.version(), &before.json["version"]), (0, &json!(0)));
        let receipt =
            json!({"kind": "receipt", "timing": "at_once", "may": ["at_once", "daily", "never"]});
        assert_eq!(item(&before.json, "receipt"), Some(&receipt));
        let question = json!({"kind": "question", "timing": "at_once", "may": ["at_once"], "because": "patient_waits"});
        assert_eq!(item(&before.json, "question"), Some(&question));
        assert_eq!(item(&before.json, "offer"), None, "it goes to experts");
        let theirs = expert.get(PATH).await.expect(200);
        assert_eq!(
            item(&theirs.json, "offer").expect("an item")["because"],
            "expires"
        );
        let account = auditor.get(PATH).await.expect(200);
        let mut account = account.json["items"].as_array().expect("a list").iter();
        assert!(
            account.all(|item| item["because"] == "account"),
            "no case concerns them"
        );

        let chosen = json!({"choices": {"receipt": "never", "opinion_ready": "daily", "preliminary_ready": "at_once"}});
        let after = submitter.put(PATH, 0, &chosen).await.expect(200);
        assert_eq!(after.version(), 1);
        assert_eq!(
            item(&after.json, "opinion_ready").expect("an item")["timing"],
            "daily"
        );
        assert_eq!(submitter.get(PATH).await.expect(200).json, after.json);
        assert_eq!(
            expert.get(PATH).await.expect(200).json,
            theirs.json,
            "everybody for themselves"
        );

        // Written from another window, and twice for the first time.
        for version in [0, 7, -1] {
            let stale = submitter.put(PATH, version, &chosen).await;
            let _ = stale.refused(
                if version < 0 { 400 } else { 412 },
                if version < 0 {
                    "bad_precondition"
                } else {
                    "stale_version"
                },
            );
        }
        let emptied = submitter
            .put(PATH, 1, &json!({"choices": {}}))
            .await
            .expect(200);
        assert_eq!(
            (emptied.version(), &emptied.json["items"]),
            (2, &before.json["items"])
        );

        // What safety forbids is named, and nothing of it is kept.
        let forbidden =
            json!({"choices": {"receipt": "never", "question": "daily", "opinion_ready": "never"}});
        let refused = submitter.put(PATH, 2, &forbidden).await;
        let pointers = refused.json["errors"].as_array().expect("errors").iter();
        let pointers: Vec<&Value> = pointers.map(|error| &error["pointer"]).collect();
        assert_eq!(pointers, ["/choices/question", "/choices/opinion_ready"]);
        let _ = refused.refused(422, "invalid_fields");
        for unknown in [
            json!({"choices": {"horoscope": "never"}}),
            json!({"choices": {"receipt": "weekly"}}),
            json!({}),
        ] {
            let _ = submitter
                .put(PATH, 2, &unknown)
                .await
                .refused(422, "invalid_fields");
        }
        assert_eq!(submitter.get(PATH).await.expect(200).version(), 2);
        let blind = submitter.request(Method::PUT, PATH).json(&chosen);
        let _ = submitter
            .send(blind)
            .await
            .refused(428, "precondition_required");
    }
}
