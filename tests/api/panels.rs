//! Panels: several experts read a case, each alone, and nobody reads what another read before all have signed.

mod drafts;
mod positions;
mod stage;
mod time;
mod work;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use relecture::clock::SystemIds;
use relecture::domain::ids::PersonId;
use relecture::service::report;
use relecture::store::StoreError;
use relecture::texts::Language;
use reqwest::Method;
use serde_json::{Value, json};

use super::{databases, opinion};
use crate::signatures::reports::Printed;
use crate::support::database::TestDatabase;
use crate::support::served::{Caller, Response};
use stage::{AT_HOME, FOURTH, SECOND, Stage, THIRD};

/// What a signed form says.
fn payload(form: &Response) -> Value {
    let payload = form.json["payload"].as_str().expect("a payload");
    let payload = URL_SAFE_NO_PAD.decode(payload).expect("base64url");
    serde_json::from_slice(&payload).expect("JSON")
}

/// A reading that says this word.
fn reading(word: &str, concordance: &str) -> Value {
    let mut opinion = opinion();
    opinion["conclusion"] = json!(format!("Conclusion {word}."));
    opinion["concordance"] = json!(concordance);
    json!({ "opinion": opinion })
}

#[actix_web::test]
async fn nobody_reads_anothers_reading_before_all_have_signed_and_everybody_who_may_reads_them_then()
 {
    for database in databases() {
        let (mut stage, second, third) = Stage::convened(&database).await;
        let chair = stage.chair.clone();
        let coordinator = stage.coordinator.clone();
        let submitter = stage.submitter.clone();
        let readers = [("chair", &chair), ("second", &second), ("third", &third)];
        let mut drawn = Vec::new();
        for (word, who) in readers {
            for path in [
                "",
                "timeline",
                "opinions",
                "requests",
                "turnaround",
                "forecast",
                "attachments",
            ] {
                let _ = who.get(&stage.case.path(path)).await.expect(200);
            }
            drawn.push(stage.draws(who, &format!("Trace {word}")).await);
        }
        let everybody = [
            ("chair", &chair),
            ("second", &second),
            ("third", &third),
            ("submitter", &submitter),
            ("coordinator", &coordinator),
        ];
        // Who reads whose words, after how many have signed.
        let check = async |stage: &Stage, signed: usize, open: &[&str]| {
            for (name, who) in everybody {
                let text = stage.reads(who, &drawn).await;
                for (n, (word, _)) in readers.iter().enumerate() {
                    let own = name == *word;
                    let reads = own || open.contains(&name);
                    let story = format!("{name} of {word} after {signed}");
                    let said = text.contains(&format!("Conclusion {word}"));
                    assert_eq!(said, reads && n < signed, "{story}: reading");
                    let traced = text.contains(&format!("Trace {word}"));
                    assert_eq!(traced, reads, "{story}: drawing");
                }
            }
        };
        check(&stage, 0, &[]).await;
        let words = [
            "minor_discordance",
            "minor_discordance",
            "major_discordance",
        ];
        for (n, (word, who)) in readers.into_iter().enumerate() {
            for (command, body) in [
                ("sign", reading("consensus", "concordant")),
                ("release_preliminary", reading("consensus", "concordant")),
                ("decline", json!({"reason": "overloaded"})),
            ] {
                let refused = chair.command(&stage.case.id, stage.case.version, command, &body);
                let refused = refused.await.refused(409, "command_refused");
                assert_eq!(refused.json["guard"], "not_blind", "{command}");
            }
            let away = json!({"reason": "absence"});
            let refused =
                coordinator.command(&stage.case.id, stage.case.version, "take_over", &away);
            let _ = refused.await.refused(409, "command_refused");
            stage
                .case
                .gives(who, "sign_reading", &reading(word, words[n]))
                .await;
            if n < 2 {
                assert_eq!(stage.panel()["phase"], "blind");
                assert_eq!(stage.panel()["seats"][n]["state"], "signed");
                assert!(stage.panel().get("agreement").is_none());
                check(&stage, n + 1, &[]).await;
            }
        }
        assert_eq!(stage.panel()["phase"], "revealed");
        let alike = json!({"readings": 3, "pairs": 3, "alike": 1});
        assert_eq!(stage.panel()["agreement"]["concordance"], alike);
        check(&stage, 3, &["chair", "second", "third"]).await;
        stage.case.look(&coordinator).await;
        assert_eq!(stage.panel()["agreement"]["concordance"], alike);
        assert_eq!(stage.panel()["reason"], "Tumeur rare");
        stage.case.look(&submitter).await;
        assert!(stage.panel().get("agreement").is_none());
        assert!(stage.panel().get("reason").is_none());

        stage
            .case
            .gives(&chair, "sign", &json!({"opinion": opinion()}))
            .await;
        assert_eq!(stage.panel()["phase"], "answered");
        check(&stage, 3, &["chair", "second", "third", "submitter"]).await;

        // The consensus names and hashes what it was written over, and so does its report.
        let consensus = stage.case.document["opinions"][0]["id"].clone();
        let consensus = consensus.as_str().expect("an opinion").to_owned();
        let path = stage.case.path(&format!("opinions/{consensus}/signature"));
        let said = payload(&submitter.get(&path).await.expect(200));
        let named = said["panel"].as_array().expect("readings").clone();
        assert_eq!(named.len(), 3);
        for (n, one) in named.iter().enumerate() {
            let shown = &stage.panel()["seats"][n]["reading"];
            assert_eq!(one["sha256"], shown["signature_sha256"]);
            assert_eq!(one["conclusion"], shown["content"]["conclusion"]);
            assert_eq!(one["concordance"], words[n]);
        }
        let actor = stage.world.actor("submitter.cayenne@example.org").await;
        let (case, opinion) = (stage.case.id.parse(), consensus.parse());
        let pdf = report::of(
            &stage.world.exchange,
            &actor,
            case.expect("a case"),
            opinion.expect("an opinion"),
            Language::English,
            "r",
        );
        let printed = Printed::of(pdf.await.expect("a report")).text();
        for (word, _) in readers {
            assert!(
                printed.contains(&format!("Conclusion {word}.")),
                "{printed}"
            );
        }

        // A reading is a signed file; who may not read it does not find it.
        let id = stage.panel()["seats"][1]["reading"]["id"].clone();
        let path = stage
            .case
            .path(&format!("readings/{}/signature", id.as_str().unwrap()));
        for who in [&submitter, &third] {
            let form = who.get(&path).await.expect(200);
            let said = payload(&form);
            assert!(said.get("panel").is_none(), "a reading rests on no other");
            assert_eq!(said["opinion"]["kind"], "reading");
            assert_eq!(said["opinion"]["version"], 2);
            assert_eq!(said["content"]["conclusion"], "Conclusion second.");
        }
        let _ = coordinator.get(&path).await.refused(404, "not_found");

        // Reopened, its readers read on, and the next cycle has no panel yet.
        let reason = json!({"reason": "Nouvelle technique"});
        stage.case.gives(&submitter, "reopen", &reason).await;
        let read = second.get(&stage.case.path("")).await.expect(200);
        assert_eq!(read.json["panels"][0]["phase"], "answered");
        let _ = second
            .plainly(
                &stage.case.id,
                read.version(),
                "sign_reading",
                &reading("x", "concordant"),
            )
            .await
            .refused(403, "forbidden");
    }
}

