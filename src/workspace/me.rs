//! A person's own page: their roles; what an expert reads, how much and when; absences, load and figures.

mod profile;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;
use chrono::{Datelike, Duration, NaiveDate};
use chrono_tz::Tz;
use uuid::Uuid;

use self::profile::{Profile, profile, profile_form};
pub(super) use self::profile::{languages, zones};
use super::commands::told;
use super::form::{Fields, Sent};
use super::page::Page;
use super::respond::{Answer, page, to};
use super::texts::text;
use super::visitor::Visitor;
use super::{problems, recusals, times, work_words};
use crate::domain::permissions::RecusalSight;
use crate::domain::problems::{FieldProblem, FieldRule};
use crate::http::client_address;
use crate::service::ServiceError;
use crate::service::absences::{self, NewAbsence};
use crate::service::duties;
use crate::service::figures::{self, Group};
use crate::service::own_password;
use crate::service::people::{self, AbsenceDocument, ProfileDocument};
use crate::service::workload;

const HERE: &str = "/me";

/// How far back an expert's own figures go.
const LOOKED_BACK: Duration = Duration::days(365);

struct Away {
    id: Uuid,
    words: String,
    now: bool,
}

/// Answered cases in a row of the figures.
struct Answered {
    name: String,
    within: String,
    median: String,
    slowest: String,
}

struct Expert {
    profile: Profile,
    absences: Vec<Away>,
    /// When they are on call.
    duties: Vec<String>,
    /// Whose cases they do not read.
    conflicts: recusals::Card,
    from: String,
    until: String,
    city: &'static str,
    load: String,
    minutes: String,
    work: String,
    work_median: Option<(String, String)>,
    figures: Vec<Answered>,
}

#[derive(Template)]
#[template(path = "workspace/me.html")]
struct MePage {
    page: Page,
    facts: Vec<(String, String)>,
    /// For what fills passwords in.
    login: String,
    expert: Option<Expert>,
    problems: Vec<FieldProblem>,
    problem: Option<String>,
}

impl MePage {
    /// What is wrong with the field of that pointer, or with one of its entries.
    fn wrong(&self, pointer: &str) -> Option<String> {
        self.problems
            .iter()
            .find(|one| {
                let rest = one.pointer.strip_prefix(pointer);
                // A day says itself what is wrong with it.
                rest.is_some_and(|rest| {
                    rest.is_empty() || (rest.starts_with('/') && pointer != "/weekly_hours")
                })
            })
            .map(|one| problems::words(&self.page, &one.rule))
    }

    /// What is wrong with the last day of an absence.
    fn absence_wrong(&self) -> Option<String> {
        let late = |one: &&FieldProblem| one.pointer == "/ends_at";
        let found = self.problems.iter().find(late)?;
        Some(match found.rule {
            FieldRule::Malformed { .. } => self.page.t("absence-order"),
            ref rule => problems::words(&self.page, rule),
        })
    }
}

/// What was sent and did not pass.
#[derive(Default)]
struct Tried {
    fields: Fields,
    error: Option<ServiceError>,
}

/// The page.
pub(super) async fn show(visitor: Visitor, request: HttpRequest) -> Answer {
    let asked = Fields::of_query(request.query_string());
    show_page(&visitor, &asked, Tried::default()).await
}

/// Keeps the profile.
pub(super) async fn save(sent: Sent) -> Answer {
    let Sent { visitor, fields } = sent;
    let version = fields.get("_version").parse().unwrap_or(-1);
    let saved = match profile(&visitor, &fields) {
        Ok(content) => {
            let (exchange, actor) = (visitor.exchange(), visitor.actor());
            people::update_profile(exchange, actor, version, content, &visitor.request_id).await
        }
        Err(problems) => Err(ServiceError::Invalid(problems)),
    };
    match saved {
        Ok(_) => Ok(to("/me?done=done-profile&kept=me")),
        Err(error) => again(&visitor, fields, error).await,
    }
}

