//! Who is on call: the roster of a coordinator's pool, a form for a new duty, and the hours that nobody has.

use actix_web::web;
use chrono::{DateTime, Datelike, NaiveDateTime, TimeZone, Utc};

use super::experts::{self, HERE, coordinated};
use super::form::{Fields, Sent};
use super::page::Page;
use super::respond::{Answer, to};
use super::visitor::Visitor;
use super::{problems, times};
use crate::domain::ids::{DutyId, NetworkId};
use crate::domain::problems::{FieldProblem, FieldRule};
use crate::service::ServiceError;
use crate::service::duties::{self, NewDuty};
use crate::service::planning::{Planned, Span};

/// A duty in the list.
pub(super) struct Row {
    pub(super) id: DutyId,
    pub(super) name: String,
    pub(super) time: String,
    pub(super) now: bool,
}

/// The roster on the page of a pool.
pub(super) struct Card {
    pub(super) network: NetworkId,
    pub(super) rows: Vec<Row>,
    pub(super) gaps: Vec<String>,
    pub(super) experts: Vec<(String, String)>,
    pub(super) city: &'static str,
    pub(super) fields: Fields,
    pub(super) problems: Vec<FieldProblem>,
    /// That there are some.
    pub(super) problem: Option<String>,
}

impl Card {
    /// What was typed.
    pub(super) fn typed(&self, name: &str) -> &str {
        self.fields.get(name)
    }

    /// What is wrong with a field, in words.
    pub(super) fn wrong(&self, page: &Page, pointer: &str) -> Option<String> {
        let found = self.problems.iter().find(|one| one.pointer == pointer)?;
        Some(match (&found.rule, pointer) {
            (FieldRule::Invalid { .. }, "/expert") => page.t("duty-taken"),
            (FieldRule::Invalid { .. }, _) => page.t("duty-no-hours"),
            (FieldRule::Malformed { .. }, "/ends_at") => page.t("duty-order"),
            (rule, _) => problems::words(page, rule),
        })
    }
}

/// The roster of a pool; none where it has neither on-call hours nor a duty.
pub(super) async fn card(
    visitor: &Visitor,
    network: NetworkId,
    pool: &[Planned],
    (fields, error): (Fields, Option<&ServiceError>),
) -> Result<Option<Card>, ServiceError> {
    let roster = duties::of_network(visitor.exchange(), visitor.actor(), network).await?;
    if roster.on_call_hours.is_empty() && roster.items.is_empty() {
        return Ok(None);
    }
    let rows = roster.items.into_iter().map(|one| Row {
        id: one.id,
        name: one.expert.name,
        time: span(visitor, (one.starts_at, one.ends_at)),
        now: one.starts_at <= visitor.now && visitor.now < one.ends_at,
    });
    let gaps = roster.gaps.iter();
    Ok(Some(Card {
        network,
        rows: rows.collect(),
        gaps: gaps.map(|gap| span(visitor, (gap.from, gap.to))).collect(),
        experts: pool
            .iter()
            .map(|one| (one.id.to_string(), one.name.clone()))
            .collect(),
        city: times::city(visitor.zone),
        fields,
        problems: match error {
            Some(ServiceError::Invalid(problems)) => problems.clone(),
            _ => Vec::new(),
        },
        problem: None,
    }))
}

/// From an instant to another; the day only once where it is the same.
pub(super) fn span(visitor: &Visitor, (from, to): Span) -> String {
    let (begins, ends) = (
        from.with_timezone(&visitor.zone),
        to.with_timezone(&visitor.zone),
    );
    let said = |at| times::instant(visitor.language, at, visitor.zone, visitor.now);
    if begins.ordinal() == ends.ordinal() && begins.year() == ends.year() {
        format!("{}–{}", said(from), ends.format("%H:%M"))
    } else {
        format!("{} – {}", said(from), said(to))
    }
}

/// Puts an expert on call.
pub(super) async fn add(sent: Sent) -> Answer {
    let Sent { visitor, fields } = sent;
    let (network, _) = coordinated(&visitor, &fields, HERE).await?;
    let added = match read(&visitor, &fields) {
        Ok(new) => {
            let key = fields.idempotency("/experts/duties");
            let (exchange, actor) = (visitor.exchange(), visitor.actor());
            let id = &visitor.request_id;
            duties::add(exchange, actor, network, new, key, id)
                .await
                .map(drop)
        }
        Err(problems) => Err(ServiceError::Invalid(problems)),
    };
    match added {
        Ok(()) => Ok(to(&format!(
            "{HERE}?network={network}&done=done-duty&kept=duty#on-call"
        ))),
        Err(error @ ServiceError::Invalid(_)) => {
            experts::show_page(&visitor, &fields.clone(), (fields, Some(&error))).await
        }
        Err(error) => Err(error.into()),
    }
}

/// Takes a duty away.
pub(super) async fn remove(sent: Sent, duty: web::Path<DutyId>) -> Answer {
    let Sent { visitor, fields } = sent;
    let (network, _) = coordinated(&visitor, &fields, HERE).await?;
    let (exchange, actor) = (visitor.exchange(), visitor.actor());
    match duties::remove(exchange, actor, network, *duty, &visitor.request_id).await {
        // Pressed twice, or in another window: it is gone, as was asked.
        Ok(()) | Err(ServiceError::NotFound) => Ok(to(&format!(
            "{HERE}?network={network}&done=done-duty-removed#on-call"
        ))),
        Err(error) => Err(error.into()),
    }
}

/// The form as a duty, on the clock of who fills it in.
fn read(visitor: &Visitor, fields: &Fields) -> Result<NewDuty, Vec<FieldProblem>> {
    let mut wrong = Vec::new();
    let mut at = |name: &str, pointer: &str| {
        let read = fields.given(name).and_then(|text| instant(visitor, text));
        if read.is_none() {
            wrong.push(FieldProblem::new(pointer, FieldRule::Required));
        }
        read
    };
    let (from, until) = (at("duty_from", "/starts_at"), at("duty_until", "/ends_at"));
    let expert = fields.given("expert").and_then(|id| id.parse().ok());
    if expert.is_none() {
        wrong.push(FieldProblem::new("/expert", FieldRule::Required));
    }
    match (expert, from, until) {
        (Some(expert), Some(starts_at), Some(ends_at)) => Ok(NewDuty {
            expert,
            starts_at,
            ends_at,
        }),
        _ => Err(wrong),
    }
}

/// A day with its time, as browsers send it, and with a blank as people write it.
fn instant(visitor: &Visitor, text: &str) -> Option<DateTime<Utc>> {
    let local = ["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S"]
        .into_iter()
        .find_map(|form| NaiveDateTime::parse_from_str(text.trim(), form).ok())?;
    let found = visitor.zone.from_local_datetime(&local).earliest();
    found.map(|at| at.to_utc())
}
