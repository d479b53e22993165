//! Proposals as people read them.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{Kept, KeptCase, standing};
use crate::domain::ids::{CaseId, NetworkId, PersonId, ProposalId};
use crate::domain::routing::Rule;
use crate::domain::routing::rebalance::{Move, MoveWhy, Outlook, ProposalState};
use crate::domain::turnaround::Urgency;
use crate::service::documents::Named;
use crate::service::error::ServiceError;
use crate::store::proposals::ProposalRow;
use crate::store::{Conn, id, instant, json, optional_id, optional_instant, people};

/// A case that would move.
#[derive(Debug, Clone, Serialize)]
pub struct MoveDocument {
    /// The case.
    pub case: CaseId,
    /// Its human reference.
    pub reference: String,
    /// The version that the proposal is about.
    pub version: i64,
    /// Its urgency.
    pub urgency: Urgency,
    /// Who holds it; none while it is unrouted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Named<PersonId>>,
    /// Who would.
    pub to: Named<PersonId>,
    /// Why.
    pub why: MoveWhy,
    /// When its answer is due.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_at: Option<DateTime<Utc>>,
    /// When it is expected as things are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected_before: Option<DateTime<Utc>>,
    /// When it would be expected.
    pub expected_after: DateTime<Utc>,
    /// Minutes the new reader would need.
    pub reading_minutes: u32,
}

/// What an expert has before them, as things are and after the moves.
#[derive(Debug, Clone, Serialize)]
pub struct WorkDocument {
    /// The expert.
    pub expert: Named<PersonId>,
    /// Open cases now.
    pub cases_before: u32,
    /// Open cases then.
    pub cases_after: u32,
    /// Reading minutes now.
    pub minutes_before: u32,
    /// Reading minutes then.
    pub minutes_after: u32,
}

/// A proposal.
#[derive(Debug, Clone, Serialize)]
pub struct ProposalDocument {
    /// Identifier.
    pub id: ProposalId,
    /// Of which network.
    pub network: NetworkId,
    /// What became of it.
    pub state: ProposalState,
    /// The policy it was made by.
    pub policy: String,
    /// Who asked for it.
    pub made_by: Named<PersonId>,
    /// When.
    pub made_at: DateTime<Utc>,
    /// Until when it can be applied.
    pub expires_at: DateTime<Utc>,
    /// Who decided about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<Named<PersonId>>,
    /// When it was decided, or a newer one took its place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided_at: Option<DateTime<Utc>>,
    /// Why it was discarded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// How many unopened cases were looked at.
    pub looked_at: usize,
    /// What the cases that somebody holds come to as things are.
    pub before: Outlook,
    /// What they come to after the moves.
    pub after: Outlook,
    /// The cases that would move, the most pressing first.
    pub moves: Vec<MoveDocument>,
    /// Of whose work it would be more or less.
    pub work: Vec<WorkDocument>,
}

/// A case that stands in the way of a proposal.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Outdated {
    /// The case.
    pub case: CaseId,
    /// Its human reference.
    pub reference: String,
    /// The rules that now speak against its new reader; none when the case itself has changed.
    pub rules: Vec<Rule>,
}

pub(super) fn document(
    conn: &mut Conn,
    row: ProposalRow,
    now: DateTime<Utc>,
) -> Result<ProposalDocument, ServiceError> {
    let Kept { proposed, cases } = json(&row.content)?;
    let (made_by, decided_by) = (id(&row.made_by)?, optional_id(row.decided_by.as_deref())?);
    let people: HashSet<PersonId> = proposed
        .moves
        .iter()
        .flat_map(|one| one.from.into_iter().chain([one.to]))
        .chain(decided_by.into_iter().chain([made_by]))
        .collect();
    let names = people::display_names(conn, &Vec::from_iter(people))?;
    let named = |person: PersonId| Named {
        id: person,
        name: names.get(&person).cloned().unwrap_or_default(),
    };
    Ok(ProposalDocument {
        id: id(&row.id)?,
        network: id(&row.network_id)?,
        state: standing(&row, now)?,
        policy: proposed.policy,
        made_by: named(made_by),
        made_at: instant(row.made_at)?,
        expires_at: instant(row.expires_at)?,
        decided_by: decided_by.map(named),
        decided_at: optional_instant(row.decided_at)?,
        reason: row.reason,
        looked_at: proposed.looked_at,
        before: proposed.before,
        after: proposed.after,
        moves: proposed
            .moves
            .into_iter()
            .zip(cases)
            .map(|(one, case)| move_document(one, case, &named))
            .collect(),
        work: proposed
            .work
            .into_iter()
            .map(|one| WorkDocument {
                expert: named(one.expert),
                cases_before: one.cases_before,
                cases_after: one.cases_after,
                minutes_before: one.minutes_before,
                minutes_after: one.minutes_after,
            })
            .collect(),
    })
}

fn move_document(
    one: Move,
    case: KeptCase,
    named: &impl Fn(PersonId) -> Named<PersonId>,
) -> MoveDocument {
    MoveDocument {
        case: one.case,
        reference: case.reference,
        version: case.version,
        urgency: case.urgency,
        from: one.from.map(named),
        to: named(one.to),
        why: one.why,
        due_at: one.due_at,
        expected_before: one.expected_before,
        expected_after: one.expected_after,
        reading_minutes: one.reading_minutes,
    }
}
