//! A request for a certificate (PKCS #10, RFC 2986): that whoever holds a key asks an authority to say whose it is. In two halves, like
//! a signature, since the key may be in a token.

use std::cell::RefCell;

use rcgen::string::PrintableString;
use rcgen::{
    CertificateParams, DistinguishedName, DnType, DnValue, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256,
    PublicKeyData, SignatureAlgorithm, SigningKey,
};

use super::SigningError;
use super::authority::{Subject, failed, labelled};
use super::jades::der_signature;

/// The bytes of a request that its key signs (ECDSA over SHA-256). `point` is the public key: an uncompressed point of P-256.
///
/// # Errors
/// [`SigningError::Certificate`].
pub fn to_sign(subject: Subject<'_>, point: &[u8]) -> Result<Vec<u8>, SigningError> {
    let key = Elsewhere::of(point, Vec::new());
    params(subject)?.serialize_request(&key).map_err(failed)?;
    Ok(key.signed.take())
}

/// The request as text (RFC 7468), from both numbers of the signature over [`to_sign`].
///
/// # Errors
/// [`SigningError::Certificate`].
pub fn complete(
    subject: Subject<'_>,
    point: &[u8],
    signature: &[u8],
) -> Result<String, SigningError> {
    let signature = der_signature(signature)
        .ok_or_else(|| SigningError::Certificate("not a signature of P-256".into()))?;
    let key = Elsewhere::of(point, signature);
    let request = params(subject)?.serialize_request(&key).map_err(failed)?;
    Ok(labelled("CERTIFICATE REQUEST", request.der()))
}

/// The same subject as in a certificate of the exchange's own authority.
fn params(subject: Subject<'_>) -> Result<CertificateParams, SigningError> {
    let mut params = CertificateParams::default();
    params.distinguished_name = names(subject)?;
    params.key_usages = vec![
        KeyUsagePurpose::DigitalSignature,
        KeyUsagePurpose::ContentCommitment,
    ];
    Ok(params)
}

/// The name of a person in a certificate.
///
/// # Errors
/// [`SigningError::Certificate`].
pub(super) fn names(subject: Subject<'_>) -> Result<DistinguishedName, SigningError> {
    let mut names = DistinguishedName::new();
    names.push(DnType::CommonName, subject.name);
    names.push(DnType::OrganizationName, subject.organisation);
    // serialNumber of the subject (2.5.4.5): tells two people of one name apart.
    let identifier = PrintableString::try_from(subject.identifier).map_err(failed)?;
    names.push(
        DnType::CustomDnType(vec![2, 5, 4, 5]),
        DnValue::PrintableString(identifier),
    );
    Ok(names)
}

/// A key whose signature is made elsewhere: keeps what it was to sign, and hands out what it was given.
struct Elsewhere<'a> {
    point: &'a [u8],
    signature: Vec<u8>,
    signed: RefCell<Vec<u8>>,
}

impl<'a> Elsewhere<'a> {
    fn of(point: &'a [u8], signature: Vec<u8>) -> Self {
        Self {
            point,
            signature,
            signed: RefCell::default(),
        }
    }
}

impl PublicKeyData for Elsewhere<'_> {
    fn der_bytes(&self) -> &[u8] {
        self.point
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &PKCS_ECDSA_P256_SHA256
    }
}

impl SigningKey for Elsewhere<'_> {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        self.signed.replace(message.to_vec());
        Ok(self.signature.clone())
    }
}
