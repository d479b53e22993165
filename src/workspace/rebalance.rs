//! A coordinator's queue rebalanced: what would move and what that saves, applied or discarded as one.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;
use chrono::{DateTime, Duration, Utc};

use super::form::{Fields, Sent};
use super::page::Page;
use super::respond::{Answer, page, to};
use super::texts::text;
use super::times;
use super::visitor::Visitor;
use crate::domain::commands::Reason;
use crate::domain::ids::{NetworkId, ProposalId};
use crate::domain::problems::FieldProblem;
use crate::domain::routing::rebalance::ProposalState;
use crate::domain::turnaround::Urgency;
use crate::service::proposals::{self, MoveDocument, Outdated, ProposalDocument, WorkDocument};
use crate::service::{ServiceError, reference};

const HERE: &str = "/rebalance";

/// A network whose queue the visitor may look at.
struct Tab {
    href: String,
    label: String,
    current: bool,
}

/// A case that would move.
struct Row {
    href: String,
    reference: String,
    urgency: Option<String>,
    from: String,
    to: String,
    why: String,
    due: String,
    before: String,
    after: String,
}

/// Whose work changes.
struct Work {
    name: String,
    cases: String,
    minutes: String,
}

/// The proposal that waits for a decision.
struct Preview {
    id: ProposalId,
    headline: String,
    facts: Vec<(String, String)>,
    rows: Vec<Row>,
    work: Vec<Work>,
}

/// A proposal that was decided about.
struct Past {
    at: String,
    state: String,
    class: &'static str,
    about: String,
    reason: Option<String>,
}

#[derive(Template)]
#[template(path = "workspace/rebalance.html")]
struct RebalancePage {
    page: Page,
    network: NetworkId,
    networks: Vec<Tab>,
    open: Option<Preview>,
    past: Vec<Past>,
    problem: Option<String>,
    outdated: Vec<(String, String)>,
    reason: String,
    reason_wrong: Option<String>,
}

/// What was tried and did not go through.
#[derive(Default)]
struct Tried {
    reason: String,
    error: Option<ServiceError>,
}

/// The page.
pub(super) async fn show(visitor: Visitor, request: HttpRequest) -> Answer {
    let asked = Fields::of_query(request.query_string());
    let network = network(&visitor, &asked)?;
    show_page(&visitor, network, &asked, Tried::default()).await
}

/// Has a proposal made.
pub(super) async fn make(sent: Sent) -> Answer {
    let Sent { visitor, fields } = sent;
    let network = network(&visitor, &fields)?;
    let key = fields.idempotency(HERE);
    let (exchange, actor) = (visitor.exchange(), visitor.actor());
    proposals::make(exchange, actor, network, key, &visitor.request_id).await?;
    Ok(to(&format!("{HERE}?network={network}")))
}

/// Moves all cases of the proposal.
pub(super) async fn apply(sent: Sent, proposal: web::Path<ProposalId>) -> Answer {
    let Sent { visitor, fields } = sent;
    let network = network(&visitor, &fields)?;
    let (exchange, actor) = (visitor.exchange(), visitor.actor());
    let applied = proposals::apply(exchange, actor, network, *proposal, &visitor.request_id).await;
    decided(
        &visitor,
        network,
        applied,
        "done-rebalanced",
        Tried::default(),
    )
    .await
}

/// Decides against the proposal.
pub(super) async fn discard(sent: Sent, proposal: web::Path<ProposalId>) -> Answer {
    let Sent { visitor, fields } = sent;
    let network = network(&visitor, &fields)?;
    let reason = fields.get("reason").to_owned();
    let discarded = proposals::discard(
        visitor.exchange(),
        visitor.actor(),
        network,
        *proposal,
        Reason {
            reason: reason.clone(),
        },
        &visitor.request_id,
    )
    .await;
    let tried = Tried {
        reason,
        error: None,
    };
    decided(
        &visitor,
        network,
        discarded,
        "done-rebalance-discarded",
        tried,
    )
    .await
}

