//! Real programs beside the stories: each on a free port and in a folder of its own, gone when nobody needs it any more.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// How long a program may take to answer for the first time, on a machine that compiles at the same time.
const PATIENCE: Duration = Duration::from_secs(60);
/// Between two questions whether it is ready.
const BETWEEN: Duration = Duration::from_millis(10);
/// How often another port is tried: somebody else may take the one that was free a moment ago.
const ATTEMPTS: u32 = 5;

/// Runs the program and waits for the end of either: of the program, or of its own input, which the system closes when the test
/// process ends, however it ends. Then nothing of it is left, its folder neither.
const GUARD: &str = r#"
exec 3<&0
"$@" </dev/null >"$FOLDER/output.log" 2>&1 &
program=$!
echo "$program"
cat <&3 >/dev/null &
wait -n
kill -KILL "$program" $! 2>/dev/null
wait
rm -rf "$FOLDER"
"#;

/// A program that runs.
pub struct Companion {
    guard: Child,
    input: Option<ChildStdin>,
    /// Where it listens.
    pub port: u16,
}

impl Companion {
    /// Starts a program: `prepare` writes what it needs into its folder and names its command for that port; it is ready when
    /// `ready` says so of its answers.
    pub fn start(prepare: impl Fn(&Path, u16) -> Command, ready: impl Fn(u16) -> bool) -> Self {
        for attempt in 1..=ATTEMPTS {
            let (folder, port) = (TempDir::new().expect("a folder"), free_port());
            let command = prepare(folder.path(), port);
            // From here on the guard sees to the folder.
            let folder = folder.keep();
            let mut one = Self::spawn(&command, &folder, port);
            let begin = Instant::now();
            loop {
                if ready(port) {
                    return one;
                }
                let ended = one.guard.try_wait().expect("the guard is ours").is_some();
                if ended && attempt < ATTEMPTS {
                    break;
                }
                let said = std::fs::read_to_string(folder.join("output.log")).unwrap_or_default();
                assert!(
                    !ended && begin.elapsed() < PATIENCE,
                    "a program did not start (script/setup test installs it): {said}"
                );
                std::thread::sleep(BETWEEN);
            }
        }
        unreachable!("the last attempt returned or failed")
    }

    fn spawn(command: &Command, folder: &Path, port: u16) -> Self {
        let mut guard = Command::new("bash")
            .args(["-c", GUARD, "guard"])
            .arg(command.get_program())
            .args(command.get_args())
            .env("FOLDER", folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // The shell would say of each program that it was killed.
            .stderr(Stdio::null())
            .spawn()
            .expect("bash starts");
        let mut id = String::new();
        BufReader::new(guard.stdout.take().expect("a pipe"))
            .read_line(&mut id)
            .expect("the guard names its program");
        Self {
            input: guard.stdin.take(),
            guard,
            port,
        }
    }
}

impl Drop for Companion {
    fn drop(&mut self) {
        drop(self.input.take());
        let _ = self.guard.wait();
    }
}

/// A port that nobody listens on.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").port()
}

/// One plain HTTP exchange, as simple as it can be: status and body. Status 0 when nobody answers.
pub fn ask(port: u16, method: &str, path: &str, headers: &str, body: &[u8]) -> (u16, Vec<u8>) {
    let exchange = || -> std::io::Result<Vec<u8>> {
        let mut stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let length = body.len();
        let head = format!(
            "{method} {path} HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\nContent-Length: {length}\r\n{headers}\r\n"
        );
        stream.write_all(head.as_bytes())?;
        stream.write_all(body)?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        Ok(answer)
    };
    let answer = exchange().unwrap_or_default();
    let split = answer.windows(4).position(|part| part == b"\r\n\r\n");
    let Some(split) = split else {
        return (0, Vec::new());
    };
    let head = String::from_utf8_lossy(&answer[..split]);
    let status = head.split(' ').nth(1).and_then(|code| code.parse().ok());
    (status.unwrap_or(0), answer[split + 4..].to_vec())
}
