//! `gatelodge mcp`: the stdio transport of the Model Context Protocol for desktop clients, as a bridge to a
//! running hub. Lines of JSON-RPC come in on standard input, answers go out on standard output.
//!
//! Logs go to standard error only: one stray line on standard output would end the conversation. Must not
//! know: tools, or what the messages mean beyond what the transport needs.

mod events;
mod hub;
mod message;
mod pump;
#[cfg(test)]
mod tests;

use crate::{config::LogFormat, logging};
use gatelodge_model::Secret;
use std::path::PathBuf;
use tokio::io::{BufReader, stdin, stdout};
use url::Url;

/// Bridges until standard input ends and the answers under way are written.
///
/// # Errors
/// An address or certificate file that cannot be used, or a broken standard input or output.
pub async fn run(url: Url, token: Secret, ca: Option<PathBuf>) -> anyhow::Result<()> {
    logging::start(LogFormat::Text, "warn");
    let hub = hub::HubClient::new(url, token, ca.as_deref())?;
    pump::run(BufReader::new(stdin()), stdout(), hub).await
}
