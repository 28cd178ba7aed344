//! Takes out of answers what must not be in them: describe answers and lists leave it out, records are not handed out
//! with it. Records were looked at before they were asked for; the pages after the first are looked at here only.
//!
//! Must not know: why something is hidden.

use gatelodge_model::{Error, ErrorKind, Result, WhoMustAct};
use gatelodge_provider::Hides;
use serde_json::{Map, Value};
use std::collections::HashSet;

/// Refuses records with a hidden object or field anywhere in a result.
pub(in super::super) fn records(result: &mut Value, hides: &dyn Hides) -> Result<()> {
    let mut met = HashSet::new();
    look(result, &mut met);
    let hidden = met.iter().find(|(object, field)| match field {
        None => hides.object(object),
        Some(field) => hides.field(object, field),
    });
    match hidden {
        None => Ok(()),
        Some((object, field)) => {
            let what = field.map_or_else(
                || format!("the object {object}"),
                |field| format!("the field {field} of {object}"),
            );
            Err(Error::new(
                ErrorKind::Forbidden,
                format!(
                    "A rule of your organization refuses {what}. What was read is not handed out."
                ),
            )
            .with_hint(
                WhoMustAct::Caller,
                "Ask again from the beginning, without what is refused.",
            ))
        }
    }
}

/// Every object and field that records name.
fn look<'value>(value: &'value Value, met: &mut HashSet<(&'value str, Option<&'value str>)>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| look(item, met)),
        Value::Object(map) => {
            if let Some(object) = type_of(map) {
                met.insert((object, None));
                let fields = map.keys().filter(|key| *key != "attributes");
                met.extend(fields.map(|field| (object, Some(field.as_str()))));
            }
            map.values().for_each(|inner| look(inner, met));
        }
        _ => {}
    }
}

/// The object of a record; a row of an aggregate is of none.
fn type_of(map: &Map<String, Value>) -> Option<&str> {
    map.get("attributes")?
        .get("type")?
        .as_str()
        .filter(|object| *object != "AggregateResult")
}

/// Leaves hidden objects out of a list of objects.
pub(in super::super) fn list(result: &mut Value, hides: &dyn Hides) {
    let Some(Value::Array(objects)) = result.get_mut("objects") else {
        return;
    };
    let before = objects.len();
    objects.retain(|entry| {
        !entry["name"]
            .as_str()
            .is_some_and(|name| hides.object(name))
    });
    let fewer = before - objects.len();
    if let Some(total) = result.get("total").and_then(Value::as_u64) {
        result["total"] = total.saturating_sub(fewer as u64).into();
    }
}

/// Leaves hidden fields, and relationships to hidden objects, out of a describe answer, short or whole.
pub(in super::super) fn describe(result: &mut Value, hides: &dyn Hides) {
    let Some(object) = result["name"].as_str().map(str::to_owned) else {
        return;
    };
    let clear = |holder: &mut Value, children: &str, child: &str| {
        if let Some(Value::Array(fields)) = holder.get_mut("fields") {
            fields.retain(|field| {
                !field["name"]
                    .as_str()
                    .is_some_and(|name| hides.field(&object, name))
            });
        }
        if let Some(Value::Array(lists)) = holder.get_mut(children) {
            lists.retain(|list| !list[child].as_str().is_some_and(|name| hides.object(name)));
        }
    };
    clear(result, "child_relationships", "object");
    if let Some(full) = result.get_mut("full") {
        clear(full, "childRelationships", "childSObject");
    }
}
