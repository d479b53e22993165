//! What a network promises.

use actix_web::HttpRequest;

use super::answer::{self, Answer};
use super::body::Body;
use super::caller::Caller;
use super::{BASE, id, preconditions};
use crate::domain::ids::NetworkId;
use crate::service::{choice, fitting, targets, trials};

/// What a network promises, entry by entry.
pub(super) async fn list(caller: Caller, request: HttpRequest) -> Answer {
    let network = id(&request, "network")?;
    answer::document(&targets::of_network(caller.exchange(), caller.actor(), network).await?)
}

/// Adds an entry.
pub(super) async fn add(caller: Caller, request: HttpRequest, body: Body) -> Answer {
    let key = Some(preconditions::key(&request, &body)?);
    let network: NetworkId = id(&request, "network")?;
    let new = body.read()?;
    let (exchange, actor) = (caller.exchange(), caller.actor());
    let made = targets::add(exchange, actor, network, new, key, &caller.request_id).await?;
    let location = format!("{BASE}/networks/{network}/targets");
    answer::created(&made, Some(location))
}

/// Ends an entry.
pub(super) async fn end(caller: Caller, request: HttpRequest, body: Body) -> Answer {
    let (network, entry) = (id(&request, "network")?, id(&request, "target")?);
    let ending = body.read()?;
    let (exchange, actor) = (caller.exchange(), caller.actor());
    let ended = targets::end(exchange, actor, network, entry, ending, &caller.request_id).await?;
    answer::document(&ended)
}

/// What the choice among the eligible weighs.
pub(super) async fn choice(caller: Caller, request: HttpRequest) -> Answer {
    let network = id(&request, "network")?;
    let kept = choice::of_network(caller.exchange(), caller.actor(), network).await?;
    answer::versioned(kept.version, &kept)
}

/// Sets what it weighs.
pub(super) async fn set_choice(caller: Caller, request: HttpRequest, body: Body) -> Answer {
    let network = id(&request, "network")?;
    let version = preconditions::if_match(&request)?;
    let weights = body.read()?;
    let (exchange, actor) = (caller.exchange(), caller.actor());
    let set = choice::set(
        exchange,
        actor,
        network,
        version,
        weights,
        &caller.request_id,
    )
    .await?;
    answer::versioned(set.version, &set)
}

/// Tries a change on what was sent lately.
pub(super) async fn try_out(caller: Caller, request: HttpRequest, body: Body) -> Answer {
    let network = id(&request, "network")?;
    let trial = body.read()?;
    answer::document(&trials::try_out(caller.exchange(), caller.actor(), network, trial).await?)
}

/// The minutes of a case as they are reckoned, and what readings propose.
pub(super) async fn work_units(caller: Caller, request: HttpRequest) -> Answer {
    let network = id(&request, "network")?;
    answer::document(&fitting::of_network(caller.exchange(), caller.actor(), network).await?)
}
