//! Passwords: argon2id, as many at a time as the memory allows.

use std::sync::Arc;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use tokio::sync::Semaphore;

/// Memory of one hash, KiB, and passes over it. Of the settings that the OWASP Password Storage Cheat Sheet holds for equally strong,
/// one with little memory and more passes: logins are few, and the memory is needed by them all at once.
const MEMORY_KIB: u32 = 9 * 1024;
const PASSES: u32 = 4;
const LANES: u32 = 1;
/// Hashes computed at a time: each needs its memory, and a core.
const AT_A_TIME: usize = 2;
/// Shortest password, in characters (NIST SP 800-63B asks for fifteen where it is the only factor, eight at the least; twelve
/// is what the French agency for information security recommends).
pub const SHORTEST: usize = 12;
/// Longest password, in characters.
pub const LONGEST: usize = 128;

/// Why a password is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordProblem {
    /// Too short.
    #[error("needs at least {SHORTEST} characters")]
    TooShort,
    /// Too long.
    #[error("takes at most {LONGEST} characters")]
    TooLong,
    /// Contains the login, or hardly any different characters.
    #[error("is too easy to guess")]
    Guessable,
}

/// Checks a password somebody wants to have.
///
/// # Errors
/// [`PasswordProblem`].
pub fn check(login: &str, password: &str) -> Result<(), PasswordProblem> {
    let length = password.chars().count();
    if length < SHORTEST {
        return Err(PasswordProblem::TooShort);
    }
    if length > LONGEST {
        return Err(PasswordProblem::TooLong);
    }
    let folded = password.to_lowercase();
    let name = login.split('@').next().unwrap_or_default();
    let different: std::collections::HashSet<char> = folded.chars().collect();
    if different.len() < 5 || (name.len() > 3 && folded.contains(name)) {
        return Err(PasswordProblem::Guessable);
    }
    Ok(())
}

/// Characters of a password that the program makes up: twenty of thirty-two are worth a hundred bits. None looks like another.
const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz23456789+";
const MADE_UP_LENGTH: usize = 20;

/// A password that nobody chose, to be shown once.
pub fn made_up() -> String {
    let bytes: [u8; MADE_UP_LENGTH] = rand::random();
    let letter = |byte: u8| LETTERS.get(usize::from(byte) % LETTERS.len());
    bytes
        .into_iter()
        .filter_map(letter)
        .map(|letter| char::from(*letter))
        .collect()
}

/// Hashes and verifies passwords without stalling the server.
#[derive(Clone)]
pub struct Passwords {
    argon2: Argon2<'static>,
    /// A hash of nothing anybody knows: verified when there is no account, so that the time taken tells nothing.
    decoy: Arc<str>,
    permits: Arc<Semaphore>,
}

/// A hash in PHC form that no known password has: random bytes, not computed, because computing would cost every start its time
/// and its memory.
fn decoy(memory_kib: u32, passes: u32) -> String {
    let (salt, hash): ([u8; 16], [u8; 32]) = rand::random();
    let (salt, hash) = (STANDARD_NO_PAD.encode(salt), STANDARD_NO_PAD.encode(hash));
    format!("$argon2id$v=19$m={memory_kib},t={passes},p={LANES}${salt}${hash}")
}

/// The hash could not be computed.
#[derive(Debug, thiserror::Error)]
#[error("a password could not be hashed: {0}")]
pub struct HashError(String);

impl Passwords {
    /// With the parameters meant for production.
    ///
    /// # Errors
    /// [`HashError`] when argon2 refuses its parameters.
    pub fn new() -> Result<Self, HashError> {
        Self::with_cost(MEMORY_KIB, PASSES)
    }

    /// With other parameters; tests take cheap ones. What verifies a hash are the parameters in the hash itself.
    ///
    /// # Errors
    /// [`HashError`] when argon2 refuses the parameters.
    pub fn with_cost(memory_kib: u32, passes: u32) -> Result<Self, HashError> {
        let params = Params::new(memory_kib, passes, LANES, None)
            .map_err(|error| HashError(error.to_string()))?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        Ok(Self {
            argon2,
            decoy: decoy(memory_kib, passes).into(),
            permits: Arc::new(Semaphore::new(AT_A_TIME)),
        })
    }

