//! Logging in, going on, logging out.

use actix_web::{HttpRequest, web};
use serde::{Deserialize, Serialize};

use super::answer::{self, Answer};
use super::body::Body;
use super::caller::Caller;
use crate::http::{State, client_address, request_id};
use crate::service::{account_links, sessions};

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

/// What somebody sends who has forgotten their password.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Forgotten {
    login: String,
}

/// Has a link sent by which a password is chosen, if there is such an account.
pub(super) async fn ask_recovery(
    request: HttpRequest,
    state: web::Data<State>,
    body: Body,
) -> Answer {
    let Forgotten { login } = body.read()?;
    let (address, id) = (client_address(&request), request_id(&request));
    account_links::ask_recovery(&state.exchange, &login, address, &id).await?;
    answer::nothing()
}

/// What the holder of a link sends.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Chosen {
    token: String,
    new_password: String,
}

/// Gives the person of a link the password they want.
pub(super) async fn choose_password(
    request: HttpRequest,
    state: web::Data<State>,
    body: Body,
) -> Answer {
    let Chosen {
        token,
        new_password,
    } = body.read()?;
    let id = request_id(&request);
    account_links::choose_password(&state.exchange, &token, new_password, &id).await?;
    answer::nothing()
}
