//! DeepZoom: a small XML description and a folder of tiles.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::outbound::{Outbound, RegisteredSource};
use super::probe::is_image;
use crate::domain::pyramid::{Level, Pyramid, TileAt};
use crate::domain::slides::{LinkFailure, SlideFacts};

/// Elements looked at before giving up: the description has two.
const EVENTS_MAX: usize = 64;

/// A DeepZoom description.
#[derive(Debug, PartialEq)]
struct Description {
    width: u64,
    height: u64,
    tile: u32,
    overlap: u32,
    format: String,
}

/// Where the tiles of a DeepZoom image are.
pub(super) struct Tiles {
    stem: String,
    format: String,
    finest: u32,
}

impl Tiles {
    /// The path of a tile; level 0 is the finest here and the coarsest there.
    pub(super) fn path(&self, at: TileAt) -> Option<String> {
        let level = self.finest.checked_sub(u32::try_from(at.level).ok()?)?;
        let (stem, format) = (&self.stem, &self.format);
        Some(format!(
            "{stem}_files/{level}/{}_{}.{format}",
            at.column, at.row
        ))
    }
}

/// Looks at the description, for serving its tiles.
pub(super) async fn describe(
    outbound: &Outbound,
    source: &RegisteredSource,
    path: &str,
) -> Result<(SlideFacts, Pyramid, Tiles), LinkFailure> {
    let accept = "application/xml, text/xml";
    let answer = outbound.get(source, path, accept).await?;
    let found = read(&answer.body)?;
    let stem = path.strip_suffix(".dzi").ok_or(LinkFailure::Malformed)?;
    let facts = facts(&found).plausible()?;
    let finest = facts.levels.saturating_sub(1);
    let levels = (0..facts.levels).map(|halvings| {
        // `plausible` has bounded both edges.
        let edge = |edge: u64| u32::try_from(edge.div_ceil(1 << halvings)).unwrap_or(u32::MAX);
        Level {
            width: edge(found.width),
            height: edge(found.height),
            tile_width: found.tile,
            tile_height: found.tile,
            overlap: found.overlap,
            padded: false,
        }
    });
    let pyramid = Pyramid::new(levels.collect())?;
    let tiles = Tiles {
        stem: stem.to_owned(),
        format: found.format,
        finest,
    };
    Ok((facts, pyramid, tiles))
}

pub(super) async fn probe(
    outbound: &Outbound,
    source: &RegisteredSource,
    path: &str,
) -> Result<SlideFacts, LinkFailure> {
    let answer = outbound
        .get(source, path, "application/xml, text/xml")
        .await?;
    let description = read(&answer.body)?;
    // The coarsest level is one pixel: one tile that always exists.
    let tiles = path.strip_suffix(".dzi").ok_or(LinkFailure::Malformed)?;
    let tile = outbound
        .get(
            source,
            &format!("{tiles}_files/0/0_0.{}", description.format),
            "image/*",
        )
        .await?;
    if !is_image(&tile.body) {
        return Err(LinkFailure::NotAnImage);
    }
    Ok(facts(&description))
}

fn facts(description: &Description) -> SlideFacts {
    SlideFacts {
        width: description.width,
        height: description.height,
        levels: levels(description.width.max(description.height)),
        tile_width: description.tile,
        tile_height: description.tile,
        mpp_x: None,
        mpp_y: None,
        objective: None,
        scale_warning: None,
    }
}

/// Levels of a DeepZoom pyramid: one for each halving down to a pixel, and the pixel.
fn levels(longest: u64) -> u32 {
    longest.max(1).next_power_of_two().ilog2() + 1
}

