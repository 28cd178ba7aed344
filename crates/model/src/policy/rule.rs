//! A rule of an administrator, as data.
//!
//! Must not know: how rules are weighed against each other.

use super::Decision;
use crate::{
    clock::Timestamp,
    connection::Environment,
    id::{AgentId, GroupId, OrganizationId, PolicyRuleId},
    tool::Effect,
};
use serde::{Deserialize, Serialize};

/// What a rule says of the effect of a tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleEffect {
    /// Whatever it is.
    #[default]
    Any,
    /// Nothing changes.
    Read,
    /// Something is created, changed or removed.
    Change,
    /// Something is created or changed.
    Write,
    /// Something is removed.
    Destructive,
}

impl RuleEffect {
    /// All of them, in the order shown.
    pub const ALL: [Self; 5] = [
        Self::Any,
        Self::Read,
        Self::Change,
        Self::Write,
        Self::Destructive,
    ];

    /// Whether a tool with this effect is meant.
    pub const fn fits(self, effect: Effect) -> bool {
        match self {
            Self::Any => true,
            Self::Change => effect.is_write(),
            Self::Read => matches!(effect, Effect::Read),
            Self::Write => matches!(effect, Effect::Write),
            Self::Destructive => matches!(effect, Effect::Destructive),
        }
    }

    /// The stored word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::Read => "read",
            Self::Change => "change",
            Self::Write => "write",
            Self::Destructive => "destructive",
        }
    }

    /// Reads the stored word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|effect| effect.as_str() == text)
    }
}

/// Some names: only these, or all but these. Without any name: all. Upper and lower case are the same.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Names {
    /// The names, as written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<String>,
    /// Whether all but these are meant.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub except: bool,
}

impl Names {
    /// Only these names.
    pub fn only<T: Into<String>>(names: impl IntoIterator<Item = T>) -> Self {
        Self {
            names: names.into_iter().map(Into::into).collect(),
            except: false,
        }
    }

    /// All names but these.
    pub fn except<T: Into<String>>(names: impl IntoIterator<Item = T>) -> Self {
        Self {
            except: true,
            ..Self::only(names)
        }
    }

    /// Whether every name is meant.
    pub const fn is_any(&self) -> bool {
        self.names.is_empty()
    }
}

/// Which calls a rule is about; what is empty does not narrow it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RuleScope {
    /// Tools by name.
    pub tools: Names,
    /// What the tool does.
    pub effect: RuleEffect,
    /// Objects by the provider's name.
    pub objects: Names,
    /// Fields by the provider's name, of those objects.
    pub fields: Names,
    /// A number of records: denying and asking rules are about calls that touch more, allowing ones about calls
    /// that touch at most so many.
    pub records: Option<u32>,
    /// Environments of the connection.
    pub environments: Vec<Environment>,
    /// Groups; the person whom the agent acts for is in one of them.
    pub groups: Vec<GroupId>,
    /// Agents.
    pub agents: Vec<AgentId>,
}

/// What a person's yes takes besides the yes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Demands {
    /// A proof of the person that is minutes old (APR-8).
    pub step_up: bool,
    /// Another person's yes as well.
    pub four_eyes: bool,
}

impl Demands {
    /// Whether it takes nothing more.
    pub const fn is_none(self) -> bool {
        !self.step_up && !self.four_eyes
    }

    /// What both take.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self {
            step_up: self.step_up || other.step_up,
            four_eyes: self.four_eyes || other.four_eyes,
        }
    }
}

/// A rule of an organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyRule {
    /// Identity; a rule that was made later has a greater one.
    pub id: PolicyRuleId,
    /// Tenant.
    pub organization: OrganizationId,
    /// What administrators call it.
    pub name: String,
    /// What happens with the calls that it is about.
    pub decision: Decision,
    /// Which calls it is about.
    pub scope: RuleScope,
    /// What approving takes, where it asks.
    pub demands: Demands,
    /// Why it is there, in an administrator's words.
    pub reason: String,
    /// Whether it counts.
    pub enabled: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
}

impl PolicyRule {
    /// Whether it lets writes run without a person (APR-5).
    pub const fn is_direct_mode(&self) -> bool {
        matches!(self.decision, Decision::Allow)
    }
}
