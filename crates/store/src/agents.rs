//! Agents.
//!
//! Must not know: tokens; an agent is found by the hash of its token.

use crate::{
    Access, Result, Unit,
    access::{repository, writing},
    organizations::found,
    row::agent as row,
};
use gatelodge_model::{Agent, AgentId, Digest, OrganizationId, Timestamp, UserId};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder,
};

repository! {
    /// Agents and their tokens' hashes.
    Agents
}

impl<A: Access> Agents<'_, A> {
    /// One agent of an organization.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`], [`crate::StoreError::Corrupt`].
    pub async fn find(&self, organization: OrganizationId, id: AgentId) -> Result<Option<Agent>> {
        row::Entity::find_by_id((organization.as_uuid(), id.as_uuid()))
            .one(self.0.connection())
            .await?
            .map(Agent::try_from)
            .transpose()
    }

    /// The agent of a token, in whatever organization; revoked ones too.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`], [`crate::StoreError::Corrupt`].
    pub async fn find_by_token_digest(&self, digest: &Digest) -> Result<Option<Agent>> {
        row::Entity::find()
            .filter(row::Column::TokenDigest.eq(digest.as_bytes().as_slice()))
            .one(self.0.connection())
            .await?
            .map(Agent::try_from)
            .transpose()
    }

    /// The agents of a person, oldest first, revoked ones too.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`], [`crate::StoreError::Corrupt`].
    pub async fn list_for_user(
        &self,
        organization: OrganizationId,
        user: UserId,
    ) -> Result<Vec<Agent>> {
        row::Entity::find()
            .filter(row::Column::OrganizationId.eq(organization.as_uuid()))
            .filter(row::Column::UserId.eq(user.as_uuid()))
            .order_by_asc(row::Column::Id)
            .all(self.0.connection())
            .await?
            .into_iter()
            .map(Agent::try_from)
            .collect()
    }

    /// The agents of an organization, oldest first, revoked ones too.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`], [`crate::StoreError::Corrupt`].
    pub async fn list(&self, organization: OrganizationId) -> Result<Vec<Agent>> {
        row::Entity::find()
            .filter(row::Column::OrganizationId.eq(organization.as_uuid()))
            .order_by_asc(row::Column::Id)
            .all(self.0.connection())
            .await?
            .into_iter()
            .map(Agent::try_from)
            .collect()
    }

    /// These agents of an organization, revoked ones too, in no order.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`], [`crate::StoreError::Corrupt`].
    pub async fn find_all(
        &self,
        organization: OrganizationId,
        ids: &[AgentId],
    ) -> Result<Vec<Agent>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        row::Entity::find()
            .filter(row::Column::OrganizationId.eq(organization.as_uuid()))
            .filter(row::Column::Id.is_in(ids.iter().map(|id| id.as_uuid())))
            .all(self.0.connection())
            .await?
            .into_iter()
            .map(Agent::try_from)
            .collect()
    }

    /// Notes the last use. Not audited; call it once a minute at most.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub async fn touch(
        &self,
        organization: OrganizationId,
        id: AgentId,
        at: Timestamp,
    ) -> Result<()> {
        let _writing = writing(self.0).await?;
        row::Entity::update_many()
            .set(row::ActiveModel {
                last_used_at: Set(Some(at)),
                ..Default::default()
            })
            .filter(row::Column::OrganizationId.eq(organization.as_uuid()))
            .filter(row::Column::Id.eq(id.as_uuid()))
            .exec(self.0.connection())
            .await?;
        Ok(())
    }
}

impl Agents<'_, Unit> {
    /// Adds an agent.
    ///
    /// # Errors
    /// [`crate::StoreError::Conflict`].
    pub async fn insert(&self, agent: &Agent) -> Result<()> {
        self.0.owns(agent.organization, "the agent")?;
        row::Entity::insert(row::Model::from(agent).into_active_model())
            .exec_without_returning(self.0.connection())
            .await?;
        Ok(())
    }

    /// Replaces everything but the identity: another name, other rights, another token.
    ///
    /// # Errors
    /// [`crate::StoreError::NotFound`].
    pub async fn update(&self, agent: &Agent) -> Result<()> {
        self.0.owns(agent.organization, "the agent")?;
        let changed = row::Entity::update_many()
            .set(row::Model::from(agent).into_active_model().reset_all())
            .filter(row::Column::OrganizationId.eq(agent.organization.as_uuid()))
            .filter(row::Column::Id.eq(agent.id.as_uuid()))
            .exec(self.0.connection())
            .await?;
        found(changed.rows_affected, "agent")
    }

    /// Takes the token away, for good; whether it still worked.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub async fn revoke(&self, id: AgentId) -> Result<bool> {
        let changed = row::Entity::update_many()
            .set(row::ActiveModel {
                revoked_at: Set(Some(self.0.clock().now())),
                ..Default::default()
            })
            .filter(row::Column::OrganizationId.eq(self.0.organization().as_uuid()))
            .filter(row::Column::Id.eq(id.as_uuid()))
            .filter(row::Column::RevokedAt.is_null())
            .exec(self.0.connection())
            .await?;
        Ok(changed.rows_affected > 0)
    }
}
