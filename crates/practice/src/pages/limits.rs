//! The page of the limits: those that clients read, and those of this practice org itself.
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
use crate::rest::allowances;
use crate::snapshots::MOST_KEPT;
use crate::state::Practice;

struct LimitLine {
    name: &'static str,
    used: u64,
    most: u64,
}

struct Group {
    id: &'static str,
    title: &'static str,
    limits: Vec<LimitLine>,
}

#[derive(Template)]
#[template(path = "limits.html")]
struct LimitsTemplate {
    frame: Frame,
    groups: [Group; 3],
}

/// `GET /practice/limits`
pub(super) async fn show(State(practice): State<Arc<Practice>>) -> Response {
    let all = allowances(&practice).into_iter().map(|limit| LimitLine {
        name: limit.name,
        used: limit.most - limit.left,
        most: limit.most,
    });
    let (used, unused) = all.partition(|limit| limit.used > 0);
    let groups = [
        Group {
            id: "used",
            title: "Used",
            limits: used,
        },
        Group {
            id: "own",
            title: "Of the practice org itself",
            limits: own(&practice),
        },
        Group {
            id: "unused",
            title: "Not used so far",
            limits: unused,
        },
    ];
    let page = LimitsTemplate {
        frame: Frame::new(&practice, "/practice/limits"),
        groups,
    };
    super::html(StatusCode::OK, &page)
}

fn own(practice: &Practice) -> Vec<LimitLine> {
    let line = |name, used: usize, most: usize| LimitLine {
        name,
        used: u64::try_from(used).unwrap_or(u64::MAX),
        most: u64::try_from(most).unwrap_or(u64::MAX),
    };
    vec![
        line("Faults set", practice.faults.open().len(), MOST_OPEN),
        line(
            "Snapshots",
            practice.snapshots.list(&practice.org).len(),
            MOST_KEPT,
        ),
        line(
            "Requests kept in the journal",
            practice.journal.entries_after(0).len(),
            CAPACITY,
        ),
    ]
}
