//! Requests that nobody thought of: schemathesis makes them from the document, against a live server.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::json;

use crate::support::database::TestDatabase;
use crate::support::document::file;
use crate::support::exchange::World;
use crate::support::served::Served;

/// The same requests each time.
const SEED: &str = "20261123";
/// How long it may take; what its limits suggest is asked in a third of it, the rest is made up freely.
const SECONDS: &str = "45";
/// Requests of an operation that are made up freely, beside those at the edges of its limits.
const EXAMPLES: &str = "4";
/// What an answer is held to: no failure of ours, nothing that the document does not promise.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,\
                      response_schema_conformance,unsupported_method,allow_header_conformance,ignored_auth";

fn schemathesis() -> PathBuf {
    std::env::var("RELECTURE_TEST_PYTHON").map_or_else(
        |_| Path::new(env!("CARGO_MANIFEST_DIR")).join(".venv/bin/schemathesis"),
        |python| Path::new(&python).with_file_name("schemathesis"),
    )
}

/// Runs it in a folder of its own: what it remembers of a run would make the next one another.
fn run(folder: &Path, address: &str, token: &str) -> Output {
    let program = schemathesis();
    let arguments = [
        ("--url", format!("{address}/api/v1")),
        ("--header", format!("Authorization: Bearer {token}")),
        ("--seed", SEED.to_owned()),
        ("--max-time", SECONDS.to_owned()),
        ("--max-examples", EXAMPLES.to_owned()),
        ("--phases", "examples,coverage,fuzzing".to_owned()),
        ("--checks", CHECKS.to_owned()),
        // Its threads trip over each other.
        ("--workers", "1".to_owned()),
        // The token must last.
        ("--exclude-operation-id", "logout".to_owned()),
    ];
    let mut command = Command::new(&program);
    command.arg("run").arg(file());
    for (name, value) in arguments {
        command.arg(name).arg(value);
    }
    command
        .args(["--continue-on-failure", "--no-shrink"])
        .current_dir(folder)
        .env("NO_COLOR", "1")
        .output()
        .unwrap_or_else(|error| {
            panic!(
                "{}: {error}; script/setup test installs it",
                program.display()
            )
        })
}

#[actix_web::test]
async fn made_up_requests_get_documented_answers() {
    let database = TestDatabase::sqlite();
    let world = World::on(database.url()).await;
    // The clock of the world stands still, and with it the allowance.
    let served = Served::with(&world, &[("limits.requests_per_minute", "1000000")]);
    let caller = served.login("submitter.cayenne").await;
    let content = serde_json::to_value(world.excused_content()).expect("a draft");
    let body = json!({ "laboratory": world.cayenne, "content": content });
    let case = caller.post("/cases", &body).await.expect(201).json["id"].clone();
    let folder = tempfile::tempdir().expect("a folder");
    // Most requests are about a case that is there.
    let settings = format!("[parameters]\n\"path.case\" = {case}\n");
    std::fs::write(folder.path().join("schemathesis.toml"), settings).expect("its settings");
    let ran = run(
        folder.path(),
        &served.address,
        caller.token.as_deref().expect("a token"),
    );
    let said = String::from_utf8_lossy(&ran.stdout);
    assert!(
        ran.status.success(),
        "{said}\n{}",
        String::from_utf8_lossy(&ran.stderr)
    );
    assert!(said.contains("Test cases:"), "it asked something: {said}");
}
