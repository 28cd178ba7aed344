//! `gatelodge practice`: the practice org alone.
//!
//! Must not know: the hub.

use super::{EndSignals, say};
use crate::{cli::PracticeArgs, config::LogFormat, logging};
use gatelodge_practice::{PracticeOptions, TlsOptions};
use serde_json::json;

/// Runs it until the process is asked to end.
///
/// # Errors
/// When the port is taken or the folder cannot be used.
pub async fn run(args: PracticeArgs) -> anyhow::Result<()> {
    logging::start(LogFormat::Text, "warn");
    let options = PracticeOptions {
        port: args.port,
        tls: args.tls.then(TlsOptions::default),
        data_dir: args.data,
        ..PracticeOptions::new()
    };
    let end = EndSignals::listen()?;
    let practice = gatelodge_practice::start(options).await?;
    let users: Vec<_> = practice
        .sign_ins()
        .into_iter()
        .map(|(username, password)| json!({ "username": username, "password": password }))
        .collect();
    if args.json {
        say(json!({
            "practice_org": practice.url(),
            "ca_file": practice.authority_path(),
            "practice_users": users,
        }));
    } else {
        say(format!("Practice org: {}", practice.url()));
        if let Some(path) = practice.authority_path() {
            say(format!("Its certificate authority: {}", path.display()));
        }
        say("Sign in as one of:");
        for (username, password) in practice.sign_ins() {
            say(format!("  {username}  {password}"));
        }
        say("Ctrl-C ends it.");
    }
    end.asked().await;
    practice.shutdown().await;
    Ok(())
}
