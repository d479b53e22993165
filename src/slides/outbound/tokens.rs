//! Tokens that an authority gives for a slide source (OAuth 2.0 client credentials: RFC 6749, 4.4). One is kept until it runs out, for
//! all that ask, and asked for once more when the source does not take it any longer.

use std::sync::Arc;
use std::time::{Duration, Instant};

use moka::Expiry;
use moka::future::Cache;
use reqwest::StatusCode;
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use url::{Url, form_urlencoded};

use super::{Answer, Outbound, RegisteredSource, check_literal, failure};
use crate::domain::ids::SlideSourceId;
use crate::domain::slides::LinkFailure;

/// Tokens kept.
const KEPT: u64 = 10_000;
/// Largest answer of an authority, bytes.
const ANSWER_MAX: u64 = 64 * 1024;
/// Longest token, bytes: it goes into a header.
const TOKEN_MAX: usize = 8 * 1024;
/// A token is not shown any more so long before it runs out.
const BEFORE_ITS_END: Duration = Duration::from_secs(30);
/// A token whose authority does not say how long it lives.
const UNSAID: u64 = 60;
/// Longest life that is believed.
const LONGEST: Duration = Duration::from_secs(24 * 3600);

/// How we ask an authority for tokens.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientCredentials {
    /// Where it gives tokens.
    pub token_url: String,
    /// As what it knows us.
    pub client_id: String,
    /// By what it knows us.
    pub client_secret: String,
    /// For what a token is asked.
    #[serde(default)]
    pub scope: Option<String>,
}

/// A token.
pub(super) struct Token {
    pub(super) text: String,
    kept: Duration,
}

/// Whose token: of a source, by the credentials that it has now.
type Key = (SlideSourceId, [u8; 32]);

/// The tokens of all sources.
#[derive(Clone)]
pub(super) struct Tokens(Cache<Key, Arc<Token>>);

impl Tokens {
    pub(super) fn new() -> Self {
        let cache = Cache::builder().max_capacity(KEPT);
        Self(cache.expire_after(UntilItsEnd).build())
    }

    /// A token that lives.
    pub(super) async fn get(
        &self,
        outbound: &Outbound,
        source: &RegisteredSource,
        client: &ClientCredentials,
    ) -> Result<Arc<Token>, LinkFailure> {
        let asking = async { ask(outbound, source, client).await.map(Arc::new) };
        let got = self.0.try_get_with(key(source, client), asking).await;
        got.map_err(|failure| *failure)
    }

    /// Forgets a token that a source did not take, unless another one came in its place meanwhile.
    pub(super) async fn forget(
        &self,
        source: &RegisteredSource,
        client: &ClientCredentials,
        refused: &Arc<Token>,
    ) {
        let key = key(source, client);
        let kept = self.0.get(&key).await;
        if kept.is_some_and(|kept| Arc::ptr_eq(&kept, refused)) {
            self.0.invalidate(&key).await;
        }
    }
}

fn key(source: &RegisteredSource, client: &ClientCredentials) -> Key {
    let mut hash = Sha256::new();
    let scope = client.scope.as_deref().unwrap_or_default();
    let parts = [&client.token_url, &client.client_id, &client.client_secret];
    for part in parts.into_iter().map(String::as_str).chain([scope]) {
        hash.update(part.len().to_be_bytes());
        hash.update(part);
    }
    (source.id, hash.finalize().into())
}

/// Asks the authority, by the same rules as its source: it lies within only where the source may, and leads nowhere else.
async fn ask(
    outbound: &Outbound,
    source: &RegisteredSource,
    client: &ClientCredentials,
) -> Result<Token, LinkFailure> {
    let url = Url::parse(&client.token_url).map_err(|_| LinkFailure::AuthorityFailed)?;
    if url.scheme() != "https" && !source.internal {
        return Err(LinkFailure::AddressRefused);
    }
    check_literal(&url, source.internal)?;
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("grant_type", "client_credentials");
    if let Some(scope) = &client.scope {
        form.append_pair("scope", scope);
    }
    let encoded =
        |text: &str| -> String { form_urlencoded::byte_serialize(text.as_bytes()).collect() };
    let request = outbound
        .plain(source.internal)
        .post(url)
        .header(ACCEPT, "application/json")
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .basic_auth(
            encoded(&client.client_id),
            Some(encoded(&client.client_secret)),
        )
        .body(form.finish());
    let response = request
        .send()
        .await
        .map_err(|error| match failure(&error) {
            LinkFailure::SourceUnreachable | LinkFailure::Timeout => LinkFailure::AuthorityFailed,
            other => other,
        })?;
    match response.status() {
        status if status.is_success() => {}
        StatusCode::BAD_REQUEST | StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            return Err(LinkFailure::RefusedCredentials);
        }
        status if status.is_redirection() => return Err(LinkFailure::RedirectRefused),
        _ => return Err(LinkFailure::AuthorityFailed),
    }
    let answer = super::read(response, ANSWER_MAX).await;
    read(&answer.map_err(|_| LinkFailure::AuthorityFailed)?).ok_or(LinkFailure::AuthorityFailed)
}

/// What an authority answers (RFC 6749, 5.1).
#[derive(Deserialize)]
struct Given {
    access_token: String,
    token_type: String,
    #[serde(default)]
    expires_in: Option<u64>,
}

fn read(answer: &Answer) -> Option<Token> {
    let given: Given = serde_json::from_slice(&answer.body).ok()?;
    let text = given.access_token;
    let plain =
        !text.is_empty() && text.len() <= TOKEN_MAX && text.bytes().all(|b| b.is_ascii_graphic());
    let bearer = given.token_type.eq_ignore_ascii_case("bearer");
    let lives = Duration::from_secs(given.expires_in.unwrap_or(UNSAID)).min(LONGEST);
    (plain && bearer).then(|| Token {
        text,
        kept: lives.saturating_sub(BEFORE_ITS_END),
    })
}

struct UntilItsEnd;

impl Expiry<Key, Arc<Token>> for UntilItsEnd {
    fn expire_after_create(&self, _: &Key, token: &Arc<Token>, _: Instant) -> Option<Duration> {
        Some(token.kept)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(body: &str) -> Option<u64> {
        let answer = Answer {
            media_type: String::new(),
            body: body.as_bytes().to_vec(),
        };
        read(&answer).map(|token| token.kept.as_secs())
    }

    #[test]
    fn a_token_is_kept_until_shortly_before_its_end() {
        let of = |rest: &str| {
            kept(&format!(
                r#"{{"access_token":"abc.d-e_f","token_type":"Bearer"{rest}}}"#
            ))
        };
        assert_eq!(of(r#","expires_in":3600"#), Some(3570));
        assert_eq!(of(r#","expires_in":20"#), Some(0));
        assert_eq!(of(""), Some(30));
        assert_eq!(of(r#","expires_in":99999999999"#), Some(24 * 3600 - 30));
        for wrong in [
            "",
            "<html>",
            "[]",
            r#"{"token_type":"Bearer"}"#,
            r#"{"access_token":"","token_type":"Bearer"}"#,
            r#"{"access_token":"a\r\nx: y","token_type":"Bearer"}"#,
            r#"{"access_token":"abc","token_type":"mac"}"#,
            r#"{"access_token":"abc","token_type":"Bearer","expires_in":-1}"#,
        ] {
            assert_eq!(kept(wrong), None, "{wrong}");
        }
    }
}
