//! Mails and jobs of the outbox.

use actix_web::HttpRequest;

use crate::api::answer::{self, Answer};
use crate::api::caller::WithParameters;
use crate::api::query::Parameters;
use crate::service::administration::messages::{self, MessageQuery};

/// A page of messages.
pub(in crate::api) async fn list(
    WithParameters(caller): WithParameters,
    request: HttpRequest,
) -> Answer {
    let mut parameters = Parameters::of(&request);
    let query = MessageQuery {
        states: parameters.names("state"),
        words: super::words(&mut parameters),
        cursor: parameters.text("cursor"),
    };
    parameters.finish()?;
    answer::document(&messages::list(caller.exchange(), caller.actor(), query).await?)
}
