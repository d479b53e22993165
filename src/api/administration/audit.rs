//! The audit, searched.

use actix_web::HttpRequest;

use crate::api::answer::{self, Answer};
use crate::api::caller::WithParameters;
use crate::api::query::Parameters;
use crate::domain::problems::FieldRule;
use crate::service::administration::audit::{self, AuditQuery};

/// Longest reference and name of an act that is looked for, in characters.
const NAME_MAX: usize = 64;

/// A page of traces.
pub(in crate::api) async fn search(
    WithParameters(caller): WithParameters,
    request: HttpRequest,
) -> Answer {
    let mut parameters = Parameters::of(&request);
    let expected = "an instant (RFC 3339) with its offset";
    let query = AuditQuery {
        words: super::words(&mut parameters),
        person: parameters.value("person", "an identifier"),
        case: short(&mut parameters, "case"),
        action: short(&mut parameters, "action"),
        from: parameters.value("from", expected),
        to: parameters.value("to", expected),
        cursor: parameters.text("cursor"),
    };
    if query.to <= query.from && query.from.is_some() && query.to.is_some() {
        let expected = "later than from".to_owned();
        parameters.refuse("to", &FieldRule::Malformed { expected });
    }
    parameters.finish()?;
    let (exchange, actor) = (caller.exchange(), caller.actor());
    answer::document(&audit::search(exchange, actor, query, &caller.request_id).await?)
}

/// A text that a database can look for.
fn short(parameters: &mut Parameters<'_>, name: &'static str) -> Option<String> {
    let text = parameters.text(name)?;
    if text.chars().count() > NAME_MAX {
        parameters.refuse(name, &FieldRule::TooLong { max: NAME_MAX });
    } else if text.chars().any(char::is_control) {
        parameters.refuse(name, &FieldRule::ControlCharacters);
    }
    Some(text)
}
