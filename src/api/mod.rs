//! The JSON API v1: thin handlers over the use cases.

mod session;

use actix_web::web;

/// Adds the API's addresses.
pub fn configure(config: &mut web::ServiceConfig) {
    config.service(web::scope("/api/v1").service(web::resource("/session").post(session::login)));
}
