//! Tools as the protocol shows them.
//!
//! Must not know: any tool. The order is the hub's, the same for every call.

use gatelodge_core::{
    Problem, WriteAnswer,
    provider::{Descriptor, schema},
};
use gatelodge_model::Effect;
use rmcp::model::{JsonObject, Tool, ToolAnnotations};
use serde_json::{Value, json};
use std::{borrow::Cow, sync::Arc};

/// A tool as clients see it.
pub(crate) fn tool(descriptor: Descriptor) -> Tool {
    let annotations = annotations(&descriptor);
    let output = output_schema(&descriptor);
    let mut tool = Tool::new(
        String::from(descriptor.name),
        Cow::Borrowed(descriptor.description),
        Arc::new(object(descriptor.input_schema)),
    )
    .with_title(descriptor.title)
    .with_annotations(annotations);
    tool.output_schema = Some(Arc::new(object(output)));
    tool
}

/// Hints for clients that ask a person before certain calls. A call of a writing tool changes nothing by
/// itself, but what it proposes may, so the hints speak of the change.
fn annotations(descriptor: &Descriptor) -> ToolAnnotations {
    let reads = !descriptor.effect.is_write();
    ToolAnnotations::new()
        .read_only(reads)
        .destructive(descriptor.effect == Effect::Destructive)
        // A write proposed twice is two proposals, unless an idempotency key joins them.
        .idempotent(reads)
        .open_world(!descriptor.name.as_str().starts_with("gatelodge_"))
}

/// The result of the tool or a problem. Clients check structured content against this schema even when the
/// call failed, so a failure must fit as well; the protocol asks for an object at the root.
fn output_schema(descriptor: &Descriptor) -> Value {
    let result = if descriptor.effect.is_write() {
        let mut answer = schema::of_output::<WriteAnswer>();
        let description = answer["properties"]["result"]["description"].take();
        let mut result = descriptor.output_schema.clone();
        if let Some(result) = result.as_object_mut() {
            result.insert("description".to_owned(), description);
        }
        answer["properties"]["result"] = result;
        answer
    } else {
        descriptor.output_schema.clone()
    };
    json!({
        "type": "object",
        "anyOf": [result, schema::of_output::<Problem>()]
    })
}

fn object(schema: Value) -> JsonObject {
    match schema {
        Value::Object(map) => map,
        _ => JsonObject::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use schemars::JsonSchema;

    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "only its schema is looked at")]
    struct Io {
        id: String,
    }

    fn sample(name: &str, effect: Effect) -> Value {
        let descriptor = Descriptor::of::<Io, Io>(name, "Title", "Does it.", effect, &[]).unwrap();
        serde_json::to_value(tool(descriptor)).unwrap()
    }

    #[test]
    fn hints_follow_the_effect() {
        // proves SF-20
        let hints = |name, effect| sample(name, effect)["annotations"].clone();
        assert_eq!(
            hints("sample_get", Effect::Read),
            json!({"readOnlyHint": true, "destructiveHint": false, "idempotentHint": true, "openWorldHint": true})
        );
        assert_eq!(
            hints("sample_delete", Effect::Destructive),
            json!({"readOnlyHint": false, "destructiveHint": true, "idempotentHint": false, "openWorldHint": true})
        );
        assert_eq!(hints("gatelodge_x", Effect::Read)["openWorldHint"], false);
    }

    #[test]
    fn schemas_are_objects_at_their_root() {
        let read = sample("sample_get", Effect::Read);
        assert_eq!(read["title"], "Title");
        assert_eq!(read["inputSchema"]["type"], "object");
        assert_eq!(read["outputSchema"]["type"], "object");
        let write = sample("sample_put", Effect::Write);
        let answer = &write["outputSchema"]["anyOf"][0];
        assert!(answer["properties"]["proposal"].is_object());
        assert_eq!(
            answer["properties"]["result"]["properties"]["id"]["type"],
            "string"
        );
    }
}
