//! The `gatelodge` program: reads the command line and runs the command.

use clap::Parser as _;
use gatelodge_server::{cli::Cli, commands};
use mimalloc::MiMalloc;
use std::process::ExitCode;

/// Measured: about a third more calls a second than with the system's allocator (bench/README.md).
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// What clap ends with too when the command line is not understood.
const USAGE: u8 = 2;

fn main() -> ExitCode {
    match commands::run(Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report(&error);
            if error.is::<commands::soql::CannotRead>() {
                ExitCode::from(USAGE)
            } else if let Some(unwell) = error.downcast_ref::<commands::doctor::Unwell>() {
                ExitCode::from(unwell.status())
            } else {
                ExitCode::FAILURE
            }
        }
    }
}

#[expect(clippy::print_stderr, reason = "the last words of a failed command")]
fn report(error: &anyhow::Error) {
    eprintln!("gatelodge: {error:#}");
}
