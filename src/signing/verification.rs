//! Is this file what an expert signed? Each check by name, so that a reader learns what was looked at and what failed.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Serialize;
use sha2::{Digest, Sha256};
use x509_parser::prelude::{FromDer, Pem, X509Certificate};

use super::jades::{ALGORITHM, Header, Jades, TYPE};
use super::timestamps::{self, Stamp};
use super::{canonical, chain};
use crate::domain::hexadecimal::hex;
use crate::domain::statement::{READ, Statement};
use crate::domain::text_enum::text_enum;

text_enum! {
    /// One thing that is checked, in the order in which it is.
    pub enum Check {
        /// The file is a flattened JWS with nothing else in it.
        File = "file",
        /// Its header is one that we know: ES256, nothing critical that we do not understand.
        Header = "header",
        /// The header names the certificate that it carries.
        Certificate = "certificate",
        /// The certificate's key made the signature, over exactly these bytes.
        Signature = "signature",
        /// An authority certified the key for signatures, itself or through others, and it is the one that the reader trusts.
        Authority = "authority",
        /// Every certificate was valid at the claimed instant.
        Validity = "validity",
        /// What is signed is an opinion in its one canonical form, signed at the instant that the header claims.
        Statement = "statement",
        /// The time stamps, where there are any, are of this signature, and were made while the certificates were valid.
        Timestamp = "timestamp",
    }
}

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The check.
    pub check: Check,
    /// What was found, in words.
    pub said: String,
    /// Whether it held.
    pub holds: bool,
}

/// What was found in a file.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// Every check up to the first that failed.
    pub findings: Vec<Finding>,
    /// SHA-256 of the certificate of the authority that the file carries, lower-case hexadecimal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authority: Option<String>,
    /// What the first time stamp attests, where there is one.
    #[serde(skip)]
    pub timestamp: Option<Stamp>,
    /// What was signed; only when everything held.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub statement: Option<Statement>,
}

impl Report {
    /// Whether every check held.
    pub fn holds(&self) -> bool {
        self.statement.is_some()
    }

    /// The check that failed.
    pub fn failure(&self) -> Option<&Finding> {
        self.findings.iter().find(|finding| !finding.holds)
    }
}

/// The certificates (DER) that the reader trusts, each within its own validity. Without them the report tells which they would have
/// to be.
#[derive(Debug, Clone, Copy, Default)]
pub struct Trust<'a> {
    /// Of authorities that certify experts' keys.
    pub authorities: Option<&'a [Vec<u8>]>,
    /// Of authorities that make time stamps.
    pub time_authorities: Option<&'a [Vec<u8>]>,
}

/// Verifies a signed opinion.
pub fn verify(file: &[u8], trust: Trust<'_>) -> Report {
    let mut report = Report {
        findings: Vec::new(),
        authority: None,
        timestamp: None,
        statement: None,
    };
    // The first failure ends it; it is in the findings already.
    report.statement = examine(file, trust, &mut report).ok();
    report
}

/// The certificates of a PEM file, DER; none when something in it is no certificate.
pub fn certificates(pem: &[u8]) -> Option<Vec<Vec<u8>>> {
    let found: Result<Vec<Vec<u8>>, _> = Pem::iter_from_buffer(pem)
        .map(|one| one.map(|one| one.contents))
        .collect();
    let readable = |der: &Vec<u8>| X509Certificate::from_der(der).is_ok();
    found
        .ok()
        .filter(|found| !found.is_empty() && found.iter().all(readable))
}

/// A check that failed and was noted.
struct Failed;

impl Report {
    fn note<T>(&mut self, check: Check, found: Result<(T, String), String>) -> Result<T, Failed> {
        let (value, said, holds) = match found {
            Ok((value, said)) => (Some(value), said, true),
            Err(said) => (None, said, false),
        };
        self.findings.push(Finding { check, said, holds });
        value.ok_or(Failed)
    }
}

fn examine(file: &[u8], trust: Trust<'_>, report: &mut Report) -> Result<Statement, Failed> {
    let jades = report.note(Check::File, read_file(file))?;
    let header = report.note(Check::Header, read_header(&jades))?;
    let chain = report.note(Check::Certificate, read_chain(&header))?;
    let signer = report.note(Check::Certificate, read_certificate(chain.signer()))?;
    report.note(Check::Signature, check_signature(&jades, &signer))?;
    report.authority = Some(hex(&Sha256::digest(chain.authority())));
    report.note(Check::Authority, check_authority(&chain, trust.authorities))?;
    let validity = check_validity(&chain, header.iat);
    report.note(Check::Validity, validity)?;
    let statement = report.note(Check::Statement, read_statement(&jades, header.iat))?;
    let stamps = check_timestamps(&jades, &chain, &header, trust.time_authorities);
    report.timestamp = report.note(Check::Timestamp, stamps)?;
    Ok(statement)
}

