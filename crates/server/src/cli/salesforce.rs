//! The arguments of `gatelodge salesforce`.
//!
//! Must not know: what the files hold.

use super::ConfigArgs;
use clap::{Args, Subcommand};
use gatelodge_model::OAuthAppId;
use std::path::PathBuf;

/// `gatelodge salesforce`.
#[derive(Debug, Subcommand)]
pub enum SalesforceCommand {
    /// Write the External Client App as metadata that the Salesforce CLI deploys.
    App(SalesforceAppArgs),
}

/// `gatelodge salesforce app`.
#[derive(Debug, Clone, Args)]
pub struct SalesforceAppArgs {
    /// The folder to write into; made when missing.
    #[arg(long)]
    pub out: PathBuf,
    /// Whom Salesforce writes to when something about the app changes.
    #[arg(long)]
    pub contact_email: String,
    /// The OAuth app of this installation (app_…); may be left out where there is one, and is made where there is none.
    #[arg(long)]
    pub app: Option<OAuthAppId>,
    /// Make an app that needs no consumer secret; PKCE protects it then.
    #[arg(long)]
    pub without_secret: bool,
    /// Let only people connect to whom a Salesforce administrator assigned the app, by profile or permission set.
    #[arg(long)]
    pub pre_authorized: bool,
    /// Replace files that exist.
    #[arg(long)]
    pub force: bool,
    /// The configuration.
    #[command(flatten)]
    pub config: ConfigArgs,
}
