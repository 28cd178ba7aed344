//! Proposals. A change of status obeys the state machine of `model` and wins against the version it read,
//! so that of two who decide at the same time exactly one does.
//!
//! Must not know: what is proposed; that is sealed.

use crate::{Access, Result, StoreError, Unit, access::repository, row::proposal as row};
use gatelodge_model::{
    AgentId, OrganizationId, Proposal, ProposalId, ProposalStatus, SealedId, Timestamp, UserId,
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect,
};

repository! {
    /// Proposals.
    Proposals
}

/// Which proposals are listed; empty means all of the organization.
#[derive(Debug, Clone, Default)]
pub struct ProposalFilter {
    /// Only those that this person decides.
    pub user: Option<UserId>,
    /// Only those that this agent asked for.
    pub agent: Option<AgentId>,
    /// Only those in one of these states; empty means any.
    pub statuses: Vec<ProposalStatus>,
}

/// What changes with a status, besides the times, which follow from it: `decided_at` is set together
/// with `decided_by`, `executing_since` with `Executing`, `settled_at` with every settled state.
#[derive(Debug, Clone, Default)]
pub struct ProposalChanges {
    /// Who decided.
    pub decided_by: Option<UserId>,
    /// Why it was rejected.
    pub note: Option<String>,
    /// The proposal that takes its place.
    pub superseded_by: Option<ProposalId>,
    /// Where the outcome was sealed.
    pub sealed_outcome: Option<SealedId>,
}

impl<A: Access> Proposals<'_, A> {
    /// One proposal of an organization.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn find(
        &self,
        organization: OrganizationId,
        id: ProposalId,
    ) -> Result<Option<Proposal>> {
        row::Entity::find_by_id((organization.as_uuid(), id.as_uuid()))
            .one(self.0.connection())
            .await?
            .map(Proposal::try_from)
            .transpose()
    }

    /// Proposals of an organization, newest first, older than `before`.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn list(
        &self,
        organization: OrganizationId,
        filter: &ProposalFilter,
        limit: u64,
        before: Option<ProposalId>,
    ) -> Result<Vec<Proposal>> {
        let mut select =
            row::Entity::find().filter(row::Column::OrganizationId.eq(organization.as_uuid()));
        if let Some(user) = filter.user {
            select = select.filter(row::Column::UserId.eq(user.as_uuid()));
        }
        if let Some(agent) = filter.agent {
            select = select.filter(row::Column::AgentId.eq(agent.as_uuid()));
        }
        if !filter.statuses.is_empty() {
            select = select.filter(row::Column::Status.is_in(words(&filter.statuses)));
        }
        if let Some(before) = before {
            select = select.filter(row::Column::Id.lt(before.as_uuid()));
        }
        select
            .order_by_desc(row::Column::Id)
            .limit(limit)
            .all(self.0.connection())
            .await?
            .into_iter()
            .map(Proposal::try_from)
            .collect()
    }

    /// How many wait for a person's decision and can still be decided.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn count_waiting(&self, organization: OrganizationId, user: UserId) -> Result<u64> {
        Ok(row::Entity::find()
            .filter(row::Column::OrganizationId.eq(organization.as_uuid()))
            .filter(row::Column::UserId.eq(user.as_uuid()))
            .filter(row::Column::Status.eq(ProposalStatus::Pending.as_str()))
            .filter(row::Column::ExpiresAt.gt(self.0.clock().now()))
            .count(self.0.connection())
            .await?)
    }

    /// What was approved or being sent when a process ended, instance-wide, oldest first: for start-up.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn list_open_executions(&self) -> Result<Vec<Proposal>> {
        row::Entity::find()
            .filter(row::Column::Status.is_in(words(&[
                ProposalStatus::Approved,
                ProposalStatus::Executing,
            ])))
            .order_by_asc(row::Column::Id)
            .all(self.0.connection())
            .await?
            .into_iter()
            .map(Proposal::try_from)
            .collect()
    }

    /// What nobody decided in time, instance-wide, longest overdue first.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn list_expire_due(&self, now: Timestamp, limit: u64) -> Result<Vec<Proposal>> {
        row::Entity::find()
            .filter(row::Column::Status.eq(ProposalStatus::Pending.as_str()))
            .filter(row::Column::ExpiresAt.lte(now))
            .order_by_asc(row::Column::ExpiresAt)
            .limit(limit)
            .all(self.0.connection())
            .await?
            .into_iter()
            .map(Proposal::try_from)
            .collect()
    }
}

impl Proposals<'_, Unit> {
    /// Adds a proposal.
    ///
    /// # Errors
    /// [`StoreError::Conflict`].
    pub async fn insert(&self, proposal: &Proposal) -> Result<()> {
        self.0.owns(proposal.organization, "the proposal")?;
        row::Entity::insert(row::Model::from(proposal).into_active_model())
            .exec_without_returning(self.0.connection())
            .await?;
        Ok(())
    }

    /// Moves a proposal on, if the row still is what `proposal` says; gives back what is stored then.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when somebody was faster or the state does not allow it,
    /// [`StoreError::NotFound`].
    pub async fn transition(
        &self,
        proposal: &Proposal,
        status: ProposalStatus,
        changes: ProposalChanges,
    ) -> Result<Proposal> {
        self.0.owns(proposal.organization, "the proposal")?;
        if !proposal.status.allows(status) {
            return Err(StoreError::conflict("The proposal"));
        }
        let next = moved(proposal, status, changes, self.0.clock().now());
        let update = row::Entity::update_many()
            .set(row::Model::from(&next).into_active_model().reset_all())
            .filter(row::Column::OrganizationId.eq(proposal.organization.as_uuid()))
            .filter(row::Column::Id.eq(proposal.id.as_uuid()))
            .filter(row::Column::Version.eq(proposal.version))
            .filter(row::Column::Status.eq(proposal.status.as_str()))
            .exec(self.0.connection())
            .await?;
        if update.rows_affected == 1 {
            return Ok(next);
        }
        match self.find(proposal.organization, proposal.id).await? {
            Some(_) => Err(StoreError::conflict("The proposal")),
            None => Err(StoreError::NotFound { what: "proposal" }),
        }
    }
}

fn moved(
    proposal: &Proposal,
    status: ProposalStatus,
    changes: ProposalChanges,
    now: Timestamp,
) -> Proposal {
    let mut next = proposal.clone();
    next.status = status;
    next.version += 1;
    if changes.decided_by.is_some() {
        next.decided_by = changes.decided_by;
        next.decided_at = Some(now);
    }
    next.note = changes.note.or(next.note);
    next.superseded_by = changes.superseded_by.or(next.superseded_by);
    next.sealed_outcome = changes.sealed_outcome.or(next.sealed_outcome);
    if status == ProposalStatus::Executing {
        next.executing_since = Some(now);
    }
    if status.is_settled() {
        next.settled_at = Some(now);
    }
    next
}

fn words(statuses: &[ProposalStatus]) -> impl Iterator<Item = &'static str> {
    statuses.iter().map(|status| status.as_str())
}
