//! Values of a proposal as form fields, and back, without changing the kind of a value by accident.
//!
//! Must not know: requests or the hub.

use crate::{
    parts::diff,
    text::{Visible, visible},
};
use gatelodge_model::{Error, FrozenProposal, Preview, Result};
use serde_json::{Map, Number, Value};
use std::collections::HashMap;

/// Texts longer than this get several lines.
const ONE_LINE: usize = 80;

/// How a value is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Control {
    /// One line of text.
    Line,
    /// Several lines of text.
    Lines,
    /// Yes or no.
    Choice,
    /// JSON text, for lists and objects.
    Json,
}

/// One field of the form.
#[derive(Debug, Clone)]
pub(crate) struct EditField {
    pub(crate) api_name: String,
    pub(crate) shown_name: Visible,
    pub(crate) label: Visible,
    pub(crate) control: Control,
    /// What stands in the control.
    pub(crate) text: String,
    pub(crate) cleared: bool,
    /// The kind of value, in a word.
    pub(crate) kind: &'static str,
    /// Set where the typed value could not be read.
    pub(crate) error: Option<String>,
}

/// What the form says about one field: its text, and whether it is to be cleared.
pub(crate) type Typed = HashMap<String, (String, bool)>;

/// The values that the proposal names.
pub(crate) fn values(frozen: &FrozenProposal) -> Map<String, Value> {
    frozen
        .arguments
        .get("fields")
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default()
}

/// The form's fields, filled with the proposal's values, or with what was typed before.
pub(crate) fn fields(
    frozen: &FrozenProposal,
    typed: Option<&Typed>,
    errors: &HashMap<String, String>,
) -> Vec<EditField> {
    let labels: HashMap<&str, &str> = match &frozen.preview {
        Preview::FieldDiff(diff) => diff
            .fields
            .iter()
            .map(|field| (field.api_name.as_str(), field.label.as_str()))
            .collect(),
        _ => HashMap::new(),
    };
    values(frozen)
        .into_iter()
        .map(|(name, value)| {
            let before = typed.and_then(|typed| typed.get(&name));
            EditField {
                shown_name: visible(&name),
                label: visible(labels.get(name.as_str()).copied().unwrap_or(&name)),
                control: control(&value),
                text: before.map_or_else(|| text_of(&value), |(text, _)| text.clone()),
                cleared: before.map_or(value.is_null(), |(_, cleared)| *cleared),
                kind: kind(&value),
                error: errors.get(&name).cloned(),
                api_name: name,
            }
        })
        .collect()
}

fn text_of(value: &Value) -> String {
    if value.is_null() {
        String::new()
    } else {
        diff::plain(value)
    }
}

fn control(value: &Value) -> Control {
    match value {
        Value::Bool(_) => Control::Choice,
        Value::Array(_) | Value::Object(_) => Control::Json,
        Value::String(text) if text.contains(['\n', '\r']) || text.chars().count() > ONE_LINE => {
            Control::Lines
        }
        Value::String(_) | Value::Number(_) | Value::Null => Control::Line,
    }
}

const fn kind(value: &Value) -> &'static str {
    match value {
        Value::Bool(_) => "yes or no",
        Value::Number(_) => "number",
        Value::Array(_) | Value::Object(_) => "JSON",
        Value::String(_) | Value::Null => "text",
    }
}

/// The form's pairs by field: `value:Name` and `clear:Name`.
pub(crate) fn typed(pairs: &[(String, String)]) -> Typed {
    let mut typed = Typed::new();
    for (key, value) in pairs {
        if let Some(name) = key.strip_prefix("value:") {
            typed
                .entry(name.to_owned())
                .or_default()
                .0
                .clone_from(value);
        } else if let Some(name) = key.strip_prefix("clear:") {
            typed.entry(name.to_owned()).or_default().1 = true;
        }
    }
    typed
}

/// The values that differ from the proposal's, or what is wrong, by field.
pub(crate) fn changes(
    frozen: &FrozenProposal,
    typed: &Typed,
) -> std::result::Result<Map<String, Value>, HashMap<String, String>> {
    let mut changes = Map::new();
    let mut errors = HashMap::new();
    for (name, old) in values(frozen) {
        let Some((text, cleared)) = typed.get(&name) else {
            continue;
        };
        match read(&name, &old, text, *cleared) {
            Ok(new) if new == old => {}
            Ok(new) => {
                changes.insert(name, new);
            }
            Err(error) => {
                errors.insert(name, error.message().to_owned());
            }
        }
    }
    if errors.is_empty() {
        Ok(changes)
    } else {
        Err(errors)
    }
}

fn read(name: &str, old: &Value, text: &str, cleared: bool) -> Result<Value> {
    if cleared {
        return Ok(Value::Null);
    }
    // Browsers send line ends as CR LF, whatever the value had.
    let text = match old {
        Value::String(old) if old.contains("\r\n") => text.to_owned(),
        _ => text.replace("\r\n", "\n"),
    };
    match old {
        Value::Null if text.is_empty() => Ok(Value::Null),
        Value::Null | Value::String(_) => Ok(Value::String(text)),
        Value::Bool(_) => match text.as_str() {
            "true" => Ok(Value::Bool(true)),
            "false" => Ok(Value::Bool(false)),
            _ => Err(Error::invalid(name, "Choose yes or no.")),
        },
        Value::Number(_) => serde_json::from_str::<Number>(text.trim())
            .map(Value::Number)
            .map_err(|_| {
                Error::invalid(
                    name,
                    "This must be a number, such as 1200 or 0.5, without thousands separators.",
                )
            }),
        Value::Array(_) | Value::Object(_) => serde_json::from_str(&text)
            .map_err(|cause| Error::invalid(name, format!("This must be JSON: {cause}."))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn kinds_survive_editing() {
        // proves APR-4: an untouched form changes nothing
        for old in [
            json!("a"),
            json!("a\nb"),
            json!("a\r\nb"),
            json!(1.50),
            json!(true),
            json!(null),
            json!({"a": [1]}),
        ] {
            let sent = text_of(&old).replace("\r\n", "\n").replace('\n', "\r\n");
            assert_eq!(read("F", &old, &sent, old.is_null()).unwrap(), old);
        }
        assert_eq!(read("F", &json!(1), " 2.5 ", false).unwrap(), json!(2.5));
        assert_eq!(read("F", &json!("1"), "2", false).unwrap(), json!("2"));
        assert_eq!(read("F", &json!("1"), "", false).unwrap(), json!(""));
        assert_eq!(read("F", &json!("1"), "x", true).unwrap(), json!(null));
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        assert_eq!(
            read("Amount", &json!(1), "1,200", false)
                .unwrap_err()
                .field(),
            Some("Amount")
        );
        assert!(read("Flag", &json!(true), "maybe", false).is_err());
        assert!(read("Map", &json!({}), "{", false).is_err());
    }

    #[test]
    fn pairs_are_read_by_field() {
        let typed = typed(&[
            ("value:Name".into(), "x".into()),
            ("clear:Phone".into(), "yes".into()),
            ("value:Phone".into(), "1".into()),
            ("nonce".into(), "n".into()),
        ]);
        assert_eq!(typed["Name"], ("x".to_owned(), false));
        assert_eq!(typed["Phone"], ("1".to_owned(), true));
        assert_eq!(typed.len(), 2);
    }
}
