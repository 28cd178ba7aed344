//! To which groups providers are limited while they are tried out. A provider without a row is open to all.
//!
//! Must not know: what a provider is, or who is refused.

use crate::{
    Access, Result, Unit,
    access::repository,
    row::{group_member as member, provider_limit as row},
};
use gatelodge_model::{GroupId, OrganizationId, UserId};
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect};
use std::collections::BTreeMap;
use uuid::Uuid;

repository! {
    /// Limits of providers to groups.
    ProviderLimits
}

impl<A: Access> ProviderLimits<'_, A> {
    /// The groups of each provider that is limited; groups that are gone stand among them.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub async fn list(
        &self,
        organization: OrganizationId,
    ) -> Result<BTreeMap<String, Vec<GroupId>>> {
        let rows = row::Entity::find()
            .filter(row::Column::OrganizationId.eq(organization.as_uuid()))
            .order_by_asc(row::Column::Provider)
            .order_by_asc(row::Column::GroupId)
            .all(self.0.connection())
            .await?;
        let mut limits: BTreeMap<String, Vec<GroupId>> = BTreeMap::new();
        for row in rows {
            limits
                .entry(row.provider)
                .or_default()
                .push(GroupId::from_uuid(row.group_id));
        }
        Ok(limits)
    }

    /// The providers that are limited to groups of which the person is in none.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub async fn closed_to(
        &self,
        organization: OrganizationId,
        user: UserId,
    ) -> Result<Vec<String>> {
        let limits = self.list(organization).await?;
        if limits.is_empty() {
            return Ok(Vec::new());
        }
        let inside: Vec<Uuid> = member::Entity::find()
            .select_only()
            .column(member::Column::GroupId)
            .filter(member::Column::OrganizationId.eq(organization.as_uuid()))
            .filter(member::Column::UserId.eq(user.as_uuid()))
            .into_tuple()
            .all(self.0.connection())
            .await?;
        Ok(limits
            .into_iter()
            .filter(|(_, groups)| !groups.iter().any(|group| inside.contains(&group.as_uuid())))
            .map(|(provider, _)| provider)
            .collect())
    }
}

impl ProviderLimits<'_, Unit> {
    /// Limits a provider to exactly these groups; to none of them means that it is open to all.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub async fn set(&self, provider: &str, groups: &[GroupId]) -> Result<()> {
        let organization = self.0.organization().as_uuid();
        row::Entity::delete_many()
            .filter(row::Column::OrganizationId.eq(organization))
            .filter(row::Column::Provider.eq(provider))
            .exec(self.0.connection())
            .await?;
        let rows: Vec<_> = groups
            .iter()
            .map(|group| {
                row::Model {
                    organization_id: organization,
                    provider: provider.to_owned(),
                    group_id: group.as_uuid(),
                }
                .into_active_model()
            })
            .collect();
        if !rows.is_empty() {
            row::Entity::insert_many(rows)
                .exec_without_returning(self.0.connection())
                .await?;
        }
        Ok(())
    }
}
