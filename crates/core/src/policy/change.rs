//! Rules as administrators keep them: shown in words, added, changed, switched, removed.
//!
//! Must not know: how a form looks.

use crate::{
    Hub, Person,
    hub::event,
    people::{require_admin, require_overseer},
};
use gatelodge_keeper_client::PasskeyHolder;
use gatelodge_model::{
    Agent, AuditOutcome, Decision, Error, ErrorKind, Group, OrganizationId, PolicyRule,
    PolicyRuleId, Result, RuleSet, WhoMustAct,
    policy::{Demands, RuleScope},
};
use serde_json::{Value, json};

/// Rules in one organization: as many as a decision is measured with.
const MOST_RULES: usize = 1_000;

/// What an administrator saves.
#[derive(Debug, Clone)]
pub struct RuleChange {
    /// Which rule; none for a new one.
    pub rule: Option<PolicyRuleId>,
    /// What it is called.
    pub name: String,
    /// What happens.
    pub decision: Decision,
    /// With which calls; its groups and agents are those below.
    pub scope: RuleScope,
    /// Groups by name or id.
    pub groups: Vec<String>,
    /// Agents by name or id.
    pub agents: Vec<String>,
    /// What approving takes.
    pub demands: Demands,
    /// Why.
    pub reason: String,
    /// Whether it counts.
    pub enabled: bool,
    /// Whether the administrator has seen what it stops and wants that.
    pub understood: bool,
}

impl RuleChange {
    /// A rule as it is.
    pub fn of(rule: &PolicyRule) -> Self {
        Self {
            rule: Some(rule.id),
            name: rule.name.clone(),
            decision: rule.decision,
            scope: rule.scope.clone(),
            groups: rule.scope.groups.iter().map(ToString::to_string).collect(),
            agents: rule.scope.agents.iter().map(ToString::to_string).collect(),
            demands: rule.demands,
            reason: rule.reason.clone(),
            enabled: rule.enabled,
            understood: false,
        }
    }
}

/// What became of it.
#[derive(Debug, Clone)]
pub enum RuleSaved {
    /// It is stored.
    Saved(PolicyRuleId),
    /// Nothing was stored yet: these tools would stop for those whom the rule is about.
    Stops(Vec<String>),
}

/// A rule with its words.
#[derive(Debug, Clone)]
pub struct RuleView {
    /// The rule.
    pub rule: PolicyRule,
    /// As one sentence.
    pub words: String,
}

impl Hub {
    /// The rules in the order in which they are weighed: what refuses, what asks, what allows.
    ///
    /// # Errors
    /// `forbidden` for people who neither administer nor audit.
    pub async fn policy_rules(&self, person: &Person) -> Result<Vec<RuleView>> {
        require_overseer(person)?;
        let organization = person.context.organization;
        let mut rules = self.store.policy_rules().list(organization).await?;
        rules.sort_by_key(|rule| {
            let order = match rule.decision {
                Decision::Deny => 0,
                Decision::Ask => 1,
                Decision::Allow => 2,
            };
            (order, rule.id)
        });
        let (agents, groups) = self.names_of_callers(organization, &rules).await?;
        Ok(rules
            .into_iter()
            .map(|rule| RuleView {
                words: in_words(&rule, &agents, &groups),
                rule,
            })
            .collect())
    }

    /// One rule.
    ///
    /// # Errors
    /// `forbidden`, `not_found`.
    pub async fn policy_rule(&self, person: &Person, id: PolicyRuleId) -> Result<PolicyRule> {
        require_overseer(person)?;
        self.store
            .policy_rules()
            .find(person.context.organization, id)
            .await?
            .ok_or_else(|| Error::not_found("rule"))
    }

    /// Adds or changes a rule.
    ///
    /// # Errors
    /// `forbidden`, `step_up_needed`, `invalid_argument` naming the field, `not_found`; `conflict` for a rule that
    /// would lock everybody out, for one that lets writes run where approvals are sealed, and for one too many.
    pub async fn save_policy_rule(&self, person: &Person, change: RuleChange) -> Result<RuleSaved> {
        require_admin(person)?;
        self.require_step_up(person)?;
        let organization = person.context.organization;
        let before = match change.rule {
            None => None,
            Some(id) => Some(self.policy_rule(person, id).await?),
        };
        let now = self.now();
        let scope = RuleScope {
            groups: self.groups_meant(organization, &change.groups).await?,
            agents: self.agents_meant(organization, &change.agents).await?,
            ..change.scope
        };
        let rule = PolicyRule {
            id: before.as_ref().map_or_else(
                || PolicyRuleId::generate(&*self.clock, &*self.random),
                |before| before.id,
            ),
            organization,
            name: change.name,
            decision: change.decision,
            scope,
            demands: change.demands,
            reason: change.reason,
            enabled: change.enabled,
            created_at: before.as_ref().map_or(now, |before| before.created_at),
            updated_at: now,
        };
        let rule = self.check_rule(rule)?;
        self.check_among_others(person, &rule).await?;
        if rule.enabled && rule.decision == Decision::Deny && !change.understood {
            let stops = self.stopped_by(&rule);
            if !stops.is_empty() {
                return Ok(RuleSaved::Stops(stops));
            }
        }
        let unit = self.store.begin(organization).await?;
        let action = if before.is_none() {
            unit.policy_rules().insert(&rule).await?;
            "policy_rule.created"
        } else {
            unit.policy_rules().update(&rule).await?;
            "policy_rule.changed"
        };
        let detail = json!({ "before": before.as_ref().map(facts), "after": facts(&rule) });
        unit.commit(vec![event(
            &person.context,
            action,
            rule.id,
            AuditOutcome::Success,
            detail,
        )])
        .await?;
        self.recent_rules.forget();
        Ok(RuleSaved::Saved(rule.id))
    }

