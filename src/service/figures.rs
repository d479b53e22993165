//! Turnaround figures: of one case, and of a network over a period.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::documents::TurnaroundDocument;
use super::error::ServiceError;
use super::{Core, Exchange, case_document};
use crate::domain::ids::{CaseId, NetworkId};
use crate::domain::people::Actor;
use crate::store::figures::Whose;
use crate::store::{self, Conn, organisations};

/// Cases counted at most; a period with more is answered with the earliest ones and says so.
pub(super) const COUNTED: i64 = 20_000;

/// Turnaround of a group of answered cases, each answer to one that was reopened by itself. Elapsed hours reach from the start of
/// the clock to the signature, pauses included; working hours are those of the pool in which the clock ran.
#[derive(Debug, Clone, Serialize)]
pub struct Group {
    /// Its code.
    pub code: String,
    /// How many cases.
    pub cases: usize,
    /// How many were signed within the time promised, pauses left out.
    pub within_target: usize,
    /// Median elapsed hours.
    pub p50_elapsed_hours: f64,
    /// 90th percentile of elapsed hours.
    pub p90_elapsed_hours: f64,
    /// Median working hours of the pool.
    pub p50_working_hours: f64,
    /// 90th percentile of working hours.
    pub p90_working_hours: f64,
}

/// Turnaround of a network over a period.
#[derive(Debug, Clone, Serialize)]
pub struct Figures {
    /// The network.
    pub network: NetworkId,
    /// From then, included.
    pub from: DateTime<Utc>,
    /// To then, not included.
    pub to: DateTime<Utc>,
    /// Whether there were more cases than are counted.
    pub truncated: bool,
    /// All of them; none when there were none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub all: Option<Group>,
    /// By urgency.
    pub by_urgency: Vec<Group>,
    /// By subspecialty.
    pub by_subspecialty: Vec<Group>,
    /// By territory.
    pub by_territory: Vec<Group>,
}

/// The turnaround of one case.
///
/// # Errors
/// [`ServiceError::NotFound`] for a stranger.
pub async fn of_case(
    ex: &Exchange,
    actor: &Actor,
    case: CaseId,
) -> Result<TurnaroundDocument, ServiceError> {
    Ok(case_document::document(ex, actor, case).await?.1.turnaround)
}

/// One answered case.
pub(super) struct Measured {
    pub(super) expert: String,
    urgency: String,
    subspecialty: String,
    territory: String,
    /// The month of the signature, where the pool works: `2026-11`.
    pub(super) month: String,
    /// What the submitter's own diagnosis was worth; empty when there was none.
    pub(super) initial: String,
    /// How the opinion agreed; empty when that was not coded.
    pub(super) concordance: String,
    elapsed: f64,
    working: f64,
    kept: bool,
}

/// The turnaround of a network the person coordinates.
///
/// # Errors
/// [`ServiceError::NotFound`] for anybody else, [`ServiceError::Invalid`] for a period that ends before it begins.
pub async fn of_network(
    ex: &Exchange,
    actor: &Actor,
    network: NetworkId,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
) -> Result<Figures, ServiceError> {
    may_count(actor, network, from, to)?;
    let core = ex.core.clone();
    let (measured, truncated) = ex
        .store
        .read(move |conn| measure(conn, &core, network, Whose::Network(network), from, to))
        .await?;
    Ok(figures(network, (from, to), truncated, &measured))
}

/// Only a network's coordinators count its cases, over a period that ends after it begins.
pub(super) fn may_count(
    actor: &Actor,
    network: NetworkId,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
) -> Result<(), ServiceError> {
    if !actor.coordinates(network) {
        return Err(ServiceError::NotFound);
    }
    if to <= from {
        let expected = "later than from".to_owned();
        return Err(ServiceError::field(
            "/to",
            crate::domain::problems::FieldRule::Malformed { expected },
        ));
    }
    Ok(())
}

/// The figures of a network's measured cases.
pub(super) fn figures(
    network: NetworkId,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
    truncated: bool,
    measured: &[Measured],
) -> Figures {
    let everything: Vec<&Measured> = measured.iter().collect();
    Figures {
        network,
        from,
        to,
        truncated,
        all: group("all", &everything),
        by_urgency: groups(measured, |one| &one.urgency),
        by_subspecialty: groups(measured, |one| &one.subspecialty),
        by_territory: groups(measured, |one| &one.territory),
    }
}

/// What an expert has before them and has done.
#[derive(Debug)]
pub struct Own {
    /// Cases that wait for them: offered or accepted, and not standing still.
    pub waiting_cases: u32,
    /// Cases that they have beside, and that stand still.
    pub standing_still: u32,
    /// Reading minutes expected for all of them.
    pub queued_minutes: u32,
    /// What they signed in the period; none when they signed nothing.
    pub all: Option<Group>,
    /// The same by subspecialty.
    pub by_subspecialty: Vec<Group>,
}

