//! The exchange's own certificate authority: certifies that a key is an expert's. A network with certificates of its own uses
//! those instead; this one is what an exchange begins with.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    PKCS_ECDSA_P256_SHA256, PublicKeyData, SerialNumber, SignatureAlgorithm,
};
use time::OffsetDateTime;

use super::{SigningError, request};

/// How long the authority's own certificate holds.
const AUTHORITY_YEARS: i32 = 20;
/// How long an expert's certificate holds; a new one is made for the first signature after it.
const EXPERT_YEARS: i32 = 2;

/// A key with its certificate. The key is sealed wherever it is kept.
#[derive(Clone)]
pub struct Certified {
    /// The certificate, DER.
    pub certificate: Vec<u8>,
    /// The private key, PKCS#8 DER.
    pub key: Vec<u8>,
    /// The certificate holds from then.
    pub not_before: DateTime<Utc>,
    /// And until then.
    pub not_after: DateTime<Utc>,
}

impl std::fmt::Debug for Certified {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Certified(withheld)")
    }
}

/// Whom a certificate is for.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// The person's name.
    pub name: &'a str,
    /// The network they answer for.
    pub organisation: &'a str,
    /// Their RPPS number or, where there is none, their identifier in the exchange.
    pub identifier: &'a str,
}

/// Makes an authority.
///
/// # Errors
/// [`SigningError::Certificate`].
pub fn establish(
    name: &str,
    now: DateTime<Utc>,
    serial: uuid::Uuid,
) -> Result<Certified, SigningError> {
    let (mut params, not_after) = params(now, AUTHORITY_YEARS, serial)?;
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let key = key_pair()?;
    let certificate = params.self_signed(&key).map_err(failed)?;
    Ok(Certified {
        certificate: certificate.der().to_vec(),
        key: key.serialize_der(),
        not_before: now,
        not_after,
    })
}

/// A certificate of a key that is elsewhere.
#[derive(Debug, Clone)]
pub struct Certificate {
    /// DER.
    pub der: Vec<u8>,
    /// It holds from then.
    pub not_before: DateTime<Utc>,
    /// And until then.
    pub not_after: DateTime<Utc>,
}

/// Makes a key for a person and certifies it.
///
/// # Errors
/// [`SigningError::Certificate`].
pub fn certify(
    authority: &Certified,
    subject: Subject<'_>,
    now: DateTime<Utc>,
    serial: uuid::Uuid,
) -> Result<Certified, SigningError> {
    let key = key_pair()?;
    let certificate = certificate(authority, subject, &key, now, serial)?;
    Ok(Certified {
        certificate: certificate.der,
        key: key.serialize_der(),
        not_before: certificate.not_before,
        not_after: certificate.not_after,
    })
}

/// Certifies a person's key that is held elsewhere, by its public half: an uncompressed point of P-256.
///
/// # Errors
/// [`SigningError::Certificate`].
pub fn certify_point(
    authority: &Certified,
    subject: Subject<'_>,
    point: &[u8],
    now: DateTime<Utc>,
    serial: uuid::Uuid,
) -> Result<Certificate, SigningError> {
    certificate(authority, subject, &Point(point), now, serial)
}

/// A public key whose other half is not here.
struct Point<'a>(&'a [u8]);

impl PublicKeyData for Point<'_> {
    fn der_bytes(&self) -> &[u8] {
        self.0
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &PKCS_ECDSA_P256_SHA256
    }
}

fn certificate(
    authority: &Certified,
    subject: Subject<'_>,
    key: &impl PublicKeyData,
    now: DateTime<Utc>,
    serial: uuid::Uuid,
) -> Result<Certificate, SigningError> {
    let (mut params, not_after) = params(now, EXPERT_YEARS, serial)?;
    params.distinguished_name = request::names(subject)?;
    params.key_usages = vec![
        KeyUsagePurpose::DigitalSignature,
        KeyUsagePurpose::ContentCommitment,
    ];
    params.use_authority_key_identifier_extension = true;
    let issuer = issuer(authority)?;
    let certificate = params.signed_by(key, &issuer).map_err(failed)?;
    Ok(Certificate {
        der: certificate.der().to_vec(),
        not_before: now,
        not_after,
    })
}

pub(super) fn failed(error: rcgen::Error) -> SigningError {
    SigningError::Certificate(error.to_string())
}

fn key_pair() -> Result<KeyPair, SigningError> {
    KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(failed)
}

/// A key that nobody has certified: its private half, PKCS#8 DER, and its public one, an uncompressed point of P-256.
///
/// # Errors
/// [`SigningError::Certificate`].
pub fn new_key() -> Result<(Vec<u8>, Vec<u8>), SigningError> {
    let key = key_pair()?;
    Ok((key.serialize_der(), key.der_bytes().to_vec()))
}

pub(super) fn issuer(authority: &Certified) -> Result<Issuer<'static, KeyPair>, SigningError> {
    let key = KeyPair::try_from(authority.key.as_slice()).map_err(failed)?;
    let certificate = authority.certificate.as_slice().into();
    Issuer::from_ca_cert_der(&certificate, key).map_err(failed)
}

/// What every certificate shares: serial number and time of validity, from the second before, since certificates know no
/// smaller unit.
fn params(
    now: DateTime<Utc>,
    years: i32,
    serial: uuid::Uuid,
) -> Result<(CertificateParams, DateTime<Utc>), SigningError> {
    let at = |instant: DateTime<Utc>| {
        OffsetDateTime::from_unix_timestamp(instant.timestamp())
            .map_err(|error| SigningError::Certificate(error.to_string()))
    };
    let not_after = now + chrono::Duration::days(i64::from(years) * 365);
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.serial_number = Some(SerialNumber::from_slice(serial.as_bytes()));
    params.not_before = at(now)?;
    params.not_after = at(not_after)?;
    Ok((params, not_after))
}

/// A certificate as text (RFC 7468).
pub fn pem(der: &[u8]) -> String {
    labelled("CERTIFICATE", der)
}

/// Something else as text, under its label.
pub(super) fn labelled(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let mut pem = format!("-----BEGIN {label}-----\n");
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let (line, more) = rest.split_at(rest.len().min(64));
        pem.push_str(line);
        pem.push('\n');
        rest = more;
    }
    pem.push_str(&format!("-----END {label}-----\n"));
    pem
}
