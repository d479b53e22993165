//! Annotations as other programs read and write them: QuPath's GeoJSON (coordinates are pixels of the finest resolution, not
//! degrees) and the W3C Web Annotation model.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::annotations::{AnnotationContent, Place, ShapeKind, label_problem};
use super::ids::{AnnotationId, PersonId, SlideId};
use super::problems::{FieldProblem, FieldRule};
use super::text_enum::{TextEnum, text_enum};

/// Corners by which an ellipse is drawn where only polygons are known. Its four extremes are among them.
const ELLIPSE_CORNERS: u32 = 64;
/// Under which name of QuPath's metadata the kind of a shape is told, which GeoJSON cannot say.
const KIND: &str = "relecture.kind";

text_enum! {
    /// The one type of a collection.
    pub enum CollectionType {
        /// Features.
        FeatureCollection = "FeatureCollection",
    }
}

text_enum! {
    /// The one type of a feature.
    pub enum FeatureType {
        /// A feature.
        Feature = "Feature",
    }
}

text_enum! {
    /// The geometries that are read.
    pub enum GeometryType {
        /// A place.
        Point = "Point",
        /// Places.
        MultiPoint = "MultiPoint",
        /// A line.
        LineString = "LineString",
        /// Lines.
        MultiLineString = "MultiLineString",
        /// An outline.
        Polygon = "Polygon",
        /// Outlines.
        MultiPolygon = "MultiPolygon",
    }
}

/// Features as QuPath writes them.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeatureCollection {
    /// What it is.
    pub r#type: CollectionType,
    /// The features.
    pub features: Vec<Feature>,
}

/// A feature; what else its program says of it is passed over.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Feature {
    /// What it is.
    pub r#type: FeatureType,
    /// Where.
    pub geometry: Geometry,
    /// Its name, its class.
    #[serde(default)]
    pub properties: Value,
}

/// A geometry.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Geometry {
    /// Which one.
    pub r#type: GeometryType,
    /// Its positions, as deep as the type has them.
    pub coordinates: Value,
}

impl FeatureCollection {
    /// The annotations in it, for a slide of this size and at most `most` of them.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn annotations(
        &self,
        size: Option<(u64, u64)>,
        most: usize,
    ) -> Result<Vec<AnnotationContent>, Vec<FieldProblem>> {
        let (mut found, mut problems) = (Vec::new(), Vec::new());
        for (index, feature) in self.features.iter().enumerate() {
            match feature.annotations(size, most) {
                Ok(annotations) => found.extend(annotations),
                Err((below, rule)) => {
                    let pointer = format!("/features/{index}/{below}");
                    problems.push(FieldProblem::new(pointer, rule));
                }
            }
            if found.len() > most {
                break;
            }
        }
        if found.len() > most {
            problems.push(FieldProblem::new(
                "/features",
                FieldRule::TooLong { max: most },
            ));
        }
        if problems.is_empty() {
            Ok(found)
        } else {
            Err(problems)
        }
    }
}

/// Where in a feature something is wrong, and what.
type Bad = (&'static str, FieldRule);

impl Feature {
    fn annotations(
        &self,
        size: Option<(u64, u64)>,
        most: usize,
    ) -> Result<Vec<AnnotationContent>, Bad> {
        let label = self.label();
        // Before the shapes, each of which has the label.
        if let Some(problem) = label_problem(label.trim()) {
            return Err(("properties/name", problem.rule));
        }
        let shapes = self.geometry.shapes(self.stated_kind(), most)?;
        let named = shapes.into_iter().map(|(kind, points)| AnnotationContent {
            kind,
            points,
            label: label.clone(),
        });
        let found: Vec<AnnotationContent> = named.map(AnnotationContent::as_kept).collect();
        for one in &found {
            if let Some(problem) = one.problems(size).into_iter().next() {
                return Err(("geometry/coordinates", problem.rule));
            }
        }
        Ok(found)
    }

    /// The name of it, or of its class.
    fn label(&self) -> String {
        let name = |value: &Value| Some(value.as_str()?.to_owned());
        let own = self.properties.get("name").and_then(name);
        let class = || {
            self.properties
                .pointer("/classification/name")
                .and_then(name)
        };
        own.or_else(class).unwrap_or_default()
    }

    fn stated_kind(&self) -> Option<ShapeKind> {
        let metadata = self.properties.get("metadata")?;
        ShapeKind::parse(metadata.get(KIND)?.as_str()?)
    }
}

type Shape = (ShapeKind, Vec<Place>);

impl Geometry {
    /// Its shapes, at most so many. `stated` is what its writer says that it is, where that was us.
    fn shapes(&self, stated: Option<ShapeKind>, most: usize) -> Result<Vec<Shape>, Bad> {
        use GeometryType::*;
        let coordinates = &self.coordinates;
        let each = |read: &dyn Fn(&Value) -> Result<Shape, Bad>| {
            let parts = coordinates.as_array().ok_or_else(malformed)?;
            // One too many is told, and the others are not made.
            parts
                .iter()
                .take(most.saturating_add(1))
                .map(read)
                .collect::<Result<Vec<_>, _>>()
        };
        let point =
            |value: &Value| Ok((ShapeKind::Point, vec![place(value).ok_or_else(malformed)?]));
        let line = |value: &Value| line(value, stated);
        let outline = |value: &Value| outline(value, stated);
        match self.r#type {
            Point => Ok(vec![point(coordinates)?]),
            LineString => Ok(vec![line(coordinates)?]),
            Polygon => Ok(vec![outline(coordinates)?]),
            MultiPoint => each(&point),
            MultiLineString => each(&line),
            MultiPolygon => each(&outline),
        }
    }
}

