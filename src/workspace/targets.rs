//! What a network promises: its entries, with those that ended, and a form for a new one.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;
use chrono::{DateTime, Duration, NaiveDate, Utc};
use chrono_tz::Tz;

use super::assigning::members;
use super::case_words::named;
use super::commands::told;
use super::experts::{Choice, coordinated};
use super::form::{Fields, Sent};
use super::page::Page;
use super::respond::{Answer, page, to};
use super::texts::text;
use super::visitor::Visitor;
use super::{problems, times};
use crate::domain::ids::{NetworkId, TargetPolicyId};
use crate::domain::problems::{FieldProblem, FieldRule};
use crate::domain::targets::{RequestKind, Terms};
use crate::domain::text_enum::TextEnum;
use crate::domain::turnaround::{Target, TargetTime, Urgency};
use crate::service::ServiceError;
use crate::service::targets::{self, Ending, NewTarget, Standing, TargetDocument};

const HERE: &str = "/targets";

/// An entry in the table.
struct Row {
    id: TargetPolicyId,
    about: String,
    answer: String,
    offer: String,
    warning: String,
    from: String,
    until: String,
    state: String,
    class: &'static str,
    /// Whether it can be ended.
    stands: bool,
}

/// What holds where no entry does.
struct Default {
    about: String,
    answer: String,
    offer: String,
    warning: String,
}

#[derive(Template)]
#[template(path = "workspace/targets.html")]
struct TargetsPage {
    page: Page,
    network: NetworkId,
    networks: Vec<Choice>,
    rows: Vec<Row>,
    defaults: Vec<Default>,
    requests: Vec<(String, String)>,
    urgencies: Vec<(String, String)>,
    subspecialties: Vec<(String, String)>,
    times: Vec<(String, String)>,
    fields: Fields,
    problem: Option<String>,
    problems: Vec<FieldProblem>,
    zone: Tz,
}

impl TargetsPage {
    /// What was typed.
    fn typed(&self, name: &str) -> &str {
        self.fields.get(name)
    }

    fn wrong(&self, pointer: &str) -> Option<String> {
        let found = self.problems.iter().find(|one| one.pointer == pointer)?;
        Some(match &found.rule {
            FieldRule::Overlaps { from, until, .. } => {
                let day = |at: &DateTime<Utc>| {
                    at.with_timezone(&self.zone)
                        .format("%Y-%m-%d %H:%M")
                        .to_string()
                };
                let until = until.as_ref().map_or_else(|| "…".to_owned(), day);
                self.page
                    .ts("target-overlaps", &format!("{} – {until}", day(from)))
            }
            FieldRule::Malformed { .. } if pointer.starts_with("/valid") => {
                self.page.t("target-when")
            }
            rule => problems::words(&self.page, rule),
        })
    }
}

/// The page.
pub(super) async fn show(visitor: Visitor, request: HttpRequest) -> Answer {
    let asked = Fields::of_query(request.query_string());
    show_page(&visitor, &asked, Fields::default(), None).await
}

/// Adds an entry.
pub(super) async fn add(sent: Sent) -> Answer {
    let Sent { visitor, fields } = sent;
    let (network, _) = coordinated(&visitor, &fields, HERE).await?;
    let added = match read(&visitor, &fields) {
        Ok(new) => {
            let key = fields.idempotency(HERE);
            let (exchange, actor) = (visitor.exchange(), visitor.actor());
            let id = &visitor.request_id;
            targets::add(exchange, actor, network, new, key, id)
                .await
                .map(drop)
        }
        Err(problems) => Err(ServiceError::Invalid(problems)),
    };
    done(&visitor, network, fields, added, "done-target").await
}

/// Ends an entry now.
pub(super) async fn end(sent: Sent, entry: web::Path<TargetPolicyId>) -> Answer {
    let Sent { visitor, fields } = sent;
    let (network, _) = coordinated(&visitor, &fields, HERE).await?;
    let (exchange, actor) = (visitor.exchange(), visitor.actor());
    let (ending, id) = (Ending::default(), &visitor.request_id);
    let ended = targets::end(exchange, actor, network, *entry, ending, id).await;
    done(
        &visitor,
        network,
        Fields::default(),
        ended.map(drop),
        "done-target-ended",
    )
    .await
}

