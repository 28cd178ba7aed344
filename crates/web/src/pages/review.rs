//! The review page and the decision.
//!
//! Must not know: how a decision is checked or executed; every form carries the hash of what was shown and
//! the mark of the page, and the use case judges both.

use super::{Done, review_view};
use crate::{
    extract::{Fields, id},
    fault::PageResult,
    parts::{Section, proposal_words},
    respond,
    state::WebState,
    visitor::Visitor,
};
use askama::Template;
use axum::{
    extract::{Path, Query, State},
    http::HeaderValue,
    response::IntoResponse,
};
use gatelodge_core::Confirmation;
use gatelodge_model::{Digest, Error, ErrorKind, ProposalId, Result, WhoMustAct};
use serde::Deserialize;

/// A decision's form.
#[derive(Debug, Deserialize)]
pub(crate) struct DecisionForm {
    #[serde(default)]
    digest: String,
    #[serde(default)]
    nonce: String,
    #[serde(default)]
    note: String,
    /// What the person's passkey gave; empty where none was asked.
    #[serde(default)]
    assertion: String,
    /// How many values were folded on the page.
    #[serde(default)]
    folded: usize,
    #[serde(default)]
    read_all: String,
}

/// Reads what the page sent back.
pub(crate) fn confirmation(digest: &str, nonce: &str) -> Result<Confirmation> {
    let digest: Digest = digest.parse().map_err(|_| {
        Error::new(
            ErrorKind::ProposalChanged,
            "The form did not carry the hash of what was shown. Nothing was sent.",
        )
        .with_hint(WhoMustAct::Person, "Open the review page again.")
    })?;
    Ok(Confirmation {
        digest,
        nonce: nonce.to_owned(),
        assertion: None,
    })
}

/// `GET /approvals/{id}`.
pub(crate) async fn show(
    State(state): State<WebState>,
    visitor: Visitor,
    Path(proposal): Path<String>,
    Query(done): Query<Done>,
) -> PageResult {
    let fault = |error| visitor.fault(error);
    let proposal: ProposalId = id(&proposal, "proposal").map_err(fault)?;
    let review = state
        .hub
        .review(&visitor.person, proposal)
        .await
        .map_err(fault)?;
    let frame = visitor
        .frame()
        .at(Section::Approvals)
        .saying(done.done.as_deref());
    Ok(respond::ok(&review_view::page(
        frame,
        &review,
        state.hub.now(),
    )))
}

#[derive(Template)]
#[template(path = "review_progress.html")]
struct Progress {
    id: String,
    meaning: &'static str,
}

/// `GET /approvals/{id}/progress`: a fragment; once the proposal is settled it asks for the whole page.
pub(crate) async fn progress(
    State(state): State<WebState>,
    visitor: Visitor,
    Path(proposal): Path<String>,
) -> PageResult {
    let fault = |error| visitor.fault(error);
    let proposal: ProposalId = id(&proposal, "proposal").map_err(fault)?;
    let row = state
        .hub
        .proposal(&visitor.person, proposal)
        .await
        .map_err(fault)?;
    let status = row.status;
    let fragment = Progress {
        id: proposal.to_string(),
        meaning: proposal_words::meaning(status),
    };
    let mut response = respond::ok(&fragment);
    if status.is_settled() {
        response
            .headers_mut()
            .insert("hx-refresh", HeaderValue::from_static("true"));
    }
    Ok(response)
}

/// `POST /approvals/{id}/approve`.
pub(crate) async fn approve(
    State(state): State<WebState>,
    visitor: Visitor,
    Path(proposal): Path<String>,
    Fields(form): Fields<DecisionForm>,
) -> PageResult {
    let fault = |error| visitor.fault(error);
    let proposal: ProposalId = id(&proposal, "proposal").map_err(fault)?;
    if form.folded > 0 && form.read_all != "yes" {
        let error = Error::invalid(
            "read_all",
            "The proposal has folded values that were not confirmed as read. Nothing was sent.",
        )
        .with_hint(
            WhoMustAct::Person,
            "Go back, open each folded value, tick the box and approve again.",
        );
        return Err(fault(error));
    }
    let mut confirmation = confirmation(&form.digest, &form.nonce).map_err(fault)?;
    confirmation.assertion = Some(form.assertion).filter(|answer| !answer.is_empty());
    state
        .hub
        .approve(&visitor.person, proposal, confirmation)
        .await
        .map_err(fault)?;
    Ok(respond::see(&format!("/approvals/{proposal}"), None).into_response())
}

/// `POST /approvals/{id}/reject`.
pub(crate) async fn reject(
    State(state): State<WebState>,
    visitor: Visitor,
    Path(proposal): Path<String>,
    Fields(form): Fields<DecisionForm>,
) -> PageResult {
    let fault = |error| visitor.fault(error);
    let proposal: ProposalId = id(&proposal, "proposal").map_err(fault)?;
    let confirmation = confirmation(&form.digest, &form.nonce).map_err(fault)?;
    // Browsers send line ends as CR LF.
    let note = Some(form.note.replace("\r\n", "\n")).filter(|note| !note.trim().is_empty());
    state
        .hub
        .reject(&visitor.person, proposal, confirmation, note)
        .await
        .map_err(fault)?;
    Ok(respond::see(
        &format!("/approvals/{proposal}"),
        Some("rejected"),
    ))
}
