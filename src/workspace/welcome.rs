//! Choosing a password by a link in a mail, and asking for such a link.
//!
//! The link's token comes in the query once: it is put into a cookie and taken out of the address, so that it stands neither in what
//! the browser shows, nor in a Referer, nor in the history of another person at the same machine. Only the form spends it: a mail
//! server that follows links to look at them does no harm.

use actix_web::cookie::{Cookie, SameSite, time::Duration as CookieAge};
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::Workspace;
use super::failure::Failure;
use super::form::Fields;
use super::page::Page;
use super::problems;
use super::respond::{Answer, page, to};
use super::visitor::language_of;
use crate::domain::account_links::Purpose;
use crate::http::{client_address, request_id};
use crate::service::{ServiceError, account_links};

const HERE: &str = "/welcome";
/// The cookie that holds the token while a password is chosen.
const LINK: &str = "relecture_link";
/// How long it does, minutes.
const CHOOSING: i64 = 30;

#[derive(Template)]
#[template(path = "workspace/forgotten.html")]
struct ForgottenPage {
    page: Page,
    login: String,
    /// Whether a link was asked for.
    asked: bool,
    problem: Option<String>,
}

#[derive(Template)]
#[template(path = "workspace/welcome.html")]
struct WelcomePage {
    page: Page,
    /// What they log in with; none where the link is good no more.
    login: Option<String>,
    invited: bool,
    wrong: Option<String>,
}

/// The form that asks for a link.
pub(super) async fn forgotten(request: HttpRequest) -> Answer {
    let form = ForgottenPage {
        page: Page::outside(language_of(&request), "forgotten-title", "/forgotten"),
        login: String::new(),
        asked: false,
        problem: None,
    };
    page(StatusCode::OK, &form)
}

/// Asks for a link. The page is the same whether or not there is such an account.
pub(super) async fn ask(
    request: HttpRequest,
    workspace: web::Data<Workspace>,
    fields: Fields,
) -> Answer {
    let login = fields.get("login").trim().to_owned();
    let mut form = ForgottenPage {
        page: Page::outside(language_of(&request), "forgotten-title", "/forgotten"),
        login,
        asked: false,
        problem: None,
    };
    if form.login.is_empty() {
        form.problem = Some(form.page.t("field-required"));
        return page(StatusCode::UNPROCESSABLE_ENTITY, &form);
    }
    let (exchange, address) = (&workspace.exchange, client_address(&request));
    let id = request_id(&request);
    account_links::ask_recovery(exchange, &form.login, address, &id).await?;
    form.asked = true;
    page(StatusCode::OK, &form)
}

/// The page of a link: takes the token out of the address, then shows the form that spends it.
pub(super) async fn show(request: HttpRequest, workspace: web::Data<Workspace>) -> Answer {
    let asked = Fields::of_query(request.query_string());
    if let Some(token) = asked.given("t") {
        let mut answer = to(HERE);
        put(&mut answer, &workspace, token.to_owned())?;
        return Ok(answer);
    }
    form(&request, &workspace, None).await
}

fn put(answer: &mut HttpResponse, workspace: &Workspace, token: String) -> Result<(), Failure> {
    let mut cookie = Cookie::new(LINK, token);
    cookie.set_path(HERE);
    cookie.set_http_only(true);
    // Lax, not Strict: the way here begins in a mail.
    cookie.set_same_site(SameSite::Lax);
    cookie.set_secure(workspace.secure);
    cookie.set_max_age(CookieAge::minutes(CHOOSING));
    let added = answer.add_cookie(&cookie);
    added.map_err(|error| ServiceError::Internal(error.to_string()).into())
}

fn token(request: &HttpRequest) -> String {
    let cookie = request.cookie(LINK);
    cookie.map_or_else(String::new, |cookie| cookie.value().to_owned())
}

async fn form(request: &HttpRequest, workspace: &Workspace, error: Option<ServiceError>) -> Answer {
    let language = language_of(request);
    let shown = match account_links::show(&workspace.exchange, &token(request)).await {
        Ok(shown) => Some(shown),
        Err(ServiceError::NotFound) => None,
        Err(other) => return Err(other.into()),
    };
    let invited = shown
        .as_ref()
        .is_none_or(|shown| shown.purpose == Purpose::Invitation);
    let title = if invited {
        "welcome-title"
    } else {
        "recovery-title"
    };
    let frame = Page::outside(language, title, HERE);
    let wrong = match error {
        Some(ServiceError::Invalid(found)) => {
            found.first().map(|one| problems::words(&frame, &one.rule))
        }
        _ => None,
    };
    let status = match (&shown, &wrong) {
        (None, _) => StatusCode::NOT_FOUND,
        (Some(_), Some(_)) => StatusCode::UNPROCESSABLE_ENTITY,
        (Some(_), None) => StatusCode::OK,
    };
    let body = WelcomePage {
        login: shown.map(|shown| shown.login),
        invited,
        wrong,
        page: frame,
    };
    page(status, &body)
}

/// Chooses the password, and leads to the login.
pub(super) async fn choose(
    request: HttpRequest,
    workspace: web::Data<Workspace>,
    fields: Fields,
) -> Answer {
    let (exchange, id) = (&workspace.exchange, request_id(&request));
    let wanted = fields.get("new").to_owned();
    match account_links::choose_password(exchange, &token(&request), wanted, &id).await {
        Ok(()) => {
            let mut answer = to("/login?done=done-chosen");
            let mut gone = Cookie::new(LINK, "");
            gone.set_path(HERE);
            gone.make_removal();
            let removed = answer.add_cookie(&gone);
            removed.map_err(|error| ServiceError::Internal(error.to_string()))?;
            Ok(answer)
        }
        Err(error @ (ServiceError::Invalid(_) | ServiceError::NotFound)) => {
            form(&request, &workspace, Some(error)).await
        }
        Err(other) => Err(other.into()),
    }
}
