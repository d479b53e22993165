//! The transparency log, read as a stranger reads it: everything that was signed is in it once, and nothing can be taken back.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ct_merkle::ConsistencyProof;
use ct_merkle::mem_backed_tree::MemoryBackedTree;
use futures_util::future::join_all;
use relecture::clock::SystemIds;
use relecture::domain::ids::{IdGenerator as _, OpinionId};
use relecture::service::transparency::{self, Continued};
use relecture::service::{bundle, jobs};
use relecture::signing::transparency::signed_tree;
use relecture::store::StoreError;
use relecture::store::transparency as rows;
use sha2::{Digest as _, Sha256};

use crate::journey::{Hand, databases, run_due_jobs};
use crate::support::database::TestDatabase;
use crate::support::exchange::{World, open};
use crate::support::served::{Served, client};

async fn opinion_of(hand: &Hand<'_>) -> OpinionId {
    let seen = hand.seen_by("expert.breast").await.unwrap();
    seen.opinions[0].id.parse().unwrap()
}

/// A stranger's answer: status, media type, how long it may be kept, and the bytes.
async fn get(served: &Served, path: &str) -> (u16, String, String, Vec<u8>) {
    let address = format!("{}/log{path}", served.address);
    let answer = client().get(address).send().await.unwrap();
    let header = |name: &str| {
        let value = answer.headers().get(name);
        value.map_or("", |value| value.to_str().unwrap()).to_owned()
    };
    let (kind, kept) = (header("content-type"), header("cache-control"));
    let status = answer.status().as_u16();
    (status, kind, kept, answer.bytes().await.unwrap().to_vec())
}

async fn text(served: &Served, path: &str) -> String {
    let (status, kind, kept, body) = get(served, path).await;
    assert_eq!(status, 200);
    assert_eq!(kind, "text/plain; charset=utf-8");
    assert_eq!(kept, "no-cache");
    String::from_utf8(body).unwrap()
}

async fn part(served: &Served, path: &str) -> Vec<u8> {
    let (status, kind, kept, body) = get(served, path).await;
    assert_eq!(status, 200, "{path}");
    assert_eq!(kind, "application/octet-stream");
    assert!(kept.contains("immutable"), "{kept}");
    body
}

/// Has other versions wait for their places too, as many experts would.
async fn others_sign(world: &World, versions: i32) {
    world
        .exchange
        .store
        .write(move |conn| {
            for number in 0..versions {
                let id = SystemIds.next();
                diesel::RunQueryDsl::execute(
                    diesel::sql_query(format!(
                        "INSERT INTO opinions SELECT '{id}', case_id, (SELECT max(version) + 1 FROM opinions), kind, cycle, \
                         content, sha256, follows_id, reason, signer_id, signed_at FROM opinions WHERE version = 1"
                    )),
                    conn,
                )?;
                let entry: [u8; 32] = Sha256::digest(number.to_be_bytes()).into();
                let row = rows::SaltRow {
                    opinion_id: id.to_string(),
                    salt: Some(vec![0; 32]),
                    entry: Some(entry.to_vec()),
                    position: None,
                };
                rows::insert_salt(conn, &row)?;
            }
            Ok::<_, StoreError>(())
        })
        .await
        .unwrap();
}

/// The tree that another author makes of all the entries a stranger can read.
async fn read_whole(served: &Served, size: u64) -> MemoryBackedTree<Sha256, Vec<u8>> {
    let mut tree = MemoryBackedTree::new();
    for bundle in 0..size.div_ceil(256) {
        let width = (size - bundle * 256).min(256);
        let name = match width {
            256 => format!("{bundle:03}"),
            width => format!("{bundle:03}.p/{width}"),
        };
        let entries = part(served, &format!("/tile/entries/{name}")).await;
        let hashes = part(served, &format!("/tile/0/{name}")).await;
        let entries: Vec<&[u8]> = entries.chunks(34).collect();
        assert_eq!(
            (entries.len() as u64, hashes.len() as u64),
            (width, width * 32)
        );
        for (entry, hash) in entries.into_iter().zip(hashes.chunks(32)) {
            assert_eq!(entry[..2], [0, 32], "each with its length before it");
            let leaf: [u8; 32] = Sha256::digest([&[0], &entry[2..]].concat()).into();
            assert_eq!(leaf[..], *hash);
            tree.push(entry[2..].to_vec());
        }
    }
    tree
}

