//! Groups and agents as administrators write them: by name, or by id where a name means several.
//!
//! Must not know: what a rule does with them.

use crate::Hub;
use gatelodge_model::{Agent, AgentId, Error, GroupId, OrganizationId, Result};

impl Hub {
    pub(super) async fn groups_meant(
        &self,
        organization: OrganizationId,
        written: &[String],
    ) -> Result<Vec<GroupId>> {
        if written.is_empty() {
            return Ok(Vec::new());
        }
        let groups = self.store.groups().list(organization).await?;
        let mut meant = Vec::new();
        for text in written {
            let found = groups.iter().find(|group| {
                group.name.to_lowercase() == text.to_lowercase() || group.id.to_string() == *text
            });
            let Some(group) = found else {
                return Err(Error::invalid(
                    "groups",
                    format!("There is no group named '{}'.", short(text)),
                ));
            };
            if !meant.contains(&group.id) {
                meant.push(group.id);
            }
        }
        Ok(meant)
    }

    pub(super) async fn agents_meant(
        &self,
        organization: OrganizationId,
        written: &[String],
    ) -> Result<Vec<AgentId>> {
        let mut meant = Vec::new();
        let mut all: Option<Vec<Agent>> = None;
        for text in written {
            let id = if let Ok(id) = text.parse::<AgentId>() {
                let found = self.store.agents().find(organization, id).await?;
                found.map(|agent| agent.id)
            } else {
                let known = match all.take() {
                    Some(known) => known,
                    None => self.store.agents().list(organization).await?,
                };
                let found = named(&known, text)?;
                all = Some(known);
                found
            };
            let Some(id) = id else {
                return Err(Error::invalid(
                    "agents",
                    format!("There is no agent named '{}'.", short(text)),
                ));
            };
            if !meant.contains(&id) {
                meant.push(id);
            }
        }
        Ok(meant)
    }
}

fn named(agents: &[Agent], name: &str) -> Result<Option<AgentId>> {
    let mut fitting = agents
        .iter()
        .filter(|agent| agent.revoked_at.is_none() && agent.name == name);
    match (fitting.next(), fitting.next()) {
        (Some(_), Some(_)) => Err(Error::invalid(
            "agents",
            format!(
                "Several agents are named '{}'. Write the id (agt_…).",
                short(name)
            ),
        )),
        (found, _) => Ok(found.map(|agent| agent.id)),
    }
}

fn short(text: &str) -> String {
    text.chars().take(80).collect()
}
