//! The command line.
//!
//! Must not know: what the commands do.

mod approvals;
mod egress;
mod hardening;
mod keeper;
mod keys;
#[cfg(feature = "practice")]
mod practice;
mod recovery;
mod salesforce;

pub use approvals::{ApprovalsCommand, PasskeysCommand, Which, Whose};
pub use egress::EgressArgs;
pub use hardening::{ConfinedArgs, ConfinedRole};
pub use keeper::KeeperArgs;

pub use keys::{KeysCommand, OrganizationCommand, RotateArgs, UnlockArgs};
#[cfg(feature = "practice")]
pub use practice::{
    AppOrder, FaultArgs, FaultOrder, JournalFilter, PracticeArgs, PracticeOrder, PracticeStart,
    Target,
};

pub use recovery::{
    ActivateArgs, BackupArgs, BackupOrder, DoctorArgs, PanicArgs, RestoreArgs, RestoreOrder,
};

pub use salesforce::{SalesforceAppArgs, SalesforceCommand};

use clap::{Args, Parser, Subcommand};
use gatelodge_model::Secret;
use std::{convert::Infallible, path::PathBuf};

/// Keeps a company's keys so that AI agents and workflows never have to.
#[derive(Debug, Parser)]
#[command(name = "gatelodge", version, propagate_version = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Try everything on this machine: a hub, a practice Salesforce org, two people, no account needed.
    #[cfg(feature = "practice")]
    Demo(DemoArgs),
    /// Write a commented configuration and a key file.
    Init(InitArgs),
    /// Run the hub; a keeper is started where none runs.
    Serve(ConfigArgs),
    /// Run the keeper, the process that holds the keys.
    Keeper(KeeperArgs),
    /// Add a person, or make a new link for one.
    #[command(subcommand)]
    User(UserCommand),
    /// Let people enrol passkeys; list and remove them.
    #[command(subcommand)]
    Passkeys(PasskeysCommand),
    /// Seal or unseal the approvals of an organization.
    #[command(subcommand)]
    Approvals(ApprovalsCommand),
    /// Look at the configuration.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Print what leaves this installation: the firewall list and its own addresses.
    Egress(EgressArgs),
    /// Look at the audit log.
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Copy everything that is stored into an encrypted file, while the hub runs.
    Backup(BackupArgs),
    /// Fill an empty database from a backup, as a copy that sends nothing until it is activated.
    Restore(RestoreArgs),
    /// Check configuration, keys, database and every connection, and say what to do; spends no refresh token.
    Doctor(DoctorArgs),
    /// End every connection of an organization or provider, at the providers, at once.
    Panic(PanicArgs),
    /// List, replace and give up keys.
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Give a sealed keeper its key.
    Unlock(UnlockArgs),
    /// What concerns a whole organization.
    #[command(subcommand)]
    Organization(OrganizationCommand),
    /// What a Salesforce administrator needs from this installation.
    #[command(subcommand)]
    Salesforce(SalesforceCommand),
    /// Run only the practice Salesforce org, or give orders to one that runs.
    #[cfg(feature = "practice")]
    Practice(Box<PracticeArgs>),
    /// Check or lay out SOQL and SOSL statements; needs no hub and no org.
    #[command(subcommand)]
    Soql(SoqlCommand),
    /// Connect a desktop client: reads MCP on standard input, answers on standard output, asks a hub.
    Mcp(McpArgs),
    /// Confine this process as a role, try what that role must not be able to do, and print how it went.
    #[command(hide = true)]
    Confined(ConfinedArgs),
}

/// Where the configuration is.
#[derive(Debug, Clone, Args)]
pub struct ConfigArgs {
    /// The configuration file.
    #[arg(long, env = "GATELODGE_CONFIG", default_value = "gatelodge.toml")]
    pub config: PathBuf,
}

/// `gatelodge init`.
#[derive(Debug, Args)]
pub struct InitArgs {
    /// The folder to write into; made when missing.
    #[arg(long, default_value = ".")]
    pub dir: PathBuf,
    /// The main address under which people will reach this installation.
    #[arg(long, default_value = "http://127.0.0.1:8420")]
    pub public_url: url::Url,
    /// Where to listen.
    #[arg(long, default_value = "127.0.0.1:8420")]
    pub listen: std::net::SocketAddr,
}

