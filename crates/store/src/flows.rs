//! Attempts to connect. A state is used once (RFC 9700 §4.7).
//!
//! Must not know: the state's text or the verifier.

use crate::{Access, Result, StoreError, Unit, access::repository, row::flow as row};
use gatelodge_model::{
    AuthorizationFlow, AuthorizationFlowId, Digest, FlowStatus, OrganizationId, Timestamp,
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect,
};

repository! {
    /// Attempts to connect.
    Flows
}

impl<A: Access> Flows<'_, A> {
    /// One attempt of an organization.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn find(
        &self,
        organization: OrganizationId,
        id: AuthorizationFlowId,
    ) -> Result<Option<AuthorizationFlow>> {
        row::Entity::find_by_id((organization.as_uuid(), id.as_uuid()))
            .one(self.0.connection())
            .await?
            .map(AuthorizationFlow::try_from)
            .transpose()
    }

    /// The attempt of a state, in whatever organization and status, so that a callback in a foreign
    /// browser can be told from an unknown one. Only [`Flows::claim`] may be acted upon.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn find_by_state_digest(&self, state: &Digest) -> Result<Option<AuthorizationFlow>> {
        row::Entity::find()
            .filter(row::Column::StateDigest.eq(state.as_bytes().as_slice()))
            .one(self.0.connection())
            .await?
            .map(AuthorizationFlow::try_from)
            .transpose()
    }

    /// Attempts that still wait although their time is over, instance-wide, oldest first.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn list_expired(&self, now: Timestamp, limit: u64) -> Result<Vec<AuthorizationFlow>> {
        row::Entity::find()
            .filter(row::Column::Status.eq(FlowStatus::Pending.as_str()))
            .filter(row::Column::ExpiresAt.lte(now))
            .order_by_asc(row::Column::ExpiresAt)
            .limit(limit)
            .all(self.0.connection())
            .await?
            .into_iter()
            .map(AuthorizationFlow::try_from)
            .collect()
    }
}

impl Flows<'_, Unit> {
    /// Adds an attempt.
    ///
    /// # Errors
    /// [`StoreError::Conflict`].
    pub async fn insert(&self, flow: &AuthorizationFlow) -> Result<()> {
        self.0.owns(flow.organization, "the authorization flow")?;
        row::Entity::insert(row::Model::from(flow).into_active_model())
            .exec_without_returning(self.0.connection())
            .await?;
        Ok(())
    }

    /// Takes the attempt of a state, `pending → claimed`: `None` when it is unknown, of another
    /// organization, or taken already. Whether it has expired is for the caller to see.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn claim(&self, state: &Digest) -> Result<Option<AuthorizationFlow>> {
        let changed = row::Entity::update_many()
            .set(status(FlowStatus::Claimed))
            .filter(row::Column::OrganizationId.eq(self.0.organization().as_uuid()))
            .filter(row::Column::StateDigest.eq(state.as_bytes().as_slice()))
            .filter(row::Column::Status.eq(FlowStatus::Pending.as_str()))
            .exec(self.0.connection())
            .await?;
        if changed.rows_affected == 0 {
            return Ok(None);
        }
        self.find_by_state_digest(state).await
    }

    /// Ends an attempt: a claimed one as completed or failed, a pending one only as failed.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when its state does not allow it, or it is not there.
    pub async fn finish(&self, id: AuthorizationFlowId, end: FlowStatus) -> Result<()> {
        let from: &[&str] = match end {
            FlowStatus::Completed => &[FlowStatus::Claimed.as_str()],
            FlowStatus::Failed => &[FlowStatus::Claimed.as_str(), FlowStatus::Pending.as_str()],
            FlowStatus::Pending | FlowStatus::Claimed => &[],
        };
        let changed = row::Entity::update_many()
            .set(status(end))
            .filter(row::Column::OrganizationId.eq(self.0.organization().as_uuid()))
            .filter(row::Column::Id.eq(id.as_uuid()))
            .filter(row::Column::Status.is_in(from.iter().copied()))
            .exec(self.0.connection())
            .await?;
        if changed.rows_affected == 0 {
            return Err(StoreError::conflict("The authorization flow"));
        }
        Ok(())
    }
}

fn status(status: FlowStatus) -> row::ActiveModel {
    row::ActiveModel {
        status: Set(status.as_str().to_owned()),
        ..Default::default()
    }
}
