//! The page of the limits that this org really counts.
//!
//! Must not know who counts.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::frame::Frame;
use crate::faults::MOST_OPEN;
use crate::journal::CAPACITY;
use crate::state::Practice;

struct LimitLine {
    name: &'static str,
    used: u64,
    most: u64,
}

#[derive(Template)]
#[template(path = "limits.html")]
struct LimitsTemplate {
    frame: Frame,
    limits: Vec<LimitLine>,
}

/// `GET /practice/limits`
pub(super) async fn show(State(practice): State<Arc<Practice>>) -> Response {
    let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
    let limits = vec![
        LimitLine {
            name: "API requests in 24 hours",
            used: practice.usage.used(),
            most: practice.usage.allowance(),
        },
        LimitLine {
            name: "Faults set",
            used: count(practice.faults.open().len()),
            most: count(MOST_OPEN),
        },
        LimitLine {
            name: "Requests kept in the journal",
            used: count(practice.journal.entries_after(0).len()),
            most: count(CAPACITY),
        },
    ];
    let page = LimitsTemplate {
        frame: Frame::new(&practice, "/practice/limits"),
        limits,
    };
    super::html(StatusCode::OK, &page)
}
