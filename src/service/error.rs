//! Why a use case did not do what was asked.

use crate::domain::ids::CaseId;
use crate::domain::problems::FieldProblem;
use crate::domain::transitions::Refusal;
use crate::store::{Failure, StoreError};

/// Why a use case did not do what was asked. Each has one problem type of the API.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// There is no such thing, or the asker may not know that there is.
    #[error("not found")]
    NotFound,
    /// The asker may see it but not do this.
    #[error("not allowed: {0}")]
    Forbidden(&'static str),
    /// The command signs, and nothing that came with it proves that its signer is there.
    #[error("presence must be proved: {why}")]
    PresenceRequired {
        /// The case.
        case: CaseId,
        /// What is wrong with what was shown, in words.
        why: &'static str,
    },
    /// Nobody is logged in.
    #[error("nobody is logged in")]
    Unauthenticated,
    /// The session has ended.
    #[error("the session has ended")]
    SessionEnded,
    /// Login or password is wrong, which of the two is not said.
    #[error("login or password is wrong")]
    InvalidCredentials,
    /// Too many tries.
    #[error("too many tries; again in {retry_after_seconds} s")]
    Throttled {
        /// Seconds until the next try is looked at.
        retry_after_seconds: u64,
    },
    /// Somebody changed it in the meantime.
    #[error("changed in the meantime: it is at version {current}")]
    Stale {
        /// The version it is at now.
        current: i64,
    },
    /// The case's life does not allow it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Something else stands against it.
    #[error("{0}")]
    Conflict(&'static str),
    /// Cases of a proposal have changed since it was made, or its experts have; nothing was moved.
    #[error("{} cases stand in the way of the proposal", .0.len())]
    ProposalOutdated(Vec<super::proposals::Outdated>),
    /// Bad fields, all of them.
    #[error("{} fields are not right", .0.len())]
    Invalid(Vec<FieldProblem>),
    /// The key was used for another request.
    #[error("the idempotency key was used for another request")]
    IdempotencyMismatch,
    /// The cursor is none of ours.
    #[error("the cursor is not one this exchange gave")]
    BadCursor,
    /// A slide cannot be read from its source now.
    #[error("the slide cannot be read: {detail}")]
    SlideUnavailable {
        /// Stable code of the failure.
        failure: String,
        /// In words.
        detail: String,
        /// When to try again, if that is known.
        retry_after_seconds: Option<u64>,
    },
    /// The signer's key cannot be used now; nothing was signed.
    #[error("the signing key cannot be used: {cause}")]
    SigningUnavailable {
        /// Stable code of what stands against it.
        reason: &'static str,
        /// Whether it may be over without anybody doing anything.
        passes: bool,
        /// In words: for the operator, never for the asker.
        cause: String,
    },
    /// A token has to sign first. Never leaves the service.
    #[error("a token has to sign first")]
    AwaitsToken(Box<super::token_signing::Awaited>),
    /// More is asked than can be done now.
    #[error("overloaded")]
    Overloaded,
    /// The database cannot do it now; the cause goes to the log, never to the asker.
    #[error("unavailable: {0}")]
    Unavailable(String),
    /// The disk of the database is full: nothing can be recorded.
    #[error("the disk of the database is full")]
    StorageFull,
    /// Lost a race as often as it was tried.
    #[error("lost a race too often")]
    Contended,
    /// A failure of ours; the cause goes to the log, never to the asker.
    #[error("internal: {0}")]
    Internal(String),
}

impl ServiceError {
    /// The key of the sentence that tells a signer why their key cannot be used.
    pub fn signing_sentence(reason: &str, passes: bool) -> &'static str {
        match reason {
            "certificate_expired" | "certificate_not_yet_valid" | "authority_withdrawn" => {
                "error-certificate"
            }
            "clock_behind" => "error-clock",
            _ if passes => "error-token-passing",
            _ => "error-token",
        }
    }

    /// One bad field.
    pub fn field(pointer: impl Into<String>, rule: crate::domain::problems::FieldRule) -> Self {
        Self::Invalid(vec![FieldProblem::new(pointer, rule)])
    }
}

impl From<StoreError> for ServiceError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Overloaded => Self::Overloaded,
            StoreError::Contended => Self::Contended,
            StoreError::Duplicate => Self::Conflict("it is there already"),
            StoreError::MissingReference => {
                Self::Conflict("it refers to something that is not there")
            }
            StoreError::Full => Self::StorageFull,
            StoreError::Unavailable(_) | StoreError::BrokenOff(_) => {
                Self::Unavailable(error.to_string())
            }
            StoreError::Ended(_) | StoreError::Corrupt(_) | StoreError::Database(_) => {
                Self::Internal(error.to_string())
            }
        }
    }
}

impl Failure for ServiceError {
    fn lost_a_race(&self) -> bool {
        matches!(self, Self::Contended)
    }

    fn found_no_room(&self) -> bool {
        matches!(self, Self::StorageFull)
    }
}

impl From<crate::domain::territories::ReferenceError> for ServiceError {
    fn from(error: crate::domain::territories::ReferenceError) -> Self {
        Self::Internal(error.to_string())
    }
}

impl From<crate::sealing::SealingError> for ServiceError {
    fn from(error: crate::sealing::SealingError) -> Self {
        Self::Internal(error.to_string())
    }
}
