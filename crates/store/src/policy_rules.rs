//! Rules for tool calls.
//!
//! Must not know: how rules are weighed.

use crate::{
    Access, Result, Unit, access::repository, organizations::found, row::policy_rule as row,
};
use gatelodge_model::{OrganizationId, PolicyRule, PolicyRuleId};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
};

repository! {
    /// Rules for tool calls.
    PolicyRules
}

impl<A: Access> PolicyRules<'_, A> {
    /// All rules of an organization, the oldest first.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`], [`crate::StoreError::Corrupt`]: a rule that does not read is never
    /// left out, since it may be what refuses.
    pub async fn list(&self, organization: OrganizationId) -> Result<Vec<PolicyRule>> {
        row::Entity::find()
            .filter(row::Column::OrganizationId.eq(organization.as_uuid()))
            .order_by_asc(row::Column::Id)
            .all(self.0.connection())
            .await?
            .into_iter()
            .map(PolicyRule::try_from)
            .collect()
    }

    /// One rule of an organization.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`], [`crate::StoreError::Corrupt`].
    pub async fn find(
        &self,
        organization: OrganizationId,
        id: PolicyRuleId,
    ) -> Result<Option<PolicyRule>> {
        row::Entity::find_by_id((organization.as_uuid(), id.as_uuid()))
            .one(self.0.connection())
            .await?
            .map(PolicyRule::try_from)
            .transpose()
    }
}

impl PolicyRules<'_, Unit> {
    /// Adds a rule.
    ///
    /// # Errors
    /// [`crate::StoreError::Conflict`] when it exists.
    pub async fn insert(&self, rule: &PolicyRule) -> Result<()> {
        self.0.owns(rule.organization, "the rule")?;
        row::Entity::insert(row::Model::try_from(rule)?.into_active_model())
            .exec_without_returning(self.0.connection())
            .await?;
        Ok(())
    }

    /// Replaces everything but the identity.
    ///
    /// # Errors
    /// [`crate::StoreError::NotFound`].
    pub async fn update(&self, rule: &PolicyRule) -> Result<()> {
        self.0.owns(rule.organization, "the rule")?;
        let changed = row::Entity::update_many()
            .set(row::Model::try_from(rule)?.into_active_model().reset_all())
            .filter(row::Column::OrganizationId.eq(rule.organization.as_uuid()))
            .filter(row::Column::Id.eq(rule.id.as_uuid()))
            .exec(self.0.connection())
            .await?;
        found(changed.rows_affected, "policy rule")
    }

    /// Removes a rule; whether there was one.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub async fn delete(&self, id: PolicyRuleId) -> Result<bool> {
        let deleted = row::Entity::delete_many()
            .filter(row::Column::OrganizationId.eq(self.0.organization().as_uuid()))
            .filter(row::Column::Id.eq(id.as_uuid()))
            .exec(self.0.connection())
            .await?;
        Ok(deleted.rows_affected > 0)
    }
}
