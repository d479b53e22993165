use proptest::prelude::*;

use super::*;

fn melanoma(answers: &[(&str, Answer)]) -> Synoptic {
    Synoptic {
        template: "melanoma_invasive".into(),
        version: 1,
        answers: answers
            .iter()
            .map(|(name, answer)| ((*name).to_owned(), answer.clone()))
            .collect(),
    }
}

fn text(text: &str) -> Answer {
    Answer::Text(text.into())
}

fn whole() -> Vec<(&'static str, Answer)> {
    vec![
        ("specimen", text("excision")),
        ("subtype", text("nodular")),
        ("breslow", Answer::Number(1250)),
        ("ulceration", text("absent")),
        ("mitoses_mm2", Answer::Number(2)),
        ("microsatellites", text("absent")),
    ]
}

#[test]
fn the_templates_that_ship_are_sound_and_name_known_subspecialties() {
    let templates = Templates::embedded().unwrap();
    let reference = crate::domain::territories::Reference::embedded().unwrap();
    assert_eq!(templates.all().len(), 6);
    for template in templates.all() {
        assert!(template.source.len() > 40, "{}: says whence", template.id);
        assert!(!template.subspecialties.is_empty());
        for code in &template.subspecialties {
            let mut known = reference.subspecialties().iter();
            assert!(known.any(|one| one.code == *code), "{code}");
        }
    }
}

