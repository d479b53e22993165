//! Refresh tokens: rotated at each use; a token used twice ends its whole family.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Duration, Utc};
use sha2::{Digest, Sha256};

/// How long an unused token lives.
pub const IDLE: Duration = Duration::days(14);
/// How long a session lives, however busy.
pub const ABSOLUTE: Duration = Duration::days(90);
/// How long after its use a token may be used once more, because the answer was lost on a slow line, and only while nobody has
/// used its successor. Wider, and a thief who races the owner gains; none, and every lost answer ends a session.
pub const GRACE: Duration = Duration::seconds(30);

/// A new token, and the hash that is kept of it.
pub struct NewToken {
    /// What the client gets; never kept.
    pub secret: String,
    /// What is kept.
    pub hash: String,
}

/// A token of 256 random bits.
pub fn new_token() -> NewToken {
    let bytes: [u8; 32] = rand::random();
    let secret = URL_SAFE_NO_PAD.encode(bytes);
    let hash = hash(&secret);
    NewToken { secret, hash }
}

/// The hash under which a token is kept. A fast one suffices: nobody guesses 256 random bits.
pub fn hash(secret: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(secret.as_bytes()))
}

/// When a token issued now ends.
pub fn expiry(session_started: DateTime<Utc>, now: DateTime<Utc>) -> DateTime<Utc> {
    (now + IDLE).min(session_started + ABSOLUTE)
}

/// A token that somebody shows, as it is kept.
#[derive(Debug, Clone, Copy)]
pub struct Shown {
    /// When it ends.
    pub expires_at: DateTime<Utc>,
    /// When it was used, if it was.
    pub used_at: Option<DateTime<Utc>>,
    /// Whether the token that followed it has been used.
    pub successor_used: bool,
    /// Whether it, or its family, was revoked.
    pub revoked: bool,
}

/// What to do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rotation {
    /// Issue a new one.
    Issue,
    /// Issue another one and revoke the successor, whose answer was lost.
    Replace,
    /// Refuse.
    Refuse,
    /// Refuse, and end the session everywhere: owner or thief, one of the two has a copy.
    EndFamily,
}

/// Decides about a token that is shown.
pub fn rotate(shown: &Shown, now: DateTime<Utc>) -> Rotation {
    match shown.used_at {
        _ if shown.revoked => Rotation::Refuse,
        Some(used) if now - used <= GRACE && !shown.successor_used => Rotation::Replace,
        Some(_) => Rotation::EndFamily,
        None if shown.expires_at <= now => Rotation::Refuse,
        None => Rotation::Issue,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_used_once() {
        let now: DateTime<Utc> = "2026-11-23T09:00:00Z".parse().unwrap();
        let fresh = Shown {
            expires_at: now + IDLE,
            used_at: None,
            successor_used: false,
            revoked: false,
        };
        let used = |seconds: i64| Shown {
            used_at: Some(now - Duration::seconds(seconds)),
            ..fresh
        };
        for (story, shown, expected) in [
            ("unused", fresh, Rotation::Issue),
            (
                "run out",
                Shown {
                    expires_at: now,
                    ..fresh
                },
                Rotation::Refuse,
            ),
            (
                "revoked",
                Shown {
                    revoked: true,
                    ..fresh
                },
                Rotation::Refuse,
            ),
            ("its answer was lost", used(5), Rotation::Replace),
            (
                "shown by two",
                Shown {
                    successor_used: true,
                    ..used(5)
                },
                Rotation::EndFamily,
            ),
            ("shown much later", used(31), Rotation::EndFamily),
            (
                "used and revoked",
                Shown {
                    revoked: true,
                    ..used(5)
                },
                Rotation::Refuse,
            ),
        ] {
            assert_eq!(rotate(&shown, now), expected, "{story}");
        }
        assert_eq!(
            expiry(now - Duration::days(89), now),
            now + Duration::days(1)
        );
        assert_eq!(expiry(now, now), now + IDLE);
    }

    #[test]
    fn tokens_are_long_different_and_kept_as_hashes() {
        let (one, other) = (new_token(), new_token());
        assert_eq!(one.secret.len(), 43);
        assert_ne!(one.secret, other.secret);
        assert_eq!(one.hash, hash(&one.secret));
        assert_ne!(one.hash, one.secret);
    }
}