async fn done(
    visitor: &Visitor,
    network: NetworkId,
    fields: Fields,
    outcome: Result<(), ServiceError>,
    said: &str,
) -> Answer {
    match outcome {
        Ok(()) => Ok(to(&format!(
            "{HERE}?network={network}&done={said}&kept=target"
        ))),
        Err(error @ ServiceError::Invalid(_)) => {
            let asked = fields.clone();
            show_page(visitor, &asked, fields, Some(error)).await
        }
        Err(error) => Err(error.into()),
    }
}

/// The form as an entry; a day is one of who fills it in.
fn read(visitor: &Visitor, fields: &Fields) -> Result<NewTarget, Vec<FieldProblem>> {
    let terms = terms(fields);
    let mut wrong = Vec::new();
    let mut day = |name: &str| {
        let read: Option<NaiveDate> = fields.given(name).and_then(|day| day.parse().ok());
        if read.is_none() && fields.given(name).is_some() {
            wrong.push(malformed(name, "a day"));
        }
        read.map(|day| times::midnight(day, visitor.zone))
    };
    let (valid_from, valid_until) = (day("valid_from"), day("valid_until"));
    match terms {
        Ok(terms) if wrong.is_empty() => Ok(NewTarget {
            request: terms.request,
            urgency: terms.urgency,
            subspecialty: terms.subspecialty,
            time: terms.time,
            answer_minutes: terms.answer_minutes,
            first_response_minutes: terms.first_response_minutes,
            warning_minutes: terms.warning_minutes,
            valid_from,
            valid_until,
        }),
        Ok(_) => Err(wrong),
        Err(mut problems) => {
            problems.extend(wrong);
            Err(problems)
        }
    }
}

/// What the form promises.
pub(super) fn terms(fields: &Fields) -> Result<Terms, Vec<FieldProblem>> {
    let mut wrong = Vec::new();
    let mut minutes = |name: &str| {
        let read = fields.given(name).map(str::parse::<u32>);
        match read {
            None => wrong.push(required(name)),
            Some(Err(_)) => wrong.push(malformed(name, "a number of minutes")),
            Some(Ok(_)) => {}
        }
        read.and_then(Result::ok).unwrap_or(0)
    };
    let answer_minutes = minutes("answer_minutes");
    let first_response_minutes = minutes("first_response_minutes");
    let warning_minutes = minutes("warning_minutes");
    let urgency = Urgency::parse(fields.get("urgency"));
    let time = TargetTime::parse(fields.get("time"));
    let missing = [("urgency", urgency.is_none()), ("time", time.is_none())];
    let missing = missing.into_iter().filter(|(_, missing)| *missing);
    wrong.extend(missing.map(|(name, _)| required(name)));
    match (urgency, time) {
        (Some(urgency), Some(time)) if wrong.is_empty() => Ok(Terms {
            request: RequestKind::parse(fields.get("request")).unwrap_or_default(),
            urgency,
            subspecialty: fields.given("subspecialty").map(ToOwned::to_owned),
            time,
            answer_minutes,
            first_response_minutes,
            warning_minutes,
        }),
        _ => Err(wrong),
    }
}

fn required(name: &str) -> FieldProblem {
    FieldProblem::new(format!("/{name}"), FieldRule::Required)
}

fn malformed(name: &str, expected: &str) -> FieldProblem {
    let expected = expected.to_owned();
    FieldProblem::new(format!("/{name}"), FieldRule::Malformed { expected })
}

