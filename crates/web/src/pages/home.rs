//! The start page: what needs this person, and what ran.
//!
//! Must not know: anything beyond the use cases it asks.

use super::{Done, connections::Card};
use crate::{
    fault::PageResult,
    parts::{Frame, InboxRow, Section, connection_words},
    respond,
    state::WebState,
    visitor::Visitor,
};
use askama::Template;
use axum::extract::{Query, State};
use gatelodge_core::{ProposalEntry, ProposalFilter};
use gatelodge_model::{ProposalStatus, Timestamp};

#[derive(Template)]
#[template(path = "home.html")]
pub(crate) struct HomePage {
    pub(crate) frame: Frame,
    pub(crate) waiting: Vec<InboxRow>,
    pub(crate) attention: Vec<Card>,
    pub(crate) ran: Vec<InboxRow>,
    pub(crate) has_connection: bool,
    pub(crate) has_agent: bool,
    /// Whether this person keeps connections and agents at all.
    pub(crate) connects: bool,
}

/// `GET /`.
pub(crate) async fn show(
    State(state): State<WebState>,
    visitor: Visitor,
    Query(done): Query<Done>,
) -> PageResult {
    let fault = |error| visitor.fault(error);
    let (hub, person, now) = (&state.hub, &visitor.person, state.hub.now());
    let waiting = ProposalFilter {
        statuses: vec![ProposalStatus::Pending],
        before: None,
        limit: 5,
    };
    let ran = ProposalFilter {
        statuses: vec![
            ProposalStatus::Executing,
            ProposalStatus::Done,
            ProposalStatus::Failed,
            ProposalStatus::Unknown,
            ProposalStatus::Stale,
        ],
        before: None,
        limit: 5,
    };
    let waiting = rows(&hub.proposals(person, waiting).await.map_err(fault)?, now);
    let ran = rows(&hub.proposals(person, ran).await.map_err(fault)?, now);
    let connections = hub.connections(person).await.map_err(fault)?;
    let agents = hub.agents(person).await.map_err(fault)?;
    Ok(respond::ok(&HomePage {
        frame: visitor
            .frame()
            .at(Section::Home)
            .saying(done.done.as_deref()),
        waiting,
        attention: connections
            .iter()
            .filter(|connection| connection_words::needs_attention(connection.status))
            .map(|connection| {
                Card::of(
                    connection,
                    &super::connections::provider_name(hub, connection),
                    now,
                )
            })
            .collect(),
        ran,
        has_connection: connections
            .iter()
            .any(|connection| connection.status.is_usable()),
        has_agent: agents.iter().any(|agent| agent.revoked_at.is_none()),
        connects: person.role().connects(),
    }))
}

pub(crate) fn rows(entries: &[ProposalEntry], now: Timestamp) -> Vec<InboxRow> {
    entries
        .iter()
        .map(|entry| InboxRow::of(&entry.proposal, entry.summary.as_ref(), now))
        .collect()
}
