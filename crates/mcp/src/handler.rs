//! The methods of the protocol that this server has: tools, and nothing else.
//!
//! Must not know: HTTP beyond the extensions in which the door left who calls.

use crate::{answer, catalogue, instructions::INSTRUCTIONS};
use gatelodge_core::{AgentCaller, Hub, ToolCall};
use gatelodge_model::Error;
use rmcp::{
    ErrorData, RoleServer, ServerHandler,
    model::{
        CallToolRequestParams, CallToolResponse, Implementation, ListToolsResult,
        PaginatedRequestParams, ServerCapabilities, ServerConfig,
    },
    service::RequestContext,
};
use serde_json::Value;
use std::sync::Arc;

/// Where a client may put an idempotency key; a repeat under it gets the first outcome.
const IDEMPOTENCY_KEY: &str = "gatelodge/idempotency_key";

/// Answers one request; the protocol library makes one for each.
pub(crate) struct GatelodgeServer {
    hub: Arc<Hub>,
}

impl GatelodgeServer {
    pub(crate) fn new(hub: Arc<Hub>) -> Self {
        Self { hub }
    }
}

/// Who calls, as the door found out.
fn caller(context: &RequestContext<RoleServer>) -> Result<AgentCaller, ErrorData> {
    context
        .extensions
        .get::<http::request::Parts>()
        .and_then(|parts| parts.extensions.get::<AgentCaller>())
        .cloned()
        .ok_or_else(|| ErrorData::internal_error("The caller is not known.", None))
}

fn idempotency_key(context: &RequestContext<RoleServer>) -> Result<Option<String>, Error> {
    match context.meta.get(IDEMPOTENCY_KEY) {
        None => Ok(None),
        Some(Value::String(key)) => Ok(Some(key.clone())),
        Some(_) => Err(Error::invalid(
            format!("_meta/{IDEMPOTENCY_KEY}"),
            "An idempotency key is a string.",
        )),
    }
}

impl ServerHandler for GatelodgeServer {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
            .with_server_info(
                Implementation::new("gatelodge", env!("CARGO_PKG_VERSION"))
                    .with_title("Gatelodge")
                    .with_description(
                        "A person's accounts for agents; a person decides every write.",
                    ),
            )
            .with_instructions(INSTRUCTIONS)
    }

    async fn list_tools(
        &self,
        request: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        if request.is_some_and(|request| request.cursor.is_some()) {
            // The list is short and comes in one page, so no cursor was ever given out.
            return Err(ErrorData::invalid_params("There is no such cursor.", None));
        }
        let caller = caller(&context)?;
        let tools = self.hub.tools(&caller).into_iter().map(catalogue::tool);
        Ok(ListToolsResult::with_all_items(tools.collect()))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let caller = caller(&context)?;
        let request_id = caller.context().request;
        let idempotency_key = match idempotency_key(&context) {
            Ok(key) => key,
            Err(error) => return answer::failed(&error, request_id).map(Into::into),
        };
        let call = ToolCall {
            tool: request.name.into_owned(),
            arguments: Value::Object(request.arguments.unwrap_or_default()),
            idempotency_key,
        };
        match self.hub.execute(&caller, call).await {
            Ok(given) => answer::succeeded(given),
            Err(error) => answer::failed(&error, request_id),
        }
        .map(Into::into)
    }
}
