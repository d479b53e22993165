//! Opinions that anybody can verify without us: signed in the transaction that records them, verified by programs that share no
//! line with ours.

mod archival;
mod audit_trail;
mod baseline;
pub mod bundles;
mod positions;
pub mod readings;
pub mod reports;
mod revocations;
mod stamps;
mod transparency;

use std::path::{Path, PathBuf};
use std::process::Command;

use relecture::domain::commands::{self, CommandBody};
use relecture::domain::ids::OpinionId;
use relecture::domain::statement::Statement;
use relecture::service::{ServiceError, examining, signatures};
use relecture::signing::verification::{Trust, verify};
use relecture::texts::Language;

use crate::journey::{Hand, databases, opinion, signed};
use crate::support::exchange::{START, World, open};
use crate::support::python::python;

/// A version as it was signed, with the authority of its exchange in a folder that verifiers can read.
struct Signed {
    text: String,
    folder: tempfile::TempDir,
}

impl Signed {
    async fn of(hand: &Hand<'_>, login: &str, version: usize) -> Self {
        let document = hand.seen_by(login).await.unwrap();
        let opinion: OpinionId = document.opinions[version].id.parse().unwrap();
        let actor = hand.actor(login).await;
        let exchange = &hand.world().exchange;
        let text = signatures::signed_form(exchange, &actor, document.id, opinion, "r")
            .await
            .unwrap();
        let authority = signatures::signing_authority(exchange).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("opinion.json"), &text).unwrap();
        std::fs::write(folder.path().join("authority.pem"), authority.certificate).unwrap();
        Self { text, folder }
    }

    fn statement(&self) -> Statement {
        let report = verify(self.text.as_bytes(), Trust::default());
        assert!(report.holds(), "{report:?}");
        report.statement.unwrap()
    }

    /// What a foreign verifier prints: the signed bytes.
    fn verified_by(&self, program: &Path, script: &str) -> Vec<u8> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let output = Command::new(program)
            .current_dir(root)
            .arg(format!("tests/signatures/{script}"))
            .arg(self.folder.path().join("opinion.json"))
            .arg(self.folder.path().join("authority.pem"))
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{script}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        output.stdout
    }
}

#[actix_web::test]
async fn two_foreign_programs_verify_what_an_expert_signed() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let hand = Hand::signed(&world).await;

        let signed = Signed::of(&hand, "submitter.cayenne", 0).await;
        let statement = signed.statement();
        assert_eq!(statement.content, opinion());
        assert_eq!(statement.signed_by.name, "expert breast");
        assert_eq!(statement.requested_by.laboratory, world.cayenne);
        assert_eq!(statement.slides.len(), 1);
        assert!(!statement.slides[0].readable, "the slide was excused");
        for (program, script) in [
            (python(), "verify.py"),
            (PathBuf::from("node"), "verify.mjs"),
        ] {
            let bytes = signed.verified_by(&program, script);
            let read: Statement = serde_json::from_slice(&bytes).unwrap();
            assert_eq!(read, statement, "{script}");
        }
    }
}

/// A clock that has gone on each time somebody looks.
struct Running(std::sync::atomic::AtomicI64);

impl relecture::domain::time::Clock for Running {
    fn now(&self) -> chrono::DateTime<chrono::Utc> {
        let looks = self.0.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        let start: chrono::DateTime<chrono::Utc> = START.parse().unwrap();
        start + chrono::Duration::seconds(looks)
    }
}

#[actix_web::test]
async fn the_first_opinion_of_an_exchange_is_signed_while_its_clock_goes_on() {
    for database in databases() {
        let mut world = World::on(database.url()).await;
        world.exchange = open(database.url(), std::sync::Arc::new(Running(0.into())));
        let hand = Hand::signed(&world).await;
        Signed::of(&hand, "submitter.cayenne", 0).await.statement();
    }
}

#[actix_web::test]
async fn a_clock_that_has_jumped_back_signs_nothing_and_loses_nothing() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let hand = Hand::accepted(&world).await;
        let draft = CommandBody::SaveOpinion(Box::new(opinion()));
        hand.does("expert.breast", draft).await.unwrap();
        // Before the case's last change, and then before the authority, which an earlier opinion made.
        for back in [chrono::Duration::hours(1), chrono::Duration::days(2)] {
            world.clock.advance(-back);
            let refused = hand.does("expert.breast", signed()).await;
            let Err(ServiceError::SigningUnavailable { reason, .. }) = refused else {
                panic!("{back}: {refused:?}");
            };
            assert_eq!(reason, "clock_behind");
            let seen = hand.seen_by("expert.breast").await.unwrap();
            assert!(seen.opinions.is_empty());
            assert_eq!(seen.opinion_draft, Some(opinion()));
            world.clock.advance(back);
        }
        hand.does("expert.breast", signed()).await.unwrap();
        let statement = Signed::of(&hand, "expert.breast", 0).await.statement();
        let start: chrono::DateTime<chrono::Utc> = START.parse().unwrap();
        assert!(statement.signed_at >= start);
    }
}

#[actix_web::test]
async fn a_signed_opinion_carries_no_patient() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let hand = Hand::accepted(&world).await;
        hand.does("expert.breast", self::signed()).await.unwrap();
        let signed = Signed::of(&hand, "expert.breast", 0).await;
        let text = serde_json::to_string(&signed.statement()).unwrap();
        for identifying in [
            "26H00123",
            "1971",
            "female",
            "Nodule du sein droit",
            "127.0.0.1",
        ] {
            assert!(!text.contains(identifying), "{identifying} in {text}");
        }
    }
}

