//! A real mail server (aiosmtpd) in a process of its own, which ends with the story.

use std::path::Path;

use serde_json::Value;

use super::python::Server;

/// A mail server that behaves as told.
pub struct SmtpServer {
    server: Server,
    pub port: u16,
}

impl SmtpServer {
    /// Starts it in a mode of `smtp_server.py`, on a free port.
    pub fn start(mode: &str) -> Self {
        Self::start_on(mode, 0)
    }

    /// Starts it on a port that is known already.
    pub fn start_on(mode: &str, port: u16) -> Self {
        Self::start_with(&[mode, &port.to_string()])
    }

    /// Starts one that wants STARTTLS and a login; the certificate to trust is written to `authority`.
    pub fn with_login(authority: &Path) -> Self {
        let authority = authority.to_str().expect("a UTF-8 path");
        Self::start_with(&["login", "0", authority])
    }

    fn start_with(arguments: &[&str]) -> Self {
        let server = Server::start("smtp_server.py", arguments);
        let port = server.port;
        Self { server, port }
    }

    /// The next thing it tells, a mail it took: waits for it.
    pub fn next_mail(&mut self) -> Value {
        self.server.told()
    }

    /// Ends it and returns the mails that nobody has asked for yet.
    pub fn rest(self) -> Vec<Value> {
        self.server.rest()
    }
}
