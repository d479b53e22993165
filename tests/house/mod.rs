//! How the house is built, and how it is configured.

mod config;
mod layers;
mod manners;
mod source;
