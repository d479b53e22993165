//! Signatures of what is sent to other systems, as the Standard Webhooks specification 1.0 has them: HMAC-SHA256 over the message's
//! identifier, the second of the attempt and the body.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// What a secret begins with, so that people and scanners of leaked secrets know it.
const PREFIX: &str = "whsec_";
/// Bytes of a secret; the specification wants 24 to 64.
const BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// A secret that sender and receiver share. Never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Vec<u8>);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(withheld)")
    }
}

impl Secret {
    /// A secret of 256 random bits.
    pub fn random() -> Self {
        Self(rand::random::<[u8; 32]>().to_vec())
    }

    /// The secret of a text; none where the text is no secret.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = STANDARD.decode(text.strip_prefix(PREFIX)?).ok()?;
        BYTES.contains(&bytes.len()).then_some(Self(bytes))
    }

    /// The text that the receiver is given.
    pub fn text(&self) -> String {
        format!("{PREFIX}{}", STANDARD.encode(&self.0))
    }

    /// The signature of a message, with its version. None only for a key that HMAC does not take, which it takes all of.
    fn sign(&self, id: &str, timestamp: i64, body: &[u8]) -> Option<String> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).ok()?;
        mac.update(format!("{id}.{timestamp}.").as_bytes());
        mac.update(body);
        Some(format!(
            "v1,{}",
            STANDARD.encode(mac.finalize().into_bytes())
        ))
    }
}

/// The signatures of a message by each of these secrets, apart by blanks, as the header `webhook-signature` has them.
pub fn signatures(secrets: &[Secret], id: &str, timestamp: i64, body: &[u8]) -> String {
    let all = secrets.iter();
    let all = all.filter_map(|secret| secret.sign(id, timestamp, body));
    all.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification's own libraries.
    #[test]
    fn a_signature_is_the_one_that_the_specification_gives() {
        let secret = Secret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let body = br#"{"test": 2432232314}"#;
        let signed = |secrets: &[Secret]| {
            signatures(secrets, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, body)
        };
        let expected = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        assert_eq!(signed(std::slice::from_ref(&secret)), expected);
        let both = signed(&[Secret::random(), secret]);
        assert!(both.ends_with(&format!(" {expected}")), "{both}");
        assert_eq!(both.split(' ').count(), 2);
    }

    #[test]
    fn a_secret_is_told_as_text_and_never_printed() {
        let secret = Secret::random();
        assert_eq!(Secret::parse(&secret.text()), Some(secret.clone()));
        assert_ne!(secret, Secret::random());
        assert_eq!(format!("{secret:?}"), "Secret(withheld)");
        for bad in ["", "whsec_", "whsec_c2hvcnQ=", "c2VjcmV0", "whsec_!"] {
            assert_eq!(Secret::parse(bad), None, "{bad}");
        }
    }
}
