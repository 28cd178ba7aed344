//! Second looks: what waits for a second person, and the page on which they confirm.
//!
//! Must not know: how a confirmation is checked.

use super::{Done, review::confirmation, review_view::Change};
use crate::{
    extract::{Fields, id},
    fault::PageResult,
    parts::{EnvironmentBadge, Frame, Section, batch::BatchView, diff::Diff},
    respond,
    state::WebState,
    text::{Moment, Visible, moment, one_line, visible},
    visitor::Visitor,
};
use askama::Template;
use axum::extract::{Path, Query, State};
use gatelodge_model::{Preview, ProposalId, ProposalStatus};
use serde::Deserialize;

/// A proposal that waits for a look.
#[derive(Debug, Clone)]
pub(crate) struct WantedRow {
    pub(crate) id: String,
    pub(crate) tool: String,
    pub(crate) made: Moment,
    pub(crate) expires: Moment,
}

#[derive(Template)]
#[template(path = "second_looks.html")]
pub(crate) struct SecondLooksPage {
    pub(crate) frame: Frame,
    pub(crate) rows: Vec<WantedRow>,
}

#[derive(Template)]
#[template(path = "second_look.html")]
pub(crate) struct SecondLookPage {
    pub(crate) frame: Frame,
    pub(crate) id: String,
    pub(crate) environment: EnvironmentBadge,
    pub(crate) account: Visible,
    pub(crate) host: Visible,
    pub(crate) requester: Visible,
    pub(crate) tool: String,
    pub(crate) digest: String,
    pub(crate) nonce: String,
    pub(crate) change: Option<Change>,
    pub(crate) notes: Vec<Visible>,
    pub(crate) reason: Option<Visible>,
    pub(crate) open: bool,
    pub(crate) confirmed: Option<Moment>,
}

/// `GET /admin/second-looks`.
pub(crate) async fn list(
    State(state): State<WebState>,
    visitor: Visitor,
    Query(done): Query<Done>,
) -> PageResult {
    let now = state.hub.now();
    let wanted = state
        .hub
        .wanted_looks(&visitor.person)
        .await
        .map_err(|error| visitor.fault(error))?;
    Ok(respond::ok(&SecondLooksPage {
        frame: visitor
            .frame()
            .at(Section::Policy)
            .saying(done.done.as_deref()),
        rows: wanted
            .iter()
            .map(|proposal| WantedRow {
                id: proposal.id.to_string(),
                tool: proposal.tool.to_string(),
                made: moment(proposal.created_at, now),
                expires: moment(proposal.expires_at, now),
            })
            .collect(),
    }))
}

/// `GET /admin/second-looks/{id}`.
pub(crate) async fn show(
    State(state): State<WebState>,
    visitor: Visitor,
    Path(text): Path<String>,
) -> PageResult {
    let fault = |error| visitor.fault(error);
    let proposal: ProposalId = id(&text, "proposal").map_err(fault)?;
    let review = state
        .hub
        .second_review(&visitor.person, proposal)
        .await
        .map_err(fault)?;
    let now = state.hub.now();
    let frozen = &review.frozen;
    let (change, notes) = match &frozen.preview {
        Preview::FieldDiff(diff) => (Some(Change::One(Diff::of(diff))), diff.notes.as_slice()),
        Preview::Batch(batch) => (
            Some(Change::Many(BatchView::of(batch))),
            batch.notes.as_slice(),
        ),
        _ => (None, [].as_slice()),
    };
    Ok(respond::ok(&SecondLookPage {
        frame: visitor.frame().at(Section::Policy),
        id: proposal.to_string(),
        environment: EnvironmentBadge(frozen.environment),
        account: one_line(&frozen.account.username, 120),
        host: one_line(&frozen.host, 120),
        requester: one_line(&frozen.requester.name, 80),
        tool: frozen.tool.to_string(),
        digest: review.proposal.digest.to_string(),
        nonce: review.nonce,
        change,
        notes: notes.iter().map(|note| one_line(note, 500)).collect(),
        reason: frozen.reason.as_deref().map(visible),
        open: review.look.confirmed.is_none() && review.proposal.status == ProposalStatus::Pending,
        confirmed: review.look.confirmed.map(|(_, at)| moment(at, now)),
    }))
}

/// What the page sends back.
#[derive(Debug, Deserialize)]
pub(crate) struct LookForm {
    #[serde(default)]
    digest: String,
    #[serde(default)]
    nonce: String,
}

/// `POST /admin/second-looks/{id}`.
pub(crate) async fn confirm(
    State(state): State<WebState>,
    visitor: Visitor,
    Path(text): Path<String>,
    Fields(form): Fields<LookForm>,
) -> PageResult {
    let fault = |error| visitor.fault(error);
    let proposal: ProposalId = id(&text, "proposal").map_err(fault)?;
    let confirmation = confirmation(&form.digest, &form.nonce).map_err(fault)?;
    state
        .hub
        .confirm_look(&visitor.person, proposal, confirmation)
        .await
        .map_err(fault)?;
    Ok(respond::see("/admin/second-looks", Some("looked")))
}
