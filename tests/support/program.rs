//! The real `relecture` program, as an operator runs it: with its own folder, its settings in the environment, its output read.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use serde_json::Value;

/// How long a story waits for something that a healthy program does at once.
const PATIENCE: Duration = Duration::from_secs(60);

/// Where the program runs: a folder of its own and the settings given so far. The folder goes with this value.
pub struct Machine {
    folder: tempfile::TempDir,
    environment: Vec<(String, String)>,
}

/// What a command that has ended said.
#[derive(Debug)]
pub struct Said {
    /// Exit code.
    pub code: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Machine {
    /// A machine on which nothing was set but where its data are and that a free port is served.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let data = folder.path().join("data").display().to_string();
        Self {
            folder,
            environment: Vec::new(),
        }
        .with("data_dir", &data)
        .with("listen", "127.0.0.1:0")
        .with("log.format", "json")
    }

    /// A machine whose database is at that address.
    pub fn on(database_url: &str) -> Self {
        Self::new().with("database_url", database_url)
    }

    /// Sets a value by its name in the table of [`relecture::config::KNOWN_KEYS`].
    pub fn with(self, name: &str, value: &str) -> Self {
        let variable = name.replace('.', "_").to_uppercase();
        self.with_variable(&format!("RELECTURE_{variable}"), value)
    }

    /// Sets an environment variable.
    pub fn with_variable(mut self, name: &str, value: &str) -> Self {
        self.environment.retain(|(known, _)| known != name);
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// A path in the machine's folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file into the machine's folder and returns where it is.
    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.path(name);
        std::fs::write(&path, content).expect("a file");
        path.display().to_string()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_relecture"));
        // Nothing of the environment in which the tests run reaches the program, but what finding libraries may need.
        let kept = std::env::vars().filter(|(name, _)| !name.starts_with("RELECTURE_"));
        command
            .args(arguments)
            .env_clear()
            .envs(kept)
            .envs(self.environment.iter().cloned())
            .current_dir(self.folder.path());
        command
    }

    /// Runs a command to its end.
    pub fn run(&self, arguments: &[&str]) -> Said {
        self.run_with_input(arguments, "")
    }

    /// Runs a command to its end, typing `input`.
    pub fn run_with_input(&self, arguments: &[&str], input: &str) -> Said {
        let mut child = self
            .command(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut pipe = child.stdin.take().expect("a pipe");
        // A program that reads nothing may have gone already.
        let _ = pipe.write_all(input.as_bytes());
        drop(pipe);
        let output = child.wait_with_output().expect("the program ends");
        Said {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).expect("text"),
            err: String::from_utf8(output.stderr).expect("text"),
        }
    }

    /// Runs a command that must end well and returns what it printed.
    #[track_caller]
    pub fn done(&self, arguments: &[&str]) -> String {
        let said = self.run(arguments);
        assert_eq!(said.code, 0, "{arguments:?}: {said:?}");
        said.out
    }

    /// Starts a command that goes on, such as `serve`; see [`Program::address`].
    pub fn start(&self, arguments: &[&str]) -> Program {
        let mut child = self
            .command(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let (tell, lines) = channel();
        for stream in [
            child
                .stdout
                .take()
                .map(|it| Box::new(it) as Box<dyn Read + Send>),
            child
                .stderr
                .take()
                .map(|it| Box::new(it) as Box<dyn Read + Send>),
        ] {
            let (stream, tell) = (stream.expect("a pipe"), tell.clone());
            std::thread::spawn(move || {
                for line in BufReader::new(stream).lines().map_while(Result::ok) {
                    // A story that has seen enough has dropped its end.
                    let _ = tell.send(line);
                }
            });
        }
        Program {
            child,
            lines,
            seen: Vec::new(),
        }
    }

    /// Starts `serve` and waits until it is ready. Needs a migrated database.
    pub async fn serve(&self, arguments: &[&str]) -> (Program, String) {
        let mut program = self.start(&[&["serve"], arguments].concat());
        let address = program.address();
        wait_until_ready(&address).await;
        (program, address)
    }
}

/// Waits until the server at `address` says that it can work.
pub async fn wait_until_ready(address: &str) {
    let client = super::served::client();
    let since = Instant::now();
    loop {
        let answer = client.get(format!("{address}/health/ready")).send().await;
        if answer.is_ok_and(|answer| answer.status().is_success()) {
            return;
        }
        assert!(
            since.elapsed() < PATIENCE,
            "{address} does not become ready"
        );
        tokio::task::yield_now().await;
    }
}

/// A program that runs. It is killed when this value goes.
pub struct Program {
    child: Child,
    lines: Receiver<String>,
    pub seen: Vec<String>,
}

impl Program {
    /// Where it serves, as it says itself: `http://127.0.0.1:PORT`. Waits for that.
    pub fn address(&mut self) -> String {
        let line = self.line("\"serving\"");
        let line: Value = serde_json::from_str(&line).expect("a line of JSON");
        format!("http://{}", line["address"].as_str().expect("an address"))
    }

    /// The next line that contains `part`. Waits for it.
    #[track_caller]
    pub fn line(&mut self, part: &str) -> String {
        let until = Instant::now() + PATIENCE;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            match self.lines.recv_timeout(left) {
                Ok(line) => {
                    self.seen.push(line.clone());
                    if line.contains(part) {
                        return line;
                    }
                }
                Err(_) => panic!(
                    "no line with {part}; what was said:\n{}",
                    self.seen.join("\n")
                ),
            }
        }
    }

    /// Asks it to end, as a service manager does (SIGTERM) or a person (SIGINT).
    pub fn signal(&self, name: &str) {
        let sent = Command::new("sh")
            .args(["-c", &format!("kill -{name} {}", self.child.id())])
            .status();
        assert!(sent.is_ok_and(|sent| sent.success()), "SIG{name} is sent");
    }

    /// Kills it, as lost power does.
    pub fn kill(&mut self) {
        // One that has ended needs no killing.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Waits for its end and returns how it ended, and everything it said.
    pub fn ended(mut self) -> (ExitStatus, Vec<String>) {
        let until = Instant::now() + PATIENCE;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            match self.lines.recv_timeout(left) {
                Ok(line) => self.seen.push(line),
                // Its ends of both pipes are closed.
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => {
                    panic!("it does not end; what was said:\n{}", self.seen.join("\n"))
                }
            }
        }
        let status = self.child.wait().expect("a child");
        (status, std::mem::take(&mut self.seen))
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.kill();
        if std::thread::panicking() {
            // Why it failed, if the reason lies in the program.
            self.seen.extend(self.lines.iter());
            let complaints = self.seen.iter().filter(|line| !line.contains("\"INFO\""));
            let complaints: Vec<&str> = complaints.map(String::as_str).collect();
            let _ = writeln!(std::io::stderr(), "{}", complaints.join("\n"));
        }
    }
}

/// The repository's own file.
pub fn repository_file(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join(name)
        .display()
        .to_string()
}
