//! The demonstration network: loaded once, looked at over HTTP by each role.

use std::path::Path;

use diesel::{Connection as _, RunQueryDsl as _};
use serde_json::{Value, json};

use crate::support::program::{Machine, Program, wait_until_ready};
use crate::support::served::client;

const PASSWORD: &str = "lames-et-blocs-2026";

async fn served(machine: &Machine) -> (Program, String) {
    let mut program = machine.start(&[
        "demo",
        "--data-dir",
        "demo",
        "--listen",
        "127.0.0.1:0",
        "--cases",
        "90",
    ]);
    let line = program.line("demonstration network");
    let counts = program.seen.iter().find(|line| line.contains("  cases: "));
    assert!(
        counts.is_none_or(|counts| counts.contains(" offered")),
        "something is offered whatever the hour: {counts:?}"
    );
    let address = format!("http{}", line.split_once("http").expect("an address").1);
    wait_until_ready(&address).await;
    (program, address)
}

async fn login(address: &str, login: &str) -> String {
    let answer = client()
        .post(format!("{address}/api/v1/session"))
        .json(&json!({ "login": login, "password": PASSWORD }))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200, "{login}");
    let tokens: Value = answer.json().await.unwrap();
    tokens["access_token"].as_str().unwrap().to_owned()
}

async fn get(address: &str, token: &str, path: &str) -> Value {
    let answer = client()
        .get(format!("{address}/api/v1{path}"))
        .bearer_auth(token)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200, "{path}");
    let policy = "\"person\";q=5000;w=60";
    assert_eq!(
        answer.headers()["ratelimit-policy"],
        policy,
        "as it was set"
    );
    answer.json().await.unwrap()
}

#[actix_web::test]
async fn every_role_logs_in_and_finds_work_and_the_slide_opens() {
    let machine = Machine::new().with("limits.requests_per_minute", "5000");
    let (mut program, address) = served(&machine).await;
    for role in [
        "submitter",
        "expert",
        "coordinator",
        "auditor",
        "administrator",
    ] {
        let line = program.line(&format!("  {role} "));
        let login_ = line.split_whitespace().nth(1).expect("a login");
        let token = login(&address, login_).await;
        assert_eq!(get(&address, &token, "/me").await["login"], login_);
        if ["submitter", "expert", "coordinator"].contains(&role) {
            let cases = get(&address, &token, "/cases").await;
            assert!(
                !cases["items"].as_array().unwrap().is_empty(),
                "{role}: {cases}"
            );
        }
    }
    for (path, media_type) in [
        ("dz/cmu-1-small-region.dzi", "application/xml"),
        ("dz/cmu-1-small-region_files/12/4_6.jpeg", "image/jpeg"),
        ("iiif/cmu-1-small-region/info.json", "application/ld+json"),
        (
            "iiif/cmu-1-small-region/0,0,240,240/240,240/0/default.jpg",
            "image/jpeg",
        ),
        (
            "iiif/cmu-1-small-region/full/max/0/default.jpg",
            "image/jpeg",
        ),
    ] {
        let answer = client()
            .get(format!("{address}/demo-slides/{path}"))
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        let found = answer.headers()["content-type"]
            .to_str()
            .unwrap()
            .to_owned();
        assert!(found.starts_with(media_type), "{path}: {found}");
    }
    // Somebody else keeps off a folder that is in use.
    let said = machine.run(&[
        "demo",
        "--data-dir",
        "demo",
        "--listen",
        "127.0.0.1:0",
        "--load-only",
    ]);
    assert!(said.code == 1 && said.err.contains("in use"), "{said:?}");
    let taken = address.trim_start_matches("http://");
    let said = machine.run(&["demo", "--data-dir", "other", "--listen", taken]);
    assert!(said.code == 1 && said.err.contains("--listen"), "{said:?}");
    program.signal("INT");
    let (status, said) = program.ended();
    assert!(status.success(), "{said:#?}");
    // The next run finds everything, at another address.
    let (program, again) = served(&machine).await;
    assert_ne!(again, address);
    program.signal("TERM");
    let (status, said) = program.ended();
    assert!(status.success(), "{said:#?}");
    assert!(
        said.iter().all(|line| !line.contains("Loading")),
        "{said:#?}"
    );
}

