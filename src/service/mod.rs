//! Use cases: one function per command. Each opens one transaction, asks the domain, and writes state, event, audit entry and
//! messages together.

pub mod absences;
mod access;
pub mod account_links;
pub mod administration;
pub mod annotations;
pub mod answered;
mod answering;
mod asking;
pub mod attachments;
pub mod audit;
pub mod audit_trail;
pub mod bundle;
mod calendars;
mod case_document;
pub mod cases;
pub mod certificates;
mod change;
pub mod choice;
mod clock;
pub mod commands;
mod continuity;
mod cursor;
pub mod deliveries;
pub mod digest;
mod directory;
pub mod documents;
mod drafting;
pub mod duties;
pub mod earlier;
pub mod error;
mod escalation;
pub mod examining;
pub mod expiry;
pub mod figures;
pub mod fitting;
pub mod forecast;
mod handing;
pub mod health;
pub mod idempotency;
pub mod import;
mod instructing;
pub mod jobs;
pub mod links;
pub mod names;
pub mod next_case;
pub mod notifications;
mod opining;
pub mod outbox;
pub mod overview;
pub mod own_password;
pub mod panel_documents;
pub mod panel_time;
mod panels;
pub mod people;
pub mod planning;
pub mod positions;
pub mod preparing;
pub mod presence;
pub mod proposals;
pub mod reading_drafts;
pub mod recusals;
pub mod reference;
pub mod report;
pub mod revocations;
mod routing;
mod search;
pub mod sessions;
pub mod signatures;
mod signing_keys;
pub mod slide_cache;
pub mod slide_reading;
pub mod slide_search;
pub mod snapshots;
pub mod snippets;
mod summaries;
pub mod targets;
pub mod thumbnails;
pub mod timeline;
pub mod timestamps;
pub mod token_signing;
pub mod transparency;
pub mod trials;
pub mod viewing;
mod waiting;
pub mod webhooks;
pub mod worklist;
pub mod workload;

use std::sync::Arc;

pub use commands::Written;
pub use error::ServiceError;
pub use idempotency::{Idempotency, Made};

use crate::domain::codes::CodeTables;
use crate::domain::escalation::Ladder;
use crate::domain::ids::IdGenerator;
use crate::domain::routing::choice::ChoicePolicy;
use crate::domain::synoptic::Templates;
use crate::domain::territories::Reference;
use crate::domain::time::Clock;
use crate::domain::turnaround::Targets;
use crate::identity::password::Passwords;
use crate::identity::tokens::TokenKeys;
use crate::sealing::Sealing;
use crate::signing::token::Token;
use crate::slides::probe::Prober;
use crate::store::Store;

/// What every use case needs beside the database.
pub struct Core {
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Makes identifiers.
    pub ids: Arc<dyn IdGenerator>,
    /// Seals patient data and credentials.
    pub sealing: Sealing,
    /// Territories, subspecialties, holidays.
    pub reference: Reference,
    /// The tables of diagnosis codes.
    pub codes: CodeTables,
    /// The synoptic templates.
    pub templates: Templates,
    /// Holds experts' keys, where the operator has one.
    pub token: Option<Token>,
    /// Stamps signatures with their time, where the operator chose an authority.
    pub stamper: Option<timestamps::Stamper>,
    /// The address of the page on which anybody verifies a signed opinion; reports lead there.
    pub verify_at: String,
    /// The name under which the transparency log is begun: its address without the scheme.
    pub log_origin: String,
    /// What turnaround is promised.
    pub targets: Targets,
    /// What the choice among the eligible weighs.
    pub choice: ChoicePolicy,
    /// What happens by itself to a case that nobody opens.
    pub ladder: Ladder,
    /// Working calendars, made once for each pattern.
    pub calendars: calendars::Calendars,
    /// Networks and their pools, read once for each change of them.
    pub directory: directory::Directory,
    /// Lets one trial after the other play.
    pub trials: trials::Turns,
    /// Tells systems outside of events.
    pub webhooks: webhooks::Caller,
}

/// The exchange: the database, and what works on it.
#[derive(Clone)]
pub struct Exchange {
    /// The database.
    pub store: Store,
    /// Clock, keys, reference data.
    pub core: Arc<Core>,
    /// Checks slide links.
    pub prober: Prober,
    /// Shows slides.
    pub viewer: viewing::Viewer,
    /// Signs access tokens.
    pub tokens: Arc<TokenKeys>,
    /// Hashes passwords.
    pub passwords: Passwords,
    /// Wakes the workers of this process when something was put into the outbox.
    pub wake: Arc<tokio::sync::Notify>,
}

impl Core {
    /// A core with the reference data that ships with the program.
    ///
    /// # Errors
    /// In words, naming the entry at fault.
    pub fn new(
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdGenerator>,
        sealing_key: &[u8; 32],
    ) -> Result<Self, String> {
        Ok(Self {
            clock,
            ids,
            sealing: Sealing::new(sealing_key),
            reference: Reference::embedded().map_err(|error| error.to_string())?,
            codes: CodeTables::with(&[]).map_err(|error| error.to_string())?,
            templates: Templates::embedded().map_err(|error| error.to_string())?,
            token: None,
            stamper: None,
            verify_at: "http://127.0.0.1:8080/verify".to_owned(),
            log_origin: "127.0.0.1:8080/log".to_owned(),
            targets: Targets::embedded().map_err(|error| error.to_string())?,
            choice: ChoicePolicy::default(),
            ladder: Ladder::embedded().map_err(|error| error.to_string())?,
            calendars: calendars::Calendars::default(),
            directory: directory::Directory::default(),
            trials: trials::Turns::default(),
            webhooks: webhooks::Caller::default(),
        })
    }
}
