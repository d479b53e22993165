//! Time stamps (RFC 3161): an authority's word that a signature was there at an instant. What is stamped is the signature as it
//! stands in the file, so that the stamp can come later and change no signed byte (JAdES baseline T).

mod token;

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

use self::token::Der;

/// What a time stamp attests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    /// The instant that the authority attests.
    pub at: DateTime<Utc>,
    /// The name of the authority's certificate.
    pub authority: String,
    /// The number of the request that it answers.
    pub nonce: Option<Vec<u8>>,
}

/// Asks for a stamp of `stamped` (RFC 3161, 2.4.1), with a number that the answer must repeat.
pub fn request(stamped: &[u8], nonce: Nonce) -> Vec<u8> {
    // Every part has a fixed size: version 1; SHA-256 and 32 bytes; eight bytes; the certificates, please.
    let mut request = vec![0x30, 0x43, 0x02, 0x01, 0x01, 0x30, 0x31];
    request.extend([0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65]);
    request.extend([0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20]);
    request.extend(Sha256::digest(stamped));
    request.extend([0x02, 0x08]);
    request.extend(nonce.0);
    request.extend([0x01, 0x01, 0xff]);
    request
}

/// The number of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Nonce([u8; 8]);

impl Nonce {
    /// A number of random bytes, positive and of full length, as DER wants it.
    pub fn of(random: uuid::Uuid) -> Self {
        let (_, bytes) = random.as_u64_pair();
        Self(((bytes & 0x3fff_ffff_ffff_ffff) | 0x4000_0000_0000_0000).to_be_bytes())
    }

    /// Whether a stamp answers the request of that number.
    pub fn is_of(self, stamp: &Stamp) -> bool {
        stamp.nonce.as_deref() == Some(self.0.as_slice())
    }
}

/// The token within an authority's answer (RFC 3161, 2.4.2).
///
/// # Errors
/// In words: the answer is none, or the authority refused.
pub fn token(answer: &[u8]) -> Result<Vec<u8>, String> {
    let mut outer = Der::of(answer);
    let mut answer = outer.sequence()?;
    outer.end()?;
    let status = answer.sequence()?.integer()?.to_vec();
    if !matches!(status.as_slice(), [0 | 1]) {
        return Err(format!("the authority refused: status {status:?}"));
    }
    Ok(answer.next()?.whole.to_vec())
}

/// Checks a token: that it is of `stamped`, made by the certificate that it names under its signature, which was valid then and is one
/// for time stamps alone; with `trusted` certificates (DER), that it descends from one of them.
///
/// # Errors
/// In words.
pub fn check(token: &[u8], stamped: &[u8], trusted: Option<&[Vec<u8>]>) -> Result<Stamp, String> {
    let signed = token::Signed::read(token)?;
    let info = token::Info::read(signed.content)?;
    if info.imprint != Sha256::digest(stamped).as_slice() {
        return Err("the time stamp is of another signature".into());
    }
    let signer = signed.check_signature()?;
    token::check_certificate(&signer, &signed.certificates, trusted, info.at)?;
    Ok(Stamp {
        at: info.at,
        authority: signer.subject().to_string(),
        nonce: info.nonce.map(<[u8]>::to_vec),
    })
}
