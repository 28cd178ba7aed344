//! What each command does.
//!
//! Must not know: rules; it wires, prints, and waits for the signal to end.

pub mod approvals;
pub mod audit;
pub mod backup;
pub mod config_check;
pub mod confined;
pub mod doctor;
pub mod egress;
pub mod init;
pub mod keys;
pub mod organization;
pub mod panic;
#[cfg(feature = "practice")]
pub mod practice;
pub mod restore;
pub mod salesforce;
pub mod serve;
mod signal;
pub mod soql;
pub mod user;
mod which;

pub use signal::EndSignals;

use crate::cli::{AuditCommand, Cli, Command, ConfigCommand, SoqlCommand};
use anyhow::{Context as _, bail};
use std::io::Write as _;
use tokio::runtime::{Builder, Runtime};

/// Runs a command.
///
/// # Errors
/// With a message for the terminal: what was wrong, where, what to do.
pub fn run(cli: Cli) -> anyhow::Result<()> {
    match cli.command {
        // These give rights up before there are threads, and make their runtime afterwards.
        Command::Serve(args) => serve::run(&args.config),
        Command::Keeper(args) => crate::keeper_process::run(&args),
        Command::Confined(args) => confined::run(&args),
        Command::Init(args) => init::run(&args),
        Command::Egress(args) => egress::run(&args),
        Command::Config(ConfigCommand::Check(args)) => config_check::run(&args.config),
        Command::Config(ConfigCommand::Print(args)) => config_check::print(&args.config),
        Command::Soql(SoqlCommand::Check(args)) => soql::check(&args),
        Command::Soql(SoqlCommand::Format(args)) => soql::format(&args.file),
        command => runtime()?.block_on(run_in_runtime(command)),
    }
}

async fn run_in_runtime(command: Command) -> anyhow::Result<()> {
    match command {
        #[cfg(feature = "practice")]
        Command::Demo(args) => crate::demo::run(args).await,
        #[cfg(feature = "practice")]
        Command::Practice(args) => practice::run(*args).await,
        Command::User(command) => user::run(command).await,
        Command::Passkeys(command) => approvals::passkeys(command).await,
        Command::Approvals(command) => approvals::approvals(command).await,
        Command::Keys(command) => keys::run(command).await,
        Command::Unlock(args) => keys::unlock(args).await,
        Command::Organization(command) => organization::run(command).await,
        Command::Audit(AuditCommand::Verify(args)) => audit::verify(&args.config).await,
        Command::Backup(args) => backup::run(args).await,
        Command::Restore(args) => restore::run(args).await,
        Command::Doctor(args) => doctor::run(&args).await,
        Command::Panic(args) => panic::run(args).await,
        Command::Salesforce(command) => salesforce::run(command).await,
        Command::Mcp(args) => crate::bridge::run(args.url, args.token, args.ca_file).await,
        _ => bail!("this command needs no runtime"),
    }
}

/// The runtime of a process.
///
/// # Errors
/// When the system refuses threads.
pub(crate) fn runtime() -> anyhow::Result<Runtime> {
    Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("the runtime cannot be started")
}

/// Writes a line for the person at the terminal.
pub(crate) fn say(text: impl std::fmt::Display) {
    // Whoever closed the output does not want it; that is no reason to end a running hub.
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}
