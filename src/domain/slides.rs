//! Slides: where their pixels live, what a check of the link finds, and how it fails.

use serde::{Deserialize, Serialize};

use super::text_enum::text_enum;

/// Longest path or identifier on a slide source, in characters.
const PLACE_MAX: usize = 500;
/// Longest DICOM unique identifier (PS3.5, 9.1).
const UID_MAX: usize = 64;
/// Largest edge of a slide that is believed, pixels: a 100 mm slide at 0.1 µm has 1,000,000.
pub const EDGE_MAX: u64 = 2_000_000;
/// Tile edges that are believed, pixels.
pub const TILE_EDGES: std::ops::RangeInclusive<u32> = 16..=4096;
/// Most levels of a pyramid that are believed.
pub const LEVELS_MAX: u32 = 32;
/// Micrometres per pixel that are believed.
pub const MPP_RANGE: std::ops::RangeInclusive<f64> = 0.01..=100.0;

text_enum! {
    /// What a slide source speaks.
    pub enum SourceKind {
        /// DICOMweb (PS3.18).
        DicomWeb = "dicom_web",
        /// IIIF Image API 3, or 2.
        Iiif = "iiif",
        /// DeepZoom.
        DeepZoom = "deep_zoom",
    }
}

/// Where on its registered source a slide lives; always relative to the source's base address, never an address of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum SlideLocation {
    /// A series on a DICOMweb server.
    DicomWeb {
        /// Study instance UID.
        study_uid: String,
        /// Series instance UID.
        series_uid: String,
    },
    /// An image on a IIIF Image API server.
    Iiif {
        /// The image's identifier, as it stands in the path before `/info.json`.
        identifier: String,
    },
    /// A DeepZoom image.
    DeepZoom {
        /// Path of the `.dzi` file.
        path: String,
    },
}

/// What is wrong with a location.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LocationProblem {
    /// Empty, or too long.
    #[error("empty or too long")]
    Length,
    /// Not a DICOM unique identifier.
    #[error("not a DICOM unique identifier")]
    NotAUid,
    /// Leaves the source: a scheme, a host, `..`, a query, a fragment.
    #[error("leaves the slide source")]
    Leaves,
    /// A DeepZoom path that does not end in `.dzi`.
    #[error("does not end in .dzi")]
    NotDzi,
}

impl SlideLocation {
    /// What the source must speak.
    pub fn kind(&self) -> SourceKind {
        match self {
            Self::DicomWeb { .. } => SourceKind::DicomWeb,
            Self::Iiif { .. } => SourceKind::Iiif,
            Self::DeepZoom { .. } => SourceKind::DeepZoom,
        }
    }

    /// Whether it can be asked of a source.
    ///
    /// # Errors
    /// [`LocationProblem`].
    pub fn validate(&self) -> Result<(), LocationProblem> {
        match self {
            Self::DicomWeb {
                study_uid,
                series_uid,
            } => uid(study_uid).and_then(|()| uid(series_uid)),
            Self::Iiif { identifier } => place(identifier),
            Self::DeepZoom { path } if !path.ends_with(".dzi") => Err(LocationProblem::NotDzi),
            Self::DeepZoom { path } => place(path),
        }
    }

    /// The address on a source, as somebody would copy it: [`SlideLocation::from_pasted`] reads it again.
    pub fn address(&self, base_url: &str) -> String {
        let base = base_url.trim_end_matches('/');
        match self {
            Self::DicomWeb {
                study_uid,
                series_uid,
            } => format!("{base}/studies/{study_uid}/series/{series_uid}"),
            Self::Iiif { identifier } => format!("{base}/{identifier}/info.json"),
            Self::DeepZoom { path } => format!("{base}/{path}"),
        }
    }

    /// Recognises an address that somebody copied out of their slide server, below the base address of a registered source.
    ///
    /// # Errors
    /// [`LocationProblem::Leaves`] for an address elsewhere, or one whose shape is not the source's.
    pub fn from_pasted(
        kind: SourceKind,
        base_url: &str,
        pasted: &str,
    ) -> Result<Self, LocationProblem> {
        let base = base_url.trim_end_matches('/');
        let rest = pasted
            .trim()
            .strip_prefix(base)
            .and_then(|rest| rest.strip_prefix('/'))
            .ok_or(LocationProblem::Leaves)?;
        let found = match kind {
            SourceKind::DicomWeb => {
                let mut parts = rest.split('/');
                let (Some("studies"), Some(study), Some("series"), Some(series)) =
                    (parts.next(), parts.next(), parts.next(), parts.next())
                else {
                    return Err(LocationProblem::Leaves);
                };
                Self::DicomWeb {
                    study_uid: study.to_owned(),
                    series_uid: series.to_owned(),
                }
            }
            SourceKind::Iiif => Self::Iiif {
                identifier: rest.strip_suffix("/info.json").unwrap_or(rest).to_owned(),
            },
            SourceKind::DeepZoom => Self::DeepZoom {
                path: rest.to_owned(),
            },
        };
        found.validate().map(|()| found)
    }
}

fn uid(text: &str) -> Result<(), LocationProblem> {
    let component = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|b| b.is_ascii_digit())
            && (part == "0" || !part.starts_with('0'))
    };
    if text.is_empty() || text.len() > UID_MAX || !text.split('.').all(component) {
        return Err(LocationProblem::NotAUid);
    }
    Ok(())
}

fn place(text: &str) -> Result<(), LocationProblem> {
    if text.is_empty() || text.chars().count() > PLACE_MAX {
        return Err(LocationProblem::Length);
    }
    let plain =
        |c: char| !c.is_control() && !c.is_whitespace() && !matches!(c, '?' | '#' | '\\' | '@');
    if text.starts_with('/') || text.contains("://") || !text.chars().all(plain) || climbs(text) {
        Err(LocationProblem::Leaves)
    } else {
        Ok(())
    }
}

