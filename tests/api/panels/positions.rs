//! The consensus of a panel: the other readers sign it too or sign that they dissent, and whoever reads the opinion sees it.

use relecture::domain::ids::OpinionId;
use relecture::domain::notifications::NotificationKind;
use relecture::signing::verification::{Trust, verify};
use relecture::store::StoreError;
use relecture::store::transparency as rows;
use serde_json::{Value, json};

use super::stage::Stage;
use super::{payload, reading};
use crate::api::{databases, opinion};
use crate::journey::mails;
use crate::support::database::TestDatabase;
use crate::support::served::Caller;

/// A panel of three whose consensus the chair has signed.
async fn answered(database: &TestDatabase) -> (Stage, Caller, Caller) {
    let (mut stage, second, third) = Stage::convened(database).await;
    let chair = stage.chair.clone();
    for (word, who) in [("chair", &chair), ("second", &second), ("third", &third)] {
        let signed = reading(word, "minor_discordance");
        stage.case.gives(who, "sign_reading", &signed).await;
    }
    let signed = json!({"opinion": opinion()});
    stage.case.gives(&chair, "sign", &signed).await;
    (stage, second, third)
}

async fn told(stage: &Stage, kind: NotificationKind) -> usize {
    let all = mails(&stage.world).await;
    all.iter().filter(|mail| mail.kind == kind).count()
}

fn may(stage: &Stage, command: &str) -> bool {
    let commands = stage.case.document["commands"].as_array();
    commands.expect("commands").contains(&json!(command))
}

fn seat(stage: &Stage, number: usize) -> &Value {
    &stage.panel()["seats"][number - 1]
}

