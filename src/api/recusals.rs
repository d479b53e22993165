//! Declared conflicts of interest.

use actix_web::HttpRequest;

use super::answer::{self, Answer};
use super::body::Body;
use super::caller::Caller;
use super::{BASE, id, preconditions};
use crate::domain::ids::NetworkId;
use crate::service::recusals;

/// Those that the caller may see.
pub(super) async fn list(caller: Caller, request: HttpRequest) -> Answer {
    let network = id(&request, "network")?;
    answer::document(&recusals::of_network(caller.exchange(), caller.actor(), network).await?)
}

/// Declares one.
pub(super) async fn declare(caller: Caller, request: HttpRequest, body: Body) -> Answer {
    let key = Some(preconditions::key(&request, &body)?);
    let network: NetworkId = id(&request, "network")?;
    let new = body.read()?;
    let (exchange, actor) = (caller.exchange(), caller.actor());
    let made = recusals::declare(exchange, actor, network, new, key, &caller.request_id).await?;
    let location = format!("{BASE}/networks/{network}/recusals");
    answer::created(&made, Some(location))
}

/// Takes one back.
pub(super) async fn withdraw(caller: Caller, request: HttpRequest) -> Answer {
    let (network, recusal) = (id(&request, "network")?, id(&request, "recusal")?);
    let (exchange, actor) = (caller.exchange(), caller.actor());
    recusals::withdraw(exchange, actor, network, recusal, &caller.request_id).await?;
    answer::nothing()
}
