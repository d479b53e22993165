//! What a coordinator looks back on: turnaround, month by month too, what was declined and why, how opinions agreed, who answered.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::error::ServiceError;
use super::figures::{self, COUNTED, Figures, Group, Measured, figures};
use super::{Core, Exchange};
use crate::domain::ids::{NetworkId, PersonId};
use crate::domain::people::Actor;
use crate::store::{self, Conn, id, micros, people};

/// A network over a period.
#[derive(Debug)]
pub struct Overview {
    /// Turnaround.
    pub turnaround: Figures,
    /// The same by month of the signature, where the pool works.
    pub by_month: Vec<Group>,
    /// What its experts gave back: code of the reason, how often.
    pub declines: Vec<(String, usize)>,
    /// How opinions agreed with the submitters, as they were first signed.
    pub agreement: Vec<Agreement>,
    /// Who answered how much.
    pub experts: Vec<Share>,
}

/// How often opinions agreed in one way with diagnoses of one worth.
#[derive(Debug, PartialEq, Eq)]
pub struct Agreement {
    /// What the submitter's own diagnosis was worth; empty when there was none.
    pub initial: String,
    /// How the opinion agreed; empty when that was not coded.
    pub concordance: String,
    /// How often.
    pub cases: usize,
}

/// An expert's share of a network's answers.
#[derive(Debug)]
pub struct Share {
    /// Name.
    pub name: String,
    /// Cases answered.
    pub cases: usize,
    /// Their part of the pool's capacity, from 0 to 1; none for who is not in the pool.
    pub of_capacity: Option<f64>,
}

/// The overview of a network the person coordinates.
///
/// # Errors
/// [`ServiceError::NotFound`] for anybody else, [`ServiceError::Invalid`] for a period that ends before it begins.
pub async fn of_network(
    ex: &Exchange,
    actor: &Actor,
    network: NetworkId,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
) -> Result<Overview, ServiceError> {
    figures::may_count(actor, network, from, to)?;
    let core = ex.core.clone();
    ex.store
        .read(move |conn| overview(conn, &core, network, (from, to)))
        .await
}

fn overview(
    conn: &mut Conn,
    core: &Core,
    network: NetworkId,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
) -> Result<Overview, ServiceError> {
    let whose = store::figures::Whose::Network(network);
    let (measured, truncated) = figures::measure(conn, core, network, whose, from, to)?;
    let span = (micros(from), micros(to));
    let mut answered: BTreeMap<&str, usize> = BTreeMap::new();
    for one in &measured {
        *answered.entry(&one.expert).or_default() += 1;
    }
    Ok(Overview {
        turnaround: figures(network, (from, to), truncated, &measured),
        by_month: figures::groups(&measured, |one| &one.month),
        declines: declines(store::figures::declines(conn, network, span, COUNTED)?),
        agreement: agreement(&measured),
        experts: shares(conn, network, &answered)?,
    })
}

/// How often each reason was given, the most frequent first. A comment may stand behind the code.
fn declines(reasons: Vec<Option<String>>) -> Vec<(String, usize)> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for reason in reasons.into_iter().flatten() {
        let code = reason.split(':').next().unwrap_or_default();
        *counts.entry(code.to_owned()).or_default() += 1;
    }
    let mut counts: Vec<(String, usize)> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    counts
}

fn agreement(measured: &[Measured]) -> Vec<Agreement> {
    let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for one in measured {
        *counts.entry((&one.initial, &one.concordance)).or_default() += 1;
    }
    let agreement = |((initial, concordance), cases): ((&str, &str), usize)| Agreement {
        initial: initial.to_owned(),
        concordance: concordance.to_owned(),
        cases,
    };
    counts.into_iter().map(agreement).collect()
}

/// Everybody of the pool and whoever else answered, by name.
fn shares(
    conn: &mut Conn,
    network: NetworkId,
    answered: &BTreeMap<&str, usize>,
) -> Result<Vec<Share>, ServiceError> {
    let pool = people::experts_of(conn, network)?;
    let capacity: u32 = pool.iter().map(|one| one.capacity_per_day).sum();
    let mut who: Vec<PersonId> = pool.iter().map(|one| one.person).collect();
    for person in answered.keys().filter(|person| !person.is_empty()) {
        who.push(id(person)?);
    }
    who.sort_unstable();
    who.dedup();
    let names = people::display_names(conn, &who)?;
    let mut shares: Vec<Share> = who
        .into_iter()
        .map(|person| Share {
            name: names.get(&person).cloned().unwrap_or_default(),
            cases: answered
                .get(person.to_string().as_str())
                .copied()
                .unwrap_or_default(),
            of_capacity: pool
                .iter()
                .find(|one| one.person == person && capacity > 0)
                .map(|one| f64::from(one.capacity_per_day) / f64::from(capacity)),
        })
        .collect();
    shares.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(shares)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_counted_by_their_code() {
        let given = ["overloaded: trop", "absent", "overloaded"].map(|one| Some(one.to_owned()));
        assert_eq!(
            declines(given.into()),
            [("overloaded".to_owned(), 2), ("absent".to_owned(), 1)]
        );
    }
}
