//! Removing a person: access is cut in one unit of work, and what they connected is ended at the providers after it.
//! Their name stays with what they did (ACC-7).
//!
//! Must not know: how a provider is asked.

use super::{keep_an_owner, require_admin, require_owner};
use crate::{Disconnected, Hub, Person, hub::event};
use gatelodge_model::{
    AuditOutcome, Connection, ConnectionStatus, Error, NewAuditEvent, OperationContext,
    ProposalStatus, Result, User, UserId,
};
use gatelodge_store::{ProposalChanges, ProposalFilter, StoreError, Unit};
use serde_json::json;

/// Connections that are taken up at a time.
const BATCH: u64 = 50;

/// Proposals that are read at a time.
const PROPOSALS: u64 = 200;

/// What removing a person ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removed {
    /// Who, as they stay in the history.
    pub user: User,
    /// Connections whose provider confirmed the end, or that had nothing to end.
    pub revoked: usize,
    /// Connections that are still to be ended at their provider. Gatelodge goes on asking.
    pub to_be_revoked: usize,
}

impl Hub {
    /// Removes a person from the organization. Their sessions, links and agents' tokens end at once, with their place
    /// in groups and their open proposals; their connections are ended at the providers, and those that cannot be now
    /// are taken up again.
    ///
    /// # Errors
    /// `forbidden` for people who do not administer, and for owners by others; `step_up_needed`, `not_found`,
    /// `conflict` for the last owner.
    pub async fn remove_person(&self, person: &Person, id: UserId) -> Result<Removed> {
        require_admin(person)?;
        self.require_step_up(person)?;
        let organization = person.context.organization;
        let unit = self.store.begin(organization).await?;
        let user = unit
            .users()
            .find(organization, id)
            .await?
            .filter(|user| user.removed_at.is_none())
            .ok_or_else(|| Error::not_found("person"))?;
        if user.role == gatelodge_model::Role::Owner {
            require_owner(person, "remove an owner")?;
            keep_an_owner(&unit.users().owners_held().await?, &user)?;
        }
        let user = self.cut_off(&person.context, unit, user).await?;
        let connections = self
            .store
            .connections()
            .list_for_user(organization, id)
            .await?;
        let mut removed = Removed {
            user,
            revoked: 0,
            to_be_revoked: 0,
        };
        for connection in connections {
            if connection.status == ConnectionStatus::Disconnected {
                continue;
            }
            match self.end_connection(&person.context, connection).await {
                Ok(Disconnected {
                    unconfirmed: None, ..
                }) => removed.revoked += 1,
                Ok(_) => removed.to_be_revoked += 1,
                Err(error) => {
                    tracing::warn!(error = ?error, "a connection of a removed person is taken up again");
                    removed.to_be_revoked += 1;
                }
            }
        }
        Ok(removed)
    }

    /// Everything that lets the person or an agent of theirs in, in one unit of work.
    async fn cut_off(&self, context: &OperationContext, unit: Unit, user: User) -> Result<User> {
        let gone = User {
            removed_at: Some(self.now()),
            password_hash: None,
            ..user
        };
        unit.users().update(&gone).await?;
        let sessions = unit.sessions().delete_for_user(gone.id, None).await?;
        unit.one_time_links().delete_for_user(gone.id).await?;
        let groups = unit.groups().remove_from_all(gone.id).await?;
        let mut events = self
            .revoke_agents_of(context, &unit, &gone, "person_removed")
            .await?;
        let agents = events.len();
        let (expired, ids) = self.expire_open(context, &unit, &gone).await?;
        events.extend(expired);
        let detail = json!({
            "role": gone.role,
            "sessions_ended": sessions,
            "agents_revoked": agents,
            "groups_left": groups,
            "proposals_expired": ids.len(),
        });
        events.push(event(
            context,
            "user.removed",
            gone.id,
            AuditOutcome::Success,
            detail,
        ));
        unit.commit(events).await?;
        self.recent_callers.forget();
        self.recent_connections.forget();
        for id in ids {
            self.announce(id);
        }
        Ok(gone)
    }

    /// What waits for this person, nobody can decide any more. What is being sent runs to its end.
    async fn expire_open(
        &self,
        context: &OperationContext,
        unit: &Unit,
        user: &User,
    ) -> Result<(Vec<NewAuditEvent>, Vec<gatelodge_model::ProposalId>)> {
        let filter = ProposalFilter {
            user: Some(user.id),
            statuses: vec![ProposalStatus::Pending, ProposalStatus::Approved],
            ..ProposalFilter::default()
        };
        let (mut events, mut ids) = (Vec::new(), Vec::new());
        let mut before = None;
        loop {
            let page = unit
                .proposals()
                .list(user.organization, &filter, PROPOSALS, before)
                .await?;
            for proposal in &page {
                before = Some(proposal.id);
                let moved = unit
                    .proposals()
                    .transition(
                        proposal,
                        ProposalStatus::Expired,
                        ProposalChanges::default(),
                    )
                    .await;
                match moved {
                    Ok(_) => {}
                    // It began to run at this moment.
                    Err(StoreError::Conflict { .. }) => continue,
                    Err(error) => return Err(error.into()),
                }
                ids.push(proposal.id);
                events.push(event(
                    context,
                    "proposal.expired",
                    proposal.id,
                    AuditOutcome::Success,
                    json!({ "because": "person_removed" }),
                ));
            }
            if u64::try_from(page.len()).unwrap_or(u64::MAX) < PROPOSALS {
                return Ok((events, ids));
            }
        }
    }

    /// Ends what removed people had connected and what could not be ended when they were removed.
    pub(crate) async fn end_connections_of_removed(&self) -> Result<()> {
        if self.restored_copy().await?.is_some() {
            return Ok(());
        }
        let left: Vec<Connection> = self.store.connections().of_removed_people(BATCH).await?;
        for connection in left {
            let context = self.system_context(connection.organization);
            let id = connection.id;
            if let Err(error) = self.end_connection(&context, connection).await {
                tracing::warn!(connection = %id, error = ?error, "a connection of a removed person could not be ended");
            }
        }
        Ok(())
    }
}
