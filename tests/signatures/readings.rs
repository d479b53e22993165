//! The readings of a panel beside the consensus that was written over them: each is proven like an opinion, and none can be left out.

use std::collections::BTreeMap;
use std::io::{Cursor, Read as _, Write as _};
use std::path::Path;
use std::sync::Arc;

use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, PgConnection, SqliteConnection};
use relecture::clock::SystemClock;
use relecture::domain::commands::{self, CommandBody};
use relecture::domain::ids::OpinionId;
use relecture::report::bundle::verification::{BundleCheck, verify_bundle};
use relecture::service::documents::TimestampDocument;
use relecture::service::panel_documents::{self, ReadingDocument};
use relecture::service::{bundle, cases, examining, jobs, transparency};
use relecture::signing::verification::{Trust, verify};
use relecture::store::connection::migrate;
use relecture::store::transparency as rows;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use super::bundles;
use super::stamps::{ask_from_now_on, is_asked_for};
use crate::journey::{Hand, databases, opinion};
use crate::support::database::TestDatabase;
use crate::support::exchange::{World, key, open};
use crate::support::readers::joins_pool;
use crate::support::tsa::Tsa;

pub const SECOND: &str = "reader.second";

fn says(word: &str) -> Box<commands::Answered> {
    let mut opinion = opinion();
    opinion.conclusion = format!("Conclusion {word}.");
    Box::new(commands::Answered { opinion })
}

/// A case that two experts read, each alone, and the consensus that the first one signed over both readings.
pub async fn consensus(world: &World) -> (Hand<'_>, OpinionId) {
    let submitter = world.actor("submitter.cayenne@example.org").await;
    let mut content = world.excused_content();
    content.pre_authorisations.panel = true;
    let drafted = cases::create(
        &world.exchange,
        &submitter,
        world.cayenne,
        content,
        key(),
        "r",
    );
    let case = drafted.await.expect("a draft is written").case;
    let hand = Hand { world, case };
    hand.does("submitter.cayenne", CommandBody::Submit)
        .await
        .expect("sent");
    hand.does("expert.breast", CommandBody::Accept)
        .await
        .expect("accepted");
    joins_pool(world, SECOND, None).await;
    let second = hand.actor(SECOND).await.person;
    let convene = commands::Convene {
        readers: vec![second],
        reason: "Tumeur rare".into(),
    };
    hand.does("coordinator.antilles", CommandBody::Convene(convene))
        .await
        .expect("convened");
    for (login, body) in [
        (SECOND, CommandBody::JoinPanel),
        (SECOND, CommandBody::SignReading(says("second"))),
        ("expert.breast", CommandBody::SignReading(says("chair"))),
        ("expert.breast", CommandBody::Sign(says("consensus"))),
    ] {
        hand.does(login, body).await.expect(login);
    }
    let seen = hand.seen_by("expert.breast").await.unwrap();
    (hand, seen.opinions[0].id.parse().unwrap())
}

async fn readings(hand: &Hand<'_>) -> Vec<ReadingDocument> {
    let seen = hand.seen_by("submitter.cayenne").await.unwrap();
    let seats = seen.panels[0].seats.iter();
    seats.filter_map(|seat| seat.reading.clone()).collect()
}

pub async fn zipped(hand: &Hand<'_>, opinion: OpinionId) -> Vec<u8> {
    let actor = hand.actor("submitter.cayenne").await;
    let exchange = &hand.world().exchange;
    let zip = bundle::of(exchange, &actor, hand.case, opinion, "r");
    zip.await.unwrap()
}

pub type Files = BTreeMap<String, Vec<u8>>;

pub fn files(zip: &[u8]) -> Files {
    let mut read = ZipArchive::new(Cursor::new(zip)).unwrap();
    let each = (0..read.len()).map(|at| {
        let mut file = read.by_index(at).unwrap();
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).unwrap();
        (file.name().unwrap().into_owned(), bytes)
    });
    each.collect()
}

pub fn packed(files: &Files) -> Vec<u8> {
    let mut made = ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (name, bytes) in files {
        made.start_file(name.as_str(), stored).unwrap();
        made.write_all(bytes).unwrap();
    }
    made.finish().unwrap().into_inner()
}

