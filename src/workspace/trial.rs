//! A change of a promise or of the weights of the choice, tried on what was sent in the last thirty days. A form that only asks.

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use askama::Template;

use super::assigning::members;
use super::commands::told;
use super::csv::number;
use super::experts::{Choice, coordinated};
use super::form::{Fields, Sent};
use super::page::Page;
use super::respond::{Answer, page, to};
use super::texts::text;
use super::visitor::Visitor;
use super::{problems, targets, times, work_units};
use crate::domain::ids::NetworkId;
use crate::domain::problems::{FieldProblem, FieldRule};
use crate::domain::turnaround::{TargetTime, Urgency};
use crate::domain::work::WorkUnits;
use crate::service::ServiceError;
use crate::service::choice::{self, Weights};
use crate::service::trials::{self, Outcome, Trial, TrialDocument};

pub(super) const HERE: &str = "/targets/trial";

/// What was found: a heading with the period, and each figure before and after.
struct Found {
    about: String,
    truncated: bool,
    rows: Vec<(String, String, String)>,
}

#[derive(Template)]
#[template(path = "workspace/trial.html")]
struct TrialPage {
    page: Page,
    network: NetworkId,
    networks: Vec<Choice>,
    urgencies: Vec<(String, String)>,
    subspecialties: Vec<(String, String)>,
    times: Vec<(String, String)>,
    fields: Fields,
    margin: String,
    band: String,
    same_expert: bool,
    problem: Option<String>,
    problems: Vec<FieldProblem>,
    found: Option<Found>,
    /// Whether the weights that were tried are others than those kept at `version`.
    adoptable: bool,
    version: i64,
    units: work_units::Card,
}

impl TrialPage {
    fn typed(&self, name: &str) -> &str {
        self.fields.get(name)
    }

    fn wrong(&self, pointer: &str) -> Option<String> {
        let at = |one: &&FieldProblem| {
            one.pointer == pointer
                || one.pointer.strip_prefix("/targets/0") == Some(pointer)
                || one.pointer.strip_prefix("/choice") == Some(pointer)
        };
        let found = self.problems.iter().find(at)?;
        Some(match pointer {
            "/margin" => self.page.ts("field-range", "0–50"),
            "/band" => self.page.ts("field-range", "0–100"),
            _ => problems::words(&self.page, &found.rule),
        })
    }
}

/// The page.
pub(super) async fn show(visitor: Visitor, request: HttpRequest) -> Answer {
    let fields = Fields::of_query(request.query_string());
    show_page(&visitor, fields, None).await
}

