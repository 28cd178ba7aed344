//! Whether a provider and one of its tools are open to somebody, by everything that this organization sets.
//!
//! Must not know: connections, and what the provider allows.

use super::can_use::{Found, UseStep, no, refusal};
use crate::{Hub, Person, policy::Judge};
use gatelodge_model::{
    AgentAccess, Decision, Result, Touches, User, WhoMustAct,
    policy::{Cause, Fields},
};
use gatelodge_provider::{Provider, ToolRef};
use std::sync::Arc;

impl Hub {
    /// Switches, the test group, and an OAuth app that counts for the person.
    pub(super) async fn is_enabled(
        &self,
        asker: &Person,
        subject: &User,
        provider: &Arc<dyn Provider>,
    ) -> Result<Found> {
        let manifest = provider.manifest();
        let organization = subject.organization;
        if let Err(error) = self.require_on(&asker.organization, &manifest.slug) {
            return Ok(Err(refusal(UseStep::Enabled, &error)));
        }
        if let Err(error) = self
            .require_open_provider(organization, subject.id, &manifest.slug)
            .await
        {
            return Ok(Err(refusal(UseStep::Enabled, &error)));
        }
        let choice = self
            .app_choice(organization, subject.id, &manifest.slug)
            .await?;
        let words = choice.in_words(Some(&subject.name), &manifest.name);
        Ok(if choice.apps.is_empty() {
            Err(no(
                UseStep::Enabled,
                words,
                "Set an OAuth app up, or switch one on: Admin > OAuth apps.",
                WhoMustAct::Admin,
            ))
        } else {
            Ok(format!("{} is switched on. {words}", manifest.name))
        })
    }

    /// Rules of the organization, as they are for any agent of the person that may propose.
    pub(super) async fn is_offered(
        &self,
        asker: &Person,
        subject: &User,
        tool: &ToolRef,
        kind: &str,
    ) -> Result<Found> {
        let descriptor = tool.descriptor();
        let organization = subject.organization;
        let rules = self.rules(organization).await?;
        let judge = Judge {
            groups: self.groups_asked(&rules, organization, subject.id).await?,
            rules,
            policy: asker.organization.policy,
            tool: descriptor.name.to_string(),
            effect: descriptor.effect,
            environment: None,
            agent: None,
            access: Some(AgentAccess::ReadAndPropose),
        };
        let touches = if kind.is_empty() {
            Touches::nothing()
        } else {
            Touches::object(kind, Fields::Named(Vec::new()), Some(1))
        };
        let ruling = judge.ruling(&touches);
        let step = UseStep::Feature;
        Ok(match (ruling.decision, ruling.cause) {
            (Decision::Deny, Cause::Rule(_)) => Err(no(
                step,
                ruling.in_words(),
                "Change or remove the rule: Admin > Policy.",
                WhoMustAct::Admin,
            )),
            (Decision::Deny, _) => Err(no(
                step,
                "Writes are switched off in this organization, and this tool changes something."
                    .to_owned(),
                "Switch writes on: Settings > Changes by agents.",
                WhoMustAct::Admin,
            )),
            (Decision::Ask, _) => Ok(
                "The tool is offered to agents that may propose; a person decides about each change."
                    .to_owned(),
            ),
            (Decision::Allow, Cause::Rule(_)) if descriptor.effect.is_write() => {
                Ok(format!("The tool is offered. {}", ruling.in_words()))
            }
            (Decision::Allow, _) => Ok("The tool is offered to every agent.".to_owned()),
        })
    }
}
