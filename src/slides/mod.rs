//! Slide sources: the safe outbound client, link checks, and the gateway through which every slide is served in one shape.

pub mod addresses;
mod deepzoom;
pub mod dicom_face;
mod dicom_layers;
mod dicom_levels;
mod dicomweb;
pub mod disk;
mod gate;
pub mod gateway;
mod iiif;
pub mod outbound;
pub mod picture;
pub mod probe;
pub mod search;
pub mod sight;
pub mod snapshot;
