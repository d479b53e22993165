//! What a client says about the state it knows, and the name it gives to a request: If-Match, If-None-Match, Idempotency-Key.

use actix_web::HttpRequest;
use actix_web::http::header::{HeaderName, IF_MATCH, IF_NONE_MATCH};
use sha2::{Digest, Sha256};

use super::body::Body;
use crate::domain::hexadecimal::hex;
use crate::http::{Kind, Problem};
use crate::service::Idempotency;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// Longest key of a request, in characters.
const KEY_MAX: usize = 200;

/// The version that a change is based on. One version, named: a change of whatever is there now is not offered.
///
/// # Errors
/// 428 when it is missing, 400 when it cannot be read.
pub(super) fn if_match(request: &HttpRequest) -> Result<i64, Problem> {
    let Some(text) = single(request, &IF_MATCH, Kind::BadPrecondition)? else {
        return Err(Problem::new(Kind::PreconditionRequired)
            .detail("Send If-Match with the ETag of what was read."));
    };
    version(text).ok_or_else(|| {
        Problem::new(Kind::BadPrecondition).detail("If-Match takes one ETag, such as \"7\".")
    })
}

/// The versions that the client has already.
///
/// # Errors
/// 400 when one cannot be read.
pub(super) fn if_none_match(request: &HttpRequest) -> Result<Vec<i64>, Problem> {
    let Some(text) = single(request, &IF_NONE_MATCH, Kind::BadPrecondition)? else {
        return Ok(Vec::new());
    };
    text.split(',')
        .map(|tag| {
            let tag = tag.trim();
            version(tag.strip_prefix("W/").unwrap_or(tag)).ok_or_else(|| {
                Problem::new(Kind::BadPrecondition)
                    .detail("If-None-Match takes ETags, such as \"7\".")
            })
        })
        .collect()
}

/// The key of a request that creates something.
///
/// # Errors
/// 400 when it is missing or not a key.
pub(super) fn key(request: &HttpRequest, body: &Body) -> Result<Idempotency, Problem> {
    optional_key(request, body)?.ok_or_else(no_key)
}

/// The key of a request, if it has one.
///
/// # Errors
/// 400 when it is not a key.
pub(super) fn optional_key(
    request: &HttpRequest,
    body: &Body,
) -> Result<Option<Idempotency>, Problem> {
    let Some(key) = single(request, &IDEMPOTENCY_KEY, Kind::MissingIdempotencyKey)? else {
        return Ok(None);
    };
    if key.is_empty() || key.len() > KEY_MAX || !key.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(no_key());
    }
    Ok(Some(Idempotency {
        key: key.to_owned(),
        fingerprint: fingerprint(request, body),
    }))
}

fn no_key() -> Problem {
    Problem::new(Kind::MissingIdempotencyKey)
        .detail("Send Idempotency-Key with 1 to 200 visible ASCII characters.")
}

/// What tells whether a repeated key stands for the same request.
fn fingerprint(request: &HttpRequest, body: &Body) -> String {
    let precondition = request
        .headers()
        .get(IF_MATCH)
        .map_or(&b""[..], |v| v.as_bytes());
    let parts: [&[u8]; 4] = [
        request.method().as_str().as_bytes(),
        request.path().as_bytes(),
        precondition,
        &body.0,
    ];
    let mut hash = Sha256::new();
    for part in parts {
        // With its length, so that no two requests share a text.
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hex(&hash.finalize())
}

/// The one value of a header.
pub(super) fn single<'r>(
    request: &'r HttpRequest,
    name: &HeaderName,
    otherwise: Kind,
) -> Result<Option<&'r str>, Problem> {
    let mut values = request.headers().get_all(name);
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => match value.to_str() {
            Ok(text) => Ok(Some(text.trim())),
            Err(_) => Err(Problem::new(otherwise)),
        },
        (Some(_), Some(_)) => {
            Err(Problem::new(otherwise).detail(format!("{name} is given twice.")))
        }
    }
}

/// `"7"` is version 7.
fn version(tag: &str) -> Option<i64> {
    let digits = tag.strip_prefix('"')?.strip_suffix('"')?;
    let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    if plain { digits.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    #[test]
    fn only_one_quoted_version_is_a_precondition() {
        let read = |value: &str| {
            let request = TestRequest::default().insert_header((IF_MATCH, value));
            if_match(&request.to_http_request())
        };
        assert_eq!(read("\"7\"").unwrap(), 7);
        for bad in [
            "7",
            "*",
            "W/\"7\"",
            "\"7\", \"8\"",
            "\"\"",
            "\"-1\"",
            "\"+1\"",
            "\"99999999999999999999\"",
        ] {
            assert_eq!(
                read(bad).unwrap_err().kind(),
                Kind::BadPrecondition,
                "{bad}"
            );
        }
        let twice = TestRequest::default()
            .append_header((IF_MATCH, "\"7\""))
            .append_header((IF_MATCH, "\"8\""));
        assert_eq!(
            if_match(&twice.to_http_request()).unwrap_err().kind(),
            Kind::BadPrecondition
        );
        let none = TestRequest::default().to_http_request();
        assert_eq!(
            if_match(&none).unwrap_err().kind(),
            Kind::PreconditionRequired
        );
    }

    #[test]
    fn a_fingerprint_covers_what_makes_a_request_and_not_where_its_parts_meet() {
        let of = |path: &str, tag: &str, body: &'static str| {
            let request = TestRequest::post().uri(path).insert_header((IF_MATCH, tag));
            fingerprint(&request.to_http_request(), &Body(body.into()))
        };
        let one = of("/a", "\"1\"", "{}");
        assert_eq!(one, of("/a", "\"1\"", "{}"));
        for other in [
            of("/b", "\"1\"", "{}"),
            of("/a", "\"2\"", "{}"),
            of("/a", "\"1\"", "{ }"),
            of("/a", "\"1\"{", "}"),
        ] {
            assert_ne!(one, other);
        }
    }
}
