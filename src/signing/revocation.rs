//! Lists of the certificates that an authority has taken back (RFC 5280, 5): what is known of a key once it is out of use, for whoever
//! verifies without us. That a key is out of use says nothing of what it signed before.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use rcgen::{CertificateRevocationListParams, KeyIdMethod, RevokedCertParams, SerialNumber};
use time::OffsetDateTime;
use x509_parser::prelude::{CertificateRevocationList, FromDer, Pem, X509Certificate};

use super::authority::{Certified, failed, issuer, labelled};
use super::jades::{Header, Jades};
use super::{SigningError, chain, timestamps};

/// How long a list may be used before another one has to be there.
const HOLDS: TimeDelta = TimeDelta::days(30);
/// ECDSA with SHA-256 as an algorithm identifier, and the tag of the signature that follows (DER).
const ALGORITHM: [u8; 13] = [
    0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02, 0x03,
];
/// How a list is labelled as text.
const LABEL: &str = "X509 CRL";

/// A certificate that was taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revoked {
    /// The certificate, DER.
    pub certificate: Vec<u8>,
    /// When.
    pub at: DateTime<Utc>,
}

/// The list of what an authority has taken back, DER. Its number is the second it was made in, so that a later one has a higher one.
///
/// # Errors
/// [`SigningError::Certificate`].
pub fn list(
    authority: &Certified,
    revoked: &[Revoked],
    now: DateTime<Utc>,
) -> Result<Vec<u8>, SigningError> {
    let at = |instant: DateTime<Utc>| {
        OffsetDateTime::from_unix_timestamp(instant.timestamp())
            .map_err(|error| SigningError::Certificate(error.to_string()))
    };
    let entry = |one: &Revoked| {
        let read = chain::read(&one.certificate).map_err(SigningError::Certificate)?;
        Ok(RevokedCertParams {
            serial_number: SerialNumber::from_slice(&read.serial.to_bytes_be()),
            revocation_time: at(one.at)?,
            reason_code: None,
            invalidity_date: None,
        })
    };
    let number = now.timestamp().max(1).to_be_bytes();
    let list = CertificateRevocationListParams {
        this_update: at(now)?,
        next_update: at(now + HOLDS)?,
        crl_number: SerialNumber::from_slice(&number),
        issuing_distribution_point: None,
        revoked_certs: revoked
            .iter()
            .map(entry)
            .collect::<Result<_, SigningError>>()?,
        key_identifier_method: KeyIdMethod::Sha256,
    };
    let list = list.signed_by(&issuer(authority)?).map_err(failed)?;
    Ok(list.der().to_vec())
}

/// A list as text (RFC 7468).
pub fn pem_of(der: &[u8]) -> String {
    labelled(LABEL, der)
}

/// What a list says of a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// When the list was made.
    pub listed_at: DateTime<Utc>,
    /// When the certificate was taken back, if it was.
    pub revoked_at: Option<DateTime<Utc>>,
}

/// What a list (PEM) says of a certificate that the authority (both DER) made.
///
/// # Errors
/// In words, when it is not a list of that authority's.
pub fn standing(text: &[u8], certificate: &[u8], authority: &[u8]) -> Result<Standing, String> {
    let unreadable = || "the list cannot be read".to_owned();
    let pem = Pem::iter_from_buffer(text).collect::<Result<Vec<Pem>, _>>();
    let pem = pem.map_err(|_| unreadable())?;
    let [pem] = pem.as_slice() else {
        return Err(unreadable());
    };
    let (rest, list) =
        CertificateRevocationList::from_der(&pem.contents).map_err(|_| unreadable())?;
    // As it is written here, and in no other way.
    if pem_of(&pem.contents).as_bytes() != text || !rest.is_empty() {
        return Err(unreadable());
    }
    let (certificate, authority) = (chain::read(certificate)?, chain::read(authority)?);
    by(&list, &authority)?;
    let instant = |seconds: i64| DateTime::from_timestamp(seconds, 0).ok_or_else(unreadable);
    let mut revoked = list.iter_revoked_certificates();
    let found = revoked.find(|one| *one.serial() == certificate.serial);
    let revoked_at = found.map(|one| instant(one.revocation_date.timestamp()));
    Ok(Standing {
        listed_at: instant(list.last_update().timestamp())?,
        revoked_at: revoked_at.transpose()?,
    })
}

/// What a list says of the key that made a signed form, and what the form says of when.
#[derive(Debug, Clone)]
pub struct Told {
    /// What the list says.
    pub standing: Standing,
    /// The instant that the signature claims.
    pub claimed_at: DateTime<Utc>,
    /// The instants at which time stamps attest that it was there, whosever they are.
    pub stamped_at: Vec<DateTime<Utc>>,
}

