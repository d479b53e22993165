//! How a slide source lets us in: what is given is looked at before it is sealed, and goes nowhere but to the server it is for.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use url::Url;

use super::{ADDRESS_MAX, SourceContent, address_problem};
use crate::domain::administration::line_problem;
use crate::domain::problems::{FieldProblem, FieldRule};
use crate::service::Core;
use crate::service::links::registered;
use crate::slides::outbound::{ClientCredentials, Credentials, Identity, IdentityProblem};
use crate::store::organisations::SlideSource;

/// Longest certificate or key, in characters.
const PEM_MAX: usize = 64 * 1024;

/// What becomes of the credentials of a source.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(tag = "scheme", rename_all = "snake_case", deny_unknown_fields)]
pub enum NewCredentials {
    /// Those that are kept stay; a source that has none needs none.
    #[default]
    Keep,
    /// The source needs none.
    None,
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
    /// Tokens that an authority gives for these.
    ClientCredentials {
        /// Where it gives them.
        token_url: String,
        /// As what it knows us.
        client_id: String,
        /// By what it knows us.
        client_secret: String,
        /// For what they are asked.
        #[serde(default)]
        scope: Option<String>,
    },
    /// A certificate that the source knows us by.
    Certificate {
        /// In PEM, with those between it and one that the source trusts.
        certificate: String,
        /// Its key, in PEM.
        key: String,
        /// The certificates that alone may vouch for the source, in PEM.
        #[serde(default)]
        authority: Option<String>,
    },
}

impl fmt::Debug for NewCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NewCredentials(withheld)")
    }
}

impl NewCredentials {
    /// What is to be sealed; none where nothing is given.
    pub(super) fn given(&self) -> Option<Credentials> {
        Some(match self.clone() {
            Self::Keep | Self::None => return None,
            Self::Basic { user, password } => Credentials::Basic { user, password },
            Self::Bearer { token } => Credentials::Bearer { token },
            Self::ClientCredentials {
                token_url,
                client_id,
                client_secret,
                scope,
            } => Credentials::ClientCredentials(ClientCredentials {
                token_url,
                client_id,
                client_secret,
                scope,
            }),
            Self::Certificate {
                certificate,
                key,
                authority,
            } => Credentials::Certificate(Identity {
                certificate,
                key,
                authority,
            }),
        })
    }
}

/// What is wrong with the credentials of a source. Those that are kept go on to the server they were given for, and to no other.
pub(super) fn problems(
    kept: Option<&SlideSource>,
    content: &SourceContent,
    now: DateTime<Utc>,
) -> Vec<FieldProblem> {
    let line =
        |name: &str, text: &str| line_problem(&format!("/credentials/{name}"), text, ADDRESS_MAX);
    match &content.credentials {
        NewCredentials::None => Vec::new(),
        NewCredentials::Basic { user, password } => line("user", user)
            .into_iter()
            .chain(line("password", password))
            .collect(),
        NewCredentials::Bearer { token } => line("token", token).into_iter().collect(),
        NewCredentials::ClientCredentials {
            token_url,
            client_id,
            client_secret,
            scope,
        } => address_problem("/credentials/token_url", token_url, content.internal)
            .into_iter()
            .chain(line("client_id", client_id))
            .chain(line("client_secret", client_secret))
            .chain(scope.as_deref().and_then(|scope| line("scope", scope)))
            .collect(),
        NewCredentials::Certificate {
            certificate,
            key,
            authority,
        } => {
            let identity = Identity {
                certificate: certificate.clone(),
                key: key.clone(),
                authority: authority.clone(),
            };
            identity_problem(&identity, content, now)
                .into_iter()
                .collect()
        }
        NewCredentials::Keep => {
            let origin = |address: &str| Url::parse(address).ok().map(|url| url.origin());
            let elsewhere = kept.is_some_and(|kept| {
                kept.sealed_credentials.is_some()
                    && origin(&kept.base_url) != origin(content.base_url.trim())
            });
            let problem = || FieldProblem::new("/credentials", FieldRule::Required);
            elsewhere.then(problem).into_iter().collect()
        }
    }
}

