//! Slide sources: the safe outbound client, link checks, the built-in demonstration source.

pub mod addresses;
mod deepzoom;
mod dicomweb;
mod iiif;
pub mod outbound;
pub mod probe;
