//! Handing mails to a mail server: one connection for each mail, which ends when its time is over.
//!
//! The library's own transport gives a server all the time it wants once the connection stands, and keeps a connection that was
//! given up in mid-sentence for the next mail, whose answers it would then mistake.

use std::time::Duration;

use lettre::Message;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::extension::ClientId;

use super::mailer::MailError;
use crate::config::{Smtp, SmtpTls};

/// How long a mail server may take to say goodbye; the mail is there already.
const GOODBYE: Duration = Duration::from_secs(1);

/// The server could not prove who it is, or speaks no TLS that we do.
const NOT_SECURE: &str = "no secure connection to the mail server";

/// A mail server.
pub struct Server {
    host: String,
    port: u16,
    tls: Tls,
    credentials: Option<Credentials>,
    /// How long handing over one mail may take in all.
    patience: Duration,
}

enum Tls {
    None,
    Upgrade(TlsParameters),
    Implicit(TlsParameters),
}

impl Server {
    /// As configured.
    ///
    /// # Errors
    /// In words, when the TLS parameters cannot be made.
    pub(super) fn new(smtp: &Smtp, patience: Duration) -> Result<Self, String> {
        let tls = || TlsParameters::new(smtp.host.clone()).map_err(|error| error.to_string());
        Ok(Self {
            host: smtp.host.clone(),
            port: smtp.port.get(),
            tls: match smtp.tls {
                SmtpTls::None => Tls::None,
                SmtpTls::Starttls => Tls::Upgrade(tls()?),
                SmtpTls::Implicit => Tls::Implicit(tls()?),
            },
            credentials: smtp
                .credentials
                .as_ref()
                .map(|(user, password)| Credentials::new(user.clone(), password.expose().clone())),
            patience,
        })
    }

    /// Hands a mail over. Once this returns, the server has taken it.
    pub(super) async fn deliver(&self, message: &Message) -> Result<(), MailError> {
        self.in_time(async {
            let mut connection = self.connect().await?;
            connection
                .send(message.envelope(), &message.formatted())
                .await
                .map_err(|error| classified(&error))?;
            Ok(connection)
        })
        .await
    }

    /// Connects and logs in, and sends nothing.
    pub(super) async fn check(&self) -> Result<(), MailError> {
        self.in_time(self.connect()).await
    }

    async fn in_time(
        &self,
        work: impl Future<Output = Result<AsyncSmtpConnection, MailError>>,
    ) -> Result<(), MailError> {
        let mut connection = tokio::time::timeout(self.patience, work)
            .await
            .map_err(|_| MailError::Transient("the mail server did not answer in time".into()))??;
        // How it takes leave changes nothing.
        let _ = tokio::time::timeout(GOODBYE, connection.quit()).await;
        Ok(())
    }

    /// A connection that is ready for a mail. Whatever stands in its way can be mended by who runs the servers, and says nothing
    /// about the mail: worth another try.
    async fn connect(&self) -> Result<AsyncSmtpConnection, MailError> {
        let passing = |error: lettre::transport::smtp::Error| {
            let (MailError::Permanent(why) | MailError::Transient(why)) = classified(&error);
            MailError::Transient(why)
        };
        let name = ClientId::default();
        let at_once = match &self.tls {
            Tls::Implicit(parameters) => Some(parameters.clone()),
            Tls::None | Tls::Upgrade(_) => None,
        };
        let address = (self.host.as_str(), self.port);
        let mut connection =
            AsyncSmtpConnection::connect_tokio1(address, None, &name, at_once, None)
                .await
                .map_err(passing)?;
        if let Tls::Upgrade(parameters) = &self.tls {
            connection
                .starttls(parameters.clone(), &name)
                .await
                .map_err(|error| {
                    // Neither an answer nor something the server lacks: the handshake failed, which the library calls a
                    // connection that failed.
                    if error.status().is_none() && !error.is_client() {
                        return MailError::Transient(NOT_SECURE.into());
                    }
                    passing(error)
                })?;
        }
        if let Some(credentials) = &self.credentials {
            connection
                .auth(DEFAULT_MECHANISMS, credentials)
                .await
                .map_err(passing)?;
        }
        Ok(connection)
    }
}

/// What a failure means. Only the server's code is told: its words may repeat the address.
fn classified(error: &lettre::transport::smtp::Error) -> MailError {
    let code = error.status().map(|code| code.to_string());
    match code {
        Some(code) if error.is_permanent() => {
            MailError::Permanent(format!("the mail server answered {code}"))
        }
        Some(code) => MailError::Transient(format!("the mail server answered {code}")),
        None if error.is_tls() => MailError::Transient(NOT_SECURE.into()),
        None if error.is_client() => {
            MailError::Transient("the mail server does not offer what is asked of it".into())
        }
        None => MailError::Transient("no connection to the mail server".into()),
    }
}
