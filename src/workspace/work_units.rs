//! The weights of work, and what the readings of the last year propose in their place.

use super::csv::number;
use super::experts::coordinated;
use super::form::Sent;
use super::page::Page;
use super::respond::{Answer, to};
use super::trial::{HERE, show_page};
use super::visitor::Visitor;
use crate::domain::ids::NetworkId;
use crate::domain::problems::FieldRule;
use crate::domain::work::fitting::Fitted;
use crate::service::ServiceError;
use crate::service::choice;
use crate::service::fitting;

/// A weight.
pub(super) struct Row {
    pub(super) name: String,
    pub(super) present: String,
    pub(super) proposed: String,
    pub(super) interval: String,
    pub(super) readings: String,
}

/// All of them.
pub(super) struct Card {
    pub(super) about: String,
    pub(super) rows: Vec<Row>,
    pub(super) version: i64,
    /// How far from the readings the weights are, before and after.
    pub(super) error: Option<String>,
    /// The proposal as JSON, to be taken over as it was shown; none where there is none, or it is what holds.
    pub(super) proposal: Option<String>,
}

/// The card of a network.
pub(super) async fn card(
    visitor: &Visitor,
    page: &Page,
    network: NetworkId,
) -> Result<Card, ServiceError> {
    let (exchange, actor) = (visitor.exchange(), visitor.actor());
    let found = fitting::of_network(exchange, actor, network).await?;
    let plain = |value: f64, decimals| number(visitor.language, value, decimals);
    let row = |name: String, one: Fitted, decimals| Row {
        name,
        present: plain(one.present, decimals),
        proposed: plain(one.proposed, decimals),
        interval: format!("{}–{}", plain(one.low, decimals), plain(one.high, decimals)),
        readings: one.readings.to_string(),
    };
    let alone = |name: String, present: f64, decimals| Row {
        name,
        present: plain(present, decimals),
        proposed: "–".to_owned(),
        interval: "–".to_owned(),
        readings: "–".to_owned(),
    };
    let names = visitor.subspecialties();
    let of_field = |code: &str| {
        let field = super::case_words::named(&names, Some(code));
        page.ts("units-field", &field)
    };
    let (base, slide, further) = (
        page.t("units-base"),
        page.t("units-slide"),
        page.t("units-further"),
    );
    let mut rows = match &found.proposal {
        Some(one) => vec![
            row(base, one.base, 1),
            row(slide, one.per_slide, 1),
            row(further, one.per_further, 1),
        ],
        None => vec![
            alone(base, found.present.base, 1),
            alone(slide, found.present.per_slide, 1),
            alone(further, found.present.per_further, 1),
        ],
    };
    let fields = found.proposal.iter().flat_map(|one| &one.by_subspecialty);
    rows.extend(fields.map(|(code, one)| row(of_field(code), *one, 2)));
    let new = found
        .proposal
        .as_ref()
        .filter(|one| one.units != found.present);
    let error = found.proposal.as_ref().map(|one| {
        let both = (plain(one.error_before, 1), plain(one.error_after, 1));
        page.ts("units-error", &format!("{} → {}", both.0, both.1))
    });
    Ok(Card {
        about: page.tn("units-about", found.readings),
        rows,
        version: found.version,
        error,
        proposal: new
            .map(|one| serde_json::to_string(&one.units))
            .transpose()
            .map_err(|error| ServiceError::Internal(error.to_string()))?,
    })
}

/// Takes a proposal over as it was shown: a new version of the network's weights.
pub(super) async fn take_over(sent: Sent) -> Answer {
    let Sent { visitor, fields } = sent;
    let (network, _) = coordinated(&visitor, &fields, HERE).await?;
    let (exchange, actor) = (visitor.exchange(), visitor.actor());
    let version = fields.get("_version").parse().unwrap_or(-1);
    let kept = choice::of_network(exchange, actor, network).await?;
    let set = match serde_json::from_str(fields.get("units")) {
        Ok(units) => {
            let mut weights = kept.weights;
            weights.units = Some(units);
            let id = &visitor.request_id;
            choice::set(exchange, actor, network, version, weights, id).await
        }
        Err(_) => {
            let expected = "a proposal as it was shown".to_owned();
            Err(ServiceError::field(
                "/units",
                FieldRule::Malformed { expected },
            ))
        }
    };
    match set {
        Ok(_) => Ok(to(&format!("/targets?network={network}&done=done-units"))),
        Err(error @ (ServiceError::Invalid(_) | ServiceError::Stale { .. })) => {
            show_page(&visitor, fields, Some(error)).await
        }
        Err(error) => Err(error.into()),
    }
}
