//! What people draw on slides: shapes in pixels of the finest resolution, each with a label.

use serde::{Deserialize, Serialize};

use super::problems::{FieldProblem, FieldRule};
use super::slides::EDGE_MAX;
use super::text_enum::text_enum;

/// Longest label, in characters.
pub const LABEL_MAX: usize = 200;
/// Most points of a shape.
pub const POINTS_MAX: usize = 2000;
/// Most annotations of a slide.
pub const PER_SLIDE_MAX: usize = 500;

text_enum! {
    /// What is drawn.
    pub enum ShapeKind {
        /// One place.
        Point = "point",
        /// From one place straight to another.
        Line = "line",
        /// Along the edges of the slide, between two opposite corners.
        Rectangle = "rectangle",
        /// In such a rectangle.
        Ellipse = "ellipse",
        /// A closed outline of corners.
        Polygon = "polygon",
        /// A line as the hand drew it.
        FreeHand = "free_hand",
    }
}

impl ShapeKind {
    /// How many points it may have.
    pub fn points(self) -> std::ops::RangeInclusive<usize> {
        match self {
            Self::Point => 1..=1,
            Self::Line | Self::Rectangle | Self::Ellipse => 2..=2,
            Self::Polygon => 3..=POINTS_MAX,
            Self::FreeHand => 2..=POINTS_MAX,
        }
    }
}

text_enum! {
    /// What became of an annotation.
    pub enum AnnotationAction {
        /// It was drawn.
        Added = "added",
        /// It was drawn or named anew.
        Changed = "changed",
        /// It was taken away.
        Removed = "removed",
    }
}

/// A place on a slide, pixels of its finest resolution from the upper left corner.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// Across.
    pub x: f64,
    /// Down.
    pub y: f64,
}

/// What is drawn, and what it is called.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnnotationContent {
    /// What is drawn.
    pub kind: ShapeKind,
    /// Where: the place, both ends, two opposite corners, every corner, or the way of the hand.
    pub points: Vec<Place>,
    /// What it is called, without the patient's identity; may be empty.
    #[serde(default)]
    pub label: String,
}

impl AnnotationContent {
    /// What is wrong with it on a slide of this size; `None` where the size is not known.
    pub fn problems(&self, size: Option<(u64, u64)>) -> Vec<FieldProblem> {
        let mut problems = Vec::new();
        let (most, least) = (*self.kind.points().end(), *self.kind.points().start());
        if self.points.len() > most {
            problems.push(FieldProblem::new(
                "/points",
                FieldRule::TooLong { max: most },
            ));
        } else if self.points.len() < least {
            problems.push(FieldProblem::new(
                "/points",
                FieldRule::TooFew { min: least },
            ));
        } else {
            problems.extend(self.outside(size.unwrap_or((EDGE_MAX, EDGE_MAX))));
        }
        problems.extend(label_problem(&self.label));
        problems
    }

    /// The coordinates that lie outside the slide.
    fn outside(&self, (width, height): (u64, u64)) -> Vec<FieldProblem> {
        let edges = [("x", width), ("y", height)];
        let bad = self.points.iter().enumerate().flat_map(|(index, place)| {
            edges.into_iter().zip([place.x, place.y]).filter_map(
                move |((axis, edge), coordinate)| {
                    let max = i64::try_from(edge).unwrap_or(i64::MAX);
                    let within = coordinate >= 0.0 && coordinate <= edge as f64;
                    let rule = FieldRule::OutOfRange { min: 0, max };
                    (!within).then(|| FieldProblem::new(format!("/points/{index}/{axis}"), rule))
                },
            )
        });
        bad.collect()
    }

    /// The same as it is kept: a hundredth of a pixel is finer than any hand, and its label has no blanks around it.
    #[must_use]
    pub fn as_kept(mut self) -> Self {
        let round = |value: f64| (value * 100.0).round() / 100.0;
        for place in &mut self.points {
            *place = Place {
                x: round(place.x),
                y: round(place.y),
            };
        }
        self.label = self.label.trim().to_owned();
        self
    }

    /// The rectangle around it: its upper left and its lower right corner; none without points.
    pub fn bounds(&self) -> Option<(Place, Place)> {
        let first = *self.points.first()?;
        Some(self.points.iter().fold((first, first), |(low, high), one| {
            let low = Place {
                x: low.x.min(one.x),
                y: low.y.min(one.y),
            };
            let high = Place {
                x: high.x.max(one.x),
                y: high.y.max(one.y),
            };
            (low, high)
        }))
    }
}

/// What is wrong with a label.
pub(super) fn label_problem(label: &str) -> Option<FieldProblem> {
    let rule = if label.chars().count() > LABEL_MAX {
        FieldRule::TooLong { max: LABEL_MAX }
    } else if label.chars().any(char::is_control) {
        FieldRule::ControlCharacters
    } else {
        return None;
    };
    Some(FieldProblem::new("/label", rule))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(kind: ShapeKind, points: &[(f64, f64)], label: &str) -> AnnotationContent {
        AnnotationContent {
            kind,
            points: points.iter().map(|&(x, y)| Place { x, y }).collect(),
            label: label.to_owned(),
        }
    }

    fn bad(content: &AnnotationContent) -> Vec<String> {
        let problems = content.problems(Some((100, 50)));
        problems.into_iter().map(|one| one.pointer).collect()
    }

    #[test]
    fn a_shape_has_the_points_it_needs_on_its_slide_and_a_label_on_one_line() {
        use ShapeKind::*;
        let inside = [(0.0, 0.0), (100.0, 50.0), (1.5, 2.5)];
        for (kind, count) in [
            (Point, 1),
            (Line, 2),
            (Rectangle, 2),
            (Ellipse, 2),
            (Polygon, 3),
        ] {
            assert!(
                bad(&content(kind, &inside[..count], "Tumeur")).is_empty(),
                "{kind}"
            );
            assert_eq!(
                bad(&content(kind, &inside[..count - 1], "")),
                ["/points"],
                "{kind}"
            );
        }
        assert_eq!(bad(&content(Line, &inside, "")), ["/points"]);
        let many = vec![(1.0, 1.0); POINTS_MAX + 1];
        assert_eq!(bad(&content(FreeHand, &many, "")), ["/points"]);
        assert!(bad(&content(FreeHand, &many[1..], "")).is_empty());
        let outside = content(Line, &[(100.5, 1.0), (-0.1, f64::NAN)], &"l".repeat(201));
        let named = ["/points/0/x", "/points/1/x", "/points/1/y", "/label"];
        assert_eq!(bad(&outside), named);
        assert_eq!(bad(&content(Point, &inside[..1], "a\nb")), ["/label"]);
        let elsewhere = content(Point, &[(2e6, 2e6)], "");
        assert!(elsewhere.problems(None).is_empty());
    }

    #[test]
    fn what_is_kept_is_rounded_and_bounded() {
        let kept = content(ShapeKind::Line, &[(9.999, 1.0), (3.0, 7.123_456)], "  a ").as_kept();
        assert_eq!(
            kept,
            content(ShapeKind::Line, &[(10.0, 1.0), (3.0, 7.12)], "a")
        );
        let corners = (Place { x: 3.0, y: 1.0 }, Place { x: 10.0, y: 7.12 });
        assert_eq!(kept.bounds(), Some(corners));
        assert_eq!(content(ShapeKind::Polygon, &[], "").bounds(), None);
    }
}
