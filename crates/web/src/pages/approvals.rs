//! The inbox: what waits for this person, and what was decided.
//!
//! Must not know: how a decision is made; that needs the review page on the screen.

use super::{Done, home::rows};
use crate::{
    extract::id,
    fault::PageResult,
    parts::{Frame, InboxRow, Section},
    respond,
    state::WebState,
    visitor::Visitor,
};
use askama::Template;
use axum::extract::{Query, State};
use gatelodge_core::ProposalFilter;
use gatelodge_model::ProposalStatus;
use serde::Deserialize;

const PAGE: usize = 50;

#[derive(Template)]
#[template(path = "approvals.html")]
pub(crate) struct ApprovalsPage {
    pub(crate) frame: Frame,
    pub(crate) rows: Vec<InboxRow>,
    /// Whether decided ones are shown.
    pub(crate) decided: bool,
    /// Address of the next page.
    pub(crate) older: Option<String>,
}

#[derive(Template)]
#[template(path = "approvals_news.html")]
pub(crate) struct News {
    /// How many waited when the list was drawn.
    pub(crate) known: u64,
    pub(crate) more: u64,
}

/// Which part of the inbox.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Filter {
    #[serde(default)]
    show: String,
    #[serde(default)]
    before: Option<String>,
}

/// `GET /approvals`.
pub(crate) async fn list(
    State(state): State<WebState>,
    visitor: Visitor,
    Query(filter): Query<Filter>,
    Query(done): Query<Done>,
) -> PageResult {
    let decided = filter.show == "decided";
    let before = filter
        .before
        .as_deref()
        .map(|text| id(text, "proposal"))
        .transpose()
        .map_err(|error| visitor.fault(error))?;
    let statuses = ProposalStatus::ALL
        .into_iter()
        .filter(|status| (*status == ProposalStatus::Pending) != decided)
        .collect();
    let limit = PAGE as u64;
    let filter = ProposalFilter {
        statuses,
        before,
        limit,
    };
    let entries = state
        .hub
        .proposals(&visitor.person, filter)
        .await
        .map_err(|error| visitor.fault(error))?;
    let older = entries
        .last()
        .filter(|_| entries.len() == PAGE)
        .map(|last| {
            let show = if decided { "decided" } else { "waiting" };
            format!("/approvals?show={show}&before={}", last.proposal.id)
        });
    Ok(respond::ok(&ApprovalsPage {
        frame: visitor
            .frame()
            .at(Section::Approvals)
            .saying(done.done.as_deref()),
        rows: rows(&entries, state.hub.now()),
        decided,
        older,
    }))
}

/// How many the list knows of.
#[derive(Debug, Deserialize)]
pub(crate) struct Known {
    #[serde(default)]
    known: u64,
}

/// `GET /approvals/news`: a fragment. New items wait behind their number; the list does not move.
pub(crate) async fn news(visitor: Visitor, Query(Known { known }): Query<Known>) -> PageResult {
    Ok(respond::ok(&News {
        known,
        more: visitor.waiting.saturating_sub(known),
    }))
}
