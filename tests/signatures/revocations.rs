//! Keys taken out of use: known to everybody from the list of the authority that certified them, which openssl reads as we do.

use std::path::Path;
use std::process::{Command, Output};

use relecture::domain::ids::OpinionId;
use relecture::report::bundle::verification::{Bundle, BundleCheck, verify_bundle};
use relecture::service::{ServiceError, bundle, examining, revocations, signatures};
use relecture::signing::verification::Trust;

use crate::journey::{Hand, databases};
use crate::support::exchange::World;
use crate::support::served::{Served, client};

const EXPERT: &str = "expert.breast@example.org";

async fn packed(hand: &Hand<'_>) -> Vec<u8> {
    let seen = hand.seen_by("submitter.cayenne").await.unwrap();
    let opinion: OpinionId = seen.opinions[0].id.parse().unwrap();
    let actor = hand.actor("submitter.cayenne").await;
    let made = bundle::of(&hand.world().exchange, &actor, hand.case, opinion, "r").await;
    made.unwrap()
}

fn looked_at(zip: &[u8]) -> Bundle {
    verify_bundle(zip, Trust::default(), None, None).expect("a bundle")
}

/// What is said of the lists in a bundle, and whether that holds.
fn said(bundle: &Bundle) -> (bool, &str) {
    let mut findings = bundle.findings.iter();
    let finding = findings.find(|one| one.check == BundleCheck::Revocation);
    finding.map(|one| (one.holds, one.said.as_str())).unwrap()
}

/// What is in a bundle, as somebody unpacks it.
fn unpacked(zip: &[u8]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(zip)).unwrap();
    archive.extract(folder.path()).unwrap();
    folder
}

/// Whether the signer's certificate stands, by a list in that folder.
fn openssl(folder: &Path, list: &str) -> Output {
    Command::new("openssl")
        .current_dir(folder)
        .args(["verify", "-no_check_time", "-crl_check", "-CRLfile", list])
        .args(["-CAfile", "authority.pem", "signer.pem"])
        .output()
        .unwrap()
}

/// The list that everybody gets of an authority, as text; openssl writes it.
async fn served_list(served: &Served, sha256: &str, into: &Path) {
    let address = format!("{}/revocations/{sha256}", served.address);
    let answer = client().get(address).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 200);
    assert_eq!(answer.headers()["content-type"], "application/pkix-crl");
    let der = into.with_extension("der");
    std::fs::write(&der, answer.bytes().await.unwrap()).unwrap();
    let written = Command::new("openssl")
        .args(["crl", "-inform", "DER", "-in"])
        .arg(der)
        .arg("-out")
        .arg(into)
        .output()
        .unwrap();
    assert!(written.status.success(), "{written:?}");
}

#[actix_web::test]
async fn whoever_asks_learns_that_a_key_was_taken_out_of_use_and_openssl_finds_the_same() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let hand = Hand::signed(&world).await;
        let before = packed(&hand).await;
        let folder = unpacked(&before);
        let stands = openssl(folder.path(), "revocations.pem");
        assert!(stands.status.success(), "{stands:?}");
        let bundle = looked_at(&before);
        let (holds, words) = said(&bundle);
        assert!(holds && words.contains("had not been taken out"), "{words}");
        assert_eq!(packed(&hand).await, before, "the same list serves for days");

        let authority = signatures::signing_authority(&world.exchange)
            .await
            .unwrap();
        world.clock.advance(chrono::Duration::minutes(5));
        let lost = revocations::revoke(&world.exchange, EXPERT).await;
        assert_eq!(lost.unwrap(), 1);
        let none = revocations::revoke(&world.exchange, "nobody@example.org").await;
        assert!(matches!(none, Err(ServiceError::NotFound)));
        let newest = folder.path().join("newest.pem");
        served_list(&served, &authority.sha256, &newest).await;
        let refused = openssl(folder.path(), "newest.pem");
        let why = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(
            !refused.status.success() && why.contains("certificate revoked"),
            "{why}"
        );

        // What it signed before stays signed, and whoever looks is told.
        let after = packed(&hand).await;
        let bundle = looked_at(&after);
        let (holds, words) = said(&bundle);
        assert!(
            holds && words.contains("which no time stamp proves"),
            "{words}"
        );
        assert!(bundle.holds(), "{bundle:?}");
        assert!(
            looked_at(&before).holds(),
            "so does what somebody had already"
        );
        // The next key is another one, which stands.
        let next = Hand::signed(&world).await;
        let folder = unpacked(&packed(&next).await);
        let stands = openssl(folder.path(), "revocations.pem");
        assert!(stands.status.success(), "{stands:?}");

        // An authority out of use still says what it has taken back; nobody else does.
        signatures::rotate_authority(&world.exchange).await.unwrap();
        served_list(&served, &authority.sha256, &newest).await;
        for other in ["0".repeat(64), authority.sha256.to_uppercase()] {
            let address = format!("{}/revocations/{other}", served.address);
            let answer = client().get(address).send().await.unwrap();
            assert_eq!(answer.status().as_u16(), 404, "{other}");
        }
    }
}

#[actix_web::test]
async fn what_a_key_signed_after_it_was_taken_out_of_use_is_refused_by_name() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let hand = Hand::signed(&world).await;
        world
            .alter("UPDATE signing_keys SET revoked_at = not_before")
            .await;
        let zip = packed(&hand).await;
        let bundle = looked_at(&zip);
        let (holds, words) = said(&bundle);
        assert!(
            !holds && words.contains("would have signed after that"),
            "{words}"
        );
        assert!(!bundle.holds() && !bundle.opinion_holds());
        let examined = examining::examine(&world.exchange, zip).await.unwrap();
        assert!(examined.statement.is_none());
        let failed = examined.findings.iter().find(|one| !one.holds).unwrap();
        assert_eq!(failed.check, "revocation");
    }
}
