//! The command line of Relecture.

use std::process::ExitCode;

/// Gives back what a password hash or a burst of requests needed, which the system's allocator keeps for each thread; of the
/// libraries in C, too.
#[global_allocator]
static MEMORY: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    relecture::cli::run()
}
