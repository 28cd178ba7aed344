//! What leaves this installation: the firewall list, its own addresses, and letting held connections go on.
//!
//! Must not know: how anything is sent.

use super::Done;
use crate::{
    extract::{Fields, id},
    fault::PageResult,
    parts::{Frame, Section},
    respond,
    state::WebState,
    visitor::Visitor,
};
use askama::Template;
use axum::extract::{Query, State};
use gatelodge_core::{Opening, WayOut};
use gatelodge_model::ConnectionId;
use serde::Deserialize;

#[derive(Template)]
#[template(path = "way_out.html")]
pub(crate) struct WayOutPage {
    pub(crate) frame: Frame,
    pub(crate) list: WayOut,
    /// What the configuration file opens.
    pub(crate) opened: Vec<Opening>,
    /// The list as text, to copy.
    pub(crate) text: String,
}

/// `GET /admin/way-out`.
pub(crate) async fn show(
    State(state): State<WebState>,
    visitor: Visitor,
    Query(done): Query<Done>,
) -> PageResult {
    let list = state
        .hub
        .way_out(&visitor.person)
        .map_err(|error| visitor.fault(error))?
        .clone();
    let lengths = list.destinations.iter().map(|place| place.host.len());
    let width = lengths.max().unwrap_or(0) + ":65535".len();
    let text = list
        .destinations
        .iter()
        .map(|place| {
            let address = format!("{}:{}", place.host, place.port);
            format!("{address:width$}  {}", place.class)
        })
        .collect::<Vec<_>>()
        .join("\n");
    Ok(respond::ok(&WayOutPage {
        frame: visitor
            .frame()
            .at(Section::Settings)
            .saying(done.done.as_deref()),
        opened: list
            .openings
            .iter()
            .filter(|opening| !opening.values.is_empty())
            .cloned()
            .collect(),
        list,
        text,
    }))
}

/// The form that lets a held connection go on.
#[derive(Debug, Deserialize)]
pub(crate) struct ReleaseForm {
    #[serde(default)]
    connection: String,
}

/// `POST /admin/way-out/release`.
pub(crate) async fn release(
    State(state): State<WebState>,
    visitor: Visitor,
    Fields(form): Fields<ReleaseForm>,
) -> PageResult {
    let fault = |error| visitor.fault(error);
    let connection: ConnectionId = id(form.connection.trim(), "connection").map_err(fault)?;
    state
        .hub
        .release_budget(&visitor.person, connection)
        .await
        .map_err(fault)?;
    Ok(respond::see("/admin/way-out", Some("budget-released")))
}
