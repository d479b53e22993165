//! Style and scripts, embedded under names that carry their digest, each with its compressed twins.

use std::collections::HashMap;
use std::sync::LazyLock;

use actix_web::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, VARY, X_CONTENT_TYPE_OPTIONS,
};
use actix_web::{HttpRequest, HttpResponse, web};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};

#[derive(RustEmbed)]
#[folder = "assets/dist/"]
struct Bundle;

/// The style of every page: it stands in the page for a browser that does not have it yet.
pub(super) struct Style {
    /// The whole style sheet.
    pub(super) text: String,
    /// Where it is as a file; empty when nothing was bundled.
    pub(super) address: String,
    /// `'sha256-…'`, what the content security policy calls it where it stands in a page.
    pub(super) source: String,
}

static MANIFEST: LazyLock<HashMap<String, String>> = LazyLock::new(|| {
    Bundle::get("manifest.json")
        .and_then(|file| serde_json::from_slice(&file.data).ok())
        .unwrap_or_default()
});

static STYLE: LazyLock<Style> = LazyLock::new(|| {
    let text = MANIFEST
        .get("workspace.css")
        .and_then(|name| Bundle::get(name))
        .and_then(|file| String::from_utf8(file.data.into_owned()).ok())
        .unwrap_or_default();
    let text = text.trim_end().to_owned();
    let source = format!("'sha256-{}'", STANDARD.encode(Sha256::digest(&text)));
    let address = address("workspace.css").unwrap_or_default();
    Style {
        text,
        address,
        source,
    }
});

/// The style of every page.
pub(super) fn style() -> &'static Style {
    &STYLE
}

/// The address of a bundled file, such as `islands.js`; none when nothing was bundled, and pages work without it.
pub(super) fn address(logical: &str) -> Option<String> {
    MANIFEST.get(logical).map(|name| format!("/assets/{name}"))
}

/// A bundled file. Its name changes with its content, so that it is kept for ever.
pub(super) async fn serve(request: HttpRequest, name: web::Path<String>) -> HttpResponse {
    let name = name.into_inner();
    let kind = match name.rsplit_once('.') {
        Some((_, "css")) => "text/css; charset=utf-8",
        Some((_, "js")) => "text/javascript; charset=utf-8",
        _ => return HttpResponse::NotFound().finish(),
    };
    let accepted = request
        .headers()
        .get(ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let twin = [("br", "br"), ("gzip", "gz")]
        .into_iter()
        .filter(|(encoding, _)| accepted.contains(encoding))
        .find_map(|(encoding, ending)| {
            Bundle::get(&format!("{name}.{ending}")).map(|file| (Some(encoding), file))
        });
    let Some((encoding, file)) = twin.or_else(|| Bundle::get(&name).map(|file| (None, file)))
    else {
        return HttpResponse::NotFound().finish();
    };
    let mut response = HttpResponse::Ok();
    response
        .insert_header((CONTENT_TYPE, kind))
        .insert_header((VARY, "Accept-Encoding"))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((CACHE_CONTROL, "public, max-age=31536000, immutable"));
    if let Some(encoding) = encoding {
        response.insert_header((CONTENT_ENCODING, encoding));
    }
    response.body(file.data.into_owned())
}
