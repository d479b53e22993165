//! Unopened cases, many at once, as a choice among them sees them.

use std::collections::HashMap;
use std::sync::Arc;

use super::continuity::Told;
use super::error::ServiceError;
use super::{Core, choice, routing};
use crate::domain::ids::{CaseId, NetworkId, PersonId};
use crate::domain::routing::next_case::Waiting;
use crate::domain::work::WorkUnits;
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
    let policies = policies(conn, core, rows)?;
    let mut known = known_by(conn, &policies, rows, &cases)?;
    let mut had: HashMap<(CaseId, i32), Vec<PersonId>> = HashMap::new();
    let mut conflicted: HashMap<CaseId, Vec<PersonId>> = HashMap::new();
    for one in tried {
        if one.conflict {
            conflicted.entry(one.case).or_default().push(one.expert);
        }
        had.entry((one.case, one.cycle))
            .or_default()
            .push(one.expert);
    }
    let mut seen = Vec::with_capacity(rows.len());
    let mut follows = Vec::new();
    for (row, case) in rows.iter().zip(cases) {
        let home = homes.get(&row.laboratory_id).copied();
        let home = home.ok_or(ServiceError::Internal(
            "a case without its laboratory".into(),
        ))?;
        let tried = had.remove(&(case, row.cycle)).unwrap_or_default();
        let instructed = instructions::for_routing(&instructed, &row.id)?;
        let read = routing::seen(row, home, tried, instructed)?;
        let mut read_case = read.case;
        if let Some(policy) = policies.get(row.network_id.as_str()) {
            read_case.units = Arc::clone(&policy.units);
        }
        read_case.known_by = known.remove(&case).unwrap_or_default();
        read_case.conflicted = conflicted.remove(&case).unwrap_or_default();
        follows.extend(read.follows.map(|earlier| (seen.len(), earlier)));
        seen.push(Waiting {
            holder: optional_id(row.expert_id.as_deref())?,
            case: read_case,
            due: optional_instant(row.due_at)?,
            since: instant(row.submitted_at.unwrap_or(row.created_at))?,
        });
    }
    name_earlier(conn, &mut seen, follows)?;
    Ok(seen)
}

/// Puts who answered the earlier case that is named in front of whom the accession number tells, and adds whom that case is none for.
fn name_earlier(
    conn: &mut Conn,
    seen: &mut [Waiting],
    follows: Vec<(usize, String)>,
) -> Result<(), ServiceError> {
    let references: Vec<&String> = follows.iter().map(|(_, earlier)| earlier).collect();
    let told = Told::of(conn, &references)?;
    for (place, earlier) in follows {
        let Some(one) = seen.get_mut(place) else {
            continue;
        };
        let known = told.known(&earlier, one.case.laboratory).iter();
        one.case.known_by.splice(0..0, known.copied());
        let conflicted = told.conflicted(&earlier, one.case.laboratory);
        one.case.conflicted.extend(conflicted);
    }
    Ok(())
}

/// What the network of each of these cases weighs.
fn policies<'r>(
    conn: &mut Conn,
    core: &Core,
    rows: &'r [CaseRow],
) -> Result<HashMap<&'r str, Weighed>, ServiceError> {
    let mut policies = HashMap::new();
    for row in rows {
        let network = row.network_id.as_str();
        if !policies.contains_key(network) {
            let policy = choice::in_force(conn, core, store::id(network)?)?;
            let weighed = Weighed {
                same_expert: policy.same_expert,
                units: Arc::new(policy.units),
            };
            policies.insert(network, weighed);
        }
    }
    Ok(policies)
}

/// What of a network's weights is a matter of each case.
struct Weighed {
    same_expert: bool,
    units: Arc<WorkUnits>,
}

/// Who answered for the patient of each of these cases before, where its network goes by that.
fn known_by(
    conn: &mut Conn,
    policies: &HashMap<&str, Weighed>,
    rows: &[CaseRow],
    cases: &[CaseId],
) -> Result<HashMap<CaseId, Vec<PersonId>>, ServiceError> {
    let goes_by = |row: &CaseRow| {
        let policy = policies.get(row.network_id.as_str());
        policy.is_some_and(|policy| policy.same_expert)
    };
    let asked: Vec<CaseId> = rows
        .iter()
        .zip(cases)
        .filter(|(row, _)| goes_by(row))
        .map(|(_, case)| *case)
        .collect();
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