#[actix_web::test]
async fn two_last_readers_who_sign_at_once_reveal_once() {
    for database in databases() {
        let (mut stage, second, third) = Stage::convened(&database).await;
        let chair = stage.chair.clone();
        let first = reading("chair", "concordant");
        stage.case.gives(&chair, "sign_reading", &first).await;
        let (id, version) = (stage.case.id.clone(), stage.case.version);
        let (one, other) = (
            reading("second", "concordant"),
            reading("third", "concordant"),
        );
        let proofs = [
            second.proved(&id, "sign_reading", &one).await,
            third.proved(&id, "sign_reading", &other).await,
        ];
        // Both read the case at one version: what the other does about their seat makes it no less up to date.
        let (one, other) = futures_util::join!(
            second.shows(&proofs[0], &id, version, "sign_reading", &one),
            third.shows(&proofs[1], &id, version, "sign_reading", &other),
        );
        let (_, _) = (one.expect(200), other.expect(200));
        stage.case.look(&chair).await;
        assert_eq!(stage.case.version, version + 2);
        assert_eq!(stage.panel()["phase"], "revealed");
        let timeline = chair.get(&stage.case.path("timeline")).await.expect(200);
        let events = timeline.json["items"].as_array().expect("events");
        let reveals = |event: &&Value| event["facts"]["revealed"] == true;
        assert_eq!(events.iter().filter(reveals).count(), 1);
        let signed = |event: &&Value| event["command"] == "sign_reading";
        assert_eq!(events.iter().filter(signed).count(), 3);

        // Nothing changes what was signed.
        for change in [
            "UPDATE panel_readings SET content = '{}'",
            "DELETE FROM panel_readings",
        ] {
            let changed = stage.world.exchange.store.write(move |conn| {
                diesel::RunQueryDsl::execute(diesel::sql_query(change), conn)?;
                Ok::<_, StoreError>(())
            });
            assert!(changed.await.is_err(), "{change}");
        }

        // Anything else that happens in between does.
        let question = json!({"kind": "other", "question": "Antécédents ?"});
        let before = stage.case.version;
        stage
            .case
            .gives(&chair, "request_information", &question)
            .await;
        let reason = json!({"reason": "overloaded"});
        let _ = second
            .plainly(&id, before, "leave_panel", &reason)
            .await
            .refused(403, "forbidden");
    }
}

