//! `relecture case`.

use std::collections::HashMap;

use clap::Subcommand;

use super::{Failure, say};
use crate::config::Config;
use crate::domain::cases::CaseState;
use crate::domain::ids::{CaseId, PersonId};
use crate::domain::text_enum::TextEnum;
use crate::server;
use crate::service::Exchange;
use crate::store::cases::{self, CaseRow};
use crate::store::traces::{self, EventRow};
use crate::store::worklist::{self, Cut, Filter};
use crate::store::{
    Conn, StoreError, StoreResult, id, instant, optional_id, optional_instant, organisations,
    people,
};

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
    /// Show one case: where it stands, who has it, what is due, and what happened to it. No content, nothing of the patient.
    Show {
        /// Its reference, such as REL-2026-000123-4, or its identifier.
        case: String,
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
    let exchange = server::open(config)?;
    match command {
        Case::List {
            network,
            state,
            limit,
        } => list(&exchange, network, state, limit).await,
        Case::Show { case } => show(&exchange, case).await,
    }
}

async fn list(
    exchange: &Exchange,
    network: Option<String>,
    state: Option<CaseState>,
    limit: u16,
) -> Result<(), Failure> {
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
                submitter: None,
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

/// What is shown of a case.
struct Shown {
    row: CaseRow,
    laboratory: String,
    network: String,
    events: Vec<EventRow>,
    names: HashMap<PersonId, String>,
}

async fn show(exchange: &Exchange, case: String) -> Result<(), Failure> {
    let wanted = case.clone();
    let found = exchange.store.read(move |conn| look_up(conn, &wanted));
    let Some(shown) = found.await.map_err(Failure::from_display)? else {
        return Err(Failure::Other(format!("there is no case {case}")));
    };
    shown.print().map_err(Failure::from_display)
}

fn look_up(conn: &mut Conn, wanted: &str) -> StoreResult<Option<Shown>> {
    let row = match wanted.parse::<CaseId>() {
        Ok(case) => cases::find(conn, case)?,
        Err(_) => cases::find_by_reference(conn, &wanted.to_uppercase())?,
    };
    let Some(row) = row else { return Ok(None) };
    let events = traces::events_of(conn, id(&row.id)?)?;
    let involved = [Some(row.submitter_id.as_str()), row.expert_id.as_deref()];
    let mut everybody: Vec<PersonId> = events
        .iter()
        .map(|event| event.actor_id.as_deref())
        .chain(involved)
        .filter_map(|person| optional_id(person).transpose())
        .collect::<Result<_, StoreError>>()?;
    everybody.sort_unstable();
    everybody.dedup();
    Ok(Some(Shown {
        laboratory: organisations::find_laboratory(conn, id(&row.laboratory_id)?)?
            .map(|laboratory| laboratory.name)
            .unwrap_or_default(),
        network: organisations::find_network(conn, id(&row.network_id)?)?
            .map(|network| network.name)
            .unwrap_or_default(),
        names: people::display_names(conn, &everybody)?,
        events,
        row,
    }))
}

impl Shown {
    fn print(&self) -> StoreResult<()> {
        let row = &self.row;
        let line = |what: &str, value: &str| {
            if !value.is_empty() {
                say(&format!("{what:<14} {value}"));
            }
        };
        line("reference", &row.reference);
        line("identifier", &row.id);
        line("state", &row.state);
        line("waits for", row.waiting_for.as_deref().unwrap_or_default());
        line("urgency", &row.urgency);
        line(
            "subspecialty",
            row.subspecialty.as_deref().unwrap_or_default(),
        );
        line("laboratory", &self.laboratory);
        line("network", &self.network);
        line("submitter", self.name(Some(&row.submitter_id))?);
        line("expert", self.name(row.expert_id.as_deref())?);
        line("slides", &row.slide_count.to_string());
        if row.pauses != "[]" {
            line("clock paused", &row.pauses);
        }
        for (what, at) in [
            ("submitted", row.submitted_at),
            ("offer expires", row.offer_expires_at),
            ("warning", row.warning_at),
            ("due", row.due_at),
            ("signed", row.signed_at),
        ] {
            if let Some(at) = optional_instant(at)? {
                line(what, &at.to_rfc3339());
            }
        }
        line("unrouted", row.unrouted.as_deref().unwrap_or_default());
        say("");
        for event in &self.events {
            let who = match event.actor_id.as_deref() {
                None => "the exchange",
                person => self.name(person)?,
            };
            say(&format!(
                "{}  {:<24} {:<12} {who}, {}",
                instant(event.at)?.to_rfc3339(),
                event.command,
                event.state,
                event.relation
            ));
        }
        Ok(())
    }

    fn name(&self, person: Option<&str>) -> StoreResult<&str> {
        let person: Option<PersonId> = optional_id(person)?;
        let name = person.and_then(|person| self.names.get(&person));
        Ok(name.map_or("", String::as_str))
    }
}
