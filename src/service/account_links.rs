//! Choosing a password by a link in a mail: of an invitation, or after the old one was forgotten. Whoever holds the link and nobody
//! else: its token stands in the mail alone, made from the link's identifier by a key of the exchange when the mail is written.

use std::net::IpAddr;

use chrono::{DateTime, Utc};

use super::digest::enqueue;
use super::error::ServiceError;
use super::jobs::Job;
use super::sessions::Subjects;
use super::{Core, Exchange, audit, own_password};
use crate::domain::account_links::{AccountLink, LATELY, Purpose, RECOVERIES};
use crate::domain::ids::{AccountLinkId, PersonId};
use crate::domain::notifications::{Notification, NotificationKind};
use crate::domain::text_enum::TextEnum;
use crate::domain::traces::Standing;
use crate::identity::{refresh, throttle};
use crate::store::outbox::Topic;
use crate::store::people::Person;
use crate::store::traces::insert_audit;
use crate::store::{Conn, account_links, instant, micros, people, sessions, to_json};

/// What somebody who shows a link is told.
#[derive(Debug, Clone)]
pub struct Shown {
    /// What the link is for.
    pub purpose: Purpose,
    /// Whose it is: what they log in with.
    pub login: String,
}

/// The token of a link: what its mail says.
pub(super) fn token(core: &Core, link: AccountLinkId) -> String {
    core.sealing.keyed_hash(&format!("account link {link}"))
}

/// The token of a link that is still good, for its mail; none where the mail need not be sent any more.
pub(super) fn to_be_sent(
    conn: &mut Conn,
    core: &Core,
    link: AccountLinkId,
) -> Result<Option<String>, ServiceError> {
    let found = account_links::find(conn, link)?;
    let open = found.is_some_and(|link| link.is_open(core.clock.now()));
    Ok(open.then(|| token(core, link)))
}

/// A mail of the exchange about an account.
fn mail(kind: NotificationKind, to: PersonId, link: Option<&AccountLink>) -> Notification {
    Notification {
        kind,
        to,
        case: None,
        reference: None,
        urgency: None,
        at: link.map(|link| link.expires_at),
        digest: None,
        summary: Vec::new(),
        link: link.map(|link| link.id),
    }
}

/// Makes a link and has it sent to its person.
pub(super) fn send(
    conn: &mut Conn,
    core: &Core,
    person: PersonId,
    purpose: Purpose,
) -> Result<AccountLink, ServiceError> {
    let now = core.clock.now();
    let link = AccountLink {
        id: AccountLinkId::new(core.ids.as_ref()),
        person,
        purpose,
        created_at: now,
        expires_at: now + purpose.lives(),
        spent: false,
    };
    account_links::insert(conn, &link, &refresh::hash(&token(core, link.id)))?;
    let kind = match purpose {
        Purpose::Invitation => NotificationKind::Invitation,
        Purpose::Recovery => NotificationKind::Recovery,
    };
    let mail = to_json(&mail(kind, person, Some(&link)))?;
    enqueue(conn, core, Topic::Mail, mail, now)?;
    Ok(link)
}

/// Tells a person that their password was changed.
pub(super) fn tell_changed(
    conn: &mut Conn,
    core: &Core,
    person: PersonId,
) -> Result<(), ServiceError> {
    let mail = to_json(&mail(NotificationKind::PasswordChanged, person, None))?;
    enqueue(conn, core, Topic::Mail, mail, core.clock.now())
}

/// Withdraws every link of a person, because they are kept out or get their mails elsewhere now.
pub(super) fn withdraw_all(
    conn: &mut Conn,
    person: PersonId,
    now: DateTime<Utc>,
) -> Result<(), ServiceError> {
    account_links::withdraw(conn, person, Purpose::ALL, micros(now))?;
    Ok(())
}

/// Somebody has forgotten the password of that login. The answer, and what is done before it, are the same whether or not there is
/// such an account: a job finds out.
///
/// # Errors
/// [`ServiceError::Throttled`] after too many from one address.
pub async fn ask_recovery(
    ex: &Exchange,
    login: &str,
    address: Option<IpAddr>,
    request_id: &str,
) -> Result<(), ServiceError> {
    let login = login.trim().to_lowercase();
    let (core, request_id) = (ex.core.clone(), request_id.to_owned());
    let subject = address.map(|address| {
        core.sealing
            .keyed_hash(&format!("recovery address {address}"))
    });
    ex.store
        .write(move |conn| {
            let now = core.clock.now();
            if let Some(subject) = &subject {
                let before = sessions::failures(conn, subject, micros(now - throttle::WINDOW))?;
                let before: Vec<DateTime<Utc>> =
                    before.into_iter().map(instant).collect::<Result<_, _>>()?;
                if let Some(wait) = throttle::wait(&before, throttle::ADDRESS_FREE, now) {
                    let seconds = u64::try_from(wait.num_seconds()).unwrap_or(0).max(1);
                    return Err(ServiceError::Throttled {
                        retry_after_seconds: seconds,
                    });
                }
                let key = core.ids.next().to_string();
                sessions::insert_failure(conn, &key, subject, micros(now))?;
            }
            let known = if login.chars().any(char::is_control) {
                None
            } else {
                people::find_by_login(conn, &login)?
            };
            let job = Job::Recover {
                person: known.map(|person| person.id),
                request_id: request_id.clone(),
            };
            enqueue(conn, &core, Topic::Job, to_json(&job)?, now)
        })
        .await?;
    ex.wake.notify_waiters();
    Ok(())
}

