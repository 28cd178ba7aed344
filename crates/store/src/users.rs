//! People.
//!
//! Must not know: how a password is checked.

use crate::{
    Access, Result, Unit,
    access::repository,
    organizations::found,
    row::{group_member as member, user as row},
    searching::contains,
};
use gatelodge_model::{GroupId, OrganizationId, Role, User, UserId};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect, QueryTrait, sea_query::SelectStatement,
};

repository! {
    /// People.
    Users
}

/// Which people of an organization.
#[derive(Debug, Clone, Default)]
pub struct PeopleFilter {
    /// Only those whose name or address contains this.
    pub search: Option<String>,
    /// Only those with this role.
    pub role: Option<Role>,
    /// Those who were removed, instead of those who are here.
    pub removed: bool,
    /// Only those in this group.
    pub inside: Option<GroupId>,
    /// Only those who are not in this group.
    pub outside: Option<GroupId>,
}

/// Who is in a group.
fn members(organization: OrganizationId, group: GroupId) -> SelectStatement {
    member::Entity::find()
        .select_only()
        .column(member::Column::UserId)
        .filter(member::Column::OrganizationId.eq(organization.as_uuid()))
        .filter(member::Column::GroupId.eq(group.as_uuid()))
        .into_query()
}

impl<A: Access> Users<'_, A> {
    /// One person of an organization.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`], [`crate::StoreError::Corrupt`].
    pub async fn find(&self, organization: OrganizationId, id: UserId) -> Result<Option<User>> {
        row::Entity::find_by_id((organization.as_uuid(), id.as_uuid()))
            .one(self.0.connection())
            .await?
            .map(User::try_from)
            .transpose()
    }

    /// These people of an organization, removed ones too, in no order.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`], [`crate::StoreError::Corrupt`].
    pub async fn find_all(
        &self,
        organization: OrganizationId,
        ids: &[UserId],
    ) -> Result<Vec<User>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        row::Entity::find()
            .filter(row::Column::OrganizationId.eq(organization.as_uuid()))
            .filter(row::Column::Id.is_in(ids.iter().map(|id| id.as_uuid())))
            .all(self.0.connection())
            .await?
            .into_iter()
            .map(User::try_from)
            .collect()
    }

    /// The person who signs in with this address, in whatever organization. The address is compared as
    /// stored: lower case.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`], [`crate::StoreError::Corrupt`].
    pub async fn find_by_email(&self, email: &str) -> Result<Option<User>> {
        row::Entity::find()
            .filter(row::Column::Email.eq(email))
            .one(self.0.connection())
            .await?
            .map(User::try_from)
            .transpose()
    }

    /// Some people of an organization, by their address, and how many there are in all.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`], [`crate::StoreError::Corrupt`].
    pub async fn page(
        &self,
        organization: OrganizationId,
        filter: &PeopleFilter,
        offset: u64,
        limit: u64,
    ) -> Result<(Vec<User>, u64)> {
        let mut select =
            row::Entity::find().filter(row::Column::OrganizationId.eq(organization.as_uuid()));
        select = select.filter(if filter.removed {
            row::Column::RemovedAt.is_not_null()
        } else {
            row::Column::RemovedAt.is_null()
        });
        if let Some(typed) = &filter.search {
            select = select.filter(contains(&[row::Column::Name, row::Column::Email], typed));
        }
        if let Some(role) = filter.role {
            select = select.filter(row::Column::Role.eq(role.as_str()));
        }
        if let Some(group) = filter.inside {
            select = select.filter(row::Column::Id.in_subquery(members(organization, group)));
        }
        if let Some(group) = filter.outside {
            select = select.filter(row::Column::Id.not_in_subquery(members(organization, group)));
        }
        let total = select.clone().count(self.0.connection()).await?;
        let rows = select
            .order_by_asc(row::Column::Email)
            .offset(offset)
            .limit(limit)
            .all(self.0.connection())
            .await?;
        let page: Result<Vec<User>> = rows.into_iter().map(User::try_from).collect();
        Ok((page?, total))
    }

    /// All people of an organization, removed ones too, oldest first.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`], [`crate::StoreError::Corrupt`].
    pub async fn list(&self, organization: OrganizationId) -> Result<Vec<User>> {
        row::Entity::find()
            .filter(row::Column::OrganizationId.eq(organization.as_uuid()))
            .order_by_asc(row::Column::Id)
            .all(self.0.connection())
            .await?
            .into_iter()
            .map(User::try_from)
            .collect()
    }
}

impl Users<'_, Unit> {
    /// The owners who are here. Until the unit ends nobody else changes them, so that of two units that each take one
    /// of two owners away the second one sees what the first one did.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`], [`crate::StoreError::Corrupt`].
    pub async fn owners_held(&self) -> Result<Vec<User>> {
        row::Entity::find()
            .filter(row::Column::OrganizationId.eq(self.0.organization().as_uuid()))
            .filter(row::Column::Role.eq(Role::Owner.as_str()))
            .filter(row::Column::RemovedAt.is_null())
            .order_by_asc(row::Column::Id)
            .lock_exclusive()
            .all(self.0.connection())
            .await?
            .into_iter()
            .map(User::try_from)
            .collect()
    }

    /// Adds a person.
    ///
    /// # Errors
    /// [`crate::StoreError::Conflict`] when the address is taken.
    pub async fn insert(&self, user: &User) -> Result<()> {
        self.0.owns(user.organization, "the user")?;
        row::Entity::insert(row::Model::from(user).into_active_model())
            .exec_without_returning(self.0.connection())
            .await?;
        Ok(())
    }

    /// Replaces everything but the identity.
    ///
    /// # Errors
    /// [`crate::StoreError::NotFound`]; [`crate::StoreError::Conflict`] when the address is taken.
    pub async fn update(&self, user: &User) -> Result<()> {
        self.0.owns(user.organization, "the user")?;
        let changed = row::Entity::update_many()
            .set(row::Model::from(user).into_active_model().reset_all())
            .filter(row::Column::OrganizationId.eq(user.organization.as_uuid()))
            .filter(row::Column::Id.eq(user.id.as_uuid()))
            .exec(self.0.connection())
            .await?;
        found(changed.rows_affected, "user")
    }
}
