//! `gatelodge user`: adds people and makes links, beside a running hub or without one.
//!
//! Must not know: passwords; people set their own.

use super::{say, which};
use crate::{
    cli::{ConfigArgs, UserCommand},
    config::Config,
    wiring::Running,
};
use anyhow::{Context as _, anyhow};
use gatelodge_core::NewUser;
use gatelodge_model::{Error, ErrorKind, Secret, User};

/// Runs it.
///
/// # Errors
/// When the person cannot be added, or is not known.
pub async fn run(command: UserCommand) -> anyhow::Result<()> {
    match command {
        UserCommand::Add {
            email,
            name,
            role,
            organization,
            config,
        } => {
            let (running, url) = open(&config).await?;
            running.hub.ensure_organization("My organization").await?;
            let organization = which::organization(&running.hub, organization.as_deref()).await?;
            let new = NewUser {
                email: email.clone(),
                name,
                role,
            };
            let (user, token) = running
                .hub
                .add_user(organization.id, new)
                .await
                .map_err(|error| refused(error, &email, ""))?;
            say(format!(
                "Added {} ({}) as {}.",
                user.name, user.email, user.role
            ));
            tell_link(&url, &user, &token);
            running.stop().await;
        }
        UserCommand::Link { email, config } => {
            let (running, url) = open(&config).await?;
            let (user, token) = running
                .hub
                .renew_link(&email)
                .await
                .map_err(|error| refused(error, &email, ""))?;
            tell_link(&url, &user, &token);
            running.stop().await;
        }
    }
    Ok(())
}

/// An error of the hub in the words of a command whose options for a person begin with this prefix.
pub(super) fn refused(error: Error, email: &str, prefix: &str) -> anyhow::Error {
    match (error.kind(), error.field()) {
        (ErrorKind::Conflict, _) => {
            anyhow!(
                "{email} belongs to somebody already; 'gatelodge user link --email {email}' makes a new link for them"
            )
        }
        (ErrorKind::NotFound, _) => {
            anyhow!(
                "nobody has the e-mail {email}; 'gatelodge user add --email {email} --name …' adds a person"
            )
        }
        (_, Some(field)) => anyhow!("--{prefix}{field}: {}", error.message()),
        _ => error.into(),
    }
}

pub(super) async fn open(args: &ConfigArgs) -> anyhow::Result<(Running, String)> {
    let config = Config::read(&args.config)?;
    let url = config
        .server
        .public_urls
        .first()
        .context("server.public_urls: at least one address is needed")?;
    let url = url.origin().ascii_serialization();
    Ok((Running::rows_only(&config).await?, url))
}

pub(super) fn tell_link(url: &str, user: &User, token: &Secret) {
    say(format!(
        "Link for {}, good once and for 72 hours. Send it on a private way:\n  {url}/link/{}",
        user.name,
        token.expose()
    ));
}
