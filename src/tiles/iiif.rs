//! The IIIF Image API 3 face: level 1, and regions and sizes by per cent.

use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Value, json};

use super::{Answer, shown};
use crate::domain::image_request;
use crate::domain::pyramid::PIXELS_MAX;
use crate::domain::slides::SlideFacts;
use crate::http::{Kind, Problem, State};

const MEDIA_TYPE: &str = "application/ld+json;profile=\"http://iiif.io/api/image/3/context.json\"";

pub(super) async fn to_information(request: HttpRequest) -> HttpResponse {
    let target = format!("{}/info.json", request.path());
    HttpResponse::SeeOther()
        .insert_header((header::LOCATION, target))
        .finish()
}

pub(super) async fn information(request: HttpRequest, state: web::Data<State>) -> Answer {
    let shown = shown(&request, &state).await?;
    let facts = shown.description().facts;
    // The address of the server as the viewer knows it: it names nobody else.
    let scheme = if state.https { "https" } else { "http" };
    let host = request.headers().get(header::HOST);
    let host = host.and_then(|host| host.to_str().ok()).unwrap_or_default();
    let path = request.path().trim_end_matches("/info.json");
    let mut document = document(&facts, &format!("{scheme}://{host}{path}"));
    if let (Some(x), Some(y)) = (facts.mpp_x, facts.mpp_y)
        && (x - y).abs() < 1e-3 * x
        && let Some(members) = document.as_object_mut()
    {
        members.insert("service".to_owned(), scale(x));
    }
    Ok(HttpResponse::Ok()
        .content_type(HeaderValue::from_static(MEDIA_TYPE))
        .body(document.to_string()))
}

fn document(facts: &SlideFacts, id: &str) -> Value {
    let (width, height) = (facts.width, facts.height);
    let tile = facts.tile_width.max(1);
    // Down to the one that fits into a tile.
    let halvings =
        (0..32).take_while(|n| *n == 0 || width.max(height) >> (n - 1) > u64::from(tile));
    let factors: Vec<u64> = halvings.map(|n| 1 << n).collect();
    let sizes: Vec<Value> = factors
        .iter()
        .rev()
        .map(|factor| (width.div_ceil(*factor), height.div_ceil(*factor)))
        .filter(|(w, h)| w * h <= PIXELS_MAX / 16)
        .map(|(w, h)| json!({ "width": w, "height": h }))
        .collect();
    json!({
        "@context": "http://iiif.io/api/image/3/context.json",
        "id": id,
        "type": "ImageService3",
        "protocol": "http://iiif.io/api/image",
        "profile": "level1",
        "width": width,
        "height": height,
        "maxArea": PIXELS_MAX,
        "sizes": sizes,
        "tiles": [{ "width": tile, "height": facts.tile_height, "scaleFactors": factors }],
        "extraFeatures": ["regionByPct", "sizeByPct", "sizeByConfinedWh"],
    })
}

/// The physical dimensions service.
fn scale(micrometres: f64) -> Value {
    json!([{
        "@context": "http://iiif.io/api/annex/services/physdim/1/context.json",
        "profile": "http://iiif.io/api/annex/services/physdim",
        "physicalScale": micrometres / 1000.0,
        "physicalUnits": "mm",
    }])
}

pub(super) async fn picture(request: HttpRequest, state: web::Data<State>) -> Answer {
    let shown = shown(&request, &state).await?;
    let part = |name: &str| request.match_info().get(name).unwrap_or_default();
    let finest = shown.size();
    let (region, width, height) = image_request::read(
        finest,
        part("region"),
        part("size"),
        part("rotation"),
        part("format"),
    )
    .map_err(|bad| Problem::new(Kind::MalformedQuery).detail(bad.to_string()))?;
    let picture = shown.picture(region, width, height).await?;
    let canonical = format!(
        "</slides/{}/iiif/{},{},{},{}/{width},{height}/0/default.jpg>;rel=\"canonical\"",
        part("grant"),
        region.x,
        region.y,
        region.width,
        region.height
    );
    let mut answer = super::picture(&picture);
    if let Ok(link) = HeaderValue::from_str(&canonical) {
        let name = HeaderName::from_static("link");
        answer.headers_mut().insert(name, link);
    }
    Ok(answer)
}
