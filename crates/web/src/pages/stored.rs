//! What is stored and for how long, made from the list that the purge works with.
//!
//! Must not know: what is stored; the hub says it.

use crate::{
    fault::PageResult,
    parts::{Frame, Section},
    respond,
    state::WebState,
    text::grouped,
    visitor::Visitor,
};
use askama::Template;
use axum::extract::State;
use gatelodge_core::StoredKind;

/// A line of the table.
#[derive(Debug, Clone)]
pub(crate) struct StoredLine {
    pub(crate) kind: StoredKind,
    pub(crate) rows: Option<String>,
}

#[derive(Template)]
#[template(path = "stored.html")]
pub(crate) struct StoredPage {
    pub(crate) frame: Frame,
    /// What is deleted after some days.
    pub(crate) passing: Vec<StoredLine>,
    /// What ends otherwise.
    pub(crate) staying: Vec<StoredLine>,
}

impl StoredPage {
    pub(crate) fn of(frame: Frame, stored: Vec<StoredKind>) -> Self {
        let lines = stored.into_iter().map(|kind| StoredLine {
            rows: kind.rows.map(grouped),
            kind,
        });
        let (passing, staying) = lines.partition(|line| line.kind.days.is_some());
        Self {
            frame,
            passing,
            staying,
        }
    }
}

/// `GET /stored`.
pub(crate) async fn show(State(state): State<WebState>, visitor: Visitor) -> PageResult {
    let stored = state
        .hub
        .stored(&visitor.person)
        .await
        .map_err(|error| visitor.fault(error))?;
    let frame = visitor.frame().at(Section::Settings);
    Ok(respond::ok(&StoredPage::of(frame, stored)))
}
