//! The summary of a person's day: what they did not want to be told at once, in one mail, at most one a day where they are.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::digest::{enqueue, ensure_scheduled, next};
use super::error::ServiceError;
use super::jobs::Job;
use super::{Core, Exchange};
use crate::domain::ids::{OutboxId, PersonId};
use crate::domain::notifications::{Noted, Notification, NotificationKind};
use crate::store::outbox::Topic;
use crate::store::people::{self, Person};
use crate::store::{Conn, micros, summaries, to_json};

/// Mails that one summary tells of at most, the oldest; the others follow the day after.
const TOLD: i64 = 500;

fn zone(person: &Person) -> Tz {
    person.zone.parse().unwrap_or(Tz::UTC)
}

/// Puts a mail aside for the summary of the person it goes to.
pub(super) fn put_aside(
    conn: &mut Conn,
    core: &Core,
    id: OutboxId,
    mail: &Notification,
    person: &Person,
) -> Result<(), ServiceError> {
    let noted = Noted {
        kind: mail.kind,
        reference: mail.reference.clone(),
    };
    summaries::put_aside(conn, id, person.id, &noted)?;
    schedule(conn, core, person, core.clock.now())
}

fn schedule(
    conn: &mut Conn,
    core: &Core,
    person: &Person,
    now: DateTime<Utc>,
) -> Result<(), ServiceError> {
    let job = Job::Summary { person: person.id };
    ensure_scheduled(conn, core, &job, next(zone(person), now))
}

/// Makes sure that whatever was put aside is told.
pub(super) fn ensure_scheduled_all(conn: &mut Conn, core: &Core) -> Result<(), ServiceError> {
    let now = core.clock.now();
    for person in summaries::waited_for(conn)? {
        if let Some(person) = people::find(conn, person)? {
            schedule(conn, core, &person, now)?;
        }
    }
    Ok(())
}

/// Writes the summary of a person, unless they had one today.
pub(super) async fn send(ex: &Exchange, person: PersonId) -> Result<(), ServiceError> {
    let core = ex.core.clone();
    ex.store
        .write(move |conn| {
            let now = core.clock.now();
            let Some(person) = people::find(conn, person)? else {
                return Ok(());
            };
            if summaries::waiting_for(conn, person.id, 1)?.is_empty() {
                return Ok(());
            }
            let today = now.with_timezone(&zone(&person)).date_naive();
            if !summaries::take_day(conn, person.id, today)? {
                return schedule(conn, &core, &person, now);
            }
            // Read when the day is ours: another instance may have told them meanwhile.
            let waiting = summaries::waiting_for(conn, person.id, TOLD)?;
            let told: Vec<OutboxId> = waiting.iter().map(|(mail, _)| *mail).collect();
            summaries::settle(conn, &told, micros(now))?;
            if person.active && !waiting.is_empty() {
                let summary = waiting.into_iter().map(|(_, noted)| noted).collect();
                let mail = to_json(&mail(person.id, summary, now))?;
                enqueue(conn, &core, Topic::Mail, mail, now)?;
            }
            if summaries::waiting_for(conn, person.id, 1)?.is_empty() {
                return Ok(());
            }
            schedule(conn, &core, &person, now)
        })
        .await
}

fn mail(to: PersonId, summary: Vec<Noted>, now: DateTime<Utc>) -> Notification {
    Notification {
        kind: NotificationKind::Summary,
        to,
        case: None,
        reference: None,
        urgency: None,
        at: Some(now),
        digest: None,
        summary,
        link: None,
    }
}
