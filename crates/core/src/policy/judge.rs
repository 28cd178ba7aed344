//! The rules of an organization, applied to one call.
//!
//! Must not know: what follows from a decision.

use crate::Hub;
use gatelodge_model::{
    AgentAccess, AgentId, Decision, Effect, Environment, Error, ErrorKind, FrozenProposal, GroupId,
    OrganizationId, Policy, PolicyRule, Result, RuleSet, Touches, UserId, WhoMustAct,
    policy::{Call, Cause, Demands, Depth, Fields, Ruling},
};
use gatelodge_provider::Hides;
use std::sync::Arc;

/// What a call is, but for what it touches.
pub(crate) struct Judge {
    pub(crate) rules: Arc<RuleSet>,
    pub(crate) policy: Policy,
    pub(crate) tool: String,
    pub(crate) effect: Effect,
    pub(crate) environment: Option<Environment>,
    pub(crate) agent: Option<AgentId>,
    pub(crate) access: Option<AgentAccess>,
    pub(crate) groups: Arc<[GroupId]>,
}

/// A decision that outlives the rules it was made by.
#[derive(Debug, Clone)]
pub(crate) struct Ruled {
    pub(crate) decision: Decision,
    pub(crate) rule: Option<PolicyRule>,
    pub(crate) demands: Demands,
}

impl Ruled {
    /// The stricter of two decisions about one call, with what both demand.
    pub(crate) fn stricter(self, other: Self) -> Self {
        let demands = self.demands.and(other.demands);
        let mut stricter = match (self.decision, other.decision) {
            (Decision::Allow, Decision::Ask | Decision::Deny) | (Decision::Ask, Decision::Deny) => {
                other
            }
            _ => self,
        };
        stricter.demands = demands;
        stricter
    }
}

impl Judge {
    pub(crate) fn ruling(&self, touches: &Touches) -> Ruling<'_> {
        self.rules.decide(&Call {
            policy: self.policy,
            tool: &self.tool,
            effect: self.effect,
            environment: self.environment,
            agent: self.agent,
            access: self.access,
            groups: &self.groups,
            touches,
        })
    }

    /// The decision where it is no refusal.
    ///
    /// # Errors
    /// `forbidden` with the rule and what of the call it is about.
    pub(crate) fn admit(&self, touches: &Touches) -> Result<Ruled> {
        let ruling = self.ruling(touches);
        if ruling.decision == Decision::Deny {
            return Err(self.refusal(&ruling));
        }
        Ok(Ruled {
            decision: ruling.decision,
            rule: ruling.rule().cloned(),
            demands: ruling.demands,
        })
    }

    fn refusal(&self, ruling: &Ruling<'_>) -> Error {
        let tool = &self.tool;
        match ruling.cause {
            Cause::ReadOnlyAgent => Error::new(
                ErrorKind::Forbidden,
                format!("This agent may only read; '{tool}' changes something."),
            )
            .with_hint(
                WhoMustAct::Person,
                "Give the agent a token that may propose changes, or do without the change.",
            ),
            // The organization's own choice (SF-10): no token changes it.
            Cause::WritesOff => Error::new(
                ErrorKind::Forbidden,
                format!("Writes are switched off in this organization; '{tool}' changes something. Nothing was proposed."),
            )
            .with_hint(
                WhoMustAct::Admin,
                "An administrator switches writes on under Settings. Reading goes on meanwhile.",
            ),
            Cause::Rule(rule) => Error::new(
                ErrorKind::Forbidden,
                format!("{} Nothing was sent.", ruling.in_words()),
            )
            .with_hint(
                WhoMustAct::Admin,
                "Leave out what is refused, or ask an administrator, who sets rules under Policy.",
            )
            .with_context("policy_rule", rule.id),
            Cause::ReadsRun | Cause::WritesAsk => Error::internal("a refusal without a cause"),
        }
    }

    /// Whether answers must be looked at as well: what a later page holds is known only then.
    pub(crate) fn hides_anything(&self) -> bool {
        self.rules.depth() >= Depth::Objects
    }
}

impl Hides for Judge {
    fn object(&self, object: &str) -> bool {
        let touches = Touches::object(object, Fields::Named(Vec::new()), Some(0));
        self.ruling(&touches).decision == Decision::Deny
    }

    fn field(&self, object: &str, field: &str) -> bool {
        let touches = Touches::object(object, Fields::Named(vec![field.to_owned()]), Some(0));
        self.ruling(&touches).decision == Decision::Deny
    }
}

impl Hub {
    /// The rules that count at this moment.
    pub(crate) async fn rules(&self, organization: OrganizationId) -> Result<Arc<RuleSet>> {
        let now = self.now();
        let ticket = match self.recent_rules.get(&organization, now) {
            Ok(known) => return Ok(known),
            Err(ticket) => ticket,
        };
        let rules = Arc::new(RuleSet::new(
            self.store.policy_rules().list(organization).await?,
        ));
        self.recent_rules
            .keep(ticket, organization, Arc::clone(&rules), now);
        Ok(rules)
    }

    /// The groups of a person, where a rule asks for them.
    pub(crate) async fn groups_asked(
        &self,
        rules: &RuleSet,
        organization: OrganizationId,
        user: UserId,
    ) -> Result<Arc<[GroupId]>> {
        if !rules.asks_groups() {
            return Ok(Arc::default());
        }
        let now = self.now();
        let ticket = match self.recent_groups.get(&user, now) {
            Ok(known) => return Ok(known),
            Err(ticket) => ticket,
        };
        let groups = self.store.groups().of_user(organization, user).await?;
        let groups: Arc<[GroupId]> = groups.iter().map(|group| group.id).collect();
        self.recent_groups
            .keep(ticket, user, Arc::clone(&groups), now);
        Ok(groups)
    }

    /// Who judges a write that was frozen, by what the rules say now.
    pub(crate) async fn judge_of(&self, frozen: &FrozenProposal, policy: Policy) -> Result<Judge> {
        let rules = self.rules(frozen.organization).await?;
        let user = frozen.requester.on_behalf_of;
        Ok(Judge {
            groups: self.groups_asked(&rules, frozen.organization, user).await?,
            rules,
            policy,
            tool: frozen.tool.to_string(),
            effect: frozen.effect,
            environment: Some(frozen.environment),
            agent: frozen.requester.agent,
            access: None,
        })
    }

    /// Who judges a call of an agent; where its connection leads is not known yet.
    pub(crate) async fn judge_call(
        &self,
        caller: &crate::AgentCaller,
        tool: &str,
        effect: Effect,
    ) -> Result<Judge> {
        let organization = caller.context.organization;
        let rules = self.rules(organization).await?;
        Ok(Judge {
            groups: self
                .groups_asked(&rules, organization, caller.user.id)
                .await?,
            rules,
            policy: caller.organization.policy,
            tool: tool.to_owned(),
            effect,
            environment: None,
            agent: Some(caller.agent.id),
            access: Some(caller.agent.access),
        })
    }
}
