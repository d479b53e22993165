//! The DICOMweb face (PS3.18): searches, metadata, frames and rendered pictures of one slide, for a slide whose
//! source speaks DICOMweb. Of another one no DICOM is invented.
//!
//! Only tissue is shown, under identifiers of our own, without whatever says whose it is. Frames are JPEG baseline, the scanner's
//! own bytes where it wrote such.

use std::sync::Arc;

use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Map, Value, json};
use url::form_urlencoded;

use super::{Answer, address_of, kept, number, shown};
use crate::http::{Kind, Problem, State};
use crate::service::viewing::{Face, Instance, JPEG_BASELINE, Picture, Shown};

const DICOM_JSON: &str = "application/dicom+json";
/// Most frames of one answer.
const FRAMES_MAX: usize = 100;
/// Between the parts of an answer. No JPEG has it: its bytes are none of a marker's.
const BOUNDARY: &str = "relecture-frame-7d1f0c52a9b34e86";

const STUDY: &str = "0020000D";
const SERIES: &str = "0020000E";
const INSTANCE: &str = "00080018";
const MODALITY: &str = "00080060";
const RETRIEVE_URL: &str = "00081190";

/// Attributes by which is searched, under their words; the others are known by their tags alone.
const WORDS: &[(&str, &str)] = &[
    ("StudyInstanceUID", STUDY),
    ("SeriesInstanceUID", SERIES),
    ("SOPInstanceUID", INSTANCE),
    ("SOPClassUID", "00080016"),
    ("Modality", MODALITY),
    ("ModalitiesInStudy", "00080061"),
];
/// Parameters of a search that are no attributes.
const NOT_ATTRIBUTES: &[&str] = &["limit", "offset", "includefield", "fuzzymatching"];

/// Where the face stands below a slide.
const FACE: &str = "/dicomweb";

/// Adds the addresses below that of a slide.
pub(super) fn configure(config: &mut web::ServiceConfig, slide: &str) {
    const STUDY: &str = "/studies/{study}";
    const SERIES: &str = "/studies/{study}/series/{series}";
    const INSTANCE: &str = "/studies/{study}/series/{series}/instances/{instance}";
    let mut at = |path: String, route: actix_web::Route| {
        let resource = web::resource(format!("{slide}{FACE}{path}"));
        config.service(resource.route(route));
    };
    at("/studies".into(), web::get().to(studies));
    at("/series".into(), web::get().to(series));
    at("/instances".into(), web::get().to(instances));
    at(format!("{STUDY}/series"), web::get().to(series));
    at(format!("{STUDY}/instances"), web::get().to(instances));
    at(format!("{STUDY}/metadata"), web::get().to(metadata));
    at(format!("{SERIES}/instances"), web::get().to(instances));
    at(format!("{SERIES}/metadata"), web::get().to(metadata));
    at(format!("{INSTANCE}/metadata"), web::get().to(metadata));
    at(format!("{INSTANCE}/rendered"), web::get().to(rendered));
    at(
        format!("{INSTANCE}/frames/{{frames}}"),
        web::get().to(frames),
    );
    at(
        format!("{INSTANCE}/frames/{{frames}}/rendered"),
        web::get().to(rendered),
    );
}

/// The slide of the grant as DICOM, where the address names nothing else.
async fn face(request: &HttpRequest, state: &State) -> Result<(Shown, Arc<Face>), Problem> {
    let shown = shown(request, state).await?;
    let Some(face) = shown.dicom().await? else {
        return Err(Problem::new(Kind::NotFound).detail(
            "The server of this slide does not speak DICOMweb, and no DICOM is made up: read it as IIIF or DeepZoom.",
        ));
    };
    let named = |name: &str, own: &str| request.match_info().get(name).is_none_or(|uid| uid == own);
    if named("study", &face.study) && named("series", &face.series) {
        Ok((shown, face))
    } else {
        Err(Problem::new(Kind::NotFound))
    }
}

