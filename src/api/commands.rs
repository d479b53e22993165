//! Commands on a case: one handler for all rows of the transition table.

use actix_web::HttpRequest;

use super::answer::{self, Answer};
use super::body::Body;
use super::caller::Caller;
use super::reading::Reading;
use super::{id, preconditions, presence};
use crate::domain::commands::CommandBody;
use crate::domain::transitions::Command;
use crate::http::{Kind, Problem};
use crate::service::commands::{self, Order};

/// Gives a command on a case that was read at the version of If-Match.
pub(super) async fn give(
    command: Command,
    caller: Caller,
    request: HttpRequest,
    body: Body,
) -> Answer {
    let case = id(&request, "case")?;
    let version = preconditions::if_match(&request)?;
    let key = preconditions::optional_key(&request, &body)?;
    let order = Order {
        presence: presence::shown(&caller, &request, &body)?,
        body: read(command, &body)?,
    };
    let written = commands::run(
        caller.exchange(),
        caller.actor(),
        case,
        version,
        order,
        key,
        &caller.request_id,
    )
    .await?;
    answer::written(&written)
}

fn read(command: Command, body: &Body) -> Result<CommandBody, Problem> {
    let mut reading = Reading::of(&body.0);
    let given =
        CommandBody::read(command, &mut reading).ok_or_else(|| Problem::new(Kind::NotFound))??;
    reading.finish(given.field_problems())?;
    Ok(given)
}