/// Switches the weights on that were tried.
pub(super) async fn adopt(sent: Sent) -> Answer {
    let Sent { visitor, fields } = sent;
    let (network, _) = coordinated(&visitor, &fields, HERE).await?;
    let version = fields.get("_version").parse().unwrap_or(-1);
    let (exchange, actor) = (visitor.exchange(), visitor.actor());
    // Kept as they are, unless somebody sets other ones meanwhile: then the version is another too.
    let kept = choice::of_network(exchange, actor, network).await?;
    let set = match weights(&fields, kept.weights.units.as_ref()) {
        Ok(weights) => {
            choice::set(
                exchange,
                actor,
                network,
                version,
                weights,
                &visitor.request_id,
            )
            .await
        }
        Err(problems) => Err(ServiceError::Invalid(problems)),
    };
    match set {
        Ok(_) => Ok(to(&format!("/targets?network={network}&done=done-choice"))),
        Err(error @ (ServiceError::Invalid(_) | ServiceError::Stale { .. })) => {
            show_page(&visitor, fields, Some(error)).await
        }
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn show_page(
    visitor: &Visitor,
    fields: Fields,
    error: Option<ServiceError>,
) -> Answer {
    let (network, networks) = coordinated(visitor, &fields, HERE).await?;
    let (exchange, actor) = (visitor.exchange(), visitor.actor());
    let kept = choice::of_network(exchange, actor, network).await?;
    let frame = Page::new(visitor, text(visitor.language, "trial-title", &[]), HERE);
    let units = work_units::card(visitor, &frame, network).await?;
    let tried = match (error, fields.given("try")) {
        (Some(error), _) => Err(error),
        (None, None) => Ok(None),
        (None, Some(_)) => match asked(&fields, kept.weights.units.as_ref()) {
            Ok(trial) => trials::try_out(exchange, actor, network, trial)
                .await
                .map(Some),
            Err(problems) => Err(ServiceError::Invalid(problems)),
        },
    };
    let (found, error) = match tried {
        Ok(found) => (found.map(|found| shown(visitor, &frame, &found)), None),
        Err(error @ (ServiceError::Invalid(_) | ServiceError::Stale { .. })) => (None, Some(error)),
        Err(error) => return Err(error.into()),
    };
    let (status, problem) = told(&frame, error.as_ref());
    let percent = |name: &str, kept: f64| match fields.given(name) {
        Some(typed) => typed.to_owned(),
        None => ((kept * 1000.0).round() / 10.0).to_string(),
    };
    let body = TrialPage {
        network,
        networks,
        urgencies: members::<Urgency>(&frame, "urgency"),
        subspecialties: visitor.subspecialties(),
        times: members::<TargetTime>(&frame, "target-time"),
        margin: percent("margin", kept.weights.margin),
        band: percent("band", kept.weights.band),
        same_expert: if fields.given("margin").is_some() {
            !fields.get("same_expert").is_empty()
        } else {
            kept.weights.same_expert
        },
        adoptable: weights(&fields, kept.weights.units.as_ref())
            .is_ok_and(|tried| tried != kept.weights),
        version: kept.version,
        units,
        fields,
        problem,
        problems: match error {
            Some(ServiceError::Invalid(problems)) => problems,
            _ => Vec::new(),
        },
        found,
        page: frame,
    };
    let fine = body.problem.is_none();
    page(if fine { StatusCode::OK } else { status }, &body)
}

/// What the form asks: a promise where one is typed, and the weights.
fn asked(fields: &Fields, units: Option<&WorkUnits>) -> Result<Trial, Vec<FieldProblem>> {
    let mut wrong = Vec::new();
    let targets = if fields.given("answer_minutes").is_some() {
        match targets::terms(fields) {
            Ok(terms) => vec![terms],
            Err(problems) => {
                wrong.extend(problems);
                Vec::new()
            }
        }
    } else {
        Vec::new()
    };
    let choice = weights(fields, units).unwrap_or_else(|problems| {
        wrong.extend(problems);
        Weights {
            margin: 0.0,
            band: 0.0,
            same_expert: false,
            units: None,
        }
    });
    if wrong.is_empty() {
        Ok(Trial {
            targets,
            choice: Some(choice),
            ..Trial::default()
        })
    } else {
        Err(wrong)
    }
}

/// The weights, which the form has as percentages; the units of work stay as they are.
fn weights(fields: &Fields, units: Option<&WorkUnits>) -> Result<Weights, Vec<FieldProblem>> {
    let mut wrong = Vec::new();
    let mut share = |name: &str| {
        let typed = fields.get(name).trim().replace(',', ".");
        let read = typed.parse::<f64>().ok();
        let read = read.filter(|percent| percent.is_finite());
        if read.is_none() {
            let expected = "a percentage".to_owned();
            let rule = FieldRule::Malformed { expected };
            wrong.push(FieldProblem::new(format!("/{name}"), rule));
        }
        // Whole thousandths: what was kept and shown is read again as it was.
        (read.unwrap_or(0.0) * 10.0).round() / 1000.0
    };
    let read = Weights {
        margin: share("margin"),
        band: share("band"),
        same_expert: !fields.get("same_expert").is_empty(),
        units: units.cloned(),
    };
    if wrong.is_empty() {
        Ok(read)
    } else {
        Err(wrong)
    }
}

fn shown(visitor: &Visitor, page: &Page, trial: &TrialDocument) -> Found {
    let day = |at| times::instant(visitor.language, at, visitor.zone, visitor.now);
    let plain = |value: f64, decimals| number(visitor.language, value, decimals);
    let percent = |share: f64| page.ts("percent", &plain(share * 100.0, 1));
    let none = || "–".to_owned();
    let hours = |value: f64| format!("{}\u{a0}h", plain(value, 1));
    let each = |key: &str, say: &dyn Fn(&Outcome) -> String| {
        (page.t(key), say(&trial.before), say(&trial.after))
    };
    Found {
        about: format!(
            "{} · {} – {}",
            page.tn("trial-cases", trial.cases),
            day(trial.from),
            day(trial.to)
        ),
        truncated: trial.truncated,
        rows: vec![
            each("trial-on-time", &|one| percent(one.on_time)),
            each("trial-urgent", &|one| {
                one.urgent_on_time.map_or_else(none, percent)
            }),
            each("trial-mean", &|one| hours(one.mean_hours)),
            each("trial-p90", &|one| hours(one.p90_hours)),
            each("trial-moves", &|one| plain(one.moves, 2)),
            each("trial-gini", &|one| plain(one.gini, 3)),
            each("trial-open", &|one| one.open.to_string()),
        ],
    }
}
