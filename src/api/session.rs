//! Logging in, going on, logging out.

use actix_web::{HttpRequest, web};
use serde::{Deserialize, Serialize};

use super::answer::{self, Answer};
use super::body::Body;
use super::caller::Caller;
use crate::http::{State, client_address, request_id};
use crate::service::sessions;

/// What a login sends.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Login {
    login: String,
    password: String,
}

/// Logs in.
pub(super) async fn login(request: HttpRequest, state: web::Data<State>, body: Body) -> Answer {
    let Login { login, password } = body.read()?;
    let address = client_address(&request);
    let tokens = sessions::login(
        &state.exchange,
        &login,
        password,
        address,
        &request_id(&request),
    )
    .await?;
    answer::document(&tokens)
}

/// What a refresh sends.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Refresh {
    refresh_token: String,
}

/// Changes a refresh token for a new pair.
pub(super) async fn refresh(request: HttpRequest, state: web::Data<State>, body: Body) -> Answer {
    let Refresh { refresh_token } = body.read()?;
    let request_id = request_id(&request);
    let tokens = sessions::refresh(&state.exchange, &refresh_token, &request_id).await?;
    answer::document(&tokens)
}

/// Ends the session.
pub(super) async fn logout(caller: Caller) -> Answer {
    sessions::logout(caller.exchange(), &caller.session, &caller.request_id).await?;
    answer::nothing()
}
