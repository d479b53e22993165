//! The demonstration's own slide server: one real slide as DeepZoom and as IIIF Image 3, from JPEG files within the program, so
//! that a demonstration needs nothing else. The files and how they were made: `data/demo/slide`.

use actix_web::http::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_TYPE, HeaderValue, LOCATION,
};
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use rust_embed::RustEmbed;
use serde_json::{Value, json};

/// Name of the slide, in its addresses.
pub const SLIDE: &str = "cmu-1-small-region";
/// Where the slides are served, below the server's address.
pub const PREFIX: &str = "/demo-slides";

const WIDTH: u32 = 2220;
const HEIGHT: u32 = 2967;
const TILE: u32 = 240;
/// DeepZoom's number of the finest level.
const FINEST: u32 = 12;
/// Reductions that IIIF offers; the last one fits into a tile.
const FACTORS: [u32; 5] = [1, 2, 4, 8, 16];
/// The whole slide in one picture, from small to large.
const WHOLE: [(u32, u32); 3] = [(139, 186), (278, 371), (555, 742)];
/// Millimetres per pixel of the finest level, by the scanner.
const MILLIMETRES: f64 = 0.000_499;

/// The files never change under their names.
const FOREVER: &str = "public, max-age=31536000, immutable";

#[derive(RustEmbed)]
#[folder = "data/demo/slide"]
struct Files;

/// Adds the slide server.
pub fn configure(config: &mut ServiceConfig) {
    let get = |path: &str| web::resource(format!("{PREFIX}{path}"));
    config
        .service(get(&format!("/dz/{SLIDE}.dzi")).route(web::get().to(description)))
        .service(get(&format!("/dz/{SLIDE}_files/{{level}}/{{tile}}")).route(web::get().to(tile)))
        .service(get(&format!("/iiif/{SLIDE}")).route(web::get().to(to_information)))
        .service(get(&format!("/iiif/{SLIDE}/info.json")).route(web::get().to(information)))
        .service(
            get(&format!(
                "/iiif/{SLIDE}/{{region}}/{{size}}/{{rotation}}/{{format}}"
            ))
            .route(web::get().to(picture)),
        );
}

async fn description() -> HttpResponse {
    let xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Image xmlns=\"http://schemas.microsoft.com/deepzoom/2008\" \
         Format=\"jpeg\" Overlap=\"0\" TileSize=\"{TILE}\"><Size Width=\"{WIDTH}\" Height=\"{HEIGHT}\"/></Image>\n"
    );
    open_to_all(HttpResponse::Ok().content_type("application/xml").body(xml))
}

async fn tile(path: web::Path<(u32, String)>) -> HttpResponse {
    let (level, tile) = path.into_inner();
    jpeg(&format!("tiles/{level}/{tile}"))
}

async fn to_information() -> HttpResponse {
    let target = format!("{PREFIX}/iiif/{SLIDE}/info.json");
    open_to_all(
        HttpResponse::SeeOther()
            .insert_header((LOCATION, target))
            .finish(),
    )
}

async fn information(request: HttpRequest) -> HttpResponse {
    let to = request.connection_info();
    let id = format!("{}://{}{PREFIX}/iiif/{SLIDE}", to.scheme(), to.host());
    // It names the host that was asked: nobody may keep it for somebody who asks another.
    let answer = HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .content_type("application/ld+json;profile=\"http://iiif.io/api/image/3/context.json\"")
        .body(image_information(&id).to_string());
    open_to_all(answer)
}

fn image_information(id: &str) -> Value {
    let size = |(width, height): (u32, u32)| json!({ "width": width, "height": height });
    let [.., (widest, highest)] = WHOLE;
    json!({
        "@context": "http://iiif.io/api/image/3/context.json",
        "id": id,
        "type": "ImageService3",
        "protocol": "http://iiif.io/api/image",
        "profile": "level0",
        "width": WIDTH,
        "height": HEIGHT,
        "maxWidth": widest,
        "maxHeight": highest,
        "sizes": WHOLE.map(size),
        "tiles": [{ "width": TILE, "height": TILE, "scaleFactors": FACTORS }],
        "rights": "http://creativecommons.org/publicdomain/zero/1.0/",
        "service": [{
            "@context": "http://iiif.io/api/annex/services/physdim/1/context.json",
            "profile": "http://iiif.io/api/annex/services/physdim",
            "physicalScale": MILLIMETRES,
            "physicalUnits": "mm",
        }],
    })
}

async fn picture(path: web::Path<(String, String, String, String)>) -> HttpResponse {
    let (region, size, rotation, format) = path.into_inner();
    let upright = rotation == "0" && format == "default.jpg";
    match stored(&region, &size).filter(|_| upright) {
        Some(name) => jpeg(&name),
        None => open_to_all(
            HttpResponse::BadRequest()
                .content_type("text/plain; charset=utf-8")
                .body("This image service offers the tiles and sizes of its info.json, and no others.\n"),
        ),
    }
}

