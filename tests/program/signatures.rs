//! Verifying an opinion on a machine that knows nothing of the exchange, and keeping its keys.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use relecture::domain::ids::OpinionId;
use relecture::service::{report, signatures};

use crate::journey::{Hand, databases};
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
