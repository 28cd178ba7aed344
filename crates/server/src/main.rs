//! The `gatelodge` program: reads the command line and runs the command.

use clap::Parser as _;
use gatelodge_server::{cli::Cli, commands};
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    match commands::run(Cli::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report(&error);
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stderr, reason = "the last words of a failed command")]
fn report(error: &anyhow::Error) {
    eprintln!("gatelodge: {error:#}");
}
