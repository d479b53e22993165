//! The demonstration network: loaded once, looked at over HTTP by each role.

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
    answer.json().await.unwrap()
}

#[actix_web::test]
async fn every_role_logs_in_and_finds_work_and_the_slide_opens() {
    let machine = Machine::new();
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
        if ["submitter", "coordinator"].contains(&role) {
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
