//! The demonstration network: loaded once, looked at over HTTP by each role.

use std::collections::BTreeSet;

use diesel::{Connection as _, RunQueryDsl as _};
use relecture::domain::cases::CaseState;
use relecture::domain::territories::Reference;
use relecture::domain::text_enum::TextEnum as _;
use serde_json::{Value, json};

use crate::support::database::TestDatabase;
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
const COMMON: [&str; 8] = [
    "SELECT id || login || display_name || coalesce(rpps, '') AS line FROM people ORDER BY id",
    "SELECT id || reference || state || version || laboratory_id || network_id || coalesce(expert_id, '') || question || content \
     || cycle || coalesce(submitted_at, 0) || coalesce(due_at, 0) AS line FROM cases ORDER BY id",
    "SELECT id || case_id || version || at || command || coalesce(actor_id, '') || state || clock || facts AS line FROM case_events \
     ORDER BY case_id, version",
    "SELECT id || case_id || state || expires_at AS line FROM assignments ORDER BY id",
    "SELECT id || case_id || kind || signer_id || signed_at || content AS line FROM opinions ORDER BY id",
    "SELECT id || topic || run_at || state AS line FROM outbox ORDER BY id",
    "SELECT id || person_id || slide_id || opened_at || seconds AS line FROM slide_views ORDER BY id",
    "SELECT id || network_id || expert_id || starts_at || ends_at AS line FROM duties ORDER BY id",
];

#[derive(diesel::QueryableByName)]
struct Line {
    #[diesel(sql_type = diesel::sql_types::Text)]
    line: String,
}

/// What a query finds, in an order that no database chooses.
fn lines(url: &str, query: &str) -> Vec<String> {
    let asked = diesel::sql_query(query);
    let found: Vec<Line> = match url.strip_prefix("sqlite:") {
        Some(path) => asked.load(&mut diesel::SqliteConnection::establish(path).expect("a file")),
        None => asked.load(&mut diesel::PgConnection::establish(url).expect("a server")),
    }
    .expect(query);
    let mut lines: Vec<String> = found.into_iter().map(|row| row.line).collect();
    lines.sort_unstable();
    lines
}

fn dump(url: &str) -> Vec<String> {
    let all = COMMON.iter().flat_map(|query| {
        let lines = lines(url, query);
        assert!(!lines.is_empty(), "{query}");
        lines
    });
    all.collect()
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
        dump(&format!(
            "sqlite:{}",
            machine.path(folder).join("demo.db").display()
        ))
    };
    let (one, again, other) = (load("one", "1"), load("again", "1"), load("other", "2"));
    let difference = one.iter().zip(&again).find(|(one, again)| one != again);
    assert_eq!(difference, None);
    assert_eq!(one.len(), again.len());
    assert_ne!(one, other);
}

/// Where the demonstration has laboratories: every overseas territory, and the mainland.
const TERRITORIES: [&str; 12] = [
    "BL", "FR", "FR-GF", "FR-GP", "FR-MQ", "FR-RE", "FR-YT", "MF", "NC", "PF", "PM", "WF",
];

/// Loads the demonstration into a database.
fn load_into(machine: &Machine, folder: &str, database: &TestDatabase, more: &[&str]) {
    let all = [
        "demo",
        "--load-only",
        "--listen",
        "127.0.0.1:0",
        "--until",
        "2026-11-24T12:00:00Z",
        "--data-dir",
        folder,
        "--database-url",
        database.url(),
    ];
    machine.done(&[&all as &[&str], more].concat());
}

/// What is told of the demonstration holds for what the program loads when nobody says otherwise.
#[test]
fn the_demonstration_has_every_territory_every_state_and_every_field() {
    let (machine, database) = (Machine::new(), TestDatabase::sqlite());
    load_into(&machine, "demo", &database, &[]);
    promises(database.url());
}

/// With half as many cases, for the sake of time.
#[test]
fn the_demonstration_is_the_same_on_both_databases() {
    let machine = Machine::new();
    let half = ["--cases", "210"];
    let loaded = TestDatabase::both().map(|database| {
        let folder = match &database {
            TestDatabase::Sqlite(_) => "file",
            TestDatabase::Postgres(_) => "server",
        };
        load_into(&machine, folder, &database, &half);
        dump(database.url())
    });
    let [one, other] = &loaded;
    let difference = one.iter().zip(other).find(|(one, other)| one != other);
    assert_eq!(difference, None);
    assert_eq!(one.len(), other.len());
}

