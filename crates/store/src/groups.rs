//! Groups of people, in their order.
//!
//! Must not know: what is set for a group.

use crate::{
    Access, Result, Unit,
    access::repository,
    organizations::found,
    row::{group as row, group_member as member},
};
use gatelodge_model::{Group, GroupId, OrganizationId, UserId};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect, sea_query::OnConflict,
};
use std::collections::BTreeMap;
use uuid::Uuid;

repository! {
    /// Groups of people.
    Groups
}

impl<A: Access> Groups<'_, A> {
    /// One group of an organization.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`], [`crate::StoreError::Corrupt`].
    pub async fn find(&self, organization: OrganizationId, id: GroupId) -> Result<Option<Group>> {
        row::Entity::find_by_id((organization.as_uuid(), id.as_uuid()))
            .one(self.0.connection())
            .await?
            .map(Group::try_from)
            .transpose()
    }

    /// All groups of an organization; the one that counts first stands first.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`], [`crate::StoreError::Corrupt`].
    pub async fn list(&self, organization: OrganizationId) -> Result<Vec<Group>> {
        row::Entity::find()
            .filter(row::Column::OrganizationId.eq(organization.as_uuid()))
            .order_by_asc(row::Column::Position)
            .order_by_asc(row::Column::Id)
            .all(self.0.connection())
            .await?
            .into_iter()
            .map(Group::try_from)
            .collect()
    }

    /// The groups that a person is in; the one that counts first stands first.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`], [`crate::StoreError::Corrupt`].
    pub async fn of_user(&self, organization: OrganizationId, user: UserId) -> Result<Vec<Group>> {
        let inside: Vec<Uuid> = member::Entity::find()
            .select_only()
            .column(member::Column::GroupId)
            .filter(member::Column::OrganizationId.eq(organization.as_uuid()))
            .filter(member::Column::UserId.eq(user.as_uuid()))
            .into_tuple()
            .all(self.0.connection())
            .await?;
        if inside.is_empty() {
            return Ok(Vec::new());
        }
        let mut groups = self.list(organization).await?;
        groups.retain(|group| inside.contains(&group.id.as_uuid()));
        Ok(groups)
    }

    /// Who is in which group, all groups of an organization at once.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub async fn memberships(
        &self,
        organization: OrganizationId,
    ) -> Result<Vec<(GroupId, UserId)>> {
        let rows = member::Entity::find()
            .filter(member::Column::OrganizationId.eq(organization.as_uuid()))
            .order_by_asc(member::Column::GroupId)
            .order_by_asc(member::Column::UserId)
            .all(self.0.connection())
            .await?;
        Ok(rows
            .into_iter()
            .map(|row| {
                (
                    GroupId::from_uuid(row.group_id),
                    UserId::from_uuid(row.user_id),
                )
            })
            .collect())
    }
}

impl<A: Access> Groups<'_, A> {
    /// How many people are in each group; groups without anybody are left out.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub async fn member_counts(
        &self,
        organization: OrganizationId,
    ) -> Result<BTreeMap<GroupId, u64>> {
        let rows: Vec<(Uuid, i64)> = member::Entity::find()
            .select_only()
            .column(member::Column::GroupId)
            .column_as(member::Column::UserId.count(), "members")
            .filter(member::Column::OrganizationId.eq(organization.as_uuid()))
            .group_by(member::Column::GroupId)
            .into_tuple()
            .all(self.0.connection())
            .await?;
        Ok(rows
            .into_iter()
            .map(|(group, members)| {
                let members = u64::try_from(members).unwrap_or_default();
                (GroupId::from_uuid(group), members)
            })
            .collect())
    }
}

impl Groups<'_, Unit> {
    /// Adds a group.
    ///
    /// # Errors
    /// [`crate::StoreError::Conflict`] when the name is taken.
    pub async fn insert(&self, group: &Group) -> Result<()> {
        self.0.owns(group.organization, "the group")?;
        row::Entity::insert(row::Model::from(group).into_active_model())
            .exec_without_returning(self.0.connection())
            .await?;
        Ok(())
    }

    /// Replaces everything but the identity.
    ///
    /// # Errors
    /// [`crate::StoreError::NotFound`]; [`crate::StoreError::Conflict`] when the name is taken.
    pub async fn update(&self, group: &Group) -> Result<()> {
        self.0.owns(group.organization, "the group")?;
        let changed = row::Entity::update_many()
            .set(row::Model::from(group).into_active_model().reset_all())
            .filter(row::Column::OrganizationId.eq(group.organization.as_uuid()))
            .filter(row::Column::Id.eq(group.id.as_uuid()))
            .exec(self.0.connection())
            .await?;
        found(changed.rows_affected, "group")
    }

    /// Removes a group and who is in it; whether there was one.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub async fn delete(&self, id: GroupId) -> Result<bool> {
        let organization = self.0.organization().as_uuid();
        member::Entity::delete_many()
            .filter(member::Column::OrganizationId.eq(organization))
            .filter(member::Column::GroupId.eq(id.as_uuid()))
            .exec(self.0.connection())
            .await?;
        let deleted = row::Entity::delete_many()
            .filter(row::Column::OrganizationId.eq(organization))
            .filter(row::Column::Id.eq(id.as_uuid()))
            .exec(self.0.connection())
            .await?;
        Ok(deleted.rows_affected > 0)
    }

    /// Puts a person into a group; who is in it already stays.
    ///
    /// # Errors
    /// [`crate::StoreError::Conflict`] for a person or a group that the organization has not.
    pub async fn add_member(&self, group: GroupId, user: UserId) -> Result<()> {
        let row = member::Model {
            organization_id: self.0.organization().as_uuid(),
            group_id: group.as_uuid(),
            user_id: user.as_uuid(),
        };
        member::Entity::insert(row.into_active_model())
            .on_conflict(OnConflict::new().do_nothing().to_owned())
            .exec_without_returning(self.0.connection())
            .await?;
        Ok(())
    }

    /// Takes a person out of a group; whether they were in it.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub async fn remove_member(&self, group: GroupId, user: UserId) -> Result<bool> {
        let deleted = member::Entity::delete_many()
            .filter(member::Column::OrganizationId.eq(self.0.organization().as_uuid()))
            .filter(member::Column::GroupId.eq(group.as_uuid()))
            .filter(member::Column::UserId.eq(user.as_uuid()))
            .exec(self.0.connection())
            .await?;
        Ok(deleted.rows_affected > 0)
    }

    /// Takes a person out of all groups.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub async fn remove_from_all(&self, user: UserId) -> Result<u64> {
        let deleted = member::Entity::delete_many()
            .filter(member::Column::OrganizationId.eq(self.0.organization().as_uuid()))
            .filter(member::Column::UserId.eq(user.as_uuid()))
            .exec(self.0.connection())
            .await?;
        Ok(deleted.rows_affected)
    }
}
