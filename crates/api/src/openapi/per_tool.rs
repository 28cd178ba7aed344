//! One path of the document for one tool.
//!
//! Must not know: which tools there are.

use gatelodge_core::provider::Descriptor;
use serde_json::{Value, json};

/// Path and path item.
pub(super) fn describe(tool: &Descriptor) -> (String, Value) {
    let name = tool.name.as_str();
    let mut operation = json!({
        "operationId": name,
        "tags": ["tools"],
        "summary": tool.title,
        "description": tool.description,
        "security": [{ "agent_token": [] }],
        "requestBody": {
            "required": is_body_required(tool),
            "content": { "application/json": { "schema": tool.input_schema } }
        },
        "responses": {
            "200": {
                "description": "The result.",
                "content": { "application/json": { "schema": result_schema(tool) } }
            }
        }
    });
    if tool.effect.is_write() {
        operation["parameters"] = json!([{
            "name": "Idempotency-Key",
            "in": "header",
            "required": false,
            "description": "A repeat under the same key returns the first outcome.",
            "schema": { "type": "string", "minLength": 1, "maxLength": 255 }
        }]);
        operation["responses"]["200"]["description"] =
            "The outcome of a write that was decided before under the same key, or needs no decision."
                .into();
        operation["responses"]["202"] = json!({
            "description": "A person must decide. Location leads to the proposal.",
            "headers": { "Location": { "schema": { "type": "string" } } },
            "content": {
                "application/json": { "schema": { "$ref": "#/components/schemas/WriteAnswer" } }
            }
        });
    }
    (
        format!("/api/v1/tools/{name}"),
        json!({ "post": operation }),
    )
}

/// No body stands for no arguments.
fn is_body_required(tool: &Descriptor) -> bool {
    tool.input_schema["required"]
        .as_array()
        .is_some_and(|required| !required.is_empty())
}

fn result_schema(tool: &Descriptor) -> Value {
    if !tool.effect.is_write() {
        return tool.output_schema.clone();
    }
    json!({
        "allOf": [
            { "$ref": "#/components/schemas/WriteAnswer" },
            { "properties": { "result": tool.output_schema } }
        ]
    })
}
