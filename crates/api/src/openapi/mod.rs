//! The description of this face (OpenAPI 3.1): fixed routes from their handlers, one path for every tool from
//! its own schemas, so the document and the catalogue cannot drift apart.
//!
//! Must not know: any tool.

mod per_tool;

use crate::{
    ApiState,
    connections::{ConnectionEventList, ConnectionList},
    stored::StoredList,
    tools::ToolList,
};
use axum::{Json, extract::State};
use gatelodge_core::{
    BudgetView, Problem, ProposalView, WriteAnswer,
    provider::{Descriptor, schema},
};
use serde_json::{Map, Value, json};
use utoipa::OpenApi;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Gatelodge",
        description = "Call tools on a person's accounts. Reads answer at once; a write becomes a proposal that a person decides about.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    paths(
        crate::tools::list,
        crate::tools::call,
        crate::proposals::follow,
        crate::connections::list,
        crate::connections::events,
        crate::connections::budget,
        crate::exports::fetch,
        crate::stored::list,
        document
    ),
    tags(
        (name = "tools", description = "What can be read and proposed."),
        (name = "proposals", description = "What became of proposed writes."),
        (name = "exports", description = "Long results, fetched as a stream."),
        (name = "connections", description = "Accounts that can be used."),
        (name = "description", description = "This document, and what is stored.")
    )
)]
struct FixedRoutes;

/// This document.
#[utoipa::path(
    get,
    path = "/api/v1/openapi.json",
    operation_id = "get_openapi",
    tag = "description",
    security(()),
    responses((status = 200, description = "OpenAPI 3.1.", content_type = "application/json", body = ref("#/components/schemas/Arguments")))
)]
pub(crate) async fn document(State(state): State<ApiState>) -> Json<Value> {
    let server = state.hub.settings().public_urls.first().map(|url| {
        // The origin only: paths in the document are whole.
        url.origin().ascii_serialization()
    });
    Json(describe(&state.hub.all_tools(), server))
}

/// The document for these tools, served at this origin.
fn describe(tools: &[Descriptor], server: Option<String>) -> Value {
    let mut document = serde_json::to_value(FixedRoutes::openapi()).unwrap_or_default();
    document["info"]["version"] = env!("CARGO_PKG_VERSION").into();
    if let Some(server) = server {
        document["servers"] = json!([{ "url": server }]);
    }
    document["components"] = json!({
        "schemas": schemas(),
        "securitySchemes": {
            "agent_token": {
                "type": "http",
                "scheme": "bearer",
                "description": "An agent's token, made under Agents in Gatelodge."
            }
        }
    });
    if let Some(paths) = document["paths"].as_object_mut() {
        for tool in tools {
            let (path, item) = per_tool::describe(tool);
            paths.insert(path, item);
        }
        paths.values_mut().for_each(add_refusals);
    }
    document
}

fn schemas() -> Value {
    json!({
        "Arguments": { "type": "object" },
        "Result": { "description": "What the tool gives, or where a write stands." },
        "ToolList": schema::of_output::<ToolList>(),
        "ConnectionList": schema::of_output::<ConnectionList>(),
        "ConnectionEventList": schema::of_output::<ConnectionEventList>(),
        "BudgetView": schema::of_output::<BudgetView>(),
        "StoredList": schema::of_output::<StoredList>(),
        "Proposal": schema::of_output::<ProposalView>(),
        "WriteAnswer": schema::of_output::<WriteAnswer>(),
        "Problem": schema::of_output::<Problem>(),
    })
}

/// Every refusal of every operation has one form.
fn add_refusals(item: &mut Value) {
    let Some(operations) = item.as_object_mut() else {
        return;
    };
    let refused = json!({
        "description": "Refused; the code says why, the hint what to do.",
        "content": {
            "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } }
        }
    });
    for operation in operations.values_mut() {
        let is_public = operation["security"] == json!([{}]);
        let Some(responses) = operation
            .get_mut("responses")
            .and_then(Value::as_object_mut)
        else {
            continue;
        };
        if !is_public {
            responses.insert("401".to_owned(), unauthenticated());
        }
        responses.insert("default".to_owned(), refused.clone());
        sort(responses);
    }
}

fn unauthenticated() -> Value {
    json!({
        "description": "The token is missing, unknown or revoked.",
        "headers": {
            "WWW-Authenticate": { "schema": { "type": "string" } }
        },
        "content": {
            "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } }
        }
    })
}

fn sort(map: &mut Map<String, Value>) {
    let mut entries: Vec<_> = std::mem::take(map).into_iter().collect();
    entries.sort_by(|left, right| left.0.cmp(&right.0));
    map.extend(entries);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routes::{Who, routes};
    use gatelodge_model::Effect;
    use schemars::JsonSchema;
    use serde::Serialize;
    use std::collections::BTreeSet;

    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "only its schema is looked at")]
    struct Input {
        /// Which record.
        id: String,
    }

    #[derive(Serialize, JsonSchema)]
    struct Output {
        name: Option<String>,
    }

    fn sample() -> Value {
        let of = |name, effect| {
            Descriptor::of::<Input, Output>(name, "Title", "Does it.", effect, &[]).unwrap()
        };
        describe(
            &[
                of("sample_read", Effect::Read),
                of("sample_write", Effect::Write),
            ],
            Some("https://hub.example.com".to_owned()),
        )
    }

    #[test]
    fn every_route_and_every_tool_is_described() {
        let document = sample();
        assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
        assert_eq!(document["servers"][0]["url"], "https://hub.example.com");
        for route in routes() {
            let operation = &document["paths"][route.path][route.method.to_lowercase()];
            assert!(operation.is_object(), "{} {}", route.method, route.path);
            let public = operation["security"] == json!([{}]);
            assert_eq!(public, route.who == Who::Public, "{}", route.path);
        }
        for tool in ["sample_read", "sample_write"] {
            let operation = &document["paths"][format!("/api/v1/tools/{tool}")]["post"];
            assert_eq!(operation["operationId"], tool);
        }
        assert_eq!(
            document["paths"].as_object().unwrap().len(),
            routes().len() + 2
        );
    }

    #[test]
    fn references_lead_somewhere_and_names_are_unique() {
        let document = sample();
        let mut seen = BTreeSet::new();
        let mut references = 0;
        for operation in document["paths"]
            .as_object()
            .unwrap()
            .values()
            .flat_map(|item| item.as_object().unwrap().values())
        {
            let id = operation["operationId"].as_str().unwrap();
            assert!(seen.insert(id.to_owned()), "{id} stands twice");
            assert!(operation["responses"]["default"].is_object(), "{id}");
        }
        let text = document.to_string();
        for piece in text.split("\"$ref\":\"#").skip(1) {
            let pointer = piece.split('"').next().unwrap();
            assert!(document.pointer(pointer).is_some(), "{pointer}");
            references += 1;
        }
        assert!(references > seen.len());
    }

    #[test]
    fn a_write_is_described_as_waiting() {
        let document = sample();
        let write = &document["paths"]["/api/v1/tools/sample_write"]["post"];
        let read = &document["paths"]["/api/v1/tools/sample_read"]["post"];
        assert!(write["responses"]["202"].is_object());
        assert!(read["responses"].get("202").is_none());
        assert_eq!(
            read["responses"]["200"]["content"]["application/json"]["schema"]["properties"]["name"]
                ["type"],
            json!(["string", "null"])
        );
    }
}
