use proptest::prelude::*;

use super::*;

const LIMITS: PictureLimits = PictureLimits {
    edge: 2_500,
    area: 5_000_000,
};

fn asked(region: &str, size: &str, rotation: &str, name: &str) -> Result<Wanted, BadRequest> {
    read((2220, 2967), LIMITS, [region, size, rotation, name])
}

fn of(region: &str, size: &str) -> Result<(u32, u32, u32, u32, u32, u32), BadRequest> {
    asked(region, size, "0", "default.jpg").map(|wanted| {
        let Region {
            x,
            y,
            width,
            height,
        } = wanted.region;
        (x, y, width, height, wanted.width, wanted.height)
    })
}

#[test]
fn regions_and_sizes_of_the_specification_are_read() {
    for (region, size, expected) in [
        // As large as pictures are made.
        ("full", "max", (0, 0, 2220, 2967, 1871, 2500)),
        ("full", "!9999,9999", (0, 0, 2220, 2967, 1871, 2500)),
        ("square", "max", (0, 373, 2220, 2220, 2220, 2220)),
        ("square", "100,", (0, 373, 2220, 2220, 100, 100)),
        (
            "960,1440,240,240",
            "240,240",
            (960, 1440, 240, 240, 240, 240),
        ),
        ("2160,0,240,240", "max", (2160, 0, 60, 240, 60, 240)),
        ("0,0,480,480", ",120", (0, 0, 480, 480, 120, 120)),
        ("0,0,480,480", "120,60", (0, 0, 480, 480, 120, 60)),
        ("0,0,480,240", "!100,100", (0, 0, 480, 240, 100, 50)),
        ("0,0,48,24", "!100,100", (0, 0, 48, 24, 48, 24)),
        (
            "pct:50,50,50,50",
            "pct:10",
            (1110, 1484, 1110, 1483, 111, 148),
        ),
    ] {
        assert_eq!(of(region, size), Ok(expected), "{region} {size}");
    }
}

#[test]
fn every_request_has_one_canonical_form() {
    for (region, size, rotation, name, canonical) in [
        ("full", "max", "0", "color.jpg", "full/max/0/default.jpg"),
        (
            "0,0,9999,9999",
            ",2500",
            "0",
            "default.jpg",
            "full/max/0/default.jpg",
        ),
        (
            "full",
            "pct:10",
            "!90",
            "gray.png",
            "full/222,297/!90/gray.png",
        ),
        (
            "pct:0,0,50,50",
            "!99999,99999",
            "360",
            "bitonal.webp",
            "0,0,1110,1484/max/0/bitonal.webp",
        ),
        (
            "2160,0,240,240",
            ",120",
            "270",
            "default.webp",
            "2160,0,60,240/30,120/270/default.webp",
        ),
    ] {
        let wanted = asked(region, size, rotation, name).unwrap();
        assert_eq!(wanted.to_string(), canonical, "{region} {size}");
        let parts: Vec<&str> = canonical.split('/').collect();
        let again = asked(parts[0], parts[1], parts[2], parts[3]).unwrap();
        assert_eq!(again, wanted, "{canonical} is its own canonical form");
    }
}

#[test]
fn everything_else_is_refused() {
    for region in [
        "",
        "0,0,1",
        "0,0,0,5",
        "2220,0,5,5",
        "-1,0,5,5",
        "pct:0,0,101,5",
        "pct:NaN,0,5,5",
        "a,b,c,d",
    ] {
        assert_eq!(of(region, "max"), Err(BadRequest::Region), "{region}");
    }
    for size in [
        "",
        "0,0",
        "5",
        "full",
        "!a,b",
        "!0,5",
        "pct:200",
        "pct:0",
        "4294967296,1",
    ] {
        assert_eq!(of("0,0,100,100", size), Err(BadRequest::Size), "{size}");
    }
    for size in ["^max", "^101,", "101,", "100,101"] {
        assert_eq!(of("0,0,100,100", size), Err(BadRequest::Larger), "{size}");
    }
    for size in ["2220,2967", "2220,", "pct:100"] {
        assert_eq!(of("full", size), Err(BadRequest::Limit), "{size}");
    }
    for (rotation, name, why) in [
        ("45", "default.jpg", BadRequest::Rotation),
        ("", "default.jpg", BadRequest::Rotation),
        ("!", "default.jpg", BadRequest::Rotation),
        ("0", "native.jpg", BadRequest::Quality),
        ("0", "default.svg", BadRequest::Format),
        ("0", "default", BadRequest::Format),
    ] {
        assert_eq!(
            asked("full", "max", rotation, name),
            Err(why),
            "{rotation} {name}"
        );
    }
}

proptest! {
    #[test]
    fn whatever_is_asked_lies_within_the_slide_and_the_limits(
        region in "full|square|(pct:)?[0-9]{1,3},[0-9]{1,3},[0-9]{1,4},[0-9]{1,4}|[a-z0-9,:.!^-]{0,20}",
        size in "max|!?[0-9]{0,4},[0-9]{0,4}|[a-z0-9,:.!^-]{0,12}",
    ) {
        if let Ok((x, y, width, height, w, h)) = of(&region, &size) {
            prop_assert!(x + width <= 2220 && y + height <= 2967);
            prop_assert!((1..=width).contains(&w) && (1..=height).contains(&h));
            prop_assert!(LIMITS.allow(w, h));
        }
    }
}
