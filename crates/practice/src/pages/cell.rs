//! Field values as a page shows them.
//!
//! Must not know which page.

use crate::org::{Field, FieldType, Id, Object, Org, Record, State, Value};

/// A value in words, with the record it points at.
pub(super) struct Cell {
    pub(super) text: String,
    pub(super) link: Option<Id>,
}

/// A record in a list.
pub(super) struct Row {
    pub(super) id: Id,
    pub(super) name: String,
    pub(super) cells: Vec<Cell>,
}

/// The name of a record, or its id where it has none.
pub(super) fn name_of(object: &Object, record: &Record) -> String {
    let name = text_of(record.name(object));
    if name.is_empty() {
        record.id.to_string()
    } else {
        name
    }
}

pub(super) fn cell(org: &Org, state: &State, field: &Field, value: &Value) -> Cell {
    let text = text_of(value);
    match value {
        Value::Id(id) if field.kind == FieldType::Reference => {
            let target = state.any_record(org.schema(), *id);
            Cell {
                text: target.map_or(text, |(object, record)| name_of(object, record)),
                link: target.map(|_| *id),
            }
        }
        _ => Cell { text, link: None },
    }
}

fn text_of(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::DateTime(at) => at.format("%Y-%m-%d %H:%M UTC").to_string(),
        other => match other.to_json() {
            serde_json::Value::String(text) => text,
            other => other.to_string(),
        },
    }
}
