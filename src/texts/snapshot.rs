//! Where a snapshot lies on its slide, in words.

use super::{Language, text};
use crate::domain::snapshots::SnapshotView;

/// At which magnification, how wide, where, how far turned, and whether in the light view.
pub fn snapshot_view(language: Language, view: &SnapshotView) -> String {
    let with = |key, name, value: String| text(language, key, &[(name, value.into())]);
    let nearest = view.magnification().map(|hundredths| {
        let times = decimal(language, hundredths);
        format!("{times}×")
    });
    let wide = view.nanometres.map(|one| {
        let micrometres = one.saturating_mul(i64::from(view.width)) / 1_000;
        with("snapshot-wide", "x", micrometres.to_string())
    });
    let place = text(
        language,
        "snapshot-place",
        &[
            ("x", view.x.to_string().into()),
            ("y", view.y.to_string().into()),
        ],
    );
    let turned = (view.degrees > 0).then(|| with("snapshot-turned", "x", view.degrees.to_string()));
    let light = view.light.then(|| text(language, "snapshot-light", &[]));
    let told: Vec<String> = [nearest, wide, Some(place), turned, light]
        .into_iter()
        .flatten()
        .collect();
    told.join(", ")
}

/// Hundredths as a person writes them, without zeros at the end.
fn decimal(language: Language, hundredths: i64) -> String {
    let (whole, rest) = (hundredths / 100, hundredths % 100);
    let rest = format!("{rest:02}");
    let rest = rest.trim_end_matches('0');
    let point = match language {
        Language::French => ',',
        Language::English => '.',
    };
    if rest.is_empty() {
        whole.to_string()
    } else {
        format!("{whole}{point}{rest}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::SlideId;

    #[test]
    fn a_view_is_said_as_far_as_its_scale_is_known() {
        let view = SnapshotView {
            slide: SlideId(uuid::Uuid::nil()),
            width: 1_000,
            height: 600,
            x: 5_000,
            y: 400,
            across: 2_000,
            degrees: 90,
            nanometres: Some(4_000),
            light: true,
        };
        assert_eq!(
            snapshot_view(Language::French, &view),
            "2,5×, 4000 µm de large, autour de x 5000 y 400 (pixels de la lame), tournée de 90°, en vue allégée"
        );
        let plain = SnapshotView {
            nanometres: None,
            degrees: 0,
            light: false,
            ..view
        };
        assert_eq!(
            snapshot_view(Language::English, &plain),
            "around x 5000 y 400 (pixels of the slide)"
        );
    }
}
