//! The experts of a coordinator's pool: load against capacity, hours and absences of the next days, and what will be late.

use actix_web::HttpRequest;
use askama::Template;
use chrono::{DateTime, Datelike, Days, Duration, NaiveDate, Utc};

use super::case_words::named;
use super::commands::told;
use super::form::Fields;
use super::page::Page;
use super::respond::{Answer, page};
use super::texts::text;
use super::visitor::Visitor;
use super::week_plot::{Frame, WIDTH, WeekPlot};
use super::{duties, recusals, times, work_words};
use crate::domain::ids::NetworkId;
use crate::domain::outlook::Risk;
use crate::domain::permissions::RecusalSight;
use crate::service::planning::{self, Planned, Span};
use crate::service::workload::{self, PoolWorkload};
use crate::service::{ServiceError, reference};

pub(super) const HERE: &str = "/experts";

/// Days on a picture.
const SHOWN: u64 = 7;

/// A network to look at, where somebody coordinates several.
pub(super) struct Choice {
    pub(super) href: String,
    pub(super) name: String,
    pub(super) current: bool,
}

/// A case in front of an expert that needs a coordinator's eye.
struct Worry {
    href: String,
    reference: String,
    words: String,
    class: &'static str,
}

/// An expert in the table.
struct Row {
    name: String,
    field: String,
    city: &'static str,
    load: String,
    /// What the load means, and how it stands out.
    state: Option<(String, &'static str)>,
    reading: String,
    work: String,
    worries: Vec<Worry>,
    days: Vec<String>,
}

#[derive(Template)]
#[template(path = "workspace/experts.html")]
struct ExpertsPage {
    page: Page,
    networks: Vec<Choice>,
    name: String,
    clocks: String,
    before: String,
    after: String,
    today: String,
    days: Vec<String>,
    rows: Vec<Row>,
    /// How many experts, and their middle.
    median: Option<(String, String)>,
    plot: WeekPlot,
    on_call: Option<duties::Card>,
    conflicts: recusals::Card,
}

impl ExpertsPage {
    fn width(&self) -> f64 {
        WIDTH
    }
}

/// The page.
pub(super) async fn show(visitor: Visitor, request: HttpRequest) -> Answer {
    let asked = Fields::of_query(request.query_string());
    show_page(&visitor, &asked, (Fields::default(), None)).await
}

/// The page, with what was typed of a duty or a conflict of interest and did not pass.
pub(super) async fn show_page(
    visitor: &Visitor,
    asked: &Fields,
    (typed, error): (Fields, Option<&ServiceError>),
) -> Answer {
    let (network, networks) = coordinated(visitor, asked, HERE).await?;
    let today = visitor.now.with_timezone(&visitor.zone).date_naive();
    let first = asked.given("from").and_then(|day| day.parse().ok());
    // Calendars are made for the years around; nobody plans further.
    let first = first
        .filter(|day: &NaiveDate| (*day - today).num_days().abs() <= 366)
        .unwrap_or(today);
    let days = span(visitor, first);
    let plan = planning::of_pool(visitor.exchange(), visitor.actor(), network, days).await?;
    let work = workload::of_network(visitor.exchange(), visitor.actor(), network).await?;
    let frame = Frame {
        days,
        zone: visitor.zone,
        language: visitor.language,
        now: visitor.now,
    };
    let mut shown = Page::new(visitor, text(visitor.language, "nav-experts", &[]), HERE);
    shown.take_notice(asked);
    let (status, problem) = told(&shown, error);
    let pool = plan.experts.iter();
    let pool = pool.map(|one| (one.id.to_string(), one.name.clone()));
    let of = (network, RecusalSight::Pool, visitor.zone);
    let mut conflicts =
        recusals::card(visitor, &shown, of, pool.collect(), (&typed, error)).await?;
    let mut on_call = duties::card(visitor, network, &plan.experts, (typed, error)).await?;
    if error.is_some_and(recusals::concerns) {
        conflicts.problem.clone_from(&problem);
    } else if let Some(card) = &mut on_call {
        card.problem.clone_from(&problem);
    }
    let rows = plan
        .experts
        .iter()
        .map(|one| row(visitor, &shown, one, &work, first));
    let other = |first: Option<NaiveDate>| {
        let first = first.unwrap_or(today);
        format!("{HERE}?network={network}&from={first}")
    };
    let year = today.year();
    let body = ExpertsPage {
        networks,
        clocks: if plan.zone.name() == visitor.zone.name() {
            times::city(visitor.zone).to_owned()
        } else {
            let (own, pool) = (times::city(visitor.zone), times::city(plan.zone));
            format!("{own}, {pool}")
        },
        before: other(first.checked_sub_days(Days::new(SHOWN))),
        after: other(first.checked_add_days(Days::new(SHOWN))),
        today: other(Some(today)),
        days: first
            .iter_days()
            .take(SHOWN as usize)
            .map(|day| times::day(visitor.language, day, year))
            .collect(),
        rows: rows.collect(),
        median: work.median.map(|median| {
            (
                shown.tn("profile-work-median", median.experts),
                work_words::work(&shown, median.work_minutes, median.work_share),
            )
        }),
        plot: WeekPlot::of(&plan, frame),
        name: plan.name,
        on_call,
        conflicts,
        page: shown,
    };
    page(status, &body)
}

/// The network a coordinator looks at, and those there are to choose from where they are several.
pub(super) async fn coordinated(
    visitor: &Visitor,
    asked: &Fields,
    here: &str,
) -> Result<(NetworkId, Vec<Choice>), ServiceError> {
    let own: Vec<NetworkId> = visitor.actor().coordinated().collect();
    let asked_for = asked.given("network").map(str::parse);
    let network = match asked_for {
        Some(Ok(network)) if own.contains(&network) => network,
        Some(_) => return Err(ServiceError::NotFound),
        None => *own.first().ok_or(ServiceError::NotFound)?,
    };
    if own.len() < 2 {
        return Ok((network, Vec::new()));
    }
    let all = reference::networks(visitor.exchange()).await?;
    let choices = all.into_iter().filter(|one| own.contains(&one.id));
    Ok((
        network,
        choices
            .map(|one| Choice {
                href: format!("{here}?network={}", one.id),
                name: one.name,
                current: one.id == network,
            })
            .collect(),
    ))
}

/// The days of a picture, on the clock of who looks.
fn span(visitor: &Visitor, first: NaiveDate) -> Span {
    let after = first.checked_add_days(Days::new(SHOWN)).unwrap_or(first);
    (
        times::midnight(first, visitor.zone),
        times::midnight(after, visitor.zone),
    )
}

fn row(
    visitor: &Visitor,
    page: &Page,
    expert: &Planned,
    work: &PoolWorkload,
    first: NaiveDate,
) -> Row {
    let own = work.items.iter().find(|one| one.id == expert.id);
    let span = |minutes: i64| times::span(visitor.language, Duration::minutes(minutes));
    let hours = expert.reading_time().num_minutes();
    Row {
        name: expert.name.clone(),
        field: named(
            &visitor.subspecialties(),
            Some(&expert.primary_subspecialty),
        ),
        city: times::city(expert.zone),
        load: load_words(
            page,
            (expert.waiting_cases, expert.capacity),
            expert.standing_still,
        ),
        state: load(visitor, page, expert),
        reading: format!(
            "{} / {}",
            span(expert.queued_minutes.into()),
            hours_of(page, hours)
        ),
        work: own.map_or_else(String::new, |own| {
            work_words::work(page, own.work.work_minutes, own.work.work_share)
        }),
        worries: worries(visitor, page, expert),
        days: first
            .iter_days()
            .take(SHOWN as usize)
            .map(|day| day_of(visitor, page, expert, day))
            .collect(),
    }
}

/// The cases that wait for an expert, of those that they take at a time, and what stands still beside.
pub(super) fn load_words(page: &Page, (waiting, capacity): (u32, u32), still: u32) -> String {
    match still {
        0 => format!("{waiting}/{capacity}"),
        still => format!("{waiting}/{capacity} {}", page.tn("load-still", still)),
    }
}

/// Whole hours: days of a plan are working days, not twenty-four hours.
fn hours_of(page: &Page, minutes: i64) -> String {
    page.tn("span-hours", minutes / 60)
}

/// What the load of an expert means, the gravest first.
fn load(visitor: &Visitor, page: &Page, expert: &Planned) -> Option<(String, &'static str)> {
    let now = visitor.now;
    let away = expert
        .absences
        .iter()
        .find(|(from, to)| *from <= now && now < *to);
    let queued = i64::from(expert.queued_minutes);
    if let Some((_, back)) = away {
        let back = times::instant(visitor.language, *back, visitor.zone, now);
        Some((page.ts("load-away", &back), "still"))
    } else if expert.waiting_cases > expert.capacity {
        Some((page.t("load-over"), "late"))
    } else if queued > expert.reading_time().num_minutes() {
        Some((page.t("load-hours"), "late"))
    } else if expert.waiting_cases == expert.capacity {
        Some((page.t("load-full"), "soon"))
    } else {
        None
    }
}

fn worries(visitor: &Visitor, page: &Page, expert: &Planned) -> Vec<Worry> {
    let worries = expert.cases.iter().filter_map(|case| {
        let risk = case.risk?;
        let by: DateTime<Utc> = case.due_at?;
        let words = match risk {
            Risk::Late => {
                let late = times::span(visitor.language, visitor.now - by);
                page.ts("late-by", &late)
            }
            other => page.word("risk", other),
        };
        Some(Worry {
            href: format!("/cases/{}", case.id),
            reference: case.reference.clone(),
            words,
            class: if risk == Risk::Late { "late" } else { "soon" },
        })
    });
    worries.collect()
}

/// When an expert reads on a day of who looks, or that they are away.
fn day_of(visitor: &Visitor, page: &Page, expert: &Planned, day: NaiveDate) -> String {
    let from = times::midnight(day, visitor.zone);
    let to = day
        .succ_opt()
        .map_or(from, |next| times::midnight(next, visitor.zone));
    let cut = |spans: &[Span]| -> Vec<Span> {
        spans
            .iter()
            .map(|(a, b)| ((*a).max(from), (*b).min(to)))
            .filter(|(a, b)| a < b)
            .collect()
    };
    let clock = |at: DateTime<Utc>, is_end: bool| {
        if is_end && at == to {
            return "24:00".to_owned();
        }
        at.with_timezone(&visitor.zone).format("%H:%M").to_string()
    };
    let mut parts: Vec<String> = cut(&expert.hours)
        .into_iter()
        .map(|(a, b)| format!("{}–{}", clock(a, false), clock(b, true)))
        .collect();
    let on_call = cut(&expert.on_call).into_iter().map(|(a, b)| {
        let hours = format!("{}–{}", clock(a, false), clock(b, true));
        page.ts("day-on-call", &hours)
    });
    parts.extend(on_call);
    if !cut(&expert.absences).is_empty() {
        parts.push(page.t("day-away"));
    }
    if parts.is_empty() {
        "–".to_owned()
    } else {
        parts.join(", ")
    }
}
