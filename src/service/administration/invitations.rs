//! Inviting people: somebody without a password chooses one by a link in a mail, which only they get.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::people::{PersonDocument, document, homes};
use super::person_change::{about, within};
use super::{By, administered};
use crate::domain::account_links::Purpose;
use crate::domain::administration::Act;
use crate::domain::ids::PersonId;
use crate::service::Exchange;
use crate::service::account_links::send;
use crate::service::error::ServiceError;
use crate::store::{Conn, account_links, micros};

/// An invitation that can still be followed.
#[derive(Debug, Clone, Serialize)]
pub struct InvitationDocument {
    /// When it was written.
    pub sent_at: DateTime<Utc>,
    /// Until when its link is good.
    pub expires_at: DateTime<Utc>,
}

/// The invitation of a person that is open.
pub(super) fn open(
    conn: &mut Conn,
    person: PersonId,
    now: DateTime<Utc>,
) -> Result<Option<InvitationDocument>, ServiceError> {
    let since = micros(now - Purpose::Invitation.lives());
    let links = account_links::since(conn, person, Purpose::Invitation, since)?;
    let open = links.iter().find(|link| link.is_open(now));
    Ok(open.map(|link| InvitationDocument {
        sent_at: link.created_at,
        expires_at: link.expires_at,
    }))
}

/// Has somebody without a password choose one, by a link in a mail; an earlier link is good no more.
///
/// # Errors
/// [`ServiceError::Forbidden`], [`ServiceError::NotFound`]; [`ServiceError::Conflict`] for somebody who has a password.
pub async fn invite(
    ex: &Exchange,
    by: &By,
    wanted: PersonId,
) -> Result<PersonDocument, ServiceError> {
    let realm = administered(&by.actor)?;
    let (core, by) = (ex.core.clone(), by.clone());
    let person = ex
        .store
        .write(move |conn| {
            let kept = document(conn, &core, &realm, wanted)?;
            let roles = kept.roles.iter().map(|role| (*role).into());
            within(&realm, roles, &homes(conn)?)?;
            if kept.has_password {
                return Err(ServiceError::Conflict(
                    "who has a password is not invited: they ask for another one themselves",
                ));
            }
            let now = micros(core.clock.now());
            account_links::withdraw(conn, wanted, &[Purpose::Invitation], now)?;
            send(conn, &core, wanted, Purpose::Invitation)?;
            by.note(conn, &core, Act::InvitePerson, about(wanted), None)?;
            document(conn, &core, &realm, wanted)
        })
        .await?;
    ex.wake.notify_waiters();
    Ok(person)
}

/// Withdraws the invitation of a person.
///
/// # Errors
/// [`ServiceError::Forbidden`], [`ServiceError::NotFound`], also when no invitation is open.
pub async fn withdraw(ex: &Exchange, by: &By, wanted: PersonId) -> Result<(), ServiceError> {
    let realm = administered(&by.actor)?;
    let (core, by) = (ex.core.clone(), by.clone());
    ex.store
        .write(move |conn| {
            let kept = document(conn, &core, &realm, wanted)?;
            let roles = kept.roles.iter().map(|role| (*role).into());
            within(&realm, roles, &homes(conn)?)?;
            let now = micros(core.clock.now());
            if account_links::withdraw(conn, wanted, &[Purpose::Invitation], now)? == 0 {
                return Err(ServiceError::NotFound);
            }
            by.note(conn, &core, Act::WithdrawInvitation, about(wanted), None)
        })
        .await
}