/// Enters an absence: whole days, both included, where the expert works.
pub(super) async fn add_absence(sent: Sent) -> Answer {
    let Sent { visitor, fields } = sent;
    let zone = zone(&visitor, visitor.me.expert_profile.as_ref());
    let mut problems = Vec::new();
    let mut day = |name: &str, pointer: &str| {
        let read: Option<NaiveDate> = fields.given(name).and_then(|day| day.parse().ok());
        if read.is_none() {
            problems.push(FieldProblem::new(pointer, FieldRule::Required));
        }
        read
    };
    let (first, last) = (day("from", "/starts_at"), day("until", "/ends_at"));
    let added = match (first, last.and_then(|day| day.succ_opt())) {
        (Some(first), Some(after)) => {
            let new = NewAbsence {
                starts_at: times::midnight(first, zone),
                ends_at: times::midnight(after, zone),
            };
            let key = fields.idempotency("/me/absences");
            absences::add(
                visitor.exchange(),
                visitor.actor(),
                new,
                key,
                &visitor.request_id,
            )
            .await
            .map(drop)
        }
        _ => Err(ServiceError::Invalid(problems)),
    };
    match added {
        Ok(()) => Ok(to("/me?done=done-absence&kept=absence#absences")),
        Err(error) => again(&visitor, fields, error).await,
    }
}

/// Takes an absence away.
pub(super) async fn remove_absence(sent: Sent, absence: web::Path<Uuid>) -> Answer {
    let visitor = sent.visitor;
    let (exchange, actor) = (visitor.exchange(), visitor.actor());
    match absences::remove(exchange, actor, *absence, &visitor.request_id).await {
        // Pressed twice, or in another window: it is gone, as was asked.
        Ok(()) | Err(ServiceError::NotFound) => Ok(to("/me?done=done-present#absences")),
        Err(error) => Err(error.into()),
    }
}

/// Changes the password. What was typed of it is never shown again.
pub(super) async fn change_password(sent: Sent, request: HttpRequest) -> Answer {
    let Sent { visitor, fields } = sent;
    let typed = |name: &str| fields.get(name).to_owned();
    let changed = own_password::change(
        visitor.exchange(),
        &visitor.session,
        typed("current"),
        typed("new"),
        client_address(&request),
        &visitor.request_id,
    )
    .await;
    match changed {
        Ok(()) => Ok(to("/me?done=done-password#password")),
        Err(error) => again(&visitor, Fields::default(), error).await,
    }
}

/// The page as it was typed, with what is wrong.
pub(super) async fn again(visitor: &Visitor, fields: Fields, error: ServiceError) -> Answer {
    match error {
        ServiceError::Invalid(_) | ServiceError::Stale { .. } | ServiceError::Throttled { .. } => {
            let error = Some(error);
            show_page(visitor, &Fields::default(), Tried { fields, error }).await
        }
        other => Err(other.into()),
    }
}

/// Where an expert works; where they read times, for anybody else.
pub(super) fn zone(visitor: &Visitor, profile: Option<&ProfileDocument>) -> Tz {
    profile
        .and_then(|profile| profile.content.zone.parse().ok())
        .unwrap_or(visitor.zone)
}

