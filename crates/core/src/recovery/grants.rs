//! Grants that ended here and that their provider has not confirmed: shown until they are, and what became of
//! each is audited (O17).
//!
//! Must not know: how a provider is asked.

use crate::{Hub, Person, hub::event};
use gatelodge_keeper_client::{EndedGrant, PendingRevocation};
use gatelodge_model::{AuditOutcome, ConnectionId, Result, Timestamp};
use serde_json::json;

/// A grant that may still live at its provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenGrant {
    /// Whose grant it was.
    pub connection: ConnectionId,
    /// Slug of the provider.
    pub provider: String,
    /// When it ended here.
    pub since: Timestamp,
    /// What the provider said the last time; empty before the first answer.
    pub reason: String,
    /// Until when Gatelodge asks again; none when it gave up.
    pub asked_until: Option<Timestamp>,
    /// Where to revoke it by hand; empty where no place is known.
    pub by_hand: String,
}

impl Hub {
    /// What may still live at providers: all of the organization for those who administer or audit, otherwise
    /// the person's own.
    ///
    /// # Errors
    /// `store_unavailable`.
    pub async fn open_grants(&self, person: &Person) -> Result<Vec<OpenGrant>> {
        let pending = self
            .keeper
            .pending_revocations(person.context.organization)
            .await?;
        if person.role().reads_audit() {
            return Ok(pending
                .into_iter()
                .map(|one| self.open_grant(one))
                .collect());
        }
        let own = self
            .store
            .connections()
            .list_for_user(person.context.organization, person.user.id)
            .await?;
        Ok(pending
            .into_iter()
            .filter(|one| own.iter().any(|connection| connection.id == one.connection))
            .map(|one| self.open_grant(one))
            .collect())
    }

    fn open_grant(&self, pending: PendingRevocation) -> OpenGrant {
        OpenGrant {
            by_hand: self.place_to_revoke(&pending.provider).trim().to_owned(),
            connection: pending.connection,
            provider: pending.provider,
            since: pending.since,
            reason: pending.reason,
            asked_until: (!pending.given_up).then_some(pending.until),
        }
    }

    /// Has the keeper ask again for what is due, and notes what ended by that.
    pub(crate) async fn end_due_grants(&self) -> Result<()> {
        for ended in self.keeper.end_due_grants().await? {
            self.note_ended(ended).await?;
        }
        Ok(())
    }

    pub(super) async fn note_ended(&self, ended: EndedGrant) -> Result<()> {
        let (action, outcome) = match &ended.given_up {
            None => ("connection.revocation_confirmed", AuditOutcome::Success),
            Some(_) => ("connection.revocation_given_up", AuditOutcome::Failure),
        };
        let context = self.system_context(ended.organization);
        let detail = json!({ "provider": ended.provider, "reason": ended.given_up });
        let noted = event(&context, action, ended.connection, outcome, detail);
        self.store.journal().append(noted).await?;
        Ok(())
    }
}