/// The file that holds a region at a size.
fn stored(region: &str, size: &str) -> Option<String> {
    if region == "full" {
        let (width, height) = WHOLE
            .into_iter()
            .rev()
            .find(|whole| size == "max" || asked(size, *whole))?;
        return Some(format!("whole/{width}x{height}.jpeg"));
    }
    let [x, y, width, height] = numbers(region)?;
    let reduced = |factor: u32| (width.div_ceil(factor), height.div_ceil(factor));
    let level = FACTORS.into_iter().zip((0..=FINEST).rev());
    let (factor, level) = level.into_iter().find(|(factor, _)| {
        let edge = TILE * factor;
        x % edge == 0
            && y % edge == 0
            && x.checked_add(width) == Some(WIDTH.min(x.saturating_add(edge)))
            && y.checked_add(height) == Some(HEIGHT.min(y.saturating_add(edge)))
            && (asked(size, reduced(*factor)) || (size == "max" && *factor == 1))
    })?;
    let edge = TILE * factor;
    Some(format!("tiles/{level}/{}_{}.jpeg", x / edge, y / edge))
}

/// Whether a size parameter asks for that size. Viewers round halves up, down or to the nearest: one pixel is forgiven.
fn asked(size: &str, (width, height): (u32, u32)) -> bool {
    let near = |text: &str, wanted: u32| {
        text.parse::<u32>()
            .is_ok_and(|given| given.abs_diff(wanted) <= 1)
    };
    size.split_once(',')
        .is_some_and(|(w, h)| near(w, width) && (h.is_empty() || near(h, height)))
}

fn numbers(region: &str) -> Option<[u32; 4]> {
    let numbers: Vec<u32> = region
        .split(',')
        .map(|part| part.parse().ok())
        .collect::<Option<_>>()?;
    numbers.try_into().ok()
}

fn jpeg(name: &str) -> HttpResponse {
    open_to_all(match Files::get(name) {
        Some(file) => HttpResponse::Ok()
            .insert_header((CONTENT_TYPE, "image/jpeg"))
            .insert_header((CACHE_CONTROL, FOREVER))
            .body(file.data),
        None => HttpResponse::NotFound().finish(),
    })
}

/// Viewers of other sites may read the slide, as IIIF asks for.
fn open_to_all(mut answer: HttpResponse) -> HttpResponse {
    let everybody = HeaderValue::from_static("*");
    answer
        .headers_mut()
        .insert(ACCESS_CONTROL_ALLOW_ORIGIN, everybody);
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Width and height in the frame header of a JPEG file.
    fn edges(jpeg: &[u8]) -> (u32, u32) {
        let mut at = 2;
        loop {
            let two = |from: usize| u32::from(jpeg[from]) << 8 | u32::from(jpeg[from + 1]);
            if matches!(jpeg[at + 1], 0xc0..=0xc2) {
                return (two(at + 7), two(at + 5));
            }
            at += 2 + two(at + 2) as usize;
        }
    }

    #[test]
    fn every_tile_of_every_deep_zoom_level_is_there_at_its_size() {
        let mut seen = 0;
        for level in 0..=FINEST {
            let factor = 1 << (FINEST - level);
            let (width, height) = (WIDTH.div_ceil(factor), HEIGHT.div_ceil(factor));
            for column in 0..width.div_ceil(TILE) {
                for row in 0..height.div_ceil(TILE) {
                    let file = Files::get(&format!("tiles/{level}/{column}_{row}.jpeg")).unwrap();
                    let expected = (
                        TILE.min(width - column * TILE),
                        TILE.min(height - row * TILE),
                    );
                    assert_eq!(edges(&file.data), expected, "{level}/{column}_{row}");
                    seen += 1;
                }
            }
        }
        assert_eq!(
            seen + WHOLE.len(),
            Files::iter().count(),
            "no file is left over"
        );
    }

    #[test]
    fn every_tile_and_size_of_the_image_information_is_stored() {
        for factor in FACTORS {
            let edge = TILE * factor;
            for (x, y) in (0..WIDTH.div_ceil(edge))
                .flat_map(|x| (0..HEIGHT.div_ceil(edge)).map(move |y| (x * edge, y * edge)))
            {
                let (w, h) = (edge.min(WIDTH - x), edge.min(HEIGHT - y));
                let (tw, th) = (w.div_ceil(factor), h.div_ceil(factor));
                for size in [format!("{tw},{th}"), format!("{tw},")] {
                    let name = stored(&format!("{x},{y},{w},{h}"), &size).unwrap();
                    assert_eq!(edges(&Files::get(&name).unwrap().data), (tw, th), "{name}");
                }
            }
        }
        for (w, h) in WHOLE {
            let name = stored("full", &format!("{w},{h}")).unwrap();
            assert_eq!(edges(&Files::get(&name).unwrap().data), (w, h));
        }
        assert_eq!(stored("full", "max").as_deref(), Some("whole/555x742.jpeg"));
    }

    #[test]
    fn what_is_not_stored_is_not_offered() {
        for (region, size) in [
            ("full", "100,"),
            ("full", "2220,2967"),
            ("square", "max"),
            ("0,0,240,240", "120,120"),
            ("1,0,240,240", "240,240"),
            ("0,0,480,480", "max"),
            ("2400,0,240,240", "240,240"),
            ("4294967040,0,240,240", "240,240"),
            ("0,0,0,0", "0,0"),
            ("0,0,240", "240,240"),
            ("-1,0,240,240", "240,240"),
        ] {
            assert_eq!(stored(region, size), None, "{region}/{size}");
        }
    }
}
