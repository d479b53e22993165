//! Pictures of what an expert saw of a slide, in the opinion that they are shown in.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::commands::TextCheck;
use super::ids::{SlideId, SnapshotId};
use super::problems::{FieldProblem, FieldRule};
use super::slides::SlideFacts;

/// Most snapshots of an opinion.
pub const MOST: usize = 6;
/// Longest words about one, in characters.
pub const WORDS_MAX: usize = 1_000;
/// Largest picture that is taken, bytes.
pub const BYTES_MAX: usize = 300 * 1024;
/// The longest edge of a picture, pixels.
pub const EDGE_MAX: u32 = 2_000;
/// The shortest edge that still shows something, pixels.
pub const EDGE_MIN: u32 = 64;

/// What was seen: a picture's place on its slide, in whole numbers, since what is signed holds no others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SnapshotView {
    /// The slide.
    pub slide: SlideId,
    /// Width of the picture, pixels.
    pub width: u32,
    /// Height of the picture, pixels.
    pub height: u32,
    /// Its middle, pixels of the slide's finest resolution.
    pub x: i64,
    /// Its middle, pixels of the slide's finest resolution.
    pub y: i64,
    /// How many pixels of the finest resolution its width shows.
    pub across: i64,
    /// How far the slide was turned, degrees clockwise.
    pub degrees: u16,
    /// Nanometres of the slide in a pixel of the picture; left out where the slide's scale is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nanometres: Option<i64>,
    /// Whether it shows lighter pictures than the scanner's own.
    pub light: bool,
}

impl SnapshotView {
    /// What keeps it from being a view of a slide, of which a check of its link may have found what it is.
    pub fn problems(&self, facts: Option<&SlideFacts>) -> Vec<FieldProblem> {
        let size = |edge: u64| i64::try_from(edge).unwrap_or(i64::MAX);
        let (wide, high) = facts.map_or((i64::MAX, i64::MAX), |one| {
            (size(one.width), size(one.height))
        });
        // A slide may be looked at beyond its edge and from far away, but not so far that nothing of it is left.
        let far = |edge: i64| edge.saturating_mul(2);
        [
            ("/x", self.x, -wide, far(wide)),
            ("/y", self.y, -high, far(high)),
            ("/across", self.across, 1, far(far(wide.max(high)))),
            ("/degrees", i64::from(self.degrees), 0, 359),
        ]
        .into_iter()
        .filter(|(_, value, min, max)| !(min..=max).contains(&value))
        .map(|(pointer, _, min, max)| {
            FieldProblem::new(pointer, FieldRule::OutOfRange { min, max })
        })
        .collect()
    }

    /// The same, with the scale that a check of the slide's link found.
    #[must_use]
    pub fn scaled(self, facts: Option<&SlideFacts>) -> Self {
        let micrometres = facts.and_then(|one| one.mpp_x);
        let nanometres = micrometres.map(|one| self.pixel(one * 1_000.0).round());
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a float that is too large becomes the largest number, which is no scale of any slide"
        )]
        let nanometres = nanometres.map(|one| one as i64).filter(|one| *one > 0);
        Self { nanometres, ..self }
    }

    /// So many of something that a pixel of the slide is, in a pixel of the picture.
    #[expect(
        clippy::cast_precision_loss,
        reason = "a slide has less pixels across than a float counts"
    )]
    fn pixel(&self, each: f64) -> f64 {
        self.across as f64 * each / f64::from(self.width.max(1))
    }

    /// The magnification as microscopes say it, in hundredths: 4000 is 250 nanometres in a pixel.
    pub fn magnification(&self) -> Option<i64> {
        let times = self.nanometres.map(|one| 1_000_000 / one.max(1));
        times.filter(|times| *times > 0)
    }

    /// The view as the viewer's address has it behind the number sign.
    pub fn fragment(&self) -> String {
        let pixels = 1.0 / self.pixel(1.0).max(f64::MIN_POSITIVE);
        let (x, y, degrees) = (self.x, self.y, self.degrees);
        format!("x={x}&y={y}&pixels={pixels:.4}&degrees={degrees}")
    }
}

/// A snapshot in the content of an opinion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SnapshotSaid {
    /// Which one.
    pub snapshot: SnapshotId,
    /// What it shows, for who reads the opinion.
    #[serde(default)]
    pub words: String,
}

/// A snapshot as it is signed: by the digest of its picture, with what it shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SnapshotNamed {
    /// Which one.
    pub snapshot: SnapshotId,
    /// When it was taken.
    pub taken_at: DateTime<Utc>,
    /// SHA-256 of the picture's bytes (JPEG), lower-case hexadecimal.
    pub sha256: String,
    /// What was seen.
    pub view: SnapshotView,
}

