//! Sending mails: by SMTP, into a folder, or into memory.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use lettre::address::AddressError;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::{Address, Message};
use uuid::Uuid;

use super::smtp::Server;
use crate::config::{Mail, MailBackend};

/// How long a mail server may take to take a mail: those that make strangers wait do so for half a minute.
const PATIENCE: Duration = Duration::from_secs(45);

/// A mail, composed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutgoingMail {
    /// The row of the outbox it comes from: a second delivery carries the same Message-ID.
    pub id: Uuid,
    /// To which address.
    pub to: String,
    /// To whom.
    pub to_name: String,
    /// `fr` or `en`.
    pub language: &'static str,
    /// Subject.
    pub subject: String,
    /// Plain text.
    pub text: String,
    /// HTML.
    pub html: String,
}

/// Why a mail was not sent. Carries no address and no content.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MailError {
    /// No further try will help: a bad address, a 5xx answer.
    #[error("refused for good: {0}")]
    Permanent(String),
    /// Worth another try: no answer, a 4xx answer, no TLS.
    #[error("not taken: {0}")]
    Transient(String),
}

/// Where mails go.
pub enum Mailer {
    /// To a mail server.
    Smtp {
        /// The server.
        server: Server,
        /// From whom.
        from: Mailbox,
    },
    /// Into a folder, one file for each.
    File {
        /// The folder.
        folder: PathBuf,
        /// From whom.
        from: Mailbox,
    },
    /// Into memory, for tests that look at what was sent.
    Memory(Mutex<Vec<OutgoingMail>>),
}

impl Mailer {
    /// As configured.
    ///
    /// # Errors
    /// In words, when the TLS parameters cannot be made.
    pub fn from_config(config: &Mail) -> Result<Self, String> {
        Self::from_config_with(config, PATIENCE)
    }

    /// As configured, with another patience.
    ///
    /// # Errors
    /// As [`Mailer::from_config`].
    pub fn from_config_with(config: &Mail, patience: Duration) -> Result<Self, String> {
        let from = config.from.clone();
        match &config.backend {
            MailBackend::Smtp(smtp) => Ok(Self::Smtp {
                server: Server::new(smtp, patience)?,
                from,
            }),
            MailBackend::File(folder) => Ok(Self::File {
                folder: folder.clone(),
                from,
            }),
        }
    }

    /// Whether mails could be sent: the server lets us in, the folder can be written to. Sends nothing.
    ///
    /// # Errors
    /// [`MailError`].
    pub async fn check(&self) -> Result<(), MailError> {
        match self {
            Self::Smtp { server, .. } => server.check().await,
            Self::File { folder, .. } => {
                let kept = |error: std::io::Error| MailError::Transient(error.to_string());
                tokio::fs::create_dir_all(folder).await.map_err(kept)?;
                let trial = folder.join(".trial");
                tokio::fs::write(&trial, "").await.map_err(kept)?;
                tokio::fs::remove_file(&trial).await.map_err(kept)
            }
            Self::Memory(_) => Ok(()),
        }
    }

    /// Sends a mail. Once this returns, the server has taken it, or the file is written.
    ///
    /// # Errors
    /// [`MailError`].
    pub async fn send(&self, mail: &OutgoingMail) -> Result<(), MailError> {
        match self {
            Self::Smtp { server, from } => server.deliver(&message(mail, from)?).await,
            Self::File { folder, from } => {
                let bytes = message(mail, from)?.formatted();
                let kept = |error: std::io::Error| MailError::Transient(error.kind().to_string());
                tokio::fs::create_dir_all(folder).await.map_err(kept)?;
                tokio::fs::write(folder.join(format!("{}.eml", mail.id)), bytes)
                    .await
                    .map_err(kept)
            }
            Self::Memory(sent) => {
                sent.lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push(mail.clone());
                Ok(())
            }
        }
    }
}

/// The mail as it travels: text and HTML, marked as made by a machine so that nobody's absence note answers it.
fn message(mail: &OutgoingMail, from: &Mailbox) -> Result<Message, MailError> {
    let bad = |_: AddressError| MailError::Permanent("the address is not one".to_owned());
    let address: Address = mail.to.parse().map_err(bad)?;
    let header = |name: &'static str, value: &str| {
        HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
    };
    Message::builder()
        .from(from.clone())
        .to(Mailbox::new(Some(mail.to_name.clone()), address))
        .subject(mail.subject.clone())
        .message_id(Some(format!("<{}@{}>", mail.id, from.email.domain())))
        .raw_header(header("Auto-Submitted", "auto-generated"))
        .raw_header(header("Content-Language", mail.language))
        .multipart(MultiPart::alternative_plain_html(
            mail.text.clone(),
            mail.html.clone(),
        ))
        .map_err(|error| MailError::Permanent(error.to_string()))
}
