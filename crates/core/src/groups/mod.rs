//! Groups of people and their order: where several groups of a person say something, the first one counts (ADM-10a).
//!
//! Must not know: what is set for a group, beyond that something is.

mod uses;

pub use uses::GroupUse;

use crate::{
    Hub, PeopleList, PeopleSearch, Person,
    hub::event,
    people::{PAGE, require_admin, require_overseer},
};
use gatelodge_model::{
    AuditOutcome, Error, ErrorKind, Group, GroupId, Result, User, UserId, WhoMustAct,
};
use gatelodge_store::{PeopleFilter, StoreError, Unit};
use serde_json::json;

/// Most groups of an organization: their order is looked through at each connect.
const MOST: usize = 500;

/// People that a search offers to add.
const OFFERED: u64 = 20;

/// A group with how many people are in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupView {
    /// The group.
    pub group: Group,
    /// How many people.
    pub members: u64,
}

/// A step in the order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Move {
    /// Counts before the one that stands above it now.
    Up,
    /// Counts after the one that stands below it now.
    Down,
}

impl Hub {
    /// The groups in their order.
    ///
    /// # Errors
    /// `forbidden` for people who neither administer nor audit.
    pub async fn groups(&self, person: &Person) -> Result<Vec<GroupView>> {
        require_overseer(person)?;
        let organization = person.context.organization;
        let groups = self.store.groups().list(organization).await?;
        let counts = self.store.groups().member_counts(organization).await?;
        Ok(groups
            .into_iter()
            .map(|group| GroupView {
                members: counts.get(&group.id).copied().unwrap_or_default(),
                group,
            })
            .collect())
    }

    /// One group.
    ///
    /// # Errors
    /// `forbidden` for people who neither administer nor audit, `not_found`.
    pub async fn group(&self, person: &Person, id: GroupId) -> Result<Group> {
        require_overseer(person)?;
        self.store
            .groups()
            .find(person.context.organization, id)
            .await?
            .ok_or_else(|| Error::not_found("group"))
    }

    /// A page of the people in a group.
    ///
    /// # Errors
    /// As [`Hub::group`].
    pub async fn group_members(
        &self,
        person: &Person,
        id: GroupId,
        search: &PeopleSearch,
    ) -> Result<PeopleList> {
        self.group(person, id).await?;
        let filter = PeopleFilter {
            search: crate::people::typed(&search.search),
            inside: Some(id),
            ..PeopleFilter::default()
        };
        let offset = search.page.saturating_mul(PAGE);
        let (people, total) = self
            .store
            .users()
            .page(person.context.organization, &filter, offset, PAGE)
            .await?;
        Ok(PeopleList::of(people, total, search.page))
    }

    /// People who are not in a group and whose name or address contains what was typed: to be added.
    ///
    /// # Errors
    /// As [`Hub::group`].
    pub async fn people_to_add(
        &self,
        person: &Person,
        id: GroupId,
        typed: &str,
    ) -> Result<Vec<User>> {
        self.group(person, id).await?;
        let Some(search) = crate::people::typed(typed) else {
            return Ok(Vec::new());
        };
        let filter = PeopleFilter {
            search: Some(search),
            outside: Some(id),
            ..PeopleFilter::default()
        };
        let organization = person.context.organization;
        let users = self.store.users();
        Ok(users.page(organization, &filter, 0, OFFERED).await?.0)
    }

    /// Makes a group; it stands last in the order.
    ///
    /// # Errors
    /// `forbidden`, `invalid_argument` for a name that cannot be used or is taken.
    pub async fn create_group(&self, person: &Person, name: &str) -> Result<Group> {
        require_admin(person)?;
        let name = checked_name(name)?;
        let organization = person.context.organization;
        let unit = self.store.begin(organization).await?;
        let groups = unit.groups().list(organization).await?;
        if groups.len() >= MOST {
            return Err(Error::new(
                ErrorKind::Conflict,
                format!("An organization has at most {MOST} groups."),
            ));
        }
        let last = groups.last().map_or(0, |last| last.position + 1);
        let group = Group {
            id: GroupId::generate(&*self.clock, &*self.random),
            organization,
            name,
            position: last,
            created_at: self.now(),
        };
        unit.groups().insert(&group).await.map_err(taken)?;
        let detail = json!({ "name": group.name, "position": group.position });
        self.commit_group(person, unit, "group.created", group.id, detail)
            .await?;
        Ok(group)
    }

    /// Gives a group another name.
    ///
    /// # Errors
    /// `forbidden`, `not_found`, `invalid_argument` for a name that cannot be used or is taken.
    pub async fn rename_group(&self, person: &Person, id: GroupId, name: &str) -> Result<()> {
        require_admin(person)?;
        let name = checked_name(name)?;
        let (unit, mut group) = self.held_group(person, id).await?;
        if group.name == name {
            return Ok(());
        }
        let detail = json!({ "name": { "before": group.name, "after": name } });
        group.name = name;
        unit.groups().update(&group).await.map_err(taken)?;
        self.commit_group(person, unit, "group.renamed", id, detail)
            .await
    }

