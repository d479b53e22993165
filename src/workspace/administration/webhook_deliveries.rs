//! What a webhook was sent: whether it arrived, and the button that sends it again.

use actix_web::{HttpRequest, web};

use super::super::form::{Fields, Sent};
use super::super::page::Page;
use super::super::respond::{Answer, to};
use super::super::texts::text;
use super::super::times;
use super::super::visitor::Visitor;
use super::listing::{Cell, Listing, Row, address};
use super::record::Field;
use super::webhooks::HERE;
use super::{Crumb, by, crumbs, frame, messages};
use crate::domain::ids::{OutboxId, WebhookId};
use crate::domain::text_enum::TextEnum;
use crate::service::ServiceError;
use crate::service::administration::webhook_deliveries::{
    self, DeliveryItem, DeliveryQuery, OutboxState,
};
use crate::service::administration::webhooks;

/// Where an event may stand.
const STATES: [OutboxState; 4] = [
    OutboxState::Ready,
    OutboxState::Leased,
    OutboxState::Done,
    OutboxState::Dead,
];

/// Where the deliveries of a webhook are listed.
fn here(webhook: WebhookId) -> String {
    format!("{HERE}/{webhook}/deliveries")
}

/// The list.
pub(in crate::workspace) async fn list(
    visitor: Visitor,
    id: web::Path<WebhookId>,
    request: HttpRequest,
) -> Answer {
    let asked = Fields::of_query(request.query_string());
    let query = DeliveryQuery {
        states: OutboxState::parse(asked.get("state")).into_iter().collect(),
        cursor: asked.given("cursor").map(ToOwned::to_owned),
    };
    let (exchange, actor, here) = (visitor.exchange(), visitor.actor(), here(*id));
    let webhook = webhooks::read(exchange, actor, *id).await?;
    let found = webhook_deliveries::list(exchange, actor, *id, query).await?;
    let mut page = frame(&visitor, text(visitor.language, "webhook-deliveries", &[]));
    page.take_notice(&asked);
    let states = STATES.map(|state| (state.to_string(), page.word("message", state)));
    let state = page.t("column-state");
    let mut search = vec![Field::select(
        &page,
        "state",
        state,
        asked.get("state"),
        states.into(),
    )];
    for field in &mut search {
        field.first = page.t("any");
    }
    let mut way = crumbs(&page, Some((HERE, "admin-webhooks")));
    way.push(Crumb {
        href: format!("{HERE}/{id}"),
        label: webhook.content.name,
    });
    let active = webhook.content.active;
    let rows = found.items.iter();
    let rows = rows.map(|item| row(&visitor, &page, active.then_some(here.as_str()), item));
    let list = Listing {
        crumbs: way,
        lead: page.t("webhook-deliveries-about"),
        add: None,
        columns: [
            "webhook-event",
            "column-state",
            "message-when",
            "message-error",
            "webhook-delivery-id",
        ]
        .map(|key| page.t(key))
        .into(),
        rows: rows.collect(),
        empty: page.t("webhook-delivery-none"),
        more: found
            .next
            .as_ref()
            .map(|cursor| address(&here, &search, cursor)),
        search,
        here,
        page,
    };
    list.answer()
}

/// A delivery; `here` is where it can be sent again, unless the webhook is switched off.
fn row(visitor: &Visitor, page: &Page, here: Option<&str>, item: &DeliveryItem) -> Row {
    let at = |instant| times::instant(visitor.language, instant, visitor.zone, visitor.now);
    let tries = (item.attempts > 0).then(|| page.tn("message-tries", item.attempts));
    let error = item.last_error.iter().cloned().chain(tries);
    let still = item.state != OutboxState::Leased;
    Row {
        name: item
            .kind
            .map_or_else(|| page.t("topic-webhook"), |kind| page.word("event", kind)),
        cells: vec![
            messages::state(page, item.state),
            Cell::of(at(item.finished_at.unwrap_or(item.due_at))),
            Cell::all(error.collect()),
            Cell::of(item.id.to_string()),
        ],
        act: here.filter(|_| still).map(|here| {
            (
                format!("{here}/{}/send", item.id),
                page.t("webhook-send-again"),
            )
        }),
        ..Row::default()
    }
}

/// Has an event sent again.
pub(in crate::workspace) async fn send_again(
    sent: Sent,
    ids: web::Path<(WebhookId, OutboxId)>,
) -> Answer {
    let visitor = sent.visitor;
    let (webhook, message) = ids.into_inner();
    let (exchange, by) = (visitor.exchange(), by(&visitor));
    match webhook_deliveries::send_again(exchange, &by, webhook, message).await {
        Ok(()) => Ok(to(&format!("{}?done=done-event-again", here(webhook)))),
        // Switched off in the meantime: its page says so.
        Err(ServiceError::Conflict(_)) => Ok(to(&format!("{HERE}/{webhook}"))),
        Err(other) => Err(other.into()),
    }
}
