//! Logging in, going on, logging out.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;

use crate::http::{Problem, State};
use crate::service::sessions;

/// What a login sends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Login {
    login: String,
    password: String,
}

/// Logs in.
pub(super) async fn login(
    request: HttpRequest,
    state: web::Data<State>,
    body: web::Json<Login>,
) -> Result<HttpResponse, Problem> {
    let Login { login, password } = body.into_inner();
    let address = request.peer_addr().map(|peer| peer.ip());
    let tokens = sessions::login(&state.exchange, &login, password, address).await?;
    Ok(HttpResponse::Ok().json(tokens))
}
