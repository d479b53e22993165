//! An expert's absences: nobody who is away is offered a case, and what waits for them goes on to somebody else.

use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Exchange;
use super::error::ServiceError;
use super::idempotency::{self, Idempotency, Made};
use super::people::AbsenceDocument;
use crate::domain::people::{Actor, Role};
use crate::domain::problems::FieldRule;
use crate::store::people::{self, Absence};

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
            let document = AbsenceDocument::from(&absence);
            Ok(Made {
                document,
                replayed: false,
            })
        })
        .await
}

/// Takes an absence of the actor away.
///
/// # Errors
/// [`ServiceError::NotFound`] when there is none of that identifier, or it is somebody else's.
pub async fn remove(ex: &Exchange, actor: &Actor, absence: Uuid) -> Result<(), ServiceError> {
    let person = actor.person;
    let gone = ex
        .store
        .write(move |conn| {
            people::delete_absence(conn, person, absence).map_err(ServiceError::from)
        })
        .await?;
    if gone {
        Ok(())
    } else {
        Err(ServiceError::NotFound)
    }
}
