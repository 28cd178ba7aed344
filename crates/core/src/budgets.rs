//! Budgets of connections: where they stand, letting a held one go on, writing down that a mark was reached, and
//! telling of a hold (P13).
//!
//! Must not know: how anything is counted; the keeper does that, and keeps its own record of who let what go on.

use crate::{AgentCaller, Hub, Person, hub::event, people::require_admin, telling::words};
use gatelodge_keeper_client::{
    BudgetAlert, BudgetState, BudgetUse, ConnectionBudget, ReleaseBudget,
};
use gatelodge_model::{AuditOutcome, Connection, ConnectionId, Error, Result, Timestamp};
use gatelodge_store::Unit;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

/// What may leave through a connection in the hour that runs, as an agent sees it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct BudgetView {
    /// `within`, `alert` (near its end) or `held` (calls are refused until the hour is over, or until an administrator
    /// lets the connection go on).
    pub state: &'static str,
    /// Records, requests and bytes.
    pub uses: Vec<BudgetUseView>,
    /// When the hour is over and everything begins anew.
    pub ends_at: Timestamp,
    /// How often an administrator gave this hour's budget again.
    pub releases: u32,
}

/// One measure of a budget.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct BudgetUseView {
    /// `rows`, `calls` or `bytes`.
    pub measure: &'static str,
    /// What left in this hour.
    pub used: u64,
    /// What may leave; none where this is not limited.
    pub limit: Option<u64>,
}

impl From<ConnectionBudget> for BudgetView {
    fn from(budget: ConnectionBudget) -> Self {
        let uses = budget.uses.iter().map(|used| BudgetUseView {
            measure: used.measure.as_str(),
            used: used.used,
            limit: used.limit,
        });
        Self {
            state: match budget.state {
                BudgetState::Within => "within",
                BudgetState::Alert => "alert",
                BudgetState::Held => "held",
            },
            uses: uses.collect(),
            ends_at: budget.ends_at,
            releases: budget.releases,
        }
    }
}

impl Hub {
    /// Where a connection of the agent's person stands.
    ///
    /// # Errors
    /// `not_found` when it is not theirs, `keeper_unavailable`, `store_unavailable`.
    pub async fn connection_budget_of_agent(
        &self,
        caller: &AgentCaller,
        id: ConnectionId,
    ) -> Result<BudgetView> {
        let connection = self.connection_of_agent(caller, id).await?;
        Ok(self.connection_budget(&connection).await?.into())
    }

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

    /// Writes down which connections reached a mark since the last look, and tells of those that are held.
    ///
    /// # Errors
    /// `keeper_unavailable`, `store_unavailable`.
    pub async fn note_budget_alerts(&self) -> Result<()> {
        for alert in self.keeper.take_budget_alerts().await? {
            let held = alert.budget.state == BudgetState::Held;
            let action = if held {
                "connection.budget_held"
            } else {
                "connection.budget_alerted"
            };
            let uses: Vec<_> = alert.budget.uses.iter().map(in_detail).collect();
            let unit = self.store.begin(alert.organization).await?;
            if held {
                self.tell_of_hold(&unit, &alert).await?;
            }
            let reached = event(
                &self.system_context(alert.organization),
                action,
                alert.budget.connection,
                AuditOutcome::Success,
                json!({"uses": uses, "ends_at": alert.budget.ends_at}),
            );
            unit.commit(vec![reached]).await?;
            self.outbox_filled.notify_one();
        }
        Ok(())
    }

    /// The owner of a held connection is told by all ways, and administrators beside them.
    async fn tell_of_hold(&self, unit: &Unit, alert: &BudgetAlert) -> Result<()> {
        let connections = self.store.connections();
        let id = alert.budget.connection;
        let Some(connection) = connections.find(alert.organization, id).await? else {
            return Ok(());
        };
        let provider = self.provider_name(&connection.provider);
        let notice = |user| words::connection_is_held(&connection, provider, &alert.budget, user);
        self.tell(unit, &notice(connection.user)).await?;
        for user in self.store.users().list(alert.organization).await? {
            let may_act = user.role.administers() && user.removed_at.is_none();
            if may_act && user.id != connection.user {
                let notices = unit.notices();
                notices
                    .tell_person(&notice(user.id), self.settings.mail)
                    .await?;
            }
        }
        Ok(())
    }
}

fn in_detail(used: &BudgetUse) -> Value {
    json!({"measure": used.measure.as_str(), "used": used.used, "limit": used.limit})
}
