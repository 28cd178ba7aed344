//! Idempotency keys: the first call with a key runs, every repeat gets the first one's outcome.
//!
//! Not audited by itself: the call that a key stands for is. Must not know: arguments, only their hash.

use crate::{
    Access, Result,
    access::{repository, writing},
    column::{Reading, to_bytes},
    organizations::found,
    row::idempotency_key as row,
};
use gatelodge_model::{Digest, OrganizationId, ProposalId, SealedId, Timestamp};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, sea_query::OnConflict,
};

repository! {
    /// Idempotency keys.
    Idempotency
}

/// What a key is unique in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey {
    /// Tenant.
    pub organization: OrganizationId,
    /// The caller, as text: an agent's or a person's identifier.
    pub actor: String,
    /// The key, as given.
    pub key: String,
}

/// Where the first call stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdempotencyState {
    /// It runs, or its process ended before it said how it went.
    Running,
    /// It has an outcome, or a proposal that will have one.
    Settled,
}

impl IdempotencyState {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Settled => "settled",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Running, Self::Settled]
            .into_iter()
            .find(|state| state.as_str() == text)
    }
}

/// What a key stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyRow {
    /// Hash of tool, connection and arguments of the first call.
    pub arguments: Digest,
    /// The proposal that it made.
    pub proposal: Option<ProposalId>,
    /// Where its outcome was sealed.
    pub outcome: Option<SealedId>,
    /// Where it stands.
    pub state: IdempotencyState,
    /// When the key was first used.
    pub created_at: Timestamp,
}

/// Whether this is the first call with a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claimed {
    /// It is: run it, then settle or release the key.
    New,
    /// It is not.
    Existing(IdempotencyRow),
}

impl<A: Access> Idempotency<'_, A> {
    /// Takes a key, or tells what it stands for. Of any number of callers exactly one gets `New`.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`], [`crate::StoreError::Corrupt`].
    pub async fn claim(&self, key: &IdempotencyKey, arguments: &Digest) -> Result<Claimed> {
        loop {
            let row = row::Model {
                organization_id: key.organization.as_uuid(),
                actor: key.actor.clone(),
                key: key.key.clone(),
                arguments_digest: to_bytes(arguments),
                proposal_id: None,
                outcome_id: None,
                state: IdempotencyState::Running.as_str().to_owned(),
                created_at: self.0.clock().now(),
            };
            let writing = writing(self.0).await?;
            let inserted = row::Entity::insert_many([row.into_active_model()])
                .on_conflict(
                    OnConflict::columns([
                        row::Column::OrganizationId,
                        row::Column::Actor,
                        row::Column::Key,
                    ])
                    .do_nothing()
                    .to_owned(),
                )
                .exec_without_returning(self.0.connection())
                .await?;
            drop(writing);
            if inserted > 0 {
                return Ok(Claimed::New);
            }
            // Released between the two statements: then it is free again.
            if let Some(existing) = self.find(key).await? {
                return Ok(Claimed::Existing(existing));
            }
        }
    }

    /// What a key stands for.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`], [`crate::StoreError::Corrupt`].
    pub async fn find(&self, key: &IdempotencyKey) -> Result<Option<IdempotencyRow>> {
        let Some(row) = row::Entity::find_by_id((
            key.organization.as_uuid(),
            key.actor.clone(),
            key.key.clone(),
        ))
        .one(self.0.connection())
        .await?
        else {
            return Ok(None);
        };
        let reading = Reading::new("idempotency_keys", &key.actor);
        Ok(Some(IdempotencyRow {
            arguments: reading.digest("arguments_digest", &row.arguments_digest)?,
            proposal: row.proposal_id.map(ProposalId::from_uuid),
            outcome: row.outcome_id.map(SealedId::from_uuid),
            state: reading.value("state", IdempotencyState::parse(&row.state))?,
            created_at: row.created_at,
        }))
    }

    /// Notes what the first call led to.
    ///
    /// # Errors
    /// [`crate::StoreError::NotFound`] when the key was not claimed.
    pub async fn settle(
        &self,
        key: &IdempotencyKey,
        proposal: Option<ProposalId>,
        outcome: Option<SealedId>,
    ) -> Result<()> {
        let _writing = writing(self.0).await?;
        let changed = row::Entity::update_many()
            .set(row::ActiveModel {
                proposal_id: Set(proposal.map(ProposalId::as_uuid)),
                outcome_id: Set(outcome.map(SealedId::as_uuid)),
                state: Set(IdempotencyState::Settled.as_str().to_owned()),
                ..Default::default()
            })
            .filter(row::Column::OrganizationId.eq(key.organization.as_uuid()))
            .filter(row::Column::Actor.eq(key.actor.as_str()))
            .filter(row::Column::Key.eq(key.key.as_str()))
            .exec(self.0.connection())
            .await?;
        found(changed.rows_affected, "idempotency key")
    }

    /// Frees a running key: the call certainly did nothing, so a repeat may run.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub async fn release(&self, key: &IdempotencyKey) -> Result<()> {
        let _writing = writing(self.0).await?;
        row::Entity::delete_many()
            .filter(row::Column::OrganizationId.eq(key.organization.as_uuid()))
            .filter(row::Column::Actor.eq(key.actor.as_str()))
            .filter(row::Column::Key.eq(key.key.as_str()))
            .filter(row::Column::State.eq(IdempotencyState::Running.as_str()))
            .exec(self.0.connection())
            .await?;
        Ok(())
    }
}