fn read_file(file: &[u8]) -> Result<(Jades, String), String> {
    let jades = serde_json::from_slice(file)
        .map_err(|error| format!("the file is not a signed opinion: {error}"))?;
    Ok((jades, "a flattened JWS".into()))
}

fn read_header(jades: &Jades) -> Result<(Header, String), String> {
    let bytes = URL_SAFE_NO_PAD
        .decode(&jades.protected)
        .map_err(|error| format!("the header is not base64url: {error}"))?;
    let header: Header = serde_json::from_slice(&bytes)
        .map_err(|error| format!("the header cannot be read: {error}"))?;
    if header.alg != ALGORITHM {
        return Err(format!(
            "the algorithm is {:?}, not {ALGORITHM}",
            header.alg
        ));
    }
    if header.typ != TYPE {
        return Err(format!("the type is {:?}, not {TYPE}", header.typ));
    }
    if let Some(critical) = &header.crit {
        return Err(format!(
            "the header demands what this verifier does not know: {}",
            critical.join(", ")
        ));
    }
    let at = instant(header.iat)?;
    Ok((
        header,
        format!("{ALGORITHM}, signed at {}", at.to_rfc3339()),
    ))
}

fn instant(seconds: i64) -> Result<DateTime<Utc>, String> {
    DateTime::from_timestamp(seconds, 0).ok_or_else(|| "the instant is out of range".to_owned())
}

/// The certificates that a file carries, DER: the signer's, those between, the authority's.
struct Chain(Vec<Vec<u8>>);

impl Chain {
    fn signer(&self) -> &[u8] {
        self.0.first().map_or(&[], Vec::as_slice)
    }

    fn authority(&self) -> &[u8] {
        self.0.last().map_or(&[], Vec::as_slice)
    }

    fn read(&self) -> Result<Vec<X509Certificate<'_>>, String> {
        self.0.iter().map(|der| chain::read(der)).collect()
    }
}

fn read_chain(header: &Header) -> Result<(Chain, String), String> {
    let decoded: Result<Vec<Vec<u8>>, _> = header
        .x5c
        .iter()
        .map(|text| STANDARD.decode(text))
        .collect();
    let decoded = decoded.map_err(|error| format!("a certificate is not base64: {error}"))?;
    if !(2..=chain::MAX).contains(&decoded.len()) {
        return Err(format!(
            "there must be two certificates, the signer's and its authority's, and at most {} between",
            chain::MAX - 2
        ));
    }
    let chain = Chain(decoded);
    let fingerprint = Sha256::digest(chain.signer());
    if URL_SAFE_NO_PAD.encode(fingerprint) != header.x5t {
        return Err("the header names another certificate than it carries".into());
    }
    let said = format!("SHA-256 {}", hex(&fingerprint));
    Ok((chain, said))
}

fn read_certificate(der: &[u8]) -> Result<(X509Certificate<'_>, String), String> {
    let certificate = chain::read(der)?;
    let said = format!("of {}", certificate.subject());
    Ok((certificate, said))
}

fn check_signature(jades: &Jades, signer: &X509Certificate<'_>) -> Result<((), String), String> {
    let signed = format!("{}.{}", jades.protected, jades.payload);
    made_by(signer, signed.as_bytes(), &jades.signature)?;
    Ok(((), "made by the certificate's key over these bytes".into()))
}

/// Whether the key of a certificate (DER) made an ES256 signature (base64url) over these bytes.
pub fn signed_by(certificate: &[u8], bytes: &[u8], signature: &str) -> bool {
    X509Certificate::from_der(certificate)
        .is_ok_and(|(_, certificate)| made_by(&certificate, bytes, signature).is_ok())
}

/// The public key of a certificate (DER): the bytes of its point.
pub fn point(certificate: &[u8]) -> Option<Vec<u8>> {
    let (_, certificate) = X509Certificate::from_der(certificate).ok()?;
    let key = &certificate.public_key().subject_public_key;
    Some(key.data.to_vec())
}

/// The same by a public key alone: an uncompressed point of P-256.
pub fn signed_by_point(point: &[u8], bytes: &[u8], signature: &str) -> bool {
    made_by_point(point, bytes, signature).is_ok()
}

fn made_by(signer: &X509Certificate<'_>, bytes: &[u8], signature: &str) -> Result<(), String> {
    let point = signer.public_key().subject_public_key.data.as_ref();
    made_by_point(point, bytes, signature)
}

