//! The stories: one folder each, one test binary, so that the suite links once.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a panic is how a test fails"
)]

mod api;
mod calendar;
mod contract;
mod house;
mod instances;
mod journey;
mod lines;
mod mail;
mod program;
mod recovery;
mod routing;
mod schema;
mod signatures;
mod slides;
mod support;
mod webhooks;
mod worklist;
mod workspace;