/// Whether a path below a source could be read as one that climbs out of it: by a step `..`, by an empty step, or by a step that a
/// server sees once it has decoded the path, however often it was encoded.
pub fn climbs(path: &str) -> bool {
    let mut decoded = path.to_ascii_lowercase();
    while decoded.contains("%25") {
        decoded = decoded.replace("%25", "%");
    }
    decoded.contains("%2e")
        || decoded
            .replace("%2f", "/")
            .replace("%5c", "/")
            .split('/')
            .any(|step| matches!(step, "" | "." | ".."))
}

text_enum! {
    /// Why a slide must not be measured.
    pub enum ScaleWarning {
        /// The source says nothing about micrometres per pixel.
        Missing = "missing",
        /// Pixel spacing and imaged volume disagree.
        Contradictory = "contradictory",
        /// A value that no microscope has.
        Implausible = "implausible",
    }
}

/// What a check of a link found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SlideFacts {
    /// Width of the full resolution, pixels.
    pub width: u64,
    /// Height of the full resolution, pixels.
    pub height: u64,
    /// Resolutions in the pyramid.
    pub levels: u32,
    /// Tile width, pixels.
    pub tile_width: u32,
    /// Tile height, pixels.
    pub tile_height: u32,
    /// Micrometres per pixel across; none when it is not known or not to be believed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mpp_x: Option<f64>,
    /// Micrometres per pixel down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mpp_y: Option<f64>,
    /// Magnification of the objective.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub objective: Option<f64>,
    /// Why it must not be measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scale_warning: Option<ScaleWarning>,
}

impl SlideFacts {
    /// Refuses sizes that no slide has and takes away a scale that no microscope has.
    ///
    /// # Errors
    /// [`LinkFailure::ImplausibleDimensions`].
    pub fn plausible(mut self) -> Result<Self, LinkFailure> {
        let edges = [self.width, self.height];
        let tiles = [self.tile_width, self.tile_height];
        let fits = edges.iter().all(|edge| (1..=EDGE_MAX).contains(edge))
            && tiles.iter().all(|edge| TILE_EDGES.contains(edge))
            && (1..=LEVELS_MAX).contains(&self.levels);
        if !fits {
            return Err(LinkFailure::ImplausibleDimensions);
        }
        match (self.mpp_x, self.mpp_y) {
            (Some(x), Some(y)) if MPP_RANGE.contains(&x) && MPP_RANGE.contains(&y) => {}
            (None, None) => {
                self.scale_warning = Some(self.scale_warning.unwrap_or(ScaleWarning::Missing))
            }
            _ => {
                (self.mpp_x, self.mpp_y) = (None, None);
                self.scale_warning = Some(ScaleWarning::Implausible);
            }
        }
        Ok(self)
    }
}

/// Why a link cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LinkFailure {
    /// Nobody answers at the source's address.
    #[error("nobody answers at the slide source's address")]
    SourceUnreachable,
    /// No answer in time.
    #[error("the slide source did not answer in time")]
    Timeout,
    /// The source's certificate is not one to be trusted: unknown, run out, or another's.
    #[error("the slide source's certificate is not one to be trusted")]
    CertificateRefused,
    /// The source does not take the registered credentials.
    #[error("the slide source refused the credentials registered for it")]
    RefusedCredentials,
    /// The authority that gives tokens for the source does not.
    #[error("the authority that gives tokens for the slide source does not answer as it should")]
    AuthorityFailed,
    /// There is no such slide.
    #[error("the slide source knows no such slide")]
    NotFound,
    /// What is there is no image.
    #[error("what the slide source sent is not an image")]
    NotAnImage,
    /// An image, but no whole slide.
    #[error("this is not a whole-slide image")]
    NotAWholeSlideImage,
    /// The description cannot be understood.
    #[error("the slide source's description of the slide cannot be understood")]
    Malformed,
    /// The answer is larger than such an answer is.
    #[error("the slide source's answer is larger than such an answer may be")]
    TooLarge,
    /// The source's name leads to an address it may not lead to.
    #[error("the slide source's name leads to an address that is not allowed")]
    AddressRefused,
    /// The source sends elsewhere.
    #[error("the slide source sends to another place")]
    RedirectRefused,
    /// The source failed.
    #[error("the slide source failed")]
    ServerError,
    /// Sizes that no slide has.
    #[error("the slide source tells sizes that no slide has")]
    ImplausibleDimensions,
}

impl LinkFailure {
    /// Whether a server said so, which was reached then.
    pub fn is_an_answer(&self) -> bool {
        !matches!(
            self,
            Self::SourceUnreachable
                | Self::Timeout
                | Self::CertificateRefused
                | Self::AuthorityFailed
                | Self::AddressRefused
        )
    }

    /// Stable code.
    pub fn code(&self) -> String {
        match self {
            Self::SourceUnreachable => "source_unreachable",
            Self::Timeout => "timeout",
            Self::CertificateRefused => "certificate_refused",
            Self::RefusedCredentials => "refused_credentials",
            Self::AuthorityFailed => "authority_failed",
            Self::NotFound => "not_found",
            Self::NotAnImage => "not_an_image",
            Self::NotAWholeSlideImage => "not_a_whole_slide_image",
            Self::Malformed => "malformed",
            Self::TooLarge => "too_large",
            Self::AddressRefused => "address_refused",
            Self::RedirectRefused => "redirect_refused",
            Self::ServerError => "server_error",
            Self::ImplausibleDimensions => "implausible_dimensions",
        }
        .to_owned()
    }
}

#[cfg(test)]
mod tests;