/// What a list (PEM) of its authority's says of the key that made a signed form.
///
/// # Errors
/// In words.
pub fn told_of(form: &[u8], list: &[u8]) -> Result<Told, String> {
    let unreadable = || "what it is about cannot be read".to_owned();
    let jades: Jades = serde_json::from_slice(form).map_err(|_| unreadable())?;
    let header = URL_SAFE_NO_PAD.decode(&jades.protected);
    let header = header.map_err(|_| unreadable())?;
    let header: Header = serde_json::from_slice(&header).map_err(|_| unreadable())?;
    let der = |text: Option<&String>| {
        let der = text.and_then(|text| STANDARD.decode(text).ok());
        der.ok_or_else(unreadable)
    };
    let (signer, authority) = (der(header.x5c.first())?, der(header.x5c.last())?);
    let mut stamped_at = Vec::new();
    for token in jades.tokens()? {
        let stamp = timestamps::check(&token, jades.signature.as_bytes(), None)?;
        stamped_at.push(stamp.at);
    }
    Ok(Told {
        standing: standing(list, &signer, &authority)?,
        claimed_at: DateTime::from_timestamp(header.iat, 0).ok_or_else(unreadable)?,
        stamped_at,
    })
}

/// Whether an authority made a list.
fn by(list: &CertificateRevocationList<'_>, authority: &X509Certificate<'_>) -> Result<(), String> {
    let other = || format!("the list is not one of {}", authority.subject());
    // Bits that do not count could be anything.
    if list.issuer() != authority.subject() || list.signature_value.unused_bits != 0 {
        return Err(other());
    }
    // Around what is signed there is one way to write the algorithm (ECDSA with SHA-256) and that a signature follows.
    let signed = [list.tbs_cert_list.as_ref(), &ALGORITHM[..]].concat();
    if !list
        .as_raw()
        .windows(signed.len())
        .any(|part| part == signed)
    {
        return Err(other());
    }
    list.verify_signature(authority.public_key())
        .map_err(|_| other())?;
    if list.extensions().iter().any(|one| one.critical) {
        return Err("the list demands what this program does not look at".into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signing::authority::{Subject, certify};
    use crate::signing::verification::tests::{at, authority, id};

    fn expert(authority: &Certified, number: u128) -> Certified {
        let subject = Subject {
            name: "Dr Aimée Césaire-Larose",
            organisation: "GCS Antilles-Guyane",
            identifier: "10101010101",
        };
        certify(authority, subject, at(), id(number)).unwrap()
    }

    #[test]
    fn a_list_tells_what_was_taken_back_and_when() {
        let made_by = authority(9);
        let [kept, lost] = [7, u128::MAX].map(|number| expert(&made_by, number));
        let (lost_at, now) = (at() + TimeDelta::days(3), at() + TimeDelta::days(9));
        let revoked = Revoked {
            certificate: lost.certificate.clone(),
            at: lost_at,
        };
        let empty = pem_of(&list(&made_by, &[], at()).unwrap());
        let full = pem_of(&list(&made_by, &[revoked], now).unwrap());
        let says = |text: &str, of: &Certified| {
            standing(text.as_bytes(), &of.certificate, &made_by.certificate).unwrap()
        };
        assert_eq!(says(&empty, &lost).revoked_at, None);
        assert_eq!(says(&full, &kept).revoked_at, None);
        let found = says(&full, &lost);
        assert_eq!((found.listed_at, found.revoked_at), (now, Some(lost_at)));
    }

    #[test]
    fn a_list_of_nobody_elses_is_believed_and_no_byte_of_it_can_be_changed() {
        let (made_by, other) = (authority(9), authority(8));
        let signer = expert(&made_by, 7);
        let der = list(&made_by, &[], at()).unwrap();
        let ask = |text: &str, by: &Certified| {
            standing(text.as_bytes(), &signer.certificate, &by.certificate)
        };
        ask(&pem_of(&der), &made_by).unwrap();
        let refused = ask(&pem_of(&der), &other).unwrap_err();
        assert!(refused.contains("not one of"), "{refused}");
        for place in 0..der.len() {
            let mut altered = der.clone();
            altered[place] ^= 1;
            assert!(ask(&pem_of(&altered), &made_by).is_err(), "byte {place}");
        }
        let certificate = super::super::authority::pem(&signer.certificate);
        for text in ["", "nonsense", &certificate, &pem_of(&der).repeat(2)] {
            assert!(ask(text, &made_by).is_err(), "{text}");
        }
    }
}
