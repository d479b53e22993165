//! A time stamp token: a CMS message (RFC 5652) that holds what is attested (RFC 3161, 2.4.2).

use chrono::{DateTime, NaiveDateTime, Utc};
use sha2::{Digest, Sha256, Sha384, Sha512};
use x509_parser::asn1_rs::{Any, BitString, Class, FromDer, Oid, Tag, oid};
use x509_parser::extensions::ExtendedKeyUsage;
use x509_parser::prelude::X509Certificate;
use x509_parser::x509::AlgorithmIdentifier;

type Read<T> = Result<T, String>;

/// Certificates between a time stamp's own and the one that is trusted, at most.
const CHAIN_MAX: usize = 5;

const SIGNED_DATA: Oid<'static> = oid!(1.2.840.113549.1.7.2);
const TST_INFO: Oid<'static> = oid!(1.2.840.113549.1.9.16.1.4);
const CONTENT_TYPE: Oid<'static> = oid!(1.2.840.113549.1.9.3);
const MESSAGE_DIGEST: Oid<'static> = oid!(1.2.840.113549.1.9.4);
/// The certificate by which the token was signed (RFC 5035, 3), by a digest of the signer's choice; its predecessor knew SHA-1 only.
const SIGNING_CERTIFICATE: Oid<'static> = oid!(1.2.840.113549.1.9.16.2.47);
const SHA256: Oid<'static> = oid!(2.16.840.1.101.3.4.2.1);
const SHA384: Oid<'static> = oid!(2.16.840.1.101.3.4.2.2);
const SHA512: Oid<'static> = oid!(2.16.840.1.101.3.4.2.3);
const RSA: Oid<'static> = oid!(1.2.840.113549.1.1.1);
const RSA_SHA256: Oid<'static> = oid!(1.2.840.113549.1.1.11);
const RSA_SHA384: Oid<'static> = oid!(1.2.840.113549.1.1.12);
const RSA_SHA512: Oid<'static> = oid!(1.2.840.113549.1.1.13);

/// A run of DER values.
pub(super) struct Der<'a>(&'a [u8]);

/// One value.
pub(super) struct Item<'a> {
    class: Class,
    tag: Tag,
    /// With tag and length.
    pub(super) whole: &'a [u8],
    content: &'a [u8],
}

impl<'a> Der<'a> {
    pub(super) fn of(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(super) fn next(&mut self) -> Read<Item<'a>> {
        let (rest, any) = Any::from_der(self.0).map_err(|_| "the time stamp is cut or altered")?;
        let length = self.0.len().saturating_sub(rest.len());
        let whole = self.0.get(..length).unwrap_or_default();
        self.0 = rest;
        Ok(Item {
            class: any.header.class(),
            tag: any.header.tag(),
            whole,
            content: any.data,
        })
    }

    fn take(&mut self, tag: Tag) -> Read<Item<'a>> {
        let item = self.next()?;
        if item.class == Class::Universal && item.tag == tag {
            Ok(item)
        } else {
            Err("the time stamp is not made as it should be".into())
        }
    }

    pub(super) fn sequence(&mut self) -> Read<Der<'a>> {
        self.take(Tag::Sequence).map(|item| Der(item.content))
    }

    fn set(&mut self) -> Read<Der<'a>> {
        self.take(Tag::Set).map(|item| Der(item.content))
    }

    pub(super) fn integer(&mut self) -> Read<&'a [u8]> {
        self.take(Tag::Integer).map(|item| item.content)
    }

    fn octets(&mut self) -> Read<&'a [u8]> {
        self.take(Tag::OctetString).map(|item| item.content)
    }

    fn name(&mut self) -> Read<Oid<'a>> {
        self.take(Tag::Oid)
            .map(|item| Oid::new(item.content.into()))
    }

    /// The value of that number of the context, when it comes next.
    fn context(&mut self, number: u32) -> Read<Option<Item<'a>>> {
        if self.0.is_empty() {
            return Ok(None);
        }
        let before = self.0;
        let item = self.next()?;
        if item.class == Class::ContextSpecific && item.tag == Tag(number) {
            return Ok(Some(item));
        }
        self.0 = before;
        Ok(None)
    }

    pub(super) fn end(&self) -> Read<()> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err("something follows the time stamp".into())
        }
    }
}

/// The signed message, read as far as it is checked.
pub(super) struct Signed<'a> {
    /// What is attested, DER.
    pub(super) content: &'a [u8],
    pub(super) certificates: Vec<X509Certificate<'a>>,
    signer: Signer<'a>,
}

struct Signer<'a> {
    /// Serial number of the signer's certificate.
    serial: &'a [u8],
    /// Its issuer, DER.
    issuer: &'a [u8],
    digest: Oid<'a>,
    /// The signed attributes with their tag, as they stand in the message.
    attributes: &'a [u8],
    algorithm: AlgorithmIdentifier<'a>,
    signature: &'a [u8],
}

