use chrono::Duration;

use super::verification::{Paper, PaperCheck, verify_paper};
use super::*;
use crate::domain::ids::{OpinionId, SnapshotId};
use crate::domain::opinions::{Concordance, OpinionContent, OpinionKind};
use crate::domain::snapshots::{SnapshotNamed, SnapshotSaid, SnapshotView};
use crate::domain::statement::{Followed, OpinionNamed, ReadingNamed};
use crate::signing::authority::Certified;
use crate::signing::canonical;
use crate::signing::jades::sign;
use crate::signing::verification::tests::{at, authority, expert, id, statement};

pub(super) const PLACE: &str = "https://relecture.example/verify";

/// An expert's key, and how many versions they signed.
pub(super) struct Expert {
    pub(super) authority: Certified,
    key: Certified,
}

impl Expert {
    pub(super) fn new() -> Self {
        let authority = authority(9);
        let key = expert(&authority, at() - Duration::hours(1));
        Self { authority, key }
    }

    fn signs(&self, statement: &Statement) -> String {
        let payload = canonical::bytes(statement).unwrap();
        let signed = sign(
            &payload,
            &self.key,
            &self.authority.certificate,
            statement.signed_at,
        );
        serde_json::to_string(&signed.unwrap()).unwrap()
    }

    /// An opinion and so many versions that follow it.
    pub(super) fn chain(&self, further: u32) -> Vec<String> {
        let mut forms = vec![self.signs(&version(1, OpinionKind::Opinion, None))];
        for number in 2..=further + 1 {
            let followed = Followed {
                id: OpinionId(id(u128::from(100 + number - 1))),
                sha256: digest(forms.last().unwrap()).unwrap(),
            };
            let next = version(number, OpinionKind::Amendment, Some(followed));
            forms.push(self.signs(&next));
        }
        forms
    }
}

fn version(number: u32, kind: OpinionKind, follows: Option<Followed>) -> Statement {
    let first = statement();
    let slides_consulted = first.slides.iter().map(|slide| slide.id).collect();
    Statement {
        signed_at: at() + Duration::hours(i64::from(number)),
        opinion: OpinionNamed {
            id: OpinionId(id(u128::from(100 + number))),
            version: number,
            kind,
            reason: follows.is_some().then(|| "Nouvelle coloration".into()),
            follows,
            ..first.opinion
        },
        content: OpinionContent {
            microscopy: "Prolifération en files indiennes.\n\nMitoses rares.".into(),
            conclusion: format!("Carcinome lobulaire infiltrant, conclusion {number}."),
            slides_consulted,
            ..first.content
        },
        ..first
    }
}

pub(super) fn report(forms: &[String], language: Language) -> Vec<u8> {
    pdf(&Chain::of(forms).unwrap(), PLACE, language).unwrap()
}

fn looked_at(file: &[u8]) -> Paper {
    verify_paper(file, Trust::default(), Some(PLACE)).expect("a PDF")
}

/// The check that a report fails at.
fn fails_at(paper: &Paper) -> Option<PaperCheck> {
    paper
        .findings
        .iter()
        .find(|one| !one.holds)
        .map(|one| one.check)
}

#[test]
fn the_same_version_gives_the_same_bytes_in_each_language() {
    let forms = Expert::new().chain(1);
    for language in Language::ALL {
        assert_eq!(report(&forms, language), report(&forms, language));
    }
    assert_ne!(
        report(&forms, Language::French),
        report(&forms, Language::English)
    );
    assert_ne!(
        report(&forms[..1], Language::French),
        report(&forms, Language::French)
    );
}

#[test]
fn a_report_holds_with_its_chain_and_its_pages() {
    let forms = Expert::new().chain(2);
    for language in Language::ALL {
        let paper = looked_at(&report(&forms, language));
        assert!(paper.pages_hold(), "{paper:?}");
        assert_eq!(paper.leads_to.as_deref(), Some(PLACE));
        let opinion = paper.opinion.unwrap().statement.unwrap().opinion;
        assert_eq!(opinion.version, 3, "the newest one is the opinion");
    }
    assert!(verify_paper(forms[0].as_bytes(), Trust::default(), None).is_none());
}

