//! Many changes of few cases through all servers at once: none that was acknowledged is lost, none is made on a stale reading.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::Site;
use crate::api::Case;
use crate::support::served::Caller;

const CASES: usize = 4;
/// People who write into each case at once.
const WRITERS: usize = 6;
/// Attempts of each of them.
const ATTEMPTS: usize = 12;

/// What one writer was told: that the question it wrote was taken on top of that version, or that it was stale.
enum Told {
    Made(i64, String),
    Stale,
}

#[actix_web::test]
async fn no_acknowledged_change_is_lost_and_no_stale_one_is_made() {
    for site in Site::both().await {
        let submitter = Caller::login_at(site.address(0), "submitter.cayenne").await;
        for _ in 0..CASES {
            let case = Case::created(&site.world, &submitter).await;
            let writers = (0..WRITERS).map(|writer| write(&site, &submitter, &case, writer));
            let told: Vec<Told> = join_all(writers).await.into_iter().flatten().collect();
            let stale = told
                .iter()
                .filter(|told| matches!(told, Told::Stale))
                .count();
            let mut made = BTreeMap::new();
            for one in told {
                if let Told::Made(version, question) = one {
                    let before = made.insert(version, question);
                    assert!(
                        before.is_none(),
                        "two were taken on top of version {version}"
                    );
                }
            }
            assert_eq!(made.len() + stale, WRITERS * ATTEMPTS);
            assert!(stale > 0, "they were in each other's way");
            // The draft was version 1; each acknowledged change stands on the one before, and the last of them is what is there.
            let versions: Vec<i64> = made.keys().copied().collect();
            let (last_but_one, question) = made.last_key_value().unwrap();
            let last = last_but_one + 1;
            assert_eq!(versions, (1..last).collect::<Vec<_>>());
            let read = submitter.get(&case.path("")).await.expect(200).json;
            assert_eq!(
                (&read["version"], &read["question"]),
                (&json!(last), &json!(question))
            );
            let timeline = submitter.get(&case.path("timeline")).await.expect(200).json;
            let events: Vec<i64> = timeline["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|entry| entry["version"].as_i64().unwrap())
                .collect();
            assert_eq!(events, (1..=last).collect::<Vec<_>>());
        }
    }
}

/// Reads the case at one server and writes into it at another, again and again.
async fn write(site: &Site, submitter: &Caller, case: &Case, writer: usize) -> Vec<Told> {
    let mut told = Vec::new();
    for attempt in 0..ATTEMPTS {
        let reader = submitter.at(site.address(attempt));
        let sender = submitter.at(site.address(writer + attempt + 1));
        let version = reader.get(&case.path("")).await.expect(200).version();
        let question = format!("Question {writer}.{attempt} ?");
        let mut content: Value = serde_json::to_value(site.world.excused_content()).unwrap();
        content["question"] = json!(question);
        let answer = sender
            .command(&case.id, version, "save_draft", &content)
            .await;
        if answer.status == 200 {
            // It shows the case as it is now, perhaps changed by others since.
            assert!(answer.version() > version);
            told.push(Told::Made(version, question));
        } else {
            let _ = answer.refused(412, "stale_version");
            told.push(Told::Stale);
        }
    }
    told
}