#[actix_web::test]
async fn a_stranger_reads_the_whole_log_and_finds_what_it_signed() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let served = Served::start(&world);
        let key = text(&served, "/key").await;
        let key = key.trim_end();
        assert!(key.starts_with("127.0.0.1:8080/log+"), "{key}");
        let empty = text(&served, "/checkpoint").await;
        assert_eq!(signed_tree(&empty, key).unwrap().size, 0);

        let hand = Hand::signed(&world).await;
        assert_eq!(
            text(&served, "/checkpoint").await,
            empty,
            "its place comes soon after"
        );
        run_due_jobs(&world).await;
        let first = text(&served, "/checkpoint").await;
        assert_eq!(signed_tree(&first, key).unwrap().size, 1);
        others_sign(&world, 600).await;
        transparency::append(&world.exchange).await.unwrap();
        let newest = text(&served, "/checkpoint").await;
        let signed = signed_tree(&newest, key).unwrap();
        assert_eq!(signed.size, 601);
        let tree = read_whole(&served, signed.size).await;
        assert_eq!(tree.root().as_bytes()[..], signed.root.0);
        assert_eq!(part(&served, "/tile/1/000.p/2").await.len(), 64);
        for nowhere in [
            "/tile/0/002",
            "/tile/0/002.p/90",
            "/tile/0/003.p/1",
            "/tile/1/000.p/3",
            "/tile/2/000.p/1",
            "/tile/64/000",
            "/tile/0/000.p/0",
            "/tile/entries/002",
            "/tile/entries/x999/x999/x999/x999/x999/999",
            "/tile/../checkpoint/",
            "/tile/",
            "/",
        ] {
            assert_eq!(get(&served, nowhere).await.0, 404, "{nowhere}");
        }

        // Whoever kept a checkpoint learns that the log goes on from it.
        let exchange = &world.exchange;
        let found = transparency::continues(exchange, first.clone()).await;
        assert_eq!(found.unwrap(), Ok(Continued { then: 1, now: 601 }));
        // And so does who asks for the proof and looks it over with another author's program.
        let proof = text(&served, "/consistency/1").await;
        let (head, checkpoint) = proof.split_once("\n\n").unwrap();
        assert_eq!(checkpoint, newest);
        let hashes: Vec<u8> = head
            .lines()
            .skip(1)
            .flat_map(|line| STANDARD.decode(line).unwrap())
            .collect();
        let then: MemoryBackedTree<Sha256, Vec<u8>> = read_whole(&served, 1).await;
        let way = ConsistencyProof::try_from_bytes(hashes).unwrap();
        let now = tree.root();
        now.verify_consistency(&then.root(), &way).unwrap();
        for nowhere in ["602", "01", "-1", "1/", "", "18446744073709551616"] {
            let place = format!("/consistency/{nowhere}");
            assert_eq!(get(&served, &place).await.0, 404, "{nowhere}");
        }

        let forged = transparency::continues(exchange, first.replace("\n1\n", "\n2\n")).await;
        assert!(forged.unwrap().unwrap_err().contains("not signed"));
        // What the pages of a bundle prove is what the stranger has read.
        let opinion = opinion_of(&hand).await;
        let actor = hand.actor("submitter.cayenne").await;
        let zip = bundle::of(exchange, &actor, hand.case, opinion, "r").await;
        let zip = String::from_utf8_lossy(&zip.unwrap()).into_owned();
        assert!(zip.contains("index 0\n") && zip.contains(newest.lines().nth(2).unwrap()));
    }
}

#[actix_web::test]
async fn instances_that_enter_at_once_enter_everything_once() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let _hand = Hand::signed(&world).await;
        others_sign(&world, 300).await;
        // Another instance on PostgreSQL; SQLite has one.
        let other = match &database {
            TestDatabase::Postgres(_) => open(database.url(), Arc::new(world.clock.clone())),
            TestDatabase::Sqlite(_) => world.exchange.clone(),
        };
        let both = [&world.exchange, &other];
        let entering = both
            .iter()
            .cycle()
            .take(8)
            .map(|one| jobs::run(one, jobs::Job::EnterLog));
        for entered in join_all(entering).await {
            entered.unwrap();
        }
        let served = Served::start(&world);
        let key = text(&served, "/key").await;
        let checkpoint = text(&served, "/checkpoint").await;
        let signed = signed_tree(&checkpoint, key.trim_end()).unwrap();
        assert_eq!(signed.size, 301);
        let tree = read_whole(&served, signed.size).await;
        assert_eq!(tree.root().as_bytes()[..], signed.root.0);
    }
}

#[actix_web::test]
async fn the_database_lets_nobody_take_back_what_the_log_has_signed() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let _hand = Hand::signed(&world).await;
        run_due_jobs(&world).await;
        for statement in [
            "UPDATE transparency_tiles SET level = 1",
            "UPDATE transparency_tiles SET number = 1",
            "UPDATE transparency_tiles SET hashes = (SELECT salt FROM transparency_salts)",
            "DELETE FROM transparency_tiles",
            "UPDATE transparency_log SET size = 0",
            "UPDATE transparency_log SET origin = 'elsewhere'",
            "DELETE FROM transparency_log",
        ] {
            let changed = world.exchange.store.write(move |conn| {
                use diesel::RunQueryDsl as _;
                Ok::<_, StoreError>(diesel::sql_query(statement).execute(conn)?)
            });
            let error = changed.await.expect_err(statement).to_string();
            let refused = ["append-only", "only grow"];
            assert!(
                refused.iter().any(|said| error.contains(said)),
                "{statement}: {error}"
            );
        }
    }
}

#[actix_web::test]
async fn what_was_signed_before_there_was_a_log_is_entered_once() {
    for database in databases() {
        let world = World::on(database.url()).await;
        let hand = Hand::signed(&world).await;
        world.alter("DELETE FROM transparency_salts").await;
        world
            .alter("DELETE FROM outbox WHERE payload LIKE '%enter_log%'")
            .await;
        let (store, core) = (&world.exchange.store, &world.exchange.core);
        for expected in [1, 0] {
            let entered = transparency::complete(store, Arc::clone(core)).await;
            assert_eq!(entered.unwrap(), expected);
        }
        let opinion = opinion_of(&hand).await;
        let row = store.read(move |conn| rows::salt(conn, &opinion)).await;
        assert_eq!(row.unwrap().unwrap().position, Some(0));
    }
}
