//! Listing and calling tools.
//!
//! Must not know: any tool. A write that waits is answered 202, everything else that worked 200.

use crate::{ApiState, arguments, refusal::Refusal};
use axum::{
    Extension, Json,
    extract::{Path, Request, State},
    response::{IntoResponse, Response},
};
use gatelodge_core::{
    AgentCaller, Answer, ToolCall, WriteAnswer, WriteStatus, provider::Descriptor,
};
use gatelodge_model::{Effect, Error};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

/// The header under which a repeat gets the first outcome (draft-ietf-httpapi-idempotency-key-header).
const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// The tools that the caller may call.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ToolList {
    /// Tools of the hub first, then those of each provider.
    tools: Vec<ToolView>,
}

/// A tool.
#[derive(Debug, Serialize, JsonSchema)]
struct ToolView {
    /// Call it as `POST /api/v1/tools/{name}`.
    name: String,
    /// A few words for people.
    title: &'static str,
    /// What it does.
    description: &'static str,
    /// `read`, `write` or `destructive`; a person decides about the latter two.
    effect: &'static str,
    /// Provider scopes without which it cannot work.
    scopes: Vec<&'static str>,
    /// JSON Schema of the body of a call.
    input_schema: Value,
    /// JSON Schema of the result; a write gives it inside `result`.
    output_schema: Value,
}

impl From<Descriptor> for ToolView {
    fn from(descriptor: Descriptor) -> Self {
        Self {
            name: descriptor.name.into(),
            title: descriptor.title,
            description: descriptor.description,
            effect: match descriptor.effect {
                Effect::Read => "read",
                Effect::Write => "write",
                Effect::Destructive => "destructive",
            },
            scopes: descriptor.scopes.to_vec(),
            input_schema: descriptor.input_schema,
            output_schema: descriptor.output_schema,
        }
    }
}

/// List the tools that this agent may call.
///
/// An agent that only reads sees no tool that writes.
#[utoipa::path(
    get,
    path = "/api/v1/tools",
    operation_id = "list_tools",
    tag = "tools",
    security(("agent_token" = [])),
    responses((status = 200, description = "The tools.", content_type = "application/json", body = ref("#/components/schemas/ToolList")))
)]
pub(crate) async fn list(
    State(state): State<ApiState>,
    Extension(caller): Extension<AgentCaller>,
) -> Json<ToolList> {
    let tools = state.hub.tools(&caller).into_iter().map(ToolView::from);
    Json(ToolList {
        tools: tools.collect(),
    })
}

/// Call a tool.
///
/// The body holds the tool's arguments. A read answers 200 with its result. A write becomes a proposal that a
/// person decides about: 202, and the proposal can be followed.
#[utoipa::path(
    post,
    path = "/api/v1/tools/{name}",
    operation_id = "call_tool",
    tag = "tools",
    security(("agent_token" = [])),
    params(
        ("name" = String, Path, description = "Name of the tool."),
        ("Idempotency-Key" = Option<String>, Header, description = "A repeat of a write under the same key returns the first outcome; other arguments under it are refused with 409."),
    ),
    request_body(content = ref("#/components/schemas/Arguments"), content_type = "application/json", description = "The tool's arguments."),
    responses(
        (status = 200, description = "The result of a read, or the outcome of a write.", content_type = "application/json", body = ref("#/components/schemas/Result")),
        (status = 202, description = "A person must decide. Location leads to the proposal.", content_type = "application/json", body = ref("#/components/schemas/WriteAnswer")),
    )
)]
pub(crate) async fn call(
    State(state): State<ApiState>,
    Extension(caller): Extension<AgentCaller>,
    Path(tool): Path<String>,
    request: Request,
) -> Result<Response, Refusal> {
    let idempotency_key = idempotency_key(request.headers())?;
    let arguments = arguments::read(request).await?;
    let call = ToolCall {
        tool,
        arguments,
        idempotency_key,
    };
    Ok(match state.hub.execute(&caller, call).await? {
        Answer::Result(result) => Json(result).into_response(),
        Answer::Write(answer) => written(&answer),
    })
}

fn written(answer: &WriteAnswer) -> Response {
    if answer.status != WriteStatus::Pending {
        return Json(answer).into_response();
    }
    let mut response = (StatusCode::ACCEPTED, Json(answer)).into_response();
    let location = answer.proposal.as_ref().and_then(|proposal| {
        HeaderValue::from_str(&format!("/api/v1/proposals/{}", proposal.id)).ok()
    });
    if let Some(location) = location {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Error> {
    let mut values = headers.get_all(IDEMPOTENCY_KEY).iter();
    let Some(first) = values.next() else {
        return Ok(None);
    };
    if values.next().is_some() {
        return Err(Error::invalid(
            "Idempotency-Key",
            "The header Idempotency-Key stands twice.",
        ));
    }
    match first.to_str() {
        Ok(text) => Ok(Some(text.to_owned())),
        Err(_) => Err(Error::invalid(
            "Idempotency-Key",
            "An idempotency key has 1 to 255 printable ASCII characters.",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_taken_once() {
        let mut headers = HeaderMap::new();
        assert_eq!(idempotency_key(&headers), Ok(None));
        headers.append(IDEMPOTENCY_KEY, HeaderValue::from_static("k-1"));
        assert_eq!(idempotency_key(&headers), Ok(Some("k-1".to_owned())));
        headers.append(IDEMPOTENCY_KEY, HeaderValue::from_static("k-2"));
        let error = idempotency_key(&headers).unwrap_err();
        assert_eq!(error.field(), Some("Idempotency-Key"));
    }
}
