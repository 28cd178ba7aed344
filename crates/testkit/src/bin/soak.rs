//! `cargo xtask soak NAME`: does one long run and prints what it counted; ends with 1 when a promise was broken.
//!
//! Must not know what a run does.

use std::process::ExitCode;

use gatelodge_testkit::soak;

#[expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the report is what this program is for"
)]
#[tokio::main]
async fn main() -> ExitCode {
    let name = std::env::args().nth(1).unwrap_or_default();
    let Some(report) = soak::run(&name).await else {
        eprintln!("soak does one of these runs:");
        for (name, what) in soak::RUNS {
            eprintln!("  {name:<16} {what}");
        }
        return ExitCode::FAILURE;
    };
    print!("{report}");
    if report.is_good() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
