//! The real slide in a real Orthanc and behind a real nginx: what is found is exactly what it is.

use relecture::domain::slides::{LinkFailure, ScaleWarning, SlideFacts};
use relecture::slides::outbound::{Credentials, RegisteredSource};
use serde_json::json;

use super::{limits, prober};
use crate::support::nginx::{Nginx, deep_zoom, iiif};
use crate::support::orthanc::{self, Orthanc, dicom};

/// What the slide is, whoever serves it: `CMU-1-Small-Region.svs` as its scanner wrote it.
const SLIDE: SlideFacts = SlideFacts {
    width: 2220,
    height: 2967,
    levels: 5,
    tile_width: 240,
    tile_height: 240,
    mpp_x: Some(0.499),
    mpp_y: Some(0.499),
    objective: None,
    scale_warning: None,
};

/// The facts with the scale rounded to a picometre: decimal fractions of a millimetre are no binary ones.
fn rounded(facts: SlideFacts) -> SlideFacts {
    let round = |scale: f64| (scale * 1e6).round() / 1e6;
    SlideFacts {
        mpp_x: facts.mpp_x.map(round),
        mpp_y: facts.mpp_y.map(round),
        ..facts
    }
}

#[actix_web::test]
async fn a_dicomweb_series_is_told_exactly_without_its_label_overview_and_thumbnail() {
    let orthanc = Orthanc::shared();
    let found = prober(limits())
        .probe(&orthanc.source(), &orthanc::slide())
        .await;
    assert_eq!(found.map(rounded), Ok(SLIDE));
}

#[actix_web::test]
async fn the_objective_and_a_scale_that_contradicts_itself_are_read_from_a_real_series() {
    let orthanc = Orthanc::holding_the_slide();
    let prober = prober(limits());
    let with_objective =
        orthanc.altered(&json!({ "OpticalPathSequence[0].ObjectiveLensPower": "20" }));
    let found = prober.probe(&orthanc.source(), &with_objective).await;
    let expected = SlideFacts {
        objective: Some(20.0),
        ..SLIDE
    };
    assert_eq!(found.map(rounded), Ok(expected));
    // Orthanc's own converter: pixel spacing of 0.37 by 0.67 µm for a slide of 0.499 µm, four levels.
    let converted = orthanc.convert_wrongly();
    let found = prober.probe(&orthanc.source(), &converted).await;
    let expected = SlideFacts {
        levels: 4,
        mpp_x: None,
        mpp_y: None,
        scale_warning: Some(ScaleWarning::Contradictory),
        ..SLIDE
    };
    assert_eq!(found, Ok(expected));
}

#[actix_web::test]
async fn a_iiif_image_is_told_exactly_with_its_scale_where_the_server_knows_it() {
    let nginx = Nginx::shared();
    let prober = prober(limits());
    let tiled = SlideFacts {
        tile_width: 256,
        tile_height: 256,
        ..SLIDE
    };
    // A colon is no scheme, and a name need not be English.
    for identifier in ["scaled", "ark:12148", "été", "%C3%A9t%C3%A9"] {
        let found = prober.probe(&nginx.iiif(), &iiif(identifier)).await;
        assert_eq!(found.map(rounded), Ok(tiled.clone()), "{identifier}");
    }
    let found = prober.probe(&nginx.iiif(), &iiif("cmu")).await;
    let without_scale = SlideFacts {
        mpp_x: None,
        mpp_y: None,
        scale_warning: Some(ScaleWarning::Missing),
        ..tiled
    };
    assert_eq!(found, Ok(without_scale));
}

#[actix_web::test]
async fn a_deepzoom_image_is_told_exactly_and_has_no_scale() {
    let nginx = Nginx::shared();
    let found = prober(limits())
        .probe(&nginx.deep_zoom(), &deep_zoom("cmu.dzi"))
        .await;
    // DeepZoom halves down to one pixel, and cannot tell a scale.
    let expected = SlideFacts {
        levels: 13,
        tile_width: 254,
        tile_height: 254,
        mpp_x: None,
        mpp_y: None,
        scale_warning: Some(ScaleWarning::Missing),
        ..SLIDE
    };
    assert_eq!(found, Ok(expected));
}

#[actix_web::test]
async fn what_is_not_there_or_is_no_whole_slide_is_told_apart() {
    let (orthanc, nginx, prober) = (Orthanc::shared(), Nginx::shared(), prober(limits()));
    let (study, annotations) = orthanc::ANNOTATIONS;
    for (story, location, failure) in [
        (
            "annotations",
            dicom(study, annotations),
            LinkFailure::NotAWholeSlideImage,
        ),
        (
            "no such series",
            dicom(orthanc::STUDY, "1.2.3"),
            LinkFailure::NotFound,
        ),
        (
            "no such study",
            dicom("1.2.3", "1.2.4"),
            LinkFailure::NotFound,
        ),
        // Both are there, but not together.
        (
            "another study's series",
            dicom(orthanc::STUDY, annotations),
            LinkFailure::NotFound,
        ),
        (
            "the slide in another study",
            dicom(study, orthanc::SERIES),
            LinkFailure::NotFound,
        ),
    ] {
        let found = prober.probe(&orthanc.source(), &location).await;
        assert_eq!(found, Err(failure), "{story}");
    }
    let found = prober.probe(&nginx.iiif(), &iiif("nowhere")).await;
    assert_eq!(found, Err(LinkFailure::NotFound));
    let found = prober
        .probe(&nginx.deep_zoom(), &deep_zoom("nowhere.dzi"))
        .await;
    assert_eq!(found, Err(LinkFailure::NotFound));
    // A location of another kind than its source.
    let found = prober.probe(&nginx.iiif(), &deep_zoom("cmu.dzi")).await;
    assert_eq!(found, Err(LinkFailure::Malformed));
}

#[actix_web::test]
async fn a_source_whose_credentials_are_wrong_or_missing_says_so() {
    let orthanc = Orthanc::shared();
    let wrong = Credentials::Basic {
        user: orthanc::USER.into(),
        password: "wrong".into(),
    };
    for credentials in [
        None,
        Some(wrong),
        Some(Credentials::Bearer { token: "x".into() }),
    ] {
        let source = RegisteredSource {
            credentials,
            ..orthanc.source()
        };
        let found = prober(limits()).probe(&source, &orthanc::slide()).await;
        assert_eq!(found, Err(LinkFailure::RefusedCredentials));
    }
}

#[actix_web::test]
async fn a_source_that_went_down_is_unreachable() {
    let nginx = Nginx::start();
    let (source, prober) = (nginx.deep_zoom(), prober(limits()));
    assert!(prober.probe(&source, &deep_zoom("cmu.dzi")).await.is_ok());
    drop(nginx);
    let found = prober.probe(&source, &deep_zoom("cmu.dzi")).await;
    assert_eq!(found, Err(LinkFailure::SourceUnreachable));
}
