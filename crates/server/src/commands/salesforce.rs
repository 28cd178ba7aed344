//! `gatelodge salesforce app`: writes the app that people sign in with as files to deploy.
//!
//! Nothing that exists is overwritten without being told to, and nothing is written unless all can be. Must not know:
//! what the files hold.

use super::say;
use crate::{
    cli::{SalesforceAppArgs, SalesforceCommand},
    config::Config,
    wiring::Running,
};
use anyhow::{Context as _, anyhow, bail};
use gatelodge_core::{AppFilesOrder, WrittenApp};
use gatelodge_model::Error;
use std::{fs, path::Path};

/// Runs it.
///
/// # Errors
/// When the app cannot be chosen or registered, or a file exists or cannot be written.
pub async fn run(command: SalesforceCommand) -> anyhow::Result<()> {
    let SalesforceCommand::App(args) = command;
    let config = Config::read(&args.config.config)?;
    let running = Running::rows_only(&config).await?;
    let order = AppFilesOrder {
        provider: "salesforce".to_owned(),
        app: args.app,
        contact_email: args.contact_email.clone(),
        without_secret: args.without_secret,
        pre_authorized: args.pre_authorized,
    };
    let written = running.hub.app_files(order).await;
    running.stop().await;
    let written = written.map_err(in_words)?;
    write(&args, &written)?;
    tell(&args.out, &written);
    Ok(())
}

/// An error of the hub in the words of this command.
fn in_words(error: Error) -> anyhow::Error {
    let Some(field) = error.field() else {
        return error.into();
    };
    let field = field.replace('_', "-");
    let choices: Vec<String> = error
        .choices()
        .iter()
        .map(|choice| format!("\n  {choice}"))
        .collect();
    anyhow!("--{field}: {}{}", error.message(), choices.concat())
}

fn write(args: &SalesforceAppArgs, written: &WrittenApp) -> anyhow::Result<()> {
    let files = &written.files.files;
    if !args.force
        && let Some(file) = files
            .iter()
            .map(|file| args.out.join(&file.path))
            .find(|path| path.exists())
    {
        bail!(
            "{} exists already; nothing was written. --force replaces the files",
            file.display()
        );
    }
    for file in files {
        let path = args.out.join(&file.path);
        let cannot = || format!("{} cannot be written", path.display());
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).with_context(cannot)?;
        }
        fs::write(&path, &file.text).with_context(cannot)?;
    }
    Ok(())
}

fn tell(out: &Path, written: &WrittenApp) {
    let WrittenApp {
        app,
        started,
        files,
    } = written;
    if *started {
        say(format!(
            "Made the OAuth app {}, empty and switched off.",
            app.id
        ));
    }
    say(format!(
        "Wrote {} files for '{}' ({}) into {}.",
        files.files.len(),
        app.name,
        app.id,
        out.display()
    ));
    say(files.next.replace("{folder}", &out.display().to_string()));
}
