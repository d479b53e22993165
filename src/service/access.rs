//! What a person is to a case that was read, and what they may do with it: the facts for the rules in
//! [`crate::domain::permissions`].

use chrono::{DateTime, Utc};

use super::error::ServiceError;
use crate::domain::cases::{CaseContent, CaseFacts};
use crate::domain::people::Actor;
use crate::domain::permissions::{Relation, View, relations, view};
use crate::domain::text_enum::TextEnum;
use crate::domain::transitions::{Command, Refusal, permitted, transition};
use crate::store::cases::CaseRow;
use crate::store::{self, Conn, json};

/// What `actor` is to the case. Empty: a stranger, for whom it does not exist.
///
/// # Errors
/// Storage failures.
pub(super) fn relations_to(
    conn: &mut Conn,
    actor: &Actor,
    row: &CaseRow,
) -> Result<Vec<Relation>, ServiceError> {
    Ok(relations(actor, &facts(conn, row)?))
}

/// As what a person may give a command on the case they read at version `read`: they must see it, have read its present version, and
/// be allowed the command at this instant.
///
/// # Errors
/// [`ServiceError::NotFound`], [`ServiceError::Stale`], [`ServiceError::Refused`]; storage failures.
pub(super) fn admitted(
    conn: &mut Conn,
    actor: &Actor,
    row: &CaseRow,
    (command, read, now): (Command, i64, DateTime<Utc>),
) -> Result<Relation, ServiceError> {
    let relations = relations_to(conn, actor, row)?;
    if !matches!(view(&relations), Some(View::Full | View::Queue)) {
        return Err(ServiceError::NotFound);
    }
    let mut may = transition(command).who.iter().copied();
    let Some(relation) = may.find(|who| relations.contains(who)) else {
        return Err(given_before(conn, actor, row, (command, read))?);
    };
    if row.version != read && !only_seats_since(conn, row, (command, read))? {
        let current = row.version;
        return Err(ServiceError::Stale { current });
    }
    let content: CaseContent = json(&row.content)?;
    let facts = row.facts(content.pre_authorisations)?;
    permitted(&facts, &[relation], command, now)?;
    Ok(relation)
}

/// Why a command is refused to somebody who may not give it now: because they gave this very one on the version that they name, and
/// what they are to the case has changed with it, as who signs holds it no more. Their answer was lost on the way.
fn given_before(
    conn: &mut Conn,
    actor: &Actor,
    row: &CaseRow,
    (command, read): (Command, i64),
) -> Result<ServiceError, ServiceError> {
    let made = store::traces::event_at(conn, store::id(&row.id)?, read.saturating_add(1))?;
    let theirs = made.is_some_and(|event| {
        event.command == command.as_str()
            && event.actor_id.as_deref() == Some(actor.person.to_string().as_str())
    });
    Ok(if theirs {
        let current = row.version;
        ServiceError::Stale { current }
    } else {
        Refusal::NotYours.into()
    })
}

/// Whether nothing happened since that version but what was done about seats of the panel, while the command is about the giver's own:
/// those who read blind need not read the case again because of each other.
fn only_seats_since(
    conn: &mut Conn,
    row: &CaseRow,
    (command, read): (Command, i64),
) -> Result<bool, ServiceError> {
    if !command.of_ones_own_seat() || read > row.version {
        return Ok(false);
    }
    let events = store::traces::events_of(conn, store::id(&row.id)?)?;
    let mut since = events.iter().filter(|event| event.version > read);
    Ok(since.all(|event| Command::parse(&event.command).is_some_and(Command::of_a_seat)))
}

/// The case as the rules of access see it.
///
/// # Errors
/// Storage failures.
fn facts(conn: &mut Conn, row: &CaseRow) -> Result<CaseFacts, ServiceError> {
    let mut facts = row.facts(Default::default())?;
    let case = store::id(&row.id)?;
    // Only a case that was reopened has anybody to ask for.
    if row.cycle > 1 {
        facts.former_signers = store::opinions::former_signers(conn, case, row.cycle)?;
        let readers = store::panels::former_readers(conn, case, row.cycle)?;
        facts.former_signers.extend(readers);
    }
    if facts.panel.is_some() {
        facts.seats = store::panels::who_sits(conn, case, row.cycle)?;
    }
    Ok(facts)
}