#[test]
fn a_consensus_is_printed_with_the_readings_it_was_written_over() {
    let expert = Expert::new();
    let mut consensus = version(1, OpinionKind::Opinion, None);
    let reading = |seat: u32, conclusion: &str| ReadingNamed {
        id: OpinionId(id(u128::from(200 + seat))),
        seat,
        reader: consensus.signed_by.person,
        name: format!("Dr Lecteur {seat}"),
        sha256: "ab".repeat(32),
        conclusion: conclusion.into(),
        concordance: Some(Concordance::MajorDiscordance),
    };
    let readings = vec![reading(1, "Adénose."), reading(2, "Carcinome lobulaire.")];
    consensus.panel = readings.clone();
    let words = content::Words(Language::French);
    let form = expert.signs(&consensus);
    let chain = Chain::of(std::slice::from_ref(&form)).unwrap();
    let printed = content::of(words, chain.0.last().unwrap(), &[], &[], PLACE);
    for one in readings {
        let said = |block: &content::Block| match block {
            content::Block::Fact(name, said) => {
                *name == one.name && said.contains(&one.conclusion) && said.contains("majeure")
            }
            _ => false,
        };
        assert!(printed.blocks.iter().any(said), "{}", one.conclusion);
    }
    assert!(looked_at(&report(&[form], Language::French)).pages_hold());
}

#[test]
fn a_chain_that_lost_a_link_is_not_printed() {
    let expert = Expert::new();
    let forms = expert.chain(2);
    let other = Expert::new().chain(0);
    for broken in [
        vec![],
        vec![forms[1].clone()],
        vec![forms[0].clone(), forms[2].clone()],
        vec![forms[1].clone(), forms[0].clone()],
        vec![other[0].clone(), forms[1].clone()],
        vec![forms[0].clone(), forms[0].clone()],
        vec!["{}".to_owned()],
    ] {
        assert!(Chain::of(&broken).is_err(), "{}", broken.len());
    }
}

/// Where a form stands in a report, as it is.
pub(super) fn place_of(form: &str, file: &[u8]) -> std::ops::Range<usize> {
    let begin = file
        .windows(form.len())
        .position(|part| part == form.as_bytes());
    let begin = begin.expect("attached as it is");
    begin..begin + form.len()
}

#[test]
fn a_changed_byte_is_found_wherever_it_stands_and_told_where() {
    let forms = Expert::new().chain(1);
    let sound = report(&forms, Language::French);
    let within: Vec<_> = forms.iter().map(|form| place_of(form, &sound)).collect();
    let mut altered = sound.clone();
    for at in (0..sound.len()).step_by(41) {
        altered[at] ^= 1;
        let attached = within.iter().any(|form| form.contains(&at));
        match verify_paper(&altered, Trust::default(), Some(PLACE)) {
            None => assert!(at < 5, "no PDF any more, at byte {at}"),
            Some(paper) => {
                assert!(!paper.pages_hold(), "byte {at}");
                if attached {
                    assert!(!paper.opinion_holds(), "byte {at} of an attached form");
                } else {
                    assert!(fails_at(&paper).is_some(), "byte {at}");
                }
            }
        }
        altered[at] ^= 1;
    }
}

#[test]
fn what_was_put_together_from_sound_parts_is_refused_by_name() {
    let expert = Expert::new();
    let forms = expert.chain(1);
    let sound = report(&forms, Language::English);
    let elsewhere = pdf(
        &Chain::of(&forms).unwrap(),
        "https://evil.example/verify",
        Language::English,
    );

    // An earlier version taken out.
    let mut without = sound.clone();
    let first = place_of(&forms[0], &sound);
    let type_at = sound[..first.start]
        .windows(13)
        .rposition(|part| part == b"/EmbeddedFile");
    without[type_at.unwrap() + 1] = b'X';

    // Another opinion put beside it.
    let other = report(&Expert::new().chain(0), Language::English);
    let both = [sound.clone(), other].concat();

    // Something written behind the pages, as an editor that adds to a document does.
    let longer = [sound.clone(), b"\n% added".to_vec()].concat();

    for (what, file, check) in [
        ("another address", elsewhere.unwrap(), PaperCheck::Pages),
        ("a version less", without, PaperCheck::Chain),
        ("another opinion", both, PaperCheck::Chain),
        ("more pages", longer, PaperCheck::Pages),
        (
            "nothing attached",
            b"%PDF-1.7\n".to_vec(),
            PaperCheck::Attachment,
        ),
    ] {
        let paper = looked_at(&file);
        assert_eq!(fails_at(&paper), Some(check), "{what}: {paper:?}");
        assert_eq!(paper.opinion_holds(), check == PaperCheck::Pages, "{what}");
    }
}

