use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use fluent_bundle::FluentResource;

use super::*;
use crate::domain::text_enum::TextEnum;

const SOURCES: [(&str, &str); 2] = [
    ("fr", include_str!("fr.ftl")),
    ("en", include_str!("en.ftl")),
];

fn keys(source: &str) -> BTreeSet<String> {
    source
        .lines()
        .filter(|line| !line.starts_with(['#', ' ', '}']))
        .filter_map(|line| line.split_once(" ="))
        .map(|(key, _)| key.to_owned())
        .collect()
}

/// The names behind `{ $… }`.
fn values(source: &str, key: &str) -> BTreeSet<String> {
    let begin = format!("\n{key} =");
    let at = source.find(&begin).map_or(0, |at| at + begin.len());
    let end = source[at..]
        .match_indices('\n')
        .find(|(i, _)| !source[at + i + 1..].starts_with([' ', '}']))
        .map_or(source.len(), |(i, _)| at + i);
    source[at..end]
        .split('$')
        .skip(1)
        .map(|rest| {
            rest.chars()
                .take_while(|c| c.is_alphanumeric() || *c == '_')
                .collect()
        })
        .collect()
}

#[test]
fn both_languages_have_the_same_keys_with_the_same_values_and_can_be_read_whole() {
    let [(_, french), (_, english)] = SOURCES;
    assert_eq!(keys(french), keys(english));
    for key in keys(french) {
        assert_eq!(values(french, &key), values(english, &key), "{key}");
    }
    for (language, source) in SOURCES {
        let read = FluentResource::try_new(source.to_owned());
        assert!(read.is_ok(), "{language}: {:?}", read.map_err(|(_, e)| e));
        let count = source
            .lines()
            .filter(|l| l.contains(" =") && !l.starts_with([' ', '#']))
            .count();
        assert_eq!(
            count,
            keys(source).len(),
            "{language}: a key is there twice"
        );
    }
}

/// Every `t("…")`, `tn("…"` and `ts("…"` of the templates and the sources.
fn used() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut folders = vec![
        Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/workspace"),
        Path::new(env!("CARGO_MANIFEST_DIR")).join("src/workspace"),
        Path::new(env!("CARGO_MANIFEST_DIR")).join("src/report"),
    ];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            for call in [".t(\"", ".tn(\"", ".ts(\""] {
                for rest in text.split(call).skip(1) {
                    found.insert(rest.split('"').next().unwrap().to_owned());
                }
            }
        }
    }
    found
}

#[test]
fn every_text_that_a_page_asks_for_is_there() {
    let there = keys(SOURCES[0].1);
    let missing: Vec<String> = used()
        .into_iter()
        .filter(|key| !there.contains(key))
        .collect();
    assert!(missing.is_empty(), "{missing:#?}");
    assert!(used().len() > 40, "the templates are read");
}

fn named<E: TextEnum>(prefix: &str) -> Vec<String> {
    E::ALL
        .iter()
        .map(|one| format!("{prefix}-{}", one.as_str().replace('_', "-")))
        .collect()
}

#[test]
fn every_name_of_the_vocabulary_has_its_words() {
    use crate::domain::{
        administration, annotations, cases, escalation, opinions, outlook, panels, people,
        permissions, routing, transitions, turnaround,
    };
    let there = keys(SOURCES[0].1);
    let wanted = [
        named::<annotations::ShapeKind>("shape"),
        named::<cases::CaseState>("state"),
        named::<cases::WaitingFor>("waiting"),
        named::<cases::InitialDiagnosisStatus>("initial"),
        named::<cases::Sex>("sex"),
        named::<cases::DeclineReason>("decline"),
        named::<cases::RefusalReason>("refusal"),
        named::<cases::TakeoverReason>("takeover"),
        named::<cases::InformationKind>("information"),
        named::<cases::AncillaryKind>("ancillary"),
        named::<cases::Acknowledgement>("acknowledgement"),
        named::<cases::OutcomeVerdict>("verdict"),
        named::<opinions::Concordance>("concordance"),
        named::<opinions::OpinionKind>("opinion"),
        named::<opinions::Confidence>("confidence"),
        named::<outlook::Risk>("risk"),
        named::<people::Role>("role"),
        named::<permissions::Relation>("relation"),
        named::<routing::Rule>("rule"),
        named::<crate::domain::recusals::RecusalReason>("recusal"),
        named::<cases::InstructionKind>("instruction"),
        named::<cases::MoveReason>("why"),
        named::<routing::next_case::Why>("why"),
        named::<routing::rebalance::MoveWhy>("move"),
        named::<escalation::StepAct>("step"),
        named::<escalation::StepOutcome>("outcome-step"),
        named::<routing::rebalance::ProposalState>("proposal"),
        named::<routing::next_case::Why>("done-next"),
        named::<transitions::Command>("command"),
        named::<transitions::Command>("done"),
        named::<transitions::Guard>("guard"),
        named::<turnaround::Urgency>("urgency"),
        named::<administration::Act>("act"),
        named::<administration::Subject>("subject"),
        named::<crate::domain::webhooks::EventKind>("event"),
        named::<crate::domain::webhooks::Stopped>("webhook-stopped"),
        named::<crate::domain::slides::SourceKind>("source-kind"),
        named::<crate::domain::notifications::NotificationKind>("notification"),
        named::<turnaround::PauseKind>("pause"),
        named::<panels::PanelPhase>("panel-phase"),
        named::<panels::SeatState>("seat"),
        named::<panels::time::SeatLost>("why"),
        named::<crate::domain::targets::RequestKind>("target-request"),
    ]
    .concat();
    let missing: Vec<String> = wanted
        .into_iter()
        .filter(|key| !there.contains(key))
        .collect();
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn numbers_bend_the_words_around_them() {
    let say = |language, n: i64| text(language, "slides", &[("n", n.into())]);
    assert_eq!(say(Language::French, 1), "1\u{a0}lame");
    assert_eq!(say(Language::French, 0), "0\u{a0}lame");
    assert_eq!(say(Language::English, 0), "0 slides");
    assert_eq!(say(Language::English, 1), "1 slide");
}

#[test]
fn french_is_set_as_french_is_printed() {
    for line in SOURCES[0]
        .1
        .lines()
        .filter(|line| line.contains(" = ") || line.starts_with(' '))
    {
        let value = line.split_once(" = ").map_or(line, |(_, value)| value);
        for mark in [" :", " ;", " ?", " !", "« ", " »", "'"] {
            assert!(
                !value.contains(mark),
                "a no-break space or a typographic apostrophe is due: {line}"
            );
        }
    }
}
