//! `script/bench`: what the program costs, measured from outside.
//!
//! Fills a database with years of a national service, starts the real release program on it, and asks it over real HTTP with
//! real logins. Beside its figures stand those of the machine, measured in the same run: a target that is missed on a disk that
//! takes ten milliseconds for a commit says something about the disk.

mod database;
mod http;
mod limits;
mod lines;
mod load;
mod nginx;
mod opinions;
mod report;
mod rules;
mod seed;
mod server;
mod stages;
mod tiles;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use report::Report;

/// What a step of the benchmark returns: nothing here recovers from an error, so all end as words on the terminal.
type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Everything is kept below this folder, which git ignores.
const FOLDER: &str = "var/bench";

/// What the command line asks for.
struct Options {
    quick: bool,
    large: bool,
    sqlite: bool,
    postgres: bool,
    lines: bool,
}

impl Options {
    fn read(words: impl Iterator<Item = String>) -> Outcome<Self> {
        let mut options = Self {
            quick: false,
            large: false,
            sqlite: false,
            postgres: false,
            lines: false,
        };
        for word in words {
            match word.as_str() {
                "--quick" => options.quick = true,
                "--large" => options.large = true,
                "--sqlite" => options.sqlite = true,
                "--postgres" => options.postgres = true,
                "--lines" => options.lines = true,
                // Given by `cargo bench` to every benchmark.
                "--bench" => {}
                other => return Err(format!("unknown argument {other}").into()),
            }
        }
        if !options.sqlite && !options.postgres && !options.lines {
            (options.sqlite, options.postgres) = (true, true);
        }
        Ok(options)
    }
}

#[expect(
    clippy::print_stderr,
    reason = "progress, beside the table that is the result"
)]
fn say(line: &str) {
    eprintln!("==> {line}");
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("failed: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn run() -> Outcome<()> {
    let options = Options::read(std::env::args().skip(1))?;
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(FOLDER);
    std::fs::create_dir_all(&folder)?;
    let mut report = Report::begin(options.quick);
    if let Some(program) = std::env::var_os(server::PROGRAM) {
        report.note(&format!("Measured: {}", program.display()));
    }
    if options.lines {
        lines::all(&mut report, &folder, options.quick)?;
    }
    if options.sqlite || options.postgres {
        from_near(&mut report, &options, &folder)?;
    }
    report.finish(&folder)
}

/// What the program costs where there is no line between.
fn from_near(report: &mut Report, options: &Options, folder: &Path) -> Outcome<()> {
    say("Measuring the disk");
    limits::disk(report, folder, options.quick)?;
    rules::all(report)?;
    opinions::alone(report)?;
    let template = seed::Template::live(folder)?;
    if options.sqlite {
        let place = database::Place::Sqlite(folder.join("sqlite.db"));
        measure(report, options, folder, &template, &place)?;
    }
    if options.postgres {
        let server = std::env::var("RELECTURE_TEST_POSTGRES_URL")
            .map_err(|_| "PostgreSQL: run this through script/bench, which starts a server")?;
        limits::pgbench(report, &server, options.quick)?;
        let place = database::Place::Postgres { server };
        measure(report, options, folder, &template, &place)?;
    }
    Ok(())
}

/// Everything on one database.
fn measure(
    report: &mut Report,
    options: &Options,
    folder: &Path,
    template: &seed::Template,
    place: &database::Place,
) -> Outcome<()> {
    let plan = stages::Plan::of(options.quick);
    let pages = {
        say(&format!("{}: filling {} cases", place.name(), plan.cases));
        let size = seed::fill(template, place, plan.cases, plan.drafts)?;
        report.note(&format!("{}: {size}", place.name()));
        let pages = stages::all(report, folder, template, place, &plan)?;
        opinions::entered(report, template, place)?;
        pages
    };
    if options.large {
        let cases = plan.cases * 5;
        say(&format!("{}: filling {cases} cases", place.name()));
        let size = seed::fill(template, place, cases, 0)?;
        report.note(&format!("{}: {size}", place.name()));
        stages::worklist_against(report, folder, template, place, &plan, &pages)?;
    }
    place.remove()
}
