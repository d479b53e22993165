//! `relecture simulate`: a year of a national service under several policies, without a database.

use std::path::PathBuf;

use serde_json::json;

use super::{Failure, say};
use crate::domain::territories::Reference;
use crate::domain::text_enum::TextEnum;
use crate::simulation::scenario::Scenario;
use crate::simulation::{Policy, Row, gates, plots, simulate, table};

/// Options of the simulation.
#[derive(Debug, clap::Args)]
pub(super) struct Options {
    /// Scenario file; docs/SIMULATION.md describes it. Without one, the national service that ships with the program.
    file: Option<PathBuf>,
    /// A variant of the scenario; may be given several times. Without one, the scenario as it stands.
    #[arg(long, value_name = "NAME")]
    variant: Vec<String>,
    /// A policy; may be given several times. Without one, all.
    #[arg(long, value_name = "NAME", value_parser = policy)]
    policy: Vec<Policy>,
    /// How many years, each from a seed of its own: 1, 2, 3 and so on.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=1000))]
    seeds: u64,
    /// Print the figures of every year as JSON.
    #[arg(long)]
    json: bool,
    /// Write plots there, in a folder for each variant.
    #[arg(long, value_name = "FOLDER")]
    svg: Option<PathBuf>,
}

fn policy(name: &str) -> Result<Policy, String> {
    Policy::parse(name).ok_or_else(|| {
        let known: Vec<&str> = Policy::ALL.iter().map(|policy| policy.as_str()).collect();
        format!("known policies: {}", known.join(", "))
    })
}

pub(super) fn run(options: &Options) -> Result<(), Failure> {
    let scenario = match &options.file {
        None => Scenario::embedded().map_err(Failure::from_display)?,
        Some(file) => {
            let text = std::fs::read_to_string(file)
                .map_err(|error| Failure::Other(format!("{}: {error}", file.display())))?;
            Scenario::read(&text)
                .map_err(|error| Failure::Other(format!("{}: {error}", file.display())))?
        }
    };
    let reference = Reference::embedded().map_err(Failure::from_display)?;
    let scenarios = if options.variant.is_empty() {
        vec![scenario]
    } else {
        let variants = options.variant.iter().map(|name| scenario.variant(name));
        variants
            .collect::<Result<_, _>>()
            .map_err(Failure::from_display)?
    };
    for scenario in &scenarios {
        one(options, scenario, &reference)?;
    }
    Ok(())
}

fn one(options: &Options, scenario: &Scenario, reference: &Reference) -> Result<(), Failure> {
    let policies = if options.policy.is_empty() {
        Policy::ALL
    } else {
        &options.policy
    };
    let mut rows: Vec<Row> = policies
        .iter()
        .map(|policy| (*policy, Vec::new()))
        .collect();
    let mut bounds = Vec::new();
    for seed in 1..=options.seeds {
        let year = simulate(scenario, reference, policies, seed).map_err(Failure::from_display)?;
        for ((_, figures), (_, of_year)) in rows.iter_mut().zip(year.policies) {
            figures.push(of_year);
        }
        bounds.push(year.bound_hours);
    }
    let bound = bounds.iter().sum::<f64>() / bounds.len().max(1) as f64;
    let gates = gates(scenario, &rows);
    if options.json {
        let years: Vec<_> = rows
            .iter()
            .map(|(policy, figures)| json!({ "policy": policy, "years": figures }))
            .collect();
        say(
            &json!({ "scenario": scenario.name, "bound_hours": bounds, "policies": years, "gates": gates })
                .to_string(),
        );
    } else {
        let seeds = options.seeds;
        say(&format!(
            "{}, load {}, {seeds} seeds",
            scenario.name, scenario.load
        ));
        say(&table(&rows, bound));
        for gate in &gates {
            say(&gate.line());
        }
    }
    if let Some(folder) = &options.svg {
        let folder = folder.join(&scenario.name);
        std::fs::create_dir_all(&folder).map_err(Failure::from_display)?;
        let codes: Vec<String> = scenario
            .territories
            .iter()
            .map(|one| one.code.clone())
            .collect();
        for (name, plot) in plots(&rows, &codes) {
            std::fs::write(folder.join(name), plot).map_err(Failure::from_display)?;
        }
    }
    Ok(())
}
