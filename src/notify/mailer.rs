//! Sending mails: by SMTP, into a folder, or into memory.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use lettre::address::AddressError;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use uuid::Uuid;

use crate::config::{Mail, MailBackend, Smtp, SmtpTls};

/// How long a mail server may take for each step.
const PATIENCE: Duration = Duration::from_secs(20);

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
        transport: AsyncSmtpTransport<Tokio1Executor>,
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
                transport: transport(smtp, patience)?,
                from,
            }),
            MailBackend::File(folder) => Ok(Self::File {
                folder: folder.clone(),
                from,
            }),
        }
    }

    /// Sends a mail. Once this returns, the server has taken it, or the file is written.
    ///
    /// # Errors
    /// [`MailError`].
    pub async fn send(&self, mail: &OutgoingMail) -> Result<(), MailError> {
        match self {
            Self::Smtp { transport, from } => {
                let message = message(mail, from)?;
                transport
                    .send(message)
                    .await
                    .map(drop)
                    .map_err(|error| classified(&error))
            }
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

fn transport(
    smtp: &Smtp,
    patience: Duration,
) -> Result<AsyncSmtpTransport<Tokio1Executor>, String> {
    let tls = || TlsParameters::new(smtp.host.clone()).map_err(|error| error.to_string());
    let tls = match smtp.tls {
        SmtpTls::None => Tls::None,
        SmtpTls::Starttls => Tls::Required(tls()?),
        SmtpTls::Implicit => Tls::Wrapper(tls()?),
    };
    let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&smtp.host)
        .port(smtp.port.get())
        .tls(tls)
        .timeout(Some(patience));
    if let Some((user, password)) = &smtp.credentials {
        builder = builder.credentials(Credentials::new(user.clone(), password.expose().clone()));
    }
    Ok(builder.build())
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

/// What a failure means. Only the server's code is told: its words may repeat the address.
fn classified(error: &lettre::transport::smtp::Error) -> MailError {
    let code = error.status().map(|code| code.to_string());
    match code {
        Some(code) if error.is_permanent() => {
            MailError::Permanent(format!("the mail server answered {code}"))
        }
        Some(code) => MailError::Transient(format!("the mail server answered {code}")),
        None if error.is_timeout() => {
            MailError::Transient("the mail server did not answer in time".into())
        }
        None if error.is_tls() => {
            MailError::Transient("no secure connection to the mail server".into())
        }
        None if error.is_client() => {
            MailError::Transient("the mail server does not offer what is asked of it".into())
        }
        None => MailError::Transient("no connection to the mail server".into()),
    }
}
