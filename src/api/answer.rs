//! The shapes that answers share.

use actix_web::HttpResponse;
use actix_web::http::header::{ETAG, HeaderValue, LOCATION};
use serde::Serialize;

use crate::http::Problem;
use crate::service::{Made, Written};

/// What a handler answers.
pub(super) type Answer = Result<HttpResponse, Problem>;

const REPLAYED: &str = "Idempotent-Replayed";

#[derive(Serialize)]
struct Items<T> {
    items: T,
}

/// A document.
pub(super) fn document<T: Serialize>(document: &T) -> Answer {
    Ok(HttpResponse::Ok().json(document))
}

/// A document at a version.
pub(super) fn versioned<T: Serialize>(version: i64, document: &T) -> Answer {
    Ok(HttpResponse::Ok()
        .insert_header((ETAG, tag(version)))
        .json(document))
}

/// The client has it already.
pub(super) fn unchanged(version: i64) -> Answer {
    Ok(HttpResponse::NotModified()
        .insert_header((ETAG, tag(version)))
        .finish())
}

/// A whole list.
pub(super) fn items<T: Serialize>(items: T) -> Answer {
    document(&Items { items })
}

/// Done, and nothing to tell.
pub(super) fn nothing() -> Answer {
    Ok(HttpResponse::NoContent().finish())
}

/// Something that was created; `location` is its address, where it has one.
pub(super) fn created<T: Serialize>(made: &Made<T>, location: Option<String>) -> Answer {
    let mut answer = HttpResponse::Created();
    if let Some(location) = location {
        answer.insert_header((LOCATION, location));
    }
    if made.replayed {
        answer.insert_header((REPLAYED, "true"));
    }
    Ok(answer.json(&made.document))
}

/// Something that was created, at its version.
pub(super) fn created_at<T: Serialize>(made: &Made<T>, version: i64, location: String) -> Answer {
    let mut answer = created(made, Some(location))?;
    if let Ok(tag) = HeaderValue::from_str(&tag(version)) {
        answer.headers_mut().insert(ETAG, tag);
    }
    Ok(answer)
}

/// Several things that were created at once; `location` is the address of their list.
pub(super) fn created_items<T: Serialize>(made: &Made<T>, location: String) -> Answer {
    let document = Items {
        items: &made.document,
    };
    let replayed = made.replayed;
    created(&Made { document, replayed }, Some(location))
}

/// A case that was written, or nothing when it is now out of the person's sight.
pub(super) fn written(written: &Written) -> Answer {
    let Some((version, case)) = &written.document else {
        let mut answer = HttpResponse::NoContent();
        if written.replayed {
            answer.insert_header((REPLAYED, "true"));
        }
        return Ok(answer.finish());
    };
    let mut answer = match written.status {
        201 => HttpResponse::Created(),
        _ => HttpResponse::Ok(),
    };
    if written.status == 201 {
        answer.insert_header((LOCATION, format!("{}/cases/{}", super::BASE, written.case)));
    }
    if written.replayed {
        answer.insert_header((REPLAYED, "true"));
    }
    Ok(answer.insert_header((ETAG, tag(*version))).json(case))
}

fn tag(version: i64) -> String {
    format!("\"{version}\"")
}
