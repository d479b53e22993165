//! A real mail server (aiosmtpd) in a process of its own, which ends with the story.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};

/// A mail server that behaves as told.
pub struct SmtpServer {
    process: Child,
    output: BufReader<ChildStdout>,
    pub port: u16,
}

impl SmtpServer {
    /// Starts it in a mode of `smtp_server.py`.
    pub fn start(mode: &str) -> Self {
        let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        let python = std::env::var("RELECTURE_TEST_PYTHON")
            .map_or_else(|_| root.join(".venv/bin/python3"), PathBuf::from);
        let mut process = Command::new(&python)
            .arg(root.join("tests/support/smtp_server.py"))
            .arg(mode)
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
        Self {
            process,
            output,
            port,
        }
    }

    /// The next mail it took: waits for it.
    pub fn next_mail(&mut self) -> serde_json::Value {
        let mut line = String::new();
        self.output.read_line(&mut line).expect("the server speaks");
        serde_json::from_str(&line).expect("a mail")
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