fn malformed() -> Bad {
    let expected = "the positions of its type".to_owned();
    ("geometry/coordinates", FieldRule::Malformed { expected })
}

fn place(value: &Value) -> Option<Place> {
    let [x, y, ..] = value.as_array()?.as_slice() else {
        return None;
    };
    Some(Place {
        x: x.as_f64()?,
        y: y.as_f64()?,
    })
}

fn places(value: &Value) -> Result<Vec<Place>, Bad> {
    let all = value.as_array().ok_or_else(malformed)?;
    let read: Option<Vec<Place>> = all.iter().map(place).collect();
    read.ok_or_else(malformed)
}

fn line(value: &Value, stated: Option<ShapeKind>) -> Result<Shape, Bad> {
    let points = places(value)?;
    let straight = points.len() == 2 && stated != Some(ShapeKind::FreeHand);
    let kind = if straight {
        ShapeKind::Line
    } else {
        ShapeKind::FreeHand
    };
    Ok((kind, points))
}

fn outline(value: &Value, stated: Option<ShapeKind>) -> Result<Shape, Bad> {
    let [ring] = value.as_array().ok_or_else(malformed)?.as_slice() else {
        let detail = "has holes, which are not kept: cut it into outlines first".to_owned();
        return Err(("geometry/coordinates", FieldRule::Invalid { detail }));
    };
    let mut points = places(ring)?;
    if points.len() > 1 && points.first() == points.last() {
        points.pop();
    }
    let polygon = AnnotationContent {
        kind: ShapeKind::Polygon,
        points,
        label: String::new(),
    };
    match (stated, polygon.bounds()) {
        (Some(kind @ (ShapeKind::Rectangle | ShapeKind::Ellipse)), Some((low, high))) => {
            Ok((kind, vec![low, high]))
        }
        _ => Ok((ShapeKind::Polygon, polygon.points)),
    }
}

/// An annotation with what others are told of it.
#[derive(Debug, Clone)]
pub struct Exchanged {
    /// Which one.
    pub id: AnnotationId,
    /// What is drawn.
    pub content: AnnotationContent,
    /// Who drew it, and their name.
    pub author: (PersonId, String),
    /// When.
    pub created_at: DateTime<Utc>,
    /// When it was drawn or named last.
    pub changed_at: DateTime<Utc>,
}

/// As QuPath reads them.
pub fn geo_json(annotations: &[Exchanged]) -> Value {
    let features: Vec<Value> = annotations.iter().map(feature).collect();
    json!({ "type": "FeatureCollection", "features": features })
}

fn feature(annotation: &Exchanged) -> Value {
    let content = &annotation.content;
    let at = |one: &Place| json!([one.x, one.y]);
    let all = || content.points.iter().map(at).collect::<Vec<_>>();
    let (kind, coordinates) = match content.kind {
        ShapeKind::Point => ("Point", content.points.first().map_or(Value::Null, at)),
        ShapeKind::Line | ShapeKind::FreeHand => ("LineString", all().into()),
        _ => (
            "Polygon",
            json!([ring(content).iter().map(at).collect::<Vec<_>>()]),
        ),
    };
    json!({
        "type": "Feature",
        "id": annotation.id,
        "geometry": { "type": kind, "coordinates": coordinates },
        "properties": {
            "objectType": "annotation",
            "name": content.label,
            "metadata": { KIND: content.kind, "relecture.author": annotation.author.1 },
        },
    })
}