impl<'a> Signed<'a> {
    pub(super) fn read(token: &'a [u8]) -> Read<Self> {
        let mut outer = Der(token);
        let mut message = outer.sequence()?;
        outer.end()?;
        let named = message.name()?;
        let inner = message.context(0)?.filter(|_| named == SIGNED_DATA);
        let inner = inner.ok_or("the time stamp is no signed message")?;
        let mut data = Der(inner.content).sequence()?;
        data.integer()?;
        data.set()?;
        let mut encapsulated = data.sequence()?;
        let kind = encapsulated.name()?;
        let content = encapsulated.context(0)?.filter(|_| kind == TST_INFO);
        let content = Der(content.ok_or("the message is no time stamp")?.content).octets()?;
        let mut certificates = Vec::new();
        if let Some(bag) = data.context(0)? {
            let mut bag = Der(bag.content);
            while !bag.0.is_empty() {
                let one = bag.next()?.whole;
                let (_, certificate) = X509Certificate::from_der(one)
                    .map_err(|error| format!("a certificate cannot be read: {error}"))?;
                certificates.push(certificate);
            }
        }
        data.context(1)?;
        let mut signers = data.set()?;
        let signer = Signer::read(signers.sequence()?)?;
        signers.end()?;
        Ok(Self {
            content,
            certificates,
            signer,
        })
    }

    /// The certificate whose key made the signature.
    pub(super) fn check_signature(&self) -> Read<X509Certificate<'a>> {
        let of_content = digest(&self.signer.digest, self.content)?;
        let attributes = self.signer.attributes()?;
        if attributes.kind != Some(TST_INFO) || attributes.digest != Some(of_content.as_slice()) {
            return Err("the time stamp's content is not the one that was signed".into());
        }
        let signer = &self.signer;
        let own = |one: &&X509Certificate<'_>| {
            one.raw_serial() == signer.serial && one.issuer().as_raw() == signer.issuer
        };
        let certificate = self.certificates.iter().find(own);
        let certificate = certificate.ok_or("the time stamp does not carry its certificate")?;
        // As a set, not as the member of the message that it is there (RFC 5652, 5.4).
        let mut bytes = signer.attributes.to_vec();
        if let Some(tag) = bytes.first_mut() {
            *tag = 0x31;
        }
        x509_parser::verify::verify_signature(
            certificate.public_key(),
            &signer.algorithm(),
            &BitString::new(0, signer.signature),
            &bytes,
        )
        .map_err(|_| "the time stamp was not made by the authority that it names")?;
        // Issuer and number say little: another certificate may have both, and the same key.
        let named = attributes.certificate.ok_or(
            "the time stamp does not say under its signature by which certificate it was made",
        )?;
        if !signer.is_named(named, certificate)? {
            return Err("the time stamp was made by another certificate than it carries".into());
        }
        Ok(certificate.clone())
    }
}

fn digest(algorithm: &Oid<'_>, bytes: &[u8]) -> Read<Vec<u8>> {
    match () {
        () if *algorithm == SHA256 => Ok(Sha256::digest(bytes).to_vec()),
        () if *algorithm == SHA384 => Ok(Sha384::digest(bytes).to_vec()),
        () if *algorithm == SHA512 => Ok(Sha512::digest(bytes).to_vec()),
        () => Err("the time stamp uses an unknown digest".into()),
    }
}

/// What the signed attributes say.
struct Attributes<'a> {
    /// The kind of the content.
    kind: Option<Oid<'a>>,
    /// Its digest.
    digest: Option<&'a [u8]>,
    /// The certificate that made the signature: a SigningCertificateV2.
    certificate: Option<Der<'a>>,
}

impl<'a> Signer<'a> {
    fn read(mut signer: Der<'a>) -> Read<Self> {
        signer.integer()?;
        let mut named = signer.sequence()?;
        let issuer = named.next()?.whole;
        let serial = named.integer()?;
        let digest = signer.sequence()?.name()?;
        let attributes = signer
            .context(0)?
            .ok_or("the time stamp signs no attributes")?;
        let algorithm = signer.take(Tag::Sequence)?.whole;
        let (_, algorithm) = AlgorithmIdentifier::from_der(algorithm)
            .map_err(|_| "the time stamp's algorithm cannot be read")?;
        Ok(Self {
            serial,
            issuer,
            digest,
            attributes: attributes.whole,
            algorithm,
            signature: signer.octets()?,
        })
    }

