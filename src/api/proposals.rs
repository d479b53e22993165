//! Proposals to move unopened cases, for the coordinators of a network.

use actix_web::HttpRequest;

use super::answer::{self, Answer};
use super::body::Body;
use super::caller::Caller;
use super::{BASE, id, preconditions};
use crate::domain::commands::Reason;
use crate::domain::ids::NetworkId;
use crate::service::proposals;

/// The latest proposals of a network.
pub(super) async fn list(caller: Caller, request: HttpRequest) -> Answer {
    let network = id(&request, "network")?;
    answer::items(proposals::list(caller.exchange(), caller.actor(), network).await?)
}

/// Makes a proposal.
pub(super) async fn make(caller: Caller, request: HttpRequest, body: Body) -> Answer {
    let key = preconditions::key(&request, &body)?;
    let network: NetworkId = id(&request, "network")?;
    let (exchange, actor) = (caller.exchange(), caller.actor());
    let made = proposals::make(exchange, actor, network, Some(key), &caller.request_id).await?;
    let location = format!("{BASE}/networks/{network}/proposals/{}", made.document.id);
    answer::created(&made, Some(location))
}

/// One proposal.
pub(super) async fn read(caller: Caller, request: HttpRequest) -> Answer {
    let (network, proposal) = (id(&request, "network")?, id(&request, "proposal")?);
    let (exchange, actor) = (caller.exchange(), caller.actor());
    answer::document(&proposals::read(exchange, actor, network, proposal).await?)
}

/// Moves all cases of a proposal.
pub(super) async fn apply(caller: Caller, request: HttpRequest) -> Answer {
    let (network, proposal) = (id(&request, "network")?, id(&request, "proposal")?);
    let (exchange, actor) = (caller.exchange(), caller.actor());
    let applied = proposals::apply(exchange, actor, network, proposal, &caller.request_id).await?;
    answer::document(&applied)
}

/// Decides against a proposal.
pub(super) async fn discard(caller: Caller, request: HttpRequest, body: Body) -> Answer {
    let (network, proposal) = (id(&request, "network")?, id(&request, "proposal")?);
    let why: Reason = body.read()?;
    let discarded = proposals::discard(
        caller.exchange(),
        caller.actor(),
        network,
        proposal,
        why,
        &caller.request_id,
    )
    .await?;
    answer::document(&discarded)
}
