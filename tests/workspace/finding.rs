//! Slides looked for by accession number on a real DICOMweb server, and picked by what they look like.

use relecture::domain::slides::LinkFailure;
use relecture::slides::outbound::OutboundLimits;
use relecture::slides::probe::Prober;

use super::*;
use crate::slides::main_job::register;
use crate::support::hostile::{Hostile, whole};
use crate::support::orthanc::{ACCESSION, Orthanc};
use relecture::domain::slides::SourceKind;

fn prober() -> Prober {
    Prober::new(OutboundLimits::default()).expect("a prober")
}

#[actix_web::test]
async fn a_number_finds_its_own_slides_and_a_pattern_finds_nobodys() {
    let orthanc = Orthanc::holding_the_slide_as(ACCESSION);
    let source = orthanc.source();
    let found = prober().by_accession(&source, ACCESSION).await.unwrap();
    assert_eq!(found.len(), 1, "the tissue, once: {found:?}");
    for other in ["26H00999", "*", "26H*", "", "26H0077?"] {
        let found = prober().by_accession(&source, other).await.unwrap();
        assert_eq!(found, [], "{other}");
    }
}

#[actix_web::test]
async fn a_server_that_answers_nonsense_is_told() {
    for (answer, failure) in [
        (whole("200 OK", "", b"<html>"), LinkFailure::Malformed),
        (whole("200 OK", "", b"{}"), LinkFailure::Malformed),
        (
            whole("401 Unauthorized", "", b""),
            LinkFailure::RefusedCredentials,
        ),
    ] {
        let source = Hostile::saying(answer).source(SourceKind::DicomWeb);
        let found = prober().by_accession(&source, ACCESSION).await;
        assert_eq!(found, Err(failure));
    }
    // Identifiers that climb are passed over.
    let climbing = br#"[{"0020000D":{"vr":"UI","Value":["1.2/../../x"]}}]"#;
    let source = Hostile::saying(whole("200 OK", "", climbing)).source(SourceKind::DicomWeb);
    assert_eq!(
        prober().by_accession(&source, ACCESSION).await,
        Ok(Vec::new())
    );
}

#[actix_web::test]
async fn a_submitter_finds_slides_by_number_and_picks_them_by_what_they_look_like() {
    let orthanc = Orthanc::holding_the_slide_as(ACCESSION);
    let ways = [
        way("fr", true, 1440),
        way("en", false, 390),
        way("en", true, 390),
        way("fr", false, 1440),
    ];
    tell_each("finding", &ways, async |world: &World, _: &Served| {
        register(world, &orthanc.source()).await;
    })
    .await;
}
