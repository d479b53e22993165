//! The worklist.

use chrono::{DateTime, Utc};
use serde::Serialize;
use uuid::Uuid;

use super::error::ServiceError;
use super::sessions::Bearer;
use super::{Core, Exchange, cursor, search};
use crate::domain::cases::{CaseState, WaitingFor};
use crate::domain::ids::{CaseId, LaboratoryId, NetworkId, PersonId};
use crate::domain::people::{Actor, Role};
use crate::domain::text_enum::{TextEnum, text_enum};
use crate::domain::turnaround::{PauseKind, Urgency};
use crate::store::worklist::{Cut, Filter, ListedRow};
use crate::store::{Conn, id, json, micros, name, optional_id, optional_instant};

text_enum! {
    /// Whose list.
    pub enum Scope {
        /// What is offered to, accepted or signed by the asker, and what they read on a panel.
        Expert = "expert",
        /// The cases of the asker's laboratories.
        Laboratory = "laboratory",
        /// The queues of the networks the asker coordinates.
        Network = "network",
    }
}

/// Rows of a page, unless asked otherwise.
pub const PAGE: u32 = 50;
/// Rows of a page at most.
pub const PAGE_MAX: u32 = 100;

/// What to list.
#[derive(Debug, Clone, Default)]
pub struct Query {
    /// Whose list; the asker's first role decides when left out.
    pub scope: Option<Scope>,
    /// Only cases to which an answer is owed.
    pub open: bool,
    /// Only cases that the asker sent themselves.
    pub mine: bool,
    /// Only these states.
    pub states: Vec<CaseState>,
    /// Only this urgency.
    pub urgency: Option<Urgency>,
    /// Only this subspecialty.
    pub subspecialty: Option<String>,
    /// Only this territory.
    pub territory: Option<String>,
    /// Only what waits for this.
    pub waiting_for: Option<WaitingFor>,
    /// Only late cases.
    pub overdue: bool,
    /// Words of the reference or the question.
    pub words: Option<String>,
    /// Whether `words` may be a whole accession number instead. That number is the patient's: not for what stood in an address.
    pub by_accession: bool,
    /// Rows of a page.
    pub limit: Option<u32>,
    /// Where the page before ended.
    pub cursor: Option<String>,
}

/// A row of the worklist: no patient data.
#[derive(Debug, Clone, Serialize)]
pub struct Item {
    /// Identifier.
    pub id: CaseId,
    /// Human reference.
    pub reference: String,
    /// Version.
    pub version: i64,
    /// Where it stands.
    pub state: CaseState,
    /// Why it is not offered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waiting_for: Option<WaitingFor>,
    /// Its laboratory.
    pub laboratory: LaboratoryId,
    /// The network that holds it.
    pub network: NetworkId,
    /// Its territory.
    pub territory: String,
    /// Who holds or signed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expert: Option<PersonId>,
    /// Urgency.
    pub urgency: Urgency,
    /// Subspecialty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subspecialty: Option<String>,
    /// The question.
    pub question: String,
    /// How many slides.
    pub slide_count: i32,
    /// When the clock cycle began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub submitted_at: Option<DateTime<Utc>>,
    /// When the answer is due; none while the clock stands still.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_at: Option<DateTime<Utc>>,
    /// When it is about to be late.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warning_at: Option<DateTime<Utc>>,
    /// Whether an answer is owed and late.
    pub late: bool,
    /// Why the clock stands still.
    pub pauses: Vec<PauseKind>,
    /// When the live offer ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offer_expires_at: Option<DateTime<Utc>>,
}

