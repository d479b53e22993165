//! Access tokens: short-lived JSON Web Tokens signed by this exchange for itself.

use chrono::{DateTime, Duration, Utc};
use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, decode_header, encode,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::ids::PersonId;

/// How long an access token lives: roles are read anew at each request, so that this bounds only a stolen token.
pub const LIFETIME: Duration = Duration::minutes(10);
/// Clocks of several instances may differ by so much.
const LEEWAY_SECONDS: i64 = 5;
const ISSUER: &str = "relecture";
const AUDIENCE: &str = "relecture-api";
/// The only algorithm; never taken from the token.
const ALGORITHM: Algorithm = Algorithm::HS256;
/// Shortest signing key (RFC 7518, 3.2: at least as long as the hash).
pub const SHORTEST_KEY: usize = 32;

/// What an access token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    iss: String,
    aud: String,
    /// Who.
    pub sub: PersonId,
    /// The session: the family of refresh tokens.
    pub sid: Uuid,
    jti: Uuid,
    iat: i64,
    exp: i64,
}

/// Why a token is not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// It was right and has run out.
    #[error("the token has run out")]
    Expired,
    /// Not one of ours.
    #[error("not a token of this exchange")]
    Invalid,
}

/// The keys: the first one signs, all of them verify, so that a key can be replaced while its tokens live.
pub struct TokenKeys {
    signing: EncodingKey,
    verifying: Vec<DecodingKey>,
    validation: Validation,
}

/// What the library checks of a token.
fn validation() -> Validation {
    let mut validation = Validation::new(ALGORITHM);
    validation.set_issuer(&[ISSUER]);
    validation.set_audience(&[AUDIENCE]);
    validation.set_required_spec_claims(&["iss", "aud", "sub", "exp"]);
    // The library would ask the system's clock; ours is injected.
    validation.validate_exp = false;
    validation
}

impl TokenKeys {
    /// From raw keys. Signs and verifies once, because the library panics at its first use when it lacks its cryptography.
    ///
    /// # Errors
    /// In words, when there is no key, a key is too short, or the self-test fails.
    pub fn new(keys: &[&[u8]]) -> Result<Self, String> {
        let first = keys.first().ok_or("there is no token key")?;
        if keys.iter().any(|key| key.len() < SHORTEST_KEY) {
            return Err(format!("a token key needs at least {SHORTEST_KEY} bytes"));
        }
        let keys = Self {
            signing: EncodingKey::from_secret(first),
            verifying: keys
                .iter()
                .map(|key| DecodingKey::from_secret(key))
                .collect(),
            validation: validation(),
        };
        let now = DateTime::UNIX_EPOCH;
        let token = keys
            .issue(PersonId(Uuid::nil()), Uuid::nil(), Uuid::nil(), now)
            .map_err(|error| error.to_string())?;
        keys.verify(&token, now)
            .map_err(|error| format!("token self-test: {error}"))?;
        Ok(keys)
    }

    /// A token for a person's session.
    ///
    /// # Errors
    /// The library's, which a working key never meets.
    pub fn issue(
        &self,
        person: PersonId,
        session: Uuid,
        id: Uuid,
        now: DateTime<Utc>,
    ) -> Result<String, jsonwebtoken::errors::Error> {
        let claims = Claims {
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            sub: person,
            sid: session,
            jti: id,
            iat: now.timestamp(),
            exp: (now + LIFETIME).timestamp(),
        };
        encode(&Header::new(ALGORITHM), &claims, &self.signing)
    }

