//! Which agents and people read and wrote which objects, and how often.
//!
//! Must not know: how it is counted.

use super::audit::names;
use crate::{
    fault::PageResult,
    parts::{Frame, Section},
    respond,
    state::WebState,
    text::{Moment, Visible, grouped, moment, one_line},
    visitor::Visitor,
};
use askama::Template;
use axum::extract::{Query, State};
use gatelodge_core::ObjectAccess;
use gatelodge_model::{Actor, Result};
use serde::Deserialize;

/// Periods to choose from, in days.
const PERIODS: [(u32, &str); 4] = [
    (1, "The last day"),
    (7, "The last 7 days"),
    (30, "The last 30 days"),
    (90, "The last 90 days"),
];

/// Somebody's access to an object.
#[derive(Debug, Clone)]
pub(crate) struct AccessRow {
    pub(crate) object: Visible,
    pub(crate) who: Visible,
    pub(crate) reads: String,
    pub(crate) writes: String,
    pub(crate) records: String,
    pub(crate) last: Moment,
}

#[derive(Template)]
#[template(path = "record_access.html")]
pub(crate) struct RecordAccessPage {
    pub(crate) frame: Frame,
    pub(crate) rows: Vec<AccessRow>,
    pub(crate) periods: &'static [(u32, &'static str)],
    pub(crate) days: u32,
    pub(crate) more: bool,
}

/// Which period.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Wish {
    #[serde(default)]
    days: Option<u32>,
}

/// `GET /audit/records`.
pub(crate) async fn show(
    State(state): State<WebState>,
    visitor: Visitor,
    Query(wish): Query<Wish>,
) -> PageResult {
    let page = page(&state, &visitor, &wish)
        .await
        .map_err(|error| visitor.fault(error))?;
    Ok(respond::ok(&page))
}

async fn page(state: &WebState, visitor: &Visitor, wish: &Wish) -> Result<RecordAccessPage> {
    let days = PERIODS
        .iter()
        .map(|(days, _)| *days)
        .find(|days| wish.days == Some(*days))
        .unwrap_or(7);
    let found = state.hub.record_access(&visitor.person, days).await?;
    let names = names(
        &state.hub,
        &visitor.person,
        found.rows.iter().filter_map(|row| row.person).collect(),
        found.rows.iter().filter_map(|row| row.agent).collect(),
    )
    .await?;
    let now = state.hub.now();
    let who = |row: &ObjectAccess| match (row.person, row.agent) {
        (Some(person), Some(agent)) => names.actor(&Actor::Agent {
            agent,
            on_behalf_of: person,
        }),
        (Some(user), None) => names.actor(&Actor::User { user }),
        (None, _) => names.actor(&Actor::System),
    };
    Ok(RecordAccessPage {
        frame: visitor.frame().at(Section::Audit),
        rows: found
            .rows
            .iter()
            .map(|row| AccessRow {
                object: one_line(&row.object, 80),
                who: one_line(&who(row), 120),
                reads: grouped(row.reads),
                writes: grouped(row.writes),
                records: grouped(row.records),
                last: moment(row.last, now),
            })
            .collect(),
        periods: &PERIODS,
        days,
        more: found.more,
    })
}
