//! People as administrators and auditors see them.
//!
//! Must not know: pages.

use super::{PAGE, require_overseer};
use crate::{Hub, OpenGrant, Person};
use gatelodge_model::{Agent, Connection, Error, Group, Result, Role, User, UserId};

/// Whom to list.
#[derive(Debug, Clone, Default)]
pub struct PeopleSearch {
    /// Only those whose name or address contains this.
    pub search: String,
    /// Only those with this role.
    pub role: Option<Role>,
    /// Those who were removed, instead of those who are here.
    pub removed: bool,
    /// Which page, counted from 0.
    pub page: u64,
}

/// A page of people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeopleList {
    /// Those of this page.
    pub people: Vec<User>,
    /// How many there are on all pages.
    pub total: u64,
    /// Which page this is, counted from 0.
    pub page: u64,
    /// How many pages there are.
    pub pages: u64,
}

impl PeopleList {
    pub(crate) fn of(people: Vec<User>, total: u64, page: u64) -> Self {
        Self {
            people,
            total,
            page,
            pages: total.div_ceil(PAGE).max(1),
        }
    }
}

/// A person with what belongs to them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonView {
    /// Who.
    pub user: User,
    /// Their groups, the first that counts first.
    pub groups: Vec<Group>,
    /// Their connections, ended ones too.
    pub connections: Vec<Connection>,
    /// Their agents that are not revoked.
    pub agents: Vec<Agent>,
    /// Browsers in which they are signed in.
    pub sessions: usize,
    /// What providers have not confirmed the end of.
    pub open: Vec<OpenGrant>,
}

impl Hub {
    /// A page of the organization's people.
    ///
    /// # Errors
    /// `forbidden` for people who neither administer nor audit.
    pub async fn people_page(&self, person: &Person, search: &PeopleSearch) -> Result<PeopleList> {
        require_overseer(person)?;
        let filter = gatelodge_store::PeopleFilter {
            search: typed(&search.search),
            role: search.role,
            removed: search.removed,
            ..gatelodge_store::PeopleFilter::default()
        };
        let organization = person.context.organization;
        let (people, total) = self
            .store
            .users()
            .page(
                organization,
                &filter,
                search.page.saturating_mul(PAGE),
                PAGE,
            )
            .await?;
        Ok(PeopleList::of(people, total, search.page))
    }

    /// A person with what belongs to them.
    ///
    /// # Errors
    /// `forbidden` for people who neither administer nor audit, `not_found`.
    pub async fn person_view(&self, person: &Person, id: UserId) -> Result<PersonView> {
        require_overseer(person)?;
        let organization = person.context.organization;
        let user = self
            .store
            .users()
            .find(organization, id)
            .await?
            .ok_or_else(|| Error::not_found("person"))?;
        let connections = self
            .store
            .connections()
            .list_for_user(organization, id)
            .await?;
        let mut agents = self.store.agents().list_for_user(organization, id).await?;
        agents.retain(|agent| agent.revoked_at.is_none());
        let mut sessions = self
            .store
            .sessions()
            .list_for_user(organization, id)
            .await?;
        sessions.retain(|session| session.expires_at > self.now());
        let mut open = self.open_grants(person).await?;
        open.retain(|grant| connections.iter().any(|one| one.id == grant.connection));
        Ok(PersonView {
            user,
            groups: self.store.groups().of_user(organization, id).await?,
            connections,
            agents,
            sessions: sessions.len(),
            open,
        })
    }
}

/// What somebody typed to search for, if anything.
pub(crate) fn typed(search: &str) -> Option<String> {
    let typed: String = search.trim().chars().take(120).collect();
    (!typed.is_empty()).then_some(typed)
}
