//! JSON Schemas of tools' arguments, and reading arguments with errors that name the field.
//!
//! Must not know: any tool.

use gatelodge_model::{Digest, Error, Result};
use schemars::{JsonSchema, generate::SchemaSettings};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The schema of arguments: draft 2020-12, everything inlined, without titles that say nothing and without
/// nullable unions.
pub fn of<T: JsonSchema>() -> Value {
    let mut schema = generate::<T>(settings());
    simplify(&mut schema);
    schema
}

/// The schema of a result, exactly as it is serialised: a member that may be null says so, and one that is
/// always there is required. Clients check results against it.
pub fn of_output<T: JsonSchema>() -> Value {
    let mut schema = generate::<T>(settings().for_serialize());
    tidy(&mut schema);
    schema
}

fn settings() -> SchemaSettings {
    SchemaSettings::draft2020_12().with(|settings| {
        settings.inline_subschemas = true;
        settings.meta_schema = None;
    })
}

fn generate<T: JsonSchema>(settings: SchemaSettings) -> Value {
    settings
        .into_generator()
        .into_root_schema_for::<T>()
        .to_value()
}

/// Drops titles, and writes "anything" as `{}`: clients exist that take only objects for a property's schema.
fn tidy(schema: &mut Value) {
    match schema {
        Value::Object(map) => {
            if map.contains_key("properties") || map.contains_key("type") {
                map.remove("title");
            }
            // "uint64" and the like are schemars' own; validators warn about what they do not know.
            if let Some(Value::String(format)) = map.get("format")
                && format.starts_with("uint")
            {
                map.remove("format");
            }
            if let Some(Value::Object(properties)) = map.get_mut("properties") {
                for property in properties
                    .values_mut()
                    .filter(|any| **any == Value::Bool(true))
                {
                    *property = Value::Object(serde_json::Map::new());
                }
            }
            map.values_mut().for_each(tidy);
        }
        Value::Array(items) => items.iter_mut().for_each(tidy),
        _ => {}
    }
}

/// The hash of a schema's text.
pub fn digest(schema: &Value) -> Digest {
    Digest::of("gatelodge.tool-schema.v1", &[schema.to_string().as_bytes()])
}

/// Makes `{"type": ["string", "null"]}` a plain optional string and drops titles and null defaults: several
/// LLM interfaces refuse nullable unions, and an optional argument may simply be left out.
fn simplify(schema: &mut Value) {
    match schema {
        Value::Object(map) => {
            if map.contains_key("properties") || map.contains_key("type") {
                map.remove("title");
            }
            if map.get("default").is_some_and(Value::is_null) {
                map.remove("default");
            }
            if let Some(Value::Array(types)) = map.get_mut("type") {
                types.retain(|kind| kind != "null");
                if let [only] = types.as_slice() {
                    let only = only.clone();
                    map.insert("type".to_owned(), only);
                }
            }
            if let Some(Value::Array(branches)) = map.get_mut("anyOf") {
                branches.retain(|branch| branch.get("type").is_none_or(|kind| kind != "null"));
                if branches.len() == 1
                    && let Some(Value::Object(only)) = branches.pop()
                {
                    map.remove("anyOf");
                    for (key, value) in only {
                        map.entry(key).or_insert(value);
                    }
                }
            }
            map.values_mut().for_each(simplify);
        }
        Value::Array(items) => items.iter_mut().for_each(simplify),
        _ => {}
    }
}

/// Reads arguments into a tool's input.
///
/// # Errors
/// `invalid_argument` with the name of the field, as far as it can be told.
pub fn parse_arguments<T: DeserializeOwned>(arguments: Value) -> Result<T> {
    if !arguments.is_object() {
        return Err(Error::invalid("", "The arguments must be a JSON object."));
    }
    serde_path_to_error::deserialize(arguments).map_err(|error| {
        let path = error.path().to_string();
        let message = error.inner().to_string();
        let field = if path == "." {
            quoted(&message).unwrap_or_default()
        } else {
            path
        };
        Error::invalid(field, format!("The arguments do not fit: {message}."))
    })
}

/// The first name in backquotes, as serde writes it: "missing field `object`".
fn quoted(message: &str) -> Option<String> {
    message.split('`').nth(1).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;
    use serde_json::json;

    #[derive(Debug, Deserialize, JsonSchema)]
    #[serde(deny_unknown_fields)]
    struct Input {
        /// The object.
        object: String,
        /// How many.
        limit: Option<u32>,
    }

    #[test]
    fn schemas_are_closed_and_without_nullable_unions() {
        let schema = of::<Input>();
        assert_eq!(schema["additionalProperties"], json!(false));
        assert_eq!(schema["properties"]["limit"]["type"], json!("integer"));
        assert_eq!(schema["required"], json!(["object"]));
        assert!(schema.get("$schema").is_none());
    }

    #[test]
    fn results_say_what_may_be_null() {
        #[derive(JsonSchema)]
        #[expect(dead_code, reason = "only its schema is looked at")]
        struct Output {
            always: Option<String>,
            #[serde(skip_serializing_if = "Option::is_none")]
            sometimes: Option<String>,
            anything: Value,
        }
        let schema = of_output::<Output>();
        assert_eq!(schema["required"], json!(["always", "anything"]));
        assert_eq!(
            schema["properties"]["always"]["type"],
            json!(["string", "null"])
        );
        assert_eq!(schema["properties"]["anything"], json!({}));
        assert!(schema.get("title").is_none());
    }

    #[test]
    fn wrong_arguments_name_their_field() {
        for (arguments, field) in [
            (json!({}), "object"),
            (json!({"object": 5}), "object"),
            (json!({"object": "A", "limit": "x"}), "limit"),
            (json!({"object": "A", "nonsense": 1}), "nonsense"),
        ] {
            let error = parse_arguments::<Input>(arguments.clone()).unwrap_err();
            assert_eq!(error.field(), Some(field), "{arguments}");
        }
        let input = parse_arguments::<Input>(json!({"object": "A", "limit": 5})).unwrap();
        assert_eq!((input.object.as_str(), input.limit), ("A", Some(5)));
    }
}
