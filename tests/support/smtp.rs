//! A real mail server (aiosmtpd) in a process of its own, which ends with the story.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};

/// A mail that has not come by then will not: the story fails instead of holding the suite.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(60);

/// A mail server that behaves as told.
pub struct SmtpServer {
    process: Child,
    lines: Receiver<String>,
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
        let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        let python = super::python::python();
        let mut process = Command::new(&python)
            .arg(root.join("tests/support/smtp_server.py"))
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| {
                panic!(
                    "{}: {error}; script/setup test installs it",
                    python.display()
                )
            });
        let mut output = BufReader::new(process.stdout.take().expect("a pipe"));
        let mut line = String::new();
        output.read_line(&mut line).expect("the server speaks");
        let port = line.trim().parse().unwrap_or_else(|_| {
            panic!("the mail server did not start: script/setup test installs aiosmtpd")
        });
        // Read as it comes: a server whose output nobody takes would stand still.
        let (tell, lines) = channel();
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                // A story that has seen enough has dropped its end.
                let _ = tell.send(line);
            }
        });
        Self {
            process,
            lines,
            port,
        }
    }

    /// The next thing it tells, a mail it took: waits for it.
    pub fn next_mail(&mut self) -> serde_json::Value {
        let line = self.lines.recv_timeout(PATIENCE).expect("a mail comes");
        serde_json::from_str(&line).expect("a mail")
    }

    /// Ends it and returns the mails that nobody has asked for yet.
    pub fn rest(mut self) -> Vec<serde_json::Value> {
        drop(self.process.stdin.take());
        self.lines
            .iter()
            .map(|line| serde_json::from_str(&line).expect("a mail"))
            .collect()
    }
}

impl Drop for SmtpServer {
    fn drop(&mut self) {
        // Closing its input ends it; killing makes sure.
        drop(self.process.stdin.take());
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
