//! Fresh proof that the person who signs is there: their password again, for one payload on one case, good once and for minutes.
//!
//! A session says that somebody logged in within the last fourteen days. A signature may be read in court: it needs to be known
//! that its signer was there and saw what they signed. It makes the signature an advanced one at the most, never a qualified one.

use std::net::IpAddr;

use chrono::{DateTime, Duration, Utc};
use serde::Serialize;
use uuid::Uuid;

use super::access::relations_to;
use super::change::Change;
use super::commands::Given;
use super::error::ServiceError;
use super::sessions::{self, Session};
use super::{Exchange, audit};
use crate::domain::ids::CaseId;
use crate::domain::permissions::{Relation, View, view};
use crate::domain::problems::{FieldProblem, FieldRule};
use crate::domain::text_enum::TextEnum;
use crate::domain::traces::Outcome;
use crate::domain::transitions::{Command, Refusal, transition};
use crate::identity::refresh;
use crate::store::presence::{self, ProofRow};
use crate::store::traces::{AuditRow, insert_audit};
use crate::store::{self, instant, micros};

/// How long a proof serves.
pub const LIFETIME: Duration = Duration::minutes(5);

/// What somebody is about to sign.
#[derive(Debug, Clone)]
pub struct Payload {
    /// On which case.
    pub case: CaseId,
    /// With which command.
    pub command: Command,
    /// SHA-256 of what the person was shown, lower-case hexadecimal; the door says over which bytes.
    pub sha256: String,
}

/// A proof, to be shown with the command.
#[derive(Debug, Serialize)]
pub struct Proof {
    /// The proof itself; only its hash is kept.
    pub proof: String,
    /// The instant from which it serves no more.
    pub expires_at: DateTime<Utc>,
}

/// What is shown with a command.
#[derive(Debug, Clone, Default)]
pub enum Presence {
    /// Nothing: enough for every command that signs nothing.
    #[default]
    NotShown,
    /// A proof, by a session, of that payload.
    Shown {
        /// What [`prove`] gave.
        proof: String,
        /// The session's family.
        session: Uuid,
        /// SHA-256 of what came with the proof.
        sha256: String,
    },
    /// The past of the demonstration: its people are made up, and nobody can be there. No door makes this.
    Invented,
}

/// Proves with their password that a person is there and is about to sign that payload.
///
/// # Errors
/// [`ServiceError::NotFound`] and [`ServiceError::Refused`] for who may not give the command, [`ServiceError::Invalid`] for a
/// wrong password and for a payload that cannot be signed, [`ServiceError::Throttled`] after too many tries.
pub async fn prove(
    ex: &Exchange,
    session: &Session,
    password: String,
    payload: Payload,
    address: Option<IpAddr>,
    request_id: &str,
) -> Result<Proof, ServiceError> {
    let problems = problems(&payload);
    if !problems.is_empty() {
        return Err(ServiceError::Invalid(problems));
    }
    let (login, relation) = allowed(ex, session, &payload).await?;
    let there = match sessions::person_by_password(ex, &login, password, address, None).await {
        Ok(there) => Some(there),
        Err(ServiceError::InvalidCredentials) => None,
        Err(error) => return Err(error),
    };
    let now = ex.core.clock.now();
    let outcome = if there.is_some() {
        Outcome::Done
    } else {
        Outcome::Refused
    };
    let entry = entry(ex, session, &payload, relation, outcome, request_id);
    let Some((person, subjects)) = there else {
        ex.store
            .write(move |conn| insert_audit(conn, &entry).map_err(ServiceError::from))
            .await?;
        return Err(ServiceError::field("/password", FieldRule::WrongPassword));
    };
    let token = refresh::new_token();
    let expires_at = now + LIFETIME;
    let row = ProofRow {
        id: ex.core.ids.next().to_string(),
        proof_hash: token.hash,
        person_id: person.id.to_string(),
        family_id: session.family.to_string(),
        case_id: payload.case.to_string(),
        command: payload.command.as_str().to_owned(),
        payload_sha256: payload.sha256,
        expires_at: micros(expires_at),
        used_at: None,
    };
    ex.store
        .write(move |conn| {
            subjects.forget(conn, now)?;
            presence::forget_expired(conn, micros(now - Duration::days(1)))?;
            presence::insert(conn, &row)?;
            insert_audit(conn, &entry).map_err(ServiceError::from)
        })
        .await?;
    Ok(Proof {
        proof: token.secret,
        expires_at,
    })
}

fn problems(payload: &Payload) -> Vec<FieldProblem> {
    let mut problems = Vec::new();
    if !payload.command.signs() {
        problems.push(FieldProblem::new("/command", FieldRule::UnknownCode));
    }
    let digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    if payload.sha256.len() != 64 || !payload.sha256.bytes().all(digit) {
        let expected = "a SHA-256 in lower-case hexadecimal".to_owned();
        problems.push(FieldProblem::new(
            "/payload_sha256",
            FieldRule::Malformed { expected },
        ));
    }
    problems
}

/// The login of the person, and as what they may give the command.
async fn allowed(
    ex: &Exchange,
    session: &Session,
    payload: &Payload,
) -> Result<(String, Relation), ServiceError> {
    let (actor, case, command) = (session.actor.clone(), payload.case, payload.command);
    ex.store
        .read(move |conn| {
            let row = store::cases::find(conn, case)?.ok_or(ServiceError::NotFound)?;
            let relations = relations_to(conn, &actor, &row)?;
            if !matches!(view(&relations), Some(View::Full | View::Queue)) {
                return Err(ServiceError::NotFound);
            }
            let mut who = transition(command).who.iter().copied();
            let relation = who
                .find(|who| relations.contains(who))
                .ok_or(Refusal::NotYours)?;
            let person = store::people::find(conn, actor.person)?.ok_or(ServiceError::NotFound)?;
            Ok((person.login, relation))
        })
        .await
}

fn entry(
    ex: &Exchange,
    session: &Session,
    payload: &Payload,
    relation: Relation,
    outcome: Outcome,
    request_id: &str,
) -> AuditRow {
    let (person, case) = (session.actor.person, Some(payload.case));
    AuditRow {
        outcome: outcome.as_str().to_owned(),
        ..audit::entry(
            &ex.core,
            person,
            relation,
            "prove_presence",
            case,
            request_id,
        )
    }
}

/// Spends the proof that came with a signing command, in the transaction that signs: it serves again if nothing is signed.
pub(super) fn spend(change: &mut Change<'_>, given: &Given<'_>) -> Result<(), ServiceError> {
    let missing = |why| ServiceError::PresenceRequired {
        case: change.id,
        why,
    };
    let (proof, session, sha256) = match given.presence {
        Presence::Invented => return Ok(()),
        Presence::NotShown => return Err(missing("no proof came with the command")),
        Presence::Shown {
            proof,
            session,
            sha256,
        } => (proof, session, sha256),
    };
    let row = presence::find(change.conn, &refresh::hash(proof))?
        .filter(|row| {
            row.person_id == given.actor.person.to_string()
                && row.family_id == session.to_string()
                && row.case_id == change.row.id
        })
        .ok_or_else(|| missing("the proof is none of this session for this case"))?;
    if row.command != given.command.as_str() || row.payload_sha256 != *sha256 {
        return Err(missing("the proof was given for something else"));
    }
    if instant(row.expires_at)? <= change.now {
        return Err(missing("the proof has run out"));
    }
    if presence::spend(change.conn, &row.id, micros(change.now))? {
        Ok(())
    } else {
        Err(missing("the proof was used already"))
    }
}