#[test]
fn a_template_that_contradicts_itself_is_refused() {
    let file = |elements: &str| {
        format!(
            r#"{{"id":"x","version":1,"subspecialties":[],"fr":"x","en":"x","source":"x","valid_from":"2026-01-01","elements":[{elements}]}}"#
        )
    };
    let element = |id: &str, required: bool, kind: &str| {
        format!(r#"{{"id":"{id}","fr":"a","en":"a","required":{required},"kind":{kind}}}"#)
    };
    let one = element("a", true, "\"text\"");
    assert!(Templates::read(&[&file(&one)]).is_ok());
    let range = r#"{"measure":{"unit":"um","shown":"mm","digits":3,"min":5,"max":5}}"#;
    for wrong in [
        String::new(),
        element("a", false, "\"text\""),
        format!("{one},{one}"),
        element("a", true, r#"{"choice":[{"id":"o","fr":"o","en":"o"}]}"#),
        element("a", true, range),
        element("a", true, "\"colour\""),
    ] {
        assert!(Templates::read(&[&file(&wrong)]).is_err(), "{wrong}");
    }
    assert!(Templates::read(&[&file(&one), &file(&one)]).is_err());
}

#[test]
fn a_signature_needs_what_the_template_requires_and_no_more() {
    let templates = Templates::embedded().unwrap();
    assert_eq!(templates.problems(&melanoma(&whole())), []);
    let missing = templates.problems(&melanoma(&whole()[1..]));
    let required = FieldProblem::new("/synoptic/answers/specimen", FieldRule::Required);
    assert_eq!(missing, [required]);
    assert_eq!(templates.problems(&melanoma(&[])).len(), 6);

    let expected = |unit: &str| FieldRule::Malformed {
        expected: format!("a whole number ({unit})"),
    };
    for (name, answer, rule) in [
        ("breslow", text("environ 1"), expected("um")),
        (
            "breslow",
            Answer::Number(-1),
            FieldRule::OutOfRange {
                min: 0,
                max: 100_000,
            },
        ),
        ("ulceration", text("maybe"), FieldRule::UnknownCode),
        ("ulceration", text(" "), FieldRule::Required),
        ("height", Answer::Number(1), FieldRule::UnknownField),
    ] {
        let mut answers = whole();
        answers.retain(|(known, _)| *known != name);
        answers.push((name, answer));
        let found = templates.problems(&melanoma(&answers));
        assert_eq!(found, [FieldProblem::new(pointer(name), rule)], "{name}");
    }
    let mut later = melanoma(&whole());
    later.version = 2;
    assert_eq!(templates.problems(&later)[0].rule, FieldRule::UnknownCode);
    assert_eq!(templates.said(&later), None);
}

#[test]
fn several_options_are_known_and_named_once() {
    let templates = Templates::embedded().unwrap();
    let problems = |chosen: &[&str]| {
        let chosen = chosen.iter().map(|one| (*one).to_owned()).collect();
        let synoptic = Synoptic {
            template: "lymphoma".into(),
            version: 1,
            answers: [("markers".to_owned(), Answer::Several(chosen))].into(),
        };
        let found = templates.problems(&synoptic);
        let of = |one: &&FieldProblem| one.pointer == pointer("markers");
        found.iter().find(of).map(|one| one.rule.clone())
    };
    assert_eq!(problems(&["cd20", "cd10"]), None);
    assert_eq!(problems(&[]), None);
    assert_eq!(problems(&["cd20", "cd99"]), Some(FieldRule::UnknownCode));
    assert_eq!(problems(&["cd20", "cd20"]), Some(FieldRule::Duplicate));
}

#[test]
fn answers_are_said_in_words_of_both_languages() {
    let said = Templates::embedded()
        .unwrap()
        .said(&melanoma(&whole()))
        .unwrap();
    assert_eq!(said.fr, "Mélanome cutané infiltrant");
    let breslow = said
        .elements
        .iter()
        .find(|one| one.id == "breslow")
        .unwrap();
    assert_eq!(breslow.said_fr, "1,25\u{a0}mm");
    assert_eq!(breslow.said_en, "1.25\u{a0}mm");
    let subtype = said
        .elements
        .iter()
        .find(|one| one.id == "subtype")
        .unwrap();
    assert_eq!(
        (subtype.said_fr.as_str(), subtype.said_en.as_str()),
        ("Nodulaire", "Nodular")
    );
}

#[test]
fn the_templates_of_a_subspecialty_come_first_while_they_are_in_use() {
    let templates = Templates::embedded().unwrap();
    let on = |day: &str| day.parse().unwrap();
    let first = |code| {
        templates.offered(Some(code), on("2026-11-27"))[0]
            .id
            .clone()
    };
    assert_eq!(first("dermatopathology"), "melanoma_invasive");
    assert_eq!(first("nephropathology"), "breast_invasive");
    assert_eq!(templates.offered(None, on("2020-01-01")).len(), 0);
}

#[test]
fn a_draft_keeps_what_is_no_answer_yet_but_nothing_huge() {
    assert_eq!(melanoma(&[("breslow", text("1,"))]).draft_problems(), []);
    let long = "x".repeat(TEXT_MAX + 1);
    assert_eq!(
        melanoma(&[("breslow", text(&long))]).draft_problems().len(),
        1
    );
    let many: Vec<(String, Answer)> = (0..=ANSWERS_MAX)
        .map(|n| (n.to_string(), text("x")))
        .collect();
    let many: Vec<(&str, Answer)> = many.iter().map(|(n, a)| (n.as_str(), a.clone())).collect();
    assert_eq!(melanoma(&many).draft_problems().len(), 1);
    let name = "n".repeat(NAME_MAX + 1);
    assert_eq!(melanoma(&[(&name, text("x"))]).draft_problems().len(), 1);
}

fn millimetres() -> Measure {
    Measure {
        unit: "um".into(),
        shown: "mm".into(),
        digits: 3,
        min: 0,
        max: 100_000,
    }
}

#[test]
fn what_is_typed_is_a_number_or_none() {
    let count = Measure {
        digits: 0,
        ..millimetres()
    };
    for (measure, typed, number) in [
        (millimetres(), "1,25", Some(1250)),
        (millimetres(), " 0.8 ", Some(800)),
        (millimetres(), "12", Some(12_000)),
        (millimetres(), "1,2345", None),
        (millimetres(), "1,", None),
        (millimetres(), ",5", None),
        (millimetres(), "-1", None),
        (millimetres(), "1 000", None),
        (millimetres(), "", None),
        (millimetres(), "99999999999999999999", None),
        (count.clone(), "12", Some(12)),
        (count, "1,5", None),
    ] {
        assert_eq!(measure.typed(typed), number, "{typed}");
    }
}

proptest! {
    #[test]
    fn a_measure_is_read_back_as_it_was_written(number in 0..100_000_i64, comma: bool) {
        let sign = if comma { ',' } else { '.' };
        let written = millimetres().decimal(number, sign);
        prop_assert_eq!(millimetres().typed(&written), Some(number));
    }
}
