//! What a coordinator looks back on: turnaround in pictures and tables, agreement, declines, who answered; as a file too.

use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_DISPOSITION;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use chrono::{Days, NaiveDate};

use super::case_words::named;
use super::csv::{self, Cell, number};
use super::experts::{Choice, coordinated};
use super::form::Fields;
use super::page::Page;
use super::range_plot::{ROW, RangePlot, WIDTH};
use super::respond::{Answer, page};
use super::texts::text;
use super::times;
use super::visitor::Visitor;
use crate::domain::ids::NetworkId;
use crate::service::figures::Group;
use crate::service::overview::{self, Overview};

const HERE: &str = "/figures";

/// Days of a period, unless asked otherwise.
const LOOKED_BACK: u64 = 91;

/// Groups by one property of a case.
struct Dimension {
    id: &'static str,
    heading: String,
    plot: RangePlot,
    groups: Vec<Shown>,
}

/// A group in its table.
struct Shown {
    label: String,
    cases: usize,
    within: String,
    median: String,
    slowest: String,
}

#[derive(Template)]
#[template(path = "workspace/figures.html")]
struct FiguresPage {
    page: Page,
    networks: Vec<Choice>,
    network: NetworkId,
    from: String,
    to: String,
    export: String,
    truncated: bool,
    all: Option<Shown>,
    dimensions: Vec<Dimension>,
    agreement: Vec<(String, String, usize)>,
    declines: Vec<(String, usize)>,
    experts: Vec<(String, usize, String, String)>,
}

impl FiguresPage {
    fn width(&self) -> f64 {
        WIDTH
    }

    fn middle(&self) -> f64 {
        ROW / 2.0
    }
}

/// The period that is looked at: two days, both included, on the clock of who looks.
struct Period {
    network: NetworkId,
    first: NaiveDate,
    last: NaiveDate,
}

impl Period {
    /// What is asked for, as far as it is a period; the last three months otherwise.
    fn of(visitor: &Visitor, asked: &Fields, network: NetworkId) -> Self {
        let today = visitor.now.with_timezone(&visitor.zone).date_naive();
        let day = |name: &str| asked.given(name).and_then(|day| day.parse().ok());
        let last: NaiveDate = day("to").unwrap_or(today);
        let before = |last: NaiveDate| last.checked_sub_days(Days::new(LOOKED_BACK));
        let first = day("from").or(before(last)).unwrap_or(last);
        let (first, last) = if first <= last {
            (first, last)
        } else {
            (last, first)
        };
        Self {
            network,
            first,
            last,
        }
    }

    async fn read(&self, visitor: &Visitor) -> Result<Overview, crate::service::ServiceError> {
        let after = self.last.succ_opt().unwrap_or(self.last);
        let span = (
            times::midnight(self.first, visitor.zone),
            times::midnight(after, visitor.zone),
        );
        overview::of_network(visitor.exchange(), visitor.actor(), self.network, span).await
    }
}

/// The page.
pub(super) async fn show(visitor: Visitor, request: HttpRequest) -> Answer {
    let asked = Fields::of_query(request.query_string());
    let (network, networks) = coordinated(&visitor, &asked, HERE).await?;
    let period = Period::of(&visitor, &asked, network);
    let overview = period.read(&visitor).await?;
    let shown = Page::new(&visitor, text(visitor.language, "nav-figures", &[]), HERE);
    let (first, last) = (period.first, period.last);
    let body = FiguresPage {
        networks,
        network,
        from: first.to_string(),
        to: last.to_string(),
        export: format!("{HERE}.csv?network={network}&from={first}&to={last}"),
        truncated: overview.turnaround.truncated,
        all: overview
            .turnaround
            .all
            .as_ref()
            .map(|all| group(&shown, shown.t("figures-all"), all)),
        dimensions: by(&visitor, &shown, &overview)
            .into_iter()
            .map(|(id, heading, groups)| dimension(&shown, id, heading, groups))
            .collect(),
        agreement: agreement(&shown, &overview),
        declines: declines(&shown, &overview),
        experts: experts(&shown, &overview),
        page: shown,
    };
    page(StatusCode::OK, &body)
}

/// The same as a file. It holds no case and no patient.
pub(super) async fn export(visitor: Visitor, request: HttpRequest) -> Answer {
    let asked = Fields::of_query(request.query_string());
    let (network, _) = coordinated(&visitor, &asked, HERE).await?;
    let period = Period::of(&visitor, &asked, network);
    let overview = period.read(&visitor).await?;
    let shown = Page::new(&visitor, String::new(), HERE);
    let name = format!("relecture-{}-{}.csv", period.first, period.last);
    Ok(HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8; header=present")
        .insert_header((
            CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        ))
        .body(csv::document(
            visitor.language,
            &rows(&visitor, &shown, &overview),
        )))
}

type Named<'o> = Vec<(String, &'o Group)>;

