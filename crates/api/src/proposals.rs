//! Following a proposal. Deciding is not here: an agent's token can never approve (design invariant 5).
//!
//! Must not know: how a proposal is stored or decided.

use crate::{ApiState, refusal::Refusal};
use axum::{
    Extension, Json,
    extract::{Path, RawQuery, State},
};
use gatelodge_core::{AgentCaller, ProposalView};
use gatelodge_model::{Error, ProposalId};
use std::time::Duration;

/// Longest wait: below the limits of common clients and proxies.
const MAX_WAIT_SECONDS: u64 = 50;

/// Follow a proposal that this agent made.
#[utoipa::path(
    get,
    path = "/api/v1/proposals/{id}",
    operation_id = "get_proposal",
    tag = "proposals",
    security(("agent_token" = [])),
    params(
        ("id" = String, Path, description = "Id of the proposal (prp_…)."),
        ("wait_seconds" = Option<u64>, Query, maximum = 50, description = "Wait up to this many seconds for a decision and its outcome."),
    ),
    responses((status = 200, description = "Where the proposal stands.", content_type = "application/json", body = ref("#/components/schemas/Proposal")))
)]
pub(crate) async fn follow(
    State(state): State<ApiState>,
    Extension(caller): Extension<AgentCaller>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<ProposalView>, Refusal> {
    let id: ProposalId = id
        .parse()
        .map_err(|error| Error::invalid("id", format!("{error}.")))?;
    let wait = wait(query.as_deref().unwrap_or_default())?;
    Ok(Json(state.hub.proposal_for_agent(&caller, id, wait).await?))
}

fn wait(query: &str) -> Result<Duration, Error> {
    let mut seconds = None;
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        if name != "wait_seconds" {
            let shown: String = name.chars().take(80).collect();
            return Err(Error::invalid(
                shown,
                "This route has one parameter, wait_seconds.",
            ));
        }
        let number = value
            .parse()
            .ok()
            .filter(|given| *given <= MAX_WAIT_SECONDS);
        if number.is_none() || seconds.is_some() {
            return Err(Error::invalid(
                "wait_seconds",
                "wait_seconds is one whole number from 0 to 50.",
            ));
        }
        seconds = number;
    }
    Ok(Duration::from_secs(seconds.unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_is_bounded_and_named_when_wrong() {
        assert_eq!(wait(""), Ok(Duration::ZERO));
        assert_eq!(wait("wait_seconds=50"), Ok(Duration::from_secs(50)));
        for (query, field) in [
            ("wait_seconds=51", "wait_seconds"),
            ("wait_seconds=", "wait_seconds"),
            ("wait_seconds", "wait_seconds"),
            ("wait_seconds=-1", "wait_seconds"),
            ("wait_seconds=1.5", "wait_seconds"),
            ("wait_seconds=1&wait_seconds=2", "wait_seconds"),
            ("wait=1", "wait"),
        ] {
            assert_eq!(wait(query).unwrap_err().field(), Some(field), "{query}");
        }
    }
}
