//! Who knows a case already: the earlier case that it goes on from, as its submitter or a coordinator names it. Whoever answered that one
//! is offered this one first; whoever gave it back for a conflict of interest has it here too.

use std::collections::HashMap;

use serde_json::json;

use super::change::Change;
use super::commands::Given;
use super::error::ServiceError;
use super::routing;
use crate::domain::cases::{CaseState, MoveReason, WaitingFor};
use crate::domain::commands::NameEarlier;
use crate::domain::identifiers::CaseReference;
use crate::domain::ids::{LaboratoryId, PersonId};
use crate::domain::problems::FieldRule;
use crate::domain::reasons::Why;
use crate::domain::transitions::Command;
use crate::store::{self, Conn, earlier};

/// What earlier cases tell of experts, by reference and laboratory: a reference is guessed easily, and says nothing beyond its own
/// laboratory.
#[derive(Default)]
pub(super) struct Told {
    /// Who answered, or has, them.
    known: HashMap<(String, LaboratoryId), Vec<PersonId>>,
    /// Who gave them back for a conflict of interest.
    conflicted: HashMap<(String, LaboratoryId), Vec<PersonId>>,
}

impl Told {
    /// What the cases under these references tell.
    pub(super) fn of(conn: &mut Conn, references: &[&String]) -> Result<Self, ServiceError> {
        let mut told = Self::default();
        if references.is_empty() {
            return Ok(told);
        }
        let references: Vec<&str> = references.iter().map(|one| one.as_str()).collect();
        for (reference, laboratory, expert) in earlier::answered(conn, &references)? {
            let of = told.known.entry((reference, laboratory)).or_default();
            of.push(expert);
        }
        for (reference, laboratory, expert) in earlier::conflicted(conn, &references)? {
            let of = told.conflicted.entry((reference, laboratory)).or_default();
            of.push(expert);
        }
        Ok(told)
    }

    /// Who answered, or has, that one.
    pub(super) fn known(&self, reference: &str, laboratory: LaboratoryId) -> &[PersonId] {
        of(&self.known, reference, laboratory)
    }

    /// Who gave it back for a conflict of interest.
    pub(super) fn conflicted(&self, reference: &str, laboratory: LaboratoryId) -> &[PersonId] {
        of(&self.conflicted, reference, laboratory)
    }
}

fn of<'t>(
    told: &'t HashMap<(String, LaboratoryId), Vec<PersonId>>,
    reference: &str,
    laboratory: LaboratoryId,
) -> &'t [PersonId] {
    told.get(&(reference.to_owned(), laboratory))
        .map_or(&[], Vec::as_slice)
}

/// A case reference as it is kept, however it was typed.
pub(super) fn written(reference: &str) -> String {
    let read = reference.parse::<CaseReference>();
    read.map_or_else(|_| reference.to_owned(), |read| read.to_string())
}

/// Whether there is a sent case of the same laboratory under a reference, other than this one.
pub(super) fn is_there(change: &mut Change<'_>, reference: &str) -> Result<bool, ServiceError> {
    let laboratory = store::id(&change.row.laboratory_id)?;
    let known = earlier::by_reference(change.conn, laboratory, reference)?;
    Ok(known.is_some_and(|case| case != change.id))
}

/// Names the earlier case that an unread case goes on from, before what its submitter named; or takes back what a coordinator named.
/// An offer moves at once where somebody else knows the case, or who holds it has a conflict.
pub(super) fn name_earlier(
    change: &mut Change<'_>,
    given: &Given<'_>,
    body: &NameEarlier,
) -> Result<(), ServiceError> {
    let named = body.follows.as_deref().map(written);
    if let Some(reference) = &named
        && !is_there(change, reference)?
    {
        return Err(ServiceError::field("/follows", FieldRule::UnknownCode));
    }
    let facts = Why::in_words(&body.reason).beside(json!({ "follows": named }));
    change.row.follows = named;
    change.record(Command::NameEarlier, given.relation, &facts)?;
    match change.state()? {
        CaseState::Offered if routing::belongs_elsewhere(change)? => {
            routing::move_on(change, MoveReason::Earlier)
        }
        CaseState::Submitted if change.facts()?.waiting_for == Some(WaitingFor::Candidate) => {
            routing::offer_if_anybody(change).map(drop)
        }
        _ => Ok(()),
    }
}
