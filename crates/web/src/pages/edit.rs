//! Changing values before approving: the result is a new proposal with its own review.
//!
//! Must not know: how a change is prepared.

use super::{
    edit_form::{self, EditField, Typed},
    review::confirmation,
};
use crate::{
    extract::{Fields, id},
    fault::PageResult,
    parts::{EnvironmentBadge, ErrorPanel, Frame, Section, proposal_words},
    respond,
    state::WebState,
    text::{Visible, one_line},
    visitor::Visitor,
};
use askama::Template;
use axum::{
    extract::{Path, State},
    http::StatusCode,
};
use gatelodge_core::{Review, http_status};
use gatelodge_model::{Error, ErrorKind, ProposalId};
use std::collections::HashMap;

#[derive(Template)]
#[template(path = "edit.html")]
pub(crate) struct EditPage {
    pub(crate) frame: Frame,
    pub(crate) id: String,
    pub(crate) title: Visible,
    pub(crate) environment: EnvironmentBadge,
    pub(crate) digest: String,
    pub(crate) nonce: String,
    pub(crate) fields: Vec<EditField>,
    pub(crate) panel: Option<ErrorPanel>,
}

impl EditPage {
    pub(crate) fn of(
        frame: Frame,
        review: &Review,
        typed: Option<&Typed>,
        errors: &HashMap<String, String>,
    ) -> Self {
        Self {
            frame,
            id: review.proposal.id.to_string(),
            title: one_line(&proposal_words::headline(&review.frozen.preview), 200),
            environment: EnvironmentBadge(review.frozen.environment),
            digest: review.proposal.digest.to_string(),
            nonce: review.nonce.clone(),
            fields: edit_form::fields(&review.frozen, typed, errors),
            panel: None,
        }
    }
}

/// `GET /approvals/{id}/edit`.
pub(crate) async fn show(
    State(state): State<WebState>,
    visitor: Visitor,
    Path(proposal): Path<String>,
) -> PageResult {
    let fault = |error| visitor.fault(error);
    let proposal: ProposalId = id(&proposal, "proposal").map_err(fault)?;
    let review = state
        .hub
        .review(&visitor.person, proposal)
        .await
        .map_err(fault)?;
    if !review.editable {
        return Err(fault(Error::new(
            ErrorKind::Conflict,
            "This proposal cannot be edited: it is decided already, or it has no values.",
        )));
    }
    let frame = visitor.frame().at(Section::Approvals);
    Ok(respond::ok(&EditPage::of(
        frame,
        &review,
        None,
        &HashMap::new(),
    )))
}

/// `POST /approvals/{id}/edit`.
pub(crate) async fn submit(
    State(state): State<WebState>,
    visitor: Visitor,
    Path(proposal): Path<String>,
    Fields(pairs): Fields<Vec<(String, String)>>,
) -> PageResult {
    let fault = |error| visitor.fault(error);
    let proposal: ProposalId = id(&proposal, "proposal").map_err(fault)?;
    let one = |name: &str| {
        pairs
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
            .unwrap_or_default()
    };
    let confirmation = confirmation(one("digest"), one("nonce")).map_err(fault)?;
    let review = state
        .hub
        .review(&visitor.person, proposal)
        .await
        .map_err(fault)?;
    let typed = edit_form::typed(&pairs);
    let (error, errors) = match edit_form::changes(&review.frozen, &typed) {
        Ok(changes) if changes.is_empty() => {
            let error = Error::new(
                ErrorKind::InvalidArgument,
                "No value differs from the proposal, so there is nothing to propose again.",
            );
            (error, HashMap::new())
        }
        Ok(changes) => match state
            .hub
            .edit(&visitor.person, proposal, confirmation, changes)
            .await
        {
            Ok(edited) => {
                return Ok(respond::see(
                    &format!("/approvals/{}", edited.id),
                    Some("edited"),
                ));
            }
            Err(error) if http_status(error.kind()) >= 500 => return Err(fault(error)),
            Err(error) => {
                let named = error
                    .field()
                    .map(|field| (field.to_owned(), error.message().to_owned()));
                (error, named.into_iter().collect())
            }
        },
        Err(errors) => (
            Error::new(
                ErrorKind::InvalidArgument,
                "Correct the marked values and save again.",
            ),
            errors,
        ),
    };
    let mut page = EditPage::of(
        visitor.frame().at(Section::Approvals),
        &review,
        Some(&typed),
        &errors,
    );
    page.panel = Some(ErrorPanel::of(&error, Some(visitor.request)));
    let status = StatusCode::from_u16(http_status(error.kind())).unwrap_or(StatusCode::BAD_REQUEST);
    Ok(respond::page(status, &page))
}
