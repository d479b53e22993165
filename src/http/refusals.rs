//! Refusals that go on record: somebody who is known asked for a case that is not theirs, or gave a command on it. Only addresses
//! of a case are looked at, so that nothing is written for what is asked all day.

use actix_web::http::StatusCode;
use actix_web::{HttpMessage, HttpRequest};

use super::state::State;
use crate::domain::ids::{CaseId, PersonId};
use crate::service::audit::{self, Refused};

/// Who makes a request, once that is known.
#[derive(Clone, Copy)]
struct Known(PersonId);

/// Notes who makes a request.
pub fn known(request: &HttpRequest, person: PersonId) {
    request.extensions_mut().insert(Known(person));
}

/// What was refused, if it is to go on record.
pub(super) fn refused(request: &HttpRequest, status: StatusCode) -> Option<Refused> {
    let forbidden = match status {
        StatusCode::FORBIDDEN => true,
        StatusCode::NOT_FOUND => false,
        _ => return None,
    };
    let place = request.match_info();
    let case: CaseId = place.get("case")?.parse().ok()?;
    let Known(person) = *request.extensions().get::<Known>()?;
    let pattern = request.match_pattern()?;
    let command = place.get("command").unwrap_or_default();
    Some(Refused {
        person,
        case,
        action: format!(
            "{} {}",
            request.method(),
            pattern.replace("{command}", command)
        ),
        forbidden,
    })
}

/// Puts it on record before it is answered, up to a number in a minute: who asks without end fills no disk. That it cannot be put
/// on record makes no refusal a grant.
pub(super) async fn note(state: &State, refused: Refused, request_id: &str) {
    let person = refused.person;
    // Asked only for what is to be written: asking for cases that do not exist uses up nothing.
    let allowed = || {
        let now = state.exchange.core.clock.now();
        let taken = state.refusals.take(person, now).retry_after.is_none();
        if !taken {
            tracing::warn!(request_id, "too many refusals of one person for the record");
        }
        taken
    };
    let put = audit::put_refusal(&state.exchange, refused, request_id, allowed);
    if let Err(error) = put.await {
        tracing::error!(request_id, %error, "a refusal could not be put on record");
    }
}
