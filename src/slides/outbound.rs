//! The one door to slide sources and to who is told of events: only registered ones, only addresses they may have, within limits of
//! time and size.

mod identity;
mod tokens;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderValue, LOCATION, RETRY_AFTER};
use reqwest::{Client, StatusCode};
use rustls::AlertDescription;
use serde::{Deserialize, Serialize};
use url::{Host, Url};

use self::identity::Clients;
#[cfg(test)]
pub use self::identity::made;
pub use self::identity::{Identity, IdentityProblem};
pub use self::tokens::ClientCredentials;
use self::tokens::Tokens;
use super::addresses::{AddressRefused, Guarded, Lookup, SystemResolver, is_public};
use crate::domain::ids::SlideSourceId;
use crate::domain::slides::{LinkFailure, SourceKind, climbs};

/// Bytes of a refusal that are looked at.
const SAID_MAX: u64 = 16 * 1024;
/// Redirects followed within one source.
const REDIRECTS_MAX: usize = 3;

/// How long and how much a source may answer.
#[derive(Debug, Clone, Copy)]
pub struct OutboundLimits {
    /// Until the connection stands.
    pub connect: Duration,
    /// Until the whole answer is there, with all redirects on the way to it.
    pub overall: Duration,
    /// Bytes of an answer at most.
    pub max_bytes: u64,
}

impl Default for OutboundLimits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(3),
            overall: Duration::from_secs(10),
            max_bytes: 8 * 1024 * 1024,
        }
    }
}

/// How a source lets us in. Sealed at rest; never printed.
#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "scheme", rename_all = "snake_case")]
pub enum Credentials {
    /// User and password.
    Basic {
        /// User.
        user: String,
        /// Password.
        password: String,
    },
    /// A bearer token.
    Bearer {
        /// Token.
        token: String,
    },
    /// Tokens that an authority gives for ours.
    ClientCredentials(ClientCredentials),
    /// A certificate.
    Certificate(Identity),
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Credentials(withheld)")
    }
}

/// A slide source that an administrator registered.
#[derive(Debug, Clone)]
pub struct RegisteredSource {
    /// Identifier.
    pub id: SlideSourceId,
    /// What it speaks.
    pub kind: SourceKind,
    /// Its address.
    pub base_url: String,
    /// Whether its address may be private.
    pub internal: bool,
    /// How it lets us in.
    pub credentials: Option<Credentials>,
}

/// The client could not be made.
#[derive(Debug, thiserror::Error)]
#[error("the outbound client could not be made: {0}")]
pub struct ClientError(String);

/// Asks slide sources.
#[derive(Clone)]
pub struct Outbound {
    /// For sources on the public network: resolves names itself and refuses addresses that are not public.
    public: Client,
    /// For sources that an administrator registered as internal.
    internal: Client,
    /// For sources that know us by a certificate.
    identified: Arc<Clients>,
    tokens: Tokens,
    resolver: Arc<dyn Lookup>,
    limits: OutboundLimits,
}

