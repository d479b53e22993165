//! The Python of `script/setup test`, with the packages the tests compare with, and servers written in it.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::Value;

/// What has not come by then will not: the story fails instead of holding the suite.
const PATIENCE: Duration = Duration::from_secs(60);

/// Its interpreter; `RELECTURE_TEST_PYTHON` names another one.
pub fn python() -> PathBuf {
    std::env::var("RELECTURE_TEST_PYTHON").map_or_else(
        |_| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(".venv/bin/python3"),
        PathBuf::from,
    )
}

/// A server in a process of its own, which ends with the story. It prints its port, and then a line of JSON for each thing that it
/// has to tell.
pub struct Server {
    process: Child,
    lines: Receiver<String>,
    pub port: u16,
}

impl Server {
    /// Starts a script of `tests/support`.
    pub fn start(script: &str, arguments: &[&str]) -> Self {
        let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support");
        let python = python();
        let mut process = Command::new(&python)
            .arg(place.join(script))
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
            panic!("{script} did not start: script/setup test installs what it needs")
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

    /// The next thing that it tells: waits for it.
    pub fn told(&mut self) -> Value {
        let line = self.lines.recv_timeout(PATIENCE).expect("it comes");
        serde_json::from_str(&line).expect("JSON")
    }

    /// Ends it and returns what nobody has asked for yet.
    pub fn rest(mut self) -> Vec<Value> {
        drop(self.process.stdin.take());
        self.lines
            .iter()
            .map(|line| serde_json::from_str(&line).expect("JSON"))
            .collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Closing its input ends it; killing makes sure.
        drop(self.process.stdin.take());
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
