//! The `gatelodge` program: reads the command line and runs the command.

use clap::Parser as _;
use gatelodge_server::{
    cli::{Cli, Command},
    commands,
};
use mimalloc::MiMalloc;
use std::process::ExitCode;

/// Measured: about a third more calls a second than with the system's allocator (bench/README.md).
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// What clap ends with too when the command line is not understood.
const USAGE: u8 = 2;

fn main() -> ExitCode {
    match run(Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report(&error);
            if error.is::<commands::soql::CannotRead>() {
                ExitCode::from(USAGE)
            } else {
                ExitCode::FAILURE
            }
        }
    }
}

fn run(cli: Cli) -> anyhow::Result<()> {
    // What a process gives up holds for the threads that come after, so this comes before the runtime's.
    if let Command::Confined(args) = &cli.command {
        return commands::confined::run(args);
    }
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?
        .block_on(commands::run(cli))
}

#[expect(clippy::print_stderr, reason = "the last words of a failed command")]
fn report(error: &anyhow::Error) {
    eprintln!("gatelodge: {error:#}");
}
