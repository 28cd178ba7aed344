//! Budgets of connections: where they stand, letting a held one go on, and writing down that a mark was reached
//! (P13).
//!
//! Must not know: how anything is counted; the keeper does that, and keeps its own record of who let what go on.

use crate::{Hub, Person, hub::event, people::require_admin};
use gatelodge_keeper_client::{BudgetState, BudgetUse, ConnectionBudget, ReleaseBudget};
use gatelodge_model::{AuditOutcome, Connection, ConnectionId, Error, Result};
use serde_json::{Value, json};

impl Hub {
    /// Where a person's connection stands.
    ///
    /// # Errors
    /// `keeper_unavailable`, `store_unavailable`.
    pub async fn connection_budget(&self, connection: &Connection) -> Result<ConnectionBudget> {
        Ok(self
            .keeper
            .budget(connection.organization, connection.id)
            .await?)
    }

    /// Lets a held connection of anybody in the organization go on.
    ///
    /// # Errors
    /// `forbidden` for people who do not administer, and when the day's releases are used up; `not_found`;
    /// `conflict` when it is not held.
    pub async fn release_budget(
        &self,
        person: &Person,
        connection: ConnectionId,
    ) -> Result<ConnectionBudget> {
        require_admin(person)?;
        let organization = person.context.organization;
        let found = self
            .store
            .connections()
            .find(organization, connection)
            .await?;
        if found.is_none() {
            return Err(Error::not_found("connection"));
        }
        let release = ReleaseBudget {
            organization,
            connection,
            by: person.user().id,
        };
        let budget = self.keeper.release_budget(release).await?;
        let unit = self.store.begin(organization).await?;
        let released = event(
            &person.context,
            "connection.budget_released",
            connection,
            AuditOutcome::Success,
            json!({"releases_this_hour": budget.releases, "releases_left": budget.releases_left}),
        );
        unit.commit(vec![released]).await?;
        Ok(budget)
    }

    /// Writes down which connections reached a mark since the last look.
    ///
    /// # Errors
    /// `keeper_unavailable`, `store_unavailable`.
    pub(crate) async fn note_budget_alerts(&self) -> Result<()> {
        for alert in self.keeper.take_budget_alerts().await? {
            let action = match alert.budget.state {
                BudgetState::Held => "connection.budget_held",
                BudgetState::Within | BudgetState::Alert => "connection.budget_alerted",
            };
            let uses: Vec<_> = alert.budget.uses.iter().map(in_detail).collect();
            let unit = self.store.begin(alert.organization).await?;
            let reached = event(
                &self.system_context(alert.organization),
                action,
                alert.budget.connection,
                AuditOutcome::Success,
                json!({"uses": uses, "ends_at": alert.budget.ends_at}),
            );
            unit.commit(vec![reached]).await?;
        }
        Ok(())
    }
}

fn in_detail(used: &BudgetUse) -> Value {
    json!({"measure": used.measure.as_str(), "used": used.used, "limit": used.limit})
}
