//! The transparency log for everybody, as C2SP tlog-tiles: a checkpoint that changes, and parts that never do. Nothing in it tells
//! anything to who does not hold the opinion that an entry is of. And beside it what the signing authorities have taken back.

use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpResponse, web};

use crate::http::{Problem, State};
use crate::service::{ServiceError, revocations, transparency};

/// What a log has said once stays as it is.
const FOR_GOOD: &str = "public, max-age=31536000, immutable";
/// The next entry may come at any time.
const NOW: &str = "no-cache";

type Answer = Result<HttpResponse, Problem>;

/// Adds the addresses.
pub fn configure(config: &mut web::ServiceConfig) {
    config.service(
        web::scope("/log")
            .service(web::resource("/checkpoint").get(checkpoint))
            .service(web::resource("/key").get(key))
            .service(web::resource("/consistency/{old}").get(consistency))
            .service(web::resource("/tile/{path:.+}").get(tile)),
    );
    config.service(web::resource("/revocations/{authority}").get(revoked));
}

fn text(body: String) -> HttpResponse {
    HttpResponse::Ok()
        .content_type(HeaderValue::from_static("text/plain; charset=utf-8"))
        .insert_header((header::CACHE_CONTROL, NOW))
        .body(body)
}

async fn checkpoint(state: web::Data<State>) -> Answer {
    Ok(text(transparency::checkpoint(&state.exchange).await?))
}

async fn key(state: web::Data<State>) -> Answer {
    let key = transparency::public_key(&state.exchange).await?;
    Ok(text(format!("{key}\n")))
}

/// The proof that the log begins with what it was when it had so many entries, in the form that a witness takes (C2SP tlog-witness).
async fn consistency(old: web::Path<String>, state: web::Data<State>) -> Answer {
    let size: Option<u64> = old.parse().ok();
    let size = size.filter(|size| size.to_string() == *old);
    let size = size.ok_or(ServiceError::NotFound)?;
    Ok(text(transparency::continuity(&state.exchange, size).await?))
}

async fn tile(path: web::Path<String>, state: web::Data<State>) -> Answer {
    let part = transparency::tile(&state.exchange, &path).await?;
    Ok(HttpResponse::Ok()
        .content_type(HeaderValue::from_static("application/octet-stream"))
        .insert_header((header::CACHE_CONTROL, FOR_GOOD))
        .body(part))
}

/// What an authority has taken back (RFC 5280, 5), by the SHA-256 of its certificate.
async fn revoked(authority: web::Path<String>, state: web::Data<State>) -> Answer {
    let list = revocations::list(&state.exchange, &authority).await?;
    Ok(HttpResponse::Ok()
        .content_type(HeaderValue::from_static("application/pkix-crl"))
        .insert_header((header::CACHE_CONTROL, NOW))
        .body(list))
}
