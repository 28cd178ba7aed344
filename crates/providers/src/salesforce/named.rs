//! The objects that a call names in its arguments, for the audit log: names as they were written, never a value.
//!
//! Must not know: whether the org has them, or what the call does.

use gatelodge_soql::{inventory, parse, parse_search, search_inventory};
use serde_json::Value;

/// Names that are written down at most.
const MOST: usize = 20;

/// Longest API name of an object, with its namespace and suffix.
const LONGEST: usize = 80;

/// The objects of these arguments, each once, in the order met.
pub(super) fn objects(arguments: &Value) -> Vec<String> {
    let text = |name: &str| arguments.get(name).and_then(Value::as_str);
    let mut names: Vec<String> = text("object").map(str::to_owned).into_iter().collect();
    if let Some(list) = arguments.get("objects").and_then(Value::as_array) {
        names.extend(list.iter().filter_map(Value::as_str).map(str::to_owned));
    }
    if let Some(query) = text("soql").and_then(|soql| parse(soql).ok()) {
        names.extend(inventory(&query).into_iter().map(|used| used.object));
    }
    if let Some(search) = text("sosl").and_then(|sosl| parse_search(sosl).ok()) {
        names.extend(
            search_inventory(&search)
                .into_iter()
                .map(|used| used.object),
        );
    }
    let mut known: Vec<String> = Vec::new();
    for name in names.into_iter().filter(|name| is_name(name)) {
        if !known.iter().any(|other| other.eq_ignore_ascii_case(&name)) {
            known.push(name);
        }
    }
    known.truncate(MOST);
    known
}

/// Whether a text can be the name of an object, so that nothing else that an agent wrote there is kept.
fn is_name(text: &str) -> bool {
    (1..=LONGEST).contains(&text.len())
        && text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn names_are_found_and_values_are_not() {
        // proves OBS-2
        for (arguments, expected) in [
            (
                json!({ "object": "Account", "id": "001x" }),
                vec!["Account"],
            ),
            (
                json!({ "objects": ["Contact", "Lead"], "term": "Ada" }),
                vec!["Contact", "Lead"],
            ),
            (
                json!({ "soql": "SELECT Id FROM Account WHERE Name = 'Secret Ltd' AND Id IN (SELECT AccountId FROM Contact)" }),
                vec!["Account", "Contact"],
            ),
            (
                json!({ "sosl": "FIND {Ada} IN ALL FIELDS RETURNING Contact(Id), Lead" }),
                vec!["Contact", "Lead"],
            ),
            (json!({ "object": "Ada Lovelace, +49 30 1234" }), vec![]),
            (json!({ "soql": "no statement" }), vec![]),
            (json!({ "cursor": "x" }), vec![]),
        ] {
            assert_eq!(objects(&arguments), expected, "{arguments}");
        }
    }
}