impl Outbound {
    /// A client within these limits, resolving names by the system.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn new(limits: OutboundLimits) -> Result<Self, ClientError> {
        Self::with_resolver(limits, Arc::new(SystemResolver))
    }

    /// A client with a resolver of its own, which tests use to lie.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn with_resolver(
        limits: OutboundLimits,
        resolver: Arc<dyn Lookup>,
    ) -> Result<Self, ClientError> {
        // The first caller of the process installs the provider; later ones find it there.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let build = |public_only: bool| {
            builder(limits, &resolver, public_only)
                .build()
                .map_err(|error| ClientError(error.to_string()))
        };
        Ok(Self {
            public: build(true)?,
            internal: build(false)?,
            identified: Arc::default(),
            tokens: Tokens::new(),
            resolver,
            limits,
        })
    }

    /// The client that shows no certificate.
    fn plain(&self, internal: bool) -> &Client {
        if internal {
            &self.internal
        } else {
            &self.public
        }
    }

    fn client(&self, source: &RegisteredSource) -> Result<Client, LinkFailure> {
        let Some(Credentials::Certificate(identity)) = &source.credentials else {
            return Ok(self.plain(source.internal).clone());
        };
        let builder = || builder(self.limits, &self.resolver, !source.internal);
        let client = self.identified.get(identity, source.internal, builder);
        client.ok_or(LinkFailure::RefusedCredentials)
    }

    /// Asks a source for what stands at `path` below its base address.
    ///
    /// # Errors
    /// [`LinkFailure`].
    pub async fn get(
        &self,
        source: &RegisteredSource,
        path: &str,
        accept: &str,
    ) -> Result<Answer, LinkFailure> {
        // Of the whole, not of each step: a source could redirect just before each of them is over.
        tokio::time::timeout(self.limits.overall, self.follow(source, path, accept))
            .await
            .map_err(|_| LinkFailure::Timeout)?
    }

    /// Sends a body to a service that the operator configured, at any address, and reads what it answers. Follows nothing.
    ///
    /// # Errors
    /// [`LinkFailure`].
    pub async fn post(
        &self,
        service: &Url,
        media_type: &'static str,
        body: Vec<u8>,
    ) -> Result<Answer, LinkFailure> {
        let asked = async {
            let request = self.internal.post(service.clone()).body(body);
            let request = request.header(CONTENT_TYPE, HeaderValue::from_static(media_type));
            let response = request.send().await.map_err(|error| failure(&error))?;
            if response.status().is_redirection() {
                return Err(LinkFailure::RedirectRefused);
            }
            self.answer(response).await
        };
        tokio::time::timeout(self.limits.overall, asked)
            .await
            .map_err(|_| LinkFailure::Timeout)?
    }

    /// Tells something to a receiver that an administrator registered; `internal` says whether its address may be private. Follows
    /// nothing, and reads nothing of the answer but its head: whatever else the receiver sends is not waited for.
    ///
    /// # Errors
    /// [`LinkFailure`]; an answer, whatever its status, is none.
    pub async fn tell(
        &self,
        receiver: &Url,
        internal: bool,
        headers: &[(&'static str, String)],
        body: Vec<u8>,
    ) -> Result<Told, LinkFailure> {
        check_literal(receiver, internal)?;
        let client = if internal {
            &self.internal
        } else {
            &self.public
        };
        let mut request = client.post(receiver.clone()).body(body);
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let response = tokio::time::timeout(self.limits.overall, request.send())
            .await
            .map_err(|_| LinkFailure::Timeout)?
            .map_err(|error| failure(&error))?;
        if response.status().is_redirection() {
            return Err(LinkFailure::RedirectRefused);
        }
        let wait = response.headers().get(RETRY_AFTER);
        let wait = wait.and_then(|value| value.to_str().ok()?.parse().ok());
        Ok(Told {
            status: response.status().as_u16(),
            retry_after: wait.map(Duration::from_secs),
        })
    }

    async fn follow(
        &self,
        source: &RegisteredSource,
        path: &str,
        accept: &str,
    ) -> Result<Answer, LinkFailure> {
        let base = base_of(source)?;
        // The dot keeps a name with a colon, as archival identifiers have it, from being read as a scheme.
        let mut url = base
            .join(&format!("./{path}"))
            .map_err(|_| LinkFailure::Malformed)?;
        for _ in 0..=REDIRECTS_MAX {
            if !below(&base, &url) {
                return Err(LinkFailure::RedirectRefused);
            }
            check_literal(&url, source.internal)?;
            let response = self.send(source, url.clone(), accept).await?;
            if !response.status().is_redirection() {
                return self.answer(response).await;
            }
            let target = response
                .headers()
                .get(LOCATION)
                .and_then(|value| value.to_str().ok())
                .ok_or(LinkFailure::Malformed)?;
            url = url.join(target).map_err(|_| LinkFailure::RedirectRefused)?;
        }
        Err(LinkFailure::RedirectRefused)
    }

    async fn send(
        &self,
        source: &RegisteredSource,
        url: Url,
        accept: &str,
    ) -> Result<reqwest::Response, LinkFailure> {
        let Some(Credentials::ClientCredentials(client)) = &source.credentials else {
            return self.ask(source, url, accept, None).await;
        };
        let token = self.tokens.get(self, source, client).await?;
        let asked = self.ask(source, url.clone(), accept, Some(&token.text));
        let response = asked.await?;
        if response.status() != StatusCode::UNAUTHORIZED {
            return Ok(response);
        }
        // It was taken back before its time: another one is asked for, once.
        self.tokens.forget(source, client, &token).await;
        let token = self.tokens.get(self, source, client).await?;
        self.ask(source, url, accept, Some(&token.text)).await
    }

    async fn ask(
        &self,
        source: &RegisteredSource,
        url: Url,
        accept: &str,
        token: Option<&str>,
    ) -> Result<reqwest::Response, LinkFailure> {
        let client = self.client(source)?;
        let mut headers = HeaderMap::new();
        headers.insert(
            ACCEPT,
            HeaderValue::from_str(accept).map_err(|_| LinkFailure::Malformed)?,
        );
        let request = client.get(url).headers(headers);
        let request = match &source.credentials {
            Some(Credentials::Basic { user, password }) => request.basic_auth(user, Some(password)),
            Some(Credentials::Bearer { token }) => request.bearer_auth(token),
            Some(Credentials::ClientCredentials(_)) => match token {
                Some(token) => request.bearer_auth(token),
                None => request,
            },
            Some(Credentials::Certificate(_)) | None => request,
        };
        request.send().await.map_err(|error| failure(&error))
    }

    /// Reads an answer as far as the limit.
    async fn answer(&self, response: reqwest::Response) -> Result<Answer, LinkFailure> {
        match response.status() {
            status if status.is_success() => {}
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                return Err(LinkFailure::RefusedCredentials);
            }
            StatusCode::NOT_FOUND | StatusCode::GONE => return Err(LinkFailure::NotFound),
            status if status.is_server_error() => return Err(LinkFailure::ServerError),
            // Busy: whether it has the slide is not known.
            StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT => {
                return Err(LinkFailure::ServerError);
            }
            // Servers answer 400 for what they do not have, and nginx for a certificate that is missing or not one of its own.
            status => {
                let said = status == StatusCode::BAD_REQUEST && response.url().scheme() == "https";
                let said = if said {
                    read(response, SAID_MAX).await.ok()
                } else {
                    None
                };
                let of_certificate = said.is_some_and(|said| {
                    let about = b"SSL certificate";
                    said.body.windows(about.len()).any(|part| part == about)
                });
                return Err(if of_certificate {
                    LinkFailure::RefusedCredentials
                } else {
                    LinkFailure::NotFound
                });
            }
        }
        read(response, self.limits.max_bytes).await
    }
}

