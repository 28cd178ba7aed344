//! `gatelodge passkeys` and `gatelodge approvals`. The console proves itself by opening the key, which the web
//! role never has; each act is audited as done by the system.
//!
//! Must not know: how records are sealed.

use super::{say, which};
use crate::{
    cli::{ApprovalsCommand, PasskeysCommand, Which, Whose},
    config::Config,
    wiring::{Running, open_console},
};
use anyhow::Context as _;
use gatelodge_keeper::Console;
use gatelodge_keeper_client::PasskeyHolder;
use gatelodge_model::{Actor, AuditOutcome, Face, NewAuditEvent, OrganizationId};
use serde_json::{Value, json};
use std::path::Path;

/// An opened console.
struct Opened {
    running: Running,
    console: Console,
}

impl Opened {
    async fn at(config: &Path) -> anyhow::Result<Self> {
        let config = Config::read(config)?;
        let running = Running::rows_only(&config).await?;
        let console = open_console(&config, running.store.clone()).await?;
        Ok(Self { running, console })
    }

    async fn holder(&self, email: &str) -> anyhow::Result<PasskeyHolder> {
        let found = self.running.hub.find_user(email).await?;
        let user = found.with_context(|| format!("nobody has the e-mail {email}"))?;
        Ok(PasskeyHolder {
            organization: user.organization,
            user: user.id,
        })
    }

    async fn audit(
        &self,
        organization: OrganizationId,
        action: &'static str,
        target: String,
        detail: Value,
    ) -> anyhow::Result<()> {
        let done = NewAuditEvent {
            organization,
            actor: Actor::System,
            via: Face::Job,
            request: self.running.hub.new_request_id(),
            action,
            target,
            outcome: AuditOutcome::Success,
            detail,
        };
        Ok(self.running.store.journal().append(done).await?)
    }
}

/// Runs `gatelodge passkeys`.
///
/// # Errors
/// When the person or passkey is not known, or a record about approvals was changed or taken back.
pub async fn passkeys(command: PasskeysCommand) -> anyhow::Result<()> {
    match command {
        PasskeysCommand::Allow(Whose { email, config }) => {
            let opened = Opened::at(&config.config).await?;
            let holder = opened.holder(&email).await?;
            let target = holder.user.to_string();
            opened
                .audit(holder.organization, "passkey.allowed", target, json!({}))
                .await?;
            let (code, until) = opened.console.allow(holder).await?;
            say(format!(
                "Code for {email}, good for two passkeys until {}. It is not shown again; hand it over yourself:\n  {}",
                until.format("%Y-%m-%d %H:%M UTC"),
                code.expose()
            ));
            say(
                "It is entered under Settings, Your passkeys. Compare afterwards: gatelodge passkeys list",
            );
            opened.running.stop().await;
        }
        PasskeysCommand::List(Whose { email, config }) => {
            let opened = Opened::at(&config.config).await?;
            let holder = opened.holder(&email).await?;
            let ring = opened.console.list(holder).await?;
            if ring.passkeys.is_empty() {
                say(format!("{email} has no passkey."));
            }
            for passkey in ring.passkeys {
                let used = passkey
                    .last_used_at
                    .map_or("never used".to_owned(), |at| format!("used {at:.0?}"));
                say(format!(
                    "{}  {}  enrolled {:.0?}, {used}",
                    passkey.id, passkey.name, passkey.added_at
                ));
            }
            if let Some(until) = ring.code_until {
                say(format!("A code is good until {until:.0?}."));
            }
            opened.running.stop().await;
        }
        PasskeysCommand::Revoke { passkey, whose } => {
            let opened = Opened::at(&whose.config.config).await?;
            let holder = opened.holder(&whose.email).await?;
            let gone = opened.console.revoke(holder, &passkey).await?;
            let detail = json!({ "passkey": gone.id, "name": gone.name });
            let target = holder.user.to_string();
            opened
                .audit(holder.organization, "passkey.removed", target, detail)
                .await?;
            say(format!(
                "Removed '{}' of {}. What it confirmed and was not sent yet is not sent.",
                gone.name, whose.email
            ));
            opened.running.stop().await;
        }
    }
    Ok(())
}

/// Runs `gatelodge approvals`.
///
/// # Errors
/// When the organization is not known, or a record about approvals was changed or taken back.
pub async fn approvals(command: ApprovalsCommand) -> anyhow::Result<()> {
    let (ApprovalsCommand::Show(which)
    | ApprovalsCommand::Seal(which)
    | ApprovalsCommand::Unseal(which)
    | ApprovalsCommand::Accept(which)) = &command;
    let Which {
        organization,
        config,
    } = which;
    let opened = Opened::at(&config.config).await?;
    let organization = which::organization(&opened.running.hub, organization.as_deref()).await?;
    let (id, name) = (organization.id, &organization.name);
    let target = id.to_string();
    match command {
        ApprovalsCommand::Show(_) => {
            let sealed = opened.console.is_sealed(id).await?;
            let word = if sealed { "sealed" } else { "not sealed" };
            say(format!("{name}: approvals are {word}."));
        }
        ApprovalsCommand::Seal(_) => {
            opened
                .audit(id, "organization.approvals_sealed", target, json!({}))
                .await?;
            opened.console.set_sealed(id, true).await?;
            say(format!(
                "{name}: approvals are sealed. Each takes its person's passkey from now on."
            ));
        }
        ApprovalsCommand::Unseal(_) => {
            opened
                .audit(id, "organization.approvals_unsealed", target, json!({}))
                .await?;
            opened.console.set_sealed(id, false).await?;
            say(format!(
                "{name}: approvals are not sealed any more. A person's session is enough."
            ));
        }
        ApprovalsCommand::Accept(_) => {
            opened
                .audit(id, "organization.approvals_accepted", target, json!({}))
                .await?;
            opened.console.accept(id).await?;
            say(format!(
                "{name}: the records about approvals are taken as they are now, on this host."
            ));
        }
    }
    opened.running.stop().await;
    Ok(())
}
