//! `relecture trial`: a change of promises or weights, tried on what a network was sent lately.

use std::path::{Path, PathBuf};

use super::{Failure, say};
use crate::config::Config;
use crate::server;
use crate::service::ServiceError;
use crate::service::trials::{self, Outcome, Trial, TrialDocument};
use crate::store::organisations;

/// What to try, and where.
#[derive(Debug, clap::Args)]
pub(super) struct Options {
    /// The network, by its name.
    network: String,
    /// JSON file with targets and choice, as the API takes them; without one nothing is changed, and the time that was is played.
    file: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(config: &Config, options: &Options) -> Result<(), Failure> {
    let trial = match &options.file {
        Some(file) => read(file)?,
        None => Trial::default(),
    };
    server::require_migrated(config)?;
    let exchange = server::open(config)?;
    let wanted = options.network.clone();
    let network = exchange
        .store
        .read(move |conn| {
            let known = organisations::networks(conn)?;
            Ok::<_, ServiceError>(known.into_iter().find(|one| one.name == wanted))
        })
        .await
        .map_err(Failure::from_display)?
        .ok_or_else(|| Failure::Other(format!("there is no network {}", options.network)))?;
    let tried = trials::run(&exchange, network.id, trial)
        .await
        .map_err(told)?;
    if options.json {
        let text = serde_json::to_string_pretty(&tried).map_err(Failure::from_display)?;
        say(&text);
    } else {
        print(&network.name, &tried);
    }
    Ok(())
}

fn read(file: &Path) -> Result<Trial, Failure> {
    let refused =
        |error: &dyn std::fmt::Display| Failure::Other(format!("{}: {error}", file.display()));
    let text = std::fs::read_to_string(file).map_err(|error| refused(&error))?;
    serde_json::from_str(&text).map_err(|error| refused(&error))
}

/// A refusal with every entry at fault.
fn told(error: ServiceError) -> Failure {
    let ServiceError::Invalid(problems) = &error else {
        return Failure::from_display(error);
    };
    let each: Vec<String> = problems
        .iter()
        .map(|one| format!("{} {}", one.pointer, one.rule.in_words()))
        .collect();
    Failure::Other(each.join("; "))
}

fn print(name: &str, tried: &TrialDocument) {
    say(&format!(
        "{name}, {} cases sent from {} to {}, {} experts{}",
        tried.cases,
        tried.from.to_rfc3339(),
        tried.to.to_rfc3339(),
        tried.experts,
        if tried.truncated {
            ", the first ones only"
        } else {
            ""
        },
    ));
    say(&format!("{:<22}{:>10}{:>10}", "", "today", "trial"));
    type Row = (&'static str, usize, fn(&Outcome) -> Option<f64>);
    let rows: [Row; 8] = [
        ("on time %", 1, |one| Some(100.0 * one.on_time)),
        ("urgent on time %", 1, |one| {
            one.urgent_on_time.map(|share| 100.0 * share)
        }),
        ("mean h", 2, |one| Some(one.mean_hours)),
        ("p90 h", 2, |one| Some(one.p90_hours)),
        ("moves a case", 3, |one| Some(one.moves)),
        ("Gini of work", 3, |one| Some(one.gini)),
        ("answered", 0, |one| Some(one.answered as f64)),
        ("left open", 0, |one| Some(one.open as f64)),
    ];
    for (name, decimals, of) in rows {
        let told = |outcome: &Outcome| {
            of(outcome).map_or_else(|| "-".to_owned(), |value| format!("{value:.decimals$}"))
        };
        let (before, after) = (told(&tried.before), told(&tried.after));
        say(&format!("{name:<22}{before:>10}{after:>10}"));
    }
}