/// The closed outline of a shape that has one.
fn ring(content: &AnnotationContent) -> Vec<Place> {
    let mut corners = match (content.kind, content.bounds()) {
        (ShapeKind::Rectangle, Some((low, high))) => vec![
            low,
            Place {
                x: high.x,
                y: low.y,
            },
            high,
            Place {
                x: low.x,
                y: high.y,
            },
        ],
        (ShapeKind::Ellipse, Some((low, high))) => ellipse(low, high),
        _ => content.points.clone(),
    };
    corners.extend(corners.first().copied());
    corners
}

fn ellipse(low: Place, high: Place) -> Vec<Place> {
    let (middle_x, middle_y) = (low.x.midpoint(high.x), low.y.midpoint(high.y));
    let (across, down) = ((high.x - low.x) / 2.0, (high.y - low.y) / 2.0);
    let round = |value: f64| (value * 100.0).round() / 100.0;
    let corner = |n: u32| {
        let angle = f64::from(n) * std::f64::consts::TAU / f64::from(ELLIPSE_CORNERS);
        Place {
            x: round(middle_x + across * angle.cos()),
            y: round(middle_y + down * angle.sin()),
        }
    };
    (0..ELLIPSE_CORNERS).map(corner).collect()
}

/// As the Web Annotation model has them. The slide is named by its identifier, which leads nowhere by itself.
pub fn web_annotations(slide: SlideId, annotations: &[Exchanged]) -> Value {
    let instant = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::AutoSi, true);
    let items: Vec<Value> = annotations
        .iter()
        .map(|one| {
            json!({
                "id": format!("urn:uuid:{}", one.id),
                "type": "Annotation",
                "motivation": "commenting",
                "creator": {
                    "id": format!("urn:uuid:{}", one.author.0),
                    "type": "Person",
                    "name": one.author.1,
                },
                "created": instant(one.created_at),
                "modified": instant(one.changed_at),
                "body": [{ "type": "TextualBody", "format": "text/plain", "value": one.content.label }],
                "target": { "source": format!("urn:uuid:{slide}"), "selector": selector(&one.content) },
            })
        })
        .collect();
    json!({ "@context": "http://www.w3.org/ns/anno.jsonld", "type": "AnnotationPage", "items": items })
}

/// Which part of the slide: a rectangle by itself, everything else as SVG.
fn selector(content: &AnnotationContent) -> Value {
    let corners = content
        .bounds()
        .unwrap_or((Place { x: 0.0, y: 0.0 }, Place { x: 0.0, y: 0.0 }));
    let (low, high) = corners;
    let (width, height) = (high.x - low.x, high.y - low.y);
    let points = |all: &[Place]| {
        let each: Vec<String> = all
            .iter()
            .map(|one| format!("{},{}", one.x, one.y))
            .collect();
        each.join(" ")
    };
    let shape = match content.kind {
        ShapeKind::Rectangle => {
            return json!({
                "type": "FragmentSelector",
                "conformsTo": "http://www.w3.org/TR/media-frags/",
                "value": format!("xywh=pixel:{},{},{width},{height}", low.x, low.y),
            });
        }
        ShapeKind::Ellipse => format!(
            "<ellipse cx=\"{}\" cy=\"{}\" rx=\"{}\" ry=\"{}\"/>",
            low.x.midpoint(high.x),
            low.y.midpoint(high.y),
            width / 2.0,
            height / 2.0
        ),
        ShapeKind::Point => format!("<circle cx=\"{}\" cy=\"{}\" r=\"0.5\"/>", low.x, low.y),
        ShapeKind::Polygon => format!("<polygon points=\"{}\"/>", points(&content.points)),
        ShapeKind::Line | ShapeKind::FreeHand => {
            format!(
                "<polyline points=\"{}\" fill=\"none\"/>",
                points(&content.points)
            )
        }
    };
    let svg = format!("<svg xmlns=\"http://www.w3.org/2000/svg\">{shape}</svg>");
    json!({ "type": "SvgSelector", "value": svg })
}

#[cfg(test)]
mod tests;
