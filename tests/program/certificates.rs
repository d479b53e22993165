//! Certificates of a network's own authority: requested, answered, signed with, verified by who trusts that authority, and refused.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::Duration;
use relecture::domain::ids::{CaseId, OpinionId};
use relecture::service::ServiceError;
use relecture::service::examining::{Examined, Whose, examine};
use relecture::signing::verification::{Trust, verify};
use serde_json::json;

use crate::api::{Case, opinion};
use crate::journey::{Hand, signed};
use crate::signatures::bundles::bundle;
use crate::support::ca::Ca;
use crate::support::database::TestDatabase;
use crate::support::exchange::{SEALING_KEY, World};
use crate::support::program::Machine;
use crate::support::served::{Caller, client};
use crate::support::softhsm::SoftHsm;

const EXPERT: &str = "expert.breast@example.org";
const NETWORK: &str = "GCS Outre-mer";

fn operator(database: &TestDatabase) -> Machine {
    Machine::on(database.url()).with("sealing_key", &STANDARD.encode(SEALING_KEY))
}

/// Requests a certificate for the expert, has it made, and takes it.
fn certified(machine: &Machine, ca: &Ca, more: &[&str]) -> String {
    let request = machine.done(&[&["keys", "request", EXPERT], more].concat());
    let chain = machine.file("chain.pem", ca.answers("good", &request));
    machine.done(&["keys", "certify", EXPERT, "--chain", &chain])
}

fn trust(machine: &Machine, ca: &Ca) -> String {
    let root = ca.root().display().to_string();
    let said = machine.done(&["keys", "trust", &root, "--name", NETWORK]);
    let (_, sha256) = said.split_once("SHA-256 ").expect("a fingerprint");
    sha256.trim().to_owned()
}

/// The file of a version that was signed over HTTP.
async fn file(case: &Case, expert: &Caller, version: usize) -> Vec<u8> {
    let id = case.document["opinions"][version]["id"]
        .as_str()
        .expect("an opinion");
    let path = case.path(&format!("opinions/{id}/signature"));
    expert.get(&path).await.expect(200).bytes
}

async fn examined(world: &World, file: &[u8]) -> Examined {
    examine(&world.exchange, file.to_vec())
        .await
        .expect("it is looked at")
}

#[actix_web::test]
async fn an_expert_signs_under_the_authority_of_their_network() {
    for database in TestDatabase::both() {
        let world = World::on(database.url()).await;
        let (machine, ca) = (operator(&database), Ca::new());
        let fingerprint = trust(&machine, &ca);
        assert_eq!(trust(&machine, &ca), fingerprint, "twice is once");
        let said = machine.done(&["keys", "trusted"]);
        assert_eq!(said.trim(), format!("{fingerprint}  {NETWORK}"));
        let said = certified(&machine, &ca, &[]);
        assert!(said.contains(&format!("under {NETWORK} until")), "{said}");

        let (_program, address) = machine.serve(&[]).await;
        let submitter = Caller::login_at(&address, "submitter.cayenne").await;
        let expert = Caller::login_at(&address, "expert.breast").await;
        let mut case = Case::submitted(&world, &submitter).await;
        case.look(&expert).await;
        case.gives(&expert, "accept", &json!({})).await;
        case.gives(&expert, "sign", &json!({ "opinion": opinion() }))
            .await;
        let bytes = file(&case, &expert, 0).await;

        let reader = Machine::new();
        let held = reader.file("opinion.json", &bytes);
        let root = ca.root().display().to_string();
        let said = reader.done(&["verify", &held, "--authority", &root]);
        let through = "certified by CN=Network root through CN=Network experts, which you trust";
        assert!(said.contains(through), "{said}");
        let published = machine.done(&["keys", "authority"]);
        let (own, _) = published.split_once("SHA-256 ").expect("a certificate");
        let own = reader.file("own.pem", own);
        let refused = reader.run(&["verify", &held, "--authority", &own]);
        assert_eq!(refused.code, 1, "{refused:?}");
        assert!(
            refused
                .err
                .contains("another authority than the one you trust: CN=Network root"),
            "{refused:?}"
        );
        let said = reader.done(&["verify", &held]);
        assert!(said.contains(&fingerprint), "which one to compare: {said}");

        // No byte of the longer chain can be changed either; it takes too long to try each one.
        for place in (0..bytes.len()).step_by(37) {
            let mut altered = bytes.clone();
            altered[place] ^= 1;
            let report = verify(&altered, Trust::default());
            assert!(report.statement.is_none(), "byte {place}: {report:?}");
        }
        let found = examined(&world, &bytes).await;
        assert_eq!(found.authority, Some(Whose::Registered(NETWORK.to_owned())));
        let text = String::from_utf8(bytes.clone()).expect("text");
        let form = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("file", &text)
            .finish();
        let page = client()
            .post(format!("{address}/verify"))
            .header("origin", &address)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form);
        let page = page.send().await.expect("an answer");
        let page = page.text().await.expect("a page");
        assert!(page.contains(NETWORK), "{page}");

        let published = expert.get("/signing-authority").await.expect(200).json;
        assert_eq!(published["registered"][0]["name"], NETWORK);
        assert_eq!(published["registered"][0]["sha256"], fingerprint);
        let id: CaseId = case.id.parse().expect("an identifier");
        let version: OpinionId = case.document["opinions"][0]["id"]
            .as_str()
            .and_then(|id| id.parse().ok())
            .expect("an identifier");
        let hand = Hand {
            world: &world,
            case: id,
        };
        let proof = bundle(&hand, version).await;
        assert_eq!(
            proof.follow("README.txt"),
            6,
            "openssl finds the way to the root"
        );

        // A key in a token, certified by the same authority; and then one of the exchange's own again.
        let hsm = SoftHsm::new();
        let with_token = hsm.in_machine(operator(&database));
        certified(&with_token, &ca, &["--in-token"]);
        let (_program, address) = with_token.serve(&[]).await;
        let there = Caller::login_at(&address, "expert.breast").await;
        let more = json!({ "reason": "Un mot de plus.", "opinion": opinion() });
        case.gives(&there, "add_addendum", &more).await;
        let by_token = file(&case, &there, 1).await;
        let found = examined(&world, &by_token).await;
        assert_eq!(found.authority, Some(Whose::Registered(NETWORK.to_owned())));
        machine.done(&["keys", "revoke", EXPERT]);
        case.gives(&there, "add_addendum", &more).await;
        let found = examined(&world, &file(&case, &there, 2).await).await;
        assert_eq!(found.authority, Some(Whose::Own));

        // Out of trust: nothing is signed under it any more, and what was does not verify here.
        certified(&machine, &ca, &[]);
        machine.done(&["keys", "withdraw", &fingerprint]);
        assert!(machine.done(&["keys", "trusted"]).contains("withdrawn"));
        let published = expert.get("/signing-authority").await.expect(200).json;
        assert!(published.get("registered").is_none(), "{published}");
        let refused = expert
            .signs(&case.id, case.version, "add_addendum", &more)
            .await;
        let refused = refused.refused(503, "signing_unavailable");
        assert_eq!(refused.json["reason"], "authority_withdrawn");
        assert!(examined(&world, &bytes).await.statement.is_none());
        let again = machine.run(&["keys", "withdraw", &fingerprint]);
        assert_eq!(again.code, 1, "{again:?}");
    }
}

