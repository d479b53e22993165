//! The coordinators' day: what is late, will be late, waits. Counts and references, nothing about anybody.

use chrono::{DateTime, Days, NaiveTime, TimeZone, Utc};
use chrono_tz::Tz;

use super::error::ServiceError;
use super::jobs::Job;
use super::{Core, Exchange};
use crate::domain::cases::WaitingFor;
use crate::domain::ids::{NetworkId, OutboxId};
use crate::domain::notifications::{Digest, Notification, NotificationKind};
use crate::domain::people::Role;
use crate::domain::text_enum::TextEnum;
use crate::store::outbox::{NewMessage, Topic};
use crate::store::{self, Conn, micros, organisations, to_json};

/// When the digest goes out, in the network's own time.
const HOUR: u32 = 7;
/// References listed at most of each kind.
const LISTED: usize = 20;

/// Sends the coordinators of a network their counts, and schedules the next day's.
pub(super) async fn send(ex: &Exchange, network: NetworkId) -> Result<(), ServiceError> {
    let core = ex.core.clone();
    ex.store
        .write(move |conn| {
            let Some(pool) = organisations::find_network(conn, network)? else {
                return Ok(());
            };
            let now = core.clock.now();
            let zone = core.reference.territory(&pool.territory)?.zone;
            let digest = count(conn, network, now)?;
            if digest.open > 0 {
                for coordinator in
                    store::people::holders_in_network(conn, network, Role::Coordinator)?
                {
                    let notification = Notification {
                        kind: NotificationKind::DailyDigest,
                        to: coordinator,
                        case: None,
                        reference: None,
                        urgency: None,
                        at: Some(now),
                        digest: Some(digest.clone()),
                        summary: Vec::new(),
                        link: None,
                    };
                    enqueue(conn, &core, Topic::Mail, to_json(&notification)?, now)?;
                }
            }
            ensure_scheduled(conn, &core, &Job::DailyDigest { network }, next(zone, now))
        })
        .await
}

fn count(conn: &mut Conn, network: NetworkId, now: DateTime<Utc>) -> Result<Digest, ServiceError> {
    let mut digest = Digest::default();
    for (reference, _, waiting_for, pauses, due, warning) in
        store::figures::open_cases(conn, &network.to_string())?
    {
        digest.open += 1;
        let passed = |at: Option<i64>| at.is_some_and(|at| at <= micros(now));
        let list = |list: &mut Vec<String>| {
            if list.len() < LISTED {
                list.push(reference.clone());
            }
        };
        if pauses != "[]" {
            list(&mut digest.paused);
        } else if passed(due) {
            list(&mut digest.late);
        } else if passed(warning) {
            list(&mut digest.soon_late);
        }
        match waiting_for.as_deref() {
            Some(waiting) if waiting == WaitingFor::Candidate.as_str() => {
                list(&mut digest.unrouted)
            }
            Some(waiting) if waiting == WaitingFor::Triage.as_str() => list(&mut digest.triage),
            _ => {}
        }
    }
    Ok(digest)
}

/// The next morning after `now`, in `zone`.
pub(super) fn next(zone: Tz, now: DateTime<Utc>) -> DateTime<Utc> {
    let local = now.with_timezone(&zone);
    let hour = NaiveTime::from_hms_opt(HOUR, 0, 0).unwrap_or_default();
    let today = local.date_naive();
    let day = if local.time() < hour {
        today
    } else {
        today.checked_add_days(Days::new(1)).unwrap_or(today)
    };
    zone.from_local_datetime(&day.and_time(hour))
        .earliest()
        .map_or(now + chrono::Duration::days(1), |at| at.to_utc())
}

/// Makes sure that every recurring job waits in the outbox; called when a worker starts, by several at once without harm.
///
/// # Errors
/// Storage failures.
pub async fn schedule_recurring(ex: &Exchange) -> Result<(), ServiceError> {
    let core = ex.core.clone();
    ex.store
        .write(move |conn| {
            ensure_scheduled(conn, &core, &Job::Housekeeping, core.clock.now())?;
            ensure_digests(conn, &core)
        })
        .await
}

/// Makes sure that the digest of every network is scheduled, of those that came since too.
pub(super) fn ensure_digests(conn: &mut Conn, core: &Core) -> Result<(), ServiceError> {
    let now = core.clock.now();
    for network in organisations::networks(conn)? {
        let zone = core.reference.territory(&network.territory)?.zone;
        let job = Job::DailyDigest {
            network: network.id,
        };
        ensure_scheduled(conn, core, &job, next(zone, now))?;
    }
    Ok(())
}

/// Schedules a recurring job for its next turn, unless a turn is scheduled already. Two instances that start in the same instant
/// may both schedule one: the jobs bear that, the second turn finds the next one scheduled and adds none.
pub(super) fn ensure_scheduled(
    conn: &mut Conn,
    core: &Core,
    job: &Job,
    at: DateTime<Utc>,
) -> Result<(), ServiceError> {
    let payload = to_json(job)?;
    if store::outbox::is_waiting(conn, &payload, micros(core.clock.now()))? {
        return Ok(());
    }
    enqueue(conn, core, Topic::Job, payload, at)
}

/// Puts a message that belongs to no case into the outbox.
pub(super) fn enqueue(
    conn: &mut Conn,
    core: &Core,
    topic: Topic,
    payload: String,
    run_at: DateTime<Utc>,
) -> Result<(), ServiceError> {
    let message = NewMessage {
        id: OutboxId::new(core.ids.as_ref()),
        topic,
        case: None,
        webhook: None,
        payload,
        run_at: micros(run_at),
        created_at: micros(core.clock.now()),
    };
    Ok(store::outbox::enqueue(conn, &message)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_goes_out_at_seven_where_the_network_is() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        assert_eq!(
            next(Tz::Pacific__Noumea, at("2026-11-22T19:00:00Z")),
            at("2026-11-22T20:00:00Z")
        );
        assert_eq!(
            next(Tz::Pacific__Noumea, at("2026-11-22T20:00:00Z")),
            at("2026-11-23T20:00:00Z")
        );
        assert_eq!(
            next(Tz::Europe__Paris, at("2026-03-28T12:00:00Z")),
            at("2026-03-29T05:00:00Z"),
            "summer time has begun"
        );
    }
}
