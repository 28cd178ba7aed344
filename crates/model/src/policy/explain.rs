//! What of a call a rule is about, by name, for messages: "field `Salary__c` of Contact".
//!
//! Must not know: decisions.

use super::{Decision, Fields, Names, PolicyRule, Touched, Touches};

fn holds(names: &Names, name: &str) -> bool {
    names.is_any()
        || names
            .names
            .iter()
            .any(|known| known.eq_ignore_ascii_case(name))
            != names.except
}

/// The first object or field of a call that a denying or asking rule names; empty where the rule is about the
/// call as a whole.
pub(super) fn matched(rule: &PolicyRule, touches: &Touches) -> String {
    let scope = &rule.scope;
    if rule.decision == Decision::Allow {
        return String::new();
    }
    if !scope.objects.is_any() || !scope.fields.is_any() {
        let named = touches
            .objects
            .iter()
            .filter(|touched| holds(&scope.objects, &touched.object))
            .find_map(|touched| of_object(&scope.fields, touched));
        return match named {
            Some(words) => words,
            None if touches.unknown => {
                "it cannot be told beforehand which objects and fields this touches".to_owned()
            }
            None => String::new(),
        };
    }
    match (scope.records, touches.records) {
        (None, _) => String::new(),
        (Some(_), Some(records)) => format!("{records} records"),
        (Some(_), None) => "it cannot be told beforehand how many records this touches".to_owned(),
    }
}

fn of_object(fields: &Names, touched: &Touched) -> Option<String> {
    let object = &touched.object;
    if fields.is_any() {
        return Some(format!("object {object}"));
    }
    match &touched.fields {
        Fields::All if fields.except => Some(format!("all fields of {object}")),
        Fields::All => Some(format!(
            "all fields of {object}, {} among them",
            fields.names.join(", ")
        )),
        Fields::Named(names) => names
            .iter()
            .find(|name| holds(fields, name))
            .map(|name| format!("field {name} of {object}")),
    }
}