fn made_by_point(point: &[u8], bytes: &[u8], signature: &str) -> Result<(), String> {
    let Some((4, coordinates)) = point.split_first().map(|(form, rest)| (*form, rest)) else {
        return Err("the certificate's key is not a point of P-256".into());
    };
    let (x, y) = coordinates
        .split_at_checked(32)
        .filter(|(_, y)| y.len() == 32)
        .ok_or("the certificate's key is not a point of P-256")?;
    let encode = |part: &[u8]| URL_SAFE_NO_PAD.encode(part);
    let key = DecodingKey::from_ec_components(&encode(x), &encode(y))
        .map_err(|error| format!("the certificate's key cannot be used: {error}"))?;
    match jsonwebtoken::crypto::verify(signature, bytes, &key, Algorithm::ES256) {
        Ok(true) => Ok(()),
        Ok(false) => Err("the signature is not of these bytes, or not by this key".into()),
        Err(error) => Err(format!("the signature cannot be read: {error}")),
    }
}

fn check_authority(chain: &Chain, trusted: Option<&[Vec<u8>]>) -> Result<((), String), String> {
    let read = chain.read()?;
    chain::holds(&read)?;
    let (Some(authority), between) = (read.last(), read.len().saturating_sub(2)) else {
        return Err("there is no certificate".into());
    };
    let through: Vec<String> = read
        .iter()
        .skip(1)
        .take(between)
        .map(|one| one.subject().to_string())
        .collect();
    let through = match through.as_slice() {
        [] => String::new(),
        names => format!(" through {}", names.join(", ")),
    };
    let name = format!("certified by {}{through}", authority.subject());
    match trusted {
        Some(trusted) if !trusted.iter().any(|one| one == chain.authority()) => Err(format!(
            "another authority than the one you trust: {}",
            authority.subject()
        )),
        Some(_) => Ok(((), format!("{name}, which you trust"))),
        None => Ok((
            (),
            format!(
                "{name}; compare its SHA-256 with the one the exchange publishes: {}",
                hex(&Sha256::digest(chain.authority()))
            ),
        )),
    }
}

fn check_validity(chain: &Chain, at: i64) -> Result<((), String), String> {
    let read = chain.read()?;
    let last = read.len().saturating_sub(1);
    for (place, certificate) in read.iter().enumerate() {
        let whose = match place {
            0 => "the signer's certificate",
            _ if place == last => "the authority's certificate",
            _ => "a certificate between the signer's and the authority's",
        };
        let validity = certificate.validity();
        let (from, until) = (
            validity.not_before.timestamp(),
            validity.not_after.timestamp(),
        );
        if !(from..=until).contains(&at) {
            return Err(format!(
                "{whose} was valid from {} to {}",
                instant(from)?.to_rfc3339(),
                instant(until)?.to_rfc3339()
            ));
        }
    }
    Ok(((), "all certificates were valid at that instant".into()))
}

/// How far before the claimed instant a time stamp may lie: the clocks of two machines differ.
const CLOCKS: i64 = 300;

fn check_timestamps(
    jades: &Jades,
    chain: &Chain,
    header: &Header,
    trusted: Option<&[Vec<u8>]>,
) -> Result<(Option<Stamp>, String), String> {
    let mut first = None;
    for token in jades.tokens()? {
        let stamp = timestamps::check(&token, jades.signature.as_bytes(), trusted)?;
        if stamp.at.timestamp() < header.iat - CLOCKS {
            return Err("the time stamp is older than the signature claims to be".into());
        }
        check_validity(chain, stamp.at.timestamp())?;
        first.get_or_insert(stamp);
    }
    let said = match &first {
        None => "there is none; the instant is the one that the server claims".to_owned(),
        Some(stamp) => format!(
            "{} attests that the signature was there at {}{}",
            stamp.authority,
            stamp.at.to_rfc3339(),
            trusted.map_or("; whether to trust it is yours to say", |_| "")
        ),
    };
    Ok((first, said))
}

fn read_statement(jades: &Jades, claimed: i64) -> Result<(Statement, String), String> {
    let bytes = URL_SAFE_NO_PAD
        .decode(&jades.payload)
        .map_err(|error| format!("the payload is not base64url: {error}"))?;
    if !canonical::is_canonical(&bytes) {
        return Err("the payload is not in its canonical form".into());
    }
    let statement: Statement = serde_json::from_slice(&bytes)
        .map_err(|error| format!("the payload is not an opinion: {error}"))?;
    if !READ.contains(&statement.form.as_str()) {
        return Err(format!(
            "the payload's form is {:?}, not {}",
            statement.form,
            READ.join(" or ")
        ));
    }
    if statement.signed_at.timestamp() != claimed {
        return Err("the opinion and the header claim different instants".into());
    }
    let said = format!(
        "opinion {} of case {}, version {}, by {}",
        statement.opinion.id,
        statement.case.reference,
        statement.opinion.version,
        statement.signed_by.name
    );
    Ok((statement, said))
}

#[cfg(test)]
pub(crate) mod tests;