#[test]
fn letters_that_no_typeface_has_stop_no_report() {
    let expert = Expert::new();
    let mut odd = version(1, OpinionKind::Opinion, None);
    odd.content.conclusion = "漢字 \u{202e}שלום \u{1f600}\u{e000} ½ → ≥ \u{fdd0}".into();
    odd.content.comment = "x".repeat(20_000);
    odd.signed_by.name = String::new();
    let forms = [expert.signs(&odd)];
    assert!(looked_at(&report(&forms, Language::French)).pages_hold());
}

/// A picture as a browser makes it, in a colour of its own.
fn picture(red: u8) -> Vec<u8> {
    let image = image::RgbImage::from_pixel(320, 200, image::Rgb([red, 90, 160]));
    let mut bytes = Vec::new();
    image::codecs::jpeg::JpegEncoder::new(&mut bytes)
        .encode_image(&image)
        .unwrap();
    bytes
}

/// An opinion that shows pictures.
fn showing(pictures: &[Vec<u8>]) -> Statement {
    let mut opinion = version(1, OpinionKind::Opinion, None);
    let slide = opinion.slides[0].id;
    let each = (1..).zip(pictures);
    opinion.snapshots = each
        .map(|(n, bytes)| SnapshotNamed {
            snapshot: SnapshotId(id(300 + n)),
            taken_at: at(),
            sha256: hex(&Sha256::digest(bytes)),
            view: SnapshotView {
                slide,
                width: 320,
                height: 200,
                x: 4_000,
                y: 2_000,
                across: 640,
                degrees: 0,
                nanometres: Some(500),
                light: false,
            },
        })
        .collect();
    let named = opinion.snapshots.iter();
    opinion.content.snapshots = named
        .map(|one| SnapshotSaid {
            snapshot: one.snapshot,
            words: "Files indiennes, ici.".into(),
        })
        .collect();
    opinion
}

#[test]
fn the_pictures_of_an_opinion_are_printed_attached_and_looked_over() {
    let pictures = [picture(200), picture(30)];
    let form = Expert::new().signs(&showing(&pictures));
    let forms = [form.clone()];
    let chain = Chain::of(&forms).unwrap();
    assert!(
        pdf(&chain, PLACE, Language::French).is_err(),
        "without them"
    );
    assert!(
        chain.clone().showing(&pictures[..1]).is_err(),
        "one is missing"
    );
    let mixed = [picture(1), pictures[1].clone(), pictures[0].clone()];
    let chain = chain.showing(&mixed).unwrap();
    let words = content::Words(Language::French);
    let printed = content::of(words, chain.0.last().unwrap(), &[], &[], PLACE);
    let captions = printed.blocks.iter().filter_map(|block| match block {
        content::Block::Picture { caption, .. } => Some(caption.as_str()),
        _ => None,
    });
    let captions: Vec<&str> = captions.collect();
    assert_eq!(captions.len(), 2);
    for part in ["2. Files indiennes, ici.", "A1-1 · H&E · 20×", "SHA-256"] {
        assert!(captions[1].contains(part), "{part} in {}", captions[1]);
    }
    for language in Language::ALL {
        let sound = pdf(&chain, PLACE, language).unwrap();
        let paper = looked_at(&sound);
        assert!(paper.pages_hold(), "{paper:?}");
        // On the page and beside it.
        for one in &pictures {
            let there = sound.windows(one.len()).filter(|part| part == one);
            assert_eq!(there.count(), 2);
        }
        let ours = &pictures[0];
        let places = (0..sound.len() - ours.len()).filter(|at| sound[*at..].starts_with(ours));
        for at in places {
            let mut altered = sound.clone();
            altered[at + ours.len() / 2] ^= 1;
            assert!(!looked_at(&altered).pages_hold(), "byte {at}");
        }
    }
}
