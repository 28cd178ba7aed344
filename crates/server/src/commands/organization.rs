//! `gatelodge organization`: adds another organization with its first owner, lists them, or erases one.
//!
//! Must not know: passwords; the owner sets their own.

use super::{keys, say, user};
use crate::cli::OrganizationCommand;
use anyhow::anyhow;
use gatelodge_core::NewUser;
use gatelodge_model::Role;

/// Runs it.
///
/// # Errors
/// When the organization cannot be added or erased.
pub async fn run(command: OrganizationCommand) -> anyhow::Result<()> {
    match command {
        OrganizationCommand::Add {
            name,
            owner_email,
            owner_name,
            config,
        } => {
            let (running, url) = user::open(&config).await?;
            let owner = NewUser {
                email: owner_email.clone(),
                name: owner_name,
                role: Role::Owner,
            };
            let added = running.hub.add_organization(&name, owner).await;
            running.stop().await;
            let (organization, owner, token) = added.map_err(|error| match error.field() {
                Some("organization") => anyhow!("--name: {}", error.message()),
                _ => user::refused(error, &owner_email, "owner-"),
            })?;
            say(format!(
                "Added {} ({}); {} ({}) owns it.",
                organization.name, organization.id, owner.name, owner.email
            ));
            user::tell_link(&url, &owner, &token);
            Ok(())
        }
        OrganizationCommand::List(config) => {
            let (running, _) = user::open(&config).await?;
            let all = running.hub.organizations().await;
            running.stop().await;
            for organization in all? {
                say(format!("{}  {}", organization.id, organization.name));
            }
            Ok(())
        }
        OrganizationCommand::Erase {
            id,
            confirm,
            config,
        } => keys::erase_organization(&id, &confirm, &config).await,
    }
}
