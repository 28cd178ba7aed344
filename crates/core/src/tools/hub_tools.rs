//! Tools of the hub itself: connections and proposals of the person whom the agent acts for.
//!
//! Must not know: providers. They read our own rows and seal nothing, so they write no audit row of their own
//! but where the keeper opens a proposal.

use super::execute::ToolCall;
use crate::{
    AgentCaller, Hub,
    connect::ConnectionView,
    proposals::{ProposalFilter, ProposalView},
};
use gatelodge_model::{Effect, Error, ProposalId, ProposalStatus, Result};
use gatelodge_provider::{Descriptor, schema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::time::Duration;

const LIST_CONNECTIONS: &str = "gatelodge_list_connections";
const GET_PROPOSAL: &str = "gatelodge_get_proposal";
const LIST_PROPOSALS: &str = "gatelodge_list_proposals";

/// Longest wait: below the limits of common clients and proxies.
const MAX_WAIT_SECONDS: u64 = 50;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NoInput {}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct GetProposal {
    /// Id of the proposal (`prp_…`), as the writing tool returned it.
    id: ProposalId,
    /// Wait up to this many seconds (at most 50) for a decision and its outcome. 0 answers at once.
    #[serde(default)]
    #[schemars(range(max = 50))]
    wait_seconds: u64,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ListProposals {
    /// Only proposals in this state: `pending`, `approved`, `rejected`, `expired`, `superseded`, `stale`,
    /// `executing`, `done`, `failed` or `unknown`.
    #[serde(default)]
    status: Option<ProposalStatusName>,
    /// How many at most (1 to 100); 20 when left out.
    #[serde(default)]
    #[schemars(range(min = 1, max = 100))]
    limit: Option<u64>,
}

#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum ProposalStatusName {
    Pending,
    Approved,
    Rejected,
    Expired,
    Superseded,
    Stale,
    Executing,
    Done,
    Failed,
    Unknown,
}

impl From<ProposalStatusName> for ProposalStatus {
    fn from(name: ProposalStatusName) -> Self {
        match name {
            ProposalStatusName::Pending => Self::Pending,
            ProposalStatusName::Approved => Self::Approved,
            ProposalStatusName::Rejected => Self::Rejected,
            ProposalStatusName::Expired => Self::Expired,
            ProposalStatusName::Superseded => Self::Superseded,
            ProposalStatusName::Stale => Self::Stale,
            ProposalStatusName::Executing => Self::Executing,
            ProposalStatusName::Done => Self::Done,
            ProposalStatusName::Failed => Self::Failed,
            ProposalStatusName::Unknown => Self::Unknown,
        }
    }
}

#[derive(Debug, Serialize, JsonSchema)]
struct Connections {
    /// The connections of the person whom you act for.
    connections: Vec<ConnectionView>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Proposals {
    /// The proposals that you made, the newest first.
    proposals: Vec<ProposalView>,
}

/// Whether a name is one of ours.
pub(super) fn is_known(name: &str) -> bool {
    [LIST_CONNECTIONS, GET_PROPOSAL, LIST_PROPOSALS].contains(&name)
}

/// What a face shows of the hub's tools.
pub(super) fn descriptors() -> Vec<Descriptor> {
    [
        Descriptor::of::<NoInput, Connections>(
            LIST_CONNECTIONS,
            "List connections",
            "Lists the accounts (such as Salesforce orgs) that you can use for the person you act for, with their state. Pass an id as 'connection' where a tool could mean several.",
            Effect::Read,
            &[],
        ),
        Descriptor::of::<GetProposal, ProposalView>(
            GET_PROPOSAL,
            "Follow a proposal",
            "Tells where a proposed change stands: pending, approved, rejected, done, failed, unknown and so on, with the result once it ran. Waits up to wait_seconds for the person's decision.",
            Effect::Read,
            &[],
        ),
        Descriptor::of::<ListProposals, Proposals>(
            LIST_PROPOSALS,
            "List proposals",
            "Lists the changes that you proposed, the newest first.",
            Effect::Read,
            &[],
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Runs a tool of the hub; none when the name is not one of them.
pub(super) async fn run(hub: &Hub, caller: &AgentCaller, call: &ToolCall) -> Result<Option<Value>> {
    let arguments = call.arguments.clone();
    let value = match call.tool.as_str() {
        LIST_CONNECTIONS => {
            schema::parse_arguments::<NoInput>(arguments)?;
            to_value(&Connections {
                connections: hub.connections_of_agent(caller).await?,
            })?
        }
        GET_PROPOSAL => {
            let input: GetProposal = schema::parse_arguments(arguments)?;
            if input.wait_seconds > MAX_WAIT_SECONDS {
                return Err(Error::invalid(
                    "wait_seconds",
                    "The longest wait is 50 seconds.",
                ));
            }
            to_value(
                &hub.proposal_for_agent(caller, input.id, Duration::from_secs(input.wait_seconds))
                    .await?,
            )?
        }
        LIST_PROPOSALS => {
            let input: ListProposals = schema::parse_arguments(arguments)?;
            let filter = ProposalFilter {
                statuses: input.status.map(ProposalStatus::from).into_iter().collect(),
                before: None,
                limit: input.limit.unwrap_or(20).clamp(1, 100),
            };
            to_value(&Proposals {
                proposals: hub.proposals_of_agent(caller, filter).await?,
            })?
        }
        _ => return Ok(None),
    };
    Ok(Some(value))
}

fn to_value<T: Serialize>(value: &T) -> Result<Value> {
    serde_json::to_value(value).map_err(Error::internal)
}
