//! Problem documents (RFC 9457): why a request was not done, in a form that programs can read.

use std::borrow::Cow;
use std::fmt;

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::{HttpResponse, ResponseError};
use serde_json::{Map, Value, json};

use crate::domain::problems::FieldProblem;
use crate::domain::text_enum::TextEnum;
use crate::domain::transitions::{Guard, Refusal};
use crate::service::ServiceError;

/// Media type of a problem document.
pub const MEDIA_TYPE: &str = "application/problem+json";

macro_rules! kinds {
    ($($(#[$meta:meta])* $name:ident = $code:literal, $status:literal, $title:literal;)+) => {
        /// Every kind of problem there is.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Kind { $($(#[$meta])* $name),+ }

        impl Kind {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// Its name, the last part of its `type`.
            pub fn code(self) -> &'static str { match self { $(Self::$name => $code),+ } }

            /// The status it is answered with.
            pub fn status(self) -> StatusCode {
                let number: u16 = match self { $(Self::$name => $status),+ };
                StatusCode::from_u16(number).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
            }

            /// What it is, the same words each time.
            pub fn title(self) -> &'static str { match self { $(Self::$name => $title),+ } }
        }
    };
}

kinds! {
    /// What was sent is not JSON.
    MalformedJson = "malformed_json", 400, "The body is not JSON";
    /// A query parameter is unknown or not right.
    MalformedQuery = "malformed_query", 400, "A query parameter is not right";
    /// The cursor is none of ours.
    BadCursor = "bad_cursor", 400, "The cursor is not one that this exchange gave";
    /// If-Match or If-None-Match cannot be read.
    BadPrecondition = "bad_precondition", 400, "The precondition cannot be read";
    /// A create without a usable Idempotency-Key.
    MissingIdempotencyKey = "missing_idempotency_key", 400, "A create needs an Idempotency-Key";
    /// Login or password is wrong.
    InvalidCredentials = "invalid_credentials", 401, "Login or password is wrong";
    /// No token, or none of ours.
    Unauthenticated = "unauthenticated", 401, "Nobody is logged in";
    /// The token has run out, or the session was ended.
    SessionEnded = "session_ended", 401, "The session has ended";
    /// The person may see it but not do this.
    Forbidden = "forbidden", 403, "Not allowed";
    /// A signature without a proof that its signer is there.
    PresenceRequired = "presence_required", 403, "The signer must prove to be there";
    /// No such thing, or the person may not know that there is.
    NotFound = "not_found", 404, "Not found";
    /// Another method is due here.
    MethodNotAllowed = "method_not_allowed", 405, "This method does not apply here";
    /// The client takes none of the formats there are.
    NotAcceptable = "not_acceptable", 406, "No answer in a format that the client takes";
    /// The body did not come in time.
    RequestTimeout = "request_timeout", 408, "The body did not arrive in time";
    /// The case's life does not allow the command.
    CommandRefused = "command_refused", 409, "The case does not allow this command";
    /// Something else stands against it.
    Conflict = "conflict", 409, "Something stands against it";
    /// Cases of a proposal have changed since it was made.
    ProposalOutdated = "proposal_outdated", 409, "Cases of the proposal have changed";
    /// Somebody changed it in the meantime.
    StaleVersion = "stale_version", 412, "Changed in the meantime";
    /// The body is larger than allowed.
    BodyTooLarge = "body_too_large", 413, "The body is too large";
    /// The body is not announced as JSON.
    UnsupportedMediaType = "unsupported_media_type", 415, "The body must be application/json";
    /// Bad fields, all of them.
    InvalidFields = "invalid_fields", 422, "Some fields are not right";
    /// The key was used for another request.
    IdempotencyMismatch = "idempotency_mismatch", 422, "The Idempotency-Key was used for another request";
    /// A command without If-Match.
    PreconditionRequired = "precondition_required", 428, "The version that was read must be named";
    /// Too many tries or requests.
    TooManyRequests = "too_many_requests", 429, "Too many requests";
    /// A failure of ours.
    Internal = "internal", 500, "The exchange failed";
    /// A slide's source.
    SlideUnavailable = "slide_unavailable", 502, "The slide cannot be read from its source";
    /// More is asked than can be done now.
    Overloaded = "overloaded", 503, "The exchange is too busy";
    /// The signer's key is in a token that cannot be used now.
    SigningUnavailable = "signing_unavailable", 503, "The signing key cannot be used now";
    /// The disk of the database is full.
    StorageFull = "storage_full", 507, "The exchange has no room left";
}

/// Why a request was not done.
#[derive(Debug)]
pub struct Problem {
    kind: Kind,
    detail: Option<Cow<'static, str>>,
    members: Map<String, Value>,
    headers: Vec<(HeaderName, HeaderValue)>,
    /// What went wrong on our side: for the log, never for the client.
    cause: Option<String>,
}

impl Problem {
    /// A problem of this kind.
    pub fn new(kind: Kind) -> Self {
        Self {
            kind,
            detail: None,
            members: Map::new(),
            headers: Vec::new(),
            cause: None,
        }
    }

    /// A failure of ours, its cause for the log.
    pub fn internal(cause: impl Into<String>) -> Self {
        Self::new(Kind::Internal).because(cause)
    }

    /// The fields that are not right.
    pub fn fields(problems: &[FieldProblem]) -> Self {
        let errors = problems.iter().map(field_entry).collect();
        Self::new(Kind::InvalidFields).with("errors", Value::Array(errors))
    }

    /// Says more about this one.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<Cow<'static, str>>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Tells the log, and only the log, what went wrong on our side.
    #[must_use]
    pub fn because(mut self, cause: impl Into<String>) -> Self {
        self.cause = Some(cause.into());
        self
    }

    /// Adds a member.
    #[must_use]
    pub fn with(mut self, name: &str, value: Value) -> Self {
        self.members.insert(name.to_owned(), value);
        self
    }

    /// Adds a header to the answer.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// Tells when to try again.
    #[must_use]
    pub fn retry_after(self, seconds: u64) -> Self {
        self.header(actix_web::http::header::RETRY_AFTER, seconds.into())
    }

    /// Its kind.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// What went wrong on our side.
    pub fn cause(&self) -> Option<&str> {
        self.cause.as_deref()
    }

    /// The answer; `instance` names the request.
    pub fn answer(&self, instance: Option<&str>) -> HttpResponse {
        let mut document = Map::new();
        document.insert(
            "type".into(),
            format!("urn:relecture:problem:{}", self.kind.code()).into(),
        );
        document.insert("title".into(), self.kind.title().into());
        document.insert("status".into(), self.kind.status().as_u16().into());
        if let Some(detail) = &self.detail {
            document.insert("detail".into(), detail.as_ref().into());
        }
        if let Some(instance) = instance {
            document.insert("instance".into(), format!("urn:uuid:{instance}").into());
        }
        for (name, value) in &self.members {
            document.insert(name.clone(), value.clone());
        }
        let mut answer = HttpResponse::build(self.kind.status());
        answer.content_type(MEDIA_TYPE);
        for header in &self.headers {
            answer.insert_header(header.clone());
        }
        answer.body(Value::Object(document).to_string())
    }
}

/// One bad field: pointer, code, the rule's own limits, and the rule in words.
fn field_entry(problem: &FieldProblem) -> Value {
    let mut entry = serde_json::to_value(problem).unwrap_or_default();
    if let Some(entry) = entry.as_object_mut() {
        entry.insert("detail".into(), problem.rule.in_words().into());
    }
    entry
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.code())
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.kind.status()
    }

    fn error_response(&self) -> HttpResponse {
        self.answer(None)
    }
}