#[actix_web::test]
async fn each_reader_signs_the_consensus_too_or_dissents_and_nobody_waits_for_them() {
    for database in databases() {
        let (mut stage, second, third) = answered(&database).await;
        let (chair, submitter) = (stage.chair.clone(), stage.submitter.clone());
        let coordinator = stage.coordinator.clone();
        assert_eq!(told(&stage, NotificationKind::PositionAsked).await, 2);
        assert!(!may(&stage, "cosign"), "who signed it has said so");
        stage.case.look(&submitter).await;
        assert_eq!(
            stage.case.document["state"], "signed",
            "it waits for nobody"
        );
        for (number, awaited) in [(1, false), (2, true), (3, true)] {
            let said = seat(&stage, number).get("position_awaited");
            assert_eq!(said, awaited.then_some(&json!(true)), "{number}");
        }
        let consensus = stage.case.document["opinions"][0].clone();
        let (id, version) = (stage.case.id.clone(), stage.case.version);
        for who in [&submitter, &coordinator] {
            let refused = who.plainly(&id, version, "cosign", &json!({})).await;
            let _ = refused.refused(403, "forbidden");
        }
        stage.case.look(&second).await;
        assert!(may(&stage, "cosign") && may(&stage, "dissent"));
        let absent = second.plainly(&id, version, "cosign", &json!({})).await;
        let _ = absent.refused(403, "presence_required");
        for (command, body) in [("cosign", json!({})), ("dissent", json!({"reason": "Non"}))] {
            let never = second.plainly(&id, 4711, command, &body).await;
            let _ = never.refused(412, "stale_version");
        }
        stage.case.gives(&second, "cosign", &json!({})).await;
        assert!(!may(&stage, "cosign") && !may(&stage, "dissent"));
        for command in ["cosign", "dissent"] {
            let body = match command {
                "cosign" => json!({}),
                _ => json!({"reason": "Trop tard"}),
            };
            let again = second.command(&id, stage.case.version, command, &body);
            let again = again.await.refused(409, "command_refused");
            assert_eq!(again.json["guard"], "position_owed", "{command}");
        }

        let nothing = json!({"reason": " "});
        let empty = third.command(&id, stage.case.version, "dissent", &nothing);
        let empty = empty.await.refused(422, "invalid_fields");
        assert_eq!(empty.json["errors"][0]["pointer"], "/reason");
        let words = "Métastase, et non carcinome primitif.";
        // Both read the case at one version.
        let why = json!({"reason": words});
        let dissent = third.command(&id, version, "dissent", &why);
        let _ = dissent.await.expect(200);
        assert_eq!(told(&stage, NotificationKind::Dissent).await, 3);

        // Whoever reads the opinion reads what they said; the coordinator learns that there is a dissent.
        for (who, reads) in [(&submitter, true), (&chair, true), (&coordinator, false)] {
            stage.case.look(who).await;
            let (two, three) = (&seat(&stage, 2)["positions"], &seat(&stage, 3)["positions"]);
            assert_eq!(two[0]["stance"], "cosigned");
            assert_eq!(three[0]["stance"], "dissented");
            assert_eq!(three[0]["opinion"], consensus["id"]);
            assert_eq!(three[0]["version"], 1);
            assert_eq!(three[0].get("reason") == Some(&json!(words)), reads);
            let timeline = who.get(&stage.case.path("timeline")).await.expect(200);
            assert!(!timeline.text.contains(words), "content stands in no event");
            assert!(seat(&stage, 3).get("position_awaited").is_none());
        }

        // Each is a signed file that names and hashes the consensus, and is in the log.
        for (number, kind, reason) in [(2, "cosignature", None), (3, "dissent", Some(words))] {
            stage.case.look(&submitter).await;
            let position = seat(&stage, number)["positions"][0]["id"].clone();
            let position = position.as_str().expect("a position");
            let path = stage.case.path(&format!("positions/{position}/signature"));
            let form = submitter.get(&path).await.expect(200);
            assert!(verify(form.text.as_bytes(), Trust::default()).holds());
            let said = payload(&form);
            assert_eq!(said["form"], "relecture-opinion-7");
            assert_eq!(said["opinion"]["kind"], kind);
            assert_eq!(said["opinion"]["version"], number);
            assert_eq!(said["opinion"]["follows"]["id"], consensus["id"]);
            let sha256 = &said["opinion"]["follows"]["sha256"];
            assert_eq!(*sha256, consensus["signature_sha256"]);
            assert_eq!(
                said["opinion"].get("reason"),
                reason.map(|words| json!(words)).as_ref()
            );
            let _ = coordinator.get(&path).await.refused(404, "not_found");
            let salted: OpinionId = position.parse().expect("an identifier");
            let store = &stage.world.exchange.store;
            let entry = store.read(move |conn| rows::salt(conn, &salted)).await;
            assert!(entry.expect("read").is_some(), "entered in the log");
        }
        for change in [
            "UPDATE panel_positions SET stance = 'cosigned'",
            "DELETE FROM panel_positions",
        ] {
            let changed = stage.world.exchange.store.write(move |conn| {
                diesel::RunQueryDsl::execute(diesel::sql_query(change), conn)?;
                Ok::<_, StoreError>(())
            });
            assert!(changed.await.is_err(), "{change}");
        }

        // What was said is about one version: of the next one it is asked again.
        let corrected = json!({"reason": "Coquille", "opinion": opinion()});
        stage.case.gives(&chair, "correct", &corrected).await;
        assert_eq!(told(&stage, NotificationKind::PositionAsked).await, 4);
        assert_eq!(seat(&stage, 3)["position_awaited"], true);
        stage.case.gives(&third, "cosign", &json!({})).await;
        let said = &seat(&stage, 3)["positions"];
        assert_eq!(
            (&said[0]["version"], &said[1]["version"]),
            (&json!(1), &json!(2))
        );
        assert_eq!(said[1]["stance"], "cosigned");

        // In the next cycle nothing is owed of this one.
        let reason = json!({"reason": "Nouvelle technique"});
        stage.case.gives(&submitter, "reopen", &reason).await;
        assert!(seat(&stage, 2).get("position_awaited").is_none());
        stage.case.look(&second).await;
        let late = second
            .plainly(&id, stage.case.version, "cosign", &json!({}))
            .await;
        let _ = late.refused(403, "forbidden");
    }
}

#[actix_web::test]
async fn who_signs_twice_at_once_signs_once() {
    for database in databases() {
        let (stage, second, _) = answered(&database).await;
        let (id, version, body) = (stage.case.id.clone(), stage.case.version, json!({}));
        let proofs = [
            second.proved(&id, "cosign", &body).await,
            second.proved(&id, "cosign", &body).await,
        ];
        let (one, other) = futures_util::join!(
            second.shows(&proofs[0], &id, version, "cosign", &body),
            second.shows(&proofs[1], &id, version, "cosign", &body),
        );
        let mut statuses = [one.status, other.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409]);
    }
}
