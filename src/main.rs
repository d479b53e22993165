//! The command line of Relecture.

use std::process::ExitCode;

fn main() -> ExitCode {
    relecture::cli::run()
}
