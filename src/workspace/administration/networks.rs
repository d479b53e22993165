//! Networks: the list, and one with its coverage and its hours.

use actix_web::HttpRequest;
use chrono::NaiveDate;

use super::super::form::Fields;
use super::super::hours;
use super::super::page::Page;
use super::super::respond::Answer;
use super::super::texts::text;
use super::super::visitor::Visitor;
use super::listing::{Cell, Listing, Row};
use super::person_forms::{day_fields, malformed, read_days};
use super::record::{Field, Form, Record, picked};
use super::things::{Thing, form};
use super::{by, crumbs, frame};
use crate::domain::calendar::{Closure, WeeklyHours};
use crate::domain::ids::NetworkId;
use crate::domain::permissions::realm;
use crate::domain::problems::FieldProblem;
use crate::service::administration::networks::{self, KeptNetwork, NetworkContent};
use crate::service::{Idempotency, ServiceError};

/// Where networks are listed.
pub(super) const HERE: &str = "/administration/networks";
/// How the fields of on-call hours begin.
const ON_CALL: &str = "on_call_";
/// Where one is added.
pub(super) const NEW: &str = "/administration/networks/new";

/// The list.
pub(in crate::workspace) async fn list(visitor: Visitor, request: HttpRequest) -> Answer {
    let found = networks::list(visitor.exchange(), visitor.actor()).await?;
    let mut page = frame(&visitor, text(visitor.language, "admin-networks", &[]));
    page.take_notice(&Fields::of_query(request.query_string()));
    let names = visitor.territories();
    let named = |code: &str| super::super::case_words::named(&names, Some(code));
    let rows = found.into_iter().map(|network| Row {
        href: format!("{HERE}/{}", network.id),
        cells: vec![
            Cell::of(
                network
                    .content
                    .territories
                    .iter()
                    .map(|one| named(one))
                    .collect::<Vec<_>>()
                    .join(", "),
            ),
            Cell::of(page.tn("network-fields", network.content.subspecialties.len())),
            Cell::of(page.t(if network.content.routes_at_once {
                "network-routes"
            } else {
                "network-triages"
            })),
        ],
        name: network.content.name,
        ..Row::default()
    });
    let whole = realm(visitor.actor()).is_some_and(|realm| realm.is_whole());
    let list = Listing {
        crumbs: crumbs(&page, None),
        lead: page.t("admin-networks-about"),
        here: HERE.to_owned(),
        add: whole.then(|| (NEW.to_owned(), page.t("network-add"))),
        columns: [
            "network-name",
            "network-covers",
            "network-reads",
            "network-cases",
        ]
        .map(|key| page.t(key))
        .into(),
        rows: rows.collect(),
        empty: page.t("network-none"),
        more: None,
        search: Vec::new(),
        page,
    };
    list.answer()
}

/// Networks.
pub(super) struct Networks;

impl Thing for Networks {
    type Id = NetworkId;
    type Content = NetworkContent;
    type Kept = KeptNetwork;
    const PART: &'static str = "network";
    const HERE: &'static str = HERE;

    fn content(
        visitor: &Visitor,
        sent: &Fields,
        _: Option<&KeptNetwork>,
    ) -> Result<NetworkContent, Vec<FieldProblem>> {
        content(visitor, sent)
    }

    async fn add(
        visitor: &Visitor,
        content: NetworkContent,
        key: Option<Idempotency>,
    ) -> Result<(NetworkId, Option<String>), ServiceError> {
        let made = networks::add(visitor.exchange(), &by(visitor), content, key).await;
        Ok((made?.document.id, None))
    }

    async fn read(visitor: &Visitor, id: NetworkId) -> Result<KeptNetwork, ServiceError> {
        networks::read(visitor.exchange(), visitor.actor(), id).await
    }

    async fn change(
        visitor: &Visitor,
        id: NetworkId,
        version: i64,
        content: NetworkContent,
    ) -> Result<(), ServiceError> {
        let exchange = visitor.exchange();
        let done = networks::change(exchange, &by(visitor), id, version, content).await;
        done.map(drop)
    }

    async fn record(visitor: &Visitor, kept: Option<&KeptNetwork>) -> Result<Record, ServiceError> {
        record(visitor, kept)
    }
}

fn record(visitor: &Visitor, kept: Option<&KeptNetwork>) -> Result<Record, ServiceError> {
    let whole = realm(visitor.actor()).is_some_and(|realm| realm.is_whole());
    if kept.is_none() && !whole {
        return Err(ServiceError::Forbidden("networks are the whole exchange's"));
    }
    let title = match kept {
        Some(kept) => kept.content.name.clone(),
        None => text(visitor.language, "network-add", &[]),
    };
    let page = frame(visitor, title);
    let way = crumbs(&page, Some((HERE, "admin-networks")));
    let mut record = Record::new(page, way);
    let page = &record.page;
    let at = kept.map(|kept| (kept.id, kept.version));
    record.forms = vec![Form {
        lead: page.t("person-hours-hint"),
        ..form::<Networks>(page, at, fields(visitor, page, kept))
    }];
    Ok(record)
}

