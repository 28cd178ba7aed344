//! What would happen if an agent made a call: the same weighing as for a real one, and nothing is sent.
//!
//! Must not know: how a provider is spoken to. What would have to be looked up there is taken for anything.

use super::judge::Judge;
use crate::{Hub, Person, people::require_overseer};
use gatelodge_model::{
    Decision, Environment, Error, ErrorKind, Result, Touches, WhoMustAct,
    policy::{Demands, Fields},
};
use gatelodge_provider::Looking;
use serde_json::Value;

/// A call that is tried.
#[derive(Debug, Clone)]
pub struct Trial {
    /// Which agent would call, by name or id.
    pub agent: String,
    /// Which tool.
    pub tool: String,
    /// With which arguments: a JSON object.
    pub arguments: String,
    /// Where its connection would lead.
    pub environment: Environment,
}

/// What would happen.
#[derive(Debug, Clone)]
pub struct TriedCall {
    /// The decision.
    pub decision: Decision,
    /// Why, in a sentence with the name of the rule.
    pub why: String,
    /// What approving would take, where a person would be asked.
    pub demands: Demands,
    /// What the call would touch, a line an object.
    pub touches: Vec<String>,
    /// How many records at most; none where nobody can tell.
    pub records: Option<u64>,
    /// Whether names would have to be looked up at the provider first, and were taken for anything.
    pub assumed: bool,
}

impl Hub {
    /// Tries a call. Nothing is sent, stored or told to anybody.
    ///
    /// # Errors
    /// `forbidden`; `invalid_argument` for an unknown agent or tool and for arguments that do not fit the tool.
    pub async fn try_policy(&self, person: &Person, trial: Trial) -> Result<TriedCall> {
        require_overseer(person)?;
        let organization = person.context.organization;
        let meant = self
            .agents_meant(organization, &[trial.agent.trim().to_owned()])
            .await?;
        let found = match meant.first() {
            Some(id) => self.store.agents().find(organization, *id).await?,
            None => None,
        };
        let agent = found.ok_or_else(|| Error::invalid("agents", "There is no such agent."))?;
        let Some((_, tool)) = self.catalogue.tool(trial.tool.trim()) else {
            return Err(Error::invalid("tool", "There is no tool of that name.")
                .with_hint(WhoMustAct::Admin, "Choose one of the list."));
        };
        let arguments: Value = crate::parse_json(trial.arguments.as_bytes())
            .map_err(|error| Error::new(ErrorKind::InvalidArgument, error.message().to_owned()))?;
        let rules = self.rules(organization).await?;
        let descriptor = tool.descriptor();
        let split = crate::tools::split_arguments(arguments, descriptor.effect)?;
        let looking = Looking {
            caller: None,
            depth: rules.depth(),
        };
        let touches = tool.touches(looking, split).await?;
        let judge = Judge {
            groups: self.groups_asked(&rules, organization, agent.user).await?,
            rules,
            policy: person.organization.policy,
            tool: descriptor.name.to_string(),
            effect: descriptor.effect,
            environment: Some(trial.environment),
            agent: Some(agent.id),
            access: Some(agent.access),
        };
        let ruling = judge.ruling(&touches);
        Ok(TriedCall {
            decision: ruling.decision,
            why: ruling.in_words(),
            demands: ruling.demands,
            touches: lines(&touches),
            records: touches.records,
            assumed: touches.unknown,
        })
    }
}

fn lines(touches: &Touches) -> Vec<String> {
    touches
        .objects
        .iter()
        .map(|one| match &one.fields {
            Fields::All => format!("{}: all fields", one.object),
            Fields::Named(names) if names.is_empty() => format!("{}: no field by name", one.object),
            Fields::Named(names) => format!("{}: {}", one.object, names.join(", ")),
        })
        .collect()
}
