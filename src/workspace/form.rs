//! What a form sends.

use std::fmt::Display;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};
use futures_util::future::LocalBoxFuture;
use sha2::{Digest, Sha256};
use url::form_urlencoded;

use super::failure::Failure;
use super::visitor::Visitor;
use crate::domain::hexadecimal::hex;
use crate::service::Idempotency;

/// In front of the names of fields that a login form carries for another form.
const KEPT: &str = "kept:";

/// Fields that are never kept: the token of the session, and the password by which a signer proves to be there.
const MOMENTARY: [&str; 3] = ["_token", PASSWORD, PRIVATE_KEY];
/// The field of that password. Its underscore keeps it out of the browser's copy too.
pub(super) const PASSWORD: &str = "_password";
/// The field of a private key, for the same reasons.
pub(super) const PRIVATE_KEY: &str = "_key";

/// The fields of a form, in the order in which they were sent.
#[derive(Debug, Clone, Default)]
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    fn read(body: &[u8]) -> Self {
        // A browser sends line ends as CR LF; texts are kept with LF, so that a text sent back unchanged is unchanged.
        let fields = form_urlencoded::parse(body)
            .map(|(name, value)| (name.into_owned(), value.replace("\r\n", "\n")));
        Self(fields.collect())
    }

    /// What stands behind the question mark of an address.
    pub(super) fn of_query(query: &str) -> Self {
        Self::read(query.as_bytes())
    }

    /// The others than that of a name.
    pub(super) fn without(mut self, name: &str) -> Self {
        self.0.retain(|(known, _)| known != name);
        self
    }

    /// The value of a field; empty when it was not sent.
    pub(super) fn get(&self, name: &str) -> &str {
        self.0
            .iter()
            .find(|(known, _)| known == name)
            .map_or("", |(_, value)| value)
    }

    /// Every value of a field that may be sent more than once.
    pub(super) fn all<'f>(&'f self, name: &'f str) -> impl Iterator<Item = &'f str> {
        let named = self.0.iter().filter(move |(known, _)| known == name);
        named.map(|(_, value)| value.as_str())
    }

    /// The fields whose names begin so, by what follows.
    pub(super) fn beginning<'f>(
        &'f self,
        begin: &'f str,
    ) -> impl Iterator<Item = (&'f str, &'f str)> {
        let all = self.0.iter();
        all.filter_map(move |(name, value)| Some((name.strip_prefix(begin)?, value.as_str())))
    }

    /// The value without blanks around it; none when nothing is left.
    pub(super) fn given(&self, name: &str) -> Option<&str> {
        Some(self.get(name).trim()).filter(|value| !value.is_empty())
    }

    /// Everything but what belongs to one session or one moment, under names that a login form may carry beside its own.
    pub(super) fn all_but_token(&self) -> impl Iterator<Item = (String, &str)> {
        self.0
            .iter()
            .filter(|(name, _)| !MOMENTARY.contains(&name.as_str()))
            .map(|(name, value)| (format!("{KEPT}{name}"), value.as_str()))
    }

    /// What a login form carries of a form that was typed before, under its own names again.
    pub(super) fn kept(&self) -> impl Iterator<Item = (String, String)> {
        self.0.iter().filter_map(|(name, value)| {
            let name = name.strip_prefix(KEPT)?;
            Some((name.to_owned(), value.clone()))
        })
    }

    /// SHA-256 of what the form holds, lower-case hexadecimal.
    pub(super) fn digest(&self) -> String {
        self.marked("")
    }

    fn marked(&self, path: &str) -> String {
        let mut hash = Sha256::new_with_prefix(path);
        for (name, value) in &self.0 {
            // The token changes with the session, and a form is sent again after a new login; a password is kept in no form.
            if !MOMENTARY.contains(&name.as_str()) {
                hash.update(format!("\n{}:{name}={value}", value.len()));
            }
        }
        hex(&hash.finalize())
    }

    /// The key under which the form is done once, with the mark of what it holds.
    pub(super) fn idempotency(&self, path: &str) -> Option<Idempotency> {
        Some(Idempotency {
            key: self.given("_once")?.chars().take(100).collect(),
            fingerprint: self.marked(path),
        })
    }

    /// The same for one of several things that the form does.
    pub(super) fn idempotency_of(&self, path: &str, thing: impl Display) -> Option<Idempotency> {
        let whole = self.idempotency(path)?;
        Some(Idempotency {
            key: format!("{}:{thing}", whole.key),
            ..whole
        })
    }
}

impl FromRequest for Fields {
    type Error = Failure;
    type Future = LocalBoxFuture<'static, Result<Self, Failure>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let body = web::Bytes::from_request(request, payload);
        Box::pin(async move {
            let body = body.await.map_err(|_| Failure::TooLarge)?;
            Ok(Self::read(&body))
        })
    }
}

/// A form that a visitor sent from a page of their own session. Handlers that change anything take this and nothing less.
pub(super) struct Sent {
    /// Who sent it.
    pub(super) visitor: Visitor,
    /// What.
    pub(super) fields: Fields,
}

impl FromRequest for Sent {
    type Error = Failure;
    type Future = LocalBoxFuture<'static, Result<Self, Failure>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let fields = Fields::from_request(request, payload);
        let request = request.clone();
        Box::pin(async move {
            let fields = fields.await?;
            // Before anything else: a page that asks to log in again keeps what was typed.
            actix_web::HttpMessage::extensions_mut(&request).insert(fields.clone());
            let visitor = Visitor::from_request(&request, &mut Payload::None).await?;
            if !same(fields.get("_token"), &visitor.form_token()) {
                return Err(Failure::Forged);
            }
            Ok(Self { visitor, fields })
        })
    }
}

/// Whether two texts are the same, in a time that does not tell where they differ.
fn same(one: &str, other: &str) -> bool {
    one.len() == other.len()
        && one
            .bytes()
            .zip(other.bytes())
            .fold(0, |differing, (a, b)| differing | (a ^ b))
            == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_known_again_by_what_it_holds_but_not_by_its_session() {
        let form = |body: &str| Fields::read(body.as_bytes());
        let key = |body: &str, path| form(body).idempotency(path).unwrap().fingerprint;
        let sent = key("_once=k&_token=a&reason=x", "/p");
        assert_eq!(sent, key("_once=k&_token=b&reason=x", "/p"));
        assert_ne!(sent, key("_once=k&_token=a&reason=y", "/p"));
        assert_ne!(sent, key("_once=k&_token=a&reason=x", "/q"));
        assert!(form("reason=x").idempotency("/p").is_none());
        assert_eq!(form("a=+").given("a"), None);
    }

    #[test]
    fn tokens_are_compared_whole() {
        assert!(same("abc", "abc"));
        assert!(!same("abc", "abd") && !same("abc", "ab") && !same("", "a"));
    }
}
