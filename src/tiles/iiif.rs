//! The IIIF Image API 3 face: level 2, and mirroring, WebP, black and white. Nothing is shown larger than it was scanned, and only
//! viewers of registered origins may read it from a browser.

use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Value, json};

use super::{Answer, address_of, shown};
use crate::domain::image_request;
use crate::domain::pyramid::PictureLimits;
use crate::domain::slides::SlideFacts;
use crate::http::{Kind, Problem, State};

const MEDIA_TYPE: &str = "application/ld+json;profile=\"http://iiif.io/api/image/3/context.json\"";
const PROFILE: &str = "<http://iiif.io/api/image/3/level2.json>;rel=\"profile\"";

/// Where the face stands below a slide.
const FACE: &str = "/iiif";

/// Adds the addresses below that of a slide.
pub(super) fn configure(config: &mut web::ServiceConfig, slide: &str) {
    let get = |below: &str| web::resource(format!("{slide}{FACE}{below}"));
    config
        .service(get("").get(to_information))
        .service(get("/info.json").get(information))
        .service(get("/{region}/{size}/{rotation}/{format}").get(picture));
}

async fn to_information(request: HttpRequest) -> HttpResponse {
    let target = format!("{}/info.json", request.path().trim_end_matches('/'));
    HttpResponse::SeeOther()
        .insert_header((header::LOCATION, target))
        .finish()
}

async fn information(request: HttpRequest, state: web::Data<State>) -> Answer {
    let shown = shown(&request, &state).await?;
    let facts = shown.description().facts;
    let base = address_of(FACE, &request, &state);
    let mut document = document(&facts, shown.picture_limits(), &base);
    if let (Some(x), Some(y)) = (facts.mpp_x, facts.mpp_y)
        && (x - y).abs() < 1e-3 * x
        && let Some(members) = document.as_object_mut()
    {
        members.insert("service".to_owned(), scale(x, &base));
    }
    Ok(HttpResponse::Ok()
        .content_type(HeaderValue::from_static(media_type(&request)))
        .insert_header((header::VARY, "Accept"))
        .insert_header((header::LINK, PROFILE))
        .body(document.to_string()))
}

/// As JSON for who takes that and says nothing of JSON-LD.
fn media_type(request: &HttpRequest) -> &'static str {
    let accepts = |media: &str| {
        let values = request.headers().get_all(header::ACCEPT);
        values
            .filter_map(|value| value.to_str().ok())
            .any(|value| value.to_ascii_lowercase().contains(media))
    };
    if accepts("application/json") && !accepts("application/ld+json") {
        "application/json"
    } else {
        MEDIA_TYPE
    }
}

fn document(facts: &SlideFacts, limits: PictureLimits, id: &str) -> Value {
    let (width, height) = (facts.width, facts.height);
    let tile = facts.tile_width.max(1);
    // Down to the one that fits into a tile.
    let halvings =
        (0..32).take_while(|n| *n == 0 || width.max(height) >> (n - 1) > u64::from(tile));
    let factors: Vec<u64> = halvings.map(|n| 1 << n).collect();
    let made = |(w, h): &(u64, u64)| {
        let edge = |edge: u64| u32::try_from(edge).unwrap_or(u32::MAX);
        limits.allow(edge(*w), edge(*h))
    };
    let sizes: Vec<Value> = factors
        .iter()
        .rev()
        .map(|factor| (width.div_ceil(*factor), height.div_ceil(*factor)))
        .filter(made)
        .map(|(w, h)| json!({ "width": w, "height": h }))
        .collect();
    json!({
        "@context": "http://iiif.io/api/image/3/context.json",
        "id": id,
        "type": "ImageService3",
        "protocol": "http://iiif.io/api/image",
        "profile": "level2",
        "width": width,
        "height": height,
        "maxWidth": limits.edge,
        "maxHeight": limits.edge,
        "maxArea": limits.area,
        "sizes": sizes,
        "tiles": [{ "width": tile, "height": facts.tile_height, "scaleFactors": factors }],
        "preferredFormats": ["jpg"],
        "extraFormats": ["webp"],
        "extraQualities": ["bitonal"],
        "extraFeatures": ["canonicalLinkHeader", "mirroring", "profileLinkHeader"],
    })
}

/// The physical dimensions service.
fn scale(micrometres: f64, base: &str) -> Value {
    json!([{
        "@context": "http://iiif.io/api/annex/services/physdim/1/context.json",
        "id": format!("{base}/info.json#scale"),
        "type": "PhysicalDimensions",
        "profile": "http://iiif.io/api/annex/services/physdim",
        "physicalScale": micrometres / 1000.0,
        "physicalUnits": "mm",
    }])
}

async fn picture(request: HttpRequest, state: web::Data<State>) -> Answer {
    let shown = shown(&request, &state).await?;
    let part = |name: &str| request.match_info().get(name).unwrap_or_default();
    let parts = ["region", "size", "rotation", "format"].map(part);
    let refused = |why: String| Problem::new(Kind::MalformedQuery).detail(why);
    let wanted = image_request::read(shown.size(), shown.picture_limits(), parts)
        .map_err(|bad| refused(bad.to_string()))?;
    if !shown.affords(&wanted) {
        return Err(refused(
            "the picture would be put together from more of the slide than one may: ask for a smaller region, or for its own shape"
                .to_owned(),
        ));
    }
    let picture = shown.wanted(&wanted).await?;
    let canonical = format!(
        "<{}/{wanted}>;rel=\"canonical\", {PROFILE}",
        address_of(FACE, &request, &state)
    );
    let mut answer = super::picture(&request, &picture);
    if let Ok(link) = HeaderValue::from_str(&canonical) {
        answer.headers_mut().insert(header::LINK, link);
    }
    Ok(answer)
}