#[actix_web::test]
async fn a_panel_has_eligible_readers_of_different_laboratories() {
    for database in databases() {
        let mut stage = Stage::on(&database).await;
        let chair = stage.id("expert.breast").await;
        let [second, third, home] = [
            stage.id(SECOND).await,
            stage.id(THIRD).await,
            stage.id(AT_HOME).await,
        ];
        let same_laboratory = stage.id("expert.second").await;
        let nobody = PersonId::new(&SystemIds);
        let elsewhere = stage.id("expert.pacific").await;
        for (readers, pointer) in [
            (json!([]), "/readers"),
            (json!([second, third, second]), "/readers/2"),
            (json!([chair]), "/readers/0"),
            (json!([second, nobody]), "/readers/1"),
            (json!([second, elsewhere]), "/readers/1"),
            (json!([second, third, home, nobody, elsewhere]), "/readers"),
        ] {
            let refused = stage.asks(&readers).await.refused(422, "invalid_fields");
            assert_eq!(refused.json["errors"][0]["pointer"], pointer, "{readers}");
        }
        let apart = |refused: Response| {
            let refused = refused.refused(409, "command_refused");
            assert_eq!(refused.json["guard"], "laboratories_apart", "{refused:?}");
        };
        apart(stage.asks(&json!([same_laboratory])).await);
        let ineligible = stage.asks(&json!([home])).await;
        let ineligible = ineligible.refused(409, "command_refused");
        assert!(
            ineligible.text.contains("other_laboratory"),
            "{}",
            ineligible.text
        );
        stage.world.away(SECOND).await;
        let away = stage.asks(&json!([second])).await;
        let away = away.refused(409, "command_refused");
        assert!(away.text.contains("not_absent"), "{}", away.text);

        let body = json!({"readers": [third], "reason": "Tumeur rare"});
        let coordinator = stage.coordinator.clone();
        stage.case.gives(&coordinator, "convene", &body).await;
        let again = stage.asks(&json!([second])).await;
        let again = again.refused(409, "command_refused");
        assert_eq!(again.json["guard"], "no_panel");

        let forbidden = Stage::allowing(&TestDatabase::sqlite(), false).await;
        let readers = json!([forbidden.id(SECOND).await]);
        let refused = forbidden.asks(&readers).await;
        let refused = refused.refused(409, "command_refused");
        assert_eq!(refused.json["guard"], "panel_allowed");
    }
}

