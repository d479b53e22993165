//! Declared conflicts of interest: a card on an expert's own page, and one for the whole pool on its coordinator's.

use actix_web::web;
use chrono::{DateTime, Datelike, Duration, NaiveDate, Utc};
use chrono_tz::Tz;

use super::experts::{self, coordinated};
use super::form::{Fields, Sent};
use super::page::Page;
use super::respond::{Answer, to};
use super::visitor::Visitor;
use super::{me, problems, times};
use crate::domain::ids::{NetworkId, PersonId, RecusalId};
use crate::domain::permissions::RecusalSight;
use crate::domain::problems::{FieldProblem, FieldRule};
use crate::domain::recusals::RecusalReason;
use crate::domain::text_enum::TextEnum;
use crate::service::recusals::{self, NewRecusal, RecusalDocument};
use crate::service::{ServiceError, reference};

/// What is wrong with the form stands below this pointer: its page has other forms with the same fields.
const BELOW: &str = "/recusal";

/// A conflict in the list.
pub(super) struct Row {
    pub(super) id: RecusalId,
    /// Who, on the page of a pool.
    pub(super) name: Option<String>,
    pub(super) laboratory: String,
    pub(super) reason: String,
    pub(super) time: String,
    pub(super) withdrawable: bool,
}

/// The conflicts with a form for a new one.
pub(super) struct Card {
    pub(super) network: NetworkId,
    /// Where its forms go.
    pub(super) path: &'static str,
    pub(super) rows: Vec<Row>,
    /// Whom it may be declared of; nobody to choose from on one's own page.
    pub(super) experts: Vec<(String, String)>,
    pub(super) laboratories: Vec<(String, String)>,
    pub(super) reasons: Vec<(String, String)>,
    pub(super) city: &'static str,
    pub(super) fields: Fields,
    pub(super) problems: Vec<FieldProblem>,
    /// That there are some, where the page does not say it above.
    pub(super) problem: Option<String>,
}

impl Card {
    /// What was typed.
    pub(super) fn typed(&self, name: &str) -> &str {
        self.fields.get(name)
    }

    /// What is wrong with a field, in words.
    pub(super) fn wrong(&self, page: &Page, pointer: &str) -> Option<String> {
        let own = |one: &&FieldProblem| one.pointer.strip_prefix(BELOW) == Some(pointer);
        let found = self.problems.iter().find(own)?;
        Some(match (&found.rule, pointer) {
            (FieldRule::Malformed { .. }, "/ends_at") => page.t("conflict-order"),
            (FieldRule::Duplicate, _) => page.t("conflict-known"),
            (rule, _) => problems::words(page, rule),
        })
    }
}

/// Whether what did not pass is a form of this card.
pub(super) fn concerns(error: &ServiceError) -> bool {
    let below = |one: &FieldProblem| one.pointer.starts_with(BELOW);
    matches!(error, ServiceError::Invalid(problems) if problems.iter().any(below))
}

/// The card of a network, for who may see it; with `pool`, the experts of whom a coordinator declares.
pub(super) async fn card(
    visitor: &Visitor,
    page: &Page,
    (network, sight, zone): (NetworkId, RecusalSight, Tz),
    pool: Vec<(String, String)>,
    (fields, error): (&Fields, Option<&ServiceError>),
) -> Result<Card, ServiceError> {
    let (exchange, actor) = (visitor.exchange(), visitor.actor());
    let mut list = recusals::of_network(exchange, actor, network).await?.items;
    let own = sight == RecusalSight::Own;
    list.retain(|one| !own || one.expert.id == actor.person);
    let mut laboratories: Vec<(String, String)> = reference::laboratories(exchange)
        .await?
        .into_iter()
        .map(|one| (one.id.to_string(), one.name))
        .collect();
    laboratories.sort_by(|one, other| one.1.cmp(&other.1));
    let said = |reason: &RecusalReason| {
        let code = reason.as_str().to_owned();
        (code, page.word("recusal", *reason))
    };
    Ok(Card {
        network,
        path: if own {
            "/me/conflicts"
        } else {
            "/experts/conflicts"
        },
        rows: list
            .iter()
            .map(|one| row(visitor, page, (one, own, zone)))
            .collect(),
        experts: pool,
        laboratories,
        reasons: RecusalReason::ALL.iter().map(said).collect(),
        city: times::city(zone),
        fields: fields.clone(),
        problems: match error {
            Some(ServiceError::Invalid(problems)) => problems.clone(),
            _ => Vec::new(),
        },
        problem: None,
    })
}

fn row(visitor: &Visitor, page: &Page, (one, own, zone): (&RecusalDocument, bool, Tz)) -> Row {
    let day = |at: DateTime<Utc>| {
        let year = visitor.now.with_timezone(&zone).year();
        times::day(visitor.language, at.with_timezone(&zone).date_naive(), year)
    };
    // The end is not part of it: midnight belongs to the day that begins.
    let last = one.ends_at.map(|end| day(end - Duration::seconds(1)));
    Row {
        id: one.id,
        name: (!own).then(|| one.expert.name.clone()),
        laboratory: one.laboratory.name.clone(),
        reason: page.word("recusal", one.reason),
        time: match last {
            Some(last) => format!("{} – {last}", day(one.starts_at)),
            None => page.ts("conflict-since", &day(one.starts_at)),
        },
        withdrawable: one.withdrawable,
    }
}

