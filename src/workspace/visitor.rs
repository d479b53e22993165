//! Who asks for a page: the session behind the cookies, their language and zone.

use std::collections::HashMap;
use std::sync::Arc;

use actix_web::cookie::{Cookie, SameSite, time::Duration as CookieAge};
use actix_web::dev::Payload;
use actix_web::http::header::ACCEPT_LANGUAGE;
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};
use chrono::{DateTime, Duration, Utc};
use chrono_tz::Tz;
use futures_util::future::LocalBoxFuture;
use sha2::{Digest, Sha256};
use tokio::sync::Mutex;

use super::failure::Failure;
use super::texts::Language;
use super::{Workspace, assets};
use crate::domain::people::{Actor, Role};
use crate::http::{known, request_id};
use crate::service::people::{self, Me};
use crate::service::sessions::{self, Session, Tokens};
use crate::service::{Exchange, ServiceError};

const ACCESS: &str = "relecture_access";
const REFRESH: &str = "relecture_refresh";
const LANGUAGE: &str = "relecture_language";
/// Set by the pages' own script: the address of the style that it has fetched.
const STYLE: &str = "relecture_style";

/// How long the answer to a refresh is remembered: two tabs that come back at the same moment show the same refresh token.
const REMEMBERED: Duration = Duration::seconds(20);

/// A person who is logged in and looks at a page.
pub(super) struct Visitor {
    /// What every page needs.
    pub(super) workspace: Arc<Workspace>,
    /// The session.
    pub(super) session: Session,
    /// Who it is.
    pub(super) me: Me,
    /// The language of the page.
    pub(super) language: Language,
    /// The zone in which this person reads times.
    pub(super) zone: Tz,
    /// The instant of the request.
    pub(super) now: DateTime<Utc>,
    /// Names the request in the audit.
    pub(super) request_id: String,
    /// Whether a part of the page is asked for, to be put into the one that is shown.
    pub(super) partial: bool,
    /// Whether the browser says that it keeps the style of the pages, as it is now.
    pub(super) styled: bool,
}

impl Visitor {
    /// The exchange.
    pub(super) fn exchange(&self) -> &Exchange {
        &self.workspace.exchange
    }

    /// Who acts.
    pub(super) fn actor(&self) -> &Actor {
        &self.session.actor
    }

    /// Whether the person holds that role anywhere.
    pub(super) fn is(&self, role: Role) -> bool {
        self.actor().has(role)
    }

    /// What a form of this session carries, so that no other site can send one.
    pub(super) fn form_token(&self) -> String {
        sessions::form_token(self.exchange(), &self.session)
    }

    /// Codes and names of the subspecialties.
    pub(super) fn subspecialties(&self) -> Vec<(String, String)> {
        let all = self.exchange().core.reference.subspecialties().iter();
        all.map(|one| (one.code.clone(), self.either(&one.fr, &one.en)))
            .collect()
    }

    /// Codes and names of the territories.
    pub(super) fn territories(&self) -> Vec<(String, String)> {
        let all = self.exchange().core.reference.territories().iter();
        all.map(|one| (one.code.clone(), self.either(&one.fr, &one.en)))
            .collect()
    }

    fn either(&self, french: &str, english: &str) -> String {
        match self.language {
            Language::French => french.to_owned(),
            Language::English => english.to_owned(),
        }
    }

    async fn read(request: &HttpRequest) -> Result<Self, Failure> {
        let workspace = request
            .app_data::<web::Data<Workspace>>()
            .map(|data| Arc::clone(data))
            .ok_or_else(|| ServiceError::Internal("a page without its workspace".into()))?;
        let session = session(&workspace, request).await?;
        known(request, session.actor.person);
        let me = people::me(&workspace.exchange, &session.actor).await?;
        let language = chosen(request)
            .or_else(|| Language::of(&me.language))
            .unwrap_or(Language::French);
        request.extensions_mut().insert(language);
        Ok(Self {
            zone: me.zone.parse().unwrap_or(Tz::UTC),
            now: workspace.exchange.core.clock.now(),
            request_id: request_id(request),
            partial: request.headers().contains_key("hx-request"),
            styled: request
                .cookie(STYLE)
                .is_some_and(|kept| kept.value() == assets::style().address),
            workspace,
            session,
            me,
            language,
        })
    }
}

impl FromRequest for Visitor {
    type Error = Failure;
    type Future = LocalBoxFuture<'static, Result<Self, Failure>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move { Self::read(&request).await })
    }
}

