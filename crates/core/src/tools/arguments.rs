//! Arguments that every tool has besides its own: `connection`, and `reason` on writes.
//!
//! They are added to the schemas shown and taken off before a tool sees its input. Must not know: tools.

use gatelodge_model::{ConnectionId, Effect, Error, Result, numbers};
use serde_json::{Map, Value, json};

/// Longest reason that is kept.
const MAX_REASON: usize = 2_000;

/// Common arguments, and what is left for the tool.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Split {
    pub(super) connection: Option<ConnectionId>,
    pub(super) reason: Option<String>,
    pub(super) rest: Value,
}

/// Adds the common arguments to a tool's schema.
pub(super) fn extend_schema(schema: &Value, effect: Effect) -> Value {
    let mut schema = schema.clone();
    let Some(properties) = schema
        .as_object_mut()
        .map(|map| {
            map.entry("properties")
                .or_insert_with(|| Value::Object(Map::new()))
        })
        .and_then(Value::as_object_mut)
    else {
        return schema;
    };
    properties.insert(
        "connection".to_owned(),
        json!({
            "type": "string",
            "description": "Id of the connection to use (con_…). Leave it out when the person has one; gatelodge_list_connections lists them."
        }),
    );
    if effect.is_write() {
        properties.insert(
            "reason".to_owned(),
            json!({
                "type": "string",
                "maxLength": MAX_REASON,
                "description": "Why this change is proposed, in a sentence for the person who decides."
            }),
        );
    }
    schema
}

/// The arguments that are the tool's own.
///
/// # Errors
/// As [`split`].
pub(crate) fn without_common(arguments: Value, effect: Effect) -> Result<Value> {
    Ok(split(arguments, effect)?.rest)
}

/// Takes the common arguments off.
///
/// # Errors
/// `invalid_argument` naming the argument.
pub(super) fn split(arguments: Value, effect: Effect) -> Result<Split> {
    let Value::Object(mut map) = arguments else {
        return Err(Error::invalid("", "The arguments must be a JSON object."));
    };
    let connection = match map.remove("connection") {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => Some(
            text.parse()
                .map_err(|error| Error::invalid("connection", format!("{error}.")))?,
        ),
        Some(_) => {
            return Err(Error::invalid(
                "connection",
                "The connection is an id such as con_….",
            ));
        }
    };
    let reason = if effect.is_write() {
        match map.remove("reason") {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) if text.chars().count() <= MAX_REASON => Some(text),
            Some(_) => {
                return Err(Error::invalid(
                    "reason",
                    format!("The reason is a text of at most {MAX_REASON} characters."),
                ));
            }
        }
    } else {
        None
    };
    let rest = Value::Object(map);
    if let Some(pointer) = numbers::first_inexact(&rest) {
        return Err(Error::invalid(
            pointer,
            "This number has more digits than JSON numbers carry exactly. Send it as a string.",
        ));
    }
    Ok(Split {
        connection,
        reason,
        rest,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_arguments_are_taken_off() {
        let split = split(
            json!({"reason": "because", "object": "Account"}),
            Effect::Write,
        )
        .unwrap();
        assert_eq!(split.reason.as_deref(), Some("because"));
        assert_eq!(split.rest, json!({"object": "Account"}));
    }

    #[test]
    fn a_reading_tool_has_no_reason() {
        let split = split(json!({"reason": "because"}), Effect::Read).unwrap();
        assert_eq!(
            split.rest,
            json!({"reason": "because"}),
            "left for the tool to refuse by name"
        );
    }

    #[test]
    fn numbers_that_would_change_are_refused() {
        // design invariant 6
        let error = split(
            json!({"fields": {"Amount": 9_007_199_254_740_993_u64}}),
            Effect::Write,
        )
        .unwrap_err();
        assert_eq!(error.field(), Some("/fields/Amount"));
    }
}
