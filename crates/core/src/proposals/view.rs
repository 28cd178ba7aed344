//! A proposal as an agent sees it, and the one shape in which every write answers.
//!
//! Must not know: faces.

use crate::{AgentCaller, Hub};
use gatelodge_keeper_client::Viewer;
use gatelodge_model::{
    Error, Outcome, Proposal, ProposalId, ProposalStatus, Result, Timestamp, ToolName,
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

/// A proposal as its agent sees it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ProposalView {
    /// Identity.
    pub id: ProposalId,
    /// `pending`, `approved`, `rejected`, `expired`, `superseded`, `stale`, `executing`, `done`, `failed`
    /// or `unknown`.
    pub status: String,
    /// The tool that was called.
    pub tool: String,
    /// Where the person decides. Give it to them.
    pub review_url: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// Until when it can be decided and run.
    pub expires_at: Timestamp,
    /// When the person decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided_at: Option<Timestamp>,
    /// Why the person said no, in their words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The proposal that took its place after the person edited it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub superseded_by: Option<ProposalId>,
    /// What the write gave, once done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<Value>,
    /// What went wrong: `code`, `detail`, `hint`, `who_must_act`, `provider`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Value>,
    /// What is known where the answer of the write was lost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evidence: Option<String>,
}

/// Where a write stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WriteStatus {
    /// It happened.
    Done,
    /// A person has not decided yet, or it is under way.
    Pending,
    /// It did not happen.
    Failed,
    /// Nobody knows yet.
    Unknown,
}

impl From<ProposalStatus> for WriteStatus {
    fn from(status: ProposalStatus) -> Self {
        match status {
            ProposalStatus::Pending | ProposalStatus::Approved | ProposalStatus::Executing => {
                Self::Pending
            }
            ProposalStatus::Done => Self::Done,
            ProposalStatus::Unknown => Self::Unknown,
            ProposalStatus::Rejected
            | ProposalStatus::Expired
            | ProposalStatus::Superseded
            | ProposalStatus::Stale
            | ProposalStatus::Failed => Self::Failed,
        }
    }
}

/// The answer to every write, in REST and MCP alike.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct WriteAnswer {
    /// Where it stands.
    pub status: WriteStatus,
    /// What it gave, once done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<Value>,
    /// The proposal behind it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proposal: Option<ProposalView>,
}

/// An error in the words of our answers (RFC 9457 members and ours).
pub(crate) fn error_as_value(error: &Error) -> Value {
    let mut map = serde_json::Map::new();
    map.insert("code".into(), error.code().into());
    map.insert("detail".into(), error.message().into());
    if let Some(field) = error.field() {
        map.insert("field".into(), field.into());
    }
    if let Some(hint) = error.hint() {
        map.insert("hint".into(), hint.text.as_str().into());
        map.insert(
            "who_must_act".into(),
            serde_json::to_value(hint.who_must_act).unwrap_or_default(),
        );
    }
    if let Some(provider) = error.provider() {
        map.insert(
            "provider".into(),
            serde_json::to_value(provider).unwrap_or_default(),
        );
    }
    Value::Object(map)
}

impl Hub {
    /// Where a person reviews a proposal.
    pub fn review_url(&self, id: ProposalId) -> String {
        self.first_public_url().map_or_else(
            || format!("/approvals/{id}"),
            |url| format!("{}/approvals/{id}", crate::oauth_apps::origin(url)),
        )
    }

    pub(crate) fn proposal_view(
        &self,
        proposal: &Proposal,
        outcome: Option<Outcome>,
    ) -> ProposalView {
        let outcome = outcome.unwrap_or(Outcome {
            result: None,
            error: None,
            provider_request_id: None,
            evidence: None,
        });
        ProposalView {
            id: proposal.id,
            status: proposal.status.as_str().to_owned(),
            tool: ToolName::as_str(&proposal.tool).to_owned(),
            review_url: self.review_url(proposal.id),
            created_at: proposal.created_at,
            expires_at: proposal.expires_at,
            decided_at: proposal.decided_at,
            note: proposal.note.clone(),
            superseded_by: proposal.superseded_by,
            result: outcome.result,
            error: outcome.error.as_ref().map(error_as_value),
            evidence: outcome.evidence,
        }
    }

    pub(crate) async fn write_answer(
        &self,
        caller: &AgentCaller,
        proposal: &Proposal,
    ) -> Result<WriteAnswer> {
        let outcome = self
            .open_outcome(proposal, Viewer::Agent(caller.agent.id))
            .await?;
        let view = self.proposal_view(proposal, outcome);
        Ok(WriteAnswer {
            status: proposal.status.into(),
            result: view.result.clone(),
            proposal: Some(view),
        })
    }
}
