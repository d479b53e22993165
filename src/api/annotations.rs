//! What is drawn on the slides of a case.

use actix_web::http::header::HeaderValue;
use actix_web::{HttpRequest, HttpResponse};
use serde_json::Value;

use super::answer::{self, Answer};
use super::body::Body;
use super::caller::Caller;
use super::{BASE, id, preconditions};
use crate::domain::annotation_exchange::{FeatureCollection, geo_json, web_annotations};
use crate::domain::ids::AnnotationId;
use crate::http::Problem;
use crate::service::annotations::{self, Place};

/// Media type of GeoJSON (RFC 7946).
pub(super) const GEO_JSON: &str = "application/geo+json";
/// Media type of linked data; Web Annotations are told by their profile.
pub(super) const LINKED_DATA: &str = "application/ld+json";
const WEB_ANNOTATION: &str = "application/ld+json; profile=\"http://www.w3.org/ns/anno.jsonld\"";

fn place(request: &HttpRequest) -> Result<Place, Problem> {
    Ok(Place {
        case: id(request, "case")?,
        slide: id(request, "slide")?,
    })
}

fn address(place: Place) -> String {
    format!(
        "{BASE}/cases/{}/slides/{}/annotations",
        place.case, place.slide
    )
}

/// What is drawn on a slide.
pub(super) async fn list(caller: Caller, request: HttpRequest) -> Answer {
    let place = place(&request)?;
    let (exchange, actor) = (caller.exchange(), caller.actor());
    answer::items(annotations::list(exchange, actor, place, &caller.request_id).await?)
}

/// Draws something.
pub(super) async fn add(caller: Caller, request: HttpRequest, body: Body) -> Answer {
    let place = place(&request)?;
    let key = preconditions::key(&request, &body)?;
    let new = body.read()?;
    let (exchange, actor) = (caller.exchange(), caller.actor());
    let made = annotations::add(exchange, actor, place, new, Some(key), &caller.request_id).await?;
    let location = format!("{}/{}", address(place), made.document.id);
    answer::created_at(&made, made.document.version, location)
}

/// One annotation.
pub(super) async fn read(caller: Caller, request: HttpRequest) -> Answer {
    let (place, key) = (place(&request)?, id(&request, "annotation")?);
    let known = preconditions::if_none_match(&request)?;
    let (exchange, actor) = (caller.exchange(), caller.actor());
    let found = annotations::read(exchange, actor, place, key, &caller.request_id).await?;
    if known.contains(&found.version) {
        return answer::unchanged(found.version);
    }
    answer::versioned(found.version, &found)
}

/// Its versions.
pub(super) async fn versions(caller: Caller, request: HttpRequest) -> Answer {
    let (place, key) = (place(&request)?, id(&request, "annotation")?);
    let (exchange, actor) = (caller.exchange(), caller.actor());
    let found = annotations::versions(exchange, actor, place, key, &caller.request_id).await?;
    answer::items(found)
}

/// Draws or names one's own anew.
pub(super) async fn change(caller: Caller, request: HttpRequest, body: Body) -> Answer {
    let place = place(&request)?;
    let key: AnnotationId = id(&request, "annotation")?;
    let one = (key, preconditions::if_match(&request)?);
    let new = body.read()?;
    let (exchange, actor) = (caller.exchange(), caller.actor());
    let now = annotations::change(exchange, actor, place, one, new, &caller.request_id).await?;
    answer::versioned(now.version, &now)
}

/// Takes one's own away.
pub(super) async fn remove(caller: Caller, request: HttpRequest) -> Answer {
    let place = place(&request)?;
    let key: AnnotationId = id(&request, "annotation")?;
    let one = (key, preconditions::if_match(&request)?);
    let (exchange, actor) = (caller.exchange(), caller.actor());
    annotations::remove(exchange, actor, place, one, &caller.request_id).await?;
    answer::nothing()
}

/// As QuPath reads it.
pub(super) async fn export_geo_json(caller: Caller, request: HttpRequest) -> Answer {
    let place = place(&request)?;
    let (exchange, actor) = (caller.exchange(), caller.actor());
    let found = annotations::for_exchange(exchange, actor, place, &caller.request_id).await?;
    Ok(file(GEO_JSON, &geo_json(&found)))
}

/// As the Web Annotation model has it.
pub(super) async fn export_web_annotations(caller: Caller, request: HttpRequest) -> Answer {
    let place = place(&request)?;
    let (exchange, actor) = (caller.exchange(), caller.actor());
    let found = annotations::for_exchange(exchange, actor, place, &caller.request_id).await?;
    Ok(file(WEB_ANNOTATION, &web_annotations(place.slide, &found)))
}

fn file(media_type: &'static str, document: &Value) -> HttpResponse {
    HttpResponse::Ok()
        .content_type(HeaderValue::from_static(media_type))
        .body(document.to_string())
}

/// Draws what QuPath wrote.
pub(super) async fn import(caller: Caller, request: HttpRequest, body: Body) -> Answer {
    let place = place(&request)?;
    let key = preconditions::key(&request, &body)?;
    let collection: FeatureCollection = body.read()?;
    let (exchange, actor) = (caller.exchange(), caller.actor());
    let made = annotations::import(
        exchange,
        actor,
        place,
        collection,
        Some(key),
        &caller.request_id,
    );
    answer::created_items(&made.await?, address(place))
}
