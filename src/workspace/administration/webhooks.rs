//! Webhooks: the list, one webhook, the trial, and its secrets.

use actix_web::{HttpRequest, web};

use super::super::form::{Fields, Sent};
use super::super::page::Page;
use super::super::respond::Answer;
use super::super::texts::text;
use super::super::times;
use super::super::visitor::Visitor;
use super::listing::{Cell, Listing, Row};
use super::places::Places;
use super::record::{Field, Form, Record, picked};
use super::things::{Thing, form};
use super::{by, crumbs, frame};
use crate::domain::ids::WebhookId;
use crate::domain::problems::{FieldProblem, FieldRule};
use crate::domain::text_enum::TextEnum;
use crate::domain::webhooks::EventKind;
use crate::service::administration::webhook_deliveries::{self, Tried};
use crate::service::administration::webhooks::{self, WebhookContent, WebhookDocument};
use crate::service::{Idempotency, ServiceError};

/// Where webhooks are listed.
pub(super) const HERE: &str = "/administration/webhooks";
/// Where one is registered.
pub(super) const NEW: &str = "/administration/webhooks/new";

/// The list.
pub(in crate::workspace) async fn list(visitor: Visitor, request: HttpRequest) -> Answer {
    let found = webhooks::list(visitor.exchange(), visitor.actor()).await?;
    let places = Places::read(&visitor).await?;
    let mut page = frame(&visitor, text(visitor.language, "admin-webhooks", &[]));
    page.take_notice(&Fields::of_query(request.query_string()));
    let rows = found.into_iter().map(|webhook| Row {
        href: format!("{HERE}/{}", webhook.id),
        cells: vec![
            state(&page, &webhook),
            Cell::of(places.name(webhook.content.network)),
            Cell::of(webhook.content.url),
            Cell::of(page.tn("webhook-told", webhook.content.kinds.len())),
        ],
        name: webhook.content.name,
        ..Row::default()
    });
    let list = Listing {
        crumbs: crumbs(&page, None),
        lead: page.t("admin-webhooks-about"),
        here: HERE.to_owned(),
        add: Some((NEW.to_owned(), page.t("webhook-add"))),
        columns: [
            "webhook-name",
            "column-state",
            "webhook-network",
            "webhook-url",
            "webhook-kinds",
        ]
        .map(|key| page.t(key))
        .into(),
        rows: rows.collect(),
        empty: page.t("webhook-none"),
        more: None,
        search: Vec::new(),
        page,
    };
    list.answer()
}

/// Whether it is told anything, and whether that arrives.
fn state(page: &Page, webhook: &WebhookDocument) -> Cell {
    let (key, class) = match (webhook.content.active, webhook.stopped_because) {
        (false, Some(_)) => ("webhook-stopped", "late"),
        (false, None) => ("webhook-off", "still"),
        (true, _) if webhook.failing_since.is_some() => ("webhook-failing", "soon"),
        (true, _) => ("webhook-on", "done"),
    };
    Cell::marked(page.t(key), class)
}

/// Webhooks.
pub(super) struct Webhooks;

impl Thing for Webhooks {
    type Id = WebhookId;
    type Content = WebhookContent;
    type Kept = WebhookDocument;
    const PART: &'static str = "webhook";
    const HERE: &'static str = HERE;

    fn content(
        _: &Visitor,
        sent: &Fields,
        kept: Option<&WebhookDocument>,
    ) -> Result<WebhookContent, Vec<FieldProblem>> {
        content(sent, kept)
    }

    async fn add(
        visitor: &Visitor,
        content: WebhookContent,
        key: Option<Idempotency>,
    ) -> Result<(WebhookId, Option<String>), ServiceError> {
        let made = webhooks::add(visitor.exchange(), &by(visitor), content, key).await?;
        Ok((made.document.webhook.id, made.document.secret))
    }

    async fn read(visitor: &Visitor, id: WebhookId) -> Result<WebhookDocument, ServiceError> {
        webhooks::read(visitor.exchange(), visitor.actor(), id).await
    }

    async fn change(
        visitor: &Visitor,
        id: WebhookId,
        version: i64,
        content: WebhookContent,
    ) -> Result<(), ServiceError> {
        let exchange = visitor.exchange();
        webhooks::change(exchange, &by(visitor), id, version, content)
            .await
            .map(drop)
    }

    async fn record(
        visitor: &Visitor,
        kept: Option<&WebhookDocument>,
    ) -> Result<Record, ServiceError> {
        record(visitor, kept).await
    }
}

/// Sends a trial now, and says in words how it was taken.
pub(in crate::workspace) async fn test(sent: Sent, id: web::Path<WebhookId>) -> Answer {
    let visitor = sent.visitor;
    let exchange = visitor.exchange();
    let tried = webhook_deliveries::test(exchange, &by(&visitor), *id).await?;
    let kept = webhooks::read(exchange, visitor.actor(), *id).await?;
    let mut record = record(&visitor, Some(&kept)).await?;
    record.found = Some(said(&record.page, &tried));
    record.answer()
}

/// How a trial was taken, in words.
fn said(page: &Page, tried: &Tried) -> (Vec<String>, &'static str) {
    let status = tried.status.map(|status| status.to_string());
    let took = page.tn("source-took", tried.milliseconds);
    match (tried.failure, status) {
        (None, status) => {
            let status = status.unwrap_or_default();
            (vec![page.ts("webhook-taken", &status), took], "good")
        }
        (Some(_), Some(status)) => {
            let why = page.ts("webhook-failure-bad-status", &status);
            (vec![page.ts("webhook-refused", &why), took], "bad")
        }
        (Some(failure), None) => {
            let why = page.name("webhook-failure", failure);
            (vec![page.ts("webhook-refused", &why)], "bad")
        }
    }
}