#[test]
fn what_does_not_answer_the_request_is_refused_by_name() {
    for database in TestDatabase::both() {
        actix_web::rt::System::new().block_on(World::on(database.url()));
        let (machine, ca) = (operator(&database), Ca::new());
        let taken = |how: &str, request: &str| {
            let chain = machine.file("chain.pem", ca.answers(how, request));
            machine.run(&["keys", "certify", EXPERT, "--chain", &chain])
        };
        let earlier = machine.done(&["keys", "request", EXPERT]);
        let request = machine.done(&["keys", "request", EXPERT]);
        let unknown = taken("good", &request);
        assert!(unknown.err.contains("not trusted here"), "{unknown:?}");
        for (file, said) in [
            (ca.middle(), "did not make its own certificate"),
            (machine.path("chain.pem"), "several certificates"),
        ] {
            let refused = machine.run(&["keys", "trust", &file.display().to_string()]);
            assert_eq!(refused.code, 1, "{refused:?}");
            assert!(refused.err.contains(said), "{refused:?}");
        }
        trust(&machine, &ca);
        for (how, said) in [
            ("late", "has run out"),
            ("early", "is not valid yet"),
            ("authority", "is an authority, not a person"),
            ("server", "is not for documents"),
            ("unusable", "is not for signatures"),
            ("demanding", "does not look at: 1.3.6.1.4.1.55555.1"),
            ("forged", "did not make this certificate"),
            ("short", "an authority that is not trusted here"),
            (
                "strange",
                "Nobody's root, an authority that is not trusted here",
            ),
        ] {
            let refused = taken(how, &request);
            assert_eq!(refused.code, 1, "{how}: {refused:?}");
            assert!(refused.err.contains(said), "{how}: {refused:?}");
        }
        let refused = taken("good", &earlier);
        assert!(refused.err.contains("of another key"), "{refused:?}");
        let reversed: String = {
            let chain = String::from_utf8(ca.answers("good", &request)).expect("text");
            let (first, second) = chain
                .split_once("-----END CERTIFICATE-----\n")
                .expect("two");
            format!("{second}{first}-----END CERTIFICATE-----\n")
        };
        let reversed = machine.file("reversed.pem", reversed);
        let refused = machine.run(&["keys", "certify", EXPERT, "--chain", &reversed]);
        assert!(
            refused.err.contains("is not trusted here") || refused.err.contains("not in order"),
            "{refused:?}"
        );
        let garbage = machine.file(
            "garbage.pem",
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        );
        let refused = machine.run(&["keys", "certify", EXPERT, "--chain", &garbage]);
        assert!(refused.err.contains("no certificate"), "{refused:?}");

        let done = taken("good", &request);
        assert_eq!(done.code, 0, "{done:?}");
        let twice = taken("good", &request);
        assert!(
            twice.err.contains("no request for this person"),
            "{twice:?}"
        );
        let nobody = machine.run(&["keys", "request", "nobody"]);
        assert!(nobody.err.contains("nobody has the login"), "{nobody:?}");
    }
}

#[actix_web::test]
async fn a_certificate_signs_only_while_it_holds_and_nothing_takes_its_place() {
    for database in TestDatabase::both() {
        let world = World::on(database.url()).await;
        let (machine, ca) = (operator(&database), Ca::new());
        trust(&machine, &ca);
        certified(&machine, &ca, &[]);
        let hand = Hand::accepted(&world).await;
        let unavailable = async |wanted: &str| {
            let refused = hand.does("expert.breast", signed()).await;
            let Err(ServiceError::SigningUnavailable { reason, passes, .. }) = refused else {
                panic!("{wanted}: {refused:?}");
            };
            assert_eq!((reason, passes), (wanted, false));
            let seen = hand.seen_by("expert.breast").await.expect("the case");
            assert!(seen.opinions.is_empty());
        };
        // The stories' clock is behind the machine's, on which the certificate was made.
        unavailable("certificate_not_yet_valid").await;
        world.clock.advance(Duration::days(365 * 20));
        unavailable("certificate_expired").await;
    }
}
