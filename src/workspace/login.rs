//! Logging in and out, and the language of the pages.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::Workspace;
use super::failure::Failure;
use super::form::{Fields, Sent};
use super::page::Page;
use super::respond::{Answer, page, to};
use super::texts::Language;
use super::visitor::{cookies, language_cookie, language_of, no_cookies};
use crate::http::{client_address, request_id};
use crate::service::{ServiceError, sessions};

/// Where to go after the login.
#[derive(Deserialize)]
pub(super) struct Next {
    next: Option<String>,
}

#[derive(Template)]
#[template(path = "workspace/login.html")]
struct LoginPage {
    page: Page,
    login: String,
    next: String,
    problem: Option<String>,
    /// What somebody typed when their session ended.
    kept: Vec<(String, String)>,
}

/// After a login: the form that was typed when the session ended, to be sent with a button.
#[derive(Template)]
#[template(path = "workspace/resume.html")]
struct ResumePage {
    page: Page,
    action: String,
    token: String,
    kept: Vec<(String, String)>,
}

/// The login.
pub(super) async fn show(request: HttpRequest, next: web::Query<Next>) -> Answer {
    let language = language_of(&request);
    let mut frame = Page::outside(language, "login-title", "/login");
    frame.take_notice(&Fields::of_query(request.query_string()));
    let form = LoginPage {
        page: frame,
        login: String::new(),
        next: local(next.next.as_deref()),
        problem: None,
        kept: Vec::new(),
    };
    page(StatusCode::OK, &form)
}

/// The login for somebody whose session ended under a form.
pub(super) fn again(language: Language, path: &str, fields: &Fields) -> HttpResponse {
    let page_ = Page::outside(language, "login-title", "/login");
    let form = LoginPage {
        problem: Some(page_.t("login-ended")),
        page: page_,
        login: String::new(),
        next: local(Some(path)),
        kept: fields
            .all_but_token()
            .map(|(name, value)| (name, value.to_owned()))
            .collect(),
    };
    page(StatusCode::UNAUTHORIZED, &form)
        .unwrap_or_else(|_| HttpResponse::InternalServerError().finish())
}

/// Logs in.
pub(super) async fn enter(
    request: HttpRequest,
    workspace: web::Data<Workspace>,
    fields: Fields,
) -> Answer {
    let exchange = &workspace.exchange;
    let address = client_address(&request);
    let password = fields.get("password").to_owned();
    let language = language_of(&request);
    let next = local(fields.given("next"));
    let kept: Vec<(String, String)> = fields.kept().collect();
    let keep_again = || {
        kept.iter()
            .map(|(name, value)| (format!("kept:{name}"), value.clone()))
            .collect()
    };
    let request_id = request_id(&request);
    let login = fields.get("login");
    let tokens = match sessions::login(exchange, login, password, address, &request_id).await {
        Ok(tokens) => tokens,
        Err(error) => {
            let page_ = Page::outside(language, "login-title", "/login");
            let (status, problem) = match error {
                ServiceError::InvalidCredentials => {
                    (StatusCode::UNAUTHORIZED, page_.t("login-wrong"))
                }
                ServiceError::Throttled {
                    retry_after_seconds,
                } => (
                    StatusCode::TOO_MANY_REQUESTS,
                    page_.tn(
                        "login-throttled",
                        i64::try_from(retry_after_seconds).unwrap_or(0),
                    ),
                ),
                other => return Err(other.into()),
            };
            let form = LoginPage {
                page: page_,
                login: fields.get("login").to_owned(),
                next,
                problem: Some(problem),
                kept: keep_again(),
            };
            return page(status, &form);
        }
    };
    let mut answer = if kept.is_empty() {
        to(&next)
    } else {
        let session = sessions::authenticate(exchange, &tokens.access_token).await?;
        page(
            StatusCode::OK,
            &ResumePage {
                page: Page::outside(language, "resume-title", "/login"),
                action: next,
                token: sessions::form_token(exchange, &session),
                kept,
            },
        )?
    };
    for cookie in cookies(&workspace, &tokens) {
        answer
            .add_cookie(&cookie)
            .map_err(|error| ServiceError::Internal(error.to_string()))?;
    }
    Ok(answer)
}

/// Logs out, here and on the server.
pub(super) async fn leave(sent: Sent) -> Answer {
    let visitor = &sent.visitor;
    sessions::logout(visitor.exchange(), &visitor.session, &visitor.request_id).await?;
    let mut answer = to("/login");
    for cookie in no_cookies() {
        answer
            .add_cookie(&cookie)
            .map_err(|error| ServiceError::Internal(error.to_string()))?;
    }
    Ok(answer)
}

/// Changes the language of this browser.
pub(super) async fn language(workspace: web::Data<Workspace>, fields: Fields) -> Answer {
    let language = Language::of(fields.get("language")).ok_or(ServiceError::NotFound)?;
    let mut answer = to(&local(fields.given("next")));
    answer
        .add_cookie(&language_cookie(&workspace, language))
        .map_err(|error| Failure::from(ServiceError::Internal(error.to_string())))?;
    Ok(answer)
}

/// A path on this server and nothing else: no address that leads a person who has just logged in away.
fn local(next: Option<&str>) -> String {
    next.filter(|path| {
        path.starts_with('/')
            && !path.starts_with("//")
            && !path.contains(['\\', '\r', '\n'])
            && !path.starts_with("/log")
    })
    .unwrap_or("/worklist")
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_a_login_nobody_is_led_away() {
        for path in ["/cases/1?x=y", "/worklist", "/"] {
            assert_eq!(local(Some(path)), path);
        }
        for path in [
            "//evil.example",
            "https://evil.example",
            "/\\evil",
            "",
            "/login",
            "/a\r\nb",
        ] {
            assert_eq!(local(Some(path)), "/worklist", "{path:?}");
        }
        assert_eq!(local(None), "/worklist");
    }
}
