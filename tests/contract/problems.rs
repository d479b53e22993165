//! The problems that the code knows, the document and the catalogue are the same.

use std::collections::BTreeSet;

use relecture::http::Kind;
use serde_json::Value;

use crate::support::document::document;

const CATALOGUE: &str = include_str!("../../docs/problems.md");
const PREFIX: &str = "urn:relecture:problem:";

/// The problem types that a response may carry.
fn types(response: &Value) -> Vec<String> {
    let parts = response["content"]["application/problem+json"]["schema"]["allOf"].as_array();
    parts
        .into_iter()
        .flatten()
        .map(|part| &part["properties"]["type"])
        .flat_map(|kind| match (&kind["const"], &kind["enum"]) {
            (Value::String(one), _) => vec![one.clone()],
            (_, Value::Array(many)) => many
                .iter()
                .map(|one| one.as_str().expect("a type").to_owned())
                .collect(),
            _ => Vec::new(),
        })
        .map(|kind| {
            kind.strip_prefix(PREFIX)
                .expect("a type of ours")
                .to_owned()
        })
        .collect()
}

fn kind(code: &str) -> Kind {
    Kind::ALL
        .iter()
        .copied()
        .find(|kind| kind.code() == code)
        .unwrap_or_else(|| panic!("the code knows no problem {code}"))
}

#[test]
fn every_problem_stands_in_the_catalogue_in_the_codes_order() {
    let rows: Vec<(&str, u16, &str)> = CATALOGUE
        .lines()
        .filter_map(|line| line.strip_prefix("| `"))
        .map(|line| {
            let cells: Vec<&str> = line.split('|').map(str::trim).collect();
            let [code, status, title, when, what, ""] = cells.as_slice() else {
                panic!("five columns: {line}");
            };
            assert!(!when.is_empty() && !what.is_empty(), "{code}");
            (
                code.trim_end_matches('`'),
                status.parse().expect("a status"),
                *title,
            )
        })
        .collect();
    let known: Vec<(&str, u16, &str)> = Kind::ALL
        .iter()
        .map(|kind| (kind.code(), kind.status().as_u16(), kind.title()))
        .collect();
    assert_eq!(
        rows, known,
        "docs/problems.md lists what src/http/problem.rs knows"
    );
}

#[test]
fn every_problem_is_documented_under_its_own_status() {
    let mut used = BTreeSet::new();
    for operation in &document().operations {
        for (status, response) in operation.value["responses"].as_object().expect("responses") {
            for code in types(document().resolve(response)) {
                let kind = kind(&code);
                if status != "default" {
                    assert_eq!(kind.status().as_str(), status, "{} {code}", operation.id);
                }
                used.insert(code);
            }
        }
    }
    // An operation of the document takes its own method.
    used.insert(Kind::MethodNotAllowed.code().to_owned());
    let known: BTreeSet<String> = Kind::ALL
        .iter()
        .map(|kind| kind.code().to_owned())
        .collect();
    assert_eq!(used, known);
}

#[test]
fn the_examples_of_problems_carry_the_codes_words() {
    let mut seen = 0;
    for (name, example) in document().root["components"]["examples"]
        .as_object()
        .expect("examples")
    {
        let value = &example["value"];
        let Some(code) = value["type"]
            .as_str()
            .and_then(|text| text.strip_prefix(PREFIX))
        else {
            continue;
        };
        let kind = kind(code);
        assert_eq!(value["title"], kind.title(), "{name}");
        assert_eq!(value["status"], kind.status().as_u16(), "{name}");
        seen += 1;
    }
    assert_eq!(
        seen + 1,
        Kind::ALL.len(),
        "each but method_not_allowed has an example"
    );
}