#[actix_web::test]
async fn a_panel_is_not_convened_over_an_answer_that_was_told() {
    for database in databases() {
        let mut stage = Stage::on(&database).await;
        let chair = stage.chair.clone();
        let told = json!({"opinion": opinion()});
        stage.case.gives(&chair, "release_preliminary", &told).await;
        let readers = json!([stage.id(SECOND).await]);
        let refused = stage.asks(&readers).await.refused(409, "command_refused");
        assert_eq!(refused.json["guard"], "nothing_released");
    }
}

/// The references of the cases on somebody's worklist.
async fn listed(who: &Caller) -> Vec<String> {
    let list = who.get("/cases?scope=expert").await.expect(200);
    let items = list.json["items"].as_array().expect("a list");
    let id = |item: &Value| item["id"].as_str().expect("an identifier").to_owned();
    items.iter().map(id).collect()
}

#[actix_web::test]
async fn a_seat_is_taken_given_back_and_given_to_somebody_else_and_a_coordinator_need_not_wait() {
    for database in databases() {
        let mut stage = Stage::on(&database).await;
        let (coordinator, chair) = (stage.coordinator.clone(), stage.chair.clone());
        let [second, third, fourth] = [
            stage.served.login(SECOND).await,
            stage.served.login(THIRD).await,
            stage.served.login(FOURTH).await,
        ];
        let [two, three, four] = [
            stage.id(SECOND).await,
            stage.id(THIRD).await,
            stage.id(FOURTH).await,
        ];
        let why = json!({"reason": "x"});
        let none = coordinator.plainly(&stage.case.id, stage.case.version, "close_panel", &why);
        let none = none.await.refused(409, "command_refused");
        assert_eq!(none.json["guard"], "blind");
        let replace = json!({"reader": two, "expert": four});
        let none = coordinator.plainly(
            &stage.case.id,
            stage.case.version,
            "replace_reader",
            &replace,
        );
        let _ = none.await.refused(409, "command_refused");

        let body = json!({"readers": [two, three], "reason": "Tumeur rare"});
        stage.case.gives(&coordinator, "convene", &body).await;
        assert_eq!(listed(&second).await, [stage.case.id.clone()]);
        assert!(listed(&fourth).await.is_empty());
        let _ = fourth
            .get(&stage.case.path(""))
            .await
            .refused(404, "not_found");

        // An invited reader sees the case and reads only once they have the seat.
        let early = reading("second", "concordant");
        let _ = second
            .plainly(&stage.case.id, stage.case.version, "sign_reading", &early)
            .await
            .refused(403, "forbidden");
        for command in ["join_panel", "leave_panel"] {
            let body = match command {
                "join_panel" => json!({}),
                _ => json!({"reason": "overloaded"}),
            };
            let never = second.plainly(&stage.case.id, 4711, command, &body).await;
            let _ = never.refused(412, "stale_version");
        }
        stage.case.look(&second).await;
        assert_eq!(
            stage.case.document["commands"],
            json!(["join_panel", "leave_panel"])
        );
        let declined = json!({"reason": "overloaded", "comment": "Congrès"});
        stage.case.gives(&second, "leave_panel", &declined).await;
        let _ = second
            .get(&stage.case.path(""))
            .await
            .refused(404, "not_found");
        assert!(listed(&second).await.is_empty());
        stage.case.look(&chair).await;
        assert!(stage.panel()["seats"][1].get("comment").is_none());
        stage.case.look(&coordinator).await;
        assert_eq!(stage.panel()["seats"][1]["reason"], "overloaded");
        assert_eq!(stage.panel()["seats"][1]["comment"], "Congrès");

        // The seat goes to somebody else; a seat that is taken can be moved too, one that was signed for cannot.
        for (bad, pointer) in [
            (json!({"reader": four, "expert": two}), "/reader"),
            (json!({"reader": two, "expert": three}), "/expert"),
            (json!({"reader": two, "expert": two}), "/expert"),
        ] {
            let refused =
                coordinator.plainly(&stage.case.id, stage.case.version, "replace_reader", &bad);
            let refused = refused.await.refused(422, "invalid_fields");
            assert_eq!(refused.json["errors"][0]["pointer"], pointer, "{bad}");
        }
        stage
            .case
            .gives(&coordinator, "replace_reader", &replace)
            .await;
        assert_eq!(stage.panel()["seats"][3]["state"], "invited");
        stage.case.gives(&fourth, "join_panel", &json!({})).await;
        stage.case.gives(&third, "join_panel", &json!({})).await;
        let signed = reading("fourth", "concordant");
        stage.case.gives(&fourth, "sign_reading", &signed).await;
        let late = json!({"reader": four, "expert": two});
        let refused =
            coordinator.plainly(&stage.case.id, stage.case.version, "replace_reader", &late);
        let _ = refused.await.refused(422, "invalid_fields");

        let never = third
            .plainly(&stage.case.id, 4711, "sign_reading", &signed)
            .await;
        let _ = never.refused(412, "stale_version");
        // What nobody asks of a panel: an empty reading.
        let empty = json!({"opinion": {}});
        let refused = third.plainly(&stage.case.id, stage.case.version, "sign_reading", &empty);
        let _ = refused.await.refused(422, "invalid_fields");

        // The coordinator does not wait for the others: the one reading lies open, and nobody signs another.
        let reason = json!({"reason": "La réponse presse"});
        stage.case.gives(&coordinator, "close_panel", &reason).await;
        assert_eq!(stage.panel()["phase"], "revealed");
        assert_eq!(stage.panel()["closed_reason"], "La réponse presse");
        stage.case.look(&chair).await;
        let open = &stage.panel()["seats"][3]["reading"]["content"];
        assert_eq!(open["conclusion"], "Conclusion fourth.");
        for (who, command, body) in [
            (&third, "leave_panel", json!({"reason": "overloaded"})),
            (&third, "sign_reading", reading("third", "concordant")),
        ] {
            let refused = who.command(&stage.case.id, stage.case.version, command, &body);
            let refused = refused.await.refused(409, "command_refused");
            assert_eq!(refused.json["guard"], "blind", "{command}");
        }
        // Now the case may go to somebody else, who reads what was read.
        let away = json!({"reason": "absence", "expert": stage.id("expert.second").await});
        stage.case.gives(&coordinator, "take_over", &away).await;
        let next = stage.served.login("expert.second").await;
        stage.case.look(&next).await;
        let open = &stage.panel()["seats"][3]["reading"]["content"];
        assert_eq!(open["conclusion"], "Conclusion fourth.");

        // That a reader read the case is on record, as what they read it.
        let auditor = stage.served.login("auditor").await;
        let audit = auditor.get(&stage.case.path("audit")).await.expect(200);
        let entries = audit.json["items"].as_array().expect("entries");
        let as_invited =
            |entry: &&Value| entry["action"] == "read_case" && entry["relation"] == "invited";
        assert!(entries.iter().any(|entry| as_invited(&entry)));
    }
}

