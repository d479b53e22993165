//! Verifying an opinion on a machine that knows nothing of the exchange, and keeping its keys.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use relecture::domain::ids::OpinionId;
use relecture::service::{bundle, report, signatures};

use crate::journey::{Hand, databases};
use crate::signatures::bundles::altered;
use crate::signatures::readings;
use crate::support::exchange::{SEALING_KEY, World};
use crate::support::program::Machine;

#[actix_web::test]
async fn whoever_holds_a_signed_opinion_can_verify_it_alone() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let hand = Hand::signed(&world).await;
        let document = hand.seen_by("expert.breast").await.unwrap();
        let opinion: OpinionId = document.opinions[0].id.parse().unwrap();
        let actor = hand.actor("expert.breast").await;
        let text = signatures::signed_form(&world.exchange, &actor, document.id, opinion, "r")
            .await
            .unwrap();

        // The operator's machine, under the sealing key of the stories' exchange.
        let operator =
            Machine::on(database.url()).with("sealing_key", &STANDARD.encode(SEALING_KEY));
        let published = operator.done(&["keys", "authority"]);
        let (pem, fingerprint) = published.split_once("SHA-256 ").unwrap();

        // Somebody else's, who has the file and what the exchange publishes.
        let reader = Machine::new();
        let file = reader.file("opinion.json", &text);
        let authority = reader.file("authority.pem", pem);
        let said = reader.done(&["verify", &file, "--authority", &authority]);
        assert!(said.contains(&document.reference), "{said}");
        assert!(said.contains("which you trust"), "{said}");
        assert!(
            reader.done(&["verify", &file]).contains(fingerprint.trim()),
            "without the certificate it says which one to compare"
        );

        let language = relecture::texts::Language::French;
        let exchange = &world.exchange;
        let pdf = report::of(exchange, &actor, document.id, opinion, language, "r");
        let mut pdf = pdf.await.unwrap();
        let paper = reader.file("avis.pdf", &pdf);
        let said = reader.done(&["verify", &paper, "--authority", &authority]);
        for part in ["which you trust", "byte for byte", &document.reference] {
            assert!(said.contains(part), "{part} in {said}");
        }
        pdf.extend(b"\n% added");
        let longer = reader.run(&["verify", &reader.file("longer.pdf", &pdf)]);
        assert_eq!(longer.code, 1, "{longer:?}");
        assert!(
            longer.err.contains("believe what is attached"),
            "{longer:?}"
        );

        let altered = reader.file(
            "altered.json",
            text.replacen("\"payload\":\"e", "\"payload\":\"f", 1),
        );
        let refused = reader.run(&["verify", &altered]);
        assert_eq!(refused.code, 1, "{refused:?}");
        assert!(
            refused.err.contains("the signature is not of these bytes"),
            "{refused:?}"
        );
        let missing = reader.run(&["verify", "nowhere.json"]);
        assert_eq!(missing.code, 1, "{missing:?}");
        assert!(missing.err.contains("nowhere.json"), "{missing:?}");

        let login = "expert.breast@example.org";
        assert!(operator.done(&["keys", "list"]).contains(login));
        let said = operator.done(&["keys", "revoke", login]);
        assert!(said.contains('1'), "{said}");
        assert!(operator.done(&["keys", "list"]).contains("revoked"));
        reader.done(&["verify", &file]);
        let unknown = operator.run(&["keys", "revoke", "nobody"]);
        assert_eq!(unknown.code, 1, "{unknown:?}");
    }
}

#[actix_web::test]
async fn whoever_holds_a_consensus_can_verify_every_reading_alone() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let (hand, opinion) = readings::consensus(&world).await;
        let zip = readings::zipped(&hand, opinion).await;
        let operator =
            Machine::on(database.url()).with("sealing_key", &STANDARD.encode(SEALING_KEY));
        let reader = Machine::new();
        let trusted = reader.file("log-key.txt", operator.done(&["log", "key"]));
        let file = reader.file("bundle.zip", &zip);
        let said = reader.done(&["verify", &file, "--log-key", &trusted]);
        for part in [
            "2 readings, each as its reader signed it",
            "2 proven to be in the log",
            "reader second: Conclusion second.",
            "no time stamp, entry ",
        ] {
            assert!(said.contains(part), "{part} in {said}");
        }
        for name in ["opinion.json", "opinion.tlog-proof", "signer.pem"] {
            let name = format!("readings/2/{name}");
            let altered = reader.file("altered.zip", altered(&zip, &name));
            let refused = reader.run(&["verify", &altered, "--log-key", &trusted]);
            assert_eq!(refused.code, 1, "{name}: {refused:?}");
            assert!(refused.err.contains(&name), "{name}: {refused:?}");
        }
    }
}

