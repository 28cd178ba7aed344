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
use axum::{
    extract::{Query, State},
    http::header,
    response::IntoResponse,
};
use gatelodge_core::{Destination, Opening, WayOut};
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
        .await
        .map_err(|error| visitor.fault(error))?;
    let lengths = needed(&list).map(|place| place.host.len());
    let width = lengths.max().unwrap_or(0) + ":65535".len();
    let text = needed(&list)
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

fn needed(list: &WayOut) -> impl Iterator<Item = &Destination> {
    list.destinations.iter().filter(|place| place.needed)
}

/// `GET /admin/way-out/list.csv`: the same list as a file.
pub(crate) async fn export(State(state): State<WebState>, visitor: Visitor) -> PageResult {
    let list = state
        .hub
        .way_out(&visitor.person)
        .await
        .map_err(|error| visitor.fault(error))?;
    let mut text = "host,port,protocol,class,needed,why\r\n".to_owned();
    for place in &list.destinations {
        let line = [
            cell(&place.host),
            place.port.to_string(),
            "tcp".to_owned(),
            cell(place.class),
            if place.needed { "yes" } else { "no" }.to_owned(),
            cell(&place.why),
        ];
        text.push_str(&line.join(","));
        text.push_str("\r\n");
    }
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"gatelodge-destinations.csv\"",
        ),
    ];
    Ok((headers, text).into_response())
}

/// A cell as RFC 4180 writes it.
fn cell(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
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