/// The session behind the cookies; an access token that has run out is changed for a new one on the way.
async fn session(workspace: &Workspace, request: &HttpRequest) -> Result<Session, Failure> {
    let exchange = &workspace.exchange;
    if let Some(access) = request.cookie(ACCESS) {
        match sessions::authenticate(exchange, access.value()).await {
            Err(ServiceError::SessionEnded | ServiceError::Unauthenticated) => {}
            other => return Ok(other?),
        }
    }
    let refresh = request.cookie(REFRESH).ok_or(Failure::LoggedOut)?;
    let request_id = request_id(request);
    let renewed = workspace
        .refreshed
        .refresh(exchange, refresh.value(), &request_id);
    let tokens = match renewed.await {
        Err(ServiceError::SessionEnded | ServiceError::Unauthenticated) => {
            return Err(Failure::LoggedOut);
        }
        other => other?,
    };
    let session = sessions::authenticate(exchange, &tokens.access_token).await?;
    request.extensions_mut().insert(Renewed(tokens));
    Ok(session)
}

/// Tokens that the answer hands to the browser.
pub(super) struct Renewed(Arc<Tokens>);

impl Renewed {
    /// The cookies that hold them.
    pub(super) fn cookies(&self, workspace: &Workspace) -> [Cookie<'static>; 2] {
        cookies(workspace, &self.0)
    }
}

/// Refreshes that were just made. Two requests that come at once would otherwise end up with a token each, one of them dead.
/// Only a memory of this process: without it the second request logs in again.
#[derive(Default)]
pub(super) struct Refreshed(Mutex<Made>);

/// By the SHA-256 of the token that was shown: when, and what it gave.
type Made = HashMap<[u8; 32], (DateTime<Utc>, Arc<Tokens>)>;

impl Refreshed {
    async fn refresh(
        &self,
        exchange: &Exchange,
        token: &str,
        request_id: &str,
    ) -> Result<Arc<Tokens>, ServiceError> {
        let key: [u8; 32] = Sha256::digest(token.as_bytes()).into();
        let now = exchange.core.clock.now();
        let mut made = self.0.lock().await;
        made.retain(|_, (at, _)| now - *at < REMEMBERED);
        if let Some((_, tokens)) = made.get(&key) {
            return Ok(Arc::clone(tokens));
        }
        let tokens = Arc::new(sessions::refresh(exchange, token, request_id).await?);
        made.insert(key, (now, Arc::clone(&tokens)));
        Ok(tokens)
    }
}

/// The cookies of a session: out of reach of scripts and of other sites, over TLS only where there is TLS.
pub(super) fn cookies(workspace: &Workspace, tokens: &Tokens) -> [Cookie<'static>; 2] {
    let lasting = tokens.refresh_expires_at - workspace.exchange.core.clock.now();
    [
        (ACCESS, &tokens.access_token, tokens.expires_in),
        (REFRESH, &tokens.refresh_token, lasting.num_seconds()),
    ]
    .map(|(name, value, seconds)| {
        let mut cookie = Cookie::new(name, value.clone());
        cookie.set_path("/");
        cookie.set_http_only(true);
        // Lax, not Strict: a link in a mail must find the session.
        cookie.set_same_site(SameSite::Lax);
        cookie.set_secure(workspace.secure);
        cookie.set_max_age(CookieAge::seconds(seconds));
        cookie
    })
}

/// Cookies that end the session in the browser.
pub(super) fn no_cookies() -> [Cookie<'static>; 2] {
    [ACCESS, REFRESH].map(|name| {
        let mut cookie = Cookie::new(name, "");
        cookie.set_path("/");
        cookie.make_removal();
        cookie
    })
}

/// The language somebody chose for this browser.
pub(super) fn language_cookie(workspace: &Workspace, language: Language) -> Cookie<'static> {
    let mut cookie = Cookie::new(LANGUAGE, language.code());
    cookie.set_path("/");
    cookie.set_http_only(true);
    cookie.set_same_site(SameSite::Lax);
    cookie.set_secure(workspace.secure);
    cookie.set_max_age(CookieAge::days(365));
    cookie
}

fn chosen(request: &HttpRequest) -> Option<Language> {
    Language::of(request.cookie(LANGUAGE)?.value())
}

/// The language for somebody who is not logged in.
pub(super) fn language_of(request: &HttpRequest) -> Language {
    chosen(request).unwrap_or_else(|| {
        let header = request.headers().get(ACCEPT_LANGUAGE);
        Language::accepted(
            header
                .and_then(|value| value.to_str().ok())
                .unwrap_or_default(),
        )
    })
}