fn promises(url: &str) {
    let different = |query: &str| -> BTreeSet<String> { lines(url, query).into_iter().collect() };
    let named = |names: &[&str]| -> BTreeSet<String> {
        names.iter().map(|one| (*one).to_owned()).collect()
    };
    let sent = different("SELECT territory AS line FROM cases WHERE submitted_at IS NOT NULL");
    assert_eq!(sent, named(&TERRITORIES), "cases come from everywhere");
    let states: Vec<&str> = CaseState::ALL.iter().map(|state| state.as_str()).collect();
    assert_eq!(different("SELECT state AS line FROM cases"), named(&states));

    let reference = Reference::embedded().expect("reference data");
    let fields: BTreeSet<String> = reference
        .subspecialty_codes()
        .iter()
        .map(ToString::to_string)
        .collect();
    let experts = different("SELECT primary_subspecialty AS line FROM expert_profiles");
    assert_eq!(experts, fields, "somebody's own field is each of them");
    // Every case is one of the published ones: what is asked, and what was answered.
    let file: Value =
        serde_json::from_str(include_str!("../../data/demo/cases.json")).expect("the cases");
    let stories = file["cases"].as_array().expect("a list");
    let of = |name: &str| -> BTreeSet<String> {
        let texts = stories
            .iter()
            .map(|story| story[name].as_str().expect("a text").to_owned());
        texts.collect()
    };
    let asked = different("SELECT question AS line FROM cases");
    assert_eq!(
        asked,
        of("question"),
        "each of the published cases is there"
    );
    assert_eq!(
        different("SELECT coalesce(subspecialty, '') AS line FROM cases"),
        of("subspecialty")
    );
    let signed = lines(
        url,
        "SELECT content AS line FROM opinions WHERE kind = 'opinion'",
    );
    assert!(signed.len() > 200, "{}", signed.len());
    let (microscopies, conclusions) = (of("microscopy"), of("conclusion"));
    for opinion in signed {
        let opinion: Value = serde_json::from_str(&opinion).expect("an opinion");
        let told = |name: &str| opinion[name].as_str().expect("a text").to_owned();
        assert!(microscopies.contains(&told("microscopy")), "{opinion}");
        assert!(conclusions.contains(&told("conclusion")), "{opinion}");
    }
    let unread = lines(
        url,
        "SELECT slide_id AS line FROM slide_links JOIN slides ON slides.id = slide_id JOIN cases ON cases.id = case_id WHERE submitted_at IS NOT NULL AND (facts IS NULL OR failure IS NOT NULL)",
    );
    assert_eq!(unread, [""; 0], "every slide was opened");
    let blind = "SELECT o.id AS line FROM opinions o WHERE o.kind = 'opinion' AND NOT EXISTS \
                 (SELECT 1 FROM slide_views v WHERE v.case_id = o.case_id AND v.person_id = o.signer_id AND v.seconds > 0)";
    assert_eq!(lines(url, blind), [""; 0], "who signed had looked");
    // Panels that are concluded, that lie open, in which somebody has signed alone, and that wait for an answer.
    let revealed = |state: &str| {
        let of = "SELECT p.id AS line FROM panels p JOIN cases c ON c.id = p.case_id WHERE p.revealed_at IS NOT NULL AND c.state";
        lines(url, &format!("{of} {state}")).len()
    };
    let (open, concluded) = (
        revealed("= 'accepted'"),
        revealed("IN ('signed', 'acknowledged', 'closed')"),
    );
    assert!(
        open > 0 && concluded > 0,
        "{open} panels wait for a consensus, {concluded} have one"
    );
    for state in ["invited", "signed"] {
        let waiting = format!(
            "SELECT s.panel_id AS line FROM panel_seats s JOIN panels p ON p.id = s.panel_id \
             WHERE s.state = '{state}' AND p.revealed_at IS NULL"
        );
        assert!(!lines(url, &waiting).is_empty(), "a seat that is {state}");
    }
    // Half a year of it, and who is on call now and next week.
    let first = lines(
        url,
        "SELECT CAST(min(submitted_at) AS TEXT) AS line FROM cases",
    );
    let until = chrono::DateTime::parse_from_rfc3339("2026-11-24T12:00:00Z").expect("an instant");
    let days = |n: i64| until.timestamp_micros() + n * 86_400_000_000;
    let first: i64 = first[0].parse().expect("an instant");
    assert!((days(-183)..days(-175)).contains(&first), "{first}");
    for at in [days(0), days(7)] {
        let query = format!(
            "SELECT expert_id AS line FROM duties WHERE starts_at <= {at} AND ends_at > {at}"
        );
        assert_eq!(lines(url, &query).len(), 1, "somebody is on call");
    }
}
