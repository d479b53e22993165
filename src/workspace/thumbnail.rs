//! The small picture of a case in a list. The list stands without it: a script asks for it where the line bears it.

use actix_web::http::header::{CACHE_CONTROL, HeaderValue};
use actix_web::{HttpResponse, web};

use super::respond::Answer;
use super::viewer::bearer;
use super::visitor::Visitor;
use crate::domain::ids::CaseId;
use crate::service::{ServiceError, thumbnails};

/// Asked for once a day at most: a list is looked at many times.
const FOR_A_DAY: &str = "private, max-age=86400";

/// The picture. Where there is none the list shows none, and nobody is told why.
pub(super) async fn show(visitor: Visitor, case: web::Path<CaseId>) -> Answer {
    let (exchange, bearer) = (visitor.exchange(), bearer(&visitor));
    let found = thumbnails::of_case(exchange, bearer, *case, &visitor.request_id).await;
    match found {
        Ok(picture) => Ok(HttpResponse::Ok()
            .content_type(HeaderValue::from_static(picture.media_type))
            .insert_header((CACHE_CONTROL, FOR_A_DAY))
            .body(picture.bytes.clone())),
        Err(
            ServiceError::NotFound
            | ServiceError::SlideUnavailable { .. }
            | ServiceError::Overloaded,
        ) => Ok(HttpResponse::NotFound().finish()),
        Err(other) => Err(other.into()),
    }
}