/// The instances that the address names.
fn named<'f>(request: &HttpRequest, face: &'f Face) -> Result<Vec<&'f Instance>, Problem> {
    match request.match_info().get("instance") {
        None => Ok(face.instances.iter().collect()),
        Some(uid) => {
            let one = face.instance(uid);
            Ok(vec![one.ok_or_else(|| Problem::new(Kind::NotFound))?])
        }
    }
}

fn attribute(vr: &str, values: impl Into<Value>) -> Value {
    json!({ "vr": vr, "Value": values.into() })
}

async fn studies(request: HttpRequest, state: web::Data<State>) -> Answer {
    let (_, face) = face(&request, &state).await?;
    let url = format!(
        "{}/studies/{}",
        address_of(FACE, &request, &state),
        face.study
    );
    let study = json!({
        STUDY: attribute("UI", vec![face.study.as_str()]),
        "00080061": attribute("CS", vec!["SM"]),
        "00201206": attribute("IS", vec![1]),
        "00201208": attribute("IS", vec![face.instances.len()]),
        RETRIEVE_URL: attribute("UR", vec![url]),
    });
    found(&request, vec![study])
}

async fn series(request: HttpRequest, state: web::Data<State>) -> Answer {
    let (_, face) = face(&request, &state).await?;
    let base = address_of(FACE, &request, &state);
    let url = format!("{base}/studies/{}/series/{}", face.study, face.series);
    let series = json!({
        STUDY: attribute("UI", vec![face.study.as_str()]),
        SERIES: attribute("UI", vec![face.series.as_str()]),
        MODALITY: attribute("CS", vec!["SM"]),
        "00201209": attribute("IS", vec![face.instances.len()]),
        RETRIEVE_URL: attribute("UR", vec![url]),
    });
    found(&request, vec![series])
}

async fn instances(request: HttpRequest, state: web::Data<State>) -> Answer {
    let (_, face) = face(&request, &state).await?;
    let base = address_of(FACE, &request, &state);
    let each = face.instances.iter().map(|one| {
        let mut told = short(&one.dataset);
        let url = format!(
            "{base}/studies/{}/series/{}/instances/{}",
            face.study, face.series, one.uid
        );
        told.insert(RETRIEVE_URL.to_owned(), attribute("UR", vec![url]));
        told.insert("00083002".to_owned(), attribute("UI", vec![JPEG_BASELINE]));
        Value::Object(told)
    });
    found(&request, each.collect())
}

/// What a search tells of an instance: no sequences.
fn short(dataset: &Map<String, Value>) -> Map<String, Value> {
    let plain = dataset
        .iter()
        .filter(|(_, element)| element.get("vr").is_none_or(|vr| vr != "SQ"));
    plain
        .map(|(tag, element)| (tag.clone(), element.clone()))
        .collect()
}

/// Those of the datasets that the query asks for. What is withheld matches nothing.
fn found(request: &HttpRequest, datasets: Vec<Value>) -> Answer {
    let (mut filters, mut offset, mut limit) = (Vec::new(), 0, usize::MAX);
    for (name, value) in form_urlencoded::parse(request.query_string().as_bytes()) {
        let whole = || -> Result<usize, Problem> {
            let refused = || {
                Problem::new(Kind::MalformedQuery).detail(format!("{name} takes a whole number."))
            };
            value.parse().map_err(|_| refused())
        };
        match &*name {
            "offset" => offset = whole()?,
            "limit" => limit = whole()?,
            other if NOT_ATTRIBUTES.contains(&other) => {}
            other => {
                let tag = WORDS.iter().find(|(word, _)| *word == other);
                let tag = tag.map_or(other, |(_, tag)| *tag).to_owned();
                filters.push((tag, value.into_owned()));
            }
        }
    }
    let matches = |dataset: &Value| {
        // A list of identifiers asks for any of them, in one value or in several.
        filters.iter().all(|(tag, wanted)| {
            let same = filters.iter().filter(|(other, _)| other == tag);
            let any = same.flat_map(|(_, wanted)| wanted.split([',', '\\']));
            let has = |wanted: &str| {
                let values = dataset
                    .get(tag)
                    .and_then(|one| one.get("Value")?.as_array());
                values.is_some_and(|values| values.iter().any(|value| value == wanted))
            };
            wanted.is_empty() || wanted == "*" || any.into_iter().any(has)
        })
    };
    let datasets = datasets.into_iter().filter(|one| matches(one));
    let datasets: Vec<Value> = datasets.skip(offset).take(limit).collect();
    dicom_json(request, &datasets)
}