#[test]
fn a_load_that_was_cut_short_is_begun_again_and_another_seed_is_not_mixed_in() {
    let machine = Machine::new();
    let demo = |more: &[&str]| {
        let all = [
            "demo",
            "--data-dir",
            "demo",
            "--listen",
            "127.0.0.1:0",
            "--load-only",
            "--cases",
            "3",
        ];
        machine.run(&[&all as &[&str], more].concat())
    };
    std::fs::create_dir_all(machine.path("demo")).unwrap();
    machine.file("demo/demo.db", "cut in the middle");
    machine.file("demo/notes.txt", "mine");
    let said = demo(&[]);
    assert!(said.code == 0 && said.out.contains("cases:"), "{said:?}");
    assert!(
        machine.path("demo/notes.txt").exists(),
        "what is not ours is left alone"
    );
    let said = demo(&[]);
    assert!(said.code == 0 && !said.out.contains("cases:"), "{said:?}");
    let said = demo(&["--seed", "2"]);
    assert!(said.code == 1 && said.err.contains("seed 1"), "{said:?}");
}

/// What two loads must have in common: who is there, every case and everything that happened to it. What differs are secrets (hashes
/// of passwords, seals, signatures) and the address of the slides, which are served wherever a port was free.
const COMMON: [&str; 6] = [
    "SELECT id || login || display_name || coalesce(rpps, '') AS line FROM people ORDER BY id",
    "SELECT id || reference || state || version || laboratory_id || network_id || coalesce(expert_id, '') || question || content \
     || cycle || coalesce(submitted_at, 0) || coalesce(due_at, 0) AS line FROM cases ORDER BY id",
    "SELECT id || case_id || version || at || command || coalesce(actor_id, '') || state || clock || facts AS line FROM case_events \
     ORDER BY case_id, version",
    "SELECT id || case_id || state || expires_at AS line FROM assignments ORDER BY id",
    "SELECT id || case_id || kind || signer_id || signed_at || content AS line FROM opinions ORDER BY id",
    "SELECT id || topic || run_at || state AS line FROM outbox ORDER BY id",
];

fn dump(database: &Path) -> Vec<String> {
    #[derive(diesel::QueryableByName)]
    struct Line {
        #[diesel(sql_type = diesel::sql_types::Text)]
        line: String,
    }
    let path = database.to_str().expect("a UTF-8 path");
    let mut conn = diesel::SqliteConnection::establish(path).expect("a database");
    let rows = COMMON.iter().flat_map(|query| {
        let lines: Vec<Line> = diesel::sql_query(*query).load(&mut conn).expect(query);
        assert!(!lines.is_empty(), "{query}");
        lines
    });
    rows.map(|row| row.line).collect()
}

#[test]
fn the_same_seed_and_end_give_the_same_network() {
    let machine = Machine::new();
    let load = |folder: &str, seed: &str| {
        machine.done(&[
            "demo",
            "--load-only",
            "--listen",
            "127.0.0.1:0",
            "--cases",
            "40",
            "--until",
            "2026-11-24T12:00:00Z",
            "--data-dir",
            folder,
            "--seed",
            seed,
        ]);
        dump(&machine.path(folder).join("demo.db"))
    };
    let (one, again, other) = (load("one", "1"), load("again", "1"), load("other", "2"));
    let difference = one.iter().zip(&again).find(|(one, again)| one != again);
    assert_eq!(difference, None);
    assert_eq!(one.len(), again.len());
    assert_ne!(one, other);
}
