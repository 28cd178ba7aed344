//! An export as one stream: piece after piece, each handed on while it arrives, so that memory holds some rows.
//!
//! Must not know: how a provider prepares exports.

use crate::{ApiState, refusal::Refusal};
use axum::{
    Extension,
    body::Body,
    extract::{Path, RawQuery, State},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures::stream::{self, BoxStream, StreamExt as _, TryStreamExt as _};
use gatelodge_core::{
    AgentCaller,
    provider::{ExportFormat, ExportPart},
};
use gatelodge_model::{ConnectionId, Error};
use http::{HeaderValue, header};

/// What the query of the address says.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Asked {
    format: ExportFormat,
    offset: u64,
    connection: Option<ConnectionId>,
}

/// Fetch the rows of a finished export as one stream.
///
/// A broken stream is taken up again with `offset`, the number of whole rows that arrived. A header comes only
/// at offset 0.
#[utoipa::path(
    get,
    path = "/api/v1/exports/{id}",
    operation_id = "get_export",
    tag = "exports",
    security(("agent_token" = [])),
    params(
        ("id" = String, Path, description = "`export` of salesforce_export."),
        ("format" = Option<String>, Query, description = "`csv` (the default) or `ndjson`."),
        ("offset" = Option<u64>, Query, description = "How many rows to leave out at the beginning."),
        ("connection" = Option<String>, Query, description = "Id of the connection (con_…), where the person has several."),
    ),
    responses((status = 200, description = "The rows: text/csv, or application/x-ndjson.", content_type = "text/csv"))
)]
pub(crate) async fn fetch(
    State(state): State<ApiState>,
    Extension(caller): Extension<AgentCaller>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Refusal> {
    let asked = asked(query.as_deref().unwrap_or_default())?;
    let mut rows = Rows {
        state,
        caller,
        connection: asked.connection,
        left_out: asked.offset,
        part: Some(ExportPart {
            export: id,
            format: asked.format,
            position: None,
            skip: 0,
            header: asked.offset == 0,
        }),
    };
    // The first rows are there before anything is answered, so that a refusal is one.
    let mut first = rows
        .next()
        .await?
        .unwrap_or_else(|| stream::empty().boxed());
    let begun = first.next().await.transpose()?;
    let rest = stream::try_unfold(rows, async |mut rows| {
        let piece = rows.next().await?;
        Ok::<_, Error>(piece.map(|piece| (piece, rows)))
    });
    let whole = stream::iter(begun.map(Ok))
        .chain(first)
        .chain(rest.try_flatten())
        .inspect_err(|error| tracing::warn!(?error, "an export stream broke off"));
    let kind = match asked.format {
        ExportFormat::Csv => "text/csv; charset=utf-8",
        ExportFormat::NdJson => "application/x-ndjson",
    };
    let mut response = Body::from_stream(whole).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(
        header::CONTENT_DISPOSITION,
        HeaderValue::from_static("attachment"),
    );
    Ok(response)
}

/// Walks the pieces.
struct Rows {
    state: ApiState,
    caller: AgentCaller,
    connection: Option<ConnectionId>,
    /// Rows that are still to be left out.
    left_out: u64,
    /// The next piece; none after the last.
    part: Option<ExportPart>,
}

impl Rows {
    async fn next(&mut self) -> Result<Option<BoxStream<'static, Result<Bytes, Error>>>, Error> {
        let Some(mut part) = self.part.take() else {
            return Ok(None);
        };
        part.skip = self.left_out;
        let piece = self
            .state
            .hub
            .export_piece(&self.caller, self.connection, &part)
            .await?;
        self.left_out = self.left_out.saturating_sub(piece.rows);
        self.part = piece.next.map(|next| ExportPart {
            position: Some(next),
            header: false,
            ..part
        });
        Ok(Some(piece.body))
    }
}

fn asked(query: &str) -> Result<Asked, Error> {
    let mut asked = Asked {
        format: ExportFormat::Csv,
        offset: 0,
        connection: None,
    };
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        match name {
            "format" => {
                asked.format = match value {
                    "csv" => ExportFormat::Csv,
                    "ndjson" => ExportFormat::NdJson,
                    _ => return Err(Error::invalid("format", "format is csv or ndjson.")),
                }
            }
            "offset" => {
                asked.offset = value
                    .parse()
                    .map_err(|_| Error::invalid("offset", "offset is a whole number of rows."))?;
            }
            "connection" => {
                let id = value
                    .parse()
                    .map_err(|error| Error::invalid("connection", format!("{error}.")))?;
                asked.connection = Some(id);
            }
            _ => {
                let shown: String = name.chars().take(80).collect();
                return Err(Error::invalid(
                    shown,
                    "This route has three parameters: format, offset, connection.",
                ));
            }
        }
    }
    Ok(asked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_parameters_are_named() {
        assert_eq!(asked("").map(|asked| asked.offset), Ok(0));
        let both = asked("format=ndjson&offset=7").map(|asked| (asked.format, asked.offset));
        assert_eq!(both, Ok((ExportFormat::NdJson, 7)));
        for (query, field) in [
            ("format=xml", "format"),
            ("offset=-1", "offset"),
            ("offset=", "offset"),
            ("connection=x", "connection"),
            ("cursor=1", "cursor"),
        ] {
            assert_eq!(asked(query).unwrap_err().field(), Some(field), "{query}");
        }
    }
}