fn builder(
    limits: OutboundLimits,
    resolver: &Arc<dyn Lookup>,
    public_only: bool,
) -> reqwest::ClientBuilder {
    Client::builder()
        .connect_timeout(limits.connect)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .referer(false)
        .user_agent("relecture")
        .dns_resolver(Arc::new(Guarded {
            lookup: Arc::clone(resolver),
            public_only,
        }))
}

/// Reads an answer as far as `max_bytes`; its length is believed only where it condemns.
async fn read(response: reqwest::Response, max_bytes: u64) -> Result<Answer, LinkFailure> {
    let promised = response.content_length();
    if promised.is_some_and(|length| length > max_bytes) {
        return Err(LinkFailure::TooLarge);
    }
    let media_type = response
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
        .to_ascii_lowercase();
    let mut body = Vec::new();
    let mut stream = response.bytes_stream();
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|error| failure(&error))?;
        if body.len() as u64 + chunk.len() as u64 > max_bytes {
            return Err(LinkFailure::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Answer { media_type, body })
}

/// What a receiver made of what it was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Told {
    /// The status of its answer.
    pub status: u16,
    /// When it wants to be asked again.
    pub retry_after: Option<Duration>,
}

/// What a source answered.
#[derive(Debug)]
pub struct Answer {
    /// Content type, lower case; sources lie about it.
    pub media_type: String,
    /// The bytes.
    pub body: Vec<u8>,
}

fn base_of(source: &RegisteredSource) -> Result<Url, LinkFailure> {
    let mut text = source.base_url.clone();
    if !text.ends_with('/') {
        text.push('/');
    }
    let url = Url::parse(&text).map_err(|_| LinkFailure::Malformed)?;
    if !matches!(url.scheme(), "http" | "https")
        || !url.username().is_empty()
        || url.password().is_some()
    {
        return Err(LinkFailure::Malformed);
    }
    Ok(url)
}