fn challenge(problem: Problem) -> Problem {
    problem.header(
        actix_web::http::header::WWW_AUTHENTICATE,
        HeaderValue::from_static("Bearer"),
    )
}

impl From<ServiceError> for Problem {
    fn from(error: ServiceError) -> Self {
        use ServiceError as E;
        match error {
            E::NotFound => Self::new(Kind::NotFound),
            E::Forbidden(why) => Self::new(Kind::Forbidden).detail(why),
            E::PresenceRequired { case, why } => Self::new(Kind::PresenceRequired)
                .detail(format!(
                    "A signature needs a fresh proof of presence: {why}."
                ))
                .with("prove", json!(format!("/api/v1/cases/{case}/presence"))),
            E::Unauthenticated => challenge(Self::new(Kind::Unauthenticated)),
            E::SessionEnded => challenge(Self::new(Kind::SessionEnded)),
            E::InvalidCredentials => challenge(Self::new(Kind::InvalidCredentials)),
            E::Throttled {
                retry_after_seconds,
            } => Self::new(Kind::TooManyRequests)
                .detail("Too many tries to log in.")
                .retry_after(retry_after_seconds),
            E::Stale { current } => {
                Self::new(Kind::StaleVersion).with("current_version", current.into())
            }
            E::Refused(refusal) => refused(&refusal),
            E::Conflict(why) => Self::new(Kind::Conflict).detail(why),
            E::ProposalOutdated(cases) => {
                Self::new(Kind::ProposalOutdated).with("outdated", json!(cases))
            }
            E::Invalid(problems) => Self::fields(&problems),
            E::IdempotencyMismatch => Self::new(Kind::IdempotencyMismatch),
            E::BadCursor => Self::new(Kind::BadCursor),
            E::Overloaded | E::Contended => Self::new(Kind::Overloaded).retry_after(1),
            E::Unavailable(cause) => Self::new(Kind::Overloaded).because(cause).retry_after(5),
            E::SigningUnavailable {
                reason,
                passes,
                cause,
            } => {
                // Somebody has to see to what does not pass by itself.
                let seconds = if passes { 30 } else { 3600 };
                Self::new(Kind::SigningUnavailable)
                    .detail("Nothing was signed, and the draft is kept.")
                    .with("reason", reason.into())
                    .because(cause)
                    .retry_after(seconds)
            }
            E::AwaitsToken(_) => Self::internal("a command ended before its token had signed"),
            E::StorageFull => Self::new(Kind::StorageFull)
                .because("the disk of the database is full")
                .retry_after(60),
            E::SlideUnavailable {
                failure,
                detail,
                retry_after_seconds,
            } => {
                let problem = Self::new(Kind::SlideUnavailable)
                    .detail(detail)
                    .with("failure", failure.into());
                match retry_after_seconds {
                    Some(seconds) => problem.retry_after(seconds),
                    None => problem,
                }
            }
            E::Internal(cause) => Self::internal(cause),
        }
    }
}

/// A command that the case does not allow: to this person (403), or in this state (409).
fn refused(refusal: &Refusal) -> Problem {
    let problem = match refusal {
        Refusal::NotYours => Problem::new(Kind::Forbidden),
        Refusal::WrongState { command, state } => Problem::new(Kind::CommandRefused)
            .with("command", json!(command.as_str()))
            .with("state", json!(state.as_str())),
        Refusal::Ineligible { command, rules } => Problem::new(Kind::CommandRefused)
            .with("command", json!(command.as_str()))
            .with("guard", json!(Guard::ExpertEligible.as_str()))
            .with("rules", json!(rules)),
        Refusal::Guarded { command, guard } => Problem::new(Kind::CommandRefused)
            .with("command", json!(command.as_str()))
            .with("guard", json!(guard.as_str())),
    };
    problem.detail(refusal.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_a_name_of_its_own_and_a_status_of_an_error() {
        let mut names: Vec<&str> = Kind::ALL.iter().map(|kind| kind.code()).collect();
        for kind in Kind::ALL {
            assert!(
                kind.status().is_client_error() || kind.status().is_server_error(),
                "{kind:?}"
            );
        }
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Kind::ALL.len());
    }
}
