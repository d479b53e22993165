//! The operations that are served are those of the document, both ways.

use std::collections::BTreeSet;

use crate::support::document::document;

#[test]
fn what_is_served_is_what_is_documented() {
    let served: BTreeSet<String> = relecture::api::operations()
        .iter()
        .map(|one| format!("{} {} {}", one.method, one.path, one.id))
        .collect();
    let documented: BTreeSet<String> = document()
        .operations
        .iter()
        .map(|one| format!("{} {} {}", one.method, one.path, one.id))
        .collect();
    assert_eq!(served, documented);
}

/// Parsers differ in what they let pass: clients are generated with whichever comes to hand.
#[test]
fn the_document_is_read_by_a_second_parser_that_lets_less_pass() {
    let read =
        "import sys, yaml; print(len(yaml.load(sys.stdin, Loader=yaml.SafeLoader)['paths']))";
    let file = std::fs::File::open("api-spec/openapi.yaml").expect("the document");
    let asked = std::process::Command::new(crate::support::python::python())
        .args(["-c", read])
        .env("PYTHONUTF8", "1")
        .stdin(file)
        .output()
        .expect("the Python of script/setup test");
    let complaint = String::from_utf8_lossy(&asked.stderr);
    assert!(asked.status.success(), "{complaint}");
    let paths = String::from_utf8_lossy(&asked.stdout);
    let ours = document().root["paths"].as_object().expect("paths").len();
    assert_eq!(paths.trim(), ours.to_string());
}
