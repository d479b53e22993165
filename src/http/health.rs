//! What those who run the server ask it: whether it lives, whether it can work, what it has counted.

use actix_web::{HttpResponse, web};

use super::problem::{Kind, Problem};
use super::state::State;
use crate::service::expiry;
use crate::service::health::Readiness;
use crate::telemetry::Metrics;

/// Adds the addresses.
pub fn configure(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/health/live").get(live))
        .service(web::resource("/health/ready").get(ready))
        .service(web::resource("/metrics").get(metrics));
}

async fn live() -> HttpResponse {
    HttpResponse::NoContent().finish()
}

/// Ready is who reaches a database of this version's schema that has room.
async fn ready(state: web::Data<State>) -> Result<HttpResponse, Problem> {
    let not_ready = |kind, detail: &'static str| {
        tracing::warn!(detail, "not ready");
        Err(Problem::new(kind).detail(detail).retry_after(5))
    };
    match crate::service::health::ready(&state.exchange).await {
        Ok(Readiness::Ready) => Ok(HttpResponse::NoContent().finish()),
        Ok(Readiness::Unmigrated) => {
            not_ready(Kind::Overloaded, "The database waits for its migrations.")
        }
        Ok(Readiness::NoRoom) => not_ready(Kind::StorageFull, "The disk of the database is full."),
        Err(error) => {
            tracing::warn!(%error, "not ready");
            not_ready(Kind::Overloaded, "The database cannot be reached.")
        }
    }
}

async fn metrics(state: web::Data<State>) -> Result<HttpResponse, Problem> {
    let (used, most) = state.exchange.store.pool_use();
    state
        .meters
        .connections
        .with_label_values(&["used"])
        .set(used.into());
    state
        .meters
        .connections
        .with_label_values(&["most"])
        .set(most.into());
    if let Some(slides) = state.exchange.viewer.disk() {
        state.meters.slides_on_disk(&slides);
    }
    // What is counted is told even when the database cannot be reached.
    match expiry::certificates(&state.exchange).await {
        Ok(all) => {
            let now = state.exchange.core.clock.now();
            state.meters.certificates(&all, now);
        }
        Err(error) => tracing::warn!(%error, "how long certificates hold is not known"),
    }
    let text = state
        .metrics
        .render()
        .map_err(|error| Problem::internal(error.to_string()))?;
    Ok(HttpResponse::Ok()
        .content_type(Metrics::MEDIA_TYPE)
        .body(text))
}
