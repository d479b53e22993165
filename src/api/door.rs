//! What holds for every request to the API: the format of the answer, and the person's allowance told with it.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{ACCEPT, HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage};

use super::annotations;
use crate::http::{Allowance, Kind, Problem, WINDOW_SECONDS};

const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// Keeps the door.
///
/// # Errors
/// A client that takes no JSON.
pub(super) async fn keep<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let format = format_of(request.method(), request.path());
    if !takes(request.headers(), format) {
        return Err(Problem::new(Kind::NotAcceptable)
            .detail(format!("The answer is {format}."))
            .into());
    }
    let mut answer = next.call(request).await?;
    let allowance = answer.request().extensions().get::<Allowance>().copied();
    if let Some(allowance) = allowance {
        tell(answer.headers_mut(), allowance);
    }
    Ok(answer)
}

/// Tells what is left, as draft-ietf-httpapi-ratelimit-headers has it.
fn tell(headers: &mut HeaderMap, allowance: Allowance) {
    let Allowance {
        most,
        left,
        whole_in,
        ..
    } = allowance;
    let told = [
        (
            RATE_LIMIT_POLICY,
            format!("\"person\";q={most};w={WINDOW_SECONDS}"),
        ),
        (RATE_LIMIT, format!("\"person\";r={left};t={whole_in}")),
    ];
    for (name, text) in told {
        if let Ok(value) = HeaderValue::try_from(text) {
            headers.insert(name, value);
        }
    }
}

/// What is answered at an address when all goes well.
fn format_of(method: &Method, path: &str) -> &'static str {
    if path.ends_with(".yaml") {
        "application/yaml"
    } else if path.ends_with("/signature") {
        "application/jose+json"
    } else if path.ends_with(".geojson") && *method != Method::POST {
        annotations::GEO_JSON
    } else if path.ends_with(".jsonld") {
        annotations::LINKED_DATA
    } else {
        "application/json"
    }
}

/// Whether the client takes that format (RFC 9110, 12.5.1); who says nothing takes anything.
fn takes(headers: &HeaderMap, format: &str) -> bool {
    let mut accepted = headers.get_all(ACCEPT).peekable();
    if accepted.peek().is_none() {
        return true;
    }
    let ranges = accepted.filter_map(|value| value.to_str().ok());
    ranges.flat_map(|value| value.split(',')).any(|range| {
        let mut parts = range.split(';').map(str::trim);
        let media = parts.next().unwrap_or_default();
        let named = ["*/*", "application/*", format]
            .iter()
            .any(|known| media.eq_ignore_ascii_case(known));
        let refused = parts.any(|part| {
            let weight = part
                .strip_prefix("q=")
                .and_then(|weight| weight.parse::<f32>().ok());
            weight.is_some_and(|weight| weight <= 0.0)
        });
        named && !refused
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_taken_unless_it_is_left_out() {
        let taken = |values: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(ACCEPT, HeaderValue::from_static(value));
            }
            takes(&headers, "application/json")
        };
        assert!(taken(&[]) && taken(&["*/*"]) && taken(&["text/html", "application/json; q=0.1"]));
        assert!(
            taken(&["Application/JSON; charset=utf-8"])
                && taken(&["text/html, application/*;q=0.8"])
        );
        assert!(
            !taken(&["text/html"])
                && !taken(&["application/json;q=0"])
                && !taken(&["application/xml, text/*"])
        );
    }
}
