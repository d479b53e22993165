//! Checking a link: is there a whole-slide image, how large, at what scale, and does one of its tiles really come.

use crate::domain::slides::{LinkFailure, SlideFacts, SlideLocation, SourceKind};

use super::outbound::{Answer, ClientError, Outbound, OutboundLimits, RegisteredSource};
use super::{deepzoom, dicomweb, iiif};

/// Deepest nesting of a JSON answer that is read. The parser's own limit is 128.
const JSON_DEPTH: usize = 32;

/// Checks links.
#[derive(Clone)]
pub struct Prober(Outbound);

impl Prober {
    /// Within these limits.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn new(limits: OutboundLimits) -> Result<Self, ClientError> {
        Outbound::new(limits).map(Self)
    }

    /// Over that client.
    pub fn over(outbound: Outbound) -> Self {
        Self(outbound)
    }

    /// The client.
    pub(super) fn outbound(&self) -> &Outbound {
        &self.0
    }

    /// What is at a location of a source.
    ///
    /// # Errors
    /// [`LinkFailure`], always one of them and always in time, whatever the source does.
    pub async fn probe(
        &self,
        source: &RegisteredSource,
        location: &SlideLocation,
    ) -> Result<SlideFacts, LinkFailure> {
        location.validate().map_err(|_| LinkFailure::Malformed)?;
        if location.kind() != source.kind {
            return Err(LinkFailure::Malformed);
        }
        let facts = match location {
            SlideLocation::DicomWeb {
                study_uid,
                series_uid,
            } => dicomweb::probe(&self.0, source, study_uid, series_uid).await?,
            SlideLocation::Iiif { identifier } => iiif::probe(&self.0, source, identifier).await?,
            SlideLocation::DeepZoom { path } => deepzoom::probe(&self.0, source, path).await?,
        };
        facts.plausible()
    }
}

/// What a source said when no slide was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Greeting {
    /// A server of the registered kind answered.
    OfItsKind,
    /// A server answered, and is not of that kind.
    OfAnother,
    /// A server answered; of which kind only a slide can tell.
    Answers,
}

impl Prober {
    /// Whether a source answers. No patient is asked for: the one study that a DICOMweb server is asked about is nobody's.
    ///
    /// # Errors
    /// [`LinkFailure`].
    pub async fn greet(&self, source: &RegisteredSource) -> Result<Greeting, LinkFailure> {
        if source.kind == SourceKind::DicomWeb {
            let nobodys = "studies?StudyInstanceUID=2.25.0&limit=1";
            let asked = self.0.get(source, nobodys, "application/dicom+json").await;
            return match asked {
                Ok(answer) if answer.body.is_empty() => Ok(Greeting::OfItsKind),
                Ok(answer) => Ok(match json(&answer) {
                    Ok(serde_json::Value::Array(_)) => Greeting::OfItsKind,
                    _ => Greeting::OfAnother,
                }),
                Err(LinkFailure::NotFound | LinkFailure::TooLarge) => Ok(Greeting::OfAnother),
                Err(failure) => Err(failure),
            };
        }
        // Nothing need stand there: that it is not found is an answer.
        let nobodys = match source.kind {
            SourceKind::DeepZoom => "relecture.dzi",
            _ => "info.json",
        };
        match self.0.get(source, nobodys, "*/*").await {
            Ok(_) => Ok(Greeting::Answers),
            Err(LinkFailure::NotFound | LinkFailure::TooLarge | LinkFailure::RedirectRefused) => {
                Ok(Greeting::Answers)
            }
            Err(failure) => Err(failure),
        }
    }
}

/// Reads a JSON answer; a page or a picture in its place is not understood.
pub(super) fn json(answer: &Answer) -> Result<serde_json::Value, LinkFailure> {
    let value: serde_json::Value =
        serde_json::from_slice(&answer.body).map_err(|_| LinkFailure::Malformed)?;
    if depth(&value) > JSON_DEPTH {
        Err(LinkFailure::Malformed)
    } else {
        Ok(value)
    }
}

/// Nesting of a value; the parser has bounded it already.
fn depth(value: &serde_json::Value) -> usize {
    match value {
        serde_json::Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        serde_json::Value::Object(members) => 1 + members.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

/// Whether bytes begin as an image does, whatever their content type says.
pub(super) fn is_image(bytes: &[u8]) -> bool {
    let starts: [&[u8]; 5] = [
        b"\xFF\xD8\xFF",
        b"\x89PNG\r\n\x1a\n",
        b"\x00\x00\x00\x0CjP  ",
        b"\xFF\x4F\xFF\x51",
        b"\xFF\x0A",
    ];
    let webp = bytes.get(..4) == Some(b"RIFF") && bytes.get(8..12) == Some(b"WEBP");
    let avif = bytes.get(4..12) == Some(b"ftypavif");
    webp || avif || starts.iter().any(|start| bytes.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_known_by_their_bytes() {
        assert!(is_image(b"\xFF\xD8\xFF\xE0rest"));
        assert!(is_image(b"\x89PNG\r\n\x1a\nrest"));
        assert!(is_image(b"RIFF\x00\x00\x00\x00WEBPVP8 "));
        for other in [&b""[..], b"<html>", b"<svg onload=alert(1)>", b"GIF", b"{}"] {
            assert!(!is_image(other));
        }
    }

    #[test]
    fn a_bottomless_description_is_not_understood() {
        let answer = |body: String| Answer {
            media_type: String::new(),
            body: body.into_bytes(),
        };
        assert_eq!(
            json(&answer(format!("{}{}", "[".repeat(40), "]".repeat(40)))).unwrap_err(),
            LinkFailure::Malformed
        );
        assert_eq!(
            json(&answer("[".repeat(1_000_000))).unwrap_err(),
            LinkFailure::Malformed
        );
        assert!(json(&answer("[{}]".into())).is_ok());
    }
}
