//! What the console does with keys, as the audit log and the rows of an organization see it; the keeper does the
//! work on keys itself.
//!
//! Must not know: keys.

use crate::{Hub, hub::event};
use gatelodge_model::{AuditOutcome, ConnectionStatus, Error, OrganizationId, Result};
use serde_json::{Value, json};

impl Hub {
    /// Notes an act at the console in the log of one organization, or of all that it concerns.
    ///
    /// # Errors
    /// `not_found` for an unknown organization, `audit_unavailable`: then the act must not be done.
    pub async fn note_at_console(
        &self,
        organization: Option<OrganizationId>,
        action: &'static str,
        target: &str,
        detail: Value,
    ) -> Result<()> {
        let known = self.store.organizations().list().await?;
        let concerned: Vec<_> = known
            .iter()
            .map(|one| one.id)
            .filter(|id| organization.is_none_or(|only| only == *id))
            .collect();
        if concerned.is_empty() {
            return Err(Error::not_found("organization"));
        }
        for id in concerned {
            let context = self.system_context(id);
            let noted = event(
                &context,
                action,
                target,
                AuditOutcome::Success,
                detail.clone(),
            );
            self.store.journal().append(noted).await?;
        }
        Ok(())
    }

    /// Ends what is left of an organization whose keys are destroyed: its connections are disconnected, its
    /// agents' tokens revoked. Its audit log stays.
    ///
    /// # Errors
    /// `store_unavailable`.
    pub async fn end_erased(&self, organization: OrganizationId) -> Result<()> {
        let context = self.system_context(organization);
        let connections = self.store.connections().list(organization).await?;
        let agents = self.store.agents().list(organization).await?;
        let unit = self.store.begin(organization).await?;
        for mut connection in connections {
            connection.status = ConnectionStatus::Disconnected;
            connection.status_changed_at = self.now();
            unit.connections().update(&connection).await?;
        }
        for agent in agents {
            unit.agents().revoke(agent.id).await?;
        }
        let erased = event(
            &context,
            "organization.erased",
            organization,
            AuditOutcome::Success,
            json!({}),
        );
        unit.commit(vec![erased]).await?;
        Ok(())
    }
}
