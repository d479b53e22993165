//! A signature on a page: the password that is typed beside its button proves that the signer is there.

use actix_web::HttpRequest;

use super::form::{Fields, PASSWORD};
use super::visitor::Visitor;
use crate::domain::ids::CaseId;
use crate::domain::problems::FieldRule;
use crate::domain::transitions::Command;
use crate::http::client_address;
use crate::service::ServiceError;
use crate::service::presence::{self, Payload, Presence};

/// The proof for a command that signs exactly this form; none for any other command, and without a password.
pub(super) async fn presence(
    visitor: &Visitor,
    case: CaseId,
    command: Command,
    fields: &Fields,
    request: &HttpRequest,
) -> Result<Presence, ServiceError> {
    if !command.signs() || fields.get(PASSWORD).is_empty() {
        return Ok(Presence::NotShown);
    }
    let payload = Payload {
        case,
        command,
        sha256: fields.digest(),
    };
    let sha256 = payload.sha256.clone();
    let (exchange, session) = (visitor.exchange(), &visitor.session);
    let password = fields.get(PASSWORD).to_owned();
    let address = client_address(request);
    let proof = presence::prove(
        exchange,
        session,
        password,
        payload,
        address,
        &visitor.request_id,
    )
    .await?;
    Ok(Presence::Shown {
        proof: proof.proof,
        session: session.family,
        sha256,
    })
}

/// On a page the proof is a field that was left empty.
pub(super) fn as_field(error: ServiceError) -> ServiceError {
    match error {
        ServiceError::PresenceRequired { .. } => {
            ServiceError::field("/password", FieldRule::Required)
        }
        other => other,
    }
}
