//! Slides for viewers: whatever a laboratory's server speaks, as DeepZoom and as IIIF Image API 3; what speaks DICOMweb, as that too.
//!
//! Everything stands below a grant, which the API and the workspace give to a person who may see a case's slides. It needs no other
//! proof and names neither case, person nor server. IIIF and DICOMweb stand also at addresses that stay, for viewers that show the
//! token of a person instead.

mod dicomweb;
mod iiif;
pub mod origins;

use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, web};

use crate::domain::ids::{CaseId, SlideId};
use crate::http::{Kind, Problem, State, bearer_token, known, request_id};
use crate::service::sessions;
use crate::service::viewing::{self, Shown};

/// What viewers read with a person's token stands below.
const VIEWERS: &str = "/viewers/";
/// The grant in the address of a slide.
const GRANT: &str = "/{grant}";
/// A layer of a slide, by the numbers of its optical path and its focal plane, counted from 0 as its description lists them.
const LAYER: &str = "/layers/{path}/{plane}";
/// A picture does not change under its address, which dies with its grant.
const AS_LONG_AS_THE_GRANT: &str = "private, max-age=1800, immutable";
/// Under an address that stays a picture is kept nowhere, so that it is seen by nobody who shows no token.
const NOWHERE: &str = "no-store";

type Answer = Result<HttpResponse, Problem>;

/// Adds the addresses. What is asked most stands first: each address before the right one costs a search of its pattern.
pub fn configure(config: &mut web::ServiceConfig) {
    config
        .service(web::scope("/slides").configure(below_a_grant))
        .service(web::scope("/viewers").configure(below_a_case));
}

fn below_a_grant(config: &mut web::ServiceConfig) {
    let get = |path: &str| web::resource(format!("{GRANT}{path}"));
    // As it is shown first, and each of its optical paths at each of its focal planes.
    for layer in ["", LAYER] {
        let get = |path: &str| get(&format!("{layer}{path}"));
        config
            .service(get("/slide_files/{level}/{tile}").get(deep_zoom_tile))
            .service(get("/light_files/{level}/{tile}").get(light_tile))
            .service(get("/slide.dzi").get(deep_zoom));
    }
    config.service(get("").get(describe));
    faces(config, GRANT);
}

/// For viewers that show a person's token.
fn below_a_case(config: &mut web::ServiceConfig) {
    faces(config, "/cases/{case}/slides/{slide}");
}

fn faces(config: &mut web::ServiceConfig, slide: &str) {
    dicomweb::configure(config, slide);
    iiif::configure(config, slide);
    iiif::configure(config, &format!("{slide}{LAYER}"));
}

/// The slide that the address stands for, by the optical path and at the focal plane that it names.
async fn shown(request: &HttpRequest, state: &State) -> Result<Shown, Problem> {
    let shown = granted(request, state).await?;
    let place = request.match_info();
    let Some(path) = place.get("path") else {
        return Ok(shown);
    };
    let (path, plane) = (number(Some(path))?, number(place.get("plane"))?);
    Ok(shown.at_layer(path as usize, plane as usize)?)
}

/// The slide of the grant in the address; or the one that the address names, for the person whose token is shown.
async fn granted(request: &HttpRequest, state: &State) -> Result<Shown, Problem> {
    let (place, exchange) = (request.match_info(), &state.exchange);
    if let Some(grant) = place.get("grant") {
        return Ok(viewing::shown(exchange, grant).await?);
    }
    let bearer = sessions::bearer(exchange, bearer_token(request)?)?;
    known(request, bearer.person);
    let named = |name: &str| place.get(name).unwrap_or_default();
    let nowhere = || Problem::new(Kind::NotFound);
    let case: CaseId = named("case").parse().map_err(|_| nowhere())?;
    let slide: SlideId = named("slide").parse().map_err(|_| nowhere())?;
    Ok(viewing::shown_to(exchange, bearer, case, slide, &request_id(request)).await?)
}

/// The address of a face as its viewer knows it, whatever it asks of it: it names nobody else.
fn address_of(face: &str, request: &HttpRequest, state: &State) -> String {
    let scheme = if state.https { "https" } else { "http" };
    let host = request.headers().get(header::HOST);
    let host = host.and_then(|host| host.to_str().ok()).unwrap_or_default();
    let path = request.path();
    let end = path.find(face).map_or(path.len(), |at| at + face.len());
    format!("{scheme}://{host}{}", path.get(..end).unwrap_or_default())
}

/// For how long an answer may be kept.
fn kept(request: &HttpRequest) -> &'static str {
    if request.match_info().get("grant").is_some() {
        AS_LONG_AS_THE_GRANT
    } else {
        NOWHERE
    }
}

/// A number in the address; what is none leads nowhere.
fn number(text: Option<&str>) -> Result<u32, Problem> {
    text.and_then(|text| text.parse().ok())
        .ok_or_else(|| Problem::new(Kind::NotFound))
}

async fn describe(request: HttpRequest, state: web::Data<State>) -> Answer {
    let shown = shown(&request, &state).await?;
    Ok(HttpResponse::Ok().json(shown.description()))
}

async fn deep_zoom(request: HttpRequest, state: web::Data<State>) -> Answer {
    let shown = shown(&request, &state).await?;
    let (face, facts) = (shown.deep_zoom(), shown.description().facts);
    let xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Image xmlns=\"http://schemas.microsoft.com/deepzoom/2008\" Format=\"jpg\" \
         Overlap=\"{}\" TileSize=\"{}\"><Size Width=\"{}\" Height=\"{}\"/></Image>\n",
        face.overlap, face.tile, facts.width, facts.height
    );
    Ok(HttpResponse::Ok().content_type("application/xml").body(xml))
}

/// The scanner's own bytes where it has such a tile.
async fn deep_zoom_tile(request: HttpRequest, state: web::Data<State>) -> Answer {
    tile(&request, &state, false).await
}

/// The light view of the same, under another name, so that no cache mistakes one for the other.
async fn light_tile(request: HttpRequest, state: web::Data<State>) -> Answer {
    tile(&request, &state, true).await
}

async fn tile(request: &HttpRequest, state: &State, light: bool) -> Answer {
    let place = request.match_info();
    let level = number(place.get("level"))?;
    let tile = place.get("tile").and_then(|tile| tile.strip_suffix(".jpg"));
    let (column, row) = tile
        .and_then(|tile| tile.split_once('_'))
        .ok_or_else(|| Problem::new(Kind::NotFound))?;
    let (column, row) = (number(Some(column))?, number(Some(row))?);
    let shown = shown(request, state).await?;
    let tile = shown.deep_zoom_tile(level, column, row, light).await?;
    Ok(picture(request, &tile))
}

fn picture(request: &HttpRequest, picture: &viewing::Picture) -> HttpResponse {
    HttpResponse::Ok()
        .content_type(HeaderValue::from_static(picture.media_type))
        .insert_header((header::CACHE_CONTROL, kept(request)))
        .body(picture.bytes.clone())
}