fn identity_problem(
    identity: &Identity,
    content: &SourceContent,
    now: DateTime<Utc>,
) -> Option<FieldProblem> {
    let at = |name: &str| format!("/credentials/{name}");
    let authority = identity.authority.as_deref().unwrap_or_default();
    let given = [
        ("certificate", identity.certificate.as_str()),
        ("key", &identity.key),
        ("authority", authority),
    ];
    for (name, text) in given {
        if text.trim().is_empty() && name != "authority" {
            return Some(FieldProblem::new(at(name), FieldRule::Required));
        }
        if text.chars().count() > PEM_MAX {
            return Some(FieldProblem::new(
                at(name),
                FieldRule::TooLong { max: PEM_MAX },
            ));
        }
    }
    let malformed = |pointer: String, expected: &str| {
        let expected = expected.to_owned();
        Some(FieldProblem::new(
            pointer,
            FieldRule::Malformed { expected },
        ))
    };
    let until = match identity.check() {
        Ok(until) => until,
        Err(IdentityProblem::Certificate) => {
            return malformed(at("certificate"), "a certificate in PEM");
        }
        Err(IdentityProblem::Key) => {
            return malformed(at("key"), "a private key in PEM, without a password");
        }
        Err(IdentityProblem::Mismatch) => {
            return malformed(at("key"), "the key of the certificate");
        }
        Err(IdentityProblem::Authority) => {
            return malformed(at("authority"), "certificates in PEM");
        }
    };
    if until <= now {
        return malformed(at("certificate"), "a certificate that has not run out");
    }
    let plain = content.base_url.trim().starts_with("http:");
    if plain {
        return malformed(
            "/base_url".to_owned(),
            "an https address: a certificate is shown nowhere else",
        );
    }
    None
}

/// Of which kind the credentials are that are kept, and until when a certificate among them is good; none where none are kept or can
/// be opened.
pub(super) fn told(
    core: &Core,
    source: &SlideSource,
) -> Option<(&'static str, Option<DateTime<Utc>>)> {
    let opened = registered(core, source).ok()?.credentials?;
    Some(match opened {
        Credentials::Basic { .. } => ("basic", None),
        Credentials::Bearer { .. } => ("bearer", None),
        Credentials::ClientCredentials(_) => ("client_credentials", None),
        Credentials::Certificate(identity) => ("certificate", identity.check().ok()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::{LaboratoryId, SlideSourceId};
    use crate::domain::slides::SourceKind;
    use crate::slides::outbound::made;

    fn content(base_url: &str, internal: bool, credentials: NewCredentials) -> SourceContent {
        SourceContent {
            laboratory: LaboratoryId(uuid::Uuid::nil()),
            name: "Lames".into(),
            kind: SourceKind::Iiif,
            base_url: base_url.into(),
            internal,
            credentials,
        }
    }

    #[test]
    fn credentials_go_on_to_no_other_server() {
        let kept = SlideSource {
            id: SlideSourceId(uuid::Uuid::nil()),
            laboratory: LaboratoryId(uuid::Uuid::nil()),
            name: "Lames".into(),
            kind: SourceKind::Iiif,
            base_url: "https://lames.example.org/iiif".into(),
            internal: false,
            sealed_credentials: Some("sealed".into()),
        };
        let told = |address: &str, credentials| {
            problems(
                Some(&kept),
                &content(address, false, credentials),
                DateTime::UNIX_EPOCH,
            )
            .is_empty()
        };
        assert!(told(
            "https://lames.example.org/iiif/3",
            NewCredentials::Keep
        ));
        for elsewhere in [
            "https://lames.example.com/iiif",
            "https://lames.example.org:8443/iiif",
            "http://lames.example.org/iiif",
        ] {
            assert!(!told(elsewhere, NewCredentials::Keep), "{elsewhere}");
            assert!(told(elsewhere, NewCredentials::None), "{elsewhere}");
        }
    }

    #[test]
    fn credentials_are_never_printed() {
        let token = "hunter2".to_owned();
        let printed = format!(
            "{:?}",
            content("x", false, NewCredentials::Bearer { token })
        );
        assert!(!printed.contains("hunter2"), "{printed}");
    }

    #[test]
    fn a_certificate_is_shown_over_tls_only_and_not_after_its_end() {
        let made = made::identity();
        let certificate = NewCredentials::Certificate {
            certificate: made.certificate,
            key: made.key,
            authority: None,
        };
        let told = |address: &str, credentials: &NewCredentials, now| {
            let content = content(address, true, credentials.clone());
            let found = problems(None, &content, now);
            found.first().map(|problem| problem.pointer.clone())
        };
        let (now, long_after) = (DateTime::UNIX_EPOCH, DateTime::<Utc>::MAX_UTC);
        let https = "https://lames.example.org";
        assert_eq!(told(https, &certificate, now), None);
        let at = |name: &str| Some(format!("/credentials/{name}"));
        assert_eq!(told(https, &certificate, long_after), at("certificate"));
        assert_eq!(
            told("http://10.0.0.7", &certificate, now),
            Some("/base_url".to_owned())
        );
        let given = |token_url: &str, client_secret: &str| NewCredentials::ClientCredentials {
            token_url: token_url.into(),
            client_id: "relecture".into(),
            client_secret: client_secret.into(),
            scope: None,
        };
        assert_eq!(
            told(https, &given("https://sso.example.org/token", "x"), now),
            None
        );
        assert_eq!(
            told(https, &given("ftp://sso.example.org/token", "x"), now),
            at("token_url")
        );
        assert_eq!(
            told(https, &given("https://sso.example.org/token", ""), now),
            at("client_secret")
        );
    }
}
