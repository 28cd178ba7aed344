//! The page of the journal: the latest requests, and how often each endpoint was asked.
//!
//! Must not change anything.

use std::sync::Arc;

use askama::Template;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::frame::Frame;
use crate::journal::{Filter, Report};
use crate::state::Practice;

/// Requests on the page.
const SHOWN: usize = 100;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Wanted {
    user: String,
    path: String,
    status: String,
}

#[derive(Template)]
#[template(path = "journal.html")]
struct JournalTemplate {
    frame: Frame,
    report: Report,
    user: String,
    path: String,
    status: String,
}

/// `GET /practice/journal`
pub(super) async fn show(
    State(practice): State<Arc<Practice>>,
    wanted: Result<Query<Wanted>, QueryRejection>,
) -> Response {
    // A query that cannot be read asks for nothing special.
    let wanted = wanted.map(|Query(wanted)| wanted).unwrap_or_default();
    let given = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let filter = Filter {
        user: given(&wanted.user),
        path: given(&wanted.path),
        status: wanted.status.trim().parse().ok(),
        limit: Some(SHOWN),
        ..Filter::default()
    };
    let mut report = practice.journal.report(&filter);
    report.entries.reverse();
    let page = JournalTemplate {
        frame: Frame::new(&practice, "/practice/journal"),
        report,
        user: wanted.user,
        path: wanted.path,
        status: wanted.status,
    };
    super::html(StatusCode::OK, &page)
}