fn fields(visitor: &Visitor, page: &Page, kept: Option<&KeptNetwork>) -> Vec<Field> {
    let kept = kept.map(|kept| &kept.content);
    let office = WeeklyHours::office();
    let ticked = |value: fn(&NetworkContent) -> bool, otherwise| kept.map_or(otherwise, value);
    let (none, closures) = (Vec::new(), kept.map(|kept| closed(&kept.closures)));
    let mut fields = vec![
        Field::line(
            "name",
            page.t("network-name"),
            kept.map(|kept| kept.name.clone()).unwrap_or_default(),
        ),
        Field::select(
            page,
            "territory",
            page.t("network-territory"),
            kept.map(|kept| kept.territory.clone()).unwrap_or_default(),
            visitor.territories(),
        ),
        Field::tick(
            "routes_at_once",
            page.t("network-routes-label"),
            ticked(|kept| kept.routes_at_once, true),
        )
        .hint(page.t("network-routes-hint")),
        Field::tick(
            "requires_ins",
            page.t("network-ins"),
            ticked(|kept| kept.requires_ins, false),
        ),
        Field::ticks(
            "territories",
            page.t("network-covers"),
            kept.map_or(&none, |kept| &kept.territories),
            visitor.territories(),
        ),
        Field::ticks(
            "subspecialties",
            page.t("network-reads"),
            kept.map_or(&none, |kept| &kept.subspecialties),
            visitor.subspecialties(),
        ),
    ];
    let hours = kept.map_or(&office, |kept| &kept.weekly_hours);
    fields.extend(day_fields(visitor, hours, "/weekly_hours"));
    let none = WeeklyHours::default();
    let on_call = kept.map_or(&none, |kept| &kept.on_call_hours);
    fields.extend(on_call_fields(visitor, page, on_call));
    fields.push(Field::tick(
        "customary_holidays",
        page.t("network-customary"),
        ticked(|kept| kept.customary_holidays, false),
    ));
    fields.push(
        Field::line(
            "closures",
            page.t("network-closures"),
            closures.unwrap_or_default(),
        )
        .hint(page.t("network-closures-hint"))
        .kind("words"),
    );
    fields
}

/// A line for the on-call hours of each day.
fn on_call_fields(visitor: &Visitor, page: &Page, kept: &WeeklyHours) -> Vec<Field> {
    let mut fields: Vec<Field> = hours::DAYS
        .into_iter()
        .zip(hours::names(visitor))
        .zip(hours::shown(kept))
        .map(|((day, name), kept)| {
            let label = page.ts("network-on-call", &name);
            Field::line(&format!("{ON_CALL}{day}"), label, kept)
                .at(&format!("/on_call_hours/{day}"))
        })
        .collect();
    if let Some(first) = fields.first_mut() {
        first.hint = page.t("network-on-call-hint");
    }
    fields
}

/// Closed days as the form shows them: a line for each.
fn closed(closures: &[Closure]) -> String {
    let line = |one: &Closure| {
        if one.from == one.to {
            one.from.to_string()
        } else {
            format!("{} {}", one.from, one.to)
        }
    };
    closures.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// Closed days that lines stand for: a day, or the first and the last.
fn read_closures(lines: &str) -> Option<Vec<Closure>> {
    lines
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| {
            let days: Option<Vec<NaiveDate>> = line
                .split_whitespace()
                .map(|day| day.parse().ok())
                .collect();
            match days?.as_slice() {
                [day] => Some(Closure {
                    from: *day,
                    to: *day,
                }),
                [from, to] => Some(Closure {
                    from: *from,
                    to: *to,
                }),
                _ => None,
            }
        })
        .collect()
}

/// The network that a form stands for.
fn content(visitor: &Visitor, sent: &Fields) -> Result<NetworkContent, Vec<FieldProblem>> {
    let hours = read_days(sent, "/weekly_hours");
    let on_call = hours::DAYS.map(|day| sent.get(&format!("{ON_CALL}{day}")).to_owned());
    let on_call = hours::read(&on_call, "/on_call_hours");
    let closures = read_closures(sent.get("closures"));
    let wrong = hours
        .as_ref()
        .err()
        .into_iter()
        .chain(on_call.as_ref().err());
    let mut problems: Vec<FieldProblem> = wrong.flatten().cloned().collect();
    if closures.is_none() {
        problems.push(malformed("/closures", "days"));
    }
    let (Ok(weekly_hours), Ok(on_call_hours), Some(closures)) = (hours, on_call, closures) else {
        return Err(problems);
    };
    let codes = |all: Vec<(String, String)>, name| {
        picked(sent, name, all.into_iter().map(|(code, _)| code))
    };
    Ok(NetworkContent {
        name: sent.get("name").trim().to_owned(),
        territory: sent.get("territory").to_owned(),
        territories: codes(visitor.territories(), "territories"),
        subspecialties: codes(visitor.subspecialties(), "subspecialties"),
        weekly_hours,
        on_call_hours,
        customary_holidays: !sent.get("customary_holidays").is_empty(),
        closures,
        routes_at_once: !sent.get("routes_at_once").is_empty(),
        requires_ins: !sent.get("requires_ins").is_empty(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closed_days_are_read_as_they_are_shown() {
        let lines = "2026-12-24\n2026-12-28 2027-01-02";
        let read = read_closures(lines).unwrap();
        assert_eq!(closed(&read), lines);
        assert_eq!(read_closures("\n \n").map(|all| all.len()), Some(0));
        for bad in ["Noël", "2026-12-24 2026-12-25 2026-12-26", "2026-13-01"] {
            assert!(read_closures(bad).is_none(), "{bad}");
        }
    }
}