async fn metadata(request: HttpRequest, state: web::Data<State>) -> Answer {
    let (_, face) = face(&request, &state).await?;
    let datasets = named(&request, &face)?.into_iter();
    let datasets: Vec<&Map<String, Value>> = datasets.map(|one| &one.dataset).collect();
    dicom_json(&request, &datasets)
}

fn dicom_json(request: &HttpRequest, datasets: &impl serde::Serialize) -> Answer {
    if !takes(request, &["application/dicom+json", "application/json"]) {
        return Err(unacceptable(DICOM_JSON));
    }
    let text = serde_json::to_string(datasets);
    let text = text.map_err(|error| Problem::internal(error.to_string()))?;
    Ok(HttpResponse::Ok()
        .content_type(HeaderValue::from_static(DICOM_JSON))
        .body(text))
}

/// Frames, counted from 1, each in a part of its own.
async fn frames(request: HttpRequest, state: web::Data<State>) -> Answer {
    if !takes_jpeg_parts(&request) {
        return Err(unacceptable(
            "multipart/related; type=\"image/jpeg\"; transfer-syntax=1.2.840.10008.1.2.4.50",
        ));
    }
    let wanted = request.match_info().get("frames").unwrap_or_default();
    let wanted: Vec<&str> = wanted.split(',').collect();
    if wanted.len() > FRAMES_MAX {
        return Err(Problem::new(Kind::MalformedQuery)
            .detail(format!("At most {FRAMES_MAX} frames are given at once.")));
    }
    let mut body = Vec::new();
    for frame in wanted {
        let picture = frame_of(&request, &state, frame).await?;
        let head = format!(
            "--{BOUNDARY}\r\nContent-Type: image/jpeg; transfer-syntax={JPEG_BASELINE}\r\nContent-Length: {}\r\n\r\n",
            picture.bytes.len()
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(&picture.bytes);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
    let kind = format!(
        "multipart/related; type=\"image/jpeg\"; transfer-syntax={JPEG_BASELINE}; boundary={BOUNDARY}"
    );
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, kind))
        .insert_header((header::CACHE_CONTROL, kept(&request)))
        .body(body))
}

/// One frame as a picture; of an instance its first one.
async fn rendered(request: HttpRequest, state: web::Data<State>) -> Answer {
    if !takes(&request, &["image/jpeg", "image/*"]) {
        return Err(unacceptable("image/jpeg"));
    }
    let frame = request.match_info().get("frames").unwrap_or("1");
    let picture = frame_of(&request, &state, frame).await?;
    Ok(super::picture(&request, &picture))
}

async fn frame_of(
    request: &HttpRequest,
    state: &State,
    frame: &str,
) -> Result<Arc<Picture>, Problem> {
    let frame = number(Some(frame))?;
    let (shown, face) = face(request, state).await?;
    let instance = named(request, &face)?;
    let instance = instance
        .first()
        .ok_or_else(|| Problem::new(Kind::NotFound))?;
    let picture = shown.frame(instance, frame).await?;
    if picture.media_type == "image/jpeg" {
        Ok(picture)
    } else {
        Err(unacceptable("another format than JPEG"))
    }
}

fn unacceptable(format: &str) -> Problem {
    Problem::new(Kind::NotAcceptable).detail(format!("The answer is {format}."))
}

/// The ranges of media that the client takes, in small letters; nothing when it takes anything.
fn accepted(request: &HttpRequest) -> Vec<String> {
    let values = request.headers().get_all(header::ACCEPT);
    let values = values.filter_map(|value| value.to_str().ok());
    let ranges = values.flat_map(|value| value.split(','));
    ranges
        .map(|range| range.trim().to_ascii_lowercase())
        .filter(|range| !range.is_empty())
        .collect()
}

