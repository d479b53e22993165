//! Who is on call.

use actix_web::HttpRequest;

use super::answer::{self, Answer};
use super::body::Body;
use super::caller::Caller;
use super::{BASE, id, preconditions};
use crate::domain::ids::NetworkId;
use crate::service::duties;

/// The roster of a network's pool.
pub(super) async fn list(caller: Caller, request: HttpRequest) -> Answer {
    let network = id(&request, "network")?;
    answer::document(&duties::of_network(caller.exchange(), caller.actor(), network).await?)
}

/// Puts an expert on call.
pub(super) async fn add(caller: Caller, request: HttpRequest, body: Body) -> Answer {
    let key = Some(preconditions::key(&request, &body)?);
    let network: NetworkId = id(&request, "network")?;
    let new = body.read()?;
    let (exchange, actor) = (caller.exchange(), caller.actor());
    let made = duties::add(exchange, actor, network, new, key, &caller.request_id).await?;
    let location = format!("{BASE}/networks/{network}/duties");
    answer::created(&made, Some(location))
}

/// Takes a duty away.
pub(super) async fn remove(caller: Caller, request: HttpRequest) -> Answer {
    let (network, duty) = (id(&request, "network")?, id(&request, "duty")?);
    let (exchange, actor) = (caller.exchange(), caller.actor());
    duties::remove(exchange, actor, network, duty, &caller.request_id).await?;
    answer::nothing()
}
