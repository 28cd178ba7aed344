//! How much may leave through a connection in an hour, how much has, and who let more pass (P13).
//!
//! Must not know: who is told.

use gatelodge_model::{ConnectionId, OrganizationId, Timestamp, UserId};
use serde::{Deserialize, Serialize};

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BudgetMeasure {
    /// Records in answers.
    Rows,
    /// Requests.
    Calls,
    /// Bytes of answers.
    Bytes,
}

impl BudgetMeasure {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Rows, Self::Calls, Self::Bytes];

    /// The word in answers, events and metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rows => "rows",
            Self::Calls => "calls",
            Self::Bytes => "bytes",
        }
    }
}

/// One measure of a connection in the hour that runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BudgetUse {
    /// What is counted.
    pub measure: BudgetMeasure,
    /// How much left, or was set aside to leave: never less than what left.
    pub used: u64,
    /// How much may leave; none where there is no limit.
    pub limit: Option<u64>,
}

impl BudgetUse {
    /// How much of the limit is used, in per cent; 0 without a limit.
    pub fn percent(&self) -> u64 {
        match self.limit {
            None => 0,
            Some(0) => 100,
            Some(limit) => self.used.saturating_mul(100) / limit,
        }
    }
}

/// Where a connection stands in its budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BudgetState {
    /// Less than the mark of the alert.
    Within,
    /// At or above the mark of the alert.
    Alert,
    /// Nothing more leaves before the hour is over or somebody lets it.
    Held,
}

/// The budget of a connection in the hour that runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectionBudget {
    /// Through which connection.
    pub connection: ConnectionId,
    /// Where it stands.
    pub state: BudgetState,
    /// Each measure.
    pub uses: Vec<BudgetUse>,
    /// When the hour is over and everything begins anew.
    pub ends_at: Timestamp,
    /// How often the hour's budget was given again.
    pub releases: u32,
    /// How often it may still be given again today.
    pub releases_left: u32,
}

/// Gives a held connection its budget once more, for the hour that runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleaseBudget {
    /// Tenant.
    pub organization: OrganizationId,
    /// Which connection.
    pub connection: ConnectionId,
    /// Who decided it; written down by the keeper itself.
    pub by: UserId,
}

/// A connection that reached a mark, said once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BudgetAlert {
    /// Tenant.
    pub organization: OrganizationId,
    /// The connection as it stands now.
    pub budget: ConnectionBudget,
}