    /// Moves a group one place in the order; at the end of the list nothing changes.
    ///
    /// # Errors
    /// `forbidden`, `not_found`.
    pub async fn move_group(&self, person: &Person, id: GroupId, to: Move) -> Result<()> {
        require_admin(person)?;
        let (unit, _) = self.held_group(person, id).await?;
        let mut groups = unit.groups().list(person.context.organization).await?;
        let names = |groups: &[Group]| -> Vec<String> {
            groups.iter().map(|group| group.name.clone()).collect()
        };
        let before = names(&groups);
        let here = groups.iter().position(|group| group.id == id);
        let there = match (here, to) {
            (Some(here), Move::Up) => here.checked_sub(1),
            (Some(here), Move::Down) => Some(here + 1).filter(|there| *there < groups.len()),
            (None, _) => None,
        };
        let (Some(here), Some(there)) = (here, there) else {
            return Ok(());
        };
        groups.swap(here, there);
        for (place, group) in groups.iter_mut().enumerate() {
            let position = u32::try_from(place).unwrap_or(u32::MAX);
            if group.position != position {
                group.position = position;
                unit.groups().update(group).await?;
            }
        }
        let detail = json!({ "order": { "before": before, "after": names(&groups) } });
        self.commit_group(person, unit, "group.moved", id, detail)
            .await
    }

    /// Deletes a group. Its people stay.
    ///
    /// # Errors
    /// `forbidden`, `step_up_needed`, `not_found`, `conflict` while something is set for it.
    pub async fn delete_group(&self, person: &Person, id: GroupId) -> Result<()> {
        require_admin(person)?;
        self.require_step_up(person)?;
        let (unit, group) = self.held_group(person, id).await?;
        let settings = uses::Settings {
            apps: unit.oauth_apps().list(group.organization).await?,
            rules: unit.policy_rules().list(group.organization).await?,
            limits: unit.provider_limits().list(group.organization).await?,
        };
        uses::require_unused(&group.name, &self.uses(id, settings))?;
        let counts = unit
            .groups()
            .member_counts(person.context.organization)
            .await?;
        unit.groups().delete(id).await?;
        let members = counts.get(&id).copied().unwrap_or_default();
        let detail = json!({ "name": group.name, "members": members });
        self.commit_group(person, unit, "group.deleted", id, detail)
            .await
    }

    /// Puts a person into a group, or takes them out; nothing changes where it is so already.
    ///
    /// # Errors
    /// `forbidden`, `not_found` for an unknown group or person.
    pub async fn set_member(
        &self,
        person: &Person,
        id: GroupId,
        user: UserId,
        inside: bool,
    ) -> Result<()> {
        require_admin(person)?;
        let organization = person.context.organization;
        let (unit, _) = self.held_group(person, id).await?;
        unit.users()
            .find(organization, user)
            .await?
            .filter(|user| user.removed_at.is_none())
            .ok_or_else(|| Error::not_found("person"))?;
        let groups = unit.groups().of_user(organization, user).await?;
        if groups.iter().any(|group| group.id == id) == inside {
            return Ok(());
        }
        let action = if inside {
            unit.groups().add_member(id, user).await?;
            "group.member_added"
        } else {
            unit.groups().remove_member(id, user).await?;
            "group.member_removed"
        };
        self.commit_group(person, unit, action, id, json!({ "user": user }))
            .await
    }

    async fn held_group(&self, person: &Person, id: GroupId) -> Result<(Unit, Group)> {
        let organization = person.context.organization;
        let unit = self.store.begin(organization).await?;
        let group = unit
            .groups()
            .find(organization, id)
            .await?
            .ok_or_else(|| Error::not_found("group"))?;
        Ok((unit, group))
    }

    async fn commit_group(
        &self,
        person: &Person,
        unit: Unit,
        action: &'static str,
        id: GroupId,
        detail: serde_json::Value,
    ) -> Result<()> {
        let context = &person.context;
        unit.commit(vec![event(
            context,
            action,
            id,
            AuditOutcome::Success,
            detail,
        )])
        .await?;
        self.recent_groups.forget();
        self.recent_limits.forget();
        Ok(())
    }
}

fn checked_name(typed: &str) -> Result<String> {
    let name = typed.trim();
    if name.is_empty() || name.chars().count() > 80 || name.chars().any(char::is_control) {
        return Err(Error::invalid(
            "name",
            "A group's name has 1 to 80 characters.",
        ));
    }
    Ok(name.to_owned())
}

fn taken(error: StoreError) -> Error {
    match error {
        StoreError::Conflict { .. } => Error::invalid("name", "Another group has this name.")
            .with_hint(WhoMustAct::Admin, "Choose another name."),
        other => other.into(),
    }
}