/// An expert's own load, and the turnaround of what they signed in a period, by the working hours of their pool.
///
/// # Errors
/// [`ServiceError::Forbidden`] for who is no expert.
pub async fn of_expert(
    ex: &Exchange,
    actor: &Actor,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
) -> Result<Own, ServiceError> {
    let (core, person) = (ex.core.clone(), actor.person);
    ex.store
        .read(move |conn| {
            let profile = store::people::find_profile(conn, person)?.ok_or(
                ServiceError::Forbidden("only experts have figures of their own"),
            )?;
            let mut burdens = store::burdens::of_pool(conn, profile.network, to, false)?;
            let load = burdens.remove(&person).unwrap_or_default();
            let whose = Whose::Expert(person);
            let (measured, _) = measure(conn, &core, profile.network, whose, from, to)?;
            Ok(Own {
                waiting_cases: load.waiting(),
                standing_still: load.standing_still,
                queued_minutes: load.minutes,
                all: group("all", &measured.iter().collect::<Vec<_>>()),
                by_subspecialty: groups(&measured, |one| &one.subspecialty),
            })
        })
        .await
}

/// The cases answered in a period, in the months of a network's zone; whether there were more.
pub(super) fn measure(
    conn: &mut Conn,
    core: &Core,
    network: NetworkId,
    whose: Whose,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
) -> Result<(Vec<Measured>, bool), ServiceError> {
    let pool = organisations::find_network(conn, network)?.ok_or(ServiceError::NotFound)?;
    let rows = store::figures::answered(
        conn,
        whose,
        store::micros(from),
        store::micros(to),
        COUNTED + 1,
    )?;
    let truncated = rows.len() > COUNTED as usize;
    let zone = core.reference.territory(&pool.territory)?.zone;
    let mut measured = Vec::with_capacity(rows.len());
    let hours = |seconds: i64| seconds as f64 / 3600.0;
    for row in rows.into_iter().take(COUNTED as usize) {
        let (start, end) = (
            store::instant(row.started_at)?,
            store::instant(row.signed_at)?,
        );
        measured.push(Measured {
            month: end.with_timezone(&zone).format("%Y-%m").to_string(),
            elapsed: hours((end - start).num_seconds()),
            working: hours(row.working_seconds),
            kept: row.within_target,
            expert: row.expert_id,
            urgency: row.urgency,
            subspecialty: row.subspecialty.unwrap_or_default(),
            territory: row.territory,
            initial: row.initial_status.unwrap_or_default(),
            concordance: row.concordance.unwrap_or_default(),
        });
    }
    Ok((measured, truncated))
}

pub(super) fn groups(measured: &[Measured], key: impl Fn(&Measured) -> &String) -> Vec<Group> {
    let mut by: BTreeMap<&str, Vec<&Measured>> = BTreeMap::new();
    for one in measured {
        by.entry(key(one)).or_default().push(one);
    }
    by.into_iter()
        .filter_map(|(code, members)| group(code, &members))
        .collect()
}

fn group(code: &str, members: &[&Measured]) -> Option<Group> {
    let sorted = |value: fn(&Measured) -> f64| {
        let mut values: Vec<f64> = members.iter().map(|one| value(one)).collect();
        values.sort_by(f64::total_cmp);
        values
    };
    let (elapsed, working) = (sorted(|one| one.elapsed), sorted(|one| one.working));
    Some(Group {
        code: code.to_owned(),
        cases: members.len(),
        within_target: members.iter().filter(|one| one.kept).count(),
        p50_elapsed_hours: percentile(&elapsed, 50)?,
        p90_elapsed_hours: percentile(&elapsed, 90)?,
        p50_working_hours: percentile(&working, 50)?,
        p90_working_hours: percentile(&working, 90)?,
    })
}

/// The nearest-rank percentile, to a hundredth of an hour; none of nothing.
fn percentile(sorted: &[f64], percent: usize) -> Option<f64> {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted
        .get(rank - 1)
        .map(|hours| (hours * 100.0).round() / 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_occurred() {
        let hours: Vec<f64> = (1..=10).map(f64::from).collect();
        assert_eq!(
            (
                percentile(&hours, 50),
                percentile(&hours, 90),
                percentile(&hours, 100)
            ),
            (Some(5.0), Some(9.0), Some(10.0))
        );
        assert_eq!(percentile(&[3.0], 90), Some(3.0));
        assert_eq!(percentile(&[], 50), None);
    }
}