/// Makes a new secret, and shows it, which no other page does.
pub(in crate::workspace) async fn renew_secret(sent: Sent, id: web::Path<WebhookId>) -> Answer {
    let visitor = sent.visitor;
    let exchange = visitor.exchange();
    let made = webhooks::renew_secret(exchange, &by(&visitor), *id).await?;
    let kept = webhooks::read(exchange, visitor.actor(), *id).await?;
    let mut record = record(&visitor, Some(&kept)).await?;
    record.tell(Webhooks::PART, made.secret);
    record.answer()
}

async fn record(visitor: &Visitor, kept: Option<&WebhookDocument>) -> Result<Record, ServiceError> {
    let places = Places::read(visitor).await?;
    let title = match kept {
        Some(webhook) => webhook.content.name.clone(),
        None => text(visitor.language, "webhook-add", &[]),
    };
    let page = frame(visitor, title);
    let way = crumbs(&page, Some((HERE, "admin-webhooks")));
    let mut record = Record::new(page, way);
    let page = &record.page;
    let at = kept.map(|webhook| (webhook.id, webhook.version));
    let mut keeping = form::<Webhooks>(page, at, fields(page, &places, kept));
    match kept {
        None => keeping.submit = page.t("webhook-add"),
        Some(webhook) => {
            let here = format!("{HERE}/{}", webhook.id);
            record.beside = [("test", "test"), ("secret", "secret")]
                .map(|(part, path)| Form {
                    part,
                    title: page.t(&format!("webhook-{part}")),
                    lead: page.t(&format!("webhook-{part}-lead")),
                    action: format!("{here}/{path}"),
                    submit: page.t(&format!("webhook-{part}-now")),
                    ..Form::default()
                })
                .into();
            record.links = vec![(format!("{here}/deliveries"), page.t("webhook-deliveries"))];
            record.facts = facts(visitor, page, &places, webhook);
            let stopped = webhook.stopped_because;
            let stopped = stopped.map(|why| page.word("webhook-stopped", why));
            record.found = stopped.map(|said| (vec![said], "bad"));
        }
    }
    record.forms = vec![keeping];
    Ok(record)
}

fn facts(
    visitor: &Visitor,
    page: &Page,
    places: &Places,
    webhook: &WebhookDocument,
) -> Vec<(String, String)> {
    let at = |instant| times::instant(visitor.language, instant, visitor.zone, visitor.now);
    let network = places.name(webhook.content.network);
    let failing = webhook
        .failing_since
        .map(|since| ("webhook-failing-since", at(since)));
    let earlier = webhook.earlier_secret_until;
    let earlier = earlier.map(|until| ("webhook-earlier-until", at(until)));
    [
        Some(("webhook-network", network)),
        Some(("webhook-since", at(webhook.created_at))),
        failing,
        earlier,
    ]
    .into_iter()
    .flatten()
    .map(|(key, value)| (page.t(key), value))
    .collect()
}

fn fields(page: &Page, places: &Places, kept: Option<&WebhookDocument>) -> Vec<Field> {
    let kept = kept.map(|kept| &kept.content);
    let text = |value: fn(&WebhookContent) -> &String| kept.map(value).cloned().unwrap_or_default();
    let kinds = EventKind::ALL.iter();
    let kinds = kinds.map(|kind| (kind.to_string(), page.word("event", *kind)));
    let picked: Vec<String> = kept.map_or_else(Vec::new, |kept| {
        kept.kinds.iter().map(ToString::to_string).collect()
    });
    let network = || {
        let label = page.t("webhook-network");
        Field::select(page, "network", label, "", places.networks())
    };
    let (name, url) = (text(|kept| &kept.name), text(|kept| &kept.url));
    let mut fields = vec![Field::line("name", page.t("webhook-name"), name)];
    fields.extend(kept.is_none().then(network));
    fields.extend([
        Field::line("url", page.t("webhook-url"), url)
            .hint(page.t("webhook-url-hint"))
            .kind("url"),
        Field::ticks("kinds", page.t("webhook-kinds"), &picked, kinds.collect())
            .hint(page.t("webhook-kinds-hint")),
        Field::tick(
            "internal",
            page.t("webhook-internal"),
            kept.is_some_and(|kept| kept.internal),
        )
        .hint(page.t("webhook-internal-hint")),
        Field::tick(
            "active",
            page.t("webhook-active"),
            kept.is_none_or(|kept| kept.active),
        )
        .hint(page.t("webhook-active-hint")),
    ]);
    fields
}

/// The webhook that a form stands for; it stays with its network.
fn content(
    sent: &Fields,
    kept: Option<&WebhookDocument>,
) -> Result<WebhookContent, Vec<FieldProblem>> {
    let network = match kept {
        Some(kept) => Ok(kept.content.network),
        None => sent.get("network").parse(),
    };
    let network = network.map_err(|_| vec![FieldProblem::new("/network", FieldRule::Required)])?;
    let codes = EventKind::ALL.iter().map(ToString::to_string);
    let kinds = picked(sent, "kinds", codes);
    Ok(WebhookContent {
        network,
        name: sent.get("name").trim().to_owned(),
        url: sent.get("url").trim().to_owned(),
        internal: !sent.get("internal").is_empty(),
        kinds: kinds
            .iter()
            .filter_map(|kind| EventKind::parse(kind))
            .collect(),
        active: !sent.get("active").is_empty(),
    })
}
