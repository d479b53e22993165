//! No byte of the evidence in a bundle can be changed, and whoever looks is told where it was.

use super::super::tests::{Expert, PLACE, place_of, report};
use super::super::verification::verify_paper;
use super::verification::{Bundle, verify_bundle};
use super::*;
use crate::signing::revocation::list;
use crate::signing::transparency::{
    Growth, KEY_BYTES, LogKey, Proof, Tiles, entry, tiles_of_proof,
};
use crate::signing::verification::Trust;
use crate::signing::verification::tests::at;
use crate::texts::Language;

/// That a form stands alone in a log.
fn proven(form: &str) -> Proven {
    let key = LogKey::new("exchange.example.org/log", &[7; KEY_BYTES]).unwrap();
    let (salt, signed) = ([3; 32], serde_json::from_str(form).unwrap());
    let mut growth = Growth::of(0, Tiles::new()).unwrap();
    for other in 0..5 {
        growth.add(&[other; 32]);
    }
    growth.add(&entry(&salt, &signed));
    let (size, root) = (growth.size(), growth.root().unwrap());
    let checkpoint = key.sign(size, root).unwrap();
    let tiles: Tiles = growth.changed().collect();
    assert_eq!(tiles_of_proof(size, 5).unwrap(), [(0, 0)]);
    let proof = Proof::make(5, salt, size, &tiles, checkpoint).unwrap();
    Proven {
        proof: proof.to_text(),
        public_key: key.public().to_owned(),
    }
}

/// The files of a bundle of one opinion, without the reports.
fn files() -> Vec<File> {
    let expert = Expert::new();
    let form = expert.chain(0).remove(0);
    let zip = bundle(Contents {
        signed: &form,
        time_authorities: &[],
        proven: Some(proven(&form)),
        revocations: Some(list(&expert.authority, &[], at()).unwrap()),
        seats: Vec::new(),
        papers: [Vec::new(), Vec::new()],
    });
    let mut archive = zip::ZipArchive::new(Cursor::new(zip.unwrap())).unwrap();
    let mut files = Vec::new();
    for at in 0..archive.len() {
        let mut file = archive.by_index(at).unwrap();
        let name = file.name().unwrap().into_owned();
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut file, &mut bytes).unwrap();
        files.push((name, bytes));
    }
    files.retain(|(name, _)| !PAPERS.contains(&name.as_str()));
    files
}

fn looked_at(files: &[File]) -> Bundle {
    let zip = zipped(files).unwrap();
    verify_bundle(&zip, Trust::default(), None, None).expect("a bundle")
}

#[test]
fn each_byte_of_each_file_that_proves_something_is_missed_when_it_is_another() {
    let mut files = files();
    assert!(looked_at(&files).holds());
    let mut proving = 0;
    for at in 0..files.len() {
        let name = files[at].0.clone();
        if ["README.txt", "LISEZMOI.txt", "verify-log.mjs"].contains(&name.as_str()) {
            continue;
        }
        proving += 1;
        for place in 0..files[at].1.len() {
            files[at].1[place] ^= 1;
            let found = looked_at(&files);
            assert!(!found.opinion_holds(), "{name}, byte {place}");
            if name == OPINION {
                let failure = found.opinion.as_ref().and_then(|one| one.failure());
                assert!(failure.is_some(), "{name}, byte {place}: {found:?}");
            } else {
                let said = &found.failure().expect("it is told").said;
                assert!(said.starts_with(&name), "{name}, byte {place}: {said}");
            }
            files[at].1[place] ^= 1;
        }
    }
    assert_eq!(
        proving, 10,
        "the form, its plain parts, the proof, the list"
    );
    assert!(looked_at(&files).holds());
}

#[test]
fn each_byte_of_the_opinion_that_a_report_carries_is_missed_when_it_is_another() {
    let forms = Expert::new().chain(0);
    let mut pdf = report(&forms, Language::French);
    for place in place_of(&forms[0], &pdf) {
        pdf[place] ^= 1;
        let paper = verify_paper(&pdf, Trust::default(), Some(PLACE)).expect("a PDF");
        assert!(
            !paper.opinion_holds() && !paper.pages_hold(),
            "byte {place}"
        );
        pdf[place] ^= 1;
    }
    let paper = verify_paper(&pdf, Trust::default(), Some(PLACE)).expect("a PDF");
    assert!(paper.pages_hold());
}
