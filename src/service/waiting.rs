//! Unopened cases, many at once, as a choice among them sees them.

use std::collections::HashMap;

use super::error::ServiceError;
use super::{Core, choice, routing};
use crate::domain::ids::{CaseId, NetworkId, PersonId};
use crate::domain::routing::next_case::Waiting;
use crate::store::cases::CaseRow;
use crate::store::waiting::Tried;
use crate::store::{
    self, Conn, instant, instructions, optional_id, optional_instant, organisations,
};

/// The network of each laboratory, by its identifier.
pub(super) type Homes = HashMap<String, NetworkId>;

/// The network of every laboratory.
pub(super) fn homes(conn: &mut Conn) -> Result<Homes, ServiceError> {
    Ok(organisations::laboratories(conn)?
        .into_iter()
        .map(|laboratory| (laboratory.id.to_string(), laboratory.network))
        .collect())
}

/// These cases, in their order. Of those who had one before, `tried` names whom the choice is about.
pub(super) fn seen(
    conn: &mut Conn,
    core: &Core,
    homes: &Homes,
    rows: &[CaseRow],
    tried: &[Tried],
) -> Result<Vec<Waiting>, ServiceError> {
    let cases = ids(rows)?;
    let instructed = instructions::of_cases(conn, &cases)?;
    let mut known = known_by(conn, core, rows, &cases)?;
    let mut had: HashMap<(CaseId, i32), Vec<PersonId>> = HashMap::new();
    for one in tried {
        had.entry((one.case, one.cycle))
            .or_default()
            .push(one.expert);
    }
    rows.iter()
        .zip(cases)
        .map(|(row, case)| {
            let home = homes
                .get(&row.laboratory_id)
                .copied()
                .ok_or(ServiceError::Internal(
                    "a case without its laboratory".into(),
                ))?;
            let tried = had.remove(&(case, row.cycle)).unwrap_or_default();
            let instructed = instructions::for_routing(&instructed, &row.id)?;
            let mut seen = routing::seen(row, home, tried, instructed)?;
            seen.known_by = known.remove(&case).unwrap_or_default();
            Ok(Waiting {
                holder: optional_id(row.expert_id.as_deref())?,
                case: seen,
                due: optional_instant(row.due_at)?,
                since: instant(row.submitted_at.unwrap_or(row.created_at))?,
            })
        })
        .collect()
}

/// Who answered for the patient of each of these cases before, where its network goes by that.
fn known_by(
    conn: &mut Conn,
    core: &Core,
    rows: &[CaseRow],
    cases: &[CaseId],
) -> Result<HashMap<CaseId, Vec<PersonId>>, ServiceError> {
    let mut goes_by: HashMap<&str, bool> = HashMap::new();
    let mut asked = Vec::new();
    for (row, case) in rows.iter().zip(cases) {
        let network = row.network_id.as_str();
        if !goes_by.contains_key(network) {
            let policy = choice::in_force(conn, core, store::id(network)?)?;
            goes_by.insert(network, policy.same_expert);
        }
        if goes_by.get(network) == Some(&true) {
            asked.push(*case);
        }
    }
    let mut known: HashMap<CaseId, Vec<PersonId>> = HashMap::new();
    if !asked.is_empty() {
        for (case, expert) in store::earlier::known_by(conn, &asked)? {
            known.entry(case).or_default().push(expert);
        }
    }
    Ok(known)
}

/// The identifiers of these cases.
pub(super) fn ids(rows: &[CaseRow]) -> Result<Vec<CaseId>, ServiceError> {
    Ok(rows
        .iter()
        .map(|row| store::id(&row.id))
        .collect::<Result<_, _>>()?)
}