/// Whoever holds the case may leave the reading to others, and still answers it.
#[actix_web::test]
async fn the_chair_may_leave_the_reading_to_others() {
    for database in databases() {
        let (mut stage, second, third) = Stage::convened(&database).await;
        let chair = stage.chair.clone();
        let reason = json!({"reason": "overloaded"});
        stage.case.gives(&chair, "leave_panel", &reason).await;
        assert_eq!(stage.panel()["seats"][0]["state"], "declined");
        for (word, who) in [("second", &second), ("third", &third)] {
            let signed = reading(word, "concordant");
            stage.case.gives(who, "sign_reading", &signed).await;
        }
        assert_eq!(
            stage.panel()["phase"],
            "blind",
            "three readings are waited for"
        );
        stage.case.look(&chair).await;
        assert!(stage.panel()["seats"][1].get("reading").is_none());
        let reason = json!({"reason": "Deux lectures suffisent"});
        let coordinator = stage.coordinator.clone();
        stage.case.gives(&coordinator, "close_panel", &reason).await;
        stage
            .case
            .gives(&chair, "sign", &json!({"opinion": opinion()}))
            .await;
        assert_eq!(stage.panel()["phase"], "answered");

        // A look at the slides is for who reads: the panel has one, a stranger has none.
        let path = stage.case.path(&format!("slides/{}/views", stage.slide));
        let stranger = stage.served.login(FOURTH).await;
        let look = stranger.send(stranger.request(Method::POST, &path)).await;
        let _ = look.refused(404, "not_found");
    }
}
