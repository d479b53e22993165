//! `relecture case`.

use clap::Subcommand;

use super::{Failure, say};
use crate::config::Config;
use crate::domain::cases::CaseState;
use crate::domain::text_enum::TextEnum;
use crate::server;
use crate::store::worklist::{self, Cut, Filter};
use crate::store::{instant, organisations};

#[derive(Debug, Subcommand)]
pub(super) enum Case {
    /// List open cases by due time, of every network or one.
    List {
        /// Only the network of that name.
        #[arg(long)]
        network: Option<String>,
        /// Only cases in that state, open or not.
        #[arg(long, value_parser = state)]
        state: Option<CaseState>,
        /// At most so many.
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=1000))]
        limit: u16,
    },
}

fn state(text: &str) -> Result<CaseState, String> {
    CaseState::parse(text).ok_or_else(|| {
        let known: Vec<&str> = CaseState::ALL.iter().map(|state| state.as_str()).collect();
        format!("one of {}", known.join(", "))
    })
}

pub(super) async fn run(config: &Config, command: Case) -> Result<(), Failure> {
    server::require_migrated(config)?;
    let Case::List {
        network,
        state,
        limit,
    } = command;
    let exchange = server::open(config)?;
    let rows = exchange
        .store
        .read(move |conn| {
            let networks: Vec<String> = organisations::networks(conn)?
                .into_iter()
                .filter(|known| network.as_ref().is_none_or(|wanted| known.name == *wanted))
                .map(|known| known.id.to_string())
                .collect();
            let filter = Filter {
                cut: Cut::Networks(networks),
                open: state.is_none(),
                states: state
                    .iter()
                    .map(|state| state.as_str().to_owned())
                    .collect(),
                urgency: None,
                subspecialty: None,
                territory: None,
                waiting_for: None,
                due_before: None,
                words: Vec::new(),
                accession: None,
                after: None,
                limit: i64::from(limit),
            };
            worklist::list(conn, &filter)
        })
        .await
        .map_err(Failure::from_display)?;
    say(&format!(
        "{:<18} {:<10} {:<15} {:<24} {:<9} {}",
        "REFERENCE", "STATE", "URGENCY", "SUBSPECIALTY", "TERRITORY", "DUE"
    ));
    for row in rows {
        let due = match row.due_at {
            Some(at) => instant(at).map_err(Failure::from_display)?.to_rfc3339(),
            None if row.pauses != "[]" => "clock stands still".to_owned(),
            None => String::new(),
        };
        let subspecialty = row.subspecialty.unwrap_or_default();
        say(&format!(
            "{:<18} {:<10} {:<15} {subspecialty:<24} {:<9} {due}",
            row.reference, row.state, row.urgency, row.territory
        ));
    }
    Ok(())
}
