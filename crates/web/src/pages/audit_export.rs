//! The audit log as a file: CSV for spreadsheets, or one JSON object a line with everything that the hash covers.
//!
//! Must not know: which events; pieces of them come from the hub while the file is on its way.

use super::audit_wish::Wish;
use crate::{extract::Fields, fault::PageResult, state::WebState, visitor::Visitor};
use axum::{
    body::Body,
    extract::State,
    http::{HeaderValue, header},
    response::IntoResponse,
};
use futures::{TryStreamExt as _, stream};
use gatelodge_core::AuditExport;
use gatelodge_model::{Actor, AuditEvent, Error};

/// The first line of a CSV file.
const HEADER: &str = "id,at,person,agent,action,target,outcome,face,request,detail\r\n";

/// How events are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Csv,
    JsonLines,
}

/// `POST /audit/export`: the fields are those of the list, and `format`.
pub(crate) async fn export(
    State(state): State<WebState>,
    visitor: Visitor,
    Fields(wish): Fields<Wish>,
) -> PageResult {
    let fault = |error| visitor.fault(error);
    let (format, word, kind, name) = match wish.format.as_str() {
        "csv" => (Format::Csv, "csv", "text/csv; charset=utf-8", "audit.csv"),
        "jsonl" => (
            Format::JsonLines,
            "jsonl",
            "application/x-ndjson",
            "audit.jsonl",
        ),
        _ => {
            return Err(fault(Error::invalid(
                "format",
                "The format is csv or jsonl.",
            )));
        }
    };
    let filter = wish
        .filter(&state.hub, &visitor.person)
        .await
        .map_err(fault)?;
    let export = state
        .hub
        .export_audit(&visitor.person, filter, word)
        .await
        .map_err(fault)?;
    let head = match format {
        Format::Csv => HEADER.to_owned(),
        Format::JsonLines => String::new(),
    };
    let pieces = stream::try_unfold(
        (state, export, Some(head)),
        move |(state, mut export, head)| async move {
            let piece = piece(&state, &mut export, head, format).await?;
            Ok::<_, Error>(piece.map(|text| (text, (state, export, None))))
        },
    )
    .inspect_err(|error| tracing::warn!(?error, "an export of the audit log broke off"));
    let mut response = Body::from_stream(pieces).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    let place = format!("attachment; filename=\"{name}\"");
    if let Ok(place) = HeaderValue::from_str(&place) {
        headers.insert(header::CONTENT_DISPOSITION, place);
    }
    Ok(response)
}

/// The next part of the file; none at its end.
async fn piece(
    state: &WebState,
    export: &mut AuditExport,
    head: Option<String>,
    format: Format,
) -> Result<Option<String>, Error> {
    let events = state.hub.audit_piece(export).await?;
    let Some(events) = events else {
        return Ok(head.filter(|head| !head.is_empty()));
    };
    let mut text = head.unwrap_or_default();
    for event in &events {
        match format {
            Format::Csv => text.push_str(&row(event)),
            Format::JsonLines => {
                text.push_str(&event.canonical().map_err(Error::internal)?);
                text.push('\n');
            }
        }
    }
    Ok(Some(text))
}

/// A line of CSV (RFC 4180).
fn row(event: &AuditEvent) -> String {
    let person = event.actor.person().map(|id| id.to_string());
    let agent = match event.actor {
        Actor::System => Some("system".to_owned()),
        actor => actor.agent().map(|id| id.to_string()),
    };
    let fields = [
        event.id.to_string(),
        event.at.to_rfc3339(),
        person.unwrap_or_default(),
        agent.unwrap_or_default(),
        event.action.clone(),
        event.target.clone(),
        event.outcome.as_str().to_owned(),
        event.via.as_str().to_owned(),
        event.request.to_string(),
        event.detail.to_string(),
    ];
    let mut line = fields.map(|field| quoted(&field)).join(",");
    line.push_str("\r\n");
    line
}

/// A field that no spreadsheet takes for a formula: some texts are chosen by those who are watched.
fn quoted(field: &str) -> String {
    let formula = field.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let apostrophe = if formula { "'" } else { "" };
    format!("\"{apostrophe}{}\"", field.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_quoted_and_no_formulas() {
        assert_eq!(quoted("a,\"b\"\n"), "\"a,\"\"b\"\"\n\"");
        assert_eq!(quoted("=HYPERLINK(1)"), "\"'=HYPERLINK(1)\"");
        assert_eq!(quoted("@x"), "\"'@x\"");
        assert_eq!(quoted("a=b"), "\"a=b\"");
    }
}