    fn attributes(&self) -> Read<Attributes<'a>> {
        let mut attributes = Der(Der(self.attributes).next()?.content);
        let mut said = Attributes {
            kind: None,
            digest: None,
            certificate: None,
        };
        while !attributes.0.is_empty() {
            let mut attribute = attributes.sequence()?;
            let (name, mut values) = (attribute.name()?, attribute.set()?);
            if name == CONTENT_TYPE {
                said.kind = Some(values.name()?);
            } else if name == MESSAGE_DIGEST {
                said.digest = Some(values.octets()?);
            } else if name == SIGNING_CERTIFICATE {
                said.certificate = Some(values.sequence()?);
            }
        }
        Ok(said)
    }

    /// Whether a SigningCertificateV2 names a certificate first: by its digest and, where it says them, issuer and number.
    fn is_named(&self, mut named: Der<'a>, certificate: &X509Certificate<'_>) -> Read<bool> {
        let mut first = named.sequence()?.sequence()?;
        let item = first.next()?;
        let is_algorithm = item.class == Class::Universal && item.tag == Tag::Sequence;
        let (algorithm, of_certificate) = if is_algorithm {
            (Der(item.content).name()?, first.octets()?)
        } else {
            (SHA256, item.content)
        };
        if digest(&algorithm, certificate.as_raw())? != of_certificate {
            return Ok(false);
        }
        if first.0.is_empty() {
            return Ok(true);
        }
        let mut issued = first.sequence()?;
        let mut names = issued.sequence()?;
        let issuer = names.context(4)?.map(|name| name.content);
        Ok(issuer == Some(self.issuer) && issued.integer()? == self.serial)
    }

    /// The algorithm of the signature; some authorities name the key's and leave the digest to its own place.
    fn algorithm(&self) -> AlgorithmIdentifier<'_> {
        if self.algorithm.algorithm != RSA {
            return self.algorithm.clone();
        }
        let algorithm = match () {
            () if self.digest == SHA384 => RSA_SHA384,
            () if self.digest == SHA512 => RSA_SHA512,
            () => RSA_SHA256,
        };
        AlgorithmIdentifier {
            algorithm,
            parameters: None,
        }
    }
}

/// What a token attests.
pub(super) struct Info<'a> {
    /// SHA-256 of what was stamped.
    pub(super) imprint: &'a [u8],
    pub(super) at: DateTime<Utc>,
    pub(super) nonce: Option<&'a [u8]>,
}

impl<'a> Info<'a> {
    pub(super) fn read(content: &'a [u8]) -> Read<Self> {
        let mut outer = Der(content);
        let mut info = outer.sequence()?;
        outer.end()?;
        info.integer()?;
        info.name()?;
        let mut imprint = info.sequence()?;
        if imprint.sequence()?.name()? != SHA256 {
            return Err("the time stamp is not of a SHA-256".into());
        }
        let imprint = imprint.octets()?;
        info.integer()?;
        let at = instant(info.take(Tag::GeneralizedTime)?.content)?;
        let mut nonce = None;
        while !info.0.is_empty() {
            let item = info.next()?;
            if item.class == Class::Universal && item.tag == Tag::Integer {
                nonce = Some(item.content);
            }
        }
        Ok(Self { imprint, at, nonce })
    }
}

fn instant(text: &[u8]) -> Read<DateTime<Utc>> {
    let text = std::str::from_utf8(text).unwrap_or_default();
    let naive = text
        .strip_suffix('Z')
        .and_then(|text| NaiveDateTime::parse_from_str(text, "%Y%m%d%H%M%S%.f").ok());
    let at = naive.ok_or("the time stamp's instant cannot be read")?;
    Ok(at.and_utc())
}

/// Whether a certificate may make time stamps and nothing else, was valid then, and descends from one that is trusted.
pub(super) fn check_certificate(
    signer: &X509Certificate<'_>,
    carried: &[X509Certificate<'_>],
    trusted: Option<&[Vec<u8>]>,
    at: DateTime<Utc>,
) -> Read<()> {
    let usage = signer.extended_key_usage().ok().flatten();
    let usage = usage.filter(|usage| usage.value.time_stamping);
    let usage = usage.ok_or("the certificate is not one for time stamps")?;
    // RFC 3161, 2.3: for nothing else, and whoever does not know that use may not pass over it.
    let only = ExtendedKeyUsage {
        any: false,
        server_auth: false,
        client_auth: false,
        code_signing: false,
        email_protection: false,
        time_stamping: true,
        ocsp_signing: false,
        other: Vec::new(),
    };
    if !usage.critical || *usage.value != only {
        return Err("the certificate is not one for time stamps alone".into());
    }
    let valid = |one: &X509Certificate<'_>| {
        let validity = one.validity();
        (validity.not_before.timestamp()..=validity.not_after.timestamp()).contains(&at.timestamp())
    };
    if !valid(signer) {
        return Err("the time stamp's certificate was not valid at that instant".into());
    }
    let Some(trusted) = trusted else {
        return Ok(());
    };
    let roots: Vec<X509Certificate<'_>> = trusted
        .iter()
        .filter_map(|der| X509Certificate::from_der(der).ok())
        .map(|(_, certificate)| certificate)
        .collect();
    let mut current = signer.clone();
    for _ in 0..=CHAIN_MAX {
        if roots.iter().any(|root| root.as_raw() == current.as_raw()) {
            return Ok(());
        }
        let issuer = roots.iter().chain(carried).find(|one| {
            one.is_ca()
                && one.subject() == current.issuer()
                && current.verify_signature(Some(one.public_key())).is_ok()
        });
        match issuer.filter(|one| valid(one)) {
            Some(issuer) if issuer.as_raw() != current.as_raw() => current = issuer.clone(),
            _ => break,
        }
    }
    Err("another time stamp authority than the one you trust".into())
}
