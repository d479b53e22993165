//! The body of a request: within its limits of size and time, announced as JSON.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::http::header;
use actix_web::rt::time::timeout;
use actix_web::{FromRequest, HttpRequest};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::caller::state;
use super::query;
use super::reading::Reading;
use crate::http::{Kind, Problem};

/// The bytes of a body, of a request without parameters: what is sent in a body is not sent in an address too.
pub(super) struct Body(pub(super) Bytes);

impl Body {
    /// The body as a document of that type.
    ///
    /// # Errors
    /// A problem that names every bad field.
    pub(super) fn read<T: DeserializeOwned + Serialize>(&self) -> Result<T, Problem> {
        let mut reading = Reading::of(&self.0);
        let document = reading.document()?;
        reading.finish(Vec::new())?;
        Ok(document)
    }
}

impl FromRequest for Body {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (limits, payload) = (limits(request), payload.take());
        let (as_json, announced) = (is_json(request), announced_length(request));
        let plain = query::none(request);
        Box::pin(async move {
            plain?;
            let limits = limits?;
            let most = usize::try_from(limits.json_body_bytes.get()).unwrap_or(usize::MAX);
            if announced.is_some_and(|length| length > limits.json_body_bytes.get()) {
                return Err(too_large(most));
            }
            let bytes = timeout(limits.body_timeout, gather(payload, most))
                .await
                .map_err(|_| Problem::new(Kind::RequestTimeout))??;
            if as_json || bytes.is_empty() {
                Ok(Self(bytes))
            } else {
                Err(Problem::new(Kind::UnsupportedMediaType))
            }
        })
    }
}

fn limits(request: &HttpRequest) -> Result<crate::config::Limits, Problem> {
    state(request).map(|state| state.limits)
}

/// Whether the body is said to be JSON, in UTF-8 and uncompressed: what a compressed one becomes has no limit of its own.
fn is_json(request: &HttpRequest) -> bool {
    let text = |name| {
        request
            .headers()
            .get(name)
            .and_then(|value| value.to_str().ok())
    };
    let plain = text(header::CONTENT_ENCODING).is_none_or(|e| e.eq_ignore_ascii_case("identity"));
    let media = text(header::CONTENT_TYPE).unwrap_or_default();
    let mut parts = media.split(';').map(str::trim);
    let json = parts
        .next()
        .is_some_and(|media| media.eq_ignore_ascii_case("application/json"));
    let utf8 = parts.all(|parameter| {
        let charset = parameter
            .split_once('=')
            .filter(|(name, _)| name.eq_ignore_ascii_case("charset"));
        charset.is_none_or(|(_, value)| value.trim_matches('"').eq_ignore_ascii_case("utf-8"))
    });
    json && utf8 && plain
}

fn announced_length(request: &HttpRequest) -> Option<u64> {
    let value = request.headers().get(header::CONTENT_LENGTH)?;
    value.to_str().ok()?.parse().ok()
}

async fn gather(mut payload: Payload, most: usize) -> Result<Bytes, Problem> {
    let mut gathered = BytesMut::new();
    while let Some(piece) = payload.next().await {
        let piece = piece.map_err(cut_short)?;
        if gathered.len() + piece.len() > most {
            return Err(too_large(most));
        }
        gathered.extend_from_slice(&piece);
    }
    Ok(gathered.freeze())
}

fn too_large(most: usize) -> Problem {
    Problem::new(Kind::BodyTooLarge).detail(format!("At most {most} bytes are taken."))
}

/// Nobody is left to read this answer, in most cases.
fn cut_short(error: PayloadError) -> Problem {
    Problem::new(Kind::MalformedJson).detail(format!("The body ended early: {error}."))
}
