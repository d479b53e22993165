//! Reports for the archive: what they claim to be is asked of the checker that the PDF association keeps.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use relecture::domain::commands::{self, CommandBody};
use relecture::domain::opinions::{AiAssistance, Confidence, OpinionContent};
use relecture::domain::synoptic::{Answer, Synoptic};
use relecture::texts::Language;
use serde::Deserialize;

use super::readings;
use super::reports::printed;
use crate::journey::{Hand, databases, opinion};
use crate::support::exchange::World;
use crate::support::python::python;

/// What the checker found of a document by one standard.
#[derive(Debug, Deserialize)]
struct Checked {
    checks: u32,
    failed: Vec<String>,
}

type Found = BTreeMap<String, BTreeMap<String, Checked>>;

/// Asks veraPDF about these documents.
fn checked(documents: &[(&str, Vec<u8>)]) -> Found {
    let folder = tempfile::tempdir().unwrap();
    for (name, pdf) in documents {
        std::fs::write(folder.path().join(name), pdf).unwrap();
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/pdfa.py");
    let asked = Command::new(python())
        .current_dir(folder.path())
        .arg(script)
        .args(documents.iter().map(|(name, _)| name))
        .output()
        .unwrap();
    assert!(asked.status.success(), "{asked:?}");
    serde_json::from_slice(&asked.stdout).unwrap()
}

/// An opinion that fills more than one page, with everything that one can say, and letters that our typeface does not have.
fn everything() -> OpinionContent {
    let answers = [
        ("specimen", "core_biopsy"),
        ("side", "right"),
        ("histological_type", "lobular"),
        ("lymphovascular_invasion", "absent"),
        ("grade", "2"),
    ];
    let mut answers: BTreeMap<String, Answer> = answers
        .map(|(name, answer)| (name.to_owned(), Answer::Text(answer.into())))
        .into();
    answers.insert("tumour_size".into(), Answer::Number(12_500));
    OpinionContent {
        microscopy: "Prolifération en files indiennes, « œstrogènes » ≥ 90 %.\n\n".repeat(60),
        comment: "Lettres d’ailleurs : 漢字, עברית, 🔬, e\u{301}.".into(),
        references: "WHO Classification of Tumours, 5th edition.".into(),
        confidence: Some(Confidence::Moderate),
        ai_assistance: Some(AiAssistance {
            tool: "Compteur de mitoses".into(),
            version: "2.1".into(),
            intended_use: "Compte de mitoses".into(),
            ce_marked: true,
            effect: "Aucun changement".into(),
        }),
        synoptic: Some(Synoptic {
            template: "breast_invasive".into(),
            version: 1,
            answers,
        }),
        ..opinion()
    }
}

/// The document with one name in it exchanged for another of the same length, wherever it stands.
fn spoilt(pdf: &[u8], name: &[u8], other: &[u8]) -> Vec<u8> {
    let mut spoilt = pdf.to_vec();
    let at = |pdf: &[u8]| pdf.windows(name.len()).position(|part| part == name);
    assert!(at(&spoilt).is_some(), "in the document");
    while let Some(at) = at(&spoilt) {
        spoilt.splice(at..at + name.len(), other.iter().copied());
    }
    spoilt
}

#[actix_web::test]
async fn the_reference_checker_finds_every_report_to_be_pdf_a_and_pdf_ua() {
    // A report is a function of the signed bytes: one database is as good as the other.
    let [database, _] = databases();
    let world = World::on(database.url()).await;
    let hand = Hand::accepted(&world).await;
    let signs = commands::Answered {
        opinion: everything(),
    };
    let amends = commands::Revised {
        reason: "Relecture des coupes profondes".into(),
        opinion: opinion(),
    };
    for body in [
        CommandBody::Sign(Box::new(signs)),
        CommandBody::Amend(Box::new(amends)),
    ] {
        hand.does("expert.breast", body).await.unwrap();
    }
    let (panel, _) = readings::consensus(&world).await;
    let of = async |hand: &Hand<'_>, version, language| {
        printed(hand, "submitter.cayenne", version, language)
            .await
            .pdf
    };
    let sound = [
        ("first.fr.pdf", of(&hand, 0, Language::French).await),
        ("first.en.pdf", of(&hand, 0, Language::English).await),
        ("amended.pdf", of(&hand, 1, Language::French).await),
        ("consensus.pdf", of(&panel, 0, Language::French).await),
    ];
    let (_, first) = &sound[0];
    let unsound = [
        (
            "untagged.pdf",
            spoilt(first, b"/StructTreeRoot", b"/StructTreeRoos"),
        ),
        (
            "unclaimed.pdf",
            spoilt(first, b"<pdfaid:part>3", b"<pdfaid:part>1"),
        ),
    ];
    let found = checked(&[sound.as_slice(), unsound.as_slice()].concat());
    for (name, _) in &sound {
        let by = &found[*name];
        assert_eq!(by.len(), 2, "PDF/A-3a and PDF/UA-1");
        for (standard, said) in by {
            assert!(said.checks > 1_000, "{name}, {standard}: {said:?}");
            assert_eq!(said.failed, [""; 0], "{name}, {standard}");
        }
    }
    let failed = |name: &str, standard: &str| !found[name][standard].failed.is_empty();
    assert!(failed("untagged.pdf", "PDF/A-3a") && failed("untagged.pdf", "PDF/UA-1"));
    assert!(failed("unclaimed.pdf", "PDF/A-3a"), "it is asked of each");
}