/// `gatelodge user`.
#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// Add a person and print a link, good once, with which they set their password.
    Add {
        /// Sign-in name.
        #[arg(long)]
        email: String,
        /// Shown name.
        #[arg(long)]
        name: String,
        /// owner, admin, member or auditor.
        #[arg(long, default_value = "member")]
        role: gatelodge_model::Role,
        /// Name or id of the organization; not needed where there is only one.
        #[arg(long)]
        organization: Option<String>,
        /// The configuration.
        #[command(flatten)]
        config: ConfigArgs,
    },
    /// Print a new link for a person who lost their password.
    Link {
        /// Sign-in name.
        #[arg(long)]
        email: String,
        /// The configuration.
        #[command(flatten)]
        config: ConfigArgs,
    },
}

/// `gatelodge config`.
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Say what is wrong with the configuration, or that nothing is.
    Check(ConfigArgs),
    /// Print every value in effect and where it comes from; secrets are masked.
    Print(ConfigArgs),
}

/// `gatelodge audit`.
#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// Recompute every hash chain and name the first event that is not what was written.
    Verify(ConfigArgs),
}

/// `gatelodge demo`.
#[cfg(feature = "practice")]
#[derive(Debug, Clone, Args)]
pub struct DemoArgs {
    /// Port of the hub; 0 takes any free one.
    #[arg(long, default_value_t = 8420)]
    pub port: u16,
    /// Port of the practice org; 0 takes any free one.
    #[arg(long, default_value_t = 8421)]
    pub practice_port: u16,
    /// Use a practice org that runs already on this machine, such as `http://localhost:8421`.
    #[arg(long)]
    pub practice_org: Option<url::Url>,
    /// Keep hub and practice org here, to stop and start again; a temporary folder otherwise.
    #[arg(long)]
    pub data_dir: Option<PathBuf>,
    /// Print one line of JSON when ready.
    #[arg(long)]
    pub json: bool,
}

/// `gatelodge soql`.
#[derive(Debug, Subcommand)]
pub enum SoqlCommand {
    /// Say for each line whether it is a statement as Salesforce's grammar has it; ends with 1 when one is not.
    Check(SoqlCheckArgs),
    /// Print statements laid out for people.
    Format(SoqlFormatArgs),
}

/// `gatelodge soql check`.
#[derive(Debug, Args)]
pub struct SoqlCheckArgs {
    /// One statement a line; blank lines and lines that begin with `#` or `--` are left out. `-` is standard input.
    #[arg(default_value = "-")]
    pub file: PathBuf,
    /// The statements are searches (SOSL).
    #[arg(long)]
    pub sosl: bool,
    /// Print a line of JSON for each statement.
    #[arg(long)]
    pub json: bool,
    /// Also refuse what the grammar takes and no org runs, such as functions that do not exist.
    #[arg(long)]
    pub strict: bool,
}

/// `gatelodge soql format`.
#[derive(Debug, Args)]
pub struct SoqlFormatArgs {
    /// Statements, each beginning on a line of its own with SELECT or FIND. `-` is standard input.
    #[arg(default_value = "-")]
    pub file: PathBuf,
}

/// `gatelodge mcp`.
#[derive(Debug, Args)]
pub struct McpArgs {
    /// The hub's MCP address, such as `https://gatelodge.example.com/mcp`.
    #[arg(long, env = "GATELODGE_MCP_URL")]
    pub url: url::Url,
    /// The agent's token; better given by the environment than by the command line.
    #[arg(long, env = "GATELODGE_AGENT_TOKEN", hide_env_values = true, value_parser = secret)]
    pub token: Secret,
    /// A further certificate authority, a PEM file.
    #[arg(long)]
    pub ca_file: Option<PathBuf>,
}

#[expect(clippy::unnecessary_wraps, reason = "the form of a parser of values")]
fn secret(text: &str) -> Result<Secret, Infallible> {
    Ok(Secret::new(text))
}
