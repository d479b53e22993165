//! The watch over each request: its identifier, one log line, its metrics, the headers every answer carries, and what becomes
//! of a panic.

use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

use actix_web::body::{BoxBody, EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpRequest, HttpResponse, web};
use futures_util::FutureExt;

use super::problem::{Kind, Problem};
use super::refusals;
use super::state::State;

/// Names the request in its answer, in the log and in the audit.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The label of requests to no address of ours, and of those whose handler panicked.
const UNKNOWN_ROUTE: &str = "unknown";

/// The identifier of a request: always ours, so that nobody writes into the log or the audit.
struct RequestId(String);

/// The identifier of a request.
pub fn request_id(request: &HttpRequest) -> String {
    request
        .extensions()
        .get::<RequestId>()
        .map(|id| id.0.clone())
        .unwrap_or_default()
}

/// Watches one request.
///
/// # Errors
/// The answer to a request that ended in a panic, or before it reached a handler.
pub async fn watch<B: MessageBody + 'static>(
    state: web::Data<State>,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B, BoxBody>>, Error> {
    let asked = Asked {
        id: state.exchange.core.ids.next().to_string(),
        method: known_method(request.method().as_str()),
        began: Instant::now(),
    };
    let id = RequestId(asked.id.clone());
    request.extensions_mut().insert(id);
    // The request goes with the call: the framework bears no second hold on it.
    let error = match AssertUnwindSafe(next.call(request)).catch_unwind().await {
        Ok(Ok(answer)) => {
            if let Some(refused) = refusals::refused(answer.request(), answer.status()) {
                refusals::note(&state, refused, &asked.id).await;
            }
            return Ok(asked.answered(&state, answer));
        }
        Ok(Err(error)) => error,
        // What panicked has printed where and why.
        Err(_) => Problem::internal("a request ended in a panic").into(),
    };
    let (mut answer, outcome) = asked.document(&error);
    asked.complete(&state, UNKNOWN_ROUTE, &mut answer, Some(&outcome));
    Err(InternalError::from_response(error, answer).into())
}

/// A request being watched.
struct Asked {
    id: String,
    method: &'static str,
    began: Instant,
}

/// How a request failed.
struct Failure {
    /// The name of the problem that was answered.
    problem: &'static str,
    /// What went wrong on our side.
    cause: Option<String>,
}

impl Asked {
    fn answered<B: MessageBody + 'static>(
        &self,
        state: &State,
        answer: ServiceResponse<B>,
    ) -> ServiceResponse<EitherBody<B, BoxBody>> {
        let pattern = answer.request().match_pattern();
        let route = pattern.as_deref().unwrap_or(UNKNOWN_ROUTE);
        if let Some(error) = answer.response().error() {
            let (mut document, failure) = self.document(error);
            keep_headers(answer.headers(), document.headers_mut());
            self.complete(state, route, &mut document, Some(&failure));
            return answer.into_response(document).map_into_right_body();
        }
        let mut answer = answer;
        self.complete(state, route, answer.response_mut(), None);
        answer.map_into_left_body()
    }

    /// The document of a failure, which is made here because it names the request.
    fn document(&self, error: &Error) -> (HttpResponse, Failure) {
        let foreign;
        let problem = match error.as_error::<Problem>() {
            Some(problem) => problem,
            None => {
                foreign = of_the_framework(error);
                &foreign
            }
        };
        let failure = Failure {
            problem: problem.kind().code(),
            cause: problem.cause().map(ToOwned::to_owned),
        };
        (problem.answer(Some(&self.id)), failure)
    }

    /// Adds the headers, counts, and writes the one line.
    fn complete<B>(
        &self,
        state: &State,
        route: &str,
        answer: &mut HttpResponse<B>,
        failure: Option<&Failure>,
    ) {
        let (status, took) = (answer.status(), self.began.elapsed());
        add_headers(answer.headers_mut(), &self.id, state.https);
        state
            .meters
            .count(self.method, route, status.as_str(), took);
        self.log(route, status.as_u16(), took, failure);
    }

    fn log(&self, route: &str, status: u16, took: Duration, failure: Option<&Failure>) {
        let (request_id, method) = (self.id.as_str(), self.method);
        let milliseconds = (took.as_secs_f64() * 1e6).round() / 1e3;
        let problem = failure.map(|failure| failure.problem);
        match failure.and_then(|failure| failure.cause.as_deref()) {
            None => {
                tracing::info!(
                    request_id,
                    method,
                    route,
                    status,
                    milliseconds,
                    problem,
                    "request"
                );
            }
            Some(cause) => {
                tracing::error!(
                    request_id,
                    method,
                    route,
                    status,
                    milliseconds,
                    problem,
                    cause,
                    "request"
                );
            }
        }
    }
}

/// What the framework refused by itself.
fn of_the_framework(error: &Error) -> Problem {
    match error.as_response_error().status_code() {
        StatusCode::NOT_FOUND => Problem::new(Kind::NotFound),
        StatusCode::METHOD_NOT_ALLOWED => Problem::new(Kind::MethodNotAllowed),
        StatusCode::NOT_ACCEPTABLE => Problem::new(Kind::NotAcceptable),
        StatusCode::PAYLOAD_TOO_LARGE => Problem::new(Kind::BodyTooLarge),
        StatusCode::REQUEST_TIMEOUT => Problem::new(Kind::RequestTimeout),
        _ => Problem::internal(error.to_string()),
    }
}

/// A method may be any word: unknown ones share one label.
fn known_method(method: &str) -> &'static str {
    ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"]
        .into_iter()
        .find(|known| *known == method)
        .unwrap_or("other")
}

/// What middlewares between here and the handler added to an answer that is now written anew. What they said of its old body, such
/// as that it is compressed, is not true of the new one.
fn keep_headers(from: &HeaderMap, to: &mut HeaderMap) {
    let of_the_body = [header::CONTENT_LENGTH, header::CONTENT_ENCODING];
    for (name, value) in from {
        if !to.contains_key(name) && !of_the_body.contains(name) {
            to.append(name.clone(), value.clone());
        }
    }
}

fn add_headers(headers: &mut HeaderMap, id: &str, https: bool) {
    if let Ok(id) = HeaderValue::from_str(id) {
        headers.insert(REQUEST_ID, id);
    }
    let unless_set = [
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; frame-ancestors 'none'",
        ),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ),
    ];
    for (name, value) in unless_set {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
    if https {
        headers.insert(
            header::STRICT_TRANSPORT_SECURITY,
            HeaderValue::from_static("max-age=63072000"),
        );
    }
}