fn takes(request: &HttpRequest, formats: &[&str]) -> bool {
    let ranges = accepted(request);
    let media = |range: &String| {
        range
            .split(';')
            .next()
            .unwrap_or_default()
            .trim()
            .to_owned()
    };
    let any = |range: &String| {
        let media = media(range);
        media == "*/*" || media == "application/*" || formats.contains(&media.as_str())
    };
    ranges.is_empty() || ranges.iter().any(any)
}

/// Whether frames are taken in parts of JPEG baseline: asked for by name, or with whatever syntax they have.
fn takes_jpeg_parts(request: &HttpRequest) -> bool {
    let ranges = accepted(request);
    let parameter = |range: &str, name: &str| {
        range.split(';').skip(1).find_map(|part| {
            let (known, value) = part.split_once('=')?;
            (known.trim() == name).then(|| value.trim().trim_matches('"').to_owned())
        })
    };
    let fits = |range: &String| {
        let media = range.split(';').next().unwrap_or_default().trim();
        let syntax = parameter(range, "transfer-syntax");
        let baseline = syntax
            .as_deref()
            .is_none_or(|one| one == "*" || one == JPEG_BASELINE);
        match (media, parameter(range, "type").as_deref()) {
            ("*/*" | "multipart/*", _) => true,
            ("multipart/related", None | Some("image/jpeg" | "*/*")) => baseline,
            // Whoever takes the stored bytes takes a JPEG only when they say so.
            ("multipart/related", Some("application/octet-stream")) => syntax.is_some() && baseline,
            _ => false,
        }
    };
    ranges.is_empty() || ranges.iter().any(fits)
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn frames_are_given_to_who_takes_baseline_jpeg_in_parts() {
        let taken = |accept: &str| {
            let request = TestRequest::default().insert_header((header::ACCEPT, accept));
            takes_jpeg_parts(&request.to_http_request())
        };
        for yes in [
            "*/*",
            "multipart/related",
            "multipart/related; type=\"image/jpeg\"",
            "multipart/related; type=\"image/jpeg\"; transfer-syntax=1.2.840.10008.1.2.4.50",
            "multipart/related; type=\"application/octet-stream\"; transfer-syntax=*",
            "multipart/related; type=\"image/jp2\", multipart/related; type=image/jpeg",
        ] {
            assert!(taken(yes), "{yes}");
        }
        for no in [
            "image/jpeg",
            "application/json",
            "multipart/related; type=\"application/octet-stream\"",
            "multipart/related; type=\"image/jp2\"; transfer-syntax=1.2.840.10008.1.2.4.90",
            "multipart/related; type=\"image/jpeg\"; transfer-syntax=1.2.840.10008.1.2.4.70",
        ] {
            assert!(!taken(no), "{no}");
        }
    }

    #[test]
    fn a_search_finds_what_is_shown_and_nothing_by_what_is_withheld() {
        let datasets = || {
            vec![
                json!({ SERIES: attribute("UI", vec!["2.25.1"]), MODALITY: attribute("CS", vec!["SM"]) }),
            ]
        };
        let count = |query: &str| {
            let request = TestRequest::with_uri(&format!("/x?{query}")).to_http_request();
            let answer = found(&request, datasets()).unwrap();
            let body = actix_web::body::MessageBody::try_into_bytes(answer.into_body())
                .ok()
                .unwrap();
            serde_json::from_slice::<Vec<Value>>(&body).unwrap().len()
        };
        for (query, expected) in [
            ("", 1),
            ("Modality=SM", 1),
            ("00080060=ANN", 0),
            ("SeriesInstanceUID=2.25.9,2.25.1", 1),
            ("0020000E=2.25.9&0020000E=2.25.1", 1),
            ("0020000E=2.25.9", 0),
            ("PatientID=12", 0),
            ("00100020=*&includefield=all&limit=5&offset=0", 1),
            ("limit=0", 0),
            ("offset=1", 0),
        ] {
            assert_eq!(count(query), expected, "{query}");
        }
        let request = TestRequest::with_uri("/x?limit=many").to_http_request();
        assert!(found(&request, datasets()).is_err());
    }
}
