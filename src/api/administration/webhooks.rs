//! Webhooks.

use actix_web::HttpRequest;

use super::by;
use crate::api::answer::{self, Answer};
use crate::api::body::Body;
use crate::api::caller::{Caller, WithParameters};
use crate::api::query::Parameters;
use crate::api::{BASE, id, preconditions};
use crate::service::administration::webhook_deliveries::{self, DeliveryQuery};
use crate::service::administration::webhooks::{self, WebhookContent};

/// The webhooks that the caller administers.
pub(in crate::api) async fn list(caller: Caller) -> Answer {
    answer::items(webhooks::list(caller.exchange(), caller.actor()).await?)
}

/// Registers a webhook.
pub(in crate::api) async fn add(caller: Caller, request: HttpRequest, body: Body) -> Answer {
    let key = preconditions::key(&request, &body)?;
    let content: WebhookContent = body.read()?;
    let made = webhooks::add(caller.exchange(), &by(&caller), content, Some(key)).await?;
    let location = format!(
        "{BASE}/administration/webhooks/{}",
        made.document.webhook.id
    );
    answer::created(&made, Some(location))
}

/// One webhook.
pub(in crate::api) async fn read(caller: Caller, request: HttpRequest) -> Answer {
    let wanted = id(&request, "webhook")?;
    let webhook = webhooks::read(caller.exchange(), caller.actor(), wanted).await?;
    answer::versioned(webhook.version, &webhook)
}

/// Changes a webhook.
pub(in crate::api) async fn change(caller: Caller, request: HttpRequest, body: Body) -> Answer {
    let version = preconditions::if_match(&request)?;
    let content: WebhookContent = body.read()?;
    let wanted = id(&request, "webhook")?;
    let exchange = caller.exchange();
    let webhook = webhooks::change(exchange, &by(&caller), wanted, version, content).await?;
    answer::versioned(webhook.version, &webhook)
}

/// Sends a webhook a trial now.
pub(in crate::api) async fn test(caller: Caller, request: HttpRequest) -> Answer {
    let wanted = id(&request, "webhook")?;
    answer::document(&webhook_deliveries::test(caller.exchange(), &by(&caller), wanted).await?)
}

/// Makes a webhook a new secret.
pub(in crate::api) async fn renew_secret(caller: Caller, request: HttpRequest) -> Answer {
    let wanted = id(&request, "webhook")?;
    answer::document(&webhooks::renew_secret(caller.exchange(), &by(&caller), wanted).await?)
}

/// A page of what a webhook was sent.
pub(in crate::api) async fn deliveries(
    WithParameters(caller): WithParameters,
    request: HttpRequest,
) -> Answer {
    let mut parameters = Parameters::of(&request);
    let query = DeliveryQuery {
        states: parameters.names("state"),
        cursor: parameters.text("cursor"),
    };
    parameters.finish()?;
    let wanted = id(&request, "webhook")?;
    let (exchange, actor) = (caller.exchange(), caller.actor());
    answer::document(&webhook_deliveries::list(exchange, actor, wanted, query).await?)
}

/// Has an event sent again.
pub(in crate::api) async fn send_again(caller: Caller, request: HttpRequest) -> Answer {
    let (wanted, message) = (id(&request, "webhook")?, id(&request, "message")?);
    webhook_deliveries::send_again(caller.exchange(), &by(&caller), wanted, message).await?;
    answer::nothing()
}