async fn show_page(
    visitor: &Visitor,
    asked: &Fields,
    fields: Fields,
    error: Option<ServiceError>,
) -> Answer {
    let (network, networks) = coordinated(visitor, asked, HERE).await?;
    let kept = targets::of_network(visitor.exchange(), visitor.actor(), network).await?;
    let mut frame = Page::new(visitor, text(visitor.language, "targets-title", &[]), HERE);
    frame.take_notice(asked);
    let (status, problem) = told(&frame, error.as_ref());
    let mut rows: Vec<&TargetDocument> = kept.items.iter().collect();
    rows.sort_by_key(|one| {
        let terms = &one.terms;
        (one.state, terms.request, terms.urgency, one.valid_from)
    });
    let body = TargetsPage {
        network,
        networks,
        rows: rows
            .into_iter()
            .map(|one| row(visitor, &frame, one))
            .collect(),
        defaults: [
            (RequestKind::Opinion, &kept.defaults),
            (RequestKind::Panel, &kept.panel_defaults),
        ]
        .into_iter()
        .flat_map(|(request, all)| all.iter().map(move |one| (request, one)))
        .map(|(request, one)| default(&frame, request, one))
        .collect(),
        // An opinion is what is asked for where nothing else is chosen.
        requests: vec![(
            RequestKind::Panel.to_string(),
            frame.word("target-request", RequestKind::Panel),
        )],
        urgencies: members::<Urgency>(&frame, "urgency"),
        subspecialties: visitor.subspecialties(),
        times: members::<TargetTime>(&frame, "target-time"),
        fields,
        problem,
        problems: match error {
            Some(ServiceError::Invalid(problems)) => problems,
            _ => Vec::new(),
        },
        zone: visitor.zone,
        page: frame,
    };
    page(
        if body.problem.is_some() {
            status
        } else {
            StatusCode::OK
        },
        &body,
    )
}

fn row(visitor: &Visitor, page: &Page, one: &TargetDocument) -> Row {
    let at = |at: DateTime<Utc>| times::instant(visitor.language, at, visitor.zone, visitor.now);
    let terms = &one.terms;
    let field = match &terms.subspecialty {
        Some(code) => named(&visitor.subspecialties(), Some(code)),
        None => page.t("target-every-field"),
    };
    Row {
        id: one.id,
        about: format!("{} · {field}", about(page, terms.request, terms.urgency)),
        answer: said(page, terms.answer_minutes, terms.time),
        offer: said(page, terms.first_response_minutes, terms.time),
        warning: said(page, terms.warning_minutes, terms.time),
        from: at(one.valid_from),
        until: one.valid_until.map_or_else(|| "…".to_owned(), at),
        state: page.word("target-state", one.state),
        class: match one.state {
            Standing::InForce => "done",
            Standing::Coming => "soon",
            Standing::Ended => "still",
        },
        stands: one.state != Standing::Ended,
    }
}

/// What is asked for and how soon; an opinion goes without saying.
fn about(page: &Page, request: RequestKind, urgency: Urgency) -> String {
    let urgency = page.word("urgency", urgency);
    match request {
        RequestKind::Opinion => urgency,
        RequestKind::Panel => format!("{} · {urgency}", page.word("target-request", request)),
    }
}

fn default(page: &Page, request: RequestKind, one: &Target) -> Default {
    let warning = (f64::from(one.answer_minutes) * one.warning_share).round() as u32;
    Default {
        about: about(page, request, one.urgency),
        answer: said(page, one.answer_minutes, one.time),
        offer: said(page, one.first_response_minutes, one.time),
        warning: said(page, warning, one.time),
    }
}

/// Hours and minutes, with the time that is counted: a working day is no span of a clock.
fn said(page: &Page, minutes: u32, time: TargetTime) -> String {
    let span = Duration::minutes(i64::from(minutes));
    let (hours, rest) = (span.num_hours(), span.num_minutes() % 60);
    let said = match (hours, rest) {
        (0, rest) => page.tn("span-minutes", rest),
        (hours, 0) => page.tn("span-hours", hours),
        (hours, rest) => format!(
            "{} {}",
            page.tn("span-hours", hours),
            page.tn("span-minutes", rest)
        ),
    };
    match time {
        TargetTime::Working => page.ts("target-working", &said),
        TargetTime::Wall => said,
    }
}
