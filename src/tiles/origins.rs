//! Which pages of other servers may read slides: those of viewers that the operator registered, and never any page (Fetch, 3.2).
//!
//! A page shows the token of a person, or stands on a grant; cookies are never taken, so that no page reads by a person's mere visit.

use actix_web::body::{BoxBody, EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{Error, HttpResponse, web};

use crate::http::State;

/// Whatever viewers read stands below these.
const SLIDES: [&str; 2] = ["/slides/", super::VIEWERS];
/// For how long a browser need not ask again whether it may ask, seconds.
const REMEMBERED: &str = "600";
/// What a viewer may read of an answer beside its body and what browsers always show.
const EXPOSED: &str = "Link, Retry-After, X-Request-Id";

/// Lets pages of registered origins read slides.
///
/// # Errors
/// Those of what it stands before.
pub async fn watch<B: MessageBody + 'static>(
    state: web::Data<State>,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B, BoxBody>>, Error> {
    if !SLIDES.iter().any(|below| request.path().starts_with(below)) {
        return Ok(next.call(request).await?.map_into_left_body());
    }
    let origin = registered(request.headers(), &state.viewer_origins);
    let preflight = request.method() == Method::OPTIONS
        && request
            .headers()
            .contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let mut answer = match &origin {
        Some(_) if preflight => request.into_response(may_ask()).map_into_right_body(),
        _ => next.call(request).await?.map_into_left_body(),
    };
    // Even where nothing is allowed: what is answered to another origin must not be kept for this one.
    answer
        .headers_mut()
        .append(header::VARY, HeaderValue::from_static("Origin"));
    if let Some(origin) = origin {
        let headers = answer.headers_mut();
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        say(headers, header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
    }
    Ok(answer)
}

/// The origin of the page that asks, where it is registered.
fn registered(headers: &HeaderMap, origins: &[String]) -> Option<HeaderValue> {
    let origin = headers.get(header::ORIGIN)?;
    origins
        .iter()
        .any(|known| known.as_bytes() == origin.as_bytes())
        .then(|| origin.clone())
}

/// Slides are read, and with a token: nothing else may be asked from another page.
fn may_ask() -> HttpResponse {
    let mut answer = HttpResponse::new(StatusCode::NO_CONTENT);
    let headers = answer.headers_mut();
    say(headers, header::ACCESS_CONTROL_ALLOW_METHODS, "GET");
    say(
        headers,
        header::ACCESS_CONTROL_ALLOW_HEADERS,
        "Accept, Authorization, Content-Type",
    );
    say(headers, header::ACCESS_CONTROL_MAX_AGE, REMEMBERED);
    answer
}

fn say(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    headers.insert(name, HeaderValue::from_static(value));
}