    /// The hash to keep, in PHC form with its parameters and a salt of its own.
    ///
    /// # Errors
    /// [`HashError`].
    pub async fn hash(&self, password: String) -> Result<String, HashError> {
        self.on_blocking(move |argon2| {
            argon2
                .hash_password(password.as_bytes())
                .map(|hash| hash.to_string())
                .map_err(|error| HashError(error.to_string()))
        })
        .await?
    }

    /// Whether `password` is the one `stored` was made from. Without a stored hash the same work is done, for a no.
    ///
    /// # Errors
    /// [`HashError`].
    pub async fn verify(
        &self,
        password: String,
        stored: Option<String>,
    ) -> Result<bool, HashError> {
        let known = stored.is_some();
        let stored = stored.unwrap_or_else(|| self.decoy.to_string());
        self.on_blocking(move |argon2| {
            let fits = PasswordHash::new(&stored)
                .is_ok_and(|hash| argon2.verify_password(password.as_bytes(), &hash).is_ok());
            fits && known
        })
        .await
    }

    async fn on_blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Argon2<'static>) -> T + Send + 'static,
    ) -> Result<T, HashError> {
        let permit = Arc::clone(&self.permits)
            .acquire_owned()
            .await
            .map_err(|error| HashError(error.to_string()))?;
        let argon2 = self.argon2.clone();
        tokio::task::spawn_blocking(move || {
            let _permit = permit;
            work(&argon2)
        })
        .await
        .map_err(|error| HashError(error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_verifies_against_its_own_hash_only() {
        let passwords = Passwords::with_cost(64, 1).unwrap();
        let hash = passwords
            .hash("correct horse battery".into())
            .await
            .unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{hash}");
        assert_ne!(
            hash,
            passwords
                .hash("correct horse battery".into())
                .await
                .unwrap(),
            "a salt of its own"
        );
        assert!(
            passwords
                .verify("correct horse battery".into(), Some(hash.clone()))
                .await
                .unwrap()
        );
        assert!(
            !passwords
                .verify("correct horse batterz".into(), Some(hash))
                .await
                .unwrap()
        );
        assert!(!passwords.verify("anything".into(), None).await.unwrap());
        assert!(
            !passwords
                .verify("anything".into(), Some("not a hash".into()))
                .await
                .unwrap()
        );
    }

    #[test]
    fn a_login_that_does_not_exist_costs_the_same_work() {
        let passwords = Passwords::with_cost(64, 1).unwrap();
        let decoy = PasswordHash::new(&passwords.decoy).unwrap();
        assert_eq!(
            passwords.argon2.verify_password(b"anything", &decoy),
            Err(argon2::password_hash::Error::PasswordInvalid),
            "the whole hash is computed and compared"
        );
        assert!(
            passwords.decoy.starts_with("$argon2id$v=19$m=64,t=1,p=1$"),
            "{}",
            passwords.decoy
        );
    }

    #[test]
    fn a_password_that_is_made_up_is_one_that_is_taken() {
        let one = made_up();
        assert_eq!(check("somebody@example.org", &one), Ok(()));
        assert_eq!(one.len(), MADE_UP_LENGTH);
        assert_ne!(one, made_up());
    }

    #[test]
    fn what_is_easy_to_guess_is_refused() {
        for (password, expected) in [
            ("court", Err(PasswordProblem::TooShort)),
            ("camille.rivaud1", Err(PasswordProblem::Guessable)),
            ("aaaaaaaaaaaaaaa", Err(PasswordProblem::Guessable)),
            ("éléphants à vélo", Ok(())),
        ] {
            assert_eq!(
                check("camille.rivaud@example.org", password),
                expected,
                "{password}"
            );
        }
        assert_eq!(
            check("x", &"ab1cd".repeat(26)),
            Err(PasswordProblem::TooLong)
        );
    }
}