/// Why a bundle of these files does not hold.
pub fn refused(files: &Files) -> (BundleCheck, String) {
    let found = verify_bundle(&packed(files), Trust::default(), None, None).unwrap();
    assert!(!found.opinion_holds());
    let failure = found.failure().expect("something failed");
    (failure.check, failure.said.clone())
}

#[actix_web::test]
async fn a_reading_is_stamped_entered_and_beside_the_consensus() {
    let tsa = Tsa::start();
    for database in databases() {
        let mut world = World::on(database.url()).await;
        world.exchange = open(database.url(), Arc::new(SystemClock));
        ask_from_now_on(&mut world, Some(tsa.stamper("honest")));
        let (hand, opinion) = consensus(&world).await;
        let actor = hand.actor("submitter.cayenne").await;
        let exchange = &world.exchange;
        let read = readings(&hand).await;
        assert_eq!(read.len(), 2);
        for one in &read {
            let id: OpinionId = one.id.parse().unwrap();
            assert!(matches!(one.timestamp, Some(TimestampDocument::Pending)));
            assert!(is_asked_for(&world, id).await);
            let entry = exchange.store.read(move |conn| rows::salt(conn, &id)).await;
            assert!(entry.unwrap().is_some(), "with the signature");
            let plain = panel_documents::signed_form(exchange, &actor, hand.case, id, "r").await;
            jobs::run(exchange, jobs::Job::Timestamp { opinion: id })
                .await
                .unwrap();
            let stamped = panel_documents::signed_form(exchange, &actor, hand.case, id, "r").await;
            let (plain, stamped) = (plain.unwrap(), stamped.unwrap());
            assert_ne!(plain, stamped);
            let trusted = tsa.trusted();
            let trust = Trust {
                authorities: None,
                time_authorities: Some(&trusted),
            };
            let report = verify(stamped.as_bytes(), trust);
            assert!(report.holds() && report.timestamp.is_some(), "{report:?}");
        }
        for one in readings(&hand).await {
            assert!(matches!(
                one.timestamp,
                Some(TimestampDocument::Stamped { .. })
            ));
        }

        // Openssl, jose and the script find the same as we do.
        let proof = bundles::bundle(&hand, opinion).await;
        for readme in ["README.txt", "LISEZMOI.txt"] {
            assert_eq!(proof.follow(readme), 7 + 2 * 6 + 1, "{readme}");
        }
        let zip = zipped(&hand, opinion).await;
        let found = verify_bundle(&zip, Trust::default(), None, None).unwrap();
        assert!(found.holds(), "{:?}", found.failure());
        assert_eq!(found.readings.len(), 2);
        let both = |one: &_| {
            let one: &examining::ReadingFound = one;
            one.timestamp.is_some() && one.logged.is_some()
        };
        assert!(found.readings.iter().all(both), "{:?}", found.readings);
        let examined = examining::examine(exchange, zip).await.unwrap();
        assert!(examined.statement.is_some(), "{examined:?}");
        assert_eq!(examined.readings.len(), 2);
    }
}