/// Whether an address lies at the source: same scheme, host and port, below its path.
fn below(base: &Url, url: &Url) -> bool {
    let same_origin = base.scheme() == url.scheme()
        && base.host() == url.host()
        && base.port_or_known_default() == url.port_or_known_default();
    let inside = url
        .path()
        .strip_prefix(base.path())
        .is_some_and(|path| !climbs(path));
    same_origin && inside && url.username().is_empty()
}

/// A literal address never reaches the resolver, so that it is looked at here.
fn check_literal(url: &Url, internal: bool) -> Result<(), LinkFailure> {
    let literal = match url.host() {
        Some(Host::Ipv4(address)) => IpAddr::V4(address),
        Some(Host::Ipv6(address)) => IpAddr::V6(address),
        Some(Host::Domain(_)) => return Ok(()),
        None => return Err(LinkFailure::Malformed),
    };
    if internal || is_public(literal) {
        Ok(())
    } else {
        Err(LinkFailure::AddressRefused)
    }
}

fn failure(error: &reqwest::Error) -> LinkFailure {
    if error.is_timeout() {
        return LinkFailure::Timeout;
    }
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(one) = cause {
        if one.downcast_ref::<AddressRefused>().is_some() {
            return LinkFailure::AddressRefused;
        }
        match tls(one) {
            Some(rustls::Error::InvalidCertificate(_)) => return LinkFailure::CertificateRefused,
            Some(rustls::Error::AlertReceived(alert)) if is_about_us(*alert) => {
                return LinkFailure::RefusedCredentials;
            }
            _ => {}
        }
        cause = one.source();
    }
    LinkFailure::SourceUnreachable
}

/// Whether a server says that it does not take our certificate, or misses one.
fn is_about_us(alert: AlertDescription) -> bool {
    matches!(
        alert,
        AlertDescription::BadCertificate
            | AlertDescription::UnsupportedCertificate
            | AlertDescription::CertificateRevoked
            | AlertDescription::CertificateExpired
            | AlertDescription::CertificateUnknown
            | AlertDescription::CertificateRequired
            | AlertDescription::UnknownCA
            | AlertDescription::AccessDenied
    )
}

/// Why TLS failed. An I/O error holds its cause without naming it as its source, and may hold another one.
fn tls<'e>(error: &'e (dyn std::error::Error + 'static)) -> Option<&'e rustls::Error> {
    let mut held = Some(error);
    while let Some(one) = held {
        if let Some(tls) = one.downcast_ref::<rustls::Error>() {
            return Some(tls);
        }
        let within = one.downcast_ref::<std::io::Error>();
        held = within.and_then(|error| error.get_ref().map(|held| held as _));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_literal_is_seen_through_its_disguises() {
        for disguise in [
            "http://127.0.0.1/",
            "http://2130706433/",
            "http://0x7f.1/",
            "http://0177.0.0.1/",
            "http://[::ffff:7f00:1]/",
            "http://127.1/",
        ] {
            let url = Url::parse(disguise).unwrap();
            assert_eq!(
                check_literal(&url, false),
                Err(LinkFailure::AddressRefused),
                "{disguise}"
            );
            assert_eq!(check_literal(&url, true), Ok(()), "{disguise}");
        }
    }

    #[test]
    fn a_certificate_is_found_however_deep_it_is_held() {
        let refused = rustls::CertificateError::UnknownIssuer;
        let invalid = rustls::Error::InvalidCertificate(refused);
        let held = std::io::Error::other(std::io::Error::other(invalid));
        assert!(matches!(
            tls(&held),
            Some(rustls::Error::InvalidCertificate(_))
        ));
        let other = std::io::Error::other(rustls::Error::HandshakeNotComplete);
        assert!(matches!(
            tls(&other),
            Some(rustls::Error::HandshakeNotComplete)
        ));
        assert!(tls(&std::io::Error::other("reset")).is_none());
        assert!(is_about_us(AlertDescription::CertificateRequired));
        assert!(!is_about_us(AlertDescription::HandshakeFailure));
    }

    #[test]
    fn credentials_are_never_printed() {
        let secret = Credentials::Basic {
            user: "labo".into(),
            password: "hunter2".into(),
        };
        assert!(!format!("{secret:?}").contains("hunter2"));
    }
}
