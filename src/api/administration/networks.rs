//! Networks, as administrators keep them.

use actix_web::HttpRequest;

use super::by;
use crate::api::answer::{self, Answer};
use crate::api::body::Body;
use crate::api::caller::Caller;
use crate::api::{BASE, id, preconditions};
use crate::service::administration::networks::{self, NetworkContent};

/// Those that the caller administers.
pub(in crate::api) async fn list(caller: Caller) -> Answer {
    answer::items(networks::list(caller.exchange(), caller.actor()).await?)
}

/// Adds one.
pub(in crate::api) async fn add(caller: Caller, request: HttpRequest, body: Body) -> Answer {
    let key = preconditions::key(&request, &body)?;
    let content: NetworkContent = body.read()?;
    let made = networks::add(caller.exchange(), &by(&caller), content, Some(key)).await?;
    let location = format!("{BASE}/administration/networks/{}", made.document.id);
    answer::created(&made, Some(location))
}

/// One of them.
pub(in crate::api) async fn read(caller: Caller, request: HttpRequest) -> Answer {
    let wanted = id(&request, "network")?;
    let found = networks::read(caller.exchange(), caller.actor(), wanted).await?;
    answer::versioned(found.version, &found)
}

/// Changes one.
pub(in crate::api) async fn change(caller: Caller, request: HttpRequest, body: Body) -> Answer {
    let version = preconditions::if_match(&request)?;
    let content: NetworkContent = body.read()?;
    let wanted = id(&request, "network")?;
    let changed =
        networks::change(caller.exchange(), &by(&caller), wanted, version, content).await?;
    answer::versioned(changed.version, &changed)
}
