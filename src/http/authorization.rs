//! The token that a request shows.

use actix_web::HttpRequest;
use actix_web::http::header;

use super::problem::Problem;
use crate::service::ServiceError;

/// The bearer token of a request (RFC 6750, 2.1).
///
/// # Errors
/// [`super::Kind::Unauthenticated`] for none, for several, and for another scheme.
pub fn bearer_token(request: &HttpRequest) -> Result<&str, Problem> {
    let mut headers = request.headers().get_all(header::AUTHORIZATION);
    let text = headers.next().and_then(|value| value.to_str().ok());
    let (None, Some((scheme, token))) =
        (headers.next(), text.and_then(|text| text.split_once(' ')))
    else {
        return Err(ServiceError::Unauthenticated.into());
    };
    if scheme.eq_ignore_ascii_case("bearer") {
        Ok(token.trim())
    } else {
        Err(ServiceError::Unauthenticated.into())
    }
}
