//! Logging in and out with a local account.

use std::net::IpAddr;

use chrono::{DateTime, Duration, Utc};
use serde::Serialize;
use uuid::Uuid;

use super::Exchange;
use super::audit;
use super::error::ServiceError;
use crate::domain::ids::PersonId;
use crate::domain::people::Actor;
use crate::domain::traces::Standing;
use crate::identity::refresh::{self, Rotation, Shown};
use crate::identity::throttle;
use crate::identity::tokens::{LIFETIME, TokenError};
use crate::store::people::Person;
use crate::store::sessions::{self, RefreshTokenRow};
use crate::store::traces::{AuditRow, insert_audit};
use crate::store::{self, Conn, id, instant, micros, optional_instant};

/// What a login or a refresh gives.
#[derive(Debug, Serialize)]
pub struct Tokens {
    /// For the Authorization header.
    pub access_token: String,
    /// Always `Bearer`.
    pub token_type: &'static str,
    /// Seconds the access token lives.
    pub expires_in: i64,
    /// For the next refresh; good once.
    pub refresh_token: String,
    /// When the session ends unless it is refreshed.
    pub refresh_expires_at: DateTime<Utc>,
}

/// A session that proved itself.
#[derive(Debug, Clone)]
pub struct Session {
    /// Who.
    pub actor: Actor,
    /// The family of refresh tokens.
    pub family: Uuid,
}

/// Logs in. A wrong login and a wrong password are told apart neither by the answer nor by its time.
///
/// # Errors
/// [`ServiceError::InvalidCredentials`], [`ServiceError::Throttled`].
pub async fn login(
    ex: &Exchange,
    login: &str,
    password: String,
    address: Option<IpAddr>,
    request_id: &str,
) -> Result<Tokens, ServiceError> {
    let found = person_by_password(ex, login, password, address, Some(request_id)).await;
    let (person, subjects) = found?;
    open_session(ex, &person, subjects, request_id).await
}

/// The person of a login, if the password is theirs, and whose failures are to be forgotten then. Tries are counted, whatever the
/// password is asked for; a failed login goes on record under `request_id`, of a person who exists: who tries names at random
/// fills no record, and who asks for a password for something else keeps a record of its own.
///
/// # Errors
/// [`ServiceError::InvalidCredentials`], [`ServiceError::Throttled`].
pub(super) async fn person_by_password(
    ex: &Exchange,
    login: &str,
    password: String,
    address: Option<IpAddr>,
    request_id: Option<&str>,
) -> Result<(Person, Subjects), ServiceError> {
    let login = login.trim().to_lowercase();
    if login.chars().any(char::is_control) {
        // PostgreSQL refuses to look for a text with a zero byte.
        return Err(ServiceError::InvalidCredentials);
    }
    let now = ex.core.clock.now();
    let subjects = Subjects::of(ex, &login, address);
    let (person, wait) = {
        let (login, subjects) = (login.clone(), subjects.clone());
        ex.store
            .read(move |conn| {
                Ok::<_, ServiceError>((
                    store::people::find_by_login(conn, &login)?,
                    subjects.wait(conn, now)?,
                ))
            })
            .await?
    };
    if let Some(wait) = wait {
        return Err(ServiceError::Throttled {
            retry_after_seconds: u64::try_from(wait.num_seconds()).unwrap_or(0).max(1),
        });
    }
    let trace = person.as_ref().zip(request_id).map(|(person, request)| {
        audit::denial(
            &ex.core,
            person.id,
            Standing::Oneself,
            "login",
            None,
            request,
        )
    });
    let person = person.filter(|person| person.active);
    let hash = person
        .as_ref()
        .and_then(|person| person.password_hash.clone());
    let right = ex
        .passwords
        .verify(password, hash)
        .await
        .map_err(|error| ServiceError::Internal(error.to_string()))?;
    let Some(person) = person.filter(|_| right) else {
        subjects.note_failure(ex, now, trace).await?;
        return Err(ServiceError::InvalidCredentials);
    };
    Ok((person, subjects))
}

/// What failures are counted against, as keyed hashes: neither logins nor addresses are kept in clear.
#[derive(Clone)]
pub(super) struct Subjects {
    account: String,
    address: Option<String>,
}

impl Subjects {
    pub(super) fn of(ex: &Exchange, login: &str, address: Option<IpAddr>) -> Self {
        let hashed = |text: String| ex.core.sealing.keyed_hash(&text);
        Self {
            account: hashed(format!("account {login}")),
            address: address.map(|address| hashed(format!("address {address}"))),
        }
    }