#[actix_web::test]
async fn whoever_holds_a_bundle_can_verify_all_of_it_alone() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let hand = Hand::signed(&world).await;
        let document = hand.seen_by("expert.breast").await.unwrap();
        let opinion: OpinionId = document.opinions[0].id.parse().unwrap();
        let actor = hand.actor("submitter.cayenne").await;
        let zip = bundle::of(&world.exchange, &actor, document.id, opinion, "r");
        let zip = zip.await.unwrap();
        let operator =
            Machine::on(database.url()).with("sealing_key", &STANDARD.encode(SEALING_KEY));
        let key = operator.done(&["log", "key"]);
        let kept = operator.done(&["log", "checkpoint"]);

        let reader = Machine::new();
        let file = reader.file("bundle.zip", &zip);
        let trusted = reader.file("log-key.txt", &key);
        let said = reader.done(&["verify", &file, "--log-key", &trusted]);
        for part in ["entry 0 of 1", "2 reports", &document.reference] {
            assert!(said.contains(part), "{part} in {said}");
        }
        let said = reader.done(&["verify", &file]);
        assert!(said.contains(key.trim()), "which key to compare: {said}");

        for (name, said) in [
            ("opinion.json", "not an opinion as it was signed"),
            ("payload.json", "payload.json is not what opinion.json says"),
            ("signature.der", "signature.der is not"),
            ("report.pdf", "report.pdf"),
            ("avis.pdf", "avis.pdf"),
            ("opinion.tlog-proof", "opinion.tlog-proof: the checkpoint"),
        ] {
            let altered = reader.file("altered.zip", altered(&zip, name));
            let refused = reader.run(&["verify", &altered, "--log-key", &trusted]);
            assert_eq!(refused.code, 1, "{name}: {refused:?}");
            assert!(refused.err.contains(said), "{name}: {refused:?}");
        }
        let other = reader.file("other.txt", key.replacen("127.0.0.1", "127.0.0.2", 1));
        let refused = reader.run(&["verify", &file, "--log-key", &other]);
        assert!(
            refused.err.contains("not a log's public key"),
            "{refused:?}"
        );
        let cut = reader.file("cut.zip", &zip[..zip.len() - 100]);
        let refused = reader.run(&["verify", &cut]);
        assert!(
            refused.err.contains("archive cannot be read"),
            "{refused:?}"
        );

        let kept = operator.file("kept.txt", &kept);
        assert!(
            operator
                .done(&["log", "check", &kept])
                .contains("has 1 now")
        );
        // The operator hands out the proof, and who kept the checkpoint needs nobody to look at it.
        let proof = reader.file("proof.txt", operator.done(&["log", "prove", &kept]));
        let since = reader.file("kept.txt", std::fs::read(&kept).unwrap());
        let asked = ["verify", &proof, "--since", &since, "--log-key", &trusted];
        let said = reader.done(&asked);
        assert!(said.contains("1 entries that it has now"), "{said}");
        let elsewhere = ["verify", &proof, "--since", &since, "--log-key", &other];
        assert_eq!(reader.run(&elsewhere).code, 1);
        let unsigned = operator.file("unsigned.txt", "127.0.0.1:8080/log\n7\n");
        let refused = operator.run(&["log", "prove", &unsigned]);
        assert_eq!(refused.code, 1, "{refused:?}");
        let id = opinion.to_string();
        operator.done(&["log", "unlink", &id]);
        assert_eq!(operator.run(&["log", "unlink", &id]).code, 1, "once");
        operator.done(&["log", "check", &kept]);
        let trail = operator.done(&["log", "audit"]);
        assert!(
            trail.contains("of the audit trail are as they were entered"),
            "{trail}"
        );
        let unlinked = bundle::of(&world.exchange, &actor, document.id, opinion, "r");
        let unlinked = reader.file("unlinked.zip", unlinked.await.unwrap());
        let said = reader.done(&["verify", &unlinked]);
        assert!(said.contains("no proof"), "{said}");
    }
}
