//! Slide sources: the safe outbound client, link checks, the built-in demonstration source.

mod deepzoom;
mod dicomweb;
mod iiif;
pub mod outbound;
pub mod probe;
