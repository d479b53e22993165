//! Why a page is not shown, and how that is said.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError};

use crate::domain::transitions::Refusal;
use crate::service::ServiceError;

/// Why a page is not shown. `respond::finish` turns it into a page in the visitor's language.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// Nobody is logged in, or the session has ended.
    #[error("nobody is logged in")]
    LoggedOut,
    /// The form does not come from a page of this session.
    #[error("the form is not from a page of this session")]
    Forged,
    /// More was sent than is read.
    #[error("more was sent than is read")]
    TooLarge,
    /// The use case did not do it.
    #[error(transparent)]
    Service(#[from] ServiceError),
    /// The page could not be made.
    #[error("template: {0}")]
    Template(#[from] askama::Error),
}

impl Failure {
    /// The key of the sentence that says it.
    pub(super) fn key(&self) -> &'static str {
        match self {
            Self::LoggedOut => "login-ended",
            Self::Forged => "error-forged",
            Self::TooLarge => "error-too-large",
            Self::Template(_) => "error-internal",
            Self::Service(error) => match error {
                ServiceError::NotFound => "error-not-found",
                ServiceError::Forbidden(_) | ServiceError::PresenceRequired { .. } => {
                    "error-forbidden"
                }
                ServiceError::Unauthenticated
                | ServiceError::SessionEnded
                | ServiceError::InvalidCredentials => "login-ended",
                ServiceError::Throttled { .. } => "login-throttled",
                ServiceError::Stale { .. } => "error-stale",
                ServiceError::Refused(Refusal::NotYours) => "error-forbidden",
                ServiceError::Refused(_) => "error-refused",
                ServiceError::Conflict(_)
                | ServiceError::ProposalOutdated(_)
                | ServiceError::Invalid(_) => "error-conflict",
                ServiceError::IdempotencyMismatch => "error-reused",
                ServiceError::BadCursor => "error-cursor",
                ServiceError::SlideUnavailable { .. } => "error-slide",
                ServiceError::Overloaded
                | ServiceError::Contended
                | ServiceError::Unavailable(_) => "error-overloaded",
                ServiceError::StorageFull => "error-storage-full",
                ServiceError::SigningUnavailable { reason, passes, .. } => {
                    ServiceError::signing_sentence(reason, *passes)
                }
                ServiceError::Internal(_) | ServiceError::AwaitsToken(_) => "error-internal",
            },
        }
    }
}

impl ResponseError for Failure {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::LoggedOut => StatusCode::UNAUTHORIZED,
            Self::Forged => StatusCode::FORBIDDEN,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Template(_) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Service(error) => match error {
                ServiceError::NotFound => StatusCode::NOT_FOUND,
                ServiceError::Forbidden(_)
                | ServiceError::PresenceRequired { .. }
                | ServiceError::Refused(Refusal::NotYours) => StatusCode::FORBIDDEN,
                ServiceError::Unauthenticated
                | ServiceError::SessionEnded
                | ServiceError::InvalidCredentials => StatusCode::UNAUTHORIZED,
                ServiceError::Throttled { .. } => StatusCode::TOO_MANY_REQUESTS,
                ServiceError::Stale { .. }
                | ServiceError::Refused(_)
                | ServiceError::ProposalOutdated(_)
                | ServiceError::Conflict(_) => StatusCode::CONFLICT,
                ServiceError::Invalid(_) | ServiceError::IdempotencyMismatch => {
                    StatusCode::UNPROCESSABLE_ENTITY
                }
                ServiceError::BadCursor => StatusCode::BAD_REQUEST,
                ServiceError::SlideUnavailable { .. } => StatusCode::BAD_GATEWAY,
                ServiceError::Overloaded
                | ServiceError::Contended
                | ServiceError::Unavailable(_)
                | ServiceError::SigningUnavailable { .. } => StatusCode::SERVICE_UNAVAILABLE,
                ServiceError::StorageFull => StatusCode::INSUFFICIENT_STORAGE,
                ServiceError::Internal(_) | ServiceError::AwaitsToken(_) => {
                    StatusCode::INTERNAL_SERVER_ERROR
                }
            },
        }
    }

    fn error_response(&self) -> HttpResponse {
        HttpResponse::new(self.status_code())
    }
}
