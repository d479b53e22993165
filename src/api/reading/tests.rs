use super::*;
use crate::domain::cases::CaseContent;
use crate::domain::commands::{CommandBody, Offer};
use crate::domain::transitions::{Command, TRANSITIONS};
use proptest::prelude::*;

/// The bad fields of a body read as a `T`, as pointer and code.
fn problems<T: DeserializeOwned + Serialize>(body: &str) -> Vec<(String, String)> {
    let mut reading = Reading::of(body.as_bytes());
    // A document that cannot be completed says what was found so far; the problems are kept all the same.
    let _ = reading.document::<T>();
    reading
        .problems
        .iter()
        .map(|problem| {
            let entry = serde_json::to_value(problem).unwrap();
            (
                problem.pointer.clone(),
                entry["code"].as_str().unwrap().to_owned(),
            )
        })
        .collect()
}

fn named(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs
        .iter()
        .map(|(p, c)| ((*p).to_owned(), (*c).to_owned()))
        .collect()
}

#[test]
fn every_bad_field_is_named_however_deep() {
    let body = r#"{
        "question": 7,
        "urgency": "yesterday",
        "colour": "red",
        "initial_diagnosis": {"status": "formal", "a/b": 1},
        "patient": {"accession_number": "26H1", "birth_year": "old"},
        "patient_information": {"informed": true, "non_opposition": 1, "date": "tomorrow"},
        "specimens": [{"label": "A", "site": "x", "procedure": "y", "blocks": [
            {"label": "A1", "slides": [{"label": "1", "stain": "H&E", "source": "here",
                "location": {"kind": "deep_zoom", "path": "a.dzi", "more": 1}}]}]}]
    }"#;
    let mut found = problems::<CaseContent>(body);
    found.sort();
    let expected = named(&[
        ("/colour", "unknown_field"),
        ("/initial_diagnosis/a~1b", "unknown_field"),
        ("/patient/birth_year", "invalid"),
        ("/patient/sex", "required"),
        ("/patient_information/date", "invalid"),
        ("/patient_information/non_opposition", "invalid"),
        ("/question", "invalid"),
        (
            "/specimens/0/blocks/0/slides/0/location/more",
            "unknown_field",
        ),
        ("/specimens/0/blocks/0/slides/0/source", "invalid"),
        ("/urgency", "unknown_code"),
    ]);
    assert_eq!(found, expected);
}

#[test]
fn a_right_body_has_no_problem_and_a_wrong_kind_of_document_is_one() {
    let right = r#"{"expert": "0198c1a0-0000-7000-8000-000000000001", "reason": "Le plus proche"}"#;
    assert_eq!(problems::<Offer>(right), []);
    for other in [
        "7",
        "null",
        "[]",
        r#"["0198c1a0-0000-7000-8000-000000000001", "why"]"#,
    ] {
        assert_eq!(
            problems::<Offer>(other),
            named(&[("", "invalid")]),
            "{other}"
        );
    }
    assert_eq!(problems::<Nothing>("[]"), named(&[("", "invalid")]));
    let lists = r#"{"pre_authorisations": [true], "specimens": [["A", "x", "y", []]]}"#;
    let expected = [
        ("/pre_authorisations", "invalid"),
        ("/specimens/0", "invalid"),
    ];
    assert_eq!(problems::<CaseContent>(lists), named(&expected));
    let twice =
        r#"{"reason": "a", "reason": "b", "expert": "0198c1a0-0000-7000-8000-000000000001"}"#;
    assert_eq!(problems::<Offer>(twice), named(&[("", "invalid")]));
}

#[test]
fn what_is_not_json_is_told_apart_from_what_does_not_fit() {
    for body in [
        "",
        "{",
        "{\"reason\": }",
        "{} {}",
        "\u{feff}{}",
        "{\"a\": \"\\ud800\"}",
        &"[".repeat(1000),
    ] {
        let mut reading = Reading::of(body.as_bytes());
        let problem = reading.document::<Offer>().unwrap_err();
        assert_eq!(problem.kind(), Kind::MalformedJson, "{body}");
    }
}

#[test]
fn a_command_that_carries_nothing_takes_no_body_or_an_empty_one() {
    let read = |body: &str| {
        CommandBody::read(Command::Accept, &mut Reading::of(body.as_bytes()))
            .unwrap()
            .is_ok()
    };
    assert!(read("") && read("{}"));
    let mut reading = Reading::of(b"{\"a\": 1}");
    let _ = CommandBody::read(Command::Accept, &mut reading);
    assert!(reading.finish(Vec::new()).is_err());
}

#[test]
fn what_is_found_later_is_told_beside_the_shape_but_not_of_stand_ins() {
    let mut reading = Reading::of(br#"{"expert": 7, "reason": ""}"#);
    let body = CommandBody::read(Command::Offer, &mut reading)
        .unwrap()
        .unwrap();
    let found = reading.with(body.field_problems());
    let pointers: Vec<&str> = found
        .iter()
        .map(|problem| problem.pointer.as_str())
        .collect();
    assert_eq!(pointers, ["/expert", "/reason"]);
}

fn anything() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        let keys = prop_oneof![
            "\\PC{0,6}",
            "(question|patient|specimens|blocks|slides|location|kind|label|reason|opinion|items)"
        ];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((keys, inner), 0..6)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn any_document_is_read_or_refused_with_a_name_for_each_bad_field(value in anything()) {
        let bytes = value.to_string();
        for row in TRANSITIONS {
            let mut reading = Reading::of(bytes.as_bytes());
            if let Some(Err(problem)) = CommandBody::read(row.command, &mut reading) {
                prop_assert_eq!(problem.kind(), Kind::InvalidFields);
                prop_assert!(!reading.problems.is_empty());
            }
            let mut pointers: Vec<_> = reading.problems.iter().map(|p| p.pointer.clone()).collect();
            let all = pointers.len();
            pointers.sort();
            pointers.dedup();
            prop_assert_eq!(pointers.len(), all, "no field is named twice");
        }
    }
}
