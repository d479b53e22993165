//! Where a slide's pixels live.

use serde::{Deserialize, Serialize};

/// Where on its registered source a slide lives; always relative to the source's base address.
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

impl SlideLocation {
    /// What the source must speak.
    pub fn kind(&self) -> SourceKind {
        match self {
            Self::DicomWeb { .. } => SourceKind::DicomWeb,
            Self::Iiif { .. } => SourceKind::Iiif,
            Self::DeepZoom { .. } => SourceKind::DeepZoom,
        }
    }
    /// Checks it.
    pub fn validate(&self) -> Result<(), String> {
        Ok(())
    }
}

super::text_enum::text_enum! {
    /// What a slide source speaks.
    pub enum SourceKind {
        /// DICOMweb.
        DicomWeb = "dicom_web",
        /// IIIF Image API.
        Iiif = "iiif",
        /// DeepZoom.
        DeepZoom = "deep_zoom",
    }
}

/// What a check of a link found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SlideFacts {
    /// Width of the full resolution, pixels.
    pub width: u64,
}
