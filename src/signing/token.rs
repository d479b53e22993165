//! A token (PKCS #11): a card, a module in the machine room, or one behind the network, in which experts' keys are made and which
//! they never leave. The maker's library is loaded when the first signature asks for it, not before.
//!
//! Whoever asks waits for as long as was configured and no longer; what the token answers later is thrown away. A PIN that was
//! refused is not tried again before the next start, since a token locks itself after a few.

mod session;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cryptoki::session::Session;
use sha2::{Digest, Sha256};
use tokio::sync::{Semaphore, oneshot};

use self::session::{Desk, Names};

/// Operations on the token at a time. One that hangs in the maker's library keeps its place until it comes back.
const AT_A_TIME: usize = 4;

/// Where the token is, and how it is opened.
pub struct Place {
    /// The maker's library.
    pub module: PathBuf,
    /// Which of the tokens that it knows.
    pub slot: Slot,
    /// The PIN of the token's user.
    pub pin: String,
    /// How long an operation may take.
    pub patience: Duration,
}

/// Which token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Slot {
    /// The one of that name.
    Label(String),
    /// The one in the slot of that number.
    Number(u64),
}

/// Why a token did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// There is no library, or no such token.
    #[error("the token is not there: {0}")]
    Absent(String),
    /// The PIN is wrong.
    #[error(
        "the token refuses the PIN; it is not tried again before the next start, since tokens lock themselves"
    )]
    PinRefused,
    /// Too many wrong PINs.
    #[error("the token has locked its PIN; its security officer can set another")]
    Locked,
    /// One more wrong PIN would lock it.
    #[error("the token's PIN has one try left, which is not spent here: unlock it by hand")]
    LastTry,
    /// No answer in time.
    #[error("the token did not answer within {} ms", .0.as_millis())]
    Slow(Duration),
    /// It does not have the key.
    #[error("the token has no such key")]
    KeyMissing,
    /// Anything else, as the library says it.
    #[error("the token failed: {0}")]
    Failed(String),
}

impl Trouble {
    /// A stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Absent(_) => "token_absent",
            Self::PinRefused => "token_pin_refused",
            Self::Locked | Self::LastTry => "token_locked",
            Self::Slow(_) => "token_slow",
            Self::KeyMissing => "token_key_missing",
            Self::Failed(_) => "token_failed",
        }
    }

    /// Whether it may be over in a while without anybody doing anything.
    pub fn passes(&self) -> bool {
        matches!(self, Self::Absent(_) | Self::Slow(_) | Self::Failed(_))
    }
}

/// What a token says of itself.
#[derive(Debug, Clone)]
pub struct Found {
    /// Its name.
    pub label: String,
    /// Its model.
    pub model: String,
    /// Private keys on P-256 in it.
    pub keys: usize,
}

/// The token.
#[derive(Clone)]
pub struct Token {
    desk: Arc<Desk>,
    turns: Arc<Semaphore>,
    patience: Duration,
}

impl Token {
    /// The token of that place. Nothing is loaded yet.
    pub fn new(place: Place) -> Self {
        Self {
            patience: place.patience,
            desk: Arc::new(Desk::new(place)),
            turns: Arc::new(Semaphore::new(AT_A_TIME)),
        }
    }

    /// ES256 over `message` by the key of that identifier: base64url of both numbers (RFC 7518, 3.4).
    ///
    /// # Errors
    /// [`Trouble`].
    pub async fn sign(&self, key: &[u8], message: &[u8]) -> Result<String, Trouble> {
        let (key, digest) = (key.to_vec(), Sha256::digest(message).to_vec());
        let signed = self.ask(true, move |session, _| {
            session::sign(session, &key, &digest)
        });
        Ok(URL_SAFE_NO_PAD.encode(signed.await?))
    }

    /// The public key of that identifier: an uncompressed point of P-256.
    ///
    /// # Errors
    /// [`Trouble`].
    pub async fn public_key(&self, key: &[u8]) -> Result<Vec<u8>, Trouble> {
        let key = key.to_vec();
        self.ask(true, move |session, _| session::public_key(session, &key))
            .await
    }

    /// Makes a key pair on P-256 that cannot leave the token, and tells its public key.
    ///
    /// # Errors
    /// [`Trouble`].
    pub async fn generate(&self, key: &[u8], label: &str) -> Result<Vec<u8>, Trouble> {
        let (key, label) = (key.to_vec(), label.to_owned());
        self.ask(false, move |session, _| {
            session::generate(session, &key, &label)
        })
        .await
    }

    /// Opens the token and tells what is in it.
    ///
    /// # Errors
    /// [`Trouble`].
    pub async fn look(&self) -> Result<Found, Trouble> {
        self.ask(true, |session, names| {
            let keys = session::count(session)?;
            let Names { label, model } = names.clone();
            Ok(Found { label, model, keys })
        })
        .await
    }

    /// Has a session do something, on a thread of its own: one that hangs keeps neither a request nor the end of the process waiting.
    /// `again`: whether it may be done twice, when the first try found a session that had gone stale.
    async fn ask<T: Send + 'static>(
        &self,
        again: bool,
        work: impl Fn(&Session, &Names) -> Result<T, Trouble> + Send + 'static,
    ) -> Result<T, Trouble> {
        let asked = async {
            let gone = |_| Trouble::Failed("its thread ended early".to_owned());
            let turn = Arc::clone(&self.turns).acquire_owned().await;
            let turn = turn.map_err(|error| Trouble::Failed(error.to_string()))?;
            let (tell, told) = oneshot::channel();
            let desk = Arc::clone(&self.desk);
            let thread = std::thread::Builder::new().name("token".to_owned());
            let started = thread.spawn(move || {
                let done = desk.with(again, &work);
                drop(turn);
                // Who asked may have gone.
                let _ = tell.send(done);
            });
            started.map_err(|error| Trouble::Failed(error.to_string()))?;
            told.await.map_err(gone)?
        };
        let patience = self.patience;
        tokio::time::timeout(patience, asked)
            .await
            .unwrap_or(Err(Trouble::Slow(patience)))
    }
}
