//! Limiting a provider to test groups before all (ADM-28): who is in none of them neither sees it nor uses its tools.
//!
//! A setting of its own, beside the provider's switches: it says for whom, they say whether. Must not know: the
//! provider's OAuth apps.

use crate::{
    Hub, Person,
    hub::event,
    people::{require_admin, require_overseer},
};
use gatelodge_model::{
    AuditOutcome, Error, ErrorKind, Group, GroupId, OrganizationId, Result, UserId, WhoMustAct,
};
use serde_json::json;
use std::{collections::HashSet, sync::Arc};

/// To whom a provider is open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderLimit {
    /// Slug of the provider.
    pub provider: String,
    /// The groups that may use it, in their order.
    pub groups: Vec<Group>,
    /// How many of the chosen groups are gone; where all are, nobody may use it.
    pub gone: usize,
}

impl ProviderLimit {
    /// Whether everybody may use it.
    pub fn is_open(&self) -> bool {
        self.groups.is_empty() && self.gone == 0
    }
}

impl Hub {
    /// To whom each provider of the catalogue is open.
    ///
    /// # Errors
    /// `forbidden` for people who neither administer nor audit.
    pub async fn provider_limits(&self, person: &Person) -> Result<Vec<ProviderLimit>> {
        require_overseer(person)?;
        let organization = person.context.organization;
        let limits = self.store.provider_limits().list(organization).await?;
        let groups = self.store.groups().list(organization).await?;
        Ok(self
            .catalogue
            .providers()
            .map(|provider| {
                let slug = &provider.manifest().slug;
                let chosen = limits.get(slug).map_or(&[][..], Vec::as_slice);
                let present: Vec<Group> = groups
                    .iter()
                    .filter(|group| chosen.contains(&group.id))
                    .cloned()
                    .collect();
                ProviderLimit {
                    provider: slug.clone(),
                    gone: chosen.len() - present.len(),
                    groups: present,
                }
            })
            .collect())
    }

    /// Limits a provider to these groups, or opens it to all where none is named. Effective at once: who is in
    /// none of them keeps connections, but no agent uses them.
    ///
    /// # Errors
    /// `forbidden` for people who do not administer, `step_up_needed`, `not_found` for an unknown provider,
    /// `invalid_argument` for an unknown group.
    pub async fn limit_provider(
        &self,
        person: &Person,
        provider: &str,
        groups: &[GroupId],
    ) -> Result<()> {
        require_admin(person)?;
        self.require_step_up(person)?;
        if self.catalogue.provider(provider).is_none() {
            return Err(Error::not_found("provider"));
        }
        let organization = person.context.organization;
        let known: HashSet<GroupId> = self
            .store
            .groups()
            .list(organization)
            .await?
            .into_iter()
            .map(|group| group.id)
            .collect();
        let wanted: HashSet<GroupId> = groups.iter().copied().collect();
        if !wanted.is_subset(&known) {
            return Err(Error::invalid(
                "groups",
                "One of these groups is not there any more. Nothing was changed.",
            ));
        }
        let mut wanted: Vec<GroupId> = wanted.into_iter().collect();
        wanted.sort_unstable_by_key(|group| group.as_uuid());
        let unit = self.store.begin(organization).await?;
        let limits = unit.provider_limits().list(organization).await?;
        let before = limits.get(provider).cloned().unwrap_or_default();
        if before == wanted {
            return Ok(());
        }
        unit.provider_limits().set(provider, &wanted).await?;
        let limited = event(
            &person.context,
            "provider.limited",
            provider,
            AuditOutcome::Success,
            json!({ "before": before, "after": wanted }),
        );
        unit.commit(vec![limited]).await?;
        self.recent_limits.forget();
        Ok(())
    }

    /// The providers that are limited to groups in which the person is not.
    pub(crate) async fn closed_providers(
        &self,
        organization: OrganizationId,
        user: UserId,
    ) -> Result<Arc<[String]>> {
        let now = self.now();
        let ticket = match self.recent_limits.get(&user, now) {
            Ok(known) => return Ok(known),
            Err(ticket) => ticket,
        };
        let closed: Arc<[String]> = self
            .store
            .provider_limits()
            .closed_to(organization, user)
            .await?
            .into();
        self.recent_limits
            .keep(ticket, user, Arc::clone(&closed), now);
        Ok(closed)
    }

    /// Refuses people to whom the provider is not open.
    pub(crate) async fn require_open_provider(
        &self,
        organization: OrganizationId,
        user: UserId,
        provider: &str,
    ) -> Result<()> {
        let closed = self.closed_providers(organization, user).await?;
        if closed.iter().any(|slug| slug == provider) {
            return Err(self.not_open(provider));
        }
        Ok(())
    }

    fn not_open(&self, provider: &str) -> Error {
        let name = self.provider_name(provider);
        Error::new(
            ErrorKind::Forbidden,
            format!("{name} is open to a test group only, and this person is not in it. Nothing was sent."),
        )
        .with_hint(
            WhoMustAct::Admin,
            format!("An administrator puts the person into the group, or opens {name} to all, under Admin, Rollout."),
        )
    }
}
