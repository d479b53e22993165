//! From a signer's certificate to the authority that somebody trusts: each made by the next one, each for what it is used for
//! (RFC 5280, 6.1, as far as certificates of signers need it; what is critical and not looked at here is refused).

use x509_parser::asn1_rs::{Oid, oid};
use x509_parser::extensions::ParsedExtension;
use x509_parser::prelude::{FromDer, X509Certificate};

/// Certificates in a chain, the signer's and the authority's own among them, at most.
pub const MAX: usize = 5;

/// Uses of a certificate by which documents are signed: Adobe's, Microsoft's, and the one that RFC 9336 gave them all.
const DOCUMENTS: [Oid<'static>; 3] = [
    oid!(1.3.6.1.5.5.7.3.36),
    oid!(1.2.840.113583.1.1.5),
    oid!(1.3.6.1.4.1.311.10.3.12),
];
const ECDSA_P256: Oid<'static> = oid!(1.2.840.10045.3.1.7);

/// A certificate that is whole.
///
/// # Errors
/// In words.
pub fn read(der: &[u8]) -> Result<X509Certificate<'_>, String> {
    match X509Certificate::from_der(der) {
        Ok(([], certificate)) => Ok(certificate),
        Ok(_) => Err("something follows the certificate".into()),
        Err(error) => Err(format!("a certificate cannot be read: {error}")),
    }
}

/// Whether an authority is one that can be trusted by its own certificate: it made that itself, and makes others.
///
/// # Errors
/// In words.
pub fn is_authority(certificate: &X509Certificate<'_>) -> Result<(), String> {
    may_certify(certificate, 0)?;
    if certificate.subject() != certificate.issuer() {
        return Err(format!(
            "{} did not make its own certificate: the chain does not end there",
            certificate.subject()
        ));
    }
    certificate
        .verify_signature(None)
        .map_err(|_| "the authority's own certificate is altered".to_owned())
}

/// Whether a chain, the signer's certificate first and the authority's own last, holds together. Says nothing of when.
///
/// # Errors
/// In words.
pub fn holds(chain: &[X509Certificate<'_>]) -> Result<(), String> {
    let (Some(signer), Some(authority)) = (chain.first(), chain.last()) else {
        return Err("there is no certificate".into());
    };
    if !(2..=MAX).contains(&chain.len()) {
        return Err(format!(
            "there must be two certificates, the signer's and its authority's, and at most {} between",
            MAX - 2
        ));
    }
    for (below, pair) in chain.windows(2).enumerate() {
        let [made, by] = pair else { continue };
        if made.issuer() != by.subject() {
            return Err(format!(
                "the certificates are not in order: {} did not certify {}",
                by.subject(),
                made.subject()
            ));
        }
        made.verify_signature(Some(by.public_key())).map_err(|_| {
            format!(
                "the authority did not make this certificate: {} of {}",
                made.subject(),
                by.subject()
            )
        })?;
        may_certify(by, below)?;
    }
    may_sign(signer)?;
    is_authority(authority)
}

/// Whether a certificate may make others, with so many authorities below it.
fn may_certify(certificate: &X509Certificate<'_>, below: usize) -> Result<(), String> {
    let refused = |why: &str| Err(format!("{} {why}", certificate.subject()));
    let basic = certificate.basic_constraints().ok().flatten();
    let Some(basic) = basic.filter(|basic| basic.value.ca) else {
        return refused("is no authority");
    };
    let longest = basic.value.path_len_constraint.map(|most| most as usize);
    if longest.is_some_and(|longest| below > longest) {
        return refused("may not certify authorities");
    }
    let usage = certificate.key_usage().ok().flatten();
    if usage.is_some_and(|usage| !usage.value.key_cert_sign()) {
        return refused("is not for making certificates");
    }
    critical(certificate)
}

/// Whether a certificate is one by which a person signs documents with a key on P-256.
fn may_sign(certificate: &X509Certificate<'_>) -> Result<(), String> {
    let refused = |why: &str| Err(format!("{} {why}", certificate.subject()));
    if certificate.is_ca() {
        return refused("is an authority, not a person who signs");
    }
    let usage = certificate.key_usage().ok().flatten();
    if !usage.is_some_and(|usage| usage.value.digital_signature() || usage.value.non_repudiation())
    {
        return refused("is not for signatures");
    }
    let narrowed = certificate.extended_key_usage().ok().flatten();
    let for_documents = narrowed.is_none_or(|usage| {
        let usage = usage.value;
        usage.any
            || usage.email_protection
            || usage.client_auth
            || usage.other.iter().any(|other| DOCUMENTS.contains(other))
    });
    if !for_documents {
        return refused("is not for documents");
    }
    let algorithm = &certificate.public_key().algorithm;
    let curve = algorithm
        .parameters
        .as_ref()
        .and_then(|it| it.as_oid().ok());
    if curve != Some(ECDSA_P256) {
        return refused("has a key of another kind than P-256");
    }
    critical(certificate)
}

/// Refuses what a certificate demands to be looked at and is not looked at here.
fn critical(certificate: &X509Certificate<'_>) -> Result<(), String> {
    let unknown = certificate.extensions().iter().find(|extension| {
        extension.critical
            && !matches!(
                extension.parsed_extension(),
                ParsedExtension::BasicConstraints(_)
                    | ParsedExtension::KeyUsage(_)
                    | ParsedExtension::ExtendedKeyUsage(_)
                    | ParsedExtension::CertificatePolicies(_)
            )
    });
    match unknown {
        None => Ok(()),
        Some(extension) => Err(format!(
            "{} demands what this program does not look at: {}",
            certificate.subject(),
            extension.oid
        )),
    }
}
