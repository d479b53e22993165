//! Requests that nobody thought of: schemathesis makes them from the document, against a live server.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::database::TestDatabase;
use crate::support::document::file;
use crate::support::exchange::World;
use crate::support::served::Served;

/// The same requests each time.
const SEED: &str = "20261123";
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

#[actix_web::test]
async fn made_up_requests_get_documented_answers() {
    let database = TestDatabase::sqlite();
    let world = World::on(database.url()).await;
    // The clock of the world stands still, and with it the allowance.
    let served = Served::with(&world, &[("limits.requests_per_minute", "1000000")]);
    let caller = served.login("submitter.cayenne").await;
    let token = caller.token.expect("a token");
    let folder = tempfile::tempdir().expect("a folder");
    let program = schemathesis();
    let ran = Command::new(&program)
        .arg("run")
        .arg(file())
        .args(["--url", &format!("{}/api/v1", served.address)])
        .args(["--header", &format!("Authorization: Bearer {token}")])
        .args([
            "--seed",
            SEED,
            "--max-examples",
            EXAMPLES,
            "--phases",
            "examples,coverage,fuzzing",
        ])
        .args([
            "--checks",
            CHECKS,
            "--workers",
            "2",
            "--continue-on-failure",
            "--no-shrink",
        ])
        .args(["--exclude-operation-id", "logout", "--max-time", "60"])
        // What it remembers of a run would make the next one another.
        .current_dir(folder.path())
        .env("NO_COLOR", "1")
        .output()
        .unwrap_or_else(|error| {
            panic!(
                "{}: {error}; script/setup test installs it",
                program.display()
            )
        });
    let said = String::from_utf8_lossy(&ran.stdout);
    assert!(
        ran.status.success(),
        "{said}\n{}",
        String::from_utf8_lossy(&ran.stderr)
    );
    assert!(
        said.contains("not_a_server_error") || said.contains("passed"),
        "{said}"
    );
}
