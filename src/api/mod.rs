//! The JSON API v1: thin handlers over the use cases, built from one table of operations.

mod absences;
mod administration;
mod annotations;
mod answer;
mod attachments;
mod body;
mod caller;
mod case_records;
mod cases;
mod codes;
mod commands;
mod document;
mod door;
mod duties;
mod me;
mod next_case;
mod outbox;
mod preconditions;
mod presence;
mod proposals;
mod query;
mod reading;
mod reading_drafts;
mod recusals;
mod reference;
mod routes;
mod session;
mod signatures;
mod targets;
mod views;

use std::str::FromStr;

use actix_web::middleware::from_fn;
use actix_web::{HttpRequest, web};

pub use routes::{Operation, operations};

use crate::http::{Kind, Problem};

/// Where the API stands.
pub const BASE: &str = "/api/v1";

/// Adds the API's addresses.
pub fn configure(config: &mut web::ServiceConfig) {
    config.service(routes::scope(BASE).wrap(from_fn(door::keep)));
}

/// An identifier in the address. A text that is none names nothing.
fn id<T: FromStr>(request: &HttpRequest, name: &str) -> Result<T, Problem> {
    request
        .match_info()
        .get(name)
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| Problem::new(Kind::NotFound))
}
