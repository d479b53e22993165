use super::*;
use proptest::prelude::*;

#[test]
fn a_location_never_leaves_its_source() {
    let dz = |path: &str| SlideLocation::DeepZoom { path: path.into() }.validate();
    assert_eq!(dz("slides/a b.dzi"), Err(LocationProblem::Leaves));
    assert_eq!(dz("slides/é-1.dzi"), Ok(()));
    assert_eq!(dz("a%2Fb%20c.dzi"), Ok(()));
    assert_eq!(dz("100%25.dzi"), Ok(()));
    for path in [
        "/etc/x.dzi",
        "../x.dzi",
        "a/../x.dzi",
        "a//x.dzi",
        "http://x/x.dzi",
        "x.dzi?.dzi",
        "a%2E%2e/x.dzi",
        "..%2Fx.dzi",
        "a%2f..%2Fx.dzi",
        "..%5cx.dzi",
        "%252e%252e/x.dzi",
        "..%25252fx.dzi",
        "a%2F%2Fx.dzi",
        "u@h/x.dzi",
        "a\\x.dzi",
        "a\nb.dzi",
    ] {
        assert_eq!(dz(path), Err(LocationProblem::Leaves), "{path:?}");
    }
    assert_eq!(dz("slide.tif"), Err(LocationProblem::NotDzi));
    let dicom = |uid: &str| {
        SlideLocation::DicomWeb {
            study_uid: uid.into(),
            series_uid: "1.2".into(),
        }
        .validate()
    };
    assert_eq!(dicom("1.2.840.10008"), Ok(()));
    for uid in ["", "1..2", "1.02", "1.2/../x", &"1.".repeat(40)] {
        assert_eq!(dicom(uid), Err(LocationProblem::NotAUid), "{uid}");
    }
}

#[test]
fn a_pasted_address_is_recognised_below_its_source_only() {
    let base = "https://pacs.example.org/dicom-web/";
    let pasted = SlideLocation::from_pasted(
        SourceKind::DicomWeb,
        base,
        "https://pacs.example.org/dicom-web/studies/1.2/series/3.4/metadata",
    );
    assert_eq!(
        pasted,
        Ok(SlideLocation::DicomWeb {
            study_uid: "1.2".into(),
            series_uid: "3.4".into()
        })
    );
    let iiif = SlideLocation::from_pasted(
        SourceKind::Iiif,
        "https://i.example.org/iiif",
        "https://i.example.org/iiif/a%2Fb.tif/info.json",
    );
    assert_eq!(
        iiif,
        Ok(SlideLocation::Iiif {
            identifier: "a%2Fb.tif".into()
        })
    );
    for elsewhere in [
        "https://evil.example.org/dicom-web/studies/1.2/series/3.4",
        "https://pacs.example.org/dicom-webx/studies/1/series/2",
        "studies/1/series/2",
    ] {
        assert_eq!(
            SlideLocation::from_pasted(SourceKind::DicomWeb, base, elsewhere),
            Err(LocationProblem::Leaves),
            "{elsewhere}"
        );
    }
}

#[test]
fn what_no_slide_has_is_not_believed() {
    let facts = SlideFacts {
        width: 2220,
        height: 2967,
        levels: 5,
        tile_width: 256,
        tile_height: 256,
        mpp_x: Some(0.499),
        mpp_y: Some(0.499),
        objective: Some(20.0),
        scale_warning: None,
    };
    assert_eq!(facts.clone().plausible().unwrap(), facts);
    for wrong in [
        SlideFacts {
            width: 0,
            ..facts.clone()
        },
        SlideFacts {
            height: EDGE_MAX + 1,
            ..facts.clone()
        },
        SlideFacts {
            tile_width: 1,
            ..facts.clone()
        },
        SlideFacts {
            levels: 0,
            ..facts.clone()
        },
    ] {
        assert_eq!(wrong.plausible(), Err(LinkFailure::ImplausibleDimensions));
    }
    let scale = |x, y| {
        SlideFacts {
            mpp_x: x,
            mpp_y: y,
            ..facts.clone()
        }
        .plausible()
        .unwrap()
    };
    assert_eq!(scale(None, None).scale_warning, Some(ScaleWarning::Missing));
    assert_eq!(
        scale(Some(f64::NAN), Some(0.5)).scale_warning,
        Some(ScaleWarning::Implausible)
    );
    assert_eq!(scale(Some(0.5), None).mpp_x, None);
}

proptest! {
    #[test]
    fn no_text_makes_a_location_panic(text in "\\PC{0,80}") {
        for kind in [SourceKind::DicomWeb, SourceKind::Iiif, SourceKind::DeepZoom] {
            let _ = SlideLocation::from_pasted(kind, "https://a.example.org", &format!("https://a.example.org/{text}"));
        }
    }
}