    fn wait(&self, conn: &mut Conn, now: DateTime<Utc>) -> Result<Option<Duration>, ServiceError> {
        let since = micros(now - throttle::WINDOW);
        let mut failures = |subject: &str| -> Result<Vec<DateTime<Utc>>, ServiceError> {
            Ok(sessions::failures(conn, subject, since)?
                .into_iter()
                .map(instant)
                .collect::<Result<_, _>>()?)
        };
        let account = throttle::wait(&failures(&self.account)?, throttle::ACCOUNT_FREE, now);
        let address = match &self.address {
            Some(address) => throttle::wait(&failures(address)?, throttle::ADDRESS_FREE, now),
            None => None,
        };
        Ok(account.max(address))
    }

    /// Forgets the failures of the account, after a password that was right, and those of anybody a day ago.
    pub(super) fn forget(&self, conn: &mut Conn, now: DateTime<Utc>) -> Result<(), ServiceError> {
        let before = micros(now - Duration::days(1));
        Ok(sessions::forget_failures(
            conn,
            Some(&self.account),
            before,
        )?)
    }

    async fn note_failure(
        &self,
        ex: &Exchange,
        now: DateTime<Utc>,
        trace: Option<AuditRow>,
    ) -> Result<(), ServiceError> {
        let (subjects, core) = (self.clone(), ex.core.clone());
        ex.store
            .write(move |conn| {
                for subject in std::iter::once(&subjects.account).chain(subjects.address.as_ref()) {
                    sessions::insert_failure(
                        conn,
                        &core.ids.next().to_string(),
                        subject,
                        micros(now),
                    )?;
                }
                if let Some(trace) = &trace {
                    insert_audit(conn, trace)?;
                }
                Ok(())
            })
            .await
    }
}

async fn open_session(
    ex: &Exchange,
    person: &Person,
    subjects: Subjects,
    request_id: &str,
) -> Result<Tokens, ServiceError> {
    let (family, now) = (ex.core.ids.next(), ex.core.clock.now());
    let entry = audit::entry(
        &ex.core,
        person.id,
        Standing::Oneself,
        "login",
        None,
        request_id,
    );
    let (row, secret) = new_row(ex, person.id, family, now, now);
    let expires_at = instant(row.expires_at)?;
    ex.store
        .write(move |conn| {
            subjects.forget(conn, now)?;
            sessions::insert(conn, &row)?;
            insert_audit(conn, &entry).map_err(ServiceError::from)
        })
        .await?;
    tokens(ex, person.id, family, secret, expires_at, now)
}

fn new_row(
    ex: &Exchange,
    person: PersonId,
    family: Uuid,
    started: DateTime<Utc>,
    now: DateTime<Utc>,
) -> (RefreshTokenRow, String) {
    let token = refresh::new_token();
    let row = RefreshTokenRow {
        id: ex.core.ids.next().to_string(),
        family_id: family.to_string(),
        person_id: person.to_string(),
        token_hash: token.hash,
        issued_at: micros(now),
        expires_at: micros(refresh::expiry(started, now)),
        family_started_at: micros(started),
        used_at: None,
        successor_id: None,
        revoked_at: None,
    };
    (row, token.secret)
}