/// Reads the description. A document type is refused unread: it can only do harm.
fn read(body: &[u8]) -> Result<Description, LinkFailure> {
    let text = std::str::from_utf8(body).map_err(|_| LinkFailure::Malformed)?;
    let mut reader = Reader::from_str(text);
    let mut found: Option<(u32, u32, String)> = None;
    for _ in 0..EVENTS_MAX {
        match reader.read_event().map_err(|_| LinkFailure::Malformed)? {
            Event::DocType(_) | Event::Eof => break,
            Event::Start(element) | Event::Empty(element) => match element.local_name().as_ref() {
                "Image" => {
                    let tile = attribute(&element, "TileSize")?
                        .parse()
                        .map_err(|_| LinkFailure::Malformed)?;
                    // Writers leave it out where tiles do not overlap.
                    let overlap = attribute(&element, "Overlap")
                        .map_or(Ok(0), |text| text.parse())
                        .map_err(|_| LinkFailure::Malformed)?;
                    found = Some((tile, overlap, format(&attribute(&element, "Format")?)?));
                }
                "Size" => {
                    let (tile, overlap, format) = found.ok_or(LinkFailure::Malformed)?;
                    let edge = |name| {
                        attribute(&element, name)?
                            .parse()
                            .map_err(|_| LinkFailure::Malformed)
                    };
                    return SlideFactsEdges(edge("Width")?, edge("Height")?)
                        .described(tile, overlap, format);
                }
                _ => {}
            },
            _ => {}
        }
    }
    Err(LinkFailure::Malformed)
}

struct SlideFactsEdges(u64, u64);

impl SlideFactsEdges {
    fn described(
        self,
        tile: u32,
        overlap: u32,
        format: String,
    ) -> Result<Description, LinkFailure> {
        if self.0 > crate::domain::slides::EDGE_MAX || self.1 > crate::domain::slides::EDGE_MAX {
            return Err(LinkFailure::ImplausibleDimensions);
        }
        Ok(Description {
            width: self.0,
            height: self.1,
            tile,
            overlap,
            format,
        })
    }
}

fn attribute(element: &BytesStart<'_>, name: &str) -> Result<String, LinkFailure> {
    let attribute = element
        .try_get_attribute(name)
        .map_err(|_| LinkFailure::Malformed)?
        .ok_or(LinkFailure::Malformed)?;
    Ok(attribute.value.into_owned())
}

/// The tiles' file extension: it becomes part of a path.
fn format(text: &str) -> Result<String, LinkFailure> {
    let known = ["jpg", "jpeg", "png", "webp", "avif"];
    let lower = text.to_ascii_lowercase();
    if known.contains(&lower.as_str()) {
        Ok(text.to_owned())
    } else {
        Err(LinkFailure::NotAnImage)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_is_read_and_a_trap_is_not() {
        let good = r#"<?xml version="1.0"?><Image xmlns="http://schemas.microsoft.com/deepzoom/2008" Format="jpeg" Overlap="1" TileSize="254"><Size Width="2220" Height="2967"/></Image>"#;
        assert_eq!(
            read(good.as_bytes()).unwrap(),
            Description {
                width: 2220,
                height: 2967,
                tile: 254,
                overlap: 1,
                format: "jpeg".into()
            }
        );
        let size = |w: &str, h: &str| {
            format!(
                r#"<Image Format="jpg" TileSize="254"><Size Width="{w}" Height="{h}"/></Image>"#
            )
        };
        let entities = r#"<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><Image Format="&a;" TileSize="254"><Size Width="1" Height="1"/></Image>"#;
        for (story, text, failure) in [
            ("empty", String::new(), LinkFailure::Malformed),
            (
                "a page",
                "<html><body>login</body></html>".into(),
                LinkFailure::Malformed,
            ),
            ("entities", entities.into(), LinkFailure::Malformed),
            ("negative", size("-5", "10"), LinkFailure::Malformed),
            ("no number", size("wide", "10"), LinkFailure::Malformed),
            (
                "a bomb",
                size("99999999999", "10"),
                LinkFailure::ImplausibleDimensions,
            ),
            (
                "a path for a format",
                r#"<Image Format="../../x" TileSize="254"><Size Width="1" Height="1"/></Image>"#
                    .into(),
                LinkFailure::NotAnImage,
            ),
        ] {
            assert_eq!(read(text.as_bytes()).unwrap_err(), failure, "{story}");
        }
        assert_eq!(
            read(b"\xFF\xFE<Image/>").unwrap_err(),
            LinkFailure::Malformed
        );
    }

    #[test]
    fn the_pyramid_goes_down_to_one_pixel() {
        for (longest, expected) in [(1, 1), (2, 2), (3, 3), (256, 9), (257, 10), (2967, 13)] {
            assert_eq!(levels(longest), expected, "{longest}");
        }
    }
}
