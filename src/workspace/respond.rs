//! From a page to an answer: headers, cookies, and the pages that say why there is none.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_LANGUAGE, CONTENT_SECURITY_POLICY, HOST, HeaderValue, LOCATION, ORIGIN,
    REFERRER_POLICY, RETRY_AFTER, VARY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpRequest, HttpResponse, ResponseError, web};
use askama::Template;

use super::failure::Failure;
use super::form::Fields;
use super::page::Page;
use super::texts::Language;
use super::visitor::{Renewed, language_of};
use super::{Workspace, assets, kept, login};
use crate::domain::transitions::{Guard, Refusal};
use crate::service::ServiceError;

/// What a handler gives.
pub(super) type Answer = Result<HttpResponse, Failure>;

/// A page as an answer.
pub(super) fn page(status: StatusCode, template: &impl Template) -> Answer {
    Ok(HttpResponse::build(status)
        .content_type("text/html; charset=utf-8")
        .body(template.render()?))
}

/// After a form: somewhere else, with GET.
pub(super) fn to(place: &str) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((LOCATION, place))
        .finish()
}

/// A page that says why there is no other.
#[derive(Template)]
#[template(path = "workspace/error.html")]
struct ErrorPage {
    page: Page,
    sentence: String,
}

/// Around every page: refuses forms of other sites, hands out renewed cookies, says failures in words, and sets the headers
/// that keep a page to itself.
pub(super) async fn finish(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    if request.method() == Method::POST && !from_our_own_page(request.request()) {
        let answer = say(request.request(), &Failure::Forged);
        return Ok(request.into_response(with_headers(answer)));
    }
    // The request goes with the call; what handlers left on it is read from the answer.
    let response = next.call(request).await?;
    let http = response.request().clone();
    let failure = response
        .response()
        .error()
        .and_then(|error| error.as_error::<Failure>())
        .map(|failure| say(&http, failure));
    let mut response = match failure {
        Some(answer) => response.into_response(answer),
        None => response.map_into_boxed_body(),
    };
    headers(response.headers_mut());
    let workspace = http.app_data::<web::Data<Workspace>>();
    if let (Some(workspace), Some(renewed)) = (workspace, http.extensions().get::<Renewed>()) {
        for cookie in renewed.cookies(workspace) {
            response.response_mut().add_cookie(&cookie)?;
        }
    }
    let language = http.extensions().get::<Language>().copied();
    if let Some(language) = language {
        response
            .headers_mut()
            .insert(CONTENT_LANGUAGE, HeaderValue::from_static(language.code()));
    }
    Ok(response)
}

fn with_headers(mut answer: HttpResponse) -> HttpResponse {
    headers(answer.headers_mut());
    answer
}

/// A page loads nothing from elsewhere, runs no script that stands in it, and is shown in no frame and kept in no cache.
fn headers(headers: &mut actix_web::http::header::HeaderMap) {
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self' {}; img-src 'self' data: blob:; connect-src 'self'; \
         form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        assets::style().source
    );
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.insert(CONTENT_SECURITY_POLICY, policy);
    }
    for (name, value) in [
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
        (REFERRER_POLICY, "same-origin"),
        (CACHE_CONTROL, "no-store"),
        (VARY, "HX-Request, Cookie, Accept-Language"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
}

/// Whether the browser says that one of our own pages sends this. A browser always says so with a form; a token in the form
/// guards the session beside.
fn from_our_own_page(request: &HttpRequest) -> bool {
    let header = |name: &str| {
        request
            .headers()
            .get(name)
            .and_then(|value| value.to_str().ok())
    };
    if let Some(site) = header("sec-fetch-site") {
        return site == "same-origin";
    }
    let Some(origin) = header(ORIGIN.as_str()) else {
        return false;
    };
    let host = header(HOST.as_str()).unwrap_or_default();
    origin
        .split_once("://")
        .is_some_and(|(_, named)| !host.is_empty() && named == host)
}

/// A failure as a page in the visitor's language.
fn say(request: &HttpRequest, failure: &Failure) -> HttpResponse {
    // Apart from what follows: the cookies that the language is read from are kept in the extensions too.
    let known = request.extensions().get::<Language>().copied();
    let language = known.unwrap_or_else(|| language_of(request));
    if matches!(failure, Failure::LoggedOut) {
        return logged_out(request, language);
    }
    let status = failure.status_code();
    let page_ = Page::outside(language, "error-title", request.path());
    let sentence = match failure {
        Failure::Service(ServiceError::Refused(refusal)) => {
            page_.ts("error-refused", &refused(&page_, refusal))
        }
        Failure::Service(ServiceError::Throttled {
            retry_after_seconds,
        }) => page_.tn(
            "login-throttled",
            i64::try_from(*retry_after_seconds).unwrap_or(0),
        ),
        failure if status == StatusCode::INTERNAL_SERVER_ERROR => {
            tracing::error!(path = request.path(), %failure, "a page could not be made");
            page_.ts("error-internal", "")
        }
        failure => page_.t(failure.key()),
    };
    let mut answer = page(
        status,
        &ErrorPage {
            page: page_,
            sentence,
        },
    )
    .unwrap_or_else(|failure| HttpResponse::new(failure.status_code()));
    if status == StatusCode::SERVICE_UNAVAILABLE {
        answer
            .headers_mut()
            .insert(RETRY_AFTER, HeaderValue::from_static("5"));
    }
    answer
}

/// To the login, and back to where they were; what a form held is kept.
fn logged_out(request: &HttpRequest, language: Language) -> HttpResponse {
    let fields = request.extensions().get::<Fields>().cloned();
    match fields {
        // Kept in passing: the page stays, and its person goes on typing.
        Some(_) if request.headers().contains_key("hx-request") => kept::logged_out(language),
        Some(fields) => login::again(language, request.path(), &fields),
        None => {
            let there = request
                .uri()
                .path_and_query()
                .map_or("/", |path| path.as_str());
            let query: String = url::form_urlencoded::Serializer::new(String::new())
                .append_pair("next", there)
                .finish();
            to(&format!("/login?{query}"))
        }
    }
}

/// Why the case's life does not allow it.
pub(super) fn refused(page: &Page, refusal: &Refusal) -> String {
    match refusal {
        Refusal::NotYours => page.t("error-not-yours"),
        Refusal::WrongState { state, .. } => page.ts("error-state", &page.word("state", *state)),
        Refusal::Ineligible { rules, .. } => {
            let said: Vec<String> = rules.iter().map(|rule| page.word("rule", *rule)).collect();
            let against = page.word("guard", Guard::ExpertEligible);
            format!("{against} ({})", said.join(", "))
        }
        Refusal::Guarded { guard, .. } => page.word("guard", *guard),
    }
}
