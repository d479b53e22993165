//! What the service's own time stamps say about the minutes of a case: a proposal, which who decides the weights takes over or not.

use chrono::{DateTime, Duration, Utc};
use serde::Serialize;

use super::error::ServiceError;
use super::{Exchange, choice};
use crate::domain::ids::NetworkId;
use crate::domain::people::Actor;
use crate::domain::work::WorkUnits;
use crate::domain::work::fitting::{Proposal, Reading, propose};
use crate::domain::work::units::counted;
use crate::store::work::Signed;
use crate::store::{organisations, people, work};

/// How far back is looked.
const LOOKED_BACK: Duration = Duration::days(365);
/// Opinions looked at, at most: the newest.
const LOOKED_AT: i64 = 2_000;
/// A sitting that ends with a signature began no earlier before it.
const SITTING: Duration = Duration::hours(4);

/// The weights of work that hold in a network, and those that its readings propose.
#[derive(Debug, Clone, Serialize)]
pub struct WorkUnitsDocument {
    /// The network.
    pub network: NetworkId,
    /// The version of the network's weights that they stand in.
    pub version: i64,
    /// The weights that hold.
    pub present: WorkUnits,
    /// Readings since then were looked at.
    pub since: DateTime<Utc>,
    /// How many of them tell how long they took.
    pub readings: usize,
    /// What they propose; none when they are too few.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proposal: Option<Proposal>,
}

/// The weights of work of a network with what its readings propose, for who decides them. Nothing is changed.
///
/// # Errors
/// [`ServiceError::NotFound`] for anybody else.
pub async fn of_network(
    ex: &Exchange,
    actor: &Actor,
    network: NetworkId,
) -> Result<WorkUnitsDocument, ServiceError> {
    let kept = choice::of_network(ex, actor, network).await?;
    let since = ex.core.clock.now() - LOOKED_BACK;
    let readings = ex
        .store
        .read(move |conn| {
            organisations::find_network(conn, network)?.ok_or(ServiceError::NotFound)?;
            let experts = people::experts_of(conn, network)?;
            let fields: std::collections::HashMap<_, _> = experts
                .iter()
                .map(|one| (one.person, one.primary_subspecialty.as_str()))
                .collect();
            let signed = work::signed_since(conn, network, since, LOOKED_AT)?;
            let readings = signed.values().filter_map(|one| {
                let field = fields.get(&one.expert);
                reading(one, field.is_some_and(|field| *field == one.subspecialty))
            });
            Ok::<Vec<Reading>, ServiceError>(readings.collect())
        })
        .await?;
    let present = kept.weights.units.unwrap_or_default();
    let (before, version) = (present.clone(), kept.version);
    let count = readings.len();
    // The same readings give the same proposal, until other weights hold.
    let seed = u64::try_from(version).unwrap_or_default();
    let fitted = tokio::task::spawn_blocking(move || propose(&readings, &before, seed));
    Ok(WorkUnitsDocument {
        network,
        version,
        present,
        since,
        readings: count,
        proposal: fitted
            .await
            .map_err(|_| ServiceError::Internal("a fit ended early".into()))?,
    })
}

/// How long a reading took: from the first look in the sitting that ended with the signature, and no less than its slides were in
/// sight; none where nobody looked at a slide then.
fn reading(one: &Signed, own_field: bool) -> Option<Reading> {
    let sat = one
        .looks
        .iter()
        .map(|(at, _)| *at)
        .filter(|at| one.at - *at <= SITTING)
        .min()?;
    let seen: i64 = one.looks.iter().map(|(_, seconds)| *seconds).sum();
    let seconds = (one.at - sat).num_seconds().max(seen);
    let (overview, further) = counted(one.stains.iter().map(String::as_str));
    Some(Reading {
        minutes: seconds as f64 / 60.0,
        overview,
        further,
        subspecialty: one.subspecialty.clone(),
        own_field,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::PersonId;
    use uuid::Uuid;

    #[test]
    fn a_reading_takes_from_its_first_look_to_the_signature() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let signed = |looks: &[(&str, i64)]| Signed {
            expert: PersonId(Uuid::from_u128(1)),
            at: at("2026-11-24T12:00:00Z"),
            subspecialty: "breast".into(),
            looks: looks.iter().map(|(when, long)| (at(when), *long)).collect(),
            stains: vec!["HES".into(), "RE".into()],
        };
        let minutes = |looks: &[(&str, i64)]| reading(&signed(looks), true).map(|one| one.minutes);
        assert_eq!(minutes(&[]), None);
        assert_eq!(
            minutes(&[("2026-11-24T07:00:00Z", 600)]),
            None,
            "in no sitting with the signature"
        );
        let sitting = [("2026-11-24T11:40:00Z", 120), ("2026-11-24T11:45:00Z", 60)];
        assert_eq!(minutes(&sitting), Some(20.0));
        // What was looked at the day before counts with it.
        let before = [("2026-11-23T11:40:00Z", 1800), ("2026-11-24T11:45:00Z", 60)];
        assert_eq!(minutes(&before), Some(31.0));
        let one = reading(&signed(&sitting), false).unwrap();
        assert_eq!(
            (one.overview, one.further, one.own_field),
            (1.0, 1.0, false)
        );
    }
}