/// Back to the page; when it did not go through, with why.
async fn decided(
    visitor: &Visitor,
    network: NetworkId,
    outcome: Result<ProposalDocument, ServiceError>,
    done: &str,
    tried: Tried,
) -> Answer {
    match outcome {
        Ok(_) => Ok(to(&format!("{HERE}?network={network}&done={done}"))),
        Err(
            error @ (ServiceError::Invalid(_)
            | ServiceError::Conflict(_)
            | ServiceError::ProposalOutdated(_)),
        ) => {
            let tried = Tried {
                error: Some(error),
                ..tried
            };
            show_page(visitor, network, &Fields::default(), tried).await
        }
        Err(error) => Err(error.into()),
    }
}

/// The network that is named, or the first one that the visitor coordinates.
fn network(visitor: &Visitor, fields: &Fields) -> Result<NetworkId, ServiceError> {
    let named = match fields.given("network") {
        Some(text) => text.parse().ok(),
        None => visitor.actor().coordinated().next(),
    };
    named
        .filter(|network| visitor.actor().coordinates(*network))
        .ok_or(ServiceError::NotFound)
}

async fn show_page(visitor: &Visitor, network: NetworkId, asked: &Fields, tried: Tried) -> Answer {
    let (exchange, actor) = (visitor.exchange(), visitor.actor());
    let all = proposals::list(exchange, actor, network).await?;
    let mut frame = Page::new(
        visitor,
        text(visitor.language, "rebalance-title", &[]),
        HERE,
    );
    frame.take_notice(asked);
    let status = match &tried.error {
        None => StatusCode::OK,
        Some(ServiceError::Invalid(_)) => StatusCode::UNPROCESSABLE_ENTITY,
        Some(_) => StatusCode::CONFLICT,
    };
    let (open, past): (Vec<_>, Vec<_>) = all
        .into_iter()
        .partition(|one| one.state == ProposalState::Open);
    let shown = RebalancePage {
        networks: networks(visitor, network).await?,
        open: open
            .into_iter()
            .next()
            .map(|one| preview(visitor, &frame, one)),
        past: past
            .into_iter()
            .map(|one| decided_before(visitor, &frame, one))
            .collect(),
        problem: problem(&frame, tried.error.as_ref()),
        outdated: outdated(&frame, tried.error.as_ref()),
        reason_wrong: reason_wrong(&frame, tried.error.as_ref()),
        reason: tried.reason,
        network,
        page: frame,
    };
    page(status, &shown)
}

/// The networks to choose from, where there are several.
async fn networks(visitor: &Visitor, shown: NetworkId) -> Result<Vec<Tab>, ServiceError> {
    let own: Vec<NetworkId> = visitor.actor().coordinated().collect();
    if own.len() < 2 {
        return Ok(Vec::new());
    }
    Ok(reference::networks(visitor.exchange())
        .await?
        .into_iter()
        .filter(|network| own.contains(&network.id))
        .map(|network| Tab {
            href: format!("{HERE}?network={}", network.id),
            label: network.name,
            current: network.id == shown,
        })
        .collect())
}

fn problem(page: &Page, error: Option<&ServiceError>) -> Option<String> {
    match error? {
        ServiceError::ProposalOutdated(_) => Some(page.t("rebalance-outdated")),
        ServiceError::Conflict(_) => Some(page.t("rebalance-decided")),
        _ => None,
    }
}

/// The cases that stand in the way, each with what changed.
fn outdated(page: &Page, error: Option<&ServiceError>) -> Vec<(String, String)> {
    let Some(ServiceError::ProposalOutdated(cases)) = error else {
        return Vec::new();
    };
    let why = |one: &Outdated| {
        if one.rules.is_empty() {
            return page.t("rebalance-changed");
        }
        let rules: Vec<String> = one
            .rules
            .iter()
            .map(|rule| page.word("rule", *rule))
            .collect();
        rules.join(", ")
    };
    cases
        .iter()
        .map(|one| (one.reference.clone(), why(one)))
        .collect()
}