    /// What a token says, if it is ours and lives at `now`.
    ///
    /// # Errors
    /// [`TokenError`].
    pub fn verify(&self, token: &str, now: DateTime<Utc>) -> Result<Claims, TokenError> {
        // The library ignores critical extensions that it does not know (RFC 7515, 4.1.11); we use none.
        if has_critical_extension(token)
            || decode_header(token).map_err(|_| TokenError::Invalid)?.alg != ALGORITHM
        {
            return Err(TokenError::Invalid);
        }
        let claims = self
            .verifying
            .iter()
            .find_map(|key| decode::<Claims>(token, key, &self.validation).ok())
            .ok_or(TokenError::Invalid)?
            .claims;
        if claims.iat > now.timestamp() + LEEWAY_SECONDS {
            return Err(TokenError::Invalid);
        }
        if claims.exp + LEEWAY_SECONDS <= now.timestamp() {
            return Err(TokenError::Expired);
        }
        Ok(claims)
    }
}

fn has_critical_extension(token: &str) -> bool {
    use base64::Engine;
    let header = token.split('.').next().unwrap_or_default();
    let Ok(bytes) = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(header) else {
        return true;
    };
    serde_json::from_slice::<serde_json::Value>(&bytes)
        .map_or(true, |header| header.get("crit").is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    fn now() -> DateTime<Utc> {
        "2026-11-23T09:00:00Z".parse().unwrap()
    }

    fn issue(keys: &TokenKeys) -> String {
        keys.issue(
            PersonId(Uuid::from_u128(1)),
            Uuid::from_u128(2),
            Uuid::from_u128(3),
            now(),
        )
        .unwrap()
    }

    #[test]
    fn a_token_lives_ten_minutes_and_survives_a_change_of_keys() {
        let old = TokenKeys::new(&[&[1; 32]]).unwrap();
        let token = issue(&old);
        assert_eq!(
            old.verify(&token, now()).unwrap().sub,
            PersonId(Uuid::from_u128(1))
        );
        assert!(old.verify(&token, now() + Duration::minutes(9)).is_ok());
        assert_eq!(
            old.verify(&token, now() + Duration::minutes(11)),
            Err(TokenError::Expired)
        );
        assert_eq!(
            old.verify(&token, now() - Duration::minutes(1)),
            Err(TokenError::Invalid),
            "issued in the future"
        );
        assert!(
            TokenKeys::new(&[&[2; 32], &[1; 32]])
                .unwrap()
                .verify(&token, now())
                .is_ok()
        );
        assert_eq!(
            TokenKeys::new(&[&[2; 32]]).unwrap().verify(&token, now()),
            Err(TokenError::Invalid)
        );
        assert!(TokenKeys::new(&[&[1; 31]]).is_err() && TokenKeys::new(&[]).is_err());
    }

    #[test]
    fn forged_and_damaged_tokens_are_refused() {
        let keys = TokenKeys::new(&[&[1; 32]]).unwrap();
        let token = issue(&keys);
        let parts: Vec<&str> = token.split('.').collect();
        let header =
            |json: &str| format!("{}.{}.{}", URL_SAFE_NO_PAD.encode(json), parts[1], parts[2]);
        let mut attempts = vec![
            String::new(),
            "a.b.c".into(),
            header(r#"{"alg":"none"}"#),
            header(r#"{"alg":"HS512","typ":"JWT"}"#),
            header(r#"{"alg":"HS256","crit":["x"],"x":1}"#),
            format!("{}.{}.", parts[0], parts[1]),
        ];
        for position in (0..token.len()).step_by(7) {
            let mut bytes = token.clone().into_bytes();
            bytes[position] = if bytes[position] == b'A' { b'B' } else { b'A' };
            attempts.push(String::from_utf8(bytes).unwrap());
        }
        for attempt in attempts.iter().filter(|attempt| **attempt != token) {
            assert_eq!(
                keys.verify(attempt, now()),
                Err(TokenError::Invalid),
                "{attempt}"
            );
        }
        // Right signature, wrong audience.
        let claims = serde_json::json!({"iss":"relecture","aud":"other","sub":Uuid::nil(),"sid":Uuid::nil(),"jti":Uuid::nil(),"iat":0,"exp":9_999_999_999i64});
        let foreign = encode(&Header::new(ALGORITHM), &claims, &keys.signing).unwrap();
        assert_eq!(keys.verify(&foreign, now()), Err(TokenError::Invalid));
    }
}
