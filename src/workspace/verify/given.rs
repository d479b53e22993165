//! The file that somebody gives to be verified: pasted as text, or chosen on their machine.

use actix_multipart::Multipart;
use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::{FromRequest, HttpRequest, web};
use futures_util::TryStreamExt;
use futures_util::future::LocalBoxFuture;
use futures_util::stream;

use super::super::failure::Failure;
use super::super::form::Fields;

/// Most fields that are read of a form.
const FIELDS: usize = 8;

/// A file.
pub(in super::super) struct Given {
    /// Its bytes.
    pub(super) file: Vec<u8>,
    /// What was pasted, to be shown again.
    pub(super) text: String,
}

impl Given {
    /// Whether none was given.
    pub(super) fn is_empty(&self) -> bool {
        self.file.is_empty()
    }

    fn pasted(text: &str) -> Self {
        let text = text.trim().replace("\r\n", "\n");
        Self {
            file: text.clone().into_bytes(),
            text,
        }
    }
}

impl FromRequest for Given {
    type Error = Failure;
    type Future = LocalBoxFuture<'static, Result<Self, Failure>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let kind = request.headers().get(CONTENT_TYPE);
        let in_parts = kind
            .and_then(|kind| kind.to_str().ok())
            .is_some_and(|kind| kind.starts_with("multipart/form-data"));
        if !in_parts {
            let fields = Fields::from_request(request, payload);
            return Box::pin(async move { Ok(Self::pasted(fields.await?.get("file"))) });
        }
        // Whole, because its size is bounded so.
        let body = web::Bytes::from_request(request, payload);
        let headers = request.headers().clone();
        Box::pin(async move {
            let body = body.await.map_err(|_| Failure::TooLarge)?;
            let body = stream::once(async move { Ok::<_, PayloadError>(body) });
            Ok(parts(Multipart::new(&headers, body)).await)
        })
    }
}

/// The file among the parts of a form: one that was chosen goes before what was pasted. A form that is cut holds what came.
async fn parts(mut form: Multipart) -> Given {
    let (mut chosen, mut pasted) = (Vec::new(), String::new());
    for _ in 0..FIELDS {
        let Ok(Some(mut field)) = form.try_next().await else {
            break;
        };
        let mut bytes = Vec::new();
        while let Ok(Some(chunk)) = field.try_next().await {
            bytes.extend_from_slice(&chunk);
        }
        match field.name() {
            Some("document") => chosen = bytes,
            Some("file") => pasted = String::from_utf8_lossy(&bytes).into_owned(),
            _ => {}
        }
    }
    let pasted = Given::pasted(&pasted);
    if chosen.is_empty() {
        return pasted;
    }
    Given {
        file: chosen,
        text: pasted.text,
    }
}
