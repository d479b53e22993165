//! Relecture: an open telepathology second-opinion exchange.
//!
//! `domain` holds the pure rules; `store` keeps them on SQLite or PostgreSQL; `service` runs one use case per command in one
//! transaction; `api` and `notify` are its doors; `application` puts those over HTTP into one server. Imports run in that
//! direction only (a test holds this).

pub mod api;
pub mod application;
pub mod cli;
pub mod clock;
pub mod config;
pub mod demo;
pub mod domain;
pub mod http;
pub mod identity;
pub mod notify;
pub mod report;
pub mod sealing;
pub mod server;
pub mod service;
pub mod signing;
pub mod simulation;
pub mod slides;
pub mod store;
pub mod telemetry;
pub mod texts;
pub mod tiles;
pub mod transparency;
pub mod workspace;