fn reason_wrong(page: &Page, error: Option<&ServiceError>) -> Option<String> {
    let Some(ServiceError::Invalid(problems)) = error else {
        return None;
    };
    let first: &FieldProblem = problems.first()?;
    Some(super::problems::words(page, &first.rule))
}

fn preview(visitor: &Visitor, page: &Page, one: ProposalDocument) -> Preview {
    let span = |minutes: i64| times::span(visitor.language, Duration::minutes(minutes));
    let arrow = |before: String, after: String| format!("{before} → {after}");
    let facts = vec![
        (page.t("rebalance-looked-at"), one.looked_at.to_string()),
        (
            page.t("rebalance-late-cases"),
            arrow(
                one.before.late_cases.to_string(),
                one.after.late_cases.to_string(),
            ),
        ),
        (
            page.t("rebalance-lateness"),
            arrow(span(one.before.late_minutes), span(one.after.late_minutes)),
        ),
        (
            page.t("rebalance-made"),
            format!(
                "{} · {}",
                times::instant(visitor.language, one.made_at, visitor.zone, visitor.now),
                one.made_by.name
            ),
        ),
        (
            page.t("rebalance-until"),
            times::instant(visitor.language, one.expires_at, visitor.zone, visitor.now),
        ),
    ];
    Preview {
        id: one.id,
        headline: headline(visitor, page, &one),
        facts,
        rows: one
            .moves
            .into_iter()
            .map(|moved| row(visitor, page, moved))
            .collect(),
        work: one
            .work
            .into_iter()
            .map(|work| work_of(visitor, work))
            .collect(),
    }
}

/// How many cases would move, and what that saves: lateness, or else waiting.
fn headline(visitor: &Visitor, page: &Page, one: &ProposalDocument) -> String {
    if one.moves.is_empty() {
        return page.t("rebalance-nothing");
    }
    let moves = page.tn("rebalance-moves", one.moves.len());
    let late = one.before.late_minutes - one.after.late_minutes;
    let waiting = one.before.waiting_minutes - one.after.waiting_minutes;
    let (key, saved) = match (late > 0, waiting > 0) {
        (true, _) => ("rebalance-saves-lateness", late),
        (false, true) => ("rebalance-saves-waiting", waiting),
        (false, false) => return moves,
    };
    let span = times::span(visitor.language, Duration::minutes(saved));
    format!("{moves} · {}", page.ts(key, &span))
}

fn row(visitor: &Visitor, page: &Page, one: MoveDocument) -> Row {
    let instant = |at: Option<DateTime<Utc>>| {
        at.map(|at| times::instant(visitor.language, at, visitor.zone, visitor.now))
            .unwrap_or_default()
    };
    Row {
        href: format!("/cases/{}", one.case),
        reference: one.reference,
        urgency: match one.urgency {
            Urgency::Routine => None,
            urgent => Some(page.word("urgency", urgent)),
        },
        from: one
            .from
            .map_or_else(|| page.t("rebalance-nobody"), |from| from.name),
        to: one.to.name,
        why: page.word("move", one.why),
        due: instant(one.due_at),
        before: instant(one.expected_before),
        after: instant(Some(one.expected_after)),
    }
}

fn work_of(visitor: &Visitor, one: WorkDocument) -> Work {
    let span = |minutes: u32| times::span(visitor.language, Duration::minutes(minutes.into()));
    Work {
        name: one.expert.name,
        cases: format!("{} → {}", one.cases_before, one.cases_after),
        minutes: format!("{} → {}", span(one.minutes_before), span(one.minutes_after)),
    }
}

fn decided_before(visitor: &Visitor, page: &Page, one: ProposalDocument) -> Past {
    let at = one.decided_at.unwrap_or(one.expires_at);
    let by = one.decided_by.as_ref().unwrap_or(&one.made_by);
    let moves = page.tn("rebalance-moves", one.moves.len());
    Past {
        at: times::instant(visitor.language, at, visitor.zone, visitor.now),
        state: page.word("proposal", one.state),
        class: match one.state {
            ProposalState::Applied => "done",
            _ => "still",
        },
        about: format!("{moves} · {}", by.name),
        reason: one.reason,
    }
}