#[actix_web::test]
async fn each_version_names_and_hashes_the_one_it_follows() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let hand = Hand::accepted(&world).await;
        let released = commands::Answered { opinion: opinion() };
        hand.does(
            "expert.breast",
            CommandBody::ReleasePreliminary(Box::new(released)),
        )
        .await
        .unwrap();
        hand.does("expert.breast", signed()).await.unwrap();
        let revised = commands::Revised {
            reason: "Coquille".into(),
            opinion: opinion(),
        };
        hand.does("expert.breast", CommandBody::Correct(Box::new(revised)))
            .await
            .unwrap();

        let document = hand.seen_by("submitter.cayenne").await.unwrap();
        let digests: Vec<_> = document
            .opinions
            .iter()
            .map(|version| version.signature_sha256.clone())
            .collect();
        assert_eq!(
            digests.iter().map(Option::is_some).collect::<Vec<_>>(),
            [false, true, true],
            "nobody signs a preliminary opinion"
        );
        let correction = Signed::of(&hand, "submitter.cayenne", 2).await.statement();
        let followed = correction.opinion.follows.unwrap();
        assert_eq!(followed.id.to_string(), document.opinions[1].id);
        assert_eq!(Some(followed.sha256), digests[1]);
        assert_eq!(correction.opinion.reason.as_deref(), Some("Coquille"));
    }
}

#[actix_web::test]
async fn what_mends_an_opinion_of_before_the_case_was_reopened_names_the_newest_version_and_belongs_to_that_opinion()
 {
    for database in databases() {
        let world = World::on(database.url()).await;
        let hand = Hand::signed(&world).await;
        world.away("expert.breast").await;
        let reopened = CommandBody::Reopen(crate::journey::reason("Nouvelle technique"));
        hand.does("submitter.cayenne", reopened).await.unwrap();
        for body in [CommandBody::Accept, signed()] {
            hand.does("expert.second", body).await.unwrap();
        }
        let revised = commands::Revised {
            reason: "Coquille".into(),
            opinion: opinion(),
        };
        hand.does("expert.breast", CommandBody::Correct(Box::new(revised)))
            .await
            .unwrap();

        let document = hand.seen_by("submitter.cayenne").await.unwrap();
        let correction = Signed::of(&hand, "submitter.cayenne", 2).await.statement();
        let named = correction.opinion;
        assert_eq!((named.version, named.cycle), (3, 1));
        let followed = named.follows.unwrap();
        assert_eq!(followed.id.to_string(), document.opinions[1].id);
        assert_eq!(
            Some(followed.sha256),
            document.opinions[1].signature_sha256,
            "no version can be lost unseen"
        );
        assert_eq!(correction.signed_by.person, document.opinions[0].signer.id);
        let printed = reports::printed(&hand, "submitter.cayenne", 2, Language::English).await;
        assert_eq!(printed.attached().len(), 3);
        assert!(
            printed
                .text()
                .contains("This correction replaces version 1:"),
            "{}",
            printed.text()
        );
        let examined = examining::examine(&world.exchange, printed.pdf.clone()).await;
        assert_eq!(examined.unwrap().pages, Some(true));
    }
}

#[actix_web::test]
async fn the_signed_form_is_for_those_who_may_read_the_opinion() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let hand = Hand::signed(&world).await;
        let document = hand.seen_by("expert.breast").await.unwrap();
        let opinion: OpinionId = document.opinions[0].id.parse().unwrap();
        for stranger in [
            "submitter.martinique",
            "expert.second",
            "coordinator.antilles",
            "auditor",
            "administrator",
        ] {
            let actor = hand.actor(stranger).await;
            let refused =
                signatures::signed_form(&world.exchange, &actor, document.id, opinion, "r").await;
            assert!(
                matches!(refused, Err(ServiceError::NotFound)),
                "{stranger}: {refused:?}"
            );
        }
    }
}

#[actix_web::test]
async fn a_key_serves_until_it_is_revoked_or_runs_out() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let hand = Hand::signed(&world).await;
        let certificate = async |version| {
            let signed = Signed::of(&hand, "expert.breast", version).await;
            let report = verify(signed.text.as_bytes(), Trust::default());
            assert!(report.holds(), "{report:?}");
            report.findings[2].said.clone()
        };
        let revise = async || {
            let revised = commands::Revised {
                reason: "Complément".into(),
                opinion: opinion(),
            };
            hand.does("expert.breast", CommandBody::AddAddendum(Box::new(revised)))
                .await
                .unwrap();
        };
        revise().await;
        assert_eq!(certificate(0).await, certificate(1).await, "one key serves");

        let expert = hand.actor("expert.breast").await.person;
        let now = relecture::store::micros(relecture::domain::time::Clock::now(&world.clock));
        let revoked = world
            .exchange
            .store
            .write(move |conn| relecture::store::signatures::revoke_keys(conn, expert, now))
            .await
            .unwrap();
        assert_eq!(revoked, 1);
        revise().await;
        assert_ne!(certificate(1).await, certificate(2).await, "it was revoked");

        world.clock.advance(chrono::Duration::days(2 * 365 + 1));
        revise().await;
        assert_ne!(certificate(2).await, certificate(3).await, "it has run out");
    }
}
