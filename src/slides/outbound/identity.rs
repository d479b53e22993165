//! The certificate by which a slide source knows us (mutual TLS), and its key.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};
use reqwest::Client;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Certificates of a chain at most.
const CHAIN_MAX: usize = 10;
/// Clients kept: one for each certificate, and for each reach.
const CLIENTS_MAX: usize = 256;

/// By what a source knows us, each as PEM.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// Our certificate, and those between it and one that the source trusts.
    pub certificate: String,
    /// Its key.
    pub key: String,
    /// The certificates that alone may vouch for the source; where there are none, those that the system trusts may.
    #[serde(default)]
    pub authority: Option<String>,
}

/// What is wrong with an identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdentityProblem {
    /// The certificate is none.
    #[error("this is no certificate in PEM")]
    Certificate,
    /// The key is none.
    #[error("this is no private key in PEM, or one that needs a password")]
    Key,
    /// The key is another certificate's.
    #[error("the key is not the certificate's")]
    Mismatch,
    /// The source's authority is none.
    #[error("this is no certificate of an authority in PEM")]
    Authority,
}

impl Identity {
    /// Until when the certificate is good, if it is one and the key is its.
    ///
    /// # Errors
    /// [`IdentityProblem`].
    pub fn check(&self) -> Result<DateTime<Utc>, IdentityProblem> {
        let chain = certificates(&self.certificate).ok_or(IdentityProblem::Certificate)?;
        let first = chain.first().ok_or(IdentityProblem::Certificate)?;
        let until = run_out(first).ok_or(IdentityProblem::Certificate)?;
        let key = PrivateKeyDer::from_pem_slice(self.key.as_bytes());
        let key = key.map_err(|_| IdentityProblem::Key)?;
        let provider = ring::default_provider();
        let signing = provider.key_provider.load_private_key(key.clone_key());
        signing.map_err(|_| IdentityProblem::Key)?;
        CertifiedKey::from_der(chain, key, &provider).map_err(|_| IdentityProblem::Mismatch)?;
        if let Some(authority) = &self.authority {
            certificates(authority)
                .filter(|found| found.iter().all(|one| run_out(one).is_some()))
                .ok_or(IdentityProblem::Authority)?;
        }
        Ok(until)
    }

    /// Tells it from others without telling what it is.
    fn fingerprint(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        let authority = self.authority.as_deref().unwrap_or_default();
        for part in [&self.certificate, &self.key, authority] {
            hash.update(part.len().to_be_bytes());
            hash.update(part);
        }
        hash.finalize().into()
    }

    /// With this identity.
    fn shown_by(&self, builder: reqwest::ClientBuilder) -> Option<reqwest::ClientBuilder> {
        let both = format!("{}\n{}", self.certificate, self.key);
        let builder = builder.identity(reqwest::Identity::from_pem(both.as_bytes()).ok()?);
        match &self.authority {
            None => Some(builder),
            Some(authority) => {
                let trusted = reqwest::Certificate::from_pem_bundle(authority.as_bytes()).ok()?;
                Some(builder.tls_certs_only(trusted))
            }
        }
    }
}

fn certificates(pem: &str) -> Option<Vec<CertificateDer<'static>>> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes())
        .take(CHAIN_MAX + 1)
        .collect();
    let found = found.ok()?;
    (1..=CHAIN_MAX).contains(&found.len()).then_some(found)
}

fn run_out(certificate: &CertificateDer<'_>) -> Option<DateTime<Utc>> {
    let (rest, parsed) = x509_parser::parse_x509_certificate(certificate).ok()?;
    let until = parsed.validity().not_after.timestamp();
    rest.is_empty()
        .then(|| DateTime::from_timestamp(until, 0))?
}

/// A client for each identity: connections that were opened as one are used for no other.
#[derive(Default)]
pub(super) struct Clients(Mutex<HashMap<([u8; 32], bool), Client>>);

impl Clients {
    /// The client of an identity, for public addresses or for all; made by `builder` the first time. None where it cannot be made.
    pub(super) fn get(
        &self,
        identity: &Identity,
        internal: bool,
        builder: impl FnOnce() -> reqwest::ClientBuilder,
    ) -> Option<Client> {
        let key = (identity.fingerprint(), internal);
        let mut clients = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(&key) {
            return Some(client.clone());
        }
        let client = identity.shown_by(builder())?.build().ok()?;
        if clients.len() >= CLIENTS_MAX {
            clients.clear();
        }
        clients.insert(key, client.clone());
        Some(client)
    }
}

/// Identities for tests.
#[cfg(test)]
pub mod made {
    use base64::Engine as _;
    use base64::prelude::BASE64_STANDARD;

    use super::Identity;

    fn pem(label: &str, der: &[u8]) -> String {
        let text = BASE64_STANDARD.encode(der);
        format!("-----BEGIN {label}-----\n{text}\n-----END {label}-----\n")
    }

    /// One for which nobody vouches.
    pub fn identity() -> Identity {
        let made = rcgen::generate_simple_self_signed(vec!["relecture".into()]).unwrap();
        Identity {
            certificate: pem("CERTIFICATE", made.cert.der()),
            key: pem("PRIVATE KEY", &made.signing_key.serialize_der()),
            authority: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_is_taken_with_its_own_key_and_told_when_it_runs_out() {
        let (one, other) = (made::identity(), made::identity());
        assert!(one.check().unwrap() > DateTime::UNIX_EPOCH);
        let with = |change: fn(&mut Identity, &Identity)| {
            let mut changed = one.clone();
            change(&mut changed, &other);
            changed.check()
        };
        for (changed, problem) in [
            (
                with(|one, other| one.key = other.key.clone()),
                IdentityProblem::Mismatch,
            ),
            (
                with(|one, _| one.key = one.certificate.clone()),
                IdentityProblem::Key,
            ),
            (with(|one, _| one.key = "key".into()), IdentityProblem::Key),
            (
                with(|one, _| one.certificate = one.key.clone()),
                IdentityProblem::Certificate,
            ),
            (
                with(|one, _| {
                    one.certificate =
                        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".into()
                }),
                IdentityProblem::Certificate,
            ),
            (
                with(|one, _| one.authority = Some("x".into())),
                IdentityProblem::Authority,
            ),
        ] {
            assert_eq!(changed, Err(problem));
        }
        assert!(with(|one, other| one.authority = Some(other.certificate.clone())).is_ok());
    }
}
