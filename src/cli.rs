//! The command line: what an operator types.
//!
//! Exit codes: 0 done, 1 it failed, 2 the words on the command line are off, 3 the configuration is not right, 4 a process that
//! should have gone on ended by itself.

mod backup;
mod doctor;
mod log;
mod offline;
mod outbox;
mod people;
mod queue;
mod signatures;
mod simulate;
mod slides;
mod trial;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config::{Config, ConfigErrors, Places};
use crate::server::{self, StartError};
use crate::{demo, telemetry};

const FAILED: u8 = 1;
const MISCONFIGURED: u8 = 3;
const ENDED: u8 = 4;

/// An open telepathology second-opinion exchange.
///
/// Settings come from a TOML file and from environment variables named RELECTURE_*; `relecture doctor` prints each one with
/// where it came from. Begin with `relecture demo`, or, for an exchange of your own: `relecture migrate`, `relecture import`
/// (organisations), `relecture user add` (people), `relecture serve`.
///
/// Exit codes: 0 done; 1 it failed; 2 the command line is wrong; 3 the configuration is wrong, and nothing was touched; 4 a
/// server or worker ended by itself: it is to be started again.
#[derive(Debug, Parser)]
#[command(version, arg_required_else_help = true)]
struct Arguments {
    /// Configuration file; RELECTURE_CONFIG names one too.
    #[arg(long, global = true, env = "RELECTURE_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the API, with a worker for mails and deadlines beside it.
    Serve {
        /// Leave mails and deadlines to `relecture worker` processes.
        #[arg(long)]
        no_worker: bool,
    },
    /// Send mails and keep deadlines, without serving. Several may run on one PostgreSQL.
    Worker,
    /// Bring the database to this version's schema. Safe to run twice, and by several at once.
    Migrate,
    /// Set organisations and people up from a JSON file; data/demo/network.json shows its shape. All or nothing.
    Import {
        /// The file, or several that are read as one.
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Load a demonstration network into a database of its own and serve it.
    Demo(demo::Options),
    /// Copy a SQLite database while it serves, whole and checked. On PostgreSQL, tells the command of PostgreSQL's own.
    Backup {
        /// The copy. It must not be there yet.
        file: PathBuf,
    },
    /// Print the configuration with its sources and check that everything it names works.
    Doctor,
    /// People and their passwords.
    #[command(subcommand)]
    User(people::User),
    /// Cases, without patient data.
    #[command(subcommand)]
    Case(queue::Case),
    /// The slides that are kept on a disk.
    #[command(subcommand)]
    Slides(slides::Slides),
    /// Messages that could not be delivered.
    #[command(subcommand)]
    Outbox(outbox::Outbox),
    /// Verify a signed opinion, without database or network: exit code 0 when every check holds.
    Verify(signatures::Verify),
    /// Holidays and openings of a territory, without a database.
    Calendar(offline::Calendar),
    /// The answer clock of a case from its events, without a database.
    Clock(offline::Clock),
    /// Who would be offered what, and why, from a snapshot, without a database.
    Route(offline::Route),
    /// How far several readers of the same cases agree, without a database.
    Agreement(offline::Agreement),
    /// A year of a national service under several ways of routing, without a database.
    Simulate(simulate::Options),
    /// Try a change of promises or weights on the cases that a network was sent lately. Nothing is changed.
    Trial(trial::Options),
    /// The signing authority and the experts' signing keys.
    #[command(subcommand)]
    Keys(signatures::Keys),
    /// The transparency log of signed opinions.
    #[command(subcommand)]
    Log(log::Log),
}

/// Why a command failed, in words for the operator.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The configuration.
    #[error("{0}")]
    Config(#[from] ConfigErrors),
    /// The start.
    #[error("{0}")]
    Start(#[from] StartError),
    /// Anything else.
    #[error("{0}")]
    Other(String),
}

impl Failure {
    /// From anything that can say what it is.
    pub(crate) fn from_display(error: impl std::fmt::Display) -> Self {
        Self::Other(error.to_string())
    }
}

/// Reads the command line and does what it says.
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    match dispatch(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            say_error(&failure);
            ExitCode::from(match failure {
                Failure::Config(_) => MISCONFIGURED,
                Failure::Start(StartError::WorkerEnded | StartError::Ended(_)) => ENDED,
                _ => FAILED,
            })
        }
    }
}

fn dispatch(arguments: Arguments) -> Result<(), Failure> {
    if let Command::Demo(options) = &arguments.command {
        return demo::run(options);
    }
    match &arguments.command {
        Command::Verify(options) => return signatures::verify(options),
        Command::Calendar(options) => return offline::calendar(options),
        Command::Clock(options) => return offline::clock(options),
        Command::Route(options) => return offline::route(options),
        Command::Agreement(options) => return offline::agreement(options),
        Command::Simulate(options) => return simulate::run(options),
        _ => {}
    }
    let config = load(arguments.config)?;
    telemetry::set_up_logging(&config.log).map_err(Failure::from_display)?;
    for notice in config.notices() {
        tracing::warn!("{notice}");
    }
    let system = actix_web::rt::System::new();
    match arguments.command {
        Command::Serve { no_worker } => Ok(system.block_on(server::serve(&config, !no_worker))?),
        Command::Worker => Ok(system.block_on(server::work_only(&config))?),
        Command::Migrate => system.block_on(migrate(&config)),
        Command::Import { files } => system.block_on(people::import(&config, &files)),
        Command::Backup { file } => backup::run(&config, &file),
        Command::Doctor => system.block_on(doctor::run(&config)),
        Command::User(command) => system.block_on(people::run(&config, command)),
        Command::Case(command) => system.block_on(queue::run(&config, command)),
        Command::Slides(command) => slides::run(&config, &command),
        Command::Outbox(command) => system.block_on(outbox::run(&config, command)),
        Command::Trial(options) => system.block_on(trial::run(&config, &options)),
        Command::Keys(command) => system.block_on(signatures::run(&config, command)),
        Command::Log(command) => system.block_on(log::run(&config, command)),
        // Answered above, before any configuration is read.
        Command::Demo(_)
        | Command::Verify(_)
        | Command::Calendar(_)
        | Command::Clock(_)
        | Command::Route(_)
        | Command::Agreement(_)
        | Command::Simulate(_) => Ok(()),
    }
}

fn load(file: Option<PathBuf>) -> Result<Config, ConfigErrors> {
    Config::load(
        &Places {
            file,
            environment: std::env::vars().collect(),
        },
        &mut rand::rng(),
    )
}

async fn migrate(config: &Config) -> Result<(), Failure> {
    match server::migrate(config).await?.as_slice() {
        [] => say("Nothing to do: the database is at this version's schema."),
        versions => say(&format!("Migrated: {}", versions.join(", "))),
    }
    Ok(())
}

/// Prints a line for the operator.
#[expect(
    clippy::print_stdout,
    reason = "the one place where the command line answers"
)]
pub(crate) fn say(line: &str) {
    println!("{line}");
}

#[expect(
    clippy::print_stderr,
    reason = "the one place where the command line complains"
)]
fn say_error(failure: &Failure) {
    eprintln!("relecture: {failure}");
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_whole() {
        Arguments::command().debug_assert();
    }
}