fn tokens(
    ex: &Exchange,
    person: PersonId,
    family: Uuid,
    refresh_token: String,
    refresh_expires_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<Tokens, ServiceError> {
    let access_token = ex
        .tokens
        .issue(person, family, ex.core.ids.next(), now)
        .map_err(|error| ServiceError::Internal(error.to_string()))?;
    Ok(Tokens {
        access_token,
        token_type: "Bearer",
        expires_in: LIFETIME.num_seconds(),
        refresh_token,
        refresh_expires_at,
    })
}

/// Changes a refresh token for a new pair.
///
/// # Errors
/// [`ServiceError::SessionEnded`]; a token that two have used ends the session everywhere.
pub async fn refresh(ex: &Exchange, token: &str, request_id: &str) -> Result<Tokens, ServiceError> {
    let (hash, now, exchange) = (refresh::hash(token), ex.core.clock.now(), ex.clone());
    let request_id = request_id.to_owned();
    let rotated = ex
        .store
        .write(move |conn| {
            let Some(row) = sessions::find_by_hash(conn, &hash)? else { return Ok(None) };
            let successor = row.successor_id.as_deref().map(|key| sessions::find(conn, key)).transpose()?.flatten();
            let shown = Shown {
                expires_at: instant(row.expires_at)?,
                used_at: optional_instant(row.used_at)?,
                successor_used: successor.as_ref().is_some_and(|next| next.used_at.is_some()),
                revoked: row.revoked_at.is_some(),
            };
            let person: PersonId = id(&row.person_id)?;
            if store::people::memberships(conn, person)?.is_empty() {
                return Ok(None);
            }
            match refresh::rotate(&shown, now) {
                Rotation::Refuse => Ok(None),
                Rotation::EndFamily => {
                    sessions::revoke_family(conn, &row.family_id, micros(now))?;
                    tracing::warn!(family = %row.family_id, "a refresh token was used twice; its session is ended");
                    let (core, act) = (&exchange.core, "reuse_refresh_token");
                    let entry = audit::denial(core, person, Standing::Oneself, act, None, &request_id);
                    insert_audit(conn, &entry)?;
                    Ok(None)
                }
                Rotation::Issue | Rotation::Replace => {
                    if let Some(lost) = successor {
                        sessions::revoke(conn, &lost.id, micros(now))?;
                    }
                    let family: Uuid = id(&row.family_id)?;
                    let (next, secret) = new_row(&exchange, person, family, instant(row.family_started_at)?, now);
                    if !sessions::mark_used(conn, &row.id, row.used_at, row.used_at.unwrap_or(micros(now)), &next.id)? {
                        return Err(ServiceError::Contended);
                    }
                    sessions::insert(conn, &next)?;
                    Ok(Some((person, family, secret, instant(next.expires_at)?)))
                }
            }
        })
        .await?;
    let (person, family, secret, expires_at) = rotated.ok_or(ServiceError::SessionEnded)?;
    tokens(ex, person, family, secret, expires_at, now)
}

/// Ends the session. Its access token dies by itself within minutes.
///
/// # Errors
/// Storage failures.
pub async fn logout(
    ex: &Exchange,
    session: &Session,
    request_id: &str,
) -> Result<(), ServiceError> {
    let (family, now) = (session.family.to_string(), micros(ex.core.clock.now()));
    let (person, act) = (session.actor.person, "logout");
    let entry = audit::entry(&ex.core, person, Standing::Oneself, act, None, request_id);
    ex.store
        .write(move |conn| {
            sessions::revoke_family(conn, &family, now)?;
            insert_audit(conn, &entry).map_err(ServiceError::from)
        })
        .await
}

/// What a form of a session carries, so that no other site can send one for it: a keyed hash of the session.
pub fn form_token(ex: &Exchange, session: &Session) -> String {
    ex.core
        .sealing
        .keyed_hash(&format!("form {}", session.family))
}

/// Who showed an access token of ours that has not run out; which roles they hold now is not read yet.
#[derive(Debug, Clone, Copy)]
pub struct Bearer {
    /// Who.
    pub person: PersonId,
    /// The family of refresh tokens.
    pub family: Uuid,
}

/// Whose access token this is. Asks no database.
///
/// # Errors
/// [`ServiceError::Unauthenticated`], [`ServiceError::SessionEnded`] for a token that has run out.
pub fn bearer(ex: &Exchange, access_token: &str) -> Result<Bearer, ServiceError> {
    let claims = ex
        .tokens
        .verify(access_token, ex.core.clock.now())
        .map_err(|error| match error {
            TokenError::Expired => ServiceError::SessionEnded,
            TokenError::Invalid => ServiceError::Unauthenticated,
        })?;
    Ok(Bearer {
        person: claims.sub,
        family: claims.sid,
    })
}

impl Bearer {
    /// The person with the roles they hold now, on a connection that a use case has anyway.
    pub(super) fn actor(self, conn: &mut Conn) -> Result<Actor, ServiceError> {
        let memberships = store::people::memberships(conn, self.person)?;
        if memberships.is_empty() {
            return Err(ServiceError::SessionEnded);
        }
        Ok(Actor {
            person: self.person,
            memberships,
        })
    }
}

/// The session of a bearer, with the roles the person holds now.
///
/// # Errors
/// [`ServiceError::SessionEnded`] for a person without any role.
pub async fn session(ex: &Exchange, bearer: Bearer) -> Result<Session, ServiceError> {
    let actor = ex.store.read(move |conn| bearer.actor(conn)).await?;
    Ok(Session {
        actor,
        family: bearer.family,
    })
}

/// Who an access token stands for, with the roles they hold now.
///
/// # Errors
/// [`ServiceError::Unauthenticated`], [`ServiceError::SessionEnded`] for a token that has run out or a person without any role.
pub async fn authenticate(ex: &Exchange, access_token: &str) -> Result<Session, ServiceError> {
    session(ex, bearer(ex, access_token)?).await
}
