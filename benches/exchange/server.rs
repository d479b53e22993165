//! The release program, serving, and what the kernel says it costs.

use std::ffi::OsString;
use std::fs::File;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::Outcome;
use crate::database::Place;
use crate::http::{Connection, get};

/// Names another program to measure, such as an earlier release.
pub const PROGRAM: &str = "RELECTURE_BENCH_PROGRAM";
/// How long a start may take at all.
const PATIENCE: Duration = Duration::from_secs(60);
/// The unit of CPU times in /proc on every Linux there is.
const TICK_MICROS: u64 = 10_000;

/// The program that is measured: the one that was built with this, unless another is named.
pub fn program() -> OsString {
    std::env::var_os(PROGRAM).unwrap_or_else(|| env!("CARGO_BIN_EXE_relecture").into())
}

/// A port that was free a moment ago.
pub fn free() -> Outcome<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

/// A server that runs; it is killed when this value goes.
pub struct Server {
    child: Child,
    /// Where it serves.
    pub address: SocketAddr,
    /// From the start of the process to its first "ready".
    pub started_in: Duration,
}

impl Server {
    /// Starts it on the database at `place` and waits until it is ready.
    pub fn start(folder: &Path, data: &Path, place: &Place) -> Outcome<Self> {
        let address = free()?;
        Self::start_at(folder, data, place, address, &format!("http://{address}"))
    }

    /// The same behind something that people know by another address.
    pub fn start_behind(folder: &Path, data: &Path, place: &Place, known: &str) -> Outcome<Self> {
        Self::start_at(folder, data, place, free()?, known)
    }

    fn start_at(
        folder: &Path,
        data: &Path,
        place: &Place,
        address: SocketAddr,
        known: &str,
    ) -> Outcome<Self> {
        let log = File::create(folder.join("server.log"))?;
        let began = Instant::now();
        let child = Command::new(program())
            .arg("serve")
            .env("RELECTURE_DATA_DIR", data)
            .env("RELECTURE_DATABASE_URL", place.url())
            .env("RELECTURE_LISTEN", address.to_string())
            .env("RELECTURE_PUBLIC_URL", known)
            .env("RELECTURE_LOG_FORMAT", "json")
            .env("RELECTURE_MAIL_FOLDER", folder.join("mails"))
            // A handful of people ask here what a country asks elsewhere.
            .env("RELECTURE_LIMITS_REQUESTS_PER_MINUTE", "100000000")
            // The server is the slide source of its own gateway too.
            .env("RELECTURE_DEMO_SLIDES", "true")
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()?;
        let mut server = Self {
            child,
            address,
            started_in: Duration::ZERO,
        };
        let ready = get("/health/ready", None);
        loop {
            if let Ok(mut connection) = Connection::open(address)
                && connection
                    .send(&ready)
                    .is_ok_and(|answer| answer.status == 204)
            {
                server.started_in = began.elapsed();
                return Ok(server);
            }
            if let Some(status) = server.child.try_wait()? {
                return Err(format!(
                    "the server ended, {status}: see server.log in {}",
                    folder.display()
                )
                .into());
            }
            if began.elapsed() > PATIENCE {
                return Err("the server does not become ready".into());
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Its resident memory now, in megabytes.
    pub fn memory(&self) -> Outcome<f64> {
        self.status("VmRSS:")
    }

    /// Its greatest resident memory so far, in megabytes.
    pub fn most_memory(&self) -> Outcome<f64> {
        self.status("VmHWM:")
    }

    /// What of its resident memory is its own, and what are pages of its program and libraries, in megabytes.
    pub fn memory_by_kind(&self) -> Outcome<(f64, f64)> {
        Ok((self.status("RssAnon:")?, self.status("RssFile:")?))
    }

    fn status(&self, name: &str) -> Outcome<f64> {
        let text = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = text.lines().find_map(|line| line.strip_prefix(name));
        let kilobytes = line.and_then(|line| line.split_whitespace().next());
        let kilobytes: f64 = kilobytes.ok_or("no such line in /proc")?.parse()?;
        Ok(kilobytes * 1024.0 / 1e6)
    }

    /// CPU time it has used, in microseconds.
    pub fn cpu(&self) -> Outcome<u64> {
        cpu_of(&self.child.id().to_string())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // One that has ended needs no killing.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// CPU time that this process has used, in microseconds.
pub fn own_cpu() -> Outcome<u64> {
    cpu_of("self")
}

fn cpu_of(process: &str) -> Outcome<u64> {
    let text = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The name, in brackets, may contain spaces; after it, user and system time are the 12th and 13th field.
    let (_, fields) = text.rsplit_once(')').ok_or("an unreadable /proc/stat")?;
    let mut fields = fields.split_whitespace().skip(11);
    let (user, system) = (fields.next(), fields.next());
    let ticks = |text: Option<&str>| text.unwrap_or_default().parse::<u64>();
    Ok((ticks(user)? + ticks(system)?) * TICK_MICROS)
}
