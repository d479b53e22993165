//! What a person is to a case that was read: the facts for the rules in [`crate::domain::permissions`].

use super::error::ServiceError;
use crate::domain::cases::CaseFacts;
use crate::domain::people::Actor;
use crate::domain::permissions::{Relation, relations};
use crate::store::cases::CaseRow;
use crate::store::{self, Conn};

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
