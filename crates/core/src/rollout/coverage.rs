//! How far an organization is with connecting: counts, the people of each group, and who is missing.
//!
//! Who the provider is not open to is not counted. Must not know: pages.

use crate::{Hub, Person, people::require_overseer};
use chrono::TimeDelta;
use gatelodge_model::{
    Environment, Error, Group, GroupId, OrganizationId, Result, Timestamp, User,
};
use gatelodge_store::{AskedPeople, Covered, PersonPlace};

/// People on a page.
const PAGE: usize = 50;

/// For how long asking is shown.
const ASKED_SHOWN: TimeDelta = TimeDelta::days(14);

/// How far the people of a group are.
#[derive(Debug, Clone)]
pub struct GroupCoverage {
    /// The group.
    pub group: Group,
    /// Its people.
    pub covered: Covered,
    /// Whether the provider is open to it.
    pub open: bool,
}

/// Somebody without a connection that works.
#[derive(Debug, Clone)]
pub struct MissingPerson {
    /// Who.
    pub person: User,
    /// When they were last asked.
    pub asked_at: Option<Timestamp>,
}

/// How far an organization is with a provider.
#[derive(Debug, Clone)]
pub struct ProviderCoverage {
    /// Slug of the provider.
    pub provider: String,
    /// Everybody to whom it is open, or those of the chosen group.
    pub covered: Covered,
    /// With a connection that works, by where the account lives; of the whole organization.
    pub environments: Vec<(Environment, u64)>,
    /// Each group, in their order.
    pub groups: Vec<GroupCoverage>,
    /// The group that was chosen.
    pub chosen: Option<Group>,
    /// Who is missing.
    pub missing: Vec<MissingPerson>,
    /// Where the next page goes on; none on the last one.
    pub next: Option<PersonPlace>,
    /// Who was asked within the last two weeks, and how many of them have connected.
    pub asked: AskedPeople,
}

/// What is looked at.
#[derive(Debug, Clone, Default)]
pub struct CoverageWish {
    /// Slug of the provider; the first of the catalogue where none is named.
    pub provider: Option<String>,
    /// Only people of this group.
    pub group: Option<GroupId>,
    /// Only people behind this place.
    pub behind: Option<PersonPlace>,
}

impl Hub {
    /// How many of those to whom a provider is open have connected.
    ///
    /// # Errors
    /// `forbidden` for people who neither administer nor audit, `not_found` for an unknown provider.
    pub async fn covered(&self, person: &Person, provider: Option<&str>) -> Result<Covered> {
        require_overseer(person)?;
        let organization = person.context.organization;
        let provider = self.rolled_out(provider)?;
        let open = self.open_groups(organization, &provider).await?;
        Ok(self
            .store
            .coverage()
            .total(organization, &provider, open.as_deref())
            .await?)
    }

    /// How far the organization is with a provider, and a page of those who are missing.
    ///
    /// # Errors
    /// `forbidden` for people who neither administer nor audit, `not_found` for an unknown provider or group.
    pub async fn coverage(&self, person: &Person, wish: CoverageWish) -> Result<ProviderCoverage> {
        require_overseer(person)?;
        let organization = person.context.organization;
        let provider = self.rolled_out(wish.provider.as_deref())?;
        let open = self.open_groups(organization, &provider).await?;
        let groups = self.store.groups().list(organization).await?;
        let chosen = match wish.group {
            Some(id) => Some(
                groups
                    .iter()
                    .find(|group| group.id == id)
                    .cloned()
                    .ok_or_else(|| Error::not_found("group"))?,
            ),
            None => None,
        };
        let asked_groups = chosen.as_ref().map(|group| vec![group.id]).or(open.clone());
        let store = self.store.coverage();
        let mut by_group = store.by_group(organization, &provider).await?;
        let mut missing = store
            .missing(
                organization,
                &provider,
                asked_groups.as_deref(),
                wish.behind.as_ref(),
                PAGE as u64 + 1,
            )
            .await?;
        let more = missing.len() > PAGE;
        missing.truncate(PAGE);
        let next = missing.last().filter(|_| more).map(|last| PersonPlace {
            name: last.name.clone(),
            user: last.id,
        });
        let ids: Vec<_> = missing.iter().map(|person| person.id).collect();
        let since = self.now() - ASKED_SHOWN;
        let asked_at = store
            .last_asked(organization, &provider, &ids, since)
            .await?;
        Ok(ProviderCoverage {
            covered: store
                .total(organization, &provider, asked_groups.as_deref())
                .await?,
            environments: store.by_environment(organization, &provider).await?,
            groups: groups
                .into_iter()
                .map(|group| GroupCoverage {
                    covered: by_group.remove(&group.id).unwrap_or_default(),
                    open: open.as_ref().is_none_or(|open| open.contains(&group.id)),
                    group,
                })
                .collect(),
            chosen,
            missing: missing
                .into_iter()
                .map(|person| MissingPerson {
                    asked_at: asked_at.get(&person.id).copied(),
                    person,
                })
                .collect(),
            next,
            asked: store.asked_since(organization, &provider, since).await?,
            provider,
        })
    }

    /// The slug of a provider that is known; the first one where none is named.
    pub(super) fn rolled_out(&self, provider: Option<&str>) -> Result<String> {
        let found = match provider {
            Some(slug) => self.catalogue.provider(slug),
            None => self.catalogue.providers().next(),
        };
        found
            .map(|provider| provider.manifest().slug.clone())
            .ok_or_else(|| Error::not_found("provider"))
    }

    /// The groups to which a provider is limited; none where it is open to all.
    pub(super) async fn open_groups(
        &self,
        organization: OrganizationId,
        provider: &str,
    ) -> Result<Option<Vec<GroupId>>> {
        let mut limits = self.store.provider_limits().list(organization).await?;
        Ok(limits.remove(provider))
    }
}