/// What is wrong with words about a snapshot.
pub fn words_problems(words: &str) -> Vec<FieldProblem> {
    let mut check = TextCheck::default();
    check.at_most("/words", words, WORDS_MAX);
    check.problems
}

/// Snapshots that make a content unfit even as a draft: too many, one twice, words that are too long.
pub fn draft_problems(said: &[SnapshotSaid]) -> Vec<FieldProblem> {
    if said.len() > MOST {
        let rule = FieldRule::TooLong { max: MOST };
        return vec![FieldProblem::new("/snapshots", rule)];
    }
    let mut check = TextCheck::default();
    let mut seen = HashSet::new();
    let mut twice = Vec::new();
    for (n, one) in said.iter().enumerate() {
        check.at_most(format!("/snapshots/{n}/words"), &one.words, WORDS_MAX);
        if !seen.insert(one.snapshot) {
            let pointer = format!("/snapshots/{n}");
            twice.push(FieldProblem::new(pointer, FieldRule::Duplicate));
        }
    }
    check.problems.into_iter().chain(twice).collect()
}

/// Snapshots that are none of those the expert may show.
pub fn foreign(said: &[SnapshotSaid], known: &[SnapshotId]) -> Vec<FieldProblem> {
    let said = said.iter().enumerate();
    said.filter(|(_, one)| !known.contains(&one.snapshot))
        .map(|(n, _)| FieldProblem::new(format!("/snapshots/{n}"), FieldRule::UnknownCode))
        .collect()
}

/// Whether a snapshot of the draft is missing in what is to be signed: nothing is signed unseen, and nothing is lost unsaid.
pub fn unlisted(said: &[SnapshotSaid], drafted: &[SnapshotId]) -> Option<FieldProblem> {
    let is_said = |id: &SnapshotId| said.iter().any(|one| one.snapshot == *id);
    (!drafted.iter().all(is_said)).then(|| FieldProblem::new("/snapshots", FieldRule::Required))
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn view() -> SnapshotView {
        SnapshotView {
            slide: SlideId(Uuid::from_u128(1)),
            width: 1000,
            height: 600,
            x: 5_000,
            y: 400,
            across: 2_000,
            degrees: 90,
            nanometres: None,
            light: false,
        }
    }

    fn facts() -> SlideFacts {
        serde_json::from_value(serde_json::json!({
            "width": 10_000, "height": 8_000, "levels": 6, "tile_width": 256, "tile_height": 256,
            "mpp_x": 0.25, "mpp_y": 0.25
        }))
        .unwrap()
    }

    #[test]
    fn a_picture_has_the_scale_of_its_slide() {
        let scaled = view().scaled(Some(&facts()));
        assert_eq!(scaled.nanometres, Some(500));
        assert_eq!(scaled.magnification(), Some(2_000));
        assert_eq!(view().scaled(None).magnification(), None);
        assert_eq!(scaled.fragment(), "x=5000&y=400&pixels=0.5000&degrees=90");
    }

    #[test]
    fn what_lies_off_the_slide_is_no_view_of_it() {
        assert_eq!(view().problems(Some(&facts())), []);
        let off = SnapshotView {
            x: 20_001,
            y: -8_001,
            across: 0,
            degrees: 360,
            ..view()
        };
        let pointers: Vec<String> = off
            .problems(Some(&facts()))
            .into_iter()
            .map(|one| one.pointer)
            .collect();
        assert_eq!(pointers, ["/x", "/y", "/across", "/degrees"]);
    }

    #[test]
    fn a_draft_names_each_snapshot_once_and_what_is_signed_names_all() {
        let said = |n: u128| SnapshotSaid {
            snapshot: SnapshotId(Uuid::from_u128(n)),
            words: String::new(),
        };
        let id = |n: u128| said(n).snapshot;
        assert_eq!(draft_problems(&[said(1), said(2)]), []);
        assert_eq!(draft_problems(&[said(1), said(1)]).len(), 1);
        let many: Vec<_> = (0..7).map(said).collect();
        assert_eq!(draft_problems(&many).len(), 1);
        assert_eq!(foreign(&[said(1), said(2)], &[id(1)]).len(), 1);
        assert!(unlisted(&[said(1)], &[id(1), id(2)]).is_some());
        assert_eq!(unlisted(&[said(1), said(3)], &[id(1)]), None);
        let mut long = said(1);
        long.words = "é".repeat(WORDS_MAX + 1);
        assert_eq!(draft_problems(&[long]).len(), 1);
    }
}
