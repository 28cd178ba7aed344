//! What is set for a group. A group that something is set for stays: without it a rule that refuses would refuse nobody
//! any more, and an OAuth app would be nobody's.
//!
//! Must not know: pages.

use crate::{Hub, Person, people::require_overseer};
use gatelodge_model::{
    Error, ErrorKind, GroupId, OAuthApp, OAuthAppId, OrganizationId, PolicyRule, PolicyRuleId,
    Result, Serves, WhoMustAct,
};
use std::collections::BTreeMap;

/// Something that is set for a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GroupUse {
    /// An OAuth app of its own.
    OAuthApp {
        /// Which.
        id: OAuthAppId,
        /// Its name.
        name: String,
    },
    /// A rule for tool calls.
    Rule {
        /// Which.
        id: PolicyRuleId,
        /// Its name.
        name: String,
    },
    /// A provider that is limited to it, alone or with others.
    Limit {
        /// Its slug.
        provider: String,
        /// Its name.
        name: String,
    },
}

impl GroupUse {
    /// In words, such as "the rule 'No deletes'".
    pub fn in_words(&self) -> String {
        match self {
            Self::OAuthApp { name, .. } => format!("the OAuth app '{name}'"),
            Self::Rule { name, .. } => format!("the rule '{name}'"),
            Self::Limit { name, .. } => format!("the rollout of {name}"),
        }
    }
}

/// Everything of an organization that can be set for groups.
pub(super) struct Settings {
    pub(super) apps: Vec<OAuthApp>,
    pub(super) rules: Vec<PolicyRule>,
    pub(super) limits: BTreeMap<String, Vec<GroupId>>,
}

impl Hub {
    /// What is set for a group.
    ///
    /// # Errors
    /// `forbidden` for people who neither administer nor audit, `not_found`.
    pub async fn group_uses(&self, person: &Person, id: GroupId) -> Result<Vec<GroupUse>> {
        require_overseer(person)?;
        let organization = self.group(person, id).await?.organization;
        Ok(self.uses(id, self.settings_of(organization).await?))
    }

    async fn settings_of(&self, organization: OrganizationId) -> Result<Settings> {
        Ok(Settings {
            apps: self.store.oauth_apps().list(organization).await?,
            rules: self.store.policy_rules().list(organization).await?,
            limits: self.store.provider_limits().list(organization).await?,
        })
    }

    pub(super) fn uses(&self, group: GroupId, settings: Settings) -> Vec<GroupUse> {
        let apps = settings
            .apps
            .into_iter()
            .filter(|app| app.serves == Serves::Group(group))
            .map(|app| GroupUse::OAuthApp {
                id: app.id,
                name: app.name,
            });
        let rules = settings
            .rules
            .into_iter()
            .filter(|rule| rule.scope.groups.contains(&group))
            .map(|rule| GroupUse::Rule {
                id: rule.id,
                name: rule.name,
            });
        let limits = settings
            .limits
            .into_iter()
            .filter(|(_, groups)| groups.contains(&group))
            .map(|(provider, _)| GroupUse::Limit {
                name: self.provider_name(&provider).to_owned(),
                provider,
            });
        apps.chain(rules).chain(limits).collect()
    }
}

/// Refuses to delete a group that something is set for.
pub(super) fn require_unused(name: &str, uses: &[GroupUse]) -> Result<()> {
    if uses.is_empty() {
        return Ok(());
    }
    let words: Vec<String> = uses.iter().map(GroupUse::in_words).collect();
    Err(Error::new(
        ErrorKind::Conflict,
        format!(
            "{name} stays, because this is set for it: {}. Nothing was deleted.",
            words.join(", ")
        ),
    )
    .with_hint(
        WhoMustAct::Admin,
        "Set it for another group or for everybody, or delete it, then delete the group.",
    ))
}
