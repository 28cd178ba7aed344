//! `cargo xtask bench`: measures the hub and prints a Markdown report. `--rounds N` asks for more or fewer rounds.
//!
//! Must not know what is measured.

use std::process::ExitCode;

/// Rounds that make a median worth its name.
const ROUNDS: usize = 9;

#[expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the report is what this program is for"
)]
#[tokio::main]
async fn main() -> ExitCode {
    match rounds(std::env::args().skip(1)) {
        Ok(rounds) => {
            println!("{}", gatelodge_testkit::bench::run(rounds).await);
            ExitCode::SUCCESS
        }
        Err(reason) => {
            eprintln!("{reason}");
            ExitCode::FAILURE
        }
    }
}

fn rounds(mut arguments: impl Iterator<Item = String>) -> Result<usize, String> {
    match (arguments.next().as_deref(), arguments.next()) {
        (None, None) => Ok(ROUNDS),
        (Some("--rounds"), Some(number)) => match number.parse() {
            Ok(rounds) if rounds > 0 => Ok(rounds),
            _ => Err(format!("--rounds {number}: a number from 1 on is expected")),
        },
        _ => Err("bench knows --rounds N and nothing else".to_owned()),
    }
}
