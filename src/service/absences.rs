//! An expert's absences: nobody who is away is offered a case, and what waits for them goes on to somebody else.

use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::audit;
use super::change::Change;
use super::error::ServiceError;
use super::idempotency::{self, Idempotency, Made};
use super::people::AbsenceDocument;
use super::{Core, Exchange, panel_time, routing};
use crate::domain::cases::{CaseState, MoveReason};
use crate::domain::panels::time::SeatLost;
use crate::domain::people::{Actor, Role};
use crate::domain::problems::FieldRule;
use crate::domain::routing::covers_offer;
use crate::domain::traces::Standing;
use crate::store::people::{self, Absence};
use crate::store::traces::insert_audit;
use crate::store::{self, Conn, name, optional_instant};

/// The longest absence that can be entered at once.
const LONGEST: Duration = Duration::days(366);

/// A time away.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewAbsence {
    /// From then.
    pub starts_at: DateTime<Utc>,
    /// Until then.
    pub ends_at: DateTime<Utc>,
}

/// Enters an absence of the actor.
///
/// # Errors
/// [`ServiceError::Forbidden`] for who is no expert, [`ServiceError::Invalid`]; [`ServiceError::NotFound`] for a repeated request
/// whose absence was taken away since.
pub async fn add(
    ex: &Exchange,
    actor: &Actor,
    new: NewAbsence,
    key: Option<Idempotency>,
    request_id: &str,
) -> Result<Made<AbsenceDocument>, ServiceError> {
    if !actor.has(Role::Expert) {
        return Err(ServiceError::Forbidden("only experts have absences"));
    }
    let refused = |expected: &str| {
        Err(ServiceError::field(
            "/ends_at",
            FieldRule::Malformed {
                expected: expected.to_owned(),
            },
        ))
    };
    if new.ends_at <= new.starts_at || new.ends_at <= ex.core.clock.now() {
        return refused("later than starts_at and than now");
    }
    if new.ends_at - new.starts_at > LONGEST {
        return refused("at most a year after starts_at");
    }
    let precise = crate::domain::time::database_precision;
    let absence = Absence {
        id: ex.core.ids.next(),
        person: actor.person,
        starts_at: precise(new.starts_at),
        ends_at: precise(new.ends_at),
    };
    let (core, person) = (ex.core.clone(), actor.person);
    let (actor, request_id) = (actor.clone(), request_id.to_owned());
    ex.store
        .write(move |conn| {
            let kept = idempotency::keep(conn, &core, person, key.as_ref(), 201, &absence.id)?;
            if let Some((_, kept)) = kept {
                let kept = people::find_absence(conn, person, kept)?;
                let document = AbsenceDocument::from(&kept.ok_or(ServiceError::NotFound)?);
                return Ok(Made {
                    document,
                    replayed: true,
                });
            }
            people::insert_absence(conn, &absence)?;
            let act = "add_absence";
            let entry = audit::entry(&core, person, Standing::Oneself, act, None, &request_id);
            insert_audit(conn, &entry)?;
            hand_on(conn, &core, &actor, &absence, &request_id)?;
            let document = AbsenceDocument::from(&absence);
            Ok(Made {
                document,
                replayed: false,
            })
        })
        .await
}

/// Hands on at once what was offered to the expert, seats of panels among it, and would only lie there until the offer ends.
fn hand_on(
    conn: &mut Conn,
    core: &Core,
    actor: &Actor,
    absence: &Absence,
    request_id: &str,
) -> Result<(), ServiceError> {
    let Some(profile) = people::find_profile(conn, actor.person)? else {
        return Ok(());
    };
    let directory = core.directory.now(conn)?;
    let pool = directory.pool(conn, core, profile.network, core.clock.now())?;
    let Some(expert) = pool.iter().find(|one| one.expert == actor.person) else {
        return Ok(());
    };
    let away = (absence.starts_at, absence.ends_at);
    for case in store::assignments::offered_to(conn, actor.person)? {
        let mut change = Change::asked_for(conn, core, actor, case, request_id)?;
        let theirs =
            change.state()? == CaseState::Offered && change.expert()? == Some(actor.person);
        let ends = optional_instant(change.row.offer_expires_at)?;
        let now = change.now;
        let hours = expert.hours_for(name(&change.row.urgency)?);
        if theirs && ends.is_some_and(|ends| covers_offer(away, hours, now, ends)) {
            routing::move_on(&mut change, MoveReason::Absence)?;
            change.save()?;
        }
    }
    let who = (actor, actor.person);
    panel_time::make_room(conn, core, who, request_id, |change, seat| {
        let hours = expert.hours_for(name(&change.row.urgency)?);
        let by = optional_instant(seat.answer_by)?;
        let covered = by.is_some_and(|by| covers_offer(away, hours, change.now, by));
        Ok(covered.then_some(SeatLost::Absence))
    })
}

/// Takes an absence of the actor away.
///
/// # Errors
/// [`ServiceError::NotFound`] when there is none of that identifier, or it is somebody else's.
pub async fn remove(
    ex: &Exchange,
    actor: &Actor,
    absence: Uuid,
    request_id: &str,
) -> Result<(), ServiceError> {
    let (person, act) = (actor.person, "remove_absence");
    let entry = audit::entry(&ex.core, person, Standing::Oneself, act, None, request_id);
    let gone = ex
        .store
        .write(move |conn| {
            let gone = people::delete_absence(conn, person, absence)?;
            if gone {
                insert_audit(conn, &entry)?;
            }
            Ok::<_, ServiceError>(gone)
        })
        .await?;
    if gone {
        Ok(())
    } else {
        Err(ServiceError::NotFound)
    }
}
