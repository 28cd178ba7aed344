//! The `gatelodge` program: reads the command line and runs the command.

use clap::Parser as _;
use gatelodge_keeper_client::KeeperFailure;
use gatelodge_model::Error;
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
    if let Some(words) = what_to_do(error) {
        eprintln!("{words}");
    }
}

/// The hint of a refusal, of a use case or of the keeper.
fn what_to_do(error: &anyhow::Error) -> Option<&str> {
    error.chain().find_map(|cause| {
        let failure = cause.downcast_ref::<KeeperFailure>();
        let refusal = failure.map(|failure| &failure.error);
        let hint = refusal.or_else(|| cause.downcast_ref::<Error>())?.hint()?;
        Some(&*hint.text)
    })
}