    /// Removes a rule.
    ///
    /// # Errors
    /// `forbidden`, `step_up_needed`, `not_found`.
    pub async fn delete_policy_rule(&self, person: &Person, id: PolicyRuleId) -> Result<()> {
        require_admin(person)?;
        self.require_step_up(person)?;
        let before = self.policy_rule(person, id).await?;
        let unit = self.store.begin(person.context.organization).await?;
        unit.policy_rules().delete(id).await?;
        let detail = json!({ "before": facts(&before), "after": Value::Null });
        unit.commit(vec![event(
            &person.context,
            "policy_rule.deleted",
            id,
            AuditOutcome::Success,
            detail,
        )])
        .await?;
        self.recent_rules.forget();
        Ok(())
    }

    async fn check_among_others(&self, person: &Person, rule: &PolicyRule) -> Result<()> {
        let organization = rule.organization;
        let mut rules = self.store.policy_rules().list(organization).await?;
        rules.retain(|other| other.id != rule.id);
        if rules.len() >= MOST_RULES {
            return Err(Error::new(
                ErrorKind::Conflict,
                format!("An organization has at most {MOST_RULES} rules. Nothing was saved."),
            )
            .with_hint(WhoMustAct::Admin, "Remove rules that are not needed."));
        }
        if !rule.enabled {
            return Ok(());
        }
        rules.push(rule.clone());
        if rule.decision == Decision::Deny && self.locks_everybody_out(&RuleSet::new(rules)) {
            return Err(Error::new(
                ErrorKind::Conflict,
                "With this rule no agent of anybody could use any tool any more. Nothing was saved.",
            )
            .with_hint(
                WhoMustAct::Admin,
                "Narrow it to tools, objects, agents, groups or environments. To stop everything at once, use Panic.",
            ));
        }
        if rule.is_direct_mode() && self.approvals_are_sealed(person).await? {
            return Err(Error::new(
                ErrorKind::Conflict,
                "Approvals are sealed in this organization: only a person's passkey lets a write run, and no rule can. Nothing was saved.",
            )
            .with_hint(
                WhoMustAct::Operator,
                "Sealed approvals are switched off at the operator's console only.",
            ));
        }
        Ok(())
    }

    async fn approvals_are_sealed(&self, person: &Person) -> Result<bool> {
        let holder = PasskeyHolder {
            organization: person.context.organization,
            user: person.user.id,
        };
        Ok(self.keeper.passkeys(holder).await?.sealed)
    }

    pub(super) async fn names_of_callers(
        &self,
        organization: OrganizationId,
        rules: &[PolicyRule],
    ) -> Result<(Vec<Agent>, Vec<Group>)> {
        let mut agents: Vec<Agent> = Vec::new();
        for id in rules.iter().flat_map(|rule| &rule.scope.agents) {
            if !agents.iter().any(|known| known.id == *id)
                && let Some(found) = self.store.agents().find(organization, *id).await?
            {
                agents.push(found);
            }
        }
        let any_group = rules.iter().any(|rule| !rule.scope.groups.is_empty());
        let groups = if any_group {
            self.store.groups().list(organization).await?
        } else {
            Vec::new()
        };
        Ok((agents, groups))
    }
}

fn in_words(rule: &PolicyRule, agents: &[Agent], groups: &[Group]) -> String {
    rule.in_words(
        |id| {
            let found = agents.iter().find(|agent| agent.id == id);
            found.map_or_else(
                || format!("that is gone ({id})"),
                |agent| agent.name.clone(),
            )
        },
        |id| {
            let found = groups.iter().find(|group| group.id == id);
            found.map_or_else(
                || format!("that is gone ({id})"),
                |group| group.name.clone(),
            )
        },
    )
}

fn facts(rule: &PolicyRule) -> Value {
    json!({
        "name": rule.name,
        "decision": rule.decision,
        "scope": rule.scope,
        "demands": rule.demands,
        "reason": rule.reason,
        "enabled": rule.enabled,
    })
}
