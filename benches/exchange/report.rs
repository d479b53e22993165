//! One table: what was promised, what was measured, and on what.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use relecture::clock::SystemClock;
use relecture::domain::time::Clock;
use serde::Serialize;

use crate::Outcome;
use crate::load::Taken;

/// A line of the table.
#[derive(Serialize)]
struct Row {
    on: String,
    what: String,
    target: String,
    measured: String,
    /// Whether the target holds; none for a figure without one.
    holds: Option<bool>,
}

/// What was measured so far.
#[derive(Serialize)]
pub struct Report {
    at: String,
    commit: String,
    machine: Vec<String>,
    notes: Vec<String>,
    rows: Vec<Row>,
}

/// What a figure must be.
pub enum Target {
    /// At most so much.
    AtMost(f64),
    /// At least so much.
    AtLeast(f64),
    /// There is none.
    None,
}

/// Milliseconds.
pub fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

impl Report {
    /// An empty one, with the description of the machine.
    pub fn begin(quick: bool) -> Self {
        let mut report = Self {
            at: SystemClock.now().to_rfc3339(),
            commit: said("git", &["describe", "--always", "--dirty"]),
            machine: machine(),
            notes: Vec::new(),
            rows: Vec::new(),
        };
        if quick {
            report.note("A quick run: fewer cases and shorter stages; its figures are no proof.");
        }
        report.note(&format!(
            "Load average at the beginning: {}",
            load_average()
        ));
        report
    }

    /// A remark below the table.
    pub fn note(&mut self, text: &str) {
        crate::say(text);
        self.notes.push(text.to_owned());
    }

    /// A figure, with its unit.
    pub fn figure(&mut self, on: &str, what: &str, target: &Target, measured: f64, unit: &str) {
        let holds = match target {
            Target::AtMost(most) => Some(measured <= *most),
            Target::AtLeast(least) => Some(measured >= *least),
            Target::None => None,
        };
        let target = match target {
            Target::AtMost(most) => format!("≤ {} {unit}", short(*most)),
            Target::AtLeast(least) => format!("≥ {} {unit}", short(*least)),
            Target::None => String::new(),
        };
        self.row(
            on,
            what,
            target,
            format!("{} {unit}", short(measured)),
            holds,
        );
    }

    /// Something that is right or wrong.
    pub fn fact(&mut self, on: &str, what: &str, measured: &str, holds: bool) {
        self.row(on, what, String::new(), measured.to_owned(), Some(holds));
    }

    /// A limit of the machine, from a series.
    pub fn limit(&mut self, what: &str, taken: &Taken) {
        let times = format!(
            "p50 {:.2} ms, p99 {:.2} ms",
            ms(taken.within(0.5)),
            ms(taken.within(0.99))
        );
        self.limit_of(what, taken.rate(), &times);
    }

    /// A limit of the machine.
    pub fn limit_of(&mut self, what: &str, rate: f64, times: &str) {
        self.row(
            "the machine",
            what,
            String::new(),
            format!("{} /s, {times}", short(rate)),
            None,
        );
    }

    fn row(&mut self, on: &str, what: &str, target: String, measured: String, holds: Option<bool>) {
        crate::say(&format!("{on}: {what}: {measured}"));
        self.rows.push(Row {
            on: on.to_owned(),
            what: what.to_owned(),
            target,
            measured,
            holds,
        });
    }

    /// Prints the table and keeps it, as Markdown and as JSON. Fails when a target does not hold.
    #[expect(clippy::print_stdout, reason = "the table is the result")]
    pub fn finish(mut self, folder: &Path) -> Outcome<()> {
        self.note(&format!("Load average at the end: {}", load_average()));
        let table = self.table();
        println!("{table}");
        std::fs::write(folder.join("results.md"), &table)?;
        std::fs::write(
            folder.join("results.json"),
            serde_json::to_string_pretty(&self)?,
        )?;
        let missed = self
            .rows
            .iter()
            .filter(|row| row.holds == Some(false))
            .count();
        if missed > 0 {
            return Err(format!("{missed} targets were missed").into());
        }
        Ok(())
    }

    fn table(&self) -> String {
        let mut text = format!("Measured {} at {}.\n\n", self.at, self.commit);
        for line in self.machine.iter().chain(&self.notes) {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "- {line}");
        }
        text.push_str("\n| on | what | target | measured | |\n| --- | --- | --- | --- | --- |\n");
        for row in &self.rows {
            let verdict = match row.holds {
                Some(true) => "holds",
                Some(false) => "**missed**",
                None => "",
            };
            let _ = writeln!(
                text,
                "| {} | {} | {} | {} | {verdict} |",
                row.on, row.what, row.target, row.measured
            );
        }
        text
    }
}

/// Three significant digits are what such a measurement is worth.
fn short(number: f64) -> String {
    if number >= 100.0 {
        format!("{number:.0}")
    } else if number >= 10.0 {
        format!("{number:.1}")
    } else {
        format!("{number:.2}")
    }
}

fn machine() -> Vec<String> {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let after = |text: &str, name: &str| {
        let line = text.lines().find(|line| line.starts_with(name));
        let value = line.and_then(|line| line.split_once(':'));
        value
            .map(|(_, value)| value.trim().to_owned())
            .unwrap_or_default()
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    vec![
        format!(
            "{cores} cores of {}, shared by the program, its database and the load; memory {}",
            after(&read("/proc/cpuinfo"), "model name"),
            after(&read("/proc/meminfo"), "MemTotal")
        ),
        format!(
            "Linux {}, file system {}",
            read("/proc/sys/kernel/osrelease").trim(),
            said("stat", &["-f", "-c", "%T", "."])
        ),
    ]
}

fn load_average() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split_whitespace()
        .take(3)
        .collect::<Vec<_>>()
        .join(" ")
}

/// What a small program says; nothing when it is not there.
fn said(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    text.unwrap_or_default()
}