/// Sends a link to somebody who has forgotten their password: who may log in, has one, and has not asked too often.
pub(super) async fn recover(
    ex: &Exchange,
    person: Option<PersonId>,
    request_id: &str,
) -> Result<(), ServiceError> {
    let Some(person) = person else {
        return Ok(());
    };
    let act = "ask_recovery";
    let entry = audit::entry(&ex.core, person, Standing::Oneself, act, None, request_id);
    let core = ex.core.clone();
    ex.store
        .write(move |conn| {
            let found = people::find(conn, person)?.filter(may_recover);
            let lately = micros(core.clock.now() - LATELY);
            let asked = account_links::since(conn, person, Purpose::Recovery, lately)?;
            if found.is_none() || asked.len() >= RECOVERIES {
                return Ok(());
            }
            send(conn, &core, person, Purpose::Recovery)?;
            insert_audit(conn, &entry).map_err(ServiceError::from)
        })
        .await?;
    ex.wake.notify_waiters();
    Ok(())
}

fn may_recover(person: &Person) -> bool {
    person.active && person.password_hash.is_some()
}

/// The open link of a token and its person.
fn opened(
    conn: &mut Conn,
    token_hash: &str,
    now: DateTime<Utc>,
) -> Result<(AccountLink, Person), ServiceError> {
    let link = account_links::find_by_hash(conn, token_hash)?.filter(|link| link.is_open(now));
    let link = link.ok_or(ServiceError::NotFound)?;
    let person = people::find(conn, link.person)?.ok_or(ServiceError::NotFound)?;
    let good = match link.purpose {
        Purpose::Invitation => person.password_hash.is_none(),
        Purpose::Recovery => may_recover(&person),
    };
    if good {
        Ok((link, person))
    } else {
        Err(ServiceError::NotFound)
    }
}

/// What a link is for, to somebody who shows its token.
///
/// # Errors
/// [`ServiceError::NotFound`] for a link that was used, was withdrawn, has run out or never was.
pub async fn show(ex: &Exchange, token: &str) -> Result<Shown, ServiceError> {
    let (hash, now) = (refresh::hash(token), ex.core.clock.now());
    ex.store
        .read(move |conn| {
            let (link, person) = opened(conn, &hash, now)?;
            Ok(Shown {
                purpose: link.purpose,
                login: person.login,
            })
        })
        .await
}

/// Gives the person of a link the password they want, and lets them in. The link is spent, with every other one of theirs; their
/// sessions end.
///
/// # Errors
/// [`ServiceError::NotFound`] as for [`show`], [`ServiceError::Invalid`] for a password that is refused.
pub async fn choose_password(
    ex: &Exchange,
    token: &str,
    wanted: String,
    request_id: &str,
) -> Result<(), ServiceError> {
    let login = show(ex, token).await?.login;
    if let Some(problem) = own_password::refused(&login, &wanted) {
        return Err(ServiceError::Invalid(vec![problem]));
    }
    let hashed = ex.passwords.hash(wanted).await;
    let password = hashed.map_err(|error| ServiceError::Internal(error.to_string()))?;
    let (core, hash) = (ex.core.clone(), refresh::hash(token));
    let subjects = Subjects::of(ex, &login, None);
    let request_id = request_id.to_owned();
    ex.store
        .write(move |conn| {
            let now = core.clock.now();
            let (link, person) = opened(conn, &hash, now)?;
            if !account_links::spend(conn, link.id, micros(now))? {
                return Err(ServiceError::NotFound);
            }
            withdraw_all(conn, person.id, now)?;
            people::set_password(conn, person.id, Some(&password))?;
            people::next_version(conn, person.id)?;
            sessions::revoke_person(conn, person.id, None, micros(now))?;
            subjects.forget(conn, now)?;
            if link.purpose == Purpose::Recovery {
                tell_changed(conn, &core, person.id)?;
            }
            let act = "choose_password";
            let entry = audit::entry(&core, person.id, Standing::Oneself, act, None, &request_id);
            insert_audit(conn, &entry).map_err(ServiceError::from)
        })
        .await?;
    ex.wake.notify_waiters();
    Ok(())
}