/// Declares a conflict of one's own.
pub(super) async fn declare_own(sent: Sent) -> Answer {
    let Sent { visitor, fields } = sent;
    let profile = visitor.me.expert_profile.as_ref();
    let network = profile.ok_or(ServiceError::NotFound)?.network;
    let zone = me::zone(&visitor, profile);
    let expert = Some(visitor.actor().person);
    match declare(&visitor, (network, zone, expert), &fields, "/me/conflicts").await {
        Ok(()) => Ok(to("/me?done=done-conflict&kept=conflict#conflicts")),
        Err(error) => me::again(&visitor, fields, error).await,
    }
}

/// Declares one of an expert of the pool.
pub(super) async fn declare_for(sent: Sent) -> Answer {
    let Sent { visitor, fields } = sent;
    let (network, _) = coordinated(&visitor, &fields, experts::HERE).await?;
    let expert = fields
        .given("recused_expert")
        .and_then(|id| id.parse().ok());
    let of = (network, visitor.zone, expert);
    match declare(&visitor, of, &fields, "/experts/conflicts").await {
        Ok(()) => Ok(to(&format!(
            "{}?network={network}&done=done-conflict&kept=conflict#conflicts",
            experts::HERE
        ))),
        Err(error @ ServiceError::Invalid(_)) => {
            experts::show_page(&visitor, &fields.clone(), (fields, Some(&error))).await
        }
        Err(error) => Err(error.into()),
    }
}

async fn declare(
    visitor: &Visitor,
    (network, zone, expert): (NetworkId, Tz, Option<PersonId>),
    fields: &Fields,
    path: &str,
) -> Result<(), ServiceError> {
    let below = |mut problems: Vec<FieldProblem>| {
        for problem in &mut problems {
            problem.pointer.insert_str(0, BELOW);
        }
        ServiceError::Invalid(problems)
    };
    let new = read(fields, zone, expert).map_err(below)?;
    let key = fields.idempotency(path);
    let (exchange, actor) = (visitor.exchange(), visitor.actor());
    let made = recusals::declare(exchange, actor, network, new, key, &visitor.request_id).await;
    match made {
        Err(ServiceError::Invalid(problems)) => Err(below(problems)),
        other => other.map(drop),
    }
}

/// The form as a recusal: whole days, both included.
fn read(
    fields: &Fields,
    zone: Tz,
    expert: Option<PersonId>,
) -> Result<NewRecusal, Vec<FieldProblem>> {
    let mut wrong = Vec::new();
    let mut required = |pointer: &str| {
        wrong.push(FieldProblem::new(pointer, FieldRule::Required));
    };
    if expert.is_none() {
        required("/expert");
    }
    let laboratory = fields.given("recused_laboratory");
    let laboratory = laboratory.and_then(|id| id.parse().ok());
    if laboratory.is_none() {
        required("/laboratory");
    }
    let reason = fields
        .given("recused_reason")
        .and_then(RecusalReason::parse);
    if reason.is_none() {
        required("/reason");
    }
    let mut day = |name: &str, pointer: &str| {
        let typed = fields.given(name)?;
        let read: Option<NaiveDate> = typed.parse().ok();
        if read.is_none() {
            let expected = "a day".to_owned();
            wrong.push(FieldProblem::new(
                pointer,
                FieldRule::Malformed { expected },
            ));
        }
        read
    };
    let first = day("recused_from", "/starts_at");
    let last = day("recused_until", "/ends_at");
    match (expert, laboratory, reason) {
        (Some(expert), Some(laboratory), Some(reason)) if wrong.is_empty() => Ok(NewRecusal {
            expert,
            laboratory,
            reason,
            starts_at: first.map(|day| times::midnight(day, zone)),
            ends_at: last
                .and_then(|day| day.succ_opt())
                .map(|after| times::midnight(after, zone)),
        }),
        _ => Err(wrong),
    }
}

/// Takes one of one's own back.
pub(super) async fn withdraw_own(sent: Sent, recusal: web::Path<RecusalId>) -> Answer {
    let visitor = sent.visitor;
    let profile = visitor.me.expert_profile.as_ref();
    let network = profile.ok_or(ServiceError::NotFound)?.network;
    withdraw(&visitor, network, *recusal).await?;
    Ok(to("/me?done=done-conflict-withdrawn#conflicts"))
}

/// Takes one of the pool back.
pub(super) async fn withdraw_of(sent: Sent, recusal: web::Path<RecusalId>) -> Answer {
    let Sent { visitor, fields } = sent;
    let (network, _) = coordinated(&visitor, &fields, experts::HERE).await?;
    withdraw(&visitor, network, *recusal).await?;
    Ok(to(&format!(
        "{}?network={network}&done=done-conflict-withdrawn#conflicts",
        experts::HERE
    )))
}

async fn withdraw(
    visitor: &Visitor,
    network: NetworkId,
    recusal: RecusalId,
) -> Result<(), ServiceError> {
    let (exchange, actor) = (visitor.exchange(), visitor.actor());
    match recusals::withdraw(exchange, actor, network, recusal, &visitor.request_id).await {
        // Pressed twice, or in another window: it is gone, as was asked.
        Err(ServiceError::NotFound) => Ok(()),
        other => other,
    }
}
