//! How the house is built, and how it is configured.

mod config;