/// The groups of each dimension, by name.
fn by<'o>(
    visitor: &Visitor,
    page: &Page,
    overview: &'o Overview,
) -> Vec<(&'static str, String, Named<'o>)> {
    let (subspecialties, territories) = (visitor.subspecialties(), visitor.territories());
    let turnaround = &overview.turnaround;
    let list = |groups: &'o [Group], name: &dyn Fn(&str) -> String| -> Named<'o> {
        groups.iter().map(|one| (name(&one.code), one)).collect()
    };
    vec![
        (
            "urgency",
            page.t("urgency"),
            list(&turnaround.by_urgency, &|code| page.name("urgency", code)),
        ),
        (
            "territory",
            page.t("territory"),
            list(&turnaround.by_territory, &|code| {
                named(&territories, Some(code))
            }),
        ),
        (
            "subspecialty",
            page.t("subspecialty"),
            list(&turnaround.by_subspecialty, &|code| {
                named(&subspecialties, Some(code))
            }),
        ),
        (
            "month",
            page.t("figures-month"),
            list(&overview.by_month, &|code| month(page, code)),
        ),
    ]
}

/// A month such as "nov. 2026".
fn month(page: &Page, code: &str) -> String {
    let (year, month) = code.split_once('-').unwrap_or((code, ""));
    let month = month.trim_start_matches('0');
    format!("{} {year}", page.name("month", month))
}

fn dimension(page: &Page, id: &'static str, heading: String, groups: Named<'_>) -> Dimension {
    let ranges: Vec<(String, f64, f64)> = groups
        .iter()
        .map(|(name, one)| (name.clone(), one.p50_working_hours, one.p90_working_hours))
        .collect();
    Dimension {
        id,
        heading,
        plot: RangePlot::of(&ranges),
        groups: groups
            .into_iter()
            .map(|(name, one)| group(page, name, one))
            .collect(),
    }
}

fn group(page: &Page, label: String, group: &Group) -> Shown {
    let hours = |value: f64| format!("{}\u{a0}h", number(page.language, value, 1));
    Shown {
        label,
        cases: group.cases,
        within: share(page, group.within_target as f64 / group.cases.max(1) as f64),
        median: hours(group.p50_working_hours),
        slowest: hours(group.p90_working_hours),
    }
}

/// A share as a percentage.
fn share(page: &Page, share: f64) -> String {
    page.ts("percent", &number(page.language, share * 100.0, 0))
}

fn agreement(page: &Page, overview: &Overview) -> Vec<(String, String, usize)> {
    let word = |prefix: &str, code: &str| match code {
        "" => page.t("figures-not-coded"),
        code => page.name(prefix, code),
    };
    let all = overview.agreement.iter();
    all.map(|one| {
        (
            word("initial", &one.initial),
            word("concordance", &one.concordance),
            one.cases,
        )
    })
    .collect()
}

fn declines(page: &Page, overview: &Overview) -> Vec<(String, usize)> {
    let all = overview.declines.iter();
    all.map(|(code, count)| (page.name("decline", code), *count))
        .collect()
}

/// Name, answers, part of all answers, part of the pool's capacity.
fn experts(page: &Page, overview: &Overview) -> Vec<(String, usize, String, String)> {
    let answers: usize = overview.experts.iter().map(|one| one.cases).sum();
    let all = overview.experts.iter();
    all.map(|one| {
        (
            one.name.clone(),
            one.cases,
            share(page, one.cases as f64 / answers.max(1) as f64),
            one.of_capacity
                .map_or_else(|| "–".to_owned(), |part| share(page, part)),
        )
    })
    .collect()
}

/// The rows of the file: one for each group, reason, agreement and expert.
fn rows(visitor: &Visitor, page: &Page, overview: &Overview) -> Vec<Vec<Cell>> {
    let words = |words: String| Cell::Text(words);
    let empty = || Cell::Text(String::new());
    let mut rows = vec![
        [
            "csv-by",
            "csv-name",
            "csv-also",
            "figures-cases",
            "csv-within",
            "csv-median",
            "csv-p90",
            "csv-elapsed-median",
            "csv-elapsed-p90",
        ]
        .map(|key| words(page.t(key)))
        .into(),
    ];
    let mut turnaround = |by: &str, name: String, group: &Group| {
        rows.push(vec![
            words(by.to_owned()),
            words(name),
            empty(),
            Cell::Count(group.cases),
            Cell::Count(group.within_target),
            Cell::Number(group.p50_working_hours),
            Cell::Number(group.p90_working_hours),
            Cell::Number(group.p50_elapsed_hours),
            Cell::Number(group.p90_elapsed_hours),
        ]);
    };
    if let Some(all) = &overview.turnaround.all {
        turnaround(&page.t("figures-all"), String::new(), all);
    }
    for (_, heading, groups) in by(visitor, page, overview) {
        for (name, group) in groups {
            turnaround(&heading, name, group);
        }
    }
    let mut count = |by: &str, name: String, also: String, cases: usize| {
        rows.push(vec![
            words(page.t(by)),
            words(name),
            words(also),
            Cell::Count(cases),
        ]);
    };
    for (initial, concordance, cases) in agreement(page, overview) {
        count("figures-agreement", initial, concordance, cases);
    }
    for (reason, cases) in declines(page, overview) {
        count("figures-declines", reason, String::new(), cases);
    }
    for one in &overview.experts {
        count("column-expert", one.name.clone(), String::new(), one.cases);
    }
    // Every row has as many fields as the first.
    let columns = rows.first().map_or(0, Vec::len);
    for row in &mut rows {
        row.resize_with(columns, empty);
    }
    rows
}