async fn show_page(visitor: &Visitor, asked: &Fields, tried: Tried) -> Answer {
    let mut frame = Page::new(visitor, text(visitor.language, "nav-profile", &[]), HERE);
    frame.take_notice(asked);
    let (status, mut problem) = told(&frame, tried.error.as_ref());
    if matches!(tried.error, Some(ServiceError::Stale { .. })) {
        problem = Some(frame.t("profile-stale"));
    }
    if let Some(ServiceError::Throttled {
        retry_after_seconds,
    }) = tried.error
    {
        let seconds = i64::try_from(retry_after_seconds).unwrap_or(i64::MAX);
        problem = Some(frame.tn("login-throttled", seconds));
    }
    let expert = match &visitor.me.expert_profile {
        Some(kept) => Some(expert(visitor, &frame, kept, &tried).await?),
        None => None,
    };
    let body = MePage {
        facts: facts(visitor, &frame),
        login: visitor.me.login.clone(),
        expert,
        problems: match tried.error {
            Some(ServiceError::Invalid(problems)) => problems,
            _ => Vec::new(),
        },
        problem,
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

fn facts(visitor: &Visitor, page: &Page) -> Vec<(String, String)> {
    let mut roles: Vec<String> = visitor
        .me
        .memberships
        .iter()
        .map(|one| page.word("role", one.role))
        .collect();
    roles.dedup();
    vec![
        (page.t("login-name"), visitor.me.login.clone()),
        (page.t("profile-roles"), roles.join(", ")),
        (
            page.t("profile-clock"),
            times::city(visitor.zone).to_owned(),
        ),
    ]
}

async fn expert(
    visitor: &Visitor,
    page: &Page,
    kept: &ProfileDocument,
    tried: &Tried,
) -> Result<Expert, ServiceError> {
    let zone = zone(visitor, Some(kept));
    let since = visitor.now - LOOKED_BACK;
    let (exchange, actor) = (visitor.exchange(), visitor.actor());
    let own = figures::of_expert(exchange, actor, since, visitor.now).await?;
    let work = workload::own(exchange, actor).await?;
    let names = visitor.subspecialties();
    let all = own.all.iter().map(|one| (page.t("figures-all"), one));
    let each = own
        .by_subspecialty
        .iter()
        .map(|one| (super::case_words::named(&names, Some(&one.code)), one));
    Ok(Expert {
        profile: profile_form(visitor, kept, tried).await?,
        absences: kept
            .absences
            .iter()
            .map(|one| away(visitor, zone, one))
            .collect(),
        duties: duties::own(exchange, actor)
            .await?
            .iter()
            .map(|duty| super::duties::span(visitor, duty.span()))
            .collect(),
        conflicts: recusals::card(
            visitor,
            page,
            (kept.network, RecusalSight::Own, zone),
            Vec::new(),
            (&tried.fields, tried.error.as_ref()),
        )
        .await?,
        from: tried.fields.get("from").to_owned(),
        until: tried.fields.get("until").to_owned(),
        city: times::city(zone),
        load: super::experts::load_words(
            page,
            (own.waiting_cases, kept.content.capacity_per_day),
            own.standing_still,
        ),
        minutes: times::span(
            visitor.language,
            Duration::minutes(i64::from(own.queued_minutes)),
        ),
        work: work_words::work(page, work.own.work_minutes, work.own.work_share),
        work_median: work.median.map(|median| {
            (
                page.tn("profile-work-median", median.experts),
                work_words::work(page, median.work_minutes, median.work_share),
            )
        }),
        figures: all
            .chain(each)
            .map(|(name, group)| answered(visitor, name, group))
            .collect(),
    })
}

fn answered(visitor: &Visitor, name: String, group: &Group) -> Answered {
    let span = |hours: f64| {
        let minutes = Duration::minutes((hours * 60.0).round() as i64);
        times::span(visitor.language, minutes)
    };
    Answered {
        name,
        within: format!("{}/{}", group.within_target, group.cases),
        median: span(group.p50_working_hours),
        slowest: span(group.p90_working_hours),
    }
}

fn away(visitor: &Visitor, zone: Tz, absence: &AbsenceDocument) -> Away {
    let first = absence.starts_at.with_timezone(&zone);
    // The end is not part of it: midnight belongs to the day that begins.
    let last = (absence.ends_at - Duration::seconds(1)).with_timezone(&zone);
    let year = visitor.now.with_timezone(&zone).year();
    let day = |date| times::day(visitor.language, date, year);
    Away {
        id: absence.id,
        words: if first.date_naive() == last.date_naive() {
            day(first.date_naive())
        } else {
            format!("{} – {}", day(first.date_naive()), day(last.date_naive()))
        },
        now: absence.starts_at <= visitor.now && visitor.now < absence.ends_at,
    }
}