/// A page.
#[derive(Debug, Clone, Serialize)]
pub struct Page {
    /// Rows by due time; those whose clock stands still come last.
    pub items: Vec<Item>,
    /// Where the next page begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// A page of the asker's worklist.
///
/// # Errors
/// [`ServiceError::Forbidden`] for a list that is not the asker's, [`ServiceError::BadCursor`].
pub async fn list(ex: &Exchange, actor: &Actor, query: &Query) -> Result<Page, ServiceError> {
    let (core, now) = (ex.core.clone(), ex.core.clock.now());
    let (actor, query) = (actor.clone(), query.clone());
    let after = query
        .cursor
        .as_deref()
        .map(cursor::read::<i64>)
        .transpose()?;
    ex.store
        .read(move |conn| page(conn, &core, now, &actor, query, after))
        .await
}

/// A page of the worklist of a bearer: their roles and the page are read on one connection, in one go, because this is what
/// screens ask for again and again.
///
/// # Errors
/// As [`list`]; [`ServiceError::SessionEnded`] for a person without any role.
pub async fn list_of(ex: &Exchange, bearer: Bearer, query: Query) -> Result<Page, ServiceError> {
    let (core, now) = (ex.core.clone(), ex.core.clock.now());
    let after = query
        .cursor
        .as_deref()
        .map(cursor::read::<i64>)
        .transpose()?;
    ex.store
        .read(move |conn| {
            let actor = bearer.actor(conn)?;
            page(conn, &core, now, &actor, query, after)
        })
        .await
}

fn page(
    conn: &mut Conn,
    core: &Core,
    now: DateTime<Utc>,
    actor: &Actor,
    query: Query,
    after: Option<(i64, Uuid)>,
) -> Result<Page, ServiceError> {
    let limit = query.limit.unwrap_or(PAGE).clamp(1, PAGE_MAX);
    let mut filter = Filter {
        cut: cut(actor, query.scope)?,
        // Only what is owed can be late: an answered case keeps the time it was due.
        open: query.open || query.overdue,
        submitter: query.mine.then(|| actor.person.to_string()),
        states: query
            .states
            .iter()
            .map(|state| state.as_str().to_owned())
            .collect(),
        urgency: query.urgency.map(|urgency| urgency.as_str().to_owned()),
        subspecialty: query.subspecialty,
        territory: query.territory,
        waiting_for: query.waiting_for.map(|waiting| waiting.as_str().to_owned()),
        due_before: query.overdue.then(|| micros(now)),
        words: Vec::new(),
        accession: None,
        after: after.map(|(at, id)| (at, id.to_string())),
        limit: i64::from(limit) + 1,
    };
    if let Some(text) = &query.words {
        let (words, accession) = search::looked_for(&core.sealing, text);
        filter.words = words;
        // The accession number is the submitter's: coordinators do not find cases by it.
        filter.accession =
            (query.by_accession && !matches!(filter.cut, Cut::Networks(_))).then_some(accession);
    }
    let rows = crate::store::worklist::list(conn, &filter)?;
    let more = rows.len() > limit as usize;
    let shown = rows.get(..limit as usize).unwrap_or(&rows);
    let next = shown.last().filter(|_| more);
    let next = next.map(|row| cursor::write(row.sort_at, &row.id));
    let items = rows
        .into_iter()
        .take(limit as usize)
        .map(|row| item(row, now))
        .collect::<Result<_, _>>()?;
    Ok(Page { items, next })
}

fn cut(actor: &Actor, scope: Option<Scope>) -> Result<Cut, ServiceError> {
    let first = [
        (Role::Expert, Scope::Expert),
        (Role::Submitter, Scope::Laboratory),
        (Role::Coordinator, Scope::Network),
    ];
    let scope = scope.or_else(|| {
        first
            .iter()
            .find(|(role, _)| actor.has(*role))
            .map(|(_, scope)| *scope)
    });
    let laboratories: Vec<String> = actor
        .submitting()
        .map(|laboratory| laboratory.to_string())
        .collect();
    let networks: Vec<String> = actor
        .coordinated()
        .map(|network| network.to_string())
        .collect();
    match scope {
        Some(Scope::Expert) if actor.has(Role::Expert) => Ok(Cut::Expert(actor.person.to_string())),
        Some(Scope::Laboratory) if !laboratories.is_empty() => Ok(Cut::Laboratories(laboratories)),
        Some(Scope::Network) if !networks.is_empty() => Ok(Cut::Networks(networks)),
        _ => Err(ServiceError::Forbidden(
            "this worklist belongs to another role",
        )),
    }
}

fn item(row: ListedRow, now: DateTime<Utc>) -> Result<Item, ServiceError> {
    let state: CaseState = name(&row.state)?;
    let due_at = optional_instant(row.due_at)?;
    Ok(Item {
        id: id(&row.id)?,
        reference: row.reference,
        version: row.version,
        state,
        waiting_for: row.waiting_for.as_deref().map(name).transpose()?,
        laboratory: id(&row.laboratory_id)?,
        network: id(&row.network_id)?,
        territory: row.territory,
        expert: optional_id(row.expert_id.as_deref())?,
        urgency: name(&row.urgency)?,
        subspecialty: row.subspecialty,
        question: row.question,
        slide_count: row.slide_count,
        submitted_at: optional_instant(row.submitted_at)?,
        due_at,
        warning_at: optional_instant(row.warning_at)?,
        late: state.is_open() && due_at.is_some_and(|due| due < now),
        pauses: json(&row.pauses)?,
        offer_expires_at: optional_instant(row.offer_expires_at)?,
    })
}