#[actix_web::test]
async fn a_reading_that_is_missing_exchanged_or_altered_is_refused_by_name() {
    let database = TestDatabase::sqlite();
    let world = World::on(database.url()).await;
    let (hand, opinion) = consensus(&world).await;
    let sound = files(&zipped(&hand, opinion).await);

    let mut missing = sound.clone();
    missing.retain(|name, _| !name.starts_with("readings/2/"));
    let (check, said) = refused(&missing);
    assert_eq!(check, BundleCheck::Readings);
    assert!(said.contains("the reading of seat 2 is missing"), "{said}");

    let mut exchanged = Files::new();
    for (name, bytes) in &sound {
        let other = match name.strip_prefix("readings/1/") {
            Some(rest) => format!("readings/2/{rest}"),
            None => name.replace("readings/2/", "readings/1/"),
        };
        exchanged.insert(other, bytes.clone());
    }
    let (check, said) = refused(&exchanged);
    assert_eq!(check, BundleCheck::Readings);
    let expected = "readings/1/opinion.json is not the reading that the opinion names";
    assert_eq!(said, expected);
    assert!(!runs_through(&exchanged), "the script finds it too");
    assert!(!runs_through(&missing), "and that one is missing");
    assert!(runs_through(&sound));

    let mut others_proof = sound.clone();
    let proof = sound["readings/2/opinion.tlog-proof"].clone();
    others_proof.insert("readings/1/opinion.tlog-proof".into(), proof);
    let (check, said) = refused(&others_proof);
    assert_eq!(check, BundleCheck::Readings);
    assert!(said.starts_with("readings/1/opinion.tlog-proof"), "{said}");
    assert!(!runs_through(&others_proof));

    let mut more = sound.clone();
    let form = sound["readings/1/opinion.json"].clone();
    more.insert("readings/3/opinion.json".into(), form);
    let (check, said) = refused(&more);
    assert_eq!(check, BundleCheck::Copies);
    assert!(said.starts_with("readings/3/opinion.json"), "{said}");
    assert!(!runs_through(&more));

    // A flipped bit anywhere in what belongs to a reading is found, in that file or in the one that it is a part of.
    for (name, bytes) in sound
        .iter()
        .filter(|(name, _)| name.starts_with("readings/1/"))
    {
        for at in (0..bytes.len()).step_by(bytes.len() / 12 + 1) {
            let mut altered = sound.clone();
            altered.get_mut(name).unwrap()[at] ^= 1;
            let (_, said) = refused(&altered);
            assert!(said.contains("readings/1/"), "{name}, byte {at}: {said}");
        }
    }
}

/// Whether the script that lies in the bundle finds nothing wrong.
pub fn runs_through(files: &Files) -> bool {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        let place = folder.path().join(name);
        std::fs::create_dir_all(place.parent().unwrap()).unwrap();
        std::fs::write(place, bytes).unwrap();
    }
    let mut script = std::process::Command::new("node");
    script.arg("verify-log.mjs").current_dir(folder.path());
    script.output().unwrap().status.success()
}

#[actix_web::test]
async fn readings_of_before_are_kept_and_entered_by_the_migration() {
    // The newest one first.
    const SINCE: [(&str, &str); 2] = [
        ("20261128000351", "2026-11-28-000351_panel_positions"),
        ("20261128000350", "2026-11-28-000350_readings_signed"),
    ];
    for database in databases() {
        let world = World::on(database.url()).await;
        let (hand, opinion) = consensus(&world).await;
        let before = readings(&hand).await;
        // Back to how it was, and on again.
        let system = match &database {
            TestDatabase::Sqlite(_) => "sqlite",
            TestDatabase::Postgres(_) => "postgresql",
        };
        let migrations = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
        let mut back = String::new();
        for (version, name) in SINCE {
            let down = migrations.join(system).join(name).join("down.sql");
            back.push_str(&std::fs::read_to_string(down).unwrap());
            back.push_str(&format!(
                "DELETE FROM __diesel_schema_migrations WHERE version = '{version}';"
            ));
        }
        let back = format!("BEGIN; {back} COMMIT;");
        match &database {
            TestDatabase::Sqlite(sqlite) => {
                SqliteConnection::establish(sqlite.path.to_str().unwrap())
                    .unwrap()
                    .batch_execute(&back)
            }
            TestDatabase::Postgres(postgres) => PgConnection::establish(&postgres.url)
                .unwrap()
                .batch_execute(&back),
        }
        .unwrap();
        assert_eq!(migrate(database.url()).unwrap().len(), SINCE.len());
        let again = open(database.url(), Arc::new(world.clock.clone()));
        let core = Arc::clone(&again.core);
        let entered = transparency::complete(&again.store, core).await.unwrap();
        assert_eq!(entered, 2, "both readings, and not the opinion again");

        let after = readings(&hand).await;
        let hashes = |all: &[ReadingDocument]| -> Vec<String> {
            all.iter().map(|one| one.signature_sha256.clone()).collect()
        };
        assert_eq!(hashes(&before), hashes(&after));
        let actor = hand.actor("submitter.cayenne").await;
        let zip = bundle::of(&again, &actor, hand.case, opinion, "r").await;
        let found = verify_bundle(&zip.unwrap(), Trust::default(), None, None).unwrap();
        assert!(found.holds(), "{:?}", found.failure());
        assert!(found.readings.iter().all(|one| one.logged.is_some()));
    }
}
