//! The proof that a signer is there, before a command that signs.

use actix_web::HttpRequest;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::answer::{self, Answer};
use super::body::Body;
use super::caller::Caller;
use super::id;
use super::preconditions::single;
use crate::domain::hexadecimal::hex;
use crate::domain::transitions::Command;
use crate::http::{Kind, Problem, client_address};
use crate::service::presence::{self, Payload, Presence};

/// What proves it.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Prove {
    password: String,
    command: Command,
    payload_sha256: String,
}

/// Takes the password for the body that the caller is about to send.
pub(super) async fn prove(caller: Caller, request: HttpRequest, body: Body) -> Answer {
    let case = id(&request, "case")?;
    let given: Prove = body.read()?;
    let payload = Payload {
        case,
        command: given.command,
        sha256: given.payload_sha256,
    };
    let address = client_address(&request);
    let (exchange, session) = (caller.exchange(), &caller.session);
    let asked = presence::prove(
        exchange,
        session,
        given.password,
        payload,
        address,
        &caller.request_id,
    );
    answer::document(&asked.await?)
}

/// What was shown with a command: the proof of its header, for the bytes of its body.
pub(super) fn shown(
    caller: &Caller,
    request: &HttpRequest,
    body: &Body,
) -> Result<Presence, Problem> {
    let header = actix_web::http::header::HeaderName::from_static("presence-proof");
    let proof = single(request, &header, Kind::PresenceRequired)?;
    Ok(proof.map_or(Presence::NotShown, |proof| Presence::Shown {
        proof: proof.to_owned(),
        session: caller.session.family,
        sha256: hex(&Sha256::digest(&body.0)),
    }))
}
