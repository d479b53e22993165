//! What the machine itself can do, measured in the same run: no program is faster.

use std::fs::OpenOptions;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use crate::load::Taken;
use crate::report::Report;
use crate::{Outcome, say};

/// What a database writes at least for a commit.
const PAGE: [u8; 4096] = [0x5a; 4096];
/// One row, durable: the smallest thing PostgreSQL can be asked to remember.
const COMMIT: &str = "INSERT INTO one_row (value) VALUES (1);\n";

fn seconds(quick: bool) -> u64 {
    if quick { 2 } else { 5 }
}

/// How often the disk can be made to keep 4 KB for good, one after the other.
pub fn disk(report: &mut Report, folder: &Path, quick: bool) -> Outcome<()> {
    let path = folder.join("fdatasync");
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .open(&path)?;
    // Space that is there already, as in a log that is written again: only the data go to the disk.
    for page in 0..256 {
        file.write_all_at(&PAGE, page * 4096)?;
    }
    file.sync_all()?;
    let mut taken = Taken::default();
    let began = Instant::now();
    for page in 0.. {
        let since = Instant::now();
        file.write_all_at(&PAGE, page % 256 * 4096)?;
        file.sync_data()?;
        taken.note(0, since.elapsed());
        if began.elapsed() > Duration::from_secs(seconds(quick)) {
            break;
        }
    }
    let mut sorted = Taken::default();
    sorted.add(taken);
    sorted.elapsed = began.elapsed();
    std::fs::remove_file(&path)?;
    report.limit("disk: write and fdatasync of 4 KB", &sorted);
    Ok(())
}

/// How often PostgreSQL can commit one row, by its own measuring program, with one client and with sixteen.
pub fn pgbench(report: &mut Report, server: &str, quick: bool) -> Outcome<()> {
    say("Measuring PostgreSQL's one-row commit with pgbench");
    let script = std::env::temp_dir().join(format!("relecture-one-row-{}.sql", std::process::id()));
    std::fs::write(&script, COMMIT)?;
    let psql =
        |statement: &str| run(Command::new(program("psql")).args(["-qX", "-c", statement, server]));
    psql("CREATE TABLE one_row (value int)")?;
    for clients in ["1", "16"] {
        let said = run(Command::new(program("pgbench"))
            .args(["-n", "-M", "prepared", "-j", "2", "-c", clients, "-T"])
            .arg(seconds(quick).to_string())
            .arg("-f")
            .arg(&script)
            .arg(server))?;
        let number = |after: &str| {
            let line = said.lines().find_map(|line| line.strip_prefix(after));
            line.and_then(|rest| rest.split_whitespace().next()?.parse::<f64>().ok())
        };
        let (rate, latency) = (number("tps = "), number("latency average = "));
        report.limit_of(
            &format!("pgbench: one-row commit, {clients} clients"),
            rate.ok_or("pgbench says no rate")?,
            &format!("mean {:.2} ms", latency.ok_or("pgbench says no latency")?),
        );
    }
    psql("DROP TABLE one_row")?;
    std::fs::remove_file(&script)?;
    Ok(())
}

/// Debian keeps the programs of a server version off the PATH.
fn program(name: &str) -> PathBuf {
    match std::env::var_os("POSTGRES_BIN") {
        Some(folder) => PathBuf::from(folder).join(name),
        None => PathBuf::from(name),
    }
}

fn run(command: &mut Command) -> Outcome<String> {
    let done = command.output()?;
    if done.status.success() {
        return Ok(String::from_utf8_lossy(&done.stdout).into_owned());
    }
    Err(format!("{command:?}: {}", String::from_utf8_lossy(&done.stderr)).into())
}
