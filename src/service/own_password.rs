//! A person's own password: nobody else knows it, not even who made it for them, because it signs.

use std::net::IpAddr;

use super::error::ServiceError;
use super::sessions::{Session, Subjects, person_by_password};
use super::{Exchange, account_links, audit};
use crate::domain::problems::{FieldProblem, FieldRule};
use crate::domain::traces::Standing;
use crate::identity::password::{self, PasswordProblem};
use crate::store::traces::insert_audit;
use crate::store::{micros, people, sessions};

/// What the audit calls it.
pub const CHANGE_PASSWORD: &str = "change_password";

/// Gives who is logged in the password they want. Their other sessions end; this one goes on.
///
/// # Errors
/// [`ServiceError::Invalid`] for a wrong password and for one that is refused, [`ServiceError::Throttled`] after too many tries.
pub async fn change(
    ex: &Exchange,
    session: &Session,
    current: String,
    wanted: String,
    address: Option<IpAddr>,
    request_id: &str,
) -> Result<(), ServiceError> {
    let person = session.actor.person;
    let found = ex
        .store
        .read(move |conn| people::find(conn, person))
        .await?;
    let login = found.ok_or(ServiceError::NotFound)?.login;
    let problems = problems(&login, &current, &wanted);
    if !problems.is_empty() {
        return Err(ServiceError::Invalid(problems));
    }
    let (known, subjects) = theirs(ex, session, &login, current, address, request_id).await?;
    let hashed = ex.passwords.hash(wanted).await;
    let hash = hashed.map_err(|error| ServiceError::Internal(error.to_string()))?;
    let now = ex.core.clock.now();
    let entry = audit::entry(
        &ex.core,
        person,
        Standing::Oneself,
        CHANGE_PASSWORD,
        None,
        request_id,
    );
    let (core, family) = (ex.core.clone(), session.family.to_string());
    ex.store
        .write(move |conn| {
            subjects.forget(conn, now)?;
            // Whoever was kept out, or got another password, while this one was hashed stays so.
            if !people::replace_password(conn, person, (&known, &hash))? {
                return Err(ServiceError::SessionEnded);
            }
            people::next_version(conn, person)?;
            sessions::revoke_person(conn, person, Some(&family), micros(now))?;
            account_links::tell_changed(conn, &core, person)?;
            insert_audit(conn, &entry).map_err(ServiceError::from)
        })
        .await
}

/// What can be seen without knowing the password.
fn problems(login: &str, current: &str, wanted: &str) -> Vec<FieldProblem> {
    let mut problems = Vec::new();
    if current.is_empty() {
        problems.push(FieldProblem::new("/current_password", FieldRule::Required));
    }
    if let Some(problem) = refused(login, wanted) {
        problems.push(problem);
    } else if wanted == current {
        problems.push(FieldProblem::new("/new_password", FieldRule::Duplicate));
    }
    problems
}

/// Why a password is refused, whoever chooses it.
pub(super) fn refused(login: &str, wanted: &str) -> Option<FieldProblem> {
    let rule = match password::check(login, wanted) {
        Ok(()) => None,
        Err(_) if wanted.is_empty() => Some(FieldRule::Required),
        Err(PasswordProblem::TooShort) => Some(FieldRule::TooFew {
            min: password::SHORTEST,
        }),
        Err(PasswordProblem::TooLong) => Some(FieldRule::TooLong {
            max: password::LONGEST,
        }),
        Err(PasswordProblem::Guessable) => Some(FieldRule::Guessable),
    };
    rule.map(|rule| FieldProblem::new("/new_password", rule))
}

/// The hash of the present password and whose failures are forgotten, when it is right; a wrong one is told beside its field, counted and on record.
async fn theirs(
    ex: &Exchange,
    session: &Session,
    login: &str,
    current: String,
    address: Option<IpAddr>,
    request_id: &str,
) -> Result<(String, Subjects), ServiceError> {
    match person_by_password(ex, login, current, address, None).await {
        Ok((known, subjects)) => Ok((known.password_hash.unwrap_or_default(), subjects)),
        Err(ServiceError::InvalidCredentials) => {
            let (person, act) = (session.actor.person, CHANGE_PASSWORD);
            let entry = audit::denial(&ex.core, person, Standing::Oneself, act, None, request_id);
            ex.store
                .write(move |conn| insert_audit(conn, &entry).map_err(ServiceError::from))
                .await?;
            Err(ServiceError::field(
                "/current_password",
                FieldRule::WrongPassword,
            ))
        }
        Err(error) => Err(error),
    }
}
